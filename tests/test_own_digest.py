"""Digests: the channel's with its reasons, members' own, and what moderators can do about them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot import people, when
from bot.members.profile import Floor
from jobs import send_digests, send_notices, send_own_digests, send_weekly_notes
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import EVALS, JOB, RAG
from tests.test_fit import bring
from tests.test_leads import approve_all, begin, gig, publish
from tests.test_mentoring import ask, offer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import World

ANA = "U2"
HOUR = timedelta(hours=1)
TOMORROW = datetime(2026, 11, 19, 7, 5, tzinfo=UTC)  # 07:05 in Lisbon


def messages(world: World) -> list[str]:
    return [words(card) for card in world.slack.cards(ANA)]


def channel(world: World) -> list[str]:
    return [words(card) for card in world.slack.cards("C-gigs") if "Daily digest" in words(card)]


async def subscribe(world: World, **values: str) -> str:
    """Ask for a digest of one's own, as Ana."""
    await world.say(world.ana, "/digest")
    assert await world.press(world.ana, "Digest settings") == "form: Your digest"
    fields = {field.name: field.value for field in world.form.fields} if world.form else {}
    return await world.submit(world.ana, **{**fields, **values})


# --- the channel's ---------------------------------------------------------------------------------------------------


async def test_the_channel_s_digest_says_what_was_seen_left_out_and_checked(world: World) -> None:
    await begin(world, gig(0), gig(1, pay="$90 per hour"), gig(2), gig(3, pay="$200 per hour"), JOB)
    await approve_all(world)
    await world.travel(datetime(2026, 11, 19, 7, 0, tzinfo=UTC))
    [digest] = channel(world)
    assert "4 new gigs, 1 job (6 seen, 1 filtered or duplicate)" in digest
    first, *_ = (line for line in digest.splitlines() if line.startswith("- "))
    assert first.startswith("- Firm3"), "it pays best"
    assert first.endswith("pays well, sure")
    assert "Sources: 1 feed, last check" in digest
    assert "Why these? How sure it is that they are paid AI work, rate, and freshness." in digest
    assert "[Only my skills]" in digest
    assert "[Digest settings]" in digest


async def test_only_my_skills_is_answered_privately(world: World) -> None:
    await begin(world, RAG, EVALS)
    await approve_all(world)
    await world.travel(datetime(2026, 11, 19, 7, 0, tzinfo=UTC))
    [digest] = world.slack.cards("C-gigs")
    assert "I don't know what you can do yet" in await world.press(world.ana, "Only my skills", digest)
    await bring(world, world.ana, "rag")
    said = await world.press(world.ana, "Only my skills", digest)
    assert "1 of 2 ask for a skill of yours" in said
    assert "Acme Health" in said
    assert "Fieldnote" not in said
    await bring(world, world.ana, "forecasting")
    assert "None of these asks for a skill of yours." in await world.press(world.ana, "Only my skills", digest)


# --- one's own -------------------------------------------------------------------------------------------------------


async def test_who_never_asked_gets_none_and_sees_it_when_they_look(world: World) -> None:
    await begin(world, RAG)
    await approve_all(world)
    await world.run_due()
    said = await world.say(world.ana, "/digest")
    assert "1 new gig for you" in said
    assert "Your digest: in the channel only" in said
    assert "[Preview]" in said
    await world.travel(MORNING + timedelta(days=3))
    assert messages(world) == []
    assert "Nothing is new for you since yesterday." in await world.say(world.ana, "/digest")


async def test_a_daily_digest_comes_at_its_time_with_what_is_new_to_her(world: World) -> None:
    await begin(world, gig(0))
    await approve_all(world)
    await bring(world, world.ana, "rag", "python", floor=Floor(75, "USD"))
    said = await subscribe(world, how="daily", at="7:05")
    assert "a direct message each day at 07:05, your time" in said
    await publish(world, gig(1), gig(2, pay="$60 per hour"), gig(3, "RAG", "$90 per hour"))
    await approve_all(world)
    await world.run_due()
    shown = await world.press(world.ana, "Preview") if "[Preview]" in await world.say(world.ana, "/digest") else ""
    await world.travel(TOMORROW - timedelta(minutes=1))
    assert messages(world) == []
    await world.travel(TOMORROW)
    [message] = messages(world)
    assert message == shown.replace("Wed 18 Nov", "Thu 19 Nov")
    assert "3 new gigs for you, 3 above your floor" in message
    assert "missing" in message
    assert "Firm2" not in message, "it pays less than she takes"
    assert "You asked for this message." in message
    assert world.slack.cards(ANA)
    await world.travel(TOMORROW + timedelta(days=2))
    assert len(messages(world)) == 1, "nothing is new, so nothing is sent"


