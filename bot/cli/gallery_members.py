"""The gallery's walk through what members decide about themselves."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import cards, outbox, people
from bot.cli.paper import LONG
from bot.members import store
from bot.members.profile import Floor

if TYPE_CHECKING:
    from bot.app import App
    from bot.cards import Card
    from bot.cli.gallery import Tour
    from bot.forms import Form
    from bot.people import Caller

HEADLINES = ("I build RAG for clinics", LONG[:300])


async def privacy(tour: Tour, app: App, ana: Caller, maria: Caller) -> None:
    """Privacy, an export, two accounts linked and parted in both ways, and a farewell."""
    jonas = await _elsewhere(tour, app, ana)
    await tour.keep(app, "profile privacy", "alone", await app.run_line(ana, "/profile privacy"))
    await _differ(app, ana, jonas, maria)
    shown = await tour.keep(app, "profile privacy", "blocks", await app.run_line(ana, "/profile privacy"))
    await tour.keep(app, "profile privacy", "paused", await tour.press(app, ana, shown, "Pause everything"))
    await tour.keep(app, "profile export", "made", await app.run_line(ana, "/profile export"))
    await tour.keep(app, "profile export", "too soon", await app.run_line(ana, "/profile export"))
    await tour.keep(app, "profile link", "wrong code", await app.run_line(jonas, "/profile link 0000-0000"))
    await _link(tour, app, ana, jonas)
    told = tour.keep_card("profile link", "to who made the code", await _owed(app, "linked"))
    await tour.keep(app, "profile link", "undone", await tour.press(app, ana, told, "That wasn't me"))
    tour.keep_card("profile link", "to the moderators", await _owed(app, "not-me"))
    await _link(tour, app, ana, jonas)
    linked = await tour.keep(app, "profile privacy", "linked", await app.run_line(jonas, "/profile privacy"))
    asked = await tour.keep(app, "profile privacy", "unlink", await tour.press(app, jonas, linked, "Unlink"))
    await tour.keep(app, "profile privacy", "unlinked", await tour.press(app, jonas, asked, "Keep it on Slack"))
    meant = await tour.keep(app, "profile forget", "what it means", await app.run_line(ana, "/profile forget"))
    form = await tour.keep(app, "profile forget", "form", await tour.press(app, ana, meant, "Forget me…"))
    await tour.send(app, ana, "profile forget", "done", form, word="FORGET")


async def _elsewhere(tour: Tour, app: App, ana: Caller) -> Caller:
    """The same person on the other platform, which belongs to the community, too."""
    other = "slack" if ana.platform == "discord" else "discord"
    async with tour.db.write() as db:
        space = await people.find_space(db, ana.platform, ana.space)
        if space is not None:
            await people.add_space(
                db, app.ids, community_id=space.community_id, platform=other, remote="S3", name="Prompt Guild"
            )
    jonas = dataclasses.replace(
        ana, platform="slack" if ana.platform == "discord" else "discord", space="S3", user="U8", name="ana_dev"
    )
    await app.run_line(jonas, "/hub")
    return jonas


async def _differ(app: App, ana: Caller, jonas: Caller, maria: Caller) -> None:
    """Let two accounts say different things, and one of them block somebody."""
    async with app.db.write() as db:
        space = await people.find_space(db, ana.platform, ana.space)
        found = [await people.find_member(db, space.community_id, one) for one in (ana, jonas, maria)] if space else []
        ids = [row["id"] for row in found if row is not None]
        if space is None:
            return
        for member_id, headline, newcomer in zip(ids[:2], HEADLINES, (True, False), strict=True):
            floor = Floor(80 if newcomer else 90, "EUR")
            values = {"headline": headline, "newcomer": newcomer, "floor": floor, "quiet": f"2{newcomer:d}:00-07:00"}
            await store.change_profile(db, space.community_id, member_id, **values)
        await store.set_block(db, space.community_id, ids[0], ids[2], app.wall.now())


async def _link(tour: Tour, app: App, ana: Caller, jonas: Caller) -> Card | Form | None:
    code_card = await tour.keep(app, "profile link", "code", await app.run_line(ana, "/profile link"))
    said = code_card.summary if isinstance(code_card, cards.Card) else ""
    [code] = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", said)
    asked = await tour.keep(app, "profile link", "question", await app.run_line(jonas, f"/profile link {code}"))
    form = await tour.keep(app, "profile link", "which one", await tour.press(app, jonas, asked, "Link"))
    return await tour.send(app, jonas, "profile link", "done", form)


async def _owed(app: App, key: str) -> Card:
    """The newest card that is owed under a key of this kind."""
    message = outbox.message
    newest = sa.select(message.c.card).where(message.c.key.startswith(f"{key}:")).order_by(message.c.id.desc()).limit(1)
    async with app.db.read() as db:
        return cards.load((await db.execute(newest)).scalar_one())
