"""Meetups: planned, shown, answered, full, waited for, changed, cancelled, handed over; also across a clock change."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import people
from bot.availability import Window
from bot.members import store as members
from bot.people import Caller, Role
from bot.presses import press_id
from bot.reminders import ahead_words
from tests.conftest import MORNING
from tests.fakes import button, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.cards import Card
    from tests.conftest import World

HOUR = timedelta(hours=1)
START = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # Thursday 18:00 in Berlin


@pytest.fixture
async def guild(make_world: Any) -> World:
    world: World = make_world()
    await world.set_up()
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        ids = world.app.ids
        other = await people.add_space(
            db, ids, community_id=space.community_id, platform="discord", remote="G1", name="AI Guild"
        )
        await people.change_space(db, space.community_id, other, leads_channel="DC-gigs")
    for who in (world.ana, world.jonas):
        await world.say(who, "/hub")
    return world


async def plan(world: World, **more: str) -> str:
    """Maria plans a workshop for Thursday at 18:00 in Berlin, and publishes it."""
    assert (
        await world.say(world.maria, '/meetup create "Pricing AI projects" Thu 26 Nov 18:00') == "form: Plan a meetup"
    )
    values = {"title": "Pricing AI projects", "when": "Thu 26 Nov 18:00", "kind": "workshop", "minutes": "60"}
    shown = await world.submit(world.maria, **{**values, "place": "https://meet.example/room", **more})
    assert "Thu 26 Nov 2026 18:00 Europe/Berlin = 17:00 UTC" in shown
    done = await world.press(world.maria, "Publish")
    await world.run_due()
    return done


def posted(world: World) -> Card:
    return next(card for card in reversed(world.slack.cards("C-gigs")) if "Pricing AI projects" in card.summary)


def told(world: World, who: Caller) -> list[str]:
    platform = world.slack if who.platform == "slack" else world.discord
    return [words(card) for card in platform.cards(who.user)]


def mirrored(world: World) -> Mapping[str, Any]:
    """The one event that stands among the Discord server's own."""
    [event] = [sent for sent in world.discord.shown.values() if sent.verb == "event"]
    return event.details or {}


async def press(world: World, who: Caller, label: str) -> str:
    """Press a button of the card that stands in the channel."""
    return await world.press(who, label, posted(world))


async def test_a_meetup_is_planned_seen_before_it_is_published_and_stands_on_both_platforms(guild: World) -> None:
    assert "Published: Pricing AI projects." in await plan(guild, places="12", about="Fixed fees, and when not.")
    card = words(posted(guild))
    assert "Pricing AI projects (workshop)" in card
    assert "26 Nov 2026 17:00 UTC" in card
    assert "Going: 0 of 12" in card
    assert "online; those who go get the link" in card
    assert "meet.example" not in card
    assert words(guild.discord.cards("DC-gigs")[0]) == card
    assert mirrored(guild)["start"] == START.isoformat()

    said = await press(guild, guild.ana, "Going")
    assert "You're going." in said
    assert "https://meet.example/room" in said
    await guild.run_due()
    assert "Going: 1 of 12" in words(posted(guild))
    assert "Going: 1 of 12" in words(guild.discord.cards("DC-gigs")[0])
    assert "You're going." in await guild.say(guild.ana, "/meetup list mine:yes")
    assert "Your meetups" in await guild.say(guild.ana, "/hub")


async def test_a_space_that_is_set_up_later_gets_the_cards_of_what_is_to_come(guild: World) -> None:
    await plan(guild)
    async with guild.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        ids, own = guild.app.ids, space.community_id
        other = await people.add_space(db, ids, community_id=own, platform="slack", remote="T2", name="AI Guild")
        await people.change_space(db, own, other, leads_channel="C-munich")
    await guild.travel(MORNING + timedelta(days=1))
    [card] = guild.slack.cards("C-munich")
    assert "Pricing AI projects (workshop)" in words(card)


async def test_only_organisers_create_unless_the_operator_says_otherwise(guild: World, make_world: Any) -> None:
    assert "Only organisers can create meetups here." in await guild.say(guild.ana, "/meetup create")
    assert "made by an organiser" in await guild.say(guild.ana, "/meetup list")
    world: World = make_world(meetup__who_can_create="anyone")
    assert await world.say(world.ana, "/meetup create") == "form: Plan a meetup"


