"""Judging, extraction, cautions and merging, in entries a second on one core: `python -m bench.curation`.

The texts are the labelled development rows where they are there (`$GUILDHALL_SHARED`, else `../shared`), else the
demo's own adverts. The yardstick of the same run only looks for the judge's phrases, in the plain way: one regular
expression of them all.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from adapters.web.demo import samples
from bot.leads.boards import read_board
from bot.leads.cues import load_cues
from bot.leads.entry import Entry
from bot.leads.labelled import entry_of, side_of, texts
from bot.leads.rules import judge
from bot.leads.same import Posting, canonical, job_key, same_job
from bot.skills import load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.leads.entry import Side

SECONDS = 15  # of measuring each; the best round counts, for others use this machine, too
NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
AIM, AIM_MEMORY = 3_000, 60  # entries a second; MiB in the worker
TOO_HEAVY = ("torch", "sklearn", "numpy", "scipy", "transformers", "py3langid")


def entries() -> list[tuple[Entry, Side]]:
    """What is judged: real adverts and forum posts, or the demo's where there are none."""
    folder = Path(os.environ.get("GUILDHALL_SHARED") or Path(__file__).parents[2] / "shared") / "evaluation"
    if folder.is_dir():
        return [(entry_of(row), side_of(row)) for row_id, row in texts(folder) if not row_id.startswith("scam")]
    adverts = [entry for feed in samples.feeds() for entry in feed.entries]
    return [(Entry(one.id, "", one.title, one.text), "demand") for one in adverts]


def curate(found: list[tuple[Entry, Side]]) -> int:
    """Judge every entry and compare it with those of the same employer; returns how many were seen before."""
    taxonomy = load_taxonomy()
    known: dict[str, list[Posting]] = {}
    addresses: set[str] = set()
    again = 0
    for entry, side in found:
        verdict = judge(entry, side=side, now=NOW, taxonomy=taxonomy)
        address = canonical(entry.link)
        posting = Posting(verdict.company or "", verdict.role or entry.title, entry.text, entry.link)
        others = known.setdefault(job_key(posting.company, posting.role), [])
        again += (address != "" and address in addresses) or any(same_job(posting, other) for other in others)
        addresses.add(address)
        others.append(posting)
    return again


def rate(work: Callable[[], object], count: int) -> float:
    """Entries a second of processor time, in the best round."""
    best, until = float("inf"), time.monotonic() + SECONDS
    while time.monotonic() < until:
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return count / best


def plain_scan() -> re.Pattern[str]:
    """One regular expression of all the phrases that the judge knows."""
    phrases = sorted({*load_cues().phrases, *load_taxonomy().phrases}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b")


def memory(code: str) -> float:
    """MiB of a fresh process that has run `code`."""
    script = f"{code}\nimport psutil; print(psutil.Process().memory_info().rss / 2**20)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure and print."""
    found = entries()
    lengths = [len(entry.text) for entry, _ in found]
    middle = statistics.median(lengths)
    print(f"{len(found)} entries, {statistics.mean(lengths):.0f} characters on average, {middle:.0f} in the middle")
    curate(found)
    own = rate(lambda: curate(found), len(found))
    boards = rate(lambda: [read_board(entry) for entry, _ in found], len(found))
    scan = plain_scan()
    yardstick = rate(lambda: [scan.findall(entry.text.lower()) for entry, _ in found], len(found))
    print(f"everything, one core       {own:8,.0f} entries/s   aim {AIM:,}   {own / yardstick:.1f} × the yardstick")
    print(f"the boards' fields alone   {boards:8,.0f} entries/s")
    print(f"yardstick, phrases by re   {yardstick:8,.0f} entries/s")

    parse_only = memory("import bot.leads.parse, bot.leads.rules, feedparser")
    judged = memory(
        "import bot.leads.parse, feedparser\n"
        "from bench.curation import curate, entries\n"
        "curate(entries())\n"
        f"import sys; assert not set({TOO_HEAVY!r}) & set(sys.modules)"
    )
    print(f"memory of judging in a worker {judged - parse_only:6.1f} MiB   aim ≤ {AIM_MEMORY} MiB (with the texts)")
    main_process = (
        "import bot.cli.wiring, sys\n"
        "from bot.skills import load_taxonomy\n"
        "advert, cues = sys.modules.get('bot.leads.advert'), sys.modules.get('bot.leads.cues')\n"
        "assert advert is None or advert._lexicon.cache_info().currsize == 0\n"
        "assert cues is None or cues.load_cues.cache_info().currsize == 0"
    )
    print(f"tables of the judge in the main process: none (checked; {memory(main_process):.0f} MiB after its imports)")
    print(f"this process: {psutil.Process().memory_info().rss / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
