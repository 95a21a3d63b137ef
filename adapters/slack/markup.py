"""Text in Slack's mrkdwn: what is literal stays literal.

`&`, `<` and `>` have escapes, which also kills mentions, links and dates. The marks of emphasis have none: neither a
backslash nor an invisible character stops Slack from pairing them. Each is drawn as a twin that looks alike and means
nothing (`*` U+2217, `_` U+02CD, `~` U+223C, a backtick U+02CB). An underscore inside a word is harmless and remains.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from bot.cards import ChannelName, Link, Person, Styled, Time
from bot.literal import WORD_JOINER

if TYPE_CHECKING:
    from bot.cards import Span, Text

_ASTERISK_TWIN, _UNDERSCORE_TWIN, _TILDE_TWIN, _BACKTICK_TWIN = "\u2217", "\u02cd", "\u223c", "\u02cb"
_LOOSE_UNDERSCORE = re.compile(r"_(?:(?![0-9A-Za-z])|(?<![0-9A-Za-z]_))")
_QUOTE_START = re.compile(r"^(?=\s*&gt;)", re.MULTILINE)  # an escaped ">" still begins a quotation
_EMOJI_OR_CALL = re.compile(r":(?=[\w+'-]+:)|@(?=everyone|here|channel)")
_MARKS = {"bold": "*", "italic": "_", "strike": "~"}
_TOKENS = {"full": "{date_long} {time}", "date": "{date_long}", "time": "{time}", "relative": "{ago}"}
_FALLBACKS = {"full": "%d %b %Y %H:%M UTC", "date": "%d %b %Y", "time": "%H:%M UTC", "relative": "%d %b %Y %H:%M UTC"}
ZERO_WIDTH_SPACE = "\u200b"


def escape(text: str) -> str:
    """`text` with Slack's three control characters escaped: enough where nothing is formatted."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def literal(text: str) -> str:
    """`text` with every mention, link, quotation, emoji code and emphasis in it made dead."""
    text = text.replace("*", _ASTERISK_TWIN).replace("~", _TILDE_TWIN).replace("`", _BACKTICK_TWIN)
    dead = escape(_LOOSE_UNDERSCORE.sub(_UNDERSCORE_TWIN, text))
    return _EMOJI_OR_CALL.sub(rf"\g<0>{WORD_JOINER}", _QUOTE_START.sub(WORD_JOINER, dead))


def inline(text: Text) -> str:
    """A settled text as mrkdwn. Marks count only at the edge of a word, so those inside a word are given an edge."""
    drawn = ""
    marked = False
    for span in text:
        piece = _span(span)
        before, after = drawn[-1:], piece[:1]
        marks = isinstance(span, Styled)
        if (marks and (before.isalnum() or (marked and before.strip()))) or (marked and after.isalnum()):
            drawn += ZERO_WIDTH_SPACE
        drawn += piece
        marked = marks
    return drawn


def _span(span: Span) -> str:
    if isinstance(span, str):
        return literal(span)
    if isinstance(span, Time):
        fallback = f"{span.at:{_FALLBACKS[span.style]}}"
        return f"<!date^{int(span.at.timestamp())}^{_TOKENS[span.style]}|{fallback}>"
    if isinstance(span, Person):
        return f"<@{span.accounts[0][1]}>"
    if isinstance(span, ChannelName):
        return f"<#{span.id}>"
    if isinstance(span, Link):
        return link(span.text, span.url)
    draw = _code if span.style == "code" else partial(emphasised, _MARKS[span.style])
    return "\n".join(draw(line) for line in span.text.split("\n"))


def link(words: str, address: str) -> str:
    """A link with a checked address."""
    return f"<{escape(address)}|{literal(words)}>"


def emphasised(mark: str, line: str) -> str:
    """One line between two marks; blanks at its ends stay outside, or the marks would not count."""
    words = line.strip()
    before, _, after = line.partition(words) if words else (line, "", "")
    return f"{before}{mark}{literal(words)}{mark}{after}" if words else line


def _code(line: str) -> str:
    words = escape(line.strip().replace("`", _BACKTICK_TWIN))
    return f"`{words}`" if words else line
