"""Messages owed, now or later. Nobody posts but through here.

A message is queued in the transaction of its reason and delivered by `jobs/deliver.py`. It waits in a *mailbox* (one
for each channel or person), which keeps the order, lets one delivery be under way at a time, and rests while the
platform wants it to: its pace and its retries are `due`, too. A message says what it is: a *promise* (must arrive; may
in the worst case arrive twice) or a *post* (never twice; may in the worst case need a person's look, as
`unconfirmed`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot import cards
from bot.db import Json, Key, UtcDateTime, Words, insert_new, metadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from bot.people import Space
    from bot.ports import Ids, Verb

State = Literal["queued", "sending", "sent", "unconfirmed", "failed", "cancelled"]

mailbox = sa.Table(
    "mailbox",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("space_id", Key, nullable=False),
    sa.Column("address", sa.Text, nullable=False),  # a channel's or a person's id on the platform
    sa.Column("direct", sa.Boolean, nullable=False),  # whether the address is a person
    sa.Column("due", UtcDateTime),  # wall clock: when to look into it next; None when it is empty
    sa.Column("not_before", UtcDateTime),  # wall clock: nothing goes out earlier, whatever is queued meanwhile
    sa.Column("lease", UtcDateTime),  # machine clock: until when somebody is delivering from it
    sa.ForeignKeyConstraint(["community_id", "space_id"], ["space.community_id", "space.id"]),
    sa.UniqueConstraint("community_id", "space_id", "address", "direct"),
    sa.Index("ix_mailbox_due", "due"),
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("mailbox_id", Key, nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # what it is about: the same thing is never queued twice
    sa.Column("verb", sa.Text, nullable=False),
    sa.Column("promise", sa.Boolean, nullable=False),
    sa.Column("card", Json, nullable=False),  # once sent: as it stands there now, edits included
    sa.Column("details", Json),
    sa.Column("target_id", Key),  # the message or event that is changed, or the message that a thread is opened at
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),  # wall clock: later than this it is worth nothing, such as a reminder
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("first_try", UtcDateTime),  # machine clock: of the tries that may have succeeded, the first
    sa.Column("sent_at", UtcDateTime),
    sa.Column("remote", sa.Text),  # the platform's id of what was made
    sa.Column("error", Words),
    sa.ForeignKeyConstraint(["community_id", "mailbox_id"], ["mailbox.community_id", "mailbox.id"]),
    sa.UniqueConstraint("community_id", "key"),
    sa.Index("ix_message_mailbox", "community_id", "mailbox_id", "state", "due"),
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: a channel of a space, or a person there (`direct`)."""

    space: Space
    id: str
    direct: bool = False


