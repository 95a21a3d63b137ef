"""Write down outside the database who was forgotten, so that a restored backup forgets them again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot import forgotten

if TYPE_CHECKING:
    from bot.app import App


async def run(app: App) -> int:
    """Bring the journal up to date; returns how many lines it got. A crash between the two writes doubles a line."""
    async with app.db.read() as db:
        entries = await forgotten.unjournalled(db)
    if entries:
        await asyncio.to_thread(app.journal.append, entries)
        async with app.db.write() as db:
            await forgotten.journalled(db, entries)
    return len(entries)
