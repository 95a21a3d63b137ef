"""Sources and their entries: what is the same for every community. A source is an address; an entry is what it said."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.db import Json, Key, UtcDateTime, Words, insert_new, metadata
from bot.leads import hosts
from bot.leads.freshness import next_try
from bot.leads.same import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from random import Random

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
    sa.Column("tried", UtcDateTime),  # wall clock: the last poll, however it ended
    sa.Column("host", sa.Text, default=""),  # of the address
    sa.Column("answered", sa.Text, default=""),  # the address that gave the validators: after redirects another
    sa.Column("lands", sa.Text, default=""),  # its host
    sa.Column("ttl_minutes", sa.Integer),  # as the feed last said
    sa.Column("body_hash", sa.Text, default=""),  # SHA-256 of what was last read, "" for none
    sa.Column("moved_to", sa.Text, default=""),  # where 301 and 308 led the last polls, "" for nowhere
    sa.Column("moved_times", sa.Integer, default=0),  # how many polls in a row
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
MISSED = timedelta(minutes=10)  # so long overdue while nothing at all was polled: we were away
CATCH_UP = timedelta(minutes=15)  # what was missed meanwhile is spread over so much


def guid_hash(guid: str) -> str:
    """The column that a guid is recognised by."""
    return hashlib.sha256(guid.encode("utf-8", "replace")).hexdigest()


async def claim_due(
    db: AsyncConnection,
    *,
    now: datetime,
    machine_now: datetime,
    limit: int,
    random: Random,
    least_gap: timedelta = hosts.GAP,
) -> Sequence[sa.RowMapping]:
    """Lease up to `limit` sources that are due, earliest first, and no two of one host.

    A source waits for the host of its address and for the one that its redirects led to the last time. `least_gap`
    as in `hosts.take`. After a time in which nothing was polled, nothing is claimed: what is due is spread.
    """
    instants = {"now": now, "machine_now": machine_now}
    chosen = (await db.execute(_FIRST_OF_EACH_HOST, {**instants, "most": limit})).all()
    if not chosen or (chosen[0].at < now - MISSED and await _spread_missed(db, instants, random)):
        return []
    wanted = sorted({name for row in chosen for name in (row.host, row.lands)})
    taken = await hosts.take(db, wanted, now=now, least_gap=least_gap, jitter=random.random())
    ours = _with_hosts_of_their_own({row.id: {row.host, row.lands} for row in chosen}, taken)
    lease = sa.update(source).where(source.c.id.in_(ours), *_FREE).values(lease=machine_now + LEASE, tried=now)
    rows = (await db.execute(lease.returning(*source.c), instants)).mappings().all()
    return sorted(rows, key=lambda row: (row["due"], row["id"]))


_NOW, _MACHINE_NOW = (sa.bindparam(name, type_=UtcDateTime()) for name in ("now", "machine_now"))
_FREE = (source.c.due <= _NOW, sa.or_(source.c.lease.is_(None), source.c.lease <= _MACHINE_NOW))


_own, _landing = hosts.host.alias("own"), hosts.host.alias("landing")
_WITH_HOSTS = source.outerjoin(_own, _own.c.name == source.c.host).outerjoin(
    _landing, _landing.c.name == source.c.lands
)


def _ready() -> sa.ColumnElement[Any]:
    """From when on a source may be asked: it is due, and its hosts are ready."""
    at: sa.ColumnElement[Any] = source.c.due
    for ready in (_own.c.ready, _landing.c.ready):
        at = sa.case((ready > at, ready), else_=at)
    return sa.type_coerce(at, UtcDateTime())


_READY = _ready()
_LOOKED_AT = 8  # sources for each one that is wanted: several may be of one host


def _first_of_each_host() -> sa.Select[Any]:
    most = sa.bindparam("most", type_=sa.Integer)
    due = sa.select(source.c.id, source.c.host, source.c.lands, source.c.due, _READY.label("at"))
    near = due.select_from(_WITH_HOSTS).where(*_FREE, _READY <= _NOW).order_by(source.c.due).limit(most * _LOOKED_AT)
    waiting = near.subquery()
    turn = sa.func.row_number().over(partition_by=waiting.c.host, order_by=(waiting.c.due, waiting.c.id))
    turns = sa.select(waiting, turn.label("turn")).subquery()
    return sa.select(turns).where(turns.c.turn == 1).order_by(turns.c.at, turns.c.due, turns.c.id).limit(most)


_FIRST_OF_EACH_HOST = _first_of_each_host()


def _with_hosts_of_their_own(chosen: Mapping[int, set[str]], taken: set[str]) -> list[int]:
    """Which of the chosen sources may go: their hosts were taken, and by none before them."""
    left, ours = set(taken), []
    for source_id, needed in chosen.items():
        if needed <= left:
            left -= needed
            ours.append(source_id)
    return ours


async def next_due(db: AsyncConnection) -> datetime | None:
    """When the next source is due and its hosts are ready for it."""
    due: datetime | None = (await db.execute(_NEXT_DUE)).scalar_one()
    return due


_NEXT_DUE = sa.select(sa.func.min(_READY, type_=UtcDateTime())).select_from(_WITH_HOSTS)


async def _spread_missed(db: AsyncConnection, instants: Mapping[str, datetime], random: Random) -> bool:
    """After a time in which nothing was polled, spread what is due over a quarter of an hour; says whether it was.

    Without it every server would be asked at once whenever we come back.
    """
    now = instants["now"]
    tried = (await db.execute(sa.select(sa.func.max(source.c.tried)))).scalar_one()
    if tried is None or tried > now - MISSED:
        return False
    missed = list((await db.execute(sa.select(source.c.id).where(*_FREE), instants)).scalars())
    if len(missed) < 2:
        return False
    spread = sa.update(source).where(source.c.id == sa.bindparam("missed_id")).values(due=sa.bindparam("new_due"))
    await db.execute(spread, [{"missed_id": one, "new_due": now + CATCH_UP * random.random()} for one in missed])
    return True


async def ensure_source(db: AsyncConnection, ids: Ids, url: str, title: str, due: datetime | None) -> int:
    """The id of the source with this address, made where it is missing; one without `due` is never polled."""
    host = hosts.host_of(url)
    row = {"id": ids.new(), "url": url, "title": title, "etag": "", "modified": "", "failures": 0, "due": due}
    made = await insert_new(db, source, [{**row, "host": host, "lands": host}], returning=source.c.id)
    if made:
        if due is not None:
            await hosts.add(db, host, due)
        return int(made[0])
    return int((await db.execute(sa.select(source.c.id).where(source.c.url == url))).scalar_one())


async def plan(db: AsyncConnection, source_id: int, due: datetime) -> None:
    """Poll a source at `due`."""
    await db.execute(sa.update(source).where(source.c.id == source_id).values(due=due))


async def last_poll(db: AsyncConnection) -> datetime | None:
    """When a source last answered well."""
    at: datetime | None = (await db.execute(sa.select(sa.func.max(source.c.last_ok)))).scalar_one()
    return at


async def note_good(
    db: AsyncConnection,
    source_id: int,
    fetched: Fetched,
    *,
    title: str | None,
    now: datetime,
    due: datetime,
    ttl_minutes: int | None = None,
) -> None:
    """A poll brought a feed that could be read: its validators are kept for the next one, with who gave them."""
    lands = hosts.host_of(fetched.url)
    values: dict[str, Any] = {
        **_WELL,
        "last_ok": now,
        "tried": now,
        "due": due,
        "etag": fetched.headers.get("etag", ""),
        "modified": fetched.headers.get("last-modified", ""),
        "answered": fetched.url,
        "lands": lands,
        "ttl_minutes": ttl_minutes,
        "body_hash": body_hash(fetched.body),
    }
    if title:
        values["title"] = title
    await db.execute(sa.update(source).where(source.c.id == source_id).values(**values))


async def note_unchanged(db: AsyncConnection, polls: Sequence[tuple[int, datetime]], now: datetime) -> None:
    """Polls went well and brought nothing new: (source id, when it is due again) of each."""
    same = sa.update(source).where(source.c.id == sa.bindparam("same_id"))
    values: dict[str, Any] = {**_WELL, "last_ok": now, "due": sa.bindparam("next_due")}
    if polls:
        await db.execute(same.values(**values), [{"same_id": one, "next_due": due} for one, due in polls])


_WELL = {"failures": 0, "error": None, "lease": None}


async def note_bad(
    db: AsyncConnection, row: sa.RowMapping, failure: FetchFailed, *, poll_minutes: int, now: datetime, jitter: float
) -> None:
    """A poll failed: how often in a row, why, and when to try again (never, once the source is gone for good).

    What a server asks for with Retry-After holds for all that it serves.
    """
    due = next_try(
        now, failures=row["failures"], poll_minutes=poll_minutes, retry_after=failure.retry_after, jitter=jitter
    )
    values = {
        "failures": row["failures"] + 1,
        "error": failure.sentence,
        "due": None if failure.gone else due,
        "lease": None,
    }
    await db.execute(sa.update(source).where(source.c.id == row["id"]).values(**values))
    if failure.retry_after:
        await hosts.rest(db, hosts.host_of(failure.url) or row["host"], now + failure.retry_after)


def body_hash(body: bytes) -> str:
    """What a body is recognised by."""
    return hashlib.sha256(body).hexdigest()


async def store_entries(
    db: AsyncConnection, ids: Ids, source_id: int, document: Document, now: datetime
) -> tuple[dict[int, int], dict[int, int]]:
    """Store the entries of a document that were never seen before.

    Returns the ids of all its entries and of the new ones, both by position in the document.
    """
    new = await store_new_entries(db, ids, source_id, document, now)
    known = await _known_entries(db, source_id, [guid_hash(item.guid) for item in document.entries])
    everything = {position: known[guid_hash(item.guid)] for position, item in enumerate(document.entries)}
    return everything, new


async def store_new_entries(
    db: AsyncConnection, ids: Ids, source_id: int, document: Document, now: datetime, *, first: bool = False
) -> dict[int, int]:
    """Store the entries of a document that were never seen before and return their ids by position in the document.

    `first` says that nothing of the source is stored yet.
    """
    hashes = [guid_hash(item.guid) for item in document.entries]
    known = {} if first else await _known_entries(db, source_id, hashes)
    rows: dict[int, int] = {}
    made: set[int] = set()
    unknown = [position for position, digest in enumerate(hashes) if digest not in known]
    for start in range(0, len(unknown), _ROWS_AT_ONCE):  # between two parts the event loop sees to others
        part = {
            position: _row(ids, source_id, document.entries[position], hashes[position], now)
            for position in unknown[start : start + _ROWS_AT_ONCE]
        }
        made.update(await insert_new(db, entry, part.values(), returning=entry.c.id))
        rows.update({position: row["id"] for position, row in part.items()})
    return {position: row_id for position, row_id in rows.items() if row_id in made}


_ROWS_AT_ONCE = 50


async def _known_entries(db: AsyncConnection, source_id: int, hashes: Sequence[str]) -> dict[str, int]:
    """The ids of a source's entries by their guids' hashes."""
    stored = sa.select(entry.c.guid_hash, entry.c.id).where(entry.c.source_id == source_id)
    known: dict[str, int] = {}
    for start in range(0, len(hashes), 500):
        part = await db.execute(stored.where(entry.c.guid_hash.in_(hashes[start : start + 500])))
        known.update((digest, row_id) for digest, row_id in part)
    return known


async def empty(db: AsyncConnection, entry_id: int, title: str) -> None:
    """Take the words out of an entry: what a person wrote, and is not kept. It is still known by its guid's hash."""
    blank = {"title": title, "text": "", "link": "", "canonical": "", "guid": "", "details": {}}
    await db.execute(sa.update(entry).where(entry.c.id == entry_id).values(**blank))


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
