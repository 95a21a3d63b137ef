"""What a typed time can look like: a language as a table, and every way in which its templates cover a whole text.

A template is a regular expression with slots: `{weekday}` stands for a word of the language's table of that name or,
for the slots in `_DIGITS`, a number. `~` is a space that may be missing, `<…>` words that may be missing. A rule's
name says what a template means (`bot/typed.py`, `bot/days.py`), so that another language is another table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

DAY, CLOCK, PART, ZONE, SPAN, STAMP = "day", "clock", "part", "zone", "span", "stamp"
"""The parts of a phrase: which day, which time, morning or evening, where; or all at once: "in 3 hours", ISO 8601."""

_EXCLUDES = {SPAN: {DAY, CLOCK, PART, ZONE, STAMP}, STAMP: {DAY, CLOCK, PART, SPAN}}

_DIGITS = {
    "n": r"\d{1,4}(?:\.5)?",
    "dom": r"0?[1-9]|[12]\d|3[01]",
    "number": r"\d{1,2}",
    "year": r"\d{4}",
    "shortyear": r"'?(?:2[6-9]|[3-9]\d)",
    "hour": r"0?[1-9]|1[0-2]",
    "hours": r"[01]?\d|2[0-3]",
    "late": r"1[3-9]|2[0-3]",
    "minute": r"[0-5]\d",
    "second": r"[0-5]\d",
    "month2": r"0[1-9]|1[0-2]",
    "dom2": r"[0-3]\d",
    "hours2": r"[01]\d|2[0-3]",
    "mark": r"[-/.]",
}


@dataclass(frozen=True)
class Language:
    """How one language says times.

    `words` maps a slot to its words and what they mean, `templates` a part of a phrase to (template, rule) pairs in
    that language, `tidying` are replacements made first, `hints` are what is refused often, with a helpful sentence.
    """

    words: Mapping[str, Mapping[str, Any]]
    templates: Mapping[str, Sequence[tuple[str, str]]]
    tidying: Sequence[tuple[str, str]] = ()
    zone_before: str = ""  # regular expressions of the words around the name of a place
    zone_after: str = ""
    own_zone: str = ""  # "my time"
    hints: Sequence[tuple[str, str, str]] = ()  # (regular expression, error code, sentence)

    @cached_property
    def compiled(self) -> dict[str, list[tuple[re.Pattern[str], str]]]:
        """The templates, ready for matching."""
        return {
            part: [(_compiled(template, self.words), rule) for template, rule in pairs]
            for part, pairs in self.templates.items()
        }

    @cached_property
    def tidy_patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """The replacements, ready for use."""
        return [(re.compile(pattern), replacement) for pattern, replacement in self.tidying]


@dataclass(frozen=True, slots=True)
class Said:
    """One part of a phrase: the rule that reads it, and the values of its slots (None where left out)."""

    rule: str
    slots: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Where:
    """A place as it was named. `offset` is set where the name fits only one season of the zone."""

    zone: tzinfo
    offset: timedelta | None = None


OWN = Where(UTC)
"""The asker's own place, where it was said ("my time"); the zone in it means nothing."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to read a whole text. Where no place was said, `where` is empty."""

    said: Mapping[str, Said] = field(default_factory=dict)
    where: tuple[Where, ...] = ()

    @property
    def day(self) -> Said | None:
        """What says the day: a part of its own, or ISO 8601."""
        return self.said.get(DAY) or self.said.get(STAMP)

    def __contains__(self, part: str) -> bool:
        return part in self.said or (part == ZONE and bool(self.where))


def tidied(text: str, language: Language) -> str:
    """The text in lower case with single spaces, and without differences that mean nothing."""
    text = re.sub(r"[\s,]+", " ", text.replace("’", "'").casefold()).strip()
    for pattern, replacement in language.tidy_patterns:
        text = pattern.sub(replacement, text)
    return re.sub(r"[ .!?]+$", "", re.sub(r" +", " ", text))


def phrases(text: str, language: Language) -> list[Phrase]:
    """Every way in which the language's templates cover the whole (tidied) text, each part said at most once.

    ISO 8601 is a standard: where it covers the text, no other way is meant.
    """
    found = list(_from(text, 0, Phrase(), language))
    stamps = [phrase for phrase in found if STAMP in phrase]
    return stamps or found


