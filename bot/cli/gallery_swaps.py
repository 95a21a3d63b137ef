"""The cards and forms of skill swaps, for the gallery: help that is asked for, a round, lessons, what comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import forms
from bot.cli.paper import LONG
from bot.people import Caller, community
from bot.presses import press_id
from bot.swaps.rounds import ring
from bot.swaps.store import lesson
from jobs import follow_swaps, run_rounds

if TYPE_CHECKING:
    from bot.app import App
    from bot.cli.gallery import Tour
    from bot.when import SetClock

NAME = "swaps"
ZONE = "America/Argentina/Buenos_Aires"  # where Ana said that she is


async def walk(tour: Tour, app: App, clock: SetClock, maria: Caller, ana: Caller) -> None:
    """Collect everything that swaps show; Ben has the longest name there can be."""
    ben = Caller(tour.platform, "S1", "U3", LONG[:80], channel="C1", space_name="AI Guild", zone=ZONE)
    await tour.keep(app, NAME, "rounds, none yet", await app.run_press(maria, press_id("swap rounds")))
    form = await tour.keep(app, NAME, "join", await app.run_line(ana, "/swap join"))
    if not isinstance(form, forms.Form):
        raise TypeError("/swap join opens no form")
    where = press_id(form.submit, form.arguments)
    await app.run_form(ben, where, {"offers": "RAG, evals", "wants": "pgvector"})
    await app.run_form(maria, where, {"offers": "PyTorch", "wants": "LangChain"})
    await tour.keep(app, NAME, "joined", await app.run_form(ana, where, {"offers": "pgvector", "wants": "RAG, rust"}))
    await tour.keep(app, NAME, "nobody", await app.run_line(ana, "/swap find rust"))
    found = await tour.keep(app, NAME, "found", await app.run_line(ana, "/swap find evals"))
    asked = await tour.keep(app, NAME, "asked", await tour.press(app, ana, found, "Ask"))
    await tour.keep(app, NAME, "asked again", await tour.press(app, ana, found, "Ask"))
    await tour.keep(app, NAME, "status, asking", await tour.press(app, ana, asked, "My swaps"))
    await tour.keep(app, NAME, "another", await app.run_press(ana, press_id("swap another")))
    question = await tour.told("help:")
    tour.keep_card(NAME, "question", question)
    agreed = await tour.keep(app, NAME, "answered", await tour.press(app, ben, question, "Yes, introduce us"))
    await tour.keep(app, NAME, "gift", await tour.press(app, ben, agreed, "No return needed"))
    await _meeting(tour, app, ana)
    await _lessons(tour, app, clock, ana)
    await _round(tour, app, clock, maria, ana)
    await tour.keep(app, NAME, "paused", await app.run_press(ana, press_id("swap pause")))
    await tour.keep(app, NAME, "resumed", await app.run_press(ana, press_id("swap resume")))
    await tour.keep(app, NAME, "coffee", await app.run_press(ana, press_id("swap coffee", ("yes",))))
    await tour.keep(app, NAME, "left", await app.run_press(ana, press_id("swap leave")))


async def _meeting(tour: Tour, app: App, ana: Caller) -> None:
    """A time is chosen, fixed, told and reminded of."""
    status = await tour.keep(app, NAME, "status, introduced", await app.run_line(ana, "/swap status"))
    times = await tour.keep(app, NAME, "times", await tour.press(app, ana, status, "We've fixed a time"))
    fixed = await tour.keep(app, NAME, "fixed", await tour.press_first(app, ana, times, "swap fix"))
    await tour.keep(app, NAME, "into the calendar", await tour.press(app, ana, fixed, "Add to calendar"))
    await tour.keep(app, NAME, "fixed already", await tour.press_first(app, ana, times, "swap fix"))
    tour.keep_card(NAME, "told of a time", await tour.told("meets:", ":told"))
    tour.keep_card(NAME, "reminder", await tour.told("meets:", ":soon"))
    await tour.keep(app, NAME, "another time", await tour.press(app, ana, times, "Another time"))


async def _lessons(tour: Tour, app: App, clock: SetClock, ana: Caller) -> None:
    """Whether they have met, what can be done if not, and thanks."""
    async with app.db.write() as db:
        await db.execute(sa.update(lesson).values(due=clock.now()))
    await _run(app)
    asked = await tour.told("met:")
    tour.keep_card(NAME, "have you met", asked)
    await tour.keep(app, NAME, "need help", await tour.press(app, ana, asked, "Need help"))
    await tour.keep(app, NAME, "not yet", await tour.press(app, ana, asked, "Not yet"))
    met = await tour.keep(app, NAME, "met", await tour.press(app, ana, asked, "Yes"))
    thanked = await tour.keep(app, NAME, "thanked", await tour.press_first(app, ana, met, "swap thank"))
    await tour.keep(app, NAME, "unlearned", await tour.press(app, ana, thanked, "Not yet: I still want to learn it"))
    async with app.db.write() as db:
        await db.execute(sa.update(lesson).values(due=clock.now()))
    await _run(app)
    tour.keep_card(NAME, "what it was worth", await tour.told("worth:"))


async def _round(tour: Tour, app: App, clock: SetClock, maria: Caller, ana: Caller) -> None:
    """A round that finds a pair and leaves somebody out."""
    async with app.db.write() as db:
        await db.execute(sa.update(community).values(swap_due=clock.now()))
    await _run(app)
    async with app.db.read() as db:
        ring_id = str((await db.execute(sa.select(ring.c.id))).scalar_one())
    tour.keep_card(NAME, "proposal", await tour.told("ring:"))
    tour.keep_card(NAME, "nothing this round", await tour.told("missed:"))
    await tour.keep(app, NAME, "why this match", await app.run_press(ana, press_id("swap why", (ring_id,))))
    await tour.keep(app, NAME, "why not me", await app.run_press(maria, press_id("swap why-not")))
    await tour.keep(app, NAME, "said yes", await app.run_press(ana, press_id("swap answer", (ring_id, "yes"))))
    await tour.keep(app, NAME, "status, waiting", await app.run_line(ana, "/swap status"))
    await tour.keep(app, NAME, "said no", await app.run_press(ana, press_id("swap answer", (ring_id, "no"))))
    await tour.keep(app, NAME, "rounds", await app.run_press(maria, press_id("swap rounds")))


async def _run(app: App) -> None:
    """Do what swaps have due now, and nothing else."""
    await run_rounds.run(app)
    while await follow_swaps.run(app):
        pass
