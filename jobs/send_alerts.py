"""Tell members of the leads that their alerts are for: newly approved ones at once, the rest in their evening."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from bot import people
from bot.leads import alerting, alerts
from bot.leads.place import Place
from jobs.due import first, now_if_any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App

AT_ONCE = 200  # members

DUES = (first(alerts.alert.c.due), now_if_any(alerting.not_looked_at()))

log = logging.getLogger("guildhall.alerts")


async def run(app: App) -> int:
    """Look at what was approved since, and tell whose evening has come; returns how much was done."""
    async with app.db.read() as db:
        waiting = await alerting.waiting_communities(db)
        due = await alerts.due_members(db, app.wall.now(), AT_ONCE)
    return await _new_leads(app, waiting) + await _evenings(app, due)


async def _new_leads(app: App, waiting: Iterable[int]) -> int:
    done = 0
    for community_id in waiting:
        try:
            async with app.db.write() as db:
                done += await alerting.look_at_new(await _place(app, db, community_id))
        except Exception:
            # A deliberate fence: one community's trouble keeps no other from its alerts. The next tick tries again.
            log.exception("the alerts of community %s failed", community_id)
    return done


async def _evenings(app: App, due: Iterable[Any]) -> int:
    members: dict[int, list[int]] = defaultdict(list)
    for row in due:
        members[row.community_id].append(row.member_id)
    done = 0
    for community_id, member_ids in members.items():
        async with app.db.read() as db:
            open_now = await alerting.open_leads(await _place(app, db, community_id))
        for member_id in member_ids:
            try:
                async with app.db.write() as db:
                    await alerting.tell_evening(await _place(app, db, community_id), member_id, open_now)
            except Exception:
                # A deliberate fence: one member's trouble keeps no other from their alerts. The next tick tries again.
                log.exception("the alerts of member %s failed", member_id)
            else:
                done += 1
    return done


async def _place(app: App, db: AsyncConnection, community_id: int) -> Place:
    community = await people.read_community(db, community_id)
    return Place(db, app.ids, app.settings, community, app.wall.now())
