"""What moderators let a member do: everything, only what anyone may always do (paused until a day), or that for good.

Their own help, privacy, data and the way to the moderators stay open to everybody: those commands say so by
`while_suspended=True`. Whoever is a moderator at this moment, as their platform says, is bound by nothing here: they
could take it back themselves.

A forgotten account leaves nothing but its standing, under a hash: forgetting oneself is no way around a ban.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.cards import Button
from bot.db import Key, UtcDateTime, insert_new, metadata
from bot.errors import UserError
from bot.people import change_member, identity, member
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

barred_account = sa.Table(
    "barred_account",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("hash", sa.Text, primary_key=True),  # of a platform's account that was forgotten
    sa.Column("until", UtcDateTime),  # wall clock; None: banned
    sa.Column("at", UtcDateTime, nullable=False),  # when it was forgotten
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What moderators let a member do."""

    paused_until: datetime | None = None
    banned: bool = False

    def __bool__(self) -> bool:
        """Whether they may do everything."""
        return self.paused_until is None and not self.banned


def read(row: RowMapping, now: datetime) -> Standing:
    """The standing in a member's row (`suspended_until`, `banned_at`) at an instant."""
    until = row["suspended_until"]
    return Standing(until if until and until > now else None, row["banned_at"] is not None)


async def of(db: AsyncConnection, community_id: int, member_id: int, now: datetime) -> Standing:
    """The standing of a member."""
    own = (member.c.community_id == community_id, member.c.id == member_id)
    statement = sa.select(member.c.suspended_until, member.c.banned_at).where(*own)
    return read((await db.execute(statement)).mappings().one(), now)


def refusal(standing: Standing) -> UserError:
    """What somebody is told who may not (E-PAUSED): until when, what is still open, how to appeal."""
    still = say("You can still use help, privacy, export, forget and report.")
    return UserError(
        "E-PAUSED",
        sentence_of(standing),
        advice=still,
        buttons=(Button(say("Write to the moderators"), "appeal write"),),
    )


def sentence_of(standing: Standing) -> str:
    """A member's standing, said to themselves and without blame."""
    if standing.banned:
        return say("The moderators have closed Guildhall to you in this community.")
    until = standing.paused_until
    day = f"{until.day} {until:%b}" if until else ""
    return say("Matching is paused for you until {day} while the moderators look at a report.", day=day)


# --- accounts that were forgotten ------------------------------------------------------------------------------------


def _hash(community_id: int, platform: str, remote: str) -> str:
    return hashlib.sha256(f"{community_id}:{platform}:{remote}".encode()).hexdigest()


async def keep_for_return(db: AsyncConnection, community_id: int, member_id: int, now: datetime) -> None:
    """Before a member is forgotten: let their accounts come back no freer than they go."""
    standing = await of(db, community_id, member_id, now)
    if standing:
        return
    theirs = (identity.c.community_id == community_id, identity.c.member_id == member_id)
    accounts = (await db.execute(sa.select(identity.c.platform, identity.c.remote).where(*theirs))).all()
    until = None if standing.banned else standing.paused_until
    rows = [
        {"community_id": community_id, "hash": _hash(community_id, *account), "until": until, "at": now}
        for account in accounts
    ]
    await insert_new(db, barred_account, rows, returning=barred_account.c.hash)


async def recall(db: AsyncConnection, community_id: int, member_id: int, platform: str, remote: str) -> None:
    """Give a new member the standing that their account was forgotten with."""
    own = (
        barred_account.c.community_id == community_id,
        barred_account.c.hash == _hash(community_id, platform, remote),
    )
    row = (await db.execute(sa.delete(barred_account).where(*own).returning(*barred_account.c))).mappings().first()
    if row is not None:
        banned_at = row["at"] if row["until"] is None else None
        values = {"suspended_until": row["until"], "banned_at": banned_at}
        await change_member(db, community_id, member_id, **values)


async def tidy(db: AsyncConnection, now: datetime, before: datetime) -> int:
    """Forget pauses that are over, and whatever is from `before`; returns how many."""
    over = sa.or_(barred_account.c.until <= now, barred_account.c.at < before)
    return (await db.execute(sa.delete(barred_account).where(over))).rowcount
