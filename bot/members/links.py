"""Two accounts become one member, and two again. Table and queries."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import belongings, people
from bot.db import Json, Key, UtcDateTime, insert_new, metadata
from bot.members.absent import forgotten_block
from bot.members.store import block, change_profile, profile, profile_of, row_of
from bot.members.uniting import PRIVATE, stricter_since

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Feature, Merging
    from bot.ports import Ids

TAKEN_BACK_FOR = timedelta(days=14)  # how long a link can be taken back with everything as before

link = sa.Table(
    "link",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("member_id", Key, nullable=False),
    sa.Column("platform", sa.Text, nullable=False),  # of the account that made the code, and may take the link back
    sa.Column("remote", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("log", Json, nullable=False),  # what it changed, as `bot/belongings.py` notes it
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_link_member", "community_id", "member_id"),
)


async def unite(merging: Merging, features: Sequence[Feature], chosen: Mapping[str, Any], issuer: RowMapping) -> int:
    """Make one member of two; returns the link's id. `chosen` are columns in which the person preferred who goes.

    `issuer` is the identity that made the code.
    """
    member_values = {name: value for name, value in chosen.items() if name in people.member.c}
    page_values = {name: value for name, value in chosen.items() if name not in people.member.c}
    for feature in reversed(features):  # the house last: all others refer to its members
        if feature.merge:
            await feature.merge(merging)
    here = {"community_id": merging.community_id}
    await belongings.change(merging, people.member, {**here, "id": merging.kept}, member_values)
    await belongings.change(merging, profile, {**here, "member_id": merging.kept}, page_values)
    link_id = merging.ids.new()
    values = {"member_id": merging.kept, "platform": issuer["platform"], "remote": issuer["remote"]}
    await merging.db.execute(sa.insert(link).values(**here, **values, id=link_id, at=merging.now, log=merging.log))
    return link_id


async def link_of(db: AsyncConnection, community_id: int, link_id: int) -> RowMapping | None:
    """The link with this id, while it can be taken back."""
    own = (link.c.community_id == community_id, link.c.id == link_id)
    return (await db.execute(sa.select(link).where(*own).with_for_update())).mappings().one_or_none()


async def take_back(db: AsyncConnection, row: RowMapping) -> None:
    """Make two members of one with everything as before.

    What was blocked, suspended or made stricter since holds for both. So do all blocks where somebody else's id has
    changed meanwhile and it can't be told any more whose each was: nobody becomes reachable.
    """
    community_id, kept, log = row["community_id"], row["member_id"], row["log"]
    gone = next(entry["gone"]["id"] for entry in log if entry["table"] == "member" and "gone" in entry)
    before = await people.read_member(db, community_id, kept)
    page = await row_of(db, community_id, kept)
    told_apart = await _all_there(db, community_id, log, {kept, gone})
    blocks = await _blocks(db, community_id, kept, row["at"] if told_apart else None)
    await db.execute(sa.delete(link).where(link.c.community_id == community_id, link.c.id == row["id"]))
    await belongings.give_back(db, log)
    await _copy_blocks(db, community_id, blocks, kept, gone)
    stricter = stricter_since(_became(log, "profile", "listed"), page)
    if stricter:
        await change_profile(db, community_id, gone, **stricter)
    united = _became(log, "member", "suspended_until")["suspended_until"]
    until: datetime | None = before["suspended_until"]
    if (until.isoformat() if until else None) != united:
        for member_id in (kept, gone):
            await _suspend_as_long(db, community_id, member_id, until)


def _became(log: Sequence[Mapping[str, Any]], table: str, column: str) -> dict[str, Any]:
    """What the columns of a row were made when two members became one, where `column` is among them."""
    found = next(one["changed"] for one in log if one["table"] == table and column in one.get("changed", {}))
    return {name: became for name, (_, became) in found.items()}


async def _all_there(db: AsyncConnection, community_id: int, log: Sequence[Mapping[str, Any]], two: set[int]) -> bool:
    """Whether everybody whose block with the two was moved is still a member under the same id."""
    rows = [entry.get("key") or entry.get("gone") or {} for entry in log if entry["table"] == block.name]
    others = {row[name] for row in rows for name in ("member_id", "blocked_id")} - two
    own = (people.member.c.community_id == community_id, people.member.c.id.in_(others))
    return set((await db.execute(sa.select(people.member.c.id).where(*own))).scalars()) == others


async def part(db: AsyncConnection, ids: Ids, account: RowMapping) -> int:
    """Make a member of its own of an account; what was stored stays with the other. Returns the new member's id.

    Blocks in both directions, the stricter privacy and a suspension hold for both from then on.
    """
    community_id, old = account["community_id"], account["member_id"]
    row = await people.read_member(db, community_id, old)
    new = ids.new()
    copied = {name: row[name] for name in ("zone", "suspended_until", "exported_at")}
    name = account["name"] or row["name"]
    made = {"community_id": community_id, "id": new, "name": name, "joined": account["since"], **copied}
    await db.execute(sa.insert(people.member).values(**made))
    own = tuple(people.identity.c[column] == account[column] for column in ("community_id", "platform", "remote"))
    await db.execute(sa.update(people.identity).where(*own).values(member_id=new, name=None))
    rest = (people.identity.c.community_id == community_id, people.identity.c.member_id == old)
    await db.execute(sa.update(people.identity).where(*rest).values(name=None))
    page = await profile_of(db, community_id, old)
    copied_too = {name: getattr(page, name) for name in (*PRIVATE, "quiet")}
    await change_profile(db, community_id, new, **copied_too)
    await _copy_blocks(db, community_id, await _blocks(db, community_id, old), old, new)
    await _copy_absent(db, community_id, old, new)
    await db.execute(sa.delete(link).where(link.c.community_id == community_id, link.c.member_id == old))
    return new


async def tidy(db: AsyncConnection, now: datetime) -> int:
    """Delete what would take links back for which it is too late; returns how many."""
    return (await db.execute(sa.delete(link).where(link.c.at <= now - TAKEN_BACK_FOR))).rowcount


# --- what holds for both ---------------------------------------------------------------------------------------------


async def _blocks(
    db: AsyncConnection, community_id: int, member_id: int, since: datetime | None = None
) -> Sequence[RowMapping]:
    """The blocks by and of a member, of all times or since an instant."""
    own = [block.c.community_id == community_id]
    own.append(sa.or_(block.c.member_id == member_id, block.c.blocked_id == member_id))
    if since is not None:
        own.append(block.c.at >= since)
    return (await db.execute(sa.select(block).where(*own))).mappings().all()


async def _copy_blocks(
    db: AsyncConnection, community_id: int, blocks: Sequence[RowMapping], one: int, two: int
) -> None:
    """Let the blocks by and of one hold for two as well."""
    rows = []
    for row in blocks:
        pair = {column: two if row[column] == one else row[column] for column in ("member_id", "blocked_id")}
        rows.append({"community_id": community_id, **pair, "at": row["at"]})
    await insert_new(db, block, rows, returning=block.c.member_id)


async def _copy_absent(db: AsyncConnection, community_id: int, one: int, two: int) -> None:
    own = (forgotten_block.c.community_id == community_id, forgotten_block.c.member_id == one)
    rows = (await db.execute(sa.select(forgotten_block).where(*own))).mappings().all()
    copied = [{**row, "member_id": two} for row in rows]
    await insert_new(db, forgotten_block, copied, returning=forgotten_block.c.seal)


async def _suspend_as_long(db: AsyncConnection, community_id: int, member_id: int, until: datetime | None) -> None:
    """A suspension of the one member that two were holds for each of them."""
    row = await people.read_member(db, community_id, member_id)
    longest = max(filter(None, (until, row["suspended_until"])), default=None)
    await people.change_member(db, community_id, member_id, suspended_until=longest)
