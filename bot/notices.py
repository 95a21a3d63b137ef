"""What members are told by the bot: each notice waits on their personal page, and comes as a direct message if it may.

A feature owes a notice in the transaction of its reason, and closes it when it is answered or over.
`jobs/send_notices.py` sends them: what was *asked for* (a reminder, an answer that was promised) when it is due; what
was not, within the *budget of attention*: at most `safety.messages_per_day` a member's local day over all features, the
most worth first, outside quiet hours, to who lets the bot write to them. Whatever is not sent waits on `/hub`, which
shows everything that is open.

No deadline runs, and no silence counts, before a notice has reached its member: before it was delivered, or seen on the
page (`reached`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot import cards, outbox
from bot.cards import Button, Controls
from bot.db import Json, Key, UtcDateTime, insert_new, metadata
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from bot.ports import Ids

State = Literal["waiting", "sending", "sent", "page", "closed"]
"""Waiting for its time or the budget; the outbox has it; stands as a message; only on the page; over. The first four
are open, and on the page."""


class Worth(IntEnum):
    """How much a notice is worth, for who can be told only two things a day."""

    NEWS = 10  # good to know
    LEAD = 20  # a gig that fits
    PERSON = 30  # somebody asks for something
    ANSWER = 40  # others wait for an answer by a time
    PLACE = 50  # something is theirs for a few hours only


notice = sa.Table(
    "notice",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("member_id", Key, nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # what it is about: the same thing is never told twice
    sa.Column("card", Json, nullable=False),
    sa.Column("asked", sa.Boolean, nullable=False),
    sa.Column("worth", sa.Integer, nullable=False),
    sa.Column("due", UtcDateTime, nullable=False),  # wall clock: not before
    sa.Column("until", UtcDateTime),  # wall clock: later than this it is worth nothing
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("look_at", UtcDateTime, nullable=False),  # wall clock: when to see whether it can be sent
    sa.Column("tried", Json, nullable=False),  # the platforms on which it was tried, the latest last
    sa.Column("message_id", Key),  # the outbox's, of the latest try
    sa.Column("handed_at", UtcDateTime),  # wall clock: when the outbox got it
    sa.Column("reached_at", UtcDateTime),  # wall clock: when it was delivered, or seen on the page
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.UniqueConstraint("community_id", "key"),
    sa.Index("ix_notice_member", "community_id", "member_id", "state"),
    sa.Index("ix_notice_state", "state", "look_at"),
)

_OPEN = notice.c.state != "closed"

TEST = "test:"
"""How the key of a notice begins that only tries whether messages arrive: it asks for nothing, and is on no page."""

Arrival = Literal["unknown", "on its way", "arrived", "failed"]
"""What became of the latest message to a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell a member."""

    member_id: int
    key: str
    card: Card
    due: datetime
    asked: bool = False  # they asked for it, with a time: it costs nothing of their attention
    worth: Worth = Worth.NEWS
    until: datetime | None = None


async def owe(db: AsyncConnection, ids: Ids, community_id: int, told: Notice) -> bool:
    """Tell a member something, as soon as it may be; says whether it was new. The caller's transaction makes it real.

    Where the same `key` was told before, nothing changes.
    """
    return bool(await owe_all(db, ids, community_id, [told]))


async def owe_all(db: AsyncConnection, ids: Ids, community_id: int, told: Iterable[Notice]) -> list[int]:
    """Tell members of a community several things at once, as `owe` does; returns the ids of those that were new."""
    rows = [_row(ids, community_id, one) for one in told]
    return await insert_new(db, notice, rows, returning=notice.c.id)


def _row(ids: Ids, community_id: int, told: Notice) -> dict[str, Any]:
    return {
        "community_id": community_id,
        "id": ids.new(),
        "member_id": told.member_id,
        "key": told.key,
        "card": cards.dump(told.card),
        "asked": told.asked,
        "worth": told.worth,
        "due": told.due,
        "until": told.until,
        "state": "waiting",
        "look_at": told.due,
        "tried": [],
    }


async def close(
    db: AsyncConnection, ids: Ids, community_id: int, key: str, now: datetime, *, card: Card | None = None
) -> None:
    """End a notice: it leaves the page, is not sent any more, and where it stands as a message it becomes `card`."""
    own = (notice.c.community_id == community_id, notice.c.key == key, _OPEN)
    statement = sa.update(notice).where(*own).values(state="closed").returning(notice.c.message_id)
    message_id = (await db.execute(statement)).scalar_one_or_none()
    if message_id is None:
        return
    if card is not None:
        await outbox.retract(db, ids, community_id, message_id, card, now)
    else:
        await outbox.drop(db, community_id, message_id)


async def put_away(db: AsyncConnection, community_id: int, member_id: int, prefix: str) -> None:
    """Take a member's notices whose keys begin so off their page, if they have reached them; as messages they stay."""
    own = (notice.c.community_id == community_id, notice.c.member_id == member_id, _OPEN)
    which = (notice.c.key.startswith(prefix, autoescape=True), notice.c.reached_at.is_not(None))
    await db.execute(sa.update(notice).where(*own, *which).values(state="closed"))


