"""What our renderers write, read back as a platform's client would: Discord's Markdown and Slack's mrkdwn as HTML.

Strict and small: what the renderers write becomes HTML, everything else stays the text it is. All text is escaped
here, and an address becomes a link only if it is http(s).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from markupsafe import Markup, escape

from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from bot.ports import PlatformName

TimeStyle = Literal["full", "date", "time", "relative"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: their clock, and the names behind the ids that they would see as mentions."""

    zone: ZoneInfo
    now: datetime
    people: Mapping[str, str]  # user id -> name
    channels: Mapping[str, str]  # channel id -> name

    def time(self, at: datetime, style: TimeStyle = "full") -> Markup:
        """An instant as this viewer's client shows it."""
        local = at.astimezone(self.zone)
        day, clock = f"{local:%a} {local.day} {local:%b %Y}", f"{local:%H:%M}"
        words = {"full": f"{day} {clock}", "date": day, "time": clock, "relative": ago(at - self.now)}[style]
        title = f"{day} {clock} {local:%Z}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), title, words)


def ago(distance: timedelta) -> str:
    """How far away an instant is, in the largest unit that fits."""
    minutes = round(abs(distance) / timedelta(minutes=1))
    for size, one, many in ((1440, "day", "days"), (60, "hour", "hours"), (1, "minute", "minutes")):
        if minutes >= size:
            words = count(minutes // size, one, many)
            return say("in {time}", time=words) if distance > timedelta(0) else say("{time} ago", time=words)
    return say("just now")


def draw_text(platform: PlatformName, text: str, viewer: Viewer) -> Markup:
    """A text of a payload as blocks of HTML."""
    return _Reader(_DISCORD if platform == "discord" else _SLACK, viewer).blocks(text)


# --- lines -----------------------------------------------------------------------------------------------------------

_LINE = {
    "discord": re.compile(
        r"(?P<heading>#{1,3}) |(?P<small>-#) |(?P<quote>>) |(?P<item>- )|(?P<number>0|[1-9]\d{0,8})\. "
    ),
    "slack": re.compile(r"(?P<quote>>) ?|(?P<item>• )|(?P<number>0|[1-9]\d{0,8})\. "),
}
_WRAPS = {
    "heading": Markup("<h3>{}</h3>"),
    "small": Markup("<p><small>{}</small></p>"),
    "quote": Markup("<blockquote><p>{}</p></blockquote>"),
    "text": Markup("<p>{}</p>"),
}
_BREAK = Markup("<br>")


def _lines(platform: PlatformName, text: str) -> Iterator[tuple[str, str, str]]:
    """Each line's kind, number and words."""
    for line in text.split("\n"):
        match = _LINE[platform].match(line)
        kind = match.lastgroup or "text" if match else "text"
        yield kind, match["number"] or "" if match else "", line[match.end() :] if match else line


def _groups(lines: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, list[str]]]:
    """Neighbouring lines of one kind together, numbers as far as they count on.

    A list's indented lines belong to the item before.
    """
    groups: list[tuple[str, str, list[str]]] = []
    for kind, number, words in lines:
        last = groups[-1] if groups else ("", "", [])
        if kind == "text" and last[0] in ("item", "number") and words.startswith("  "):
            last[2][-1] += f"\n{words[2:]}"
        elif kind == last[0] and kind != "heading" and (not number or int(number) == int(last[1]) + len(last[2])):
            last[2].append(words)
        else:
            groups.append((kind, number, [words]))
    return groups


# --- inside a line ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Dialect:
    platform: PlatformName
    tokens: re.Pattern[str]
    times: Mapping[str, TimeStyle]


