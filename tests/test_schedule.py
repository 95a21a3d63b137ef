"""Work is done when it is due: each piece at its own instant, a digest once a local day, ticks that nothing stops."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import outbox, people, when
from bot.cards import sentence
from bot.db import UtcDateTime
from jobs import deliver, schedule, send_digests
from jobs.due import first
from jobs.schedule import Job, Schedule
from tests.conftest import MORNING
from tests.fakes import FakePlatform
from tests.samples import RAG, rss

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.app import App
    from bot.ports import Delivery
    from tests.conftest import World

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOARD = "https://board.example/jobs.rss"
EVERY_DAY = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
SOON = timedelta(milliseconds=20)  # between two ticks that a test waits for


def utc(month: int, day: int, hour: int, minute: int = 0, *, year: int = 2027) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


async def space_of(world: World) -> people.Space:
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
    assert space is not None
    return space


async def sent_at(world: World, prefix: str = "") -> list[datetime]:
    """When the messages were sent that stand in the leads channel, oldest first."""
    async with world.app.db.read() as db:
        rows = await outbox.sent_in(db, await space_of(world), "C-gigs")
    return [row["sent_at"] for row in rows if row["card"]["summary"].startswith(prefix)]


async def owe(world: World, key: str, due: datetime) -> None:
    async with world.app.db.write() as db:
        to = outbox.Address(await space_of(world), "C-gigs")
        await outbox.queue(db, world.app.ids, to, sentence(key), key=key, due=due)


# --- travelling ------------------------------------------------------------------------------------------------------


alarm = sa.Table("alarm", sa.MetaData(), sa.Column("at", UtcDateTime), sa.Column("again_at", UtcDateTime))


class Alarms:
    """A job with alarms at given instants; each may ring again after a while. `rung` says when they rang."""

    def __init__(self, *at: datetime, again: dict[datetime, timedelta] | None = None) -> None:
        self._rows = [{"at": one, "again_at": one + again[one] if again and one in again else None} for one in at]
        self.rung: list[datetime] = []

    async def set(self, app: App) -> Job:
        async with app.db.write() as db:
            await db.run_sync(alarm.create)
            await db.execute(sa.insert(alarm), self._rows)
        return Job("alarms", self.run, SECOND, (first(alarm.c.at),))

    async def run(self, app: App) -> int:
        due = alarm.c.at <= app.wall.now()
        async with app.db.write() as db:
            rung = (await db.execute(sa.delete(alarm).where(due).returning(alarm.c.again_at))).scalars().all()
            again = [{"at": at, "again_at": None} for at in rung if at]
            if again:
                await db.execute(sa.insert(alarm), again)
        self.rung += [app.wall.now()] * len(rung)
        return len(rung)


async def test_time_never_jumps_over_work(world: World) -> None:
    early, second, late = MORNING + HOUR, MORNING + HOUR + SECOND, MORNING + 5 * HOUR
    alarms = Alarms(late, early, second, MORNING + DAY, again={early: 10 * MINUTE})
    job = await alarms.set(world.app)

    await schedule.travel(world.app, world.clock, MORNING + 6 * HOUR, (job,))

    assert alarms.rung == [early, second, early + 10 * MINUTE, late]
    assert world.clock.now() == MORNING + 6 * HOUR


async def test_what_is_overdue_is_done_at_once_and_what_is_due_at_the_end_is_not_left_out(world: World) -> None:
    alarms = Alarms(MORNING - DAY, MORNING + HOUR)
    job = await alarms.set(world.app)
    await schedule.travel(world.app, world.clock, MORNING + HOUR, (job,))
    assert alarms.rung == [MORNING, MORNING + HOUR]


async def test_a_message_and_a_poll_come_at_their_own_instants_on_the_way(world: World) -> None:
    await world.set_up()
    polled: list[datetime] = []

    def page() -> bytes:
        polled.append(world.clock.now())
        return rss(RAG, at=MORNING)

    world.fetcher.pages[BOARD] = page
    await world.say(world.maria, f"/feeds add {BOARD}")
    await owe(world, "at 07:37", MORNING + 97 * MINUTE)
    await owe(world, "at 06:01", MORNING + MINUTE)

    await world.travel(MORNING + 12 * HOUR)

    assert await sent_at(world) == [MORNING + MINUTE, MORNING + 97 * MINUTE]
    waits = [later - earlier for earlier, later in pairwise(polled)]
    assert len(waits) in {10, 11}
    assert all(HOUR <= wait <= 66 * MINUTE for wait in waits)


async def test_a_mistake_of_ours_with_one_feed_stops_no_other(world: World, caplog: pytest.LogCaptureFixture) -> None:
    await world.set_up()
    other = "https://other.example/jobs.rss"
    for address in (BOARD, other):
        world.fetcher.pages[address] = rss(RAG, at=MORNING)
        await world.say(world.maria, f"/feeds add {address}")

    def break_down() -> bytes:
        raise ZeroDivisionError("a bug")

    world.fetcher.pages[BOARD] = break_down
    world.fetcher.calls.clear()
    await world.travel(MORNING + 2 * HOUR)
    assert f"polling {BOARD} failed" in caplog.text
    polled = [address for address, _, _ in world.fetcher.calls]
    assert polled.count(BOARD) == 1
    assert polled.count(other) >= 1

    world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)  # mended, and started again
    world.machine.at += 3 * MINUTE
    world.fetcher.calls.clear()
    await world.run_due()
    assert [address for address, _, _ in world.fetcher.calls] == [BOARD]


# --- a digest each local day -----------------------------------------------------------------------------------------


async def with_news(make_world: Any, at: str, start: datetime) -> World:
    """A community in Berlin with a digest every day at `at`, whose feed has a gig every three hours from `start`."""
    world: World = make_world(leads__approval="auto", digest__days=EVERY_DAY, feeds__poll_minutes="180")
    world.clock.move(start)
    await world.open_set_up(world.maria)
    await world.submit(
        world.maria, leads_channel="C-gigs", moderators_channel="C-mods", digest_at=at, zone="Europe/Berlin"
    )

    def page() -> bytes:
        hour = world.clock.now().replace(minute=0, second=0, microsecond=0)
        name = f"{hour:%A}{hour:%d%b%H}"
        return rss((f"{name} Clinics: RAG chatbot {name}", RAG[1]), at=hour)

    world.fetcher.pages[BOARD] = page
    await world.say(world.maria, f"/feeds add {BOARD}")
    return world


@pytest.mark.parametrize(
    ("at", "start", "expected"),
    [
        ("08:00", utc(3, 26, 0), [utc(3, 26, 7), utc(3, 27, 7), utc(3, 28, 6), utc(3, 29, 6)]),
        # on 28 March clocks in Berlin go from 02:00 to 03:00: the digest of 02:30 comes at 03:30
        ("02:30", utc(3, 26, 22), [utc(3, 27, 1, 30), utc(3, 28, 1, 30), utc(3, 29, 0, 30), utc(3, 30, 0, 30)]),
        # on 31 October they show 02:30 twice: the digest comes at the first
        ("02:30", utc(10, 29, 21), [utc(10, 30, 0, 30), utc(10, 31, 0, 30), utc(11, 1, 1, 30), utc(11, 2, 1, 30)]),
    ],
    ids=["summer-time", "in-the-gap", "twice-on-the-clock"],
)
async def test_a_digest_comes_once_a_local_day(
    make_world: Any, at: str, start: datetime, expected: list[datetime]
) -> None:
    world = await with_news(make_world, at, start)
    await world.travel(expected[-1] + HOUR)
    assert await sent_at(world, "Daily digest") == expected


async def test_after_three_hours_of_downtime_the_digest_still_comes_and_after_more_it_is_left_out(
    make_world: Any,
) -> None:
    world = await with_news(make_world, "08:00", utc(3, 1, 3))
    await world.travel(utc(3, 1, 6))
    world.clock.move(utc(3, 1, 10))  # 11:00 in Berlin, three hours late
    await world.run_due()
    assert await sent_at(world, "Daily digest") == [utc(3, 1, 10)]
    await world.run_due()

    await world.travel(utc(3, 2, 6))
    world.clock.move(utc(3, 2, 10) + SECOND)
    await world.run_due()
    assert await sent_at(world, "Daily digest") == [utc(3, 1, 10)]

    await world.travel(utc(3, 3, 12))
    assert await sent_at(world, "Daily digest") == [utc(3, 1, 10), utc(3, 3, 7)]


async def test_after_days_of_downtime_there_is_one_digest_not_several(make_world: Any) -> None:
    world = await with_news(make_world, "08:00", utc(3, 1, 3))
    await world.travel(utc(3, 1, 8))
    world.clock.move(utc(3, 4, 8))  # an hour after the digest of the fourth day was due
    await world.travel(utc(3, 5, 8))
    assert await sent_at(world, "Daily digest") == [utc(3, 1, 7), utc(3, 4, 8), utc(3, 5, 7)]


@pytest.mark.parametrize("start", [utc(3, 24, 23), utc(10, 27, 22)], ids=["in-the-gap", "twice-on-the-clock"])
async def test_whenever_it_is_away_a_local_day_has_at_most_one_digest_and_one_where_it_can(
    make_world: Any, start: datetime
) -> None:
    """A digest at 02:30, and five days around a clock change in which the bot is often away, up to seven hours."""
    world = await with_news(make_world, "02:30", start)
    chance, berlin, awake = random.Random(14), when.zone("Europe/Berlin"), [start]
    while awake[-1] < start + 5 * DAY:
        world.clock.move(awake[-1] + timedelta(minutes=chance.choice((20, 130, 200, 300, 400))))
        awake.append(world.clock.now())
        await world.run_due()

    due, expected = start, []
    while (due := when.next_daily(due, time(2, 30), berlin)) <= awake[-1]:
        expected += [now for now in awake if due <= now <= due + 3 * HOUR][:1]
    assert await sent_at(world, "Daily digest") == expected
    assert 3 <= len(expected) <= 4  # the night of the change among them


async def test_two_processes_that_look_at_once_send_one_digest(make_world: Any) -> None:
    world = await with_news(make_world, "08:00", utc(3, 1, 3))
    await world.travel(utc(3, 1, 6, 59))
    world.clock.move(utc(3, 1, 7))
    await asyncio.gather(*(send_digests.run(world.app) for _ in range(4)))
    await world.run_due()
    assert await sent_at(world, "Daily digest") == [utc(3, 1, 7)]


async def test_a_job_that_says_that_nothing_is_due_has_nothing_to_do(make_world: Any) -> None:
    world = await with_news(make_world, "08:00", utc(3, 1, 3))
    await world.say(world.ana, "/gigs alerts")
    await owe(world, "later", utc(3, 1, 9, 30))
    for hour in range(4, 28, 3):
        await world.travel(utc(3, 1, 0) + hour * HOUR)
        for job in schedule.TIMETABLE:
            due = await world.next_due(*job.dues)
            if job.dues and (due is None or due > world.clock.now()):
                assert await job.run(world.app) == 0, job.name


# --- ticking ---------------------------------------------------------------------------------------------------------


class Ticks:
    """A job that counts its runs, and what it does in them."""

    def __init__(self, do: Callable[[int], Awaitable[None]] | None = None) -> None:
        self.runs = 0
        self._do = do
        self._more = asyncio.Event()

    async def run(self, app: App) -> int:
        self.runs += 1
        self._more.set()
        if self._do:
            await self._do(self.runs)
        return 1

    async def more(self) -> None:
        """Wait for the next run."""
        self._more.clear()
        async with asyncio.timeout(20):
            await self._more.wait()

    async def none(self) -> None:
        """See that for five ticks' time none comes."""
        self._more.clear()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5 * SOON.total_seconds()):
                await self._more.wait()


