"""Mentoring: hours offered, asked for, booked, moved, cancelled, reminded of and thanked for; two who press at once."""

from __future__ import annotations

import asyncio
import dataclasses
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import outbox, people, when
from bot.cards import Button
from bot.commands import Reply, Update
from bot.feature import Merging, Whose
from bot.members import store as members
from bot.mentoring import store, tables
from bot.mentoring.feature import feature as mentoring
from bot.notices import notice
from bot.people import Caller, Role
from bot.presses import press_id
from tests.fakes import controls, words
from tests.zone_files import replayed

if TYPE_CHECKING:
    from pathlib import Path

    from bot.cards import Card
    from tests.conftest import World

HOUR = timedelta(hours=1)
THURSDAY = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # 18:00 in Berlin, Maria's zone
LEA = Caller("slack", "T1", "U5", "Lea", Role.MEMBER, "C-gigs", "AI Guild", "Europe/Berlin")
OFFER = {"topics": "RAG, evals", "hours": "Mon 18:00-20:00, Thu 18-20", "minutes": "45", "weekly": "2"}
OFFER |= {"monthly": "8", "places": "1", "named": "yes", "place": "https://meet.example/maria", "calendar": ""}


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
    for who in (world.ana, world.jonas, LEA):
        await world.say(who, "/hub")
    return world


async def member_of(world: World, who: Caller) -> tuple[int, int]:
    async with world.app.db.read() as db:
        space = await people.find_space(db, who.platform, who.space)
        assert space is not None
        row = await people.find_member(db, space.community_id, who)
        assert row is not None
        return space.community_id, row["id"]


async def change(world: World, who: Caller, **values: Any) -> None:
    community_id, member_id = await member_of(world, who)
    async with world.app.db.write() as db:
        await members.change_profile(db, community_id, member_id, **values)


async def offer(world: World, who: Caller, **more: str) -> str:
    assert await world.say(who, "/mentor offer") == "form: Offer hours"
    return await world.submit(who, **{**OFFER, **more})


async def ask(world: World, who: Caller, topic: str = "RAG", **more: str) -> str:
    assert await world.say(who, f"/mentor ask {topic}") == "form: Ask a mentor"
    return await world.submit(who, **{"topic": topic, "goal": "Better answers", "level": "some", "times": "", **more})


def told(world: World, who: Caller) -> list[str]:
    platform = world.slack if who.platform == "slack" else world.discord
    return [words(card) for card in platform.cards(who.user)]


def labels(card: Card | None) -> list[str]:
    assert card is not None
    return [control.label for control in controls(card)]


async def test_an_hour_is_offered_asked_for_booked_reminded_of_and_thanked_for(guild: World) -> None:
    said = await offer(guild, guild.maria)
    assert "Topics: Retrieval-augmented generation, AI evaluation and red teaming" in said
    assert "Hours: Mon, Thu 18:00-20:00 in Europe/Berlin" in said

    said = await ask(guild, guild.ana)  # in Lisbon, an hour behind
    assert "1 mentor with time for Retrieval-augmented generation." in said
    assert "Maria" in said
    assert labels(guild.last)[:3] == ["Book Thu 19 Nov 17:00", "Book Mon 23 Nov 17:00", "Book Thu 26 Nov 17:00"]
    said = await guild.press(guild.ana, "Book Thu 19 Nov 17:00")
    assert "It's booked." in said
    assert "19 Nov 2026 17:00 UTC" in said
    assert "Where: https://meet.example/maria" in said
    await guild.run_due()
    [booked] = told(guild, guild.maria)
    assert "Ana booked an hour with you." in booked
    assert "Goal: Better answers" in booked
    assert "Your mentoring hours" in await guild.say(guild.ana, "/hub")

    await guild.travel(THURSDAY - 24 * HOUR)
    assert "A reminder." in told(guild, guild.ana)[-1]
    await guild.travel(THURSDAY - timedelta(minutes=11))
    assert len(told(guild, guild.ana)) == 1
    await guild.travel(THURSDAY - timedelta(minutes=10))
    assert len(told(guild, guild.ana)) == 2
    assert len(told(guild, guild.maria)) == 3

    assert "You come to it." in await guild.say(guild.ana, "/mentor sessions")
    await guild.press(guild.ana, "Notes link")
    assert "all who meet see it" in await guild.submit(guild.ana, link="https://notes.example/1")
    assert "Notes: https://notes.example/1" in await guild.say(guild.maria, "/mentor sessions")

    await guild.travel(THURSDAY + 2 * HOUR)
    assert "Did you two meet?" in told(guild, guild.ana)[-1]
    assert "Noted: you met." in await guild.press(guild.ana, "Yes", guild.slack.cards("U2")[-1])
    assert "passed on" in await guild.press(guild.ana, "Say thanks")
    assert "Noted: you met." in await guild.press(guild.maria, "Yes", guild.slack.cards("U1")[-1])
    await guild.travel(THURSDAY + 20 * HOUR)
    assert "Ana thanks you for the hour" in told(guild, guild.maria)[-1]
    assert sum("Did you" in text for text in told(guild, guild.ana)) == 0  # asked once, answered
    assert "thanked" not in await ask(guild, LEA)
    await change(guild, guild.maria, counts_thanks=True)
    assert "thanked by 1 guest" in await ask(guild, LEA)
    assert "Thanked: 1 time" in await guild.say(LEA, "/profile view Maria")
    assert "You said thanks." in await guild.say(guild.ana, "/mentor sessions")


