"""Mentoring in the moderators' weekly note: the hours that were to be, and in how many of them people met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.mentoring.tables import seat, session
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.feature import Week


async def note(week: Week) -> Sequence[str]:
    """How many hours with a mentor there were, for how many guests, and how many of these say that they met."""
    same = sa.and_(session.c.community_id == seat.c.community_id, session.c.id == seat.c.session_id)
    statement = (
        sa.select(session.c.id, seat.c.met, seat.c.mentor_met)
        .join(seat, same)
        .where(
            session.c.community_id == week.community.id,
            session.c.at >= week.since,
            session.c.at < week.now,
            session.c.cancelled.is_(None),
        )
    )
    rows = (await week.db.execute(statement)).all()
    if not rows:
        return ()
    met = sum(bool(row.mentor_met if row.met is None else row.met) for row in rows)  # the guest's word comes first
    hours = count(len({row.id for row in rows}), say("hour"), say("hours"))
    guests = count(len(rows), say("guest"), say("guests"))
    words = say(
        "Mentoring: {hours} with {guests}, of whom {met} met their mentor.", hours=hours, guests=guests, met=met
    )
    return (words,)
