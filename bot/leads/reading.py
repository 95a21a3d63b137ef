"""From bytes to entries and verdicts: what a worker process does with a fetched feed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import compress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.leads.entry import guid_hash
from bot.leads.kinds import kind_of
from bot.leads.parse import discover, parse
from bot.leads.rules import judge
from bot.skills import load_taxonomy

if TYPE_CHECKING:
    from datetime import datetime

    from bot.leads.entry import Document, Side, Verdict
    from bot.leads.kinds import Kind

    Judged = dict[Side, tuple[Verdict | None, ...]]
    """By side, a verdict on each entry of a document, None on what was known."""

_FORUMS = ("reddit.com", "news.ycombinator.com", "hnrss.org", "community.", "forum.", "discourse.")
_OFFERS_SELF = re.compile(r"\[\s*for\s*hire\s*\]|\bhire me\b|\bavailable for (?:work|hire)\b", re.IGNORECASE)
_COURSES = re.compile(r"\b(?:course|webinar|bootcamp|certificate|workshop)s?\b", re.IGNORECASE)


def read_feed(
    body: bytes, url: str, content_type: str, max_items: int, kind: Kind | None, side: Side | None, now: datetime
) -> tuple[Document, Kind, Side, tuple[Verdict, ...]]:
    """Parse a feed and, if its kind is jobs, judge it; guesses its kind and side where they are None.

    Raises `UserError` for what is no feed.
    """
    document = parse(body, url=url, content_type=content_type, max_items=max_items)
    kind, side = kind or kind_of(document, url), side or guess_side(document, url)
    return document, kind, side, judge_all(document, side, now) if kind == "jobs" else ()


def judge_all(document: Document, side: Side, now: datetime, *, leads_only: bool = False) -> tuple[Verdict, ...]:
    """One verdict for each entry of a document, with `leads_only` as in `rules.judge`."""
    taxonomy = load_taxonomy()
    return tuple(
        judge(entry, side=side, now=now, taxonomy=taxonomy, leads_only=leads_only) for entry in document.entries
    )


def read_for_sides(
    body: bytes,
    url: str,
    content_type: str,
    max_items: int,
    sides: tuple[Side, ...],
    now: datetime,
    known: frozenset[str] = frozenset(),
) -> tuple[Document, Judged]:
    """Parse once, judge once for each side that some community has given the source.

    What is `known` already, by `guid_hash`, is nobody's news and gets no verdict.
    """
    document = parse(body, url=url, content_type=content_type, max_items=max_items)
    fresh = [guid_hash(entry.guid) not in known for entry in document.entries]
    some = replace(document, entries=tuple(compress(document.entries, fresh)))
    judged: Judged = {}
    for side in sides:
        verdicts = iter(judge_all(some, side, now, leads_only=True))
        judged[side] = tuple(next(verdicts) if new else None for new in fresh)
    return document, judged


def find_feeds(body: bytes, url: str) -> list[tuple[str, str]]:
    """The (address, title) of the feeds that a page links."""
    return discover(body, url)


def guess_side(document: Document, url: str) -> Side:
    """Who writes in a feed: a forum has both sides; a list of courses or of people who offer themselves is supply."""
    titles = [entry.title for entry in document.entries]
    if titles and sum(bool(_COURSES.search(title)) for title in titles) > len(titles) / 2:
        return "supply"
    offers = sum(bool(_OFFERS_SELF.search(title)) for title in titles)
    if titles and offers > len(titles) * 0.8:
        return "supply"
    host = urlsplit(url).hostname or ""
    forum = any(name in host for name in _FORUMS) or any(name in document.link for name in _FORUMS)
    return "mixed" if forum or offers else "demand"
