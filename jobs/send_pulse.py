"""Plan the weekly pulses, and send those that are due: one for each space and week."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.market import pulse, store
from bot.ports import WorkerFailed
from bot.setup import fixed_digest_time
from jobs.due import DIGEST_TIME, PULSE_DAY, first, now_if_any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.app import App
    from bot.market.store import Plan

DUES = (first(store.pulse.c.due), now_if_any(store.unplanned(PULSE_DAY, DIGEST_TIME)))

log = logging.getLogger("guildhall.market")


async def run(app: App) -> int:
    """Owe the pulses that are due, and plan those whose day, time or zone has changed; returns how many there were."""
    now = app.wall.now()
    done = 0
    async with app.db.read() as db:
        plans = await store.plans(db, pulse.day_of(app.settings), fixed_digest_time(app.settings))
    for plan in plans:
        act = _todo(plan, now)
        if act is None:
            continue
        try:
            await act(app, plan, now)
        except Exception:
            # A deliberate fence: one community's trouble keeps no other from its pulse. The next tick tries again.
            log.exception("the pulse of community %s failed", plan.community.id)
        else:
            done += 1
    return done


def _todo(plan: Plan, now: datetime) -> Callable[[App, Plan, datetime], Awaitable[None]] | None:
    """What is to be done about a plan: to send the pulse that is due, to plan it (again), or nothing."""
    if plan.due and plan.due <= now:
        return _send
    return _plan if plan.planned_by != plan.basis else None


async def _plan(app: App, plan: Plan, now: datetime) -> None:
    async with app.db.write() as db:
        await pulse.plan_next(db, app.settings, plan, now)


async def _send(app: App, plan: Plan, now: datetime) -> None:
    made = await _make(app, plan, now)
    async with app.db.write() as db:
        await pulse.send_pulse(db, app.ids, app.settings, plan, now, made)


async def _make(app: App, plan: Plan, now: datetime) -> pulse.Pulse | None:
    """Work out and draw a pulse, outside any transaction; None where there is nothing to say or it is too late."""
    community = plan.community
    due = pulse.due_at(community, app.settings, plan.due or now, now)
    if due is None:
        return None
    asked = pulse.question(community, app.settings, due)
    async with app.db.read() as db:
        demand, offers = await store.ask(db, app.features, community.id, asked.edges[0], asked.edges[-1])
    report = await app.workers.run(pulse.WORK_OUT, asked, demand, offers)
    if not report.leads:
        return None
    sheet = pulse.sheet_of(report, asked)
    try:
        png = await app.workers.run(pulse.DRAW, sheet)
    except WorkerFailed:
        log.exception("the pulse of community %s could not be drawn: the table goes out alone", community.id)
        png = None
    return pulse.Pulse(pulse.week_of(asked), sheet, png)
