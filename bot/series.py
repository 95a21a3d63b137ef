"""Series: what happens again and again by one of five rules, as local wall times from which instants are derived.

A series is stored as its zone, its first local time and its rule; UTC is worked out anew whenever zone data change. An
occurrence is known by the local time that the rule gives it (its key), also when it was moved. Weeks begin on Monday.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import count, cycle
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from bot.days import nth_weekday
from bot.when import Moment, Shown, has_date, moment

if TYPE_CHECKING:
    from datetime import tzinfo

AHEAD = timedelta(days=60)
"""How far ahead occurrences are worked out."""

# --- the five rules --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Once:
    """It happens at its first time alone."""

    kind: Literal["once"] = "once"


@dataclass(frozen=True, slots=True)
class Weekly:
    """On these days (0 is Monday) of every n-th week, counted from the week of the first time."""

    days: tuple[int, ...]
    every: int = 1
    kind: Literal["weekly"] = "weekly"

    def __post_init__(self) -> None:
        if not self.days or not set(self.days) <= set(range(7)) or self.every < 1:
            raise ValueError("a weekly rule needs days 0 (Monday) to 6 and a number of weeks from 1")


@dataclass(frozen=True, slots=True)
class MonthlyWeekday:
    """On the n-th (1 to 5; -1 is the last) such weekday of every month; months that have fewer are left out."""

    weekday: int
    nth: int
    kind: Literal["monthly weekday"] = "monthly weekday"

    def __post_init__(self) -> None:
        if self.weekday not in range(7) or self.nth not in (1, 2, 3, 4, 5, -1):
            raise ValueError("a monthly rule needs a weekday 0 (Monday) to 6, and 1 to 5 or -1 for the last")


@dataclass(frozen=True, slots=True)
class MonthlyDay:
    """On this day (1 to 31) of every month; months that are shorter are left out."""

    day: int
    kind: Literal["monthly day"] = "monthly day"

    def __post_init__(self) -> None:
        if self.day not in range(1, 32):
            raise ValueError("a monthly rule needs a day from 1 to 31")


@dataclass(frozen=True, slots=True)
class Rotating:
    """Every n-th week, on the weekday and at the clock time whose turn it is, so that it suits everybody in turn."""

    slots: tuple[tuple[int, time], ...]
    every: int = 1
    kind: Literal["rotating"] = "rotating"

    def __post_init__(self) -> None:
        if not self.slots or any(day not in range(7) for day, _ in self.slots) or self.every < 1:
            raise ValueError("a rotating rule needs slots on days 0 (Monday) to 6 and a number of weeks from 1")


Rule: TypeAlias = Annotated[Once | Weekly | MonthlyWeekday | MonthlyDay | Rotating, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Series:
    """What happens again and again.

    `start` is naive, as are all times here. Nothing happens before `start` nor after `until`; `exceptions` are the
    keys of occurrences that do not happen, `moves` those that happen at another local time, `second` those that happen
    when clocks show their local time for the second time; all others do at the first.
    """

    start: datetime
    rule: Rule = field(default_factory=Once)
    until: datetime | None = None
    exceptions: frozenset[datetime] = frozenset()
    moves: Mapping[datetime, datetime] = field(default_factory=dict)
    second: frozenset[datetime] = frozenset()

    def moment(self, key: datetime, zone: tzinfo) -> Moment:
        """When the occurrence of a key happens."""
        return moment(self.moves.get(key, key), zone, second=key in self.second)

    def moved(self, key: datetime, at: datetime, zone: tzinfo) -> Series:
        """The series one of whose occurrences happens at another instant, and keeps the wall time of that."""
        wall, again = _on_the_wall(at, zone)
        second = self.second | {key} if again else self.second - {key}
        return replace(self, moves={**self.moves, key: wall}, second=second)


def beginning(at: datetime, zone: tzinfo, rule: Rule | None = None) -> Series:
    """The series that first happens at an instant, by a rule (or once), and keeps the wall time of that in a zone."""
    wall, again = _on_the_wall(at, zone)
    return Series(wall, rule or Once(), second=frozenset({wall}) if again else frozenset())


def _on_the_wall(at: datetime, zone: tzinfo) -> tuple[datetime, bool]:
    """What clocks show at an instant (naive), and whether they show it for the second time."""
    local = at.astimezone(zone)
    return local.replace(tzinfo=None, fold=0), bool(local.fold)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series: its key, and the instant. `at.state` says whether clocks show the time once."""

    key: datetime
    at: Moment


