"""Whose turn it is to be polled: sources that are due, one of a host at a time, spread after a time away."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.db import UtcDateTime
from bot.leads import hosts
from bot.leads.sources import source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from random import Random

    from sqlalchemy.ext.asyncio import AsyncConnection

LEASE = timedelta(minutes=3)  # longer than a fetch and its reading may take together
MISSED = timedelta(minutes=10)  # so long overdue while nothing at all was polled: we were away
CATCH_UP = timedelta(minutes=15)  # what was missed meanwhile is spread over so much


async def claim_due(
    db: AsyncConnection,
    *,
    now: datetime,
    machine_now: datetime,
    limit: int,
    random: Random,
    least_gap: timedelta = hosts.GAP,
) -> Sequence[sa.RowMapping]:
    """Lease up to `limit` sources that are due, earliest first, and no two of one host.

    A source waits for the host of its address and for the one that its redirects led to the last time. `least_gap`
    as in `hosts.take`. After a time in which nothing was polled, nothing is claimed: what is due is spread.
    """
    instants = {"now": now, "machine_now": machine_now}
    chosen = (await db.execute(_FIRST_OF_EACH_HOST, {**instants, "most": limit})).all()
    if not chosen or (chosen[0].at < now - MISSED and await _spread_missed(db, instants, random)):
        return []
    wanted = sorted({name for row in chosen for name in (row.host, row.lands)})
    taken = await hosts.take(db, wanted, now=now, least_gap=least_gap, jitter=random.random())
    ours = _with_hosts_of_their_own({row.id: {row.host, row.lands} for row in chosen}, taken)
    lease = sa.update(source).where(source.c.id.in_(ours), *_FREE).values(lease=machine_now + LEASE, tried=now)
    rows = (await db.execute(lease.returning(*source.c), instants)).mappings().all()
    return sorted(rows, key=lambda row: (row["due"], row["id"]))


_NOW, _MACHINE_NOW = (sa.bindparam(name, type_=UtcDateTime()) for name in ("now", "machine_now"))
_FREE = (source.c.due <= _NOW, sa.or_(source.c.lease.is_(None), source.c.lease <= _MACHINE_NOW))


_own, _landing = hosts.host.alias("own"), hosts.host.alias("landing")
_WITH_HOSTS = source.outerjoin(_own, _own.c.name == source.c.host).outerjoin(
    _landing, _landing.c.name == source.c.lands
)


def _ready() -> sa.ColumnElement[Any]:
    """From when on a source may be asked: it is due, and its hosts are ready."""
    at: sa.ColumnElement[Any] = source.c.due
    for ready in (_own.c.ready, _landing.c.ready):
        at = sa.case((ready > at, ready), else_=at)
    return sa.type_coerce(at, UtcDateTime())


_READY = _ready()
_LOOKED_AT = 8  # sources for each one that is wanted: several may be of one host


def _first_of_each_host() -> sa.Select[Any]:
    most = sa.bindparam("most", type_=sa.Integer)
    due = sa.select(source.c.id, source.c.host, source.c.lands, source.c.due, _READY.label("at"))
    near = due.select_from(_WITH_HOSTS).where(*_FREE, _READY <= _NOW).order_by(source.c.due).limit(most * _LOOKED_AT)
    waiting = near.subquery()
    turn = sa.func.row_number().over(partition_by=waiting.c.host, order_by=(waiting.c.due, waiting.c.id))
    turns = sa.select(waiting, turn.label("turn")).subquery()
    return sa.select(turns).where(turns.c.turn == 1).order_by(turns.c.at, turns.c.due, turns.c.id).limit(most)


_FIRST_OF_EACH_HOST = _first_of_each_host()


def _with_hosts_of_their_own(chosen: Mapping[int, set[str]], taken: set[str]) -> list[int]:
    """Which of the chosen sources may go: their hosts were taken, and by none before them."""
    left, ours = set(taken), []
    for source_id, needed in chosen.items():
        if needed <= left:
            left -= needed
            ours.append(source_id)
    return ours


READY = sa.select(sa.func.min(_READY, type_=UtcDateTime())).select_from(_WITH_HOSTS)
"""When the next source is due and its hosts are ready for it."""


async def _spread_missed(db: AsyncConnection, instants: Mapping[str, datetime], random: Random) -> bool:
    """After a time in which nothing was polled, spread what is due over a quarter of an hour; says whether it was.

    Without it every server would be asked at once whenever we come back.
    """
    now = instants["now"]
    tried = (await db.execute(sa.select(sa.func.max(source.c.tried)))).scalar_one()
    if tried is None or tried > now - MISSED:
        return False
    missed = list((await db.execute(sa.select(source.c.id).where(*_FREE), instants)).scalars())
    if len(missed) < 2:
        return False
    spread = sa.update(source).where(source.c.id == sa.bindparam("missed_id")).values(due=sa.bindparam("new_due"))
    await db.execute(spread, [{"missed_id": one, "new_due": now + CATCH_UP * random.random()} for one in missed])
    return True
