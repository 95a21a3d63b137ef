"""Putting the parts together."""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.discord import render as discord_render
from adapters.http import HttpFetcher
from adapters.slack import prefix
from adapters.slack import render as slack_render
from adapters.workers import WorkerPool
from bot import backup, house, migrate
from bot.app import App
from bot.db import Database, sqlite_url
from bot.digests.feature import feature as digests
from bot.errors import UserError
from bot.feature import Whose
from bot.forgotten import Journal, back_again
from bot.ids import RandomIds
from bot.leads.alertfeature import feature as alerts
from bot.leads.feature import feature as leads
from bot.market.feature import feature as market
from bot.meetups.feature import feature as meetups
from bot.members.feature import feature as members
from bot.members.feature import profile, safety
from bot.members.forgetting import forget
from bot.mentoring.feature import feature as mentoring
from bot.swaps.feature import feature as swaps
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from datetime import datetime

    from bot.cards import Card
    from bot.ports import Fetcher, Ids, MachineClock, Platform, PlatformName, WallClock, Workers
    from bot.settings import Settings

FEATURES = (
    house.feature,
    profile,
    members,
    safety,
    leads,
    alerts,
    market,
    swaps,
    mentoring,
    meetups,
    digests,
)
PAGES: Mapping[PlatformName, Callable[[Card], list[Card]]] = {
    "discord": discord_render.pages,
    "slack": slack_render.pages,
}
DATABASE_FILE = "guildhall.sqlite3"


@dataclass(frozen=True, slots=True)
class Clocks:
    """The two clocks."""

    wall: WallClock
    machine: MachineClock


def build_app(
    settings: Settings,
    db: Database,
    clocks: Clocks,
    *,
    fetcher: Fetcher,
    workers: Workers,
    platforms: Mapping[PlatformName, Platform],
    ids: Ids | None = None,
    seed: int | None = None,
    journal: Journal | None = None,
) -> App:
    """The application with all features, wired to the given outside; without a journal, none outlives the process."""
    nouns = {command.noun for feature in FEATURES for command in feature.commands if command.typed}
    pages = {**PAGES, "slack": prefix.pages(settings.slack.command_prefix, sorted(nouns))}
    return App(
        db=db,
        settings=settings,
        features=FEATURES,
        wall=clocks.wall,
        machine=clocks.machine,
        ids=ids or RandomIds(),
        random=random.Random(seed),  # noqa: S311  (jitter and tie-breaks, nothing secret)
        fetcher=fetcher,
        workers=workers,
        platforms=platforms,
        pages=pages,
        journal=journal or Journal(),
    )


def data_folder(settings: Settings) -> Path:
    """The data folder, made where it is missing. Raises `UserError` (E-DATA) where it can't be."""
    folder = Path(settings.app.data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "E-DATA",
            say("I can't make the data folder {folder}.", folder=folder),
            why=say("The system says: {why}.", why=error.strerror or error),
            advice=say("Create it for the user that runs Guildhall, or set app.data_dir to another folder."),
        ) from None
    return folder


def database_url(settings: Settings, file: str = DATABASE_FILE) -> str:
    """The address of the database: the setting's, else a file in the data folder."""
    return settings.database.url or sqlite_url(data_folder(settings) / file)


@asynccontextmanager
async def open_database(
    url: str, settings: Settings, clock: WallClock, *, back_up: bool = True
) -> AsyncIterator[Database]:
    """The database with its schema up to date."""
    db = Database(url)
    try:
        await migrate.prepare(db, backup.folder_of(settings), clock.now(), back_up=back_up)
        yield db
    finally:
        await db.dispose()


def open_journal(settings: Settings) -> Journal:
    """The journal of those who were forgotten, in the data folder. Raises `UserError` (E-DATA) where it can't be."""
    folder = data_folder(settings)
    try:
        return Journal(folder)
    except OSError as error:
        raise UserError(
            "E-DATA",
            say("I can't keep the journal of forgotten members in {folder}.", folder=folder),
            why=say("The system says: {why}.", why=error.strerror or error),
            advice=say(
                "Make the folder writable for the user that runs Guildhall, or set app.data_dir to another one."
            ),
        ) from None


async def forget_again(db: Database, journal: Journal, now: datetime) -> int:
    """Forget those whom an older copy of the database has brought back; returns how many there were."""
    async with db.read() as connection:
        back = await back_again(connection, journal)
    ids = RandomIds()
    for community_id, member_id in back:
        async with db.write() as connection:
            await forget(Whose(connection, ids, community_id, member_id, now), FEATURES, journal)
    return len(back)


@asynccontextmanager
async def open_outside(
    settings: Settings, version: str, *more_hosts: str, clock: WallClock | None = None
) -> AsyncIterator[tuple[HttpFetcher, WorkerPool]]:
    """The fetcher and the worker processes; `more_hosts` may be fetched though they are private."""
    fetcher = HttpFetcher(
        name=settings.app.name,
        version=version,
        contact=settings.app.contact,
        timeout_seconds=settings.feeds.timeout_seconds,
        max_bytes=settings.feeds.max_bytes,
        allow_hosts=(*settings.feeds.allow_hosts, *more_hosts),
        clock=clock,
    )
    workers = WorkerPool(size=1)
    async with fetcher:
        await workers.start()
        try:
            yield fetcher, workers
        finally:
            await workers.close()


def port_taken(host: str, port: int, error: OSError, *, other: str) -> UserError:
    """The sentence for a port that cannot be listened on; `other` is how another one is chosen."""
    return UserError(
        "E-PORT",
        say("I can't listen on port {port} of {host}.", port=port, host=host),
        why=say("The system says: {why}.", why=error.strerror or error),
        advice=say("Another program has it, perhaps another Guildhall. Choose another: {other}", other=other),
    )
