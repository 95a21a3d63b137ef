"""See what became of the conversations that were opened for introductions: where one was refused, each is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import outbox, people
from bot.members import meeting
from bot.members.acquaintances import acquaintance

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.people import Community
    from bot.ports import Ids


@dataclass(frozen=True, slots=True)
class _Here:
    """The place of one community; see `bot.members.place`."""

    db: AsyncConnection
    ids: Ids
    community: Community
    now: datetime


async def run(app: App) -> int:
    """See to every conversation whose fate is known by now; returns to how many."""
    message = outbox.message
    same = sa.and_(message.c.community_id == acquaintance.c.community_id, message.c.id == acquaintance.c.message_id)
    over = message.c.state.in_(("sent", "failed", "cancelled"))
    statement = sa.select(message.c.community_id, message.c.id, message.c.state).join(acquaintance, same).where(over)
    async with app.db.read() as db:
        found = (await db.execute(statement.distinct())).all()
    for community_id, message_id, state in found:
        async with app.db.write() as db:
            here = _Here(db, app.ids, await people.read_community(db, community_id), app.wall.now())
            await meeting.note_fate(here, message_id, stands=state == "sent")
    return len(found)


async def next_due(app: App) -> datetime | None:
    """Never by itself: it follows what was delivered."""
    del app
    return None