async def test_a_weekly_one_and_one_without_gigs(world: World) -> None:
    await begin(world)
    assert "Choose at least one" in await subscribe(world, how="weekly", sections="")
    assert "24" in await subscribe(world, how="daily", at="25:00") or world.wrong
    said = await subscribe(world, how="weekly", weekday="4", sections="gigs")
    assert "on Fridays at 08:00, your time" in said
    assert "About: Gigs that fit me" in said
    await publish(world, gig(1))
    await approve_all(world)
    await world.travel(datetime(2026, 11, 20, 8, 0, tzinfo=UTC))
    assert len(messages(world)) == 1
    await subscribe(world, how="channel", sections="gigs")
    await publish(world, gig(2))
    await approve_all(world)
    await world.travel(datetime(2026, 12, 2, 8, 0, tzinfo=UTC))
    assert len(messages(world)) == 1


async def test_two_processes_send_one_and_hours_of_downtime_leave_it_out(world: World) -> None:
    await begin(world, gig(1))
    await approve_all(world)
    await world.run_due()
    await subscribe(world, how="daily", at="07:05")
    world.clock.move(TOMORROW + 3 * HOUR - timedelta(minutes=1))
    await asyncio.gather(send_own_digests.run(world.app), send_own_digests.run(world.app))
    await asyncio.gather(send_notices.run(world.app), send_notices.run(world.app))
    await world.run_due()
    assert len(messages(world)) == 1
    await publish(world, gig(2))
    await approve_all(world)
    await world.run_due()
    world.clock.move(TOMORROW + timedelta(days=1, hours=3, minutes=1))
    await world.run_due()
    assert len(messages(world)) == 1
    await world.travel(TOMORROW + timedelta(days=2))
    assert "Firm2" in messages(world)[-1], "what was left out is in the next one"


async def test_it_follows_her_to_another_zone_and_comes_once_a_day_there(world: World) -> None:
    await begin(world)
    await subscribe(world, how="daily", at="07:30")
    for number in range(1, 5):
        if number == 2:
            await world.say(world.ana, "/hub")
            await world.press(world.ana, "Change my time zone")
            await world.submit(world.ana, place="Tokyo")
            await world.press(world.ana, "Yes, that's right")
        await publish(world, gig(number))
        await approve_all(world)
        await world.travel(MORNING + timedelta(days=number, hours=4))
    tokyo = when.zone("Asia/Tokyo")
    sent = [world.slack.shown[remote] for remote in world.slack.order[ANA]]
    assert len(sent) == 4
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
    due = await world.next_due(*send_own_digests.DUES)
    assert due is not None
    assert f"{due.astimezone(tokyo):%H:%M}" == "07:30"


async def test_what_several_lack_is_named_with_who_teaches_it_and_where_it_is_learnt(world: World) -> None:
    await begin(world, gig(0), gig(1))
    await approve_all(world)
    await world.run_due()
    await bring(world, world.ana, "rag", "python")
    assert "is missing on" not in await world.say(world.ana, "/digest"), "nobody here could help"
    await bring(world, world.marek, "chatbot-development")
    lacking = "Chatbot development is missing on 2: "
    assert f"{lacking}1 here teaches it." in await world.say(world.ana, "/digest")

    lea = replace(world.ana, user="U5", name="Lea")
    await offer(world, world.maria, topics="chatbots, RAG", places="4")
    await ask(world, lea, "chatbots")
    await world.press(lea, "Book Thu 19 Nov 17:00")
    circle = "a circle on 19 Nov 2026 17:00 UTC has 3 places."
    assert f"{lacking}1 here teaches it, {circle}" in await world.say(world.ana, "/digest")
    assert circle not in await world.say(lea, "/digest"), "she has a place there"

    await world.say(world.maria, "/meetup create")
    values = {"kind": "workshop", "minutes": "60", "places": "2", "when": "2026-11-19 12:00 UTC", "repeat": "once"}
    await world.submit(world.maria, title="Chatbots by hand", **values)
    await world.press(world.maria, "Publish")
    await world.run_due()
    assert "a workshop on 19 Nov 2026 12:00 UTC has 2 places." in await world.say(world.ana, "/digest")
    card = next(card for card in world.slack.cards("C-gigs") if "[Going]" in words(card))
    await world.press(world.ana, "Going", card)
    assert f"{lacking}1 here teaches it, {circle}" in await world.say(world.ana, "/digest"), "she goes already"