@pytest.mark.parametrize(
    "line", ["Pricing AI projects Thu 18:00", '"Pricing AI projects" Thu 18:00', '"Pricing AI projects" "Thu 18:00"']
)
async def test_a_typed_line_is_parted_where_its_time_begins(guild: World, line: str) -> None:
    await guild.say(guild.maria, f"/meetup create {line}")
    assert guild.form is not None
    assert [field.value for field in guild.form.fields[:2]] == ["Pricing AI projects", "Thu 18:00"]


async def test_what_is_wrong_in_the_form_is_said_beside_its_field(guild: World) -> None:
    await guild.say(guild.maria, "/meetup create")
    await guild.submit(guild.maria, title="x", when="yesterday 18:00", kind="talk", minutes="3", places="none")
    assert set(guild.wrong) == {"when", "minutes", "places"}
    assert "past" in guild.wrong["when"].lower()


async def test_two_places_and_three_people(guild: World) -> None:
    await plan(guild, places="2")
    lea = Caller("slack", "T1", "U5", "Lea", Role.MEMBER, "C-gigs", "AI Guild", "Europe/Berlin")
    await press(guild, guild.ana, "Going")
    await press(guild, guild.jonas, "Going")
    await guild.run_due()
    said = await press(guild, lea, "Join waitlist")
    assert "All 2 places are taken. You're number 1 on the waitlist." in said
    await guild.run_due()
    assert "Going: 2 of 2, 1 on the waitlist" in words(posted(guild))

    assert "Your place is free for somebody else." in await press(guild, guild.ana, "Can't")
    await guild.run_due()
    [offer] = told(guild, lea)
    assert "A place opened for you" in offer
    assert "You're number 1 on the waitlist" in await press(guild, guild.ana, "Join waitlist")  # nobody passes the line
    card = guild.slack.cards("U5")[0]
    assert "The place is yours." in await guild.press(lea, "Take it", card)
    assert "already" in await guild.press(lea, "Take it", card)  # a second press changes nothing
    await guild.run_due()
    assert "Going: 2 of 2, 1 on the waitlist" in words(posted(guild))
    assert "You took the place" in told(guild, lea)[0]


async def test_an_offer_that_nobody_takes_goes_on_and_quiet_hours_do_not_count(guild: World) -> None:
    await plan(guild, places="1")
    lea = Caller("slack", "T1", "U5", "Lea", Role.MEMBER, "C-gigs", "AI Guild", "Europe/Berlin")
    await press(guild, guild.jonas, "Going")
    await guild.run_due()
    await press(guild, guild.ana, "Join waitlist")  # in Lisbon
    await guild.travel(guild.clock.now() + HOUR)
    await press(guild, lea, "Join waitlist")
    await guild.travel(datetime(2026, 11, 18, 21, 0, tzinfo=UTC))  # an hour before her night
    await press(guild, guild.jonas, "Can't")
    await guild.run_due()
    assert "A place opened for you" in told(guild, guild.ana)[-1]
    await guild.travel(datetime(2026, 11, 19, 9, 59, tzinfo=UTC))  # 22:00-07:00 did not count: one hour and three
    assert told(guild, lea) == []
    await guild.travel(datetime(2026, 11, 19, 10, 5, tzinfo=UTC))
    assert "went on" in told(guild, guild.ana)[-1]
    assert "A place opened for you" in told(guild, lea)[-1]
    late = guild.slack.cards("U2")[-1]
    assert "[Take it]" not in words(late)


async def test_who_could_not_be_reached_loses_no_deadline_and_no_place_stays_idle(guild: World) -> None:
    await plan(guild, places="1")
    lea = Caller("slack", "T1", "U5", "Lea", Role.MEMBER, "C-gigs", "AI Guild", "Europe/Berlin")
    await press(guild, guild.jonas, "Going")
    await guild.run_due()
    await press(guild, guild.ana, "Join waitlist")
    await press(guild, lea, "Join waitlist")
    async with guild.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        ana = await people.find_member(db, space.community_id, guild.ana)
        assert ana is not None
        await members.change_profile(db, space.community_id, ana["id"], messages=False)
    await press(guild, guild.jonas, "Can't")
    await guild.travel(guild.clock.now() + 3 * HOUR)
    assert told(guild, guild.ana) == []
    await guild.travel(guild.clock.now() + 2 * HOUR)  # nobody saw it for four hours, and somebody else waits
    assert "A place opened for you" in told(guild, lea)[-1]
    assert "You're number 1 on the waitlist." in await guild.say(guild.ana, "/meetup list")


