"""The cards and forms of mentoring, for the gallery: offered, asked for, booked, moved, asked quietly, over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.cli.paper import LONG
from bot.people import Caller
from bot.presses import press_id
from jobs import run_mentoring

if TYPE_CHECKING:
    from bot.app import App
    from bot.cards import Card
    from bot.cli.gallery import Tour
    from bot.forms import Form
    from bot.when import SetClock

NAME = "mentoring"


async def walk(tour: Tour, app: App, clock: SetClock, maria: Caller, ana: Caller) -> None:
    """Collect everything that mentoring shows; Ben has the longest name there can be, Maria's call a long address."""
    name = LONG[:80].capitalize()
    ben = Caller(tour.platform, "S1", "U5", name, channel="C1", space_name="AI Guild", zone="Europe/Berlin")
    await app.run_line(ben, "/hub")
    clock.move(clock.now() + timedelta(days=8))  # nobody of them is new any more
    await tour.keep(app, NAME, "none yet", await app.run_line(ana, "/mentor sessions"))
    await _ask(tour, app, ana, "nobody offers it")
    form = await tour.keep(app, NAME, "offer", await app.run_line(maria, "/mentor offer"))
    hours = {"topics": "RAG, evals, pgvector", "hours": "daily 8-12, daily 14-20", "weekly": "10", "minutes": "45"}
    place = f"https://meet.example/{'x' * 150}"
    await tour.send(app, maria, NAME, "offered", form, **hours, monthly="20", places="1", named="yes", place=place)
    await _ask(tour, app, ana, "no hour fits", times="Mon 3:00-4:00")
    found = await _ask(tour, app, ana, "mentors with time")
    booked = await tour.keep(app, NAME, "booked", await tour.press_first(app, ana, found, "mentor book"))
    await tour.keep(app, NAME, "booked already", await tour.press_first(app, ana, found, "mentor book"))
    tour.keep_card(NAME, "to the mentor", await tour.told("mentor-booked:"))
    tour.keep_card(NAME, "reminder", await tour.told("mentor-reminder:"))
    await _change(tour, app, maria, ana, booked)
    await _quietly(tour, app, clock, maria, ben)
    await _afterwards(tour, app, clock, maria, ben)


async def _ask(tour: Tour, app: App, who: Caller, variant: str, times: str = "") -> Card | Form | None:
    """Ask for an hour on RAG."""
    form = await tour.keep(app, NAME, "ask", await app.run_line(who, "/mentor ask"))
    return await tour.send(app, who, NAME, variant, form, topic="RAG", goal=LONG[:600], times=times)


async def _change(tour: Tour, app: App, maria: Caller, ana: Caller, booked: Card | Form | None) -> None:
    """What either side can do about a booked hour, up to calling it off."""
    times = await tour.keep(app, NAME, "times to move to", await tour.press(app, ana, booked, "Move"))
    await tour.keep(app, NAME, "moved", await tour.press_first(app, ana, times, "mentor move-to"))
    tour.keep_card(NAME, "moved by the other", await tour.told("mentor-moved:"))
    await tour.keep(app, NAME, "calendar file", await tour.press(app, ana, booked, "Add to calendar"))
    form = await tour.keep(app, NAME, "notes", await tour.press(app, ana, booked, "Notes link"))
    await tour.send(app, ana, NAME, "notes kept", form, link="https://notes.example/rag")
    await tour.keep(app, NAME, "a guest's hours", await app.run_line(ana, "/mentor sessions"))
    await tour.keep(app, NAME, "a mentor's hours", await app.run_line(maria, "/mentor sessions"))
    sure = await tour.keep(app, NAME, "sure", await tour.press(app, ana, booked, "Cancel"))
    await tour.keep(app, NAME, "cancelled", await tour.press(app, ana, sure, "Cancel it"))
    tour.keep_card(NAME, "cancelled by the other", await tour.told("mentor-cancelled:"))
    await tour.keep(app, "error", "hour cancelled", await tour.press(app, ana, booked, "Move"))


async def _quietly(tour: Tour, app: App, clock: SetClock, maria: Caller, ben: Caller) -> None:
    """All mentors are asked without a name, and one can help."""
    found = await _ask(tour, app, ben, "mentors with time, to Ben")
    asking = await tour.press(app, ben, found, "Ask all matching mentors quietly")
    await tour.keep(app, NAME, "asking quietly", asking)
    clock.move(clock.now() + timedelta(minutes=6))
    await run_mentoring.run(app)
    question = tour.keep_card(NAME, "asked quietly", await tour.told("mentor-asked:"))
    await tour.keep(app, NAME, "can help", await tour.press(app, maria, question, "I can help"))
    await tour.keep(app, NAME, "helps already", await tour.press(app, maria, question, "I can help"))
    tour.keep_card(NAME, "introduced", await tour.told("mentor-helped:"))


async def _afterwards(tour: Tour, app: App, clock: SetClock, maria: Caller, ben: Caller) -> None:
    """Whether they met, thanks, and a mentor's rest."""
    clock.move(clock.now() + timedelta(days=3))
    await run_mentoring.run(app)
    asked = tour.keep_card(NAME, "did you meet", await tour.told("mentor-met:"))
    await tour.keep(app, NAME, "did not meet", await tour.press(app, ben, asked, "No, nobody came"))
    met = await tour.keep(app, NAME, "met", await tour.press(app, ben, asked, "Yes"))
    await tour.keep(app, NAME, "thanked", await tour.press(app, ben, met, "Say thanks"))
    tour.keep_card(NAME, "thanks", await tour.told("mentor-thanks:"))
    await tour.keep(app, NAME, "hours that are over", await app.run_line(ben, "/mentor sessions"))
    for command in ("pause", "resume", "stop"):
        await tour.keep(app, NAME, command, await app.run_press(maria, press_id(f"mentor {command}")))
