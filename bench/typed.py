"""How long a typed time takes to read, against compiling one small regular expression.

    python -m bench.typed

Reads the phrases of the tests again and again. The yardstick is what a reader pays for each pattern that it does not
prepare.
"""

from __future__ import annotations

import re
import statistics
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import typed
from tests.typed_phrases import NOW, PHRASES

ROUNDS = 20


def main() -> None:
    """Print the median and the slowest per cent, and the yardstick."""
    zone, now = ZoneInfo("Europe/Berlin"), datetime.fromisoformat(NOW)
    texts = [line.rsplit(" => ", 1)[0] for line in PHRASES.strip().splitlines() if " => " in line]
    for text in texts:
        typed.read(text, zone, now)  # the table is made once
    times = []
    for _ in range(ROUNDS):
        for text in texts:
            start = time.perf_counter()
            typed.read(text, zone, now)
            times.append(time.perf_counter() - start)
    yardstick = []
    for _ in range(200):
        re.purge()
        start = time.perf_counter()
        re.compile(r"(?:at )?(\d{1,2})(?::(\d\d))? ?(am|pm)?(?!\w)")
        yardstick.append(time.perf_counter() - start)
    median, unit = statistics.median(times), statistics.median(yardstick)
    slow = statistics.quantiles(times, n=100)[-1]
    print(f"{len(texts)} phrases, {ROUNDS} times: median {median * 1000:.2f} ms, slowest per cent {slow * 1000:.2f} ms")
    print(f"one regular expression compiled anew: {unit * 1000:.2f} ms, ratio {median / unit:.2f}")


if __name__ == "__main__":
    main()
