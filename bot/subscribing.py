"""Calendars that can be subscribed to: a secret address for a community's meetups, or for all that a member goes to.

The address is the only key: whoever has it reads the calendar, so it has 256 bits, only its hash is stored, and a new
one makes the old one worthless. What stands in it comes from the features (`Feature.calendar`). One entry alone can be
sent as a file, too, which does not follow when something changes.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit, calendar, outbox, people
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, Time, sentence
from bot.commands import Commands, Reply, Write
from bot.db import Key, UtcDateTime, metadata
from bot.errors import UserError
from bot.people import Role
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.calendar import Event
    from bot.feature import Feature

PATH = "/calendar/{secret}.ics"
PAST = timedelta(days=31)
"""How long what is over stays in a calendar: programs delete what is no longer in it."""

calendar_address = sa.Table(
    "calendar_address",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("member_id", Key),  # None: the community's own
    sa.Column("made", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_calendar_address_hash", "hash"),
)

commands = Commands()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A calendar as it is read: its text, and a validator that changes only when what it says does."""

    text: str
    etag: str


async def read(db: AsyncConnection, features: Sequence[Feature], secret: str, now: datetime) -> Subscription | None:
    """The calendar behind a secret address, None where there is none (any more)."""
    found = sa.select(calendar_address).where(calendar_address.c.hash == _hash(secret))
    row = (await db.execute(found)).mappings().one_or_none()
    if row is None:
        return None
    community = await people.read_community(db, row["community_id"])
    events: list[Event] = []
    for feature in features:
        if feature.calendar:
            events += await feature.calendar(db, row["community_id"], row["member_id"], now - PAST)
    events.sort(key=lambda event: (event.start, event.uid))
    said = hashlib.sha256(repr((community.name, events)).encode()).hexdigest()[:32]
    return Subscription(calendar.write(events, now, name=community.name), f'W/"{said}"')


async def send_entry(do: Write, event: Event, about: str) -> Card:
    """Send one entry as a file called after what it is about ("meetup"), by a direct message; returns what says so."""
    content = calendar.write([event], do.now, name=do.community.name)
    details = {"name": f"{about}.ics", "content": b64encode(content.encode()).decode(), "alt": say("A calendar entry")}
    to = outbox.Address(do.space, do.caller.user, direct=True)
    card = sentence(say("“{title}” for your calendar.", title=event.title))
    key = f"{about}-ics:{do.ids.new()}"
    await outbox.queue(do.db, do.ids, to, card, key=key, due=do.now, promise=True, verb="file", details=details)
    words = say("The calendar file comes to you as a direct message.")
    closed = say("If it doesn't come, allow direct messages from here and try again.")
    follows = say("The file stays as it is; a calendar that you subscribe to follows when something changes.")
    subscribe_too = Controls((Button(say("Subscribe in my calendar"), "calendar mine"),))
    return Card(words, (Paragraph((words,)), Note((f"{closed} {follows}",)), subscribe_too))


@commands.command("calendar mine", typed=False)
async def subscribe(do: Write, anew: bool = False) -> Reply:  # noqa: FBT001, FBT002  an option that is yes or no
    """Get a secret address for a calendar of what you booked."""
    what = say("everything that you go to")
    return Reply(await _address(do, "calendar mine", do.member_id, say("Your calendar"), what, anew=anew))


@commands.command("calendar ours", role=Role.MODERATOR, typed=False)
async def subscribe_all(do: Write, anew: bool = False) -> Reply:  # noqa: FBT001, FBT002  the same
    """Get a secret address for a calendar of the community's meetups."""
    what = say("all meetups, without their links")
    return Reply(await _address(do, "calendar ours", None, say("The community's calendar"), what, anew=anew))


async def _address(do: Write, command: str, member_id: int | None, title: str, what: str, *, anew: bool) -> Card:
    """A fresh address; where there is one, only after asking, because that one stops to work."""
    own = (calendar_address.c.community_id == do.community.id, calendar_address.c.member_id == member_id)
    given = (await do.db.execute(sa.select(calendar_address.c.made).where(*own))).scalars().first()
    again = Button(say("A new address"), command, ("yes",))
    if given and not anew and do.settings.web.public_url:
        there = say("{title} has an address already, which I gave out on ", title=title)
        lost = say(". I keep no copy of it. A new one makes it worthless, wherever it is used.")
        return Card(
            say("{title} has an address already.", title=title),
            (Heading(title), Paragraph((there, Time(given, "date"), lost)), Controls((again,))),
        )
    card = await _give(do, own, member_id, title, what)
    if member_id is None:
        await audit.record(do, command, f"community:{do.community.id}")
    return card.with_blocks(Controls((again,)))


async def _give(do: Write, own: Sequence[sa.ColumnElement[bool]], member_id: int | None, title: str, what: str) -> Card:
    """A fresh address in place of any that was there."""
    base = do.settings.web.public_url
    if not base:
        raise UserError(
            "E-NOADDRESS",
            say("Calendars can't be subscribed to here yet."),
            why=say("The operator has not set web.public_url, the address under which Guildhall can be reached."),
            advice=say("Use [Add to calendar] beside a meetup instead."),
        )
    await do.db.execute(sa.delete(calendar_address).where(*own))
    secret = hashlib.sha256(f"{do.ids.token()}{do.ids.token()}{do.ids.token()}".encode()).hexdigest()
    row = {"community_id": do.community.id, "hash": _hash(secret), "member_id": member_id, "made": do.now}
    await do.db.execute(sa.insert(calendar_address).values(row))
    address = base.rstrip("/") + PATH.format(secret=secret)
    return Card(
        say("{title}: {address}", title=title, address=address),
        (
            Heading(title),
            Paragraph((say("It holds {what}. Subscribe to this address in your calendar program:", what=what),)),
            Paragraph((address,)),
            Note(
                (
                    say(
                        "Programs look only every few hours, some once a day: of changes I also tell you by a message."
                        " Whoever has the address can read it; a new one makes it worthless."
                    ),
                )
            ),
        ),
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
