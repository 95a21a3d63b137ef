"""What members make of leads: saved, and how far they have come with it, or not for them. Table and queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, insert_new, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

Stage = Literal["saved", "applied", "talking", "won", "lost"]
HIDDEN = "hidden"  # stands where a stage would: not for them, and never shown again
STAGES: tuple[Stage, ...] = get_args(Stage)

mark = sa.Table(
    "lead_mark",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("lead_id", Key, primary_key=True),
    sa.Column("stage", sa.Text, nullable=False),  # a `Stage`, or HIDDEN
    sa.Column("at", UtcDateTime, nullable=False),  # when it was last changed
    sa.Column("reminder", sa.Text),  # the outbox key of what reminds them of it
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.ForeignKeyConstraint(["community_id", "lead_id"], ["lead.community_id", "lead.id"]),
    sa.Index("ix_lead_mark_lead", "community_id", "lead_id"),
)


def _own(community_id: int, member_id: int, lead_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (mark.c.community_id == community_id, mark.c.member_id == member_id, mark.c.lead_id == lead_id)


async def read(db: AsyncConnection, community_id: int, member_id: int, lead_id: int) -> sa.RowMapping | None:
    """What a member makes of a lead."""
    statement = sa.select(mark).where(*_own(community_id, member_id, lead_id))
    return (await db.execute(statement)).mappings().one_or_none()


async def put(db: AsyncConnection, community_id: int, member_id: int, lead_id: int, stage: str, now: datetime) -> None:
    """Note what a member makes of a lead, whatever it was before."""
    row = {"community_id": community_id, "member_id": member_id, "lead_id": lead_id, "stage": stage, "at": now}
    if not await insert_new(db, mark, [row], returning=mark.c.lead_id):
        await change(db, community_id, member_id, lead_id, stage=stage, at=now)


async def change(db: AsyncConnection, community_id: int, member_id: int, lead_id: int, **values: Any) -> None:
    """Set columns of a mark."""
    await db.execute(sa.update(mark).where(*_own(community_id, member_id, lead_id)).values(**values))


async def drop(db: AsyncConnection, community_id: int, member_id: int, lead_id: int) -> None:
    """Forget what a member made of a lead."""
    await db.execute(sa.delete(mark).where(*_own(community_id, member_id, lead_id)))


async def of_member(
    db: AsyncConnection, community_id: int, member_id: int, stages: Sequence[str] = STAGES
) -> Sequence[sa.RowMapping]:
    """A member's marks of these stages, the last changed first."""
    own = (mark.c.community_id == community_id, mark.c.member_id == member_id, mark.c.stage.in_(stages))
    statement = sa.select(mark).where(*own).order_by(mark.c.at.desc(), mark.c.lead_id.desc())
    return (await db.execute(statement)).mappings().all()
