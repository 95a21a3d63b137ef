"""Every due digest comes exactly once a local day, in any zone, over clock changes, crashes and two processes."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import outbox, people
from bot.cards import Paragraph
from bot.cli.wiring import FEATURES
from bot.commands import Commands
from bot.digests import own
from bot.digests.own import Plan
from bot.feature import Feature, OwnSection, Section
from bot.ids import RandomIds
from bot.notices import notice
from bot.setup import next_digest
from jobs import send_digests, send_own_digests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app import App
    from bot.feature import Edition, Issue
    from tests.conftest import World

ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Santiago",
    "Africa/Casablanca", "Pacific/Chatham", "UTC",
)  # fmt: skip
CHANGES = (date(2026, 10, 25), date(2026, 11, 1), date(2027, 3, 28), date(2027, 4, 4), date(2027, 3, 14))
CLOCKS = ("00:00", "01:30", "02:00", "02:15", "02:30", "03:00", "08:00", "23:59")
DAYS = 5
AT_MOST = timedelta(minutes=2)


class Crashed(Exception):
    """The process dies here."""


async def something_new(issue: Issue) -> Section:
    """Always something to say; one of three times the process dies while it is said."""
    if CHANCE.random() < 0.3:
        raise Crashed
    text = f"News of {issue.now}."
    return Section(text.removesuffix("."), (Paragraph((text,)),))


async def new_for_all(edition: Edition) -> Mapping[int, Section]:
    if CHANCE.random() < 0.3:
        raise Crashed
    text = f"News of {edition.now}."
    return {member_id: Section(text.removesuffix("."), (Paragraph((text,)),)) for member_id in edition.since}


CHANCE = random.Random()  # seeded by each test
NEWS = Feature("news", Commands(), (something_new,), own_sections=(OwnSection("news", "News", new_for_all),))


def is_usual(day: date, zone: ZoneInfo) -> bool:
    """Whether the clocks of a zone are not changed on or beside a day."""
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=zone) + timedelta(days=n) for n in (-1, 0, 1)]
    return len({noon.utcoffset() for noon in noons}) == 1


def check(sent: list[datetime], clock: str, zone_name: str, begun: datetime, ended: datetime) -> None:
    """Once on each local day whose time lies within the span, and on usual days at that time on its clock."""
    zone = ZoneInfo(zone_name)
    local = [at.astimezone(zone) for at in sent]
    days = [at.date() for at in local]
    assert len(days) == len(set(days)), f"twice on a day: {days} in {zone_name} at {clock}"
    first, last = begun.astimezone(zone).date() + timedelta(days=1), ended.astimezone(zone).date() - timedelta(days=1)
    wanted = {first + timedelta(days=n) for n in range((last - first).days + 1)}
    assert wanted <= set(days), f"left out: {wanted - set(days)} in {zone_name} at {clock}"
    for at in local:
        if is_usual(at.date(), zone):
            hour, minute = map(int, clock.split(":"))
            asked = at.replace(hour=hour, minute=minute, second=0, microsecond=0)
            assert timedelta(0) <= at - asked <= AT_MOST, f"{at} for {clock} in {zone_name}"


async def tick(apps: tuple[App, ...]) -> None:
    """Both processes look at the same moment; who crashes is started anew."""
    jobs = (send_digests.run, send_own_digests.run)
    await asyncio.gather(*(job(app) for app in apps for job in jobs))


async def next_due(world: World) -> datetime:
    due = await world.next_due(*send_digests.DUES, *send_own_digests.DUES)
    assert due is not None
    return due


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("seed", range(4))
async def test_every_due_digest_comes_exactly_once_a_local_day(world: World, seed: int) -> None:
    CHANCE.seed(seed)
    begun = datetime.combine(CHANCE.choice(CHANGES), datetime.min.time(), UTC) - timedelta(days=2, hours=5)
    world.clock.move(begun, back=True)
    await world.set_up()
    settings = world.app.settings.model_copy(
        update={
            "digest": world.app.settings.digest.model_copy(
                update={"days": tuple("mon tue wed thu fri sat sun".split())}
            )
        }
    )
    features = (*FEATURES, NEWS)
    apps = tuple(
        dataclasses.replace(world.app, features=features, settings=settings, ids=RandomIds()) for _ in range(2)
    )
    members, channel = await prepare(world, apps[0], settings)
    ended = begun + timedelta(days=DAYS)
    while (due := await next_due(world)) < ended:
        at = max(due, world.clock.now()) + timedelta(seconds=CHANCE.randrange(5))  # a tick is every five seconds
        world.clock.move(at)
        for _ in range(20):
            await tick(apps)
            if await next_due(world) > world.clock.now():
                break
            world.clock.move(world.clock.now() + timedelta(seconds=5))
    world.clock.move(ended)
    async with world.app.db.read() as db:
        for member_id, (clock, zone) in members.items():
            own_notices = sa.select(notice.c.due).where(notice.c.member_id == member_id)
            check(list((await db.execute(own_notices)).scalars()), clock, zone, begun, ended)
        posted = sa.select(outbox.message.c.due).where(outbox.message.c.key.like("digest:%"))
        check(list((await db.execute(posted)).scalars()), *channel, begun, ended)


async def prepare(world: World, app: App, settings: Any) -> tuple[dict[int, tuple[str, str]], tuple[str, str]]:
    """Some members in random zones with digests of their own at random times, and the community's."""
    members: dict[int, tuple[str, str]] = {}
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        here = space.community_id
        channel = (CHANCE.choice(CLOCKS), CHANCE.choice(ZONES))
        await people.change_community(db, here, digest_at=channel[0], zone=channel[1])
        community = await people.read_community(db, here)
        due = next_digest(community, settings, world.clock.now())
        await people.change_community(db, here, digest_due=due)
        for number in range(5):
            clock, zone = CHANCE.choice(CLOCKS), CHANCE.choice(ZONES)
            caller = dataclasses.replace(world.ana, user=f"U9{number}", name=f"M{number}", zone=zone)
            member_id = await people.welcome_member(db, app.ids, here, caller, world.clock.now())
            plan = Plan(member_id=member_id, how="daily", at=clock, since=world.clock.now())
            plan = dataclasses.replace(plan, due=plan.next_due(world.clock.now(), zone))
            await own.put(db, here, plan, zone)
            members[member_id] = (clock, zone)
    return members, channel
