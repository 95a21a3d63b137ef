"""Tidy up: expired views and codes, leads past their days and the cards that show them, old questions, idle sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import codes, people, views
from bot.leads import expiry, subscriptions
from bot.leads.place import Place
from bot.mentoring import store as mentoring

if TYPE_CHECKING:
    from bot.app import App


async def run(app: App) -> int:
    """Tidy once; returns how many rows it touched."""
    now = app.wall.now()
    async with app.db.write() as db:
        done = await views.tidy(db, now) + await codes.tidy(db, app.machine.now())
        done += await subscriptions.rest_unwanted(db) + await mentoring.tidy(db, now)
        for community_id in (await db.execute(sa.select(people.community.c.id))).scalars().all():
            await people.lock_communities(db, community_id)
            place = Place(db, app.ids, app.settings, await people.read_community(db, community_id), now)
            done += await expiry.run_out(place) + await expiry.close_expired(place)
    return done
