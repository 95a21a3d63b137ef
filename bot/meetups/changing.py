"""Changing a meetup that stands, and calling it off; whoever answered is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import audit, occurrences
from bot.cards import Button, Card, Controls, Heading, Items, Note, Paragraph, Time, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import Form, Page, TextField
from bot.meetups import going, reminding, store
from bot.meetups.announcing import mirror_again
from bot.meetups.cards import in_words, view_of
from bot.meetups.drafts import too_long
from bot.meetups.managing import mine
from bot.meetups.rules import LENGTHS, MOST_PLACES, taken
from bot.options import Kind, read_value
from bot.options import Option as Given
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.meetups.store import Gathering
    from bot.place import Place

commands = Commands()


@commands.command("meetup change", typed=False)
async def change(ask: Read, gathering: int) -> OpenForm:
    """Ask what is to change about a meetup; those who go are told."""
    found = await mine(ask, gathering)
    fields = (
        TextField("title", say("Title"), value=found.title, max_length=LENGTHS["title"]),
        TextField("when", say("When"), value=in_words(found.at, ask.zone), max_length=120),
        TextField("places", say("Places"), say("Empty: room for everybody."), str(found.places or ""), required=False),
        TextField("place", say("Where"), value=found.place, required=False, max_length=LENGTHS["place"]),
        TextField(
            "about", say("What about"), value=found.about, required=False, long=True, max_length=LENGTHS["about"]
        ),
    )
    page = Page(say("Change a meetup"), fields)
    return OpenForm(Form(say("Change a meetup"), "meetup save-change", (page,), (str(gathering),)))


@commands.command("meetup save-change", typed=False)
async def save_change(
    do: Write, gathering: int, title: str, when: str, places: str = "", place: str = "", about: str = ""
) -> Reply:
    """Keep the changes, and tell those who go what changed."""
    await mine(do, gathering)
    found = await going.open_gathering(do, gathering)
    room = int(places) if places.strip().isdecimal() and len(places.strip()) < 6 else None
    if wrong := too_long(title=title, place=place, about=about):
        raise FieldErrors(wrong)
    if places.strip() and not (room and 1 <= room <= MOST_PLACES):
        raise FieldErrors({"places": say("Write a whole number from 1, or nothing for room for everybody.")})
    at = await _new_time(do, found, when)
    title, place, about = title.strip(), place.strip(), about.strip()
    changes = [
        *([say("Title: {title}", title=title)] if title != found.title else []),
        *([say("Where: {place}", place=place or say("not said yet"))] if place != found.place else []),
        *([say("When")] if at != found.at else []),
    ]
    before = {"title": found.title, "at": found.at.isoformat(), "places": found.places, "place": found.place}
    after = {"title": title, "at": at.isoformat(), "places": room, "place": place}
    await audit.record(do, "meetup change", f"meetup:{found.meetup_id}", before=before, after=after)
    await store.change_meetup(
        do.db, do.community.id, found.meetup_id, title=title, places=room, place=place, about=about
    )
    if at != found.at:
        await _move(do, found, at)
    elif changes:
        await store.change_gathering(do.db, do.community.id, found.id, sequence=found.sequence + 1)
    changed = await store.read_gathering(do.db, do.community.id, found.id)
    assert changed is not None  # noqa: S101  (it is locked by this transaction)
    if changes:
        await _tell_changed(do, changed, changes)
    await going.settle(do, changed)
    if changes:
        await mirror_again(do, changed)
    view = await view_of(do.db, do.community.id, changed)
    over = room is not None and taken(view.answers) > room
    note = say(" More are going than there are places now; nobody was removed.") if over else ""
    done = say("Changed, and those who go are told.") if changes else say("Changed.")
    return Reply(sentence(done + note, Button(say("Manage it"), "meetup manage", (str(gathering),))))


async def _new_time(do: Write, found: Gathering, words: str) -> datetime:
    """The instant that the form says: the old one where its words were left as they stood."""
    if words.strip() == in_words(found.at, do.zone):
        return found.at
    try:
        at: datetime = await read_value(Given("when", Kind.WHEN, "", required=True), words, do)
    except UserError as error:
        raise FieldErrors({"when": error.sentence}) from None
    return at


async def _move(do: Write, found: Gathering, at: datetime) -> None:
    """Let it happen at another time, this once; reminders follow."""
    raised = await occurrences.move(do.db, do.community.id, found.series_id, found.key, at) or 0
    await store.change_gathering(do.db, do.community.id, found.id, at=at, sequence=max(raised, found.sequence + 1))
    await reminding.remind_again(do, found.id)


async def _tell_changed(do: Place, found: Gathering, changes: Sequence[str]) -> None:
    card = Card(
        say("Changed: {title}.", title=found.title),
        (
            Heading(say("A meetup changed: {title}", title=found.title)),
            Items(tuple((words,) for words in changes)),
            Paragraph((Time(found.at, "full"),)),
            Note((say("A calendar that you subscribed to may show it hours later."),)),
            Controls(
                (
                    Button(say("Add to calendar"), "meetup calendar", (str(found.id),)),
                    Button(say("Can't any more"), "meetup cant", (str(found.id),)),
                )
            ),
        ),
    )
    await going.tell_those_who_come(do, found, card, f"meetup-changed:{found.id}:{found.sequence}")


# --- cancelling ------------------------------------------------------------------------------------------------------


@commands.command("meetup call-off", typed=False)
async def call_off(ask: Read, gathering: int) -> Reply:
    """Ask whether a meetup is really cancelled."""
    found = await mine(ask, gathering)
    rest = await store.of_meetup(ask.db, ask.community.id, found.meetup_id, ask.now)
    press = (str(gathering),)
    buttons = [Button(say("Cancel it and tell everyone"), "meetup cancel", (*press, "once"), "danger")]
    if len(rest) > 1:
        buttons.append(Button(say("Cancel this and all later ones"), "meetup cancel", (*press, "all"), "danger"))
    buttons.append(Button(say("Leave it"), "meetup manage", press))
    words = say("Cancel “{title}”? Everybody who answered is told at once.", title=found.title)
    return Reply(sentence(words, *buttons))


@commands.command("meetup cancel", typed=False)
async def cancel(do: Write, gathering: int, which: str = "once") -> Update:
    """Cancel a meetup, and tell everybody who answered."""
    await mine(do, gathering)
    found = await going.open_gathering(do, gathering)
    later = await store.of_meetup(do.db, do.community.id, found.meetup_id, do.now) if which == "all" else []
    told = await cancel_one(do, found, do.name)
    for one in (one for one in later if one.at > found.at):
        await store.read_gathering(do.db, do.community.id, one.id, lock=True)
        told += await cancel_one(do, one, do.name)
    await audit.record(do, "meetup cancel", f"meetup:{found.meetup_id}", after={"title": found.title, "which": which})
    people_told = count(told, say("message"), say("messages"))
    return Update(sentence(say("Cancelled: {title}. {n} sent.", title=found.title, n=people_told)))


async def cancel_one(do: Place, found: Gathering, by: str) -> int:
    """Cancel one gathering; returns how many were told."""
    await occurrences.move(do.db, do.community.id, found.series_id, found.key, None)
    await store.change_gathering(
        do.db, do.community.id, found.id, cancelled=do.now, cancelled_by=by, sequence=found.sequence + 1, due=None
    )
    for one in await store.answers_of(do.db, do.community.id, found.id):
        mine = await store.answer_of(do.db, do.community.id, found.id, one.member_id)
        if mine is not None:
            await reminding.forget_reminders(do, found, one.member_id, mine["version"])
    words = say("Cancelled: {title}.", title=found.title)
    card = Card(
        words,
        (
            Heading(found.title, struck=True),
            Paragraph((say("It was planned for "), Time(found.at, "full"), say(". {by} cancelled it.", by=by))),
            Controls((Button(say("See upcoming meetups"), "meetup list"),)),
        ),
    )
    told = await going.tell_those_who_come(do, found, card, f"meetup-cancelled:{found.id}")
    await going.show_everywhere(do, found)
    if ended := await store.read_gathering(do.db, do.community.id, found.id):
        await mirror_again(do, ended)
    return told
