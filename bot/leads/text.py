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
_SELECTOR = re.compile("[\U000e0100-\U000e01ef]")  # all else of the unseen is not printable, either
_LEADS = "\u00c2\u00c3\u00e2\u00ef\u00f0\u00d0\u00d1"  # what the twice encoded begins with
_LINE_ENDS = "\r\x0b\x0c\x85\u2028\u2029"

# UTF-8 that was taken for Windows-1252 and encoded again: two bytes from Latin-1, three from punctuation, four from
# emoji; Cyrillic needs a run, for its two lead bytes are letters of Iceland and Spain
_TAIL = "[\u0080-\u00bf" + bytes(sorted({*range(0x80, 0xA0)} - {0x81, 0x8D, 0x8F, 0x90, 0x9D})).decode("cp1252") + "]"
_TWICE_ENCODED = re.compile(
    f"[\u00c2\u00c3]{_TAIL}|[\u00e2\u00ef]{_TAIL}{{2}}|\u00f0{_TAIL}{{3}}|(?:[\u00d0\u00d1]{_TAIL}){{3,}}"
)


_CLEANER = nh3.Cleaner(tags=_BLOCKS, clean_content_tags=_SILENT, attributes={}, link_rel=None)
_ITEM = re.compile(r"<li>\s*(?:<(?:p|div)>\s*)*")
_CELL = re.compile(r"</?t[dh]>")
_TAG = re.compile(r"<[^<>]*>")
_EMPTY_ITEM = re.compile(r"\n• *(?=\s*(?:\n|$))")


def to_text(markup: str) -> str:
    """`markup` as plain text: a line for each paragraph, "• " before list items, at most 20,000 characters."""
    markup = _end_lines(markup[:_MOST_HTML])
    if _ESCAPED_MARKUP.search(markup) and not _LAYOUT.search(markup):
        markup = html.unescape(markup)
    if _MARKUP.search(markup):
        markup = _strip_markup(markup)
    return plain_text(html.unescape(markup))


def plain_text(text: str) -> str:
    """`text`, which is not HTML, without what cannot be seen: lines stay, blanks collapse, at most 20,000 long."""
    if _is_tidy(text):
        return _shorten(text.strip(" "), MOST_TEXT)
    lines = map(_tidy_line, _end_lines(_repair(text[: 2 * MOST_TEXT])).split("\n"))
    return _shorten("\n".join(filter(None, lines)), MOST_TEXT)


def title_text(text: str) -> str:
    """`text` as one line of at most 500 characters; pairs of HTML tags and entities in it are resolved."""
    text = text[: 8 * MOST_TITLE]
    if _is_tidy(text) and "&" not in text and "<" not in text:
        return _shorten(text.strip(" "), MOST_TITLE)
    if "&" in text:
        text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    if "</" in text and (closed := {name.lower() for name in _CLOSED.findall(text)}):
        text = re.sub(rf"</?(?:{'|'.join(sorted(closed))})(?:\s[^<>]*)?>", "", text, flags=re.IGNORECASE)
    text = _BREAK.sub(" ", text)
    return _shorten(_tidy_line(" ".join(_repair(text).split())), MOST_TITLE)


def _strip_markup(markup: str) -> str:
    if _LAYOUT.search(markup):
        markup = markup.replace("\n", " ")
    cleaned = _CLEANER.clean(_shallow(markup))
    # every "<" that is left opens a tag without attributes
    listed = "<li>" in cleaned
    if listed:
        cleaned = _ITEM.sub("\n• ", cleaned)
    if "<t" in cleaned:
        cleaned = _CELL.sub(" ", cleaned)
    cleaned = _TAG.sub("\n", cleaned)
    return _EMPTY_ITEM.sub("\n", cleaned) if listed else cleaned


def _shallow(markup: str) -> str:
    """`markup` up to where it is nested deeper than any honest page."""
    depth = 0
    for tag in _LEVEL.finditer(markup) if markup.count("<") > _DEEPEST else ():
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        if depth > _DEEPEST:
            return markup[: tag.start()]
    return markup


def _is_tidy(text: str) -> bool:
    """Whether `text` is one line of what can be seen, as most titles and fields are: nothing is to be done to it."""
    return text.isascii() and text.isprintable() and "  " not in text


def _tidy_line(line: str) -> str:
    """`line` without what cannot be seen and blanks around it, and with one blank where there were several."""
    if line.isprintable() and (line.isascii() or not _SELECTOR.search(line)):
        return line.strip(" ") if "  " not in line else " ".join(line.split())
    return " ".join(_UNSEEN.sub("", line).split())


def _repair(text: str) -> str:
    """`text` with what was encoded twice decoded again."""
    if text.isascii() or not any(lead in text for lead in _LEADS):
        return text
    return _TWICE_ENCODED.sub(_decode_again, text)


def _end_lines(text: str) -> str:
    """`text` with one kind of line ends."""
    return _LINE_END.sub("\n", text) if any(end in text for end in _LINE_ENDS) else text


def _decode_again(match: re.Match[str]) -> str:
    raw = b"".join(bytes([ord(c)]) if ord(c) < 256 else c.encode("cp1252") for c in match[0])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
