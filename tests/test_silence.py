"""Silence proof: with closed direct messages and a platform that is down, nobody is flooded, and nothing is lost."""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import notices, people
from bot.cards import sentence
from bot.errors import TryLater
from bot.notices import Notice, Worth, notice
from bot.ports import Refused
from jobs import schedule
from tests.fakes import FakePlatform, words
from tests.test_leads import begin, gig, publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from bot.people import Caller
    from bot.ports import Delivery
    from tests.conftest import HandClock, World

MEMBERS, DAYS, BUDGET = 6, 3, 2
TELLING = [job for job in schedule.TIMETABLE if job.name in ("send notices", "deliver")]
ZONES = ("Europe/Lisbon", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")


class Shaky(FakePlatform):
    """A platform on which some have closed their direct messages, and which is down for a while."""

    def __init__(self, clock: HandClock, closed: set[str], down: tuple[datetime, datetime]) -> None:
        super().__init__("slack")
        self.clock, self.closed, self.down = clock, closed, down
        self.arrived: list[tuple[datetime, str, str]] = []  # when, to whom, the words

    async def send(self, delivery: Delivery) -> str:
        now = self.clock.now()
        if self.down[0] <= now < self.down[1]:
            raise TryLater("down", timedelta(minutes=20))
        if delivery.verb == "direct" and delivery.address in self.closed:
            raise Refused("E-DMCLOSED", "closed")
        if delivery.verb == "direct":
            self.arrived.append((now, delivery.address, words(delivery.card)))
        return await super().send(delivery)


@dataclasses.dataclass
class Guild:
    """Some members to whom things are told at random."""

    world: World
    slack: Shaky
    chance: random.Random
    community_id: int
    members: dict[int, Caller]
    seen: dict[str, datetime] = dataclasses.field(default_factory=dict)  # by the notice's words, first on /hub
    told: int = 0

    async def tell(self) -> None:
        """Tell somebody something, half of it asked for and promised for a time."""
        self.told += 1
        member_id, asked = self.chance.choice(list(self.members)), self.chance.random() < 0.5
        now = self.world.clock.now()
        told = Notice(
            member_id=member_id,
            key=f"matter {self.told}.",
            card=sentence(f"matter {self.told}."),
            due=now + timedelta(hours=self.chance.randrange(12) if asked else 0),
            asked=asked,
            worth=self.chance.choice(list(Worth)),
        )
        async with self.world.app.db.write() as db:
            await notices.owe(db, self.world.app.ids, self.community_id, told)

    async def look(self, caller: Caller) -> None:
        """Open the page; everything that is due and open stands on it."""
        page = await self.world.say(caller, "/hub")
        async with self.world.app.db.read() as db:
            own = (notice.c.member_id == self._id(caller), notice.c.state != "closed")
            current = (notice.c.due <= self.world.clock.now(), notice.c.until.is_(None))
            owed = (await db.execute(sa.select(notice.c.key).where(*own, *current))).scalars().all()
        for key in owed:
            assert key in page, f"a promise is not on the page: {key}"
            self.seen.setdefault(key, self.world.clock.now())

    def _id(self, caller: Caller) -> int:
        return next(member_id for member_id, one in self.members.items() if one == caller)


async def gather(world: World, seed: int) -> Guild:
    chance = random.Random(seed)
    await begin(world)
    callers = [
        dataclasses.replace(world.ana, user=f"U8{n}", name=f"M{n}", zone=chance.choice(ZONES)) for n in range(MEMBERS)
    ]
    closed = {caller.user for caller in chance.sample(callers, round(MEMBERS * 0.3))}
    begun = world.clock.now() + timedelta(hours=chance.randrange(6, 48))
    slack = Shaky(world.clock, closed, (begun, begun + timedelta(hours=6)))
    world.app = dataclasses.replace(world.app, platforms={**world.app.platforms, "slack": slack})
    members: dict[int, Caller] = {}
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
    assert space is not None
    for caller in callers:
        await world.say(caller, "/hub")
        async with world.app.db.read() as db:
            found = await people.find_member(db, space.community_id, caller)
        assert found is not None
        members[found["id"]] = caller
    for caller in callers[:3]:
        await world.say(caller, "/gigs alerts")
        await world.press(caller, "New alert")
        await world.submit(caller, kind="all", where="anywhere", how=chance.choice(("once", "evening")))
    return Guild(world, slack, chance, space.community_id, members)


@pytest.mark.parametrize("seed", range(3))
async def test_nobody_is_flooded_and_no_promise_is_lost(make_world: Callable[..., World], seed: int) -> None:
    world = make_world(leads__approval="auto")
    guild = await gather(world, seed)
    for number in range(DAYS * 4):
        for _ in range(guild.chance.randrange(6)):
            await guild.tell()
        if number % 4 == 1:
            await publish(world, gig(number), gig(number + 1))
        await world.travel(world.clock.now() + timedelta(hours=guild.chance.randrange(3, 8)))
        await guild.look(guild.chance.choice(list(guild.members.values())))
    await check_budget(guild)
    await check_reached(guild)
    for caller in guild.members.values():
        await guild.look(caller)


@pytest.mark.parametrize(("budget", "most"), [("2", 14), ("50", 57)])
async def test_a_busy_member_gets_fourteen_unasked_messages_a_week_instead_of_57(
    make_world: Callable[..., World], budget: str, most: int
) -> None:
    world = make_world(safety__messages_per_day=budget)
    await world.set_up()
    await world.say(world.ana, "/hub")
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        member = await people.find_member(db, space.community_id, world.ana)
        assert member is not None
    chance, begun, told = random.Random(57), world.clock.now(), 0
    for day in range(7):
        await schedule.travel(
            world.app, world.clock, begun + timedelta(days=day, hours=chance.randrange(3, 9)), TELLING
        )
        async with world.app.db.write() as db:
            for _ in range(9 if day == 0 else 8):
                text, worth, told = f"matter {told}.", chance.choice(list(Worth)), told + 1
                due = world.clock.now() + timedelta(hours=chance.randrange(6))
                matter = Notice(member_id=member["id"], key=text, card=sentence(text), due=due, worth=worth)
                await notices.owe(db, world.app.ids, space.community_id, matter)
    await schedule.travel(world.app, world.clock, begun + timedelta(days=7), TELLING)
    assert len(world.slack.cards(world.ana.user)) == most
    async with world.app.db.read() as db:
        states = (await db.execute(sa.select(notice.c.state))).scalars().all()
    assert len(states) == 57
    assert "closed" not in states, "what was not sent is not lost: it waits on the page"


async def check_budget(guild: Guild) -> None:
    """At most two unasked messages arrived on any of a member's own days."""
    async with guild.world.app.db.read() as db:
        rows = (await db.execute(sa.select(notice.c.key, notice.c.asked))).all()
    asked = {row.key for row in rows if row.asked}
    zones = {caller.user: ZoneInfo(str(caller.zone)) for caller in guild.members.values()}
    unasked: Counter[tuple[str, date]] = Counter()
    for at, address, text in guild.slack.arrived:
        if text.partition("\n")[0] not in asked:
            unasked[address, at.astimezone(zones[address]).date()] += 1
    assert unasked, "nothing was told at all"
    # What waited for the platform to come back was spent from the day on which it was handed over.
    late = guild.slack.down[1]
    for (address, day), n in unasked.items():
        extra = BUDGET if late.astimezone(zones[address]).date() == day else 0
        assert n <= BUDGET + extra, f"{n} unasked messages to {address} on {day}"


async def check_reached(guild: Guild) -> None:
    """Nothing counts as having reached somebody before it arrived or was seen: no deadline ran unseen."""
    arrived = {text.partition("\n")[0]: at for at, _, text in reversed(guild.slack.arrived)}
    async with guild.world.app.db.read() as db:
        rows = (await db.execute(sa.select(notice.c.key, notice.c.reached_at))).all()
    for row in (row for row in rows if row.key.startswith("matter")):
        known = [at for at in (arrived.get(row.key), guild.seen.get(row.key)) if at is not None]
        assert row.reached_at == (min(known) if known else None), row.key
