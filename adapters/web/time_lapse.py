"""Time-lapse as the console runs it: one at a time, in the background, with the open pages looking on."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from adapters.web.platform import Bell
    from bot.ports import Ids

log = logging.getLogger("guildhall.console")

PATIENCE = 1.0  # seconds that whoever starts it waits for its end; then it goes on by itself
TICK = 0.5  # seconds between two looks at the clock while it runs


class TimeLapse:
    """Moves the wall clock by `travel`; `note` says why it stopped early, if it did."""

    def __init__(self, travel: Callable[[datetime], Awaitable[None]], bell: Bell, ids: Ids) -> None:
        self._travel = travel
        self._bell = bell
        self._ids = ids
        self._running: asyncio.Task[None] | None = None
        self.note = ""

    @property
    def running(self) -> bool:
        """Whether time is passing."""
        return self._running is not None

    async def start(self, target: datetime) -> None:
        """Move the clock to `target` (UTC), unless it is being moved already."""
        if self._running is None:
            self._running = asyncio.create_task(self._run(target))
            await asyncio.wait({self._running}, timeout=PATIENCE)

    async def stop(self) -> None:
        """Stop wherever it is."""
        if running := self._running:
            running.cancel()
            await asyncio.wait({running})

    async def _run(self, target: datetime) -> None:
        self.note = ""
        ticking = asyncio.create_task(self._tick())
        try:
            await self._travel(target)
        except Exception:
            # A deliberate fence: the page says that the clock stopped, the log says why.
            code = self._ids.token()[:4].upper()
            log.exception("E-UNKNOWN %s: time-lapse stopped", code)
            self.note = say("The clock stopped early, and I've written down why as {code}.", code=code)
        finally:
            ticking.cancel()
            self._running = None
            self._bell.ring()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            self._bell.ring()
