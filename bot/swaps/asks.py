"""Tables and queries of one-way help: who asked for it, and who was asked in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from bot.db import Key, UtcDateTime, insert_new, metadata
from bot.notices import notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import Ids

AskState = Literal["open", "agreed", "withdrawn", "closed"]
"""Somebody is being asked; one said yes; taken back; nobody is left to be asked."""

RequestState = Literal["asked", "yes", "later", "never", "silent", "withdrawn"]

_OPEN = sa.text("state = 'open'")

ask = sa.Table(
    "swap_ask",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("asker_id", Key, nullable=False),
    sa.Column("skill", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # an `AskState`
    sa.ForeignKeyConstraint(["community_id", "asker_id"], ["member.community_id", "member.id"]),
    sa.Index(
        "uq_swap_ask_open",
        *("community_id", "asker_id", "skill"),
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
)

request = sa.Table(
    "swap_request",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("ask_id", Key, primary_key=True),
    sa.Column("helper_id", Key, primary_key=True),  # nobody is asked twice for the same
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("told", sa.Text, nullable=False),  # the key of their notice
    sa.Column("state", sa.Text, nullable=False),  # a `RequestState`
    sa.ForeignKeyConstraint(["community_id", "helper_id"], ["member.community_id", "member.id"]),
    sa.ForeignKeyConstraint(["community_id", "ask_id"], ["swap_ask.community_id", "swap_ask.id"]),
    sa.Index("ix_swap_request_state", "state"),
    sa.Index("ix_swap_request_helper", "community_id", "helper_id"),
)


async def begin(
    db: AsyncConnection, ids: Ids, community_id: int, asker_id: int, skill: str, now: datetime
) -> int | None:
    """Begin to ask for help with a skill and return the ask's id; None where one is open already."""
    row = {"community_id": community_id, "id": ids.new(), "asker_id": asker_id, "skill": skill, "at": now}
    made = await insert_new(db, ask, [{**row, "state": "open"}], returning=ask.c.id)
    return int(made[0]) if made else None


async def lock(db: AsyncConnection, community_id: int, ask_id: int) -> sa.RowMapping | None:
    """An ask that nobody else changes until this transaction ends."""
    own = (ask.c.community_id == community_id, ask.c.id == ask_id)
    return (await db.execute(sa.select(ask).where(*own).with_for_update())).mappings().one_or_none()


async def set_state(db: AsyncConnection, community_id: int, ask_id: int, state: AskState) -> None:
    """Note how far an ask is."""
    own = (ask.c.community_id == community_id, ask.c.id == ask_id)
    await db.execute(sa.update(ask).where(*own).values(state=state))


async def reopen(db: AsyncConnection, row: sa.RowMapping) -> bool:
    """Let an ask be open again; says whether that could be: not while its asker asks for the same anew."""
    mine = await open_asks(db, row["community_id"], row["asker_id"])
    if row["skill"] in {one["skill"] for one in mine}:
        return False
    await set_state(db, row["community_id"], row["id"], "open")
    return True


async def open_asks(db: AsyncConnection, community_id: int, asker_id: int) -> Sequence[sa.RowMapping]:
    """The asks of a member for which somebody is being asked, oldest first."""
    own = (ask.c.community_id == community_id, ask.c.asker_id == asker_id, ask.c.state == "open")
    return (await db.execute(sa.select(ask).where(*own).order_by(ask.c.id))).mappings().all()


async def add_request(
    db: AsyncConnection, community_id: int, ask_id: int, helper_id: int, told: str, now: datetime
) -> None:
    """Note that a helper is asked, under the key of their notice."""
    row = {"community_id": community_id, "ask_id": ask_id, "helper_id": helper_id, "at": now}
    await db.execute(sa.insert(request).values(**row, told=told, state="asked"))


async def requests_of(db: AsyncConnection, community_id: int, ask_id: int) -> Sequence[sa.RowMapping]:
    """Everybody who was asked for the same, in the order in which they were."""
    own = (request.c.community_id == community_id, request.c.ask_id == ask_id)
    order = (request.c.at, request.c.helper_id)
    return (await db.execute(sa.select(request).where(*own).order_by(*order))).mappings().all()


async def asked_since(db: AsyncConnection, community_id: int, since: datetime) -> Mapping[int, int]:
    """How often each member was asked for help since an instant; without those who were not."""
    own = (request.c.community_id == community_id, request.c.at >= since)
    statement = sa.select(request.c.helper_id, sa.func.count().label("n")).where(*own).group_by(request.c.helper_id)
    return {row.helper_id: row.n for row in await db.execute(statement)}


async def settle_request(
    db: AsyncConnection, community_id: int, ask_id: int, helper_id: int, state: RequestState
) -> bool:
    """Note what became of a question; says whether it was still open."""
    own = (request.c.community_id == community_id, request.c.ask_id == ask_id, request.c.helper_id == helper_id)
    done = await db.execute(sa.update(request).where(*own, request.c.state == "asked").values(state=state))
    return bool(done.rowcount)


def waiting() -> sa.Select[tuple[int, int, int, datetime, datetime | None]]:
    """The questions that were not answered (community, ask, helper, at), each with when it reached its helper."""
    same = sa.and_(notice.c.community_id == request.c.community_id, notice.c.key == request.c.told)
    columns = (request.c.community_id, request.c.ask_id, request.c.helper_id, request.c.at, notice.c.reached_at)
    return sa.select(*columns).join(notice, same).where(request.c.state == "asked")


def stranded() -> sa.Select[tuple[int, int]]:
    """The open asks (community, id) for which nobody is being asked: who was is no longer here."""
    asked = sa.exists().where(
        request.c.community_id == ask.c.community_id, request.c.ask_id == ask.c.id, request.c.state == "asked"
    )
    return sa.select(ask.c.community_id, ask.c.id).where(ask.c.state == "open", ~asked)
