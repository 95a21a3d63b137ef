"""Tables and queries of members: profiles, skills, blocks."""

from __future__ import annotations

import dataclasses
from datetime import time
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from bot import people
from bot.availability import Window
from bot.db import Json, Key, UtcDateTime, Words, insert_new, metadata
from bot.members.profile import BEGUN, Floor, Held, Level, Piece, Profile, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_OF_A_MEMBER = (("community_id", "member_id"), ("member.community_id", "member.id"))

profile = sa.Table(
    "profile",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("headline", Words, nullable=False),
    sa.Column("languages", Json),
    sa.Column("links", Json, nullable=False),
    sa.Column("pieces", Json, nullable=False),  # [{title, url}]
    sa.Column("newcomer", sa.Boolean),
    sa.Column("floor", Json),  # {amount, currency}: an hour
    sa.Column("windows", Json),  # [[day, "HH:MM", "HH:MM"]] on their own clock
    sa.Column("quiet", sa.Text),
    sa.Column("listed", sa.Boolean, nullable=False),
    sa.Column("crosses", sa.Boolean, nullable=False),
    sa.Column("messages", sa.Boolean, nullable=False),
    sa.Column("shows_rate", sa.Boolean, nullable=False),
    sa.Column("counts_thanks", sa.Boolean, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
)

member_skill = sa.Table(
    "member_skill",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("side", sa.Text, primary_key=True),  # a `Side`
    sa.Column("skill", sa.Text, primary_key=True),  # a taxonomy id
    sa.Column("level", sa.Integer),
    sa.Column("priority", sa.Integer),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
    sa.Index("ix_member_skill_skill", "community_id", "side", "skill"),
)

block = sa.Table(
    "member_block",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),  # who blocked: shown to nobody else
    sa.Column("blocked_id", Key, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(*_OF_A_MEMBER),
    sa.ForeignKeyConstraint(["community_id", "blocked_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_member_block_blocked", "community_id", "blocked_id"),
)


# --- profiles --------------------------------------------------------------------------------------------------------


async def profile_of(db: AsyncConnection, community_id: int, member_id: int) -> Profile:
    """What a member says of themselves."""
    return (await profiles_of(db, community_id, [member_id]))[member_id]


async def profiles_of(db: AsyncConnection, community_id: int, member_ids: Sequence[int]) -> Mapping[int, Profile]:
    """The profiles of these members; who never wrote one has all defaults."""
    own = (profile.c.community_id == community_id, profile.c.member_id.in_(member_ids))
    rows = (await db.execute(sa.select(profile).where(*own))).mappings()
    found = {row["member_id"]: _read(row) for row in rows}
    return {member_id: found.get(member_id, Profile()) for member_id in member_ids}


async def change_profile(db: AsyncConnection, community_id: int, member_id: int, **values: Any) -> None:
    """Set fields of a member's profile, named and typed as `Profile` has them."""
    whole = _row(dataclasses.replace(Profile(), **values))
    made = {"community_id": community_id, "member_id": member_id, **whole}
    if not await insert_new(db, profile, [made], returning=profile.c.member_id) and values:
        own = (profile.c.community_id == community_id, profile.c.member_id == member_id)
        await db.execute(sa.update(profile).where(*own).values({name: whole[name] for name in values}))


async def row_of(db: AsyncConnection, community_id: int, member_id: int) -> dict[str, Any]:
    """The columns of a member's profile as they are stored; all defaults for who never wrote one."""
    own = (profile.c.community_id == community_id, profile.c.member_id == member_id)
    row = (await db.execute(sa.select(profile).where(*own))).mappings().one_or_none()
    stored = dict(row) if row is not None else _row(Profile())
    stored["links"] = list(stored["links"])
    return {name: value for name, value in stored.items() if name not in ("community_id", "member_id")}


def _row(page: Profile) -> dict[str, Any]:
    row = {field.name: getattr(page, field.name) for field in dataclasses.fields(page)}
    row["pieces"] = [dataclasses.asdict(piece) for piece in page.pieces]
    row["floor"] = dataclasses.asdict(page.floor) if page.floor else None
    if page.windows is not None:
        row["windows"] = [[one.day, f"{one.start:%H:%M}", f"{one.end:%H:%M}"] for one in page.windows]
    return row


def _read(row: sa.RowMapping) -> Profile:
    values = {field.name: row[field.name] for field in dataclasses.fields(Profile)}
    values["links"] = tuple(row["links"])
    values["pieces"] = tuple(Piece(**piece) for piece in row["pieces"])
    values["floor"] = Floor(**row["floor"]) if row["floor"] else None
    values["languages"] = None if row["languages"] is None else tuple(row["languages"])
    if row["windows"] is not None:
        spans = ((day, time.fromisoformat(start), time.fromisoformat(end)) for day, start, end in row["windows"])
        values["windows"] = tuple(Window(*span) for span in spans)
    return Profile(**values)


# --- skills ----------------------------------------------------------------------------------------------------------


async def skills_of(db: AsyncConnection, community_id: int, member_id: int, side: Side) -> tuple[Held, ...]:
    """The skills that a member offers or wants, in the order in which they were named."""
    own = (
        member_skill.c.community_id == community_id,
        member_skill.c.member_id == member_id,
        member_skill.c.side == side,
    )
    statement = sa.select(member_skill).where(*own).order_by(member_skill.c.since, member_skill.c.skill)
    return tuple(_held(row) for row in (await db.execute(statement)).mappings())


async def set_skills(
    db: AsyncConnection, community_id: int, member_id: int, side: Side, skills: Iterable[Held], now: datetime
) -> None:
    """Make these the skills that a member offers or wants; one that they had already keeps the day it was named."""
    own = (
        member_skill.c.community_id == community_id,
        member_skill.c.member_id == member_id,
        member_skill.c.side == side,
    )
    since = {row.skill: row.since for row in await db.execute(sa.select(member_skill).where(*own))}
    await db.execute(sa.delete(member_skill).where(*own))
    whose = {"community_id": community_id, "member_id": member_id, "side": side}
    kept = {one.skill: {**whose, **dataclasses.asdict(one), "since": since.get(one.skill, now)} for one in skills}
    if kept:
        await db.execute(sa.insert(member_skill), list(kept.values()))


async def holders(
    db: AsyncConnection, community_id: int, side: Side, skills: Iterable[str]
) -> Mapping[str, Mapping[int, Held]]:
    """By skill, the members who offer (or want) it. Who is paused or under moderation is among them (`reachable`)."""
    wanted = list(skills)
    own = (
        member_skill.c.community_id == community_id,
        member_skill.c.side == side,
        member_skill.c.skill.in_(wanted),
    )
    found: dict[str, dict[int, Held]] = {skill: {} for skill in wanted}
    for row in (await db.execute(sa.select(member_skill).where(*own))).mappings():
        found[row["skill"]][row["member_id"]] = _held(row)
    return found


async def helpers(db: AsyncConnection, community_id: int, skills: Iterable[str]) -> Mapping[str, frozenset[int]]:
    """By skill, the members who can help with it: they offer it, and have not just begun."""
    held = await holders(db, community_id, "offer", skills)
    return {
        skill: frozenset(member_id for member_id, one in who.items() if one.level != BEGUN)
        for skill, who in held.items()
    }


def _held(row: sa.RowMapping) -> Held:
    return Held(row["skill"], cast("Level | None", row["level"]), row["priority"])


# --- who may meet whom -----------------------------------------------------------------------------------------------


async def set_block(db: AsyncConnection, community_id: int, member_id: int, other_id: int, now: datetime) -> None:
    """Let a member never meet another again; once is enough."""
    row = {"community_id": community_id, "member_id": member_id, "blocked_id": other_id, "at": now}
    await insert_new(db, block, [row], returning=block.c.member_id)


async def lift_block(db: AsyncConnection, community_id: int, member_id: int, other_id: int) -> None:
    """Take a member's block of another back; the other's own stays."""
    own = (block.c.community_id == community_id, block.c.member_id == member_id, block.c.blocked_id == other_id)
    await db.execute(sa.delete(block).where(*own))


async def blocked_by(db: AsyncConnection, community_id: int, member_id: int) -> Sequence[int]:
    """Whom a member blocked, latest first: shown to themselves alone."""
    own = (block.c.community_id == community_id, block.c.member_id == member_id)
    statement = sa.select(block.c.blocked_id).where(*own).order_by(block.c.at.desc(), block.c.blocked_id)
    return (await db.execute(statement)).scalars().all()


async def kept_apart(db: AsyncConnection, community_id: int, member_id: int) -> frozenset[int]:
    """The members whom this one must never meet or find: a block works both ways, whoever made it."""
    return frozenset((await db.execute(apart_from(community_id, member_id))).scalars())


def apart_from(
    community_id: int | sa.ColumnElement[int], member_id: int | sa.ColumnElement[int]
) -> sa.CompoundSelect[Any]:
    """The ids of those."""
    mine = (block.c.community_id == community_id, block.c.member_id == member_id)
    theirs = (block.c.community_id == community_id, block.c.blocked_id == member_id)
    return sa.union(sa.select(block.c.blocked_id).where(*mine), sa.select(block.c.member_id).where(*theirs))


async def pairs_apart(db: AsyncConnection, community_id: int) -> frozenset[tuple[int, int]]:
    """All pairs of a community that must never meet, each with the smaller id first."""
    rows = await db.execute(
        sa.select(block.c.member_id, block.c.blocked_id).where(block.c.community_id == community_id)
    )
    return frozenset((min(pair), max(pair)) for pair in rows)


async def reachable(db: AsyncConnection, community_id: int, now: datetime) -> frozenset[int]:
    """The members of whom something may be asked: neither paused by themselves nor by the moderators."""
    own = (people.member.c.community_id == community_id, people.not_suspended(now))
    same = sa.and_(profile.c.community_id == people.member.c.community_id, profile.c.member_id == people.member.c.id)
    statement = sa.select(people.member.c.id).outerjoin(profile, same).where(*own, profile.c.paused.is_not(sa.true()))
    return frozenset((await db.execute(statement)).scalars())
