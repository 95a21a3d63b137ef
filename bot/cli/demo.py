"""`demo`: a whole community on this machine, without tokens, in a web console."""

from __future__ import annotations

import asyncio
import fcntl
import signal
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer
from aiohttp import web

from adapters.web.console import create_console
from adapters.web.demo import community as demo_community
from adapters.web.demo.feed_server import FeedServer
from adapters.web.demo.week import morning_board
from adapters.web.platform import Bell, ConsolePlatform
from bot import config, when
from bot.cli import week
from bot.cli.seed import found, personas_of, seed, tour_of
from bot.cli.terminal import VERSION, AsJson, ConfigFile, app, errors, print_json, set_up_logging
from bot.cli.week_figures import of_week
from bot.cli.wiring import Clocks, build_app, data_folder, database_url, open_database, open_outside, port_taken
from bot.db import explain_storage
from bot.errors import UserError
from bot.leads.figures import totals
from bot.leads.sources import last_poll
from bot.words import say
from jobs.schedule import Schedule, travel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from bot.app import App
    from bot.ports import Platform, PlatformName
    from bot.settings import Settings

OPENS_AT = "08:05"  # five minutes after the digest
BEFORE = timedelta(minutes=35)  # when the seeded community was set up
WORKDAYS = frozenset(range(5))
DEMO_SETTINGS = {
    "app.name": "Guildhall demo",
    "leads.approval": "flagged",  # what is sure posts itself, so that there is a digest; the rest waits for Maria
    "digest.days": '["mon","tue","wed","thu","fri","sat","sun"]',
    "database.url": "",
    "database.backup_keep": "0",
}
NO_BACKUPS = {"database.backup_keep": "0"}  # daily ones; the clock here may run far ahead of the real bot's
WEEK_SETTINGS = {"feeds.poll_minutes": "720"}  # each board twice a day: most of what a week costs is looking
LONGEST = 7
"""Days that the members know what to do in."""

FILE = "console.sqlite3"


@dataclass(frozen=True, slots=True)
class Opening:
    """How a demo is to open."""

    settings: Settings
    start: datetime  # of its clock
    empty: bool  # a new community instead of the seeded one
    days: int = 0  # that its members live through by themselves


@dataclass(frozen=True, slots=True)
class Running:
    """A demo that runs."""

    app: App
    clock: when.ShiftedClock
    bell: Bell
    community_id: int


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Do the work once, print the figures, and stop.")] = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="A new community, with settings read as `run` reads them.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="With --empty: go on with the community of the last time.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="The port of the console (web.port if left out).")
    ] = None,
    clock: Annotated[datetime | None, typer.Option(help="The instant (UTC) at which the demo's clock starts.")] = None,
    days: Annotated[
        int, typer.Option(min=0, max=LONGEST, help="With --once: let the members live through so many days first.")
    ] = 0,
    as_json: AsJson = False,
    file: ConfigFile = None,
) -> None:
    """Run a community in a local web console: no tokens, no configuration, no network."""
    if keep and not empty:
        raise UserError("E-OPTION", say("--keep goes with --empty."), advice=say("The seeded demo is new each time."))
    if days and (empty or not once):
        raise UserError("E-OPTION", say("--days goes with --once."), advice=say("An empty community has nobody in it."))
    if as_json and not once:
        raise UserError("E-OPTION", say("--json goes with --once."), advice=say("The console prints no figures."))
    with ExitStack() as stack:
        more = WEEK_SETTINGS if days else {}
        settings = config.load(file, overrides=NO_BACKUPS) if empty else _throw_away(file, stack, more)
        set_up_logging(settings.logging.level if empty else "WARNING", as_json=settings.logging.format == "json")
        if empty:
            _take(settings, stack, keep=keep)
        opening = Opening(settings, _start(clock, empty=empty, days=days), empty, days)
        if not once:
            asyncio.run(_serve(opening, settings.web.port if port is None else port))
            return
        figures = asyncio.run(_once(opening))
    if as_json:
        print_json(figures)
        return
    for name, figure in figures.items():
        typer.echo(f"{name}: {figure}")


def _throw_away(file: Path | None, stack: ExitStack, more: Mapping[str, str]) -> Settings:
    """The seeded demo's settings: its data goes with it."""
    folder = stack.enter_context(TemporaryDirectory(prefix="guildhall-demo-", ignore_cleanup_errors=True))
    return config.load(file, overrides={**DEMO_SETTINGS, **more, "app.data_dir": folder})


