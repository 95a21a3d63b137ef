"""Series in the database: worked out ahead, kept at their local time when zone data change, and told once."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bot import calendar, occurrences, outbox, people, when
from bot.cards import sentence
from bot.commands import Commands
from bot.feature import Feature
from bot.series import AHEAD, Once, Series, Weekly
from jobs import plan_occurrences, send_digests
from tests.zone_files import replayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.occurrences import Moved
    from bot.ports import Ids
    from bot.settings import Settings
    from tests.conftest import World

DAY = timedelta(days=1)
VANCOUVER = "America/Vancouver"
"""Until a release of 2026 its clocks went back in November; since then it keeps summer time for good (UTC-7)."""


@pytest.fixture
def before(tmp_path: Path) -> Iterator[None]:
    """Zone data of 2025, until the test ends it (`when_replaced`)."""
    with replayed(tmp_path, VANCOUVER, "PST8PDT,M3.2.0,M11.1.0", -28800, "PST"):
        yield


def replace(monkeypatch: pytest.MonkeyPatch, release: str) -> None:
    """Install another release of the zone data under the running process: the package's own."""
    import zoneinfo

    zoneinfo.reset_tzpath(to=[])
    monkeypatch.setattr(when, "version", lambda _: release)


async def community_of(world: World) -> int:
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
    assert space is not None
    return space.community_id


async def add(world: World, plan: Series, zone: str = VANCOUVER) -> int:
    async with world.app.db.write() as db:
        return await occurrences.add(
            db, world.app.ids, await community_of(world), "circles", plan, zone, world.clock.now()
        )


async def to_come(world: World, series_id: int) -> Sequence[Any]:
    async with world.app.db.read() as db:
        return await occurrences.to_come(db, await community_of(world), series_id, world.clock.now())


async def test_occurrences_are_there_sixty_days_ahead_and_more_follow_as_time_goes(world: World) -> None:
    await world.set_up()
    series_id = await add(world, Series(datetime.fromisoformat("2026-11-24T18:00"), Weekly((1,))), "Europe/Berlin")
    assert [row["key"] for row in await to_come(world, series_id)][:2] == ["2026-11-24T18:00:00", "2026-12-01T18:00:00"]
    for _ in range(4):
        rows = await to_come(world, series_id)
        assert world.clock.now() + AHEAD - 7 * DAY <= rows[-1]["at"] <= world.clock.now() + AHEAD + DAY
        assert all(
            datetime.fromisoformat(b["key"]) - datetime.fromisoformat(a["key"]) == 7 * DAY for a, b in pairwise(rows)
        )
        await world.travel(world.clock.now() + 30 * DAY)


async def test_a_series_that_is_over_is_not_looked_at_any_more(world: World) -> None:
    await world.set_up()
    once = await add(world, Series(datetime.fromisoformat("2026-11-24T18:00"), Once()), "Europe/Berlin")
    assert len(await to_come(world, once)) == 1
    await world.run_due()
    assert await world.next_due(*plan_occurrences.DUES) is None
    await world.travel(world.clock.now() + 10 * DAY)
    assert await to_come(world, once) == []


@pytest.mark.usefixtures("before")
async def test_new_zone_data_keep_every_local_time_raise_the_sequence_and_people_are_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.set_up()
    told: list[Moved] = []

    async def tell(db: AsyncConnection, ids: Ids, settings: Settings, moved: Sequence[Moved], now: datetime) -> None:
        del settings
        told.extend(moved)
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        to = outbox.Address(space, "C-gigs")
        words = f"{len(moved)} meetups are an hour earlier for whoever is elsewhere."
        await outbox.queue(db, ids, to, sentence(words), key=f"moved:{moved[0].series_id}", due=now, promise=True)

    features = (*world.app.features, Feature("circles", Commands(), moved=tell))
    world.app = dataclasses.replace(world.app, features=features)
    series_id = await add(world, Series(datetime.fromisoformat("2026-11-24T18:00"), Weekly((1,))))
    berlin = await add(world, Series(datetime.fromisoformat("2026-11-24T18:00"), Weekly((1,))), "Europe/Berlin")
    old = await to_come(world, series_id)
    assert {row["at"].hour for row in old} == {2}  # 18:00 at UTC-8
    assert await plan_occurrences.run(world.app) > 0  # the community's digest gets its release
    assert told == []

    replace(monkeypatch, "2026.9")
    await world.run_due()
    await world.run_due()
    await world.travel(world.clock.now() + DAY)

    new = await to_come(world, series_id)
    zone = when.zone(VANCOUVER)
    assert [row["key"] for row in new[: len(old)]] == [row["key"] for row in old]
    for row in new:
        assert row["at"].astimezone(zone).replace(tzinfo=None).isoformat() == row["key"]  # 100 % keep their local time
        assert row["sequence"] == (1 if row["key"] in {o["key"] for o in old} else 0)
    assert {row["at"].hour for row in new} == {1}  # 18:00 at UTC-7
    assert [each.before - each.after for each in told] == [timedelta(hours=1)] * len(old)
    assert {each.series_id for each in told} == {series_id}
    assert {row["sequence"] for row in await to_come(world, berlin)} == {0}
    [message] = world.slack.cards("C-gigs")
    assert message.summary.startswith(f"{len(old)} meetups")
    uids = {calendar.uid(each.series_id, each.key) for each in told}
    assert len(uids) == len(old)  # the same entry in every calendar, with SEQUENCE 1


@pytest.mark.usefixtures("before")
async def test_a_digest_keeps_its_local_time_when_zone_data_change_and_comes_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.open_set_up(world.maria)
    await world.submit(world.maria, leads_channel="C-gigs", digest_at="08:00", zone=VANCOUVER)
    await world.run_due()
    assert await world.next_due(*send_digests.DUES) == datetime(2026, 11, 18, 16, 0, tzinfo=UTC)
    replace(monkeypatch, "2026.9")
    await world.run_due()
    assert await world.next_due(*send_digests.DUES) == datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


async def test_what_would_come_too_late_is_not_sent(world: World) -> None:
    """A reminder never comes after its event, however long the bot was away; what has no end is still sent."""
    await world.set_up()
    begins = world.clock.now() + timedelta(hours=1)
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        to = outbox.Address(space, "C-gigs")
        for key, until in (("reminder", begins), ("news", None)):
            due = begins - timedelta(minutes=10)
            await outbox.queue(db, world.app.ids, to, sentence(f"{key}."), key=key, due=due, until=until)
    world.clock.move(begins + timedelta(seconds=1))
    await world.run_due()
    assert [card.summary for card in world.slack.cards("C-gigs")] == ["news."]


async def test_up_to_its_end_a_late_message_is_sent(world: World) -> None:
    await world.set_up()
    begins = world.clock.now() + timedelta(hours=1)
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        to = outbox.Address(space, "C-gigs")
        await outbox.queue(
            db, world.app.ids, to, sentence("Soon."), key="reminder", due=begins - timedelta(minutes=10), until=begins
        )
    world.clock.move(begins)
    await world.run_due()
    assert [card.summary for card in world.slack.cards("C-gigs")] == ["Soon."]
