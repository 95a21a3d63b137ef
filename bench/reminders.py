"""Ten thousand reminders that fall due within one minute: how late each is drawn, and how long the event loop stalls.

    python -m bench.reminders [how many]

They go the whole way on a real SQLite file by the real timetable: claimed, handed to the outbox, drawn, sent to a
platform that takes no time. Yardstick in the same run: as many bare transactions, one after the other, as each reminder
needs at the very least (hand over, begin, settle), which is what the disk alone takes.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from adapters.slack import render
from adapters.workers import InlineWorkers
from bench import stalls
from bot import config, migrate, notices, people, when
from bot.cards import Button, Card, Controls, Heading, Paragraph, Time
from bot.cli.wiring import Clocks, build_app
from bot.db import Database, sqlite_url
from jobs.schedule import TIMETABLE, Schedule
from tests.fakes import FakeFetcher

if TYPE_CHECKING:
    from bot.app import App
    from bot.ports import Delivery, PlatformName

HEAD_START = timedelta(seconds=3)
JOBS = ("send notices", "deliver")


class Instant:
    """A platform that takes no time, and notes when it was given what."""

    name: PlatformName = "slack"
    remembers_nonce = timedelta(minutes=2)
    pace = timedelta(0)
    away_since: datetime | None = None

    def __init__(self, many: int) -> None:
        self.late: list[float] = []
        self.done = asyncio.Event()  # set when so many were drawn
        self._many = many

    async def send(self, delivery: Delivery) -> str:
        """Draw it, and note how late that is: its due time stands in its summary."""
        render.message(delivery.card)
        due = datetime.fromisoformat(delivery.card.summary)
        self.late.append((datetime.now(UTC) - due).total_seconds())
        if len(self.late) == self._many:
            self.done.set()
        return str(len(self.late))


def reminder(due: datetime) -> Card:
    """A card like those of mentoring, with its due time as its summary."""
    words = (Heading("RAG, with Maria"), Paragraph(("A reminder. ", Time(due, "full"), " · 45 min")))
    buttons = (Button("Move", "mentor move", ("1",)), Button("Cancel", "mentor call-off", ("1",)))
    return Card(due.isoformat(), (*words, Controls(buttons)))


async def fill(app: App, many: int, after: timedelta = HEAD_START) -> datetime:
    """As many members with one reminder each, within the minute that begins so much later; returns when that is."""
    now = app.wall.now()
    async with app.db.write() as db:
        community = await people.found_community(db, app.ids, name="B", zone="UTC", digest_at="08:00", now=now)
        await people.add_space(db, app.ids, community_id=community, platform="slack", remote="T1", name="B")
        whose = {"community_id": community, "zone": "UTC", "joined": now}
        ids = [app.ids.new() for _ in range(many)]
        await db.execute(sa.insert(people.member), [{**whose, "id": one, "name": f"Member {one}"} for one in ids])
        accounts = [
            {"community_id": community, "platform": "slack", "remote": f"U{one}", "member_id": one} for one in ids
        ]
        await db.execute(sa.insert(people.identity), [{**one, "since": now} for one in accounts])
        start = app.wall.now() + after + timedelta(seconds=many / 2000)  # what is left of filling
        for n, one in enumerate(ids):
            due = start + timedelta(seconds=60) * n / many
            told = notices.Notice(member_id=one, key=f"r:{one}", card=reminder(due), due=due, asked=True)
            await notices.owe(db, app.ids, community, told)
    return start


async def bare(folder: Path, many: int) -> float:
    """CPU-seconds that three bare transactions for each reminder take."""
    db = Database(sqlite_url(folder / "bare.sqlite3"))
    async with db.write() as connection:
        await connection.execute(sa.text("CREATE TABLE t (n INTEGER)"))
    began = time.process_time()
    for _ in range(3 * many):
        async with db.write() as connection:
            await connection.execute(sa.text("INSERT INTO t VALUES (1)"))
    taken = time.process_time() - began
    await db.dispose()
    return taken


async def main(many: int) -> None:
    """Print what it took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        db = Database(sqlite_url(folder / "bench.sqlite3"))
        platform = Instant(many)
        clocks = Clocks(when.SystemClock(), when.SystemClock())
        await migrate.prepare(db, folder / "backups", clocks.wall.now())
        app = build_app(
            config.load(None, {}),
            db,
            clocks,
            fetcher=FakeFetcher(),
            workers=InlineWorkers(),
            platforms={"slack": platform},
        )
        start = await fill(app, many)
        seen: list[float] = []
        stalls.begin()
        schedule = Schedule(app, [job for job in TIMETABLE if job.name in JOBS])
        watching, cpu = asyncio.create_task(stalls.watch(seen)), time.process_time()
        schedule.start()
        await platform.done.wait()
        taken, cpu = (app.wall.now() - start).total_seconds(), time.process_time() - cpu
        watching.cancel()
        await schedule.stop()
        await db.dispose()
        late = statistics.quantiles(platform.late, n=100)
        print(f"{many:,} reminders due within 60 s: all drawn after {taken:.1f} s, with {cpu:.1f} CPU-seconds")
        print(f"  late: median {late[49]:.2f} s, p99 {late[98]:.2f} s, most {max(platform.late):.2f} s")
        print(f"  the loop stalled: {stalls.words(seen)}")
        least = await bare(folder, min(many, 1000)) * many / min(many, 1000)
        print(f"  yardstick, three bare transactions each: {least:.1f} CPU-seconds; ratio {cpu / least:.2f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
