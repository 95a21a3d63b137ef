"""Members' alerts: what each is for, how they are told, and which leads they were told of. Tables and queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

import sqlalchemy as sa

from bot import when
from bot.db import Json, Key, UtcDateTime, insert_new, metadata
from bot.leads import selection, wishes
from bot.leads.intake import search_words
from bot.leads.marks import mark
from bot.leads.wishes import Wishes, takes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.store import Lead

How = Literal["evening", "once", "off"]
"""One message in the evening, one for each lead at once, or nothing."""

HOWS: tuple[How, ...] = get_args(How)
MOST = 5  # alerts of a member
EVENING = time(18)  # on the member's own clock
WEEK = timedelta(days=7)
FRESH = timedelta(days=3)  # a lead that alerts found earlier is told to nobody any more
MOST_LOOKED_AT = 500  # leads of a week that an alert is tried on, the newest

_OF_A_MEMBER = (("community_id", "member_id"), ("member.community_id", "member.id"))

alert = sa.Table(
    "alert",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("member_id", Key, nullable=False),
    sa.Column("wishes", Json, nullable=False),
    sa.Column("how", sa.Text, nullable=False),  # a `How`
    sa.Column("since", UtcDateTime, nullable=False),  # wall clock: what was found approved later is told
    sa.Column("due", UtcDateTime),  # wall clock: the next evening; None where nothing is told in the evening
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
    sa.Index("ix_alert_member", "community_id", "member_id"),
    sa.Index("ix_alert_due", "due"),
)

told = sa.Table(
    "alert_told",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("lead_id", Key, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
    sa.ForeignKeyConstraint(["community_id", "lead_id"], ["lead.community_id", "lead.id"]),
    sa.Index("ix_alert_told_lead", "community_id", "lead_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert of a member."""

    id: int
    member_id: int
    wishes: Wishes
    how: How
    since: datetime  # what was found approved later is told


def _alert(row: sa.RowMapping) -> Alert:
    return Alert(
        id=row["id"],
        member_id=row["member_id"],
        wishes=wishes.load(row["wishes"]),
        how=row["how"],
        since=row["since"],
    )


def next_evening(now: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the next evening's message in a zone."""
    return when.next_daily(now, EVENING, zone)


# --- a member's alerts -----------------------------------------------------------------------------------------------


async def of_member(db: AsyncConnection, community_id: int, member_id: int) -> list[Alert]:
    """A member's alerts, oldest first."""
    own = (alert.c.community_id == community_id, alert.c.member_id == member_id)
    rows = (await db.execute(sa.select(alert).where(*own).order_by(alert.c.id))).mappings()
    return [_alert(row) for row in rows]


async def read(db: AsyncConnection, community_id: int, member_id: int, alert_id: int) -> Alert | None:
    """One of a member's own alerts."""
    return next((one for one in await of_member(db, community_id, member_id) if one.id == alert_id), None)


async def put(db: AsyncConnection, community_id: int, kept: Alert, due: datetime | None) -> None:
    """Store an alert, or change it."""
    row = {
        "community_id": community_id,
        "id": kept.id,
        "member_id": kept.member_id,
        "wishes": wishes.dump(kept.wishes),
        "how": kept.how,
        "since": kept.since,
        "due": due,
    }
    if not await insert_new(db, alert, [row], returning=alert.c.id):
        own = (alert.c.community_id == community_id, alert.c.id == kept.id)
        await db.execute(sa.update(alert).where(*own).values(row))


async def drop(db: AsyncConnection, community_id: int, member_id: int, alert_id: int) -> bool:
    """Remove one of a member's alerts; says whether there was one."""
    own = (alert.c.community_id == community_id, alert.c.member_id == member_id, alert.c.id == alert_id)
    return (await db.execute(sa.delete(alert).where(*own).returning(alert.c.id))).scalar_one_or_none() is not None


# --- which leads they are for ----------------------------------------------------------------------------------------


def words_of(lead: Lead) -> frozenset[str]:
    """The words of a lead that an alert looks at."""
    return frozenset(search_words(lead.title, lead.text, lead.verdict).split())


async def matching(
    db: AsyncConnection, community_id: int, wanted: Wishes, zone: str | None, since: datetime
) -> list[Lead]:
    """The approved leads published since an instant that are what is wished for, newest first."""
    approved = selection.Wanted(states=("approved",), since=since)
    leads = await selection.leads_in(db, community_id, approved, limit=MOST_LOOKED_AT)
    return [lead for lead in leads if takes(wanted, lead.verdict, words_of(lead), zone)]


async def settled_by(
    db: AsyncConnection, community_id: int, member_ids: Iterable[int], lead_ids: Iterable[int]
) -> Mapping[int, set[int]]:
    """By member, which of these leads they were told of already, or made something of."""
    members, leads = list(member_ids), list(lead_ids)
    found: dict[int, set[int]] = defaultdict(set)
    for table in (told, mark):
        own = (table.c.community_id == community_id, table.c.member_id.in_(members), table.c.lead_id.in_(leads))
        for row in await db.execute(sa.select(table.c.member_id, table.c.lead_id).where(*own)):
            found[row.member_id].add(row.lead_id)
    return found


async def note_told(
    db: AsyncConnection, community_id: int, member_id: int, lead_ids: Sequence[int], now: datetime
) -> None:
    """Note that a member was told of these leads."""
    row = {"community_id": community_id, "member_id": member_id, "at": now}
    await insert_new(db, told, [{**row, "lead_id": lead_id} for lead_id in lead_ids], returning=told.c.lead_id)


# --- what is due -----------------------------------------------------------------------------------------------------


async def due_members(db: AsyncConnection, now: datetime, limit: int) -> Sequence[Any]:
    """The members (community_id, member_id) whose evening has come."""
    statement = sa.select(alert.c.community_id, alert.c.member_id).where(alert.c.due <= now).distinct().limit(limit)
    return (await db.execute(statement)).all()


async def lock_due(
    db: AsyncConnection, community_id: int, member_id: int, now: datetime
) -> tuple[datetime, list[Alert]] | None:
    """When a member's evening was, and their alerts for it, if it (still) is due; nobody else tells them meanwhile."""
    own = (alert.c.community_id == community_id, alert.c.member_id == member_id, alert.c.due <= now)
    rows = (await db.execute(sa.select(alert).where(*own).order_by(alert.c.id).with_for_update())).mappings().all()
    return (min(row["due"] for row in rows), [_alert(row) for row in rows]) if rows else None


async def plan_evening(db: AsyncConnection, community_id: int, member_id: int, due: datetime) -> None:
    """Let a member's evening be at this instant."""
    own = (alert.c.community_id == community_id, alert.c.member_id == member_id, alert.c.how == "evening")
    await db.execute(sa.update(alert).where(*own).values(due=due))


async def for_at_once(db: AsyncConnection, community_id: int) -> list[Alert]:
    """The alerts of a community that are told at once."""
    own = (alert.c.community_id == community_id, alert.c.how == "once")
    return [_alert(row) for row in (await db.execute(sa.select(alert).where(*own).order_by(alert.c.id))).mappings()]
