"""Who came: the meetups' line of the moderators' weekly note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.meetups.store import gathering, rsvp
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.feature import Week


async def note(week: Week) -> Sequence[str]:
    """How many meetups there were, how many said that they would come, and how many of those did."""
    db = week.db
    held = (
        gathering.c.community_id == week.community.id,
        gathering.c.at >= week.since,
        gathering.c.at < week.now,
        gathering.c.cancelled.is_(None),
    )
    n = (await db.execute(sa.select(sa.func.count()).select_from(gathering).where(*held))).scalar_one()
    if not n:
        return ()
    same = sa.and_(gathering.c.community_id == rsvp.c.community_id, gathering.c.id == rsvp.c.gathering_id)
    answers = sa.select(rsvp.c.came, sa.func.count()).join(gathering, same).where(*held, rsvp.c.answer == "going")
    came = {row[0]: row[1] for row in await db.execute(answers.group_by(rsvp.c.came))}
    words = say(
        "{meetups}: {going} said they would come, {came} came.",
        meetups=count(n, say("meetup"), say("meetups")),
        going=sum(came.values()),
        came=came.get(True, 0),
    )
    unknown = came.get(None, 0)
    return (f"{words} {say('Of {n} nobody said.', n=unknown)}" if unknown else words,)
