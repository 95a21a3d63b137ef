"""After the introduction: "Have you two met?", the hour in the ledger, thanks, and one question."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from bot import notices, people
from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Option, Paragraph, Select, Time, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.notices import Notice, Worth
from bot.swaps import gathering, store
from bot.swaps.hours import times_for_all
from bot.swaps.introducing import ASK_AFTER
from bot.swaps.words import hours_words, skill_name
from bot.words import say

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bot.place import Place

OVER_AFTER = timedelta(days=14)
"""After the introduction: then a lesson is closed, or it is asked what it was worth."""

LONGEST = 4
"""Hours that one lesson may be booked with."""

commands = Commands()


# --- have you two met? -----------------------------------------------------------------------------------------------


async def follow(place: Place, lesson_id: int) -> None:
    """Do what is due about a lesson: ask whether they have met, ask what it was worth, or close it."""
    row = await store.lock_lesson(place.db, place.community.id, lesson_id)
    if row is None or row["due"] is None or row["due"] > place.now:  # somebody else was here
        return
    if row["state"] == "open" and not row["asked_met"]:
        await ask_met(place, row)
    elif row["state"] == "open":
        await _close(place, row)
    elif row["state"] == "met":
        await _ask_worth(place, row)
    else:
        await store.change_lesson(place.db, place.community.id, row["id"], due=None)


async def ask_met(place: Place, row: sa.RowMapping) -> None:
    """Ask the one who learns whether the two have met; once."""
    name = await _name(place, row["giver_id"])
    lesson, skill = str(row["id"]), skill_name(row["skill"])
    answers = (
        Button(say("Yes"), "swap met", (lesson,), "primary"),
        Button(say("Not yet"), "swap not-yet", (lesson,)),
        Button(say("Need help"), "swap help", (lesson,)),
    )
    card = Card(
        say("Have you and {name} met?", name=name),
        (
            Heading(say("Have you two met?")),
            Paragraph((say("You and {name}, for {skill}.", name=name, skill=skill),)),
            Controls(answers),
            Note((say("A yes enters an hour: yours to give back some day, theirs to ask for. I ask this once."),)),
        ),
    )
    told = Notice(member_id=row["getter_id"], key=f"met:{lesson}", card=card, due=place.now, worth=Worth.PERSON)
    await notices.owe(place.db, place.ids, place.community.id, told)
    over = max(row["at"] + OVER_AFTER, place.now + ASK_AFTER)
    await store.change_lesson(place.db, place.community.id, row["id"], asked_met=True, due=over)


async def _close(place: Place, row: sa.RowMapping) -> None:
    """Let a lesson go of which nothing was heard; who was left waiting is served first in the next round."""
    await store.change_lesson(place.db, place.community.id, row["id"], state="closed", due=None)
    await notices.close(place.db, place.ids, place.community.id, f"met:{row['id']}", place.now, card=_over_card())
    left = [row["giver_id"], *([row["getter_id"]] if row["verdict"] == "not yet" else [])]
    await store.let_wait(place.db, place.community.id, left)


def _over_card() -> Card:
    return sentence(say("This question is closed."), Button(say("My swaps"), "swap status"))


@commands.command("swap met", typed=False)
async def met(do: Write, lesson: int) -> Update:
    """Say that you two have met."""
    row = await _own_lesson(do, lesson)
    if row["state"] == "met":
        raise UserError("E-DONE", say("That is noted already."), buttons=(Button(say("My swaps"), "swap status"),))
    if row["state"] not in ("open", "closed"):
        raise _stale()
    if row["getter_id"] != do.member_id:
        return Update(await _giver_says_met(do, row))
    await store.book(do.db, row, 1, do.now)
    due = max(row["at"] + OVER_AFTER, do.now + timedelta(days=1))
    await store.change_lesson(do.db, do.community.id, lesson, state="met", due=due)
    card = await _met_card(do, row, 1)
    await notices.close(do.db, do.ids, do.community.id, f"met:{lesson}", do.now, card=card)
    return Update(card)


async def _giver_says_met(place: Place, row: sa.RowMapping) -> Card:
    """Who taught says so: the other is asked at once, who alone can enter the hour."""
    name = await _name(place, row["getter_id"])
    if row["state"] == "open" and not row["asked_met"]:
        await ask_met(place, row)
    return sentence(say("Good. {name} is asked, too; with a yes the hour is entered.", name=name))


async def _met_card(place: Place, row: sa.RowMapping, hours: int) -> Card:
    name, lesson = await _name(place, row["giver_id"]), str(row["id"])
    options = tuple(Option(hours_words(n), str(n)) for n in range(1, LONGEST + 1))
    text = say("Entered: {hours} from {name}.", hours=hours_words(hours), name=name)
    controls = (Button(say("Thank {name}", name=name[:40]), "swap thank", (lesson,), "primary"),)
    longer = Select(say("It took longer"), "swap hours", options, (lesson,))
    return Card(
        text, (Paragraph((text,)), Controls((*controls, Button(say("My swaps"), "swap status"))), Controls((longer,)))
    )


@commands.command("swap hours", typed=False)
async def change_hours(do: Write, lesson: int, hours: int) -> Update:
    """Correct how many hours a lesson took."""
    row = await _own_lesson(do, lesson)
    if row["getter_id"] != do.member_id or row["state"] != "met":
        raise _stale()
    if not 1 <= hours <= LONGEST:
        raise UserError("E-OPTION", say("A lesson takes 1 to {most} hours.", most=LONGEST))
    await store.change_hours(do.db, do.community.id, lesson, hours)
    return Update(await _met_card(do, row, hours))


@commands.command("swap not-yet", typed=False)
async def not_yet(do: Write, lesson: int) -> Update:
    """Say that you two have not met yet."""
    row = await _own_lesson(do, lesson)
    if row["state"] != "open":
        raise _stale()
    if row["getter_id"] == do.member_id:
        await store.change_lesson(do.db, do.community.id, lesson, verdict="not yet")
    text = say("No hurry. When you have, press “We met” in /swap status.")
    card = sentence(text, Button(say("My swaps"), "swap status"))
    await notices.close(do.db, do.ids, do.community.id, f"met:{lesson}", do.now, card=card)
    return Update(card)


@commands.command("swap help", typed=False)
async def need_help(do: Write, lesson: int) -> Update:
    """See what can be done when a lesson does not come about."""
    row = await _own_lesson(do, lesson)
    other = row["giver_id"] if row["getter_id"] == do.member_id else row["getter_id"]
    known = await gathering.gather(
        do.db, do.community, do.settings, [one for one in (do.member_id, other) if one], do.now
    )
    times = times_for_all([one.free for one in known.values()], do.now)
    text = say("Most often a date does it: send {name} one of these, and ask for a yes.", name=await _name(do, other))
    blocks: list[Block] = [Paragraph((text,)), Items(tuple((Time(at),) for at in times))] if times else []
    if not times:
        blocks = [Paragraph((say("You two share no hours that I know of. Widen your times, or ask somebody else."),))]
    controls = (
        Button(say("Widen my times"), "profile more"),
        Button(say("It didn't work out"), "swap failed", (str(lesson),)),
        Button(say("Report something"), "hub report"),
    )
    return Update(Card(say("What can be done."), (*blocks, Controls(controls))))


@commands.command("swap failed", typed=False)
async def failed(do: Write, lesson: int) -> Update:
    """Say that it did not work out; the other is not told why."""
    row = await _own_lesson(do, lesson)
    if row["state"] not in ("open", "closed"):
        raise _stale()
    await store.change_lesson(do.db, do.community.id, lesson, state="failed", due=None)
    text = say("Noted. You two are not matched for this again, and no hour is entered.")
    again = (
        [Button(say("Ask for another"), "help ask", (row["skill"],), "primary")]
        if row["getter_id"] == do.member_id
        else []
    )
    card = sentence(text, *again, Button(say("My swaps"), "swap status"))
    await notices.close(do.db, do.ids, do.community.id, f"met:{lesson}", do.now, card=_over_card())
    return Update(card)


# --- thanks, and one question ----------------------------------------------------------------------------------------


@commands.command("swap thank", typed=False)
async def thank(do: Write, lesson: int) -> Update:
    """Thank who taught you."""
    row = await _own_lesson(do, lesson)
    if row["getter_id"] != do.member_id or row["state"] != "met" or row["giver_id"] is None:
        raise _stale()
    name = await _name(do, row["giver_id"])
    if row["thanked"] is not None:
        raise UserError("E-DONE", say("You have thanked {name} already.", name=name))
    await store.change_lesson(do.db, do.community.id, lesson, thanked=do.now)
    text = say("{name} thanks you for the help with {skill}.", name=do.name, skill=skill_name(row["skill"]))
    told = Notice(
        member_id=row["giver_id"],
        key=f"thanks:{lesson}",
        card=sentence(text, Button(say("My swaps"), "swap status")),
        due=do.now,
        worth=Worth.NEWS,
    )
    await notices.owe(do.db, do.ids, do.community.id, told)
    return Update(sentence(say("Done: {name} hears of it.", name=name), Button(say("My swaps"), "swap status")))


async def _ask_worth(place: Place, row: sa.RowMapping) -> None:
    lesson, name = str(row["id"]), await _name(place, row["giver_id"])
    answers = (
        Button(say("Very much"), "swap feedback", (lesson, "much"), "primary"),
        Button(say("A little"), "swap feedback", (lesson, "little")),
        Button(say("No"), "swap feedback", (lesson, "none")),
    )
    text = say("Did the time with {name} help you with {skill}?", name=name, skill=skill_name(row["skill"]))
    note = Note((say("One question, once. {name} doesn't see the answer.", name=name),))
    told = Notice(
        member_id=row["getter_id"],
        key=f"worth:{lesson}",
        card=Card(text, (Paragraph((text,)), Controls(answers), note)),
        due=place.now,
        worth=Worth.NEWS,
    )
    await notices.owe(place.db, place.ids, place.community.id, told)
    await store.change_lesson(place.db, place.community.id, row["id"], due=None)


@commands.command("swap feedback", typed=False)
async def feedback(do: Write, lesson: int, verdict: Literal["much", "little", "none"]) -> Update:
    """Say what a lesson was worth to you."""
    row = await _own_lesson(do, lesson)
    if row["getter_id"] != do.member_id or row["state"] != "met":
        raise _stale()
    await store.change_lesson(do.db, do.community.id, lesson, verdict=verdict)
    card = sentence(say("Thank you. That helps to match better."), Button(say("My swaps"), "swap status"))
    await notices.close(do.db, do.ids, do.community.id, f"worth:{lesson}", do.now, card=card)
    return Update(card)


# --- what they have in common ----------------------------------------------------------------------------------------


async def _own_lesson(do: Write, lesson_id: int) -> sa.RowMapping:
    """A lesson that the caller gives or gets, locked. Raises `UserError` (E-STALE)."""
    row = await store.lock_lesson(do.db, do.community.id, lesson_id)
    if row is None or do.member_id not in (row["giver_id"], row["getter_id"]):
        raise _stale()
    return row


def _stale() -> UserError:
    return UserError("E-STALE", say("That is over, or not yours."), buttons=(Button(say("My swaps"), "swap status"),))


async def _name(place: Place | Write, member_id: int | None) -> str:
    name = await people.member_name(place.db, place.community.id, member_id) if member_id else None
    return name or say("somebody who has left")
