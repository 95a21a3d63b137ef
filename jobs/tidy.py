"""Tidy up what is past its days: views, codes, leads and the cards that show them, sources, requests, reports."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import codes, people, views
from bot.leads import expiry, subscriptions
from bot.leads.place import Place
from bot.members import exporting, links, upkeep

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app import App

log = logging.getLogger("guildhall.tidy")


async def run(app: App) -> int:
    """Tidy once; returns how many rows it touched."""
    now = app.wall.now()
    async with app.db.write() as db:
        done = await views.tidy(db, now) + await codes.tidy(db, app.machine.now())
        done += await upkeep.tidy(db, now, keep_days=app.settings.privacy.audit_days)
        done += await subscriptions.rest_unwanted(db) + await links.tidy(db, now) + await exporting.tidy(db, now)
        communities = (await db.execute(sa.select(people.community.c.id))).scalars().all()
    for community_id in communities:
        try:
            done += await _leads(app, community_id, now)
        except Exception:
            # A deliberate fence: one community's trouble keeps no other tidy. The next hour tries again.
            log.exception("tidying community %s failed", community_id)
    return done


async def _leads(app: App, community_id: int, now: datetime) -> int:
    async with app.db.write() as db:
        await people.lock_communities(db, community_id)
        place = Place(db, app.ids, app.settings, await people.read_community(db, community_id), now)
        return await expiry.run_out(place) + await expiry.close_expired(place)
