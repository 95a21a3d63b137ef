"""Tables and queries of meetups: what is planned, each time it happens, who comes, where its cards stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import occurrences, people
from bot.db import Json, Key, UtcDateTime, Words, insert_new, metadata
from bot.meetups.rules import Rsvp
from bot.reminders import REMINDERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.meetups.rules import Answer, Kind
    from bot.place import Place
    from bot.ports import Ids

_OF_A_MEETUP = (("community_id", "meetup_id"), ("meetup.community_id", "meetup.id"))
_OF_A_GATHERING = (("community_id", "gathering_id"), ("gathering.community_id", "gathering.id"))

meetup = sa.Table(
    "meetup",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("series_id", Key, nullable=False),
    sa.Column("host_id", Key),  # a member; None when the host left and nobody took over
    sa.Column("title", Words, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("places", sa.Integer),  # None: as many as come
    sa.Column("place", Words, nullable=False),  # where: shown to who goes
    sa.Column("about", Words, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),  # the organiser's, in which it was planned
    sa.Column("made", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "series_id"], ["series.community_id", "series.id"]),
    sa.ForeignKeyConstraint(["community_id", "host_id"], ["member.community_id", "member.id"]),
)

gathering = sa.Table(
    "gathering",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("meetup_id", Key, nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # of its occurrence
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),  # of its calendar entry: up by one with each change
    sa.Column("announced", UtcDateTime),  # wall clock: since when its cards stand
    sa.Column("cancelled", UtcDateTime),
    sa.Column("cancelled_by", Words),
    sa.Column("asked_how", UtcDateTime),  # wall clock: when who came was asked how it was
    sa.Column("due", UtcDateTime),  # wall clock: when there is something to do about it; None when it is over
    sa.ForeignKeyConstraint(*_OF_A_MEETUP),
    sa.UniqueConstraint("community_id", "meetup_id", "key"),
    sa.Index("ix_gathering_due", "due"),
    sa.Index("ix_gathering_at", "community_id", "at"),
)

rsvp = sa.Table(
    "rsvp",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("gathering_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),  # an `Answer`
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("turn", sa.Integer, nullable=False),  # counts a gathering's answers: the order of the line
    sa.Column("version", sa.Integer, nullable=False),  # up with each change: part of the keys of what is told about it
    sa.Column("reminders", Json, nullable=False),  # which of REMINDERS they want
    sa.Column("offered_at", UtcDateTime),
    sa.Column("came", sa.Boolean),
    sa.Column("worth_it", sa.Boolean),  # what they said afterwards
    sa.ForeignKeyConstraint(*_OF_A_GATHERING),
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_rsvp_member", "community_id", "member_id"),
)

posting = sa.Table(
    "meetup_card",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("gathering_id", Key, primary_key=True),
    sa.Column("space_id", Key, primary_key=True),
    sa.Column("message_id", Key, nullable=False),
    sa.Column("event_message_id", Key),  # the mirror as an event of the server
    sa.ForeignKeyConstraint(*_OF_A_GATHERING),
    sa.ForeignKeyConstraint(["community_id", "space_id"], ["space.community_id", "space.id"]),
)


@dataclass(frozen=True, slots=True)
class Gathering:
    """One time that a meetup happens, with what it has from its meetup."""

    id: int
    meetup_id: int
    series_id: int
    key: str
    at: datetime
    sequence: int
    host_id: int | None
    title: str
    kind: Kind
    minutes: int
    places: int | None
    place: str
    about: str
    zone: str
    announced: datetime | None
    cancelled: datetime | None
    cancelled_by: str | None
    asked_how: datetime | None


of_its_meetup = sa.and_(meetup.c.community_id == gathering.c.community_id, meetup.c.id == gathering.c.meetup_id)
_WHOLE = sa.select(
    *(gathering.c[name] for name in ("id", "meetup_id", "key", "at", "sequence", "announced")),
    *(gathering.c[name] for name in ("cancelled", "cancelled_by", "asked_how")),
    *(meetup.c[name] for name in ("series_id", "host_id", "title", "kind", "minutes", "places", "place", "about")),
    meetup.c.zone,
).join(meetup, of_its_meetup)


# --- gatherings ------------------------------------------------------------------------------------------------------


async def read_gathering(
    db: AsyncConnection, community_id: int, gathering_id: int, *, lock: bool = False
) -> Gathering | None:
    """One gathering; `lock` makes everybody else who changes it wait until this transaction is over."""
    own = (gathering.c.community_id == community_id, gathering.c.id == gathering_id)
    if lock:
        await db.execute(sa.select(gathering.c.id).where(*own).with_for_update())
    row = (await db.execute(_WHOLE.where(*own))).mappings().one_or_none()
    return Gathering(**row) if row else None


async def to_come(
    db: AsyncConnection, community_id: int, now: datetime, *, member_id: int | None = None, limit: int = 25
) -> list[Gathering]:
    """The next gatherings that are not over nor cancelled; of one member: those that they host or answered to."""
    wanted = [gathering.c.community_id == community_id, gathering.c.at > now, gathering.c.cancelled.is_(None)]
    if member_id is not None:
        answered = sa.select(rsvp.c.gathering_id).where(
            rsvp.c.community_id == community_id, rsvp.c.member_id == member_id, rsvp.c.answer != "no"
        )
        wanted.append(sa.or_(meetup.c.host_id == member_id, gathering.c.id.in_(answered)))
    statement = _WHOLE.where(*wanted).order_by(gathering.c.at, gathering.c.id).limit(limit)
    return [Gathering(**row) for row in (await db.execute(statement)).mappings()]


async def since(db: AsyncConnection, community_id: int, first: datetime, member_id: int | None) -> list[Gathering]:
    """All gatherings from an instant on, cancelled ones too; of one member: those that they host or go to."""
    wanted = [gathering.c.community_id == community_id, gathering.c.at >= first]
    if member_id is not None:
        goes = sa.select(rsvp.c.gathering_id).where(
            rsvp.c.community_id == community_id, rsvp.c.member_id == member_id, rsvp.c.answer == "going"
        )
        wanted.append(sa.or_(meetup.c.host_id == member_id, gathering.c.id.in_(goes)))
    statement = _WHOLE.where(*wanted).order_by(gathering.c.at, gathering.c.id)
    return [Gathering(**row) for row in (await db.execute(statement)).mappings()]


async def of_meetup(db: AsyncConnection, community_id: int, meetup_id: int, now: datetime) -> list[Gathering]:
    """What is still to come of one meetup."""
    own = (gathering.c.community_id == community_id, gathering.c.meetup_id == meetup_id, gathering.c.at > now)
    statement = _WHOLE.where(*own, gathering.c.cancelled.is_(None)).order_by(gathering.c.at)
    return [Gathering(**row) for row in (await db.execute(statement)).mappings()]


async def add_meetup(do: Place, **values: Any) -> int:
    """Store a meetup and return its id."""
    meetup_id = do.ids.new()
    row = {"community_id": do.community.id, "id": meetup_id, "made": do.now, **values}
    await do.db.execute(sa.insert(meetup).values(row))
    return meetup_id


async def is_planned(db: AsyncConnection, community_id: int, host_id: int, title: str, at: datetime) -> bool:
    """Whether somebody hosts a meetup of this title at this instant."""
    own = (meetup.c.community_id == community_id, meetup.c.host_id == host_id, meetup.c.title == title)
    same = sa.select(gathering.c.id).join(meetup, of_its_meetup).where(*own, gathering.c.at == at)
    return (await db.execute(same.where(gathering.c.cancelled.is_(None)))).first() is not None


async def change_meetup(db: AsyncConnection, community_id: int, meetup_id: int, **values: Any) -> None:
    """Set columns of a meetup."""
    own = (meetup.c.community_id == community_id, meetup.c.id == meetup_id)
    await db.execute(sa.update(meetup).where(*own).values(**values))


async def change_gathering(db: AsyncConnection, community_id: int, gathering_id: int, **values: Any) -> None:
    """Set columns of a gathering."""
    own = (gathering.c.community_id == community_id, gathering.c.id == gathering_id)
    await db.execute(sa.update(gathering).where(*own).values(**values))


def without_gathering(now: datetime | sa.ColumnElement[datetime]) -> sa.Select[tuple[Any, ...]]:
    """The occurrences of meetups that are to come and have no gathering yet."""
    occurrence = occurrences.occurrence
    whose = sa.and_(meetup.c.community_id == occurrence.c.community_id, meetup.c.series_id == occurrence.c.series_id)
    known = sa.and_(
        gathering.c.community_id == meetup.c.community_id,
        gathering.c.meetup_id == meetup.c.id,
        gathering.c.key == occurrence.c.key,
    )
    columns = (meetup.c.community_id, meetup.c.id, occurrence.c.key, occurrence.c.at, occurrence.c.sequence)
    missing = sa.select(*columns).join(meetup, whose).outerjoin(gathering, known)
    return missing.where(gathering.c.id.is_(None), occurrence.c.at > now).order_by(occurrence.c.at)


async def behind(db: AsyncConnection, now: datetime) -> bool:
    """Whether there are occurrences without a gathering."""
    return (await db.execute(without_gathering(now).limit(1))).first() is not None


async def add_gatherings(db: AsyncConnection, ids: Ids, now: datetime) -> int:
    """Make gatherings of the occurrences that have none yet; returns how many."""
    rows = [
        {
            "community_id": row.community_id,
            "id": ids.new(),
            "meetup_id": row.id,
            "key": row.key,
            "at": row.at,
            "sequence": row.sequence,
            "due": now,
        }
        for row in await db.execute(without_gathering(now))
    ]
    return len(await insert_new(db, gathering, rows, returning=gathering.c.id))


async def due_gatherings(db: AsyncConnection, now: datetime, limit: int = 200) -> Sequence[sa.RowMapping]:
    """The gatherings (`community_id`, `id`) about which there is something to do."""
    statement = sa.select(gathering.c.community_id, gathering.c.id).where(gathering.c.due <= now)
    return (await db.execute(statement.order_by(gathering.c.due).limit(limit))).mappings().all()


# --- answers ---------------------------------------------------------------------------------------------------------


async def answers_of(db: AsyncConnection, community_id: int, gathering_id: int) -> list[Rsvp]:
    """What everybody answered, in the order of their turns."""
    own = (rsvp.c.community_id == community_id, rsvp.c.gathering_id == gathering_id)
    statement = sa.select(rsvp.c.member_id, rsvp.c.answer, rsvp.c.turn).where(*own).order_by(rsvp.c.turn)
    return [Rsvp(row.member_id, row.answer, row.turn) for row in await db.execute(statement)]


async def answer_of(db: AsyncConnection, community_id: int, gathering_id: int, member_id: int) -> sa.RowMapping | None:
    """One member's row, if they answered."""
    own = _of(community_id, gathering_id, member_id)
    return (await db.execute(sa.select(rsvp).where(*own))).mappings().one_or_none()


