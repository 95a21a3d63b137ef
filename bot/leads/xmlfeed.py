"""The first reader: a strict walk over well-formed RSS 0.9x, 1.0, 2.0 and Atom 0.3, 1.0 that keeps every extension."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from lxml import etree

from bot.leads.dates import read_date
from bot.leads.items import Feed, Item, pick_newest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from lxml.etree import _Element

    _Parts = dict[str, list[_Element]]

_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
}
_RSS = (
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",
    "http://channel.netscape.com/rdf/simple/0.9/",
    "http://backend.userland.com/rss2",
    "http://blogs.law.harvard.edu/tech/rss",
)
_ROOTS = {"rss", "rdf", "feed", "channel"}
_PUBLISHED = ("pubdate", "published", "issued", "dc:date", "dcterms:issued", "created", "dcterms:created")
_UPDATED = ("updated", "modified", "dcterms:modified")
_BODIES = ("content:encoded", "content", "description", "summary", "dc:description")  # best first
_PLAIN_TYPES = {"", "text", "text/plain"}
_LOOKS_LIKE_HTML = re.compile(r"</?(?:p|br|a|div|ul|ol|li|b|strong|i|em|span|h[1-6])(?:\s[^<>]*)?/?>", re.IGNORECASE)
_NOT_KEPT = ("enclosure", "source", "contributor", "rights")
_READ = {
    *("link", "title", "dc:title", "id", "guid", "author", "dc:creator", "category", "dc:subject"),
    *(*_PUBLISHED, *_UPDATED, *_BODIES, *_NOT_KEPT),
}
_NO_LINK = 3
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


class NotWellFormed(Exception):
    """The text is not XML to the letter."""


class TooDeep(Exception):
    """The text is nested deeper than libxml2 follows (256 or 2,048 levels, by version), as no feed is."""


class NotAFeed(Exception):
    """Well-formed XML whose root is none of a feed's; the root's name is the message."""


def read_xml(text: str, *, url: str, max_items: int) -> Feed:
    """The feed in `text`, which has no XML declaration. Raises `NotWellFormed`, `TooDeep` or `NotAFeed`."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise (TooDeep if "depth" in str(error) else NotWellFormed)(str(error)) from None
    local = etree.QName(root).localname
    if local.lower() not in _ROOTS:
        raise NotAFeed(local)
    nodes = [node for node in root.iter("{*}item", "{*}entry") if _name(node) in {"item", "entry"}]
    kept = pick_newest(nodes, max_items, _read_published)
    feed = Feed(reader="lxml", items=[_read_item(node) for node in kept], cut=len(nodes) - len(kept))
    _read_head(root, feed, url)
    return feed


def _read_head(root: etree._Element, feed: Feed, url: str) -> None:
    channel = root if local_name(root) in {"feed", "channel"} else next(root.iterchildren("{*}channel"), root)
    best_link = _NO_LINK
    feed.language = channel.get(_XML_LANG) or root.get(_XML_LANG) or ""
    for child in channel.iterchildren("*"):
        name = _name(child)
        if name == "title" and not feed.title:
            feed.title = _text(child)
        elif name in {"language", "dc:language"}:
            feed.language = _text(child).strip() or feed.language
        elif name == "ttl" and (minutes := _text(child).strip()).isdecimal() and len(minutes) < 7:
            feed.ttl_minutes = int(minutes) or None
        elif name == "link" and (rank := _rank_link(child)) < best_link:
            best_link, feed.link = rank, _text(child).strip() or child.get("href", "")
    feed.link = feed.link or url


def _read_item(node: etree._Element) -> Item:
    parts = _parts(node)
    item = Item(
        guid=node.get(_RDF_ABOUT, "") or _first_text(parts, "guid", "id"),
        link=_read_link(parts),
        base=_base(node),
        title=_first_text(parts, "title", "dc:title"),
        published=_date_of(parts),
        author=_first_author(parts),
        categories=[
            _text(child).strip() or child.get("term") or child.get("label") or ""
            for child in (*parts.get("category", ()), *parts.get("dc:subject", ()))
        ],
    )
    for body in (child for name in _BODIES for child in parts.get(name, ())):
        if (markup := _markup(body)).strip():
            item.body, item.body_is_plain = markup, _is_plain(body, markup)
            break
    for child in (child for name in parts if name not in _READ for child in parts[name]):
        for field, value in _flatten(child, _name(child)):
            item.add_field(field, value)
    return item


def _first_text(parts: _Parts, *names: str) -> str:
    texts = (_text(node).strip() for name in names for node in parts.get(name, ()))
    return next((text for text in texts if text), "")


