"""What is wanted most and taught least among those who take part in skill swaps. Never who."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from bot.members import store as members
from bot.swaps import store
from bot.swaps.words import skill_name
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.members.profile import Side

LEAST = 3
"""Members who want a skill, for it to be named: of fewer it could be guessed who they are."""

MOST = 3  # skills


class Need(NamedTuple):
    """How many members want a skill, and how many teach it."""

    skill: str
    want: int
    teach: int

    def in_words(self) -> str:
        """As "5 members want AI evaluation; 1 teaches it"."""
        want = count(self.want, say("member wants"), say("members want"))
        name = skill_name(self.skill)
        if self.teach == 0:
            return say("{want} {skill}; nobody teaches it yet", want=want, skill=name)
        verb = count(self.teach, say("teaches"), say("teach"))
        return say("{want} {skill}; {n} it", want=want, skill=name, n=verb)


async def most_needed(db: AsyncConnection, community_id: int, now: datetime) -> Sequence[Need]:
    """The skills that members who take part lack most, the greatest lack first."""
    willing = frozenset(await store.parts(db, community_id, now)) & await members.reachable(db, community_id, now)
    wanted = await _counts(db, community_id, "want", willing)
    taught = await _counts(db, community_id, "offer", willing)
    needs = [Need(skill, n, taught.get(skill, 0)) for skill, n in wanted.items() if n >= LEAST]
    return sorted(needs, key=lambda one: (one.teach - one.want, one.skill))[:MOST]


async def _counts(db: AsyncConnection, community_id: int, side: Side, willing: frozenset[int]) -> Mapping[str, int]:
    """By skill, how many of these members want or offer it."""
    table = members.member_skill
    own = (table.c.community_id == community_id, table.c.side == side)
    found: dict[str, int] = {}
    for row in await db.execute(sa.select(table.c.member_id, table.c.skill).where(*own)):
        if row.member_id in willing:
            found[row.skill] = found.get(row.skill, 0) + 1
    return found
