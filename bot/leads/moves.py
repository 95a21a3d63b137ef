"""Sources that have moved for good: after a few polls that say so, the new address is asked directly.

A 301 or 308 is a promise that servers break, so one is not enough; a 302 or 307 promises nothing and counts for none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.leads import hosts
from bot.leads.sources import source
from bot.leads.subscriptions import feed
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import Fetched

REPEATED = 3  # polls in a row that ended at the same new address


async def note_move(db: AsyncConnection, row: sa.RowMapping, fetched: Fetched, now: datetime) -> None:
    """Take note of where a good poll of the source in `row` ended, and make that its address once it is sure."""
    if not fetched.moved_for_good:
        if row["moved_times"]:
            await _change(db, row["id"], moved_to="", moved_times=0)
        return
    times = row["moved_times"] + 1 if row["moved_to"] == fetched.url else 1
    if times < REPEATED:
        await _change(db, row["id"], moved_to=fetched.url, moved_times=times)
        return
    there = sa.select(source.c.id).where(source.c.url == fetched.url)
    other = (await db.execute(there)).scalar_one_or_none()
    if other is None:
        host = hosts.host_of(fetched.url)
        await hosts.add(db, host, now)
        await _change(db, row["id"], url=fetched.url, host=host, moved_to="", moved_times=0)
    else:
        await _join(db, row["id"], other, now)


async def _join(db: AsyncConnection, old: int, new: int, now: datetime) -> None:
    """Let the source `new`, which has the address that `old` has moved to, serve both; `old` is asked no more.

    What `old` brought stays where it is; `new` had the same entries, so nothing of it is news to anybody. A community
    with feeds of both keeps the one of `old` for what came of it.
    """
    both = sa.select(feed.c.community_id).where(feed.c.source_id == new)
    follow = sa.update(feed).where(feed.c.source_id == old, feed.c.community_id.not_in(both))
    await db.execute(follow.values(source_id=new))
    await db.execute(sa.update(source).where(source.c.id == new, source.c.due.is_(None)).values(due=now))
    await _change(db, old, due=None, error=say("It has moved to the address of another of your feeds."))


async def _change(db: AsyncConnection, source_id: int, **values: object) -> None:
    await db.execute(sa.update(source).where(source.c.id == source_id).values(**values))
