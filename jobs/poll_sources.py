"""Poll the sources that are due: fetch, read and judge in a worker, then store everything in one transaction.

What brought nothing new is noted for several sources at once, with the claim of the next ones: most polls are such.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.leads import hosts, sources, subscriptions
from bot.leads.aftercare import after_failure, after_news, after_silence
from bot.leads.freshness import fresh_for, next_poll
from bot.leads.intake import share_out
from bot.leads.moves import note_move
from bot.ports import Fetched, FetchFailed, WorkerFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.leads.entry import Document, Side, Verdict

AT_ONCE = 16  # fetches under way together, over all hosts
MOST = 128  # polls of one run: whoever waits for it to end need not wait long
GATHER_SECONDS = 0.05  # how long what is done waits for others, to be noted with them

log = logging.getLogger("guildhall.poll")


@dataclass(frozen=True, slots=True)
class Quiet:
    """A poll that brought nothing to store: what answered, or why nothing did."""

    row: RowMapping
    answer: Fetched | FetchFailed
    seconds: float = 0  # what the answer took


async def run(app: App) -> int:
    """Poll what is due, up to `MOST` sources; returns how many it were."""
    polled = 0
    under_way: dict[asyncio.Task[Quiet | None], RowMapping] = {}
    quiet: list[Quiet] = []
    while True:
        room = min(AT_ONCE - len(under_way), MOST - polled)
        if quiet or not under_way or room >= AT_ONCE // 2:
            if _is_told(app, quiet):  # a notice locks mailboxes, a claim hosts: never in one transaction
                async with app.db.write() as db:
                    await _note(app, db, quiet)
                quiet = []
            async with app.db.write() as db:
                await _note(app, db, quiet)
                due = await _claim(app, db, room)
                sides = await subscriptions.sides_of_sources(db, [row["id"] for row in due]) if due else {}
            under_way |= {asyncio.create_task(_poll(app, row, sides.get(row["id"], ()))): row for row in due}
            polled += len(due)
        if not under_way:
            return polled
        quiet = [end for end in await _finished(under_way) if end]


async def next_due(app: App) -> datetime | None:
    """When the next source is due."""
    async with app.db.read() as db:
        return await sources.next_due(db)


async def _claim(app: App, db: AsyncConnection, limit: int) -> Sequence[RowMapping]:
    if limit <= 0:
        return ()
    half_a_fetch = timedelta(seconds=app.settings.feeds.timeout_seconds / 2)
    return await sources.claim_due(
        db,
        now=app.wall.now(),
        machine_now=app.machine.now(),
        limit=limit,
        random=app.random,
        least_gap=max(hosts.GAP, half_a_fetch),
    )


async def _finished(under_way: dict[asyncio.Task[Quiet | None], RowMapping]) -> list[Quiet | None]:
    """Wait until some polls are done, take them out, and return how they ended."""
    await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    done, _ = await asyncio.wait(under_way, timeout=GATHER_SECONDS)
    ends = []
    for task in done:
        row = under_way.pop(task)
        if error := task.exception():
            # A deliberate fence between sources: this one is polled again when its lease is over.
            log.error("polling %s failed", row["url"], exc_info=error)
        else:
            ends.append(task.result())
    return ends


async def _poll(app: App, row: RowMapping, sides: tuple[Side, ...]) -> Quiet | None:
    """Poll one source, judge it for `sides` and store what it brought; a quiet poll is left to be noted."""
    started = app.machine.now()
    try:
        fetched = await app.fetcher.get(
            row["url"], etag=row["etag"], modified=row["modified"], given_by=row["answered"]
        )
        seconds = (app.machine.now() - started).total_seconds()
        if fetched.status == 304 or sources.body_hash(fetched.body) == row["body_hash"]:
            return Quiet(row, fetched, seconds)
        document, verdicts = await _read(app, fetched, sides)
    except FetchFailed as failure:
        return Quiet(row, failure)
    except WorkerFailed as failure:
        return Quiet(row, FetchFailed("E-FEEDBAD", str(failure)))
    except UserError as error:
        return Quiet(row, FetchFailed(error.code, f"{error.happened} {error.why}".strip(), advice=error.advice))
    await _store(app, row, fetched, seconds, document, verdicts)
    return None


async def _read(
    app: App, fetched: Fetched, sides: tuple[Side, ...]
) -> tuple[Document, dict[Side, tuple[Verdict, ...]]]:
    result: tuple[Document, dict[Side, tuple[Verdict, ...]]] = await app.workers.run(
        "bot.leads.reading:read_for_sides",
        fetched.body,
        fetched.url,
        fetched.headers.get("content-type", ""),
        app.settings.feeds.max_items,
        sides,
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
    due = _next_poll(app, fetched, document.ttl_minutes)
    async with app.db.write() as db:
        await sources.note_good(
            db,
            row["id"],
            fetched,
            title=document.title or None,
            now=now,
            due=due,
            ttl_minutes=document.ttl_minutes,
        )
        if hosts.host_of(fetched.url) != row["lands"]:
            await hosts.fetched_from(db, fetched.url, now)
        if row["last_ok"] is None:
            everything = new = await sources.store_new_entries(db, app.ids, row["id"], document, now, first=True)
        else:
            everything, new = await sources.store_entries(db, app.ids, row["id"], document, now)
        await share_out(db, app.ids, app.settings, row["id"], document, verdicts, everything, new, now)
        await note_move(db, row, fetched, now)
        await after_news(db, app.ids, app.settings, row, seconds=seconds, new=bool(new), now=now)


def _is_told(app: App, quiet: Sequence[Quiet]) -> bool:
    """Whether moderators may have been told of one of these polls."""
    now = app.wall.now()
    return any(isinstance(q.answer, FetchFailed) or (q.row["silent_after"] or now) < now for q in quiet)


async def _note(app: App, db: AsyncConnection, quiet: Sequence[Quiet]) -> None:
    now = app.wall.now()
    unchanged = [(poll.row, poll.answer) for poll in quiet if isinstance(poll.answer, Fetched)]
    dues = [(row["id"], _next_poll(app, answer, row["ttl_minutes"])) for row, answer in unchanged]
    await sources.note_unchanged(db, dues, now)
    for row, answer in unchanged:
        await note_move(db, row, answer, now)  # after it: a source that joins another is due no more
    for poll in quiet:
        if isinstance(poll.answer, FetchFailed):
            await _note_bad(app, db, poll.row, poll.answer)
    for poll in quiet:  # all were noted: what follows locks communities and mailboxes
        if isinstance(poll.answer, FetchFailed):
            await after_failure(db, app.ids, app.settings, poll.row, poll.answer, now)
        else:
            await after_silence(db, app.ids, app.settings, poll.row, seconds=poll.seconds, now=now)


def _next_poll(app: App, fetched: Fetched, ttl_minutes: int | None) -> datetime:
    now = app.wall.now()
    return next_poll(
        now,
        poll_minutes=app.settings.feeds.poll_minutes,
        ttl_minutes=ttl_minutes,
        fresh=fresh_for(fetched.headers, now),
        jitter=app.random.random(),
    )


async def _note_bad(app: App, db: AsyncConnection, row: RowMapping, failure: FetchFailed) -> None:
    log.warning("%s: %s", row["url"], failure.sentence)
    await sources.note_bad(
        db,
        row,
        failure,
        poll_minutes=app.settings.feeds.poll_minutes,
        now=app.wall.now(),
        jitter=app.random.random(),
    )
