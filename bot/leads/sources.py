"""Sources and their entries: what is the same for every community. A source is an address; an entry is what it said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.db import Json, Key, UtcDateTime, Words, insert_new, metadata
from bot.leads import hosts
from bot.leads.freshness import next_try

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

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


@dataclass(frozen=True, slots=True)
class Reading:
    """What is noted of a source when its feed could be read."""

    source_id: int
    fetched: Fetched
    title: str  # as the feed gives it, perhaps ""
    due: datetime  # the next poll
    ttl_minutes: int | None = None


async def note_good(db: AsyncConnection, readings: Iterable[Reading], now: datetime) -> None:
    """Polls brought feeds that could be read: their validators are kept for the next ones, with who gave them."""
    rows = [
        {
            "own_id": one.source_id,
            "new_title": one.title or None,
            "next_due": one.due,
            "new_etag": one.fetched.headers.get("etag", ""),
            "new_modified": one.fetched.headers.get("last-modified", ""),
            "new_answered": one.fetched.url,
            "new_lands": hosts.host_of(one.fetched.url),
            "new_ttl": one.ttl_minutes,
            "new_hash": body_hash(one.fetched.body),
        }
        for one in sorted(readings, key=lambda one: one.source_id)
    ]
    await db.execute(_GOOD.values(last_ok=now, tried=now), rows)


_WELL = {"failures": 0, "error": None, "lease": None}
_OWN = sa.update(source).where(source.c.id == sa.bindparam("own_id"))
_GOOD = _OWN.values(
    **_WELL,
    due=sa.bindparam("next_due"),
    title=sa.func.coalesce(sa.bindparam("new_title", type_=Words), source.c.title),
    etag=sa.bindparam("new_etag"),
    modified=sa.bindparam("new_modified"),
    answered=sa.bindparam("new_answered"),
    lands=sa.bindparam("new_lands"),
    ttl_minutes=sa.bindparam("new_ttl"),
    body_hash=sa.bindparam("new_hash"),
)


async def note_unchanged(db: AsyncConnection, polls: Sequence[tuple[int, datetime]], now: datetime) -> None:
    """Polls went well and brought nothing new: (source id, when it is due again) of each."""
    if polls:
        same = _OWN.values(**_WELL, last_ok=now, due=sa.bindparam("next_due"))
        await db.execute(same, [{"own_id": one, "next_due": due} for one, due in polls])


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


async def empty(db: AsyncConnection, entry_id: int, title: str) -> None:
    """Take the words out of an entry: what a person wrote, and is not kept. It is still known by its guid's hash."""
    blank = {"title": title, "text": "", "link": "", "canonical": "", "guid": "", "details": {}}
    await db.execute(sa.update(entry).where(entry.c.id == entry_id).values(**blank))
