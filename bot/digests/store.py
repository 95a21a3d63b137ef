"""Which digests there were: one row for each space and local day makes a digest happen exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.db import Key, insert_new, metadata
from bot.people import community

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.people import Space

digest = sa.Table(
    "digest",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("space_id", Key, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),  # in the community's zone
    sa.Column("message_id", Key),  # None where there was nothing to say
    sa.ForeignKeyConstraint(["community_id", "space_id"], ["space.community_id", "space.id"]),
)


async def due_communities(db: AsyncConnection, now: datetime) -> Sequence[int]:
    """The ids of the communities whose digest is due."""
    statement = sa.select(community.c.id).where(community.c.digest_due <= now).order_by(community.c.digest_due)
    return (await db.execute(statement)).scalars().all()


async def lock_due(db: AsyncConnection, community_id: int, now: datetime) -> datetime | None:
    """The instant at which a community's digest is due, if it (still) is; nobody else sends it meanwhile."""
    own = (community.c.id == community_id, community.c.digest_due <= now)
    # key_share: who only refers to the community, as nearly every new row does, need not wait
    row = await db.execute(sa.select(community.c.digest_due).where(*own).with_for_update(key_share=True))
    due: datetime | None = row.scalar_one_or_none()
    return due


async def begin_day(db: AsyncConnection, space: Space, day: date) -> bool:
    """Claim a space's local day; False where it had its digest already."""
    row = {"community_id": space.community_id, "space_id": space.id, "day": day}
    return bool(await insert_new(db, digest, [row], returning=digest.c.space_id))


async def last_before(db: AsyncConnection, space: Space, day: date) -> sa.RowMapping | None:
    """The last day before this one on which a space had a digest (`day`, `message_id`); None where it had none."""
    own = (digest.c.community_id == space.community_id, digest.c.space_id == space.id, digest.c.day < day)
    statement = sa.select(digest).where(*own, digest.c.message_id.is_not(None)).order_by(digest.c.day.desc()).limit(1)
    return (await db.execute(statement)).mappings().one_or_none()


async def day_of(db: AsyncConnection, space: Space, day: date) -> sa.RowMapping | None:
    """What became of a space's local day: None where it is still to come."""
    own = (digest.c.community_id == space.community_id, digest.c.space_id == space.id, digest.c.day == day)
    return (await db.execute(sa.select(digest).where(*own))).mappings().one_or_none()


async def free_day(db: AsyncConnection, space: Space, day: date) -> None:
    """Let a space have a digest on a local day after all."""
    own = (digest.c.community_id == space.community_id, digest.c.space_id == space.id, digest.c.day == day)
    await db.execute(sa.delete(digest).where(*own, digest.c.message_id.is_(None)))


async def note_message(db: AsyncConnection, space: Space, day: date, message_id: int) -> None:
    """Say which message a day's digest is."""
    own = (digest.c.community_id == space.community_id, digest.c.space_id == space.id, digest.c.day == day)
    await db.execute(sa.update(digest).where(*own).values(message_id=message_id))
