"""Composing and queueing 10,000 members' own digests, on a real SQLite file: CPU-seconds, and how long the loop stalls.

Each member offers three skills and has a floor; 200 gigs are new to all of them. The yardstick is what the product
promises: at most 60 CPU-seconds, and no stall above 50 ms: `python -m bench.digest [members]`.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from adapters.workers import InlineWorkers
from bot import config, migrate, people, when
from bot.cli.wiring import Clocks, build_app
from bot.db import Database, sqlite_url
from bot.digests.own import own_digest
from bot.leads import subscriptions
from bot.leads.sources import ensure_source
from bot.members import store
from bot.members.profile import Floor
from bot.notices import notice
from bot.skills import load_taxonomy
from jobs import poll_sources, send_alerts, send_own_digests
from tests.fakes import FakeFetcher, FakePlatform
from tests.samples import gigs, rss

if TYPE_CHECKING:
    from bot.app import App

MEMBERS, GIGS, SEED = 10_000, 200, 7
WARM = 50  # members
NOW = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
MOST_CPU, LONGEST_STALL = 60.0, 0.05  # seconds
SETTINGS = {"database.backup_keep": "0", "leads.flood_per_hour": "1000", "leads.approval": "auto"}
BOARD = "https://board.example/jobs.rss"


async def bring_in(app: App, fetcher: FakeFetcher, members: int) -> int:
    """A community with so many members whose digest is due, and gigs that are new to them; returns its id."""
    chance = random.Random(SEED)  # noqa: S311  a made-up community
    skills = [skill.id for skill in load_taxonomy().skills]
    async with app.db.write() as db:
        community_id = await people.found_community(
            db, app.ids, name="Guild", zone="UTC", digest_at="08:00", now=NOW - timedelta(days=9)
        )
        await people.add_space(db, app.ids, community_id=community_id, platform="slack", remote="T1", name="Guild")
        ids = [app.ids.new() for _ in range(members)]
        own = [{"community_id": community_id, "member_id": member_id} for member_id in ids]
        rows = [{"community_id": community_id, "id": i, "name": f"M{i}", "joined": NOW, "zone": "UTC"} for i in ids]
        await db.execute(sa.insert(people.member), rows)
        offers = [
            {**row, "side": "offer", "skill": skill, "since": NOW}
            for row in own
            for skill in {"python", *chance.sample(skills, 2)}
        ]
        await db.execute(sa.insert(store.member_skill), offers)
        plan = {"how": "daily", "at": "08:00", "weekday": 0, "left_out": [], "zone": "UTC", "due": NOW}
        plan |= {"zone_data": when.zone_data_release(), "since": NOW - timedelta(days=1)}
        await db.execute(sa.insert(own_digest), [{**row, **plan} for row in own])
        for member_id in ids[::2]:
            await store.change_profile(db, community_id, member_id, floor=Floor(75, "USD"))
        fetcher.pages[BOARD] = rss(*gigs(GIGS), at=NOW)
        source_id = await ensure_source(db, app.ids, BOARD, "Board", NOW)
        named = {"title": "Board", "side": "demand", "destination": "digest"}
        await subscriptions.add_feed(db, app.ids, community_id, source_id=source_id, now=NOW, **named)
    await poll_sources.run(app)
    while await send_alerts.run(app):
        pass
    return community_id


async def stalls(seen: list[float]) -> None:
    """Note for how long the loop's own work kept it from coming back, each time, until it is cancelled.

    It is the thread's CPU time: what other programs take from this machine meanwhile is not ours.
    """
    while True:
        begun = time.thread_time()
        await asyncio.sleep(0.002)
        seen.append(time.thread_time() - begun)


async def main(members: int) -> None:
    """Send once for a few, so that what is loaded and compiled once is; then for all, and print."""
    await measure(WARM)
    owed, cpu, wall, seen = await measure(members)
    per_10k = cpu * MEMBERS / members
    print(f"{owed:,} digests of {members:,} members owed in {cpu:.1f} CPU-seconds ({wall:.1f} s)")
    print(f"for {MEMBERS:,}: {per_10k:.1f} CPU-seconds, {per_10k / MOST_CPU:.2f} of the {MOST_CPU:.0f} allowed")
    late = f"p99 {seen[int(len(seen) * 0.99)] * 1000:.1f} ms, longest {seen[-1] * 1000:.1f} ms"
    print(f"the loop stalled {late}: {seen[-1] / LONGEST_STALL:.2f} of the {LONGEST_STALL * 1000:.0f} ms allowed")


async def measure(members: int) -> tuple[int, float, float, list[float]]:
    """Set up and send: how many were owed, CPU-seconds, seconds, and for how long the loop was kept, shortest first."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(sqlite_url(Path(folder) / "bench.sqlite3"))
        await migrate.prepare(db, Path(folder) / "backups", NOW, back_up=False)
        clock, fetcher = when.SetClock(NOW), FakeFetcher()
        app = build_app(
            config.load(None, {}, SETTINGS),
            db,
            Clocks(clock, clock),
            fetcher=fetcher,
            workers=InlineWorkers(),
            platforms={"slack": FakePlatform("slack")},
            seed=SEED,
        )
        community_id = await bring_in(app, fetcher, members)
        seen: list[float] = []
        watching = asyncio.create_task(stalls(seen))
        cpu, begun = time.process_time(), time.perf_counter()
        await send_own_digests.run(app)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - begun
        watching.cancel()
        async with db.read() as connection:
            own = notice.c.community_id == community_id
            owed = (await connection.execute(sa.select(sa.func.count()).where(own))).scalar_one()
        await db.dispose()
    return owed, cpu, wall, sorted(seen)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS))
