"""Zones, local days, quiet hours and wall clocks.

Zone data comes from the pinned `tzdata` package alone: a host's own copy can be a year old. Instants are aware and in
UTC; a naive one is refused with `ValueError`. A wall time in a DST gap is read with the offset before the gap, an
ambiguous one is the first of the two (PEP 495, `fold=0`).
"""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from importlib.metadata import version
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import tzdata

from bot import places
from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

zoneinfo.reset_tzpath(to=[])
ZoneInfo.clear_cache()

TZDATA_VERSION = version("tzdata")
"""The release of the zone data in use, such as "2026.6"."""


def check_zone_data() -> None:
    """Make sure that zones are read from the pinned package and no other copy. Raises `RuntimeError`."""
    if zoneinfo.TZPATH or tzdata.__version__ != TZDATA_VERSION:
        found = ", ".join(zoneinfo.TZPATH) or f"a tzdata package {tzdata.__version__}"
        raise RuntimeError(f"zone data must come from tzdata {TZDATA_VERSION} alone, not from {found}")


check_zone_data()


def zone_data_release() -> str:
    """The release of the zone data that is installed now; where it was replaced, zones are read anew from here on."""
    installed = version("tzdata")
    if _releases[-1] != installed:
        ZoneInfo.clear_cache()
        _releases.append(installed)
    return installed


_releases = [TZDATA_VERSION]  # that this process has read zones from

EVERY_DAY = frozenset(range(7))
"""All days of the week, Monday being 0."""

DAY = timedelta(days=1)

# --- zones -----------------------------------------------------------------------------------------------------------


def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name or of a city that has one ("Berlin"); case and accents do not matter.

    Raises `UserError` E-ZONE, with the closest names, for anything else and for names that mean several places.
    """
    wanted = places.folded(name)
    found = places.homes_named(wanted)
    if len(found) == 1:
        return ZoneInfo(found[0])
    if found:
        happened = say("“{name}” is the time of more than one place.", name=name.strip())
        raise UserError("E-ZONE", happened, advice=say("Did you mean {choices}?", choices=either(found)))
    similar = places.similar(wanted)
    advice = (
        say("Did you mean {choices}?", choices=either(similar))
        if similar
        else say("Name the nearest large city, such as Berlin, or a zone, such as Europe/Berlin.")
    )
    raise UserError("E-ZONE", say("I don't know a time zone called “{name}”.", name=name.strip()[:60]), advice=advice)


def either(choices: Sequence[str]) -> str:
    """The choices as people list them: "Europe/Berlin, Europe/Rome or Europe/Paris"."""
    return say("{first} or {last}", first=", ".join(choices[:-1]), last=choices[-1]) if choices[1:] else choices[0]


# --- days and times --------------------------------------------------------------------------------------------------


def in_utc(at: datetime) -> datetime:
    """Return the same instant in UTC. Raises `ValueError` if it is naive."""
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at.isoformat()}: instants must know their zone")
    return at.astimezone(UTC)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the date that people in `zone` write at this instant."""
    return in_utc(at).astimezone(zone).date()


def instant(day: date, at: time, zone: tzinfo) -> datetime:
    """Return the instant (UTC) when clocks in `zone` show `at` on `day`; gaps and repeats as the module says."""
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


class Shown(StrEnum):
    """How often the clocks of a place show a wall time on its day."""

    OK = "ok"  # once
    GAP = "gap"  # never: they are put ahead over it
    FOLD = "fold"  # twice: they are put back


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as a place sees it. `wall` is naive: what clocks there show, an hour later than asked in a gap."""

    utc: datetime
    wall: datetime
    zone: tzinfo
    state: Shown


def moment(wall: datetime, zone: tzinfo, *, second: bool = False) -> Moment:
    """Return the instant of a naive wall time, and whether clocks show it once; gaps and repeats as the module says.

    With `second`, a wall time that is shown twice is the second of the two.
    """
    utc = instant(wall.date(), wall.time(), zone)
    shown = utc.astimezone(zone).replace(tzinfo=None, fold=0)
    if shown != wall.replace(fold=0):
        return Moment(utc, shown, zone, Shown.GAP)
    again = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return Moment(again if second else utc, shown, zone, Shown.OK if again == utc else Shown.FOLD)


def has_date(day: date, zone: tzinfo) -> bool:
    """Whether a zone has this date at all: Samoa went from 29 to 31 December 2011."""
    hours = (time(0), time(12), time(23, 59, 59))
    return any(moment(datetime.combine(day, at), zone).state is not Shown.GAP for at in hours)


def zone_name(zone: tzinfo) -> str:
    """The name of a zone: IANA's, or an offset such as "UTC+05:30"."""
    return zone.key if isinstance(zone, ZoneInfo) else str(zone)


