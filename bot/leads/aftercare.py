"""What follows a poll, besides storing what it brought: the source's health, and the batch that waits for it.

In the transaction that noted how the poll went, after it was noted. Locks communities and mailboxes, no source: whoever
notes several polls in one transaction notes all of them first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leads import batches, health

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import FetchFailed, Ids
    from bot.settings import Settings


async def after_news(
    db: AsyncConnection, ids: Ids, settings: Settings, row: RowMapping, *, seconds: float, new: bool, now: datetime
) -> None:
    """After a feed was read. `row` is the source as it was claimed, `seconds` what the answer took.

    `new` says whether the feed said anything that it had not said before.
    """
    await health.went_well(db, ids, settings, row, seconds=seconds, new=new, now=now)
    if row["last_ok"] is None:
        await batches.look_at(db, ids, settings, row["id"], now)


async def after_silence(
    db: AsyncConnection, ids: Ids, settings: Settings, row: RowMapping, *, seconds: float, now: datetime
) -> None:
    """After a server said that nothing has changed."""
    await health.went_well(db, ids, settings, row, seconds=seconds, new=False, now=now)


async def after_failure(
    db: AsyncConnection, ids: Ids, settings: Settings, row: RowMapping, failure: FetchFailed, now: datetime
) -> None:
    """After a poll failed."""
    if row["last_ok"] is None:
        await batches.look_at(db, ids, settings, row["id"], now)
    await health.went_badly(db, ids, settings, row, failure, now)
