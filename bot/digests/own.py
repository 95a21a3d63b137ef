"""Members' own digests: who gets one, when, and of what; each exactly once a local day. Table and queries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

import sqlalchemy as sa

from bot import people, when, whereabouts
from bot.db import Json, Key, UtcDateTime, insert_new, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

How = Literal["channel", "daily", "weekly"]
"""Only the channel's digest; or a direct message each day, or once a week."""

HOWS: tuple[How, ...] = get_args(How)
DEFAULT_AT = "08:00"

own_digest = sa.Table(
    "own_digest",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("how", sa.Text, nullable=False),  # a `How`
    sa.Column("at", sa.Text, nullable=False),  # "HH:MM" on their own clock
    sa.Column("weekday", sa.Integer, nullable=False),  # of a weekly one; Monday is 0
    sa.Column("left_out", Json, nullable=False),  # the names of the sections that they do not want
    sa.Column("zone", sa.Text),  # by which `due` was worked out
    sa.Column("zone_data", sa.Text, nullable=False),  # and the release of the zone data
    sa.Column("since", UtcDateTime, nullable=False),  # wall clock: what came later is new to them
    sa.Column("last_day", sa.Date),  # the local day of the last one
    sa.Column("due", UtcDateTime),  # wall clock: the next one; None where none is sent
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_own_digest_due", "due"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a member wants their digest."""

    member_id: int
    how: How = "channel"
    at: str = DEFAULT_AT
    weekday: int = 0
    left_out: tuple[str, ...] = ()
    since: datetime
    last_day: date | None = None
    due: datetime | None = None

    def next_due(self, after: datetime, zone: str) -> datetime | None:
        """The instant of the first one after `after` whose local day had none yet; None where none is sent."""
        if self.how == "channel":
            return None
        place, clock = when.zone(zone), when.parse_clock(self.at)
        days = when.EVERY_DAY if self.how == "daily" else frozenset({self.weekday})
        while True:
            after = when.next_daily(after, clock, place, days)
            if self.last_day is None or when.local_day(after, place) > self.last_day:
                return after


def _plan(row: sa.RowMapping) -> Plan:
    names = ("member_id", "how", "at", "weekday", "since", "last_day", "due")
    return Plan(**{name: row[name] for name in names}, left_out=tuple(row["left_out"]))


async def plan_of(db: AsyncConnection, community_id: int, member_id: int, now: datetime) -> Plan:
    """How a member wants their digest; who never said has the defaults, and yesterday is new to them."""
    own = (own_digest.c.community_id == community_id, own_digest.c.member_id == member_id)
    row = (await db.execute(sa.select(own_digest).where(*own))).mappings().one_or_none()
    return _plan(row) if row is not None else Plan(member_id=member_id, since=now - when.DAY)


async def put(db: AsyncConnection, community_id: int, plan: Plan, zone: str) -> None:
    """Store how a member wants their digest, worked out for a zone."""
    row = _row(community_id, plan, zone, when.zone_data_release())
    if not await insert_new(db, own_digest, [row], returning=own_digest.c.member_id):
        own = (own_digest.c.community_id == community_id, own_digest.c.member_id == plan.member_id)
        await db.execute(sa.update(own_digest).where(*own).values(row))


def _row(community_id: int, plan: Plan, zone: str, release: str) -> dict[str, object]:
    names = ("member_id", "how", "at", "weekday", "since", "last_day", "due")
    row: dict[str, object] = {name: getattr(plan, name) for name in names}
    return {**row, "community_id": community_id, "left_out": list(plan.left_out), "zone": zone, "zone_data": release}


# --- what is due -----------------------------------------------------------------------------------------------------


async def due_communities(db: AsyncConnection, now: datetime) -> Sequence[int]:
    """The communities in which somebody's digest is due."""
    whose = sa.select(own_digest.c.community_id).where(own_digest.c.due <= now).distinct()
    return (await db.execute(whose)).scalars().all()


async def lock_due(db: AsyncConnection, community_id: int, now: datetime, limit: int) -> list[Plan]:
    """Some of a community's members whose digest (still) is due; nobody else sends it meanwhile."""
    own = (own_digest.c.community_id == community_id, own_digest.c.due <= now)
    order = (own_digest.c.due, own_digest.c.member_id)
    some = sa.select(own_digest).where(*own).order_by(*order).limit(limit).with_for_update(skip_locked=True)
    return [_plan(row) for row in (await db.execute(some)).mappings()]


async def keep(db: AsyncConnection, community_id: int, plans: Sequence[tuple[Plan, str]]) -> None:
    """Note what became of members' digests: the last one, and when the next one comes, each worked out for a zone."""
    key = (own_digest.c.community_id == sa.bindparam("of_community"), own_digest.c.member_id == sa.bindparam("whose"))
    names = ("since", "last_day", "due", "zone", "zone_data")
    statement = sa.update(own_digest).where(*key).values({name: sa.bindparam(f"new_{name}") for name in names})
    rows, release = [], when.zone_data_release()
    for plan, zone in plans:
        row = _row(community_id, plan, zone, release)
        new = {f"new_{name}": row[name] for name in names}
        rows.append({"of_community": community_id, "whose": plan.member_id, **new})
    if rows:
        await db.execute(statement, rows)


# --- when clocks change ----------------------------------------------------------------------------------------------


async def out_of_date(db: AsyncConnection, now: datetime) -> dict[int, list[int]]:
    """By community, the members whose next digest may have been worked out for another zone, or by other zone data."""
    today = when.in_utc(now).date()
    found: dict[int, list[int]] = {}
    for row in await db.execute(doubtful(today - when.DAY, today + when.DAY, when.zone_data_release())):
        found.setdefault(row.community_id, []).append(row.member_id)
    return found


def doubtful(
    yesterday: date | sa.ColumnElement[date],
    tomorrow: date | sa.ColumnElement[date],
    release: str | sa.ColumnElement[str],
) -> sa.Select[tuple[int, int]]:
    """Those members (community_id, member_id): moved, on a journey about now, or planned by other zone data."""
    own, member, journey = own_digest.c, people.member.c, whereabouts.journey.c
    near = sa.exists().where(
        journey.community_id == own.community_id,
        journey.member_id == own.member_id,
        journey.first <= tomorrow,
        journey.last >= yesterday,
    )
    same = sa.and_(member.community_id == own.community_id, member.id == own.member_id)
    home = sa.func.coalesce(member.zone, people.community.c.zone)
    changed = sa.or_(own.zone.is_distinct_from(home), own.zone_data != release, near)
    return (
        sa.select(own.community_id, own.member_id)
        .join(people.member, same)
        .join(people.community, people.community.c.id == own.community_id)
        .where(own.due.is_not(None), changed)
    )


async def derive_again(
    db: AsyncConnection, community: people.Community, member_ids: Sequence[int], now: datetime, back: datetime
) -> int:
    """Work out the next digests of members anew where their zone or the zone data changed; returns of how many.

    One that would have come between `back` and `now` comes at once, unless its day had one.
    """
    own = (own_digest.c.community_id == community.id, own_digest.c.member_id.in_(member_ids), own_digest.c.due > now)
    rows = (await db.execute(sa.select(own_digest).where(*own).with_for_update())).mappings().all()
    zones = await whereabouts.zones_of(db, community.id, member_ids, now)
    changed = []
    for row in rows:
        zone = zones.get(row["member_id"]) or community.zone
        if (zone, when.zone_data_release()) != (row["zone"], row["zone_data"]):
            plan = _plan(row)
            due = plan.next_due(max(back, plan.since), zone)
            changed.append((replace(plan, due=due), zone))
    await keep(db, community.id, changed)
    return len(changed)
