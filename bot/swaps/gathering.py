"""What skill swaps know of members, read from the database as `Candidate`s."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import whereabouts
from bot.members import store as members
from bot.members.profile import BEGUN
from bot.swaps import asks, store
from bot.swaps.candidates import LANGUAGES, LEVEL, PRIORITY, Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.members.profile import Profile, Side
    from bot.people import Community
    from bot.settings import Settings

MONTH = timedelta(days=30)

AT_ONCE = 200
"""Profiles that are read before others have a turn: a thousand keep the event loop for too long."""


async def gather(
    db: AsyncConnection, community: Community, settings: Settings, member_ids: Iterable[int], now: datetime
) -> dict[int, Candidate]:
    """These members, by id."""
    ids = sorted(member_ids)
    pages: dict[int, Profile] = {}
    for first in range(0, len(ids), AT_ONCE):
        pages |= await members.profiles_of(db, community.id, ids[first : first + AT_ONCE])
    zones = await whereabouts.zones_at(db, community.id, now)
    offers = await _skills(db, community.id, "offer", LEVEL)
    wants = await _skills(db, community.id, "want", PRIORITY)
    balances = await store.balances(db, community.id)
    given = await store.lessons_given_since(db, community.id, now - MONTH)
    asked = await asks.asked_since(db, community.id, now - MONTH)
    parts = await store.parts(db, community.id, now)
    found: dict[int, Candidate] = {}
    for one, page in pages.items():
        found[one] = Candidate(
            id=one,
            free=page.free(zones.get(one, community.zone), settings.safety.quiet_hours),
            offers=offers.get(one, {}),
            wants=wants.get(one, {}),
            languages=LANGUAGES if page.languages is None else frozenset(page.languages),
            waiting=parts[one]["waiting"] if one in parts else 0,
            balance=balances.get(one, 0),
            given=given.get(one, 0),
            asked=asked.get(one, 0),
        )
    return found


async def _skills(db: AsyncConnection, community_id: int, side: Side, default: int) -> Mapping[int, dict[str, int]]:
    """By member, the skills of one side with their level or priority, without those that somebody has just begun."""
    table = members.member_skill
    statement = sa.select(table).where(table.c.community_id == community_id, table.c.side == side)
    column = "level" if side == "offer" else "priority"
    found: dict[int, dict[str, int]] = {}
    for row in (await db.execute(statement.order_by(table.c.skill))).mappings():
        if row["level"] != BEGUN:
            found.setdefault(row["member_id"], {})[row["skill"]] = row[column] or default
    return found


async def could_help(
    db: AsyncConnection, community_id: int, member_id: int, skills: Iterable[str], now: datetime
) -> Mapping[str, frozenset[int]]:
    """By skill, who says they can help with it and may be asked by this member.

    Without those who were introduced to teach it to them: nobody is matched for the same again.
    """
    willing = await _may_be_met(db, community_id, member_id, now)
    able = await members.helpers(db, community_id, skills)
    before = await store.taught(db, community_id)
    return {
        skill: frozenset(one for one in willing & who if (one, member_id, skill) not in before)
        for skill, who in able.items()
    }


async def would_learn(
    db: AsyncConnection, community_id: int, member_id: int, skills: Iterable[str], now: datetime
) -> Mapping[str, frozenset[int]]:
    """By skill, who wants to learn it and may be taught it by this member, who was not introduced for that before."""
    willing = await _may_be_met(db, community_id, member_id, now)
    held = await members.holders(db, community_id, "want", skills)
    before = await store.taught(db, community_id)
    return {
        skill: frozenset(one for one in willing & who.keys() if (member_id, one, skill) not in before)
        for skill, who in held.items()
    }


async def is_learning(db: AsyncConnection, community_id: int, member_id: int, skill: str, now: datetime) -> bool:
    """Whether rounds look for somebody who teaches this member a skill: they want it, and take part."""
    wants = await members.skills_of(db, community_id, member_id, "want")
    return skill in {one.skill for one in wants} and member_id in await store.parts(db, community_id, now)


async def _may_be_met(db: AsyncConnection, community_id: int, member_id: int, now: datetime) -> frozenset[int]:
    reachable = await members.reachable(db, community_id, now)
    apart = await members.kept_apart(db, community_id, member_id)
    return reachable - apart - await store.stepped_back(db, community_id, now) - {member_id}
