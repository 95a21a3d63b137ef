"""`/mentor ask`: a topic and times -> up to three mentors with three times each, one press from being booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa

from bot import notices, when
from bot.cards import Button, Card, Controls, Heading, Items, Note, Option, Paragraph
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import ChoiceField, Form, Page, TextField
from bot.members.hours import hours_words, read_hours
from bot.members.introductions import require_seasoned
from bot.mentoring import booking, fitting, store, tables, telling
from bot.mentoring.cards import LEVELS, format_words, topic_name, topics_words
from bot.mentoring.offering import needs_zone
from bot.mentoring.rules import spread
from bot.presses import label_of, pressed, unpressed
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from bot.cards import Block
    from bot.mentoring.fitting import Guest, Offering
    from bot.place import Place

MENTORS = 3
TIMES = 3

commands = Commands()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mentor, and all times at which they and the one who asks could begin."""

    mentor: Offering
    times: Sequence[datetime]

    @property
    def length(self) -> timedelta:
        """Of a session."""
        return timedelta(minutes=self.mentor.offer.minutes)


@commands.command("mentor ask", example="/mentor ask RAG")
async def ask_mentor(ask: Read, topic: Annotated[str, "What about, such as RAG"] = "") -> OpenForm:
    """Find an hour with a mentor: times that both of you have, booked with one press."""
    return OpenForm(_form(ask.zone, {"topic": topic}))


def _form(zone: str, values: dict[str, str]) -> Form:
    levels = tuple(Option(say(words).capitalize(), name) for name, words in LEVELS.items())
    times = say("Empty: those of your profile. Or in {zone}: Mon 18:00-20:00, Thu 12-13.", zone=zone)
    fields = (
        TextField("topic", say("Topic"), say("One skill, such as RAG."), max_length=80),
        TextField("goal", say("What you want out of it"), required=False, long=True, max_length=600),
        ChoiceField("level", say("How far you are"), levels, value="some"),
        TextField("times", say("When you have time"), times, required=False, max_length=400),
    )
    page = Page(say("What you look for"), fields)
    return Form(say("Ask a mentor"), "mentor seek", (page,), submit_label=say("Find times")).filled(values)


@commands.command("mentor again", typed=False)
async def again(ask: Read, request: int) -> OpenForm:
    """Ask once more, with other times or another topic."""
    row = await _mine(ask, request)
    windows = store.windows_as_read(row["windows"] or ())
    values = {"topic": topic_name(row["topic"]), "goal": row["goal"], "level": row["level"]}
    return OpenForm(_form(ask.zone, {**values, "times": hours_words(windows)}))


@commands.command("mentor seek", typed=False)
async def seek(do: Write, topic: str, goal: str = "", level: str = "some", times: str = "") -> Reply:
    """Show the mentors of a topic with times that both of you have."""
    wrong: dict[str, str] = {}
    taxonomy = load_taxonomy()
    skill = taxonomy.match(topic)
    if skill is None:
        near = ", ".join(one.name for one in taxonomy.suggest(topic))
        wrong["topic"] = say("Did you mean: {near}?", near=near) if near else say("I don't know that. Another word?")
    windows = None
    if times.strip():
        needs_zone(do)
        try:
            windows = store.windows_as_stored(read_hours(times))
        except UserError as error:
            wrong["times"] = error.sentence
    if wrong or skill is None:
        raise FieldErrors(wrong)
    request_id = do.ids.new()
    row = {
        "community_id": do.community.id,
        "id": request_id,
        "member_id": do.member_id,
        "topic": skill.id,
        "goal": goal.strip(),
        "level": level if level in LEVELS else "",
        "windows": windows,
        "zone": do.zone,
        "made": do.now,
        "state": "shown",
        "due": None,
    }
    await do.db.execute(sa.insert(tables.request).values(row))
    request = await _mine(do, request_id)
    return Reply(await _suggestions_card(do, request))


