"""Send the digests that are due: one for each space and local day."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.digests import store
from bot.digests.compose import send_digest
from bot.people import community
from jobs.due import first

if TYPE_CHECKING:
    from bot.app import App

DUES = (first(community.c.digest_due),)

log = logging.getLogger("guildhall.digests")


async def run(app: App) -> int:
    """Owe the digests that are due; returns for how many communities that was done."""
    now = app.wall.now()
    async with app.db.read() as db:
        due = await store.due_communities(db, now)
    done = 0
    for community_id in due:
        try:
            async with app.db.write() as db:
                await send_digest(db, app.ids, app.settings, app.features, community_id, now)
        except Exception:
            # A deliberate fence: one community's trouble keeps no other from its digest. The next tick tries again.
            log.exception("the digest of community %s failed", community_id)
        else:
            done += 1
    return done