def _from(text: str, start: int, so_far: Phrase, language: Language) -> Iterator[Phrase]:
    if start >= len(text):
        if so_far.said:
            yield so_far
        return
    for part, pairs in language.compiled.items():
        if part in so_far or any(
            said in _EXCLUDES.get(part, ()) or part in _EXCLUDES.get(said, ()) for said in so_far.said
        ):
            continue
        for pattern, rule in pairs:
            found = pattern.match(text, start)
            if found:
                said = Said(rule, {name: _value(name, word, language) for name, word in found.groupdict().items()})
                after = _skip(text, found.end())
                yield from _from(text, after, Phrase({**so_far.said, part: said}, so_far.where), language)
    if ZONE not in so_far and SPAN not in so_far:
        for end, where in _places(text, start, so_far, language):
            yield from _from(text, _skip(text, end), Phrase(so_far.said, where), language)


def _skip(text: str, start: int) -> int:
    return start + 1 if text[start : start + 1] == " " else start


# --- templates -------------------------------------------------------------------------------------------------------


def _compiled(template: str, words: Mapping[str, Mapping[str, Any]]) -> re.Pattern[str]:
    pattern = re.sub(r"<([^<>]*)> ", r"(?:(?:\1) )?", template)
    pattern = re.sub(r" <([^<>]*)>$", r"(?: (?:\1))?", pattern)
    return re.compile(_with_slots(pattern.replace("~", " ?"), words) + r"(?!\w)")


def _with_slots(pattern: str, words: Mapping[str, Mapping[str, Any]]) -> str:
    def slot(found: re.Match[str]) -> str:
        name = found[1]
        kind = name.rstrip("2")
        choices = sorted((re.escape(word) for word in words.get(kind, ())), key=len, reverse=True)
        digits = _DIGITS.get(name) or _DIGITS.get(kind)
        return f"(?P<{name}>{'|'.join([*choices, *([digits] if digits else [])])})"

    return re.sub(r"\{([a-z]+2?)\}", slot, pattern)


def _value(name: str, text: str | None, language: Language) -> Any:
    if text is None:
        return None
    words = language.words.get(name.rstrip("2"), {})
    if text in words:
        return words[text]
    if name == "mark":
        return text
    if name == "shortyear":
        return 2000 + int(text.removeprefix("'"))
    return float(text) if "." in text else int(text)


# --- places ----------------------------------------------------------------------------------------------------------

_OFFSET = re.compile(r"(?:utc|gmt) ?([+\-−])(\d{1,2})(?::?([0-5]\d))?(?![\w:])")
_BARE_OFFSET = re.compile(r"([+\-−])(\d\d):?([0-5]\d)(?![\w:])")
_NAME = re.compile(r"[^\W\d_][\w.'/+\-]*")
_LARGEST_OFFSET = timedelta(hours=14)


def _places(text: str, start: int, so_far: Phrase, language: Language) -> Iterator[tuple[int, tuple[Where, ...]]]:
    """Where names of places that begin at `start` end, and what they mean; of several names the longest."""
    before = re.compile(language.zone_before).match(text, start)
    inside = before.end() if before else start
    closing = text.find(")", inside) if text[inside : inside + 1] == "(" else -1
    if closing >= 0:
        inner = text[inside + 1 : closing]
        yield from ((closing + 1, where) for end, where in _places(inner, 0, so_far, language) if end == len(inner))
        return
    may_be_bare = STAMP in so_far or text[inside - 1 : inside] == " "  # 17:00-05:00 is from when to when
    offset = _OFFSET.match(text, inside) or (_BARE_OFFSET.match(text, inside) if may_be_bare else None)
    if offset:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if away <= _LARGEST_OFFSET:
            yield offset.end(), (Where(timezone(away if offset[1] == "+" else -away)),)
        return
    own = re.compile(rf"(?:{language.own_zone})(?!\w)").match(text, start)
    if own:
        yield own.end(), (OWN,)
        return
    for end in sorted(_ends(text, inside), reverse=True):
        found = places.places_named(places.folded(text[inside:end]))
        if found:
            after = re.compile(language.zone_after).match(text, end)
            yield after.end() if after else end, tuple(Where(ZoneInfo(place.zone), place.offset) for place in found)
            return


def _ends(text: str, start: int) -> Iterator[int]:
    at = start
    for _ in range(places.longest_name()):
        word = _NAME.match(text, at)
        if not word:
            return
        yield word.end()
        if text[word.end() : word.end() + 1] != " ":
            return
        at = word.end() + 1