async def test_what_is_wrong_is_said_beside_its_field(guild: World) -> None:
    await offer(guild, guild.maria, topics="RAG, baking", hours="Someday 9-10", weekly="0", places="many")
    assert set(guild.wrong) == {"topics", "hours", "weekly", "places"}
    assert "“baking”" in guild.wrong["topics"]
    assert "E-ZONE" in await guild.say(guild.jonas, "/mentor offer")  # Discord tells no zone
    await offer(guild, guild.maria, calendar="https://calendar.example/none.ics")
    assert "There is nothing at https://calendar.example/none.ics" in guild.wrong["calendar"]
    await ask(guild, guild.ana, "baking", times="whenever")
    assert set(guild.wrong) == {"topic", "times"}


async def test_nobody_fits_says_why_and_what_to_do(guild: World) -> None:
    said = await ask(guild, guild.ana)
    assert "Nobody offers an hour on Retrieval-augmented generation here yet." in said
    assert "[Offer hours]" in said
    await offer(guild, guild.maria)
    said = await ask(guild, guild.ana, times="Sat 9-12")
    assert "1 mentor helps with it, but none has a free hour in your times" in said
    assert "Maria: Mon, Thu 18:00-20:00 (Europe/Berlin)" in said
    assert await guild.press(guild.ana, "Other times") == "form: Ask a mentor"
    assert "1 mentor with time" in await guild.submit(guild.ana, topic="RAG", goal="", level="some", times="Mon 16-22")
    assert labels(guild.last)[0] == "Book Mon 23 Nov 17:00"
    said = await ask(guild, guild.ana, "pgvector")
    assert "What is offered: " in said

    await guild.say(guild.maria, "/mentor sessions")
    await guild.press(guild.maria, "Pause a month")
    assert "Nobody offers" in await ask(guild, guild.ana)
    await guild.press(guild.maria, "Go on now", guild.last) if "Go on now" in labels(guild.last) else None
    await guild.say(guild.maria, "/mentor sessions")
    await guild.press(guild.maria, "Go on now")
    assert "1 mentor with time" in await ask(guild, guild.ana)
    await guild.say(guild.maria, "/mentor sessions")
    assert "You offer no hours any more." in await guild.press(guild.maria, "Stop offering")


async def test_who_must_not_meet_is_not_suggested_and_who_is_not_listed_not_named(guild: World) -> None:
    await offer(guild, guild.maria)
    await change(guild, guild.maria, crosses=False)
    assert "Nobody offers" in await ask(guild, guild.jonas)
    await change(guild, guild.maria, crosses=True, listed=False)
    said = await ask(guild, guild.jonas)
    assert "Maria" not in said
    assert "[Ask all matching mentors quietly]" in said
    community_id, maria = await member_of(guild, guild.maria)
    _, jonas = await member_of(guild, guild.jonas)
    async with guild.app.db.write() as db:
        await members.set_block(db, community_id, maria, jonas, guild.clock.now())
    assert "Nobody offers" in await ask(guild, guild.jonas)


