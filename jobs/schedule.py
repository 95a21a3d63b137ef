"""What runs when: the whole timetable on one screen, and the clockwork that runs it.

What is due is a column in the database; a tick only looks. APScheduler ticks at fixed intervals in UTC, each tick is
fenced so that one exception cannot stop it, and a heartbeat on the event loop's own clock starts a dead or stuck
scheduler again. Time-lapse moves the wall clock from due to due and never jumps over work.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from jobs import (
    back_up,
    deliver,
    follow_swaps,
    keep_journal,
    learn,
    plan_occurrences,
    poll_sources,
    run_meetups,
    run_mentoring,
    run_rounds,
    see_to_meetings,
    send_alerts,
    send_digests,
    send_dockets,
    send_notices,
    send_own_digests,
    send_pulse,
    send_weekly_notes,
    tell_outages,
    tidy,
)
from jobs.due import look

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from datetime import datetime

    from bot.app import App
    from jobs.due import Due

log = logging.getLogger("guildhall.schedule")


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the timetable: what runs, how often a tick runs it, and when it has something to do."""

    name: str
    run: Callable[[App], Awaitable[int]]  # returns how much was due
    every: timedelta
    dues: tuple[Due, ...] = ()  # none: it has no due rows
    at_once: int = 1  # runs that may be under way together: one that waits for a slow channel holds up no other


TIMETABLE = (
    Job("poll sources", poll_sources.run, timedelta(seconds=5), poll_sources.DUES),
    Job("plan occurrences", plan_occurrences.run, timedelta(minutes=1), plan_occurrences.DUES),
    Job("run meetups", run_meetups.run, timedelta(seconds=5), run_meetups.DUES),
    Job("run mentoring", run_mentoring.run, timedelta(seconds=5), run_mentoring.DUES),
    Job("show batch cards", send_dockets.run, timedelta(seconds=5), send_dockets.DUES),
    Job("send alerts", send_alerts.run, timedelta(seconds=5), send_alerts.DUES),
    Job("run rounds", run_rounds.run, timedelta(seconds=30), run_rounds.DUES),
    Job("follow swaps", follow_swaps.run, timedelta(seconds=5), follow_swaps.DUES),
    Job("send digests", send_digests.run, timedelta(seconds=5), send_digests.DUES),
    Job("send own digests", send_own_digests.run, timedelta(seconds=5), send_own_digests.DUES),
    Job("send weekly notes", send_weekly_notes.run, timedelta(minutes=1), send_weekly_notes.DUES),
    Job("send notices", send_notices.run, timedelta(seconds=0.5), send_notices.DUES),  # and then they are delivered
    Job("send pulses", send_pulse.run, timedelta(seconds=30), send_pulse.DUES),
    Job("deliver", deliver.run, timedelta(seconds=0.5), deliver.DUES, at_once=16),
    Job("see to meetings", see_to_meetings.run, timedelta(seconds=5), see_to_meetings.DUES),
    Job("keep journal", keep_journal.run, timedelta(seconds=5)),
    Job("tell outages", tell_outages.run, timedelta(minutes=1)),
    Job("learn", learn.run, timedelta(hours=1)),
    Job("tidy", tidy.run, timedelta(hours=1)),
    Job("back up", back_up.run, timedelta(minutes=10)),
)

HEARTBEAT = timedelta(seconds=2)
STUCK_AFTER = timedelta(seconds=6)  # without a beat: so it is, too, when the machine's clock was set back an hour


class MovableClock(Protocol):
    """A wall clock that time-lapse can set ahead."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...

    def move(self, to: datetime) -> None:
        """Set the clock ahead."""
        ...


async def run_due(app: App, timetable: Sequence[Job] = TIMETABLE) -> datetime | None:
    """Run what is due at the present instant of the wall clock, until nothing is; returns when something will be."""
    now, busy = app.wall.now(), True
    dues = await _dues(app, timetable, now)
    while busy:
        busy = False
        for number, job in enumerate(timetable):
            if any(at <= now for at in dues[number]):
                busy = bool(await job.run(app)) or busy
                dues = await _dues(app, timetable, now)  # what it did may be work for others
    return min((at for own in dues for at in own if at > now), default=None)


async def _dues(app: App, timetable: Sequence[Job], now: datetime) -> list[list[datetime]]:
    """For each job, the instants at which there is something to do."""
    instants = iter(await look(app, now, tuple(due for job in timetable for due in job.dues)))
    return [[at for at in islice(instants, len(job.dues)) if at] for job in timetable]


async def travel(app: App, clock: MovableClock, until: datetime, timetable: Sequence[Job] = TIMETABLE) -> None:
    """Move the wall clock to `until`, from due to due: each is run at its own instant, and the outbox drained."""
    while (following := await run_due(app, timetable)) and following <= until:
        clock.move(following)
    clock.move(until)
    await run_due(app, timetable)
    for job in timetable:
        if not job.dues:
            await job.run(app)


class Schedule:
    """The running timetable."""

    def __init__(self, app: App, timetable: Sequence[Job] = TIMETABLE) -> None:
        self._app = app
        self._timetable = timetable
        self._turns = {job.name: asyncio.Semaphore(job.at_once) for job in timetable}
        self._scheduler: AsyncIOScheduler | None = None
        self._heart: asyncio.Task[None] | None = None
        self._beat = 0.0

    def start(self) -> None:
        """Begin to tick."""
        self._start_scheduler()
        self._heart = asyncio.create_task(self._watch(), name="heartbeat")

    async def stop(self) -> None:
        """Stop ticking and wait for what is under way."""
        if self._heart:
            self._heart.cancel()
        if self._scheduler and self._scheduler.running:
            self._scheduler.pause()
        async with self._every_turn():
            if self._scheduler and self._scheduler.running:
                self._scheduler.shutdown(wait=False)

    async def travel(self, clock: MovableClock, until: datetime) -> None:
        """Time-lapse while no tick is under way."""
        async with self._every_turn():
            await travel(self._app, clock, until, self._timetable)

    @asynccontextmanager
    async def _every_turn(self) -> AsyncIterator[None]:
        """Wait for what is under way; until the end of the block nothing new begins."""
        async with AsyncExitStack() as held:
            for job in self._timetable:
                for _ in range(job.at_once):
                    await held.enter_async_context(self._turns[job.name])
            yield

    def _start_scheduler(self) -> None:
        scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for job in self._timetable:
            scheduler.add_job(
                self._tick,
                "interval",
                args=(job,),
                seconds=job.every.total_seconds(),
                id=job.name,
                max_instances=job.at_once,
            )
        scheduler.add_job(self._pulse, "interval", seconds=1, id="pulse")
        scheduler.start()
        self._scheduler = scheduler
        self._pulse_now()

    async def _pulse(self) -> None:
        self._pulse_now()

    def _pulse_now(self) -> None:
        self._beat = asyncio.get_running_loop().time()

    async def _tick(self, job: Job) -> None:
        turn = self._turns[job.name]
        if turn.locked():
            return
        async with turn:
            try:
                await job.run(self._app)
            except Exception:
                # A deliberate fence: the next tick finds the same rows due and tries again.
                log.exception("%s failed", job.name)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT.total_seconds())
            self.revive(asyncio.get_running_loop().time())

    def revive(self, now: float) -> bool:
        """Start the scheduler again if its pulse has stopped; says whether it had. `now` is the event loop's time."""
        if now - self._beat <= STUCK_AFTER.total_seconds():
            return False
        log.error("the scheduler has stopped; starting it again")
        if self._scheduler and self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._start_scheduler()
        return True