# --- moderators ------------------------------------------------------------------------------------------------------


async def test_the_preview_is_exactly_what_is_posted_and_says_what_is_left_out(world: World) -> None:
    await begin(world, RAG, EVALS, JOB, ("Pastry chef", "We bake bread in Lyon."))
    await approve_all(world)
    preview = await world.say(world.maria, "/mod digest")
    assert "Preview: this is what would be posted. Nothing was posted today." in preview
    assert "Left out: 2 (2 no paid AI work)." in preview  # the baker was there before
    assert preview == await world.say(world.maria, "/mod digest"), "looking changes nothing"
    await world.press(world.maria, "Publish now")
    await world.run_due()
    [digest] = channel(world)
    assert digest in preview
    assert "Today's was posted already." in await world.say(world.maria, "/mod digest")
    assert (await world.say(world.maria, "/mod digest publish")).endswith("E-DONE")
    assert "posted the digest of 2026-11-18 early" in await world.say(world.maria, "/mod audit")
    assert (await world.say(world.ana, "/mod digest")).endswith("E-NOPERM")


async def test_a_skipped_day_has_none_unless_that_is_undone(world: World) -> None:
    await begin(world, RAG)
    await approve_all(world)
    await world.travel(datetime(2026, 11, 19, 6, 0, tzinfo=UTC))
    await world.say(world.maria, "/mod digest")
    await world.press(world.maria, "Skip today")
    assert "comes at its time" in await world.press(world.maria, "Undo")
    await world.say(world.maria, "/mod digest skip")
    skipped = world.last
    await world.travel(datetime(2026, 11, 19, 9, 0, tzinfo=UTC))
    assert channel(world) == []
    assert "Its time has passed" in await world.press(world.maria, "Undo", skipped)
    await world.say(world.maria, "/mod digest publish")
    await asyncio.gather(send_digests.run(world.app), send_digests.run(world.app))
    await world.run_due()
    assert len(channel(world)) == 1
    await world.travel(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))
    assert len(channel(world)) == 1


async def test_a_meetup_is_named_once_unless_it_changed(world: World, make_world: Callable[..., World]) -> None:
    del make_world
    await begin(world)
    at = MORNING + timedelta(days=6)
    await world.say(world.maria, "/meetup create")
    values = {"kind": "talk", "minutes": "30", "places": "2", "when": f"{at:%Y-%m-%d %H:%M} UTC", "repeat": ""}
    await world.submit(world.maria, title="Pricing", **values)
    await world.press(world.maria, "Publish")
    await world.travel(MORNING + timedelta(days=2))
    assert [text.count("Pricing") for text in channel(world)] == [1]
    card = next(card for card in world.slack.cards("C-gigs") if "[Going]" in words(card))
    await world.press(world.ana, "Going", card)
    await world.travel(MORNING + timedelta(days=5))
    assert [text.count("Pricing") for text in channel(world)] == [1, 1]


async def test_the_weekly_note_counts_what_happened_and_comes_once(world: World) -> None:
    await begin(world, RAG, EVALS, JOB)
    await approve_all(world)
    await publish(world, gig(1), gig(2))
    at = world.clock.now() + timedelta(days=1)
    await world.say(world.maria, "/meetup create")
    values = {"kind": "talk", "minutes": "30", "places": "2", "when": f"{at:%Y-%m-%d %H:%M} UTC", "repeat": ""}
    await world.submit(world.maria, title="Pricing", **values)
    await world.press(world.maria, "Publish")
    await world.run_due()
    card = next(card for card in world.slack.cards("C-gigs") if "[Going]" in words(card))
    await world.press(world.ana, "Going", card)
    await world.travel(datetime(2026, 11, 23, 7, 59, tzinfo=UTC))
    assert not [card for card in world.slack.cards("C-mods") if "Your week" in words(card)]
    await world.travel(datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
    await asyncio.gather(send_weekly_notes.run(world.app), send_weekly_notes.run(world.app))
    await world.run_due()
    [note] = [words(card) for card in world.slack.cards("C-mods") if "Your week" in words(card)]
    assert "Feeds: 6 seen → 5 passed → 3 posted." in note
    assert "3 leads decided; half of them within" in note
    assert "1 meetup: 1 said they would come, 0 came. Of 1 nobody said." in note
    assert "Failing" not in note
    assert "report" not in note


async def test_a_week_without_anything_has_no_note(world: World) -> None:
    await world.set_up()
    await world.travel(datetime(2026, 12, 1, 8, 0, tzinfo=UTC))
    assert not [card for card in world.slack.cards("C-mods") if "Your week" in words(card)]
