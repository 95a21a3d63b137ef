"""What is owed to two who have fixed a time: word of it, reminders, and the question whether they have met.

Lessons of the same two from the same introduction are had together: they have one time, and `fixed` counts how often
one was fixed. Notices are keyed by that number, so that what is moved away from a time and back is reminded of again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import notices
from bot.cards import Button, Card, Controls, Heading, Paragraph, Time
from bot.members import meeting
from bot.notices import Notice, Worth
from bot.reminders import REMINDERS
from bot.swaps import store
from bot.swaps.sides import SIDES, name_of, other_of
from bot.swaps.words import skill_name
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import sqlalchemy as sa
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.place import Place
    from bot.ports import Ids

CHECK_IN = timedelta(hours=1)
"""After the time: then it is asked whether they have met."""

AHEAD = timedelta(days=60)
"""How far ahead a time can be fixed."""


def met_key(row: sa.RowMapping) -> str:
    """The key of the question whether they have met: once for each time that was fixed, or once without any."""
    return f"met:{row['id']}:{row['fixed']}" if row["fixed"] else f"met:{row['id']}"


def _key(first: sa.RowMapping, side: str, which: str) -> str:
    return f"meets:{first['id']}:{first['fixed']}:{side}:{which}"


def coming(row: sa.RowMapping, now: datetime) -> datetime | None:
    """The time that is fixed for a lesson, if it is still to come."""
    at: datetime | None = row["meets_at"]
    return at if at is not None and at > now else None


async def announce(place: Place, rows: Sequence[sa.RowMapping], by: int) -> None:
    """Tell the other of the two which time was fixed, and owe both their reminders. `rows` are lessons with one."""
    first = rows[0]
    side = next(side for side in SIDES if first[side] != by)
    name = await name_of(place, by)
    head = say("{name} has fixed a time with you, for {skills}.", name=name, skills=skills_words(rows))
    told = Notice(
        member_id=first[side],
        key=_key(first, side, "told"),
        card=_card(say("A time is fixed"), head, first),
        due=place.now,
        until=first["meets_at"],
        asked=True,  # they said yes to the introduction
        worth=Worth.ANSWER,
    )
    await notices.owe(place.db, place.ids, place.community.id, told)
    await _remind(place, rows)


async def _remind(place: Place, rows: Sequence[sa.RowMapping]) -> None:
    """Owe both their reminders of a time, as far as those are still to come; what is owed already stays as it is."""
    first = rows[0]
    at: datetime = first["meets_at"]
    for side in SIDES:
        name = await name_of(place, other_of(first, first[side]))
        head = say("You meet {name}, for {skills}.", name=name, skills=skills_words(rows))
        card = _card(say("You meet {name}", name=name), head, first)
        for which, before in REMINDERS.items():
            if at - before > place.now:
                reminder = Notice(
                    member_id=first[side],
                    key=_key(first, side, which),
                    card=card,
                    due=at - before,
                    until=at,
                    asked=True,
                    worth=Worth.ANSWER,
                )
                await notices.owe(place.db, place.ids, place.community.id, reminder)


def skills_words(rows: Sequence[sa.RowMapping]) -> str:
    """What these lessons are for, divided by commas."""
    return ", ".join(skill_name(row["skill"]) for row in rows)


async def leave(place: Place, row: sa.RowMapping, question: Card, reminder: Card | None = None) -> None:
    """End what was owed for one lesson that is done or over; of others of the same two both are still reminded."""
    await forget_time(place.db, place.ids, place.community.id, [row], place.now, question, reminder)
    others = await store.together(place.db, place.community.id, row["id"])
    left = [one for one in others if one["id"] != row["id"] and one["state"] == "open" and one["meets_at"]]
    if left and None not in (left[0]["giver_id"], left[0]["getter_id"]):
        await _remind(place, left)


def _card(title: str, head: str, first: sa.RowMapping) -> Card:
    at = first["meets_at"]
    return Card(
        head,
        (
            Heading(title),
            Paragraph((head,)),
            Paragraph((Time(at, "full"), " · ", Time(at, "relative"))),
            Controls((*time_buttons(first), Button(say("My swaps"), "swap status"))),
        ),
    )


def time_buttons(row: sa.RowMapping) -> tuple[Button, ...]:
    """What can be done about the time of a lesson."""
    own = (str(row["id"]),)
    return (
        Button(say("Another time"), "swap times", own),
        Button(say("Add to calendar"), "swap calendar", own),
        Button(say("Not a fit"), "swap no-fit", own),
    )


async def forget_time(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    rows: Sequence[sa.RowMapping],
    now: datetime,
    question: Card | None = None,
    reminder: Card | None = None,
) -> None:
    """End what was owed because of a time, the question whether they have met, and word of the introduction.

    Where they stand as messages already, the question becomes `question`, and word of the time `reminder`.
    """
    for row in rows:
        if row["giver_id"] and row["getter_id"]:
            await meeting.put_away(db, community_id, row["giver_id"], row["getter_id"])
        await notices.close(db, ids, community_id, met_key(row), now, card=question)
        for key in (_key(row, side, which) for side in SIDES for which in ("told", *REMINDERS)):
            await notices.close(db, ids, community_id, key, now, card=reminder)
