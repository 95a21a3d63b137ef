"""How mentoring looks: a booked hour, its reminder, the words around a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import calendar
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Note, Paragraph, Time
from bot.reminders import ahead_words
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.cards import Block, Text
    from bot.mentoring.store import Offer, Session

LEVELS = {"beginning": "just beginning", "some": "know the basics", "advanced": "far along"}


def topic_name(topic: str) -> str:
    """A topic as people write it."""
    return load_taxonomy().name(topic)


def topics_words(topics: Iterable[str]) -> str:
    """Topics, divided by commas."""
    return ", ".join(map(topic_name, topics))


def format_words(offer: Offer) -> str:
    """What one gets: "45 min, one to one"."""
    how = say("one to one") if offer.places == 1 else say("a circle of up to {n}", n=offer.places)
    return say("{minutes} min, {how}", minutes=offer.minutes, how=how)


def when_words(found: Session) -> Text:
    """When it is, in each viewer's own zone, and how long."""
    return (Time(found.at, "full"), " · ", Time(found.at, "relative"), say(" · {n} min", n=found.minutes))


def title_of(found: Session, who: str) -> str:
    """What a session is: "RAG, with Maria"."""
    return say("{topic}, with {who}", topic=topic_name(found.topic), who=who)


def who_words(found: Session, viewer: int, names: dict[int, str]) -> str:
    """Whom a viewer meets: the mentor, or those who come to them."""
    if viewer != found.member_id:
        return names.get(found.member_id or 0) or say("somebody who left")
    if found.places > 1:
        return say("a circle of {n}", n=count(len(found.seats), say("guest"), say("guests")))
    return ", ".join(names.get(guest, "") for guest in found.guests) or say("nobody any more")


def session_card(found: Session, viewer: int, names: dict[int, str], head: str, *more: Block) -> Card:
    """A booked hour for one of those who meet, under a sentence that says what happened."""
    who = who_words(found, viewer, names)
    return Card(
        say("{head} {title}.", head=head, title=title_of(found, who)),
        (Heading(title_of(found, who)), Paragraph((f"{head} ", *when_words(found))), *_details(found, viewer), *more),
    )


def _details(found: Session, viewer: int) -> list[Block]:
    facts = [Fact(say("Where"), (found.place or say("not said yet: write to each other"),))]
    if viewer == found.member_id:
        for row in found.seats:
            if row["goal"]:
                facts.append(Fact(say("Goal"), (row["goal"],)))
            if row["level"] in LEVELS:
                facts.append(Fact(say("Level"), (say(LEVELS[row["level"]]),)))
    facts += [Fact(say("Notes"), (found.notes,))] if found.notes else []
    return [Facts(tuple(facts))]


def buttons_of(found: Session) -> Controls:
    """What can be done about an hour that is still to come."""
    press = (str(found.id),)
    return Controls(
        (
            Button(say("Move"), "mentor move", press),
            Button(say("Cancel"), "mentor call-off", press),
            Button(say("Add to calendar"), "mentor calendar", press),
            Button(say("Notes link"), "mentor notes", press),
        )
    )


def reminders_note(at: datetime, now: datetime) -> Note:
    """What is said when something is booked."""
    return Note((say("I'll remind you both {when}.", when=ahead_words(at, now)),))


def event_of(found: Session, viewer: int, names: dict[int, str]) -> calendar.Event:
    """The calendar entry of a session: its UID never changes, its SEQUENCE goes up with every change."""
    return calendar.Event(
        uid=calendar.uid(f"mentoring-{found.id}", found.first_at.replace(tzinfo=None)),
        start=found.at,
        end=found.end,
        title=title_of(found, who_words(found, viewer, names)),
        sequence=found.sequence,
        description=found.notes,
        place=found.place,
        cancelled=found.cancelled is not None,
    )
