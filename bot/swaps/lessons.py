"""After the introduction, or the time that was fixed: "Have you two met?", and the hour in the ledger."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import notices
from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Option, Paragraph, Select, Time, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.notices import Notice, Worth
from bot.swaps import appointments, gathering, store
from bot.swaps.appointments import met_key
from bot.swaps.hours import times_for_all
from bot.swaps.introducing import ASK_AFTER
from bot.swaps.sides import name_of, other_of, own_lesson, stale
from bot.swaps.thanks import OVER_AFTER, ask_worth
from bot.swaps.words import hours_words, skill_name
from bot.words import say

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bot.place import Place

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
        await ask_worth(place, row)
    else:
        await store.change_lesson(place.db, place.community.id, row["id"], due=None)


async def ask_met(place: Place, row: sa.RowMapping) -> None:
    """Ask the one who learns whether the two have met; once."""
    name = await name_of(place, row["giver_id"])
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
            Note((_entered_words(row),)),
        ),
    )
    told = Notice(member_id=row["getter_id"], key=met_key(row), card=card, due=place.now, worth=Worth.PERSON)
    await notices.owe(place.db, place.ids, place.community.id, told)
    over = max(row["at"] + OVER_AFTER, place.now + ASK_AFTER)
    await store.change_lesson(place.db, place.community.id, row["id"], asked_met=True, due=over)


def _entered_words(row: sa.RowMapping) -> str:
    if row["free"]:
        return say("A yes enters an hour, as a gift: nothing is owed for it. I ask this once.")
    return say("A yes enters an hour: yours to give back some day, theirs to ask for. I ask this once.")


async def _close(place: Place, row: sa.RowMapping) -> None:
    """Let a lesson go of which nothing was heard; who was left waiting is served first in the next round."""
    await store.change_lesson(place.db, place.community.id, row["id"], state="closed", due=None)
    await notices.close(place.db, place.ids, place.community.id, met_key(row), place.now, card=_over_card())
    left = [row["giver_id"], *([row["getter_id"]] if row["verdict"] == "not yet" else [])]
    await store.let_wait(place.db, place.community.id, left)


def _over_card() -> Card:
    return sentence(say("This question is closed."), Button(say("My swaps"), "swap status"))


@commands.command("swap met", typed=False)
async def met(do: Write, lesson: int) -> Update:
    """Say that you two have met."""
    row = await own_lesson(do, lesson)
    if row["state"] == "met":
        raise UserError("E-DONE", say("That is noted already."), buttons=(Button(say("My swaps"), "swap status"),))
    if row["state"] not in ("open", "closed"):
        raise stale()
    if row["getter_id"] != do.member_id:
        return Update(await _giver_says_met(do, row))
    await store.book(do.db, row, 1, do.now)
    due = max(row["at"] + OVER_AFTER, do.now + timedelta(days=1))
    unneeded = {"meets_at": None} if appointments.coming(row, do.now) else {}  # they met before it
    await store.change_lesson(do.db, do.community.id, lesson, state="met", due=due, **unneeded)
    card = await _met_card(do, row, 1)
    await appointments.leave(do, row, card)
    return Update(card)


async def _giver_says_met(place: Place, row: sa.RowMapping) -> Card:
    """Who taught says so: the other is asked at once, who alone can enter the hour."""
    name = await name_of(place, row["getter_id"])
    if row["state"] == "open" and not row["asked_met"]:
        await ask_met(place, row)
    return sentence(say("Good. {name} is asked, too; with a yes the hour is entered.", name=name))


async def _met_card(place: Place, row: sa.RowMapping, hours: int) -> Card:
    name, lesson = await name_of(place, row["giver_id"]), str(row["id"])
    options = tuple(Option(hours_words(n), str(n)) for n in range(1, LONGEST + 1))
    entered = say("Entered: {hours} from {name}.", hours=hours_words(hours), name=name)
    text = say("{entered} It is a gift: nothing is owed for it.", entered=entered) if row["free"] else entered
    controls = (Button(say("Thank {name}", name=name[:40]), "swap thank", (lesson,), "primary"),)
    longer = Select(say("It took longer"), "swap hours", options, (lesson,))
    return Card(
        text, (Paragraph((text,)), Controls((*controls, Button(say("My swaps"), "swap status"))), Controls((longer,)))
    )


@commands.command("swap hours", typed=False)
async def change_hours(do: Write, lesson: int, hours: int) -> Update:
    """Correct how many hours a lesson took."""
    row = await own_lesson(do, lesson)
    if row["getter_id"] != do.member_id or row["state"] != "met":
        raise stale()
    if not 1 <= hours <= LONGEST:
        raise UserError("E-OPTION", say("A lesson takes 1 to {most} hours.", most=LONGEST))
    await store.change_hours(do.db, do.community.id, lesson, hours)
    return Update(await _met_card(do, row, hours))


@commands.command("swap not-yet", typed=False)
async def not_yet(do: Write, lesson: int) -> Update:
    """Say that you two have not met yet."""
    row = await own_lesson(do, lesson)
    if row["state"] != "open":
        raise stale()
    if row["getter_id"] == do.member_id:
        await store.change_lesson(do.db, do.community.id, lesson, verdict="not yet")
    text = say("No hurry. When you have, press “We met” in /swap status.")
    time = Button(say("We've fixed a time"), "swap times", (str(lesson),))
    card = sentence(text, time, Button(say("My swaps"), "swap status"))
    await notices.close(do.db, do.ids, do.community.id, met_key(row), do.now, card=card)
    return Update(card)


@commands.command("swap help", typed=False)
async def need_help(do: Write, lesson: int) -> Update:
    """See what can be done when a lesson does not come about."""
    row = await own_lesson(do, lesson)
    other = other_of(row, do.member_id)
    known = await gathering.gather(
        do.db, do.community, do.settings, [one for one in (do.member_id, other) if one], do.now
    )
    times = times_for_all([one.free for one in known.values()], do.now)
    text = say("Most often a date does it: send {name} one of these, and ask for a yes.", name=await name_of(do, other))
    blocks: list[Block] = [Paragraph((text,)), Items(tuple((Time(at),) for at in times))] if times else []
    if not times:
        blocks = [Paragraph((say("You two share no hours that I know of. Widen your times, or ask somebody else."),))]
    controls = (
        Button(say("We've fixed a time"), "swap times", (str(lesson),), "primary"),
        Button(say("Widen my times"), "profile more"),
        Button(say("It didn't work out"), "swap failed", (str(lesson),)),
        Button(say("Report something"), "hub report"),
    )
    return Update(Card(say("What can be done."), (*blocks, Controls(controls))))
