"""Every card and form there is, as its real commands make it: in an empty community, and in one full of extremes.

Nothing here draws or words a card: a throw-away community is lived through, and what it answers is collected.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from adapters.discord import render as discord
from adapters.slack import render as slack
from adapters.slack.home import home_view
from adapters.workers import InlineWorkers
from bot import cards, config, forms, migrate, outbox, people, when
from bot.cli import gallery_members, gallery_swaps
from bot.cli.paper import DAWN, EMPTY, FULL, LISTED, LONG, MANY, NO_FEED, PAGE, TALKS, Paper
from bot.cli.wiring import Clocks, build_app
from bot.commands import Answer, Invalid, OpenForm
from bot.db import Database, sqlite_url
from bot.leads.floods import flood
from bot.leads.offer import Record, offer_card
from bot.leads.public import Offer, PublicForm
from bot.leads.sources import entry, source
from bot.leads.store import lead
from bot.leads.subscriptions import feed
from bot.people import Caller, Role, member
from bot.presses import press_id
from jobs.schedule import travel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.app import App
    from bot.cards import Card
    from bot.forms import Form
    from bot.ports import Delivery, PlatformName

_DRAWING: dict[str, tuple[Callable[[Card], list[Card]], Callable[[Card], Any], Callable[[Form], Any]]] = {
    "discord": (discord.pages, discord.message, discord.form),
    "slack": (slack.pages, slack.message, slack.form),
    "web": (lambda card: [card], cards.dump, forms.dump),  # what the console's pages are made from
}


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One card or form in one variant."""

    name: str
    variant: str
    shown: Card | Form


def rows(platform: str, name: str | None) -> list[dict[str, Any]]:
    """What `try card` prints: each exhibit as the platform's payloads, page by page."""
    side: PlatformName = "discord" if platform == "discord" else "slack"
    found = asyncio.run(_collect(side))
    return [row for exhibit in found if name in (None, exhibit.name) for row in _drawn(platform, exhibit)]


def _drawn(platform: str, exhibit: Exhibit) -> Iterator[dict[str, Any]]:
    row = {"name": exhibit.name, "variant": exhibit.variant}
    pages, draw_card, draw_form = _DRAWING[platform]
    if isinstance(exhibit.shown, forms.Form):
        yield {**row, "kind": "form", "payload": draw_form(exhibit.shown)}
        return
    for page in pages(exhibit.shown):
        yield {**row, "kind": "message", "payload": draw_card(page)}
    if platform == "slack" and exhibit.name == "hub":
        yield {**row, "kind": "home", "payload": home_view(pages(exhibit.shown)[0])}


async def _collect(platform: PlatformName) -> list[Exhibit]:
    with tempfile.TemporaryDirectory(prefix="guildhall-gallery-") as folder:
        db = Database(sqlite_url(Path(folder) / "gallery.sqlite3"))
        try:
            await migrate.prepare(db, Path(folder), DAWN)
            return await Tour(db, platform).walk()
        finally:
            await db.dispose()


class _Quiet:
    """A platform on which nobody looks."""

    remembers_nonce = timedelta(days=1)
    pace = timedelta(0)
    away_since = None

    def __init__(self, name: PlatformName) -> None:
        self.name: PlatformName = name

    async def send(self, delivery: Delivery) -> str:
        return delivery.nonce


