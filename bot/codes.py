"""One-time codes: proof that the same people act in two places.

A code is eight characters of Crockford's base32, which has no look-alikes (40 bits). It is good for ten minutes of the
machine clock and for one use; only its hash is stored. Where five wrong ones came from within ten minutes, no further
one is looked at until those ten minutes are over.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, insert_new, metadata
from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import Ids

LIFE = timedelta(minutes=10)
WRONG_ONES = 5

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})

one_time_code = sa.Table(
    "one_time_code",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("hash", sa.Text, primary_key=True),
    sa.Column("expires", UtcDateTime, nullable=False),  # machine clock
    sa.Column("subject", Key),  # the member whose it is; None: the community's
    sa.Index("ix_one_time_code_hash", "hash"),
)

wrong_code = sa.Table(
    "wrong_code",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # a hash of where they come from
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),  # machine clock: the first of them
)


@dataclass(frozen=True, slots=True)
class Code:
    """Whose a code was: a community's, and there perhaps one member's."""

    community_id: int
    subject: int | None


async def issue(
    db: AsyncConnection, ids: Ids, community_id: int, purpose: str, machine_now: datetime, *, subject: int | None = None
) -> str:
    """A fresh code of a community, or of one of its members, for a purpose, as people read it: "K7QF-2MXA"."""
    bits = int.from_bytes(hashlib.sha256(ids.token().encode()).digest()[:5], "big")
    code = "".join(_ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))
    hashed, expires = _hash(purpose, code), machine_now + LIFE
    values = {"hash": hashed, "community_id": community_id, "expires": expires, "subject": subject}
    await db.execute(sa.insert(one_time_code).values(values))
    return f"{code[:4]}-{code[4:]}"


async def withdraw(db: AsyncConnection, community_id: int, subject: int) -> None:
    """Make the codes of a member worthless."""
    own = (one_time_code.c.community_id == community_id, one_time_code.c.subject == subject)
    await db.execute(sa.delete(one_time_code).where(*own))


async def redeem(
    db: AsyncConnection,
    purpose: str,
    words: str,
    *,
    origin: str,
    machine_now: datetime,
    community_id: int | None = None,
    keep: bool = False,
) -> Code | None:
    """Use a code up, or with `keep` only look at it; returns whose it was, None for a wrong one.

    With `community_id`, those of other communities are wrong. Wrong ones are counted by their `origin`, so whoever
    asks must commit also after a wrong one. Raises `UserError` (E-RATE) after too many.
    """
    place = place_of(origin)
    fresh = (wrong_code.c.id == place, wrong_code.c.since > machine_now - LIFE)
    times = (await db.execute(sa.select(wrong_code.c.times).where(*fresh).with_for_update())).scalar_one_or_none()
    if times is not None and times >= WRONG_ONES:
        raise UserError(
            "E-RATE",
            say("Too many wrong codes came from here."),
            advice=say("Wait ten minutes, then ask for a new code."),
        )
    live = [one_time_code.c.hash == _hash(purpose, words), one_time_code.c.expires > machine_now]
    if community_id is not None:
        live.append(one_time_code.c.community_id == community_id)
    whose = (one_time_code.c.community_id, one_time_code.c.subject)
    statement = sa.select(*whose).where(*live) if keep else sa.delete(one_time_code).where(*live).returning(*whose)
    found = (await db.execute(statement)).one_or_none()
    if found is None:
        await _count_wrong(db, place, machine_now)
    return Code(*found) if found is not None else None


def place_of(origin: str) -> str:
    """Under which id wrong codes are counted: a hash of where they come from."""
    return hashlib.sha256(origin.encode()).hexdigest()


async def _count_wrong(db: AsyncConnection, place: str, machine_now: datetime) -> None:
    await tidy(db, machine_now)
    first = {"id": place, "times": 1, "since": machine_now}
    if not await insert_new(db, wrong_code, [first], returning=wrong_code.c.id):
        one_more = wrong_code.c.times + 1
        await db.execute(sa.update(wrong_code).where(wrong_code.c.id == place).values(times=one_more))


async def tidy(db: AsyncConnection, machine_now: datetime) -> int:
    """Delete what is over; returns how many."""
    codes = await db.execute(sa.delete(one_time_code).where(one_time_code.c.expires <= machine_now))
    wrong = await db.execute(sa.delete(wrong_code).where(wrong_code.c.since <= machine_now - LIFE))
    return codes.rowcount + wrong.rowcount


def _hash(purpose: str, words: str) -> str:
    """What is stored of a code, however it was typed: small letters, other dashes, a letter O for a zero."""
    code = words.upper().translate(_READ_AS)
    return hashlib.sha256(f"{purpose}:{code}".encode()).hexdigest()


async def forgive(db: AsyncConnection, origin: str) -> None:
    """Forget which wrong codes came from somewhere."""
    await db.execute(sa.delete(wrong_code).where(wrong_code.c.id == place_of(origin)))
