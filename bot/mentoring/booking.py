"""Booking, moving and cancelling an hour, with all that follows in the same transaction: reminders, who is told.

An hour is agreed on the mentor's clock: it is kept as a series of one, under its own id, so that new zone data, which
would make it another time there, move its instant instead (`bot/mentoring/shifting.py`).

Whoever changes what is booked first locks the members concerned, in the order of their ids: two who press at once on
the same time, or one who presses on two, come one after the other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import occurrences, when
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, Time
from bot.errors import UserError
from bot.mentoring import fitting, store, tables, telling
from bot.mentoring.cards import buttons_of, reminders_note, session_card, title_of, topic_name, who_words
from bot.mentoring.rules import CHECK_IN, NOTICE, refusal
from bot.series import beginning
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from bot.mentoring.rules import Refusal
    from bot.mentoring.store import Offer, Session
    from bot.place import Place

REASONS: dict[Refusal, str] = {
    "notice": "It begins too soon: an hour is booked {hours} hours before, at least.",
    "far": "It is more than two weeks away.",
    "hours": "It is not among the mentor's hours any more.",
    "taken": "Somebody else was faster.",
    "full": "Somebody else was faster: all places are taken.",
    "busy": "The mentor has something else then.",
    "guest": "One of you has another hour then, or too close to it.",
    "week": "The mentor's week is full.",
    "month": "The mentor's month is full.",
}


class Unbookable(Exception):
    """A time can't be had; `reason` says why. Nothing was changed."""

    def __init__(self, reason: Refusal) -> None:
        self.reason: Refusal = reason
        super().__init__(reason)

    @property
    def words(self) -> str:
        """The reason in a sentence."""
        return say(REASONS[self.reason], hours=int(NOTICE.total_seconds() // 3600))


def gone() -> UserError:
    """That an hour is not there any more."""
    mine = Button(say("My sessions"), "mentor sessions")
    return UserError("E-STALE", say("That hour is over, or cancelled."), buttons=(mine,))


async def locked_session(do: Place, session_id: int, member_id: int) -> Session:
    """A session that is still to come, with all who meet locked. Raises `UserError` (E-STALE) for anybody else."""
    found = await store.read_session(do.db, do.community.id, session_id)
    if found is None or found.member_id is None or member_id not in (found.member_id, *found.guests):
        raise gone()
    await store.lock_members(do.db, do.community.id, [found.member_id, *found.guests])
    fresh = await store.read_session(do.db, do.community.id, session_id)
    if fresh is None or fresh.cancelled or fresh.end <= do.now or member_id not in (fresh.member_id, *fresh.guests):
        raise gone()
    if not set(fresh.guests) <= set(found.guests):  # who joined meanwhile is not locked
        raise UserError("E-DONE", say("Somebody joined at this very moment."), advice=say("Press again."))
    return fresh


# --- booking ---------------------------------------------------------------------------------------------------------


async def book(do: Place, mentor_id: int, guest_id: int, topic: str, at: datetime, goal: str, level: str) -> Session:
    """Book an hour with a mentor, or a place in a circle, with the reminders. Raises `Unbookable` and `UserError`."""
    await store.lock_members(do.db, do.community.id, [mentor_id, guest_id])
    known = [one.offer for one in await fitting.offering(do, guest_id, topic) if one.offer.member_id == mentor_id]
    if not known:
        raise UserError("E-STALE", say("That mentor offers no hour on {topic} any more.", topic=topic_name(topic)))
    [offer] = known
    diaries = await fitting.diaries_of(do.db, do.community.id, [mentor_id, guest_id], do.now)
    already = fitting.taken(offer, [guest_id], diaries)
    if reason := refusal(fitting.terms_of(offer, do.now), topic, at, do.now, already):
        raise Unbookable(reason)
    same = (one for one in diaries.sessions if one.member_id == mentor_id and one.at == at)
    joined = next(same, None)
    session_id = joined.id if joined else await _new_session(do, offer, topic, at)
    booking = do.ids.new()
    row = {"community_id": do.community.id, "session_id": session_id, "member_id": guest_id, "booking": booking}
    await do.db.execute(sa.insert(tables.seat).values({**row, "goal": goal, "level": level, "made": do.now}))
    found = await store.read_session(do.db, do.community.id, session_id)
    assert found is not None  # noqa: S101  (it was made in this transaction)
    await telling.remind(do, found, guest_id, booking)
    if joined:
        await telling.show(do, found)
    else:
        await telling.remind(do, found, mentor_id, found.id)
    return found


async def _new_session(do: Place, offer: Offer, topic: str, at: datetime) -> int:
    session_id = do.ids.new()
    row = {
        "community_id": do.community.id,
        "id": session_id,
        "member_id": offer.member_id,
        "topic": topic,
        "first_at": at,
        "at": at,
        "minutes": offer.minutes,
        "places": offer.places,
        "place": offer.place,
        "notes": "",
        "sequence": 0,
        "made": do.now,
        "due": at + timedelta(minutes=offer.minutes) + CHECK_IN,
    }
    await do.db.execute(sa.insert(tables.session).values(row))
    await _agree(do, session_id, at, offer.zone)
    return session_id


async def tell_booked(do: Place, found: Session, guest_id: int) -> None:
    """Tell a mentor who booked with them."""
    names = await telling.names_of(do, found)
    head = say("{name} booked an hour with you.", name=names[guest_id])
    card = session_card(found, found.member_id or 0, names, head, buttons_of(found))
    await telling.tell(do, found.member_id or 0, f"mentor-booked:{_booking_of(found, guest_id)}", card, until=found.end)


async def tell_helped(do: Place, found: Session, guest_id: int) -> None:
    """Tell who asked quietly that a mentor said yes, and when they meet."""
    names = await telling.names_of(do, found)
    head = say("{name} can help you.", name=names[found.member_id or 0])
    card = session_card(found, guest_id, names, head, reminders_note(found.at, do.now), buttons_of(found))
    await telling.tell(do, guest_id, f"mentor-helped:{_booking_of(found, guest_id)}", card, until=found.end)


def _booking_of(found: Session, guest_id: int) -> int:
    return next(int(row["booking"]) for row in found.seats if row["member_id"] == guest_id)


def booked_card(found: Session, viewer: int, names: dict[int, str], now: datetime) -> Card:
    """What who booked sees."""
    return session_card(found, viewer, names, say("It's booked."), reminders_note(found.at, now), buttons_of(found))


# --- moving ----------------------------------------------------------------------------------------------------------


async def times_to_move(ask: fitting.Asking, found: Session) -> list[datetime]:
    """When all who meet could meet instead."""
    offer = await store.offer_of(ask.db, ask.community.id, found.member_id or 0)
    if offer is None:
        return []
    guests = [await fitting.guest_of(ask, guest) for guest in found.guests]
    diaries = await fitting.diaries_of(ask.db, ask.community.id, [offer.member_id, *found.guests], ask.now)
    return fitting.times_to_move(offer, found, guests, diaries, ask.now)


async def move(do: Place, found: Session, at: datetime, by: int) -> Session:
    """Move an hour (locked) to another time and tell the others. Raises `Unbookable` and `UserError`."""
    offer = await store.offer_of(do.db, do.community.id, found.member_id or 0)
    if offer is None:
        raise UserError("E-STALE", say("The mentor offers no hours any more, so there is none to move it to."))
    diaries = await fitting.diaries_of(do.db, do.community.id, [offer.member_id, *found.guests], do.now)
    terms = replace(fitting.terms_of(offer, do.now), minutes=found.minutes)
    already = fitting.taken(offer, found.guests, diaries, found.id)
    if reason := refusal(terms, found.topic, at, do.now, already, len(found.seats)):
        raise Unbookable(reason)
    names = await telling.names_of(do, found)
    moved = await reschedule(do, found, at)
    await _agree(do, found.id, at, offer.zone)
    for member_id, booking in telling.everybody(moved):
        if member_id != by:
            head = say("{name} moved it.", name=names[by])
            was = Paragraph((say("It was planned for "), Time(found.at, "full"), "."))
            note = Note((say("A calendar that you subscribed to may show it hours later."),))
            card = session_card(moved, member_id, names, head, was, note, buttons_of(moved))
            await telling.tell(do, member_id, f"mentor-moved:{booking}:{moved.sequence}", card, until=moved.end)
    return moved


async def reschedule(do: Place, found: Session, at: datetime) -> Session:
    """Let an hour (locked) be at another instant: its reminders, its calendar entry and the check-in follow."""
    await telling.end_reminders(do, found)
    due = at + (found.end - found.at) + CHECK_IN
    await store.change_session(do.db, do.community.id, found.id, at=at, due=due, sequence=found.sequence + 1)
    moved = await store.read_session(do.db, do.community.id, found.id)
    assert moved is not None  # noqa: S101  (it is locked)
    for member_id, booking in telling.everybody(moved):
        await telling.remind(do, moved, member_id, booking)
    return moved


async def _agree(do: Place, session_id: int, at: datetime, zone: str) -> None:
    """Keep an hour, from now on, at the wall time that its instant has on the mentor's clock."""
    await occurrences.end(do.db, do.community.id, session_id)
    plan = beginning(at, when.zone(zone))
    await occurrences.add(do.db, do.ids, do.community.id, "mentoring", plan, zone, do.now, series_id=session_id)


# --- cancelling ------------------------------------------------------------------------------------------------------


async def cancel(do: Place, found: Session, by: int, name: str) -> int:
    """Cancel an hour (locked): all of it, or one guest's place in a circle. Tells the others; returns how many."""
    names = await telling.names_of(do, found)
    if by == found.member_id or len(found.seats) == 1:
        others = [(member_id, booking) for member_id, booking in telling.everybody(found) if member_id != by]
        await telling.end_reminders(do, found)
        await store.change_session(
            do.db, do.community.id, found.id, cancelled=do.now, due=None, sequence=found.sequence + 1
        )
    else:
        others = [one for one in telling.everybody(found) if one[0] == found.member_id]
        await telling.end_reminders(do, found, by)
        await store.give_up_seat(do.db, do.community.id, found.id, by)
        left = await store.read_session(do.db, do.community.id, found.id)
        if left is not None:
            await telling.show(do, left)
    for member_id, booking in others:
        card = _cancelled_card(found, member_id, names, name)
        await telling.tell(do, member_id, f"mentor-cancelled:{booking}:{by}:{do.ids.new()}", card)
    return len(others)


def _cancelled_card(found: Session, viewer: int, names: dict[int, str], by: str) -> Card:
    title = title_of(found, who_words(found, viewer, names))
    again = Button(say("Find another hour"), "mentor ask", (topic_name(found.topic),))
    mine = Button(say("My sessions"), "mentor sessions")
    return Card(
        say("Cancelled: {title}.", title=title),
        (
            Heading(title, struck=viewer != found.member_id or found.places == 1),
            Paragraph((say("{by} can't come. It was planned for ", by=by), Time(found.at, "full"), ".")),
            Controls((mine,) if viewer == found.member_id else (again, mine)),
        ),
    )