@dataclass
class Tour:
    """A walk through every command, first in an empty community, then in a full one."""

    db: Database
    platform: PlatformName
    viewer: Caller = field(init=False)
    found: list[Exhibit] = field(default_factory=list)

    async def walk(self) -> list[Exhibit]:
        """Live through both; returns what was collected."""
        clock = when.SetClock(DAWN)
        settings = config.load(None, {}, {"leads.approval": "review", "database.backup_keep": "0"})
        clocks, quiet, paper = Clocks(clock, when.SystemClock()), _Quiet(self.platform), Paper()
        platforms: dict[PlatformName, Any] = {self.platform: quiet}
        app = build_app(settings, self.db, clocks, fetcher=paper, workers=InlineWorkers(), platforms=platforms, seed=1)
        maria = Caller(self.platform, "S1", "U1", "Maria", Role.MODERATOR, "C1", "AI Guild", "Europe/Berlin")
        ana = Caller(self.platform, "S1", "U2", "Ana", Role.MEMBER, "C1", "AI Guild", "Europe/Lisbon")
        self.viewer = maria
        await self._before_set_up(app, maria, ana)
        await self._empty(app, maria, ana)
        await self._full(app, maria, ana)
        await self._feeds(app, maria)
        paper.break_and_flood()
        await travel(app, clock, DAWN + timedelta(hours=3))
        await self._market(app, maria, ana)
        await self._morning(app, clock, maria)
        await travel(app, clock, DAWN + timedelta(days=5, hours=2))  # Monday's pulse
        await self._posted()
        await self._flooded(app, maria)
        await gallery_members.privacy(self, app, ana, maria)
        hands = gallery_swaps.Hands(self.platform, self.keep, self.press, self._show)
        await gallery_swaps.walk(hands, app, clock, maria, ana)
        return self.found

    async def _before_set_up(self, app: App, maria: Caller, ana: Caller) -> None:
        await self.keep(app, "error", "not set up", await app.run_line(ana, "/gigs find"))
        question = await self.keep(app, "set up", "new here", await app.run_line(maria, "/mod setup"))
        await self.keep(app, "join", "form", await self.press(app, maria, question, "Join a community"))
        begun = await self.press(app, maria, question, "Set up a new community")
        form = await self.keep(app, "set up", "first time", begun)
        if isinstance(form, forms.Form):
            where = press_id(form.submit, form.arguments)
            values = {"leads_channel": "C1", "moderators_channel": "C2", "digest_at": "08:00", "zone": "Berlin"}
            await self.keep(
                app, "set up", "wrong time", await app.run_form(maria, where, {**values, "digest_at": "late"})
            )
            await self.keep(app, "set up", "done", await app.run_form(maria, where, values))
        settings = await self.keep(app, "set up", "settings", await app.run_line(maria, "/mod setup"))
        await self.press(app, maria, settings, "Post a card for new members")
        await self.keep(app, "set up", "again", await self.press(app, maria, settings, "Change"))
        await self._join(app, maria, settings)

    async def _join(self, app: App, maria: Caller, settings: Card | Form | None) -> None:
        """Another workspace or server joins, at the second attempt."""
        offer = "Connect another workspace or server"
        invitation = await self.keep(app, "join", "code", await self.press(app, maria, settings, offer))
        [code] = (
            re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", invitation.summary) if isinstance(invitation, cards.Card) else []
        )
        there = dataclasses.replace(maria, space="S2", user="U9", space_name="Prompt Guild")
        where = press_id("mod save-join")
        await self.keep(app, "join", "wrong code", await app.run_form(there, where, {"code": "no"}))
        await self.keep(app, "join", "done", await app.run_form(there, where, {"code": code}))
        await self.keep(app, "set up", "joined", await app.run_line(there, "/mod setup"))

    async def _empty(self, app: App, maria: Caller, ana: Caller) -> None:
        await self.keep(app, "hub", "member", await app.run_line(ana, "/hub"))
        await self.keep(app, "hub", "moderator", await app.run_line(maria, "/hub"))
        await self._profile(app, maria, ana)
        await self._places(app, ana)
        for line in ("/gigs find", "/feeds list", "/feeds queue", "/market"):
            await self.keep(app, line.removeprefix("/"), "empty", await app.run_line(maria, line))
        await self.keep(app, "feeds add", "form", await app.run_line(maria, "/feeds add"))
        await self.keep(app, "feeds test", "form", await app.run_line(maria, "/feeds test"))
        await self.keep(app, "feeds add", "empty feed", await app.run_line(maria, f"/feeds add {EMPTY}"))
        await self.keep(app, "feeds add", "choice", await app.run_line(maria, f"/feeds add {PAGE}"))
        await self.keep(app, "feeds test", "empty feed", await app.run_line(maria, f"/feeds test {EMPTY}"))
        await self.keep(app, "error", "not allowed", await app.run_line(ana, "/feeds list"))
        await self.keep(app, "error", "no such command", await app.run_line(ana, "/gigs fnid"))
        await self.keep(
            app, "error", "no such address", await app.run_line(maria, "/feeds add https://nowhere.example/x")
        )
        await self.keep(app, "error", "wrong option", await app.run_line(ana, "/gigs find min_rate:much"))
        await self.keep(app, "error", "old button", await app.run_press(ana, "v0:lead:show:1"))

    async def _profile(self, app: App, maria: Caller, ana: Caller) -> None:
        """A profile from its first word to what others see of it, and the skills that moderators name."""
        await self.keep(app, "profile view", "empty", await app.run_line(ana, "/profile view"))
        await self.keep(app, "profile skills", "form", await app.run_press(ana, press_id("profile skills")))
        form = await self.keep(app, "profile edit", "form", await app.run_line(ana, "/profile edit"))
        said = {"headline": LONG[:120], "offers": "RAG, evals, vedic maths", "wants": "pgvector, tarot reading"}
        links = "\n".join(f"https://portfolio.example/{n}" for n in range(5))
        read = await self.send(app, ana, "profile edit", "read", form, **said, languages="German, en", links=links)
        noted = await self.keep(app, "profile edit", "noted", await self.press(app, ana, read, "Right"))
        await self.keep(app, "profile levels", "select", await app.run_press(ana, press_id("profile levels")))
        form = await self.keep(app, "profile more", "form", await self.press(app, ana, noted, "Rate, times, portfolio"))
        rest = {"newcomer": "no", "times": "weekday-morning,weekend-evening"}
        await self.send(
            app, ana, "profile more", "saved", form, **rest, rate="80 €/h", pieces=f"{LONG[:200]} a.example"
        )
        form = await self.keep(app, "profile hours", "form", await app.run_press(ana, press_id("profile hours")))
        await self.keep(app, "profile view", "own", await app.run_line(ana, "/profile view"))
        await self.keep(app, "profile view", "another's", await app.run_line(maria, "/profile view Ana"))
        for name in ("test", "check", "allow"):
            press = press_id(f"profile {name}-messages")
            await self.keep(app, "messages", name, await app.run_press(ana, press))
        await self.keep(app, "mod skills", "", await app.run_press(maria, press_id("mod skills")))
        for line in ("/hub help", "/hub help gigs find", "/hub help profile", "/hub help E-TIME"):
            await self.keep(app, "help", line, await app.run_line(maria, line))
        await self.keep(app, "hub", "with a profile", await app.run_line(ana, "/hub"))

    async def _places(self, app: App, ana: Caller) -> None:
        name = "time zone"
        form = await self.keep(app, name, "form", await app.run_press(ana, press_id("profile zone")))
        if isinstance(form, forms.Form):
            where = press_id(form.submit, form.arguments)
            home = await self.keep(app, name, "home", await app.run_form(ana, where, {"place": "Buenos Aires"}))
            await self.keep(app, name, "kept", await self.press(app, ana, home, "Yes, that's right"))
            away = {"place": "Knox", "first": "1 Dec", "last": "10 Dec"}
            journey = await self.keep(app, name, "journey", await app.run_form(ana, where, away))
            noted = await self.keep(app, name, "noted", await self.press(app, ana, journey, "Yes, that's right"))
            await self.keep(app, name, "stays", await self.press(app, ana, noted, "Forget this journey"))

    async def _full(self, app: App, maria: Caller, ana: Caller) -> None:
        await self.keep(app, "feeds test", "full", await app.run_line(maria, f"/feeds test {FULL}"))
        added = await self.keep(app, "feeds add", "full", await app.run_line(maria, f"/feeds add {FULL} include:12"))
        await self.keep(app, "best leads", "posted", await self.press(app, maria, added, "Post now"))
        waiting = await self.keep(app, "feeds queue", "full", await app.run_line(maria, "/feeds queue"))
        approved = await self.keep(app, "decision", "approved", await self.press(app, maria, waiting, "Approve"))
        await self.keep(app, "error", "too late", await self.press(app, maria, waiting, "Approve"))
        following = await self.keep(app, "feeds queue", "next", await self.press(app, maria, approved, "Next"))
        another = await self.press(app, maria, following, "Reject for another reason…")
        await self.keep(app, "lead reject", "form", another)
        rejected = await self.keep(app, "decision", "rejected", await self._choose(app, maria, following, "vague"))
        await self.keep(app, "decision", "undone", await self.press(app, maria, rejected, "Undo"))
        await self._moderation(app, maria)
        for url in MANY:
            await app.run_line(maria, f"/feeds add {url}")
        await self.keep(app, "feeds list", "full", await app.run_line(maria, "/feeds list"))
        await self.keep(app, "gigs find", "full", await app.run_line(ana, "/gigs find"))
        await self.keep(app, "gigs find", "nothing fits", await app.run_line(ana, "/gigs find zebra >500/h"))
        async with self.db.read() as db:
            statement = sa.select(lead.c.id).join(entry, entry.c.id == lead.c.entry_id)
            longest = (await db.execute(statement.order_by(sa.func.length(entry.c.title).desc()))).scalars().first()
        await self.keep(app, "lead", "longest", await app.run_press(maria, press_id("lead show", (str(longest),))))
        await self._use(app, maria, ana, str(longest))
        await self._share(app, maria, ana)
        await self._meet(app, maria, ana)
        await self.keep(app, "lead why", "longest", await app.run_press(maria, press_id("lead why", (str(longest),))))

    async def _feeds(self, app: App, maria: Caller) -> None:
        """Looking after feeds: one by one, in packs, in lists."""
        await self.keep(app, "feeds add", "learning", await app.run_line(maria, f"/feeds add {TALKS} include:3"))
        await self.keep(app, "feeds test", "learning", await app.run_line(maria, f"/feeds test {TALKS}"))
        no_feed = await self.keep(app, "error", "no feed", await app.run_line(maria, f"/feeds add {NO_FEED}"))
        await self.keep(app, "feeds explain", "", await self.press(app, maria, no_feed, "What counts as a feed?"))
        link = "/feeds test https://full.example/jobs/40-role"
        await self.keep(app, "feeds test", "known link", await app.run_line(maria, link))
        await self.keep(app, "feeds test", "unknown link", await app.run_line(maria, f"/feeds test {NO_FEED}"))
        async with self.db.read() as db:
            feed_id = (await db.execute(sa.select(feed.c.id).where(feed.c.title == "Talks"))).scalar_one()
        shown = await self.keep(
            app, "feed", "healthy", await app.run_press(maria, press_id("feeds show", (f"{feed_id}",)))
        )
        paused = await self.keep(app, "feed", "paused", await self.press(app, maria, shown, "Pause"))
        await self.keep(app, "feed", "resumed", await self.press(app, maria, paused, "Resume"))
        asked = await self.keep(app, "feed", "to be removed", await self.press(app, maria, shown, "Remove?"))
        removed = await self.keep(app, "feed", "removed", await self.press(app, maria, asked, "Remove"))
        await self.keep(app, "feed", "back", await self.press(app, maria, removed, "Undo"))
        form = await self.keep(app, "feeds packs", "form", await app.run_press(maria, press_id("feeds packs")))
        if isinstance(form, forms.Form):
            chosen = await app.run_form(maria, press_id(form.submit, form.arguments), {"packs": "remote-ai,learning"})
            await self.keep(app, "feeds packs", "added", chosen)
        mine = await self.keep(app, "feeds opml", "mine", await app.run_line(maria, "/feeds opml"))
        await self.keep(app, "feeds opml", "form", await self.press(app, maria, mine, "Paste a list"))
        look = await self.keep(app, "feeds opml", "preview", await app.run_line(maria, f"/feeds opml {LISTED}"))
        await self.keep(app, "feeds opml", "imported", await self.press(app, maria, look, "Import paused"))

    async def _market(self, app: App, maria: Caller, ana: Caller) -> None:
        """What the leads ask for, in words and as a picture."""
        await self.keep(app, "market", "to a member", await app.run_line(ana, "/market"))
        await self.keep(app, "market", "nothing asks for it", await app.run_line(ana, "/market kubernetes"))
        await self.keep(app, "error", "too many weeks", await app.run_line(ana, "/market weeks:99"))
        shown = await self.keep(app, "market", "one skill", await app.run_line(maria, "/market python weeks:12"))
        await self.keep(app, "market send", "", await self.press(app, maria, shown, "Send me the picture"))
        await self.keep(app, "market share", "", await self.press(app, maria, shown, "Share in channel"))
        await self.keep(app, "error", "shared already", await self.press(app, maria, shown, "Share in channel"))

    async def _flooded(self, app: App, maria: Caller) -> None:
        async with self.db.read() as db:
            flood_id = (await db.execute(sa.select(flood.c.id))).scalar_one()
            board = (
                await db.execute(sa.select(feed.c.id).where(feed.c.title == "A board with much on it"))
            ).scalar_one()
        await self.keep(app, "feed", "flooded", await app.run_press(maria, press_id("feeds show", (f"{board}",))))
        press = press_id("flood release", (f"{flood_id}",))
        await self.keep(app, "flood", "let through", await app.run_press(maria, press))

    async def _use(self, app: App, maria: Caller, ana: Caller, lead_id: str) -> None:
        """What a member does with a lead: the longest one is approved for it."""
        async with self.db.write() as db:
            await db.execute(sa.update(lead).where(lead.c.id == int(lead_id)).values(state="approved"))
        shown = await self.keep(app, "lead", "to a member", await app.run_press(ana, press_id("lead show", (lead_id,))))
        await self.keep(app, "gigs saved", "empty", await app.run_line(ana, "/gigs saved"))
        saved = await self.keep(app, "lead save", "longest", await self.press(app, ana, shown, "Save"))
        await self.keep(app, "lead save", "again", await self.press(app, ana, shown, "Save"))
        await self.keep(app, "lead remind", "longest", await self.press(app, ana, saved, "Remind me in 3 days"))
        await self.keep(app, "gigs saved", "full", await app.run_line(ana, "/gigs saved"))
        form = await self.keep(app, "lead report", "form", await self.press(app, ana, shown, "Report"))
        if isinstance(form, forms.Form):
            where, said = press_id(form.submit, form.arguments), {"reason": "scam", "words": LONG[:1000]}
            await self.keep(app, "lead report", "done", await app.run_form(ana, where, said))
        await self.keep(app, "lead hide", "longest", await self.press(app, ana, shown, "Not for me"))
        press = press_id("report withdraw", (lead_id, "1"))
        await self.keep(app, "lead report", "settled", await app.run_press(maria, press))

    async def _share(self, app: App, maria: Caller, ana: Caller) -> None:
        """A gig that a member shares, and one that a business posts with the public form."""
        form = await self.keep(app, "gigs share", "form", await app.run_line(ana, "/gigs share"))
        await self.send(app, ana, "gigs share", "done", form, title=LONG[:200], pay="heaps", details=LONG[:3000])
        public = PublicForm(app)
        async with self.db.read() as db:
            key = people.public_key((await db.execute(sa.select(people.community.c.id))).scalar_one())
        taker = await public.community(key)
        if taker is not None:
            await public.take(taker, Offer(LONG[:150], LONG[:100], LONG[:5000], "80 EUR/h", LONG[:300]), "203.0.113.7")
        async with self.db.read() as db:
            newest = (await db.execute(sa.select(sa.func.max(lead.c.id)))).scalar_one()
        shown = await app.run_press(maria, press_id("lead show", (str(newest),)))
        await self.keep(app, "public form", "to moderators", shown)

    async def _meet(self, app: App, maria: Caller, ana: Caller) -> None:
        """What is between two members: they meet, share, write, fall out; what moderators see of it."""
        lena = dataclasses.replace(ana, user="U7", name="Lena")
        await app.run_line(lena, "/hub")
        async with self.db.read() as db:
            rows = (await db.execute(sa.select(member.c.name, member.c.id))).all()
        ids = {row.name: str(row.id) for row in rows}
        asked = press_id("introduction ask", (ids["Lena"],))
        await self.keep(app, "introduction", "asked", await app.run_press(ana, asked))
        question = await self.keep(app, "introduction", "question", await app.run_line(lena, "/hub"))
        await self.keep(app, "introduction", "yes", await self.press(app, lena, question, "Yes"))
        await self.keep(app, "introduction", "again", await app.run_press(ana, asked))
        shown: Card | Form | None = None
        for who, other in ((ana, "Lena"), (lena, "Ana")):
            form = await self.keep(
                app, "contact", "form", await app.run_press(who, press_id("contact choose", (ids[other],)))
            )
            shown = await self.send(app, who, "contact", "shared", form, shown="https://book.example/me", notes="yes")
        await self.keep(app, "contact", "time", await self.press(app, lena, shown, "Propose a time"))
        form = await self.keep(app, "note", "form", await self.press(app, lena, shown, "Write a note"))
        await self.send(app, lena, "note", "sent", form, words=LONG[:1000])
        await self.keep(app, "note", "arrived", await app.run_line(ana, "/hub"))
        await self.keep(
            app, "profile block", "sure", await app.run_press(ana, press_id("profile block", (ids["Lena"],)))
        )
        form = await self.keep(
            app, "hub report", "form", await app.run_press(ana, press_id("hub report", (ids["Lena"],)))
        )
        await self.send(app, ana, "hub report", "done", form, reason="scam", words=LONG[:1500], hide="yes")
        await self._judge(app, maria, lena, ids["Lena"])

    async def _judge(self, app: App, maria: Caller, lena: Caller, member_id: str) -> None:
        """What moderators do about a reported member, and what that member is told."""
        await self.keep(app, "mod safety", "all", await app.run_line(maria, "/mod safety"))
        look = press_id("mod safety", (member_id,))
        stands = await self.keep(app, "mod safety", "member", await app.run_press(maria, look))
        form = await self.keep(app, "safety", "warning", await self.press(app, maria, stands, "Warn"))
        await self.send(app, maria, "safety", "warned", form, words=LONG[:1500])
        paused = await self.press(app, maria, stands, "Pause from matching 30 d")
        await self.keep(app, "safety", "paused", paused)
        refused = await self.keep(app, "error", "paused", await app.run_line(lena, "/gigs find"))
        form = await self.keep(app, "appeal", "form", await self.press(app, lena, refused, "Write to the moderators"))
        await self.send(app, lena, "appeal", "sent", form, words=LONG[:1500])
        sure = await self.keep(app, "safety", "ban", await self.press(app, maria, stands, "Ban from the bot"))
        await self.keep(app, "safety", "banned", await self.press(app, maria, sure, "Ban Lena"))
        await self.keep(app, "mod safety", "banned", await app.run_press(maria, look))

    async def _moderation(self, app: App, maria: Caller) -> None:
        """A feed's rules and their effect, an edited lead, a trusted feed, and what the audit says of it all."""
        form = await self.keep(app, "feeds edit", "form", await app.run_line(maria, "/feeds edit A board with much"))
        effect = await self.send(app, maria, "feeds edit", "effect", form, must="rag or llm, clinic", min_rate="200")
        more = await self.keep(app, "feeds edit", "more rules", await self.press(app, maria, effect, "More rules"))
        await self.send(app, maria, "feeds edit", "more effect", more, kinds="gig", max_age="24", languages="en, de")
        saved = await self.keep(app, "feeds edit", "saved", await self.press(app, maria, effect, "Save"))
        await self.keep(app, "feeds edit", "overtaken", await self.press(app, maria, effect, "Save"))
        await self.keep(app, "feeds edit", "undone", await self.press(app, maria, saved, "Undo"))
        waiting = await self.keep(app, "feeds queue", "again", await app.run_line(maria, "/feeds queue"))
        form = await self.keep(app, "lead edit", "form", await self.press(app, maria, waiting, "Edit"))
        rest = {"rate": "80 EUR/h", "kind": "gig", "skills": "RAG"}
        edited = await self.send(app, maria, "lead edit", "saved", form, title=LONG[:200], **rest)
        trusted = await self.press(app, maria, edited, "Always from this feed")
        await self.keep(app, "decision", "always", trusted)
        await self.keep(app, "mod audit", "full", await app.run_line(maria, "/mod audit"))

    async def send(
        self, app: App, who: Caller, name: str, variant: str, form: Card | Form | None, **values: str
    ) -> Card | Form | None:
        """Fill in a form that is open, page by page where it has several, and keep the answer."""
        while isinstance(form, forms.Form):
            filled = {field.name: values.get(field.name, field.value) for field in form.fields}
            answer = await app.run_form(who, press_id(form.submit, form.arguments), filled)
            card = await self.keep(app, name, variant, answer)
            more = _buttons(card, "form open") if isinstance(card, cards.Card) else []
            if not more:
                return card
            opened = await app.run_press(who, press_id(more[0].command, more[0].arguments))
            form = opened.form if isinstance(opened, OpenForm) else None
        return None

    async def _morning(self, app: App, clock: when.SetClock, maria: Caller) -> None:
        """The next morning's batch card, what is done with it, and the offer. No feed is asked meanwhile."""
        async with self.db.write() as db:
            await db.execute(sa.update(source).values(due=None))
        await travel(app, clock, DAWN + timedelta(hours=26))
        async with self.db.read() as db:
            statement = sa.select(outbox.message.c.card).where(outbox.message.c.key.startswith("docket:"))
            batch = cards.load((await db.execute(statement.order_by(outbox.message.c.id.desc()))).scalars().first())
        form = await self.keep(app, "docket", "ticks", await self.press(app, maria, batch, "Change ticks"))
        ticked = form.fields[0].value if isinstance(form, forms.Form) else ""
        decided = await self.send(app, maria, "docket", "published", form, part1=ticked)
        await self.keep(app, "docket", "undone", await self.press(app, maria, decided, "Undo"))
        offered = offer_card(Record(60, 58, 0), "1")
        self.found.append(Exhibit("offer", "made", offered))
        for label in ("Ask again in a month", "No", "Yes, from now on"):
            await self.keep(app, "offer", label, await self.press(app, maria, offered, label))

    async def _posted(self) -> None:
        """What stands in the channels: the digest and the best leads of a new feed."""
        async with self.db.read() as db:
            sent = await db.execute(
                sa.select(outbox.message.c.key, outbox.message.c.card).order_by(outbox.message.c.id)
            )
            for key, card in sent.all():
                self.found.append(Exhibit(key.partition(":")[0], "posted", cards.load(card)))

    def _show(self, name: str, variant: str, card: Card) -> None:
        """Collect a card that was sent."""
        self.found.append(Exhibit(name, variant, card))

    async def press(self, app: App, who: Caller, shown: Card | Form | None, label: str) -> Answer:
        """Press the button with this label on a card."""
        if not isinstance(shown, cards.Card):
            raise TypeError(f"there is no card with {label!r}")
        [button] = (
            control
            for block in shown.blocks
            if isinstance(block, cards.Controls)
            for control in block.controls
            if isinstance(control, cards.Button) and control.label == label
        )
        return await app.run_press(who, press_id(button.command, button.arguments))

    async def _choose(self, app: App, who: Caller, shown: Card | Form | None, value: str) -> Answer:
        """Choose an option from the one select of a card."""
        rows = shown.blocks if isinstance(shown, cards.Card) else ()
        [select] = (
            control
            for row in rows
            if isinstance(row, cards.Controls)
            for control in row.controls
            if isinstance(control, cards.Select)
        )
        return await app.run_press(who, press_id(select.command, select.arguments), value)

    def keep_card(self, name: str, variant: str, card: Card) -> Card:
        """Collect a card that was owed to somebody."""
        self.found.append(Exhibit(name, variant, card))
        return card

    async def keep(self, app: App, name: str, variant: str, answer: Answer) -> Card | Form | None:
        """Collect an answer, with all its pages; returns what it shows."""
        if isinstance(answer, Invalid):  # a platform says these beside the fields of the form that is open
            return None
        if isinstance(answer, OpenForm):
            self.found.append(Exhibit(name, variant, answer.form))
            return answer.form
        self.found.append(Exhibit(name, variant, answer.card))
        for button in _buttons(answer.card, "view page"):
            more = await app.run_press(self.viewer, press_id(button.command, button.arguments))
            await self.keep(app, name, f"{variant}, {button.label}", more)
        return answer.card


def _buttons(card: Card, command: str) -> list[cards.Button]:
    """The buttons of a card that run a command."""
    rows = [block for block in card.blocks if isinstance(block, cards.Controls)]
    return [c for row in rows for c in row.controls if isinstance(c, cards.Button) and c.command == command]
