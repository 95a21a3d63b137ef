"""Mentoring circles with places left, for others to name: hours that somebody booked and more may join."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.feature import Circle
from bot.members import visibility
from bot.mentoring import store
from bot.mentoring.rules import NOTICE
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Lacking


async def circles(
    db: AsyncConnection, community_id: int, lacking: Lacking, now: datetime
) -> Mapping[int, Mapping[str, Circle]]:
    """By member and skill, the next circle on it that they may join."""
    wanted = frozenset().union(*lacking.values())
    coming = await store.circles_on(db, community_id, wanted, now + NOTICE)
    open_ones = [one for one in coming if one.places > len(one.guests)]
    found: dict[int, dict[str, Circle]] = {}
    for member_id, skills in lacking.items():
        theirs = [one for one in open_ones if one.topic in skills and member_id not in (one.member_id, *one.guests)]
        mentors = {one.member_id for one in theirs if one.member_id is not None}
        near = await visibility.may_be_asked(db, community_id, member_id, mentors, now) if mentors else frozenset()
        for one in theirs:
            if one.member_id in near:
                circle = Circle(say("circle"), one.at, one.places - len(one.guests))
                found.setdefault(member_id, {}).setdefault(one.topic, circle)
    return found
