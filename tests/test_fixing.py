"""Introductions that lead to a meeting: a time is fixed, moved, reminded of, asked after; or no fit; or a gift."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.commands import Problem, Reply
from bot.presses import label_of, press_id, pressed
from bot.swaps import ledger, store
from tests.fakes import button, controls, words
from tests.test_swaps import (
    ANA,
    BEN,
    DAY,
    JONAS,
    KIM,
    ROUND,
    balances,
    guild,
    join,
    last,
    messages,
    pass_time,
    threads,
)

if TYPE_CHECKING:
    from bot.cards import Card
    from bot.people import Caller
    from tests.conftest import World

__all__ = ["guild"]

HOUR = timedelta(hours=1)
UNLEARN = "Not yet: I still want to learn it"


async def introduced(world: World, helper: Caller = JONAS) -> None:
    """Ana asks for help with pgvector, and somebody says yes."""
    await join(world, helper, "pgvector")
    await world.say(ANA, "/swap find pgvector")
    await world.press(ANA, "Ask")
    await world.run_due()
    await world.press(helper, "Yes, introduce us", last(world, helper))
    await world.run_due()


def suggested(card: Card | None) -> list[tuple[str, datetime]]:
    """The times that can be pressed: what the button says, and the instant."""
    assert card is not None
    found = [one for one in controls(card) if getattr(one, "command", "") == "swap fix"]
    return [(one.label, datetime.fromtimestamp(int(one.arguments[2]), UTC)) for one in found]  # type: ignore[union-attr]


one_engine = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # what two do at once is tried on both


@one_engine
async def test_a_time_is_fixed_both_are_reminded_and_asked_after_it(guild: World) -> None:
    await introduced(guild)
    meet_jonas = last(guild, ANA)
    assert "Times that suit both" in words(meet_jonas)
    said = await guild.press(ANA, "We've fixed a time", meet_jonas)
    assert "Which time have you agreed on? Buttons show times in Europe/Berlin." in said
    card, times = guild.last, suggested(guild.last)
    assert len({at for _, at in times}) == 3
    label, at = times[1]
    assert label == label_of(at, "Europe/Berlin")
    assert "It is fixed: you and Jonas meet" in await guild.press(ANA, label, card)
    assert (await guild.press(ANA, label, card)).endswith("E-DONE")  # a double click
    await guild.run_due()
    told = last(guild, JONAS)
    assert "Ana has fixed a time with you, for Vector databases." in words(told)
    assert [words(one) for one in messages(guild, JONAS)].count(words(told)) == 1
    assert "You meet: " in await guild.say(ANA, "/swap status")

    await pass_time(guild, at - DAY)
    for who, other in ((ANA, "Jonas"), (JONAS, "Ana")):
        assert f"You meet {other}, for Vector databases." in words(last(guild, who))
    both = len(messages(guild, ANA)), len(messages(guild, JONAS))
    await pass_time(guild, at - timedelta(minutes=10))
    assert (len(messages(guild, ANA)), len(messages(guild, JONAS))) == (both[0] + 1, both[1] + 1)
    await guild.travel(at + HOUR - timedelta(minutes=1))
    assert "Have you two met?" not in words(last(guild, ANA))
    await guild.travel(at + HOUR)
    assert "Have you two met?" in words(last(guild, ANA))
    assert "Entered: 1 hour from Jonas." in await guild.press(ANA, "Yes", last(guild, ANA))
    await guild.run_due()
    assert sum("Entered" in words(card) for card in messages(guild, ANA)) == 1  # the reminders stay what they are


@one_engine
async def test_of_two_who_fix_different_times_the_second_is_told_and_may_move_it(guild: World) -> None:
    await introduced(guild)
    ana, jonas = last(guild, ANA), last(guild, JONAS)
    await guild.press(ANA, "We've fixed a time", ana)
    anas = guild.last
    await guild.press(JONAS, "We've fixed a time", jonas)
    jonass = guild.last
    (first, at), (second, later) = suggested(anas)[0], suggested(jonass)[1]
    await guild.press(ANA, first, anas)
    said = await guild.press(JONAS, second, jonass)
    assert f"A time was fixed meanwhile: {label_of(at, 'Europe/Berlin')}, in Europe/Berlin." in said
    assert said.endswith("E-DONE")
    assert "It is fixed: you and Ana meet" in await guild.press(JONAS, f"Move it to {second}")
    await guild.run_due()
    assert "Jonas has fixed a time with you" in words(last(guild, ANA))
    await pass_time(guild, later - timedelta(minutes=10))
    reminders = [words(card) for card in messages(guild, ANA) if "You meet Jonas" in words(card)]
    assert reminders
    assert all(f"{later:%d %b %Y %H:%M} UTC" in text for text in reminders)  # nothing of the first one
    assert not [card for card in messages(guild, ANA) if "met?" in words(card)]


@one_engine
async def test_a_time_that_is_moved_reaches_the_other_however_much_came_that_day(guild: World) -> None:
    await introduced(guild)
    assert "You both said yes" in await guild.say(JONAS, "/hub")
    meet_jonas, fixed = last(guild, ANA), []
    for moved in range(4):
        await guild.press(ANA, "We've fixed a time", meet_jonas)
        label, at = suggested(guild.last)[moved % 2]
        fixed.append(f"{at:%d %b %Y %H:%M} UTC")
        await guild.press(ANA, label)
        await guild.run_due()
        told = words(last(guild, JONAS))
        assert "Ana has fixed a time with you, for Vector databases." in told
        assert fixed[-1] in told
    older = [words(card) for card in messages(guild, JONAS) if "Another time was fixed" in words(card)]
    assert len(older) == 3
    assert f"Another time was fixed: {fixed[-1]}." in older[-1]
    page = await guild.say(JONAS, "/hub")
    assert "A time is fixed" in page
    assert "You both said yes" not in page  # there is more to tell by now
    await guild.press(JONAS, "Not a fit", last(guild, JONAS))
    for who in (ANA, JONAS):
        page = await guild.say(who, "/hub")
        assert "You both said yes" not in page
        assert "A time is fixed" not in page


@one_engine
async def test_a_time_is_written_in_ones_own_zone_and_must_be_one_that_can_be_kept(guild: World) -> None:
    guild.clock.move(datetime(2027, 3, 22, 9, 0, tzinfo=UTC))
    await introduced(guild)
    await guild.press(ANA, "We've fixed a time", last(guild, ANA))
    assert await guild.press(ANA, "Another time") == "form: Fix a time"
    form = guild.form
    for wrong, why in (("yesterday 18:00", "past"), ("Sun 28 Mar 02:30", "02:30"), ("soon-ish", "“soon-ish”")):
        assert why in await guild.submit(ANA, at=wrong), wrong
        guild.form = form
    assert "more than 60 days ahead" in await guild.submit(ANA, at="1 Jul 2027 18:00")
    guild.form = form
    said = await guild.submit(ANA, at="Mon 29 Mar 18:00")
    assert "29 Mar 2027 16:00 UTC" in said  # summer time has begun in Berlin on the day before
    assert guild.form is not None
    stale = await guild.app.run_press(
        ANA, press_id("swap fix", (*guild.form.arguments, pressed(guild.clock.now() - HOUR)))
    )
    assert isinstance(stale, Reply)
    assert words(stale.card).endswith("E-PAST")


@one_engine
async def test_no_fit_ends_kindly_and_the_next_one_is_asked(guild: World) -> None:
    await introduced(guild, BEN)
    await join(guild, KIM, "pgvector")
    [thread] = [one.card for one in guild.slack.shown.values() if one.verb == "thread"]
    assert [one.label for one in controls(thread)] == ["We've fixed a time", "Not a fit", "Pause swaps", "My swaps"]
    await guild.press(BEN, "We've fixed a time", thread)
    [(label, at), *_] = suggested(guild.last)
    await guild.press(BEN, label)
    pressed_here = button(thread, "Not a fit")
    answer = await guild.app.run_press(ANA, press_id(pressed_here.command, pressed_here.arguments))
    assert isinstance(answer, Reply)  # the card in the conversation stays as it is
    assert "I ask the next one who can help with Vector databases." in words(answer.card)
    await guild.run_due()
    assert "it is nobody's fault" in words(last(guild, BEN))
    assert f"Your time is off: {at:%d %b %Y %H:%M} UTC." in words(last(guild, BEN))
    assert "Message settings" not in words(last(guild, BEN))  # it does not wait for a quieter day
    assert "Ana" in words(last(guild, BEN))
    assert "Can you help with Vector databases?" in words(last(guild, KIM))
    assert (await guild.press(ANA, "Not a fit", thread)).endswith("E-STALE")
    said = await join(guild, ANA, wants="pgvector")
    assert "Vector databases: I am asking around for it already" in said
    assert "[Ask" not in said
    assert "already" in await guild.say(ANA, "/swap find pgvector")
    await guild.press(KIM, "Never for this person", last(guild, KIM))
    await guild.run_due()
    told = words(last(guild, ANA))
    assert "Nobody who can help with Vector databases is free" in told  # Ben is not asked again
    assert "You want to learn it, so the round of Tue 1 Dec looks for a way." in told
    assert "[I want to learn it]" not in told
    assert "nobody else here offers it yet" in await join(guild, ANA, wants="pgvector")
    said = await guild.say(ANA, "/swap find pgvector")
    assert "Nobody else here offers Vector databases yet. The next round looks for a way." in said
    assert "[I want to learn it]" not in said
    sent = len(messages(guild, BEN))
    await pass_time(guild, guild.clock.now() + 6 * DAY)
    assert len(messages(guild, BEN)) == sent  # no reminder, no question
    stranger = await guild.app.run_press(JONAS, press_id(pressed_here.command, pressed_here.arguments))
    assert isinstance(stranger, Reply)
    assert words(stranger.card).endswith("E-STALE")


async def fix_at_once(world: World, introduction: Card) -> datetime:
    """Ana and Ben press different times in the same moment; returns the one that holds, for both of their lessons."""
    asked = button(introduction, "We've fixed a time")
    presses = []
    for who, number in ((ANA, 0), (BEN, 1)):
        await world.press(who, asked.label, introduction)
        assert world.last is not None
        label, _ = suggested(world.last)[number]
        found = button(world.last, label)
        presses.append(world.app.run_press(who, press_id(found.command, found.arguments)))
    answers = await asyncio.gather(*presses)
    assert sum(isinstance(one, Problem) and one.code == "E-DONE" for one in answers) == 1
    async with world.app.db.read() as db:
        rows = (await db.execute(sa.select(store.lesson.c.meets_at, store.lesson.c.fixed))).all()
    [(at, times)] = set(rows)
    assert len(rows) == 2
    assert times == 1
    return at  # type: ignore[no-any-return]


async def test_two_who_teach_each_other_fix_one_time_for_both(guild: World) -> None:
    await join(guild, ANA, "evals", "pgvector")
    await join(guild, BEN, "pgvector", "evals")
    await pass_time(guild, ROUND)
    for who in (ANA, BEN):
        await guild.press(who, "Yes, introduce us", last(guild, who))
    await guild.run_due()
    [_] = threads(guild)
    [thread] = [one.card for one in guild.slack.shown.values() if one.verb == "thread"]
    at = await fix_at_once(guild, thread)
    await pass_time(guild, at - timedelta(minutes=10))
    reminded = [words(card) for card in messages(guild, BEN) if "You meet Ana" in words(card)]
    assert len(set(reminded)) == 1
    assert "AI evaluation and red teaming, Vector databases" in reminded[0] or "Vector databases, AI" in reminded[0]
    await pass_time(guild, at + HOUR)
    for who in (ANA, BEN):
        await guild.press(who, "Yes", last(guild, who))
    assert await balances(guild) == {"Ana": 0, "Ben": 0}


async def what_was_begun_can_be_known_better(guild: World) -> None:
    """Nobody is sent to Ana for what she has just begun, until she says that she knows it well."""
    assert "1 here can help" in await guild.say(JONAS, "/swap find rag")
    await guild.say(ANA, "/profile view")
    await guild.press(ANA, "How well, how much")
    assert "You have just begun with Retrieval-augmented generation." in await guild.choose(ANA, "Most of all")
    await guild.choose(ANA, "I know it well")
    assert "2 here can help" in await guild.say(JONAS, "/swap find rag")


async def test_an_hour_without_return_is_remembered_and_owed_to_nobody(guild: World) -> None:
    await join(guild, BEN, "pgvector, RAG")
    for skill, gift in (("pgvector", True), ("rag", False)):
        await guild.say(ANA, f"/swap find {skill}")
        await guild.press(ANA, "Ask")
        await guild.run_due()
        await guild.press(BEN, "Yes, introduce us", last(guild, BEN))
        if gift:
            assert "no return is needed" in await guild.press(BEN, "No return needed")
            assert "counts for you again" in await guild.press(BEN, "Count it after all")
            await guild.press(BEN, "No return needed")
        await guild.say(ANA, "/swap status")
        met = await guild.press(ANA, "We met")
        assert ("Entered: 1 hour from Ben. It is a gift: nothing is owed for it." in met) == gift
        thanked = await guild.press(ANA, "Thank Ben")
        if gift:
            assert "Vector databases is on your profile now" in thanked
            card = guild.last
            assert "off your profile, and among what you want" in await guild.press(ANA, UNLEARN, card)
            assert (await guild.press(ANA, UNLEARN, card)).endswith("E-STALE")
    assert await balances(guild) == {"Ben": 1, "Ana": -1}
    await what_was_begun_can_be_known_better(guild)
    await pass_time(guild, guild.clock.now() + DAY)
    thanks = next(card for card in messages(guild, BEN) if "help with Retrieval" in words(card))
    assert "no return is needed" in await guild.press(BEN, "No return needed", thanks)
    assert (await guild.press(BEN, "No return needed", thanks)).endswith("E-DONE")
    assert await balances(guild) == {}
    assert "You are even" in await guild.say(ANA, "/swap status")
    await pass_time(guild, guild.clock.now() + DAY)
    assert "Ben wants nothing back for the help with Retrieval-augmented generation" in "".join(
        map(words, messages(guild, ANA))
    )
    async with guild.app.db.read() as db:
        joined = store.hour.join(store.lesson, store.lesson.c.id == store.hour.c.lesson_id)
        rows = (await db.execute(sa.select(store.hour, store.lesson.c.free).select_from(joined))).mappings().all()
        done = [ledger.Help(row["giver_id"], row["getter_id"], row["hours"], row["free"]) for row in rows]
        assert len(done) == 2
        assert ledger.balances(done) == {}


async def test_an_edit_that_is_still_on_its_way_never_replaces_what_was_pressed_since(guild: World) -> None:
    """The yes owes an edit of the question; the thanks come before it has arrived, and stay."""
    await introduced(guild)
    await pass_time(guild, guild.clock.now() + 8 * DAY)
    [question] = [one for one, sent in guild.slack.shown.items() if "Have you two met?" in words(sent.card)]
    ana = replace(ANA, channel="", message=question)
    assert "Entered: 1 hour from Jonas." in await guild.press(ana, "Yes", guild.slack.shown[question].card)
    assert "Vector databases is on your profile now" in await guild.press(ana, "Thank Jonas")
    await guild.run_due()
    assert "Vector databases is on your profile now" in words(guild.slack.shown[question].card)
