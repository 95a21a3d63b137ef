"""Tables and queries of rounds: the rings that were proposed in them, and who sits where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, metadata
from bot.notices import notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import Ids
    from bot.swaps.matching import Outcome, Seat

Kind = Literal["swap", "coffee"]

RingState = Literal["proposed", "repairing", "agreed", "introduced", "broken"]
"""Everybody is asked; somebody can't, another way is looked for; all said yes; introduced; came to nothing."""

Answer = Literal["yes", "no", "silent"]

_OPEN = sa.text("open")

swap_round = sa.Table(
    "swap_round",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),  # a `Kind`
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("members", sa.Integer, nullable=False),  # who took part
    sa.Column("served", sa.Integer, nullable=False),  # of those, whom something was proposed to
    sa.Column("objective", sa.Float, nullable=False),
    sa.Column("bound", sa.Float, nullable=False),  # what no other choice of rings is worth more than
    sa.Column("gap", sa.Float, nullable=False),  # between the two, as a share of the bound
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
)

ring = sa.Table(
    "swap_ring",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("round_id", Key, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # a `RingState`
    sa.ForeignKeyConstraint(["community_id", "round_id"], ["swap_round.community_id", "swap_round.id"]),
    sa.Index("ix_swap_ring_state", "state"),
)

seat = sa.Table(
    "swap_seat",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("ring_id", Key, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),  # each teaches the next, the last the first
    sa.Column("member_id", Key),  # None: somebody who had their data erased
    sa.Column("teaches", sa.Text),  # the skill that they teach the next; None: nothing
    sa.Column("learns", sa.Text),  # the skill that the one before teaches them; None: nothing
    sa.Column("told", sa.Text),  # the key of their notice; None until it is owed
    sa.Column("answer", sa.Text),  # an `Answer`; None until there is one
    sa.Column("reminded", sa.Boolean, nullable=False),
    sa.Column("open", sa.Boolean, nullable=False),  # whether something may still come of it
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.ForeignKeyConstraint(["community_id", "ring_id"], ["swap_ring.community_id", "swap_ring.id"]),
    sa.Index(  # a member is in one open ring at most, whatever happens at once
        "uq_swap_seat_open", "community_id", "member_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    ),
)


# --- writing ---------------------------------------------------------------------------------------------------------


async def add_round(
    db: AsyncConnection, ids: Ids, community_id: int, kind: Kind, outcome: Outcome, now: datetime
) -> int:
    """Note what a round came to, and return its id."""
    round_id = ids.new()
    values = {
        "members": outcome.members,
        "served": outcome.served,
        "objective": outcome.objective,
        "bound": outcome.bound,
        "gap": outcome.gap,
        "seconds": outcome.seconds,
        "seed": outcome.seed,
    }
    await db.execute(sa.insert(swap_round).values(community_id=community_id, id=round_id, kind=kind, at=now, **values))
    return round_id


async def add_rings(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    round_id: int,
    kind: Kind,
    found: Iterable[Sequence[Seat]],
    *,
    state: RingState = "proposed",
) -> None:
    """Add the rings of a round; their members are told by `jobs/follow_swaps.py`."""
    rings: list[dict[str, Any]] = []
    seats: list[dict[str, Any]] = []
    for members in found:
        own = {"community_id": community_id, "id": ids.new()}
        rings.append({**own, "round_id": round_id, "kind": kind, "state": state})
        seats += [
            {
                "community_id": community_id,
                "ring_id": own["id"],
                "number": number,
                "member_id": one.member,
                "teaches": one.teaches,
                "learns": one.learns,
                "told": one.told,
                "answer": one.answer,
                "reminded": False,
                "open": state == "proposed",
            }
            for number, one in enumerate(members)
        ]
    if rings:
        await db.execute(sa.insert(ring), rings)
        await db.execute(sa.insert(seat), seats)


async def set_state(db: AsyncConnection, community_id: int, ring_id: int, state: RingState) -> None:
    """Note how far a ring is; nothing more comes of the seats of one that is over."""
    own = (ring.c.community_id == community_id, ring.c.id == ring_id)
    await db.execute(sa.update(ring).where(*own).values(state=state))
    if state in ("introduced", "broken"):
        theirs = (seat.c.community_id == community_id, seat.c.ring_id == ring_id)
        await db.execute(sa.update(seat).where(*theirs).values(open=False))


async def change_seat(db: AsyncConnection, one: sa.RowMapping, **values: Any) -> None:
    """Set columns of a seat."""
    own = [column == one[column.name] for column in seat.primary_key]
    await db.execute(sa.update(seat).where(*own).values(**values))


# --- reading ---------------------------------------------------------------------------------------------------------


async def lock_ring(db: AsyncConnection, community_id: int, ring_id: int) -> sa.RowMapping | None:
    """A ring that nobody else changes until this transaction ends."""
    own = (ring.c.community_id == community_id, ring.c.id == ring_id)
    return (await db.execute(sa.select(ring).where(*own).with_for_update())).mappings().one_or_none()


async def seats_of(db: AsyncConnection, community_id: int, ring_id: int) -> Sequence[sa.RowMapping]:
    """The seats of a ring, in order: each teaches the next."""
    own = (seat.c.community_id == community_id, seat.c.ring_id == ring_id)
    return (await db.execute(sa.select(seat).where(*own).order_by(seat.c.number))).mappings().all()


async def open_seat(db: AsyncConnection, community_id: int, member_id: int) -> sa.RowMapping | None:
    """The seat of a member from which something may still come."""
    own = (seat.c.community_id == community_id, seat.c.member_id == member_id, seat.c.open)
    return (await db.execute(sa.select(seat).where(*own))).mappings().one_or_none()


async def messages_about(db: AsyncConnection, one: sa.RowMapping) -> Sequence[int]:
    """The messages in which the member of a seat was told of it, and reminded."""
    own = (notice.c.community_id == one["community_id"], notice.c.key.in_((one["told"], f"{one['told']}:again")))
    statement = sa.select(notice.c.message_id).where(*own, notice.c.message_id.is_not(None))
    return (await db.execute(statement)).scalars().all()


async def seated(db: AsyncConnection, community_id: int) -> frozenset[int]:
    """Who is in an open ring."""
    own = (seat.c.community_id == community_id, seat.c.open, seat.c.member_id.is_not(None))
    return frozenset((await db.execute(sa.select(seat.c.member_id).where(*own))).scalars())


async def rings_in(db: AsyncConnection, *states: RingState, community_id: int | None = None) -> Sequence[sa.RowMapping]:
    """The rings in these states, oldest first: of one community, else of all."""
    own = () if community_id is None else (ring.c.community_id == community_id,)
    statement = in_states(*states).where(*own).order_by(ring.c.id)
    found: Sequence[sa.RowMapping] = (await db.execute(statement)).mappings().all()
    return found


def in_states(*states: RingState) -> sa.Select[Any]:
    """The rings in these states."""
    return sa.select(ring).where(ring.c.state.in_(states))


async def met(db: AsyncConnection, community_id: int, kind: Kind) -> Sequence[tuple[int, int]]:
    """Pairs (the smaller id first) that were in one ring of this kind which was introduced, once for each time."""
    other = seat.alias("other")
    same = sa.and_(other.c.community_id == seat.c.community_id, other.c.ring_id == seat.c.ring_id)
    which = sa.and_(ring.c.community_id == seat.c.community_id, ring.c.id == seat.c.ring_id)
    statement = (
        sa.select(seat.c.member_id, other.c.member_id.label("other_id"))
        .join(other, sa.and_(same, seat.c.member_id < other.c.member_id))
        .join(ring, which)
        .where(seat.c.community_id == community_id, ring.c.kind == kind, ring.c.state.in_(("agreed", "introduced")))
    )
    return [(row.member_id, row.other_id) for row in await db.execute(statement)]


async def read_round(db: AsyncConnection, community_id: int, round_id: int) -> sa.RowMapping:
    """One round."""
    own = (swap_round.c.community_id == community_id, swap_round.c.id == round_id)
    return (await db.execute(sa.select(swap_round).where(*own))).mappings().one()


async def latest(db: AsyncConnection, community_id: int, limit: int) -> Sequence[sa.RowMapping]:
    """The latest rounds, newest first."""
    own = swap_round.c.community_id == community_id
    statement = sa.select(swap_round).where(own).order_by(swap_round.c.id.desc()).limit(limit)
    return (await db.execute(statement)).mappings().all()


def untold(limit: int) -> sa.Select[Any]:
    """Seats whose members were not told yet of what is proposed."""
    return (
        sa.select(seat).where(seat.c.open, seat.c.told.is_(None)).order_by(seat.c.ring_id, seat.c.number).limit(limit)
    )


def waiting(reached_by: datetime | None = None) -> sa.Select[Any]:
    """Seats whose members were told and have not answered, each with `reached_at` of the notice.

    Only those whose notice reached them by an instant, where one is given.
    """
    same = sa.and_(notice.c.community_id == seat.c.community_id, notice.c.key == seat.c.told)
    found = sa.select(seat, notice.c.reached_at).join(notice, same).where(seat.c.open, seat.c.answer.is_(None))
    return found if reached_by is None else found.where(notice.c.reached_at <= reached_by)
