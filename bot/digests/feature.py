"""What digests answer to others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import belongings
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
    return {"your digest": await belongings.rows_of(whose, own_digest)}


async def forget(whose: Whose) -> None:
    """No digest of their own any more."""
    await belongings.erase(whose, own_digest)


async def merge(merging: Merging) -> None:
    """One person has one digest: as the member who stays wants it, else as the other did."""
    await belongings.move(merging, own_digest)


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
