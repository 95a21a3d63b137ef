"""Poll the sources that are due: fetch, read and judge in a worker, then store everything in one transaction."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.leads import sources, subscriptions
from bot.leads.aftercare import after_failure, after_news, after_silence
from bot.leads.intake import share_out
from bot.ports import Fetched, FetchFailed, WorkerFailed

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping

    from bot.app import App
    from bot.leads.entry import Document, Side, Verdict

AT_ONCE = 8

log = logging.getLogger("guildhall.poll")


async def run(app: App) -> int:
    """Poll up to `AT_ONCE` sources; returns how many were due."""
    async with app.db.write() as db:
        due = await sources.claim_due(db, now=app.wall.now(), machine_now=app.machine.now(), limit=AT_ONCE)
    ends = await asyncio.gather(*(_poll(app, row) for row in due), return_exceptions=True)
    for row, end in zip(due, ends, strict=True):
        if isinstance(end, BaseException):
            # A deliberate fence between sources: this one is polled again when its lease is over.
            log.error("polling %s failed", row["url"], exc_info=end)
    return len(due)


async def next_due(app: App) -> datetime | None:
    """When the next source is due."""
    async with app.db.read() as db:
        return await sources.next_due(db)


async def _poll(app: App, row: RowMapping) -> None:
    started = app.machine.now()
    try:
        fetched = await app.fetcher.get(row["url"], etag=row["etag"], modified=row["modified"])
        seconds = (app.machine.now() - started).total_seconds()
        if fetched.status == 304:
            await _note_unchanged(app, row, fetched, seconds)
            return
        document, verdicts = await _read(app, row, fetched)
    except FetchFailed as failure:
        await _note_bad(app, row, failure)
    except WorkerFailed as failure:
        await _note_bad(app, row, FetchFailed("E-FEEDBAD", str(failure)))
    except UserError as error:
        await _note_bad(app, row, FetchFailed(error.code, f"{error.happened} {error.why}".strip(), advice=error.advice))
    else:
        await _store(app, row, fetched, seconds, document, verdicts)


async def _read(app: App, row: RowMapping, fetched: Fetched) -> tuple[Document, dict[Side, tuple[Verdict, ...]]]:
    async with app.db.read() as db:
        feeds = await subscriptions.feeds_of_source(db, row["id"])
    result: tuple[Document, dict[Side, tuple[Verdict, ...]]] = await app.workers.run(
        "bot.leads.reading:read_for_sides",
        fetched.body,
        fetched.url,
        fetched.headers.get("content-type", ""),
        app.settings.feeds.max_items,
        tuple(sorted({feed["side"] for feed in feeds if feed["kind"] == "jobs"})),
        app.wall.now(),
    )
    return result


async def _store(
    app: App,
    row: RowMapping,
    fetched: Fetched,
    seconds: float,
    document: Document,
    verdicts: dict[Side, tuple[Verdict, ...]],
) -> None:
    """Everything that a poll found, for every community that has a feed of the source, in one transaction."""
    now = app.wall.now()
    due = sources.next_poll(
        now,
        poll_minutes=app.settings.feeds.poll_minutes,
        ttl_minutes=document.ttl_minutes,
        jitter=app.random.random(),
    )
    async with app.db.write() as db:
        await sources.note_good(db, row["id"], fetched, title=document.title or None, now=now, due=due)
        everything, new = await sources.store_entries(db, app.ids, row["id"], document, now)
        await share_out(db, app.ids, app.settings, row["id"], document, verdicts, everything, new, now)
        await after_news(db, app.ids, app.settings, row, seconds=seconds, new=bool(new), now=now)


async def _note_unchanged(app: App, row: RowMapping, fetched: Fetched, seconds: float) -> None:
    now = app.wall.now()
    due = sources.next_poll(
        now, poll_minutes=app.settings.feeds.poll_minutes, ttl_minutes=None, jitter=app.random.random()
    )
    async with app.db.write() as db:
        await sources.note_good(db, row["id"], fetched, title=None, now=now, due=due)
        await after_silence(db, app.ids, app.settings, row, seconds=seconds, now=now)


async def _note_bad(app: App, row: RowMapping, failure: FetchFailed) -> None:
    log.warning("%s: %s", row["url"], failure.sentence)
    now = app.wall.now()
    async with app.db.write() as db:
        await sources.note_bad(db, row, failure, now=now, jitter=app.random.random())
        await after_failure(db, app.ids, app.settings, row, failure, now)