async def change(db: AsyncConnection, ids: Ids, community_id: int, key: str, card: Card, now: datetime) -> None:
    """Show an open notice as another card, where it stands as a message too."""
    own = (notice.c.community_id == community_id, notice.c.key == key, _OPEN)
    statement = (
        sa.update(notice).where(*own).values(card=cards.dump(card)).returning(notice.c.message_id, notice.c.asked)
    )
    found = (await db.execute(statement)).one_or_none()
    if found is not None and found.message_id is not None:
        await outbox.edit(db, ids, community_id, found.message_id, as_message(card, asked=found.asked), now)


async def erase(db: AsyncConnection, ids: Ids, community_id: int, key: str, card: Card) -> None:
    """End a notice and keep nothing of what it said, nor the `key` that it had.

    What still waits is not sent; what was sent stands where it is, and only there. `card` is kept in its place.
    """
    own = (notice.c.community_id == community_id, notice.c.key == key)
    values = {"state": "closed", "card": cards.dump(card), "key": f"over:{ids.token()}"}
    found = (await db.execute(sa.update(notice).where(*own).values(**values).returning(notice.c.id))).first()
    if found is None:
        return
    message = outbox.message
    tries = (message.c.community_id == community_id, message.c.key.startswith(f"notice:{found.id}:"))
    for message_id in (await db.execute(sa.select(message.c.id).where(*tries))).scalars().all():
        await outbox.drop(db, community_id, message_id)
        await outbox.blank(db, community_id, message_id, card)


def as_message(card: Card, *, asked: bool) -> Card:
    """A notice's card as a direct message: what was not asked for says where to have fewer of them."""
    return card if asked else card.with_blocks(Controls((Button(say("Message settings"), "profile privacy"),)))


async def show(db: AsyncConnection, community_id: int, member_id: int, now: datetime) -> Sequence[Card]:
    """Everything that waits for a member, most worth first. They have seen it now: it has reached them.

    What is not due yet, such as a reminder, is not shown.
    """
    own = (notice.c.community_id == community_id, notice.c.member_id == member_id, _OPEN)
    current = (notice.c.due <= now, sa.or_(notice.c.until.is_(None), notice.c.until > now))
    order = (notice.c.worth.desc(), notice.c.due, notice.c.id)
    page = sa.select(notice).where(*own, *current, notice.c.key.not_like(f"{TEST}%"))
    rows = (await db.execute(page.order_by(*order))).mappings().all()
    unseen = [row["id"] for row in rows if row["reached_at"] is None]
    if unseen:  # what they have seen need not be sent any more
        which = (notice.c.community_id == community_id, notice.c.id.in_(unseen))
        state = sa.case((notice.c.state == "waiting", "page"), else_=notice.c.state)
        await db.execute(sa.update(notice).where(*which).values(reached_at=now, state=state))
    return [cards.load(row["card"]) for row in rows]


async def reached(db: AsyncConnection, community_id: int, key: str) -> datetime | None:
    """When a notice reached its member: was delivered, or seen on their page. None while it did not."""
    own = (notice.c.community_id == community_id, notice.c.key == key)
    found: datetime | None = (await db.execute(sa.select(notice.c.reached_at).where(*own))).scalar_one_or_none()
    return found


async def arrival(db: AsyncConnection, community_id: int, member_id: int) -> Arrival:
    """Whether direct messages reach a member, by what became of the latest one."""
    own = (notice.c.community_id == community_id, notice.c.member_id == member_id)
    message = outbox.message
    same = sa.and_(message.c.community_id == notice.c.community_id, message.c.id == notice.c.message_id)
    statement = sa.select(message.c.state, notice.c.state.label("notice")).select_from(notice).join(message, same)
    latest = statement.where(*own).order_by(message.c.id.desc()).limit(1)
    row = (await db.execute(latest)).one_or_none()
    if row is None:
        return "unknown"
    if row.state == "sent":
        return "arrived"
    return "failed" if row.state == "failed" and row.notice != "waiting" else "on its way"
