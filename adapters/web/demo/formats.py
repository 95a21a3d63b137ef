"""Eight ways to write the same postings, each as a real board would put it on the wire."""

from __future__ import annotations

import json
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from adapters.web.demo.samples import Format, SampleEntry, SampleFeed

RSS = "application/rss+xml; charset=utf-8"
CONTENT_TYPES: dict[Format, str] = {
    "rss2-board": RSS,
    "wp-job-manager": RSS,
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
    "rss1": "application/rdf+xml; charset=utf-8",
    "rss091": "text/xml",  # its encoding is in the XML declaration alone
    "broken": RSS,
    "rss2": RSS,
}


def write(feed: SampleFeed, entries: Sequence[SampleEntry], start: datetime) -> bytes:
    """Write `feed` with `entries` (newest first) in its format; their dates count from `start` (UTC)."""
    return _WRITERS[feed.format](feed, entries, start)


def _html(entry: SampleEntry) -> str:
    return "\n".join(_html_block(block) for block in entry.blocks)


def _html_block(block: str) -> str:
    if block.startswith("- "):
        return "<ul>" + "".join(f"<li>{escape(line[2:])}</li>" for line in block.splitlines()) + "</ul>"
    return f"<p>{escape(block)}</p>"


def _elements(name: str, values: Iterable[str]) -> str:
    return "".join(f"\n      <{name}>{escape(value)}</{name}>" for value in values if value)


def _channel(feed: SampleFeed, items: Iterable[str], *, namespaces: str = "") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"{namespaces}>
  <channel>
    <title>{escape(feed.title)}</title>
    <link>{feed.home}</link>
    <description>{escape(feed.title)}</description>
    <language>en</language>
    <ttl>60</ttl>{"".join(items)}
  </channel>
</rss>
""".encode()


def _write_board(feed: SampleFeed, entries: Sequence[SampleEntry], start: datetime) -> bytes:
    """RSS 2.0 of a remote-work board: "Company: Role", plain extension elements without a namespace."""

    def item(e: SampleEntry) -> str:
        body = f"<p>\n  <strong>Headquarters:</strong> {escape(e.place)}\n</p>\n{_html(e)}"
        expires = (format_datetime(start + e.expires),) if e.expires else ()
        return f"""
    <item>
      <media:content url="{feed.home}/logos/{e.id}.png" type="image/png"/>
      <title>{escape(e.company)}: {escape(e.title)}</title>
      <region>{escape(e.place)}</region>{_elements("country", e.countries)}
      <skills>{escape(", ".join(e.skills))}</skills>
      <category>{escape(e.category)}</category>
      <type>{escape(e.type)}</type>
      <description>
{escape(body)}
      </description>
      <pubDate>{format_datetime(start + e.at)}</pubDate>{_elements("expires_at", expires)}
      <guid>{escape(feed.link(e))}</guid>
      <link>{escape(feed.link(e))}</link>
    </item>"""

    namespaces = ' xmlns:media="http://search.yahoo.com/mrss"'
    return _channel(feed, map(item, entries), namespaces=namespaces)


def _write_job_manager(feed: SampleFeed, entries: Sequence[SampleEntry], start: datetime) -> bytes:
    """RSS 2.0 of a WordPress job board: an excerpt, the whole text, and `job_listing:*` in the site's own namespace."""

    def item(e: SampleEntry) -> str:
        facts = (("location", e.place), ("salary", e.pay), ("job_type", e.type), ("company", e.company))
        listing = "".join(
            f"\n      <job_listing:{name}><![CDATA[{value}]]></job_listing:{name}>" for name, value in facts if value
        )
        excerpt = " ".join(e.text.split()[:35])
        return f"""
    <item>
      <title>{escape(e.title)}</title>
      <link>{escape(feed.link(e))}</link>
      <dc:creator><![CDATA[desk]]></dc:creator>
      <pubDate>{format_datetime(start + e.at)}</pubDate>
      <guid isPermaLink="false">{feed.home}/?post_type=job_listing&amp;p={e.id}</guid>
      <description><![CDATA[{escape(excerpt)} [&#8230;]]]></description>
      <content:encoded><![CDATA[{_html(e)}]]></content:encoded>{listing}
    </item>"""

    namespaces = (
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:job_listing="{feed.home}"'
    )
    return _channel(feed, map(item, entries), namespaces=namespaces)


def _write_rss2(feed: SampleFeed, entries: Sequence[SampleEntry], start: datetime) -> bytes:
    """Plain RSS 2.0."""

    def item(e: SampleEntry) -> str:
        return f"""
    <item>
      <title>{escape(e.title)}</title>
      <link>{feed.link(e)}</link>
      <guid isPermaLink="true">{feed.link(e)}</guid>
      <pubDate>{format_datetime(start + e.at)}</pubDate>{_elements("category", e.tags)}
      <description>{escape(_html(e))}</description>
    </item>"""

    return _channel(feed, map(item, entries))


