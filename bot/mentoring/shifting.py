"""When new zone data move a mentor's clock: booked hours keep their time on it, and all who meet are told, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import people
from bot.cards import Note, Paragraph, Time
from bot.mentoring import booking, store, telling
from bot.mentoring.cards import buttons_of, session_card
from bot.place import Here
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.occurrences import Moved
    from bot.ports import Ids
    from bot.settings import Settings


async def moved(db: AsyncConnection, ids: Ids, settings: Settings, found: Sequence[Moved], now: datetime) -> None:
    """Let the hours whose wall time is another instant now be at that; the id of their series is their own."""
    for one in found:
        turn = Here(db, ids, settings, await people.read_community(db, one.community_id), now)
        await _shift(turn, one)


async def _shift(turn: Here, one: Moved) -> None:
    found = await store.read_session(turn.db, turn.community.id, one.series_id)
    if found is not None and found.member_id is not None:
        await store.lock_members(turn.db, turn.community.id, [found.member_id, *found.guests])
        found = await store.read_session(turn.db, turn.community.id, one.series_id)
    if found is None or found.cancelled or found.member_id is None:
        return
    shifted = await booking.reschedule(turn, found, one.after)
    names = await telling.names_of(turn, shifted)
    clock = f"{one.wall:%a} {one.wall.day} {one.wall:%b %H:%M}"
    why = say("The clocks of {zone} follow other rules now; there it stays at {clock}.", zone=one.zone, clock=clock)
    was = Paragraph((say("It was planned for "), Time(one.before, "full"), "."))
    for member_id, booked in telling.everybody(shifted):
        head = say("It is at another time now.")
        card = session_card(shifted, member_id, names, head, was, Note((why,)), buttons_of(shifted))
        await telling.tell(turn, member_id, f"mentor-shifted:{booked}:{shifted.sequence}", card, until=shifted.end)
