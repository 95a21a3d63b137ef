"""Reports about members in the moderators' weekly note: how many came, were settled, wait. Never about whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.members.reports import report
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.feature import Week


async def note(week: Week) -> Sequence[str]:
    """The week's reports, and those that still wait, however old they are."""
    came = await _number(week, report.c.at >= week.since, report.c.at < week.now)
    settled = await _number(week, report.c.decided_at >= week.since, report.c.decided_at < week.now)
    waiting = await _number(week, report.c.decided_at.is_(None))
    if not (came or settled or waiting):
        return ()
    reports = count(came, say("report"), say("reports"))
    return (
        say("Safety: {came} came, {settled} settled, {waiting} open.", came=reports, settled=settled, waiting=waiting),
    )


async def _number(week: Week, *wanted: sa.ColumnElement[bool]) -> int:
    own = report.c.community_id == week.community.id
    return int((await week.db.execute(sa.select(sa.func.count()).select_from(report).where(own, *wanted))).scalar_one())