async def test_a_job_that_fails_is_tried_again_at_the_next_tick_and_stops_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(run: int) -> None:
        raise LookupError(f"run {run} failed")

    failing, other = Ticks(fail), Ticks()
    running = Schedule(world.app, (Job("failing", failing.run, SOON), Job("other", other.run, SOON)))
    running.start()
    await failing.more()
    await failing.more()
    await other.more()
    await running.stop()
    assert "failing failed" in caplog.text
    assert "run 2 failed" in caplog.text


async def test_a_job_that_takes_long_is_not_begun_again_and_stops_no_other(world: World) -> None:
    end = asyncio.Event()

    async def wait(run: int) -> None:
        await end.wait()

    long, other = Ticks(wait), Ticks()
    running = Schedule(world.app, (Job("long", long.run, SOON), Job("other", other.run, SOON)))
    running.start()
    await long.more()
    for _ in range(5):
        await other.more()
    assert long.runs == 1
    end.set()
    await long.more()
    await running.stop()


async def test_stopping_waits_for_what_is_under_way_and_then_nothing_begins(world: World) -> None:
    end = asyncio.Event()

    async def wait(run: int) -> None:
        await end.wait()

    ticks = Ticks(wait)
    running = Schedule(world.app, (Job("long", ticks.run, SOON, at_once=3),))
    running.start()
    while ticks.runs < 3:
        await ticks.more()
    stopping = asyncio.create_task(running.stop())
    done, _ = await asyncio.wait({stopping}, timeout=0.1)
    assert not done
    end.set()
    await stopping
    await ticks.none()


