"""What a mentor types, read: topics as skills, hours of the week. Pure; nothing is guessed."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING

from bot.availability import Window
from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.skills import Taxonomy

MOST_TOPICS = 12
MOST_WINDOWS = 28

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SEVERAL = {"weekdays": range(5), "weekends": range(5, 7), "daily": range(7)}
_CLOCK = r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?"
_DAY = r"[a-z]{2,9}"
_PIECE = re.compile(
    rf"\s*(?:(?P<first>{_DAY})\.?(?:\s*(?:-|–|to)\s*(?P<last>{_DAY})\.?)?)?:?\s*"  # none: the day said before
    rf"(?:{_CLOCK}\s*(?:-|–|to|until)\s*{_CLOCK})?\s*",  # none: those of the next day that has them
    re.IGNORECASE,
)


def read_topics(text: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    """The ids of skills divided by commas. Raises `UserError` (E-SKILLS) that names those that are none."""
    written = [part for one in re.split(r"[,;\n]+", text) if (part := " ".join(one.split()))]
    found = {words: taxonomy.match(words) for words in written}
    unknown = [words for words, skill in found.items() if skill is None]
    if unknown:
        near = ", ".join(skill.name for skill in taxonomy.suggest(unknown[0]))
        advice = say("Did you mean: {near}?", near=near) if near else say("Try another word for it.")
        raise UserError("E-SKILLS", say("I don't know “{words}”.", words=unknown[0][:60]), advice=advice)
    if not 0 < len(found) <= MOST_TOPICS:
        raise UserError("E-SKILLS", say("Name from one to {n} topics, divided by commas.", n=MOST_TOPICS))
    return tuple(dict.fromkeys(skill.id for skill in found.values() if skill))


def read_hours(text: str) -> tuple[Window, ...]:
    """Hours of the week, such as "Mon 18:00-20:00, Thu 12-13" or "Mon, Wed 9-10". Raises `UserError` (E-TIME)."""
    found: dict[Window, None] = {}
    days: list[int] = []  # that are named and have no times yet
    said: list[int] = []  # to which times without a day belong
    for piece in filter(str.strip, re.split(r"[,;\n]+|\band\b", text)):
        match = _PIECE.fullmatch(piece)
        named = _days_of(match["first"], match["last"]) if match and match["first"] else []
        clocks = match.groups()[2:] if match else ()
        timed = bool(clocks and clocks[0])
        if match is None or (match["first"] and not named) or not (named or (timed and said)):
            raise _unreadable(piece)
        days += named
        if timed:
            said = days or said
            start, end = _clock(piece, *clocks[:3]), _clock(piece, *clocks[3:])
            if start == end:
                raise _unreadable(piece)
            found |= dict.fromkeys(Window(day, start, end) for day in said)
            days = []
    if days or not 0 < len(found) <= MOST_WINDOWS:
        raise _unreadable(text)
    return tuple(sorted(found, key=lambda one: (one.day, one.start, one.end)))


def hours_words(windows: Iterable[Window]) -> str:
    """Hours of the week as they can be typed again: "Mon 18:00-20:00, Thu 12:00-13:00"."""
    return ", ".join(f"{_DAYS[one.day][:3].title()} {one.start:%H:%M}-{one.end:%H:%M}" for one in windows)


def _days_of(first: str, last: str | None) -> list[int]:
    """The days of the week from one to another, [] where they are none."""
    if not last and first.lower() in _SEVERAL:
        return list(_SEVERAL[first.lower()])
    begin, end = _day(first), _day(last or first)
    if begin is None or end is None:
        return []
    return [day % 7 for day in range(begin, begin + (end - begin) % 7 + 1)]


def _day(word: str) -> int | None:
    return next((day for day, name in enumerate(_DAYS) if name.startswith(word.lower())), None)


def _clock(piece: str, hours: str, minutes: str | None, half: str | None) -> time:
    hour, minute = int(hours), int(minutes or 0)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    elif half or hour > 24 or (hour == 24 and minute):
        raise _unreadable(piece)
    if minute > 59:
        raise _unreadable(piece)
    return time(hour % 24, minute)


def _unreadable(piece: str) -> UserError:
    happened = say("I can't read “{words}” as hours of the week.", words=piece.strip()[:40])
    return UserError("E-TIME", happened, advice=say("Write days and times, such as Mon 18:00-20:00, Thu 12-13."))
