"""What is noted of messages while they are delivered: begun, sent, put back, given up; and of their mailboxes.

`jobs/deliver.py` does the delivering; between any two lines here a crash leaves what the next start can go on from.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot.db import UtcDateTime
from bot.outbox import mailbox, message, wake

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.outbox import State

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=30)


async def cancel_all(db: AsyncConnection, box: sa.RowMapping) -> None:
    """Take back everything that a mailbox still owes."""
    own = (message.c.community_id == box["community_id"], message.c.mailbox_id == box["id"])
    waiting = message.c.state.in_(("queued", "sending"))
    await db.execute(sa.update(message).where(*own, waiting).values(state="cancelled"))


async def lock(db: AsyncConnection, boxes: Sequence[sa.RowMapping]) -> None:
    """Lock mailboxes: whoever queues comes before or after, and locks the mailbox first, then its messages."""
    own = sa.select(mailbox.c.id).where(_among(mailbox, boxes)).order_by(mailbox.c.community_id, mailbox.c.id)
    await db.execute(own.with_for_update())


async def next_messages(db: AsyncConnection, boxes: Sequence[sa.RowMapping]) -> dict[tuple[int, int], sa.RowMapping]:
    """The message whose turn it is in each mailbox, due or not: one whose fate is unknown comes first.

    By community and mailbox; a mailbox that owes nothing has none.
    """
    own = message.alias()
    turn = (
        sa.select(own.c.id)
        .where(
            own.c.community_id == mailbox.c.community_id,
            own.c.mailbox_id == mailbox.c.id,
            own.c.state.in_(("sending", "queued")),
        )
        .order_by(sa.case((own.c.state == "sending", 0), else_=1), own.c.due, own.c.id)
        .limit(1)
        .scalar_subquery()
    )
    whose = sa.and_(message.c.community_id == mailbox.c.community_id, message.c.id == turn)
    rows = await db.execute(sa.select(message).select_from(mailbox).join(message, whose).where(_among(mailbox, boxes)))
    return {(row["community_id"], row["mailbox_id"]): row for row in rows.mappings()}


def _among(table: sa.Table, rows: Sequence[sa.RowMapping]) -> sa.ColumnElement[bool]:
    return sa.tuple_(table.c.community_id, table.c.id).in_([(row["community_id"], row["id"]) for row in rows])


async def begin(db: AsyncConnection, rows: Sequence[sa.RowMapping], machine_now: datetime) -> Sequence[sa.RowMapping]:
    """Note that messages are being sent, before they are: after a crash their fate is unknown.

    Returns them as they are by now, without those that were taken back meanwhile.
    """
    as_read = sa.tuple_(message.c.community_id, message.c.id, message.c.state)
    first_try = sa.func.coalesce(message.c.first_try, sa.literal(machine_now, UtcDateTime()))
    statement = (
        sa.update(message)
        .where(as_read.in_([(row["community_id"], row["id"], row["state"]) for row in rows]))
        .values(state="sending", tries=message.c.tries + 1, first_try=first_try, error=None)
        .returning(*message.c)
    )
    return (await db.execute(statement)).mappings().all() if rows else ()


async def settle(db: AsyncConnection, sent: Sequence[tuple[sa.RowMapping, str]], now: datetime) -> None:
    """Note that messages were sent, and as what. After an edit, its target shows the new card."""
    own = (message.c.community_id == sa.bindparam("of_community"), message.c.id == sa.bindparam("which"))
    done = sa.update(message).where(*own).values(state="sent", remote=sa.bindparam("made"), sent_at=now, error=None)
    if sent:
        rows = [{"of_community": row["community_id"], "which": row["id"], "made": remote} for row, remote in sent]
        await db.execute(done, rows)
    for row, _ in sent:
        if row["verb"] == "edit":
            newer = message.alias()  # the row may be older than what was sent: while it waited, `edit` changed it
            card = sa.select(newer.c.card).where(newer.c.community_id == row["community_id"], newer.c.id == row["id"])
            target = (message.c.community_id == row["community_id"], message.c.id == row["target_id"])
            await db.execute(sa.update(message).where(*target).values(card=card.scalar_subquery()))


async def postpone(db: AsyncConnection, row: sa.RowMapping, reason: str) -> None:
    """Put a message back as it was before this try, which surely did not succeed: `row` is from before `begin`.

    It keeps its place in the mailbox, and its doubt if an earlier try may have succeeded. There is no last try: what
    is owed stays owed while a platform is away.
    """
    await _mark(db, row, state=row["state"], first_try=row["first_try"], error=reason)


async def give_up(db: AsyncConnection, row: sa.RowMapping, state: State, reason: str) -> None:
    """End a message without success: `failed`, `unconfirmed` or `cancelled`."""
    await _mark(db, row, state=state, error=reason)


async def _mark(db: AsyncConnection, row: sa.RowMapping, **values: Any) -> None:
    own = (message.c.community_id == row["community_id"], message.c.id == row["id"])
    await db.execute(sa.update(message).where(*own).values(**values))


async def resolve(db: AsyncConnection, community_id: int, message_id: int, *, arrived: bool, now: datetime) -> bool:
    """What a person saw of an unconfirmed message: it is sent, or owed again. Says whether it was still in doubt."""
    own = (message.c.community_id == community_id, message.c.id == message_id, message.c.state == "unconfirmed")
    values: dict[str, Any] = {"state": "sent", "sent_at": now} if arrived else {"state": "queued", "due": now}
    box_id = (await db.execute(sa.select(message.c.mailbox_id).where(*own))).scalar_one_or_none()
    if box_id is None:
        return False
    if not arrived:
        await wake(db, community_id, box_id, now)  # before the message, as `edit` does
    statement = sa.update(message).where(*own).values(**values, first_try=None, error=None)
    return bool((await db.execute(statement)).rowcount)


async def release(db: AsyncConnection, boxes: Sequence[tuple[sa.RowMapping, datetime]]) -> None:
    """Give claimed mailboxes back that are locked, each due with its next message but not before the instant beside."""
    if not boxes:
        return
    following = await next_messages(db, [box for box, _ in boxes])
    own = (mailbox.c.community_id == sa.bindparam("of_community"), mailbox.c.id == sa.bindparam("which"))
    new: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in ("due", "not_before")}
    rows = []
    for box, not_before in boxes:
        row = following.get((box["community_id"], box["id"]))
        due = max(not_before, row["due"]) if row else None
        which = {"of_community": box["community_id"], "which": box["id"]}
        rows.append({**which, "new_due": due, "new_not_before": not_before})
    await db.execute(sa.update(mailbox).where(*own).values(**new, lease=None), rows)


def wait_after(tries: int) -> timedelta:
    """How long to wait after one more failure than `tries`: doubling from five seconds to half an hour."""
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries, 10)))


def after_doubt(
    *, promise: bool, first_try: datetime, remembers_nonce: timedelta, machine_now: datetime
) -> Literal["repeat", "unconfirmed"]:
    """What to do about a message whose fate is unknown.

    While the platform still recognises its nonce, repeating is harmless. Later a promise is repeated (it may arrive
    twice) and a post is left to a person.
    """
    if promise or timedelta(0) <= machine_now - first_try < remembers_nonce:
        return "repeat"
    return "unconfirmed"
