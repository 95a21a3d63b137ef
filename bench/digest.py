"""Composing and queueing 10,000 members' own digests, on a real SQLite file: CPU-seconds, and how long the loop stalls.

Each member offers three skills and has a floor; 200 gigs are new to all of them. The yardstick is what the product
promises: at most 60 CPU-seconds, and no stall above 50 ms: `python -m bench.digest [members]`. Then what is owed is
delivered by the real timetable and clock, to a platform that takes 50 messages a second as Discord does, for 30
seconds, while somebody uses commands: how much of that pace is used, and how long answers take.
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

from adapters.slack import render
from adapters.workers import InlineWorkers
from bench import stalls
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
from jobs.schedule import TIMETABLE, Schedule
from tests.fakes import FakeFetcher
from tests.samples import gigs, rss

if TYPE_CHECKING:
    from bot.app import App
    from bot.ports import Delivery, PlatformName

MEMBERS, GIGS, SEED = 10_000, 200, 7
WARM = 50  # members
NOW = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
MOST_CPU, LONGEST_STALL, LONGEST_ANSWER = 60.0, 0.05, 0.5  # seconds
A_SECOND, DRAIN_SECONDS = 50, 30
ASKER = people.Caller("slack", "T1", "UA", "Ana", zone="Europe/Lisbon")
COMMANDS = ("/gigs find", "/hub", "/digest", "/profile")
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
        accounts = [{"community_id": community_id, "platform": "slack", "remote": f"U{i}", "member_id": i} for i in ids]
        rows = [{"community_id": community_id, "id": i, "name": f"M{i}", "joined": NOW, "zone": "UTC"} for i in ids]
        await db.execute(sa.insert(people.member), rows)
        await db.execute(sa.insert(people.identity), [{**one, "since": NOW} for one in accounts])
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


class Paced:
    """A platform that takes so many messages a second from all of us, and one a second for each person."""

    name: PlatformName = "slack"
    remembers_nonce = timedelta(minutes=2)
    pace = timedelta(seconds=1)
    away_since: datetime | None = None

    def __init__(self, many: int) -> None:
        self.sent: list[float] = []
        self.done = asyncio.Event()  # set when so many were sent
        self._many, self._free = many, 0.0

    async def send(self, delivery: Delivery) -> str:
        """Wait for its turn, as discord.py does for a global limit, and draw it."""
        now = time.perf_counter()
        self._free = max(now, self._free + 1 / A_SECOND)
        await asyncio.sleep(self._free - now)
        render.message(delivery.card)
        self.sent.append(time.perf_counter())
        if len(self.sent) == self._many:
            self.done.set()
        return str(len(self.sent))


async def drain(app: App, platform: Paced) -> list[float]:
    """Deliver until the platform has had enough; returns the seconds that answers to commands took meanwhile."""
    answers: list[float] = []
    schedule = Schedule(app, [job for job in TIMETABLE if job.name in {"send notices", "deliver"}])
    schedule.start()
    while not platform.done.is_set():
        begun = time.perf_counter()
        await app.run_line(ASKER, COMMANDS[len(answers) % len(COMMANDS)])
        answers.append(time.perf_counter() - begun)
        await asyncio.sleep(0.05)
    await schedule.stop()
    return answers


async def main(members: int) -> None:
    """Send once for a few, so that what is loaded and compiled once is; then for all, and print."""
    await measure(WARM, Paced(1))
    stalls.begin()
    platform = Paced(min(members, A_SECOND * DRAIN_SECONDS))
    owed, cpu, wall, seen, answers = await measure(members, platform)
    per_10k = cpu * MEMBERS / members
    print(f"{owed:,} digests of {members:,} members owed in {cpu:.1f} CPU-seconds ({wall:.1f} s)")
    print(f"for {MEMBERS:,}: {per_10k:.1f} CPU-seconds, {per_10k / MOST_CPU:.2f} of the {MOST_CPU:.0f} allowed")
    share = max(seen) / LONGEST_STALL
    print(f"the loop stalled {stalls.words(seen)}: {share:.2f} of the {LONGEST_STALL * 1000:.0f} ms allowed")
    rate = (len(platform.sent) - 1) / (platform.sent[-1] - platform.sent[0])
    print(f"delivered at {rate:.1f} a second: {rate / A_SECOND:.3f} of the pace of {A_SECOND}")
    late = sorted(answers)[int(len(answers) * 0.99)]
    print(f"{len(answers)} commands meanwhile: p99 {late * 1000:.0f} ms, {late / LONGEST_ANSWER:.2f} of the allowed")


async def measure(members: int, platform: Paced) -> tuple[int, float, float, list[float], list[float]]:
    """Set up, send and deliver: how many were owed, CPU-seconds, seconds, the loop's stalls, how long answers took."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(sqlite_url(Path(folder) / "bench.sqlite3"))
        await migrate.prepare(db, Path(folder) / "backups", NOW, back_up=False)
        machine, fetcher = when.SystemClock(), FakeFetcher()
        app = build_app(
            config.load(None, {}, SETTINGS),
            db,
            Clocks(when.ShiftedClock(machine, NOW), machine),
            fetcher=fetcher,
            workers=InlineWorkers(),
            platforms={"slack": platform},
            seed=SEED,
        )
        community_id = await bring_in(app, fetcher, members)
        seen: list[float] = []
        watching = asyncio.create_task(stalls.watch(seen))
        cpu, begun = time.process_time(), time.perf_counter()
        await send_own_digests.run(app)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - begun
        watching.cancel()
        async with db.read() as connection:
            own = notice.c.community_id == community_id
            owed = (await connection.execute(sa.select(sa.func.count()).where(own))).scalar_one()
        answers = await drain(app, platform)
        await db.dispose()
    return owed, cpu, wall, seen, answers


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS))
