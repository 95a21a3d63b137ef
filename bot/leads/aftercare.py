"""What follows a poll, besides storing what it brought: the source's health, and the batch that waits for it.

In the transaction that noted how the poll went, after it was noted. Locks communities and mailboxes, no source: whoever
notes several polls in one transaction notes all of them first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.leads import batches, health

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.health import Answer
    from bot.ports import FetchFailed, Ids
    from bot.settings import Settings


async def after_answers(
    db: AsyncConnection, ids: Ids, settings: Settings, answers: Sequence[Answer], now: datetime
) -> None:
    """After servers answered, with a feed that could be read or by saying that nothing has changed."""
    await health.went_well(db, ids, settings, answers, now)
    if first := [one.row["id"] for one in answers if one.row["last_ok"] is None]:
        await batches.look_at(db, ids, settings, first, now)


async def after_failure(
    db: AsyncConnection, ids: Ids, settings: Settings, row: RowMapping, failure: FetchFailed, now: datetime
) -> None:
    """After a poll failed."""
    if row["last_ok"] is None:
        await batches.look_at(db, ids, settings, [row["id"]], now)
    await health.went_badly(db, ids, settings, row, failure, now)
