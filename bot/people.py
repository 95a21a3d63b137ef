"""Who and where: communities, their spaces, members and the platform accounts that members have."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.db import Json, Key, UtcDateTime, Words, metadata

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import Ids, PlatformName

community = sa.Table(
    "community",
    metadata,
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("digest_at", sa.Text, nullable=False),  # "HH:MM" in the community's zone
    sa.Column("digest_due", UtcDateTime),  # wall clock; None until a moderator has set the community up
    sa.Column("zone_data", sa.Text),  # the release of the zone data by which digest_due was worked out
    sa.Column("founded", UtcDateTime, nullable=False),
    sa.Column("approval", sa.Text),  # review | flagged | auto, as moderators chose; None: as the settings say
    sa.Column("batch_due", UtcDateTime),  # wall clock: the next batch card; None: not planned
    sa.Column("offer_not_before", UtcDateTime),  # wall clock: when moderators may be offered self-publishing (again)
    sa.Column("note_due", UtcDateTime),  # wall clock: the next weekly note to moderators; None: not planned yet
    sa.Column("swap_due", UtcDateTime),  # wall clock: the next round of swaps; None: not planned
    sa.Column("leaning", Json),  # what moderators' decisions taught the judge, as `bot.leads.leaning.Leaning`
)

space = sa.Table(
    "space",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("remote", sa.Text, nullable=False),  # the platform's own id of the workspace or server
    sa.Column("name", Words, nullable=False),
    sa.Column("leads_channel", sa.Text),
    sa.Column("moderators_channel", sa.Text),
    sa.Column("left", UtcDateTime),  # wall clock: since when it is no longer part of the community
    sa.UniqueConstraint("platform", "remote"),
)

member = sa.Table(
    "member",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("zone", sa.Text),  # None until the member or their platform says it
    sa.Column("joined", UtcDateTime, nullable=False),
    sa.Column("preferred", sa.Text),  # the platform on which the bot writes to them; None: where they came first
    sa.Column("suspended_until", UtcDateTime),  # wall clock: moderators let nothing be matched until then
    sa.Column("banned_at", UtcDateTime),  # wall clock: since when moderators let them use nothing (`bot/standing.py`)
    sa.Column("exported_at", UtcDateTime),  # wall clock: when they last got everything that is stored of them
)

identity = sa.Table(
    "identity",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("platform", sa.Text, primary_key=True),
    sa.Column("remote", sa.Text, primary_key=True),  # the platform's own id of the account
    sa.Column("member_id", Key, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("name", Words),  # what its member was called before they were linked to another; None: as the member is
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_identity_member", "community_id", "member_id"),
)


class Role(IntEnum):
    """What somebody may do; each role includes those before it. The platform says it anew for every action."""

    MEMBER = 0
    ORGANISER = 1
    MODERATOR = 2


@dataclass(frozen=True, slots=True)
class Caller:
    """An account that acts, as its platform vouches for it at this moment."""

    platform: PlatformName
    space: str  # the platform's id of the workspace or server
    user: str  # the platform's id of the account
    name: str
    role: Role = Role.MEMBER
    channel: str = ""  # the platform's id of the channel, "" in a direct message
    space_name: str = ""
    zone: str | None = None  # where the platform knows it (Slack)
    locale: str = "en"
    message: str = ""  # the platform's id of the message whose button was pressed, if there is one


@dataclass(frozen=True, slots=True)
class Space:
    """A workspace or server of a community."""

    community_id: int
    id: int
    platform: PlatformName
    remote: str
    name: str
    leads_channel: str | None
    moderators_channel: str | None
    left: datetime | None


@dataclass(frozen=True, slots=True)
class Community:
    """A community and what its moderators set."""

    id: int
    name: str
    zone: str
    digest_at: str
    approval: str | None = None


async def find_space(db: AsyncConnection, platform: str, remote: str) -> Space | None:
    """The space with this platform's id, if a community has it."""
    row = (
        (await db.execute(sa.select(space).where(space.c.platform == platform, space.c.remote == remote)))
        .mappings()
        .one_or_none()
    )
    return Space(**row) if row else None


async def read_space(db: AsyncConnection, community_id: int, space_id: int) -> Space:
    """One of a community's spaces, also one that has left."""
    own = (space.c.community_id == community_id, space.c.id == space_id)
    return Space(**(await db.execute(sa.select(space).where(*own))).mappings().one())


