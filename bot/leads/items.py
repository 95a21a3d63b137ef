"""What every reader of feeds yields, and how an item becomes an `Entry`."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import quote, urljoin, urlsplit

from bot.leads.entry import Entry
from bot.leads.text import plain_text, title_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

_MOST_LINK = 2048  # characters; longer addresses are not opened by every browser, nor taken by either platform
_MOST_GUID = 500
_MOST_VALUES = 200  # values of fields kept of one item
_MOST_VALUE = 2_000  # characters of one value
_UNFIT = re.compile(r'[\s"<>\\^`{|}\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]')  # in an address
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)  # left as it is: joining would tidy it
_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+/[A-Za-z0-9/._~%?&=+#:;,@!()-]*"
)  # nothing is to be done to it
_AUTHOR_MAIL = re.compile(r"^\S+@\S+\s*\((.+)\)$")
_Thing = TypeVar("_Thing")


@dataclass(slots=True)
class Item:
    """One item as a reader found it: raw strings, nothing cleaned."""

    guid: str = ""
    link: str = ""  # as written, perhaps relative
    base: str = ""  # the address that `link` is relative to, if the item has one of its own
    title: str = ""
    body: str = ""
    body_is_plain: bool = False  # not HTML
    published: datetime | None = None  # UTC
    author: str = ""
    categories: list[str] = field(default_factory=list)
    fields: dict[str, list[str]] = field(default_factory=dict)

    def add_field(self, name: str, value: str) -> None:
        """Keep another value of the extension element `name`."""
        self.fields.setdefault(name, []).append(value)


@dataclass(slots=True)
class Feed:
    """A whole feed as a reader found it; `cut` items beyond the cap are not in `items`."""

    reader: Literal["lxml", "json", "feedparser"]
    title: str = ""
    link: str = ""
    language: str = ""
    ttl_minutes: int | None = None
    items: list[Item] = field(default_factory=list)
    cut: int = 0


def pick_newest(
    things: Sequence[_Thing], most: int, read_published: Callable[[_Thing], datetime | None]
) -> list[_Thing]:
    """The `most` newest of `things` in the order they came in. What has no date is older than what has one."""
    if len(things) <= most:
        return list(things)
    ages = [-date.timestamp() if (date := read_published(thing)) else 0.0 for thing in things]
    kept = sorted(range(len(things)), key=ages.__getitem__)[:most]
    return [things[index] for index in sorted(kept)]


def finish(item: Item, base: str) -> Entry:
    """The `Entry` that `item` of the feed at `base` amounts to."""
    title = title_text(item.title)
    text = plain_text(item.body) if item.body_is_plain else to_text(item.body)
    link = absolute(item.link, urljoin(base, item.base) if item.base else base)
    guid = " ".join(title_text(item.guid).split())
    if len(guid) >= _MOST_GUID or not (guid or link):
        guid = hashlib.sha256(f"{item.guid}\n{title}\n{text}".encode()).hexdigest()
    return Entry(
        guid=guid or link,
        link=link,
        title=title,
        text=text,
        published=item.published,
        author=_author_name(item.author),
        categories=tuple(dict.fromkeys(filter(None, (title_text(name) for name in item.categories[:_MOST_VALUES])))),
        fields=_tidy_fields(item.fields),
    )


def absolute(link: str, base: str) -> str:
    """`link` as an absolute http(s) address, seen from `base`, or "" where it is none."""
    if len(link) <= _MOST_LINK and _PLAIN.fullmatch(link):
        return link
    link = "".join(link.split("\n")).strip().replace(" ", "%20")
    if not link:
        return ""
    try:
        link = link if _ABSOLUTE.match(link) else urljoin(base, link)
        parts = urlsplit(link)
        fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    link = _UNFIT.sub(lambda match: quote(match[0], safe=""), link)
    return link if fit and len(link) <= _MOST_LINK else ""


def _author_name(author: str) -> str:
    author = title_text(author)
    named = _AUTHOR_MAIL.match(author)
    return (named[1] if named else author).strip()[:200]


def _tidy_fields(fields: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    room = _MOST_VALUES
    tidied: dict[str, tuple[str, ...]] = {}
    for name, values in fields.items():
        kept = values[:room]
        room -= len(kept)
        if kept:
            tidied[name[:100]] = tuple(plain_text(value[:_MOST_VALUE]) for value in kept)
    return tidied
