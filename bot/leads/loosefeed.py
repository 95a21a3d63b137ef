"""The second reader: feedparser, without its sanitiser, for what is not XML to the letter.

It keeps only the last of repeated extension elements, which is why it is not the first.
"""

from __future__ import annotations

import html
import io
import re
from calendar import timegm
from typing import TYPE_CHECKING, Any

from bot.leads.dates import read_date, read_timestamp
from bot.leads.items import Feed, Item

if TYPE_CHECKING:
    from datetime import datetime

_ITEM_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ITEM_START = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,32};)")
_NO_CHARACTER = re.compile(r"&#(?:\d{7,}|[xX][\da-fA-F]{6,});?")
_ELEMENT = re.compile(r"<([A-Za-z][\w.-]*(?::[A-Za-z][\w.-]*)?)[\s>/]")
_OF_FEEDPARSER = {
    *("title", "title_detail", "link", "links", "id", "guidislink", "summary", "summary_detail", "content", "tags"),
    *("published", "published_parsed", "updated", "updated_parsed", "created", "created_parsed", "author"),
    *("author_detail", "authors", "contributors", "enclosures", "source", "rights", "rights_detail", "href", "base"),
    *("media_content", "media_thumbnail", "expired", "expired_parsed", "publisher", "publisher_detail"),
}


class BrokeDown(Exception):
    """feedparser could not cope with the text; what it stumbled over is the message."""


def read_loose(text: str, *, url: str, max_items: int) -> Feed | None:
    """What feedparser makes of `text`, or None where it sees no feed. Raises `BrokeDown`.

    Of a longer feed the first `max_items` are read.

    Its time grows with the items (20 s for 200,000), so the rest is cut off beforehand.
    """
    import feedparser

    cut = 0
    ends = [match.end() for match in _ITEM_END.finditer(text)]
    if len(ends) > max_items:
        rest = text[ends[max_items - 1] :]
        cut = sum(1 for _ in _ITEM_START.finditer(rest))
        text = text[: ends[max_items - 1]]
    text = _BARE_AMPERSAND.sub("&amp;", text)  # feedparser reads "R&D" as "R&D;"
    text = _NO_CHARACTER.sub("\ufffd", text)  # … and breaks down over these
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    body = io.BytesIO(text.encode("utf-8", "replace"))  # given text, it would look for a file of that name
    try:
        parsed = feedparser.parse(body, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # a deliberate fence: what strangers wrote found a mistake of feedparser's
        raise BrokeDown(f"{type(error).__name__}: {error}") from error
    if not parsed.entries and not parsed.version:
        return None
    names = {name.lower().replace(":", "_"): name for name in _ELEMENT.findall(text)}
    ttl = str(parsed.feed.get("ttl", ""))
    return Feed(
        reader="feedparser",
        title=parsed.feed.get("title", ""),
        link=parsed.feed.get("link", "") or url,
        language=parsed.feed.get("language", ""),
        ttl_minutes=int(ttl) or None if ttl.isdecimal() and len(ttl) < 7 else None,
        items=[_read_item(entry, names) for entry in parsed.entries[:max_items]],
        cut=cut + max(len(parsed.entries) - max_items, 0),
    )


def _read_item(entry: Any, names: dict[str, str]) -> Item:
    contents = [content.get("value", "") for content in entry.get("content", ())]
    item = Item(
        guid=entry.get("id", ""),
        link=entry.get("link", ""),
        title=entry.get("title", ""),
        body=next((body for body in (*contents, entry.get("summary", "")) if body.strip()), ""),
        published=_read_published(entry),
        author=entry.get("author", ""),
        categories=[tag.get("term") or tag.get("label") or "" for tag in entry.get("tags", ())],
    )
    for key in entry:
        if key not in _OF_FEEDPARSER and isinstance(entry[key], str):
            item.add_field(names.get(key, key), html.unescape(entry[key]))  # of what it does not know, it leaves these
    return item


def _read_published(entry: Any) -> datetime | None:
    for name in ("published", "created", "updated"):
        if name in entry:
            parsed = entry.get(f"{name}_parsed")
            if found := read_date(entry[name]) or (read_timestamp(timegm(parsed)) if parsed else None):
                return found
    return None
