"""From the bytes of an address to a `Document` of plain entries, or a clear sentence why not. For workers only.

Well-formed XML is read by a strict walk, JSON Feed by its own reader, and what is neither by feedparser.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.leads.charset import decode
from bot.leads.entry import Document
from bot.leads.items import absolute, finish
from bot.leads.jsonfeed import is_json_feed, read_json
from bot.leads.loosefeed import BrokeDown, read_loose
from bot.leads.text import title_text
from bot.leads.xmlfeed import NotAFeed, NotWellFormed, TooDeep, read_xml
from bot.words import say

if TYPE_CHECKING:
    from bot.leads.entry import Entry
    from bot.leads.items import Feed

_DECLARATION = re.compile(r"^<\?xml[^>]*\?>\s*", re.IGNORECASE)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # never in XML, escaped or not
_FORBIDDEN_ASCII = bytes({*range(0x20)} - {*b"\t\n\r"})
_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:rss|feed|rdf|channel|item|entry)[\s>]", re.IGNORECASE)
_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_CHECK = re.compile(
    r"just a moment|checking your browser|cf-browser-verification|challenge-platform|attention required|"
    r"verify(?:ing)? (?:that )?you are (?:a )?human|enable javascript and cookies|ddos protection|captcha",
    re.IGNORECASE,
)
_ENTITIES_OF_ENTITIES = re.compile(
    r"""<!ENTITY\s+(?:%\s*)?[^\s"']+\s+(?:SYSTEM|PUBLIC|"[^"]*[&%][\w.-]+;|'[^']*[&%][\w.-]+;)"""
)
_LEVEL = re.compile(r"<(/?)(?!(?:br|hr|img|input|meta|link|p|li)\b)[A-Za-z][^<>]*?(/?)>", re.IGNORECASE)
_DEEPEST = 5_000  # open elements; broken feeds leave some open, but not thousands

_FEED_TYPES = {
    *("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"),
    *("application/xml", "text/xml"),
}
_MOST_PAGE = 2_000_000  # characters of a page that are searched for links to feeds
_MOST_FOUND = 20


def parse(body: bytes, *, url: str = "", content_type: str = "", max_items: int = 2000) -> Document:
    """The feed in `body`, which came from `url` as `content_type` (the HTTP header).

    Raises `UserError` with E-NOTFEED (something else is there) or E-FEEDBAD (a feed, but one made to do harm).
    """
    feed = read(body, url=url, content_type=content_type, max_items=max_items)
    base = url or feed.link
    entries: dict[str, Entry] = {}
    for item in feed.items:
        entry = finish(item, base)
        twin = entries.get(entry.guid)
        if twin and (twin.link, twin.title) != (entry.link, entry.title):  # a guid for several postings names none
            own = hashlib.sha256(f"{entry.guid}\n{entry.link}\n{entry.title}".encode()).hexdigest()
            entry = dataclasses.replace(entry, guid=own)
        entries.setdefault(entry.guid, entry)
    return Document(
        title=title_text(feed.title),
        link=absolute(feed.link, url),
        language=title_text(feed.language)[:35],
        entries=tuple(entries.values()),
        cut=feed.cut,
        ttl_minutes=feed.ttl_minutes,
        reader=feed.reader,
    )


def read(body: bytes, *, url: str = "", content_type: str = "", max_items: int = 2000) -> Feed:
    """The feed as it is written, its items' bodies still HTML. Raises as `parse` does."""
    text = _allowed(decode(body, content_type)).lstrip("\ufeff \t\r\n")
    if not text.strip():
        raise _not_a_feed(say("That address answered with an empty page."))
    if text[0] in "{[":
        return _read_json(text, url, max_items)
    return _read_markup(_DECLARATION.sub("", text, count=1), url, max_items)


def discover(body: bytes, url: str) -> list[tuple[str, str]]:
    """The feeds that an HTML page at `url` links to: (absolute address, title), in the page's order, at most 20."""
    from lxml import etree

    text = _allowed(decode(body))[:_MOST_PAGE]
    if not text.strip():
        return []
    root = etree.fromstring(text.encode(), etree.HTMLParser(encoding="utf-8", no_network=True))
    if root is None:
        return []
    holder = next(root.iter("base"), None)
    base = url if holder is None else absolute(holder.get("href", ""), url) or url
    found: dict[str, str] = {}
    for link in root.iter("link"):
        kind = link.get("type", "").split(";")[0].strip().lower()
        title = title_text(link.get("title", ""))
        # WordPress offers its own API as application/json beside its feeds
        wanted = kind in _FEED_TYPES or (kind == "application/json" and "feed" in f"{link.get('href')} {title}".lower())
        if wanted and "alternate" in link.get("rel", "").lower().split():
            address = absolute(link.get("href", ""), base)
            if address:
                found.setdefault(address, title)
    return list(found.items())[:_MOST_FOUND]


def _allowed(text: str) -> str:
    """`text` without the characters that XML forbids."""
    if text.isascii():  # twenty times as fast
        return text.encode().translate(None, _FORBIDDEN_ASCII).decode()
    return _FORBIDDEN.sub("", text)


def _read_json(text: str, url: str, max_items: int) -> Feed:
    try:
        data = json.loads(text)
    except RecursionError:
        raise _bad_feed(say("It is nested deeper than any feed is.")) from None
    except ValueError:
        raise _not_a_feed(say("That address answered with damaged JSON.")) from None
    if not is_json_feed(data):
        raise _not_a_feed(say("That address answered with JSON, but of another kind than JSON Feed."))
    return read_json(data, url=url, max_items=max_items)


def _read_markup(text: str, url: str, max_items: int) -> Feed:
    _refuse_pages(text)
    root = _ROOT.search(text)
    if not root and "<" not in text[:1000]:
        raise _not_a_feed(say("That address answered with something that is not a page at all."))
    if _ENTITIES_OF_ENTITIES.search(text, 0, root.start() if root else len(text)):
        raise _bad_feed(say("It defines words that grow when they are read, or that lead to other files."))
    try:
        return read_xml(text, url=url, max_items=max_items)
    except TooDeep:
        raise _bad_feed(say("It is nested deeper than any feed is.")) from None
    except NotAFeed as error:
        kind = str(error)[:40]
        raise _not_a_feed(say("That address answered with XML of another kind ({kind}).", kind=kind)) from None
    except NotWellFormed:
        pass
    _refuse_depth(text)
    try:
        feed = read_loose(text, url=url, max_items=max_items) if root else None
    except BrokeDown:
        raise _bad_feed(say("It is damaged in a way that I can't make out.")) from None
    if feed is None:
        raise _not_a_feed(say("That address answered with something that is neither a feed nor a page."))
    return feed


def _refuse_pages(text: str) -> None:
    start = 0
    while comment := _COMMENT.match(text, start):
        start = comment.end()
    if not _PAGE.match(text, start):
        return
    if _CHECK.search(text[:50_000]):
        raise _not_a_feed(
            say("That address answered with a check for human visitors instead of a feed."),
            advice=say("Ask the site's owner for a feed address that programs may read."),
        )
    raise _not_a_feed(say("That address answered with a web page, not a feed."))


def _refuse_depth(text: str) -> None:
    depth = 0
    for tag in _LEVEL.finditer(text):
        if not tag[2]:
            depth = max(depth - 1, 0) if tag[1] else depth + 1
            if depth > _DEEPEST:
                raise _bad_feed(say("It is nested deeper than any feed is."))


def _not_a_feed(happened: str, *, advice: str = "") -> UserError:
    return UserError(
        "E-NOTFEED",
        happened,
        advice=advice or say("Look for a link named RSS, Atom or Feed on the site and use its address."),
    )


def _bad_feed(why: str) -> UserError:
    return UserError(
        "E-FEEDBAD",
        say("I stopped reading that feed, because reading it on could do harm."),
        why=why,
        advice=say("Tell the feed's owner, or use another feed."),
    )
