"""What is kept between members for a time only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import standing
from bot.members import introductions, notes, reports

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


async def tidy(db: AsyncConnection, now: datetime, *, keep_days: int) -> int:
    """Delete what is past its days (`privacy.audit_days` for reports and forgotten bans); returns how many rows."""
    before = now - timedelta(days=keep_days)
    done = await introductions.tidy(db, now) + await notes.tidy(db, now)
    return done + await reports.tidy(db, before) + await standing.tidy(db, now, before)
