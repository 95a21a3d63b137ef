"""Instants around clock changes in 28 zones: what somebody types, and when that is as another library reckons it.

Nothing here asks the code under test: `whenever` reads zone rules with a reader of its own, knows when they change, and
says which local times clocks skip or show twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import whenever

if TYPE_CHECKING:
    from collections.abc import Iterator

whenever.reset_tzpath([])

ZONES = (
    *("Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Athens", "Europe/Chisinau"),
    *("America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Havana", "America/Santiago"),
    *("America/Nuuk", "America/Sao_Paulo", "America/Phoenix", "Pacific/Easter", "Pacific/Honolulu"),
    *("Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Jerusalem", "Asia/Kolkata", "Asia/Kathmandu"),
    *("Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia"),
    "Antarctica/Troll",
)
YEAR = (whenever.Instant.from_utc(2026, 12, 1), whenever.Instant.from_utc(2027, 12, 1))
QUIET_DAYS = ("2026-12-31 23:45", "2027-02-28 17:15", "2027-06-15 00:00", "2027-10-31 22:30")
"""Local times of the zones whose clocks never change."""

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

Shown = Literal["once", "never", "twice", "again"]
"""How often clocks show what is typed: `twice` means the first of the two times, `again` the second."""


@dataclass(frozen=True)
class Instant:
    """What somebody in `zone` types; when it is, UTC; what clocks there show then (naive)."""

    zone: str
    typed: str
    shown: Shown
    utc: datetime
    wall: datetime
    exact: str  # the local time with its offset, which nobody can misunderstand


def instants() -> list[Instant]:
    """All of them, zone by zone."""
    return [instant for zone in ZONES for instant in _of(zone)]


def _of(zone: str) -> Iterator[Instant]:
    at, changed = YEAR[0].to_tz(zone), False
    while (following := at.next_transition()) is not None and following < YEAR[1]:
        at, changed = following, True
        yield from _around(zone, following)
    if not changed:
        yield from (_instant(zone, datetime.fromisoformat(text), "once") for text in QUIET_DAYS)


def _around(zone: str, change: whenever.ZonedDateTime) -> Iterator[Instant]:
    """The last minute before clocks change, inside of what they skip or repeat, the first minute after, a day later."""
    after = change.to_plain().to_stdlib()
    before = change.subtract(seconds=1).to_plain().to_stdlib() + timedelta(seconds=1)
    ahead = after - before  # by how much clocks are put ahead; negative: back
    first, end = min(after, before), max(after, before)
    inside = first + abs(ahead) / 2
    inner: tuple[Shown, ...] = ("never",) if ahead > timedelta(0) else ("twice", "again")
    for shown in inner:
        yield _instant(zone, inside, shown)
    for wall in (first - MINUTE, end, inside + DAY):
        yield _instant(zone, wall, "once")


def _instant(zone: str, wall: datetime, shown: Shown) -> Instant:
    plain = whenever.PlainDateTime(wall)
    found = plain.assume_tz(zone, disambiguation="later" if shown == "again" else "compatible")
    exact = found.to_fixed_offset().to_stdlib().isoformat(timespec="minutes")
    typed = exact if shown == "again" else f"{wall:%Y-%m-%d %H:%M}"
    return Instant(zone, typed, shown, found.to_instant().to_stdlib(), found.to_plain().to_stdlib(), exact)
