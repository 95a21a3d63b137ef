"""What the leads feature answers to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.feature import Feature, Finding
from bot.leads import batches, best, floodgate, queue, reports, upkeep
from bot.leads.commands import commands
from bot.leads.digest import leads_section, learning_section, open_source_section
from bot.leads.sources import source
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


async def health(db: AsyncConnection, now: datetime) -> Sequence[Finding]:
    """How the sources are that somebody reads."""
    del now
    total = (await db.execute(sa.select(sa.func.count()).where(source.c.due.is_not(None)))).scalar_one()
    bad = (source.c.failures > 0, source.c.due.is_not(None))
    failing = (await db.execute(sa.select(sa.func.count()).where(*bad))).scalar_one()
    words = say("{n}, {bad} failing", n=count(total, say("source"), say("sources")), bad=failing)
    return [Finding(say("Feeds"), not failing, words)]


feature = Feature(
    name="leads",
    commands=commands,
    digest_sections=(leads_section, learning_section, open_source_section),
    undo={
        "lead approve": queue.take_back,
        "lead reject": queue.take_back,
        "lead post-best": best.take_back,
        "report withdraw": reports.take_back,
        "report keep": reports.take_back,
        "flood review": floodgate.take_back,
        "flood release": floodgate.take_back,
        "feeds add-packs": batches.take_back,
        "feeds import": batches.take_back,
        **upkeep.UNDO,
    },
    health=health,
)
