"""Skill swaps: joining, asking for help, the ledger, rounds that are answered, mended and met."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from adapters.workers import InlineWorkers
from bot import people
from bot.commands import Reply
from bot.feature import Merging, Whose
from bot.members import store as members
from bot.people import Caller
from bot.presses import press_id
from bot.swaps import records, store
from jobs import run_rounds
from tests.fakes import button, words

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from tests.conftest import World

DAY = timedelta(days=1)
ROUND = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)  # 10:00 in Berlin, on a Tuesday of an odd week


def on_slack(number: int, name: str, zone: str = "Europe/Berlin") -> Caller:
    return Caller("slack", "T1", f"U{number}", name, channel="C-gigs", space_name="AI Guild", zone=zone)


def on_discord(number: int, name: str) -> Caller:
    return Caller("discord", "G1", f"D{number}", name, channel="DC-gigs", space_name="AI Guild")


ANA, BEN, CARLA = on_slack(11, "Ana"), on_slack(12, "Ben"), on_slack(13, "Carla")
JONAS, KIM = on_discord(14, "Jonas"), on_discord(15, "Kim")


@pytest.fixture
async def guild(world: World) -> World:
    """A community on both platforms."""
    await world.set_up()
    await both_platforms(world)
    return world


async def both_platforms(world: World) -> None:
    """Let a Discord server join the community of the Slack workspace."""
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        here, ids = space.community_id, world.app.ids
        there = await people.add_space(db, ids, community_id=here, platform="discord", remote="G1", name="AI Guild")
        await people.change_space(db, here, there, leads_channel="DC-gigs")


async def join(world: World, who: Caller, offers: str = "", wants: str = "") -> str:
    assert await world.say(who, "/swap join") == "form: Swap skills"
    return await world.submit(who, offers=offers, wants=wants)


async def pass_time(world: World, until: datetime) -> None:
    """Let time pass at one stroke: no feed is polled on the way, so that a fortnight takes a moment."""
    world.clock.move(until - timedelta(minutes=1))
    await world.travel(until)


def messages(world: World, who: Caller) -> list[Card]:
    """The direct messages that somebody got, as they stand now."""
    return (world.slack if who.platform == "slack" else world.discord).cards(who.user)


def last(world: World, who: Caller) -> Card:
    return messages(world, who)[-1]


def threads(world: World) -> list[str]:
    """The words of all conversations that were opened, on both platforms."""
    both = (*world.slack.shown.values(), *world.discord.shown.values())
    return [words(one.card) for one in both if one.verb == "thread"]


async def balances(world: World) -> dict[str, int]:
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        found = await store.balances(db, space.community_id)
        return {await people.member_name(db, space.community_id, who) or "": n for who, n in found.items() if who}


async def test_joining_says_at_once_who_is_here_for_it(guild: World) -> None:
    said = await join(guild, JONAS, "pgvector", "LLM evaluation")
    assert "Vector databases: nobody here asks for it yet" in said
    said = await join(guild, ANA, "evals", "pgvector")
    assert "1 here can help with Vector databases" in said


async def test_words_that_nobody_knows_are_kept_as_they_were_typed_and_become_a_skill(guild: World) -> None:
    said = await join(guild, ANA, "vedic maths, evalls", "pgvector")
    assert "“vedic maths” is no skill that I know. It stays as you wrote it until a moderator names it." in said
    assert "Or did you mean AI evaluation and red teaming?" in said
    assert await guild.press(ANA, "Change my skills") == "form: Swap skills"
    assert guild.form is not None
    typed = {field.name: field.value for field in guild.form.fields}
    assert sorted(typed["offers"].split(", ")) == ["evalls", "vedic maths"]
    assert "“evalls”" not in await guild.submit(ANA, offers="vedic maths, evals", wants="pgvector")
    await guild.press(guild.maria, "Add as a new skill", await waiting_words(guild))
    assert "1 here can help with vedic maths." in await guild.say(JONAS, "/swap find vedic maths")


async def waiting_words(guild: World) -> Card:
    """The words that wait for a moderator."""
    answer = await guild.app.run_press(guild.maria, press_id("mod skills"))
    assert isinstance(answer, Reply)
    return answer.card


async def test_help_is_asked_privately_in_turn_and_is_owed_back(guild: World) -> None:
    for who in (JONAS, KIM, BEN):
        await join(guild, who, "pgvector")
    await join(guild, CARLA, "RAG, Python")
    assert "3 here can help with Vector databases." in await guild.say(ANA, "/swap find pgvector")
    ask = guild.last
    assert "privately" in await guild.press(ANA, "Ask")
    await guild.say(ANA, "/swap find rag")
    await guild.press(ANA, "Ask")
    other = guild.last
    assert "already" in await guild.press(ANA, "Ask", ask)  # a double click asks nobody else, nor is it one too many
    await guild.say(ANA, "/swap find python")
    said = await guild.press(ANA, "Ask")
    assert "2 hours of help that you asked for are still to come." in said
    assert said.endswith("E-OWE")
    await guild.press(ANA, "Take it back", other)
    await guild.run_due()
    question = last(guild, JONAS)
    assert "Can you help with Vector databases?" in words(question)
    assert "Ana" not in words(question)
    assert not messages(guild, KIM)

    assert "don't learn" in await guild.press(JONAS, "Not now", question)
    await guild.run_due()
    assert "over" in await guild.press(JONAS, "Yes, introduce us", question)
    await guild.travel(guild.clock.now() + 2 * DAY - timedelta(hours=1))
    assert not messages(guild, BEN)
    await guild.travel(guild.clock.now() + timedelta(hours=2))  # Kim has not answered
    assert "This question is over" in words(last(guild, KIM))
    assert "introduce you two" in await guild.press(BEN, "Yes, introduce us", last(guild, BEN))
    await guild.run_due()
    [thread] = threads(guild)
    assert "Ben helps Ana with Vector databases." in thread
    assert thread.count("UTC") == 3

    await guild.travel(guild.clock.now() + 5 * DAY)
    question = last(guild, ANA)
    assert "Have you two met?" in words(question)
    assert "Entered: 1 hour from Ben." in await guild.press(ANA, "Yes", question)
    assert (await guild.press(ANA, "Yes", question)).endswith("E-DONE")
    assert await balances(guild) == {"Ben": 1, "Ana": -1}
    await guild.run_due()
    await guild.choose(ANA, "2 hours", last(guild, ANA))
    assert await balances(guild) == {"Ben": 2, "Ana": -2}
    await guild.press(ANA, "Thank Ben")
    await guild.run_due()
    assert "Ana thanks you for the help with Vector databases." in words(last(guild, BEN))
    assert (await guild.say(ANA, "/swap find pgvector")).startswith("2 here")  # Ben has taught her
    said = await guild.press(ANA, "Ask")
    assert "You owe 2 hours of help" in said
    assert said.endswith("E-OWE")
    assert "thanked 1 time" in await guild.say(BEN, "/swap status")
    assert "Thanked" not in await guild.say(ANA, "/profile view Ben")
    assert "Thanked: 1 time (only you see this)" in await guild.say(BEN, "/profile view")
    await guild.say(BEN, "/profile privacy")
    await guild.press(BEN, "Count my thanks")
    assert "Thanked: 1 time" in await guild.say(ANA, "/profile view Ben")

    await join(guild, ANA, "evals")
    await guild.say(BEN, "/swap find evals")
    await guild.press(BEN, "Ask")
    await guild.run_due()
    assert "you owe some help" in words(last(guild, ANA))
    await guild.press(ANA, "Yes, introduce us", last(guild, ANA))
    await guild.say(BEN, "/swap status")
    await guild.press(BEN, "We met")
    assert await balances(guild) == {"Ben": 1, "Ana": -1}


async def test_never_for_this_person_is_silent_and_for_good(guild: World) -> None:
    await join(guild, JONAS, "pgvector, RAG")
    await guild.say(ANA, "/swap find pgvector")
    await guild.press(ANA, "Ask")
    await guild.run_due()
    await guild.press(JONAS, "Never for this person", last(guild, JONAS))
    await guild.run_due()
    assert "Nobody who can help with Vector databases is free" in words(last(guild, ANA))
    assert "Nobody here offers" in await guild.say(ANA, "/swap find rag")


RING = ((ANA, "evals", "pgvector"), (JONAS, "pgvector", "LangChain"), (BEN, "LangChain", "evals"))


async def begin_ring(guild: World) -> None:
    for who, offers, wants in RING:
        await join(guild, who, offers, wants)
    await pass_time(guild, ROUND)


async def test_a_ring_is_proposed_agreed_and_introduced(guild: World) -> None:
    await begin_ring(guild)
    names = {who.name for who, _, _ in RING}
    for who, _, _ in RING:
        proposal = words(last(guild, who))
        assert "A swap for you this round" in proposal
        assert "It is a ring of three" in proposal
        assert not [name for name in names if name in proposal]
    assert "You would learn Vector databases and teach AI evaluation" in words(last(guild, ANA))
    moderators = words(guild.slack.cards("C-mods")[-1])
    assert "Proposed to: 3 of 3 members" in moderators
    assert "Gap: 0.00%" in moderators

    proposals = {who: last(guild, who) for who, _, _ in RING}
    why = await guild.press(ANA, "Why this match?", proposals[ANA])
    assert "You want Vector databases" in why
    assert not [name for name in names if name in why]
    assert "as soon as the others" in await guild.press(ANA, "Yes, introduce us", proposals[ANA])
    assert (await guild.press(ANA, "Yes, introduce us", proposals[ANA])).endswith("E-DONE")
    assert "You said yes" in await guild.say(ANA, "/swap status")
    await guild.press(BEN, "Yes, introduce us", proposals[BEN])
    await guild.run_due()
    assert not threads(guild)
    assert "Everybody has said yes" in await guild.press(JONAS, "Yes, introduce us", proposals[JONAS])
    await guild.run_due()
    assert not [card for card in messages(guild, ANA) if "as soon as" in words(card)]
    assert "[We met]" in await guild.say(ANA, "/swap status")
    told = words(last(guild, ANA))
    assert "Jonas" in told or "Ben" in told


async def test_a_ring_is_mended_when_somebody_cannot(guild: World) -> None:
    await join(guild, KIM, "LangChain", "evals")
    await guild.press(KIM, "My swaps")
    await guild.press(KIM, "Pause 2 weeks")
    await begin_ring(guild)
    proposals = {who: last(guild, who) for who, _, _ in RING}
    await guild.press(ANA, "Yes, introduce us", proposals[ANA])
    await guild.say(KIM, "/swap status")
    assert "Paused" in await guild.say(KIM, "/swap status")
    await guild.press(KIM, "Take part again")
    said = await guild.press(BEN, "Not this time", proposals[BEN])
    assert "not told who it was" in said
    await guild.run_due()
    assert "It is a ring of three" in words(last(guild, KIM))
    assert "another way round" not in words(last(guild, ANA))
    await guild.press(KIM, "Yes, introduce us", last(guild, KIM))
    assert not threads(guild)
    assert "Everybody has said yes" in await guild.press(JONAS, "Yes, introduce us", last(guild, JONAS))
    await guild.run_due()
    assert "Kim" in await guild.say(ANA, "/swap status") or "Jonas" in await guild.say(ANA, "/swap status")
    assert "Ben" not in "".join(words(card) for card in messages(guild, ANA))


async def test_silence_counts_from_when_it_was_told_and_one_reminder_comes_first(guild: World) -> None:
    await begin_ring(guild)
    await guild.press(JONAS, "Yes, introduce us", last(guild, JONAS))
    await guild.press(BEN, "Yes, introduce us", last(guild, BEN))
    await pass_time(guild, ROUND + 2 * DAY)
    assert "A swap still waits for your answer" in words(last(guild, ANA))
    await pass_time(guild, ROUND + 3 * DAY - timedelta(hours=1))
    assert "A swap still waits" in words(last(guild, ANA))
    await pass_time(guild, ROUND + 3 * DAY)
    assert "This proposal is over" in words(last(guild, ANA))
    for who in (JONAS, BEN):
        missed = words(last(guild, who))
        assert "No fair match for you this round" in missed
        assert "You'll be first next time, on 15 Dec 2026" in missed
        assert "You come first in it" in await guild.say(who, "/swap status")
    assert not threads(guild)


async def test_a_ring_with_somebody_who_had_their_data_erased_is_mended(guild: World) -> None:
    await begin_ring(guild)
    for who in (ANA, JONAS):
        await guild.press(who, "Yes, introduce us", last(guild, who))
    await guild.say(ANA, "/swap find pgvector")
    await guild.press(ANA, "Ask")
    await guild.run_due()
    async with guild.app.db.write() as db:
        gone = await whose(guild, db, JONAS)
        await members.set_skills(db, gone.community_id, gone.member_id, "offer", (), gone.now)
        await records.forget(gone)
    await guild.run_due()
    assert "No fair match" in words(last(guild, ANA))
    assert "Nobody who can help with Vector databases is free" in "".join(map(words, messages(guild, ANA)))
    async with guild.app.db.read() as db:
        left = await records.export(await whose(guild, db, JONAS))
        assert not any(left.values())
        kept = await records.export(await whose(guild, db, ANA))
        assert [one["skill"] for one in kept["asked for"]] == ["vector-databases"]
        json.dumps(kept)


async def test_an_hour_with_somebody_who_is_gone_still_counts(guild: World) -> None:
    await meet(guild, BEN, ANA)
    async with guild.app.db.write() as db:
        await records.forget(await whose(guild, db, ANA))
    assert await balances(guild) == {"Ben": 1}
    async with guild.app.db.read() as db:
        community_id = (await whose(guild, db, BEN)).community_id
        assert sum((await store.balances(db, community_id)).values()) == 0


async def test_two_accounts_of_one_person_have_one_balance_and_no_lessons_with_themselves(guild: World) -> None:
    await meet(guild, BEN, ANA)
    await meet(guild, BEN, JONAS)
    await join(guild, ANA, "evals", "RAG")
    async with guild.app.db.write() as db:
        ana, jonas = await whose(guild, db, ANA), await whose(guild, db, JONAS)
        both = Merging(db, ana.ids, guild.app.settings, ana.community_id, ana.member_id, jonas.member_id, ana.now)
        await records.merge(both)
    assert await balances(guild) == {"Ben": 2, "Ana": -2}
    async with guild.app.db.write() as db:
        ana, ben = await whose(guild, db, ANA), await whose(guild, db, BEN)
        await records.merge(
            Merging(db, ana.ids, guild.app.settings, ana.community_id, ana.member_id, ben.member_id, ana.now)
        )
    assert await balances(guild) == {}


async def test_coffee_introduces_everybody_who_wants_it_to_somebody_new(guild: World) -> None:
    for who in (ANA, BEN):
        await join(guild, who, "RAG")
        await guild.press(who, "Coffee introductions, too")
    await join(guild, CARLA, "RAG")
    await pass_time(guild, ROUND)
    [thread] = threads(guild)
    assert "Ana" in thread
    assert "Ben" in thread
    assert "Carla" not in thread
    assert "you both wanted to meet somebody new" in thread
    await guild.say(CARLA, "/swap status")
    await guild.press(CARLA, "Coffee introductions, too")
    await pass_time(guild, ROUND + 14 * DAY)
    [_, of_three] = threads(guild)
    assert "Carla" in of_three
    assert "you all wanted to meet somebody new" in of_three


async def test_a_coffee_is_with_somebody_new_and_never_with_whom_it_was_no_fit(guild: World) -> None:
    await join(guild, BEN, "pgvector")
    await guild.say(ANA, "/swap find pgvector")
    await guild.press(ANA, "Ask")
    await guild.run_due()
    await guild.press(BEN, "Yes, introduce us", last(guild, BEN))
    for who in (ANA, BEN):
        await join(guild, who, "RAG")
        await guild.press(who, "Coffee introductions, too")
    await guild.run_due()
    [introduction] = [one.card for one in guild.slack.shown.values() if one.verb == "thread"]
    await guild.press(BEN, "Not a fit", introduction)
    await pass_time(guild, ROUND)
    assert not [one for one in threads(guild) if "coffee" in one]
    for who in (CARLA, JONAS):
        await join(guild, who, "RAG")
        await guild.press(who, "Coffee introductions, too")
    await pass_time(guild, ROUND + 14 * DAY)
    assert sum("you both wanted to meet somebody new" in one for one in threads(guild)) == 1
    assert "you both wanted to meet somebody new" in "".join(map(words, messages(guild, JONAS)))


async def meet(world: World, giver: Caller, getter: Caller) -> None:
    """Let one help another for an hour."""
    await join(world, giver, "pgvector")
    await world.say(getter, "/swap find pgvector")
    await world.press(getter, "Ask")
    await world.run_due()
    await world.press(giver, "Yes, introduce us", last(world, giver))
    await world.say(getter, "/swap status")
    await world.press(getter, "We met")


async def whose(world: World, db: AsyncConnection, who: Caller) -> Whose:
    space = await people.find_space(db, who.platform, who.space)
    assert space is not None
    found = await people.find_member(db, space.community_id, who)
    assert found is not None
    return Whose(db, world.app.ids, space.community_id, found["id"], world.clock.now())


async def test_who_went_without_is_told_why_and_what_would_help(guild: World) -> None:
    await join(guild, ANA, "evals", "pgvector")
    await join(guild, JONAS, "pgvector", "RAG")
    assert "There was no round yet." in await guild.say(guild.maria, "/swap rounds")
    await pass_time(guild, ROUND)
    assert "0 of 2 members" in await guild.say(guild.maria, "/swap rounds")
    missed = last(guild, ANA)
    assert "No fair match" in words(missed)
    why = await guild.press(ANA, "Why not me?", missed)
    assert "0 members want what you offer, 1 member teaches what you want, and 0 do both." in why
    assert "If you also offered Retrieval-augmented generation, a round would have something for you" in why
    assert "Jonas" not in why
    await join(guild, ANA, "evals, RAG", "pgvector")
    await pass_time(guild, ROUND + 14 * DAY)
    assert "You two would teach each other." in words(last(guild, ANA))
    await one_of_a_pair_cannot(guild)


async def one_of_a_pair_cannot(guild: World) -> None:
    """Ana has said yes when Jonas says no; both are spoken to as two, and nothing says any more that he is awaited."""
    assert "as soon as the other one has said yes" in await guild.press(ANA, "Yes, introduce us", last(guild, ANA))
    assert "as soon as the other one has, too" in await guild.say(ANA, "/swap status")
    said = await guild.press(JONAS, "Not this time", last(guild, JONAS))
    assert "The other one is not told who you are." in said
    await guild.run_due()
    told = [words(card) for card in messages(guild, ANA)]
    assert not [text for text in told if "as soon as" in text]
    assert [text for text in told if "Nobody could take the free place this time." in text]
    assert "not told who you are" in "".join(words(card) for card in messages(guild, JONAS))


async def test_of_two_last_answers_at_once_one_introduces(guild: World) -> None:
    await begin_ring(guild)
    await guild.press(ANA, "Yes, introduce us", last(guild, ANA))
    yes = {who: button(last(guild, who), "Yes, introduce us") for who in (JONAS, BEN)}
    presses = [guild.app.run_press(who, press_id(one.command, one.arguments)) for who, one in yes.items()]
    presses += [guild.app.run_press(BEN, press_id(yes[BEN].command, yes[BEN].arguments))]  # a double click
    await asyncio.gather(*presses)
    await guild.run_due()
    async with guild.app.db.read() as db:
        lessons = (await db.execute(sa.select(store.lesson))).all()
    assert len(lessons) == 3
    assert {one.state for one in lessons} == {"open"}


class Slow(InlineWorkers):
    """Workers that take their time."""

    def __init__(self) -> None:
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def run(self, function: str, /, *args: Any, timeout: float = 30.0) -> Any:
        self.begun.set()
        await self.go_on.wait()
        return await super().run(function, *args, timeout=timeout)


async def test_while_a_round_is_solved_commands_answer_and_what_they_change_counts(guild: World) -> None:
    for who, offers, wants in RING:
        await join(guild, who, offers, wants)
    workers = guild.app.workers = Slow()
    guild.clock.move(ROUND)
    rounds = asyncio.create_task(run_rounds.run(guild.app))
    await workers.begun.wait()
    await guild.say(ANA, "/swap status")
    await guild.press(ANA, "Pause 2 weeks")
    workers.go_on.set()
    await rounds
    await guild.run_due()
    for who in (ANA, JONAS, BEN):
        assert not any("A swap for you" in words(card) for card in messages(guild, who))


async def test_the_digest_before_a_round_tells_what_is_wanted_and_nobody_by_name(guild: World) -> None:
    for who in (ANA, BEN, JONAS):
        await join(guild, who, "RAG", "evals")
    await join(guild, KIM, "evals", "LangChain")
    await pass_time(guild, ROUND - DAY - timedelta(hours=2))
    [digest] = guild.slack.cards("C-gigs")
    assert "1 swap round" in words(digest)
    assert "3 members want AI evaluation and red teaming; 1 teaches it" in words(digest)
    assert "LangChain" not in words(digest)
    await guild.press(CARLA, "Join", digest)


async def test_a_block_that_comes_in_between_ends_the_ring_without_a_name(guild: World) -> None:
    await begin_ring(guild)
    for who in (ANA, JONAS):
        await guild.press(who, "Yes, introduce us", last(guild, who))
    async with guild.app.db.write() as db:
        ana, ben = await whose(guild, db, ANA), await whose(guild, db, BEN)
        await members.set_block(db, ana.community_id, ana.member_id, ben.member_id, ana.now)
    await guild.press(BEN, "Yes, introduce us", last(guild, BEN))
    await guild.run_due()
    assert not threads(guild)
    for who in (ANA, JONAS, BEN):
        assert "No fair match for you" in words(last(guild, who))
