"""Row ids and tokens for real use; tests inject counted ones."""

from __future__ import annotations

import secrets
import time

_EPOCH_MS = 1_704_067_200_000  # 2024-01-01 UTC
_RANDOM_BITS = 22


class RandomIds:
    """Ids that grow with the machine's time: 41 bits of milliseconds, then 22 bits that begin at random.

    Each further id of the same millisecond counts on, so that ids of one process never repeat, and those of two
    processes meet with a chance of about one in four million for each row made in the same millisecond.
    """

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> int:
        """Return a fresh row id."""
        milliseconds = time.time_ns() // 1_000_000 - _EPOCH_MS
        fresh = (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        later = fresh >> _RANDOM_BITS > self._last >> _RANDOM_BITS
        self._last = fresh if later else self._last + 1
        return self._last

    def token(self) -> str:
        """Return a fresh token of 16 URL-safe characters (96 bits)."""
        return secrets.token_urlsafe(12)