async def test_who_is_new_looks_around_and_books_later(guild: World) -> None:
    await offer(guild, guild.maria)
    guild.clock.move(guild.clock.now() + timedelta(days=8))  # in a community's first week nobody is new
    zoe = dataclasses.replace(LEA, user="U8", name="Zoe")
    assert "1 mentor with time" in await ask(guild, zoe)
    shown = guild.last
    for label in (labels(shown)[0], "Ask all matching mentors quietly"):
        refused = await guild.press(zoe, label, shown)
        assert "E-NEWMEMBER" in refused
        assert "from Thu 3 Dec on" in refused
    guild.clock.move(guild.clock.now() + timedelta(days=7))
    await ask(guild, zoe)
    assert "It's booked." in await guild.press(zoe, labels(guild.last)[0])


async def test_two_press_the_same_time_at_once_and_one_books(guild: World) -> None:
    await offer(guild, guild.maria)
    identifiers = {}
    for who in (guild.ana, guild.jonas, LEA):
        await ask(guild, who)
        assert guild.last is not None
        found = next(one for one in controls(guild.last) if one.label.startswith("Book Thu 19 Nov"))
        identifiers[who] = press_id(found.command, found.arguments)  # type: ignore[union-attr]
    answers = await asyncio.gather(*(guild.app.run_press(who, press) for who, press in identifiers.items()))
    texts = [words(answer.card) for answer in answers if isinstance(answer, Reply | Update)]
    assert sum("It's booked." in text for text in texts) == 1
    lost = [text for text in texts if "E-DONE" in text]
    assert len(lost) == 2
    assert all("Somebody else was faster." in text and "[Book Thu 19 Nov" in text for text in lost)  # 19:00 is free


async def test_moving_and_cancelling_is_told_and_reminders_follow(guild: World) -> None:
    await offer(guild, guild.maria)
    await ask(guild, guild.ana)
    await guild.press(guild.ana, "Book Mon 23 Nov 17:00")
    booked = guild.last
    await guild.press(guild.ana, "Add to calendar", booked)
    await guild.run_due()
    [file] = [sent for sent in guild.slack.shown.values() if sent.verb == "file"]
    assert file.details is not None
    await guild.say(guild.maria, "/mentor sessions")
    assert "Another time?" in await guild.press(guild.maria, "Move")
    assert labels(guild.last)[0] == "Thu 19 Nov 18:00"
    moving = guild.last
    assert "Moved, and the others are told." in await guild.press(guild.maria, "Thu 19 Nov 18:00", moving)
    assert "It is at that time already." in await guild.press(guild.maria, "Thu 19 Nov 18:00", moving)
    await guild.run_due()
    assert "Maria moved it." in told(guild, guild.ana)[-1]
    assert "19 Nov 2026 17:00 UTC" in told(guild, guild.ana)[-1]
    await guild.travel(THURSDAY - 23 * HOUR)
    assert "A reminder." in told(guild, guild.ana)[-1]

    await guild.press(guild.ana, "Cancel", booked)
    assert "Cancelled; 1 member is told" in await guild.press(guild.ana, "Cancel it")
    await guild.run_due()
    assert "Ana can't come." in told(guild, guild.maria)[-1]
    count = len(told(guild, guild.ana))
    await guild.travel(THURSDAY + 3 * HOUR)
    assert len(told(guild, guild.ana)) == count  # no reminder, no question
    assert "That hour is over, or cancelled." in await guild.press(guild.ana, "Move", booked)
    assert "That hour is over, or cancelled." in await guild.press(LEA, "Cancel", booked)


VANCOUVER = "America/Vancouver"
"""Until a release of 2026 its clocks went back in November; since then it keeps summer time for good (UTC-7)."""


