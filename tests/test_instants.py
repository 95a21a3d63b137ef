"""Every instant is one thing everywhere: planner, card, file, feed and reminder, around clock changes in 28 zones."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from icalendar import Calendar

from adapters.discord import render as discord
from adapters.slack import render as slack
from bot import calendar, cards, outbox, subscribing, typed, when
from bot.meetups.cards import View, in_words, public_card
from bot.meetups.commands import event_of
from bot.meetups.drafts import Draft, series_of
from bot.meetups.store import Gathering
from bot.notices import notice
from bot.people import Caller, Role
from bot.presses import press_id
from bot.series import AHEAD, occurrences
from tests.fakes import button
from tests.instants import DAY, MINUTE, Instant, instants

if TYPE_CHECKING:
    from bot.cards import Card
    from tests.conftest import World

ALL = instants()
SECRET = re.compile(r"/calendar/([0-9a-f]+)\.ics")
STATES = {"once": typed.State.OK, "again": typed.State.OK, "never": typed.State.GAP, "twice": typed.State.FOLD}


def stamps(card: Card) -> set[datetime]:
    """All instants that a card says, as Discord and as Slack would show them to each viewer."""
    there = re.findall(r"<t:(\d+):\w>", json.dumps(discord.message(card)))
    here = re.findall(r"<!date\^(\d+)\^[^|]*\|([^>]*)>", json.dumps(slack.message(card)))
    assert there
    assert len(here) == len(there)
    for seconds, words in here:  # what is read where a client knows no dates
        assert f"{datetime.fromtimestamp(int(seconds), UTC):%d %b %Y %H:%M} UTC" == words
    return {datetime.fromtimestamp(int(seconds), UTC) for seconds in (*there, *(one for one, _ in here))}


def events(text: str) -> dict[str, tuple[datetime, datetime]]:
    """When each event of a file begins and ends, by its title."""
    found: list[Any] = Calendar.from_ical(text).walk("VEVENT")
    return {str(event["SUMMARY"]): (event["DTSTART"].dt, event["DTEND"].dt) for event in found}


def test_there_are_enough_of_them() -> None:
    assert len(ALL) >= 160
    assert len({one.zone for one in ALL}) == 28
    assert min(sum(one.shown == shown for one in ALL) for shown in STATES) >= 20


def test_every_instant_is_the_same_in_planner_card_and_file() -> None:
    for one in ALL:
        zone, now = when.zone(one.zone), one.utc - 10 * DAY
        read = typed.read(one.typed, zone, now)
        assert read.state is STATES[one.shown], one
        assert read.moment is not None
        draft = _draft(read.moment.utc)
        [planned] = occurrences(series_of(draft, one.zone), zone, now, now + AHEAD)
        assert read.moment.utc == draft.start == planned.at.utc == one.utc, one
        again = typed.read(in_words(planned.at.utc, one.zone), zone, now)
        assert (again.state, again.moment and again.moment.utc) == (typed.State.OK, one.utc), one
        found = _gathering(one, planned.at.utc, planned.key)
        assert stamps(public_card(View(found, "Maria", ()))) == {one.utc}, one
        file = events(calendar.write([event_of(found)], now))
        assert file == {"Eval clinic": (one.utc, one.utc + 90 * MINUTE)}, one


def test_what_recurs_begins_at_its_instant_and_goes_on_at_the_first_showing() -> None:
    for one in (one for one in ALL if one.shown in ("twice", "again")):
        zone = when.zone(one.zone)
        plan = series_of(_draft(one.utc, repeat="weekly"), one.zone)
        first, second, *_ = occurrences(plan, zone, one.utc - DAY, one.utc + 15 * DAY)
        assert first.at.utc == one.utc, one
        assert second.at.utc.astimezone(zone).replace(tzinfo=None) == one.wall + 7 * DAY, one


def _draft(at: datetime, repeat: str = "once") -> Draft:
    values: dict[str, Any] = {"kind": "circle", "minutes": 90, "places": None, "place": "", "about": ""}
    return Draft(title="Eval clinic", at=at.isoformat(), repeat=repeat, **values)


def _gathering(one: Instant, at: datetime, key: datetime) -> Gathering:
    rest: dict[str, Any] = dict.fromkeys(("announced", "cancelled", "cancelled_by", "asked_how", "host_id", "places"))
    rest |= {"title": "Eval clinic", "kind": "circle", "minutes": 90, "place": "", "about": "", "sequence": 0}
    return Gathering(id=1, meetup_id=2, series_id=3, key=key.isoformat(), at=at, zone=one.zone, **rest)


# --- the whole way, for some of them ---------------------------------------------------------------------------------


async def test_some_are_planned_posted_filed_subscribed_to_and_reminded_of(make_world: Any) -> None:
    world: World = make_world(web__public_url="https://guild.example")
    await world.set_up()
    chosen = _some()
    for n, one in enumerate(chosen):
        await _live_through(world, one, f"Meetup {n}")
    world.clock.move(min(one.utc for one in chosen), back=True)
    expected = {f"Meetup {n}": (one.utc, one.utc + 60 * MINUTE) for n, one in enumerate(chosen)}
    for who, which in ((world.maria, "calendar ours"), (world.ana, "calendar mine")):
        [secret] = SECRET.findall(world._take(await world.app.run_press(who, press_id(which))))
        async with world.app.db.read() as db:
            found = await subscribing.read(db, world.app.features, secret, world.clock.now())
        assert found is not None
        assert events(found.text) == expected


def _some() -> list[Instant]:
    """Each way in which clocks show a time, in six zones."""
    zones = {"Europe/Dublin", "America/St_Johns", "America/Havana"}
    zones |= {"Africa/Casablanca", "Australia/Lord_Howe", "Antarctica/Troll"}
    first = {(one.zone, one.shown): one for one in reversed(ALL) if one.zone in zones}
    return list(first.values())


async def _live_through(world: World, one: Instant, title: str) -> None:
    world.clock.move(one.utc - 10 * DAY, back=True)
    user = f"U-{one.zone}"
    host = Caller("slack", "T1", user, user, Role.MODERATOR, "C-gigs", "AI Guild", one.zone)
    await world.say(host, "/meetup create")
    values = {"title": title, "when": one.typed, "kind": "talk", "minutes": "60"}
    shown = await world.submit(host, **values)
    if one.shown in ("never", "twice"):  # it is asked, and what is offered can be typed
        assert f"Write {one.exact} if that is right." in world.wrong["when"]
        shown = await world.submit(host, **{**values, "when": one.exact})
    assert _exactly(one) in shown
    await world.press(host, "Edit")
    assert world.form is not None
    again = {field.name: field.value for field in world.form.fields}
    assert _exactly(one) in await world.submit(host, **again)
    assert world.last is not None
    assert stamps(world.last) == {one.utc}
    await world.press(host, "Publish")
    assert world.last is not None
    [meetup] = button(world.last, "Manage it").arguments
    for command in ("meetup going", "meetup calendar"):
        await world.app.run_press(world.ana, press_id(command, (meetup,)))
    await _check_rows(world, one, meetup)


async def _check_rows(world: World, one: Instant, meetup: str) -> None:
    """The card that is posted, the file, and when Ana is reminded."""
    message, about = outbox.message, notice.c.key.startswith(f"meetup-reminder:{meetup}:")
    posted = sa.select(message.c.card).where(message.c.key.startswith(f"meetup:{meetup}:"))
    files = sa.select(message.c.details).where(message.c.verb == "file").order_by(message.c.id.desc())
    async with world.app.db.read() as db:
        [card] = (await db.execute(posted)).scalars()
        file = (await db.execute(files)).scalars().first()
        owed = (await db.execute(sa.select(notice).where(about).order_by(notice.c.due))).mappings().all()
    assert stamps(cards.load(card)) == {one.utc}
    assert file is not None
    [times] = events(b64decode(file["content"]).decode()).values()
    assert times == (one.utc, one.utc + 60 * MINUTE)
    assert [row["due"] for row in owed] == [one.utc - timedelta(hours=24), one.utc - 10 * MINUTE]
    assert {row["until"] for row in owed} == {one.utc}
    assert all(stamps(cards.load(row["card"])) == {one.utc} for row in owed)


def _exactly(one: Instant) -> str:
    """What the preview says, with the day wherever it is another one in UTC."""
    day = "" if one.wall.date() == one.utc.date() else f"{one.utc:%a} {one.utc.day} {one.utc:%b} "
    return f"{one.wall:%a} {one.wall.day} {one.wall:%b %Y %H:%M} {one.zone} = {day}{one.utc:%H:%M} UTC"
