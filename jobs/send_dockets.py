"""Show moderators what waits for them: one batch card a day."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.leads import morning
from bot.leads.place import Place
from bot.people import community
from bot.setup import next_batch
from jobs.due import first

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app import App

DUES = (first(community.c.batch_due),)

log = logging.getLogger("guildhall.dockets")


async def run(app: App) -> int:
    """Show the batch cards that are due; returns for how many communities that was done."""
    now = app.wall.now()
    async with app.db.read() as db:
        due = (await db.execute(sa.select(community.c.id).where(community.c.batch_due <= now))).scalars().all()
    done = 0
    for community_id in due:
        try:
            await _begin(app, community_id, now)
        except Exception:
            # A deliberate fence: one community's trouble keeps no other from its card. The next tick tries again.
            log.exception("the batch card of community %s failed", community_id)
        else:
            done += 1
    return done


async def _begin(app: App, community_id: int, now: datetime) -> None:
    async with app.db.write() as db:
        await people.lock_communities(db, community_id)
        own = sa.select(community.c.batch_due).where(community.c.id == community_id)
        due = (await db.execute(own)).scalar_one()
        if due is None or due > now:  # somebody else was here
            return
        place = Place(db, app.ids, app.settings, await people.read_community(db, community_id), now)
        following = next_batch(place.community, app.settings, now)
        await people.change_community(db, community_id, batch_due=following)
        if app.settings.leads.batch_at:
            await morning.begin(place)
