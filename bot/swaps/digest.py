"""Skill swaps in the daily digest: shortly before a round, what is wanted and how many teach it. Never who."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.cards import Button, Controls, Heading, Items, Paragraph, Time
from bot.feature import Section
from bot.members import store as members
from bot.setup import next_round
from bot.swaps import store
from bot.swaps.words import skill_name
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feature import Issue
    from bot.members.profile import Side

BEFORE = timedelta(hours=26)
"""Of a round, in which a digest speaks of it: the digest of the day before, or of the day itself."""

LEAST = 3
"""Members who want a skill, for it to be named: of fewer it could be guessed who they are."""

MOST = 3  # skills


async def section(issue: Issue) -> Section | None:
    """What the next round lacks most, if one is near and somebody takes part."""
    at = next_round(issue.community, issue.settings, issue.now)
    taking_part = await store.parts(issue.db, issue.community.id, issue.now)
    if at - issue.now > BEFORE or not taking_part:
        return None
    willing = frozenset(taking_part) & await members.reachable(issue.db, issue.community.id, issue.now)
    wanted = await _counts(issue, "want", willing)
    taught = await _counts(issue, "offer", willing)
    lacking = sorted(wanted, key=lambda skill: (taught.get(skill, 0) - wanted[skill], skill))
    named = [skill for skill in lacking if wanted[skill] >= LEAST][:MOST]
    lines = tuple((_line(skill, wanted[skill], taught.get(skill, 0)),) for skill in named)
    return Section(
        say("1 swap round"),
        (
            Heading(say("Skill swaps")),
            *([Items(lines)] if lines else []),
            Paragraph((say("Next round: "), Time(at), say(". Say what you can teach and want to learn before."))),
            Controls((Button(say("Join"), "swap join"),)),
        ),
    )


def _line(skill: str, wants: int, teaches: int) -> str:
    want = count(wants, say("member wants"), say("members want"))
    name = skill_name(skill)
    if teaches == 0:
        return say("{want} {skill}; nobody teaches it yet", want=want, skill=name)
    return say("{want} {skill}; {n} it", want=want, skill=name, n=count(teaches, say("teaches"), say("teach")))


async def _counts(issue: Issue, side: Side, willing: frozenset[int]) -> Mapping[str, int]:
    """By skill, how many of these members want or offer it."""
    table = members.member_skill
    own = (table.c.community_id == issue.community.id, table.c.side == side)
    found: dict[str, int] = {}
    for row in await issue.db.execute(sa.select(table.c.member_id, table.c.skill).where(*own)):
        if row.member_id in willing:
            found[row.skill] = found.get(row.skill, 0) + 1
    return found
