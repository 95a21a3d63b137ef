"""The sample feeds as they are written in `feeds/*.toml`: invented postings, dated relative to the demo's start."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, TypeAdapter

from bot.leads.entry import Engagement, Side  # noqa: TC001  pydantic reads the annotations
from bot.leads.kinds import Kind  # noqa: TC001

Format = Literal["rss2-board", "wp-job-manager", "atom", "json", "rss1", "rss091", "broken", "rss2"]


def parse_offset(text: str) -> timedelta:
    """Read "-1d3h" or "+20h30m". Raises `ValueError` for anything else."""
    match = re.fullmatch(r"([+-])(?=[0-9])(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?", text)
    if match is None:
        raise ValueError(f"{text!r} is not an offset such as -5h or +1d3h")
    days, hours, minutes = (int(part or 0) for part in match.groups()[1:])
    offset = timedelta(days=days, hours=hours, minutes=minutes)
    return -offset if match[1] == "-" else offset


Offset = Annotated[timedelta, BeforeValidator(parse_offset)]


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """One posting. `truth`, `scam` and `copy_of` are what a reader knows about it; they are never served."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    at: Offset  # published, counted from the demo's start
    truth: Engagement
    title: str
    text: str  # paragraphs divided by empty lines; lines that begin with "- " are a list
    scam: bool = False  # worded as its `truth`, but must be held with a caution
    copy_of: str = ""  # the id of the posting in another feed that this one repeats
    slug: str = ""
    link: str = ""
    company: str = ""
    author: str = ""
    place: str = ""
    countries: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    category: str = ""
    type: str = ""
    pay: str = ""
    expires: Offset | None = None  # counted from the demo's start

    @property
    def blocks(self) -> tuple[str, ...]:
        """The paragraphs and lists of the text."""
        return tuple(self.text.strip().split("\n\n"))


@dataclass(frozen=True, slots=True)
class SampleFeed:
    """A board with its postings. `path` is where the feed is served, `page` a page that only links it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    path: str
    title: str
    side: Side
    kind: Kind
    format: Format
    home: str
    posts: str  # what the links of its postings begin with
    entries: tuple[SampleEntry, ...]
    page: str = ""

    def out(self, start: datetime, now: datetime) -> tuple[SampleEntry, ...]:
        """The postings that are out by `now`, newest first."""
        return tuple(sorted((e for e in self.entries if start + e.at <= now), key=lambda e: e.at, reverse=True))

    def link(self, entry: SampleEntry) -> str:
        """The address of a posting, as the feed gives it."""
        return entry.link or f"{self.posts}/{entry.slug or entry.id}"


_reader = TypeAdapter(SampleFeed)


@cache
def feeds() -> tuple[SampleFeed, ...]:
    """All sample feeds, in the order in which the demo lists them."""
    files = sorted((Path(__file__).parent / "feeds").glob("*.toml"))
    return tuple(_reader.validate_python(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files)
