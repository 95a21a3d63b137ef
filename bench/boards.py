"""Boards of jobs as a benchmark serves them: `python -m bench.boards PORT` answers for each with its feed, then 304."""

from __future__ import annotations

import html
import random
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
ENTRIES, HUGE = 25, 200_000
AI_SHARE = 0.1  # of the entries
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


if __name__ == "__main__":
    serve(int(sys.argv[1]))