async def put_answer(
    db: AsyncConnection, community_id: int, gathering_id: int, member_id: int, answer: Answer, **values: Any
) -> int:
    """Note what a member answered; returns the row's new version. Whoever calls has locked the gathering.

    It is the latest turn, unless `turn` says which one they keep.
    """
    latest = sa.select(sa.func.coalesce(sa.func.max(rsvp.c.turn), 0)).where(
        rsvp.c.community_id == community_id, rsvp.c.gathering_id == gathering_id
    )
    turn = values.get("turn") or (await db.execute(latest)).scalar_one() + 1
    more = {**values, "answer": answer, "turn": turn}
    own = _of(community_id, gathering_id, member_id)
    changed = sa.update(rsvp).where(*own).values(**more, version=rsvp.c.version + 1).returning(rsvp.c.version)
    version = (await db.execute(changed)).scalar_one_or_none()
    if version is not None:
        return int(version)
    row = {"community_id": community_id, "gathering_id": gathering_id, "member_id": member_id, "version": 1}
    await db.execute(sa.insert(rsvp).values({**row, "reminders": list(REMINDERS), **more}))
    return 1


async def change_answer(
    db: AsyncConnection, community_id: int, gathering_id: int, member_id: int, **values: Any
) -> None:
    """Set columns of an answer without making it another one."""
    await db.execute(sa.update(rsvp).where(*_of(community_id, gathering_id, member_id)).values(**values))


