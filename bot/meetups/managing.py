"""`/meetup manage`: for the host and moderators: change, cancel, hand over, write to those who come, mark who came."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from bot import audit, notices, outbox, people
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Items, Note, Option, Paragraph, Time, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.errors import UserError
from bot.forms import ChecksField, Form, Page, PickField, TextField
from bot.meetups import going, store
from bot.meetups.cards import ends, places_words, view_of
from bot.notices import Notice, Worth
from bot.options import Member, Noun
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from bot.cards import Option as Choice
    from bot.meetups.store import Gathering

AFTERWARDS = timedelta(days=14)
"""How long after a meetup its host can still mark who came."""

CHECKS = 10  # choices of one field
NAME = "guildhall-meetup.csv"

commands = Commands()


def may_manage(ask: Read, found: Gathering) -> bool:
    """Whether somebody hosts a meetup, or moderates."""
    return ask.role >= Role.MODERATOR or found.host_id == ask.member_id


async def mine(ask: Read, gathering_id: int, *, over: bool = False) -> Gathering:
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
    found = await mine(ask, meetup, over=True)
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


@commands.command("meetup hand-over", typed=False)
async def hand_over(ask: Read, gathering: int) -> OpenForm:
    """Ask who takes a meetup over."""
    await mine(ask, gathering)
    field = PickField("host", say("New host"), say("Somebody who has used Guildhall here."))
    page = Page(say("Hand over"), (field,))
    return OpenForm(Form(say("Hand over"), "meetup save-host", (page,), (str(gathering),), say("Hand over")))


@commands.command("meetup save-host", typed=False)
async def save_host(do: Write, gathering: int, host: Annotated[Member, "Who takes it over"]) -> Reply:
    """Make somebody else the host of a meetup, and of all later ones of its series."""
    await mine(do, gathering)
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
    await mine(ask, gathering, over=True)
    field = TextField("words", say("Your message"), long=True, max_length=1000)
    page = Page(say("Write to them"), (field,))
    return OpenForm(Form(say("Write to them"), "meetup send", (page,), (str(gathering),), say("Send")))


@commands.command("meetup send", typed=False)
async def send(do: Write, gathering: int, words: str) -> Reply:
    """Send a message of the host to everybody who goes, may come or waits."""
    found = await mine(do, gathering, over=True)
    title = say("{name} about “{title}”", name=do.name, title=found.title)
    details = Controls((Button(say("Details"), "meetup show", (str(gathering),)),))
    card = Card(say("{title}.", title=title), (Heading(title), Paragraph((words,)), details))
    told = await going.tell_those_who_come(do, found, card, f"meetup-word:{do.ids.new()}")
    return Reply(sentence(say("Sent to {n}.", n=count(told, say("member"), say("members")))))


@commands.command("meetup mark", typed=False)
async def mark(ask: Read, gathering: int) -> OpenForm:
    """Ask who of those who said so came."""
    found = await mine(ask, gathering, over=True)
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
    found = await mine(do, gathering, over=True)
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
    found = await mine(do, gathering, over=True)
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
