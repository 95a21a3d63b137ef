"""The leads' parts of a daily digest: gigs and jobs, learning, open source."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from bot.cards import Block, Controls, Heading, Items, Link, Note, Time, bold
from bot.feature import Issue, Section
from bot.leads import listings, publications, selection
from bot.leads.cards import TITLE_LENGTH, open_select, shorten
from bot.leads.lines import lines
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from bot.cards import Text
    from bot.leads.store import Lead

MOST_LISTED = 5  # of a kind in one digest; the rest comes with the next ones


async def leads_section(issue: Issue) -> Section | None:
    """The best approved leads that this space has not seen: gigs first, a few jobs apart. Notes them as published."""
    still_open = selection.still_open(issue.now, issue.settings.leads.max_age_hours)

    async def best(kinds: tuple[str, ...], most: int) -> list[Lead]:
        wanted = dataclasses.replace(still_open, kinds=kinds, not_in_space=issue.space.id)
        return await selection.leads_in(issue.db, issue.community.id, wanted, by_score=True, limit=most)

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
        blocks.append(lines(gigs, numbered=True))
    if jobs:
        blocks += [Heading(say("Jobs")), lines(jobs)]
    blocks.append(Controls((open_select(shown),)))
    blocks.append(Note((say("Why these? How sure the judge is, then how fresh. Choose one above to see more of it."),)))
    return Section(_headline(shown), tuple(blocks))


def _headline(leads: Sequence[Lead]) -> str:
    """How many there are of each kind. What does not say that it is a gig is not counted as one."""
    n = Counter(lead.kind for lead in leads)
    parts = (
        (n["gig"], count(n["gig"], say("new gig"), say("new gigs"))),
        (n["unclear"], say("{n} of unstated type", n=count(n["unclear"], say("lead"), say("leads")))),
        (n["job"], count(n["job"], say("job"), say("jobs"))),
    )
    return ", ".join(words for number, words in parts if number)


async def learning_section(issue: Issue) -> Section | None:
    """The newest courses, talks and events that this space has not seen."""
    return await _listed(issue, "learning", say("Learning"), say("to learn from"))


async def open_source_section(issue: Issue) -> Section | None:
    """The newest open source issues that this space has not seen."""
    return await _listed(issue, "open-source", say("Open source"), say("to contribute to"))


async def _listed(issue: Issue, kind: str, title: str, purpose: str) -> Section | None:
    rows = await listings.unshown(issue, kind, MOST_LISTED)
    if not rows:
        return None
    await listings.note_shown(issue, [row["entry_id"] for row in rows])
    headline = say("{n} {purpose}", n=len(rows), purpose=purpose)
    return Section(headline, (Heading(title), Items(tuple(_listing_line(row) for row in rows))))


def _listing_line(row: RowMapping) -> Text:
    name = shorten(row["title"] or row["link"], TITLE_LENGTH)
    linked = Link(name, row["link"]) if row["link"] else bold(name)
    return (linked, f" · {row['feed_title']} · ", Time(row["published"], "relative"))
