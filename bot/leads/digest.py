"""The leads' parts of a daily digest: gigs and jobs, learning, open source."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from bot.cards import Block, Button, Controls, Heading, Items, Link, Note, Time, bold
from bot.feature import Issue, Section
from bot.leads import leftout, listings, publications, selection
from bot.leads.cards import TITLE_LENGTH, open_select, shorten
from bot.leads.lines import lines
from bot.leads.ranking import rank
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from bot.cards import Text
    from bot.leads.store import Lead

MOST_LISTED = 5  # of a kind in one digest; the rest comes with the next ones
MOST_RANKED = 100  # leads that are ranked among each other, the surest
MINE = "gigs mine"


async def leads_section(issue: Issue) -> Section | None:
    """The best approved leads that this space has not seen, with what speaks for each: gigs, and a few jobs apart."""
    still_open = selection.still_open(issue.now, issue.settings.leads.max_age_hours)

    async def best(kinds: tuple[str, ...], most: int) -> dict[Lead, tuple[str, ...]]:
        wanted = dataclasses.replace(still_open, kinds=kinds, not_in_space=issue.space.id)
        found = await selection.leads_in(issue.db, issue.community.id, wanted, by_score=True, limit=MOST_RANKED)
        ranked = rank([(lead.verdict, lead.published) for lead in found], issue.now)
        order = sorted(zip(found, ranked, strict=True), key=lambda pair: -pair[1].value)
        return {lead: place.reasons for lead, place in order[:most]}

    gigs = await best(("gig", "unclear"), issue.settings.digest.max_leads)
    jobs = await best(("job",), issue.settings.leads.include_jobs)
    shown = [*gigs, *jobs]
    if not shown:
        return None
    blocks: list[Block] = []
    if gigs:
        blocks.append(lines(list(gigs), numbered=True, reasons=list(gigs.values())))
    if jobs:
        blocks += [Heading(say("Jobs")), lines(list(jobs), reasons=list(jobs.values()))]
    mine = Button(say("Only my skills"), MINE, (str(issue.message_id),))
    blocks += [Controls((open_select(shown),)), Controls((mine,)), Note(await _sources_line(issue))]
    counts = await leftout.arrivals(issue.db, issue.community.id, issue.since)
    return Section(_with_counts(_headline(shown), counts), tuple(blocks), went_out=_noted(shown))


def _noted(shown: Sequence[Lead]) -> Callable[[Issue], Awaitable[None]]:
    async def note(issue: Issue) -> None:
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

    return note


def _with_counts(headline: str, counts: Mapping[str, int]) -> str:
    """The headline with how much was looked through for it: "5 new gigs (31 seen, 24 filtered or duplicate)"."""
    seen = sum(counts.values())
    left_out = sum(counts.get(name, 0) for name in leftout.FILTERED)
    if not left_out:
        return headline
    return say("{what} ({seen} seen, {n} filtered or duplicate)", what=headline, seen=seen, n=left_out)


async def _sources_line(issue: Issue) -> Text:
    n, last = await leftout.sources_of(issue.db, issue.community.id)
    why = say("Why these? How sure it is that they are paid AI work, rate, and freshness.")
    if last is None:
        return (why,)
    return (say("Sources: {n}, last check ", n=count(n, say("feed"), say("feeds"))), Time(last, "time"), ". ", why)


async def left_out(issue: Issue) -> Mapping[str, int]:
    """How many entries since the last digest are not in this one, by the reason in words."""
    return leftout.in_words(await leftout.arrivals(issue.db, issue.community.id, issue.since))


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
    shown = [row["entry_id"] for row in rows]
    headline = say("{n} {purpose}", n=len(rows), purpose=purpose)
    items = Items(tuple(listing_line(row) for row in rows))
    return Section(headline, (Heading(title), items), went_out=lambda sent: listings.note_shown(sent, shown))


def listing_line(row: RowMapping) -> Text:
    """A listing in one line of a digest."""
    name = shorten(row["title"] or row["link"], TITLE_LENGTH)
    linked = Link(name, row["link"]) if row["link"] else bold(name)
    return (linked, f" · {row['feed_title']} · ", Time(row["published"], "relative"))
