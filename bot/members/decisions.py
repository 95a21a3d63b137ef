"""What moderators decide about members: written down, told on every card about it, taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit, notices, outbox, people
from bot.cards import Card, sentence
from bot.errors import UserError
from bot.members import reports
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Write


async def decide(do: Write, member: int, action: str, **changes: datetime | None) -> int:
    """Change a member's standing and settle their reports, written down for an undo; returns the audit's row.

    Raises `UserError` (E-DONE) where another moderator has done the same just now.
    """
    own = (people.member.c.community_id == do.community.id, people.member.c.id == member)
    row = (await do.db.execute(sa.select(people.member).where(*own).with_for_update())).mappings().one()
    waiting = await reports.undecided(do.db, do.community.id, member)
    before = {name: row[name] for name in ("suspended_until", "banned_at")}
    same = all(_alike(before[name], value) for name, value in changes.items())
    if same and changes and not waiting:
        raise UserError("E-DONE", say("{name} stands like that already.", name=row["name"]))
    after = {**before, **changes}
    ids = [one["id"] for one in waiting]
    undo = await audit.record(
        do, action, reports.audited(member), before=_stored(before), after={**_stored(after), "reports": ids}
    )
    if changes:
        await people.change_member(do.db, do.community.id, member, **changes)
    await reports.decide(do.db, do.community.id, ids, do.now)
    return undo


def _alike(before: datetime | None, after: datetime | None) -> bool:
    """Whether a change is none: a pause that another moderator made today is as long as one made now."""
    return (before is None) == (after is None) and (not before or not after or after - before < timedelta(days=1))


def _stored(values: Mapping[str, datetime | None]) -> dict[str, str | None]:
    return {name: value.isoformat() if value else None for name, value in values.items()}


async def done(do: Write, member: int, undo: int, words: str) -> Card:
    """What was decided, with its undo; the moderators' cards about these reports say it as well."""
    card = settled_card(say("{what}: {name}", what=words, name=do.name), undo)
    own = (reports.report.c.community_id == do.community.id, reports.report.c.reported == str(member))
    just = sa.select(reports.report).where(*own, reports.report.c.decided_at == do.now)
    await mark(do, (await do.db.execute(just)).mappings().all(), card)
    return card


def settled_card(words: str, undo: int) -> Card:
    """A decision in words, with its undo."""
    return sentence(f"{words}.", audit.undo_button(undo))


async def mark(do: Write, settled: Sequence[RowMapping], card: Card) -> None:
    """Show a decision on the moderators' cards about the reports that it settled."""
    for message_id in (message_id for row in settled for message_id in row["messages"]):
        await outbox.edit(do.db, do.ids, do.community.id, message_id, card, do.now)


# --- taking it back, and telling of it -------------------------------------------------------------------------------


async def take_back(do: Write, row: Any) -> str:
    """Undo a decision: the member stands as before, their reports are open again."""
    await reports.decide(do.db, do.community.id, row["after"].get("reports", ()), None)
    if row["action"] == "safety settle":
        return say("Undone: the report is open.")
    member = int(row["subject"].removeprefix("standing:"))
    name = await people.member_name(do.db, do.community.id, member)
    if name is None:
        raise UserError("E-STALE", say("This member has left."))
    values = {key: datetime.fromisoformat(value) if value else None for key, value in row["before"].items()}
    await people.change_member(do.db, do.community.id, member, **values)
    over = sentence(say("The moderators have taken this back."))
    await notices.close(do.db, do.ids, do.community.id, reports.standing_key(member, row["id"]), do.now, card=over)
    return say("Undone: {name} stands as before.", name=name)


TOLD: Mapping[str, Any] = {
    "safety save-warning": lambda _, name: say("warned {name}", name=name),
    "safety pause": lambda row, name: say(
        "paused {name} until {day}", name=name, day=day(datetime.fromisoformat(row["after"]["suspended_until"]))
    ),
    "safety ban": lambda _, name: say("banned {name} from the bot", name=name),
    "safety clear": lambda _, name: say("cleared {name}", name=name),
    "safety settle": lambda _row, _name: say("settled a report"),
}
UNDO = dict.fromkeys(TOLD, take_back)


async def subject_names(db: AsyncConnection, community_id: int, subjects: Iterable[str]) -> dict[str, str]:
    """The names of the members among audited subjects."""
    ids = [one.removeprefix("standing:") for one in subjects if one.startswith("standing:")]
    names = await names_of(db, community_id, (int(one) for one in ids if one.isdecimal()))
    return {reports.audited(one): name for one, name in names.items()}


def day(at: datetime) -> str:
    """A day as decisions name it."""
    return f"{at.day} {at:%b}"


async def names_of(db: AsyncConnection, community_id: int, ids: Iterable[int]) -> dict[int, str]:
    """The names of members that there are."""
    own = (people.member.c.community_id == community_id, people.member.c.id.in_(list(ids)))
    return {
        row.id: row.name for row in await db.execute(sa.select(people.member.c.id, people.member.c.name).where(*own))
    }