_DISCORD = _Dialect(
    "discord",
    re.compile(
        r"\\(?P<literal>[!-/:-@\[-`{-~])"
        r"|(?P<fence>`+)(?P<code>.+?)(?<!`)(?P=fence)(?!`)"
        r"|<t:(?P<instant>-?\d{1,11}):(?P<style>[FDtR])>"
        r"|<@(?P<person>\d+)>|<\#(?P<channel>\d+)>"
        r"|\[(?P<words>(?:\\.|[^\\\]])+)\]\((?P<url>https?://[^\s()<>]+)\)"
        r"|\*\*(?P<strong>(?:\\.|[^\\*])+)\*\*|\*(?P<em>(?:\\.|[^\\*])+)\*|~~(?P<s>(?:\\.|[^\\~])+)~~"
    ),
    {"F": "full", "D": "date", "t": "time", "R": "relative"},
)
_EDGE, _END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_SLACK = _Dialect(
    "slack",
    re.compile(
        r"(?P<literal>&(?:amp|lt|gt);)"
        r"|`(?P<code>[^`\n]+)`"
        r"|<!date\^(?P<instant>\d{1,11})\^(?P<style>[^|>]+)\|[^>]*>"
        r"|<@(?P<person>\w+)>|<\#(?P<channel>\w+)>"
        r"|<(?P<url>https?://[^|>\s]+)\|(?P<words>[^>]*)>"
        rf"|{_EDGE}\*(?P<strong>[^*\n]+)\*{_END}|{_EDGE}_(?P<em>[^\n]+?)_{_END}|{_EDGE}~(?P<s>[^~\n]+)~{_END}"
    ),
    {"{date_long} {time}": "full", "{date_long}": "date", "{time}": "time", "{ago}": "relative"},
)


@dataclass(frozen=True, slots=True)
class _Reader:
    dialect: _Dialect
    viewer: Viewer

    def blocks(self, text: str) -> Markup:
        return Markup("").join(self._group(*group) for group in _groups(_lines(self.dialect.platform, text)))

    def _group(self, kind: str, number: str, lines: list[str]) -> Markup:
        drawn = [self.inline(line.strip("\n")) for line in lines]
        if kind == "item":
            return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(item) for item in drawn))
        if kind == "number":
            items = Markup("").join(Markup("<li>{}</li>").format(item) for item in drawn)
            return Markup('<ol start="{}">{}</ol>').format(number, items)
        words = _BREAK.join(line for line, raw in zip(drawn, lines, strict=True) if raw.strip())
        return _WRAPS[kind].format(words) if words else Markup("")

    def inline(self, text: str) -> Markup:
        drawn: list[Markup] = []
        at = 0
        for token in self.dialect.tokens.finditer(text):
            drawn += [_plain(text[at : token.start()]), self._token(token)]
            at = token.end()
        return Markup("").join([*drawn, _plain(text[at:])])

    def _token(self, token: re.Match[str]) -> Markup:
        found = {name: part for name, part in token.groupdict().items() if part is not None}
        draw: dict[str, Callable[[str], Markup]] = {
            "literal": lambda part: escape(html.unescape(part)),
            "code": lambda part: Markup("<code>{}</code>").format(self._code(part)),
            "instant": lambda part: self._time(int(part), found["style"], token[0]),
            "person": lambda part: Markup('<span class="mention">@{}</span>').format(
                self.viewer.people.get(part, part)
            ),
            "channel": lambda part: Markup('<span class="mention">#{}</span>').format(
                self.viewer.channels.get(part, part)
            ),
            "url": lambda part: self._link(part, found["words"]),
            "strong": lambda part: Markup("<strong>{}</strong>").format(self.inline(part)),
            "em": lambda part: Markup("<em>{}</em>").format(self.inline(part)),
            "s": lambda part: Markup("<s>{}</s>").format(self.inline(part)),
        }
        return next(draw[name](part) for name, part in found.items() if name in draw)

    def _code(self, part: str) -> str:
        return html.unescape(part) if self.dialect.platform == "slack" else part.strip()

    def _time(self, seconds: int, style: str, raw: str) -> Markup:
        try:
            at = datetime.fromtimestamp(seconds, UTC)
            return self.viewer.time(at, self.dialect.times[style])
        except (KeyError, ValueError, OverflowError, OSError):
            return escape(raw)

    def _link(self, address: str, words: str) -> Markup:
        address = html.unescape(address) if self.dialect.platform == "slack" else address
        return Markup('<a href="{}" rel="noopener noreferrer" target="_blank">{}{}</a>').format(
            address, self.inline(words), NEW_TAB
        )


NEW_TAB = Markup(' <span class="out" aria-hidden="true">↗</span><span class="spoken"> (opens in a new tab)</span>')


def _plain(text: str) -> Markup:
    return escape(text).replace("\n", _BREAK)
