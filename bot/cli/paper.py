"""Feeds on paper: what the gallery's community reads, from an empty board to one full of extremes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from bot.leads.packs import load_packs
from bot.ports import Fetched, FetchFailed

DAWN = datetime(2026, 11, 18, 6, 0, tzinfo=UTC)
LONG = (
    "an unusually long word: "
    + "Donaudampfschifffahrts" * 450
    + " @everyone <!channel> **bold** [x](http://evil.example)"
)
FULL, EMPTY, PAGE = "https://full.example/jobs.rss", "https://empty.example/jobs.rss", "https://page.example/"
TALKS, NO_FEED, LISTED = "https://talks.example/feed", "https://nofeed.example/", "https://lists.example/feeds.opml"
MANY = tuple(f"https://board-{n}.example/jobs.rss" for n in range(1, 41))


class Paper:
    """Feeds that are written here."""

    def __init__(self) -> None:
        items = [_item(n, "AI engineer: RAG and LLM evaluation, contract", n) for n in range(1, 40)]
        items.append(_item(40, LONG, 2))
        many = {url: _rss(f"Board {url} of a town with a long name", []) for url in MANY}
        self.pages = {**many, FULL: _rss("A board with much on it", items), EMPTY: _rss("A new board", [])}
        link = '<link rel="alternate" type="application/rss+xml" title="{0}" href="https://full.example/{0}.rss">'
        self.pages[PAGE] = ("<!doctype html><title>x</title>" + link.format("one") + link.format("two")).encode()
        for number, starter in enumerate(load_packs().feeds[1:], start=200):  # the first of them can't be read
            self.pages[starter.url] = _rss(starter.title, [_item(number, "AI engineer: RAG, contract", 5)])
        self.pages[NO_FEED] = b"<!doctype html><title>x</title>"
        self.pages[TALKS] = _rss("Talks", [_item(n, title, n) for n, title in ((1, "Talk"), (2, "Course"), (3, LONG))])
        outlines = "".join(f'<outline text="List {n}" xmlUrl="https://list-{n}.example/rss"/>' for n in range(1, 61))
        wrong = f'<outline text="Local" xmlUrl="file:///x"/><outline text="Mine" xmlUrl="{FULL}"/>'
        self.pages[LISTED] = f"<opml><body>{outlines}{wrong}</body></opml>".encode()

    def break_and_flood(self) -> None:
        """From now on one feed is not there any more, and another has many new entries."""
        del self.pages[MANY[0]]
        items = [_item(n, "AI engineer: RAG and LLM evaluation, contract", n - 100) for n in range(101, 131)]
        self.pages[FULL] = _rss("A board with much on it", items)

    async def get(self, url: str, *, etag: str = "", modified: str = "", given_by: str = "") -> Fetched:
        """What is written under the address. Raises `FetchFailed` where nothing is."""
        del etag, modified, given_by
        if url not in self.pages:
            raise FetchFailed("E-NOTFOUND", f"There is nothing at {url}.", advice="Check the address.")
        return Fetched(200, url, moved_for_good=False, headers={}, body=self.pages[url])


def _item(number: int, title: str, hours: int) -> str:
    text = (
        "We are hiring a freelance AI engineer on contract to build a RAG chatbot with Python and pgvector. "
        f"$80 - $110 per hour, remote. Apply now. {'' if number % 5 else 'Contact us on Telegram before you apply. '}"
    )
    return (
        f"<item><title>{escape(title)} {number}</title><company>Employer {number}</company><link>https://full.example/jobs/{number}-role</link>"
        f"<guid>{number}</guid><pubDate>{format_datetime(DAWN - timedelta(hours=hours))}</pubDate>"
        f"<description>{escape(text * (40 if number == 40 else 1))}{number}</description></item>"
    )


def _rss(title: str, items: list[str]) -> bytes:
    return f'<rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'.encode()