async def _mine(ask: Read, request_id: int, *, lock: bool = False) -> RowMapping:
    """A request of whoever asks. Raises `UserError` (E-STALE)."""
    row = await store.read_request(ask.db, ask.community.id, request_id, lock=lock)
    if row is None or row["member_id"] != ask.member_id:
        anew = Button(say("Ask a mentor"), "mentor ask")
        raise UserError("E-STALE", say("That question isn't there any more."), buttons=(anew,))
    return row


# --- suggestions -----------------------------------------------------------------------------------------------------


async def suggestions(ask: fitting.Asking, guest: Guest, topic: str, offered: Sequence[Offering]) -> list[Suggestion]:
    """The mentors who have a time that suits, those with the fewest sessions first, then the earliest."""
    ids = [guest.member_id, *(one.offer.member_id for one in offered)]
    diaries = await fitting.diaries_of(ask.db, ask.community.id, ids, ask.now)
    found = [Suggestion(one, fitting.times_of(one.offer, topic, guest, diaries, ask.now)) for one in offered]
    load = {one.offer.member_id: len(diaries.held(one.offer.member_id)) for one in offered}
    fitting_ones = [one for one in found if one.times]
    return sorted(fitting_ones, key=lambda one: (load[one.mentor.offer.member_id], one.times[0]))


async def _suggestions_card(do: Write, request: RowMapping) -> Card:
    topic = request["topic"]
    guest = await fitting.guest_of(do, do.member_id, request)
    offered = await fitting.offering(do, do.member_id, topic)
    found = await suggestions(do, guest, topic, offered)
    if not found:
        return _no_time(request, offered) if offered else await _no_mentor(do, topic)
    named = [one for one in found if one.mentor.name][:MENTORS]
    press = (str(request["id"]),)
    quietly = Button(say("Ask all matching mentors quietly"), "mentor ask-all", press)
    other = Button(say("Other times"), "mentor again", press)
    blocks = [block for one in named for block in _entry(do.zone, request["id"], one)]
    name = topic_name(topic)
    n = count(len(found), say("mentor"), say("mentors"))
    head = say("{n} with time for {topic}.", n=n, topic=name)
    zone = say("Times on buttons are in {zone}.", zone=do.zone)
    if not named:
        blocks = [Paragraph((say("They are asked before their names are shown; you hear as soon as one says yes."),))]
    return Card(
        head,
        (Heading(head), *blocks, *((Note((zone,)),) if named else ()), Controls((quietly, other))),
    )


def _entry(zone: str, request_id: int, one: Suggestion) -> list[Block]:
    """A mentor in the list of suggestions."""
    offer, name = one.mentor.offer, one.mentor.name or ""
    words = [format_words(offer)]
    if one.mentor.thanks:
        words.append(say("thanked by {n}", n=count(one.mentor.thanks, say("guest"), say("guests"))))
    return [
        Heading(name),
        Paragraph((" · ".join((topics_words(offer.topics), *words)),)),
        Controls(tuple(_book_buttons(zone, request_id, one))),
    ]


def _book_buttons(zone: str, request_id: int, one: Suggestion) -> Iterable[Button]:
    for at in spread(one.times, when.zone(zone), one.length, TIMES):
        label = label_of(at, zone)
        press = (str(request_id), str(one.mentor.offer.member_id), pressed(at))
        spoken = say("Book {when} with {name}", when=label, name=one.mentor.name)[:75]
        yield Button(say("Book {when}", when=label), "mentor book", press, spoken=spoken)


def _no_time(request: RowMapping, offered: Sequence[Offering]) -> Card:
    """That mentors help with a topic, but none at these times, and what to do about it."""
    n = count(len(offered), say("mentor helps"), say("mentors help"))
    why = say("{n} with it, but none has a free hour in your times in the next two weeks.", n=n)
    hours = [
        (say("{name}: {hours} ({zone})", name=one.name, hours=hours_words(one.offer.windows), zone=one.offer.zone),)
        for one in offered
        if one.name
    ]
    listed = (Items(tuple(hours[:MENTORS])),) if hours else ()
    other = Button(say("Other times"), "mentor again", (str(request["id"]),))
    anew = Button(say("Ask about something else"), "mentor ask")
    head = say("No hour for {topic} fits.", topic=topic_name(request["topic"]))
    return Card(head, (Heading(head), Paragraph((why,)), *listed, Controls((other, anew))))


