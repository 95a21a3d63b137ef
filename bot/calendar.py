"""Calendar files (.ics, RFC 5545 and 5546): writing ours, and reading when somebody's calendar says they are busy.

What we write has instants in UTC and no zone rules of its own: programs differ by an hour in how they read those. A
series is one event for each occurrence, whose UID is made of the series and the local time it was planned for, so that
it stays the same when zone data, the time or the place change; SEQUENCE goes up with each change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.errors import UserError
from bot.when import in_utc, instant
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

PRODUCT = "-//Guildhall//Guildhall//EN"
NOBODY = "mailto:noreply@guildhall.invalid"
"""The organiser's address where there is no mailbox: the bot reads no mail."""


class Method(StrEnum):
    """What a file asks of whoever opens it (RFC 5546)."""

    PUBLISH = "PUBLISH"  # here it is
    REQUEST = "REQUEST"  # you are invited, or something changed
    CANCEL = "CANCEL"  # it does not happen


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event. `uid` never changes, `sequence` goes up with every change; instants are aware.

    `guests` are e-mail addresses with names; files that are published have none.
    """

    uid: str
    start: datetime
    end: datetime
    title: str
    sequence: int = 0
    description: str = ""
    place: str = ""
    url: str = ""
    organiser: str = "Guildhall"
    guests: Sequence[tuple[str, str]] = ()
    cancelled: bool = False


def uid(series: object, key: datetime, host: str = "guildhall.invalid") -> str:
    """The UID of an occurrence: of its series' id and its key, the local time (naive) it was planned for."""
    name = re.sub(r"[^\w.-]+", "-", str(series), flags=re.ASCII)[:80] or "event"
    return f"{name}-{key:%Y%m%dT%H%M%S}@{host}"


def write(events: Iterable[Event], now: datetime, method: Method = Method.PUBLISH, name: str = "") -> str:
    """The events as the text of an .ics file made at `now`. Raises `ValueError` for what no such file can say."""
    events = list(events)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", f"METHOD:{method}"]
    if name:
        lines.append(f"X-WR-CALNAME:{text(name)}")
    for event in events:
        lines += _lines(event, in_utc(now), method)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _lines(event: Event, now: datetime, method: Method) -> Iterator[str]:
    if method is not Method.PUBLISH and not event.guests:
        raise ValueError(f"a {method} without anybody to send it to (RFC 5546, 3.2.2)")
    if in_utc(event.end) <= in_utc(event.start):
        raise ValueError(f"an event that ends at {event.end} and begins at {event.start}")
    cancelled = event.cancelled or method is Method.CANCEL
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(event.start)}"
    yield f"DTEND:{_utc(event.end)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"SUMMARY:{text(event.title)}"
    if event.description:
        yield f"DESCRIPTION:{text(event.description)}"
    if event.place:
        yield f"LOCATION:{text(event.place)}"
    if event.url:
        yield f"URL:{_address(event.url)}"
    yield f"ORGANIZER;CN={quoted(event.organiser)}:{NOBODY}"
    if method is not Method.PUBLISH:
        for address, guest in event.guests:
            wish = "" if cancelled else ";PARTSTAT=NEEDS-ACTION;RSVP=TRUE"
            yield f"ATTENDEE;CN={quoted(guest)}{wish}:{_address(f'mailto:{address}')}"
    yield f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}"
    yield "END:VEVENT"


def _utc(at: datetime) -> str:
    return f"{in_utc(at):%Y%m%dT%H%M%SZ}"


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]")
_NEWLINE = re.compile(r"\r\n|\r|\n")


def text(words: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11): what has a meaning is escaped, what cannot be said left out.

    Quotation marks around the whole become typographic ones: node-ical would take them off.
    """
    words = _CONTROL.sub(" ", _NEWLINE.sub("\n", words))
    words = re.sub(r'\A"(.*)"\Z', r"“\1”", words, flags=re.DOTALL)
    return re.sub(r"([\\;,])", r"\\\1", words).replace("\n", r"\n")


def quoted(words: str) -> str:
    """A parameter's value in quotation marks, which it cannot hold itself (RFC 5545, 3.2)."""
    return '"' + _CONTROL.sub(" ", _NEWLINE.sub(" ", words)).replace('"', "'") + '"'


def _address(url: str) -> str:
    if re.search(r"[\s\x00-\x1f\x7f\"<>]", url):
        raise ValueError(f"not an address: {url!r}")
    return url


def folded(line: str) -> Iterator[str]:
    """The line in parts of at most 75 octets of UTF-8, none of which begins inside a character (RFC 5545, 3.1)."""
    part, size, room = "", 0, 75
    for character in line:
        octets = len(character.encode())
        if size + octets > room:
            yield part
            part, size = " ", 1
        part += character
        size += octets
    yield part


# --- somebody's own calendar -----------------------------------------------------------------------------------------

LARGEST = 5_000_000
"""Bytes of a calendar that is read."""

MOST_BUSY = 5_000
"""Busy times that are taken from one calendar; those that come first."""


def busy_times(content: bytes, first: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """When a calendar says its owner is busy, between two instants: (from, to), UTC, in order, joined where they meet.

    Free and cancelled events do not count. Times without a zone, and whole days, are those of `zone`. Other people's
    calendars are hostile input: call it in a worker. Raises `UserError` (E-CALENDAR).
    """
    import recurring_ical_events
    from icalendar import Calendar

    if len(content) > LARGEST:
        raise _unreadable(say("It is larger than {size} MB.", size=LARGEST // 1_000_000))
    found: list[tuple[datetime, datetime]] = []
    try:
        calendars = [one for one in Calendar.from_ical(content, multiple=True) if one.name == "VCALENDAR"]
        for calendar in calendars:
            query = recurring_ical_events.of(calendar, skip_bad_series=True)
            events = query.between(first - timedelta(days=1), end + timedelta(days=1))
            found += [(_instant(e.start, zone), _instant(e.end, zone)) for e in events if _takes_time(e)]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise _unreadable(str(error)[:120]) from None
    if not calendars:
        raise _unreadable(say("There is no calendar in it."))
    return _joined((max(a, first), min(b, end)) for a, b in found if a < end and b > first)[:MOST_BUSY]


def _unreadable(why: str) -> UserError:
    advice = say("Give the address of an iCalendar file (.ics), as Google, Outlook and Apple export it.")
    return UserError("E-CALENDAR", say("I can't read that calendar."), why=why, advice=advice)


def _takes_time(event: Any) -> bool:
    says = {name: str(event.get(name, "")).upper() for name in ("STATUS", "TRANSP")}
    return says["STATUS"] != "CANCELLED" and says["TRANSP"] != "TRANSPARENT"


def _instant(at: date | datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        return instant(at, time(0), zone)
    return instant(at.date(), at.time(), zone) if at.tzinfo is None else at.astimezone(UTC)


def _joined(times: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(times):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif end > start:
            joined.append((start, end))
    return joined
