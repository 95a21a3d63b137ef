"""The bot as processes that can be killed: each life is forked from a nursery that has imported everything already.

`python -m tests.crash.bot_process` reads a life (JSON, see `Life`) from each line of its standard input, starts it in
a process of its own, prints "born PID", and when it has ended "died STATUS" (what `os.waitpid` says).
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

import aiohttp
import sqlalchemy as sa

from bot import config, when
from bot.cli.wiring import Clocks, build_app, open_database, open_outside
from bot.leads import sources
from jobs import schedule
from tests.crash.recording_platform import RemotePlatform

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger("guildhall.crash")

REST = timedelta(minutes=3, seconds=1)  # between two lives on the machine's clock: every lease is over
ALWAYS = [job for job in schedule.TIMETABLE if job.dues]
TO_THE_END = timedelta(hours=6)


@dataclass(frozen=True)
class Life:
    """What a life is given: `number` counts up, `lasting` ends by itself when everything is done."""

    number: int
    start: str  # the wall clock of the first life
    database: str
    folder: str
    platform: str  # the platform's address
    feeds: str  # "host:port" of the feed server
    lasting: bool = False


def settings_of(life: Life) -> Settings:
    """A community that posts every gig at once."""
    given = {
        "app.data_dir": life.folder,
        "leads.approval": "auto",
        "leads.max_age_hours": "0",
        "digest.days": '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]',
    }
    settings = config.load(None, {}, given)
    many = settings.leads.model_copy(update={"posts_per_day": 1_000_000})  # more than an operator may set
    return settings.model_copy(update={"leads": many})


async def live(life: Life) -> None:
    """Move through time, from due to due, until killed; or if this life lasts, until everything is done."""
    settings = settings_of(life)
    machine = when.ShiftedClock(when.SystemClock(), when.SystemClock().now() + life.number * REST)
    async with AsyncExitStack() as stack:
        wall = when.ShiftedClock(when.SystemClock(), datetime.fromisoformat(life.start))
        db = await stack.enter_async_context(open_database(life.database, settings, wall))
        fetcher, workers = await stack.enter_async_context(open_outside(settings, "0", life.feeds))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        async with db.read() as connection:
            last = (await connection.execute(sa.select(sa.func.max(sources.source.c.last_ok)))).scalar_one()
        if last:
            wall.move(last)
        app = build_app(
            settings,
            db,
            Clocks(wall, machine),
            fetcher=fetcher,
            workers=workers,
            platforms={
                "slack": RemotePlatform("slack", life.platform, session),
                "discord": RemotePlatform("discord", life.platform, session),
            },
        )
        end = TO_THE_END if life.lasting else timedelta(days=10_000)
        await schedule.travel(app, wall, wall.now() + end, ALWAYS)
        if not life.lasting:
            await asyncio.Event().wait()  # there was nothing to do yet


def main() -> None:
    """Give birth to one life after the other."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _be_born(Life(**json.loads(line)))
        print("born", pid, flush=True)
        print("died", os.waitpid(pid, 0)[1], flush=True)


def _be_born(life: Life) -> NoReturn:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # the next line is for the nursery
    logging.basicConfig(level=logging.WARNING)
    status = 1
    try:
        asyncio.run(live(life))
        status = 0
    except Exception:
        log.exception("life %d ended", life.number)
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