def _take(settings: Settings, stack: ExitStack, *, keep: bool) -> None:
    """Have the data folder's demo to ourselves, and begin anew unless it is to be kept.

    A database of `database.url` is never emptied. Raises `UserError` (E-DATA) while another demo has it.
    """
    if settings.database.url:
        return
    folder = data_folder(settings)
    try:
        lock = stack.enter_context((folder / f"{FILE}.lock").open("w"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            "E-DATA",
            say("Another demo is using the data folder {folder}.", folder=folder),
            advice=say("End it first, or give this one a folder of its own: GUILDHALL__APP__DATA_DIR=./data2"),
        ) from None
    except OSError as error:
        raise explain_storage(error, str(folder)) or error from error
    for leftover in () if keep else folder.glob(f"{FILE}*"):
        if leftover.suffix != ".lock":
            leftover.unlink()


def _start(clock: datetime | None, *, empty: bool, days: int) -> datetime:
    """Where the demo's clock begins: as asked; now; or, in the seeded demo, the morning of the last working day.

    Where days are to be lived through it is one that is always the same, before a change of clocks.
    """
    if clock is not None:
        return clock if clock.tzinfo else clock.replace(tzinfo=UTC)
    if days:
        return week.BEGINS
    now = datetime.now(UTC)
    if empty:
        return now
    zone = when.zone(demo_community.load().zone)
    day = when.local_day(now, zone)
    while day.weekday() not in WORKDAYS:
        day -= timedelta(days=1)
    return when.instant(day, when.parse_clock(OPENS_AT), zone)


@asynccontextmanager
async def _running(opening: Opening) -> AsyncIterator[Running]:
    """A demo with its database, feeds and community, up to its start."""
    settings, start = opening.settings, opening.start
    bell = Bell()
    clock = when.ShiftedClock(when.SystemClock(), start if opening.empty else start - BEFORE)
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(open_database(database_url(settings, FILE), settings, clock))
        mornings = (morning_board(start, demo_community.load().zone),) if opening.days else ()
        feeds, base = FeedServer(clock, start, *mornings), ""
        if not opening.empty:
            base = await feeds.start()
            stack.push_async_callback(feeds.close)
        hosts = (urlsplit(base).netloc,) if base else ()
        fetcher, workers = await stack.enter_async_context(open_outside(settings, VERSION, *hosts, clock=clock))
        platforms: dict[PlatformName, Platform] = {
            "slack": ConsolePlatform("slack", bell),
            "discord": ConsolePlatform("discord", bell),
        }
        async with db.read() as connection:
            if latest := await last_poll(connection):  # a kept community whose clock was set ahead goes on from there
                clock.move(latest)
        clocks = Clocks(clock, when.SystemClock())
        application = build_app(settings, db, clocks, fetcher=fetcher, workers=workers, platforms=platforms)
        community_id = await found(application, demo_community.load(), empty=opening.empty)
        if not opening.empty:
            await seed(application, feeds.feeds(), base, errors)
            await travel(application, clock, start)
        yield Running(application, clock, bell, community_id)


async def _once(opening: Opening) -> Mapping[str, Any]:
    async with _running(opening) as running:
        if opening.days:
            return await live(running, opening)
        await travel(running.app, running.clock, running.clock.now())
        async with running.app.db.read() as db:
            return await totals(db, running.community_id)


async def live(running: Running, opening: Opening) -> Mapping[str, Any]:
    """Let the members live through the days, and return the figures of what came of them."""

    async def move(to: datetime) -> None:
        await travel(running.app, running.clock, to)

    theirs = week.Week(running.app, opening.start, move)
    await week.live(theirs, opening.days)
    async with running.app.db.read() as db:
        return await of_week(db, running.community_id, *theirs.span(opening.days))


async def _serve(opening: Opening, port: int) -> None:
    mapped = opening.settings.web.behind_port_mapping
    host = opening.settings.web.host if mapped else "127.0.0.1"
    async with _running(opening) as running:
        schedule = Schedule(running.app)

        async def move(to: datetime) -> None:
            await schedule.travel(running.clock, to)
            running.bell.ring()

        site = create_console(
            running.app,
            personas_of(demo_community.load(), empty=opening.empty),
            bell=running.bell,
            travel=move,
            version=VERSION,
            tour=tour_of(running.app, running.community_id, empty=opening.empty),
            allowed_hosts=("localhost", "127.0.0.1") if mapped else (),
        )
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, host, port).start()
            except OSError as error:
                raise port_taken(host, port, error, other=f"--port {port + 1}") from None
            schedule.start()
            shown = runner.addresses[0][1]
            errors.print(
                say("The console is open: http://127.0.0.1:{port}/  (Ctrl+C ends it)", port=shown), style="bold"
            )
            await _until_stopped()
        finally:
            await schedule.stop()
            await runner.cleanup()


async def _until_stopped() -> None:
    """Wait for Ctrl+C or a polite end."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    await stopped.wait()