async def test_in_the_last_hour_the_first_who_presses_has_the_place(guild: World) -> None:
    await plan(guild, places="1")
    lea = Caller("slack", "T1", "U5", "Lea", Role.MEMBER, "C-gigs", "AI Guild", "Europe/Berlin")
    await press(guild, guild.jonas, "Going")
    await guild.run_due()
    for who in (guild.ana, lea):
        await press(guild, who, "Join waitlist")
    await guild.travel(START - HOUR / 2)
    await press(guild, guild.jonas, "Can't")
    await guild.run_due()
    cards = {who.user: guild.slack.cards(who.user)[-1] for who in (guild.ana, lea)}
    assert all("the first who takes it has it" in words(card) for card in cards.values())
    assert "The place is yours." in await guild.press(lea, "Take it", cards["U5"])
    assert "Somebody else was faster" in await guild.press(guild.ana, "Take it", cards["U2"])


async def test_reminders_come_a_day_and_ten_minutes_before_each_can_be_switched_off(guild: World) -> None:
    await plan(guild)
    await press(guild, guild.ana, "Going")
    await press(guild, guild.jonas, "Going")
    await guild.press(guild.jonas, "Reminders")
    await guild.press(guild.jonas, "Don't remind me a day before")
    await guild.travel(START - 24 * HOUR)
    assert len(told(guild, guild.ana)) == 1
    assert told(guild, guild.jonas) == []
    await guild.travel(START - timedelta(minutes=11))
    assert len(told(guild, guild.ana)) == 1
    await guild.travel(START - timedelta(minutes=10))
    assert len(told(guild, guild.ana)) == 2
    assert "Where: https://meet.example/room" in told(guild, guild.ana)[-1]
    assert len(told(guild, guild.jonas)) == 1


async def test_a_change_is_told_with_what_changed_and_reminders_follow(guild: World) -> None:
    await plan(guild, places="2")
    await press(guild, guild.ana, "Going")
    await guild.say(guild.maria, "/meetup manage Pricing")
    assert await guild.press(guild.maria, "Change") == "form: Change a meetup"
    assert guild.form is not None
    values = {field.name: field.value for field in guild.form.fields}
    assert values["when"] == "2026-11-26 18:00"
    done = await guild.submit(guild.maria, **{**values, "when": "Fri 27 Nov 19:00", "places": "1"})
    assert "Changed, and those who go are told." in done
    await guild.run_due()
    assert "27 Nov 2026 18:00 UTC" in words(posted(guild))
    assert "27 Nov 2026 18:00 UTC" in told(guild, guild.ana)[-1]
    assert mirrored(guild)["start"] == (START + timedelta(hours=25)).isoformat()
    before = len(told(guild, guild.ana))
    await guild.travel(START)
    assert len(told(guild, guild.ana)) == before  # nothing of the old time
    await guild.travel(datetime(2026, 11, 26, 18, 0, tzinfo=UTC))
    assert len(told(guild, guild.ana)) == before + 1


async def test_a_cancelled_meetup_is_told_to_everybody_and_struck_where_it_stands(guild: World) -> None:
    await plan(guild)
    await press(guild, guild.ana, "Going")
    await press(guild, guild.jonas, "Maybe")
    old = posted(guild)
    await guild.say(guild.maria, "/meetup manage Pricing")
    await guild.press(guild.maria, "Cancel and tell everyone")
    assert "2 messages sent" in await guild.press(guild.maria, "Cancel it and tell everyone")
    await guild.run_due()
    assert "Cancelled by Maria." in words(posted(guild))
    assert mirrored(guild)["cancelled"]
    assert all("Maria cancelled it." in told(guild, who)[-1] for who in (guild.ana, guild.jonas))
    assert "This card is out of date: Maria cancelled it." in await guild.press(guild.ana, "Going", old)
    await guild.travel(START + 3 * HOUR)
    assert len(told(guild, guild.ana)) == 1