def next_daily(after: datetime, at: time, zone: ZoneInfo, days: frozenset[int] = EVERY_DAY) -> datetime:
    """Return the first instant strictly after `after` of something that happens at `at` on `days` (Monday is 0).

    It happens exactly once on each such local day, and `local_day` of the result is that day: a time in a gap that
    would be moved over midnight is read with the offset after the gap instead, and a date that a zone left out
    (Samoa's 30 December 2011) does not occur.
    """
    if not days or not days <= EVERY_DAY:
        raise ValueError(f"days must be some of 0 (Monday) to 6, not {sorted(days)}")
    day = local_day(after, zone)
    while True:
        found = _on(day, at, zone) if day.weekday() in days else None
        if found is not None and found > after:
            return found
        day += DAY


def _on(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    for fold in (0, 1):
        found = datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC)
        if local_day(found, zone) == day:
            return found
    return None


def parse_clock(text: str) -> time:
    """Read a time of day such as "08:00". Raises `UserError` E-TIME."""
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if match is None:
        raise UserError(
            "E-TIME",
            say("I can't read “{text}” as a time of day.", text=text.strip()[:60]),
            advice=say("Write hours and minutes, such as 08:00 or 18:30."),
        )
    return time(int(match[1]), int(match[2]))


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Wall times between which a person is left alone, each day; over midnight when `end` is before `start`.

    `start` is quiet, `end` is not. When both are the same, no hour is quiet.
    """

    start: time
    end: time

    def contains(self, at: datetime, zone: ZoneInfo) -> bool:
        """Whether it is quiet at this instant for somebody in `zone`."""
        return self._end(in_utc(at), zone) is not None

    def end_after(self, at: datetime, zone: ZoneInfo) -> datetime:
        """Return the first instant (UTC) from `at` on that is not quiet: `at` itself if it is not."""
        moment = in_utc(at)
        while (end := self._end(moment, zone)) is not None:
            moment = end
        return moment

    def _end(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        today = local_day(at, zone)
        nights = DAY if self.end < self.start else timedelta(0)
        for back in (2, 1, 0):  # two days: a zone that leaves a date out has a night from the day before yesterday
            day = today - back * DAY
            end = instant(day + nights, self.end, zone)
            if instant(day, self.start, zone) <= at < end:
                return end
        return None


def quiet_hours(text: str) -> QuietHours | None:
    """Read quiet hours such as "22:00-07:00"; None for "". Raises `UserError` E-TIME."""
    if not text:
        return None
    start, _, end = text.partition("-")
    return QuietHours(parse_clock(start), parse_clock(end))


# --- wall clocks -----------------------------------------------------------------------------------------------------


class SystemClock:
    """The wall clock of the machine."""

    def now(self) -> datetime:
        """Return the present instant, in UTC."""
        return datetime.now(UTC)


class ShiftedClock:
    """A wall clock that runs on, a chosen distance from another clock: the demo's, which time-lapse moves ahead."""

    def __init__(self, base: SystemClock, at: datetime) -> None:
        self._base = base
        self._shift = in_utc(at) - base.now()

    def now(self) -> datetime:
        """Return the present instant of this clock, in UTC."""
        return self._base.now() + self._shift

    def move(self, to: datetime) -> None:
        """Set the clock ahead to `to`; an instant that is past already changes nothing."""
        self._shift = max(self._shift, in_utc(to) - self._base.now())


class SetClock:
    """A wall clock that stands still until it is moved: for time-lapse and tests."""

    def __init__(self, at: datetime) -> None:
        self._now = in_utc(at)

    def now(self) -> datetime:
        """Return the instant it was last set to, in UTC."""
        return self._now

    def move(self, to: datetime, *, back: bool = False) -> None:
        """Set the clock. Raises `ValueError` for an earlier instant unless `back` is asked for."""
        moment = in_utc(to)
        if moment < self._now and not back:
            raise ValueError(f"the clock shows {self._now.isoformat()} and would go back to {moment.isoformat()}")
        self._now = moment
