"""Who was forgotten, kept so that nobody can tell who it was, and so that a restored backup forgets them again.

All that is kept is a *seal* of each account: a hash under a key that is in no database and no backup. It answers one
question only: is the account that stands here now one that was forgotten? The *journal* holds the seals in a file of
the data folder, which no restored backup takes back (docs/decisions/forgetting-is-journalled.md).
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, insert_new, metadata
from bot.errors import UserError
from bot.people import identity
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection

KEY_FILE, JOURNAL_FILE = "forgotten.key", "forgotten.jsonl"
KEY_BYTES = 32
AT_ONCE = 500  # seals that one tick writes to the journal

forgotten = sa.Table(
    "forgotten",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("seal", sa.Text, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("suspended_until", UtcDateTime),  # wall clock: who comes back has not shaken it off
    sa.Column("journalled", sa.Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal."""

    community_id: int
    seal: str
    at: datetime


class Journal:
    """The key of the seals and the file of those that were forgotten; without a folder, neither outlives the process.

    The file is only ever appended to, a line at a time, so several processes may share it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = folder / JOURNAL_FILE if folder else None
        self._key = _read_key(folder / KEY_FILE) if folder else secrets.token_bytes(KEY_BYTES)

    def seal(self, community_id: int, platform: str, remote: str) -> str:
        """The seal of a platform account in a community (HMAC-SHA-256, in hexadecimal)."""
        return hmac.digest(self._key, f"{community_id}:{platform}:{remote}".encode(), "sha256").hex()

    def append(self, entries: Iterable[Entry]) -> None:
        """Write entries down. Raises `OSError`."""
        if self._file is None:
            return
        lines = [{"community": one.community_id, "seal": one.seal, "at": one.at.isoformat()} for one in entries]
        handle = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))
            file.flush()
            os.fsync(handle)

    def entries(self) -> list[Entry]:
        """Everything that was written down; a line that a crash cut off is left out."""
        if self._file is None or not self._file.exists():
            return []
        found = (_entry(line) for line in self._file.read_text(encoding="utf-8").splitlines())
        return [entry for entry in found if entry is not None]


def _read_key(file: Path) -> bytes:
    """The key in this file, made where there is none. Raises `UserError` (E-DATA) for one that is damaged."""
    with suppress(FileExistsError):
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as made:
            made.write(secrets.token_bytes(KEY_BYTES))
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise UserError(
            "E-DATA",
            say("The file {file} is damaged.", file=file),
            why=say("It holds the key by which I recognise accounts that were forgotten."),
            advice=say(
                "Put your copy of it back. Without one delete it: whoever was forgotten is then no longer known."
            ),
        )
    return key


def _entry(line: str) -> Entry | None:
    try:
        data = json.loads(line)
        return Entry(int(data["community"]), str(data["seal"]), datetime.fromisoformat(data["at"]))
    except (ValueError, KeyError, TypeError):
        return None


# --- rows ------------------------------------------------------------------------------------------------------------


async def note(
    db: AsyncConnection, community_id: int, seals: Iterable[str], *, at: datetime, suspended_until: datetime | None
) -> None:
    """Note that these accounts are being forgotten."""
    rows = [
        {
            "community_id": community_id,
            "seal": seal,
            "at": at,
            "suspended_until": suspended_until,
            "journalled": False,
        }
        for seal in seals
    ]
    for row in rows:
        if not await insert_new(db, forgotten, [row], returning=forgotten.c.seal):
            own = (forgotten.c.community_id == community_id, forgotten.c.seal == row["seal"])
            await db.execute(sa.update(forgotten).where(*own).values(**row))


async def suspended_until(db: AsyncConnection, community_id: int, seal: str) -> datetime | None:
    """Until when an account that comes back was suspended when it was forgotten."""
    own = (forgotten.c.community_id == community_id, forgotten.c.seal == seal)
    found: datetime | None = (await db.execute(sa.select(forgotten.c.suspended_until).where(*own))).scalar_one_or_none()
    return found


async def unjournalled(db: AsyncConnection) -> list[Entry]:
    """What the journal does not hold yet."""
    statement = sa.select(forgotten).where(forgotten.c.journalled.is_(False)).limit(AT_ONCE)
    rows = (await db.execute(statement)).mappings()
    return [Entry(row["community_id"], row["seal"], row["at"]) for row in rows]


async def journalled(db: AsyncConnection, entries: Sequence[Entry]) -> None:
    """Note that the journal holds these."""
    for entry in entries:
        own = (forgotten.c.community_id == entry.community_id, forgotten.c.seal == entry.seal)
        await db.execute(sa.update(forgotten).where(*own, forgotten.c.at == entry.at).values(journalled=True))


async def back_again(db: AsyncConnection, journal: Journal) -> list[tuple[int, int]]:
    """Community and id of the members whom an older copy of the database has brought back.

    Who came back by themselves has an account that is younger than the line in the journal.
    """
    when = {(entry.community_id, entry.seal): entry.at for entry in journal.entries()}
    if not when:
        return []
    found: dict[tuple[int, int], None] = {}
    for row in (await db.execute(sa.select(identity))).mappings():
        at = when.get((row["community_id"], journal.seal(row["community_id"], row["platform"], row["remote"])))
        if at is not None and row["since"] < at:
            found[row["community_id"], row["member_id"]] = None
    return list(found)
