"""Members are introduced when both say yes; nobody learns of a no, and nothing is shown before."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import notices, people
from bot.members import introductions, store
from bot.people import Caller
from bot.place import Here
from bot.ports import Refused
from tests.conftest import MORNING
from tests.fakes import words
from tests.guild import Guild

if TYPE_CHECKING:
    from tests.conftest import World


@pytest.fixture
async def guild(world: World) -> Guild:
    made = Guild(world)
    await made.gather()
    return made


async def test_two_who_say_yes_are_introduced_across_platforms_each_on_their_own(guild: Guild) -> None:
    world = guild.world
    await guild.profile("Ana", headline="Evaluates language models")
    said = await guild.ask(world.ana, "Jonas")
    assert "If Jonas says yes, I introduce you at once; if not, you won't hear of it." in said
    await world.run_due()
    [question] = world.discord.cards("D3")
    assert "Ana would like to meet you" in words(question)
    assert "Evaluates language models" in words(question)
    assert not await guild.know_each_other("Ana", "Jonas")

    assert "I introduce you and Ana" in await world.press(world.jonas, "Yes", question)
    await world.run_due()
    assert await guild.know_each_other("Ana", "Jonas")
    [told] = world.slack.cards("U2")
    assert words(told).startswith("Meet Jonas\nName: Jonas\nHere on: Discord\nReach them by: they share nothing so far")
    asked, answered = world.discord.cards("D3")
    assert words(asked) == "Good. I introduce you and Ana to each other."
    assert "Headline: Evaluates language models" in words(answered)
    assert "is over" in await world.press(world.jonas, "Yes", question)


async def test_on_one_platform_a_conversation_is_opened_and_where_it_cannot_be_each_is_told(guild: Guild) -> None:
    world = guild.world
    await guild.ask(world.ana, "Lena")
    await guild.page(guild.lena)
    await world.press(guild.lena, "Yes")
    await world.run_due()
    [meeting] = world.slack.cards("U2,U7")
    assert "Ana, meet Lena\nAna, meet Lena.\nAna asked for this introduction." in words(meeting)
    [sent] = [d for d in world.slack.shown.values() if d.verb == "thread"]
    assert sent.details == {"members": ["U2", "U7"], "name": "Ana, meet Lena"}
    assert "meet Lena" not in await guild.page(world.ana)  # the conversation says it

    world.slack.trouble = [Refused("E-SCOPE", "mpim:write is missing")]
    async with world.app.db.write() as db:
        community = await people.read_community(db, guild.community_id)
        place = Here(db, world.app.ids, world.app.settings, community, world.clock.now())
        members = (guild.ids["Maria"], guild.ids["Lena"])
        await introductions.introduce(place, members, why="Maria teaches RAG.")
    await world.run_due()
    await world.run_due()
    assert "Meet Lena" in await guild.page(world.maria)
    assert "Maria teaches RAG." in await guild.page(guild.lena)


async def test_nobody_learns_of_a_no_nor_of_a_never(guild: Guild) -> None:
    world = guild.world
    before = await guild.ask(world.ana, "Lena")
    await guild.page(guild.lena)
    question = world.last
    assert "They don't learn of it" in await world.press(guild.lena, "Not now")
    assert await guild.ask(world.ana, "Lena") == before
    await world.run_due()
    assert world.slack.cards("U2") == []
    assert "meet you" not in await guild.page(guild.lena)
    assert "is over" in await world.press(guild.lena, "Yes", question)

    world.clock.move(MORNING + timedelta(days=31))
    assert await guild.ask(world.ana, "Lena") == before
    await guild.page(guild.lena)
    assert "You won't meet here" in await world.press(guild.lena, "Never for this person")
    assert await guild.ask(world.ana, "Lena") == before
    async with world.app.db.read() as db:
        assert guild.ids["Ana"] in await store.kept_apart(db, guild.community_id, guild.ids["Lena"])


async def test_who_is_hidden_paused_or_blocked_cannot_be_asked_and_it_does_not_say_which(guild: Guild) -> None:
    world = guild.world
    answers = set()
    await guild.profile("Lena", listed=False)
    answers.add(await guild.ask(world.ana, "Lena"))
    async with world.app.db.write() as db:
        await store.set_block(db, guild.community_id, guild.ids["Maria"], guild.ids["Ana"], world.clock.now())
    answers.add(await guild.ask(world.ana, "Maria"))
    await guild.profile("Jonas", crosses=False)
    answers.add(await guild.ask(world.ana, "Jonas"))
    answers.add(await guild.press(world.ana, "introduction ask", "12345"))
    answers.add(await guild.ask(world.ana, "Ana"))
    assert answers == {"That page is not shown to you.\nNothing was asked.\nE-STALE"}

    await guild.profile("Jonas", crosses=True, paused=True)
    paused = await guild.ask(world.ana, "Jonas")
    await guild.profile("Jonas", paused=False)
    await guild.suspend("Jonas")
    assert (
        await guild.ask(world.ana, "Jonas") == paused == "Jonas can't be asked for introductions at the moment.\nE-AWAY"
    )


async def test_three_a_day_and_the_time_of_the_next_is_said(guild: Guild) -> None:
    world = guild.world
    for number in range(4):
        await guild.know(Caller("slack", "T1", f"U2{number}", f"Friend {number}", zone="Europe/Berlin"))
    for number in range(3):
        assert "Noted" in await guild.ask(world.ana, f"Friend {number}")
    said = await guild.ask(world.ana, "Friend 3")
    assert "You asked for 3 introductions within a day" in said
    assert "Next one: Thu 19 Nov, 06:00." in said  # Lisbon
    assert "Noted" in await guild.ask(world.ana, "Friend 2")  # asked already: the same answer as then
    world.clock.move(MORNING + timedelta(days=1))
    assert "Noted" in await guild.ask(world.ana, "Friend 3")


async def test_who_is_new_in_a_community_looks_around_first(guild: Guild) -> None:
    world = guild.world
    assert "Noted" in await guild.ask(guild.lena, "Ana")  # the community is as new as she is
    world.clock.move(MORNING + timedelta(days=8))
    newcomer = Caller("slack", "T1", "U8", "Nina", zone="Europe/Berlin")
    await guild.know(newcomer)
    said = await guild.ask(newcomer, "Ana")
    assert "You are new here. You can look around at once, and ask to meet people from Thu 3 Dec on." in said
    assert "E-NEWMEMBER" in said
    await guild.ask(world.ana, "Nina")  # who is asked may answer
    await guild.page(newcomer)
    assert "I introduce you" in await world.press(newcomer, "Yes")
    world.clock.move(MORNING + timedelta(days=15))
    assert "Noted" in await guild.ask(newcomer, "Lena")


async def test_two_who_ask_each_other_have_both_said_yes(guild: Guild) -> None:
    world = guild.world
    await guild.ask(world.ana, "Jonas")
    assert "I introduce you" in await guild.ask(world.jonas, "Ana")
    assert await guild.know_each_other("Ana", "Jonas")
    assert "You and Ana have been introduced already." in await guild.ask(world.jonas, "Ana")
    assert "meet you" not in await guild.page(world.jonas)


async def test_a_question_is_answered_only_by_who_was_asked(guild: Guild) -> None:
    world = guild.world
    await guild.ask(world.ana, "Jonas")
    async with world.app.db.read() as db:
        cards = await notices.show(db, guild.community_id, guild.ids["Lena"], world.clock.now())
    assert cards == []
    async with world.app.db.write() as db:
        [question] = await notices.show(db, guild.community_id, guild.ids["Jonas"], world.clock.now())
    assert "is over" in await world.press(world.ana, "Yes", question)
    assert "is over" in await world.press(guild.lena, "Yes", question)
    assert not await guild.know_each_other("Ana", "Jonas")
