"""What the swaps feature answers to others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.feature import Feature, Finding
from bot.swaps import calendars, digest, records, store, weekly
from bot.swaps.commands import commands
from bot.swaps.rounds import ring
from bot.swaps.status import page
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

LATE = timedelta(hours=2)
"""After which a round that did not run is told of."""


async def health(db: AsyncConnection, now: datetime) -> Sequence[Finding]:
    """Whether rounds run when they are due."""
    overdue = sa.select(sa.func.count()).where(people.community.c.swap_due < now - LATE)
    late = (await db.execute(overdue)).scalar_one()
    waiting = sa.select(sa.func.count()).where(ring.c.state.in_(("proposed", "repairing")))
    open_rings = (await db.execute(waiting)).scalar_one()
    words = say("{n} open, {late} overdue", n=count(open_rings, say("ring"), say("rings")), late=late)
    return [Finding(say("Skill swaps"), not late, words)]


feature = Feature(
    name="swaps",
    commands=commands,
    digest_sections=(digest.section,),
    note=weekly.note,
    page=(page,),
    thanked=store.thanks_of,
    export=records.export,
    forget=records.forget,
    merge=records.merge,
    calendar=calendars.events_of,
    health=health,
)
