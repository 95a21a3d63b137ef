"""Run mentoring: ask mentors about what waits, look after what they were asked, check in afterwards, read calendars."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import notices, people
from bot.cards import Button, sentence
from bot.errors import UserError
from bot.mentoring import calendars, quietly, sessions, store, tables
from bot.notices import Notice, Worth
from bot.place import Here
from bot.ports import FetchFailed, WorkerFailed
from bot.words import say
from jobs.due import first

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.mentoring.rules import Span

AT_ONCE = 200

DUES = (first(tables.request.c.due), first(tables.session.c.due), first(tables.offer.c.calendar_due))

log = logging.getLogger("guildhall.mentoring")


async def run(app: App) -> int:
    """Do what is due; returns about how much that was."""
    now = app.wall.now()
    request = tables.request
    waiting = sa.select(request.c.community_id, request.c.state, request.c.id).where(request.c.due <= now)
    async with app.db.read() as db:
        requests = (await db.execute(waiting.order_by(request.c.due).limit(AT_ONCE))).mappings().all()
        over = await store.sessions_due(db, now, AT_ONCE)
        to_read = await store.calendars_due(db, now)
    done = 0
    for community_id in dict.fromkeys(row["community_id"] for row in requests if row["state"] == "waiting"):
        done += await _fenced(app, community_id, "a round", quietly.ask_mentors)
    for row in (row for row in requests if row["state"] == "asked"):
        done += await _fenced(app, row["community_id"], row["id"], _look_again(row["id"]))
    for row in over:
        done += await _fenced(app, row["community_id"], row["id"], _check_in(row["id"]))
    for row in to_read:
        try:
            await _read_calendar(app, row)
        except Exception:
            # A deliberate fence: one mentor's calendar keeps no other from being read. The next tick tries again.
            log.exception("mentoring: the calendar of %s failed", row["member_id"])
        else:
            done += 1
    return done


async def _fenced(app: App, community_id: int, what: object, run: Callable[[Here], Awaitable[object]]) -> int:
    """Run something in one transaction; says whether it succeeded."""
    try:
        async with app.db.write() as db:
            community = await people.read_community(db, community_id)
            await run(Here(db, app.ids, app.settings, community, app.wall.now()))
    except Exception:
        # A deliberate fence: the trouble of one keeps no other from being run. The next tick tries again.
        log.exception("mentoring: %s failed", what)
        return 0
    return 1


def _look_again(request_id: int) -> Callable[[Here], Awaitable[object]]:
    async def look(turn: Here) -> None:
        row = await store.read_request(turn.db, turn.community.id, request_id, lock=True)
        if row is not None and row["state"] == "asked":
            await quietly.look_again(turn, row)

    return look


def _check_in(session_id: int) -> Callable[[Here], Awaitable[object]]:
    async def check(turn: Here) -> None:
        await sessions.check_in(turn, session_id)

    return check


# --- mentors' own calendars ------------------------------------------------------------------------------------------


async def _read_calendar(app: App, row: RowMapping) -> None:
    """Read one calendar outside any transaction, and note what it said; one that can't be read is told once."""
    now = app.wall.now()
    try:
        busy = await calendars.read(app.fetcher, app.workers, row["calendar"], row["zone"], now)
    except (FetchFailed, WorkerFailed, UserError) as error:
        log.warning("a mentor's calendar could not be read: %s", type(error).__name__)
        async with app.db.write() as db:
            await _note(db, row, calendar_due=now + calendars.LATER, calendar_error=calendars.explain(error))
            if not row["calendar_error"]:
                await _tell(app, db, row, calendars.explain(error), now)
        return
    async with app.db.write() as db:
        await _note(db, row, **_as_read(busy, now))


def _as_read(busy: tuple[Span, ...], now: datetime) -> dict[str, object]:
    return {"busy": calendars.as_stored(busy), "calendar_due": now + calendars.AGAIN, "calendar_error": ""}


async def _note(db: AsyncConnection, row: RowMapping, **values: object) -> None:
    """Set columns of an offer, unless its mentor gave another address meanwhile."""
    table = tables.offer
    own = (table.c.community_id == row["community_id"], table.c.member_id == row["member_id"])
    await db.execute(sa.update(table).where(*own, table.c.calendar == row["calendar"]).values(**values))


async def _tell(app: App, db: AsyncConnection, row: RowMapping, why: str, now: datetime) -> None:
    words = say("I can't read your calendar any more, so times that are taken there may be offered. {why}", why=why)
    card = sentence(words, Button(say("Change my hours"), "mentor offer"))
    key = f"mentor-calendar:{row['member_id']}:{now:%Y%m%dT%H%M}"
    told = Notice(member_id=row["member_id"], key=key, card=card, due=now, worth=Worth.PERSON)
    await notices.owe(db, app.ids, row["community_id"], told)
