"""Lists of feeds as OPML 2.0, the format in which feed readers exchange them. Reading is work for a worker process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.errors import UserError
from bot.leads.kinds import KINDS, guess_kind, kind_name
from bot.literal import web_address
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from bot.leads.kinds import Kind

LARGEST = 2_000_000  # bytes; a list of ten thousand feeds has about as many
MOST_FEEDS = 500  # in one import
DEEPEST = 50  # groups in groups
OWN = "urn:guildhall:feeds"  # the namespace of what only we write: kind, side, destination

_BARE_AMPERSAND = re.compile(rb"&(?!#\d+;|#x[0-9A-Fa-f]+;|(?:amp|lt|gt|quot|apos);)")
_SIDES = ("demand", "mixed", "supply")
_DESTINATIONS = ("digest", "instant")
_GROUPS: Mapping[str, Kind] = {
    **{kind: kind for kind in KINDS},
    "open source": "open-source",
    "gigs and jobs": "jobs",
    "courses": "learning",
    "talks": "learning",
    "events": "learning",
}


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list."""

    url: str
    title: str
    kind: Kind
    side: str
    destination: str
    line: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a line of a file, in words. `invalid`: a feed was left out because of it."""

    line: int
    words: str
    invalid: bool


@dataclass(frozen=True, slots=True)
class FeedList:
    """What a file says: its feeds, each address once, and what was wrong with it line by line."""

    feeds: tuple[Outline, ...]
    remarks: tuple[Remark, ...]

    @property
    def invalid(self) -> int:
        """How many feeds were left out because their line is wrong."""
        return sum(remark.invalid for remark in self.remarks)


# --- reading ---------------------------------------------------------------------------------------------------------


def read_opml(content: bytes) -> FeedList:
    """The feeds in an OPML file, groups flattened. Raises `UserError` (E-OPML) for what is no list of feeds."""
    from lxml import etree

    if len(content) > LARGEST:
        raise _not_opml(say("It is larger than {n} MB.", n=LARGEST // 1_000_000))
    text = _BARE_AMPERSAND.sub(b"&amp;", content.strip())  # the commonest mistake, and harmless to repair
    if b"<!ENTITY" in text.upper() or b"<!DOCTYPE" in text.upper():
        raise _not_opml(say("It defines words of its own, which a list of feeds never needs and I don't read."))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True, remove_comments=True
    )
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError:
        root = None
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise _not_opml(say("It is not XML that begins with <opml>."))
    broken = [
        Remark(error.line, say("not well-formed: {why}", why=error.message.strip()), invalid=False)
        for error in parser.error_log
    ]
    feeds: dict[str, Outline] = {}
    remarks = list({remark.line: remark for remark in reversed(broken)}.values())
    for element, groups in _outlines(root):
        found = _read_outline(element, groups)
        if isinstance(found, Remark):
            remarks.append(found)
        elif known := feeds.get(found.url):
            remarks.append(Remark(found.line, say("the same address as line {n}", n=known.line), invalid=False))
        elif len(feeds) == MOST_FEEDS:
            remarks.append(Remark(found.line, say("more than {n} feeds in one file", n=MOST_FEEDS), invalid=True))
        else:
            feeds[found.url] = found
    return FeedList(tuple(feeds.values()), tuple(sorted(remarks, key=lambda remark: remark.line)))


def _outlines(root: Any) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """The outlines that are feeds, each with the names of its groups, in the file's order."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    while waiting:
        element, groups = waiting.pop()
        if _is_feed(element):
            yield element, groups
        name = element.get("text") or element.get("title") or ""
        inner = (*groups, name) if name and not _is_feed(element) else groups
        if len(inner) <= DEEPEST:
            waiting.extend((child, inner) for child in reversed(element) if isinstance(child.tag, str))


def _is_feed(element: Any) -> bool:
    kind = element.get("type", "").lower()
    return element.tag.lower() == "outline" and (
        "xmlUrl" in element.attrib or "xmlurl" in element.attrib or kind == "rss"
    )


def _read_outline(element: Any, groups: tuple[str, ...]) -> Outline | Remark:
    typed = (element.get("xmlUrl") or element.get("xmlurl") or "").strip()
    url = web_address(typed)
    title = " ".join((element.get("title") or element.get("text") or "").split())[:200]
    if not url:
        named = title or say("without a name")
        words = say("“{url}” is not a web address ({title})", url=typed[:80], title=named[:80])
        return Remark(element.sourceline, words, invalid=True)
    own = {name: element.get(f"{{{OWN}}}{name}", "") for name in ("kind", "side", "destination")}
    categories = element.get("category", "").split(",")
    named_kinds = [own["kind"], *(part.rpartition("/")[2] for part in categories), *reversed(groups)]
    kind = next((_GROUPS[name.strip().lower()] for name in named_kinds if name.strip().lower() in _GROUPS), None)
    return Outline(
        url=url,
        title=title or url,
        kind=kind or guess_kind(url, title),
        side=own["side"] if own["side"] in _SIDES else "",
        destination=own["destination"] if own["destination"] in _DESTINATIONS else "digest",
        line=element.sourceline,
    )


def _not_opml(why: str) -> UserError:
    return UserError(
        "E-OPML",
        say("That is not a list of feeds that I can read."),
        why=why,
        advice=say("Export the list from your feed reader as OPML, and give me that file unchanged."),
    )


# --- writing ---------------------------------------------------------------------------------------------------------


def write_opml(feeds: Iterable[Mapping[str, Any]], title: str, now: datetime) -> bytes:
    """An OPML file of feeds (`url`, `title`, `kind`, `side`, `destination`), in one group for each kind."""
    from lxml import etree

    root = etree.Element("opml", version="2.0", nsmap={"guildhall": OWN})
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = _plain(title)
    etree.SubElement(head, "dateCreated").text = f"{now:%a, %d %b %Y %H:%M:%S} GMT"
    body = etree.SubElement(root, "body")
    listed = list(feeds)
    for kind in KINDS:
        members = [feed for feed in listed if feed["kind"] == kind]
        group = etree.SubElement(body, "outline", text=kind_name(kind)) if members else body
        for feed in members:
            name = _plain(feed["title"])
            outline = etree.SubElement(group, "outline", type="rss", text=name, title=name, xmlUrl=feed["url"])
            outline.set("category", kind)
            for own in ("kind", "side", "destination"):
                outline.set(f"{{{OWN}}}{own}", feed[own])
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _plain(text: str) -> str:
    """Text without what XML cannot hold."""
    return "".join(c if c.isprintable() else " " for c in text)