async def test_time_lapse_waits_for_the_tick_that_is_under_way(world: World) -> None:
    end, at = asyncio.Event(), list[datetime]()

    async def wait(run: int) -> None:
        await end.wait()
        at.append(world.clock.now())

    ticks = Ticks(wait)
    running = Schedule(world.app, (Job("long", ticks.run, SOON),))
    running.start()
    await ticks.more()
    lapse = asyncio.create_task(running.travel(world.clock, MORNING + DAY))
    done, _ = await asyncio.wait({lapse}, timeout=0.1)
    assert not done
    end.set()
    await lapse
    assert at == [MORNING, MORNING + DAY]  # the tick before, and the job once at the end
    await ticks.more()
    await running.stop()


async def test_the_heartbeat_starts_a_scheduler_again_that_died_behind_its_back(world: World) -> None:
    ticks = Ticks()
    running = Schedule(world.app, (Job("ticks", ticks.run, SOON),))
    running.start()
    await ticks.more()
    now = asyncio.get_running_loop().time
    assert running.revive(now()) is False  # all is well

    assert running._scheduler is not None
    running._scheduler.shutdown(wait=False)
    await ticks.none()
    assert running.revive(now() + 5) is False  # it may only be slow
    assert running.revive(now() + 7) is True
    await ticks.more()
    assert running.revive(now()) is False
    await running.stop()