async def test_only_the_host_and_moderators_manage_and_see_who_comes(guild: World) -> None:
    await plan(guild)
    await press(guild, guild.ana, "Going")
    assert "no meetup" in (await guild.say(guild.ana, "/meetup manage")).lower()
    shown = await guild.say(guild.maria, "/meetup manage Pricing")
    assert "Who: Ana" in shown
    manage = button(guild.last, "Change") if guild.last else None
    assert manage is not None
    said = await guild.app.run_press(guild.ana, press_id("meetup cancel", manage.arguments))
    assert "E-NOPERM" in words(said.card)  # type: ignore[union-attr]
    assert "Ana" not in await guild.say(guild.jonas, "/meetup list")

    await guild.say(guild.maria, "/meetup manage Pricing")
    assert await guild.press(guild.maria, "Hand over") == "form: Hand over"
    assert "Ana hosts" in await guild.submit(guild.maria, host="Ana")
    assert "Who: Ana" in await guild.say(guild.ana, "/meetup manage Pricing")
    await guild.run_due()
    assert "Host: Ana" in words(posted(guild))


async def test_afterwards_who_came_is_marked_and_asked_once(guild: World) -> None:
    await plan(guild)
    await press(guild, guild.ana, "Going")
    await guild.travel(START + 2 * HOUR)
    assert "How was “Pricing AI projects”?" in told(guild, guild.ana)[-1]
    assert "Thank you" in await guild.press(guild.ana, "Worth it", guild.slack.cards("U2")[-1])
    await guild.travel(START + 3 * HOUR)
    assert sum("How was" in text for text in told(guild, guild.ana)) == 0
    assert "is over" in await press(guild, guild.ana, "Going")


async def test_a_series_stays_at_its_local_time_across_a_clock_change(make_world: Any) -> None:
    world: World = make_world()
    world.clock.move(datetime(2026, 10, 14, 6, 0, tzinfo=UTC), back=True)
    await world.set_up()
    await world.say(world.maria, "/meetup create")
    values = {"title": "Eval clinic", "when": "Thu 15 Oct 18:00", "kind": "circle", "minutes": "60", "repeat": "weekly"}
    shown = await world.submit(world.maria, **values)
    assert "18:00 Europe/Berlin = 16:00 UTC" in shown
    assert "Clocks change: it stays at 18:00 in Europe/Berlin" in shown
    await world.press(world.maria, "Publish")
    await world.travel(datetime(2026, 11, 5, 18, 0, tzinfo=UTC))
    stood = [words(card) for card in world.slack.cards("C-gigs") if card.summary.startswith("A meetup:")]
    times = ["15 Oct 2026 16:00", "22 Oct 2026 16:00", "29 Oct 2026 17:00", "05 Nov 2026 17:00", "12 Nov 2026 17:00"]
    assert [next(time for time in times if time in card) for card in stood] == times


async def say_hours(world: World, who: Caller, *windows: Window, zone: str) -> None:
    async with world.app.db.write() as db:
        space = await people.find_space(db, who.platform, who.space)
        assert space is not None
        member = await people.find_member(db, space.community_id, who)
        assert member is not None
        await db.execute(sa.update(people.member).where(people.member.c.id == member["id"]).values(zone=zone))
        await members.change_profile(db, space.community_id, member["id"], windows=windows)


async def test_an_hour_goes_around_the_world_and_says_whom_it_reaches(guild: World) -> None:
    await say_hours(guild, guild.ana, Window(1, time(18), time(20)), zone="Europe/Lisbon")  # Tuesday 19:00 in Berlin
    await say_hours(guild, guild.jonas, Window(2, time(18), time(20)), zone="Asia/Tokyo")  # Wednesday 10:00 in Berlin
    await guild.say(guild.maria, "/meetup create")
    values = {"title": "World clinic", "when": "Thu 19 Nov 18:00", "kind": "circle", "minutes": "60"}
    await guild.submit(guild.maria, **values, repeat="rotating")
    preview = guild.last
    shown = await guild.press(guild.maria, "Choose the hours")
    times = ["Thu 19 Nov 18:00", "Tue 24 Nov 19:00", "Wed 2 Dec 10:00", "Tue 8 Dec 19:00", "Wed 16 Dec 10:00"]
    assert [f"{at}: {n} of 3 have time" in shown for at, n in zip(times, (1, 2, 2, 2, 2), strict=True)] == [True] * 5
    assert "So 3 of 3 have time at least once in 6 weeks" in shown
    assert "Always Thu 18:00: 1 of 3" in shown
    assert "Always Tue 19:00: 2 of 3" in shown
    choices = guild.last
    assert "It is planned 9 times" in await guild.press(guild.maria, "Publish")
    listed = await guild.say(guild.ana, "/meetup list") + await guild.press(guild.ana, "Next")
    for begins in ("24 Nov 2026 18:00 UTC", "02 Dec 2026 09:00 UTC", "31 Dec 2026 17:00 UTC", "05 Jan 2027 18:00 UTC"):
        assert begins in listed
    assert "is published already" in await guild.press(guild.maria, "Always Tue 19:00", choices)
    await guild.press(guild.maria, "Edit", choices)
    await guild.submit(guild.maria, **{**values, "title": "Tuesday clinic"}, repeat="rotating")
    await guild.press(guild.maria, "Choose the hours")
    assert "Published: Tuesday clinic." in await guild.press(guild.maria, "Always Tue 19:00")
    assert "Tuesday clinic" in await guild.say(guild.ana, "/meetup list")

    await say_hours(guild, guild.maria, Window(0, time(9), time(9, 30)), zone="Europe/Berlin")
    assert "You have no hour a week that is long enough" in await guild.press(guild.maria, "Choose the hours", preview)


