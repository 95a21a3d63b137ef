"""See what became of conversations and notes between members.

Where a conversation for an introduction was refused, each is told about the other; what a note said is kept no longer
than until it has arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.members import meeting, notes
from bot.members.acquaintances import acquaintance
from bot.outbox import message
from bot.place import Here
from jobs.due import first, now_if_any

if TYPE_CHECKING:
    from bot.app import App

_same = sa.and_(message.c.community_id == acquaintance.c.community_id, message.c.id == acquaintance.c.message_id)
_FATES = (
    sa.select(message.c.community_id, message.c.id, message.c.state)
    .join(acquaintance, _same)
    .where(message.c.state.in_(("sent", "failed", "cancelled")))
    .distinct()
)
_UNDELIVERED = notes.undelivered().subquery()
DUES = (
    now_if_any(_FATES),
    now_if_any(sa.select(_UNDELIVERED.c.id).where(_UNDELIVERED.c.over)),
    first(_UNDELIVERED.c.seen, after=notes.ON_PAGE),
    first(_UNDELIVERED.c.at, after=notes.KEPT),
)


async def run(app: App) -> int:
    """See to every conversation and note whose fate is known by now; returns to how many."""
    async with app.db.read() as db:
        found = (await db.execute(_FATES)).all()
        arrived = await notes.arrived(db, app.wall.now())
    for community_id, message_id, state in found:
        async with app.db.write() as db:
            community = await people.read_community(db, community_id)
            here = Here(db, app.ids, app.settings, community, app.wall.now())
            await meeting.note_fate(here, message_id, stands=state == "sent")
    for community_id, note_id in arrived:
        async with app.db.write() as db:
            await notes.put_away(db, app.ids, community_id, note_id)
    return len(found) + len(arrived)
