"""When members have time: weekly windows on their own clocks, as bit masks of one week that can be intersected.

A mask is a Python integer; bit n is the n-th quarter of an hour since the week's Monday, 00:00 UTC. It is made for one
week at a time, because the same window is another hour of UTC when clocks have changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.when import instant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from bot.when import QuietHours

STEP = timedelta(minutes=15)
WEEK = timedelta(weeks=1)
STEPS = WEEK // STEP
"""Bits of a week."""


@dataclass(frozen=True, slots=True)
class Window:
    """A time of the week on somebody's own clock: from `start` up to `end` on `day` (0 is Monday).

    Over midnight when `end` is not after `start`; 00:00 is the end of the day.
    """

    day: int
    start: time
    end: time

    def __post_init__(self) -> None:
        if self.day not in range(7):
            raise ValueError(f"a day of the week is 0 (Monday) to 6, not {self.day}")


def mask(windows: Iterable[Window], zone: tzinfo, monday: date, quiet: QuietHours | None = None) -> int:
    """The quarters of an hour of the week from `monday` (UTC) that lie whole in a window, and in no quiet hour.

    Raises `ValueError` if `monday` is none.
    """
    if monday.weekday() != 0:
        raise ValueError(f"{monday} is no Monday")
    begin = datetime.combine(monday, time(), UTC)
    found = 0
    for window in windows:
        for week in (-7, 0, 7):  # a local week begins up to 14 hours away from the one in UTC
            found |= _bits(*_span(monday + timedelta(days=window.day + week), window.start, window.end, zone), begin)
    if quiet and quiet.start != quiet.end:
        for day in range(-2, 9):
            start, end = _span(monday + timedelta(days=day), quiet.start, quiet.end, zone)
            found &= ~_touched(start, end, begin)
    return found


def spans(bits: int, monday: date) -> list[tuple[datetime, datetime]]:
    """The stretches (from, to; UTC) of a mask that was made for the week from `monday`."""
    begin = datetime.combine(monday, time(), UTC)
    found: list[tuple[datetime, datetime]] = []
    at = 0
    while bits >> at:
        at += ((bits >> at) & -(bits >> at)).bit_length() - 1
        length = (~(bits >> at) & ((bits >> at) + 1)).bit_length() - 1
        found.append((begin + at * STEP, begin + (at + length) * STEP))
        at += length
    return found


def hours(bits: int) -> float:
    """How many hours a mask holds."""
    return bits.bit_count() * (STEP / timedelta(hours=1))


def _span(day: date, start: time, end: time, zone: tzinfo) -> tuple[datetime, datetime]:
    last = day if end > start else day + timedelta(days=1)
    return instant(day, start, zone), instant(last, end, zone)


def _bits(start: datetime, end: datetime, begin: datetime) -> int:
    """The steps of the week that lie whole between two instants."""
    first = max(0, -((begin - start) // STEP))  # rounded up
    last = min(STEPS, (end - begin) // STEP)
    return (1 << last) - (1 << first) if last > first else 0


def _touched(start: datetime, end: datetime, begin: datetime) -> int:
    """The steps of the week of which any part lies between two instants."""
    first = max(0, (start - begin) // STEP)
    last = min(STEPS, -((begin - end) // STEP))
    return (1 << last) - (1 << first) if last > first else 0
