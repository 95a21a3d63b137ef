"""Mentoring circles with places left, for others to name: hours that somebody booked and more may join."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.feature import Circle
from bot.members import visibility
from bot.mentoring import store
from bot.mentoring.rules import NOTICE
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


async def circles(
    db: AsyncConnection, community_id: int, member_id: int, skills: Collection[str], now: datetime
) -> Mapping[str, Circle]:
    """By skill, the next circle on it that this member may join."""
    coming = await store.circles_on(db, community_id, skills, now + NOTICE)
    open_ones = [one for one in coming if member_id not in (one.member_id, *one.guests)]
    mentors = {one.member_id for one in open_ones if one.member_id is not None}
    near = await visibility.may_be_asked(db, community_id, member_id, mentors, now) if mentors else frozenset()
    found: dict[str, Circle] = {}
    for one in open_ones:
        left = one.places - len(one.guests)
        if one.member_id in near and left > 0:
            found.setdefault(one.topic, Circle(say("circle"), one.at, left))
    return found
