"""What a community's moderators have taught the judge: read from their decisions, kept, and found again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.leads.leaning import Decision, Leaning
from bot.leads.store import lead, verdict_of
from bot.people import community

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

LOOKED_BACK = 500  # decisions


async def decisions_of(db: AsyncConnection, community_id: int) -> list[Decision]:
    """The moderators' newest decisions. That a lead came twice is nobody's taste, and left out."""
    own = (lead.c.community_id == community_id, lead.c.decided_by.is_not(None))
    news = sa.or_(lead.c.reason.is_(None), lead.c.reason != "duplicate")
    statement = sa.select(lead.c.state, lead.c.verdict).where(*own, news)
    rows = (await db.execute(statement.order_by(lead.c.decided_at.desc(), lead.c.id).limit(LOOKED_BACK))).mappings()
    return [Decision(verdict_of(row), approved=row["state"] != "rejected") for row in rows]


async def leaning_of(db: AsyncConnection, community_id: int) -> Leaning:
    """What was learned so far."""
    kept = (await db.execute(sa.select(community.c.leaning).where(community.c.id == community_id))).scalar_one()
    return Leaning(**kept) if kept else Leaning()


async def keep(db: AsyncConnection, community_id: int, leaning: Leaning) -> None:
    """Keep what was learned: it moves the scores of what comes in from now on."""
    await people.change_community(db, community_id, leaning=asdict(leaning))
