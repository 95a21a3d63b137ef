"""Thirty days with fifty servers that misbehave in every way: what they saw of us breaks none of sixteen rules."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from adapters.http import HttpFetcher
from adapters.workers import InlineWorkers
from bot import migrate
from bot.cli.wiring import Clocks, build_app
from bot.db import Database, sqlite_url
from bot.leads import sources, subscriptions
from bot.people import Caller, Role
from bot.presses import press_id
from bot.when import SetClock
from jobs import poll_sources
from jobs.schedule import TIMETABLE, travel
from tests import politeness
from tests.conftest import settings
from tests.rude_servers import SERVERS, START, Street

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.app import App

pytestmark = pytest.mark.timeout(400)  # thirty days take half a minute, and more on a busy machine

DAY = timedelta(days=1)
AWAY = (4, 9, 17)  # days on which the bot is down for five hours
POLLING = tuple(job for job in TIMETABLE if job.run is poll_sources.run)
MODERATORS = [
    Caller("slack", f"T{number}", "U1", "Maria", Role.MODERATOR, "C1", f"Guild {number}", "Europe/Berlin")
    for number in range(3)
]


@asynccontextmanager
async def awake(folder: Path, clock: SetClock, street: Street, seed: int) -> AsyncIterator[App]:
    """The bot from a start to a stop, on the database that it left the last time."""
    given = settings(app__data_dir=str(folder), feeds__max_bytes="100000", app__contact="mailto:ops@guild.example")
    async with AsyncExitStack() as stack:
        db = Database(sqlite_url(folder / "guild.sqlite3"))
        stack.push_async_callback(db.dispose)
        await migrate.prepare(db, folder / "backups", clock.now())
        fetcher = await stack.enter_async_context(
            HttpFetcher(
                name="Guildhall",
                version="1.2",
                contact=given.app.contact,
                max_bytes=given.feeds.max_bytes,
                allow_hosts=SERVERS,
                clock=clock,
                resolver=street,
            )
        )
        clocks = Clocks(clock, clock)
        yield build_app(given, db, clocks, fetcher=fetcher, workers=InlineWorkers(), platforms={}, seed=seed)


async def subscribe(app: App, clock: SetClock, street: Street) -> None:
    """Three communities have every feed: the first adds it by its address, and the others have it, too."""
    for moderator in MODERATORS:
        await app.run_press(moderator, press_id("mod found"))
        given = {"leads_channel": "C1", "digest_at": "08:00", "zone": "Europe/Berlin"}
        await app.run_call(moderator, "mod save-setup", given)
    for address in street.addresses:
        await travel(app, clock, clock.now() + timedelta(seconds=67), POLLING)
        await app.run_line(MODERATORS[0], f"/feeds add {address} side:demand")
    async with app.db.write() as db:
        first, *others = (await db.execute(sa.text("SELECT id FROM community ORDER BY id"))).scalars()
        for feed in await subscriptions.feeds_in(db, first):
            source_id = await sources.ensure_source(db, app.ids, feed["url"], feed["title"], clock.now())
            for other in others:
                await subscriptions.add_feed(
                    db,
                    app.ids,
                    other,
                    source_id=source_id,
                    title=feed["title"],
                    side="demand",
                    destination="digest",
                    now=clock.now(),
                )


async def live(folder: Path) -> list[dict[str, Any]]:
    """Thirty days with four lives; returns what the servers saw."""
    clock = SetClock(START)
    street = Street(clock)
    async with street.open():
        for life, day in enumerate((*AWAY, 30)):
            async with awake(folder, clock, street, seed=life) as app:
                if not life:
                    await subscribe(app, clock, street)
                else:
                    street.lines.append({"restart": clock.now().isoformat()})
                await travel(app, clock, START + day * DAY, POLLING)
            clock.move(clock.now() + timedelta(hours=5))
    return street.lines


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> politeness.Log:
    lines = asyncio.run(live(tmp_path_factory.mktemp("thirty-days")))
    return politeness.read_log(json.dumps(line) for line in lines)


def test_all_servers_were_asked_for_thirty_days(log: politeness.Log) -> None:
    assert set(log.by_host()) == set(SERVERS)
    assert len(SERVERS) >= 50
    assert len(log.requests) > 1_500
    assert log.requests[-1].at - log.requests[0].at > 29 * DAY
    assert len(log.restarts) == len(AWAY)
    statuses = {request.status for request in log.requests}
    assert statuses == {0, 200, 204, 301, 302, 304, 307, 308, 403, 404, 410, 429, 500, 502, 503}
    assert 8 < sum(request.host == "500.example" for request in log.requests) < 20  # given up after seven days


def test_a_site_that_asks_for_four_fetches_a_day_gets_no_more_from_all_its_feeds(log: politeness.Log) -> None:
    asked = [request.at for request in log.by_host()["remotive.com"][2:]]  # after the two that a person asked for
    assert len(asked) > 80
    assert all(fifth - first > DAY for first, fifth in zip(asked, asked[4:], strict=False))


@pytest.mark.parametrize("rule", politeness.RULES, ids=lambda rule: rule.__name__)
def test_no_server_can_complain(log: politeness.Log, rule: Any) -> None:
    assert list(rule(log)) == []


RUDE: dict[str, list[dict[str, Any]]] = {
    "rule_01": [{"answer": {"ETag": '"a"'}}, {"at": 7}],
    "rule_02": [{"answer": {"ETag": 'W/"a"', "Last-Modified": "x"}}, {"at": 7, "ask": {"If-None-Match": 'W/"a"'}}],
    "rule_03": [{"answer": {"ETag": '"a"'}, "good": False}, {"at": 7, "ask": {"If-None-Match": '"a"'}}],
    "rule_04": [{}, {"at": 6.9}],
    "rule_05": [{"answer": {"Cache-Control": "max-age=9000"}}, {"at": 8}],
    "rule_06": [
        {"status": 429, "answer": {"Retry-After": "9000"}},
        {"at": 7, "url": "http://a.example/other"},
    ],
    "rule_07": [{"status": 500}, {"at": 7, "status": 500}, {"at": 8.5, "status": 500}],
    "rule_08": [{"restart": 6}, *({"url": f"http://a{n}.example/", "at": 6 + n / 4000} for n in range(30))],
    "rule_09": [{}, {"at": 6.001}],
    "rule_10": [{}, {"at": 6.001, "url": "http://a.example/other"}],
    "rule_11": [{"ask": {"Referer": "http://b.example/"}}],
    "rule_12": [{"ask": {"User-Agent": "python-requests/2.31"}}],
    "rule_13": [{"ask": {"Accept-Encoding": "identity", "Accept": "*/*"}}],
    "rule_14": [{"status": 410}, {"at": 9}],
    "rule_15": [
        *({"at": at, "answer": {"Content-Type": "text/html"}, "url": "http://a.example/"} for at in (5, 7)),
        {"at": 8},
    ],
    "rule_16": [{"at": n, "url": f"http://a{n % 9}.example/"} for n in range(600)],
}
MANNERLY = {
    "User-Agent": "Reader/1.0 (+https://reader.example)",
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json",
    "Accept-Encoding": "gzip",
}


@pytest.mark.parametrize("rule", politeness.RULES, ids=lambda rule: rule.__name__)
def test_each_rule_finds_who_breaks_it_in_a_log_of_anybody(rule: Any, tmp_path: Path) -> None:
    def line(told: dict[str, Any]) -> dict[str, Any]:
        at = (START.replace(hour=0) + timedelta(hours=told.get("restart", told.get("at", 6)))).isoformat()
        if "restart" in told:
            return {"restart": at}
        basic = {"url": "http://a.example/feed", "status": 200, "answer": {}}
        return basic | told | {"at": at, "ask": MANNERLY | told.get("ask", {})}

    told = RUDE[rule.__name__[:7]]
    lines = [json.dumps(line(one)) for one in told]
    assert list(rule(politeness.read_log(lines)))
    file = tmp_path / "log.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert politeness.main(str(file)) >= 1
