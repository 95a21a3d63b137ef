"""Queries of mentoring: who offers which hours, who asks, what is booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import people
from bot.availability import Window
from bot.mentoring.rules import Held
from bot.mentoring.tables import asked, offer, request, seat, session

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.mentoring.rules import Span
    from bot.place import Place

REQUESTS_KEPT = timedelta(days=180)
"""How long what was asked is kept."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a mentor offers."""

    member_id: int
    topics: tuple[str, ...]
    windows: tuple[Window, ...]
    zone: str
    weekly: int
    monthly: int
    minutes: int
    places: int
    place: str
    named: bool
    paused_until: datetime | None
    calendar: str
    busy: tuple[Span, ...]
    calendar_error: str

    def paused(self, now: datetime) -> bool:
        """Whether nothing can be booked for now."""
        return self.paused_until is not None and self.paused_until > now


@dataclass(frozen=True, slots=True)
class Session:
    """An hour that is booked. `seats` are the rows of who comes to it."""

    id: int
    member_id: int | None
    topic: str
    first_at: datetime
    at: datetime
    minutes: int
    places: int
    place: str
    notes: str
    sequence: int
    cancelled: datetime | None
    seats: tuple[sa.RowMapping, ...]

    @property
    def end(self) -> datetime:
        """When it is over."""
        return self.at + timedelta(minutes=self.minutes)

    @property
    def guests(self) -> tuple[int, ...]:
        """Who comes to the mentor."""
        return tuple(row["member_id"] for row in self.seats)

    def held(self) -> Held:
        """It as the rules see it."""
        return Held(self.at, self.end, self.topic, len(self.seats), self.places)


def windows_as_stored(windows: Iterable[Window]) -> list[list[Any]]:
    """Windows as JSON-ready data."""
    return [[one.day, f"{one.start:%H:%M}", f"{one.end:%H:%M}"] for one in windows]


def windows_as_read(stored: Iterable[Sequence[Any]]) -> tuple[Window, ...]:
    """Windows of what was stored."""
    return tuple(Window(day, time.fromisoformat(start), time.fromisoformat(end)) for day, start, end in stored)


# --- offers ----------------------------------------------------------------------------------------------------------


async def offers_of(db: AsyncConnection, community_id: int, member_ids: Iterable[int] | None = None) -> list[Offer]:
    """The offers of a community, or of these members."""
    own = [offer.c.community_id == community_id]
    if member_ids is not None:
        own.append(offer.c.member_id.in_(list(member_ids)))
    rows = (await db.execute(sa.select(offer).where(*own).order_by(offer.c.since, offer.c.member_id))).mappings()
    return [_offer(row) for row in rows]


async def offer_of(db: AsyncConnection, community_id: int, member_id: int) -> Offer | None:
    """What a member offers, if anything."""
    return next(iter(await offers_of(db, community_id, [member_id])), None)


def _offer(row: sa.RowMapping) -> Offer:
    values = {name: row[name] for name in Offer.__dataclass_fields__}
    values["topics"], values["windows"] = tuple(row["topics"]), windows_as_read(row["windows"])
    values["busy"] = tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in row["busy"])
    return Offer(**values)


async def put_offer(do: Place, member_id: int, **values: Any) -> None:
    """Set columns of a member's offer, or make it."""
    own = (offer.c.community_id == do.community.id, offer.c.member_id == member_id)
    if not (await do.db.execute(sa.update(offer).where(*own).values(**values))).rowcount:
        made = {"community_id": do.community.id, "member_id": member_id, "since": do.now}
        await do.db.execute(sa.insert(offer).values({**made, **values}))


async def end_offer(db: AsyncConnection, community_id: int, member_id: int) -> bool:
    """Take an offer back; says whether there was one."""
    own = (offer.c.community_id == community_id, offer.c.member_id == member_id)
    return bool((await db.execute(sa.delete(offer).where(*own))).rowcount)


async def calendars_due(db: AsyncConnection, now: datetime, limit: int = 50) -> Sequence[sa.RowMapping]:
    """The offers (`community_id`, `member_id`, `calendar`, `zone`) whose calendar is to be read."""
    columns = (offer.c.community_id, offer.c.member_id, offer.c.calendar, offer.c.zone, offer.c.calendar_error)
    statement = sa.select(*columns).where(offer.c.calendar_due <= now).order_by(offer.c.calendar_due).limit(limit)
    return (await db.execute(statement)).mappings().all()


async def platforms_of(db: AsyncConnection, community_id: int, member_ids: Iterable[int]) -> Mapping[int, set[str]]:
    """The platforms on which members have an account."""
    wanted = list(member_ids)
    table = people.identity
    own = (table.c.community_id == community_id, table.c.member_id.in_(wanted))
    found: dict[int, set[str]] = {member_id: set() for member_id in wanted}
    for row in await db.execute(sa.select(table.c.member_id, table.c.platform).where(*own)):
        found[row.member_id].add(row.platform)
    return found


async def thanks_of(db: AsyncConnection, community_id: int, member_ids: Iterable[int]) -> Mapping[int, int]:
    """How often these mentors were thanked; who never was is left out."""
    own = (session.c.community_id == community_id, session.c.member_id.in_(list(member_ids)))
    counted = sa.select(session.c.member_id, sa.func.count()).join(seat, _of_its_session()).where(*own)
    rows = await db.execute(counted.where(seat.c.thanked.is_not(None)).group_by(session.c.member_id))
    return {row[0]: row[1] for row in rows}


# --- requests --------------------------------------------------------------------------------------------------------


