"""Mentors' own calendars: read for the times that are taken; of what stands in them nothing else is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot import when
from bot.errors import UserError
from bot.mentoring.rules import AHEAD
from bot.ports import FetchFailed
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.mentoring.rules import Span
    from bot.ports import Fetcher, Workers

AGAIN = timedelta(hours=1)
"""How often a calendar is read."""

LATER = timedelta(hours=6)
"""When one that could not be read is tried again."""


async def read(fetcher: Fetcher, workers: Workers, address: str, zone: str, now: datetime) -> tuple[Span, ...]:
    """When a calendar says its owner is busy, as far ahead as can be booked, and a day.

    Raises `FetchFailed`, `WorkerFailed`, or `UserError` (E-CALENDAR) where it is no calendar.
    """
    fetched = await fetcher.get(address)
    end = now + AHEAD + timedelta(days=1)
    found = await workers.run("bot.calendar:busy_times", fetched.body, now, end, when.zone(zone))
    return tuple(found)


def explain(error: Exception) -> str:
    """Why a calendar could not be read, in words."""
    if isinstance(error, UserError):
        return error.sentence
    if isinstance(error, FetchFailed):
        return say("I could not read that address: {why}", why=error.sentence)
    return say("Reading that calendar took too long.")


def as_stored(busy: Iterable[Span]) -> list[list[Any]]:
    """Busy times as JSON-ready data."""
    return [[start.isoformat(), end.isoformat()] for start, end in busy]
