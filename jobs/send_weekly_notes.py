"""Send moderators their weekly note, on Monday mornings."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.digests import note
from bot.people import community
from jobs.due import first, now_if_any

if TYPE_CHECKING:
    from bot.app import App

DUES = (first(community.c.note_due), now_if_any(sa.select(community.c.id).where(note.UNPLANNED)))

log = logging.getLogger("guildhall.digests")


async def run(app: App) -> int:
    """Owe the notes that are due, and plan those that are not planned yet; returns how many were sent."""
    now = app.wall.now()
    async with app.db.read() as db:
        due = await note.due_communities(db, now)
    done = 0
    for community_id in due:
        try:
            async with app.db.write() as db:
                done += await note.send(db, app.ids, app.features, community_id, now)
        except Exception:
            # A deliberate fence: one community's trouble keeps no other from its note. The next tick tries again.
            log.exception("the weekly note of community %s failed", community_id)
    return done
