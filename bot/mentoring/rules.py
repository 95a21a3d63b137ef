"""Which times of a mentor can be booked: pure decisions about hours, buffers, minimum notice and caps.

A mentor has weekly hours on their own clock, so many sessions a week and so many seats a month, both counted on their
own calendar: a week begins on their Monday, also when clocks change in it. Between two sessions of anybody, mentor or
not, lies `BUFFER`; nothing is booked later than `NOTICE` before it begins. A circle is one session with several seats:
who joins one takes a seat of the month, but no further session of the week.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from bot.availability import STEP, STEPS, WEEK, mask, spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from bot.availability import Window
    from bot.when import QuietHours

BUFFER = timedelta(minutes=15)
"""Between two sessions of the same person."""

NOTICE = timedelta(hours=12)
"""How long before it begins a session is booked or moved, at the latest."""

AHEAD = timedelta(days=14)
"""How far ahead a session can be booked."""

WEEKS = 4
"""That cover `AHEAD`, wherever in a week one begins."""

CHECK_IN = timedelta(hours=1)
"""After a session: then both sides are asked whether they met."""

LENGTHS = (30, 45, 60)
"""Minutes of a session."""

Refusal = Literal["notice", "far", "hours", "taken", "full", "busy", "guest", "week", "month"]
"""Why a time can't be booked."""

Span = tuple[datetime, datetime]
"""From, to; UTC."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody has time, from a Monday (UTC) on: a bit for each quarter of an hour, as in `bot.availability`."""

    monday: date
    bits: int

    def cover(self, start: datetime, end: datetime) -> bool:
        """Whether all of a time lies in them; it begins on a quarter of an hour."""
        first, odd = divmod(start - datetime.combine(self.monday, time(), UTC), STEP)
        wanted = ((1 << -((start - end) // STEP)) - 1) << first if first >= 0 and not odd else 0
        return wanted != 0 and self.bits & wanted == wanted

    def __and__(self, other: Hours | None) -> Hours:
        """When both have time; `None` has always."""
        return self if other is None else Hours(self.monday, self.bits & other.bits)


def hours_from(windows: Iterable[Window], zone: ZoneInfo, now: datetime, quiet: QuietHours | None = None) -> Hours:
    """Weekly windows as the hours of the next weeks."""
    day = now.astimezone(UTC).date()
    monday = day - timedelta(days=day.weekday())
    weeks = (mask(windows, zone, monday + week * WEEK, quiet) << (week * STEPS) for week in range(WEEKS))
    return Hours(monday, sum(weeks))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a mentor offers: sessions of `minutes` in their hours, for `places` people each."""

    zone: ZoneInfo
    hours: Hours
    minutes: int
    weekly: int
    monthly: int
    places: int = 1

    def week(self, at: datetime) -> tuple[int, int]:
        """The week of an instant on the mentor's calendar (ISO year and number)."""
        return at.astimezone(self.zone).isocalendar()[:2]

    def month(self, at: datetime) -> tuple[int, int]:
        """The month of an instant on the mentor's calendar."""
        local = at.astimezone(self.zone)
        return local.year, local.month


@dataclass(frozen=True, slots=True)
class Held:
    """A session that a mentor has: so many people come to it."""

    at: datetime
    end: datetime
    topic: str
    seats: int = 1
    places: int = 1


def near(one: Span, other: Span) -> bool:
    """Whether two times overlap, or lie closer together than the buffer."""
    return one[0] < other[1] + BUFFER and other[0] < one[1] + BUFFER


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken already.

    The mentor's other sessions, the busy times of their own calendar, and the sessions to which one of them goes
    otherwise.
    """

    diary: Sequence[Held]
    busy: Sequence[Span] = ()
    others: Sequence[Span] = ()


def refusal(  # noqa: PLR0911  (one line for each reason)
    terms: Terms, topic: str, at: datetime, now: datetime, taken: Taken, party: int = 1
) -> Refusal | None:
    """Why so many people can't have a session at an instant, None where they can."""
    if at < now + NOTICE:
        return "notice"
    if at > now + AHEAD:
        return "far"
    diary = taken.diary
    held = next((one for one in diary if one.at == at and one.topic == topic and one.places > 1), None)
    wanted = (at, held.end if held else at + timedelta(minutes=terms.minutes))
    if any(near(wanted, span) for span in taken.others):
        return "guest"
    if sum(one.seats for one in diary if terms.month(one.at) == terms.month(at)) + party > terms.monthly:
        return "month"
    if held:
        return "full" if held.seats + party > held.places else None
    if not terms.hours.cover(*wanted):
        return "hours"
    if any(near(wanted, (one.at, one.end)) for one in diary):
        return "taken"
    if any(start < wanted[1] and wanted[0] < end for start, end in taken.busy):
        return "busy"
    if sum(terms.week(one.at) == terms.week(at) for one in diary) >= terms.weekly:
        return "week"
    return None


def free_times(
    terms: Terms, topic: str, now: datetime, taken: Taken, guest_hours: Hours | None = None, party: int = 1
) -> list[datetime]:
    """All instants at which a session could begin, on quarters of an hour; circles with a place left among them."""
    length = timedelta(minutes=terms.minutes)
    both = terms.hours & guest_hours
    circles = (one for one in taken.diary if one.places > 1)
    starts = {one.at for one in circles if guest_hours is None or guest_hours.cover(one.at, one.end)}
    for begin, end in spans(both.bits, both.monday):
        if end > now and begin < now + AHEAD:
            starts |= {begin + n * STEP for n in range((end - begin - length) // STEP + 1)}
    return sorted(at for at in starts if refusal(terms, topic, at, now, taken, party) is None)


def apart(times: Iterable[datetime], length: timedelta, most: int | None = None) -> list[datetime]:
    """Those of these times, in order, that could all be kept by one person, buffers included; `most` of them."""
    kept: list[datetime] = []
    for at in times:
        if not kept or at >= kept[-1] + length + BUFFER:
            kept.append(at)
    return kept[:most]


def spread(times: Sequence[datetime], zone: ZoneInfo, length: timedelta, most: int = 3) -> list[datetime]:
    """Up to `most` of these times: the earliest of each local day, then others that do not overlap."""
    first: dict[date, datetime] = {}
    for at in times:
        first.setdefault(at.astimezone(zone).date(), at)
    chosen = list(first.values())[:most]
    for at in times:
        if len(chosen) < most and all(abs(at - one) >= length + BUFFER for one in chosen):
            chosen.append(at)
    return sorted(chosen)


def weeks_taken(terms: Terms, diary: Sequence[Held]) -> Counter[tuple[int, int]]:
    """How many sessions each week of a mentor holds already."""
    return Counter(terms.week(one.at) for one in diary)
