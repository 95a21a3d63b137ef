"""Who did what, before and after, and taking it back.

Every decision of a person is a row, taking one back too. For 24 hours, and until something newer happened to the same
subject, it can be undone: the feature that wrote it knows how (`Feature.undo`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.cards import Button, Card, sentence
from bot.commands import Commands, Update, Write
from bot.db import Json, Key, UtcDateTime, Words, metadata
from bot.errors import UserError
from bot.people import Role
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import Ids

UNDO_LIFE = timedelta(hours=24)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("actor", Key),  # a member's id; None for the bot itself
    sa.Column("actor_name", Words, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),  # "lead:42"
    sa.Column("before", Json),
    sa.Column("after", Json),
    sa.Column("undone_at", UtcDateTime),
    sa.Index("ix_audit_subject", "community_id", "subject", "id"),
)

commands = Commands()


async def record(do: Write, action: str, subject: str, *, before: Any = None, after: Any = None) -> int:
    """Write down what `do` is about to change; returns the row's id, for an Undo button."""
    return await note(
        do.db,
        do.ids,
        do.community.id,
        at=do.now,
        actor=do.member_id,
        actor_name=do.name,
        action=action,
        subject=subject,
        before=before,
        after=after,
    )


async def note(db: AsyncConnection, ids: Ids, community_id: int, **values: Any) -> int:
    """Write a row of these columns, for whoever is not in a handler of that community; returns its id."""
    row_id = ids.new()
    await db.execute(sa.insert(audit).values(community_id=community_id, id=row_id, **values))
    return row_id


async def record_own(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    now: datetime,
    action: str,
    subject: str,
    *,
    before: Any = None,
    after: Any = None,
) -> int:
    """Write down what the bot does by itself in a job; returns the row's id."""
    what = {"action": action, "subject": subject, "before": before, "after": after}
    return await note(db, ids, community_id, at=now, actor=None, actor_name=say("the bot itself"), **what)


async def latest(db: AsyncConnection, community_id: int, subject: str) -> sa.RowMapping | None:
    """The newest action on a subject that was not taken back."""
    own = (audit.c.community_id == community_id, audit.c.subject == subject, audit.c.undone_at.is_(None))
    return (await db.execute(sa.select(audit).where(*own).order_by(audit.c.id.desc()).limit(1))).mappings().first()


def undo_button(row_id: int) -> Button:
    """The button that takes an audited action back."""
    return Button(say("Undo"), "mod undo", (str(row_id),))


@commands.command("mod undo", role=Role.MODERATOR, typed=False)
async def undo(do: Write, action: int) -> Update:
    """Take back one action of the last 24 hours."""
    own = (audit.c.community_id == do.community.id, audit.c.id == action)
    row = (await do.db.execute(sa.select(audit).where(*own).with_for_update())).mappings().one_or_none()
    if row is None or row["at"] + UNDO_LIFE < do.now:
        raise UserError("E-STALE", say("That can't be undone any more."), why=say("It is more than a day old."))
    if row["undone_at"] is not None:
        raise UserError("E-DONE", say("That was undone already."))
    newer = sa.select(sa.func.count()).where(
        audit.c.community_id == do.community.id,
        audit.c.subject == row["subject"],
        audit.c.id > action,
        audit.c.undone_at.is_(None),
    )
    if (await do.db.execute(newer)).scalar_one():
        raise UserError(
            "E-STALE",
            say("That can't be undone any more."),
            why=say("Something newer happened to it."),
            advice=say("Undo the newer action first."),
        )
    take_back = next((f.undo[row["action"]] for f in do.features if row["action"] in f.undo), None)
    if take_back is None:
        raise UserError("E-STALE", say("That can't be undone."))
    await do.db.execute(sa.update(audit).where(*own).values(undone_at=do.now))  # whoever takes back sees it as undone
    done = await take_back(do, row)
    await record(do, "mod undo", f"audit:{action}", before=row["after"], after=row["before"])
    return Update(done if isinstance(done, Card) else sentence(done))
