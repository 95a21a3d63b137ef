"""`/mentor offer`: which topics, which hours, how often; pausing and stopping."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from bot import audit, when
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Note, Option, Paragraph, Time, sentence
from bot.commands import Commands, Look, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import ChoiceField, Form, Page, TextField
from bot.literal import web_address
from bot.members.hours import hours_words, read_hours
from bot.members.reading import read_skills
from bot.mentoring import calendars, store
from bot.mentoring.cards import format_words, topics_words
from bot.mentoring.rules import LENGTHS, Span
from bot.ports import FetchFailed, WorkerFailed
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.mentoring.store import Offer

MOST_TOPICS = 12
MOST_A_WEEK = 40
MOST_A_MONTH = 200
LARGEST_CIRCLE = 20
PAUSE = timedelta(days=30)

commands = Commands()


def needs_zone(ask: Read | Look) -> None:
    """Raise `UserError` (E-ZONE) for whose time zone is not known: their hours would be another's."""
    if not ask.zone_known:
        raise UserError(
            "E-ZONE",
            say("I don't know your time zone yet, so I can't tell when your hours are."),
            advice=say("Set it, then come back."),
            buttons=(Button(say("Set it"), "profile zone"),),
        )


@commands.command("mentor offer")
async def offer(ask: Read) -> OpenForm:
    """Offer hours as a mentor: topics, times of the week in your own zone, how often, alone or a circle."""
    needs_zone(ask)
    known = await store.offer_of(ask.db, ask.community.id, ask.member_id)
    return OpenForm(_form(ask.zone).filled(_values(known) if known else {}))


def _form(zone: str) -> Form:
    lengths = tuple(Option(say("{n} minutes", n=n), str(n)) for n in LENGTHS)
    topics = say("Skills divided by commas, such as RAG, evaluation.")
    hours = say("In {zone}, such as Mon 18:00-20:00, Thu 12-13.", zone=zone)
    first = (
        TextField("topics", say("What you can help with"), topics, max_length=400),
        TextField("hours", say("Your hours of the week"), hours, max_length=400),
        ChoiceField("minutes", say("How long a session is"), lengths, value="45"),
        TextField("weekly", say("At most so many sessions a week"), value="2", max_length=3),
        TextField("monthly", say("At most so many people a month"), value="8", max_length=4),
    )
    circle = say("1: one to one. More: a circle that so many can join.")
    names = (Option(say("Yes, by name"), "yes"), Option(say("No, ask me first"), "no"))
    address = say("An .ics address: what is in it is never shown, its times are never offered.")
    second = (
        TextField("places", say("People in a session"), circle, "1", max_length=3),
        ChoiceField("named", say("Show your name to who asks?"), names, value="yes"),
        TextField("place", say("Where"), say("A link to a call, shown to who booked."), required=False, max_length=200),
        TextField("calendar", say("Your own calendar"), address, required=False, max_length=1000),
    )
    pages = (Page(say("Your hours"), first), Page(say("How you meet"), second))
    return Form(say("Offer hours"), "mentor save-offer", pages)


def _values(known: Offer) -> dict[str, str]:
    return {
        "topics": topics_words(known.topics),
        "hours": hours_words(known.windows),
        "minutes": str(known.minutes),
        "weekly": str(known.weekly),
        "monthly": str(known.monthly),
        "places": str(known.places),
        "named": "yes" if known.named else "no",
        "place": known.place,
        "calendar": known.calendar,
    }


async def _look(ask: Look, calendar: str = "", **rest: object) -> tuple[str, tuple[Span, ...]]:
    """Read the mentor's own calendar, so that a wrong address is said at once: its address, and when they are busy."""
    del rest
    if not calendar.strip():
        return "", ()
    address = web_address(calendar.strip().replace("webcal://", "https://", 1))
    if not address:
        raise FieldErrors(
            {"calendar": say("That is no web address. It begins with https:// and ends, mostly, in .ics.")}
        )
    try:
        return address, await calendars.read(ask.fetcher, ask.workers, address, ask.zone, ask.now)
    except (FetchFailed, WorkerFailed, UserError) as error:
        raise FieldErrors({"calendar": calendars.explain(error)}) from None


@commands.command("mentor save-offer", typed=False, look=_look)
async def save_offer(
    do: Write,
    found: tuple[str, tuple[Span, ...]],
    topics: str,
    hours: str,
    minutes: Literal["30", "45", "60"],
    weekly: str,
    monthly: str,
    places: str = "1",
    named: Literal["yes", "no"] = "yes",
    place: str = "",
    calendar: str = "",
) -> Reply:
    """Keep what you offer as a mentor."""
    del calendar  # `found` has read it
    needs_zone(do)
    wrong: dict[str, str] = {}
    values = {
        "topics": _read(lambda: list(read_topics(topics)), wrong, "topics"),
        "windows": _read(lambda: store.windows_as_stored(read_hours(hours)), wrong, "hours"),
        "weekly": _number(weekly, MOST_A_WEEK, wrong, "weekly"),
        "monthly": _number(monthly, MOST_A_MONTH, wrong, "monthly"),
        "places": _number(places, LARGEST_CIRCLE, wrong, "places"),
    }
    if wrong:
        raise FieldErrors(wrong)
    address, busy = found
    values |= {"zone": do.zone, "minutes": int(minutes), "place": place.strip(), "named": named == "yes"}
    values |= {"paused_until": None, "calendar": address, "busy": calendars.as_stored(busy), "calendar_error": ""}
    values["calendar_due"] = do.now + calendars.AGAIN if address else None
    before = await store.offer_of(do.db, do.community.id, do.member_id)
    await store.put_offer(do, do.member_id, **values)
    after = {"topics": values["topics"], "weekly": values["weekly"]}
    was = {"topics": before.topics, "weekly": before.weekly} if before else None
    await audit.record(do, "mentor save-offer", f"member:{do.member_id}", before=was, after=after)
    saved = await store.offer_of(do.db, do.community.id, do.member_id)
    assert saved is not None  # noqa: S101  (it was stored in this transaction)
    return Reply(offer_card(saved, do, say("Thank you: your hours can be booked now.")))


