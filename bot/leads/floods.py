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
from bot.leads.subscriptions import feed
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


async def brakes_for(place: Place, feed_ids: Sequence[int], again: Mapping[int, frozenset[int]]) -> dict[int, Brake]:
    """The brakes of feeds by their ids, as far as this hour has used them up; `again` as in `Brake`, by feed."""
    if not feed_ids:
        return {}
    passed = await _passed(place, feed_ids)
    latest = await _latest(place.db, place.community.id, feed_ids)
    brakes = {}
    for feed_id in feed_ids:
        n, _ = passed.get(feed_id, (0, None))
        row = latest.get(feed_id)
        decided = row is not None and row["decided_at"] is not None and row["decided_at"] > place.now - WINDOW
        room = max(place.settings.leads.flood_per_hour - n, 0)
        brakes[feed_id] = Brake(room, row["decision"] if row is not None and decided else "", again[feed_id])
    return brakes


async def _passed(place: Place, feed_ids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
    """How many leads each feed has brought within the hour that were not held by the brake, and since when."""
    statement = (
        sa.select(lead.c.feed_id, sa.func.count(), sa.func.min(entry.c.first_seen))
        .join(entry, entry.c.id == lead.c.entry_id)
        .join(feed, sa.and_(feed.c.community_id == lead.c.community_id, feed.c.id == lead.c.feed_id))
        .where(
            lead.c.community_id == place.community.id,
            lead.c.feed_id.in_(feed_ids),
            lead.c.state.not_in(("backlog", "old", "flood", "ruled")),
            entry.c.first_seen > place.now - WINDOW,
            entry.c.first_seen > feed.c.begun,
        )
        .group_by(lead.c.feed_id)
    )
    return {feed_id: (n, since) for feed_id, n, since in await place.db.execute(statement)}


async def _latest(db: AsyncConnection, community_id: int, feed_ids: Sequence[int]) -> dict[int, RowMapping]:
    own = (flood.c.community_id == community_id, flood.c.feed_id.in_(feed_ids))
    newest = sa.select(sa.func.max(flood.c.id)).where(*own).group_by(flood.c.feed_id)
    rows = (await db.execute(sa.select(flood).where(*own, flood.c.id.in_(newest)))).mappings()
    return {row["feed_id"]: row for row in rows}


async def open_of(db: AsyncConnection, community_id: int, feed_id: int) -> RowMapping | None:
    """The feed's flood that nobody has decided about, if there is one."""
    latest = (await _latest(db, community_id, [feed_id])).get(feed_id)
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
    passed, since = (await _passed(place, [own_feed["id"]])).get(own_feed["id"], (0, place.now))
    row: dict[str, Any] = {
        "community_id": place.community.id,
        "id": place.ids.new(),
        "feed_id": own_feed["id"],
        "began": since,
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
