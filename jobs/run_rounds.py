"""Run the rounds of skill swaps, and of coffee introductions, that are due: read, solve in a worker, keep."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import people
from bot.people import community
from bot.place import Here
from bot.ports import WorkerFailed
from bot.setup import next_round
from bot.swaps import planning
from jobs.due import first

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app import App

SPARE_SECONDS = 30.0  # for a worker beyond what its task may spend: to start, and to read the answer
AGAIN_AFTER = timedelta(hours=1)  # when the worker failed
LEAST = 2  # members, for a round

DUES = (first(community.c.swap_due),)

log = logging.getLogger("guildhall.rounds")


async def run(app: App) -> int:
    """Run the rounds that are due; returns for how many communities that was done."""
    now = app.wall.now()
    async with app.db.read() as db:
        due = (await db.execute(sa.select(community.c.id).where(community.c.swap_due <= now))).scalars().all()
    done = 0
    for community_id in due:
        try:
            await _run(app, community_id, now)
        except WorkerFailed as failure:
            log.warning("the round of community %s was not solved: %s", community_id, failure)
            await _postpone(app, community_id, now)
        except Exception:
            # A deliberate fence: one community's trouble keeps no other from its round. The next tick tries again.
            log.exception("the round of community %s failed", community_id)
        else:
            done += 1
    return done


async def _run(app: App, community_id: int, now: datetime) -> None:
    """Look without a transaction, then do in one: a second process that did the same finds nothing due any more."""
    async with app.db.read() as db:
        here = await people.read_community(db, community_id)
        task = await planning.read_task(db, here, app.settings, now)
        drinkers, apart, met = await planning.read_coffee(db, here, now)
    outcome = groups = None
    if len(task.candidates) >= LEAST:
        outcome = await app.workers.run("bot.swaps.solving:solve", task, timeout=task.seconds + SPARE_SECONDS)
    if len(drinkers) >= LEAST:
        groups = await app.workers.run("bot.swaps.solving:pour", drinkers, apart, met, task.seed)
    async with app.db.write() as db:
        await people.lock_communities(db, community_id)
        due = (await db.execute(sa.select(community.c.swap_due).where(community.c.id == community_id))).scalar_one()
        if due is None or due > now:  # somebody else was here
            return
        await people.change_community(db, community_id, swap_due=next_round(here, app.settings, now))
        place = Here(db, app.ids, app.settings, here, now)
        if outcome is not None:
            await planning.keep(place, task, outcome)
        if groups is not None:
            await planning.keep_coffee(place, *groups)


async def _postpone(app: App, community_id: int, now: datetime) -> None:
    """Try a round again in an hour."""
    async with app.db.write() as db:
        await people.change_community(db, community_id, swap_due=now + AGAIN_AFTER)
