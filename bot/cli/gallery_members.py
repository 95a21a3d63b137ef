"""The gallery's walk through what members decide about themselves."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import cards, people
from bot.cli.paper import LONG
from bot.members import store
from bot.members.profile import Floor
from bot.people import member
from bot.presses import press_id

if TYPE_CHECKING:
    from bot.app import App
    from bot.cards import Card
    from bot.cli.gallery import Tour
    from bot.forms import Form
    from bot.people import Caller

HEADLINES = ("I build RAG for clinics", LONG[:300])


async def profile(tour: Tour, app: App, maria: Caller, ana: Caller) -> None:
    """A profile from its first word to what others see of it, and the skills that moderators name."""
    await tour.keep(app, "profile view", "empty", await app.run_line(ana, "/profile view"))
    await tour.keep(app, "profile skills", "form", await app.run_press(ana, press_id("profile skills")))
    form = await tour.keep(app, "profile edit", "form", await app.run_line(ana, "/profile edit"))
    said = {"headline": LONG[:120], "offers": "RAG, evals, vedic maths", "wants": "pgvector, tarot reading"}
    links = "\n".join(f"https://portfolio.example/{n}" for n in range(5))
    read = await tour.send(app, ana, "profile edit", "read", form, **said, languages="German, en", links=links)
    noted = await tour.keep(app, "profile edit", "noted", await tour.press(app, ana, read, "Right"))
    await tour.keep(app, "profile levels", "select", await app.run_press(ana, press_id("profile levels")))
    form = await tour.keep(app, "profile more", "form", await tour.press(app, ana, noted, "Rate, times, portfolio"))
    rest = {"newcomer": "no", "times": "weekday-morning,weekend-evening"}
    await tour.send(app, ana, "profile more", "saved", form, **rest, rate="80 €/h", pieces=f"{LONG[:200]} a.example")
    form = await tour.keep(app, "profile hours", "form", await app.run_press(ana, press_id("profile hours")))
    await tour.keep(app, "profile view", "own", await app.run_line(ana, "/profile view"))
    await tour.keep(app, "profile view", "another's", await app.run_line(maria, "/profile view Ana"))
    for name in ("test", "check", "allow"):
        press = press_id(f"profile {name}-messages")
        await tour.keep(app, "messages", name, await app.run_press(ana, press))
    await tour.keep(app, "mod skills", "", await app.run_press(maria, press_id("mod skills")))
    for line in ("/hub help", "/hub help gigs find", "/hub help profile", "/hub help E-TIME"):
        await tour.keep(app, "help", line, await app.run_line(maria, line))
    await tour.keep(app, "hub", "with a profile", await app.run_line(ana, "/hub"))


async def meet(tour: Tour, app: App, maria: Caller, ana: Caller) -> None:
    """What is between two members: they meet, share, write, fall out; what moderators see of it."""
    lena = dataclasses.replace(ana, user="U7", name="Lena")
    await app.run_line(lena, "/hub")
    async with tour.db.read() as db:
        rows = (await db.execute(sa.select(member.c.name, member.c.id))).all()
    ids = {row.name: str(row.id) for row in rows}
    asked = press_id("introduction ask", (ids["Lena"],))
    await tour.keep(app, "introduction", "asked", await app.run_press(ana, asked))
    question = await tour.keep(app, "introduction", "question", await app.run_line(lena, "/hub"))
    await tour.keep(app, "introduction", "yes", await tour.press(app, lena, question, "Yes"))
    await tour.keep(app, "introduction", "again", await app.run_press(ana, asked))
    shown: Card | Form | None = None
    for who, other in ((ana, "Lena"), (lena, "Ana")):
        form = await tour.keep(
            app, "contact", "form", await app.run_press(who, press_id("contact choose", (ids[other],)))
        )
        shown = await tour.send(app, who, "contact", "shared", form, shown="https://book.example/me", notes="yes")
    await tour.keep(app, "contact", "time", await tour.press(app, lena, shown, "Propose a time"))
    form = await tour.keep(app, "note", "form", await tour.press(app, lena, shown, "Write a note"))
    await tour.send(app, lena, "note", "sent", form, words=LONG[:1000])
    await tour.keep(app, "note", "arrived", await app.run_line(ana, "/hub"))
    await tour.keep(app, "profile block", "sure", await app.run_press(ana, press_id("profile block", (ids["Lena"],))))
    form = await tour.keep(app, "hub report", "form", await app.run_press(ana, press_id("hub report", (ids["Lena"],))))
    await tour.send(app, ana, "hub report", "done", form, reason="scam", words=LONG[:1500], hide="yes")
    await _judge(tour, app, maria, lena, ids["Lena"])


async def _judge(tour: Tour, app: App, maria: Caller, lena: Caller, member_id: str) -> None:
    """What moderators do about a reported member, and what that member is told."""
    await tour.keep(app, "mod safety", "all", await app.run_line(maria, "/mod safety"))
    look = press_id("mod safety", (member_id,))
    stands = await tour.keep(app, "mod safety", "member", await app.run_press(maria, look))
    form = await tour.keep(app, "safety", "warning", await tour.press(app, maria, stands, "Warn"))
    await tour.send(app, maria, "safety", "warned", form, words=LONG[:1500])
    paused = await tour.press(app, maria, stands, "Pause from matching 30 d")
    await tour.keep(app, "safety", "paused", paused)
    refused = await tour.keep(app, "error", "paused", await app.run_line(lena, "/gigs find"))
    form = await tour.keep(app, "appeal", "form", await tour.press(app, lena, refused, "Write to the moderators"))
    await tour.send(app, lena, "appeal", "sent", form, words=LONG[:1500])
    sure = await tour.keep(app, "safety", "ban", await tour.press(app, maria, stands, "Ban from the bot"))
    await tour.keep(app, "safety", "banned", await tour.press(app, maria, sure, "Ban Lena"))
    await tour.keep(app, "mod safety", "banned", await app.run_press(maria, look))


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
    told = tour.keep_card("profile link", "to who made the code", await tour.sent("linked:"))
    await tour.keep(app, "profile link", "undone", await tour.press(app, ana, told, "That wasn't me"))
    tour.keep_card("profile link", "to the moderators", await tour.sent("not-me:"))
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
