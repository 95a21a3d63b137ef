"""Poll the sources that are due: fetch, read and judge in a worker, then store what several brought in one transaction.

What brought nothing new is noted for several sources at once, with the claim of the next ones: most polls are such.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.leads import hosts, sources, subscriptions, turns
from bot.leads.aftercare import after_answers, after_failure
from bot.leads.entries import Arrival, known_hashes, store_entries
from bot.leads.freshness import fresh_for, next_poll
from bot.leads.health import Answer
from bot.leads.moves import note_move
from bot.leads.sharing import share_out
from bot.leads.subscriptions import Wishes
from bot.ports import Fetched, FetchFailed, WorkerFailed
from jobs.due import Due

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.leads.entry import Document, Side
    from bot.leads.reading import Judged

AT_ONCE = 16  # fetches under way together, over all hosts
MOST = 128  # polls of one run: whoever waits for it to end need not wait long
GATHER_SECONDS = 0.05  # how long what is done waits for others, to be noted with them
READ_SECONDS = 1.0  # how long it waits while the worker is reading what others brought
STORED_AT_ONCE = 250  # entries: with so many, what is done waits no longer

DUES = (Due(turns.READY.scalar_subquery()),)

log = logging.getLogger("guildhall.poll")


@dataclass(frozen=True, slots=True)
class Quiet:
    """A poll that brought nothing to store: what answered, or why nothing did."""

    row: RowMapping
    wanted: Wishes
    answer: Fetched | FetchFailed
    seconds: float = 0  # what the answer took


@dataclass(frozen=True, slots=True)
class News:
    """A poll that brought a feed, read and judged, which is to be stored."""

    row: RowMapping
    wanted: Wishes
    answer: Fetched
    seconds: float
    document: Document
    verdicts: Judged


@dataclass(slots=True)
class UnderWay:
    """The polls that have begun and were not noted."""

    polls: dict[asyncio.Task[Quiet | News], RowMapping] = field(default_factory=dict)
    reading: set[int] = field(default_factory=set)  # the ids of the sources whose answers are at the worker


async def run(app: App) -> int:
    """Poll what is due, up to `MOST` sources; returns how many it were."""
    polled = 0
    under_way = UnderWay()
    quiet: list[Quiet] = []
    news: list[News] = []
    while True:
        room = min(AT_ONCE - len(under_way.polls), MOST - polled)
        if quiet or not under_way.polls or room >= AT_ONCE // 2:
            if _is_told(app, quiet):  # a notice locks mailboxes, a claim hosts: never in one transaction
                async with app.db.write() as db:
                    await _note(app, db, quiet)
                quiet = []
            async with app.db.write() as db:
                await _note(app, db, quiet)
                due = await _claim(app, db, room)
                minutes = app.settings.feeds.poll_minutes
                wishes = await subscriptions.wishes_for(db, [row["id"] for row in due], minutes) if due else {}
            for row in due:
                wanted = wishes.get(row["id"], Wishes(poll_minutes=minutes))
                poll = _poll(app, row, wanted, under_way.reading)
                under_way.polls[asyncio.create_task(poll)] = row
            polled += len(due)
        await _store(app, news)  # while the next ones are being fetched and read
        if not under_way.polls:
            return polled
        quiet, news = await _finished(under_way)


async def _claim(app: App, db: AsyncConnection, limit: int) -> Sequence[RowMapping]:
    if limit <= 0:
        return ()
    half_a_fetch = timedelta(seconds=app.settings.feeds.timeout_seconds / 2)
    return await turns.claim_due(
        db,
        now=app.wall.now(),
        machine_now=app.machine.now(),
        limit=limit,
        random=app.random,
        least_gap=max(hosts.GAP, half_a_fetch),
    )


async def _finished(under_way: UnderWay) -> tuple[list[Quiet], list[News]]:
    """Wait until some polls are done, take them out, and return how they ended."""
    polls, clock = under_way.polls, asyncio.get_running_loop()
    await asyncio.wait(polls, return_when=asyncio.FIRST_COMPLETED)
    quiet: list[Quiet] = []
    news: list[News] = []
    until = clock.time() + READ_SECONDS
    done, _ = await asyncio.wait(polls, timeout=GATHER_SECONDS)
    while done:
        for task in done:
            row = polls.pop(task)
            if error := task.exception():
                # A deliberate fence between sources: this one is polled again when its lease is over.
                log.error("polling %s failed", row["url"], exc_info=error)
            elif isinstance(end := task.result(), News):
                news.append(end)
            else:
                quiet.append(end)
        done = set()
        enough = sum(len(one.document.entries) for one in news) >= STORED_AT_ONCE
        if news and under_way.reading and not enough and (left := until - clock.time()) > 0:
            done, _ = await asyncio.wait(polls, timeout=left, return_when=asyncio.FIRST_COMPLETED)
    return quiet, news


async def _poll(app: App, row: RowMapping, wanted: Wishes, reading: set[int]) -> Quiet | News:
    """Poll one source and judge what it brought as is `wanted`; while that is read, its id is in `reading`."""
    started = app.machine.now()
    try:
        fetched = await app.fetcher.get(
            row["url"], etag=row["etag"], modified=row["modified"], given_by=row["answered"]
        )
        seconds = (app.machine.now() - started).total_seconds()
        if fetched.status == 304 or sources.body_hash(fetched.body) == row["body_hash"]:
            return Quiet(row, wanted, fetched, seconds)
        reading.add(row["id"])
        document, verdicts = await _read(app, fetched, wanted.sides, await _known(app, row, wanted))
    except FetchFailed as failure:
        return Quiet(row, wanted, failure)
    except WorkerFailed as failure:
        return Quiet(row, wanted, FetchFailed("E-FEEDBAD", str(failure)))
    except UserError as error:
        return Quiet(row, wanted, FetchFailed(error.code, f"{error.happened} {error.why}".strip(), advice=error.advice))
    finally:
        reading.discard(row["id"])
    return News(row, wanted, fetched, seconds, document, verdicts)


async def _known(app: App, row: RowMapping, wanted: Wishes) -> frozenset[str]:
    """The entries of a source that need no judgement, by their guids' hashes: they are news to nobody."""
    if row["last_ok"] is None or not wanted.begun:
        return frozenset()
    async with app.db.read() as db:
        return await known_hashes(db, row["id"], app.settings.feeds.max_items)


