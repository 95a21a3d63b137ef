"""Hours of the week as people type them: "Mon 18:00-20:00, Thu 12-13" or "weekdays 9-12". Pure; nothing is guessed."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING

from bot.availability import Window
from bot.errors import UserError
from bot.literal import shorten, tidy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_WINDOWS = 28

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS, _WEEKEND = range(5), range(5, 7)
_SEVERAL = {"weekdays": _WEEKDAYS, "weekday": _WEEKDAYS, "weekends": _WEEKEND, "weekend": _WEEKEND}
_SEVERAL |= {"daily": range(7), "everyday": range(7), "every day": range(7)}
_CLOCK = r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?"
_BOTH = rf"{_CLOCK}\s*(?:-|–|to|until)\s*{_CLOCK}"
_DAY = r"every\s+day|[a-z]{2,9}"
_PIECE = re.compile(
    rf"\s*(?:(?P<first>{_DAY})\.?(?:\s*(?:-|–|to)\s*(?P<last>{_DAY})\.?)?)?:?\s*"  # none: the day said before
    rf"(?:{_BOTH})?\s*",  # none: those of the next day that has them
    re.IGNORECASE,
)


def read_hours(text: str) -> tuple[Window, ...]:
    """Hours such as "Mon 18:00-20:00, Thu 12-13", "Mon, Wed 9-10" or one a line. Raises `UserError` (E-TIME)."""
    found: dict[Window, None] = {}
    days: list[int] = []  # that are named and have no times yet
    said: list[int] = []  # to which times without a day belong
    for piece in filter(str.strip, re.split(r"[,;\n&]+|\band\b", tidy(text))):
        match = _PIECE.fullmatch(piece)
        named = _days_of(match["first"], match["last"]) if match and match["first"] else []
        clocks = match.groups()[2:] if match else ()
        timed = bool(clocks and clocks[0])
        if match is None or (match["first"] and not named) or not (named or (timed and said)):
            raise _unreadable(piece)
        days += named
        if timed:
            said = days or said
            start, end = _clock(*clocks[:3]), _clock(*clocks[3:])
            if start is None or end is None or start == end:
                raise _unreadable(piece)
            found |= dict.fromkeys(Window(day, start, end) for day in said)
            days = []
    if days or not found:
        raise _unreadable(text)
    if len(found) > MOST_WINDOWS:
        raise UserError("E-TIME", say("Give at most {n} times of the week.", n=MOST_WINDOWS))
    return tuple(sorted(found, key=lambda one: (one.day, one.start, one.end)))


def hours_words(windows: Iterable[Window], between: str = "; ") -> str:
    """Hours as they can be typed again: "Mon, Wed 18:00-20:00; Thu 12:00-13:00"; days with the same times together."""
    spans: dict[tuple[time, time], list[int]] = {}
    for one in windows:
        spans.setdefault((one.start, one.end), []).append(one.day)
    parts = [(sorted(days), f"{_days_words(days)} {start:%H:%M}-{end:%H:%M}") for (start, end), days in spans.items()]
    return between.join(part for _, part in sorted(parts))


def read_span(text: str) -> tuple[time, time] | None:
    """Two times of any day, such as "22:00-07:00" or "10pm to 7am"; None for anything else."""
    match = re.fullmatch(_BOTH, text, re.IGNORECASE)
    clocks = match.groups() if match else ()
    start, end = (_clock(*clocks[:3]), _clock(*clocks[3:])) if match else (None, None)
    return (start, end) if start is not None and end is not None else None


def _days_of(first: str, last: str | None) -> list[int]:
    """The days of the week from one to another, [] where they are none."""
    several = " ".join(first.lower().split())
    if not last and several in _SEVERAL:
        return list(_SEVERAL[several])
    begin, end = _day(first), _day(last or first)
    if begin is None or end is None:
        return []
    return [day % 7 for day in range(begin, begin + (end - begin) % 7 + 1)]


def _day(word: str) -> int | None:
    return next((day for day, name in enumerate(_DAYS) if name.startswith(word.lower())), None)


def _days_words(days: list[int]) -> str:
    days = sorted(set(days))
    short = [_DAYS[day][:3].title() for day in days]
    run = len(days) > 2 and days == list(range(days[0], days[-1] + 1))
    return f"{short[0]}-{short[-1]}" if run else ", ".join(short)


def _clock(hours: str, minutes: str | None, half: str | None) -> time | None:
    """A time of day, None where there is no such; 24 is midnight."""
    hour, minute = int(hours), int(minutes or 0)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    elif half or hour > 24 or (hour == 24 and minute):
        return None
    return time(hour % 24, minute) if minute < 60 else None


def _unreadable(piece: str) -> UserError:
    happened = say("I can't read “{words}” as hours of the week.", words=shorten(piece.strip(), 40))
    return UserError("E-TIME", happened, advice=say("Write days and times, such as Mon 18:00-20:00, Thu 12-13."))
