"""What kind of feed something is, guessed from what it says. Pure; a moderator's word counts for more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.leads.entry import Document

Kind = Literal["jobs", "learning", "open-source"]
"""jobs: gigs and jobs, which go to the judge. The others go to digest sections of their own, as they are."""

KINDS: tuple[Kind, ...] = ("jobs", "learning", "open-source")

_LEARNING = re.compile(
    r"\b(?:course|webinar|bootcamp|certificate|workshop|talk|lecture|seminar|tutorial|meetup|conference|"
    r"call for (?:papers|speakers)|study group)s?\b",
    re.IGNORECASE,
)
_FIRST_ISSUES = re.compile(
    r"\b(?:good[\s-]first[\s-]issue|first[\s-]timers|help[\s-]wanted|up[\s-]for[\s-]grabs)", re.IGNORECASE
)
_LEARNING_HOSTS = ("arxiv.org", "classcentral.com", "coursera.org", "edx.org", "papers.", "courses.")
_CODE_HOSTS = ("github.com", "gitlab.com", "codeberg.org", "goodfirstissue", "goodfirstissues", "up-for-grabs")
_WANTED = re.compile(r"\b(?:hiring|wanted|freelanc\w*|contract(?:or)?|vacancy|remote|job)\b", re.IGNORECASE)


def guess_kind(url: str, title: str, titles: Sequence[str] = ()) -> Kind:
    """The kind of the feed at `url` with this title and these titles of entries (none if it was not read yet)."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    if _FIRST_ISSUES.search(f"{unquote(url)} {title}") or any(name in host for name in _CODE_HOSTS):
        return "open-source"
    if any(host == name or host.endswith(f".{name}") or (name[-1] == "." and name in host) for name in _LEARNING_HOSTS):
        return "learning"
    taught = sum(bool(_LEARNING.search(name)) and not _WANTED.search(name) for name in titles)
    if titles:
        return "learning" if taught > len(titles) / 2 else "jobs"
    return "learning" if _LEARNING.search(title) and not _WANTED.search(title) else "jobs"


def kind_of(document: Document, url: str) -> Kind:
    """The kind of a feed that was read from `url`."""
    return guess_kind(url, document.title, [entry.title for entry in document.entries])


def kind_name(kind: str) -> str:
    """A kind in words."""
    names = {"jobs": say("gigs and jobs"), "learning": say("learning"), "open-source": say("open source")}
    return names[kind]
