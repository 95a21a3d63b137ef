"""What alerts answer to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.feature import Feature
from bot.leads.alertform import commands, in_words
from bot.leads.alerts import alert, of_member, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feature import Merging, Whose


async def export(whose: Whose) -> Mapping[str, Any]:
    """A member's alerts, and what they were told of."""
    mine = await of_member(whose.db, whose.community_id, whose.member_id)
    own = (told.c.community_id == whose.community_id, told.c.member_id == whose.member_id)
    rows = (await whose.db.execute(sa.select(told).where(*own).order_by(told.c.at, told.c.lead_id))).mappings()
    return {
        "alerts": [{"for": in_words(one.wishes), "how": one.how, "since": one.since.isoformat()} for one in mine],
        "leads you were told of": [{"lead": row["lead_id"], "at": row["at"].isoformat()} for row in rows],
    }


async def forget(whose: Whose) -> None:
    """Their alerts go, and which leads they were told of."""
    for table in (alert, told):
        own = (table.c.community_id == whose.community_id, table.c.member_id == whose.member_id)
        await whose.db.execute(sa.delete(table).where(*own))


async def merge(merging: Merging) -> None:
    """One person has the alerts of both, and is told of no lead twice."""
    here = merging.community_id
    known = sa.select(told.c.lead_id).where(told.c.community_id == here, told.c.member_id == merging.kept)
    theirs = (told.c.community_id == here, told.c.member_id == merging.gone)
    await merging.db.execute(sa.delete(told).where(*theirs, told.c.lead_id.in_(known)))
    for table in (alert, told):
        own = (table.c.community_id == here, table.c.member_id == merging.gone)
        await merging.db.execute(sa.update(table).where(*own).values(member_id=merging.kept))


feature = Feature(name="alerts", commands=commands, export=export, forget=forget, merge=merge)
