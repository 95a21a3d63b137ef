"""Which clock times, and how much time, words can mean: the clock's part of typed times, as pure rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from bot.days import KEEPS_CLOCK, impossible
from bot.grammar import CLOCK, DAY, PART, STAMP
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.grammar import Phrase

    Slots = Mapping[str, Any]

_PARTS = {"morning": (1, 12), "afternoon": (12, 19), "evening": (16, 24), "night": (18, 24), "tonight": (16, 24)}
"""The hours of each part of the day, from and up to."""

_SMALL_HOURS = 6  # "2 at night" may be of the night that the day begins with, or of the one that it ends with


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock time that can be meant. `days`: how many days later than the named one, where that is not sure.

    `at` is None where only a day was said. With `needs_day` it is no time without a day beside it (1730).
    """

    at: time | None
    days: tuple[int, ...] = (0,)
    has_day: bool = True
    needs_day: bool = False


def times(phrase: Phrase, now: time) -> tuple[Clock, ...]:
    """The clock times that a phrase can mean, where clocks show `now`.

    Raises `UserError` (E-TIME) for what no clock shows, such as 9pm in the morning.
    """
    if STAMP in phrase:
        slots = phrase.said[STAMP].slots
        return (Clock(time(slots["hours2"], slots["minute"], slots.get("second") or 0)),)
    has_day = DAY in phrase
    part = _part(phrase)
    if CLOCK not in phrase:
        if not has_day:
            raise impossible(say("There is neither a day nor a time in that."))
        keeps = part is None and phrase.said[DAY].rule in KEEPS_CLOCK
        return (Clock(now if keeps else None),)
    said = phrase.said[CLOCK]
    if said.rule == "same":
        return (Clock(now, has_day=has_day, needs_day=True),)
    if said.rule == "midnight":
        return (Clock(time(0), (0, 1), has_day),)
    found = _RULES[said.rule](said.slots)
    if part:
        return tuple(Clock(at, later, has_day) for at, later in _within(part, found))
    return tuple(Clock(at, (0,), has_day, needs_day=said.rule == "clock beside a day") for at in found)


def _part(phrase: Phrase) -> str | None:
    """Morning, evening …, where it was said."""
    for said in (phrase.said.get(PART), phrase.said.get(DAY)):
        if said and (part := said.slots.get("part") or said.slots.get("todays")):
            return str(part)
    return None


def _within(part: str, found: tuple[time, ...]) -> list[tuple[time, tuple[int, ...]]]:
    first, end = _PARTS[part]
    inside = [(at, (0,)) for at in found if first <= at.hour < end]
    if inside:
        return list(inside)
    small = [(at, (0, 1)) for at in found if at.hour < _SMALL_HOURS]
    if small and part in ("night", "tonight"):
        return list(small)
    raise impossible(say("No clock shows that time in that part of the day."))


def _either_half(hour: int, minute: int, half: int | None) -> tuple[time, ...]:
    """12-hour clock: one time with am or pm (`half` is 0 or 12), else both."""
    halves = (0, 12) if half is None else (half,)
    return tuple(time(hour % 12 + add, minute) for add in halves)


def _twelve(slots: Slots) -> tuple[time, ...]:
    return _either_half(slots["hour"], slots.get("minute") or slots.get("spoken") or 0, slots.get("half"))


def _clock(slots: Slots) -> tuple[time, ...]:
    """24-hour clock, whose hours 1 to 12 may have been meant by the other one."""
    hour = next(slots[name] for name in ("hours", "hours2", "late") if name in slots)
    minute, second = slots.get("minute") or 0, slots.get("second") or 0
    found = _either_half(hour, minute, None) if 1 <= hour <= 12 else (time(hour, minute),)
    return tuple(at.replace(second=second) for at in found)


def _past(minutes: Callable[[Slots], int]) -> Callable[[Slots], tuple[time, ...]]:
    def rule(slots: Slots) -> tuple[time, ...]:
        after = minutes(slots)
        found = _either_half(slots["hour"], 0, slots.get("half"))
        day = 24 * 60
        return tuple(time(*divmod((at.hour * 60 + after) % day, 60)) for at in found)

    return rule


def _minutes(slots: Slots) -> int:
    n = slots["n"]
    if n != int(n) or not 1 <= n <= 59:
        raise impossible(say("An hour has 60 minutes."))
    return int(n)


_RULES: dict[str, Callable[[Slots], tuple[time, ...]]] = {
    "twelve": _twelve,
    "spoken": _twelve,
    "clock": _clock,
    "clock beside a day": _clock,
    "noon": lambda _: (time(12),),
    "half past": _past(lambda _: 30),
    "quarter past": _past(lambda _: 15),
    "quarter to": _past(lambda _: -15),
    "minutes past": _past(_minutes),
    "minutes to": _past(lambda slots: -_minutes(slots)),
}


# --- elapsed time ----------------------------------------------------------------------------------------------------


def elapsed(rule: str, slots: Slots) -> timedelta:
    """How much time "in 3 hours" says; negative for what is over."""
    if rule == "fraction":
        seconds = slots["fraction"]
    elif rule == "hours and minutes":
        seconds = slots["n"] * 3600 + slots["minute"] * 60
    else:
        seconds = slots["n"] * slots["seconds"] + slots.get("n2", 0) * slots.get("seconds2", 0)
    if rule == "span and a half":
        seconds += slots["seconds"] / 2
    return timedelta(seconds=-seconds if rule == "ago" else seconds)
