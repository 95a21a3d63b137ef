"""What digests answer to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.commands import Commands
from bot.digests import commands, moderating
from bot.digests.own import own_digest
from bot.feature import Feature
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.feature import Merging, Whose


async def export(whose: Whose) -> Mapping[str, Any]:
    """How a member wants their digest."""
    own = (own_digest.c.community_id == whose.community_id, own_digest.c.member_id == whose.member_id)
    rows = (await whose.db.execute(sa.select(own_digest).where(*own))).mappings()
    names = ("how", "at", "weekday", "left_out")
    return {"your digest": [{name: row[name] for name in names} for row in rows]}


async def forget(whose: Whose) -> None:
    """No digest of their own any more."""
    own = (own_digest.c.community_id == whose.community_id, own_digest.c.member_id == whose.member_id)
    await whose.db.execute(sa.delete(own_digest).where(*own))


async def merge(merging: Merging) -> None:
    """One person has one digest: as the member who stays wants it, else as the other did."""
    here, table = own_digest.c.community_id == merging.community_id, own_digest
    kept = sa.select(table.c.member_id).where(here, table.c.member_id == merging.kept)
    theirs = (here, table.c.member_id == merging.gone)
    if (await merging.db.execute(kept)).scalar_one_or_none() is not None:
        await merging.db.execute(sa.delete(table).where(*theirs))
    else:
        await merging.db.execute(sa.update(table).where(*theirs).values(member_id=merging.kept))


feature = Feature(
    name="digests",
    commands=Commands(commands.commands, moderating.commands),
    undo={"digest skip": moderating.take_back},
    told={
        "digest publish": lambda row, name: say("posted the digest of {day} early", day=row["after"]["day"]),  # noqa: ARG005
        "digest skip": lambda row, name: say("skipped the digest of {day}", day=row["after"]["day"]),  # noqa: ARG005
    },
    export=export,
    forget=forget,
    merge=merge,
)
