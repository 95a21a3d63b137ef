"""When each community's weekly pulse is due, and what the figures are made from: asked of the other features."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

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
    zone_data: str  # the release of the zone data by which the community's times are worked out
    due: datetime | None
    planned_by: str | None  # None: never worked out


async def plans(db: AsyncConnection) -> Sequence[Plan]:
    """The plans of all communities that are set up."""
    columns = [community.c[field.name] for field in dataclasses.fields(Community)]
    statement = (
        sa.select(community.c.zone_data, pulse.c.due, pulse.c.planned_by, *columns)
        .outerjoin_from(community, pulse, pulse.c.community_id == community.c.id)
        .where(community.c.digest_due.is_not(None))
        .order_by(community.c.id)
    )
    rows = await db.execute(statement)
    return [Plan(Community(*own), release or "", due, by) for release, due, by, *own in rows]


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
    """What leads asked for in a period, and what members offer now; None where no feature knows of members' offers."""
    demand = [one for f in features if f.demand for one in await f.demand(db, community_id, since, until)]
    offers = [await f.offers(db, community_id) for f in features if f.offers]
    return demand, offers[0] if offers else None
