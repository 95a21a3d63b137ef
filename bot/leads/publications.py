"""Where a community's leads are shown: one row for each lead and space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, metadata

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

publication = sa.Table(
    "publication",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("lead_id", Key, primary_key=True),
    sa.Column("space_id", Key, primary_key=True),
    sa.Column("message_id", Key, nullable=False),  # the outbox message that shows it
    sa.Column("own_card", sa.Boolean, nullable=False),  # whether that message is about this lead alone
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("closed", UtcDateTime),  # since when it says there that the posting is over
    sa.ForeignKeyConstraint(["community_id", "lead_id"], ["lead.community_id", "lead.id"]),
    sa.ForeignKeyConstraint(["community_id", "space_id"], ["space.community_id", "space.id"]),
    sa.Index("ix_publication_at", "community_id", "space_id", "at"),
)


async def add(
    db: AsyncConnection,
    community_id: int,
    lead_id: int,
    space_id: int,
    *,
    message_id: int,
    own_card: bool,
    at: datetime,
) -> None:
    """Say that a lead is shown in a space by a message."""
    await db.execute(
        sa.insert(publication).values(
            community_id=community_id,
            lead_id=lead_id,
            space_id=space_id,
            message_id=message_id,
            own_card=own_card,
            at=at,
        )
    )


async def of_lead(db: AsyncConnection, community_id: int, lead_id: int) -> Sequence[sa.RowMapping]:
    """Where a lead is shown."""
    own = (publication.c.community_id == community_id, publication.c.lead_id == lead_id)
    return (await db.execute(sa.select(publication).where(*own))).mappings().all()


async def drop(db: AsyncConnection, community_id: int, lead_id: int) -> None:
    """Forget where a lead was shown, so that it may be shown again."""
    own = (publication.c.community_id == community_id, publication.c.lead_id == lead_id)
    await db.execute(sa.delete(publication).where(*own))


async def close(db: AsyncConnection, community_id: int, lead_id: int, at: datetime) -> None:
    """Note that it says wherever a lead is shown that its posting is over."""
    own = (publication.c.community_id == community_id, publication.c.lead_id == lead_id)
    await db.execute(sa.update(publication).where(*own).values(closed=at))


async def posted_since(db: AsyncConnection, community_id: int, space_id: int, since: datetime) -> int:
    """How many leads were posted by themselves in a space since an instant."""
    own = (
        publication.c.community_id == community_id,
        publication.c.space_id == space_id,
        publication.c.own_card,
        publication.c.at >= since,
    )
    return int((await db.execute(sa.select(sa.func.count()).select_from(publication).where(*own))).scalar_one())
