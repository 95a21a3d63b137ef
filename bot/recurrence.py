"""RRULE texts (RFC 5545) from outside, as local times: dateutil walks the calendar, on naive times alone.

Which instant a local time is, and whether it happens at all, is decided by our own rule (`bot/series.py`), never by
dateutil's zones, which read some files as UTC without a word.
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, datetime, time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.series import Occurrence, located
from bot.when import moment
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

HORIZON = timedelta(days=366)
"""How long after its start a rule without COUNT or UNTIL is followed."""

MOST = 10_000
"""Occurrences of one rule; what comes later is left out."""

_PARTS = frozenset("FREQ INTERVAL COUNT UNTIL BYDAY BYMONTHDAY BYMONTH BYSETPOS BYYEARDAY BYWEEKNO WKST".split())
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_UNTIL = re.compile(r"\d{8}(T\d{6}Z?)?")


def expand(zone: tzinfo, start: datetime, rule: str | None, exdates: Iterable[datetime] = ()) -> list[Occurrence]:
    """The occurrences of a rule that begins at `start` (naive, local); a rule that is None is once.

    `exdates` are local times that do not happen. COUNT counts them, as RFC 5545 does. Raises `UserError` (E-RULE).
    """
    if rule is None:
        return [Occurrence(start, moment(start, zone))]
    parts = _parts(rule)
    until = _until(parts.pop("UNTIL", None))
    bounded = until is not None or "COUNT" in parts
    left_out = set(exdates)
    keys = (key for key in _walk(parts, start, bounded=bounded) if key not in left_out)
    found: list[Occurrence] = []
    for occurrence in located(islice(keys, MOST), zone):
        if until and _is_after(occurrence, until):
            break
        found.append(occurrence)
    return found


def _parts(rule: str) -> dict[str, str]:
    text = rule.strip().upper().removeprefix("RRULE:")
    pairs = [part.split("=", 1) for part in text.split(";") if part]
    if not pairs or any(len(pair) != 2 or not pair[1] for pair in pairs):
        raise _wrong(say("A rule is a list of NAME=VALUE, such as FREQ=WEEKLY;BYDAY=TU."))
    parts: dict[str, str] = dict(pairs)
    unknown = sorted(set(parts) - _PARTS)
    if unknown or len(parts) != len(pairs):
        raise _wrong(say("Each part once, and none but {names}.", names=", ".join(sorted(_PARTS))))
    if parts.get("FREQ") not in _FREQUENCIES:
        raise _wrong(say("FREQ is one of {names}.", names=", ".join(sorted(_FREQUENCIES))))
    if any(not re.fullmatch(r"[1-9]\d{0,8}", parts.get(name, "1")) for name in ("COUNT", "INTERVAL")):
        raise _wrong(say("COUNT and INTERVAL are numbers from 1."))
    if "COUNT" in parts and "UNTIL" in parts:
        raise _wrong(say("COUNT and UNTIL don't go together."))
    return parts


def _walk(parts: dict[str, str], start: datetime, *, bounded: bool) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        walked = rrulestr(text, dtstart=start.replace(tzinfo=None))
    except (ValueError, KeyError, TypeError, IndexError, OverflowError) as error:
        raise _wrong(str(error)) from None
    latest = None if bounded else start + HORIZON
    for key in walked:
        if key.year == MAXYEAR or (latest and key > latest):
            return
        yield key


def _until(text: str | None) -> datetime | None:
    """The last moment of a rule: aware where it is UTC, else naive; a date alone is the end of that day."""
    if text is None:
        return None
    found = _UNTIL.fullmatch(text)
    try:
        at = datetime.fromisoformat(found[0]) if found else None
    except ValueError:
        at = None
    if not found or not at:
        raise _wrong(say("UNTIL is a date or time such as 20261231 or 20261231T225959Z."))
    return at if found[1] else datetime.combine(at, time.max)


def _is_after(occurrence: Occurrence, until: datetime) -> bool:
    return (occurrence.at.utc if until.tzinfo else occurrence.key) > until


def _wrong(why: str) -> UserError:
    advice = say("Write a rule of RFC 5545, such as FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8.")
    return UserError("E-RULE", say("I can't read that rule."), why=why, advice=advice)
