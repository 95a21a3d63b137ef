"""The cards and forms of meetups, for the gallery: planned, full, waited for, changed, over."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import forms
from bot.cli.paper import LONG
from bot.people import Caller
from bot.presses import press_id
from jobs.schedule import travel

if TYPE_CHECKING:
    from bot.app import App
    from bot.cli.gallery import Tour
    from bot.when import SetClock

NAME = "meetups"


async def walk(tour: Tour, app: App, clock: SetClock, maria: Caller, ana: Caller) -> None:
    """Collect everything that meetups show; this one has the longest title there can be, and one place."""
    ben = Caller(tour.platform, "S1", "U3", "Ben", channel="C1", space_name="AI Guild", zone="Europe/Berlin")
    await tour.keep(app, NAME, "none yet", await app.run_line(ana, "/meetup list"))
    await tour.keep(app, "error", "no organiser", await app.run_line(ana, "/meetup create"))
    form = await tour.keep(app, NAME, "form", await app.run_line(maria, "/meetup create"))
    if not isinstance(form, forms.Form):
        raise TypeError("/meetup create opens no form")
    at = clock.now() + timedelta(days=2)
    values = {"title": LONG[:100], "when": f"{at:%Y-%m-%d %H:%M} UTC", "kind": "workshop", "minutes": "90"}
    rest = {"places": "1", "place": "https://meet.example/room", "about": LONG[:1500], "repeat": "weekly"}
    shown = await tour.send(app, maria, NAME, "preview", form, **values, **rest)
    around = await tour.send(app, maria, NAME, "around the world", form, **values, **{**rest, "repeat": "rotating"})
    await tour.keep(app, NAME, "hours", await tour.press(app, maria, around, "Choose the hours"))
    await tour.keep(app, NAME, "published", await tour.press(app, maria, shown, "Publish"))
    posted = tour.keep_card(NAME, "posted", await tour.sent("meetup:"))
    going = await tour.keep(app, NAME, "going", await tour.press(app, ana, posted, "Going"))
    await tour.keep(app, NAME, "reminders", await tour.press(app, ana, going, "Reminders"))
    await tour.keep(app, NAME, "calendar", await tour.press(app, ana, going, "Add to calendar"))
    await tour.keep(app, NAME, "waiting", await tour.press(app, ben, posted, "Going"))
    await tour.keep(app, NAME, "maybe", await tour.press(app, maria, posted, "Maybe"))
    await tour.keep(app, NAME, "list", await app.run_line(ana, "/meetup list"))
    await tour.keep(app, NAME, "details", await tour.press(app, ana, posted, "Details"))
    managed = await tour.keep(app, NAME, "manage", await app.run_line(maria, f"/meetup manage {LONG[:100]}"))
    for label in ("Change", "Hand over", "Write to those who joined", "Mark who came"):
        await tour.keep(app, NAME, label.lower(), await tour.press(app, maria, managed, label))
    await tour.keep(app, NAME, "cannot", await tour.press(app, ana, posted, "Can't"))
    await tour.keep(app, NAME, "offered", await app.run_line(ben, "/hub"))
    await tour.keep(app, NAME, "address", await app.run_press(ana, press_id("calendar mine")))
    sure = await tour.keep(app, NAME, "sure", await tour.press(app, maria, managed, "Cancel and tell everyone"))
    await tour.keep(app, NAME, "cancelled", await tour.press(app, maria, sure, "Cancel this and all later ones"))
    await travel(app, clock, clock.now() + timedelta(minutes=1))
    tour.keep_card(NAME, "struck", await tour.sent("meetup:"))
