"""A round of swaps among 1,000 members, solved in a real worker process: for how long the event loop stalls meanwhile.

Reading the community from SQLite, handing it to the worker, keeping what comes back and telling everybody are all
measured. `python -m bench.rounds [MEMBERS]`; what is promised is no stall above 50 ms. The yardstick of the same run is
a loop that has nothing to do: so late it is where other programs keep the machine busy.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from adapters.workers import WorkerPool
from bot import config, migrate, people, when
from bot.cli.wiring import Clocks, build_app
from bot.db import Database, sqlite_url
from bot.members import store as members
from bot.skills import load_taxonomy
from bot.swaps.store import swap_member
from jobs import run_rounds
from tests.fakes import FakeFetcher, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.app import App

MEMBERS, WARM, SEED = 1000, 20, 7
NOW = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
LONGEST_STALL = 0.05  # seconds
PAUSE, IDLE = 0.002, 10.0  # seconds
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC")
WINDOWS = [[day, "17:00", "21:00"] for day in range(5)]


async def bring_in(app: App, many: int) -> None:
    """A community whose round is due, all of whom have said what they know, what they want and when they have time."""
    chance = random.Random(SEED)  # noqa: S311  a made-up community
    skills = [skill.id for skill in load_taxonomy().skills]
    async with app.db.write() as db:
        community_id = await people.found_community(
            db, app.ids, name="Guild", zone="UTC", digest_at="08:00", now=NOW - timedelta(days=9)
        )
        await people.change_community(db, community_id, swap_due=NOW)
        rows: list[dict[str, Any]] = []
        for number in range(many):
            zone = chance.choice(ZONES)
            rows.append(
                {"community_id": community_id, "id": app.ids.new(), "name": f"M{number}", "joined": NOW, "zone": zone}
            )
        await db.execute(sa.insert(people.member), rows)
        ids = [row["id"] for row in rows]
        for one in ids:
            await members.change_profile(db, community_id, one, languages=["en"])
        await db.execute(sa.update(members.profile).values(windows=WINDOWS))
        held = [
            {"community_id": community_id, "member_id": one, "side": side, "skill": skill, "since": NOW}
            for one in ids
            for side in ("offer", "want")
            for skill in chance.sample(skills, 3)
        ]
        await db.execute(sa.insert(members.member_skill), held)
        own = {"community_id": community_id, "joined": NOW, "waiting": 0, "coffee": False}
        await db.execute(sa.insert(swap_member), [{**own, "member_id": one} for one in ids])


async def watch(clock: Callable[[], float], pause: float, seen: list[float]) -> None:
    """Note how much more than `pause` of a clock's seconds passed in each pause."""
    while True:
        begun = clock()
        await asyncio.sleep(PAUSE)
        seen.append(max(0.0, clock() - begun - pause))


async def measure(many: int) -> tuple[list[float], list[float], float]:
    """Run a round: the loop's stalls by the wall, and by the processor time of its thread; and the seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(sqlite_url(Path(folder) / "bench.sqlite3"))
        await migrate.prepare(db, Path(folder) / "backups", NOW, back_up=False)
        clock, workers = when.SetClock(NOW), WorkerPool()
        app = build_app(
            config.load(None, {}, {"database.backup_keep": "0"}),
            db,
            Clocks(clock, clock),
            fetcher=FakeFetcher(),
            workers=workers,
            platforms={"slack": FakePlatform("slack")},
            seed=SEED,
        )
        await bring_in(app, many)
        by_wall: list[float] = []
        by_thread: list[float] = []
        watching = [
            asyncio.create_task(watch(time.perf_counter, PAUSE, by_wall)),
            asyncio.create_task(watch(time.thread_time, 0.0, by_thread)),
        ]
        begun = time.perf_counter()
        done = await run_rounds.run(app)
        took = time.perf_counter() - begun
        for one in watching:
            one.cancel()
        await workers.close()
        await db.dispose()
    if done != 1:
        raise SystemExit("The round was not run: see the log above.")
    return sorted(by_wall), sorted(by_thread), took


async def main(many: int) -> None:
    """Run one for a few, so that what is loaded and compiled once is; then one for all, and print."""
    await measure(WARM)
    idle: list[float] = []
    watching = asyncio.create_task(watch(time.perf_counter, PAUSE, idle))
    await asyncio.sleep(IDLE)
    watching.cancel()
    by_wall, by_thread, took = await measure(many)
    print(f"a round of {many:,} members, read, solved in a worker and kept in {took:.1f} s")
    for name, seen in (
        ("an idle loop was late", sorted(idle)),
        ("the loop was late", by_wall),
        ("of which its own work", by_thread),
    ):
        late = f"p99 {seen[int(len(seen) * 0.99)] * 1000:.1f} ms, longest {seen[-1] * 1000:.1f} ms"
        print(f"  {name}: {late}: {seen[-1] / LONGEST_STALL:.2f} of the {LONGEST_STALL * 1000:.0f} ms allowed")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS))
