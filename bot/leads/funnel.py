"""What came of each feed: seen, passed, published."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from bot.leads.listings import listing, showing
from bot.leads.publications import publication
from bot.leads.sources import entry
from bot.leads.store import lead, sighting
from bot.leads.subscriptions import feed
from bot.words import count, say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection


class Figures(NamedTuple):
    """How many of a feed's entries were seen, passed (the judge and the rules, or are new listings), were published."""

    seen: int
    passed: int
    published: int


async def figures(db: AsyncConnection, community_id: int, since: datetime) -> dict[int, Figures]:
    """The figures of each of a community's feeds (by its id) since an instant."""
    n = sa.func.count()
    seen = (
        sa.select(feed.c.id, n)
        .join(entry, entry.c.source_id == feed.c.source_id)
        .where(feed.c.community_id == community_id, entry.c.first_seen >= since)
        .group_by(feed.c.id)
    )
    leads = (
        sa.select(sighting.c.feed_id, n)
        .join(entry, entry.c.id == sighting.c.entry_id)
        .join(lead, sa.and_(lead.c.community_id == sighting.c.community_id, lead.c.id == sighting.c.lead_id))
        .where(sighting.c.community_id == community_id, entry.c.first_seen >= since, lead.c.state != "ruled")
        .group_by(sighting.c.feed_id)
    )
    listed = (
        sa.select(listing.c.feed_id, n)
        .where(listing.c.community_id == community_id, listing.c.taken >= since, listing.c.state != "repeat")
        .group_by(listing.c.feed_id)
    )
    posted = (
        sa.select(lead.c.feed_id, sa.func.count(sa.distinct(publication.c.lead_id)))
        .join(lead, sa.and_(lead.c.community_id == publication.c.community_id, lead.c.id == publication.c.lead_id))
        .where(publication.c.community_id == community_id, publication.c.at >= since)
        .group_by(lead.c.feed_id)
    )
    shown = (
        sa.select(listing.c.feed_id, sa.func.count(sa.distinct(showing.c.entry_id)))
        .join(
            listing,
            sa.and_(listing.c.community_id == showing.c.community_id, listing.c.entry_id == showing.c.entry_id),
        )
        .where(showing.c.community_id == community_id, showing.c.at >= since)
        .group_by(listing.c.feed_id)
    )

    async def by_feed(*statements: sa.Select[Any]) -> dict[int, int]:
        found: dict[int, int] = defaultdict(int)
        for statement in statements:
            for feed_id, number in await db.execute(statement):
                found[feed_id] += number
        return found

    saw, passed, published = await by_feed(seen), await by_feed(leads, listed), await by_feed(posted, shown)
    return {i: Figures(saw[i], passed[i], published[i]) for i in {*saw, *passed, *published}}


def funnel_words(own_feed: RowMapping, of: Figures) -> str:
    """What came of a feed, as "31 seen → 7 leads → 5 posted"."""
    passed = count(of.passed, say("lead"), say("leads"))
    if own_feed["kind"] != "jobs":
        passed = say("{n} listed", n=of.passed)
    return say("{seen} seen → {passed} → {posted} posted", seen=of.seen, passed=passed, posted=of.published)
