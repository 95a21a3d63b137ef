"""The leads' lines of the moderators' weekly note. Every figure is counted; what did not happen is not mentioned."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.leads import funnel
from bot.leads.reports import report
from bot.leads.sources import entry, source
from bot.leads.store import lead
from bot.leads.subscriptions import LIVE, feed
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Week

MOST_NAMED = 5  # feeds in one line


async def note(week: Week) -> Sequence[str]:
    """What came of the feeds, which of them are not well, how long leads waited, and which reports are open."""
    db, community_id = week.db, week.community.id
    silent = source.c.silent_after <= week.now
    lines = (
        await _funnel(db, community_id, week.since),
        await _decisions(db, community_id, week.since),
        await _named(db, community_id, source.c.failures > 0, say("Failing: {feeds}.")),
        await _named(db, community_id, silent, say("Silent for longer than usual: {feeds}.")),
        await _reports(db, community_id),
    )
    return [line for line in lines if line]


async def _funnel(db: AsyncConnection, community_id: int, since: datetime) -> str:
    of = (await funnel.figures(db, community_id, since)).values()
    seen, passed, posted = (sum(figures[i] for figures in of) for i in range(3))
    if not seen:
        return ""
    return say("Feeds: {seen:,} seen → {passed:,} passed → {posted:,} posted.", seen=seen, passed=passed, posted=posted)


async def _decisions(db: AsyncConnection, community_id: int, since: datetime) -> str:
    own = (lead.c.community_id == community_id, lead.c.decided_by.is_not(None), lead.c.decided_at >= since)
    came = sa.select(lead.c.decided_at, entry.c.first_seen).join(entry, entry.c.id == lead.c.entry_id).where(*own)
    waits = [row.decided_at - row.first_seen for row in await db.execute(came)]
    held = (lead.c.community_id == community_id, lead.c.state == "held")
    waiting = (await db.execute(sa.select(sa.func.count()).select_from(lead).where(*held))).scalar_one()
    decided = say(
        "{n} decided; half of them within {time}.",
        n=count(len(waits), say("lead"), say("leads")),
        time=_length(median(waits)) if waits else "",
    )
    now = say("{n} now.", n=count(waiting, say("lead waits"), say("leads wait")))
    return " ".join([decided] * bool(waits) + [now] * bool(waiting))


def _length(wait: timedelta) -> str:
    minutes = max(round(wait.total_seconds() / 60), 0)
    if minutes < 90:
        return count(minutes, say("minute"), say("minutes"))
    return count(round(minutes / 60), say("hour"), say("hours"))


async def _named(db: AsyncConnection, community_id: int, condition: sa.ColumnElement[bool], words: str) -> str:
    own = (feed.c.community_id == community_id, *LIVE, source.c.due.is_not(None), condition)
    statement = sa.select(feed.c.title).join(source, source.c.id == feed.c.source_id).where(*own).order_by(feed.c.title)
    titles = (await db.execute(statement)).scalars().all()
    if not titles:
        return ""
    names = ", ".join(f"“{title}”" for title in titles[:MOST_NAMED])
    more = len(titles) - MOST_NAMED
    return words.replace("{feeds}", say("{names} and {n} more", names=names, n=more) if more > 0 else names)


async def _reports(db: AsyncConnection, community_id: int) -> str:
    own = (report.c.community_id == community_id, report.c.decided_at.is_(None))
    n = (await db.execute(sa.select(sa.func.count()).select_from(report).where(*own))).scalar_one()
    return say("{n} of leads that nobody has looked at.", n=count(n, say("report"), say("reports"))) if n else ""