def _read_link(parts: _Parts) -> str:
    best = min(parts.get("link", ()), key=_rank_link, default=None)
    if best is not None and _rank_link(best) < _NO_LINK:
        return _text(best).strip() or best.get("href", "")
    # RSS 2.0: a guid is an address unless it says that it is none
    permalinks = (_text(guid).strip() for guid in parts.get("guid", ()) if guid.get("isPermaLink", "true") == "true")
    return next((link for link in permalinks if link.startswith(("http://", "https://"))), "")


def _first_author(parts: _Parts) -> str:
    for author in (*parts.get("author", ()), *parts.get("dc:creator", ())):
        named = next(author.iterchildren("{*}name"), author)
        if name := _text(named).strip():
            return name
    return ""


def _flatten(node: etree._Element, name: str) -> Iterator[tuple[str, str]]:
    """The values of an extension element: its text, else a telling attribute; of a group its leaves and their list."""
    if not len(node):
        if text := (node.text or "").strip():
            yield name, text
            return
        attributes = (node.get(key) for key in ("value", "href", "url", "resource", "term"))
        yield name, next((value for value in attributes if value), "")
        return
    children = list(node.iterchildren("*"))
    if not children:
        yield name, _text(node).strip()
        return
    leaves = []
    for child in children:
        if not len(child):
            leaves.append(_text(child).strip())
        yield from _flatten(child, _name(child))
    if len(leaves) == len(children):
        yield name, ", ".join(dict.fromkeys(leaf for leaf in leaves if leaf))


def _parts(node: etree._Element) -> _Parts:
    """The children of an item by their names in lower case."""
    parts: _Parts = {}
    for child in node.iterchildren("*"):
        name = _lower(_name(child))
        if name in parts:
            parts[name].append(child)
        else:
            parts[name] = [child]
    return parts


def _read_published(node: etree._Element) -> datetime | None:
    return _date_of(_parts(node))


def _date_of(parts: _Parts) -> datetime | None:
    dates = (read_date(parts[name][0].text or "") for name in (*_PUBLISHED, *_UPDATED) if name in parts)
    return next((date for date in dates if date), None)


def _rank_link(node: etree._Element) -> int:
    """How well the link says where the item is, 0 best; `_NO_LINK` if it leads elsewhere (self, enclosure, replies)."""
    if (node.text or "").strip():
        return 0
    if not node.get("href") or node.get("rel", "alternate") not in {"alternate", ""}:
        return _NO_LINK
    return 1 if node.get("type", "text/html") == "text/html" else 2


def _name(node: etree._Element) -> str:
    """The element's name: bare for RSS, RDF's RSS and Atom themselves, else "prefix:name" as the feed writes it."""
    tag = str(node.tag)
    return _qualified(tag, node.prefix or "") if tag[0] == "{" else tag


@lru_cache(maxsize=1024)  # a feed has few names, and every item all of them
def _qualified(tag: str, prefix: str) -> str:
    namespace, _, local = tag[1:].partition("}")
    if namespace in _ATOM or namespace in _RSS:
        return local
    prefix = _PREFIXES.get(namespace) or prefix
    return f"{prefix}:{local}" if prefix else local


_lower = lru_cache(maxsize=1024)(str.lower)


def local_name(node: etree._Element) -> str:
    """The element's name without namespace, in lower case."""
    return etree.QName(node).localname.lower()


def _base(node: etree._Element) -> str:
    """The item's own `xml:base` or the nearest above it; nested ones are rare enough to be left unjoined."""
    holder: etree._Element | None = node
    while holder is not None:
        if base := holder.get(_XML_BASE):
            return base
        holder = holder.getparent()
    return ""


def _is_plain(node: etree._Element, body: str) -> bool:
    in_atom = str(node.tag).startswith(tuple(f"{{{namespace}}}" for namespace in _ATOM))
    return in_atom and node.get("type", "") in _PLAIN_TYPES and not len(node) and not _LOOKS_LIKE_HTML.search(body)


def _text(node: etree._Element) -> str:
    if not len(node):
        return node.text or ""
    pieces = [node.text or ""]
    for child in node:
        # a name of HTML's, such as &eacute;, which a feed with a DOCTYPE may use and the parser leaves alone
        is_entity = child.tag is etree.Entity
        pieces += (html.unescape(child.text or "") if is_entity else _text(child), child.tail or "")
    return "".join(pieces)


def _markup(node: etree._Element) -> str:
    """The element's content as HTML source, whether it was escaped, a CDATA section, or elements of its own."""
    if not len(node):
        return node.text or ""
    inner = "".join(etree.tostring(child, encoding="unicode") for child in node)
    return (node.text or "") + inner
