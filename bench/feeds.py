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
import json
import socket
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from bench.boards import ENTRIES, HUGE, NOW, address, feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.app import App

PARSED = 80  # feeds of the comparison of parsers

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
    await app.run_call(maria, "mod found", {})
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
        "judge": entries / timed(lambda: [judge_all(one, "demand", NOW, leads_only=True) for one in documents]),
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
    server = subprocess.Popen([sys.executable, "-m", "bench.boards", str(port)])
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
        case [part_given, folder_given, port_given, feeds_given]:
            print(json.dumps(run_part(part_given, Path(folder_given), int(port_given), int(feeds_given))))
        case [feeds_given]:
            main(int(feeds_given))
        case _:
            main(1000)
