"""What a feed said (`Document`, `Entry`) and what was made of it (`Verdict`): plain frozen data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping  # noqa: TC003  pydantic reads the annotations
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003
from typing import Literal

Side = Literal["demand", "mixed", "supply"]
"""Who writes in a feed: those who offer work, both sides, or those who offer themselves (or courses)."""

Engagement = Literal["gig", "job", "unclear", "neither"]
Unit = Literal["hour", "day", "month", "year", "fixed"]
Seniority = Literal["entry", "mid", "senior", "lead"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, in plain text. Nothing in it is trusted: it is escaped wherever it is drawn."""

    guid: str  # the feed's own id, else the link, else a hash of title and text; never empty
    link: str  # absolute http(s) address, or ""
    title: str
    text: str  # the body as plain text, paragraphs divided by newlines
    published: datetime | None = None  # UTC
    author: str = ""
    categories: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # ^ every extension element by "prefix:name" (or "name" where the feed has no prefix), repeated ones kept in order


@dataclass(frozen=True, slots=True)
class Document:
    """A whole feed, read."""

    title: str
    link: str
    language: str  # as the feed says it, e.g. "en-us", or ""
    entries: tuple[Entry, ...]  # in feed order, at most the cap
    cut: int = 0  # how many older entries were left out by the cap
    ttl_minutes: int | None = None
    reader: Literal["lxml", "json", "feedparser"] = "lxml"


@dataclass(frozen=True, slots=True)
class Pay:
    """What is offered for the work. `min == max` for a single figure; None where the text does not say."""

    min: float
    max: float
    currency: str | None  # ISO 4217
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge makes of an entry, with its reasons in words."""

    kind: Engagement
    score: float  # 0..1, how sure we are that this is paid AI work
    sure: bool  # sure enough to be published (where the community lets it)
    held: bool  # a lead that waits for a moderator whatever the approval setting
    reasons: tuple[str, ...]
    cautions: tuple[str, ...] = ()
    company: str | None = None
    role: str | None = None
    pay: Pay | None = None
    skills: tuple[str, ...] = ()  # taxonomy ids
    remote: bool | Literal["hybrid"] | None = None
    region: str | None = None
    employment_type: tuple[str, ...] | None = None
    language: str | None = None  # ISO 639-1
    expires: datetime | None = None  # UTC
    offers_both: bool = False  # a gig that may as well be a full-time job
    seniority: Seniority | None = None
    newcomers: bool | None = None  # open to people without experience; None where the text does not say
    sectors: tuple[str, ...] = ()  # ids of `sectors.toml`, the one most spoken of first
    hours: str | None = None  # the time zones or hours that one must share, in the advert's words
    leaned: float = 0.0  # log-odds by which a community's own decisions moved the score (`bot.leads.leaning`)

    @property
    def lead(self) -> bool:
        """Whether this is paid AI work at all."""
        return self.kind != "neither"


def guid_hash(guid: str) -> str:
    """What an entry of a source is recognised by: SHA-256 of its guid, which may be of any length."""
    return hashlib.sha256(guid.encode("utf-8", "replace")).hexdigest()
