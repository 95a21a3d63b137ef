"""What came since a digest, and how much of it is not in the next one and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.leads.sources import entry, source
from bot.leads.store import lead, sighting
from bot.leads.subscriptions import LIVE, feed
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

FILTERED = ("duplicate", "neither", "rules", "old", "rejected")
"""What is left out for good; the rest waits."""


async def arrivals(db: AsyncConnection, community_id: int, since: datetime) -> dict[str, int]:
    """How many entries of a community's job feeds came since an instant, by what became of each.

    "duplicate": it is a lead that was known; "neither": not paid AI work; "rules": a feed's rules leave it out; "old":
    its days were over; "rejected": by moderators; "waiting": for them; "approved".
    """
    became = sa.case(
        (lead.c.id.is_(None), "neither"),
        (lead.c.entry_id != entry.c.id, "duplicate"),
        (lead.c.state == "ruled", "rules"),
        (lead.c.state.in_(("old", "backlog")), "old"),
        (lead.c.state.in_(("rejected", "approved")), lead.c.state),
        else_="waiting",
    )
    same = sa.and_(sighting.c.community_id == feed.c.community_id, sighting.c.entry_id == entry.c.id)
    its = sa.and_(lead.c.community_id == sighting.c.community_id, lead.c.id == sighting.c.lead_id)
    statement = (
        sa.select(became, sa.func.count(sa.distinct(entry.c.id)))
        .select_from(feed)
        .join(entry, entry.c.source_id == feed.c.source_id)
        .outerjoin(sighting, same)
        .outerjoin(lead, its)
        .where(feed.c.community_id == community_id, feed.c.kind == "jobs", entry.c.first_seen > since)
        .group_by(became)
    )
    return {row[0]: row[1] for row in await db.execute(statement)}


def in_words(counts: Mapping[str, int]) -> dict[str, int]:
    """What was left out, by the reason as people say it; what did not happen is not named."""
    words = {
        "duplicate": say("duplicate"),
        "neither": say("no paid AI work"),
        "rules": say("rules"),
        "old": say("old"),
        "rejected": say("rejected"),
        "waiting": say("waiting for you"),
    }
    return {said: counts[name] for name, said in words.items() if counts.get(name)}


async def sources_of(db: AsyncConnection, community_id: int) -> tuple[int, datetime | None]:
    """How many feeds a community reads, and when one of them was last checked."""
    statement = (
        sa.select(sa.func.count(sa.distinct(source.c.id)), sa.func.max(source.c.tried))
        .join(feed, feed.c.source_id == source.c.id)
        .where(feed.c.community_id == community_id, *LIVE, source.c.due.is_not(None))
    )
    n, last = (await db.execute(statement)).one()
    return int(n), last
