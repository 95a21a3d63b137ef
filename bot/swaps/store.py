"""Tables and queries of skill swaps: who takes part, lessons, and the ledger of hours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, insert_new, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import Ids

LessonState = Literal["open", "met", "failed", "closed"]
"""Introduced; they have met; one of them said that it did not work out; over without a word."""


def _member(column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["community_id", column], ["member.community_id", "member.id"])


swap_member = sa.Table(
    "swap_member",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("joined", UtcDateTime, nullable=False),
    sa.Column("left", UtcDateTime),  # wall clock: since when they take no part any more
    sa.Column("paused_until", UtcDateTime),  # wall clock
    sa.Column("waiting", sa.Integer, nullable=False),  # rounds in which they took part and nothing came of it
    sa.Column("coffee", sa.Boolean, nullable=False),  # whether they want coffee introductions, too
    sa.Column("missed", Key),  # the round that brought them nothing, until they are told
    _member("member_id"),
)

lesson = sa.Table(
    "swap_lesson",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("giver_id", Key),  # None: somebody who had their data erased
    sa.Column("getter_id", Key),
    sa.Column("skill", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),  # "ask:17" or "ring:42"
    sa.Column("at", UtcDateTime, nullable=False),  # wall clock: when they were introduced
    sa.Column("state", sa.Text, nullable=False),  # a `LessonState`
    sa.Column("asked_met", sa.Boolean, nullable=False),  # whether the one who learns was asked if they have met
    sa.Column("due", UtcDateTime),  # wall clock: when to ask or close next
    sa.Column("meets_at", UtcDateTime),  # wall clock: the time that the two have fixed
    sa.Column("fixed", sa.Integer, nullable=False, server_default="0"),  # how often they have
    sa.Column("free", sa.Boolean, nullable=False, server_default=sa.false()),  # a gift: it is owed to nobody
    sa.Column("thanked", UtcDateTime),
    sa.Column("verdict", sa.Text),  # what the one who learned made of it
    _member("giver_id"),
    _member("getter_id"),
    sa.Index("ix_swap_lesson_due", "due"),
    sa.Index("ix_swap_lesson_giver", "community_id", "giver_id"),
    sa.Index("ix_swap_lesson_getter", "community_id", "getter_id"),
)

hour = sa.Table(
    "swap_hour",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("lesson_id", Key, primary_key=True),  # a lesson is booked once
    sa.Column("giver_id", Key),
    sa.Column("getter_id", Key),
    sa.Column("skill", sa.Text, nullable=False),
    sa.Column("hours", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    _member("giver_id"),
    _member("getter_id"),
    sa.ForeignKeyConstraint(["community_id", "lesson_id"], ["swap_lesson.community_id", "swap_lesson.id"]),
    sa.CheckConstraint("hours > 0", name="some"),
    sa.Index("ix_swap_hour_giver", "community_id", "giver_id"),
    sa.Index("ix_swap_hour_getter", "community_id", "getter_id"),
)


# --- who takes part --------------------------------------------------------------------------------------------------


async def join(db: AsyncConnection, community_id: int, member_id: int, now: datetime) -> None:
    """Let somebody take part; who left or paused comes back."""
    row = {"community_id": community_id, "member_id": member_id, "joined": now, "waiting": 0, "coffee": False}
    if not await insert_new(db, swap_member, [row], returning=swap_member.c.member_id):
        await change_part(db, community_id, member_id, left=None, paused_until=None)


async def part_of(db: AsyncConnection, community_id: int, member_id: int) -> sa.RowMapping | None:
    """How somebody takes part; None if they never joined."""
    own = (swap_member.c.community_id == community_id, swap_member.c.member_id == member_id)
    return (await db.execute(sa.select(swap_member).where(*own))).mappings().one_or_none()


async def change_part(db: AsyncConnection, community_id: int, member_id: int, **values: Any) -> None:
    """Set columns of how somebody takes part."""
    own = (swap_member.c.community_id == community_id, swap_member.c.member_id == member_id)
    await db.execute(sa.update(swap_member).where(*own).values(**values))


async def let_wait(db: AsyncConnection, community_id: int, member_ids: Iterable[int]) -> None:
    """Note that a round brought these members nothing: the next one serves them first."""
    own = (swap_member.c.community_id == community_id, swap_member.c.member_id.in_(list(member_ids)))
    await db.execute(sa.update(swap_member).where(*own).values(waiting=swap_member.c.waiting + 1))


async def note_missed(db: AsyncConnection, community_id: int, member_ids: Iterable[int], round_id: int) -> None:
    """Note which round brought these members nothing, for them to be told."""
    own = (swap_member.c.community_id == community_id, swap_member.c.member_id.in_(list(member_ids)))
    await db.execute(sa.update(swap_member).where(*own).values(missed=round_id))


def taking_part(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions for a row of somebody who has neither left nor paused."""
    awake = sa.or_(swap_member.c.paused_until.is_(None), swap_member.c.paused_until <= now)
    return (swap_member.c.left.is_(None), awake)


