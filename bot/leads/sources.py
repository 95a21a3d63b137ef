"""Sources and their entries: what is the same for every community. A source is an address; an entry is what it said."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.db import Json, Key, UtcDateTime, Words, claim, insert_new, metadata
from bot.leads.same import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.entry import Document, Entry
    from bot.ports import Fetched, FetchFailed, Ids

source = sa.Table(
    "source",
    metadata,
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("url", sa.Text, nullable=False, unique=True),
    sa.Column("title", Words, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),  # byte for byte as the server gave it, "" where it gave none
    sa.Column("modified", sa.Text, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),  # in a row
    sa.Column("error", Words),  # of the last try, in words
    sa.Column("failing_since", UtcDateTime),  # the first failure of those in a row
    sa.Column("last_ok", UtcDateTime),
    sa.Column("silent_after", UtcDateTime),  # with nothing new until then it is silent for longer than usual
    sa.Column("slow_seconds", sa.Integer),  # what its last answer took, where that was long
    sa.Column("due", UtcDateTime),  # wall clock: the next poll; None once the source is gone for good
    sa.Column("lease", UtcDateTime),  # machine clock: until when somebody is polling it
    sa.Index("ix_source_due", "due"),
)

entry = sa.Table(
    "entry",
    metadata,
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("source_id", Key, sa.ForeignKey("source.id"), nullable=False),
    sa.Column("guid_hash", sa.Text, nullable=False),  # SHA-256 of the guid, which may be of any length
    sa.Column("guid", Words, nullable=False),
    sa.Column("link", Words, nullable=False),
    sa.Column("canonical", Words, nullable=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.Column("published", UtcDateTime),
    sa.Column("first_seen", UtcDateTime, nullable=False),
    sa.Column("details", Json, nullable=False),  # author, categories, fields
    sa.UniqueConstraint("source_id", "guid_hash"),
)

LEASE = timedelta(minutes=3)  # longer than a fetch and its reading may take together
FIRST_BACKOFF = timedelta(minutes=15)
LONGEST_BACKOFF = timedelta(hours=24)
JITTER = 0.1  # of the interval, so that polls do not bunch


def guid_hash(guid: str) -> str:
    """The column that a guid is recognised by."""
    return hashlib.sha256(guid.encode("utf-8", "replace")).hexdigest()


async def claim_due(
    db: AsyncConnection, *, now: datetime, machine_now: datetime, limit: int
) -> Sequence[sa.RowMapping]:
    """Lease up to `limit` sources that are due."""
    return await claim(db, source, due_by=now, machine_now=machine_now, lease_until=machine_now + LEASE, limit=limit)


async def next_due(db: AsyncConnection) -> datetime | None:
    """When the next source is due."""
    due: datetime | None = (await db.execute(sa.select(sa.func.min(source.c.due)))).scalar_one()
    return due


async def ensure_source(db: AsyncConnection, ids: Ids, url: str, title: str, due: datetime | None) -> int:
    """The id of the source with this address, made where it is missing; one without `due` is never polled."""
    row = {"id": ids.new(), "url": url, "title": title, "etag": "", "modified": "", "failures": 0, "due": due}
    made = await insert_new(db, source, [row], returning=source.c.id)
    return int(made[0] if made else (await db.execute(sa.select(source.c.id).where(source.c.url == url))).scalar_one())


async def plan(db: AsyncConnection, source_id: int, due: datetime) -> None:
    """Poll a source at `due`."""
    await db.execute(sa.update(source).where(source.c.id == source_id).values(due=due))


async def last_poll(db: AsyncConnection) -> datetime | None:
    """When a source last answered well."""
    at: datetime | None = (await db.execute(sa.select(sa.func.max(source.c.last_ok)))).scalar_one()
    return at


def next_poll(now: datetime, *, poll_minutes: int, ttl_minutes: int | None, jitter: float) -> datetime:
    """When to poll a healthy source again: our interval or the feed's own `ttl`, whichever is longer.

    `jitter` (0 to 1, at random) spreads polls over a tenth of the interval more.
    """
    minutes = max(poll_minutes, min(ttl_minutes or 0, 24 * 60))
    return now + timedelta(minutes=minutes * (1 + JITTER * jitter))


def next_try(now: datetime, *, failures: int, retry_after: timedelta | None, jitter: float) -> datetime:
    """When to try a failing source again: as its server asked, else doubling from a quarter of an hour to a day."""
    if retry_after is not None:
        return now + max(retry_after, timedelta(minutes=1))
    doubled: timedelta = FIRST_BACKOFF * 2 ** min(failures, 8)
    return now + min(LONGEST_BACKOFF, doubled) * (1 + JITTER * jitter)


async def note_good(
    db: AsyncConnection, source_id: int, fetched: Fetched, *, title: str | None, now: datetime, due: datetime
) -> None:
    """A poll went well: its validators are kept for the next one."""
    values: dict[str, Any] = {"failures": 0, "error": None, "last_ok": now, "due": due, "lease": None}
    if fetched.status == 200:
        values |= {"etag": fetched.headers.get("etag", ""), "modified": fetched.headers.get("last-modified", "")}
    if title:
        values["title"] = title
    await db.execute(sa.update(source).where(source.c.id == source_id).values(**values))


async def note_bad(
    db: AsyncConnection, row: sa.RowMapping, failure: FetchFailed, *, now: datetime, jitter: float
) -> None:
    """A poll failed: how often in a row, why, and when to try again (never, once the source is gone for good)."""
    due = (
        None
        if failure.gone
        else next_try(now, failures=row["failures"], retry_after=failure.retry_after, jitter=jitter)
    )
    values = {"failures": row["failures"] + 1, "error": failure.sentence, "due": due, "lease": None}
    await db.execute(sa.update(source).where(source.c.id == row["id"]).values(**values))


async def store_entries(
    db: AsyncConnection, ids: Ids, source_id: int, document: Document, now: datetime
) -> tuple[dict[int, int], dict[int, int]]:
    """Store the entries of a document that were never seen before.

    Returns the ids of all its entries and of the new ones, both by position in the document.
    """
    hashes = [guid_hash(item.guid) for item in document.entries]
    rows = [_row(ids, source_id, item, digest, now) for item, digest in zip(document.entries, hashes, strict=True)]
    new = set(await insert_new(db, entry, rows, returning=entry.c.id))
    stored = sa.select(entry.c.guid_hash, entry.c.id).where(entry.c.source_id == source_id)
    by_hash: dict[str, int] = {}
    for start in range(0, len(hashes), 500):
        part = await db.execute(stored.where(entry.c.guid_hash.in_(hashes[start : start + 500])))
        by_hash.update((digest, row_id) for digest, row_id in part)
    everything = {position: by_hash[digest] for position, digest in enumerate(hashes)}
    return everything, {position: row_id for position, row_id in everything.items() if row_id in new}


KNOWN_FOR = timedelta(days=30)  # how far back a source is searched for what it sends again
FEW = 5  # new entries that are too few to tell


async def given_again(
    db: AsyncConnection, source_id: int, document: Document, new: Mapping[int, int], now: datetime
) -> frozenset[int]:
    """Which of the new entries (ids by position) the source had sent before under other ids.

    Empty unless these are most of a document that is mostly new: then the source has made new guids for everything.
    """
    if len(new) < FEW or 2 * len(new) <= len(document.entries):
        return frozenset()
    earlier = (entry.c.source_id == source_id, entry.c.first_seen < now, entry.c.first_seen > now - KNOWN_FOR)
    if not (await db.execute(sa.select(sa.exists().where(*earlier)))).scalar_one():  # its first look, mostly
        return frozenset()
    items = {entry_id: document.entries[at] for at, entry_id in new.items()}
    addresses = {entry_id: canonical(item.link) if item.link else "" for entry_id, item in items.items()}
    known_addresses: set[str] = set()
    known_words: set[tuple[str, str]] = set()  # title and text: many boards have many jobs of one title
    wanted = sorted((set(addresses.values()) | {item.title for item in items.values()}) - {""})
    for start in range(0, len(wanted), 250):
        part = wanted[start : start + 250]
        same = sa.or_(entry.c.canonical.in_(part), entry.c.title.in_(part))
        for row in await db.execute(sa.select(entry.c.canonical, entry.c.title, entry.c.text).where(*earlier, same)):
            known_addresses.add(row.canonical)
            known_words.add((row.title, row.text))
    known_addresses.discard("")
    again = {
        entry_id
        for entry_id, item in items.items()
        if addresses[entry_id] in known_addresses or (item.title, item.text) in known_words
    }
    return frozenset(again) if 2 * len(again) > len(new) else frozenset()


def _row(ids: Ids, source_id: int, item: Entry, digest: str, now: datetime) -> dict[str, Any]:
    details = {"author": item.author, "categories": list(item.categories), "fields": dict(item.fields)}
    return {
        "id": ids.new(),
        "source_id": source_id,
        "guid_hash": digest,
        "guid": item.guid,
        "link": item.link,
        "canonical": canonical(item.link) if item.link else "",
        "title": item.title,
        "text": item.text,
        "published": item.published,
        "first_seen": now,
        "details": details,
    }
