"""Learn from moderators' decisions what a community makes of its leads."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.leads import lessons
from bot.leads.leaning import DECISIONS_LEAST, Leaning

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger("guildhall.learn")


async def run(app: App) -> int:
    """Learn anew for each community; returns for how many something has changed."""
    async with app.db.read() as db:
        communities = (await db.execute(sa.select(people.community.c.id))).scalars().all()
    changed = 0
    for community_id in communities:
        try:
            changed += await _learn(app, community_id)
        except Exception:
            # A deliberate fence: one community's trouble keeps no other from its lesson. The next hour tries again.
            log.exception("the lesson of community %s failed", community_id)
    return changed


async def _learn(app: App, community_id: int) -> bool:
    async with app.db.read() as db:
        before = await lessons.leaning_of(db, community_id)
        decisions = await lessons.decisions_of(db, community_id)
    learned = Leaning()
    if len(decisions) >= DECISIONS_LEAST:  # else no worker is woken for nothing
        learned = await app.workers.run("bot.leads.leaning:learn", decisions)
    if learned == before:
        return False
    async with app.db.write() as db:
        await lessons.keep(db, community_id, learned)
    return True
