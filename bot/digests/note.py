"""The weekly note to a community's moderators: how the week was, in figures that the features count."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import outbox, people, when
from bot.cards import Card, Heading, Items, Note
from bot.digests.compose import day_words
from bot.feature import Week
from bot.people import community
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Feature
    from bot.ports import Ids

MONDAY = frozenset({0})
AT = time(9)  # in the community's zone
WEEK = timedelta(days=7)
LATEST = timedelta(hours=12)  # a note that is later than this is left out
UNPLANNED = sa.and_(community.c.note_due.is_(None), community.c.digest_due.is_not(None))


async def due_communities(db: AsyncConnection, now: datetime) -> Sequence[int]:
    """The communities whose note is due, and those that are set up and have none planned."""
    statement = sa.select(community.c.id).where(sa.or_(community.c.note_due <= now, UNPLANNED))
    return (await db.execute(statement)).scalars().all()


async def send(db: AsyncConnection, ids: Ids, features: Sequence[Feature], community_id: int, now: datetime) -> int:
    """Owe the note to the moderators' channels if it is due, and plan the next one; returns how many there were."""
    await people.lock_communities(db, community_id)
    own = await people.read_community(db, community_id)
    due = (await db.execute(sa.select(community.c.note_due).where(community.c.id == community_id))).scalar_one()
    if due is not None and due > now:  # somebody else was here
        return 0
    await people.change_community(db, community_id, note_due=when.next_daily(now, AT, when.zone(own.zone), MONDAY))
    if due is None or now - due > LATEST:
        return 0
    lines: list[str] = []
    week = Week(db=db, features=features, community=own, since=_week_before(due, own.zone), now=now)
    for feature in features:
        if feature.note is not None:
            lines += await feature.note(week)
    if not lines:
        return 0
    monday = when.local_day(due, when.zone(own.zone))
    spaces = [one for one in await people.spaces_of(db, community_id) if one.moderators_channel]
    for space in spaces:
        to = outbox.Address(space, space.moderators_channel or "")
        key = f"note:{space.id}:{monday}"
        await outbox.queue(db, ids, to, _card(lines, day_words(monday)), key=key, due=now, until=now + when.DAY)
    return len(spaces)


def _week_before(due: datetime, zone: str) -> datetime:
    """When the note before was due: the same time on the community's clock, whatever clocks did between."""
    there = when.zone(zone)
    return when.instant(when.local_day(due, there) - WEEK, AT, there)


def _card(lines: Sequence[str], day: str) -> Card:
    title = say("Your week, for moderators · {day}", day=day)
    return Card(
        say("{title}: {first}", title=title, first=lines[0]),
        (
            Heading(title),
            Items(tuple((line,) for line in lines)),
            Note((say("The last seven days, as they are counted here; what did not happen is not listed."),)),
        ),
    )
