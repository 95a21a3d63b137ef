"""`/mentor sessions`: what is booked, given and taken; move, cancel, calendar, notes, and afterwards thanks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from bot import notices, subscribing, when
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, Time, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import Form, Page, TextField
from bot.literal import web_address
from bot.mentoring import booking, store, telling
from bot.mentoring.cards import buttons_of, event_of, session_card, title_of, topic_name, when_words, who_words
from bot.mentoring.offering import offer_card
from bot.mentoring.rules import CHECK_IN, spread
from bot.notices import Notice, Worth
from bot.presses import label_of, pressed, unpressed
from bot.words import count, say

if TYPE_CHECKING:
    from bot.cards import Block
    from bot.mentoring.store import Session
    from bot.place import Place

AFTERWARDS = timedelta(days=14)
"""How long after a session it can be thanked for, and is listed."""

PAGE = 4  # each has four buttons; more would not fit one message on Discord
TIMES = 3

commands = Commands()


@commands.command("mentor sessions")
async def show(ask: Read, page: Annotated[int, "Which page of the list"] = 1) -> Reply:
    """Show your mentoring hours, those you give and those you take: move, cancel, add notes, say thanks."""
    found = await store.sessions_with(ask.db, ask.community.id, [ask.member_id], ask.now - AFTERWARDS)
    coming = [one for one in found if one.end > ask.now]
    over = [one for one in reversed(found) if one.end <= ask.now]
    listed = [*coming, *over]
    last = max(1, -(-len(listed) // PAGE))
    page = page if 1 <= page <= last else 1
    blocks: list[Block] = []
    for one in listed[(page - 1) * PAGE : page * PAGE]:
        blocks += await _entry(ask, one)
    known = await store.offer_of(ask.db, ask.community.id, ask.member_id)
    blocks += offer_card(known, ask).blocks if known and page == 1 else ()
    more = [Button(say("Next"), "mentor sessions", (str(page + 1),))] if page < last else []
    offer = [] if known else [Button(say("Offer hours"), "mentor offer")]
    n = count(len(coming), say("hour"), say("hours"))
    head = say("Your mentoring: {n} to come.", n=n) if listed else say("You have no mentoring hours yet.")
    calendars = [Button(say("Subscribe in my calendar"), "calendar mine")] if coming else []
    row = Controls((*more, Button(say("Ask a mentor"), "mentor ask"), *offer, *calendars))
    return Reply(Card(head, (Heading(head), *blocks, row)))


async def _entry(ask: Read, found: Session) -> list[Block]:
    names = await telling.names_of(ask, found)
    title = title_of(found, who_words(found, ask.member_id, names))
    role = say("You give it.") if found.member_id == ask.member_id else say("You come to it.")
    links = [Paragraph((say("Notes: {link}", link=found.notes),))] if found.notes else []
    if found.end > ask.now:
        return [Heading(title), Paragraph((*when_words(found), f" · {role}")), *links, buttons_of(found)]
    press = (str(found.id),)
    mine = next((row for row in found.seats if row["member_id"] == ask.member_id), None)
    buttons = [Button(say("Notes link"), "mentor notes", press)]
    if mine and not mine["thanked"]:
        buttons.insert(0, Button(say("Done + thank"), "mentor thank", press, "primary"))
    thanked = [Note((say("You said thanks."),))] if mine and mine["thanked"] else []
    return [Heading(title), Paragraph((*when_words(found), f" · {role}")), *links, *thanked, Controls(tuple(buttons))]


# --- moving and cancelling -------------------------------------------------------------------------------------------


async def _open(ask: Read, session_id: int) -> Session:
    """A session of whoever asks that is still to come. Raises `UserError` (E-STALE)."""
    found = await store.read_session(ask.db, ask.community.id, session_id)
    mine = found is not None and ask.member_id in (found.member_id, *found.guests)
    if found is None or not mine or found.cancelled or found.end <= ask.now:
        raise booking.gone()
    return found


def _may_move(ask: Read, found: Session) -> None:
    if ask.member_id != found.member_id and len(found.seats) > 1:
        raise UserError(
            "E-NOPERM",
            say("Others come to this circle, too, so only the mentor can move it."),
            advice=say("Cancel your place and take another time."),
            buttons=(Button(say("Cancel my place"), "mentor call-off", (str(found.id),)),),
        )


@commands.command("mentor move", typed=False)
async def move(ask: Read, session: int) -> Reply:
    """Show three other times for an hour."""
    found = await _open(ask, session)
    _may_move(ask, found)
    length = timedelta(minutes=found.minutes)
    times = spread(await booking.times_to_move(ask, found), when.zone(ask.zone), length, TIMES)
    press = str(session)
    cancel = Button(say("Cancel it"), "mentor call-off", (press,))
    if not times:
        words = say("There is no other time that suits all of you in the next two weeks.")
        return Reply(sentence(words, cancel))
    words = say("Another time? The others are told at once. Buttons show times in {zone}.", zone=ask.zone)
    buttons = (Button(label_of(at, ask.zone), "mentor move-to", (press, pressed(at))) for at in times)
    return Reply(sentence(words, *buttons, cancel))


@commands.command("mentor move-to", typed=False)
async def move_to(do: Write, session: int, at: int) -> Update:
    """Move an hour to the time that you pressed."""
    found = await booking.locked_session(do, session, do.member_id)
    _may_move(do, found)
    if found.at == unpressed(at):
        raise UserError("E-DONE", say("It is at that time already."))
    try:
        moved = await booking.move(do, found, unpressed(at), do.member_id)
    except booking.Unbookable as refused:
        others = Button(say("Other times"), "mentor move", (str(session),))
        raise UserError("E-DONE", say("That time is gone."), why=refused.words, buttons=(others,)) from None
    names = await telling.names_of(do, moved)
    return Update(session_card(moved, do.member_id, names, say("Moved, and the others are told."), buttons_of(moved)))


@commands.command("mentor call-off", typed=False)
async def call_off(ask: Read, session: int) -> Reply:
    """Ask whether an hour is really cancelled."""
    found = await _open(ask, session)
    names = await telling.names_of(ask, found)
    title = title_of(found, who_words(found, ask.member_id, names))
    words = say("Cancel “{title}”? The other side is told at once.", title=title)
    press = (str(session),)
    yes = Button(say("Cancel it"), "mentor cancel", press, "danger")
    return Reply(sentence(words, yes, Button(say("Another time instead"), "mentor move", press)))


@commands.command("mentor cancel", typed=False)
async def cancel(do: Write, session: int) -> Update:
    """Cancel an hour, and tell the other side."""
    found = await booking.locked_session(do, session, do.member_id)
    told = await booking.cancel(do, found, do.member_id, do.name)
    n = count(told, say("member is"), say("members are"))
    mine = Button(say("My sessions"), "mentor sessions")
    return Update(sentence(say("Cancelled; {n} told, and nobody is reminded of it.", n=n), mine))


# --- calendar and notes ----------------------------------------------------------------------------------------------


@commands.command("mentor calendar", typed=False)
async def add_to_calendar(do: Write, session: int) -> Reply:
    """Get an hour as a calendar file, by a direct message."""
    found = await _open(do, session)
    event = event_of(found, do.member_id, await telling.names_of(do, found))
    return Reply(await subscribing.send_entry(do, event, "mentoring"))


@commands.command("mentor notes", typed=False)
async def notes(ask: Read, session: int) -> OpenForm:
    """Ask for a link to the notes of an hour."""
    found = await _taken_part(ask, session)
    hint = say("A document that all of you can open. Empty: no link.")
    field = TextField("link", say("Link to the notes"), hint, found.notes, required=False, max_length=500)
    return OpenForm(Form(say("Notes"), "mentor save-notes", (Page(say("Notes"), (field,)),), (str(session),)))


@commands.command("mentor save-notes", typed=False)
async def save_notes(do: Write, session: int, link: str = "") -> Reply:
    """Keep a link to the notes, for all who meet."""
    await _taken_part(do, session)
    address = web_address(link.strip()) if link.strip() else ""
    if link.strip() and not address:
        raise FieldErrors({"link": say("That is no web address. It begins with https://.")})
    await store.change_session(do.db, do.community.id, session, notes=address)
    found = await _taken_part(do, session)
    await telling.show(do, found)
    words = say("Kept: all who meet see it.") if address else say("There is no link to notes now.")
    return Reply(sentence(words, Button(say("My sessions"), "mentor sessions")))


async def _taken_part(ask: Read, session_id: int) -> Session:
    """A session of whoever asks, also one of the last days. Raises `UserError` (E-STALE)."""
    found = await store.read_session(ask.db, ask.community.id, session_id)
    mine = found is not None and ask.member_id in (found.member_id, *found.guests)
    if found is None or not mine or found.cancelled or found.end + AFTERWARDS <= ask.now:
        raise booking.gone()
    return found


# --- afterwards ------------------------------------------------------------------------------------------------------


async def check_in(do: Place, session_id: int) -> None:
    """Ask all who wanted to meet, once, whether they did."""
    found = await store.read_session(do.db, do.community.id, session_id)
    await store.change_session(do.db, do.community.id, session_id, due=None)
    if found is None or found.cancelled:
        return
    names = await telling.names_of(do, found)
    for member_id, booked in telling.everybody(found):
        title = title_of(found, who_words(found, member_id, names))
        press = (str(found.id),)
        yes = Button(say("Yes"), "mentor met", (*press, "yes"), "primary")
        buttons = (yes, Button(say("No, nobody came"), "mentor met", (*press, "no")))
        head = say("Did you two meet?") if found.places == 1 else say("Did your circle meet?")
        words = (f"{title} · ", Time(found.at, "full"))
        card = Card(head, (Heading(head), Paragraph(words), Controls(buttons)))
        until = do.now + AFTERWARDS - CHECK_IN
        key = f"mentor-met:{booked}"
        told = Notice(member_id=member_id, key=key, card=card, due=do.now, until=until, worth=Worth.NEWS)
        await notices.owe(do.db, do.ids, do.community.id, told)


@commands.command("mentor met", typed=False)
async def met(do: Write, session: int, how: str) -> Reply:
    """Say whether you met."""
    found = await _taken_part(do, session)
    if do.now < found.at:
        raise UserError("E-STALE", say("It has not begun yet."))
    yes = how == "yes"
    column = "mentor_met" if do.member_id == found.member_id else "met"
    for row in found.seats:
        if do.member_id in (found.member_id, row["member_id"]):
            await store.change_seat(do.db, do.community.id, session, row["member_id"], **{column: yes})
    card = sentence(say("Noted: you met.") if yes else say("Noted: you didn't meet."))
    booked = dict(telling.everybody(found))[do.member_id]
    await notices.close(do.db, do.ids, do.community.id, f"mentor-met:{booked}", do.now, card=card)
    if not yes:
        topic = topic_name(found.topic)
        again = Button(say("Find another hour"), "mentor ask", (topic,))
        more = (again,) if do.member_id != found.member_id else (Button(say("My sessions"), "mentor sessions"),)
        return Reply(sentence(say("Noted: you didn't meet. Nobody is blamed for it."), *more))
    press = (str(session),)
    thank = (Button(say("Say thanks"), "mentor thank", press, "primary"),) if column == "met" else ()
    return Reply(sentence(say("Noted: you met."), *thank, Button(say("Notes link"), "mentor notes", press)))


@commands.command("mentor thank", typed=False)
async def thank(do: Write, session: int) -> Reply:
    """Say that you met, and thank your mentor; it is counted on their card if they want that."""
    found = await _taken_part(do, session)
    mine = next((row for row in found.seats if row["member_id"] == do.member_id), None)
    if mine is None or do.now < found.at or found.member_id is None:
        raise UserError("E-STALE", say("There is nobody to thank for that yet."))
    if mine["thanked"]:
        raise UserError("E-DONE", say("You said thanks already."))
    await store.change_seat(do.db, do.community.id, session, do.member_id, met=True, thanked=do.now)
    done = sentence(say("Noted: you met."))
    await notices.close(do.db, do.ids, do.community.id, f"mentor-met:{mine['booking']}", do.now, card=done)
    words = say("{name} thanks you for the hour on {topic}.", name=do.name, topic=topic_name(found.topic))
    told = Notice(
        member_id=found.member_id,
        key=f"mentor-thanks:{mine['booking']}",
        card=sentence(words),
        due=do.now,
        worth=Worth.NEWS,
    )
    await notices.owe(do.db, do.ids, do.community.id, told)
    return Reply(sentence(say("Your thanks are passed on.")))
