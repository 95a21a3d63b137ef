"""Times that two have fixed stand in the calendar of each: moved, cancelled, as a file; and in nobody else's."""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from icalendar import Calendar

from bot import subscribing
from bot.cards import Button
from bot.commands import Reply
from bot.presses import press_id
from tests.fakes import button, controls, words
from tests.test_fixing import HOUR, introduced, one_engine, suggested
from tests.test_swaps import ANA, BEN, DAY, JONAS, KIM, ROUND, both_platforms, join, last, pass_time

if TYPE_CHECKING:
    from datetime import datetime

    from bot.cards import Card
    from bot.people import Caller
    from tests.conftest import World

HOST = "https://guild.example"


class Entry(NamedTuple):
    """What a calendar program reads of an event."""

    uid: str
    title: str
    start: datetime
    end: datetime
    sequence: int
    status: str


@pytest.fixture
async def guild(make_world: Any) -> World:
    """A community on both platforms, which can be reached under an address."""
    world: World = make_world(web__public_url=HOST)
    await world.set_up()
    await both_platforms(world)
    return world


async def subscribe(world: World, who: Caller, command: str = "calendar mine") -> str:
    """The secret of a calendar's address."""
    answer = await world.app.run_press(who, press_id(command))
    assert isinstance(answer, Reply)
    [secret] = re.findall(rf"{HOST}/calendar/([0-9a-f]+)\.ics", words(answer.card))
    return str(secret)


def entries(text: str) -> list[Entry]:
    """The events of a calendar file."""
    found: list[Any] = Calendar.from_ical(text).walk("VEVENT")
    return [
        Entry(
            str(one["UID"]),
            str(one["SUMMARY"]),
            one["DTSTART"].dt,
            one["DTEND"].dt,
            int(one["SEQUENCE"]),
            str(one["STATUS"]),
        )
        for one in found
    ]


async def read(world: World, secret: str) -> list[Entry]:
    """What stands in a calendar that is subscribed to."""
    async with world.app.db.read() as db:
        found = await subscribing.read(db, world.app.features, secret, world.clock.now())
    assert found is not None
    return entries(found.text)


async def fix(world: World, who: Caller, card: Card | None, number: int = 0) -> datetime:
    """Fix one of the times that suit both."""
    await world.press(who, "We've fixed a time", card)
    label, at = suggested(world.last)[number]
    assert "It is fixed" in await world.press(who, label)
    return at


async def test_a_time_stands_in_both_calendars_moves_and_is_cancelled(guild: World) -> None:
    anas, jonass, kims = [await subscribe(guild, who) for who in (ANA, JONAS, KIM)]
    ours = await subscribe(guild, guild.maria, "calendar ours")
    await introduced(guild)
    assert await read(guild, anas) == []  # no time yet
    at = await fix(guild, ANA, last(guild, ANA))
    fixed = guild.last
    assert fixed is not None
    [first] = await read(guild, anas)
    assert first[1:] == ("Vector databases, with Jonas", at, at + HOUR, 0, "CONFIRMED")
    assert await read(guild, jonass) == [first._replace(title="Vector databases, with Ana")]
    assert await read(guild, kims) == await read(guild, ours) == []

    assert "comes to you as a direct message" in await guild.press(ANA, "Add to calendar", fixed)
    assert "has an address already" in await guild.press(ANA, "Subscribe in my calendar")
    await guild.run_due()
    [file] = [one.details for one in guild.slack.shown.values() if one.verb == "file"]
    assert file is not None
    assert entries(b64decode(file["content"]).decode()) == [first]
    offered = button(fixed, "Add to calendar")
    stranger = await guild.app.run_press(KIM, press_id(offered.command, offered.arguments))
    assert isinstance(stranger, Reply)
    assert words(stranger.card).endswith("E-STALE")

    await join(guild, ANA, "", "pgvector")
    await guild.say(ANA, "/swap status")
    assert "What was agreed on goes on." in await guild.press(ANA, "Pause 2 weeks")
    assert await read(guild, anas) == [first]
    await guild.press(JONAS, "Another time", last(guild, JONAS))
    label, later = suggested(guild.last)[1]
    assert later != at
    await guild.press(JONAS, label)
    moved = first._replace(start=later, end=later + HOUR, sequence=1)
    assert await read(guild, anas) == [moved]
    assert await read(guild, jonass) == [moved._replace(title="Vector databases, with Ana")]

    await guild.press(JONAS, "Not a fit")
    off = moved._replace(sequence=2, status="CANCELLED")
    assert await read(guild, anas) == [off]
    assert await read(guild, jonass) == [off._replace(title="Vector databases, with Ana")]
    assert (await guild.press(ANA, "Add to calendar", fixed)).endswith("E-STALE")
    guild.clock.move(later + 32 * DAY)
    assert await read(guild, anas) == []


@one_engine
async def test_two_who_teach_each_other_have_one_entry_which_loses_the_name_of_who_is_forgotten(guild: World) -> None:
    await join(guild, ANA, "evals", "pgvector")
    await join(guild, BEN, "pgvector", "evals")
    await pass_time(guild, ROUND)
    for who in (ANA, BEN):
        await guild.press(who, "Yes, introduce us", last(guild, who))
    await guild.run_due()
    [thread] = [one.card for one in guild.slack.shown.values() if one.verb == "thread"]
    at = await fix(guild, BEN, thread)
    anas = await subscribe(guild, ANA)
    [both] = await read(guild, anas)
    skills = {"Vector databases", "AI evaluation and red teaming"}
    assert set(both.title.removesuffix(", with Ben").split(", ")) == skills
    assert both[2:] == (at, at + HOUR, 0, "CONFIRMED")

    await guild.say(ANA, "/swap status")
    assert guild.last is not None
    first, _ = [one for one in controls(guild.last) if isinstance(one, Button) and one.command == "swap failed"]
    await guild.app.run_press(ANA, press_id(first.command, first.arguments))
    [one] = await read(guild, anas)
    assert one.title.removesuffix(", with Ben") in skills
    assert one[0::2] == (both.uid, at, 1)
    assert one.status == "CONFIRMED"
    await guild.say(BEN, "/profile forget")
    await guild.press(BEN, "Forget me…")
    await guild.submit(BEN, word="forget")
    [left] = await read(guild, anas)
    gone = both.title.replace("Ben", "somebody who has left")
    assert left == both._replace(title=gone, sequence=2, status="CANCELLED")


@one_engine
async def test_an_hour_that_was_had_stays_and_one_that_was_had_before_its_time_goes(guild: World) -> None:
    await introduced(guild)
    anas = await subscribe(guild, ANA)
    at = await fix(guild, ANA, last(guild, ANA))
    await pass_time(guild, at + HOUR)
    await guild.press(ANA, "Yes", last(guild, ANA))
    [had] = await read(guild, anas)
    assert (had.start, had.status) == (at, "CONFIRMED")
    await join(guild, BEN, "RAG")
    await guild.say(ANA, "/swap find rag")
    await guild.press(ANA, "Ask")
    await guild.run_due()
    await guild.press(BEN, "Yes, introduce us", last(guild, BEN))
    await guild.say(ANA, "/swap status")
    await fix(guild, ANA, guild.last)
    assert [one.title for one in await read(guild, anas)][1:] == ["Retrieval-augmented generation, with Ben"]
    await guild.say(ANA, "/swap status")
    assert "Entered: 1 hour from Ben." in await guild.press(ANA, "We met")
    assert await read(guild, anas) == [had]