async def parts(db: AsyncConnection, community_id: int, now: datetime) -> Mapping[int, sa.RowMapping]:
    """Who takes part at an instant, and how."""
    statement = sa.select(swap_member).where(swap_member.c.community_id == community_id, *taking_part(now))
    return {row["member_id"]: row for row in (await db.execute(statement)).mappings()}


async def stepped_back(db: AsyncConnection, community_id: int, now: datetime) -> frozenset[int]:
    """Who has left or paused skill swaps: nothing is asked of them."""
    own = (swap_member.c.community_id == community_id, ~sa.and_(*taking_part(now)))
    return frozenset((await db.execute(sa.select(swap_member.c.member_id).where(*own))).scalars())


# --- lessons ---------------------------------------------------------------------------------------------------------


async def add_lesson(
    db: AsyncConnection, ids: Ids, community_id: int, giver_id: int, getter_id: int, **values: Any
) -> int:
    """Note that somebody is to teach somebody, and return the lesson's id."""
    lesson_id = ids.new()
    whose = {"community_id": community_id, "id": lesson_id, "giver_id": giver_id, "getter_id": getter_id}
    await db.execute(sa.insert(lesson).values(**whose, state="open", asked_met=False, **values))
    return lesson_id


async def read_lesson(db: AsyncConnection, community_id: int, lesson_id: int) -> sa.RowMapping | None:
    """A lesson as it is now."""
    own = (lesson.c.community_id == community_id, lesson.c.id == lesson_id)
    return (await db.execute(sa.select(lesson).where(*own))).mappings().one_or_none()


async def together(
    db: AsyncConnection, community_id: int, lesson_id: int, *, lock: bool = False
) -> Sequence[sa.RowMapping]:
    """A lesson and those that the same two have from the same introduction, oldest first; locked in that order."""
    this = await read_lesson(db, community_id, lesson_id)
    if this is None:
        return ()
    pair = (this["giver_id"], this["getter_id"])
    own = (lesson.c.community_id == community_id, lesson.c.source == this["source"])
    between = (lesson.c.giver_id.in_(pair), lesson.c.getter_id.in_(pair))
    statement = sa.select(lesson).where(*own, *between).order_by(lesson.c.id)
    return (await db.execute(statement.with_for_update() if lock else statement)).mappings().all()


async def lock_lesson(db: AsyncConnection, community_id: int, lesson_id: int) -> sa.RowMapping | None:
    """A lesson that nobody else changes until this transaction ends."""
    own = (lesson.c.community_id == community_id, lesson.c.id == lesson_id)
    return (await db.execute(sa.select(lesson).where(*own).with_for_update())).mappings().one_or_none()


async def change_lesson(db: AsyncConnection, community_id: int, lesson_id: int, **values: Any) -> None:
    """Set columns of a lesson."""
    own = (lesson.c.community_id == community_id, lesson.c.id == lesson_id)
    await db.execute(sa.update(lesson).where(*own).values(**values))


async def lessons_of(
    db: AsyncConnection, community_id: int, member_id: int, *states: LessonState
) -> Sequence[sa.RowMapping]:
    """The lessons that a member gives or gets, oldest first; in these states, else all."""
    mine = sa.or_(lesson.c.giver_id == member_id, lesson.c.getter_id == member_id)
    own = [lesson.c.community_id == community_id, mine]
    if states:
        own.append(lesson.c.state.in_(states))
    return (await db.execute(sa.select(lesson).where(*own).order_by(lesson.c.id))).mappings().all()


async def taught(db: AsyncConnection, community_id: int) -> frozenset[tuple[int, int, str]]:
    """Who was introduced to teach whom what (giver, getter, skill): the same is never proposed again."""
    both = (lesson.c.giver_id.is_not(None), lesson.c.getter_id.is_not(None))
    columns = sa.select(lesson.c.giver_id, lesson.c.getter_id, lesson.c.skill)
    rows = await db.execute(columns.where(lesson.c.community_id == community_id, *both))
    return frozenset((row.giver_id, row.getter_id, row.skill) for row in rows)


