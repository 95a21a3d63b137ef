"""Series and their occurrences in the database: worked out 60 days ahead, and anew when zone data change.

A series keeps its local wall time for good. The instants of its occurrences are made from it; each series notes the
release of the zone data that made them, so that a change is found, and told to those concerned, exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import when
from bot.db import Json, Key, UtcDateTime, insert_new, metadata
from bot.series import AHEAD, dump, load, local_times
from bot.series import occurrences as worked_out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import Ids
    from bot.series import Series

series = sa.Table(
    "series",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("owner", sa.Text, nullable=False),  # which feature's it is
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("plan", Json, nullable=False),  # `bot.series.Series`
    sa.Column("zone_data", sa.Text, nullable=False),  # the release by which its occurrences were worked out
    sa.Column("due", UtcDateTime),  # wall clock: when to work out more of them; None when there are no more
    sa.Index("ix_series_due", "due"),
)

occurrence = sa.Table(
    "occurrence",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("series_id", Key, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # the local time it was planned for, ISO 8601
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),  # of its calendar entry: up by one with each change
    sa.ForeignKeyConstraint(["community_id", "series_id"], ["series.community_id", "series.id"]),
    sa.Index("ix_occurrence_at", "community_id", "at"),
)

_EVERY = timedelta(days=1)  # how often more are worked out


@dataclass(frozen=True, slots=True)
class Moved:
    """An occurrence whose instant changed while its local time stayed (`wall`, in `zone`)."""

    community_id: int
    series_id: int
    owner: str
    key: datetime
    zone: str
    wall: datetime
    before: datetime
    after: datetime
    sequence: int


async def add(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    owner: str,
    plan: Series,
    zone: str,
    now: datetime,
    *,
    series_id: int | None = None,
) -> int:
    """Store a series of a feature (`owner`) with its occurrences of the next 60 days, and return its id.

    It is a new one, unless the feature knows it by the id of something of its own.
    """
    series_id = series_id or ids.new()
    row = {
        "community_id": community_id,
        "id": series_id,
        "owner": owner,
        "zone": zone,
        "plan": dump(plan),
        "zone_data": when.TZDATA_VERSION,
        "due": now,
    }
    await db.execute(sa.insert(series).values(row))
    await _extend(db, row, now)
    return series_id


async def end(db: AsyncConnection, community_id: int, series_id: int) -> None:
    """Forget a series, if it is there, with all its occurrences."""
    for table, its_id in ((occurrence, occurrence.c.series_id), (series, series.c.id)):
        await db.execute(sa.delete(table).where(table.c.community_id == community_id, its_id == series_id))


async def to_come(db: AsyncConnection, community_id: int, series_id: int, now: datetime) -> Sequence[sa.RowMapping]:
    """The occurrences (`key`, `at`, `sequence`) that were worked out and are still to come, in order."""
    own = (occurrence.c.community_id == community_id, occurrence.c.series_id == series_id, occurrence.c.at >= now)
    return (await db.execute(sa.select(occurrence).where(*own).order_by(occurrence.c.at))).mappings().all()


async def move(db: AsyncConnection, community_id: int, series_id: int, key: str, at: datetime | None) -> int | None:
    """Let one occurrence happen at another instant, or (None) not at all; returns its sequence.

    It keeps its key, from now on also the wall time of that instant, and its sequence goes up by one. None where it
    does not happen any more.
    """
    own = (series.c.community_id == community_id, series.c.id == series_id)
    row = (await db.execute(sa.select(series).where(*own).with_for_update())).mappings().one()
    plan, planned = load(row["plan"]), datetime.fromisoformat(key)
    which = (occurrence.c.community_id == community_id, occurrence.c.series_id == series_id, occurrence.c.key == key)
    if at is None:
        await _change(db, row, plan=dump(replace(plan, exceptions=plan.exceptions | {planned})))
        await db.execute(sa.delete(occurrence).where(*which))
        return None
    await _change(db, row, plan=dump(plan.moved(planned, at, when.zone(row["zone"]))))
    raised = sa.update(occurrence).where(*which).values(at=at, sequence=occurrence.c.sequence + 1)
    return int((await db.execute(raised.returning(occurrence.c.sequence))).scalar_one())


async def extend_due(db: AsyncConnection, now: datetime) -> int:
    """Work out more occurrences of the series that are due for it; returns of how many."""
    rows = (await db.execute(sa.select(series).where(series.c.due <= now).with_for_update())).mappings().all()
    for row in rows:
        await _extend(db, row, now)
    return len(rows)


async def derive_again(db: AsyncConnection, now: datetime, release: str) -> list[Moved]:
    """Work out anew what is to come of the series that were made by other zone data than `release`.

    Those that moved get their sequence up by one and are returned, once: the transaction that tells people about them
    is the one that notes the new release.
    """
    rows = (await db.execute(made_by_other_data(release).with_for_update())).mappings().all()
    moved: list[Moved] = []
    for row in rows:
        moved += await _derive(db, row, now)
        await _change(db, row, zone_data=release)
    return moved


def made_by_other_data(release: str | sa.ColumnElement[str]) -> sa.Select[Any]:
    """The series whose occurrences were worked out by other zone data than `release`."""
    return sa.select(series).where(series.c.zone_data != release)


async def _derive(db: AsyncConnection, row: sa.RowMapping, now: datetime) -> list[Moved]:
    plan, zone = load(row["plan"]), when.zone(row["zone"])
    moved: list[Moved] = []
    for old in await to_come(db, row["community_id"], row["id"], now):
        key = datetime.fromisoformat(old["key"])
        after = plan.moment(key, zone).utc
        if after == old["at"]:
            continue
        sequence = old["sequence"] + 1
        own = [column == old[column.name] for column in occurrence.primary_key]
        await db.execute(sa.update(occurrence).where(*own).values(at=after, sequence=sequence))
        wall = plan.moves.get(key, key)
        moved.append(
            Moved(row["community_id"], row["id"], row["owner"], key, row["zone"], wall, old["at"], after, sequence)
        )
    return moved


async def _extend(db: AsyncConnection, row: Any, now: datetime) -> None:
    """Work out what is still missing of a series' next 60 days, and when to do so again."""
    plan, zone = load(row["plan"]), when.zone(row["zone"])
    end = now + AHEAD + _EVERY
    own = {"community_id": row["community_id"], "series_id": row["id"]}
    found = [{**own, "key": o.key.isoformat(), "at": o.at.utc, "sequence": 0} for o in worked_out(plan, zone, now, end)]
    await insert_new(db, occurrence, found, returning=occurrence.c.key)
    await _change(db, row, due=now + _EVERY if _goes_on(plan, end) else None)


def _goes_on(plan: Series, end: datetime) -> bool:
    """Whether a series has anything from `end` on."""
    local = end.replace(tzinfo=None) - timedelta(days=2)
    return any(key > local for key in local_times(plan, local + timedelta(days=366)))


async def _change(db: AsyncConnection, row: Any, **values: Any) -> None:
    own = (series.c.community_id == row["community_id"], series.c.id == row["id"])
    await db.execute(sa.update(series).where(*own).values(**values))
