"""What happens when the clock of the machine jumps: how long after it is what is due drawn, and is anything twice.

    python -m bench.clock_jumps [reminders]

Reminders wait on a real SQLite file for the real timetable, whose scheduler is set up as it always is; the clock that
the bot and its scheduler read is the machine's with a jump in it (ahead by 4,000 seconds; an hour, as after a sleep;
back by 4,000 seconds, and forward again). The yardstick is what the product promises: 10 seconds, none twice.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apscheduler.schedulers.base
import apscheduler.triggers.interval

from adapters.workers import InlineWorkers
from bench.reminders import JOBS, Instant, fill
from bot import config, migrate
from bot.cli.wiring import Clocks, build_app
from bot.db import Database, sqlite_url
from jobs.schedule import TIMETABLE, Schedule
from tests.fakes import FakeFetcher

if TYPE_CHECKING:
    from bot.ports import Delivery

REMINDERS, PROMISED = 200, 10.0  # seconds
AHEAD, SLEEP, LONG_BEFORE = timedelta(seconds=4000), timedelta(hours=1), timedelta(hours=2)
shift = [timedelta(0)]  # of the clock against the machine's


class Jumping(datetime):
    """The machine's time, with the jumps in it."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """The present instant."""
        return datetime.now(tz) + shift[0]


class Clock:
    """The clock of the bot."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC) + shift[0]


class Counting(Instant):
    """Counts how often each reminder was drawn."""

    def __init__(self, many: int) -> None:
        super().__init__(many)
        self.drawn: Counter[str] = Counter()

    async def send(self, delivery: Delivery) -> str:
        """Draw it."""
        self.drawn[delivery.address] += 1
        return await super().send(delivery)


async def jump(name: str, reminders: int, *jumps: timedelta) -> None:
    """Fill anew, jump, and print how long after the last jump all was drawn."""
    shift[0] = timedelta(0)
    with tempfile.TemporaryDirectory() as folder:
        db, platform, clock = Database(sqlite_url(Path(folder) / "bench.sqlite3")), Counting(reminders), Clock()
        await migrate.prepare(db, Path(folder) / "backups", clock.now(), back_up=False)
        outside: dict[str, Any] = {
            "fetcher": FakeFetcher(),
            "workers": InlineWorkers(),
            "platforms": {"slack": platform},
        }
        app = build_app(config.load(None, {}), db, Clocks(clock, clock), **outside)
        await fill(app, reminders, after=LONG_BEFORE if len(jumps) > 1 else SLEEP / 2)
        schedule = Schedule(app, [job for job in TIMETABLE if job.name in JOBS])
        schedule.start()
        await asyncio.sleep(2)
        for one in jumps[:-1]:
            shift[0] += one
            await asyncio.sleep(2)
        shift[0] += jumps[-1]
        begun = time.perf_counter()
        async with asyncio.timeout(60):
            await platform.done.wait()
        taken = time.perf_counter() - begun
        await asyncio.sleep(2)
        await schedule.stop()
        await db.dispose()
    twice = sum(n > 1 for n in platform.drawn.values())
    print(
        f"{name}: {len(platform.drawn)} reminders, {twice} twice, {taken:.1f} s, {taken / PROMISED:.2f} of the allowed"
    )


async def main(reminders: int) -> None:
    """Jump in each way."""
    for module in (apscheduler.schedulers.base, apscheduler.triggers.interval):
        module.datetime = Jumping
    await jump("4,000 s ahead", reminders, AHEAD)
    await jump("an hour's sleep", reminders, SLEEP)
    await jump("4,000 s back, then forward over them", reminders, -AHEAD, AHEAD + LONG_BEFORE + timedelta(minutes=2))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else REMINDERS))
