"""Tidy up: views and codes that have expired, leads past their days, sources that nobody wants any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import codes, people, views
from bot.leads import store, subscriptions

if TYPE_CHECKING:
    from bot.app import App


async def run(app: App) -> int:
    """Tidy once; returns how many rows it touched."""
    now = app.wall.now()
    async with app.db.write() as db:
        done = await views.tidy(db, now) + await codes.tidy(db, app.machine.now())
        done += await subscriptions.rest_unwanted(db)
        for community_id in (await db.execute(sa.select(people.community.c.id))).scalars().all():
            done += await store.retire_old(db, community_id, now, app.settings.leads.max_age_hours)
    return done