async def queue(
    db: AsyncConnection,
    ids: Ids,
    to: Address,
    card: Card,
    *,
    key: str,
    due: datetime,
    until: datetime | None = None,
    promise: bool = False,
    verb: Verb = "post",
    target: int | None = None,
    details: Mapping[str, Any] | None = None,
    message_id: int | None = None,
) -> int:
    """Owe a message from `due` on and return its id. The caller's transaction makes it real.

    `key` names what it is about, so that it can be cancelled and is never owed twice (a second one with the same key
    raises IntegrityError). What was not begun by `until` is cancelled: a reminder never comes after its event.
    """
    boxes = await _mailboxes(db, ids, {to: due})
    message_id = message_id or ids.new()
    row = _row(to, card, key=key, due=due, until=until, promise=promise, verb=verb)
    more = {"details": dict(details) if details else None, "target_id": target}
    await db.execute(sa.insert(message).values(**row, **more, id=message_id, mailbox_id=boxes[to]))
    return message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to owe, as `queue` takes it."""

    to: Address
    card: Card
    key: str
    due: datetime
    until: datetime | None = None
    promise: bool = False


async def queue_all(db: AsyncConnection, ids: Ids, letters: Sequence[Letter]) -> list[int]:
    """Owe several messages in one community at once, as `queue` does each; returns their ids, in order."""
    boxes = await _mailboxes(
        db, ids, {one.to: one.due for one in sorted(letters, key=lambda one: one.due, reverse=True)}
    )
    rows = [
        _row(one.to, one.card, key=one.key, due=one.due, until=one.until, promise=one.promise)
        | {"id": ids.new(), "mailbox_id": boxes[one.to]}
        for one in letters
    ]
    if rows:
        await db.execute(sa.insert(message), rows)
    return [row["id"] for row in rows]


def _row(
    to: Address, card: Card, *, key: str, due: datetime, until: datetime | None, promise: bool, verb: Verb = "post"
) -> dict[str, Any]:
    return {
        "community_id": to.space.community_id,
        "key": key,
        "verb": "direct" if to.direct and verb == "post" else verb,
        "promise": promise,
        "card": cards.dump(card),
        "state": "queued",
        "due": due,
        "until": until,
        "tries": 0,
    }


async def _mailboxes(db: AsyncConnection, ids: Ids, dues: Mapping[Address, datetime]) -> dict[Address, int]:
    """The ids of the mailboxes for addresses in one community, made where they are missing, due no later than said."""
    wanted = {to: {**_where(to), "id": ids.new(), "due": due} for to, due in dues.items()}
    made = set(await insert_new(db, mailbox, wanted.values(), returning=mailbox.c.id))
    found = {to: row["id"] for to, row in wanted.items() if row["id"] in made}
    known: dict[Address, int] = {}
    for to in [to for to in wanted if to not in found]:
        own = tuple(mailbox.c[column] == value for column, value in _where(to).items())
        known[to] = int((await db.execute(sa.select(mailbox.c.id).where(*own))).scalar_one())
    for to in sorted(known, key=known.__getitem__):  # everybody locks mailboxes in this order
        await wake(db, to.space.community_id, known[to], dues[to])
    return found | known


def _where(to: Address) -> dict[str, Any]:
    return {"community_id": to.space.community_id, "space_id": to.space.id, "address": to.id, "direct": to.direct}


async def wake(db: AsyncConnection, community_id: int, mailbox_id: int, due: datetime) -> None:
    """See to it that a mailbox is looked into at `due`, or as soon after as its platform lets it.

    Locks the mailbox first: an UPDATE alone would not wait for whoever is about to find it empty (`sending.release`).
    """
    own = (mailbox.c.community_id == community_id, mailbox.c.id == mailbox_id)
    box = (await db.execute(sa.select(mailbox).where(*own).with_for_update())).mappings().one()
    soonest = max(due, box["not_before"] or due)
    if box["due"] is None or box["due"] > soonest:
        await db.execute(sa.update(mailbox).where(*own).values(due=soonest))


async def edit(db: AsyncConnection, ids: Ids, community_id: int, message_id: int, card: Card, due: datetime) -> None:
    """Change a message: at once unless it was sent, else by an edit, or by the one that waits already."""
    own = (message.c.community_id == community_id, message.c.id == message_id)
    box_id = (await db.execute(sa.select(message.c.mailbox_id).where(*own))).scalar_one()
    await wake(db, community_id, box_id, due)  # before the message: whoever queues and edits locks in the same order
    state = (await db.execute(sa.select(message.c.state).where(*own).with_for_update())).scalar_one()
    if state in ("queued", "unconfirmed"):
        await db.execute(sa.update(message).where(*own).values(card=cards.dump(card)))
        return
    if state in ("cancelled", "failed"):
        return
    waits = (message.c.community_id == community_id, *_edits_of(message_id), message.c.state == "queued")
    if (await db.execute(sa.update(message).where(*waits).values(card=cards.dump(card)))).rowcount:
        return
    edit_id = ids.new()
    await db.execute(
        sa.insert(message).values(
            community_id=community_id,
            id=edit_id,
            mailbox_id=box_id,
            key=f"edit:{message_id}:{edit_id}",
            verb="edit",
            promise=True,  # an edit that is repeated changes nothing
            card=cards.dump(card),
            target_id=message_id,
            state="queued",
            due=due,
            tries=0,
        )
    )


def _edits_of(message_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (message.c.target_id == message_id, message.c.verb == "edit")


async def edited_soon(db: AsyncConnection, to: Address, remote: str) -> int | None:
    """The id of the message that stands there as `remote`, if an edit is still owed for it."""
    stands = message.alias()
    own = (mailbox.c[column] == value for column, value in _where(to).items())
    statement = (
        sa.select(stands.c.id)
        .join(message, sa.and_(message.c.community_id == stands.c.community_id, message.c.target_id == stands.c.id))
        .where(
            message.c.community_id == to.space.community_id,
            message.c.mailbox_id == sa.select(mailbox.c.id).where(*own).scalar_subquery(),
            message.c.state.in_(("queued", "sending")),
            message.c.verb == "edit",
            stands.c.remote == remote,
        )
        .limit(1)
    )
    return (await db.execute(statement)).scalar_one_or_none()


async def card_of(db: AsyncConnection, community_id: int, message_id: int) -> Card:
    """What a message will say once everything that is owed about it has arrived."""
    owed = sa.and_(*_edits_of(message_id), message.c.state.in_(("queued", "sending")))
    own = (message.c.community_id == community_id, sa.or_(message.c.id == message_id, owed))
    newest = sa.select(message.c.card).where(*own).order_by(message.c.id.desc()).limit(1)
    return cards.load((await db.execute(newest)).scalar_one())


async def retract(db: AsyncConnection, ids: Ids, community_id: int, message_id: int, card: Card, due: datetime) -> None:
    """Take a message back: not sent at all while it still waits, else edited to `card`, which says so."""
    own = (message.c.community_id == community_id, message.c.id == message_id, message.c.state == "queued")
    if not (await db.execute(sa.update(message).where(*own).values(state="cancelled"))).rowcount:
        await edit(db, ids, community_id, message_id, card, due)


async def drop(db: AsyncConnection, community_id: int, message_id: int) -> None:
    """Take back a message that still waits; one that was sent stays as it stands."""
    own = (message.c.community_id == community_id, message.c.id == message_id, message.c.state == "queued")
    await db.execute(sa.update(message).where(*own).values(state="cancelled"))


async def blank(db: AsyncConnection, community_id: int, message_id: int, card: Card) -> None:
    """Keep `card` in place of what a message said, once that is over; where it was sent it stands as it is."""
    own = (message.c.community_id == community_id, message.c.id == message_id)
    await db.execute(sa.update(message).where(*own).values(card=cards.dump(card), details=None))


async def cancel(db: AsyncConnection, community_id: int, key: str) -> bool:
    """Take back what is owed under `key`, if it still waits; says whether it did."""
    own = (message.c.community_id == community_id, message.c.key == key, message.c.state == "queued")
    done = await db.execute(sa.update(message).where(*own).values(state="cancelled"))
    return bool(done.rowcount)


async def find(db: AsyncConnection, community_id: int, key: str) -> int | None:
    """The id of the message with this key, whatever became of it."""
    own = (message.c.community_id == community_id, message.c.key == key)
    return (await db.execute(sa.select(message.c.id).where(*own))).scalar_one_or_none()


async def free_key(db: AsyncConnection, community_id: int, message_id: int) -> None:
    """Let a later message have the key of this one, which is over."""
    own = (message.c.community_id == community_id, message.c.id == message_id)
    await db.execute(sa.update(message).where(*own).values(key=message.c.key + f":{message_id}"))


async def remote_of(db: AsyncConnection, community_id: int, message_id: int) -> str:
    """The platform's id of a message, "" where it was never sent."""
    own = (message.c.community_id == community_id, message.c.id == message_id)
    return (await db.execute(sa.select(message.c.remote).where(*own))).scalar_one() or ""


# --- reading ---------------------------------------------------------------------------------------------------------


async def sent_in(db: AsyncConnection, space: Space, address: str, limit: int = 50) -> Sequence[sa.RowMapping]:
    """The newest messages that stand in a channel (not edits), oldest first."""
    statement = (
        sa.select(message)
        .join(
            mailbox,
            sa.and_(mailbox.c.community_id == message.c.community_id, mailbox.c.id == message.c.mailbox_id),
        )
        .where(
            mailbox.c.community_id == space.community_id,
            mailbox.c.space_id == space.id,
            mailbox.c.address == address,
            message.c.state == "sent",
            message.c.verb.in_(("post", "direct", "file")),
        )
        .order_by(message.c.sent_at.desc(), message.c.id.desc())
        .limit(limit)
    )
    return list(reversed((await db.execute(statement)).mappings().all()))
