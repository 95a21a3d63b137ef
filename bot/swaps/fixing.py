"""Two who were introduced fix a time: one of three that suit both, or another.

Every press carries how often a time had been fixed when its card was drawn: of two who fix different times, the second
is told of the first, and moves it only by another press.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards import Block, Button, Card, Controls, Heading, Note, Paragraph, Time
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import UserError
from bot.forms import Form, Page, TimeField
from bot.options import When
from bot.presses import label_of, pressed, unpressed
from bot.reminders import ahead_words
from bot.swaps import appointments, gathering, store
from bot.swaps.hours import times_for_all
from bot.swaps.sides import name_of, other_of, own_open, stale
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa

TIMES = 3

commands = Commands()


@commands.command("swap times", typed=False)
async def times(ask: Read, lesson: int) -> Reply:
    """Choose a time with the one you were introduced to: one that suits you both, or another."""
    row = await _own(ask, lesson)
    both = (row["giver_id"], row["getter_id"])
    known = await gathering.gather(ask.db, ask.community, ask.settings, both, ask.now)
    found = times_for_all([one.free for one in known.values()], ask.now, TIMES + 1)
    suit = [at for at in found if at != row["meets_at"]][:TIMES]
    name = await name_of(ask, other_of(row, ask.member_id))
    head = say("When do you and {name} meet?", name=name)
    blocks: list[Block] = [Heading(head)]
    if fixed := appointments.coming(row, ask.now):
        told = say(". The other one hears of a change.")
        blocks.append(Paragraph((say("Fixed: "), Time(fixed, "full"), told)))
    words = say("Which time have you agreed on? Buttons show times in {zone}.", zone=ask.zone)
    if not suit:
        words = say("I know of no other time that suits both. Write the one that you have agreed on.")
    press = (str(lesson), str(row["fixed"]))
    buttons = [Button(label_of(at, ask.zone), "swap fix", (*press, pressed(at))) for at in suit]
    another = Button(say("Another time"), "swap ask-time", (str(lesson),))
    return Reply(Card(head, (*blocks, Paragraph((words,)), Controls((*buttons, another)))))


async def _own(ask: Read, lesson_id: int) -> sa.RowMapping:
    """An open lesson of whoever asks, not locked. Raises `UserError` (E-STALE)."""
    row = await store.read_lesson(ask.db, ask.community.id, lesson_id)
    mine = row is not None and ask.member_id in (row["giver_id"], row["getter_id"]) and row["state"] == "open"
    if row is None or not mine or other_of(row, ask.member_id) is None:
        raise stale()
    return row


@commands.command("swap fix", typed=False)
async def fix(do: Write, lesson: int, version: int, at: int) -> Update:
    """Fix the time that you pressed."""
    return Update(await _fix(do, lesson, version, unpressed(at)))


@commands.command("swap ask-time", typed=False)
async def ask_time(ask: Read, lesson: int) -> OpenForm:
    """Say which time you have agreed on."""
    row = await _own(ask, lesson)
    field = TimeField("at", say("When do you meet?"), say("In your own zone, such as Thu 18:00."))
    page = Page(say("The time that you have agreed on"), (field,))
    return OpenForm(Form(say("Fix a time"), "swap save-time", (page,), (str(lesson), str(row["fixed"]))))


@commands.command("swap save-time", typed=False)
async def save_time(do: Write, lesson: int, version: int, at: When) -> Reply:
    """Fix the time that you wrote."""
    return Reply(await _fix(do, lesson, version, at))


async def _fix(do: Write, lesson_id: int, version: int, at: datetime) -> Card:
    """Fix a time for all that two have together. Raises `UserError` (E-STALE, E-PAST, E-TIME, E-DONE)."""
    rows = await own_open(do, lesson_id)
    _require_possible(do, lesson_id, at)
    _require_current(do, rows, version, at)
    mine = Controls((Button(say("My swaps"), "swap status"),))
    new = Paragraph((say("Another time was fixed: "), Time(at, "full"), "."))
    over = Card(say("Another time was fixed."), (new, mine))
    await appointments.forget_time(do.db, do.ids, do.community.id, rows, do.now, over, over)
    values = {"meets_at": at, "fixed": _fixed(rows) + 1, "asked_met": False, "due": at + appointments.CHECK_IN}
    for row in rows:
        await store.change_lesson(do.db, do.community.id, row["id"], **values)
    rows = await own_open(do, lesson_id)
    await appointments.announce(do, rows, do.member_id)
    name = await name_of(do, other_of(rows[0], do.member_id))
    text = say("It is fixed: you and {name} meet ", name=name)
    ahead = ahead_words(at, do.now)
    note = say("{name} is told. I remind you both {when}, and ask afterwards whether you met.", name=name, when=ahead)
    controls = Controls((*appointments.time_buttons(rows[0]), Button(say("My swaps"), "swap status")))
    spoken = say("It is fixed: you and {name} meet on {at}.", name=name, at=label_of(at, do.zone))
    return Card(spoken, (Paragraph((text, Time(at, "full"), ".")), Note((note,)), controls))


def _fixed(rows: Sequence[sa.RowMapping]) -> int:
    """How often a time was fixed for these."""
    return max(int(row["fixed"]) for row in rows)


def _require_possible(do: Write, lesson_id: int, at: datetime) -> None:
    others = (Button(say("Other times"), "swap times", (str(lesson_id),)),)
    if at <= do.now:
        raise UserError("E-PAST", say("That time is over."), advice=say("Choose one that is to come."), buttons=others)
    if at > do.now + appointments.AHEAD:
        happened = say("That is more than {n} days ahead.", n=appointments.AHEAD.days)
        raise UserError("E-TIME", happened, advice=say("Choose a time that is nearer."), buttons=others)


def _require_current(do: Write, rows: Sequence[sa.RowMapping], version: int, at: datetime) -> None:
    """Raise `UserError` (E-DONE) where this time is fixed already, or another one was meanwhile."""
    current = appointments.coming(rows[0], do.now)
    mine = Button(say("My swaps"), "swap status")
    if current == at:
        raise UserError("E-DONE", say("That time is fixed already; you are both reminded."), buttons=(mine,))
    if version == _fixed(rows) or current is None:
        return
    press = (str(rows[0]["id"]), str(_fixed(rows)), pressed(at))
    move = Button(say("Move it to {at}", at=label_of(at, do.zone)), "swap fix", press)
    raise UserError(
        "E-DONE",
        say("A time was fixed meanwhile: {at}, in {zone}.", at=label_of(current, do.zone), zone=do.zone),
        advice=say("If you have agreed on yours since, move it; else nothing more is to be done."),
        buttons=(move, mine),
    )
