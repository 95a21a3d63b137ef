"""What members bring to leads, as they say on their pages."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.leads.fit import Seeker
from bot.members import store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Read


async def seekers_of(db: AsyncConnection, community_id: int, member_ids: Sequence[int]) -> Mapping[int, Seeker]:
    """What each of these members brings; their zone is the one at home."""
    profiles = await store.profiles_of(db, community_id, member_ids)
    held = store.member_skill.c
    own = (held.community_id == community_id, held.member_id.in_(member_ids), held.side == "offer")
    skills: dict[int, set[str]] = defaultdict(set)
    for row in await db.execute(sa.select(held.member_id, held.skill).where(*own)):
        skills[row.member_id].add(row.skill)
    theirs = (people.member.c.community_id == community_id, people.member.c.id.in_(member_ids))
    homes = await db.execute(sa.select(people.member.c.id, people.member.c.zone).where(*theirs))
    zones = {row.id: row.zone for row in homes}
    return {
        member_id: Seeker(frozenset(skills[member_id]), page.floor, zones.get(member_id), page.languages, page.newcomer)
        for member_id, page in profiles.items()
    }


async def seeker(ask: Read) -> Seeker:
    """What the member who asks brings."""
    return (await seekers_of(ask.db, ask.community.id, [ask.member_id]))[ask.member_id]