_STORED = TypeAdapter(Series)


def dump(series: Series) -> Any:
    """The series as JSON data."""
    return _STORED.dump_python(series, mode="json")


def load(data: Any) -> Series:
    """The series that `dump` made data of. Raises `ValueError` for anything else."""
    return _STORED.validate_python(data)


# --- occurrences -----------------------------------------------------------------------------------------------------


def occurrences(series: Series, zone: tzinfo, first: datetime, end: datetime) -> list[Occurrence]:
    """What happens from the instant `first` up to (not including) `end`, in order of time."""
    around = timedelta(days=2)  # wider than any zone is away from UTC, and any gap
    latest = end.replace(tzinfo=None) + around
    keys = (key for key in local_times(series, latest) if key not in series.exceptions)
    found = (Occurrence(key, series.moment(key, zone)) for key in keys)
    if not isinstance(series.rule, Once):
        found = (o for o in found if _happens(o, zone))
    return sorted((o for o in found if first <= o.at.utc < end), key=lambda o: (o.at.utc, o.key))


def located(keys: Iterable[datetime], zone: tzinfo) -> list[Occurrence]:
    """The instants of the naive local times of something that recurs."""
    found = (Occurrence(key, moment(key, zone)) for key in keys)
    return [o for o in found if _happens(o, zone)]


def _happens(one: Occurrence, zone: tzinfo) -> bool:
    """What recurs does not happen on a date that the zone left out: the next one is the next day's own already."""
    return one.at.state is not Shown.GAP or has_date(one.key.date(), zone)


def local_times(series: Series, latest: datetime) -> Iterator[datetime]:
    """The keys of a series up to `latest` (naive), in order, exceptions included."""
    last = min(latest, series.until) if series.until else latest
    for key in _walk(series.start, series.rule):
        if key > last:
            return
        if key >= series.start:
            yield key


def _walk(start: datetime, rule: Rule) -> Iterator[datetime]:
    """The local times of a rule without end, from the beginning of the first week or month."""
    try:
        match rule:
            case Once():
                yield start
            case Weekly():
                weeks = count(0, rule.every)
                yield from (_in_week(start, n, day, start.time()) for n in weeks for day in sorted(set(rule.days)))
            case Rotating():
                turns = zip(count(0, rule.every), cycle(rule.slots), strict=False)
                yield from (_in_week(start, n, day, at) for n, (day, at) in turns)
            case MonthlyWeekday():
                found = (nth_weekday(*month, rule.weekday, rule.nth) for month in _months(start))
                yield from (datetime.combine(day, start.time()) for day in found if day)
            case MonthlyDay():
                days = (_day_in(*month, rule.day) for month in _months(start))
                yield from (datetime.combine(day, start.time()) for day in days if day)
    except (OverflowError, ValueError):  # the end of all calendars, the year 9999
        return


def _in_week(start: datetime, week: int, day: int, at: time) -> datetime:
    monday = start.date() - timedelta(days=start.weekday())
    return datetime.combine(monday + timedelta(days=7 * week + day), at)


def _months(start: datetime) -> Iterator[tuple[int, int]]:
    for later in count(start.month - 1):
        yield start.year + later // 12, later % 12 + 1


def _day_in(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if day <= monthrange(year, month)[1] else None
