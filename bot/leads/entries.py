"""What sources say, stored once for every community, and what of it is new."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.db import insert_new
from bot.leads.entry import guid_hash
from bot.leads.same import canonical
from bot.leads.sources import entry

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.entry import Document, Entry, Side, Verdict
    from bot.ports import Ids

KNOWN_FOR = timedelta(days=30)  # how far back a source is searched for what it sends again
FEW = 5  # new entries that are too few to tell
_ROWS_AT_ONCE = 50

_Key = tuple[int, str]  # a source's id and a guid's hash


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one look at a source brought."""

    source_id: int
    document: Document
    verdicts: Mapping[Side, Sequence[Verdict | None]] = field(default_factory=dict)
    # ^ on each of its entries (None: it was known), for each side that a community has given the source
    first: bool = False  # nothing of the source is stored yet


@dataclass(frozen=True, slots=True)
class Stored:
    """The ids of a document's entries by position: of all of them, and of those that were never seen before."""

    everything: Mapping[int, int]
    new: Mapping[int, int]


async def store_entries(db: AsyncConnection, ids: Ids, arrivals: Sequence[Arrival], now: datetime) -> list[Stored]:
    """Store the entries that were never seen before, of several sources; the answer is in the arrivals' order."""
    hashes = [[guid_hash(item.guid) for item in one.document.entries] for one in arrivals]
    keys = [[(one.source_id, digest) for digest in own] for one, own in zip(arrivals, hashes, strict=True)]
    earlier = [key for one, own in zip(arrivals, keys, strict=True) if not one.first for key in own]
    known = await _known_entries(db, earlier)
    made: dict[_Key, int] = {}
    rows = _rows(ids, arrivals, keys, known, made, now)
    stored: set[int] = set()
    while part := list(islice(rows, _ROWS_AT_ONCE)):  # between two parts the event loop sees to others
        stored.update(await insert_new(db, entry, part, returning=entry.c.id))
    overtaken = [key for key, row_id in made.items() if row_id not in stored]  # by somebody who looked there, too
    known |= made | await _known_entries(db, overtaken)
    return [
        Stored(
            everything={at: known[key] for at, key in enumerate(own)},
            new={at: made[key] for key, at in _first_places(own).items() if made.get(key) in stored},
        )
        for own in keys
    ]


def _rows(
    ids: Ids,
    arrivals: Sequence[Arrival],
    keys: Sequence[Sequence[_Key]],
    known: Mapping[_Key, int],
    made: dict[_Key, int],
    now: datetime,
) -> Iterator[dict[str, Any]]:
    """Yield the rows of what is not known, noting in `made` the id that each gets."""
    for arrival, own in zip(arrivals, keys, strict=True):
        for key, at in _first_places(own).items():
            if key not in known:
                made[key] = ids.new()
                yield _row(made[key], key, arrival.document.entries[at], now)


def _first_places(keys: Sequence[_Key]) -> dict[_Key, int]:
    """Where in a document each guid stands first."""
    return {key: at for at, key in reversed(list(enumerate(keys)))}


def _row(row_id: int, key: _Key, item: Entry, now: datetime) -> dict[str, Any]:
    details = {"author": item.author, "categories": list(item.categories), "fields": dict(item.fields)}
    return {
        "id": row_id,
        "source_id": key[0],
        "guid_hash": key[1],
        "guid": item.guid,
        "link": item.link,
        "canonical": canonical(item.link) if item.link else "",
        "title": item.title,
        "text": item.text,
        "published": item.published,
        "first_seen": now,
        "details": details,
    }


async def known_hashes(db: AsyncConnection, source_id: int, most: int) -> frozenset[str]:
    """The guids' hashes of what a source said last, of up to `most` entries."""
    last = sa.select(entry.c.guid_hash).where(entry.c.source_id == source_id)
    return frozenset((await db.execute(last.order_by(entry.c.first_seen.desc()).limit(most))).scalars())


async def _known_entries(db: AsyncConnection, keys: Sequence[_Key]) -> dict[_Key, int]:
    """The ids of stored entries by their sources and their guids' hashes."""
    known: dict[_Key, int] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        source_ids, digests = {source_id for source_id, _ in part}, [digest for _, digest in part]
        own = (entry.c.source_id.in_(source_ids), entry.c.guid_hash.in_(digests))
        for row in await db.execute(sa.select(entry.c.source_id, entry.c.guid_hash, entry.c.id).where(*own)):
            known[row.source_id, row.guid_hash] = row.id
    return known


async def given_again(db: AsyncConnection, arrival: Arrival, new: Mapping[int, int], now: datetime) -> frozenset[int]:
    """Which of the new entries (ids by position) the source had sent before under other ids.

    Empty unless these are most of a document that is mostly new: then the source has made new guids for everything.
    """
    document = arrival.document
    if arrival.first or len(new) < FEW or 2 * len(new) <= len(document.entries):
        return frozenset()
    earlier = (entry.c.source_id == arrival.source_id, entry.c.first_seen < now, entry.c.first_seen > now - KNOWN_FOR)
    if not (await db.execute(sa.select(sa.exists().where(*earlier)))).scalar_one():
        return frozenset()
    items = {entry_id: document.entries[at] for at, entry_id in new.items()}
    addresses = {entry_id: canonical(item.link) if item.link else "" for entry_id, item in items.items()}
    known_addresses: set[str] = set()
    known_words: set[tuple[str, str]] = set()  # title and text: many boards have many jobs of one title
    for part in _parts({*addresses.values(), *(item.title for item in items.values())} - {""}):
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


def _parts(wanted: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(wanted)
    for start in range(0, len(ordered), 250):
        yield ordered[start : start + 250]
