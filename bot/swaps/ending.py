"""Ending what does not come about: kindly, without a word of why, and with the need put back.

The same two are never brought together for the same skill again (`store.taught`). Who wanted to learn is looked after:
help that was asked for is asked of the next one, and who was in a ring comes first in the next round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import notices
from bot.cards import Button, Card, Controls, Paragraph, Time, sentence
from bot.commands import Commands, Reply, Update, Write
from bot.errors import UserError
from bot.notices import Notice, Worth
from bot.swaps import appointments, asking, store
from bot.swaps.sides import name_of, other_of, own_lesson, own_open, stale
from bot.swaps.words import skill_name
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

commands = Commands()


@commands.command("swap no-fit", typed=False)
async def no_fit(do: Write, lesson: int) -> Reply:
    """End what you and the other one were introduced for; they are not told why."""
    return Reply(await _end(do, await own_open(do, lesson)))


@commands.command("swap failed", typed=False)
async def failed(do: Write, lesson: int) -> Update:
    """Say that a lesson did not work out; the other is not told why."""
    row = await own_lesson(do, lesson)
    if row["state"] == "failed":
        raise UserError("E-DONE", say("That is ended already."), buttons=(Button(say("My swaps"), "swap status"),))
    if row["state"] not in ("open", "closed"):
        raise stale()
    return Update(await _end(do, [row]))


async def _end(do: Write, rows: Sequence[sa.RowMapping]) -> Card:
    """End lessons of the same two, and put the need of who was to learn back."""
    over = sentence(say("This won't come about."), Button(say("My swaps"), "swap status"))
    said = [say("Noted. You two are not matched for this again, and no hour is entered.")]
    for row in rows:
        await store.change_lesson(do.db, do.community.id, row["id"], state="failed", due=None)
    for row in rows:
        await appointments.leave(do, row, over, over)
        next_step = await _put_back(do, row)
        if row["getter_id"] == do.member_id:
            said.append(next_step)
        await _tell(do, row, next_step)
    return sentence(" ".join(said), Button(say("My swaps"), "swap status"))


async def _put_back(do: Write, row: sa.RowMapping) -> str:
    """Look after who was to learn, if they are still here; returns what they can expect, in words."""
    kind, _, number = row["source"].partition(":")
    if row["getter_id"] is None:
        return ""
    if kind == "ask":
        await asking.ask_on(do, int(number))
        return say("I ask the next one who can help with {skill}.", skill=skill_name(row["skill"]))
    await store.let_wait(do.db, do.community.id, [row["getter_id"]])
    return say("For {skill}, you come first in the next round.", skill=skill_name(row["skill"]))


async def _tell(do: Write, row: sa.RowMapping, next_step: str) -> None:
    """Tell the other one that it is over, and nobody's fault."""
    other = other_of(row, do.member_id)
    if other is None:
        return
    skill = skill_name(row["skill"])
    name = await name_of(do, do.member_id)
    text = say(
        "You and {name} won't come together for {skill}. That happens, and it is nobody's fault.",
        name=name,
        skill=skill,
    )
    words = f"{text} {next_step}" if row["getter_id"] == other else text
    at = appointments.coming(row, do.now)
    off = (say(" Your time is off: "), Time(at, "full"), ".") if at else ()
    mine = Controls((Button(say("My swaps"), "swap status"),))
    told = Notice(
        member_id=other,
        key=f"ended:{row['id']}",
        card=Card(words, (Paragraph((words, *off)), mine)),
        due=do.now,
        asked=at is not None,  # nobody sits and waits because of how much else came that day
        worth=Worth.PERSON,
    )
    await notices.owe(do.db, do.ids, do.community.id, told)