async def _no_mentor(ask: Read, topic: str) -> Card:
    """That nobody offers a topic, and what is offered instead, what is near it first."""
    everybody = await fitting.offering(ask, ask.member_id)
    topics = {topic for one in everybody for topic in one.offer.topics}
    close = sorted(topics.intersection(load_taxonomy().related(topic))) or sorted(topics)
    head = say("Nobody offers an hour on {topic} here yet.", topic=topic_name(topic))
    offered = (Paragraph((say("What is offered: {topics}.", topics=topics_words(close[:8])),)),) if close else ()
    invite = say("Could you help others with it? One who begins is often enough.")
    names = [topic_name(one) for one in close[:3]]
    buttons = (Button(say("Ask about {topic}", topic=name), "mentor ask", (name,)) for name in names)
    more = Controls((*buttons, Button(say("Offer hours"), "mentor offer")))
    return Card(head, (Heading(head), *offered, Note((invite,)), more))


# --- booking ---------------------------------------------------------------------------------------------------------


@commands.command("mentor book", typed=False)
async def book(do: Write, request: int, mentor: int, at: int) -> Update:
    """Book the hour that you pressed; who is new here looks first."""
    await require_seasoned(do)
    row = await _mine(do, request, lock=True)
    if row["state"] in ("booked", "over"):
        mine = Button(say("My sessions"), "mentor sessions")
        raise UserError("E-DONE", say("You booked an hour for that already."), buttons=(mine,))
    shown = {one.offer.member_id for one in await fitting.offering(do, do.member_id, row["topic"]) if one.name}
    if mentor not in shown:
        anew = Button(say("Ask anew"), "mentor again", (str(request),))
        raise UserError("E-STALE", say("That mentor takes no bookings just now."), buttons=(anew,))
    try:
        found = await booking.book(do, mentor, do.member_id, row["topic"], unpressed(at), row["goal"], row["level"])
    except booking.Unbookable as refused:
        raise await _too_late(do, row, mentor, refused) from None
    await end_request(do, row, "booked", say("The one who asked found another hour."))
    await booking.tell_booked(do, found, do.member_id)
    names = await telling.names_of(do, found)
    return Update(booking.booked_card(found, do.member_id, names, do.now))


async def _too_late(do: Write, row: RowMapping, mentor: int, refused: booking.Unbookable) -> UserError:
    """That a time is gone (E-DONE), with the next ones of the same mentor to press."""
    guest = await fitting.guest_of(do, do.member_id, row)
    same = [
        one
        for one in await fitting.offering(do, do.member_id, row["topic"])
        if one.offer.member_id == mentor and one.name
    ]
    found = await suggestions(do, guest, row["topic"], same)
    buttons = [button for one in found for button in _book_buttons(do.zone, row["id"], one)]
    advice = say("These are the next times:") if buttons else say("Ask anew for other mentors.")
    anew = Button(say("Ask anew"), "mentor again", (str(row["id"]),))
    return UserError(
        "E-DONE", say("That time can't be booked any more."), why=refused.words, advice=advice, buttons=(*buttons, anew)
    )


async def end_request(do: Place, row: RowMapping, state: str, words: str) -> None:
    """A request (locked) is answered or over: the mentors who were asked are asked no longer."""
    await store.change_request(do.db, do.community.id, row["id"], state=state, due=None)
    for one in await store.asked_of(do.db, do.community.id, row["id"]):
        key = asked_key(row["id"], one["member_id"])
        from_now = Card(words, (Paragraph((words,)),))
        await notices.close(do.db, do.ids, do.community.id, key, do.now, card=from_now)


def asked_key(request_id: int, mentor_id: int) -> str:
    """The key of the notice by which a mentor is asked quietly."""
    return f"mentor-asked:{request_id}:{mentor_id}"
