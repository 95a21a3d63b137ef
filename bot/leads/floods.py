"""The flood brake: what a feed sends in a burst, or sends again under new ids, is held with one notice.

A *flood* is open until a moderator has decided about it; what comes meanwhile joins it, and its notice is edited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot import outbox
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph
from bot.db import Json, Key, UtcDateTime, Words, metadata
from bot.leads import selection
from bot.leads.place import Place, note_own, tell_moderators
from bot.leads.sources import entry
from bot.leads.store import lead
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.approval import State

WINDOW = timedelta(hours=1)

Decision = Literal["", "review", "release"]

flood = sa.Table(
    "flood",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("feed_id", Key, nullable=False),
    sa.Column("began", UtcDateTime, nullable=False),  # when the first of its items was seen
    sa.Column("last", UtcDateTime, nullable=False),  # when the newest was
    sa.Column("sent", sa.Integer, nullable=False),  # items that passed the judge, the held ones included
    sa.Column("repeats", sa.Integer, nullable=False),  # of those that are held, the ones that only have new ids
    sa.Column("messages", Json, nullable=False),  # the ids of its notices, one for each space
    sa.Column("decision", sa.Text, nullable=False),  # "" while it is open
    sa.Column("decided_by", Words),
    sa.Column("decided_at", UtcDateTime),
    sa.ForeignKeyConstraint(["community_id", "feed_id"], ["feed.community_id", "feed.id"]),
    sa.Index("ix_flood_feed", "community_id", "feed_id"),
)


@dataclass(slots=True)
class Brake:
    """How much of a feed may still pass, and what was held."""

    room: int  # items that may still pass within the hour
    decision: Decision  # what moderators said of the feed's flood within the hour
    again: frozenset[int]  # entries that the source had sent before under other ids
    passed: int = 0
    held: list[int] = field(default_factory=list)  # entry ids

    def check(self, entry_id: int, state: State) -> State:
        """The state of a new lead that would be `state` on a quiet day."""
        if state not in ("approved", "held"):
            return state
        if entry_id not in self.again and self.room > 0:
            self.room -= 1
            self.passed += 1
            return state
        if self.decision:
            return state if self.decision == "release" else "held"
        self.held.append(entry_id)
        return "flood"


async def brake_for(place: Place, own_feed: RowMapping, again: frozenset[int]) -> Brake:
    """The brake of a feed, as far as this hour has used it up."""
    passed, _ = await _passed(place, own_feed)
    latest = await _latest(place.db, place.community.id, own_feed["id"])
    decided = latest is not None and latest["decided_at"] is not None and latest["decided_at"] > place.now - WINDOW
    room = max(place.settings.leads.flood_per_hour - passed, 0)
    return Brake(room, latest["decision"] if latest is not None and decided else "", again)


async def _passed(place: Place, own_feed: RowMapping) -> tuple[int, datetime | None]:
    """How many leads a feed has brought within the hour that were not held by the brake, and since when."""
    begun = own_feed["begun"] or place.now
    statement = (
        sa.select(sa.func.count(), sa.func.min(entry.c.first_seen))
        .join(entry, entry.c.id == lead.c.entry_id)
        .where(
            lead.c.community_id == place.community.id,
            lead.c.feed_id == own_feed["id"],
            lead.c.state.not_in(("backlog", "old", "flood", "ruled")),
            entry.c.first_seen > max(begun, place.now - WINDOW),
        )
    )
    n, since = (await place.db.execute(statement)).one()
    return n, since


async def _latest(db: AsyncConnection, community_id: int, feed_id: int) -> RowMapping | None:
    own = (flood.c.community_id == community_id, flood.c.feed_id == feed_id)
    return (await db.execute(sa.select(flood).where(*own).order_by(flood.c.id.desc()).limit(1))).mappings().first()


async def open_of(db: AsyncConnection, community_id: int, feed_id: int) -> RowMapping | None:
    """The feed's flood that nobody has decided about, if there is one."""
    latest = await _latest(db, community_id, feed_id)
    return latest if latest is not None and not latest["decision"] else None


async def held_ids(db: AsyncConnection, community_id: int, feed_id: int) -> Sequence[int]:
    """The leads of a feed that the brake holds, the surest first."""
    return await selection.waiting_ids(db, community_id, selection.Wanted(states=("flood",), feed_id=feed_id))


