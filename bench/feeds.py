"""A thousand feeds of 25 entries over loopback HTTP into SQLite: our whole path against `reader` and feedparser.

`python -m bench.feeds [FEEDS]` starts a server of feeds in a process of its own, then one process after another that
reads them all: ours (fetch, parse, judge, store), the `reader` library's update, and plain feedparser for parsing
alone. CPU is user and system time of the process and its workers, the server's left out. Each is asked twice: first
everything is new, then every answer is a 304. A further run of ours has a feed of 200,000 items among the others and
looks at the event loop's stalls and the main process's memory.
"""

from __future__ import annotations

import asyncio
import gc
import html
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.app import App

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ENTRIES, HUGE = 25, 200_000
AI_SHARE = 0.1  # of the entries
PARSED = 80  # feeds of the comparison of parsers
ROLES = ("Nurse", "Pastry chef", "Sales manager", "Welder", "Accountant", "Java developer", "Office manager", "Editor")
AI = (
    "You will work with Python, PyTorch and pgvector on retrieval for a chatbot.",
    "The pay is $80 to $110 per hour on contract, fully remote within European hours.",
)
LINES = (
    "We are looking for somebody who has done this before and likes to show it to others.",
    "This is a full-time permanent position with health insurance, on site.",
    "The pay is $40,000 to $55,000 per year, and there are thirty days of leave.",
    "Send two examples of your work &amp; a few lines about yourself.",
    "Our team of nine meets on <b>Tuesdays</b> and writes everything down.",
)


# --- the feeds -------------------------------------------------------------------------------------------------------


def feed(number: int, entries: int = ENTRIES) -> bytes:
    """One board's feed: HTML bodies of four kilobytes, as real boards have, and fields of the board's own."""
    chance = random.Random(number)  # noqa: S311  the same feeds each time
    items = "".join(_item(number, n, chance) for n in range(entries))
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Board {number}</title>'
        f"<link>https://board{number}.example/</link><description>Jobs</description>{items}</channel></rss>"
    ).encode()


def _item(number: int, n: int, chance: random.Random) -> str:
    ours = chance.random() < AI_SHARE
    role = f"{'AI engineer' if ours else chance.choice(ROLES)} {number}-{n}"
    lines = [*(AI if ours else ()), *(chance.choice(LINES) for _ in range(18))]
    wishes = "".join(
        f'<li>{chance.choice(LINES)} <a href="https://board{number}.example/{k}">More</a></li>' for k in range(12)
    )
    body = f'<div class="job"><h3>About us</h3>{"".join(f"<p>{line}</p>" for line in lines)}<ul>{wishes}</ul></div>'
    link = f"https://board{number}.example/jobs/{number * 1000 + n}"
    return (
        f"<item><title>Employer {number}-{n}: {role}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{format_datetime(NOW - timedelta(hours=n))}</pubDate><region>Anywhere</region>"
        f"<country>Canada</country><country>Portugal</country><type>Contract</type>"
        f"<description>{html.escape(body)}</description></item>"
    )


def huge_feed() -> bytes:
    """A feed of 200,000 items in 13 MB."""
    items = "".join(f"<item><title>Job {n}</title><guid>{n}</guid></item>" for n in range(HUGE))
    return f'<rss version="2.0"><channel><title>Huge</title>{items}</channel></rss>'.encode()


def address(number: int, port: int) -> str:
    """Each feed has a host of its own, for ours asks one host only now and then."""
    return f"http://127.{1 + number // 60_000}.{number // 250 % 240}.{1 + number % 250}:{port}/{number}"


def serve(port: int) -> None:
    """The server of feeds; what has been seen is a 304."""
    from aiohttp import web

    made: dict[str, bytes] = {}

    async def answer(request: web.Request) -> web.Response:
        path = request.path.strip("/")
        if path not in made:
            made[path] = huge_feed() if path == "huge" else feed(int(path))
        tag = f'"{path}"'
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=made[path], content_type="application/rss+xml", headers={"ETag": tag})

    site = web.Application()
    site.router.add_get("/{path}", answer)
    web.run_app(site, host="0.0.0.0", port=port, access_log=None, print=None)  # noqa: S104  all of 127.0.0.0/8


# --- measuring -------------------------------------------------------------------------------------------------------


def cpu() -> float:
    """Seconds of CPU of this process and its children so far."""
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def timed(work: Callable[[], Any]) -> float:
    """Seconds of CPU that `work` takes in this process."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


class Watch:
    """How late the event loop comes back to a task that asks to be woken every 2 ms, and the most memory seen."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.memory = 0
        self._me = psutil.Process()

    async def run(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.002)
            self.late.append(loop.time() - before - 0.002)
            self.memory = max(self.memory, self._me.memory_info().rss)


