"""Reminding who goes: a day and ten minutes before, each by itself; what is owed follows every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import notices
from bot.cards import Button, Card, Controls, Heading, Paragraph
from bot.meetups import store
from bot.meetups.cards import when_words
from bot.notices import Notice, Worth
from bot.reminders import REMINDERS
from bot.words import say

if TYPE_CHECKING:
    from bot.meetups.store import Gathering
    from bot.place import Place


def reminder_key(gathering_id: int, member_id: int, version: int, which: str) -> str:
    """The key of a reminder's notice."""
    return f"meetup-reminder:{gathering_id}:{member_id}:{version}:{which}"


async def remind(do: Place, found: Gathering, member_id: int, version: int, wanted: list[str]) -> None:
    """Owe who goes their reminders, as far as their time is still to come."""
    for which in wanted:
        due = found.at - REMINDERS[which]
        if due <= do.now:
            continue
        key = reminder_key(found.id, member_id, version, which)
        card = _reminder_card(found)
        told = Notice(member_id=member_id, key=key, card=card, due=due, until=found.at, asked=True, worth=Worth.ANSWER)
        await notices.owe(do.db, do.ids, do.community.id, told)


def _reminder_card(found: Gathering) -> Card:
    press = (str(found.id),)
    buttons = [Button(say("Can't after all"), "meetup cant", press), Button(say("Details"), "meetup show", press)]
    where = [Paragraph((say("Where: {place}", place=found.place),))] if found.place else []
    return Card(
        say("A reminder: {title}.", title=found.title),
        (
            Heading(found.title),
            Paragraph((say("A reminder."), " ", *when_words(found))),
            *where,
            Controls(tuple(buttons)),
        ),
    )


async def forget_reminders(do: Place, found: Gathering, member_id: int, version: int) -> None:
    """The reminders that were owed because of an answer are over."""
    for which in REMINDERS:
        key = reminder_key(found.id, member_id, version, which)
        await notices.close(do.db, do.ids, do.community.id, key, do.now)


async def remind_again(do: Place, gathering_id: int) -> None:
    """Owe the reminders of a gathering anew, after its time has changed."""
    found = await store.read_gathering(do.db, do.community.id, gathering_id)
    if found is None:
        return
    for one in await store.answers_of(do.db, do.community.id, gathering_id):
        mine = await store.answer_of(do.db, do.community.id, gathering_id, one.member_id)
        if mine is None or mine["answer"] != "going":
            continue
        await forget_reminders(do, found, one.member_id, mine["version"])
        kept = {"at": mine["at"], "turn": mine["turn"]}
        version = await store.put_answer(do.db, do.community.id, gathering_id, one.member_id, "going", **kept)
        await remind(do, found, one.member_id, version, mine["reminders"])
