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
from bot import cards, config, forms, migrate, outbox, when
from bot.cli import (
    gallery_feeds,
    gallery_leads,
    gallery_market,
    gallery_meetups,
    gallery_members,
    gallery_mentoring,
    gallery_swaps,
)
from bot.cli.paper import DAWN, EMPTY, PAGE, Paper
from bot.cli.wiring import Clocks, build_app
from bot.commands import Answer, Invalid, OpenForm
from bot.db import Database, sqlite_url
from bot.notices import notice
from bot.people import Caller, Role
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
        await gallery_leads.walk(self, app, maria, ana)
        await gallery_members.meet(self, app, maria, ana)
        await gallery_feeds.walk(self, app, maria)
        paper.break_and_flood()
        await travel(app, clock, DAWN + timedelta(hours=3))
        await gallery_market.walk(self, app, maria, ana)
        await gallery_leads.morning(self, app, clock, maria)
        await travel(app, clock, DAWN + timedelta(days=5, hours=2))  # Monday's pulse
        await self._posted()
        await gallery_feeds.flooded(self, app, maria)
        await gallery_members.privacy(self, app, ana, maria)
        await gallery_swaps.walk(self, app, clock, maria, ana)
        await gallery_meetups.walk(self, app, clock, maria, ana)
        await gallery_mentoring.walk(self, app, clock, maria, ana)
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
        await gallery_members.profile(self, app, maria, ana)
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

    async def send(
        self, app: App, who: Caller, name: str, variant: str, form: Card | Form | None, **values: str
    ) -> Card | Form | None:
        """Fill in a form that is open, page by page where it has several, and keep the answer."""
        while isinstance(form, forms.Form):
            filled = {field.name: values.get(field.name, field.value) for field in form.fields}
            answer = await app.run_form(who, press_id(form.submit, form.arguments), filled)
            card = await self.keep(app, name, variant, answer)
            more = buttons_of(card, "form open")
            if not more:
                return card
            opened = await app.run_press(who, press_id(more[0].command, more[0].arguments))
            form = opened.form if isinstance(opened, OpenForm) else None
        return None

    async def _posted(self) -> None:
        """What stands in the channels: the digest and the best leads of a new feed."""
        async with self.db.read() as db:
            sent = await db.execute(
                sa.select(outbox.message.c.key, outbox.message.c.card).order_by(outbox.message.c.id)
            )
            for key, card in sent.all():
                self.found.append(Exhibit(key.partition(":")[0], "posted", cards.load(card)))

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

    async def choose(self, app: App, who: Caller, shown: Card | Form | None, value: str) -> Answer:
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

    async def press_first(self, app: App, who: Caller, shown: Card | Form | None, command: str) -> Answer:
        """Press the first button of a card that runs a command."""
        button = buttons_of(shown, command)[0]
        return await app.run_press(who, press_id(button.command, button.arguments))

    async def told(self, key: str, end: str = "") -> Card:
        """The latest notice whose key begins and ends so."""
        return await self._latest(notice, key, end)

    async def sent(self, key: str) -> Card:
        """The latest message whose key begins so."""
        return await self._latest(outbox.message, key)

    async def _latest(self, table: sa.Table, key: str, end: str = "") -> Card:
        about = (table.c.key.startswith(key), table.c.key.endswith(end))
        statement = sa.select(table.c.card).where(*about).order_by(table.c.id.desc()).limit(1)
        async with self.db.read() as db:
            return cards.load((await db.execute(statement)).scalar_one())

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
        for button in buttons_of(answer.card, "view page"):
            more = await app.run_press(self.viewer, press_id(button.command, button.arguments))
            await self.keep(app, name, f"{variant}, {button.label}", more)
        return answer.card


def buttons_of(card: Card | Form | None, command: str) -> list[cards.Button]:
    """The buttons of a card that run a command."""
    rows = [block for block in card.blocks if isinstance(block, cards.Controls)] if isinstance(card, cards.Card) else []
    return [c for row in rows for c in row.controls if isinstance(c, cards.Button) and c.command == command]
