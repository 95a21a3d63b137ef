"""How a meetup looks: its card in a channel, its line in a list, and what only those who go see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import people, when
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Note, Paragraph, Quote, Time
from bot.meetups import store
from bot.meetups.rules import free, line, taken
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Block, Text
    from bot.meetups.rules import Rsvp
    from bot.meetups.store import Gathering

KIND_WORDS = {
    "talk": "talk",
    "workshop": "workshop",
    "circle": "mentoring circle",
    "co-working": "co-working",
    "social": "get-together",
}

_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class View:
    """A gathering with what a card of it says."""

    gathering: Gathering
    host: str  # the host's name, "" where there is none
    answers: Sequence[Rsvp]


async def view_of(db: AsyncConnection, community_id: int, gathering: Gathering) -> View:
    """Read what a card needs."""
    host = await people.member_name(db, community_id, gathering.host_id) if gathering.host_id else None
    return View(gathering, host or "", await store.answers_of(db, community_id, gathering.id))


def ends(gathering: Gathering) -> datetime:
    """When it is over."""
    return gathering.at + timedelta(minutes=gathering.minutes)


def public_place(gathering: Gathering) -> str:
    """Where it is, for everybody: an address of a call is for those who go."""
    if not gathering.place:
        return say("not said yet")
    if _ADDRESS.search(gathering.place):
        return say("online; those who go get the link")
    return gathering.place


def public_card(view: View) -> Card:
    """The card that stands in a channel."""
    found = view.gathering
    kind = say(KIND_WORDS[found.kind])
    if found.cancelled:
        by = say("Cancelled by {name}.", name=found.cancelled_by or say("the host"))
        return Card(
            say("The meetup “{title}” is cancelled.", title=found.title),
            (Heading(found.title, struck=True), Paragraph((by,)), _others()),
        )
    is_full = not free(view.answers, found.places)
    join = Button(say("Join waitlist") if is_full else say("Going"), "meetup going", (str(found.id),), "primary")
    press = (str(found.id),)
    return Card(
        say("A meetup: {title} ({kind}).", title=found.title, kind=kind),
        (
            Heading(say("{title} ({kind})", title=found.title, kind=kind)),
            Paragraph(when_words(found)),
            Facts(_facts(view)),
            *((Quote(found.about),) if found.about else ()),
            Controls(
                (
                    join,
                    Button(say("Maybe"), "meetup maybe", press),
                    Button(say("Can't"), "meetup cant", press),
                    Button(say("Add to calendar"), "meetup calendar", press),
                    Button(say("Details"), "meetup show", press),
                )
            ),
        ),
    )


def _others() -> Controls:
    return Controls((Button(say("See upcoming meetups"), "meetup list"),))


def in_words(at: datetime, zone: str) -> str:
    """An instant as it can be typed in a form, on the clock of a zone; with its offset where that shows it twice."""
    local = at.astimezone(when.zone(zone))
    if when.moment(local.replace(tzinfo=None), when.zone(zone)).state is when.Shown.FOLD:
        return local.isoformat(timespec="minutes")
    return f"{local:%Y-%m-%d %H:%M}"


def when_words(found: Gathering) -> Text:
    """When it is, in each viewer's own zone, and how long."""
    length = say("{minutes} min", minutes=found.minutes)
    return (Time(found.at, "full"), " · ", Time(found.at, "relative"), f" · {length}")


def _facts(view: View) -> tuple[Fact, ...]:
    found = view.gathering
    return (
        Fact(say("Host"), (view.host or say("nobody yet: moderators are looking for one"),)),
        Fact(say("Where"), (public_place(found),)),
        Fact(say("Going"), (places_words(view),)),
    )


def places_words(view: View) -> str:
    """How many go and may come yet: "9 of 12, 2 maybe, 3 on the waitlist"."""
    answers, places = view.answers, view.gathering.places
    words = [say("{n} of {places}", n=taken(answers), places=places) if places else str(taken(answers))]
    if maybe := sum(one.answer == "maybe" for one in answers):
        words.append(say("{n} maybe", n=maybe))
    if waiting := len(line(answers)):
        words.append(say("{n} on the waitlist", n=waiting))
    return ", ".join(words)


def left_words(view: View) -> str:
    """What is left of the places: "3 of 12 places left", "full, waitlist open"."""
    places = view.gathering.places
    if places is None:
        return say("room for everybody")
    left = free(view.answers, places)
    if not left:
        return say("full, waitlist open")
    return say("{n} of {places} left", n=left, places=count(places, say("place"), say("places")))


def entry(view: View, mine: str) -> list[Block]:
    """A meetup in a list: what it is, and what one can answer; `mine` is what the viewer answered, in words."""
    found = view.gathering
    press, name = (str(found.id),), found.title[:40]
    going = say("Going") if free(view.answers, found.places) else say("Join waitlist")
    return [
        Heading(say("{title} ({kind})", title=found.title, kind=say(KIND_WORDS[found.kind]))),
        Paragraph((*when_words(found), f" · {left_words(view)}")),
        *((Note((mine,)),) if mine else ()),
        Controls(
            (
                Button(going, "meetup going", press, spoken=say("{answer}: {title}", answer=going, title=name)),
                Button(say("Can't"), "meetup cant", press, spoken=say("Can't: {title}", title=name)),
                Button(say("Details"), "meetup show", press, spoken=say("Details: {title}", title=name)),
            )
        ),
    ]
