"""How many decisions a day moderators make in four simulated weeks, and how much is wrong of what published itself.

Labelled postings come in over 28 days, 16 a day, on a real SQLite file; a moderator who decides by the labels answers
the morning's batch card, and accepts the offer when it is made. One press counts as one decision, however many leads it
is about. Then the same on the two days of the development world. It reads the shared data: `python -m bench.decisions`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from adapters.workers import InlineWorkers
from bot import cards, config, migrate, outbox, when
from bot.cli.wiring import Clocks, build_app
from bot.commands import OpenForm
from bot.db import Database, sqlite_url
from bot.leads import docket, store
from bot.leads.sources import entry
from bot.people import Caller, Role
from bot.presses import press_id
from jobs.schedule import travel
from tests.fakes import FakeFetcher, FakePlatform, controls

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app import App
    from bot.cards import Card

SHARED = Path(os.environ.get("GUILDHALL_SHARED") or Path(__file__).parents[2] / "shared")
START = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)  # 06:00 in Berlin, before the batch card of half past seven
DAYS, A_DAY, SEED = 28, 16, 4
FORUMS = ("reddit", "hn", "feed2026_HN")
MARIA = Caller("slack", "T1", "U1", "Maria", Role.MODERATOR, "C-mods", "AI Guild", "Europe/Berlin")
SETTINGS = {"database.backup_keep": "0", "feeds.poll_minutes": "1440", "leads.flood_per_hour": "100"}


@dataclass
class Moderator:
    """Somebody who decides by the labels."""

    app: App
    platform: FakePlatform
    wanted: Mapping[str, bool]  # by `key` of the title
    decisions: int = 0
    accepted: bool = False
    answered: set[str] = field(default_factory=set)

    async def press(self, card: Card, label: str, **values: str) -> None:
        """Press the button whose label begins so; fill in the form that it opens."""
        for control in controls(card):
            if isinstance(control, cards.Button) and control.label.startswith(label):
                answer: Any = await self.app.run_press(MARIA, press_id(control.command, control.arguments))
                if isinstance(answer, OpenForm):
                    sent = press_id(answer.form.submit, answer.form.arguments)
                    answer = await self.app.run_form(MARIA, sent, values)
                self.decisions += 1
                return
        raise LookupError(label)

    async def answer(self) -> None:
        """Answer what is new in the channel."""
        for remote in list(self.platform.order["C-mods"]):
            card = self.platform.shown[remote].card
            if remote in self.answered:
                continue
            self.answered.add(remote)
            if "Shall I publish" in card.summary:
                await self.press(card, "Yes, from now on")
                self.accepted = True
            elif "to approve" in card.summary:
                await self.answer_batch(card, remote)

    async def answer_batch(self, card: Card, remote: str) -> None:
        """Publish what is right, with the ticks as they stand where they are; reject the rest together."""
        async with self.app.db.read() as db:
            community = (await db.execute(sa.select(docket.docket.c.community_id).limit(1))).scalar_one()
            row = await docket.latest(db, community)
            listed = await docket.listed(db, row) if row is not None else docket.Listed()
        right = [one for one in listed.waiting if self.wanted.get(key(one.title), True)]
        if right and {one.id for one in right} == {one.id for one in listed.ticked}:
            await self.press(card, "Publish")
        elif right:
            ids = [str(one.id) for one in listed.waiting]
            chosen = {str(one.id) for one in right}
            parts = (ids[:10], ids[10:20])
            given = {f"part{n}": ",".join(i for i in part if i in chosen) for n, part in enumerate(parts, 1)}
            await self.press(card, "Change ticks", **given)
        elif listed.waiting:  # nothing of it is right: each has to be rejected from the queue
            for _ in listed.waiting:
                await self.reject_next()
        await travel(self.app, self.app.wall, self.app.wall.now())  # type: ignore[arg-type]
        if right and len(right) < len(listed.waiting):
            await self.press(self.platform.shown[remote].card, "Reject the other")

    async def reject_next(self) -> None:
        """Reject the lead whose turn it is in the queue."""
        answer: Any = await self.app.run_line(MARIA, "/feeds queue")
        [select] = [one for one in controls(answer.card) if isinstance(one, cards.Select)]
        await self.app.run_press(MARIA, press_id(select.command, select.arguments), "not-ai")
        self.decisions += 1


def key(title: str) -> str:
    """A title by which a label is found again."""
    return re.sub(r"\W+", " ", title.partition(" [ref")[0]).strip().lower()


async def main() -> None:
    """Print the decisions a day of each week, and the share that was wrong of what published itself."""
    if not (SHARED / "evaluation").is_dir():
        sys.exit("bench.decisions needs the shared data: set GUILDHALL_SHARED to its folder.")
    rows = [json.loads(line) for line in (SHARED / "evaluation" / "relevance.dev.jsonl").open(encoding="utf-8")]
    await _simulated_weeks(rows)
    await _world()


async def _begin(folder: Path, wanted: Mapping[str, bool]) -> tuple[Moderator, FakeFetcher, when.SetClock]:
    db = Database(sqlite_url(folder / "bench.sqlite3"))
    await migrate.prepare(db, folder, START)
    clock, fetcher, platform = when.SetClock(START), FakeFetcher(), FakePlatform("slack")
    clocks = Clocks(clock, when.SystemClock())
    app = build_app(
        config.load(None, {}, SETTINGS),
        db,
        clocks,
        fetcher=fetcher,
        workers=InlineWorkers(),
        platforms={"slack": platform},
        seed=SEED,
    )
    await app.run_press(MARIA, press_id("mod found"))
    given = {"leads_channel": "C-gigs", "moderators_channel": "C-mods", "digest_at": "08:00", "zone": "Europe/Berlin"}
    await app.run_form(MARIA, press_id("mod save-setup"), given)
    return Moderator(app, platform, wanted), fetcher, clock


async def _simulated_weeks(rows: list[dict[str, Any]]) -> None:
    dice, wanted = random.Random(SEED), {key(row["title"]): row["label"] == "yes" for row in rows}  # noqa: S311
    with tempfile.TemporaryDirectory(prefix="guildhall-bench-") as folder:
        moderator, fetcher, clock = await _begin(Path(folder), wanted)
        urls = {"mixed": "https://forum.example/feed.json", "demand": "https://board.example/feed.json"}
        for side, url in urls.items():
            fetcher.pages[url] = _feed([], START)
            await moderator.app.run_line(MARIA, f"/feeds add {url} side:{side} kind:jobs")
        weeks: list[list[int]] = [[], [], [], []]
        accepted_on = 0
        for day in range(DAYS):
            drawn = dice.sample(rows, A_DAY)
            for side, url in urls.items():
                mine = [row for row in drawn if row["source"].startswith(FORUMS) == (side == "mixed")]
                fetcher.pages[url] = _feed([(row, f"{day}-{n}") for n, row in enumerate(mine)], clock.now())
            before = moderator.decisions
            await travel(moderator.app, clock, clock.now() + timedelta(hours=23))
            await moderator.answer()
            await travel(moderator.app, clock, clock.now() + timedelta(hours=1))
            weeks[day // 7].append(moderator.decisions - before)
            await _forget(moderator.app)
            if moderator.accepted and not accepted_on:
                accepted_on = day + 1
        async with moderator.app.db.read() as db:
            leads = (await db.execute(sa.select(sa.func.count()).select_from(store.lead))).scalar_one()
        print(
            f"{DAYS} days of {A_DAY} postings, {leads / DAYS:.1f} leads a day; offer accepted: day {accepted_on or '-'}"
        )
        for number, week in enumerate(weeks, 1):
            print(f"  week {number}: {sum(week) / len(week):.1f} decisions a day, {max(week)} on the busiest")
        await _print_own(moderator)
        await moderator.app.db.dispose()


async def _forget(app: App) -> None:
    """Let a posting that is drawn again be news again, instead of a repeat of the one before."""
    async with app.db.write() as db:
        await db.execute(sa.update(store.lead).values(canonical="", employer=""))


def _feed(items: list[tuple[dict[str, Any], str]], now: datetime) -> bytes:
    entries = [
        {
            "id": f"{row['id']}-{ref}",
            "url": f"https://board.example/{row['id']}-{ref}",
            "title": f"{row['title']} [ref {ref}]",
            "content_text": row["summary"],
            "date_published": now.isoformat(),
        }
        for row, ref in items
    ]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Board", "items": entries}).encode()


async def _print_own(moderator: Moderator) -> None:
    """What published itself, and how much of it the labels call wrong."""
    async with moderator.app.db.read() as db:
        own = sa.select(entry.c.title).join(store.lead, store.lead.c.entry_id == entry.c.id)
        by_itself = (store.lead.c.decided_by.is_(None), store.lead.c.state.in_(("approved", "old")))
        published = own.where(*by_itself, store.lead.c.ran_out.is_(None))
        titles = (await db.execute(published)).scalars().all()
        sent = (await db.execute(sa.select(sa.func.count()).select_from(outbox.message))).scalar_one()
    labelled = [title for title in titles if key(title) in moderator.wanted]
    wrong = [title for title in labelled if not moderator.wanted[key(title)]]
    share = len(wrong) / len(labelled) if labelled else 0.0
    print(f"  published itself: {len(labelled)}, wrong by the labels: {len(wrong)} ({share:.1%}); {sent} messages")
    for title in sorted({key(title) for title in wrong}):
        print(f"    {title[:90]}")


async def _world() -> None:
    world = json.loads((SHARED / "feeds" / "world" / "world.json").read_text(encoding="utf-8"))
    labels = {"lead": True, "not_lead": False}
    wanted = {key(one["title"]): labels[one["label"]] for one in world["entries"] if one["label"] in labels}
    with tempfile.TemporaryDirectory(prefix="guildhall-bench-") as folder:
        moderator, fetcher, clock = await _begin(Path(folder), wanted)
        print("the development world, its first day from empty, its second after two more")
        for poll, line in ((1, "/feeds add {url} side:{side} kind:jobs include:100"), (2, "")):
            for feed in world["feeds"]:
                file = SHARED / "feeds" / "world" / f"poll{poll}" / feed["path"]
                url = f"https://world.example/{feed['path']}"
                if file.is_file():
                    fetcher.pages[url] = file.read_bytes()
                if line and file.is_file():
                    await moderator.app.run_line(MARIA, line.format(url=url, side=feed["side"]))
            before = moderator.decisions
            await travel(moderator.app, clock, clock.now() + timedelta(hours=47))
            await moderator.answer()
            await travel(moderator.app, clock, clock.now() + timedelta(hours=1))
            async with moderator.app.db.read() as db:
                held = sa.select(sa.func.count()).where(store.lead.c.state == "held")
                left = (await db.execute(held)).scalar_one()
            print(f"  day {poll}: {moderator.decisions - before} decisions; {left} leads still wait")
        await moderator.app.db.dispose()


if __name__ == "__main__":
    asyncio.run(main())