async def test_new_zone_data_keep_an_hour_at_its_time_on_the_mentors_clock_and_all_are_told_once(
    guild: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = dataclasses.replace(LEA, user="U6", name="Mia", zone=VANCOUVER)
    with replayed(tmp_path, VANCOUVER, "PST8PDT,M3.2.0,M11.1.0", -28800, "PST"):
        await offer(guild, mia, hours="Thu, Fri 9-10", minutes="60")
        for day in ("Thu 19", "Fri 20"):
            await ask(guild, guild.ana)
            said = await guild.press(guild.ana, f"Book {day} Nov 17:00")
            assert f"{day[4:]} Nov 2026 17:00 UTC" in said  # 9:00 at UTC-8
        await guild.press(guild.ana, "Cancel")
        await guild.press(guild.ana, "Cancel it")
        await guild.run_due()
    before = {who: len(told(guild, who)) for who in (guild.ana, mia)}
    monkeypatch.setattr(when, "version", lambda _: "2026.9")
    for _ in range(2):
        await guild.run_due()
    for who, seen in before.items():
        [shifted] = told(guild, who)[seen:]  # nothing of the one that is cancelled
        assert "It is at another time now. 19 Nov 2026 16:00 UTC" in shifted
        assert "It was planned for 19 Nov 2026 17:00 UTC." in shifted
        assert "there it stays at Thu 19 Nov 09:00." in shifted
    await guild.say(guild.ana, "/mentor sessions")
    await guild.press(guild.ana, "Add to calendar")
    await guild.run_due()
    [file] = [sent.details for sent in guild.slack.shown.values() if sent.verb == "file"]
    assert file is not None
    content = b64decode(file["content"]).decode()
    assert "DTSTART:20261119T160000Z" in content
    assert "SEQUENCE:1" in content
    await guild.travel(THURSDAY - HOUR - timedelta(minutes=10))
    assert sum("A reminder." in text for text in told(guild, guild.ana)) == 2


async def test_a_circle_has_several_seats_and_only_its_mentor_moves_it(guild: World) -> None:
    await offer(guild, guild.maria, places="2")
    for who, label in ((guild.ana, "Book Thu 19 Nov 17:00"), (LEA, "Book Thu 19 Nov 18:00")):
        await ask(guild, who)
        assert "a circle of up to 2" in words(guild.last) if guild.last else ""
        assert "It's booked." in await guild.press(who, label)
    booked = guild.last
    await ask(guild, guild.jonas)
    assert "Book Thu 19 Nov 18:00" not in labels(guild.last)  # full; 19:00 would be a second session
    assert "only the mentor can move it" in await guild.press(LEA, "Move", booked)
    await guild.press(LEA, "Cancel my place")
    assert "Cancelled; 1 member is told" in await guild.press(LEA, "Cancel it")
    await guild.say(guild.maria, "/mentor sessions")
    assert guild.last is not None
    assert "a circle of 1 guest" in words(guild.last)
    await guild.press(guild.maria, "Cancel")
    await guild.press(guild.maria, "Cancel it")
    await guild.run_due()
    assert "Maria can't come." in told(guild, guild.ana)[-1]
    assert "Maria can't come." not in told(guild, LEA)[-1] if told(guild, LEA) else True


async def test_asked_quietly_the_first_who_can_help_is_introduced(guild: World) -> None:
    await offer(guild, guild.maria, named="no")
    await offer(guild, LEA, named="no", hours="Thu 18-20")
    for who in (guild.ana, guild.jonas):
        said = await ask(guild, who)
        assert "Maria" not in said
        assert "I ask them within minutes" in await guild.press(who, "Ask all matching mentors quietly")
    await guild.travel(guild.clock.now() + timedelta(minutes=6))
    [to_maria, also] = guild.slack.cards("U1")
    assert "Ana" not in words(to_maria)
    assert "Proposed: " in words(to_maria)
    assert words(to_maria).split("Proposed: ")[1][:20] != words(also).split("Proposed: ")[1][:20]  # a joint choice
    assert "It's booked." in await guild.press(guild.maria, "I can help", to_maria)
    await guild.run_due()
    first = guild.ana if told(guild, guild.ana) else guild.jonas
    other = guild.jonas if first is guild.ana else guild.ana
    assert "Maria can help you." in told(guild, first)[-1]
    assert any("it is taken care of" in text for text in told(guild, LEA))
    left = [card for card in guild.slack.cards("U5") if "[Not now]" in words(card)]
    assert "Nobody hears of it." in await guild.press(LEA, "Not now", left[0])
    assert "Nobody hears of it." in await guild.press(guild.maria, "Not now", also)
    await guild.run_due()
    assert "2 mentors were asked, and none can just now." in told(guild, other)[-1]


async def test_what_is_asked_quietly_comes_to_an_end(guild: World) -> None:
    await offer(guild, guild.maria, named="no")
    shown = []
    for _ in range(4):
        await ask(guild, guild.ana)
        shown.append(guild.last)
    for card in shown[:3]:
        await guild.press(guild.ana, "Ask all matching mentors quietly", card)
    taking_back = guild.last
    assert "E-RATE" in await guild.press(guild.ana, "Ask all matching mentors quietly", shown[3])
    assert "Taken back: nobody is asked any longer." in await guild.press(guild.ana, "Take it back", taking_back)
    assert "already" in await guild.press(guild.ana, "Take it back", taking_back)

    await guild.travel(guild.clock.now() + timedelta(minutes=6))
    questions = [text for text in told(guild, guild.maria) if "Proposed" in text]
    assert len(questions) == 2
    await guild.travel(guild.clock.now() + timedelta(days=2, hours=23))
    assert not any("none can just now" in text for text in told(guild, guild.ana))
    await guild.travel(guild.clock.now() + timedelta(hours=3))  # three days since the question reached her
    assert sum("1 mentor was asked, and none can just now." in text for text in told(guild, guild.ana)) == 2
    assert not any("[I can help]" in text for text in told(guild, guild.maria))

    await ask(guild, guild.ana)
    await guild.press(guild.ana, "Ask all matching mentors quietly")
    await guild.say(guild.maria, "/mentor sessions")
    await guild.press(guild.maria, "Pause a month")
    await guild.travel(guild.clock.now() + timedelta(minutes=6))
    assert "Nobody has a free hour in your times in the next two weeks." in told(guild, guild.ana)[-1]


async def test_a_busy_calendar_takes_times_away_and_is_read_again(guild: World) -> None:
    address = "https://calendar.example/maria.ics"
    event = (
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261119T170000Z\r\nDTEND:20261119T190000Z\r\nSUMMARY:Secret\r\nEND:VEVENT"
    )
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n"
    guild.fetcher.pages[address] = f"{head}{event}\r\nEND:VCALENDAR\r\n".encode()
    said = await offer(guild, guild.maria, calendar=address)
    assert "Your calendar: read, 1 busy time ahead" in said
    await ask(guild, guild.ana)
    assert labels(guild.last)[0] == "Book Mon 23 Nov 17:00"
    guild.fetcher.pages[address] = f"{head}END:VCALENDAR\r\n".encode()
    await guild.travel(guild.clock.now() + HOUR)
    await ask(guild, guild.ana)
    assert labels(guild.last)[0] == "Book Thu 19 Nov 17:00"
    del guild.fetcher.pages[address]
    await guild.travel(guild.clock.now() + 20 * HOUR)
    assert sum("I can't read your calendar any more" in text for text in told(guild, guild.maria)) == 1


async def test_the_digest_says_who_has_time(guild: World) -> None:
    await offer(guild, guild.maria)
    await offer(guild, LEA, named="no", topics="evals")
    await guild.travel(datetime(2026, 11, 18, 8, 0, tzinfo=UTC))
    [digest] = [words(card) for card in guild.slack.cards("C-gigs")]
    assert (
        "2 mentors have free hours this week: Retrieval-augmented generation, AI evaluation and red teaming." in digest
    )
    assert "Maria: " in digest
    assert "Lea" not in digest


async def test_a_member_takes_all_of_it_along_and_is_forgotten_without_a_trace(guild: World) -> None:
    await offer(guild, guild.maria)
    await offer(guild, guild.ana, topics="pgvector", hours="daily 9-20", calendar="")
    await ask(guild, guild.ana)
    await guild.press(guild.ana, "Book Thu 19 Nov 17:00")
    booked = guild.last
    await ask(guild, LEA, "pgvector")
    await guild.press(LEA, next(label for label in labels(guild.last) if label.startswith("Book ")))
    await ask(guild, guild.ana, "RAG")
    await guild.press(guild.ana, "Ask all matching mentors quietly")
    await guild.travel(guild.clock.now() + timedelta(minutes=6))
    await guild.press(guild.ana, "Move", booked)
    await guild.press(guild.ana, next(label for label in labels(guild.last) if label != "Cancel it"))
    await guild.run_due()
    assert any("Ana moved it." in text for who in (guild.maria, LEA) for text in told(guild, who))

    community_id, ana = await member_of(guild, guild.ana)
    async with guild.app.db.write() as db:
        whose = Whose(db, guild.app.ids, community_id, ana, guild.clock.now())
        assert mentoring.export is not None
        taken = await mentoring.export(whose)
        assert [one["you are"] for one in taken["mentoring sessions"]] == ["mentor", "guest"]
        assert taken["hours you offer"]["topics"] == "Vector databases"
        assert {one["goal"] for one in taken["hours you asked for"]} == {"Better answers"}
        assert mentoring.forget is not None
        await mentoring.forget(whose)
    await guild.run_due()
    for who in (guild.maria, LEA):
        assert "that you had booked is off: the other side isn't here any more." in told(guild, who)[-1]
        assert not any("Ana" in text for text in told(guild, who))
        assert "You have no mentoring hours yet." in await guild.say(who, "/mentor sessions")
    async with guild.app.db.read() as db:
        for table in (notice, outbox.message):
            assert not [row for row in await db.execute(sa.select(table)) if "Ana" in str(row)], table.name
        for table in (tables.offer, tables.request, tables.asked, tables.session, tables.seat):
            left = sa.select(sa.func.count()).where(table.c.community_id == community_id, table.c.member_id == ana)
            assert (await db.execute(left)).scalar_one() == 0
    before = len(told(guild, LEA))
    await guild.travel(THURSDAY + 3 * HOUR)
    assert len(told(guild, LEA)) == before  # no reminder of what is off


async def test_a_circle_goes_on_without_who_was_forgotten(guild: World) -> None:
    await offer(guild, guild.maria, places="2")
    for who, goal in ((guild.ana, "Better answers"), (LEA, "A secret of Lea's")):
        await ask(guild, who, goal=goal)
        await guild.press(who, next(label for label in labels(guild.last) if label.startswith("Book Thu 19 Nov")))
    community_id, lea = await member_of(guild, LEA)
    async with guild.app.db.write() as db:
        assert mentoring.forget is not None
        await mentoring.forget(Whose(db, guild.app.ids, community_id, lea, guild.clock.now()))
    async with guild.app.db.read() as db:
        for table in (notice, outbox.message, tables.seat):
            assert not [row for row in await db.execute(sa.select(table)) if "secret" in str(row)], table.name
    await guild.travel(THURSDAY - 24 * HOUR)
    reminder = told(guild, guild.maria)[-1]
    assert "A reminder." in reminder
    assert "a circle of 1 guest" in reminder
    assert "Goal: Better answers" in reminder


async def book_with(world: World, who: Caller, mentor: Caller) -> None:
    """Press the first time of one mentor."""
    _, mentor_id = await member_of(world, mentor)
    assert world.last is not None
    presses = [one for one in controls(world.last) if isinstance(one, Button) and one.command == "mentor book"]
    first = next(one for one in presses if one.arguments[1] == str(mentor_id))
    answer = await world.app.run_press(who, press_id(first.command, first.arguments))
    assert isinstance(answer, Update)
    assert "It's booked." in words(answer.card)


async def test_one_person_has_one_offer_and_no_hour_with_themselves(guild: World) -> None:
    await offer(guild, guild.maria)
    await offer(guild, LEA)
    await ask(guild, guild.jonas)
    await book_with(guild, guild.jonas, guild.maria)
    await ask(guild, guild.ana)
    await book_with(guild, guild.ana, LEA)
    community_id, maria = await member_of(guild, guild.maria)
    _, jonas = await member_of(guild, guild.jonas)
    _, lea = await member_of(guild, LEA)
    async with guild.app.db.write() as db:
        assert mentoring.merge is not None
        for gone in (lea, jonas):
            await mentoring.merge(
                Merging(db, guild.app.ids, guild.app.settings, community_id, maria, gone, guild.clock.now())
            )
    async with guild.app.db.read() as db:
        assert [one.member_id for one in await store.offers_of(db, community_id)] == [maria]
        [kept] = await store.sessions_with(db, community_id, [maria], guild.clock.now())
        assert mentoring.calendar is not None
        events = await mentoring.calendar(db, community_id, maria, guild.clock.now())
        assert await mentoring.calendar(db, community_id, None, guild.clock.now()) == ()
    assert kept.member_id == maria
    assert kept.guests != (maria,)
    assert sorted(event.cancelled for event in events) == [False, True]
