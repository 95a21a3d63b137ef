"""A member's rows: given to them, forgotten, or made another's who is the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import belongings, notices
from bot.cards import Button, sentence
from bot.members.hours import hours_words
from bot.mentoring import store, tables
from bot.mentoring.asking import asked_key
from bot.mentoring.cards import topic_name, topics_words
from bot.mentoring.telling import everybody, names_in, reminder_card, reminder_keys
from bot.notices import Notice, Worth
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.cards import Card
    from bot.feature import Merging, Whose
    from bot.mentoring.store import Session


async def export(whose: Whose) -> Mapping[str, Any]:
    """What a member offers, asks, and has booked."""
    offer = await store.offer_of(whose.db, whose.community_id, whose.member_id)
    own = (tables.request.c.community_id == whose.community_id, tables.request.c.member_id == whose.member_id)
    requests = (
        await whose.db.execute(sa.select(tables.request).where(*own).order_by(tables.request.c.made))
    ).mappings()
    questions = await belongings.rows_of(whose, tables.asked)
    every = await store.sessions_of_all_times(whose.db, whose.community_id, whose.member_id)
    return {
        "hours you offer": _offer(offer) if offer else None,
        "hours you asked for": [
            {"topic": topic_name(row["topic"]), "goal": row["goal"], "level": row["level"], "asked": row["made"]}
            for row in requests
        ],
        "hours you were asked for": [{"at": row["at"], "passed on": row["passed"]} for row in questions],
        "mentoring sessions": [_session(one, whose.member_id) for one in every],
    }


def _offer(offer: store.Offer) -> dict[str, Any]:
    return {
        "topics": topics_words(offer.topics),
        "hours": hours_words(offer.windows),
        "zone": offer.zone,
        "minutes": offer.minutes,
        "sessions a week": offer.weekly,
        "people a month": offer.monthly,
        "people in a session": offer.places,
        "where": offer.place,
        "shown by name": offer.named,
        "paused until": offer.paused_until,
        "own calendar": offer.calendar,
    }


def _session(one: Session, member_id: int) -> dict[str, Any]:
    mine = next((row for row in one.seats if row["member_id"] == member_id), None)
    return {
        "topic": topic_name(one.topic),
        "begins": one.at,
        "minutes": one.minutes,
        "you are": "mentor" if one.member_id == member_id else "guest",
        "where": one.place,
        "notes": one.notes,
        "cancelled": one.cancelled,
        "goal": mine["goal"] if mine else None,
        "you met": mine["met"] if mine else None,
        "you thanked": mine["thanked"] if mine else None,
    }


async def forget(whose: Whose) -> None:
    """All of it goes. Hours that were booked are off, and the other side hears so without a name or a reason."""
    for one in await store.sessions_of_all_times(whose.db, whose.community_id, whose.member_id):
        await _part(whose, one)
    await _drop_requests(whose)
    own = (tables.asked.c.community_id == whose.community_id, tables.asked.c.member_id == whose.member_id)
    await whose.db.execute(sa.delete(tables.asked).where(*own))
    await store.end_offer(whose.db, whose.community_id, whose.member_id)


async def _part(whose: Whose, one: Session) -> None:
    """Take a member out of a session: it is off where it was still to come and nobody else comes to it."""
    coming = one.end > whose.now and not one.cancelled
    gives = one.member_id == whose.member_id
    off = gives or one.guests == (whose.member_id,)
    neutral = sentence(say("This hour is off; the other side isn't here any more."))
    for member_id, booked in everybody(one):
        if off or member_id == whose.member_id:
            for key in await _told(whose, booked):
                await _untell(whose, key, neutral)
        if coming and off and member_id != whose.member_id:
            await _say_off(whose, one, member_id, booked)
    if coming and off:
        values = {"cancelled": whose.now, "due": None, "sequence": one.sequence + 1}
        await store.change_session(whose.db, whose.community_id, one.id, **values)
    if gives:
        await store.change_session(whose.db, whose.community_id, one.id, member_id=None, place="", notes="", due=None)
    else:
        await store.give_up_seat(whose.db, whose.community_id, one.id, whose.member_id)
        if not off:
            await _retell_mentor(whose, one.id, neutral)


async def _told(whose: Whose, booked: int) -> Sequence[str]:
    """The keys of what was told about a booking; there are names and words in it."""
    key = notices.notice.c.key
    about = sa.or_(key.like(f"mentor-%:{booked}"), key.like(f"mentor-%:{booked}:%"))
    found = sa.select(key).where(notices.notice.c.community_id == whose.community_id, about)
    return (await whose.db.execute(found)).scalars().all()


async def _untell(whose: Whose, key: str, instead: Card) -> None:
    """Take back what was told, where it stands, too, and keep nothing of what it said."""
    await notices.close(whose.db, whose.ids, whose.community_id, key, whose.now, card=instead)
    await notices.erase(whose.db, whose.ids, whose.community_id, key, instead)


async def _retell_mentor(whose: Whose, session_id: int, neutral: Card) -> None:
    """Let a mentor whose circle goes on be reminded without what the one who left had written."""
    left = await store.read_session(whose.db, whose.community_id, session_id)
    if left is None or left.member_id is None:
        return
    card = reminder_card(left, left.member_id, await names_in(whose.db, whose.community_id, left))
    for key in await _told(whose, left.id):
        if key in reminder_keys(left, left.id):
            await notices.change(whose.db, whose.ids, whose.community_id, key, card, whose.now)
        elif not key.startswith("mentor-met:"):  # which names nobody, and waits for an answer
            await _untell(whose, key, neutral)


async def _say_off(whose: Whose, one: Session, member_id: int, booked: int) -> None:
    topic = topic_name(one.topic)
    words = say("The hour on {topic} that you had booked is off: the other side isn't here any more.", topic=topic)
    again = Button(say("Find another hour"), "mentor ask", (topic,))
    card = sentence(words, *((again,) if member_id != one.member_id else ()))
    told = Notice(
        member_id=member_id, key=f"mentor-off:{booked}", card=card, due=whose.now, asked=True, worth=Worth.ANSWER
    )
    await notices.owe(whose.db, whose.ids, whose.community_id, told)


async def _drop_requests(whose: Whose) -> None:
    """What they asked for goes, and so do the questions to mentors about it."""
    own = (tables.request.c.community_id == whose.community_id, tables.request.c.member_id == whose.member_id)
    ids = (await whose.db.execute(sa.select(tables.request.c.id).where(*own))).scalars().all()
    over = sentence(say("This question is over."))
    for request_id in ids:
        for row in await store.asked_of(whose.db, whose.community_id, request_id):
            key = asked_key(request_id, row["member_id"])
            await notices.close(whose.db, whose.ids, whose.community_id, key, whose.now, card=over)
    asked = (tables.asked.c.community_id == whose.community_id, tables.asked.c.request_id.in_(ids))
    await whose.db.execute(sa.delete(tables.asked).where(*asked))
    await whose.db.execute(sa.delete(tables.request).where(*own))


async def merge(merging: Merging) -> None:
    """One person has one offer, the one that stays; hours with oneself are off."""
    db, community_id = merging.db, merging.community_id
    if await store.offer_of(db, community_id, merging.kept):
        await store.end_offer(db, community_id, merging.gone)
    for table, other in ((tables.asked, "request_id"), (tables.seat, "session_id")):
        mine = sa.select(table.c[other]).where(table.c.community_id == community_id, table.c.member_id == merging.kept)
        twice = (table.c.community_id == community_id, table.c.member_id == merging.gone, table.c[other].in_(mine))
        await db.execute(sa.delete(table).where(*twice))
    for table in (tables.offer, tables.request, tables.asked, tables.session, tables.seat):
        own = (table.c.community_id == community_id, table.c.member_id == merging.gone)
        await db.execute(sa.update(table).where(*own).values(member_id=merging.kept))
    for one in await store.sessions_of_all_times(db, community_id, merging.kept):
        if one.member_id == merging.kept and merging.kept in one.guests:
            await store.give_up_seat(db, community_id, one.id, merging.kept)
            if len(one.seats) == 1:
                await store.change_session(db, community_id, one.id, cancelled=merging.now, due=None)
