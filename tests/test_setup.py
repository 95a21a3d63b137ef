"""`/mod setup`: one form makes a community ready; later it holds its settings."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import people
from bot.forms import ChannelField
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import EVALS, JOB, RAG, rss

if TYPE_CHECKING:
    from tests.conftest import World

GIVEN = {"leads_channel": "C-gigs", "moderators_channel": "C-mods", "digest_at": "08:00", "zone": "Europe/Berlin"}
BOARD = "https://board.example/jobs.rss"


async def community(world: World) -> sa.RowMapping:
    async with world.app.db.read() as db:
        return (await db.execute(sa.select(people.community))).mappings().one()


async def space(world: World) -> people.Space:
    async with world.app.db.read() as db:
        found = await people.find_space(db, "slack", "T1")
    assert found is not None
    return found


async def test_the_first_set_up_makes_a_community(world: World) -> None:
    await world.open_set_up(world.maria)
    assert world.form is not None
    fields = {field.name: field for field in world.form.fields}
    assert isinstance(fields["leads_channel"], ChannelField)
    assert fields["digest_at"].value == "08:00"
    assert fields["zone"].value == "Europe/Berlin"  # as Slack knows it of Maria
    assert not fields["moderators_channel"].required

    said = await world.submit(world.maria, **GIVEN)

    assert "Guildhall is set up" in said
    assert "Next digest: 18 Nov 2026 07:00 UTC" in said  # today, 08:00 in Berlin
    assert "Time zone: Europe/Berlin" in said
    assert "[Add a feed]" in said
    assert "[Undo]" in said
    row = await community(world)
    assert (row["name"], row["zone"], row["digest_at"]) == ("AI Guild", "Europe/Berlin", "08:00")
    assert row["digest_due"] == datetime(2026, 11, 18, 7, tzinfo=UTC)
    here = await space(world)
    assert (here.leads_channel, here.moderators_channel) == ("C-gigs", "C-mods")


async def test_the_way_goes_on_to_the_first_feed(world: World) -> None:
    world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await world.set_up()
    assert await world.press(world.maria, "Add a feed") == "form: /feeds add"
    said = await world.submit(world.maria, url=BOARD, side="demand", destination="digest", include="")
    assert "Added: AI Jobs Board" in said


@pytest.mark.parametrize(
    ("zone", "digest_at", "beside"),
    [
        ("Berlin", "25:00", {"digest_at": "I can't read “25:00” as a time of day. Write hours and minutes"}),
        ("Bearlin", "08:00", {"zone": "I don't know a time zone called “Bearlin”. Did you mean Europe/Berlin"}),
        ("IST", "eight", {"zone": "“IST” is the time of more than one place.", "digest_at": "I can't read “eight”"}),
        ("", "08:00", {"zone": "Please fill in “zone”."}),
    ],
)
async def test_mistakes_are_said_beside_their_fields(
    world: World, zone: str, digest_at: str, beside: dict[str, str]
) -> None:
    await world.open_set_up(world.maria)
    await world.submit(world.maria, **{**GIVEN, "zone": zone, "digest_at": digest_at})
    assert set(world.wrong) == set(beside)
    for field, start in beside.items():
        assert world.wrong[field].startswith(start)
    assert (await space(world)).leads_channel is None  # nothing was kept


async def test_a_city_and_a_short_time_will_do(world: World) -> None:
    await world.open_set_up(world.maria)
    await world.submit(world.maria, **{**GIVEN, "zone": " lisbon ", "digest_at": "7:30"})
    row = await community(world)
    assert (row["zone"], row["digest_at"]) == ("Europe/Lisbon", "07:30")


async def test_running_it_again_shows_and_changes_the_settings(world: World) -> None:
    await world.set_up()
    await world.open_settings(world.marek)
    assert world.form is not None
    assert {field.name: field.value for field in world.form.fields} == {**GIVEN, "approval": "review"}
    await world.submit(
        world.marek, **{**GIVEN, "leads_channel": "C-new", "digest_at": "18:00", "moderators_channel": ""}
    )
    here = await space(world)
    assert (here.leads_channel, here.moderators_channel) == ("C-new", None)
    assert (await community(world))["digest_due"] == datetime(2026, 11, 18, 17, tzinfo=UTC)


async def test_undo_brings_the_settings_back(world: World) -> None:
    await world.set_up()
    await world.open_settings(world.maria)
    await world.submit(world.maria, **{**GIVEN, "leads_channel": "C-new", "digest_at": "18:00", "zone": "Tokyo"})
    assert "the settings are as they were before" in await world.press(world.maria, "Undo")
    row = await community(world)
    assert (row["zone"], row["digest_at"]) == ("Europe/Berlin", "08:00")
    assert row["digest_due"] == datetime(2026, 11, 18, 7, tzinfo=UTC)
    assert (await space(world)).leads_channel == "C-gigs"


async def test_undo_from_another_space_changes_the_space_it_was_said_in(world: World) -> None:
    await world.set_up()
    done = world.last
    async with world.app.db.write() as db:
        here = await people.find_space(db, "slack", "T1")
        assert here is not None
        ids = world.app.ids
        other = await people.add_space(
            db, ids, community_id=here.community_id, platform="discord", remote="G1", name="AI Guild"
        )
        await people.change_space(db, here.community_id, other, leads_channel="DC-gigs")
    from_discord = dataclasses.replace(world.jonas, role=world.maria.role)
    assert "Undone" in await world.press(from_discord, "Undo", done)
    assert (await space(world)).leads_channel is None
    async with world.app.db.read() as db:
        discord = await people.find_space(db, "discord", "G1")
    assert discord is not None
    assert discord.leads_channel == "DC-gigs"


async def test_what_the_operator_has_set_is_not_asked_and_wins(make_world: Any) -> None:
    world: World = make_world(digest__at="10:00", leads__approval="flagged")
    await world.open_set_up(world.maria)
    assert world.form is not None
    assert [field.name for field in world.form.fields] == ["leads_channel", "moderators_channel", "zone"]
    given = {name: value for name, value in GIVEN.items() if name != "digest_at"}
    assert "Guildhall is set up" in await world.submit(world.maria, **given)
    assert (await community(world))["digest_due"] == datetime(2026, 11, 18, 9, tzinfo=UTC)
    await world.submit(world.maria, **GIVEN, approval="auto")  # a form from before the operator set them
    row = await community(world)
    assert (row["digest_due"], row["approval"]) == (datetime(2026, 11, 18, 9, tzinfo=UTC), None)
    said = await world.say(world.maria, "/mod setup")
    assert "Daily digest at: 10:00 (set by the operator)" in said
    assert "Approval: What is sure is published by itself (set by the operator)" in said


async def test_the_digest_comes_at_the_time_that_was_set_up(make_world: Any) -> None:
    world: World = make_world(leads__approval="flagged")
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(RAG, JOB, EVALS, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD} include:3")
    await world.travel(MORNING + timedelta(minutes=59, seconds=59))
    assert world.slack.cards("C-gigs") == []
    await world.travel(MORNING + timedelta(hours=1))
    [card] = world.slack.cards("C-gigs")
    assert words(card).startswith("Daily digest · Wed 18 Nov")


async def test_zones_and_summer_time(world: World) -> None:
    await world.set_up()
    world.clock.move(datetime(2027, 3, 26, 12, tzinfo=UTC))  # a Friday; on Sunday summer time begins
    await world.open_settings(world.maria)
    said = await world.submit(world.maria, **GIVEN)
    assert "Next digest: 29 Mar 2027 06:00 UTC" in said  # Monday, 08:00 in summer time
