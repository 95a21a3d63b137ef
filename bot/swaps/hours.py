"""When two members could meet: the hours that they share in a week, and concrete times for a first talk."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from bot import availability
from bot.availability import WEEK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from bot.members.profile import Free

TALK = timedelta(minutes=30)
"""How long a first talk takes."""

NOTICE = timedelta(hours=12)
"""How long before a talk it is agreed on, at least."""


def coming_monday(now: datetime) -> date:
    """The Monday (UTC) of the first whole week that is still to come: by it shared hours are counted."""
    day = now.astimezone(UTC).date()
    return day + timedelta(days=7 - day.weekday())


def shared_hours(everyone: Iterable[Free], now: datetime) -> float:
    """How many hours of a week all of them have time."""
    return availability.hours(_common(everyone, coming_monday(now)))


def times_for_all(everyone: Sequence[Free], now: datetime, most: int = 3) -> list[datetime]:
    """Up to `most` instants in the next fourteen days from which all have half an hour, on days that differ."""
    this_monday = coming_monday(now) - WEEK
    found: dict[date, datetime] = {}
    for monday in (this_monday, this_monday + WEEK, this_monday + 2 * WEEK):
        for start, end in availability.spans(_common(everyone, monday), monday):
            begin = max(start, _next_quarter(now + NOTICE))
            if end - begin >= TALK and begin < now + 2 * WEEK:
                found.setdefault(begin.date(), begin)
    return sorted(found.values())[:most]


def first_stretch(everyone: Sequence[Free], now: datetime) -> tuple[datetime, datetime] | None:
    """The first stretch (from, to) of the coming whole week in which all have time, for an example."""
    monday = coming_monday(now)
    return next(iter(availability.spans(_common(everyone, monday), monday)), None)


def _common(everyone: Iterable[Free], monday: date) -> int:
    return reduce(and_, (one.mask(monday) for one in everyone), (1 << availability.STEPS) - 1)


def _next_quarter(at: datetime) -> datetime:
    """The first quarter of an hour from an instant on."""
    begin = datetime.combine(at.date(), time(), UTC)
    return begin - ((begin - at) // availability.STEP) * availability.STEP
