"""Where members are: asked once by city, confirmed by the time there, also on journeys; typed times in commands."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import people, whereabouts
from bot.cards import sentence
from bot.commands import Commands, Read, Reply
from bot.feature import Feature
from bot.forms import ChoiceField
from bot.options import When  # noqa: TC001  a signature is read while running
from tests.conftest import MORNING
from tests.fakes import button

if TYPE_CHECKING:
    from tests.conftest import World

appointments = Commands()


@appointments.command("meetup plan")
async def plan(ask: Read, at: When) -> Reply:
    """Plan something at a time."""
    return Reply(sentence(f"{at:%Y-%m-%d %H:%M} UTC"))


@pytest.fixture
async def world(world: World) -> World:
    await world.set_up()
    world.app = dataclasses.replace(world.app, features=(*world.app.features, Feature("meetups", appointments)))
    async with world.app.db.write() as db:  # Discord joins the community, as a second space will
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        await people.add_space(
            db, world.app.ids, community_id=space.community_id, platform="discord", remote="G1", name="AI Guild"
        )
    return world


# --- typed times in a command ----------------------------------------------------------------------------------------


async def test_a_typed_time_is_read_in_the_askers_own_zone(world: World) -> None:
    assert await world.say(world.maria, "/meetup plan next tue 5pm") == "2026-11-24 16:00 UTC"  # Berlin
    assert await world.say(world.ana, "/meetup plan next tue 5pm") == "2026-11-24 17:00 UTC"  # Lisbon
    assert await world.say(world.ana, "/meetup plan next tue 5pm in Tokyo") == "2026-11-24 08:00 UTC"


async def test_what_can_mean_two_things_is_asked_back_in_words_that_can_be_typed(world: World) -> None:
    asked = await world.say(world.ana, "/meetup plan next friday 5pm")
    assert "Did you mean Fri 20 Nov 2026 17:00 or Fri 27 Nov 2026 17:00?" in asked
    assert "E-TIME" in asked
    assert await world.say(world.ana, "/meetup plan Fri 27 Nov 2026 17:00") == "2026-11-27 17:00 UTC"


async def test_what_is_over_says_so_with_the_next_such_time(world: World) -> None:
    refused = await world.say(world.ana, "/meetup plan today 5am")
    assert "That's in the past. Did you mean Thu 19 Nov 2026 5:00am?" in refused
    assert "E-PAST" in refused


async def test_a_clock_that_jumps_is_warned_of_and_the_exact_time_is_taken(world: World) -> None:
    gap = await world.say(world.maria, "/meetup plan 28 march 2027 2:30am")
    assert "Clocks in Europe/Berlin are put ahead over that time; 03:30 is meant." in gap
    assert "Write 2027-03-28T03:30+02:00 if that is right." in gap
    assert await world.say(world.maria, "/meetup plan 2027-03-28T03:30+02:00") == "2027-03-28 01:30 UTC"
    fold = await world.say(world.maria, "/meetup plan 31 oct 2027 2:30am")
    assert "Write 2027-10-31T02:30+02:00 if that is right." in fold


async def test_a_time_without_a_known_zone_is_not_taken_until_the_zone_is(world: World) -> None:
    asked = await world.say(world.jonas, "/meetup plan tomorrow 18:00")
    assert "Is 18:00 your time? I don't know your time zone yet." in asked
    assert "E-ZONE" in asked
    assert await world.say(world.jonas, "/meetup plan 24 nov 18:00 Berlin") == "2026-11-24 17:00 UTC"  # it says where
    assert await world.say(world.jonas, "/meetup plan in 3 hours") == "2026-11-18 09:00 UTC"  # the same everywhere

    await world.say(world.jonas, "/meetup plan tomorrow 18:00")
    assert await world.press(world.jonas, "Set it") == "form: Where are you?"
    shown = await world.submit(world.jonas, place="new york")
    assert "It is Wed 18 Nov, 01:00 there now. Is that what your clock shows?" in shown
    assert "Your times are in America/New_York from now on." in await world.press(world.jonas, "Yes, that's right")
    assert await world.say(world.jonas, "/meetup plan tomorrow 18:00") == "2026-11-19 23:00 UTC"


# --- zones -----------------------------------------------------------------------------------------------------------


async def test_hub_says_whose_zone_it_is_and_leads_to_changing_it(world: World) -> None:
    assert "the community's zone: I don't know yours yet." in await world.say(world.jonas, "/hub")
    await world.press(world.jonas, "Set my time zone")
    assert world.form is not None
    assert [field.value for field in world.form.fields] == ["", "", "", ""]
    assert "Times are shown in Europe/Lisbon." in await world.say(world.ana, "/hub")
    await world.press(world.ana, "Change my time zone")
    assert world.form.fields[0].value == "Europe/Lisbon"


async def test_a_place_that_is_none_or_several_is_said_beside_the_field(world: World) -> None:
    await world.say(world.ana, "/hub")
    await world.press(world.ana, "Change my time zone")
    await world.submit(world.ana, place="San Jose")
    assert "America/Los_Angeles or America/Costa_Rica" in world.wrong["place"]
    await world.submit(world.ana, place="Berln")
    assert "Did you mean Europe/Berlin?" in world.wrong["place"]
    await world.say(world.jonas, "/hub")  # a form on Discord cannot answer a form
    await world.press(world.jonas, "Set my time zone")
    assert "Did you mean Europe/Berlin?" in await world.submit(world.jonas, place="Berln")


async def test_who_only_knows_what_their_clock_shows_chooses_that(world: World) -> None:
    await world.say(world.jonas, "/hub")
    await world.press(world.jonas, "Set my time zone")
    assert world.form is not None
    [clock, *_] = world.form.fields
    assert isinstance(clock, ChoiceField)
    assert len(clock.options) == 25  # as many as a select holds, from west to east
    assert [option.label for option in clock.options][:2] == ["Tue 20:00, as in Honolulu", "Tue 21:00, as in Anchorage"]
    assert "Wed 07:00, as in Berlin" in {option.label for option in clock.options}
    assert "Choose what your clock shows" in await world.submit(world.jonas)
    await world.say(world.jonas, "/hub")
    await world.press(world.jonas, "Set my time zone")
    assert "It is Wed 18 Nov, 11:30 there now." in await world.submit(world.jonas, clock="Delhi")
    await world.press(world.jonas, "Yes, that's right")
    assert "Times are shown in Asia/Kolkata." in await world.say(world.jonas, "/hub")


async def test_another_place_than_the_confirmed_one(world: World) -> None:
    await world.say(world.jonas, "/hub")
    await world.press(world.jonas, "Set my time zone")
    await world.submit(world.jonas, place="Santiago")
    assert await world.press(world.jonas, "Another place") == "form: Where are you?"
    assert "I don't know yours yet." in await world.say(world.jonas, "/hub")  # nothing was kept


async def test_a_journey_counts_on_its_own_days_there(world: World) -> None:
    await world.say(world.ana, "/hub")
    await world.press(world.ana, "Change my time zone")
    shown = await world.submit(world.ana, place="Tokyo", first="1 Dec", last="10 Dec")
    assert "from Tue 1 Dec to Thu 10 Dec" in shown
    await world.press(world.ana, "Yes, that's right")

    async def zone(at: datetime) -> str | None:
        async with world.app.db.read() as db:
            member = await people.find_member(db, (await _community(world)), world.ana)
            assert member is not None
            return await whereabouts.zone_at(db, await _community(world), member["id"], at)

    first = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)  # 1 December, 00:00 in Tokyo
    after = datetime(2026, 12, 10, 15, 0, tzinfo=UTC)
    assert await zone(first - timedelta(seconds=1)) == "Europe/Lisbon"
    assert await zone(first) == "Asia/Tokyo"
    assert await zone(after - timedelta(seconds=1)) == "Asia/Tokyo"
    assert await zone(after) == "Europe/Lisbon"

    world.clock.move(first)
    assert "Times are shown in Asia/Tokyo." in await world.say(world.ana, "/hub")
    assert await world.say(world.ana, "/meetup plan tomorrow 9:00am") == "2026-12-02 00:00 UTC"


async def _community(world: World) -> int:
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
    assert space is not None
    return space.community_id


async def test_a_journey_replaces_those_it_overlaps_and_can_be_forgotten(world: World) -> None:
    async def announce(place: str, first: str, last: str) -> None:
        await world.say(world.ana, "/hub")
        await world.press(world.ana, "Change my time zone")
        await world.submit(world.ana, place=place, first=first, last=last)
        await world.press(world.ana, "Yes, that's right")

    await announce("Tokyo", "1 Dec", "10 Dec")
    await announce("Sydney", "5 Dec", "8 Dec")
    world.clock.move(datetime(2026, 12, 2, 12, 0, tzinfo=UTC))
    assert "Europe/Lisbon" in await world.say(world.ana, "/hub")  # Tokyo was planned otherwise
    world.clock.move(datetime(2026, 12, 5, 12, 0, tzinfo=UTC))
    assert "Australia/Sydney" in await world.say(world.ana, "/hub")
    await announce("Sydney", "5 Dec", "9 Dec")
    noted = world.last
    assert noted is not None
    assert await world.press(world.ana, "Forget this journey") == "That journey is forgotten."
    assert "E-DONE" in await world.press(world.ana, "Forget this journey", noted)
    assert "Europe/Lisbon" in await world.say(world.ana, "/hub")


@pytest.mark.parametrize(
    ("first", "last", "field", "wrong"),
    [
        ("1 Dec", "", "last", "write both or none"),
        ("", "1 Dec", "first", "write both or none"),
        ("10 Dec", "1 Dec", "last", "ends after it begins"),
        ("next friday", "1 Dec", "first", "as one day"),
        ("yesterday", "1 Dec", "first", "as one day"),
        ("1 Dec", "1 Dec 2029", "last", "within a year"),
    ],
)
async def test_days_of_a_journey_that_make_no_sense(
    world: World, first: str, last: str, field: str, wrong: str
) -> None:
    await world.say(world.ana, "/hub")
    await world.press(world.ana, "Change my time zone")
    await world.submit(world.ana, place="Tokyo", first=first, last=last)
    assert wrong in world.wrong[field]


async def test_the_button_survives_a_card_of_long_ago(world: World) -> None:
    await world.say(world.jonas, "/hub")
    card = world.last
    assert card is not None
    world.clock.move(MORNING + timedelta(days=90))
    assert button(card, "Set my time zone").command == "profile zone"
    assert await world.press(world.jonas, "Set my time zone", card) == "form: Where are you?"
