"""A small world for the console's tests: an app with a handful of sample commands on a real database file."""

from __future__ import annotations

import random
from base64 import b64encode
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from adapters.discord import render as discord
from adapters.slack import render as slack
from adapters.web.console import create_console
from adapters.web.personas import Persona, TourStep
from adapters.web.platform import Bell, ConsolePlatform
from bot import outbox, people, sending
from bot.app import App
from bot.cards import (
    Button,
    Card,
    Controls,
    Divider,
    Fact,
    Facts,
    Heading,
    Items,
    Link,
    LinkButton,
    Note,
    Option,
    Paragraph,
    Person,
    Quote,
    Select,
    Styled,
    Time,
    bold,
    sentence,
)
from bot.commands import Commands, OpenForm, PublicReply, Read, Reply, Update, Write
from bot.db import Database, metadata, sqlite_url
from bot.errors import FieldErrors, UserError
from bot.feature import Feature
from bot.forms import ChannelField, ChecksField, ChoiceField, Form, Page, TextField
from bot.people import Caller, Role
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from aiohttp import web

MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # a Tuesday
HOSTILE = '<b>bold</b> <script>alert(1)</script> @everyone *not* _it_ `x` [l](http://e.example) "q" &amp;'
SLACK_GIGS, SLACK_MODS, DISCORD_GIGS, DISCORD_MODS = "C0GIGS", "C0MODS", "900000000000000001", "900000000000000002"
ANA, JONAS, MARIA = "U0ANA", "800000000000000001", "U0MARIA"


@dataclass
class Clock:
    """A clock set by hand."""

    at: datetime = MORNING

    def now(self) -> datetime:
        return self.at


@dataclass
class CountedIds:
    """Ids and tokens in order."""

    last: int = 1000

    def new(self) -> int:
        self.last += 1
        return self.last

    def token(self) -> str:
        return f"token-{self.new():010d}"


