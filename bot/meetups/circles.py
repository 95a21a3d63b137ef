"""Meetups at which a skill is taught, for others to name: those that speak of it and have places left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.feature import Circle
from bot.meetups import store
from bot.meetups.rules import MOST_PLACES, free
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Lacking
    from bot.meetups.rules import Kind

TEACHING: Mapping[Kind, str] = {"talk": "talk", "workshop": "workshop", "circle": "circle"}
"""The kinds from which something is learnt, in words."""

AHEAD = timedelta(days=14)


async def circles(
    db: AsyncConnection, community_id: int, lacking: Lacking, now: datetime
) -> Mapping[int, Mapping[str, Circle]]:
    """By member and skill, the next meetup that speaks of it, if they neither go nor wait nor host."""
    wanted = frozenset().union(*lacking.values())
    found: dict[int, dict[str, Circle]] = {}
    for one in await store.to_come(db, community_id, now):
        taught = wanted.intersection(load_taxonomy().find(f"{one.title}. {one.about}"))
        if one.kind not in TEACHING or one.at > now + AHEAD or not taught:
            continue
        answers = await store.answers_of(db, community_id, one.id)
        left = free(answers, one.places)
        come = {each.member_id for each in answers if each.answer in ("going", "waiting", "offered")} | {one.host_id}
        if left:
            circle = Circle(say(TEACHING[one.kind]), one.at, None if left >= MOST_PLACES else left)
            for member_id, skills in lacking.items():
                for skill in taught.intersection(skills) if member_id not in come else ():
                    found.setdefault(member_id, {}).setdefault(skill, circle)
    return found
