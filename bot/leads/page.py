"""What a web page says of itself: its title and a description. Pure; runs in a worker, on whatever was fetched."""

from __future__ import annotations

from lxml import etree, html

from bot.leads.text import plain_text, title_text

MOST = 400_000  # bytes of a page that are looked at: what is asked for stands in its head
_TITLES = ("//meta[@property='og:title']/@content", "//meta[@name='twitter:title']/@content", "//title/text()")
_DESCRIPTIONS = (
    "//meta[@property='og:description']/@content",
    "//meta[@name='description']/@content",
    "//meta[@name='twitter:description']/@content",
)


def read_page(body: bytes) -> tuple[str, str]:
    """The title and the description of an HTML page, each "" where there is none."""
    parser = html.HTMLParser(encoding=None, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = html.document_fromstring(body[:MOST], parser=parser)
    except (etree.LxmlError, ValueError):
        return "", ""
    return title_text(_first(root, _TITLES)), plain_text(_first(root, _DESCRIPTIONS))


def _first(root: html.HtmlElement, paths: tuple[str, ...]) -> str:
    """The first text at one of these places that is not blank."""
    found = (str(text).strip() for path in paths for text in root.xpath(path))
    return next((text for text in found if text), "")
