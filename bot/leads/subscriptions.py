"""A community's feeds: its subscriptions to sources, with what became of each. Table and queries.

A feed is *live* while it is neither paused nor removed. A removed one stays as a row, because its leads refer to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import people
from bot.db import Json, Key, UtcDateTime, Words, metadata
from bot.leads.sources import source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.entry import Side
    from bot.ports import Ids

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("source_id", Key, sa.ForeignKey("source.id"), nullable=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("side", sa.Text, nullable=False),  # demand | mixed | supply
    sa.Column("destination", sa.Text, nullable=False),  # digest | instant
    sa.Column("added", UtcDateTime, nullable=False),
    sa.Column("kind", sa.Text, nullable=False, server_default="jobs"),  # bot.leads.kinds.Kind
    sa.Column("begun", UtcDateTime),  # its first entries, which post nothing, were taken in; None: it was never read
    sa.Column("batch", Key),  # it was added together with others: the audit row that says so
    sa.Column("paused", UtcDateTime),
    sa.Column("paused_by", Words),  # a moderator's name; None: the bot itself, after seven days of failures
    sa.Column("removed", UtcDateTime),
    sa.Column("told", sa.Text),  # what the moderators know of how it is: bot.leads.health.Told
    sa.Column("notices", Json),  # the messages that say so, one for each space; None: none stands
    sa.Column("approval", sa.Text),  # review | flagged | auto; None: as the community has it
    sa.Column("default_kind", sa.Text),  # gig | job: what a lead is that does not say it; None: unclear
    sa.Column("rules", Json),  # bot.leads.feedrules.FeedRules; None: none
    sa.Column("poll_minutes", sa.Integer),  # how often its source is asked; None: as the operator has it
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),  # up by one with each edit
    sa.UniqueConstraint("community_id", "source_id"),
    sa.Index("ix_feed_source", "source_id"),
)

OWN = "guildhall:"  # begins the address of a source that is no feed, such as what members share
LIVE = (feed.c.paused.is_(None), feed.c.removed.is_(None))

_WITH_SOURCE = sa.select(
    *feed.c,
    *(source.c[name] for name in ("url", "failures", "failing_since", "error", "last_ok", "due")),
    source.c.silent_after,
    source.c.slow_seconds,
).join(source, source.c.id == feed.c.source_id)


async def add_feed(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    *,
    source_id: int,
    title: str,
    side: str,
    destination: str,
    now: datetime,
    kind: str = "jobs",
    **more: Any,
) -> sa.RowMapping:
    """Subscribe a community to a source and return the feed; one that was removed comes back with these values."""
    values = {"title": title, "side": side, "destination": destination, "added": now, "kind": kind}
    fresh = {"paused": None, "paused_by": None, "removed": None, "told": None, "batch": None, "begun": now}
    fresh |= {"notices": None, "approval": None, "default_kind": None, "rules": None, "poll_minutes": None}
    old = await feed_of_source(db, community_id, source_id)
    statement: Any
    if old is None:
        key = {"community_id": community_id, "id": ids.new(), "source_id": source_id}
        statement = sa.insert(feed).values(**key, **values, **fresh | more)
    else:
        own = (feed.c.community_id == community_id, feed.c.id == old["id"])
        statement = sa.update(feed).where(*own).values(**values, **fresh | more)
    return (await db.execute(statement.returning(*feed.c))).mappings().one()


async def feed_of_source(db: AsyncConnection, community_id: int, source_id: int) -> sa.RowMapping | None:
    """The feed by which a community has (or had) subscribed to a source."""
    own = (feed.c.community_id == community_id, feed.c.source_id == source_id)
    return (await db.execute(sa.select(feed).where(*own))).mappings().one_or_none()


async def read_feed(db: AsyncConnection, community_id: int, feed_id: int) -> sa.RowMapping | None:
    """A feed with its source's address and health."""
    own = (feed.c.community_id == community_id, feed.c.id == feed_id)
    return (await db.execute(_WITH_SOURCE.where(*own))).mappings().one_or_none()


async def feeds_of_sources(db: AsyncConnection, source_ids: Iterable[int]) -> Sequence[sa.RowMapping]:
    """Every community's live feed of each of these sources."""
    statement = sa.select(feed).where(feed.c.source_id.in_(list(source_ids)), *LIVE)
    return (await db.execute(statement.order_by(feed.c.community_id, feed.c.source_id))).mappings().all()


