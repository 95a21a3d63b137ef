"""What a community's leads ask for, for the market figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.feature import Demand, Rate
from bot.leads.store import lead

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


async def demand(db: AsyncConnection, community_id: int, since: datetime, until: datetime) -> Sequence[Demand]:
    """What the leads published in a period ask for, with what moderators changed of them.

    All that were judged to be leads count, also those that a rule of their feed left out: one about the least rate
    would else bend the rates. Not counted is what moderators rejected, and what has cautions unless they approved it.
    """
    verdict = sa.type_coerce(lead.c.verdict, sa.JSON)
    parts = [verdict[name].label(name) for name in ("skills", "pay", "newcomers", "cautions")]
    statement = sa.select(lead.c.published, lead.c.feed_id, lead.c.state, lead.c.edits, *parts).where(
        lead.c.community_id == community_id,
        lead.c.published >= since,
        lead.c.published < until,
        lead.c.state != "rejected",
    )
    rows = (await db.execute(statement.order_by(lead.c.published, lead.c.id))).mappings()
    return [_demand(row) for row in rows if row["state"] == "approved" or not row["cautions"]]


def _demand(row: sa.RowMapping) -> Demand:
    shown = row["edits"] or row
    return Demand(
        at=row["published"],
        source=row["feed_id"],
        skills=tuple(shown["skills"] or ()),
        rate=_rate(shown["pay"]),
        newcomers=row["newcomers"],
    )


def _rate(pay: Mapping[str, Any] | None) -> Rate | None:
    if not pay or not pay["currency"] or not pay["unit"]:
        return None
    return Rate(pay["min"], pay["max"], pay["currency"], pay["unit"])
