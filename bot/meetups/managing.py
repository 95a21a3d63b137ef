"""`/meetup manage`: for the host and moderators: change, cancel, hand over, write to those who come, mark who came."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from bot import audit, notices, occurrences, outbox, people, when
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Items, Note, Option, Paragraph, Time, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import ChecksField, Form, Page, PickField, TextField
from bot.meetups import going, store
from bot.meetups.cards import ends, in_words, places_words, view_of
from bot.meetups.rules import MOST_PLACES, taken
from bot.notices import Notice, Worth
from bot.options import Kind, Member, Noun, read_value
from bot.options import Option as Given
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from bot.cards import Option as Choice
    from bot.meetups.store import Gathering
    from bot.place import Place

AFTERWARDS = timedelta(days=14)
"""How long after a meetup its host can still mark who came."""

CHECKS = 10  # choices of one field
NAME = "guildhall-meetup.csv"

commands = Commands()


def may_manage(ask: Read, found: Gathering) -> bool:
    """Whether somebody hosts a meetup, or moderates."""
    return ask.role >= Role.MODERATOR or found.host_id == ask.member_id


async def _mine(ask: Read, gathering_id: int, *, over: bool = False) -> Gathering:
    """The gathering, for who may manage it. Raises `UserError` (E-NOPERM, E-STALE)."""
    found = await store.read_gathering(ask.db, ask.community.id, gathering_id)
    if found is None or found.cancelled or ((ends(found) if not over else ends(found) + AFTERWARDS) <= ask.now):
        others = (Button(say("See upcoming meetups"), "meetup list"),)
        raise UserError("E-STALE", say("That meetup is over, or cancelled."), buttons=others)
    if not may_manage(ask, found):
        raise UserError("E-NOPERM", say("Only its host and moderators can change a meetup."))
    return found


async def _choices(ask: Read, words: str) -> Sequence[Choice]:
    """The meetups that somebody may manage, for completion; a whole title means the next one of that name."""
    found = await store.to_come(ask.db, ask.community.id, ask.now, limit=100)
    own = [one for one in found if may_manage(ask, one)]
    exact = [one for one in own if words.lower() in (one.title.lower(), str(one.id))][:1]
    fitting = exact or [one for one in own if words.lower() in one.title.lower()]
    return [Option(f"{one.title[:70]} · {one.at:%d %b %H:%M} UTC", str(one.id)) for one in fitting[:25]]


@commands.command("meetup manage", example="/meetup manage Pricing")
async def manage(ask: Read, meetup: Annotated[int | None, Noun("meetup", _choices), "Which one"] = None) -> Reply:
    """Change, cancel or hand over a meetup of yours, and see who comes."""
    if meetup is None:
        return Reply(await _own_list(ask))
    found = await _mine(ask, meetup, over=True)
    rows = await store.names_of(ask.db, ask.community.id, found.id)
    view = await view_of(ask.db, ask.community.id, found)
    press = (str(found.id),)
    names = [row["name"] for row in rows if row["answer"] in ("going", "offered")]
    waiting = [row["name"] for row in rows if row["answer"] == "waiting"]
    facts = [Fact(say("Going"), (places_words(view),))]
    facts += [Fact(say("Who"), (", ".join(names),))] if names else []
    facts += [Fact(say("Waitlist"), (", ".join(waiting),))] if waiting else []
    before = (
        Button(say("Change"), "meetup change", press),
        Button(say("Cancel and tell everyone"), "meetup call-off", press, "danger"),
        Button(say("Hand over"), "meetup hand-over", press),
    )
    always = (
        Button(say("Write to those who joined"), "meetup write", press),
        Button(say("Mark who came"), "meetup mark", press),
        Button(say("List as CSV"), "meetup csv", press),
    )
    started = found.at <= ask.now
    return Reply(
        Card(
            say("Manage “{title}”.", title=found.title),
            (
                Heading(found.title),
                Paragraph((Time(found.at, "full"),)),
                Facts(tuple(facts)),
                Note((say("Only you and moderators see who comes."),)),
                Controls(always if started else (*before, *always)),
            ),
        )
    )


async def _own_list(ask: Read) -> Card:
    found = [one for one in await store.to_come(ask.db, ask.community.id, ask.now) if may_manage(ask, one)]
    if not found:
        create = Button(say("Plan a meetup"), "meetup create")
        return sentence(say("There is no meetup to come that you could manage."), create)
    labels = (f"{one.title[:60]}, {one.at.day} {one.at:%b}" for one in found)
    buttons = (Button(label, "meetup manage", (str(one.id),)) for label, one in zip(labels, found[:5], strict=False))
    items = tuple((one.title, " · ", Time(one.at, "full")) for one in found[:5])
    return Card(say("Which meetup?"), (Paragraph((say("Which one?"),)), Items(items), Controls(tuple(buttons))))


# --- changing --------------------------------------------------------------------------------------------------------


@commands.command("meetup change", typed=False)
async def change(ask: Read, gathering: int) -> OpenForm:
    """Ask what is to change about a meetup; those who go are told."""
    found = await _mine(ask, gathering)
    fields = (
        TextField("title", say("Title"), value=found.title, max_length=100),
        TextField("when", say("When"), value=in_words(found.at, ask.zone), max_length=120),
        TextField("places", say("Places"), say("Empty: room for everybody."), str(found.places or ""), required=False),
        TextField("place", say("Where"), value=found.place, required=False, max_length=200),
        TextField("about", say("What about"), value=found.about, required=False, long=True, max_length=1500),
    )
    page = Page(say("Change a meetup"), fields)
    return OpenForm(Form(say("Change a meetup"), "meetup save-change", (page,), (str(gathering),)))


@commands.command("meetup save-change", typed=False)
async def save_change(
    do: Write, gathering: int, title: str, when: str, places: str = "", place: str = "", about: str = ""
) -> Reply:
    """Keep the changes, and tell those who go what changed."""
    await _mine(do, gathering)
    found = await going.open_gathering(do, gathering)
    room = int(places) if places.strip().isdecimal() and len(places.strip()) < 6 else None
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
    wall = at.astimezone(when.zone(found.zone)).replace(tzinfo=None)
    moved = await occurrences.move(do.db, do.community.id, found.series_id, found.key, wall)
    sequence = (moved[1] if moved else 0) or found.sequence + 1
    await store.change_gathering(do.db, do.community.id, found.id, at=at, sequence=max(sequence, found.sequence + 1))
    await remind_again(do, found.id)


async def remind_again(do: Place, gathering_id: int) -> None:
    """Owe the reminders of a gathering anew, after its time has changed."""
    found = await store.read_gathering(do.db, do.community.id, gathering_id)
    if found is None:
        return
    for one in await store.answers_of(do.db, do.community.id, gathering_id):
        mine = await store.answer_of(do.db, do.community.id, gathering_id, one.member_id)
        if mine is None or mine["answer"] != "going":
            continue
        await going.forget_reminders(do, found, one.member_id, mine["version"])
        kept = {"at": mine["at"], "turn": mine["turn"]}
        version = await store.put_answer(do.db, do.community.id, gathering_id, one.member_id, "going", **kept)
        await going.remind(do, found, one.member_id, version, mine["reminders"])


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
    await tell_those_who_come(do, found, card, f"meetup-changed:{found.id}:{found.sequence}")


async def tell_those_who_come(do: Place, found: Gathering, card: Card, key: str) -> int:
    """Tell everybody who goes, may come or waits, except the host; returns how many."""
    told = 0
    for one in await store.answers_of(do.db, do.community.id, found.id):
        if one.answer == "no" or one.member_id == found.host_id:
            continue
        notice = Notice(
            member_id=one.member_id,
            key=f"{key}:{one.member_id}",
            card=card,
            due=do.now,
            until=max(found.at, do.now + timedelta(days=1)),
            asked=True,
            worth=Worth.ANSWER,
        )
        told += await notices.owe(do.db, do.ids, do.community.id, notice)
    return told


# --- cancelling ------------------------------------------------------------------------------------------------------


@commands.command("meetup call-off", typed=False)
async def call_off(ask: Read, gathering: int) -> Reply:
    """Ask whether a meetup is really cancelled."""
    found = await _mine(ask, gathering)
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
    await _mine(do, gathering)
    found = await going.open_gathering(do, gathering)
    rest = await store.of_meetup(do.db, do.community.id, found.meetup_id, do.now) if which == "all" else [found]
    told = 0
    for one in rest:
        if one.at >= found.at:
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
            await going.forget_reminders(do, found, one.member_id, mine["version"])
    words = say("Cancelled: {title}.", title=found.title)
    card = Card(
        words,
        (
            Heading(found.title, struck=True),
            Paragraph((say("It was planned for "), Time(found.at, "full"), say(". {by} cancelled it.", by=by))),
            Controls((Button(say("See upcoming meetups"), "meetup list"),)),
        ),
    )
    told = await tell_those_who_come(do, found, card, f"meetup-cancelled:{found.id}")
    await going.show_everywhere(do, found)
    return told


# --- the rest --------------------------------------------------------------------------------------------------------


@commands.command("meetup hand-over", typed=False)
async def hand_over(ask: Read, gathering: int) -> OpenForm:
    """Ask who takes a meetup over."""
    await _mine(ask, gathering)
    field = PickField("host", say("New host"), say("Somebody who has used Guildhall here."))
    page = Page(say("Hand over"), (field,))
    return OpenForm(Form(say("Hand over"), "meetup save-host", (page,), (str(gathering),), say("Hand over")))


@commands.command("meetup save-host", typed=False)
async def save_host(do: Write, gathering: int, host: Annotated[Member, "Who takes it over"]) -> Reply:
    """Make somebody else the host of a meetup, and of all later ones of its series."""
    await _mine(do, gathering)
    found = await going.open_gathering(do, gathering)
    before = {"host": found.host_id}
    await audit.record(do, "meetup save-host", f"meetup:{found.meetup_id}", before=before, after={"host": host})
    await store.change_meetup(do.db, do.community.id, found.meetup_id, host_id=host)
    name = await people.member_name(do.db, do.community.id, host) or ""
    words = say("{by} handed “{title}” over to you: you host it now.", by=do.name, title=found.title)
    card = sentence(words, Button(say("Manage it"), "meetup manage", (str(gathering),), "primary"))
    key = f"meetup-host:{found.id}:{host}:{do.ids.new()}"
    told = Notice(member_id=host, key=key, card=card, due=do.now, worth=Worth.PERSON)
    await notices.owe(do.db, do.ids, do.community.id, told)
    await going.show_everywhere(do, found)
    return Reply(sentence(say("{name} hosts “{title}” now, and is told.", name=name, title=found.title)))


@commands.command("meetup write", typed=False)
async def write(ask: Read, gathering: int) -> OpenForm:
    """Ask what to tell those who joined."""
    await _mine(ask, gathering, over=True)
    field = TextField("words", say("Your message"), long=True, max_length=1000)
    page = Page(say("Write to them"), (field,))
    return OpenForm(Form(say("Write to them"), "meetup send", (page,), (str(gathering),), say("Send")))


@commands.command("meetup send", typed=False)
async def send(do: Write, gathering: int, words: str) -> Reply:
    """Send a message of the host to everybody who goes, may come or waits."""
    found = await _mine(do, gathering, over=True)
    title = say("{name} about “{title}”", name=do.name, title=found.title)
    details = Controls((Button(say("Details"), "meetup show", (str(gathering),)),))
    card = Card(say("{title}.", title=title), (Heading(title), Paragraph((words,)), details))
    told = await tell_those_who_come(do, found, card, f"meetup-word:{do.ids.new()}")
    return Reply(sentence(say("Sent to {n}.", n=count(told, say("member"), say("members")))))


@commands.command("meetup mark", typed=False)
async def mark(ask: Read, gathering: int) -> OpenForm:
    """Ask who of those who said so came."""
    found = await _mine(ask, gathering, over=True)
    rows = await _to_mark(ask, found)
    if not rows:
        raise UserError("E-EMPTY", say("Nobody said that they would come."))
    fields = tuple(
        ChecksField(
            f"came_{at // CHECKS + 1}",
            say("Who came?"),
            tuple(Option(row["name"][:100], str(row["member_id"])) for row in rows[at : at + CHECKS]),
            value=",".join(str(row["member_id"]) for row in rows[at : at + CHECKS] if row["came"]),
        )
        for at in range(0, len(rows), CHECKS)
    )
    return OpenForm(Form(say("Who came?"), "meetup save-mark", (Page(say("Who came?"), fields),), (str(gathering),)))


async def _to_mark(ask: Read, found: Gathering) -> list[RowMapping]:
    """Those who said that they would come, as many as one form holds."""
    rows = await store.names_of(ask.db, ask.community.id, found.id)
    return [row for row in rows if row["answer"] == "going"][: 5 * CHECKS]


@commands.command("meetup save-mark", typed=False)
async def save_mark(
    do: Write,
    gathering: int,
    came_1: str = "",
    came_2: str = "",
    came_3: str = "",
    came_4: str = "",
    came_5: str = "",
) -> Reply:
    """Note who came."""
    found = await _mine(do, gathering, over=True)
    chosen = {word for words in (came_1, came_2, came_3, came_4, came_5) for word in words.split(",") if word}
    there = 0
    for row in await _to_mark(do, found):
        came = str(row["member_id"]) in chosen
        there += came
        await store.change_answer(do.db, do.community.id, gathering, row["member_id"], came=came)
    return Reply(sentence(say("Noted: {n} came.", n=there)))


@commands.command("meetup csv", typed=False)
async def export(do: Write, gathering: int) -> Reply:
    """Get the list of a meetup as a CSV file, by a direct message."""
    found = await _mine(do, gathering, over=True)
    rows = await store.names_of(do.db, do.community.id, found.id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("name", "answer", "since", "came"))
    for row in rows:
        name = f"'{row['name']}" if row["name"][:1] in "=+-@\t\r" else row["name"]
        came = "" if row["came"] is None else "yes" if row["came"] else "no"
        writer.writerow((name, row["answer"], row["at"].isoformat(), came))
    details = {"name": NAME, "content": b64encode(out.getvalue().encode()).decode(), "alt": say("The list as CSV")}
    to = outbox.Address(do.space, do.caller.user, direct=True)
    card = sentence(say("The list of “{title}”.", title=found.title))
    key = f"meetup-csv:{do.ids.new()}"
    await outbox.queue(do.db, do.ids, to, card, key=key, due=do.now, promise=True, verb="file", details=details)
    return Reply(sentence(say("The file comes to you as a direct message.")))


async def close_question(do: Write, gathering_id: int, card: Card) -> None:
    """The question how it was is answered."""
    key = f"meetup-how:{gathering_id}:{do.member_id}"
    await notices.close(do.db, do.ids, do.community.id, key, do.now, card=card)
