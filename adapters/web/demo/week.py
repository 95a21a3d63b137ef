"""The board of the demo's week, as written in `week.toml`: postings that come with the mornings of nine zones."""

from __future__ import annotations

import tomllib
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from adapters.web.demo.samples import SampleFeed
from bot import when

POSTED_AT = time(8)  # on the clock of each posting's own zone

_reader = TypeAdapter(SampleFeed)


def morning_board(start: datetime, zone: str) -> SampleFeed:
    """The board, its postings dated from `start` (UTC), whose day in `zone` is the week's first one."""
    first = when.local_day(start, when.zone(zone))
    table = tomllib.loads(Path(__file__).with_name("week.toml").read_text(encoding="utf-8"))

    def dated(entry: dict[str, Any]) -> dict[str, Any]:
        day = first + timedelta(days=entry.pop("day"))
        at = when.instant(day, POSTED_AT, when.zone(entry.pop("zone"))) - start
        return {**entry, "at": _offset(at)}

    return _reader.validate_python({**table, "entries": [dated(entry) for entry in table["entries"]]})


def _offset(at: timedelta) -> str:
    """A time as the files of samples have it: "+1d3h0m"."""
    minutes = abs(round(at.total_seconds() / 60))
    days, hours = divmod(minutes // 60, 24)
    return f"{'-' if at < timedelta() else '+'}{days}d{hours}h{minutes % 60}m"