class Absent:
    """Stands for what these commands never use."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody should ask for {name}")


def garden_commands() -> Commands:
    """Sample commands: each kind of answer, each kind of field, each kind of failure."""
    commands = Commands()
    approved: dict[str, str] = {}

    @commands.command("garden show", example="/garden show")
    async def show(ask: Read, topic: str = "") -> Reply:
        """Show a card with everything in it."""
        return Reply(everything(topic))

    @commands.command("garden plant")
    async def plant(ask: Read) -> OpenForm:
        """Fill in a form for a new plant."""
        return OpenForm(plant_form())

    @commands.command("garden save", typed=False)
    async def save(do: Write, name: str, notes: str = "", light: str = "", care: str = "", where: str = "") -> Reply:
        """Keep a new plant."""
        if len(name) < 3:
            raise FieldErrors({"name": "A name has at least three letters."})
        return Reply(sentence(f"Planted {name} ({light}; {care}) in {where}. {notes}"))

    @commands.command("garden shout")
    async def shout(ask: Read, words: str) -> PublicReply:
        """Say something to everybody here."""
        return PublicReply(sentence(words))

    @commands.command("garden queue", role=Role.MODERATOR)
    async def queue(ask: Read) -> Reply:
        """Show a seedling that waits for approval."""
        return Reply(seedling())

    @commands.command("garden approve", role=Role.MODERATOR, typed=False)
    async def approve(do: Write, plant: str) -> Update:
        """Approve a seedling."""
        if plant in approved:
            raise UserError("E-DONE", f"{approved[plant]} already approved this.")
        approved[plant] = do.name
        return Update(sentence(f"Approved by {do.name}."))

    @commands.command("garden pick", typed=False)
    async def pick(ask: Read, colour: str) -> Reply:
        """Answer a choice."""
        return Reply(sentence(f"You picked {colour}."))

    @commands.command("garden light")
    async def light(ask: Read, level: Literal["sun", "half shade", "shade"]) -> Reply:
        """Say how much light there is."""
        return Reply(sentence(f"Light: {level}."))

    @commands.command("garden crash")
    async def crash(ask: Read) -> Reply:
        """Fail in an unforeseen way."""
        raise RuntimeError("a secret of the machine")

    return commands


def seedling() -> Card:
    """A card with buttons that act once."""
    return Card(
        "One seedling waits for approval.",
        (
            Heading("RAG chatbot for a clinic network", "https://board.example/rag_chat?a=1&b=2"),
            Facts((Fact("Pay", ("$80–110/h",)), Fact("Type", ("contract",)), Fact("Where", ("remote, EU hours",)))),
            Quote("Build and evaluate a retrieval chatbot over 4 000 care guidelines."),
            Controls(
                (
                    Button("Approve", "garden approve", ("rag",), "primary", "Approve: RAG chatbot"),
                    Button("Reject", "garden reject-unknown", ("rag",), "danger"),
                    LinkButton("Open post", "https://board.example/rag", "Open post: RAG chatbot"),
                )
            ),
        ),
    )


def everything(words: str) -> Card:
    """A card with every kind of block and span."""
    return Card(
        f"Everything about {words}.",
        (
            Heading("Daily digest · Tue 24 Nov"),
            Paragraph(("Plain ", bold("bold"), " ", Styled("italic", "italic"), " ", Styled("strike", "struck"), " ")),
            Paragraph((Styled("code", "a <b> `c`"), " by ", Person("Ana", (("slack", ANA), ("discord", JONAS))))),
            Paragraph((words or HOSTILE,)),
            Facts((Fact("When", (Time(MORNING + timedelta(hours=3)),)), Fact("Age", (Time(MORNING, "relative"),)))),
            Quote("first line\nsecond line"),
            Items(
                ((Link("RAG chatbot", "https://board.example/1?x=1&y=2"), " · $80–110/h"), ("second",)), numbered=True
            ),
            Items((("a bullet",), ("another",))),
            Divider(),
            Note(("Sources: 14 feeds, last check ", Time(MORNING, "time"))),
            Controls(
                (
                    Button("Plant…", "garden plant", (), "primary"),
                    Button("Queue", "garden queue"),
                    Select("Pick a colour", "garden pick", (Option("Red", "red"), Option("Green", "green", "calm"))),
                )
            ),
        ),
    )


def plant_form() -> Form:
    """A form with every kind of field."""
    return Form(
        "New plant",
        "garden save",
        (
            Page(
                "The plant",
                (
                    TextField("name", "Name", "As it is called at home", max_length=60),
                    TextField("notes", "Notes", required=False, long=True),
                    ChoiceField("light", "Light", (Option("Sun", "sun"), Option("Shade", "shade", "under a tree"))),
                    ChecksField("care", "Care", (Option("Water", "water"), Option("Prune", "prune")), "Any of them"),
                    ChannelField("where", "Channel"),
                ),
            ),
        ),
        submit_label="Plant it",
        intro="Every plant has a name and a place.",
    )


@dataclass
class World:
    """The app, its database and what tests hold on to."""

    app: App
    clock: Clock
    bell: Bell
    personas: tuple[Persona, ...]
    ids: CountedIds
    travels: list[datetime] = field(default_factory=list)
    travel: Callable[[datetime], Awaitable[None]] | None = None
    done: set[str] = field(default_factory=set)

    def console(self, **more: Any) -> web.Application:
        """A fresh console, as after a restart."""
        return create_console(
            self.app,
            self.personas,
            bell=self.bell,
            travel=self.travel or self._travel,
            version="0.1.0",
            tour=self._tour,
            **more,
        )

    async def _travel(self, to: datetime) -> None:
        self.travels.append(to)
        self.clock.at = to

    async def _tour(self) -> list[TourStep]:
        return [
            TourStep("approve" in self.done, "Approve a lead", "/garden queue", "maria"),
            TourStep(True, "See the digest"),
        ]

    async def post(
        self,
        platform: Literal["slack", "discord"],
        channel: str,
        card: Card,
        *,
        direct: bool = False,
        file: str = "",
        name: str = "file.txt",
    ) -> int:
        """Deliver a message (with a `file` of that text) the way the outbox does."""
        details = {"name": name, "content": b64encode(file.encode()).decode()} if file else None
        async with self.app.db.write() as db:
            space = await people.find_space(db, platform, f"space-{platform}")
            assert space
            to = outbox.Address(space, channel, direct)
            key = f"key-{self.ids.new()}"
            message_id = await outbox.queue(
                db,
                self.ids,
                to,
                card,
                key=key,
                due=self.clock.now(),
                verb="file" if file else "post",
                details=details,
            )
        await self.settle(space.community_id, message_id)
        return message_id

    async def settle(self, community_id: int, message_id: int) -> None:
        """Note a queued message as sent."""
        async with self.app.db.write() as db:
            row = (await db.execute(outbox.message.select().where(outbox.message.c.id == message_id))).mappings().one()
            await sending.begin(db, [row], self.clock.now())
            await sending.settle(db, [(row, "remote")], self.clock.now())
        self.bell.ring()

    async def edit(self, message_id: int, card: Card) -> None:
        """Deliver an edit of a message."""
        async with self.app.db.write() as db:
            row = (await db.execute(outbox.message.select().where(outbox.message.c.id == message_id))).mappings().one()
            await outbox.edit(db, self.ids, row["community_id"], message_id, card, self.clock.now())
            edit = (await db.execute(outbox.message.select().where(outbox.message.c.verb == "edit"))).mappings().one()
        await self.settle(row["community_id"], edit["id"])


def four_personas() -> tuple[Persona, ...]:
    """Two accounts on each platform."""
    slack_channels = ((SLACK_GIGS, "gigs"), (SLACK_MODS, "moderators"))
    discord_channels = ((DISCORD_GIGS, "gigs"), (DISCORD_MODS, "moderators"))

    def persona(key: str, label: str, caller: Caller, zone: str) -> Persona:
        channels = slack_channels if caller.platform == "slack" else discord_channels
        return Persona(key, label, caller, channels, channels[0][0], zone)

    mod, here, there = Role.MODERATOR, "AI Guild", "AI Guild Europe"
    return (
        persona("ana", "Ana (Slack)", Caller("slack", "space-slack", ANA, "Ana", space_name=here), "Europe/Lisbon"),
        persona(
            "jonas",
            "Jonas (Discord)",
            Caller("discord", "space-discord", JONAS, "Jonas", space_name=there),
            "Asia/Tokyo",
        ),
        persona(
            "maria",
            "Maria (moderator, Slack)",
            Caller("slack", "space-slack", MARIA, "Maria", role=mod, space_name=here),
            "Europe/Berlin",
        ),
        persona(
            "maria-d",
            "Maria (Discord)",
            Caller("discord", "space-discord", "800000000000000002", "Maria", role=mod, space_name=there),
            "Europe/Berlin",
        ),
    )


@asynccontextmanager
async def open_world(folder: Path, *, set_up: bool = True) -> AsyncIterator[World]:
    """A world in `folder`, with a community of a Slack workspace and a Discord server."""
    db, clock, bell, ids = Database(sqlite_url(folder / "world.sqlite3")), Clock(), Bell(), CountedIds()
    app = App(
        db=db,
        settings=Settings(),
        features=(Feature("garden", garden_commands()),),
        wall=clock,
        machine=clock,
        ids=ids,
        random=random.Random(1),
        fetcher=Absent(),
        workers=Absent(),
        platforms={"slack": ConsolePlatform("slack", bell), "discord": ConsolePlatform("discord", bell)},
        pages={"slack": slack.pages, "discord": discord.pages},
    )
    async with db.write() as connection:
        await connection.run_sync(metadata.create_all)
        if set_up:
            community = await people.found_community(
                connection, ids, name="AI Guild", zone="Europe/Berlin", digest_at="08:00", now=clock.now()
            )
            for platform in ("slack", "discord"):
                await people.add_space(
                    connection,
                    ids,
                    community_id=community,
                    platform=platform,
                    remote=f"space-{platform}",
                    name="AI Guild",
                )
    try:
        yield World(app, clock, bell, four_personas(), ids)
    finally:
        await db.dispose()
