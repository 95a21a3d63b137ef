"""What was audited about meetups, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.meetups.store import meetup
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection


async def subject_names(db: AsyncConnection, community_id: int, subjects: Iterable[str]) -> dict[str, str]:
    """The titles of the meetups among audited subjects, in quotation marks."""
    ids = [int(one.removeprefix("meetup:")) for one in subjects if one.startswith("meetup:")]
    own = (meetup.c.community_id == community_id, meetup.c.id.in_(ids))
    rows = await db.execute(sa.select(meetup.c.id, meetup.c.title).where(*own))
    return {f"meetup:{row.id}": f"“{row.title}”" for row in rows}


def _published(row: RowMapping, name: str) -> str:
    del row
    return say("published the meetup {name}", name=name)


def _changed(row: RowMapping, name: str) -> str:
    before, after = row["before"] or {}, row["after"] or {}
    names = {"title": say("title"), "at": say("time"), "places": say("places"), "place": say("where")}
    changed = [words for key, words in names.items() if before.get(key) != after.get(key)]
    return say("changed the meetup {name}: {changes}", name=name, changes=", ".join(changed) or say("what it is about"))


def _cancelled(row: RowMapping, name: str) -> str:
    if (row["after"] or {}).get("which") == "all":
        return say("cancelled the meetup {name} and all later ones", name=name)
    return say("cancelled the meetup {name}", name=name)


def _handed_over(row: RowMapping, name: str) -> str:
    del row
    return say("handed the meetup {name} over", name=name)


TOLD: Mapping[str, Callable[[RowMapping, str], str]] = {
    "meetup publish": _published,
    "meetup change": _changed,
    "meetup cancel": _cancelled,
    "meetup save-host": _handed_over,
}
