"""When a source is asked again: what headers, feeds, failures and moves make of it, and what survives a time away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from adapters.failures import read_retry_after
from bot.leads import hosts, sources, store, subscriptions, turns
from bot.leads.freshness import LONGEST_FRESH, fresh_for, next_poll, next_try
from bot.leads.hosts import credit_of, policy_of
from bot.ports import Fetched, FetchFailed
from tests.conftest import MORNING
from tests.samples import BAKER, RAG, rss
from tests.test_feeds import join_rivals

if TYPE_CHECKING:
    from tests.conftest import World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
OLD, NEW = "https://old.example/jobs.rss", "https://new.example/jobs.rss"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"cache-control": "public, max-age=7200"}, 7200),
        ({"cache-control": "max-age=7200", "age": "7000"}, 200),
        ({"cache-control": "max-age=60", "age": "7000"}, 0),
        ({"cache-control": 'MAX-AGE = "90"'}, 90),
        ({"cache-control": "s-maxage=7200, no-cache"}, 0),
        ({"cache-control": "max-age=60", "expires": "Thu, 19 Nov 2026 09:00:00 GMT"}, 60),
        ({"expires": "Wed, 18 Nov 2026 11:00:00 GMT"}, 7200),
        ({"expires": "Wed, 18 Nov 2020 11:00:00 GMT", "date": "Wed, 18 Nov 2020 10:00:00 GMT"}, 3600),
        ({"expires": "0"}, 0),
        ({"expires": "Tue, 17 Nov 2026 09:00:00 GMT"}, 0),
        ({"cache-control": "max-age=315360000"}, LONGEST_FRESH.total_seconds()),
        ({"cache-control": "max-age=99999999999999999999"}, LONGEST_FRESH.total_seconds()),
        ({"cache-control": "max-age=900", "age": "x"}, 900),
    ],
)
def test_how_long_an_answer_is_fresh(headers: dict[str, str], seconds: float) -> None:
    assert fresh_for(headers, NOW) == timedelta(seconds=seconds)


def test_the_longest_wish_counts() -> None:
    def after(ttl: int | None, fresh: timedelta = timedelta(0), jitter: float = 0) -> timedelta:
        return next_poll(NOW, poll_minutes=60, ttl_minutes=ttl, fresh=fresh, jitter=jitter) - NOW

    assert after(None) == after(5) == HOUR
    assert after(180) == 3 * HOUR
    assert after(180, fresh=DAY) == DAY
    assert after(10**6) == LONGEST_FRESH
    assert after(None, jitter=1) == 1.1 * HOUR


def test_failures_are_tried_less_and_less_and_never_sooner_than_once_an_hour() -> None:
    def after(failures: int, retry_after: timedelta | None = None) -> timedelta:
        return next_try(NOW, failures=failures, poll_minutes=60, retry_after=retry_after, jitter=0) - NOW

    assert [after(n) / HOUR for n in (0, 1, 2, 3, 4, 5, 50)] == [1, 2, 4, 8, 16, 24, 24]
    assert after(7, timedelta(seconds=1)) == HOUR
    assert after(0, 30 * HOUR) == 30 * HOUR


def test_a_retry_after_without_a_date_of_the_server_counts_from_our_clock() -> None:
    assert read_retry_after({"Retry-After": "Wed, 18 Nov 2026 09:30:00 GMT"}, NOW) == timedelta(minutes=30)
    assert read_retry_after({"Retry-After": "Wed, 18 Nov 2026 08:30:00 GMT"}, NOW) == timedelta(0)


def test_policies_hold_for_a_site_and_its_subdomains_alone() -> None:
    assert credit_of("https://remoteok.com/remote-jobs/1") == credit_of("https://www.remoteok.com/x") == "Remote OK"
    assert credit_of("https://notremoteok.com/x") == credit_of("") == credit_of("https://[::1/") == ""
    assert policy_of("remotive.com").gap == DAY / 4
    assert policy_of("board.example").gap == hosts.GAP


async def test_the_site_is_named_where_its_terms_ask_for_it(make_world: Any) -> None:
    world: World = make_world(leads__approval="auto")
    await world.set_up()
    world.fetcher.pages[OLD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {OLD} destination:instant")
    world.fetcher.pages[OLD] = rss(RAG, at=MORNING, site="https://remoteok.com/remote-jobs")
    await world.travel(MORNING + 2 * HOUR)
    [card] = world.slack.cards("C-gigs")
    assert "(via Remote OK)" in str(card)


# --- the whole host --------------------------------------------------------------------------------------------------


async def row(world: World, url: str) -> sa.RowMapping:
    async with world.app.db.read() as db:
        return (await db.execute(sa.select(sources.source).where(sources.source.c.url == url))).mappings().one()


async def test_a_host_that_asks_for_patience_gets_it_for_all_its_feeds(world: World) -> None:
    await world.set_up()
    one, two = "https://board.example/one.rss", "https://board.example/two.rss"
    for url in (one, two):
        world.fetcher.pages[url] = rss(BAKER, at=MORNING)
        await world.say(world.maria, f"/feeds add {url}")
    busy = FetchFailed("E-BUSY", "It asks me to wait.", status=429, retry_after=5 * HOUR, url=one)
    world.fetcher.pages[one] = world.fetcher.pages[two] = busy
    world.fetcher.calls.clear()
    await world.travel(MORNING + 5 * HOUR)
    assert len(world.fetcher.calls) == 1  # the other one was not even asked
    await world.travel(MORNING + 7 * HOUR)
    assert {url for url, _, _ in world.fetcher.calls} == {one, two}


async def test_feeds_of_one_host_are_asked_one_after_the_other(world: World) -> None:
    await world.set_up()
    asked: list[datetime] = []

    def page() -> bytes:
        asked.append(world.clock.now())
        return rss(BAKER, at=MORNING)

    for n in range(5):
        world.fetcher.pages[f"https://board.example/{n}.rss"] = page
        await world.say(world.maria, f"/feeds add https://board.example/{n}.rss")
    async with world.app.db.write() as db:
        await db.execute(sa.update(sources.source).values(due=MORNING + HOUR))
    asked.clear()
    await world.travel(MORNING + HOUR + timedelta(minutes=5))
    assert len(asked) == 5
    assert all(later - earlier >= hosts.GAP for earlier, later in pairwise(asked))


async def test_after_a_time_away_nothing_comes_in_a_burst(world: World) -> None:
    await world.set_up()
    asked: list[datetime] = []

    def page() -> bytes:
        asked.append(world.clock.now())
        return rss(BAKER, at=MORNING)

    for n in range(20):
        world.fetcher.pages[f"https://board{n}.example/"] = page
        await world.say(world.maria, f"/feeds add https://board{n}.example/")
    asked.clear()
    back = MORNING + 30 * HOUR
    world.clock.move(back)
    await world.run_due()
    assert asked == []
    await world.travel(back + timedelta(minutes=15))
    assert len(asked) == 20
    assert len({at.replace(second=0, microsecond=0) for at in asked}) > 7


# --- validators, ttl, moves ------------------------------------------------------------------------------------------


class Moving:
    """A fetcher of which one address answers from another, for good or for a while."""

    def __init__(self, url: str, *, for_good: bool = True) -> None:
        self.url = url
        self.for_good = for_good
        self.calls: list[tuple[str, str, str]] = []

    async def get(self, url: str, *, etag: str = "", modified: str = "", given_by: str = "") -> Fetched:
        self.calls.append((url, etag, given_by))
        ends = self.url if url == OLD else url
        if etag:
            return Fetched(304, ends, moved_for_good=self.for_good and ends != url, headers={}, body=b"")
        headers = {"etag": '"1"'}
        body = rss(RAG, at=MORNING)
        return Fetched(200, ends, moved_for_good=self.for_good and ends != url, headers=headers, body=body)


async def polls(world: World, n: int) -> None:
    for _ in range(n):
        due = (await row_due(world)) or world.clock.now()
        await world.travel(due)


async def row_due(world: World) -> datetime | None:
    async with world.app.db.read() as db:
        due: datetime | None = (await db.execute(turns.READY)).scalar_one()
    return due


async def test_what_has_moved_for_good_is_asked_there_after_a_few_polls(world: World) -> None:
    await world.set_up()
    world.app.fetcher = moving = Moving(NEW)
    await world.say(world.maria, f"/feeds add {OLD}")
    await polls(world, 4)
    assert [url for url, _, _ in moving.calls] == [OLD, OLD, OLD, OLD, NEW]
    assert all(given_by == NEW for _, _, given_by in moving.calls[1:])  # the new address gave the validators
    assert (await row(world, NEW))["host"] == "new.example"


async def test_what_has_moved_for_a_while_keeps_its_address(world: World) -> None:
    await world.set_up()
    world.app.fetcher = moving = Moving(NEW, for_good=False)
    await world.say(world.maria, f"/feeds add {OLD}")
    await polls(world, 6)
    assert {url for url, _, _ in moving.calls} == {OLD}


async def test_two_sources_that_become_one_are_asked_once_and_post_nothing_twice(world: World) -> None:
    await world.set_up()
    zed = await join_rivals(world)
    world.app.fetcher = moving = Moving(NEW)
    await world.say(world.maria, f"/feeds add {OLD}")
    await world.say(zed, f"/feeds add {OLD}")
    await world.say(zed, f"/feeds add {NEW}")
    await world.travel(MORNING + 6 * HOUR)
    moving.calls.clear()
    await world.travel(MORNING + 12 * HOUR)
    assert {url for url, _, _ in moving.calls} == {NEW}
    new, old = await row(world, NEW), await row(world, OLD)
    assert old["due"] is None
    async with world.app.db.read() as db:
        served = await subscriptions.feeds_of_source(db, new["id"])
        kept = await subscriptions.feeds_of_source(db, old["id"])
        leads = (await db.execute(sa.select(sa.func.count()).select_from(store.lead))).scalar_one()
    assert len(served) == 2  # each community has one feed of it
    assert len(kept) == 1  # Zed had both: what came of the old one stays with it
    assert leads == 2  # one job in each community


async def test_the_feeds_own_ttl_holds_after_an_unchanged_answer_too(world: World) -> None:
    await world.set_up()
    body = rss(RAG, at=MORNING).replace(b"<link>", b"<ttl>300</ttl><link>", 1)
    world.fetcher.pages[OLD] = body
    await world.say(world.maria, f"/feeds add {OLD}")
    await world.travel(MORNING + 21 * HOUR)
    assert len(world.fetcher.calls) == 5  # and not twenty


async def test_the_same_bytes_without_validators_are_not_read_again(world: World) -> None:
    await world.set_up()
    world.fetcher.pages[OLD] = rss(RAG, at=MORNING)
    await world.say(world.maria, f"/feeds add {OLD}")
    async with world.app.db.write() as db:
        await db.execute(sa.update(sources.source).values(etag=""))
    read: list[str] = []
    run = world.app.workers.run

    async def watched(function: str, /, *args: Any, timeout: float = 30.0) -> Any:
        read.append(function)
        return await run(function, *args, timeout=timeout)

    world.app.workers.run = watched  # type: ignore[method-assign]
    await world.travel(MORNING + 3 * HOUR)
    assert len(world.fetcher.calls) == 3
    assert read == []
