"""When each community's weekly pulse is due, and what the figures are made from: asked of the other features."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, insert_new, metadata
from bot.people import Community, community

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Demand, Feature, Offers

pulse = sa.Table(
    "market_pulse",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("due", UtcDateTime),  # wall clock; None: switched off
    sa.Column("planned_by", sa.Text, nullable=False),  # day, time, zone and zone data by which it was worked out
    sa.Index("ix_market_pulse_due", "due"),
)


class Plan(NamedTuple):
    """A community that is set up, and when its pulse is due, as far as that was worked out."""

    community: Community
    due: datetime | None
    basis: str  # by what it is to be worked out
    planned_by: str | None  # by what it was; None: never


async def plans(db: AsyncConnection, day: str, digest_time: str | None) -> Sequence[Plan]:
    """The plans of all communities that are set up; `day` and `digest_time` as for `unplanned`."""
    columns = [community.c[field.name] for field in dataclasses.fields(Community)]
    basis = _basis(sa.literal(day), sa.literal(digest_time, sa.Text()))
    rows = await db.execute(_of_all(pulse.c.due, basis, pulse.c.planned_by, *columns).order_by(community.c.id))
    return [Plan(Community(*own), due, basis, by) for due, basis, by, *own in rows]


def unplanned(day: sa.ColumnElement[str], digest_time: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The communities whose pulse is to be planned (again).

    `day` is the weekday of the pulse or "off"; `digest_time` the operator's, NULL where each community has its own.
    """
    return _of_all(community.c.id).where(pulse.c.planned_by.is_distinct_from(_basis(day, digest_time)))


def _basis(day: sa.ColumnElement[str], digest_time: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """By what a pulse's instant is worked out; where it changes, so does the instant."""
    at = sa.func.coalesce(digest_time, community.c.digest_at)
    release = sa.func.coalesce(community.c.zone_data, "")  # by which the community's times are worked out
    return day + " " + at + " " + community.c.zone + " " + release


def _of_all(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Columns of all communities that are set up, with their pulses."""
    with_pulses = sa.outerjoin(community, pulse, pulse.c.community_id == community.c.id)
    return sa.select(*columns).select_from(with_pulses).where(community.c.digest_due.is_not(None))


async def note_plan(db: AsyncConnection, community_id: int, due: datetime | None, planned_by: str) -> None:
    """Say when a community's pulse is due, and by what that was worked out."""
    values = {"due": due, "planned_by": planned_by}
    row = {"community_id": community_id, **values}
    if not await insert_new(db, pulse, [row], returning=pulse.c.community_id):
        await db.execute(sa.update(pulse).where(pulse.c.community_id == community_id).values(**values))


async def lock_due(db: AsyncConnection, community_id: int, now: datetime) -> datetime | None:
    """The instant at which a community's pulse is due, if it (still) is; nobody else sends it meanwhile."""
    own = (pulse.c.community_id == community_id, pulse.c.due <= now)
    found = await db.execute(sa.select(pulse.c.due).where(*own).with_for_update())
    due: datetime | None = found.scalar_one_or_none()
    return due


async def ask(
    db: AsyncConnection, features: Sequence[Feature], community_id: int, since: datetime, until: datetime
) -> tuple[Sequence[Demand], Offers | None]:
    """What leads asked for in a period, and what members offer now; None where nobody has said what they offer."""
    offers = [await f.offers(db, community_id, until) for f in features if f.offers]
    return await demand(db, features, community_id, since, until), next((one for one in offers if one.members), None)


async def demand(
    db: AsyncConnection, features: Sequence[Feature], community_id: int, since: datetime, until: datetime
) -> Sequence[Demand]:
    """What leads asked for in a period."""
    return [one for f in features if f.demand for one in await f.demand(db, community_id, since, until)]
