"""What alerts answer to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import belongings
from bot.feature import Feature
from bot.leads.alertform import commands, in_words
from bot.leads.alerts import alert, of_member, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feature import Merging, Whose


async def export(whose: Whose) -> Mapping[str, Any]:
    """A member's alerts, and what they were told of."""
    mine = await of_member(whose.db, whose.community_id, whose.member_id)
    return {
        "alerts": [{"for": in_words(one.wishes), "how": one.how, "since": one.since.isoformat()} for one in mine],
        "leads you were told of": await belongings.rows_of(whose, told),
    }


async def forget(whose: Whose) -> None:
    """Their alerts go, and which leads they were told of."""
    for table in (alert, told):
        await belongings.erase(whose, table)


async def merge(merging: Merging) -> None:
    """One person has the alerts of both, and is told of no lead twice."""
    for table in (alert, told):
        await belongings.move(merging, table)


feature = Feature(name="alerts", commands=commands, export=export, forget=forget, merge=merge)
