"""The leads' part of a daily digest."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from bot.cards import Block, Controls, Heading, Items
from bot.feature import Issue, Section
from bot.leads import publications, store
from bot.leads.cards import line_of, open_select
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence


async def digest_section(issue: Issue) -> Section | None:
    """The best approved leads that this space has not seen: gigs first, a few jobs apart. Notes them as published."""
    still_open = store.still_open(issue.now, issue.settings.leads.max_age_hours)

    async def best(kinds: tuple[str, ...], most: int) -> list[store.Lead]:
        wanted = dataclasses.replace(still_open, kinds=kinds, not_in_space=issue.space.id)
        return await store.leads_in(issue.db, issue.community.id, wanted, by_score=True, limit=most)

    gigs = await best(("gig", "unclear"), issue.settings.digest.max_leads)
    jobs = await best(("job",), issue.settings.leads.include_jobs)
    shown = [*gigs, *jobs]
    if not shown:
        return None
    for lead in shown:
        await publications.add(
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
    return Section(_headline(shown), tuple(blocks))


def _headline(leads: Sequence[store.Lead]) -> str:
    """How many there are of each kind. What does not say that it is a gig is not counted as one."""
    n = Counter(lead.kind for lead in leads)
    parts = (
        (n["gig"], count(n["gig"], say("new gig"), say("new gigs"))),
        (n["unclear"], say("{n} of unstated type", n=count(n["unclear"], say("lead"), say("leads")))),
        (n["job"], count(n["job"], say("job"), say("jobs"))),
    )
    return ", ".join(words for number, words in parts if number)
