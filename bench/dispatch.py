"""How long a command takes, in a community with 10,000 members and 50,000 leads against an empty one (the yardstick).

Each command runs through `App` on a real SQLite file, in turn in both communities: `python -m bench.dispatch`.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from adapters.workers import InlineWorkers
from bot import config, migrate, people, when
from bot.cli.wiring import Clocks, build_app
from bot.commands import Reply
from bot.db import Database, sqlite_url
from bot.leads import store, subscriptions
from bot.leads.entry import Pay, Verdict, guid_hash
from bot.leads.sources import entry, source
from bot.people import Caller, Role
from bot.search import searchable, tag
from tests.fakes import FakeFetcher

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App

MEMBERS, LEADS, OPEN, ROUNDS, WARM_UP = 10_000, 50_000, 400, 300, 20
NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
LINES = ("/gigs find", "/gigs find rag", "/gigs find zebra", "/gigs find rag min_rate:80", "/feeds queue", "/hub")
SKILLS = ("python", "rag", "machine-learning", "computer-vision", "sql", "mlops")


async def community(folder: Path, name: str) -> tuple[App, Caller]:
    """An application on a fresh database with one set-up community, and its moderator."""
    db = Database(sqlite_url(folder / f"{name}.sqlite3"))
    await migrate.prepare(db, folder / "backups", NOW)
    clocks = Clocks(when.SetClock(NOW), when.SystemClock())
    app = build_app(config.load(None, {}), db, clocks, fetcher=FakeFetcher(), workers=InlineWorkers(), platforms={})
    maria = Caller("slack", "T1", "U1", "Maria", Role.MODERATOR, "C1", "Bench", "Europe/Berlin")
    given = {"leads_channel": "C1", "digest_at": "08:00", "zone": "Europe/Berlin"}
    await app.run_call(maria, "mod found", {})
    await app.run_call(maria, "mod save-setup", given)
    return app, maria


async def fill(app: App) -> None:
    """Ten thousand members; fifty thousand leads, the newest of them open or waiting."""
    chance = random.Random(1)  # noqa: S311  the same rows each time
    async with app.db.write() as db:
        community_id = (await db.execute(sa.select(people.community.c.id))).scalar_one()
        members = [
            {"community_id": community_id, "id": n, "name": f"Member {n}", "zone": "Europe/Berlin", "joined": NOW}
            for n in range(1, MEMBERS + 1)
        ]
        await db.execute(sa.insert(people.member), members)
        await db.execute(
            sa.insert(people.identity),
            [
                {"community_id": community_id, "platform": "slack", "remote": f"UX{n}", "member_id": n}
                for n in range(1, MEMBERS + 1)
            ],
        )
        await db.execute(
            sa.insert(source).values(id=1, url="https://b.example/x", title="Board", etag="", modified="", failures=0)
        )
        await subscriptions.add_feed(
            db, app.ids, community_id, source_id=1, title="Board", side="demand", destination="digest", now=NOW
        )
        feed_id = (await db.execute(sa.select(subscriptions.feed.c.id))).scalar_one()
        for start in range(0, LEADS, 1000):
            await _add_leads(db, community_id, feed_id, range(start, start + 1000), chance)


async def _add_leads(
    db: AsyncConnection, community_id: int, feed_id: int, numbers: range, chance: random.Random
) -> None:
    entries, leads = [], []
    for n in numbers:
        skills = tuple(chance.sample(SKILLS, 2))
        pay = Pay(40.0, 40.0 + n % 90, "USD", "hour")
        verdict = Verdict(
            "gig", 0.5 + n % 50 / 100, sure=True, held=False, reasons=("asks for it",), pay=pay, skills=skills
        )
        published = NOW - timedelta(minutes=n if n < OPEN else 10_000 + n)
        title, text = f"Engineer number {n}", f"We need help with {' and '.join(skills)}. " * 20
        link = f"https://b.example/jobs/{n}"
        entries.append(
            {
                "id": n + 1,
                "source_id": 1,
                "guid_hash": guid_hash(link),
                "guid": link,
                "link": link,
                "canonical": link,
                "title": title,
                "text": text,
                "published": published,
                "first_seen": published,
                "details": {},
            }
        )
        state = "old" if n >= OPEN else ("held" if n % 4 == 0 else "approved")
        leads.append(
            {
                "community_id": community_id,
                "id": n + 1,
                "feed_id": feed_id,
                "entry_id": n + 1,
                "state": state,
                "kind": "gig",
                "score": verdict.score,
                "verdict": store.verdict_data(verdict),
                "canonical": link,
                "employer": "",
                "hourly": pay.max,
                "search": f"{searchable(f'{title} {text}')} {tag('skill', skills[0])} {tag('skill', skills[1])}",
                "published": published,
                "version": 1,
            }
        )
    await db.execute(sa.insert(entry), entries)
    await db.execute(sa.insert(store.lead), leads)


def percentile(times: list[float], share: float) -> float:
    """The time (ms) that `share` of the runs stay within."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


async def main() -> None:
    """Print p50 and p99 of each command in both communities, and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, small_maria = await community(folder, "empty")
        large, large_maria = await community(folder, "large")
        await fill(large)
        print(f"{MEMBERS:,} members, {LEADS:,} leads ({OPEN} of them open or waiting), {ROUNDS} runs; ms")
        print(f"{'command':30} {'empty p50':>10} {'p99':>8} {'large p50':>10} {'p99':>8} {'ratio of p99':>13}")
        every: dict[str, list[float]] = {"empty": [], "large": []}
        for line in LINES:
            times: dict[str, list[float]] = {"empty": [], "large": []}
            for number in range(ROUNDS + WARM_UP):
                for key, app, maria in (("empty", small, small_maria), ("large", large, large_maria)):
                    began = time.perf_counter()
                    answer = await app.run_line(maria, line)
                    took = time.perf_counter() - began
                    if not isinstance(answer, Reply):
                        raise TypeError(answer)
                    if number >= WARM_UP:
                        times[key].append(took)
            for key, some in times.items():
                every[key] += some
            print_row(line, times)
        print_row("all together", every)
        print(f"median of all in the large community: {statistics.median(every['large']) * 1000:.1f} ms")
        await small.db.dispose()
        await large.db.dispose()


def print_row(name: str, times: dict[str, list[float]]) -> None:
    """One line of the table."""
    empty, large = times["empty"], times["large"]
    ratio = percentile(large, 0.99) / percentile(empty, 0.99)
    print(
        f"{name:30} {percentile(empty, 0.5):10.1f} {percentile(empty, 0.99):8.1f} "
        f"{percentile(large, 0.5):10.1f} {percentile(large, 0.99):8.1f} {ratio:13.2f}"
    )


if __name__ == "__main__":
    asyncio.run(main())
