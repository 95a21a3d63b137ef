"""Follow what skill swaps wait for: answers, rings to be told, mended or introduced, lessons to be asked about.

Each thing is one short transaction, which locks and looks anew at what it is about: two processes never do the same
twice, and one member's trouble keeps no other waiting.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import people
from bot.place import Here
from bot.ports import WorkerFailed
from bot.swaps import asking, asks, lessons, planning, proposals, rounds, store
from jobs.due import first, now_if_any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.place import Place

AT_ONCE = 200  # of each kind
MEND_SECONDS = 40.0  # for a worker, from its start to its answer

_ASKED, _PROPOSED = asks.waiting().subquery(), rounds.waiting().subquery()
_MISSED = sa.select(store.swap_member).where(store.swap_member.c.missed.is_not(None))
DUES = (
    first(_ASKED.c.reached_at, after=asking.ANSWER_WITHIN),
    first(_ASKED.c.at, _ASKED.c.reached_at.is_(None), after=asking.REACH_WITHIN),
    first(_PROPOSED.c.reached_at, ~_PROPOSED.c.reminded, after=proposals.REMIND_AFTER),
    first(_PROPOSED.c.reached_at, _PROPOSED.c.reminded, after=proposals.ANSWER_WITHIN),
    first(store.lesson.c.due),
    now_if_any(asks.stranded()),
    now_if_any(rounds.untold(1)),
    now_if_any(_MISSED),
    now_if_any(rounds.in_states("agreed", "repairing")),
)

log = logging.getLogger("guildhall.swaps")


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing to do, in a community."""

    community_id: int
    do: Callable[[Place], Awaitable[Any]]


def _step(row: RowMapping, do: Callable[..., Awaitable[Any]], **about: int) -> _Step:
    return _Step(row["community_id"], partial(do, **about))


async def run(app: App) -> int:
    """Do what is due; returns how much it was."""
    now = app.wall.now()
    async with app.db.read() as db:
        steps = [*await _late_answers(db, now), *await _to_tell(db), *await _due_lessons(db, now)]
        torn = (await rounds.rings_in(db, "repairing"))[:AT_ONCE]
    done = [await _fenced(_in_one_transaction(app, step, now)) for step in steps]
    return sum(done) + sum([await _fenced(_mend(app, row, now)) for row in torn])


async def _fenced(doing: Awaitable[object]) -> bool:
    try:
        await doing
    except WorkerFailed as failure:
        log.warning("a ring was not mended: %s", failure)
        return False
    except Exception:
        # A deliberate fence: the next tick tries again.
        log.exception("following a swap failed")
        return False
    return True


async def _in_one_transaction(app: App, step: _Step, now: datetime) -> None:
    async with app.db.write() as db:
        here = await people.read_community(db, step.community_id)
        await step.do(Here(db, app.ids, app.settings, here, now))


async def _late_answers(db: AsyncConnection, now: datetime) -> list[_Step]:
    """Helpers who did not answer, or could not be told; members of rings to be reminded, or given up on."""
    asked = [row for row in (await db.execute(asks.waiting())).mappings() if _give_up_at(row) <= now]
    stranded = (await db.execute(asks.stranded())).mappings().all()
    proposed = [
        row
        for row in (await db.execute(rounds.waiting(reached_by=now - proposals.REMIND_AFTER))).mappings()
        if (_next_word_at(row) or now) <= now
    ]
    return [
        *(_step(row, asking.give_up_waiting, ask_id=row["ask_id"], helper_id=row["helper_id"]) for row in asked),
        *(_step(row, asking.go_on, ask_id=row["id"]) for row in stranded),
        *(_step(row, proposals.follow_seat, ring_id=row["ring_id"], member_id=row["member_id"]) for row in proposed),
    ]


def _give_up_at(row: RowMapping) -> datetime:
    """When another is asked for help in this one's place."""
    reached: datetime | None = row["reached_at"]
    asked_at: datetime = row["at"]
    return reached + asking.ANSWER_WITHIN if reached else asked_at + asking.REACH_WITHIN


def _next_word_at(row: RowMapping) -> datetime | None:
    """When a member who has not answered is reminded, or given up on; None while nothing has reached them."""
    reached: datetime | None = row["reached_at"]
    if reached is None:
        return None
    return reached + (proposals.ANSWER_WITHIN if row["reminded"] else proposals.REMIND_AFTER)


async def _to_tell(db: AsyncConnection) -> list[_Step]:
    """Proposals that nobody was told of yet, members whom a round brought nothing, groups to be introduced."""
    untold = (await db.execute(rounds.untold(AT_ONCE))).mappings().all()
    without = (await db.execute(_MISSED.limit(AT_ONCE))).mappings().all()
    agreed = (await rounds.rings_in(db, "agreed"))[:AT_ONCE]
    return [
        *(_step(row, proposals.tell, ring_id=row["ring_id"], number=row["number"]) for row in untold),
        *(_step(row, planning.tell_missed, member_id=row["member_id"]) for row in without),
        *(_step(row, proposals.pour, ring_id=row["id"]) for row in agreed),
    ]


async def _due_lessons(db: AsyncConnection, now: datetime) -> list[_Step]:
    due = sa.select(store.lesson).where(store.lesson.c.due <= now).order_by(store.lesson.c.due).limit(AT_ONCE)
    return [_step(row, lessons.follow, lesson_id=row["id"]) for row in (await db.execute(due)).mappings()]


async def _mend(app: App, row: RowMapping, now: datetime) -> None:
    """Look for another way round without a transaction, then put it in place in one."""
    community_id = row["community_id"]
    async with app.db.read() as db:
        here = await people.read_community(db, community_id)
        before = planning.broken(await rounds.seats_of(db, community_id, row["id"]))
        task = await planning.read_task(db, here, app.settings, now, mending=before)
    found = await app.workers.run("bot.swaps.solving:mend", task, before, timeout=MEND_SECONDS) if before.left else ()
    async with app.db.write() as db:
        await planning.mend(Here(db, app.ids, app.settings, here, now), row["id"], before, found)
