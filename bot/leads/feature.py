"""What the leads feature answers to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.feature import Feature, Finding
from bot.leads import (
    amending,
    batches,
    best,
    feededit,
    floodgate,
    morning,
    offer,
    personal,
    queue,
    reports,
    retold,
    upkeep,
    waiting,
    weekly,
)
from bot.leads.commands import commands
from bot.leads.demand import demand
from bot.leads.digest import leads_section, learning_section, left_out, open_source_section
from bot.leads.owndigest import OWN_SECTIONS
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
    digest_left_out=left_out,
    own_sections=OWN_SECTIONS,
    note=weekly.note,
    page=(waiting.queue_part, waiting.saved_part, waiting.shared_part),
    undo={
        "lead approve": queue.take_back,
        "lead reject": queue.take_back,
        "lead always": queue.take_back,
        "lead edit": amending.take_back,
        "docket publish": morning.take_back,
        "docket reject-rest": morning.take_back,
        "offer accept": offer.take_back,
        "lead post-best": best.take_back,
        "report withdraw": reports.take_back,
        "report keep": reports.take_back,
        "flood review": floodgate.take_back,
        "flood release": floodgate.take_back,
        "feeds add-packs": batches.take_back,
        "feeds import": batches.take_back,
        "feeds edit": feededit.take_back,
        **upkeep.UNDO,
    },
    told=retold.TOLD,
    subject_names=retold.subject_names,
    export=personal.export,
    forget=personal.forget,
    merge=personal.merge,
    health=health,
    demand=demand,
)
