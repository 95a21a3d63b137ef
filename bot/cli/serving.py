"""What `run` does: the bot on the platforms whose tokens are set, until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from adapters.discord.client import create_client
from adapters.discord.connection import Connection
from adapters.discord.platform import DiscordPlatform
from adapters.slack.app import SlackApp
from adapters.slack.platform import SlackPlatform
from adapters.web import calendars
from adapters.web.public import PublicPages
from bot import when
from bot.cli.terminal import VERSION
from bot.cli.wiring import (
    Clocks,
    build_app,
    database_url,
    forget_again,
    open_database,
    open_journal,
    open_outside,
    port_taken,
)
from bot.errors import UserError
from bot.ports import PLATFORM_NAMES
from jobs.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.discord.client import DiscordClient
    from bot.ports import Platform, PlatformName
    from bot.settings import Settings

LARGEST_BODY = 256 * 1024  # bytes of a request: Slack's own are far smaller

log = logging.getLogger("guildhall")


async def serve(settings: Settings, *, back_up: bool) -> None:
    """Run until a signal says stop. Losing one platform never stops the other; a wrong token stops only its own.

    Raises `UserError` when the only platform does not take its token, and those of `open_database`.
    """
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    clock = when.SystemClock()
    async with AsyncExitStack() as stack:
        url = database_url(settings)
        db = await stack.enter_async_context(open_database(url, settings, clock, back_up=back_up))
        journal = open_journal(settings)
        if back := await forget_again(db, journal, clock.now()):
            log.warning("%s members had come back with an older database, and are forgotten again", back)
        fetcher, workers = await stack.enter_async_context(open_outside(settings, VERSION))
        platforms: dict[PlatformName, Platform] = {}
        outside: dict[str, Any] = {"fetcher": fetcher, "workers": workers, "platforms": platforms}
        app = build_app(settings, db, Clocks(clock, clock), **outside, journal=journal)
        routes = [web.get("/healthz", partial(_say_how, platforms))]
        waiting: list[asyncio.Task[Any]] = [asyncio.create_task(stopped.wait())]
        if settings.discord.is_on:
            connection = Connection(settings.discord, clock)
            platforms["discord"] = DiscordPlatform(connection)
            discord = create_client(app, connection)
            stack.push_async_callback(discord.close)
            waiting.append(asyncio.create_task(_run_discord(discord, alone=not settings.slack.is_on)))
        if settings.slack.is_on:
            platforms["slack"] = posting = SlackPlatform(settings.slack, clock)
            await posting.look()
            slack = SlackApp(app)
            stack.push_async_callback(posting.close)
            stack.push_async_callback(slack.close)
            routes += slack.routes()
            await slack.start()
        if settings.web.public_url:
            routes += calendars.routes(app)
        if settings.leads.public_form:
            routes += PublicPages(app).routes()
        await _open_pages(settings, routes, stack)
        stack.push_async_callback(app.settle)
        gc.collect()
        gc.freeze()  # what is loaded by now stays: looking through all of it held everybody up for 130 ms each time
        schedule = Schedule(app)
        schedule.start()
        stack.push_async_callback(schedule.stop)
        log.info("Guildhall %s runs on %s", VERSION, " and ".join(sorted(platforms)))
        done, left = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        for task in done:
            task.result()


async def _run_discord(discord: DiscordClient, *, alone: bool) -> None:
    """Be on Discord; where its token is wrong and Slack is there, say so and leave it at that."""
    try:
        await discord.run()
    except UserError as error:
        if alone:
            raise
        log.error("%s Slack goes on without it.", error.sentence)  # noqa: TRY400  the sentence says it all
    await asyncio.Event().wait()


async def _open_pages(settings: Settings, routes: list[web.RouteDef], stack: AsyncExitStack) -> None:
    """The web server: health, Slack over HTTP, calendars, the public form. Raises `UserError` (E-PORT)."""
    site = web.Application(client_max_size=LARGEST_BODY)
    site.add_routes(routes)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=5.0)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, settings.web.host, settings.web.port).start()
    except OSError as error:
        raise port_taken(settings.web.host, settings.web.port, error, other="web.port") from None


async def _say_how(platforms: Mapping[PlatformName, Platform], _request: web.Request) -> web.Response:
    """`ok`, and a line for each platform that is away: no reason to restart the bot, which waits for it."""
    away = {PLATFORM_NAMES[name]: platform.away_since for name, platform in platforms.items()}
    lines = [f"{name} is not reachable since {since:%Y-%m-%d %H:%M} UTC" for name, since in away.items() if since]
    return web.Response(text="\n".join(["ok", *lines]))