def _standing(said: str) -> str:
    """What somebody is told of where they stand: that they go, or their number on the waitlist."""
    return said.split("number ")[1].split(" ", maxsplit=1)[0] if "number " in said else "going"


async def test_two_presses_publish_once(guild: World) -> None:
    await guild.say(guild.maria, "/meetup create")
    await guild.submit(guild.maria, title="Pricing AI projects", when="Thu 26 Nov 18:00", kind="talk", minutes="60")
    preview = guild.last
    assert "Published" in await guild.press(guild.maria, "Publish", preview)
    assert "“Pricing AI projects” is published already." in await guild.press(guild.maria, "Publish", preview)
    assert "1 meetup to come." in (
        guild.last.summary if await guild.say(guild.ana, "/meetup list") and guild.last else ""
    )


def test_only_reminders_that_are_to_come_are_promised() -> None:
    assert ahead_words(START, START - timedelta(hours=25)) == "a day and ten minutes before"
    assert ahead_words(START, START - timedelta(hours=24)) == "ten minutes before"
    assert ahead_words(START, START - timedelta(minutes=10)) == "no more, for it begins at once"


async def test_what_is_too_long_is_said_beside_its_field(guild: World) -> None:
    await guild.say(guild.maria, "/meetup create")
    values = {"when": "Thu 26 Nov 18:00", "kind": "talk", "minutes": "60"}
    said = await guild.submit(guild.maria, title="x" * 10_000, about="y" * 1501, **values)
    assert set(guild.wrong) == {"title", "about"}
    assert "At most 100 characters, please: these are 10000." in said
    await plan(guild)
    await guild.say(guild.maria, "/meetup manage Pricing")
    await guild.press(guild.maria, "Change")
    await guild.submit(guild.maria, title="x" * 10_000, when="Thu 26 Nov 18:00")
    assert set(guild.wrong) == {"title"}


async def test_a_day_too_far_ahead_is_said_beside_its_field(guild: World) -> None:
    await guild.say(guild.maria, "/meetup create")
    await guild.submit(guild.maria, title="x", when="1 Mar 2027 18:00", kind="talk", minutes="60")
    assert guild.wrong == {"when": "That is too far ahead: choose a day within the next 60 days."}


async def test_a_hundred_presses_at_once_fill_ten_places_and_ninety_wait_in_order(guild: World) -> None:
    await plan(guild, places="10")
    crowd = [
        Caller("slack" if n % 2 else "discord", "T1" if n % 2 else "G1", f"X{n}", f"Member {n}", Role.MEMBER)
        for n in range(100)
    ]
    for who in crowd:
        await guild.app.run_line(who, "/meetup list")
    going = button(posted(guild), "Going")
    identifier = press_id(going.command, going.arguments)
    answers = await asyncio.gather(*(guild.app.run_press(who, identifier) for who in crowd))
    texts = [words(answer.card) for answer in answers]  # type: ignore[union-attr]
    assert sum("You're going." in text for text in texts) == 10
    numbers = sorted(int(text.split("number ")[1].split(" ")[0]) for text in texts if "number " in text)
    assert numbers == list(range(1, 91))
    again = await asyncio.gather(*(guild.app.run_press(who, identifier) for who in crowd))  # everybody a second time
    assert [_standing(words(answer.card)) for answer in again] == list(map(_standing, texts))  # type: ignore[union-attr]
    await guild.run_due()
    assert "Going: 10 of 10, 90 on the waitlist" in words(posted(guild))