def read_topics(text: str) -> tuple[str, ...]:
    """The ids of skills divided by commas. Raises `UserError` (E-SKILLS) that names what is none."""
    taxonomy = load_taxonomy()
    found = read_skills(text, taxonomy)
    for words in found.unknown:
        near = ", ".join(skill.name for skill in taxonomy.suggest(words))
        advice = say("Did you mean: {near}?", near=near) if near else say("Try another word for it.")
        raise UserError("E-SKILLS", say("I don't know “{words}”.", words=words), advice=advice)
    if not 0 < len(found.ids) <= MOST_TOPICS:
        raise UserError("E-SKILLS", say("Name from one to {n} topics, divided by commas.", n=MOST_TOPICS))
    return found.ids


def _read(read: Callable[[], list[Any]], wrong: dict[str, str], field: str) -> list[Any]:
    try:
        return read()
    except UserError as error:
        wrong[field] = error.sentence
        return []


def _number(words: str, most: int, wrong: dict[str, str], field: str) -> int:
    number = int(words) if words.strip().isdecimal() and len(words.strip()) < 5 else 0
    if not 1 <= number <= most:
        wrong[field] = say("Write a whole number from 1 to {most}.", most=most)
    return number


def offer_card(known: Offer, ask: Read, done: str = "") -> Card:
    """What somebody offers, as they see it themselves, and what they can do about it."""
    week = count(known.weekly, say("session"), say("sessions"))
    month = count(known.monthly, say("person"), say("people"))
    facts = [
        Fact(say("Topics"), (topics_words(known.topics),)),
        Fact(say("Hours"), (say("{hours} in {zone}", hours=hours_words(known.windows), zone=known.zone),)),
        Fact(say("Session"), (format_words(known),)),
        Fact(say("At most"), (say("{week} a week, {month} a month", week=week, month=month),)),
        Fact(say("Your name"), (say("shown to who asks") if known.named else say("shown once you say yes"),)),
    ]
    if known.calendar:
        busy = count(len(known.busy), say("busy time"), say("busy times"))
        facts.append(Fact(say("Your calendar"), (known.calendar_error or say("read, {busy} ahead", busy=busy),)))
    paused = known.paused(ask.now)
    resting = (
        [Note((say("Paused until "), Time(known.paused_until, "full"), "."))] if known.paused_until and paused else []
    )
    pause = Button(say("Go on now"), "mentor resume") if paused else Button(say("Pause a month"), "mentor pause")
    buttons = (Button(say("Change"), "mentor offer"), pause, Button(say("Stop offering"), "mentor stop", (), "danger"))
    return Card(
        done or say("What you offer: {topics}.", topics=topics_words(known.topics)),
        (
            Heading(say("Your hours as a mentor")),
            *((Paragraph((done,)),) if done else ()),
            Facts(tuple(facts)),
            *resting,
            Controls(buttons),
        ),
    )


async def _mine(do: Write) -> Offer:
    known = await store.offer_of(do.db, do.community.id, do.member_id)
    if known is None:
        raise UserError("E-DONE", say("You offer no hours."), buttons=(Button(say("Offer hours"), "mentor offer"),))
    return known


@commands.command("mentor pause", typed=False)
async def pause(do: Write) -> Update:
    """Let nothing new be booked with you for a month; what is booked stays."""
    await _mine(do)
    until = do.now + PAUSE
    await store.put_offer(do, do.member_id, paused_until=until)
    day = until.astimezone(when.zone(do.zone))
    words = say("Paused until {day}. What is booked already stays.", day=f"{day:%a} {day.day} {day:%b}")
    return Update(sentence(words, Button(say("Go on now"), "mentor resume")))


@commands.command("mentor resume", typed=False)
async def resume(do: Write) -> Update:
    """Let hours be booked with you again."""
    await _mine(do)
    await store.put_offer(do, do.member_id, paused_until=None)
    known = await _mine(do)
    return Update(offer_card(known, do, say("Your hours can be booked again.")))


@commands.command("mentor stop", typed=False)
async def stop(do: Write) -> Update:
    """Offer no hours any more; what is booked already stays."""
    known = await _mine(do)
    await store.end_offer(do.db, do.community.id, do.member_id)
    before = {"topics": known.topics, "weekly": known.weekly}
    await audit.record(do, "mentor stop", f"member:{do.member_id}", before=before)
    words = say("You offer no hours any more. What is booked already stays, see your sessions.")
    again = Button(say("Offer hours"), "mentor offer")
    return Update(sentence(words, Button(say("My sessions"), "mentor sessions"), again))