async def test_the_heartbeat_replaces_a_scheduler_that_is_stuck(world: World) -> None:
    ticks = Ticks()
    running = Schedule(world.app, (Job("ticks", ticks.run, SOON),))
    running.start()
    await ticks.more()
    assert running._scheduler is not None
    running._scheduler.pause()
    assert running.revive(asyncio.get_running_loop().time() + 7) is True
    await ticks.more()
    await running.stop()


async def test_when_the_machines_clock_jumps_nothing_is_lost_and_nothing_comes_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ahead by an hour, as after a sleep, and back by more: the scheduler reads that clock, too."""
    shift = timedelta(0)

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + shift

    for module in ("schedulers.base", "triggers.interval"):
        monkeypatch.setattr(f"apscheduler.{module}.datetime", Jumping)

    class Clock:
        def now(self) -> datetime:
            return datetime.now(UTC) + shift

    world.app.wall = world.app.machine = Clock()
    await world.set_up()
    for minutes in (0, 30, 90):
        await owe(world, f"after {minutes} minutes", datetime.now(UTC) + minutes * MINUTE)
    ticks = Ticks()
    running = Schedule(world.app, (Job("deliver", deliver.run, SOON, deliver.DUES), Job("ticks", ticks.run, SOON)))
    running.start()

    async def shown(n: int) -> list[str]:
        while len(world.slack.cards("C-gigs")) < n:
            await ticks.more()
        return [card.summary for card in world.slack.cards("C-gigs")]

    assert await shown(1) == ["after 0 minutes"]
    shift += HOUR
    assert await shown(2) == ["after 0 minutes", "after 30 minutes"]
    shift -= timedelta(seconds=4000)
    assert running.revive(asyncio.get_running_loop().time() + 7) is True  # its next tick was more than an hour away
    for _ in range(3):
        await ticks.more()
    assert len(await shown(2)) == 2
    shift += 2 * HOUR
    assert await shown(3) == ["after 0 minutes", "after 30 minutes", "after 90 minutes"]
    await running.stop()


async def test_while_one_channel_does_not_answer_the_ticks_serve_the_others(world: World) -> None:
    await world.set_up()

    class Silent(FakePlatform):
        async def send(self, delivery: Delivery) -> str:
            if delivery.address == "C-slow":
                waiting.set()
                await answer.wait()
            remote = await super().send(delivery)
            if len(self.order["C-gigs"]) == 3:
                served.set()
            return remote

    waiting, answer, served = asyncio.Event(), asyncio.Event(), asyncio.Event()
    slack = Silent("slack")
    world.app.platforms = {"slack": slack}
    async with world.app.db.write() as db:
        to = outbox.Address(await space_of(world), "C-slow")
        await outbox.queue(db, world.app.ids, to, sentence("slow"), key="slow", due=MORNING)
    [timed] = [job for job in schedule.TIMETABLE if job.run is deliver.run]
    running = Schedule(world.app, (Job("deliver", deliver.run, SOON, deliver.DUES, at_once=timed.at_once),))
    running.start()
    async with asyncio.timeout(20):
        await waiting.wait()
        for number in range(3):
            await owe(world, f"quick {number}", MORNING)
        await served.wait()
    assert slack.order["C-slow"] == []
    answer.set()
    await running.stop()
    assert len(slack.order["C-slow"]) == 1