# --- ours ------------------------------------------------------------------------------------------------------------


async def ours(folder: Path, port: int, feeds: int, *, burst: bool) -> dict[str, float]:
    """Our whole path: two cycles, or one with the huge feed in the middle."""
    from adapters.http import HttpFetcher
    from adapters.workers import WorkerPool
    from bot import config, migrate, when
    from bot.cli.wiring import Clocks, build_app
    from bot.db import Database, sqlite_url

    db, clock = Database(sqlite_url(folder / "ours.sqlite3")), when.SetClock(NOW)
    await migrate.prepare(db, folder / "backups", NOW)
    addresses = [address(number, port) for number in range(feeds)]
    if burst:
        addresses.insert(feeds // 2, address(feeds, port).rpartition("/")[0] + "/huge")
    hosts = [url.split("/")[2] for url in addresses]
    workers = WorkerPool()
    await workers.start()
    async with HttpFetcher(name="Guildhall", version="1", allow_hosts=hosts, clock=clock) as fetcher:
        clocks = Clocks(clock, when.SystemClock())
        app = build_app(config.load(None, {}), db, clocks, fetcher=fetcher, workers=workers, platforms={}, seed=1)
        await _subscribe(app, addresses)
        found = await (_burst(app) if burst else _cycles(app, clock, feeds))
    await workers.close()
    await db.dispose()
    return found


async def _subscribe(app: App, addresses: list[str]) -> None:
    from bot.leads import sources, subscriptions
    from bot.people import Caller, Role

    maria = Caller("slack", "T1", "U1", "Maria", Role.MODERATOR, "C1", "Bench", "Europe/Berlin")
    await app.run_line(maria, "/mod setup")
    given = {"leads_channel": "C1", "digest_at": "08:00", "zone": "Europe/Berlin"}
    await app.run_call(maria, "mod save-setup", given)
    space = await _space(app)
    async with app.db.write() as db:
        for number, url in enumerate(addresses):
            source_id = await sources.ensure_source(db, app.ids, url, f"Board {number}", NOW)
            await subscriptions.add_feed(
                db,
                app.ids,
                space,
                source_id=source_id,
                title=f"Board {number}",
                side="demand",
                destination="digest",
                now=NOW,
            )


async def _space(app: App) -> int:
    import sqlalchemy as sa

    async with app.db.read() as db:
        return int((await db.execute(sa.text("SELECT id FROM community"))).scalar_one())


async def _poll_all(app: App) -> None:
    from jobs import poll_sources

    while await poll_sources.run(app):
        pass


async def _cycles(app: App, clock: Any, feeds: int) -> dict[str, float]:
    import sqlalchemy as sa

    from bot.leads.sources import entry, source

    await app.workers.run("bot.leads.reading:read_for_sides", feed(0), "", "", 2000, ("demand",), NOW)  # warm, as it is
    began, own = cpu(), time.process_time()
    await _poll_all(app)
    first, own = cpu() - began, time.process_time() - own
    async with app.db.write() as db:
        stored = (await db.execute(sa.select(sa.func.count()).select_from(entry))).scalar_one()
        good = sa.select(sa.func.count()).where(source.c.last_ok == NOW, source.c.failures == 0)
        assert (await db.execute(good)).scalar_one() == feeds
        assert stored == feeds * ENTRIES
        leads = (await db.execute(sa.text("SELECT count(*) FROM lead"))).scalar_one()
        clock.move(NOW + timedelta(hours=2))
        await db.execute(sa.update(source).values(due=clock.now()))
    began = cpu()
    await _poll_all(app)
    again = cpu() - began
    async with app.db.read() as db:
        later = sa.select(sa.func.count()).where(source.c.last_ok == clock.now())
        assert (await db.execute(later)).scalar_one() == feeds
    return {"first": first, "own": own, "again": again, "leads": leads}


async def _burst(app: App) -> dict[str, float]:
    await app.workers.run("bot.leads.reading:read_for_sides", feed(0), "", "", 2000, ("demand",), NOW)
    gc.collect()
    idle = psutil.Process().memory_info().rss
    watch = Watch()
    looking = asyncio.create_task(watch.run())
    await _poll_all(app)
    looking.cancel()
    late = sorted(watch.late)
    return {
        "p99": late[int(len(late) * 0.99)] * 1000,
        "longest": late[-1] * 1000,
        "over": sum(one > 0.05 for one in late),
        "looks": len(late),
        "memory": (watch.memory - idle) / 2**20,
    }


# --- the yardsticks --------------------------------------------------------------------------------------------------


def readers(folder: Path, port: int, feeds: int) -> dict[str, float]:
    """The `reader` library's update, twice."""
    from reader import make_reader

    def update() -> None:
        library.update_feeds(scheduled=False)  # now, not an hour later

    library = make_reader(str(folder / "reader.sqlite3"))
    for number in range(feeds):
        library.add_feed(address(number, port))
    first = timed(update)
    assert library.get_entry_counts().total == feeds * ENTRIES
    return {"first": first, "again": timed(update)}


def parsers() -> dict[str, float]:
    """Entries per CPU-second of our parser and of feedparser, without and with its sanitising; and of our judge."""
    import feedparser

    from bot.leads.parse import parse, read
    from bot.leads.reading import judge_all

    bodies = [feed(number) for number in range(PARSED)]
    documents = [parse(body) for body in bodies]
    judge_all(documents[0], "demand", NOW)
    entries = PARSED * ENTRIES

    def feedparse(*, sanitize: bool) -> Iterator[int]:
        return (len(feedparser.parse(body, sanitize_html=sanitize).entries) for body in bodies[: PARSED // 4])

    return {
        "ours": entries / timed(lambda: [read(body) for body in bodies]),
        "cleaned": entries / timed(lambda: [parse(body) for body in bodies]),
        "feedparser": entries / 4 / timed(lambda: sum(feedparse(sanitize=False))),
        "sanitised": entries / 4 / timed(lambda: sum(feedparse(sanitize=True))),
        "judge": entries / timed(lambda: [judge_all(document, "demand", NOW) for document in documents]),
    }


# --- all of it -------------------------------------------------------------------------------------------------------


def part(name: str, folder: Path, port: int, feeds: int) -> dict[str, float]:
    """Run one part in a process of its own and return what it found."""
    command = [sys.executable, "-m", "bench.feeds", name, str(folder), str(port), str(feeds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def run_part(name: str, folder: Path, port: int, feeds: int) -> dict[str, float]:
    """One part, in this process."""
    match name:
        case "ours" | "burst":
            return asyncio.run(ours(folder, port, feeds, burst=name == "burst"))
        case "reader":
            return readers(folder, port, feeds)
        case _:
            return parsers()


def main(feeds: int) -> None:
    """Print every figure beside its yardstick."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "bench.feeds", "serve", str(port)])
    try:
        found = {}
        for name in ("ours", "reader", "parse", "burst"):
            with tempfile.TemporaryDirectory() as folder:
                found[name] = part(name, Path(folder), port, feeds)
    finally:
        server.terminate()
    mine, theirs, parsed, burst = found["ours"], found["reader"], found["parse"], found["burst"]
    judged = feeds * ENTRIES / parsed["judge"]
    print(f"{feeds:,} feeds of {ENTRIES} entries; CPU-seconds")
    print(f"{'':24} {'reader':>8} {'ours':>8} {'ratio':>7}")
    for name, key in (("first cycle", "first"), ("all 304", "again")):
        print(f"{name:24} {theirs[key]:8.2f} {mine[key]:8.2f} {theirs[key] / mine[key]:7.1f}")
    print(f"of the first cycle {mine['own']:.2f} s are the main process's: fetching and storing;", end=" ")
    print(f"the judge takes about {judged:.2f} s ({parsed['judge']:,.0f} entries/s)")
    print(f"{mine['leads']:,.0f} of {feeds * ENTRIES:,} entries became leads")
    print("parsing, entries per CPU-second, bodies left as HTML:", end=" ")
    print(f"ours {parsed['ours']:,.0f}, feedparser without sanitising {parsed['feedparser']:,.0f}", end=" ")
    print(f"(ratio {parsed['ours'] / parsed['feedparser']:.1f})")
    print(f"  bodies made safe: ours {parsed['cleaned']:,.0f}, feedparser {parsed['sanitised']:,.0f}")
    print(f"event loop, with a feed of {HUGE:,} items among them: late by {burst['p99']:.1f} ms at p99,", end=" ")
    print(f"at most {burst['longest']:.1f} ms; {burst['over']:.0f} of {burst['looks']:,.0f} looks over 50 ms")
    print(f"memory of the main process: {burst['memory']:.0f} MiB above idle")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", port_given]:
            serve(int(port_given))
        case [part_given, folder_given, port_given, feeds_given]:
            print(json.dumps(run_part(part_given, Path(folder_given), int(port_given), int(feeds_given))))
        case [feeds_given]:
            main(int(feeds_given))
        case _:
            main(1000)
