"""Run meetups: announce them, pass places on, ask afterwards. One transaction a gathering."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot import people
from bot.meetups import announcing, store
from bot.place import Here
from jobs.due import NOW, first, now_if_any

if TYPE_CHECKING:
    from bot.app import App

DUES = (first(store.gathering.c.due), now_if_any(store.without_gathering(NOW)))

log = logging.getLogger("guildhall.meetups")


async def run(app: App) -> int:
    """Do what is due about gatherings; returns about how many that was."""
    now = app.wall.now()
    done = await _make_gatherings(app)
    async with app.db.read() as db:
        due = await store.due_gatherings(db, now)
    for row in due:
        try:
            async with app.db.write() as db:
                community = await people.read_community(db, row["community_id"])
                await announcing.attend(Here(db, app.ids, app.settings, community, now), row["id"])
        except Exception:
            # A deliberate fence: one meetup's trouble keeps no other from being run. The next tick tries again.
            log.exception("meetup %s failed", row["id"])
        else:
            done += 1
    return done


async def _make_gatherings(app: App) -> int:
    """Follow the occurrences that were worked out since."""
    now = app.wall.now()
    async with app.db.read() as db:
        if not await store.behind(db, now):
            return 0
    async with app.db.write() as db:
        return await store.add_gatherings(db, app.ids, now)
