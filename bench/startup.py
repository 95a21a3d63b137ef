"""Start to ready, and idle memory of the main process: `python -m bench.startup`.

The yardstick for the time is a process that only imports the libraries the mission names; for memory likewise. The
measured process is a whole application with both platforms' libraries loaded, its database open and the timetable
running, after ten seconds of idling.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from adapters.http import HttpFetcher
from adapters.workers import WorkerPool
from bot import config, migrate, when
from bot.cli.wiring import Clocks, build_app
from bot.db import Database, sqlite_url
from jobs.schedule import Schedule

RUNS = 5
IDLE_SECONDS = 10
LIBRARIES = "import discord, slack_bolt.async_app, apscheduler.schedulers.asyncio, aiosqlite, feedparser"
READY = "The console is open"


def mebibytes() -> float:
    """Resident memory of this process."""
    return psutil.Process().memory_info().rss / 2**20


def imports_alone() -> tuple[float, float]:
    """Seconds and MiB of a process that imports the libraries and ends."""
    began = time.perf_counter()
    code = f"{LIBRARIES}; import psutil; print(psutil.Process().memory_info().rss / 2**20)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return time.perf_counter() - began, float(done.stdout)


def demo_ready(folder: str) -> float:
    """Seconds from the start of `demo --empty` to the open console."""
    environment = {**os.environ, "GUILDHALL__APP__DATA_DIR": folder}
    began = time.perf_counter()
    command = [sys.executable, "-m", "bot", "demo", "--empty", "--port", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            if READY in line:
                break
        took = time.perf_counter() - began
        process.terminate()
    return took


async def idle() -> float:
    """MiB of a whole application that has nothing to do."""
    import discord  # noqa: F401
    import slack_bolt.async_app  # noqa: F401

    with tempfile.TemporaryDirectory() as folder:
        settings = config.load(None, {})
        clock = when.SystemClock()
        db = Database(sqlite_url(Path(folder) / "idle.sqlite3"))
        await migrate.prepare(db, Path(folder), clock.now())
        fetcher = HttpFetcher(
            name="bench", version="0", contact="", timeout_seconds=20, max_bytes=1_000_000, allow_hosts=()
        )
        async with fetcher:
            workers = WorkerPool(size=1)
            await workers.start()
            app = build_app(settings, db, Clocks(clock, clock), fetcher=fetcher, workers=workers, platforms={})
            schedule = Schedule(app)
            schedule.start()
            await asyncio.sleep(IDLE_SECONDS)
            used = mebibytes()
            await schedule.stop()
            await workers.close()
        await db.dispose()
    return used


def main() -> None:
    """Print the figures beside their yardsticks."""
    if sys.argv[1:] == ["--idle"]:
        print(asyncio.run(idle()))
        return
    with tempfile.TemporaryDirectory() as folder:
        demo_ready(folder)  # the first one compiles
        ready = statistics.median(demo_ready(folder) for _ in range(RUNS))
    seconds, alone = zip(*(imports_alone() for _ in range(RUNS)), strict=True)
    child = subprocess.run(
        [sys.executable, "-m", "bench.startup", "--idle"], capture_output=True, text=True, check=True
    )
    used, bare, imported = float(child.stdout), statistics.median(alone), statistics.median(seconds)
    print("start to ready, demo --empty, against a process that only imports the required libraries:")
    print(f"  {ready:.2f} s against {imported:.2f} s; ratio {ready / imported:.2f}")
    print("idle memory of the main process, both platforms' libraries loaded, against imports alone:")
    print(f"  {used:.0f} MiB against {bare:.0f} MiB; ratio {used / bare:.2f}")


if __name__ == "__main__":
    main()
