"""Whom a member may find, and who could help whom: blocks, the directory, the two platforms."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import people
from bot.db import Key, UtcDateTime
from bot.feature import Offers
from bot.members import store
from bot.members.profile import BEGUN
from bot.members.store import profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Read


async def hidden_from(db: AsyncConnection, community_id: int, viewer_id: int) -> frozenset[int]:
    """The members whom this one must not find: kept apart, not listed, or not shown to their platform."""
    apart = await store.kept_apart(db, community_id, viewer_id)
    shy = sa.or_(profile.c.listed.is_(False), profile.c.crosses.is_(False))
    statement = sa.select(profile.c.member_id, profile.c.listed).where(profile.c.community_id == community_id, shy)
    listed = {row.member_id: row.listed for row in await db.execute(statement)}
    near = await platforms_of(db, community_id, [viewer_id, *listed])
    mine = near.get(viewer_id, frozenset())
    shut = {
        member_id
        for member_id, is_listed in listed.items()
        if not is_listed or mine.isdisjoint(near.get(member_id, ()))
    }
    return (apart | shut) - {viewer_id}


async def hidden(ask: Read) -> frozenset[int]:
    """The members whom the one who asks must not find."""
    return await hidden_from(ask.db, ask.community.id, ask.member_id)


async def platforms_of(
    db: AsyncConnection, community_id: int, member_ids: Iterable[int]
) -> Mapping[int, frozenset[str]]:
    """The platforms on which these members have an account."""
    own = (people.identity.c.community_id == community_id, people.identity.c.member_id.in_(list(member_ids)))
    found: dict[int, frozenset[str]] = {}
    statement = sa.select(people.identity.c.member_id, people.identity.c.platform).where(*own)
    for member_id, platform in await db.execute(statement):
        found[member_id] = found.get(member_id, frozenset()) | {platform}
    return found


async def may_be_asked(
    db: AsyncConnection, community_id: int, member_id: int, others: Iterable[int], now: datetime
) -> frozenset[int]:
    """Those of these members whom this one can find and may ask something."""
    possible = (set(others) - {member_id}) & await store.reachable(db, community_id, now)
    possible -= await hidden_from(db, community_id, member_id)
    if not (await store.profile_of(db, community_id, member_id)).crosses:
        near = await platforms_of(db, community_id, [member_id, *possible])
        mine = near.get(member_id, frozenset())
        possible = {one for one in possible if not mine.isdisjoint(near.get(one, ()))}
    return frozenset(possible)


async def count_helpers(
    db: AsyncConnection, community_id: int, member_id: int, skills: Iterable[str], now: datetime
) -> Mapping[str, int]:
    """By skill, how many could be asked to help this member with it.

    They offer it and have not just begun, may be asked, can be found and are not kept apart; on the other platform only
    where both show themselves there. The database counts: a digest asks this for everybody.
    """
    wanted = list(skills)
    given = {"here": community_id, "viewer": member_id, "skills": wanted, "now": now}
    counted = {skill: int(n) for skill, n in await db.execute(_HELPERS, given)}
    return {skill: counted.get(skill, 0) for skill in wanted}


def _helpers() -> sa.Select[Any]:
    """How many could help `viewer` with each of `skills`; made once, for making it takes longer than asking."""
    here, viewer = sa.bindparam("here", type_=Key), sa.bindparam("viewer", type_=Key)
    offer = store.member_skill.c
    whose = sa.and_(people.member.c.community_id == offer.community_id, people.member.c.id == offer.member_id)
    page = sa.and_(profile.c.community_id == offer.community_id, profile.c.member_id == offer.member_id)
    own = sa.select(profile.c.crosses).where(profile.c.community_id == here, profile.c.member_id == viewer)
    both_cross = sa.and_(profile.c.crosses.is_not(sa.false()), sa.func.coalesce(own.scalar_subquery(), sa.true()))
    mine, theirs = people.identity.alias("mine"), people.identity.alias("theirs")
    on_one_platform = sa.exists().where(
        mine.c.community_id == here,
        mine.c.member_id == viewer,
        theirs.c.community_id == here,
        theirs.c.member_id == offer.member_id,
        theirs.c.platform == mine.c.platform,
    )
    return (
        sa.select(offer.skill, sa.func.count())
        .join(people.member, whose)
        .outerjoin(profile, page)
        .where(
            offer.community_id == here,
            offer.side == "offer",
            offer.skill.in_(sa.bindparam("skills", expanding=True)),
            offer.level.is_distinct_from(BEGUN),
            offer.member_id != viewer,
            people.not_suspended(sa.bindparam("now", type_=UtcDateTime())),
            profile.c.paused.is_not(sa.true()),
            profile.c.listed.is_not(sa.false()),
            offer.member_id.not_in(store.apart_from(here, viewer)),
            sa.or_(both_cross, on_one_platform),
        )
        .group_by(offer.skill)
    )


_HELPERS = _helpers()


async def count_offers(db: AsyncConnection, community_id: int, now: datetime) -> Offers:
    """How many members offer anything, and each skill; who is paused or not to be listed is not counted."""
    shown = await store.reachable(db, community_id, now)
    unlisted = sa.select(profile.c.member_id).where(profile.c.community_id == community_id, ~profile.c.listed)
    shown -= frozenset((await db.execute(unlisted)).scalars())
    own = (store.member_skill.c.community_id == community_id, store.member_skill.c.side == "offer")
    rows = await db.execute(sa.select(store.member_skill.c.member_id, store.member_skill.c.skill).where(*own))
    offered = [(row.member_id, row.skill) for row in rows if row.member_id in shown]
    return Offers(len({who for who, _ in offered}), Counter(skill for _, skill in offered))