async def feeds_of_source(db: AsyncConnection, source_id: int) -> Sequence[sa.RowMapping]:
    """Every community's live feed of a source."""
    return await feeds_of_sources(db, [source_id])


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the communities that have a feed of a source want of it, all together."""

    sides: tuple[Side, ...] = ()  # from which it is judged
    poll_minutes: int = 0  # the shortest interval that one of them has; 0 where none has it any more
    begun: bool = True  # each of them has had its first entries


async def wishes_for(db: AsyncConnection, source_ids: Iterable[int], poll_minutes: int) -> dict[int, Wishes]:
    """What is wanted of each of these sources; `poll_minutes` is the interval of feeds that have none of their own."""
    live = sa.select(feed.c.source_id, feed.c.kind, feed.c.side, feed.c.poll_minutes, feed.c.begun)
    found: dict[int, Wishes] = {}
    for row in await db.execute(live.where(feed.c.source_id.in_(list(source_ids)), *LIVE)):
        known = found.get(row.source_id, Wishes())
        sides = {*known.sides, row.side} if row.kind == "jobs" else known.sides
        minutes = row.poll_minutes or poll_minutes
        shortest = min(minutes, known.poll_minutes or minutes)
        found[row.source_id] = Wishes(tuple(sorted(sides)), shortest, known.begun and row.begun is not None)
    return found


async def sides_of(db: AsyncConnection, url: str) -> set[Side]:
    """The sides from which the source with this address is judged, over all communities."""
    judged = (source.c.url == url, feed.c.kind == "jobs", *LIVE)
    statement = sa.select(feed.c.side).join(source, source.c.id == feed.c.source_id).where(*judged)
    return set((await db.execute(statement)).scalars())


async def feeds_in(db: AsyncConnection, community_id: int, *, batch: int | None = None) -> Sequence[sa.RowMapping]:
    """A community's feeds (or those of one batch) with their sources' health, by title; not those it removed."""
    own = [feed.c.community_id == community_id, feed.c.removed.is_(None), ~source.c.url.startswith(OWN)]
    if batch is not None:
        own.append(feed.c.batch == batch)
    statement = _WITH_SOURCE.where(*own).order_by(sa.func.lower(feed.c.title), feed.c.id)
    return (await db.execute(statement)).mappings().all()


async def change(db: AsyncConnection, community_id: int, feed_ids: Iterable[int], **values: Any) -> None:
    """Set columns of feeds."""
    own = (feed.c.community_id == community_id, feed.c.id.in_(list(feed_ids)))
    await db.execute(sa.update(feed).where(*own).values(**values))


async def edit(db: AsyncConnection, community_id: int, feed_id: int, **values: Any) -> None:
    """Set columns that moderators edit; the feed's version goes up, so that of two edits at once one is seen."""
    await change(db, community_id, [feed_id], **values, version=feed.c.version + 1)


# --- a source is polled while somebody wants it -----------------------------------------------------------------------


async def lock(db: AsyncConnection, community_id: int, source_ids: Iterable[int]) -> None:
    """Wait until nobody polls these sources or decides on this community's feeds, and keep it so.

    Sources come before communities wherever both are locked, as in a poll, so that no two wait for each other.
    """
    ordered = sa.select(source.c.id).where(source.c.id.in_(list(source_ids))).order_by(source.c.id)
    await db.execute(ordered.with_for_update(key_share=True))
    await people.lock_communities(db, community_id)


_WANTED = sa.exists().where(feed.c.source_id == source.c.id, *LIVE)


async def rest(db: AsyncConnection, source_id: int) -> None:
    """Let a source rest that no community has a live feed of."""
    await db.execute(sa.update(source).where(source.c.id == source_id, ~_WANTED).values(due=None))


async def rest_unwanted(db: AsyncConnection) -> int:
    """Let every source rest that nobody wants; says how many.

    Such a one was being polled while its last feed was paused, and has planned its next poll since.
    """
    unwanted = sa.select(source.c.id).where(source.c.due.is_not(None), ~_WANTED).order_by(source.c.id)
    found = (await db.execute(unwanted)).scalars().all()
    for source_id in found:
        await rest(db, source_id)
    return len(found)


async def wake(db: AsyncConnection, source_id: int, now: datetime, poll_minutes: int) -> None:
    """Poll a source again that rests: not earlier than it would have been, and with a clean slate."""
    statement = sa.select(source.c.last_ok, source.c.due).where(source.c.id == source_id).with_for_update()
    row = (await db.execute(statement)).mappings().one()
    if row["due"] is not None:
        return
    due = max(now, row["last_ok"] + timedelta(minutes=poll_minutes)) if row["last_ok"] else now
    fresh = {"due": due, "failures": 0, "failing_since": None, "error": None}
    await db.execute(sa.update(source).where(source.c.id == source_id).values(**fresh))


# --- pausing and removing --------------------------------------------------------------------------------------------


async def pause(db: AsyncConnection, community_id: int, own_feed: sa.RowMapping, by: str | None, now: datetime) -> None:
    """Stop reading a feed for a community."""
    await change(db, community_id, [own_feed["id"]], paused=now, paused_by=by)
    await rest(db, own_feed["source_id"])


async def resume(
    db: AsyncConnection, community_id: int, own_feed: sa.RowMapping, now: datetime, poll_minutes: int
) -> None:
    """Read a feed again: it is neither paused nor removed any more."""
    back: dict[str, Any] = {"paused": None, "paused_by": None, "removed": None, "told": None, "notices": None}
    await change(db, community_id, [own_feed["id"]], **back)
    await wake(db, own_feed["source_id"], now, poll_minutes)


async def remove(db: AsyncConnection, community_id: int, feed_ids: Sequence[int], now: datetime) -> None:
    """Remove feeds of a community; their rows and leads stay."""
    own = (feed.c.community_id == community_id, feed.c.id.in_(list(feed_ids)))
    source_ids = (await db.execute(sa.select(feed.c.source_id).where(*own))).scalars().all()
    await lock(db, community_id, source_ids)
    await change(db, community_id, feed_ids, removed=now, batch=None)
    for source_id in sorted(source_ids):
        await rest(db, source_id)