async def read_request(
    db: AsyncConnection, community_id: int, request_id: int, *, lock: bool = False
) -> sa.RowMapping | None:
    """One request; `lock` makes everybody else who changes it wait until this transaction is over."""
    statement = sa.select(request).where(request.c.community_id == community_id, request.c.id == request_id)
    return (await db.execute(statement.with_for_update() if lock else statement)).mappings().one_or_none()


async def change_request(db: AsyncConnection, community_id: int, request_id: int, **values: Any) -> None:
    """Set columns of a request."""
    own = (request.c.community_id == community_id, request.c.id == request_id)
    await db.execute(sa.update(request).where(*own).values(**values))


async def asked_of(db: AsyncConnection, community_id: int, request_id: int) -> Sequence[sa.RowMapping]:
    """The mentors who were asked quietly about a request."""
    own = (asked.c.community_id == community_id, asked.c.request_id == request_id)
    return (await db.execute(sa.select(asked).where(*own).order_by(asked.c.member_id))).mappings().all()


async def tidy(db: AsyncConnection, now: datetime) -> int:
    """Delete the requests that came to an end long ago; returns how many."""
    old = (request.c.made < now - REQUESTS_KEPT, request.c.state.not_in(("waiting", "asked")))
    ids = sa.select(request.c.id).where(*old)
    await db.execute(sa.delete(asked).where(asked.c.request_id.in_(ids)))
    return (await db.execute(sa.delete(request).where(*old))).rowcount


# --- sessions --------------------------------------------------------------------------------------------------------


async def lock_members(db: AsyncConnection, community_id: int, member_ids: Iterable[int]) -> None:
    """Make everybody else who books with these members wait until this transaction is over."""
    table = people.member
    own = (table.c.community_id == community_id, table.c.id.in_(sorted(set(member_ids))))
    await db.execute(sa.select(table.c.id).where(*own).order_by(table.c.id).with_for_update(key_share=True))


async def read_session(db: AsyncConnection, community_id: int, session_id: int) -> Session | None:
    """One session."""
    found = await _sessions(db, session.c.community_id == community_id, session.c.id == session_id)
    return found[0] if found else None


async def sessions_with(
    db: AsyncConnection, community_id: int, member_ids: Iterable[int], since: datetime, *, cancelled: bool = False
) -> list[Session]:
    """The sessions of these members, as mentors or guests, that begin at an instant or later."""
    whose = list(member_ids)
    comes = sa.select(seat.c.session_id).where(seat.c.community_id == community_id, seat.c.member_id.in_(whose))
    mine = sa.or_(session.c.member_id.in_(whose), session.c.id.in_(comes))
    wanted = [session.c.community_id == community_id, mine, session.c.at >= since]
    if not cancelled:
        wanted.append(session.c.cancelled.is_(None))
    return await _sessions(db, *wanted)


async def circles_on(db: AsyncConnection, community_id: int, topics: Collection[str], since: datetime) -> list[Session]:
    """The circles on these topics that begin at an instant or later, the next first; also those that are full."""
    wanted = (session.c.community_id == community_id, session.c.at >= since, session.c.cancelled.is_(None))
    return await _sessions(db, *wanted, session.c.places > 1, session.c.topic.in_(topics))


async def sessions_of_all_times(db: AsyncConnection, community_id: int, member_id: int) -> list[Session]:
    """Everything that a member gave, took or cancelled."""
    return await sessions_with(db, community_id, [member_id], datetime(1970, 1, 1, tzinfo=UTC), cancelled=True)


async def _sessions(db: AsyncConnection, *wanted: sa.ColumnElement[bool]) -> list[Session]:
    statement = sa.select(session).where(*wanted).order_by(session.c.at, session.c.id)
    rows = (await db.execute(statement)).mappings().all()
    if not rows:
        return []
    same = (seat.c.community_id == rows[0]["community_id"], seat.c.session_id.in_([row["id"] for row in rows]))
    seats: dict[int, list[sa.RowMapping]] = {row["id"]: [] for row in rows}
    for row in (await db.execute(sa.select(seat).where(*same).order_by(seat.c.made, seat.c.member_id))).mappings():
        seats[row["session_id"]].append(row)
    names = [name for name in Session.__dataclass_fields__ if name != "seats"]
    return [Session(**{name: row[name] for name in names}, seats=tuple(seats[row["id"]])) for row in rows]


async def change_session(db: AsyncConnection, community_id: int, session_id: int, **values: Any) -> None:
    """Set columns of a session."""
    own = (session.c.community_id == community_id, session.c.id == session_id)
    await db.execute(sa.update(session).where(*own).values(**values))


async def change_seat(db: AsyncConnection, community_id: int, session_id: int, member_id: int, **values: Any) -> None:
    """Set columns of a seat."""
    await db.execute(sa.update(seat).where(*_seat_of(community_id, session_id, member_id)).values(**values))


async def give_up_seat(db: AsyncConnection, community_id: int, session_id: int, member_id: int) -> None:
    """Let somebody come to a session no more."""
    await db.execute(sa.delete(seat).where(*_seat_of(community_id, session_id, member_id)))


async def sessions_due(db: AsyncConnection, now: datetime, limit: int = 200) -> Sequence[sa.RowMapping]:
    """The sessions (`community_id`, `id`) of which it is time to ask whether they came about."""
    statement = sa.select(session.c.community_id, session.c.id).where(session.c.due <= now)
    return (await db.execute(statement.order_by(session.c.due).limit(limit))).mappings().all()


def _of_its_session() -> sa.ColumnElement[bool]:
    return sa.and_(seat.c.community_id == session.c.community_id, seat.c.session_id == session.c.id)


def _seat_of(community_id: int, session_id: int, member_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        seat.c.community_id == community_id,
        seat.c.session_id == session_id,
        seat.c.member_id == member_id,
    )
