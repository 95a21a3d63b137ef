"""Meetups at which a skill is taught, for others to name: those that speak of it and have places left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.feature import Circle
from bot.meetups import store
from bot.meetups.cards import view_of
from bot.meetups.rules import MOST_PLACES, free
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.meetups.rules import Kind

TEACHING: Mapping[Kind, str] = {"talk": "talk", "workshop": "workshop", "circle": "circle"}
"""The kinds from which something is learnt, in words."""

AHEAD = timedelta(days=14)


async def circles(
    db: AsyncConnection, community_id: int, member_id: int, skills: Collection[str], now: datetime
) -> Mapping[str, Circle]:
    """By skill, the next meetup that speaks of it, if this member neither goes nor waits nor hosts."""
    found: dict[str, Circle] = {}
    for one in await store.to_come(db, community_id, now):
        taught = set(load_taxonomy().find(f"{one.title}. {one.about}")) & set(skills) - found.keys()
        if one.kind not in TEACHING or one.at > now + AHEAD or one.host_id == member_id or not taught:
            continue
        answers = (await view_of(db, community_id, one)).answers
        left = free(answers, one.places)
        comes = any(each.member_id == member_id and each.answer in ("going", "waiting", "offered") for each in answers)
        if left and not comes:
            places = None if left >= MOST_PLACES else left
            found |= dict.fromkeys(taught, Circle(say(TEACHING[one.kind]), one.at, places))
    return found
