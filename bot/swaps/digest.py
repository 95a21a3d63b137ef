"""Skill swaps in the daily digest: shortly before a round, what is wanted and how many teach it. Never who."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.cards import Button, Controls, Heading, Items, Paragraph, Time
from bot.feature import Section
from bot.setup import next_round
from bot.swaps import store
from bot.swaps.needs import most_needed
from bot.words import say

if TYPE_CHECKING:
    from bot.feature import Issue

BEFORE = timedelta(hours=26)
"""Of a round, in which a digest speaks of it: the digest of the day before, or of the day itself."""


async def section(issue: Issue) -> Section | None:
    """What the next round lacks most, if one is near and somebody takes part."""
    at = next_round(issue.community, issue.settings, issue.now)
    if at - issue.now > BEFORE or not await store.parts(issue.db, issue.community.id, issue.now):
        return None
    lines = tuple((need.in_words(),) for need in await most_needed(issue.db, issue.community.id, issue.now))
    return Section(
        say("1 swap round"),
        (
            Heading(say("Skill swaps")),
            *([Items(lines)] if lines else []),
            Paragraph((say("Next round: "), Time(at), say(". Say what you can teach and want to learn before."))),
            Controls((Button(say("Join"), "swap join"),)),
        ),
    )