async def spaces_of(db: AsyncConnection, community_id: int) -> Sequence[Space]:
    """The spaces that a community has, oldest first."""
    own = (space.c.community_id == community_id, space.c.left.is_(None))
    rows = await db.execute(sa.select(space).where(*own).order_by(space.c.id))
    return [Space(**row) for row in rows.mappings()]


async def spaces_of_account(db: AsyncConnection, platform: str, remote: str) -> Sequence[Space]:
    """The platform's spaces of the communities that know this account, oldest first."""
    statement = (
        sa.select(space)
        .join(identity, identity.c.community_id == space.c.community_id)
        .where(
            space.c.platform == platform,
            space.c.left.is_(None),
            identity.c.platform == platform,
            identity.c.remote == remote,
        )
        .order_by(space.c.id)
    )
    return [Space(**row) for row in (await db.execute(statement)).mappings()]


async def read_community(db: AsyncConnection, community_id: int) -> Community:
    """The community with this id."""
    row = (await db.execute(sa.select(community).where(community.c.id == community_id))).mappings().one()
    return Community(row["id"], row["name"], row["zone"], row["digest_at"], row["approval"])


def public_key(community_id: int) -> str:
    """A community's id as it stands in public addresses: in base 36."""
    digits = ""
    while community_id:
        community_id, digit = divmod(community_id, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


async def lock_communities(db: AsyncConnection, *community_ids: int) -> None:
    """Wait until nobody else takes in or decides on leads of these communities; until we are done nobody will.

    Whoever needs several asks for them together: they are locked in one order, so that no two wait for each other.
    key_share: who only refers to a community, as nearly every new row does, need not wait.
    """
    which = sa.select(community.c.id).where(community.c.id.in_(community_ids)).order_by(community.c.id)
    await db.execute(which.with_for_update(key_share=True))


async def found_community(db: AsyncConnection, ids: Ids, *, name: str, zone: str, digest_at: str, now: datetime) -> int:
    """Make a community and return its id."""
    community_id = ids.new()
    values = {"id": community_id, "name": name, "zone": zone, "digest_at": digest_at, "founded": now}
    await db.execute(sa.insert(community).values(values))
    return community_id


async def add_space(db: AsyncConnection, ids: Ids, *, community_id: int, platform: str, remote: str, name: str) -> int:
    """Give a community one more workspace or server, and return the space's id."""
    space_id = ids.new()
    values = {"community_id": community_id, "id": space_id, "platform": platform, "remote": remote, "name": name}
    await db.execute(sa.insert(space).values(values))
    return space_id


async def change_space(db: AsyncConnection, community_id: int, space_id: int, **values: Any) -> None:
    """Set columns of a space."""
    own = (space.c.community_id == community_id, space.c.id == space_id)
    await db.execute(sa.update(space).where(*own).values(**values))


async def part_space(db: AsyncConnection, parting: Space, now: datetime) -> None:
    """Let a workspace or server go. Its history stays, under a name that no platform gives: it may come anew."""
    gone = {"remote": f"{parting.remote} (left {parting.id})", "leads_channel": None, "moderators_channel": None}
    await change_space(db, parting.community_id, parting.id, **gone, left=now)


async def change_community(db: AsyncConnection, community_id: int, **values: Any) -> None:
    """Set columns of a community."""
    await db.execute(sa.update(community).where(community.c.id == community_id).values(**values))


async def communities_of_other_zone_data(db: AsyncConnection, release: str) -> Sequence[tuple[int, datetime]]:
    """Id and next digest of the communities that have one which was not worked out by this release."""
    rows = await db.execute(of_other_zone_data(release).order_by(community.c.id))
    return [(row.id, row.digest_due) for row in rows]


def of_other_zone_data(release: str | sa.ColumnElement[str]) -> sa.Select[tuple[int, datetime]]:
    """Those communities, as rows."""
    other = sa.or_(community.c.zone_data.is_(None), community.c.zone_data != release)
    return sa.select(community.c.id, community.c.digest_due).where(community.c.digest_due.is_not(None), other)


async def change_member(db: AsyncConnection, community_id: int, member_id: int, **values: Any) -> None:
    """Set columns of a member."""
    own = (member.c.community_id == community_id, member.c.id == member_id)
    await db.execute(sa.update(member).where(*own).values(**values))


def not_suspended(now: datetime | sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """That moderators have neither banned a member nor suspended them, or no longer."""
    free = sa.or_(member.c.suspended_until.is_(None), member.c.suspended_until <= now)
    return sa.and_(member.c.banned_at.is_(None), free)


@dataclass(frozen=True, slots=True)
class Account:
    """A platform account of a member, in a space where it can be written to."""

    space: Space
    remote: str


async def accounts_of(db: AsyncConnection, community_id: int, member_id: int) -> Sequence[Account]:
    """A member's accounts that can be written to, the one on the platform that they prefer first, then the oldest."""
    return (await accounts_of_all(db, community_id, [member_id]))[member_id]


async def accounts_of_all(
    db: AsyncConnection, community_id: int, member_ids: Sequence[int]
) -> Mapping[int, Sequence[Account]]:
    """The accounts of these members, by member, as `accounts_of` says it of one."""
    own = (member.c.community_id == community_id, member.c.id.in_(member_ids))
    preferred = {
        row.id: row.preferred for row in await db.execute(sa.select(member.c.id, member.c.preferred).where(*own))
    }
    theirs = (identity.c.community_id == community_id, identity.c.member_id.in_(member_ids))
    linked = (await db.execute(sa.select(identity).where(*theirs).order_by(identity.c.since))).mappings().all()
    first = {space.platform: space for space in reversed(await spaces_of(db, community_id))}
    found: dict[int, list[Account]] = {member_id: [] for member_id in member_ids}
    for row in linked:
        if row["platform"] in first:
            found[row["member_id"]].append(Account(first[row["platform"]], row["remote"]))
    for member_id, accounts in found.items():
        accounts.sort(key=lambda account: account.space.platform != preferred.get(member_id))
    return found


async def home_zone(db: AsyncConnection, community_id: int, member_id: int) -> str | None:
    """The zone that a member or their platform gave, None where nobody did."""
    own = (member.c.community_id == community_id, member.c.id == member_id)
    found: str | None = (await db.execute(sa.select(member.c.zone).where(*own))).scalar_one()
    return found


async def find_member(db: AsyncConnection, community_id: int, caller: Caller) -> sa.RowMapping | None:
    """The row of the member behind an account, if it was seen before."""
    statement = (
        sa.select(member)
        .join(identity, sa.and_(identity.c.community_id == member.c.community_id, identity.c.member_id == member.c.id))
        .where(
            identity.c.community_id == community_id,
            identity.c.platform == caller.platform,
            identity.c.remote == caller.user,
        )
    )
    return (await db.execute(statement)).mappings().one_or_none()


async def welcome_member(db: AsyncConnection, ids: Ids, community_id: int, caller: Caller, now: datetime) -> int:
    """Make a member of an account that was never seen before, and return the member's id."""
    member_id = ids.new()
    await db.execute(
        sa.insert(member).values(
            community_id=community_id, id=member_id, name=caller.name, zone=caller.zone, joined=now
        )
    )
    await link_account(db, community_id, member_id, caller.platform, caller.user, now)
    return member_id


async def link_account(
    db: AsyncConnection, community_id: int, member_id: int, platform: str, remote: str, now: datetime
) -> None:
    """Say that a platform account is this member."""
    account = {"community_id": community_id, "platform": platform, "remote": remote}
    await db.execute(sa.insert(identity).values(**account, member_id=member_id, since=now))


async def member_name(db: AsyncConnection, community_id: int, member_id: int) -> str | None:
    """A member's name, or None when there is no such member (any more)."""
    own = (member.c.community_id == community_id, member.c.id == member_id)
    return (await db.execute(sa.select(member.c.name).where(*own))).scalar_one_or_none()


async def identities_of(db: AsyncConnection, community_id: int, member_id: int) -> Sequence[sa.RowMapping]:
    """A member's accounts, oldest first, also where no space of theirs is left."""
    own = (identity.c.community_id == community_id, identity.c.member_id == member_id)
    return (await db.execute(sa.select(identity).where(*own).order_by(identity.c.since))).mappings().all()


async def read_member(db: AsyncConnection, community_id: int, member_id: int) -> sa.RowMapping:
    """The row of a member. Raises `NoResultFound` for one who is gone."""
    own = (member.c.community_id == community_id, member.c.id == member_id)
    return (await db.execute(sa.select(member).where(*own))).mappings().one()


async def members_named(
    db: AsyncConnection, community_id: int, words: str, limit: int = 25, without: Collection[int] = ()
) -> Sequence[sa.RowMapping]:
    """Members (`id`, `name`) whose name begins with `words`, in order of name."""
    pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    statement = (
        sa.select(member.c.id, member.c.name)
        .where(member.c.community_id == community_id, member.c.name.ilike(pattern, escape="\\"))
        .where(member.c.id.not_in(without))
        .order_by(member.c.name, member.c.id)
        .limit(limit)
    )
    return (await db.execute(statement)).mappings().all()
