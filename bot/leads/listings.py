"""What learning and open source feeds bring: never judged, listed in digest sections of their own.

A *listing* is an entry as a community has it. It is new until a space's digest shows it (a *showing*); a repeat of
what was listed within the last months is kept, so that it can be explained, and never shown.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from bot import people
from bot.db import Key, UtcDateTime, Words, metadata
from bot.leads.same import canonical
from bot.leads.sources import entry
from bot.leads.subscriptions import feed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Issue
    from bot.leads.entry import Entry

State = Literal["backlog", "new", "repeat"]
"""backlog: it was there before the feed was added, and is never shown; repeat: the same was listed before."""

SAME_FOR = timedelta(days=90)  # a course that is announced again after this long is news again
NEWS_FOR = timedelta(days=14)  # what no digest had room for until then is shown by none

listing = sa.Table(
    "listing",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("entry_id", Key, sa.ForeignKey("entry.id"), primary_key=True),
    sa.Column("feed_id", Key, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # learning | open-source
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("canonical", Words, nullable=False),
    sa.Column("title_key", Words, nullable=False),  # the title's words alone, to recognise it under another address
    sa.Column("published", UtcDateTime, nullable=False),  # by the source, or when it was first seen
    sa.Column("taken", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "feed_id"], ["feed.community_id", "feed.id"]),
    sa.Index("ix_listing_state", "community_id", "kind", "state", "taken"),
    sa.Index("ix_listing_canonical", "community_id", "canonical"),
    sa.Index("ix_listing_title_key", "community_id", "title_key"),
)

showing = sa.Table(
    "showing",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("entry_id", Key, primary_key=True),
    sa.Column("space_id", Key, primary_key=True),
    sa.Column("message_id", Key, nullable=False),  # the digest that shows it
    sa.Column("at", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "entry_id"], ["listing.community_id", "listing.entry_id"]),
    sa.ForeignKeyConstraint(["community_id", "space_id"], ["space.community_id", "space.id"]),
)


def title_key(title: str) -> str:
    """A title's letters and digits, in lower case; "" for one that is too short to tell anything apart."""
    words = "".join(c if c.isalnum() else " " for c in title.casefold()).split()
    return " ".join(words)[:300] if len(words) > 2 else ""


async def take_in(
    db: AsyncConnection,
    own_feed: sa.RowMapping,
    found: Iterable[tuple[int, Entry]],
    now: datetime,
    *,
    backlog: bool,
    include: int = 0,
) -> int:
    """List entries (id, entry) of a feed; of a `backlog` only the newest `include` are new. Returns how many are."""
    found = list(found)
    await people.lock_communities(db, own_feed["community_id"])  # two feeds at once may bring one course
    known = await _known(db, own_feed["community_id"], [entry_id for entry_id, _ in found])
    fresh = [(entry_id, item) for entry_id, item in found if entry_id not in known]
    newest_first = sorted(fresh, key=lambda one: one[1].published or now, reverse=True)
    addresses, titles = await _listed(db, own_feed["community_id"], [item for _, item in fresh], now - SAME_FOR)
    rows, new = [], 0
    for entry_id, item in newest_first:
        address, key = canonical(item.link) if item.link else "", title_key(item.title)
        state: State = "backlog"
        if (address and address in addresses) or (key and key in titles):
            state = "repeat"
        elif not backlog or new < include:
            state, new = "new", new + 1
        addresses.add(address)
        titles.add(key)
        rows.append(
            {
                "community_id": own_feed["community_id"],
                "entry_id": entry_id,
                "feed_id": own_feed["id"],
                "kind": own_feed["kind"],
                "state": state,
                "canonical": address,
                "title_key": key,
                "published": min(item.published or now, now),
                "taken": now,
            }
        )
    if rows:
        await db.execute(sa.insert(listing), rows)
    return new


async def _known(db: AsyncConnection, community_id: int, entry_ids: Sequence[int]) -> set[int]:
    known: set[int] = set()
    for start in range(0, len(entry_ids), 500):
        part = (listing.c.community_id == community_id, listing.c.entry_id.in_(entry_ids[start : start + 500]))
        known.update((await db.execute(sa.select(listing.c.entry_id).where(*part))).scalars())
    return known


async def _listed(
    db: AsyncConnection, community_id: int, items: Sequence[Entry], since: datetime
) -> tuple[set[str], set[str]]:
    """Which addresses and titles of these entries were listed since a day."""
    addresses: set[str] = set()
    titles: set[str] = set()
    for start in range(0, len(items), 250):
        part = items[start : start + 250]
        same = sa.or_(
            listing.c.canonical.in_({canonical(item.link) for item in part if item.link}),
            listing.c.title_key.in_({title_key(item.title) for item in part} - {""}),
        )
        own = (listing.c.community_id == community_id, listing.c.taken >= since, same)
        for address, key in await db.execute(sa.select(listing.c.canonical, listing.c.title_key).where(*own)):
            addresses.add(address)
            titles.add(key)
    return addresses - {""}, titles - {""}


async def unshown(issue: Issue, kind: str, limit: int) -> Sequence[sa.RowMapping]:
    """The listings of a kind that this space has not seen, newest first.

    Each has `entry_id`, `title`, `link`, `published` and `feed_title`.
    """
    shown = sa.select(showing.c.entry_id).where(
        showing.c.community_id == listing.c.community_id,
        showing.c.entry_id == listing.c.entry_id,
        showing.c.space_id == issue.space.id,
    )
    statement = (
        sa.select(
            listing.c.entry_id, entry.c.title, entry.c.link, listing.c.published, feed.c.title.label("feed_title")
        )
        .join(entry, entry.c.id == listing.c.entry_id)
        .join(feed, sa.and_(feed.c.community_id == listing.c.community_id, feed.c.id == listing.c.feed_id))
        .where(
            listing.c.community_id == issue.community.id,
            listing.c.kind == kind,
            listing.c.state == "new",
            listing.c.taken > issue.now - NEWS_FOR,
            feed.c.removed.is_(None),
            ~shown.exists(),
        )
        .order_by(listing.c.published.desc(), listing.c.entry_id)
        .limit(limit)
    )
    return (await issue.db.execute(statement)).mappings().all()


async def taken_since(
    db: AsyncConnection, community_id: int, kind: str, since: datetime, limit: int = 50
) -> Sequence[sa.RowMapping]:
    """The listings of a kind that were taken in after an instant, newest first, as `unshown` has them; and `taken`."""
    statement = (
        sa.select(
            listing.c.entry_id,
            listing.c.taken,
            entry.c.title,
            entry.c.link,
            listing.c.published,
            feed.c.title.label("feed_title"),
        )
        .join(entry, entry.c.id == listing.c.entry_id)
        .join(feed, sa.and_(feed.c.community_id == listing.c.community_id, feed.c.id == listing.c.feed_id))
        .where(
            listing.c.community_id == community_id,
            listing.c.kind == kind,
            listing.c.state == "new",
            listing.c.taken > since,
            feed.c.removed.is_(None),
        )
        .order_by(listing.c.published.desc(), listing.c.entry_id)
        .limit(limit)
    )
    return (await db.execute(statement)).mappings().all()


async def note_shown(issue: Issue, entry_ids: Iterable[int]) -> None:
    """Say that this space's digest shows these listings."""
    rows = [
        {
            "community_id": issue.community.id,
            "entry_id": entry_id,
            "space_id": issue.space.id,
            "message_id": issue.message_id,
            "at": issue.now,
        }
        for entry_id in entry_ids
    ]
    await issue.db.execute(sa.insert(showing), rows)