async def no_fits(db: AsyncConnection, community_id: int) -> frozenset[tuple[int, int]]:
    """Pairs (the smaller id first) one of whom ended what they were introduced for."""
    both = (lesson.c.giver_id.is_not(None), lesson.c.getter_id.is_not(None), lesson.c.state == "failed")
    columns = sa.select(lesson.c.giver_id, lesson.c.getter_id)
    rows = await db.execute(columns.where(lesson.c.community_id == community_id, *both))
    return frozenset((min(row), max(row)) for row in rows)


async def lessons_given_since(db: AsyncConnection, community_id: int, since: datetime) -> Mapping[int, int]:
    """How many lessons each member was introduced to give since an instant; without those who gave none."""
    own = (lesson.c.community_id == community_id, lesson.c.at >= since, lesson.c.giver_id.is_not(None))
    statement = sa.select(lesson.c.giver_id, sa.func.count().label("n")).where(*own).group_by(lesson.c.giver_id)
    return {row.giver_id: row.n for row in await db.execute(statement)}


async def thanks_of(db: AsyncConnection, community_id: int, member_id: int) -> int:
    """How often a member was thanked for a lesson."""
    own = (lesson.c.community_id == community_id, lesson.c.giver_id == member_id, lesson.c.thanked.is_not(None))
    return int((await db.execute(sa.select(sa.func.count()).select_from(lesson).where(*own))).scalar_one())


# --- the ledger ------------------------------------------------------------------------------------------------------


async def book(db: AsyncConnection, one: sa.RowMapping, hours: int, now: datetime) -> bool:
    """Enter the hours of a lesson: what its giver gains its getter owes. Says whether it was not entered before."""
    row = {
        "community_id": one["community_id"],
        "lesson_id": one["id"],
        "giver_id": one["giver_id"],
        "getter_id": one["getter_id"],
        "skill": one["skill"],
        "hours": hours,
        "at": now,
    }
    return bool(await insert_new(db, hour, [row], returning=hour.c.lesson_id))


async def change_hours(db: AsyncConnection, community_id: int, lesson_id: int, hours: int) -> None:
    """Correct how long a lesson that is entered took."""
    own = (hour.c.community_id == community_id, hour.c.lesson_id == lesson_id)
    await db.execute(sa.update(hour).where(*own).values(hours=hours))


async def balance_of(db: AsyncConnection, community_id: int, member_id: int) -> int:
    """Hours that a member gave, less those they got: below nothing, they owe."""
    return (await balances(db, community_id)).get(member_id, 0)


async def balances(db: AsyncConnection, community_id: int) -> Mapping[int | None, int]:
    """The balances of a community, whose sum is nothing; None is everybody whose data were erased.

    What was a gift is entered, and weighs nothing (`ledger.balances` says the same of plain data).
    """
    same = sa.and_(lesson.c.community_id == hour.c.community_id, lesson.c.id == hour.c.lesson_id)
    owed = hour.join(lesson, sa.and_(same, lesson.c.free.is_(False)))
    own = hour.c.community_id == community_id
    gave = sa.select(hour.c.giver_id.label("who"), hour.c.hours).select_from(owed).where(own)
    got = sa.select(hour.c.getter_id.label("who"), -hour.c.hours).select_from(owed).where(own)
    both = sa.union_all(gave, got).subquery()
    statement = sa.select(both.c.who, sa.func.sum(both.c.hours).label("hours")).group_by(both.c.who)
    return {row.who: int(row.hours) for row in await db.execute(statement)}


async def hours_of(db: AsyncConnection, community_id: int, member_id: int) -> Sequence[sa.RowMapping]:
    """The entries in which a member has a side, each with whether it was a gift (`free`), oldest first."""
    mine = sa.or_(hour.c.giver_id == member_id, hour.c.getter_id == member_id)
    same = sa.and_(lesson.c.community_id == hour.c.community_id, lesson.c.id == hour.c.lesson_id)
    statement = sa.select(hour, lesson.c.free).join(lesson, same).where(hour.c.community_id == community_id, mine)
    statement = statement.order_by(hour.c.at, hour.c.lesson_id)
    return (await db.execute(statement)).mappings().all()