async def names_of(db: AsyncConnection, community_id: int, gathering_id: int) -> Sequence[sa.RowMapping]:
    """Everybody's answer with their name (`member_id`, `name`, `answer`, `at`, `came`), first come first."""
    same = sa.and_(people.member.c.community_id == rsvp.c.community_id, people.member.c.id == rsvp.c.member_id)
    own = (rsvp.c.community_id == community_id, rsvp.c.gathering_id == gathering_id)
    columns = (rsvp.c.member_id, people.member.c.name, rsvp.c.answer, rsvp.c.at, rsvp.c.came)
    statement = sa.select(*columns).join(people.member, same).where(*own).order_by(rsvp.c.turn)
    return (await db.execute(statement)).mappings().all()


def _of(community_id: int, gathering_id: int, member_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        rsvp.c.community_id == community_id,
        rsvp.c.gathering_id == gathering_id,
        rsvp.c.member_id == member_id,
    )


# --- cards that stand in channels ------------------------------------------------------------------------------------


async def postings_of(db: AsyncConnection, community_id: int, gathering_id: int) -> Sequence[sa.RowMapping]:
    """Where the cards of a gathering stand, in an order in which everybody locks their mailboxes."""
    own = (posting.c.community_id == community_id, posting.c.gathering_id == gathering_id)
    return (await db.execute(sa.select(posting).where(*own).order_by(posting.c.space_id))).mappings().all()


async def add_posting(db: AsyncConnection, community_id: int, gathering_id: int, space_id: int, **values: Any) -> None:
    """Note that a gathering has a card in a space."""
    row = {"community_id": community_id, "gathering_id": gathering_id, "space_id": space_id, **values}
    await db.execute(sa.insert(posting).values(row))
