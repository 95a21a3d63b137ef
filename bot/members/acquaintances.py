"""Who has been introduced to whom: two members of whom both said yes, until one of them ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, Words, insert_new, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

acquaintance = sa.Table(
    "acquaintance",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("first_id", Key, primary_key=True),  # the smaller of the two members' ids
    sa.Column("second_id", Key, primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("why", Words, nullable=False),  # one sentence that both have read
    sa.Column("ended", UtcDateTime),
    sa.Column("message_id", Key),  # of the conversation that was opened for them, until it is known to stand there
    sa.ForeignKeyConstraint(["community_id", "first_id"], ["member.community_id", "member.id"]),
    sa.ForeignKeyConstraint(["community_id", "second_id"], ["member.community_id", "member.id"]),
    sa.CheckConstraint("first_id < second_id", name="ordered"),
    sa.Index("ix_acquaintance_second", "community_id", "second_id"),
    sa.Index("ix_acquaintance_message", "message_id"),
)


def pair(community_id: int, member_id: int, other_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions for the row of two members, whichever comes first."""
    first, second = sorted((member_id, other_id))
    return (
        acquaintance.c.community_id == community_id,
        acquaintance.c.first_id == first,
        acquaintance.c.second_id == second,
    )


async def acquaint(
    db: AsyncConnection, community_id: int, member_id: int, other_id: int, *, why: str, now: datetime
) -> bool:
    """Note that two members know each other; says whether that is new. One that was ended begins anew."""
    first, second = sorted((member_id, other_id))
    row = {"community_id": community_id, "first_id": first, "second_id": second, "since": now, "why": why}
    if await insert_new(db, acquaintance, [row], returning=acquaintance.c.first_id):
        return True
    over = (*pair(community_id, member_id, other_id), acquaintance.c.ended.is_not(None))
    again = sa.update(acquaintance).where(*over).values(since=now, why=why, ended=None, message_id=None)
    return bool((await db.execute(again)).rowcount)


async def end(db: AsyncConnection, community_id: int, member_id: int, other_id: int, now: datetime) -> None:
    """End an acquaintance, if there is one: what the two shared is shown no more."""
    own = (*pair(community_id, member_id, other_id), acquaintance.c.ended.is_(None))
    await db.execute(sa.update(acquaintance).where(*own).values(ended=now))


async def are_acquainted(db: AsyncConnection, community_id: int, member_id: int, other_id: int) -> bool:
    """Whether two members have been introduced and neither ended it."""
    own = (*pair(community_id, member_id, other_id), acquaintance.c.ended.is_(None))
    return (await db.execute(sa.select(acquaintance.c.since).where(*own))).first() is not None


async def pairs_acquainted(db: AsyncConnection, community_id: int) -> set[tuple[int, int]]:
    """Everybody who was ever introduced to each other, the smaller id first."""
    columns = sa.select(acquaintance.c.first_id, acquaintance.c.second_id)
    rows = await db.execute(columns.where(acquaintance.c.community_id == community_id))
    return {(row.first_id, row.second_id) for row in rows}


async def acquaintances_of(db: AsyncConnection, community_id: int, member_id: int) -> Sequence[int]:
    """Whom a member has been introduced to, latest first."""
    mine = sa.or_(acquaintance.c.first_id == member_id, acquaintance.c.second_id == member_id)
    own = (acquaintance.c.community_id == community_id, mine, acquaintance.c.ended.is_(None))
    statement = sa.select(acquaintance).where(*own).order_by(acquaintance.c.since.desc())
    rows = (await db.execute(statement)).all()
    return [row.second_id if row.first_id == member_id else row.first_id for row in rows]
