"""The console as a chat platform: sending means that the pages which are open look again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.web.draw import RENDERERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.cards import Card
    from bot.ports import Delivery, PlatformName

QUIET = 15.0  # seconds after which a listener is told that nothing happened, so that it notices a closed browser
STANDING = 1_000  # messages that are remembered
COMMITTED = 0.3  # seconds after which whoever sends has surely noted that it was sent


class Bell:
    """Wakes the pages that are open: what they show may have changed."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Event] = set()
        self._closed = False

    def ring(self) -> None:
        """Wake everybody who listens."""
        for listener in self._listeners:
            listener.set()

    def close(self) -> None:
        """Let everybody who listens go home, for good."""
        self._closed = True
        self.ring()

    async def listen(self) -> AsyncIterator[bool]:
        """Yield True after a ring (several at once count as one) and False after a quiet while, until closed."""
        rung = asyncio.Event()
        self._listeners.add(rung)
        try:
            while not self._closed:
                try:
                    await asyncio.wait_for(rung.wait(), QUIET)
                except TimeoutError:
                    yield False
                    continue
                rung.clear()
                if not self._closed:
                    yield True
        finally:
            self._listeners.discard(rung)


class ConsolePlatform:
    """A platform whose messages stand in memory, as long as the process runs; then what the outbox kept of them."""

    remembers_nonce = timedelta(days=36_500)  # showing the same row again is showing it once
    pace = timedelta(0)
    away_since = None

    def __init__(self, name: PlatformName, bell: Bell) -> None:
        self.name: PlatformName = name
        self._bell = bell
        self._standing: OrderedDict[str, Card] = OrderedDict()

    def standing(self, remote: str) -> Card | None:
        """The card that stands where this was sent: the outbox keeps no copy of some, such as members' notes."""
        return self._standing.get(remote)

    async def send(self, delivery: Delivery) -> str:
        """Draw it as the platform would, and ring once the sender has committed; a repetition gives the same id.

        Raises `CannotDraw` for a card that breaks a limit of the platform: its first page alone must never pass for it.
        """
        RENDERERS[self.name].message(delivery.card)
        asyncio.get_running_loop().call_later(COMMITTED, self._bell.ring)
        remote = delivery.target if delivery.verb == "edit" else f"console-{delivery.nonce}"
        self._standing[remote] = delivery.card
        while len(self._standing) > STANDING:
            self._standing.popitem(last=False)
        return remote
