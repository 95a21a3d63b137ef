"""The swaps' lines of the moderators' weekly note: rounds, what came of them, and what nobody could be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.swaps.needs import most_needed
from bot.swaps.rounds import ring, swap_round
from bot.swaps.store import hour, lesson
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.feature import Week


async def note(week: Week) -> Sequence[str]:
    """The week's rounds, its introductions and the meetings that were told of, and what more want than teach."""
    lines = [*await _rounds(week), *await _swaps(week)]
    needs = await most_needed(week.db, week.community.id, week.now)
    lacking = [one.in_words() for one in needs if one.want > one.teach]
    if lacking:
        lines.append(say("Lacking: {needs}.", needs=" · ".join(lacking)))
    return lines


async def _rounds(week: Week) -> Sequence[str]:
    """Each round of swaps: whom it served, and how many of its rings are introduced by now."""
    own = (swap_round.c.community_id == week.community.id, swap_round.c.kind == "swap")
    statement = sa.select(swap_round).where(*own, swap_round.c.at >= week.since, swap_round.c.at < week.now)
    lines = []
    for row in (await week.db.execute(statement.order_by(swap_round.c.at))).mappings():
        of_it = (ring.c.community_id == week.community.id, ring.c.round_id == row["id"])
        states = list((await week.db.execute(sa.select(ring.c.state).where(*of_it))).scalars())
        lines.append(
            say(
                "Swap round: {served} of {members} matched, in {rings}; {introduced} introduced so far.",
                served=row["served"],
                members=count(row["members"], say("member"), say("members")),
                rings=count(len(states), say("ring"), say("rings")),
                introduced=states.count("introduced"),
            )
        )
    return lines


async def _swaps(week: Week) -> Sequence[str]:
    """How many were introduced to learn something, and of how many meetings the hours were entered."""

    async def number(table: sa.Table) -> int:
        own = (table.c.community_id == week.community.id, table.c.at >= week.since, table.c.at < week.now)
        return int((await week.db.execute(sa.select(sa.func.count()).select_from(table).where(*own))).scalar_one())

    made, met = await number(lesson), await number(hour)
    return (say("Swaps: {made} made, {met} met.", made=made, met=met),) if made or met else ()