async def _read(app: App, fetched: Fetched, sides: tuple[Side, ...], known: frozenset[str]) -> tuple[Document, Judged]:
    result: tuple[Document, Judged] = await app.workers.run(
        "bot.leads.reading:read_for_sides",
        fetched.body,
        fetched.url,
        fetched.headers.get("content-type", ""),
        app.settings.feeds.max_items,
        sides,
        app.wall.now(),
        known,
    )
    return result


async def _store(app: App, news: Sequence[News]) -> None:
    """Store what polls found: together, and where that fails each by itself, so that no source holds up another."""
    moving = [one for one in news if one.answer.moved_for_good or one.row["moved_times"]]
    together = [one for one in news if one not in moving]
    try:
        if together:
            await _store_together(app, together)
    except Exception:
        log.exception("storing %d sources together failed", len(together))
        moving = list(news)
    for one in moving:  # may touch another source
        try:
            await _store_together(app, [one])
        except Exception:  # polled again when its lease is over
            log.exception("polling %s failed", one.row["url"])


async def _store_together(app: App, news: Sequence[News]) -> None:
    """Everything that polls found, for every community that has a feed of the sources, in one transaction."""
    now = app.wall.now()
    readings = [
        sources.Reading(
            one.row["id"],
            one.answer,
            one.document.title,
            _next_poll(app, one.wanted, one.answer, one.document.ttl_minutes),
            one.document.ttl_minutes,
        )
        for one in news
    ]
    arrivals = [Arrival(one.row["id"], one.document, one.verdicts, first=one.row["last_ok"] is None) for one in news]
    async with app.db.write() as db:
        await sources.note_good(db, readings, now)
        for one in news:
            if hosts.host_of(one.answer.url) != one.row["lands"]:
                await hosts.fetched_from(db, one.answer.url, now)
        stored = await store_entries(db, app.ids, arrivals, now)
        await share_out(db, app.ids, app.settings, arrivals, stored, now)
        for one in news:
            await note_move(db, one.row, one.answer, now)
        answers = [Answer(one.row, one.seconds, bool(what.new)) for one, what in zip(news, stored, strict=True)]
        await after_answers(db, app.ids, app.settings, answers, now)


def _is_told(app: App, quiet: Sequence[Quiet]) -> bool:
    """Whether moderators may have been told of one of these polls."""
    now = app.wall.now()
    return any(
        isinstance(q.answer, FetchFailed) or q.row["failures"] or (q.row["silent_after"] or now) < now for q in quiet
    )


async def _note(app: App, db: AsyncConnection, quiet: Sequence[Quiet]) -> None:
    now = app.wall.now()
    unchanged = [(poll, poll.answer) for poll in quiet if isinstance(poll.answer, Fetched)]
    dues = [
        (poll.row["id"], _next_poll(app, poll.wanted, answer, poll.row["ttl_minutes"])) for poll, answer in unchanged
    ]
    await sources.note_unchanged(db, dues, now)
    for poll, answer in unchanged:
        await note_move(db, poll.row, answer, now)  # after it: a source that joins another is due no more
    for poll in quiet:
        if isinstance(poll.answer, FetchFailed):
            await _note_bad(app, db, poll, poll.answer)
    for poll in quiet:  # all were noted: what follows locks communities and mailboxes
        if isinstance(poll.answer, FetchFailed):
            await after_failure(db, app.ids, app.settings, poll.row, poll.answer, now)
    answers = [Answer(poll.row, poll.seconds) for poll, _ in unchanged]
    await after_answers(db, app.ids, app.settings, answers, now)


def _next_poll(app: App, wanted: Wishes, fetched: Fetched, ttl_minutes: int | None) -> datetime:
    now = app.wall.now()
    return next_poll(
        now,
        poll_minutes=wanted.poll_minutes,
        ttl_minutes=ttl_minutes,
        fresh=fresh_for(fetched.headers, now),
        jitter=app.random.random(),
    )


async def _note_bad(app: App, db: AsyncConnection, poll: Quiet, failure: FetchFailed) -> None:
    log.warning("%s: %s", poll.row["url"], failure.sentence)
    await sources.note_bad(
        db,
        poll.row,
        failure,
        poll_minutes=poll.wanted.poll_minutes,
        now=app.wall.now(),
        jitter=app.random.random(),
    )