def _write_broken(feed: SampleFeed, entries: Sequence[SampleEntry], start: datetime) -> bytes:
    """RSS that is not well-formed, as hand-made scripts write it: nothing escaped, `<br>` left open, no end."""

    def item(e: SampleEntry) -> str:
        body = "<br><br>".join(e.blocks)
        return f"""
<item>
<title>{e.title}</title>
<link>{feed.link(e)}</link>
<guid>{feed.link(e)}</guid>
<pubDate>{format_datetime(start + e.at)}</pubDate>
<description>{body}</description>
</item>"""

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0">
<channel>
<title>{feed.title}</title>
<link>{feed.home}</link>
<description>{feed.title}</description>{"".join(map(item, entries))}
""".encode()


def _write_rss091(feed: SampleFeed, entries: Sequence[SampleEntry], _start: datetime) -> bytes:
    """RSS 0.91 in Latin-1: title, link and plain text; no dates, no ids."""
    items = "".join(
        f"""
<item>
<title>{escape(e.title)}</title>
<link>{feed.link(e)}</link>
<description>{escape(e.text.strip())}</description>
</item>"""
        for e in entries
    )
    return f"""<?xml version="1.0" encoding="iso-8859-1"?>
<rss version="0.91">
<channel>
<title>{escape(feed.title)}</title>
<link>{feed.home}</link>
<description>{escape(feed.title)}</description>
<language>en</language>{items}
</channel>
</rss>
""".encode("iso-8859-1", "xmlcharrefreplace")


def _write_rss1(feed: SampleFeed, entries: Sequence[SampleEntry], start: datetime) -> bytes:
    """RSS 1.0: RDF, items beside the channel, Dublin Core dates and creators."""
    sequence = "".join(f'\n        <rdf:li rdf:resource="{escape(feed.link(e))}"/>' for e in entries)
    items = "".join(
        f"""
  <item rdf:about="{escape(feed.link(e))}">
    <title>{escape(e.title)}</title>
    <link>{escape(feed.link(e))}</link>
    <description>{escape(e.text.strip())}</description>
    <dc:creator>{escape(e.author)}</dc:creator>
    <dc:date>{(start + e.at).isoformat(timespec="seconds")}</dc:date>
  </item>"""
        for e in entries
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
         xmlns:dc="http://purl.org/dc/elements/1.1/">
  <channel rdf:about="{feed.home}">
    <title>{escape(feed.title)}</title>
    <link>{feed.home}</link>
    <description>{escape(feed.title)}</description>
    <items>
      <rdf:Seq>{sequence}
      </rdf:Seq>
    </items>
  </channel>{items}
</rdf:RDF>
""".encode()


def _write_atom(feed: SampleFeed, entries: Sequence[SampleEntry], start: datetime) -> bytes:
    """Atom, as forum software writes it: HTML content, categories, an author for each entry."""

    def item(e: SampleEntry) -> str:
        published = (start + e.at).isoformat(timespec="seconds")
        categories = "".join(f'\n    <category term="{escape(tag)}"/>' for tag in e.tags)
        return f"""
  <entry>
    <title>{escape(e.title)}</title>
    <id>tag:workbench.example,2026:topic-{e.id}</id>
    <link rel="alternate" type="text/html" href="{feed.link(e)}"/>
    <published>{published}</published>
    <updated>{published}</updated>
    <author><name>{escape(e.author)}</name></author>{categories}
    <content type="html">{escape(_html(e))}</content>
  </entry>"""

    updated = max((start + e.at for e in entries), default=start).isoformat(timespec="seconds")
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
  <title>{escape(feed.title)}</title>
  <id>{feed.home}</id>
  <link rel="alternate" type="text/html" href="{feed.home}"/>
  <updated>{updated}</updated>{"".join(map(item, entries))}
</feed>
""".encode()


def _write_json(feed: SampleFeed, entries: Sequence[SampleEntry], start: datetime) -> bytes:
    """JSON Feed 1.1 of a marketplace: the budget stands at the head of the text, as such sites write it."""

    def item(e: SampleEntry) -> dict[str, object]:
        label, _, amount = e.pay.partition(": ")
        return {
            "id": e.id,
            "url": feed.link(e),
            "title": e.title,
            "content_html": f"<p><b>{escape(label)}</b>: {escape(amount)}</p>\n{_html(e)}",
            "date_published": (start + e.at).isoformat(timespec="seconds"),
            "authors": [{"name": e.author}],
            "tags": list(e.tags),
        }

    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "language": "en",
        "items": [item(e) for e in entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


_WRITERS: dict[Format, Callable[[SampleFeed, Sequence[SampleEntry], datetime], bytes]] = {
    "rss2-board": _write_board,
    "wp-job-manager": _write_job_manager,
    "atom": _write_atom,
    "json": _write_json,
    "rss1": _write_rss1,
    "rss091": _write_rss091,
    "broken": _write_broken,
    "rss2": _write_rss2,
}
