"""For how long the event loop is kept from coming back: what the benches that promise no stall measure."""

from __future__ import annotations

import asyncio
import gc
import time

EVERY = 0.002  # seconds


def begin() -> None:
    """Keep what is loaded out of garbage collection, as `bot run` does before it begins."""
    gc.collect()
    gc.freeze()


async def watch(seen: list[float]) -> None:
    """Note for how many seconds the loop's own work kept it from coming back, each time, until it is cancelled.

    It is the thread's CPU time: what other programs take from this machine meanwhile is not ours.
    """
    while True:
        begun = time.thread_time()
        await asyncio.sleep(EVERY)
        seen.append(time.thread_time() - begun)


def words(seen: list[float]) -> str:
    """The stalls that were seen, in milliseconds."""
    ordered = sorted(seen)
    return f"p99 {ordered[int(len(ordered) * 0.99)] * 1000:.1f} ms, longest {ordered[-1] * 1000:.1f} ms"
