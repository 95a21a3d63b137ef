"""How much there is of everything: the figures of a community's leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.leads.publications import publication
from bot.leads.sources import entry
from bot.leads.store import lead, sighting
from bot.leads.subscriptions import feed

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection


async def totals(db: AsyncConnection, community_id: int) -> dict[str, int]:
    """The figures that `demo --once` prints: feeds, entries, leads, gigs, jobs, posted, held, merged."""

    async def number(statement: sa.Select[Any]) -> int:
        return int((await db.execute(statement)).scalar_one())

    own = lead.c.community_id == community_id
    leads = sa.select(sa.func.count()).select_from(lead).where(own)
    sources = sa.select(feed.c.source_id).where(feed.c.community_id == community_id)
    shown = sa.select(sa.func.count(sa.distinct(publication.c.lead_id)))
    sightings = sa.select(sa.func.count()).select_from(sighting).where(sighting.c.community_id == community_id)
    total = await number(leads)
    return {
        "feeds": await number(sa.select(sa.func.count()).select_from(sources.subquery())),
        "entries": await number(sa.select(sa.func.count()).select_from(entry).where(entry.c.source_id.in_(sources))),
        "leads": total,
        "gigs": await number(leads.where(lead.c.kind == "gig")),
        "jobs": await number(leads.where(lead.c.kind == "job")),
        "posted": await number(shown.where(publication.c.community_id == community_id)),
        "held": await number(leads.where(lead.c.state == "held")),
        "merged": await number(sightings) - total,
    }
