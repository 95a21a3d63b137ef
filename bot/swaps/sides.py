"""A lesson as one of its two sides has it: whether it is theirs, who the other is, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import people
from bot.cards import Button
from bot.errors import UserError
from bot.swaps import store
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Read, Write
    from bot.place import Place

SIDES = ("giver_id", "getter_id")


async def own_lesson(do: Write, lesson_id: int) -> sa.RowMapping:
    """A lesson that the caller gives or gets, locked. Raises `UserError` (E-STALE)."""
    row = await store.lock_lesson(do.db, do.community.id, lesson_id)
    if row is None or do.member_id not in (row["giver_id"], row["getter_id"]):
        raise stale()
    return row


async def own_open(do: Write, lesson_id: int) -> Sequence[sa.RowMapping]:
    """The lessons that the caller and the other one of a lesson still have to come from the same introduction, locked.

    Oldest first. Raises `UserError` (E-STALE) where there are none, or the other one is no longer here.
    """
    rows = await store.together(do.db, do.community.id, lesson_id, lock=True)
    mine = [row for row in rows if row["state"] == "open" and do.member_id in (row["giver_id"], row["getter_id"])]
    if not mine or other_of(mine[0], do.member_id) is None:
        raise stale()
    return mine


def other_of(row: sa.RowMapping, member_id: int) -> int | None:
    """With whom a member has a lesson; None for somebody who had their data erased."""
    other: int | None = row["giver_id"] if row["getter_id"] == member_id else row["getter_id"]
    return other


async def name_of(place: Place | Read, member_id: int | None) -> str:
    """What a member is called."""
    return await name_in(place.db, place.community.id, member_id)


async def name_in(db: AsyncConnection, community_id: int, member_id: int | None) -> str:
    """What a member of a community is called."""
    name = await people.member_name(db, community_id, member_id) if member_id else None
    return name or say("somebody who has left")


def stale() -> UserError:
    """The sentence for what is over, or somebody else's."""
    return UserError("E-STALE", say("That is over, or not yours."), buttons=(Button(say("My swaps"), "swap status"),))
