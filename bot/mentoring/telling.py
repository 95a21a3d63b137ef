"""Telling those who meet: who they are, what happened, and reminders a day and ten minutes before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import notices, people
from bot.mentoring.cards import buttons_of, session_card
from bot.notices import Notice, Worth
from bot.reminders import REMINDERS
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from bot.mentoring.fitting import Asking
    from bot.mentoring.store import Session
    from bot.place import Place


async def names_in(db: AsyncConnection, community_id: int, found: Session) -> dict[int, str]:
    """The names of those who meet, by member."""
    ids = [*found.guests, *([found.member_id] if found.member_id else [])]
    own = (people.member.c.community_id == community_id, people.member.c.id.in_(ids))
    rows = await db.execute(sa.select(people.member.c.id, people.member.c.name).where(*own))
    return {row.id: row.name for row in rows}


async def names_of(ask: Asking, found: Session) -> dict[int, str]:
    """The names of those who meet, by member."""
    return await names_in(ask.db, ask.community.id, found)


def everybody(found: Session) -> list[tuple[int, int]]:
    """All who meet, each with the id that is part of the keys of what they are told about it."""
    mentor = [(found.member_id, found.id)] if found.member_id else []
    return mentor + [(row["member_id"], row["booking"]) for row in found.seats]


def _key(found: Session, booking: int, which: str) -> str:
    return f"mentor-reminder:{booking}:{found.sequence}:{which}"


def reminder_keys(found: Session, booking: int) -> list[str]:
    """The keys of one member's reminders."""
    return [_key(found, booking, which) for which in REMINDERS]


def reminder_card(found: Session, member_id: int, names: dict[int, str]) -> Card:
    """What reminds one of those who meet."""
    return session_card(found, member_id, names, say("A reminder."), buttons_of(found))


async def remind(do: Place, found: Session, member_id: int, booking: int) -> None:
    """Owe a member their reminders, as far as their time is still to come."""
    names = await names_of(do, found)
    for which, before in REMINDERS.items():
        if found.at - before > do.now:
            card, key = reminder_card(found, member_id, names), _key(found, booking, which)
            await tell(do, member_id, key, card, due=found.at - before, until=found.at)


async def show(do: Place, found: Session) -> None:
    """Let the reminders that are still owed say how things are now."""
    names = await names_of(do, found)
    for member_id, booking in everybody(found):
        for key in reminder_keys(found, booking):
            card = reminder_card(found, member_id, names)
            await notices.change(do.db, do.ids, do.community.id, key, card, do.now)


async def end_reminders(do: Place, found: Session, member_id: int | None = None) -> None:
    """Nobody, or not this member, is reminded any more."""
    for one, booking in everybody(found):
        if member_id in (None, one):
            for key in reminder_keys(found, booking):
                await notices.close(do.db, do.ids, do.community.id, key, do.now)


async def tell(
    do: Place, member_id: int, key: str, card: Card, *, due: datetime | None = None, until: datetime | None = None
) -> None:
    """Tell a member about an hour of theirs: they asked for it, or offered it."""
    told = Notice(
        member_id=member_id, key=key, card=card, due=due or do.now, until=until, asked=True, worth=Worth.ANSWER
    )
    await notices.owe(do.db, do.ids, do.community.id, told)
