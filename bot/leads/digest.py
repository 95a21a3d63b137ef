"""The leads' part of a daily digest."""

from __future__ import annotations

from datetime import timedelta

from bot.cards import Block, Controls, Heading, Items
from bot.feature import Issue, Section
from bot.leads import store
from bot.leads.cards import line_of, open_select
from bot.words import count, say


async def digest_section(issue: Issue) -> Section | None:
    """The best approved leads that this space has not seen: gigs first, a few jobs apart. Notes them as published."""
    hours = issue.settings.leads.max_age_hours
    since = issue.now - timedelta(hours=hours) if hours else None

    async def best(kinds: tuple[str, ...], most: int) -> list[store.Lead]:
        wanted = store.Wanted(states=("approved",), since=since, kinds=kinds, not_in_space=issue.space.id)
        return await store.leads_in(issue.db, issue.community.id, wanted, by_score=True, limit=most)

    gigs = await best(("gig", "unclear"), issue.settings.digest.max_leads)
    jobs = await best(("job",), issue.settings.leads.include_jobs) if issue.settings.leads.include_jobs else []
    shown = [*gigs, *jobs]
    if not shown:
        return None
    for lead in shown:
        await store.add_publication(
            issue.db,
            issue.community.id,
            lead.id,
            issue.space.id,
            message_id=issue.message_id,
            own_card=False,
            at=issue.now,
        )
    blocks: list[Block] = []
    if gigs:
        blocks.append(Items(tuple(line_of(lead) for lead in gigs), numbered=True))
    if jobs:
        blocks += [Heading(say("Jobs")), Items(tuple(line_of(lead) for lead in jobs))]
    blocks.append(Controls((open_select(shown),)))
    parts = [count(len(gigs), say("new gig"), say("new gigs"))] if gigs else []
    parts += [count(len(jobs), say("job"), say("jobs"))] if jobs else []
    return Section(", ".join(parts), tuple(blocks))
