"""Send the digests that are due: one for each space and local day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.digests import store
from bot.digests.compose import send_digest

if TYPE_CHECKING:
    from datetime import datetime

    from bot.app import App


async def run(app: App) -> int:
    """Owe the digests that are due; returns how many communities had one due."""
    now = app.wall.now()
    async with app.db.read() as db:
        due = await store.due_communities(db, now)
    for community_id in due:
        async with app.db.write() as db:
            await send_digest(db, app.ids, app.settings, app.features, community_id, now)
    return len(due)


async def next_due(app: App) -> datetime | None:
    """When the next digest is due."""
    async with app.db.read() as db:
        return await store.next_due(db)
