"""When there is something to do: each job says it in SQL, and one statement asks for all of them.

So a step of time-lapse costs one question and what is really due. A tick asks nothing: it runs its job, which finds
what is due by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import when
from bot.db import UtcDateTime
from bot.market import pulse
from bot.setup import fixed_digest_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.app import App

# What a question may refer to; `_given` says it.
NOW = sa.bindparam("now", type_=UtcDateTime())
YESTERDAY, TOMORROW = (sa.bindparam(day, type_=sa.Date()) for day in ("yesterday", "tomorrow"))
ZONE_DATA, DIGEST_TIME, PULSE_DAY = (
    sa.bindparam(name, type_=sa.Text()) for name in ("zone_data", "digest_time", "pulse_day")
)


@dataclass(frozen=True, slots=True, eq=False)
class Due:
    """From when on there is something to do: so long after the instant that `question` finds, if it finds one."""

    question: sa.ScalarSelect[Any]
    after: timedelta = timedelta(0)


def first(column: sa.ColumnElement[Any], *which: sa.ColumnElement[bool], after: timedelta = timedelta(0)) -> Due:
    """So long after the earliest instant in a column, of the rows for which all of `which` holds."""
    return Due(sa.select(sa.func.min(column)).where(*which).scalar_subquery(), after)


def now_if_any(rows: sa.Select[Any]) -> Due:
    """Now, while there are such rows."""
    return Due(sa.select(NOW).where(rows.exists()).scalar_subquery())


async def look(app: App, now: datetime, dues: tuple[Due, ...]) -> list[datetime | None]:
    """When each of `dues` is, asked at the instant `now`; None: at no time yet."""
    if not dues:
        return []
    async with app.db.read() as db:
        found = (await db.execute(_statement(dues), _given(app, now))).one()
    return [at and at + due.after for at, due in zip(found, dues, strict=True)]


@cache
def _statement(dues: tuple[Due, ...]) -> sa.Select[Any]:
    """One statement for all; kept, so that its text is made once."""
    return sa.select(*(due.question.label(f"due_{number}") for number, due in enumerate(dues)))


def _given(app: App, now: datetime) -> Mapping[str, object]:
    today = when.in_utc(now).date()
    return {
        "now": now,
        "yesterday": today - when.DAY,
        "tomorrow": today + when.DAY,
        "zone_data": when.zone_data_release(),
        "digest_time": fixed_digest_time(app.settings),
        "pulse_day": pulse.day_of(app.settings),
    }
