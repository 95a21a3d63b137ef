"""Where a member is, and so what their clock shows: at home, and on journeys that they announced.

Slack says it. On Discord it is asked once, by the nearest city, and confirmed by the time that a clock there shows.
"""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa

from bot import audit, people, typed, when
from bot.cards import Button, Card, Controls, Note, Option, Paragraph, bold, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.db import Key, metadata
from bot.errors import FieldErrors, UserError
from bot.forms import ChoiceField, Field, Form, Page, TextField
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

journey = sa.Table(
    "journey",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("first", sa.Date, primary_key=True),  # of the dates there
    sa.Column("last", sa.Date, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
)

commands = Commands()

CLOCKS = (
    "Honolulu, Anchorage, Los Angeles, Denver, Chicago, Mexico City, New York, Bogota, Caracas, Sao Paulo, "
    "Buenos Aires, London, Berlin, Lagos, Cairo, Nairobi, Dubai, Karachi, Delhi, Dhaka, Bangkok, Shanghai, Tokyo, "
    "Sydney, Auckland"
).split(", ")
"""Cities of whose clocks most people's show the time: as many as a select can hold."""

LONGEST_JOURNEY = 366  # days; who stays longer has moved


async def zone_at(db: AsyncConnection, community_id: int, member_id: int, at: datetime) -> str | None:
    """The zone in which a member is at an instant: of a journey, else their own; None where nobody has said."""
    own = (journey.c.community_id == community_id, journey.c.member_id == member_id)
    around = when.in_utc(at).date()
    near = (journey.c.first <= around + when.DAY, journey.c.last >= around - when.DAY)
    rows = await db.execute(sa.select(journey).where(*own, *near).order_by(journey.c.first.desc()))
    for row in rows.mappings():
        if row["first"] <= when.local_day(at, when.zone(row["zone"])) <= row["last"]:
            return str(row["zone"])
    return await people.home_zone(db, community_id, member_id)


async def zones_at(db: AsyncConnection, community_id: int, at: datetime) -> dict[int, str]:
    """The zones of all members of a community at an instant, by member; without those of whom nobody has said."""
    own = (people.member.c.community_id == community_id, people.member.c.zone.is_not(None))
    found = {row.id: str(row.zone) for row in await db.execute(sa.select(people.member).where(*own))}
    around = when.in_utc(at).date()
    near = (journey.c.first <= around + when.DAY, journey.c.last >= around - when.DAY)
    rows = await db.execute(
        sa.select(journey).where(journey.c.community_id == community_id, *near).order_by(journey.c.first)
    )
    for row in rows.mappings():
        if row["first"] <= when.local_day(at, when.zone(row["zone"])) <= row["last"]:
            found[row["member_id"]] = str(row["zone"])
    return found


async def zones_of(
    db: AsyncConnection, community_id: int, member_ids: Sequence[int], at: datetime
) -> dict[int, str | None]:
    """The zones in which some members are at an instant, as `zone_at` says it of one; None where nobody has said."""
    theirs = (people.member.c.community_id == community_id, people.member.c.id.in_(member_ids))
    homes = await db.execute(sa.select(people.member.c.id, people.member.c.zone).where(*theirs))
    found: dict[int, str | None] = {row.id: row.zone for row in homes}
    around = when.in_utc(at).date()
    own = (journey.c.community_id == community_id, journey.c.member_id.in_(member_ids))
    near = (journey.c.first <= around + when.DAY, journey.c.last >= around - when.DAY)
    for row in (await db.execute(sa.select(journey).where(*own, *near).order_by(journey.c.first))).mappings():
        if row["first"] <= when.local_day(at, when.zone(row["zone"])) <= row["last"]:
            found[row["member_id"]] = row["zone"]
    return found


@commands.command("profile zone", typed=False)
async def ask_zone(ask: Read) -> OpenForm:
    """Say where you are: times are shown and read in that place's zone."""
    hint = say("Or a zone, such as Europe/Berlin.")
    place = TextField("place", say("Nearest large city"), hint, required=ask.zone_known, max_length=60)
    where: tuple[Field, ...] = (
        (dataclasses.replace(place, value=ask.zone),) if ask.zone_known else (_clocks_field(ask.now), place)
    )
    fields = (
        *where,
        TextField("first", say("Only from (day)"), say("For a journey, such as 1 Dec."), required=False, max_length=30),
        TextField("last", say("Until (day)"), say("The last day there."), required=False, max_length=30),
    )
    return OpenForm(Form(say("Where are you?"), "profile check-zone", (Page(say("Your time zone"), fields),)))


def _clocks_field(now: datetime) -> ChoiceField:
    """What clocks show now in places all over the world, from west to east: the quickest way to say where one is."""
    there = [(now.astimezone(when.zone(city)), city) for city in CLOCKS]
    there.sort(key=lambda one: one[0].utcoffset() or timedelta())
    options = tuple(Option(say("{clock}, as in {city}", clock=f"{at:%a %H:%M}", city=city), city) for at, city in there)
    hint = say("Or write the nearest city below.")
    return ChoiceField("clock", say("What time is it for you?"), options, hint, required=False)


@commands.command("profile check-zone", typed=False)
async def check_zone(
    ask: Read, place: str = "", first: str = "", last: str = "", clock: Annotated[str, "A city"] = ""
) -> Reply:
    """Show what a clock there shows now, to be confirmed."""
    zone, days = _checked(ask, place or clock, first, last)
    there = ask.now.astimezone(zone)
    shown = say("It is {day}, {time} there now.", day=f"{there:%a} {there.day} {there:%b}", time=f"{there:%H:%M}")
    question = (
        say("I'd show and read your times like that from {first} to {last}.", first=_day(days[0]), last=_day(days[1]))
        if days
        else say("Is that what your clock shows?")
    )
    arguments = (zone.key, *(day.isoformat() for day in days))
    yes = Button(say("Yes, that's right"), "profile keep-zone", arguments, "primary")
    no = Button(say("Another place"), "profile zone")
    return Reply(
        Card(
            f"{zone.key}: {shown}",
            (Paragraph((bold(zone.key),)), Paragraph((shown, " ", question)), Controls((yes, no))),
        )
    )


@commands.command("profile keep-zone", typed=False)
async def keep_zone(
    do: Write, zone: str, first: Annotated[str, "ISO date"] = "", last: Annotated[str, "ISO date"] = ""
) -> Reply:
    """Keep the zone that was confirmed: for good, or for a journey."""
    known = when.zone(zone).key
    after = {"zone": known, "first": first, "last": last}
    if first:
        before = None
        await _travel(do, known, date.fromisoformat(first), date.fromisoformat(last))
        done = say("Noted: {zone} from {first} to {last}.", zone=known, first=_day(first), last=_day(last))
        controls = (Button(say("Forget this journey"), "profile stay", (first,)),)
    else:
        before = {"zone": await people.home_zone(do.db, do.community.id, do.member_id)}
        await people.change_member(do.db, do.community.id, do.member_id, zone=known)
        done = say("Your times are in {zone} from now on.", zone=known)
        controls = (Button(say("Change it"), "profile zone"),)
    await audit.record(do, "profile keep-zone", f"member:{do.member_id}", before=before, after=after)
    note = Note((say("If you were about to say a time, say it again now."),))
    return Reply(Card(done, (Paragraph((done,)), note, Controls(controls))))


@commands.command("profile stay", typed=False)
async def stay(do: Write, first: str) -> Reply:
    """Forget a journey."""
    own = (journey.c.community_id == do.community.id, journey.c.member_id == do.member_id)
    try:
        begins = journey.c.first == date.fromisoformat(first)
    except ValueError:
        raise UserError("E-STALE", say("There is no such journey.")) from None
    row = (await do.db.execute(sa.delete(journey).where(*own, begins).returning(journey.c.zone))).scalar_one_or_none()
    if row is None:
        raise UserError("E-DONE", say("That journey is forgotten already."))
    await audit.record(do, "profile stay", f"member:{do.member_id}", before={"zone": row, "first": first})
    return Reply(sentence(say("That journey is forgotten.")))


async def _travel(do: Write, zone: str, first: date, last: date) -> None:
    """Note a journey; one that it overlaps was planned otherwise and is forgotten."""
    own = (journey.c.community_id == do.community.id, journey.c.member_id == do.member_id)
    await do.db.execute(sa.delete(journey).where(*own, journey.c.first <= last, journey.c.last >= first))
    values = {"community_id": do.community.id, "member_id": do.member_id, "first": first, "last": last, "zone": zone}
    await do.db.execute(sa.insert(journey).values(values))


def _checked(ask: Read, place: str, first: str, last: str) -> tuple[Any, tuple[date, ...]]:
    """The zone, and the first and last day of a journey or nothing. Raises `FieldErrors`."""
    wrong: dict[str, str] = {}
    zone, days = None, dict[str, date]()
    try:
        if place:
            zone = when.zone(place)
        else:
            wrong["place"] = say("Choose what your clock shows, or name a city.")
    except UserError as error:
        wrong["place"] = error.sentence
    for name, text in (("first", first), ("last", last)):
        try:
            if text.strip():
                days[name] = typed.read_day(text, zone or when.zone(ask.zone), ask.now)
        except UserError as error:
            wrong[name] = error.sentence
    if not wrong and len(days) == 1:
        wrong["last" if "first" in days else "first"] = say("A journey has a first and a last day; write both or none.")
    elif not wrong and days and not 0 <= (days["last"] - days["first"]).days < LONGEST_JOURNEY:
        wrong["last"] = say("A journey ends after it begins, within a year.")
    if wrong:
        raise FieldErrors(wrong)
    return zone, tuple(days.values())


def _day(day: date | str) -> str:
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{found:%a} {found.day} {found:%b}"
