"""When a source is asked again: our interval, what its server and its feed ask for, and less and less after failures.

All instants are the wall clock's. A server's dates are counted from its own `Date`, so that a wrong clock on either
side does no harm.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.leads.dates import read_date

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

LONGEST_FRESH = timedelta(days=7)  # the most that max-age, Expires or ttl are believed: beyond it is a slip
LONGEST_BACKOFF = timedelta(hours=24)
JITTER = 0.1  # of the interval, at random, so that polls do not bunch
_MAX_AGE = re.compile(r'(?:^|[\s,])max-age\s*=\s*"?(\d{1,10})', re.IGNORECASE)
_NOTHING = timedelta(0)


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long an answer stays fresh by its headers (names in lower case): max-age less Age, else Expires less Date.

    RFC 9111, 4.2: max-age goes before Expires. Zero where they say nothing, or nothing that can be read.
    """
    if max_age := _MAX_AGE.search(headers.get("cache-control", "")):
        age = headers.get("age", "").strip()
        seconds = int(max_age[1]) - (int(age[:10]) if age.isdecimal() else 0)
        return min(max(timedelta(seconds=seconds), _NOTHING), LONGEST_FRESH)
    if (expires := read_date(headers.get("expires", ""))) is None:
        return _NOTHING
    date = read_date(headers.get("date", "")) or now
    return min(max(expires - date, _NOTHING), LONGEST_FRESH)


def next_poll(
    now: datetime, *, poll_minutes: int, ttl_minutes: int | None, jitter: float, fresh: timedelta = _NOTHING
) -> datetime:
    """When to poll a healthy source again: the longest of our interval, the feed's `ttl` and its server's `fresh_for`.

    `jitter` (0 to 1, at random) spreads polls over a tenth of the interval more.
    """
    ttl = timedelta(minutes=min(ttl_minutes or 0, LONGEST_FRESH // timedelta(minutes=1)))
    interval = max(timedelta(minutes=poll_minutes), ttl, fresh)
    return now + interval * (1 + JITTER * jitter)


def next_try(
    now: datetime, *, failures: int, poll_minutes: int, retry_after: timedelta | None, jitter: float
) -> datetime:
    """When to try a failing source again: never sooner than a healthy one, and not before its server asked.

    Where it asked for nothing, the wait doubles with each of the `failures` before this one, up to a day.
    """
    interval = timedelta(minutes=poll_minutes)
    doubled = min(interval * 2 ** min(failures, 10), max(LONGEST_BACKOFF, interval))
    wait = doubled if retry_after is None else max(retry_after, interval)
    return now + wait * (1 + JITTER * jitter)
