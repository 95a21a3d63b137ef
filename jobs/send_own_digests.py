"""Send members' own digests: each exactly once a local day, in batches that hold up no answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot import people
from bot.digests import own
from bot.digests.compose import LATEST
from bot.digests.delivering import send_own
from jobs.due import TOMORROW, YESTERDAY, ZONE_DATA, first, now_if_any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.app import App

DUES = (first(own.own_digest.c.due), now_if_any(own.doubtful(YESTERDAY, TOMORROW, ZONE_DATA)))

log = logging.getLogger("guildhall.digests")


async def run(app: App) -> int:
    """Follow clocks that changed, and owe the digests that are due; returns how much was done."""
    now = app.wall.now()
    async with app.db.read() as db:
        moved = await own.out_of_date(db, now)
        due = set(await own.due_communities(db, now))
    return await _follow_clocks(app, moved, now) + await _send(app, due | set(moved))


async def _follow_clocks(app: App, moved: Mapping[int, Sequence[int]], now: datetime) -> int:
    done = 0
    for community_id, member_ids in moved.items():
        async with app.db.write() as db:
            community = await people.read_community(db, community_id)
            done += await own.derive_again(db, community, member_ids, now, now - LATEST)
    return done


async def _send(app: App, communities: Iterable[int]) -> int:
    done = 0
    for community_id in communities:
        try:
            while sent := await _some(app, community_id):
                done += sent
        except Exception:
            # A deliberate fence: one community's trouble keeps no other from its digests. The next tick tries again.
            log.exception("the own digests of community %s failed", community_id)
    return done


async def _some(app: App, community_id: int) -> int:
    async with app.db.write() as db:
        return await send_own(db, app.ids, app.settings, app.features, community_id, app.wall.now())
