"""HTML and plain text from feeds, turned into quiet plain text; nothing in it is trusted, it is escaped where drawn."""

from __future__ import annotations

import html
import re

import nh3

MOST_TEXT = 20_000  # characters of a body that are kept
MOST_TITLE = 500  # characters of a title that are kept
_MOST_HTML = 400_000  # characters of HTML that are looked at

_BLOCKS = {
    *("p", "div", "br", "hr", "ul", "ol", "li", "dl", "dt", "dd", "table", "tr", "td", "th", "pre", "blockquote"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "footer", "aside", "main", "figure"),
    *("figcaption", "address"),
}
_SILENT = {"script", "style", "head", "iframe", "object", "svg", "math", "template", "noscript", "select", "textarea"}
_MARKUP = re.compile(r"<(?:[a-zA-Z/!?])")
_LAYOUT = re.compile(r"<(?:p|div|br|ul|ol|li|table|tr|h[1-6]|blockquote|section|article)\b", re.IGNORECASE)
_ESCAPED_MARKUP = re.compile(
    r"&lt;/?(?:p|div|br|ul|ol|li|h[1-6]|strong|b|em|i|a|span|table)\b[^<>]{0,300}?&gt;", re.IGNORECASE
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[A-Za-z][A-Za-z\d]{1,31});")
_CLOSED = re.compile(r"</(b|i|em|strong|span|u|mark|font|small|sup|sub|a|p|code)\s*>", re.IGNORECASE)
# what opens a level that its parent's end or the next of its kind does not close
_LEVEL = re.compile(r"<(/?)(?!(?:p|li|br|hr|img|dd|dt|tr|td|th|input|meta|link|wbr)\b)[a-zA-Z]", re.IGNORECASE)
_DEEPEST = 256  # the cleaner's time grows with the square of the depth: 100,000 levels cost 33 s
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)

_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # controls
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # zero-width, bidirectional
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e0fff]"  # surrogates, non-characters, tags
)
_BLANKS = re.compile(r"[^\S\n]{2,}|[^\S\n ]")
_EMPTY_LINES = re.compile(r"\s*\n\s*")

# UTF-8 that was taken for Windows-1252 and encoded again: two bytes from Latin-1, three from punctuation, four from
# emoji; Cyrillic needs a run, for its two lead bytes are letters of Iceland and Spain
_TAIL = "[\u0080-\u00bf" + bytes(sorted({*range(0x80, 0xA0)} - {0x81, 0x8D, 0x8F, 0x90, 0x9D})).decode("cp1252") + "]"
_TWICE_ENCODED = re.compile(
    f"[\u00c2\u00c3]{_TAIL}|[\u00e2\u00ef]{_TAIL}{{2}}|\u00f0{_TAIL}{{3}}|(?:[\u00d0\u00d1]{_TAIL}){{3,}}"
)


def to_text(markup: str) -> str:
    """`markup` as plain text: a line for each paragraph, "• " before list items, at most 20,000 characters."""
    markup = _LINE_END.sub("\n", markup[:_MOST_HTML])
    if _ESCAPED_MARKUP.search(markup) and not _LAYOUT.search(markup):
        markup = html.unescape(markup)
    if _MARKUP.search(markup):
        markup = _strip_markup(markup)
    return plain_text(html.unescape(markup))


def plain_text(text: str) -> str:
    """`text`, which is not HTML, without what cannot be seen: lines stay, blanks collapse, at most 20,000 long."""
    text = _EMPTY_LINES.sub("\n", _BLANKS.sub(" ", _visible(text[: 2 * MOST_TEXT]))).strip()
    return _shorten(text, MOST_TEXT)


def title_text(text: str) -> str:
    """`text` as one line of at most 500 characters; pairs of HTML tags and entities in it are resolved."""
    text = text[: 8 * MOST_TITLE]
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "</" in text and (closed := {name.lower() for name in _CLOSED.findall(text)}):
        text = re.sub(rf"</?(?:{'|'.join(sorted(closed))})(?:\s[^<>]*)?>", "", text, flags=re.IGNORECASE)
    text = _BREAK.sub(" ", text)
    return _shorten(" ".join(_visible(text).split()), MOST_TITLE)


def _strip_markup(markup: str) -> str:
    if _LAYOUT.search(markup):
        markup = markup.replace("\n", " ")
    cleaned = nh3.clean(_shallow(markup), tags=_BLOCKS, clean_content_tags=_SILENT, attributes={}, link_rel=None)
    # every "<" that is left opens a tag without attributes
    cleaned = re.sub(r"<li>\s*(?:<(?:p|div)>\s*)*", "\n• ", cleaned)
    cleaned = re.sub(r"</?t[dh]>", " ", cleaned)
    cleaned = re.sub(r"<[^<>]*>", "\n", cleaned)
    return re.sub(r"\n• *(?=\s*(?:\n|$))", "\n", cleaned)


def _shallow(markup: str) -> str:
    """`markup` up to where it is nested deeper than any honest page."""
    depth = 0
    for tag in _LEVEL.finditer(markup) if markup.count("<") > _DEEPEST else ():
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > _DEEPEST:
            return markup[: tag.start()]
    return markup


def _visible(text: str) -> str:
    if not text.isascii():
        text = _TWICE_ENCODED.sub(_decode_again, text)
    return _UNSEEN.sub("", _LINE_END.sub("\n", text))


def _decode_again(match: re.Match[str]) -> str:
    raw = b"".join(bytes([ord(c)]) if ord(c) < 256 else c.encode("cp1252") for c in match[0])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
