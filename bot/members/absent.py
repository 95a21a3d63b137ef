"""Blocks of members who were forgotten: kept by their seal, so that who comes back is blocked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import forgotten, people
from bot.db import Key, UtcDateTime, insert_new, metadata
from bot.members.store import block, set_block

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Whose

forgotten_block = sa.Table(
    "forgotten_block",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),  # who blocked
    sa.Column("seal", sa.Text, primary_key=True),  # of an account of whom they blocked
    sa.Column("at", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
)


async def remember(whose: Whose, seals: Iterable[str]) -> None:
    """Keep the blocks that others made of a member who is being forgotten."""
    own = (block.c.community_id == whose.community_id, block.c.blocked_id == whose.member_id)
    rows = (await whose.db.execute(sa.select(block).where(*own))).mappings().all()
    kept = [
        {"community_id": whose.community_id, "member_id": row["member_id"], "seal": seal, "at": row["at"]}
        for row in rows
        for seal in seals
    ]
    await insert_new(whose.db, forgotten_block, kept, returning=forgotten_block.c.seal)


async def recognise(whose: Whose, seal: str) -> None:
    """Let an account that was forgotten and comes back be blocked, and suspended, as it was."""
    until = await forgotten.suspended_until(whose.db, whose.community_id, seal)
    if until is not None:
        await people.change_member(whose.db, whose.community_id, whose.member_id, suspended_until=until)
    own = (forgotten_block.c.community_id == whose.community_id, forgotten_block.c.seal == seal)
    back = await whose.db.execute(sa.delete(forgotten_block).where(*own).returning(*forgotten_block.c))
    for row in back.mappings().all():
        await set_block(whose.db, whose.community_id, row["member_id"], whose.member_id, row["at"])


async def blocked_absent(db: AsyncConnection, community_id: int, member_id: int) -> Sequence[str]:
    """The seals of those whom a member blocked and who are gone, latest first."""
    own = (forgotten_block.c.community_id == community_id, forgotten_block.c.member_id == member_id)
    statement = sa.select(forgotten_block.c.seal).where(*own)
    return (await db.execute(statement.order_by(forgotten_block.c.at.desc()))).scalars().all()


async def lift_absent(db: AsyncConnection, community_id: int, member_id: int) -> None:
    """Take a member's blocks of everybody who is gone back."""
    own = (forgotten_block.c.community_id == community_id, forgotten_block.c.member_id == member_id)
    await db.execute(sa.delete(forgotten_block).where(*own))
