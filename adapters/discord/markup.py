"""Text in Discord's Markdown: what is literal stays literal.

Every character that could begin markup gets a backslash, which Discord takes away again. Nothing invisible is needed
but in two places where a backslash does not hold: the words after `@` that call everybody, and inside code.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from bot.cards import ChannelName, Link, Person, Styled, Time
from bot.literal import WORD_JOINER

if TYPE_CHECKING:
    from bot.cards import Span, Text

_MARKUP = re.compile(r"[\\*_~`|>#<\[\]@]|:(?=//)|(?<=<t):")  # the last two: an address is no link, <t:…> no time
_LINE_START = re.compile(r"^([ ]*)(\d*)(?=[-+.)])", re.MULTILINE)
_EVERYBODY = re.compile(r"\\@(?=everyone|here)")
_SUMMONS = re.compile(r"@(?=everyone|here)|<(?=[@#:/]|(?:a|t|id):)")
_SCHEME = re.compile(r"^https?://(?=.)")
_MARKS = {"bold": "**", "italic": "*", "strike": "~~"}
_TIME_STYLES = {"full": "F", "date": "D", "time": "t", "relative": "R"}
ZERO_WIDTH_SPACE = "\u200b"


def literal(text: str, *, starts_line: bool = True) -> str:
    """`text` with every mention, link, list, heading and emphasis in it made dead."""
    escaped = _MARKUP.sub(r"\\\g<0>", text)
    if starts_line:
        escaped = _LINE_START.sub(r"\1\2\\", escaped)
    else:
        first, newline, more = escaped.partition("\n")
        escaped = first + newline + _LINE_START.sub(r"\1\2\\", more)
    return _EVERYBODY.sub(rf"\\@{WORD_JOINER}", escaped)


def inline(text: Text) -> str:
    """A settled text as Markdown."""
    drawn = ""
    for number, span in enumerate(text):
        if isinstance(span, Styled) and number and isinstance(text[number - 1], Styled):
            drawn += ZERO_WIDTH_SPACE  # or the marks of the two would run together
        drawn += _span(span, starts_line=not drawn or drawn.endswith("\n"))
    return drawn


def _span(span: Span, *, starts_line: bool) -> str:
    if isinstance(span, str):
        return literal(span, starts_line=starts_line)
    if isinstance(span, Time):
        return f"<t:{int(span.at.timestamp())}:{_TIME_STYLES[span.style]}>"
    if isinstance(span, Person):
        return f"<@{span.accounts[0][1]}>"
    if isinstance(span, ChannelName):
        return f"<#{span.id}>"
    if isinstance(span, Link):
        return link(span.text, span.url)
    draw = _code if span.style == "code" else partial(_emphasised, _MARKS[span.style])
    return "\n".join(draw(line) for line in span.text.split("\n"))


def link(words: str, address: str) -> str:
    """A link with a checked address. Discord refuses one whose words are an address themselves, so these lose it."""
    return f"[{literal(_SCHEME.sub('', words))}]({address})"


def _emphasised(mark: str, line: str) -> str:
    words = line.strip()
    before, _, after = line.partition(words) if words else (line, "", "")
    return f"{before}{mark}{literal(words)}{mark}{after}" if words else line


def _code(line: str) -> str:
    """Code takes no backslashes: the fence is longer than any run of backticks inside."""
    words = _SUMMONS.sub(rf"\g<0>{WORD_JOINER}", line.strip())
    if not words:
        return line
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", words)), default=0))
    space = " " if words.startswith("`") or words.endswith("`") else ""
    return f"{fence}{space}{words}{space}{fence}"
