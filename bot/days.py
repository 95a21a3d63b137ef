"""Which dates the words for a day can mean: the calendar's part of typed times, as pure rules.

Weeks begin on Monday (ISO 8601). Each rule takes the values of its slots and what today is there; it returns one
date, or every one that the words can mean.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Slots = Mapping[str, Any]

RELATIVE = frozenset({"relative", "part of today", "relative and a week", "in days", "in months", "days from"})
"""Rules that count from today, which may be another date in another place."""

KEEPS_CLOCK = frozenset({"in days", "in months", "days ago"})
"""Rules that mean the present clock time where no other is said: "in 3 days"."""

_WEEK = timedelta(weeks=1)
_FIRST_YEAR, _LAST_YEAR = 1900, 2099


def past(advice: str = "") -> UserError:
    """The refusal of what is over."""
    return UserError("E-PAST", say("That's in the past."), advice=advice or say("Write a time that is still to come."))


def impossible(happened: str) -> UserError:
    """The refusal of a date that no calendar has."""
    return UserError("E-TIME", happened, advice=say("Write a date and time such as 24 Nov 18:00."))


@dataclass(frozen=True, slots=True)
class Today:
    """The date where the words are meant, and whether the clock time still lies ahead on a date."""

    day: date
    is_ahead: Callable[[date], bool]

    def has_ahead(self, day: date) -> bool:
        """Whether the clock time of a date is still to come."""
        return day > self.day or (day == self.day and self.is_ahead(day))


def dates(rule: str, slots: Slots, here: Today) -> tuple[date, ...]:
    """The dates that a rule can mean. Raises `UserError` (E-PAST, E-TIME) for one that is over or never comes."""
    try:
        found = _RULES[rule](slots, here)
    except OverflowError:
        raise _too_far() from None
    if found[-1].year > _LAST_YEAR:
        raise _too_far()
    if found[0].year < _FIRST_YEAR:  # the first dates of all have no UTC
        raise past()
    return found


def _too_far() -> UserError:
    return impossible(say("That is too far away: I keep times up to the year {year}.", year=_LAST_YEAR))


def _first(weekday: int, here: Today) -> date:
    """The first such day to come: today only while the clock time is still ahead."""
    day = here.day + timedelta(days=(weekday - here.day.weekday()) % 7)
    return day if here.has_ahead(day) else day + _WEEK


def _relative(slots: Slots, here: Today) -> tuple[date, ...]:
    return (here.day + timedelta(days=slots["relative"]),)


def _today(_slots: Slots, here: Today) -> tuple[date, ...]:
    return (here.day,)


def _weekday(slots: Slots, here: Today) -> tuple[date, ...]:
    return (_first(slots["weekday"], here),)


def _this_weekday(slots: Slots, here: Today) -> tuple[date, ...]:
    """The one in this week, which may be over."""
    day = here.day + timedelta(days=slots["weekday"] - here.day.weekday())
    if not here.has_ahead(day):
        following = day + _WEEK
        raise past(say("Did you mean {day}?", day=f"{following:%a} {following.day} {following:%b}"))
    return (day,)


def _next_weekday(slots: Slots, here: Today) -> tuple[date, ...]:
    """The first after today; where that is still in this week, it or the one a week later."""
    after = _first(slots["weekday"], Today(here.day, lambda _: False))
    return (after, after + _WEEK) if after.isocalendar()[:2] == here.day.isocalendar()[:2] else (after,)


def _weekday_of_next_week(slots: Slots, here: Today) -> tuple[date, ...]:
    return (here.day + timedelta(days=7 - here.day.weekday() + slots["weekday"]),)


def _weekday_and_weeks(slots: Slots, here: Today) -> tuple[date, ...]:
    return (_first(slots["weekday"], here) + _whole(slots.get("n", 1)) * _WEEK,)


def _relative_and_a_week(slots: Slots, here: Today) -> tuple[date, ...]:
    return (here.day + timedelta(days=slots["plainday"]) + _WEEK,)


def _in_days(slots: Slots, here: Today) -> tuple[date, ...]:
    return (here.day + timedelta(days=_whole(slots["n"]) * slots["days"]),)


def _days_from(slots: Slots, here: Today) -> tuple[date, ...]:
    return (here.day + timedelta(days=_whole(slots["n"]) * slots["days"] + slots["relative"]),)


def _in_months(slots: Slots, here: Today) -> tuple[date, ...]:
    later = here.day.month - 1 + _whole(slots["n"]) * slots["months"]
    year, month = here.day.year + later // 12, later % 12 + 1
    return (_real(year, month, here.day.day),)


def _ago(_slots: Slots, _here: Today) -> tuple[date, ...]:
    raise past()


def _date(slots: Slots, here: Today) -> tuple[date, ...]:
    """A day and month, with a year or without: then the next such date."""
    found = _dated(slots.get("year") or slots.get("shortyear"), slots["month"], slots["dom"], here)
    return _on_weekday(found, slots.get("weekday"))


def _day_of_month(slots: Slots, here: Today) -> tuple[date, ...]:
    """The next month that has such a day, this one only while the time is still ahead."""
    year, month = here.day.year, here.day.month
    for _ in range(4):
        day = _day_in(year, month, slots.get("nth") or slots["dom"])
        if day and here.has_ahead(day):
            return _on_weekday(day, slots.get("weekday"))
        year, month = _month_after(year, month)
    raise impossible(say("There is no such day."))


def _day_of_next_month(slots: Slots, here: Today) -> tuple[date, ...]:
    return _on_weekday(_real(*_month_after(here.day.year, here.day.month), slots["nth"]), slots.get("weekday"))


def _nth_weekday(slots: Slots, here: Today) -> tuple[date, ...]:
    """The first or last Monday of a month: of the named one, else of this month, or the next where that is over."""
    month = slots.get("month") or here.day.month
    year = slots.get("year") or here.day.year + (month < here.day.month)
    day = nth_weekday(year, month, slots["weekday"], slots["ordinal"])
    over = day is not None and not here.has_ahead(day)
    if over and slots.get("month") and not slots.get("year"):
        day = nth_weekday(year + 1, month, slots["weekday"], slots["ordinal"])
    elif over and not slots.get("month"):
        raise past()
    if day is None:
        raise impossible(say("That month has no such day."))
    return (day,)


def _nth_weekday_of_next_month(slots: Slots, here: Today) -> tuple[date, ...]:
    day = nth_weekday(*_month_after(here.day.year, here.day.month), slots["weekday"], slots["ordinal"])
    if day is None:
        raise impossible(say("That month has no such day."))
    return (day,)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The nth (from 1; -1 is the last) such weekday of a month, or None where it has fewer."""
    if nth > 0:
        first = date(year, month, 1)
        day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    else:
        last = date(year, month, monthrange(year, month)[1])
        day = last - timedelta(days=(last.weekday() - weekday) % 7 + 7 * (-nth - 1))
    return day if day.month == month else None


