"""The times that two have fixed, in the calendar that each of them subscribed to, and as a file for any other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import calendar, subscribing
from bot.commands import Commands, Reply, Write
from bot.swaps import store
from bot.swaps.appointments import skills_words
from bot.swaps.sides import name_in, other_of, stale
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncConnection

LENGTH = timedelta(hours=1)
"""How long a meeting stands in a calendar: as long as a lesson is entered in the ledger until it is corrected."""

commands = Commands()


async def events_of(
    db: AsyncConnection, community_id: int, member_id: int | None, since: datetime
) -> Sequence[calendar.Event]:
    """A member's own meetings; who meets whom is nobody else's business, so a community's calendar has none."""
    if member_id is None:
        return ()
    shared: dict[tuple[str, int | None], list[sa.RowMapping]] = {}
    for row in await store.lessons_of(db, community_id, member_id):
        shared.setdefault((row["source"], other_of(row, member_id)), []).append(row)
    events = []
    for (_, other), rows in shared.items():
        if any(row["meets_at"] and row["meets_at"] >= since for row in rows):
            events.append(event_of(rows, await name_in(db, community_id, other)))
    return [event for event in events if event is not None]


def event_of(rows: Sequence[sa.RowMapping], name: str) -> calendar.Event | None:
    """The entry of the lessons that somebody has with `name` from one introduction, oldest first; None without a time.

    Its UID never changes, its SEQUENCE goes up with each time that is fixed and each lesson that comes to an end.
    """
    timed = [row for row in rows if row["meets_at"]]
    if not timed:
        return None
    at: datetime = max(timed, key=lambda row: int(row["fixed"]))["meets_at"]
    meant = [row for row in timed if row["meets_at"] == at]
    held = [row for row in meant if not _is_off(row)]
    return calendar.Event(
        uid=calendar.uid(f"swap-{rows[0]['id']}", rows[0]["at"].replace(tzinfo=None)),
        start=at,
        end=at + LENGTH,
        title=say("{skills}, with {name}", skills=skills_words(held or meant), name=name),
        sequence=max(row["fixed"] for row in rows) - 1 + sum(row["state"] != "open" for row in rows),
        cancelled=not held,
    )


def _is_off(row: sa.RowMapping) -> bool:
    """Whether one of the two ended it, or was forgotten before it was known to have been had."""
    return row["state"] == "failed" or (row["state"] == "closed" and None in (row["giver_id"], row["getter_id"]))


@commands.command("swap calendar", typed=False)
async def add_to_calendar(do: Write, lesson: int) -> Reply:
    """Get the time that you two have fixed as a calendar file, by a direct message."""
    rows = await store.together(do.db, do.community.id, lesson)
    if not rows or do.member_id not in (rows[0]["giver_id"], rows[0]["getter_id"]):
        raise stale()
    event = event_of(rows, await name_in(do.db, do.community.id, other_of(rows[0], do.member_id)))
    if event is None or event.cancelled or event.end <= do.now:
        raise stale()
    return Reply(await subscribing.send_entry(do, event, "swap"))
