"""The gallery's walk through feeds: looked after one by one, in packs, in lists; and one that floods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import forms
from bot.cli.paper import LISTED, NO_FEED, TALKS
from bot.leads.floods import flood
from bot.leads.subscriptions import feed
from bot.presses import press_id

if TYPE_CHECKING:
    from bot.app import App
    from bot.cli.gallery import Tour
    from bot.people import Caller


async def walk(tour: Tour, app: App, maria: Caller) -> None:
    """Looking after feeds: one by one, in packs, in lists."""
    await tour.keep(app, "feeds add", "learning", await app.run_line(maria, f"/feeds add {TALKS} include:3"))
    await tour.keep(app, "feeds test", "learning", await app.run_line(maria, f"/feeds test {TALKS}"))
    no_feed = await tour.keep(app, "error", "no feed", await app.run_line(maria, f"/feeds add {NO_FEED}"))
    await tour.keep(app, "feeds explain", "", await tour.press(app, maria, no_feed, "What counts as a feed?"))
    link = "/feeds test https://full.example/jobs/40-role"
    await tour.keep(app, "feeds test", "known link", await app.run_line(maria, link))
    await tour.keep(app, "feeds test", "unknown link", await app.run_line(maria, f"/feeds test {NO_FEED}"))
    async with tour.db.read() as db:
        feed_id = (await db.execute(sa.select(feed.c.id).where(feed.c.title == "Talks"))).scalar_one()
    shown = await tour.keep(app, "feed", "healthy", await app.run_press(maria, press_id("feeds show", (f"{feed_id}",))))
    paused = await tour.keep(app, "feed", "paused", await tour.press(app, maria, shown, "Pause"))
    await tour.keep(app, "feed", "resumed", await tour.press(app, maria, paused, "Resume"))
    asked = await tour.keep(app, "feed", "to be removed", await tour.press(app, maria, shown, "Remove?"))
    removed = await tour.keep(app, "feed", "removed", await tour.press(app, maria, asked, "Remove"))
    await tour.keep(app, "feed", "back", await tour.press(app, maria, removed, "Undo"))
    form = await tour.keep(app, "feeds packs", "form", await app.run_press(maria, press_id("feeds packs")))
    if isinstance(form, forms.Form):
        chosen = await app.run_form(maria, press_id(form.submit, form.arguments), {"packs": "remote-ai,learning"})
        await tour.keep(app, "feeds packs", "added", chosen)
    mine = await tour.keep(app, "feeds opml", "mine", await app.run_line(maria, "/feeds opml"))
    await tour.keep(app, "feeds opml", "form", await tour.press(app, maria, mine, "Paste a list"))
    look = await tour.keep(app, "feeds opml", "preview", await app.run_line(maria, f"/feeds opml {LISTED}"))
    await tour.keep(app, "feeds opml", "imported", await tour.press(app, maria, look, "Import paused"))


async def flooded(tour: Tour, app: App, maria: Caller) -> None:
    """A board that sent too much at once."""
    async with tour.db.read() as db:
        flood_id = (await db.execute(sa.select(flood.c.id))).scalar_one()
        board = (await db.execute(sa.select(feed.c.id).where(feed.c.title == "A board with much on it"))).scalar_one()
    await tour.keep(app, "feed", "flooded", await app.run_press(maria, press_id("feeds show", (f"{board}",))))
    press = press_id("flood release", (f"{flood_id}",))
    await tour.keep(app, "flood", "let through", await app.run_press(maria, press))