def _numbers(slots: Slots, here: Today) -> tuple[date, ...]:
    """24/11 or 11/24: day and month or month and day, both where both can be."""
    first, second = slots["number"], slots["number2"]
    year = slots.get("year") or slots.get("shortyear")
    found: list[date] = []
    for month, day in dict.fromkeys(((second, first), (first, second))):
        try:
            found += _on_weekday(_dated(year, month, day, here), slots.get("weekday"))
        except UserError:
            continue
    if not found:
        raise impossible(say("There is no such date."))
    return tuple(found)


def _year_first(slots: Slots, _here: Today) -> tuple[date, ...]:
    return _on_weekday(_real(slots["year"], slots["number"], slots["number2"]), slots.get("weekday"))


def _packed(slots: Slots, _here: Today) -> tuple[date, ...]:
    return (_real(slots["year"], slots["month2"], slots["dom2"]),)


def _dated(year: int | None, month: int, day: int, here: Today) -> date:
    """A date; without a year the next such one, which for a leap day can be eight years away."""
    if year:
        return _real(year, month, day)
    for candidate in range(here.day.year, here.day.year + 9):
        found = _day_in(candidate, month, day)
        if found and here.has_ahead(found):
            return found
    return _real(here.day.year, month, day)


def _on_weekday(day: date, weekday: int | None) -> tuple[date, ...]:
    """The date, and where somebody named another weekday with it, that one of the same week as well."""
    if weekday is None or day.weekday() == weekday:
        return (day,)
    return (day, day + timedelta(days=weekday - day.weekday()))


def _real(year: int, month: int, day: int) -> date:
    found = _day_in(year, month, day)
    if found is None:
        raise impossible(say("There is no such date."))
    return found


def _day_in(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _month_after(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _whole(n: float) -> int:
    if n != int(n):
        raise impossible(say("Half days are not exact."))
    return int(n)


_RULES: dict[str, Callable[[Slots, Today], tuple[date, ...]]] = {
    "part of today": _today,
    "relative": _relative,
    "weekday": _weekday,
    "this weekday": _this_weekday,
    "next weekday": _next_weekday,
    "weekday of next week": _weekday_of_next_week,
    "weekday and weeks": _weekday_and_weeks,
    "relative and a week": _relative_and_a_week,
    "in days": _in_days,
    "days from": _days_from,
    "in months": _in_months,
    "days ago": _ago,
    "last weekday": _ago,
    "date": _date,
    "day of month": _day_of_month,
    "day of next month": _day_of_next_month,
    "nth weekday": _nth_weekday,
    "nth weekday of next month": _nth_weekday_of_next_month,
    "numbers": _numbers,
    "year first": _year_first,
    "stamp": _year_first,
    "packed stamp": _packed,
}
