"""What skill swaps store of a member: exported, erased, or given to the one that a second account turned out to be.

Whoever is left behind by somebody who goes gets a neutral note, or another way round; the ledger keeps its sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import notices
from bot.cards import Button, sentence
from bot.notices import Notice, Worth
from bot.swaps import appointments, asks, rounds, store
from bot.swaps.asks import ask, request
from bot.swaps.rounds import seat
from bot.swaps.store import hour, lesson, swap_member
from bot.swaps.words import skill_name
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feature import Merging, Whose

# --- export ----------------------------------------------------------------------------------------------------------


async def export(whose: Whose) -> Mapping[str, Any]:
    """All that swaps know of a member. Of others there are neither names nor ids."""
    db, community_id, me = whose.db, whose.community_id, whose.member_id
    part = await store.part_of(db, community_id, me)
    asked = sa.select(ask).where(ask.c.community_id == community_id, ask.c.asker_id == me).order_by(ask.c.id)
    seats = sa.select(seat).where(seat.c.community_id == community_id, seat.c.member_id == me).order_by(seat.c.ring_id)
    was_asked = sa.select(request).where(request.c.community_id == community_id, request.c.helper_id == me)
    entries = await store.hours_of(db, community_id, me)
    return {
        "part": _plain(part, "joined", "left", "paused_until", "coffee") if part else None,
        "lessons": [
            {"side": _side(row, me), **_plain(row, "skill", "at", "state", "meets_at", "free", "thanked", "verdict")}
            for row in await store.lessons_of(db, community_id, me)
        ],
        "hours": [{"side": _side(row, me), **_plain(row, "skill", "hours", "free", "at")} for row in entries],
        "asked for": [_plain(row, "skill", "at", "state") for row in (await db.execute(asked)).mappings()],
        "was asked": [_plain(row, "at", "state") for row in (await db.execute(was_asked)).mappings()],
        "proposals": [_plain(row, "teaches", "learns", "answer") for row in (await db.execute(seats)).mappings()],
    }


def _side(row: sa.RowMapping, me: int) -> str:
    return "gave" if row["giver_id"] == me else "got"


def _plain(row: sa.RowMapping, *columns: str) -> dict[str, Any]:
    return {name: row[name].isoformat() if hasattr(row[name], "isoformat") else row[name] for name in columns}


# --- forget ----------------------------------------------------------------------------------------------------------


async def forget(whose: Whose) -> None:
    """Take a member out of everything. Rings that they were in are mended, asks go on to the next, lessons end."""
    await _leave_ring(whose, whose.member_id)
    await _end_asks(whose)
    await _end_lessons(whose)
    for table, column in ((seat, "member_id"), *((t, c) for t in (lesson, hour) for c in ("giver_id", "getter_id"))):
        own = (table.c.community_id == whose.community_id, table.c[column] == whose.member_id)
        await whose.db.execute(sa.update(table).where(*own).values({column: None}))
    own = (swap_member.c.community_id == whose.community_id, swap_member.c.member_id == whose.member_id)
    await whose.db.execute(sa.delete(swap_member).where(*own))


async def _leave_ring(whose: Whose | Merging, member_id: int) -> None:
    """Give a seat back: the ring is mended without them."""
    mine = await rounds.open_seat(whose.db, whose.community_id, member_id)
    row = await rounds.lock_ring(whose.db, whose.community_id, mine["ring_id"]) if mine else None
    mine = await rounds.open_seat(whose.db, whose.community_id, member_id)
    if row is not None and mine is not None and mine["ring_id"] == row["id"]:
        await rounds.change_seat(whose.db, mine, answer="silent", open=False)
        await rounds.set_state(whose.db, whose.community_id, row["id"], "repairing")


async def _end_asks(whose: Whose) -> None:
    """Take their own asks back, and let those of others go on (`jobs/follow_swaps.py`) to somebody else."""
    over = sentence(say("This question is over. Thank you for being there."))
    mine = sa.select(ask.c.id).where(ask.c.community_id == whose.community_id, ask.c.asker_id == whose.member_id)
    for ask_id in (await whose.db.execute(mine)).scalars().all():
        for one in await asks.requests_of(whose.db, whose.community_id, ask_id):
            await notices.close(whose.db, whose.ids, whose.community_id, one["told"], whose.now, card=over)
    theirs = (request.c.community_id == whose.community_id, request.c.helper_id == whose.member_id)
    of_mine = (request.c.community_id == whose.community_id, request.c.ask_id.in_(mine))
    await whose.db.execute(sa.delete(request).where(sa.or_(sa.and_(*theirs), sa.and_(*of_mine))))
    own = (ask.c.community_id == whose.community_id, ask.c.asker_id == whose.member_id)
    await whose.db.execute(sa.delete(ask).where(*own))


async def _end_lessons(whose: Whose) -> None:
    for row in await store.lessons_of(whose.db, whose.community_id, whose.member_id, "open"):
        await store.change_lesson(whose.db, whose.community_id, row["id"], state="closed", due=None)
        await appointments.forget_time(whose.db, whose.ids, whose.community_id, [row], whose.now)
        other = row["getter_id"] if row["giver_id"] == whose.member_id else row["giver_id"]
        if other is not None:
            await _say_that_it_is_over(whose, row, other)


async def _say_that_it_is_over(whose: Whose, row: sa.RowMapping, other: int) -> None:
    text = say("Your swap on {skill} is closed: the other one is no longer here.", skill=skill_name(row["skill"]))
    again = [Button(say("Ask for another"), "help ask", (row["skill"],))] if row["getter_id"] == other else []
    told = Notice(
        member_id=other,
        key=f"lesson-over:{row['id']}",
        card=sentence(text, *again, Button(say("My swaps"), "swap status")),
        due=whose.now,
        worth=Worth.PERSON,
    )
    await notices.owe(whose.db, whose.ids, whose.community_id, told)


# --- merge -----------------------------------------------------------------------------------------------------------


async def merge(both: Merging) -> None:
    """Give what one member has to another, who is the same person. What the two had with each other ends."""
    if await rounds.open_seat(both.db, both.community_id, both.kept):
        await _leave_ring(both, both.gone)
    await _merge_parts(both)
    await _drop_what_they_shared(both)
    for table, column in (
        (seat, "member_id"),
        (ask, "asker_id"),
        (request, "helper_id"),
        *((t, c) for t in (lesson, hour) for c in ("giver_id", "getter_id")),
    ):
        own = (table.c.community_id == both.community_id, table.c[column] == both.gone)
        await both.db.execute(sa.update(table).where(*own).values({column: both.kept}))


async def _merge_parts(both: Merging) -> None:
    kept = await store.part_of(both.db, both.community_id, both.kept)
    gone = await store.part_of(both.db, both.community_id, both.gone)
    own = (swap_member.c.community_id == both.community_id, swap_member.c.member_id == both.gone)
    if gone is not None and kept is not None:
        await both.db.execute(sa.delete(swap_member).where(*own))
        merged = {"waiting": max(kept["waiting"], gone["waiting"]), "coffee": kept["coffee"] and gone["coffee"]}
        await store.change_part(both.db, both.community_id, both.kept, **merged)
    elif gone is not None:
        await both.db.execute(sa.update(swap_member).where(*own).values(member_id=both.kept))


async def _drop_what_they_shared(both: Merging) -> None:
    """Delete what would be twice, or of somebody with themselves: asks, questions, lessons and their hours."""
    here, pair = both.community_id, (both.kept, both.gone)
    for row in await store.lessons_of(both.db, here, both.gone, "open"):
        if {row["giver_id"], row["getter_id"]} == set(pair):
            await appointments.forget_time(both.db, both.ids, here, [row], both.now)
    for table in (hour, lesson):
        between = (table.c.giver_id.in_(pair), table.c.getter_id.in_(pair))
        await both.db.execute(sa.delete(table).where(table.c.community_id == here, *between))
    theirs = sa.select(ask.c.id).where(ask.c.community_id == here, ask.c.asker_id.in_(pair))
    own = (request.c.community_id == here, request.c.helper_id.in_(pair), request.c.ask_id.in_(theirs))
    await both.db.execute(sa.delete(request).where(*own))
    known = sa.select(request.c.ask_id).where(request.c.community_id == here, request.c.helper_id == both.kept)
    twice = (request.c.community_id == here, request.c.helper_id == both.gone, request.c.ask_id.in_(known))
    await both.db.execute(sa.delete(request).where(*twice))
    skills = {one["skill"] for one in await asks.open_asks(both.db, here, both.kept)}
    for one in await asks.open_asks(both.db, here, both.gone):
        if one["skill"] in skills:
            await asks.set_state(both.db, here, one["id"], "withdrawn")