async def twin_of(place: Place, own_feed: RowMapping, title: str) -> int | None:
    """The lead with this title that the brake holds already: a feed may make new ids at every poll."""
    same = (lead.c.community_id == place.community.id, lead.c.feed_id == own_feed["id"], lead.c.state == "flood")
    statement = sa.select(lead.c.id).join(entry, entry.c.id == lead.c.entry_id).where(*same, entry.c.title == title)
    return (await place.db.execute(statement.limit(1))).scalar_one_or_none()


async def tell(place: Place, own_feed: RowMapping, brake: Brake) -> None:
    """Note what the brake has just held, and tell the moderators once: a notice that stands already is edited."""
    held = len(await held_ids(place.db, place.community.id, own_feed["id"]))
    repeats = len(brake.again.intersection(brake.held))
    known = await open_of(place.db, place.community.id, own_feed["id"])
    if known is not None:
        sent = known["sent"] + brake.passed + len(brake.held)
        grown = {"last": place.now, "sent": sent, "repeats": known["repeats"] + repeats}
        own = (flood.c.community_id == place.community.id, flood.c.id == known["id"])
        await place.db.execute(sa.update(flood).where(*own).values(**grown))
        await show(place, known["messages"], notice_card(own_feed, {**known, **grown}, held))
        return
    passed, since = await _passed(place, own_feed)
    row: dict[str, Any] = {
        "community_id": place.community.id,
        "id": place.ids.new(),
        "feed_id": own_feed["id"],
        "began": since or place.now,
        "last": place.now,
        "sent": passed + held,
        "repeats": repeats,
        "decision": "",
    }
    card = notice_card(own_feed, row, held)
    subject = f"flood:{row['id']}"
    await note_own(place, "flood hold", subject, after={"feed": own_feed["title"], "held": held})
    row["messages"] = await tell_moderators(place, subject, card)
    await place.db.execute(sa.insert(flood).values(**row))


async def show(place: Place, messages: Sequence[int], card: Card) -> None:
    """Put a card in place of a flood's notices, which are these messages."""
    for message_id in messages:
        await outbox.edit(place.db, place.ids, place.community.id, message_id, card, place.now)


async def decide(db: AsyncConnection, row: RowMapping, decision: Decision, by: str | None, at: datetime | None) -> None:
    """Note what a moderator has decided about a flood ("" opens it again)."""
    own = (flood.c.community_id == row["community_id"], flood.c.id == row["id"])
    await db.execute(sa.update(flood).where(*own).values(decision=decision, decided_by=by, decided_at=at))


async def read(db: AsyncConnection, community_id: int, flood_id: int) -> RowMapping | None:
    """The flood with this id."""
    own = (flood.c.community_id == community_id, flood.c.id == flood_id)
    return (await db.execute(sa.select(flood).where(*own))).mappings().one_or_none()


def controls(flood_id: int) -> tuple[Button, ...]:
    """What can be done about an open flood."""
    return (
        Button(say("Review"), "flood review", (str(flood_id),), "primary"),
        Button(say("Let through"), "flood release", (str(flood_id),)),
    )


def notice_card(own_feed: RowMapping, row: Mapping[str, Any], held: int) -> Card:
    """What moderators are told of a flood."""
    minutes = round((row["last"] - row["began"]).total_seconds() / 60)
    within = say("in {n} min", n=minutes) if minutes else say("at once")
    sent = count(row["sent"], say("item"), say("items"))
    text = say(
        "{feed} sent {sent} {within}; I've held {held}.", feed=own_feed["title"], sent=sent, within=within, held=held
    )
    why = say("More than usual in an hour often means that a board is moving house or has been broken into.")
    if row["repeats"]:
        n = count(row["repeats"], say("of them is"), say("of them are"))
        why = say("{n} what it had sent before, under new ids.", n=n)
    pause = Button(say("Pause"), "feeds pause", (str(own_feed["id"]),), spoken=say("Pause this feed"))
    return Card(
        text,
        (
            Heading(say("A flood from one feed")),
            Paragraph((text,)),
            Note((f"{why} {say('Until you decide, none of these is posted.')}",)),
            Controls((*controls(row["id"]), pause)),
        ),
    )
