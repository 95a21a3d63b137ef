"""The rules that moderators give one feed: words that must or must not occur, and fields. Pure.

No patterns, only words: what is typed is divided by commas, each part is a word or several in a row, "or" stands
between alternatives. A word is found in any case, as a whole, with or without a plural "s".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bot.leads.rates import hourly
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.leads.entry import Entry, Verdict

KINDS = ("gig", "unclear", "job")
MOST_WORDS = 50  # parts of one field: far more than anybody types
_TOKEN = re.compile(r"[^\W_]+[+#]*")  # "C++", "C#"; "node.js" is two in a row, in a rule as in a text
_OR = re.compile(r"\s+or\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedRules:
    """What an entry of a feed has to be. Empty fields ask for nothing; what an entry does not say, it passes."""

    must: tuple[str, ...] = ()  # each has to occur; "rag or llm" where one of the two does
    must_not: tuple[str, ...] = ()  # none may occur
    min_rate: float = 0.0  # an hour, in the entry's own currency
    kinds: tuple[str, ...] = ()  # of KINDS; all if empty
    max_age_hours: int = 0  # between its own date and when it was seen
    languages: tuple[str, ...] = ()  # ISO 639-1

    def __bool__(self) -> bool:
        return self != FeedRules()


_rules: TypeAdapter[FeedRules] = TypeAdapter(FeedRules)


def read_rules(data: Mapping[str, Any] | None) -> FeedRules:
    """The rules that `rules_data` made the data of; those of a feed without any are empty."""
    return _rules.validate_python(data) if data else FeedRules()


def rules_data(rules: FeedRules) -> dict[str, Any] | None:
    """The rules as JSON-ready data for a database column."""
    data: dict[str, Any] | None = _rules.dump_python(rules, mode="json") if rules else None
    return data


def split_words(typed: str) -> tuple[str, ...]:
    """What was typed into a field of words, divided by commas and lines, without repetitions."""
    parts = (" ".join(part.split()) for part in re.split(r"[,;\n]", typed))
    return tuple(dict.fromkeys(part for part in parts if _TOKEN.search(part)))[:MOST_WORDS]


def left_out(rules: FeedRules, entry: Entry, verdict: Verdict, *, published: datetime, seen: datetime) -> str:
    """The first rule by which an entry is left out, in words ("must contain “rag”"); "" where it passes."""
    return next(_broken(rules, entry, verdict, seen - published), "")


def _broken(rules: FeedRules, entry: Entry, verdict: Verdict, age: timedelta) -> Iterator[str]:
    if rules.must or rules.must_not:
        place = (say("Remote") if verdict.remote else "", verdict.region or "")  # as the lead's card says it
        text = _tokens("\n".join((entry.title, entry.text, verdict.company or "", *place, *entry.categories)))
        yield from (say("must contain “{words}”", words=part) for part in rules.must if not _occurs(part, text))
        yield from (say("must not contain “{words}”", words=part) for part in rules.must_not if _occurs(part, text))
    rate = hourly(verdict.pay)
    if rules.min_rate and rate and rate < rules.min_rate:
        yield say("must pay at least {rate} an hour; it pays {pay}", rate=_figure(rules.min_rate), pay=_figure(rate))
    if rules.kinds and verdict.kind not in rules.kinds:
        yield say("must be: {kinds}", kinds=kinds_words(rules.kinds))
    if rules.max_age_hours and age > timedelta(hours=rules.max_age_hours):
        yield say("must not be older than {age} when it comes", age=_age(rules.max_age_hours))
    if rules.languages and verdict.language and verdict.language not in rules.languages:
        yield say("must be written in: {languages}", languages=", ".join(rules.languages))


def rules_words(rules: FeedRules) -> str:
    """All the rules in one line; "none" where there are none."""
    said = [say("with “{words}”", words=part) for part in rules.must]
    said += [say("without “{words}”", words=part) for part in rules.must_not]
    if rules.min_rate:
        said.append(say("at least {rate} an hour where it says", rate=_figure(rules.min_rate)))
    if rules.kinds:
        said.append(kinds_words(rules.kinds))
    if rules.max_age_hours:
        said.append(say("not older than {age}", age=_age(rules.max_age_hours)))
    if rules.languages:
        said.append(say("in {languages}", languages=", ".join(rules.languages)))
    return "; ".join(said) or say("none")


def kinds_words(kinds: Sequence[str]) -> str:
    """Some of `KINDS` in words."""
    names = {"gig": say("gigs"), "unclear": say("leads of unstated type"), "job": say("jobs")}
    return ", ".join(names[kind] for kind in kinds)


def _tokens(text: str) -> str:
    """The words of a text, each between blanks."""
    return f" {' '.join(_TOKEN.findall(text.casefold()))} "


def _occurs(part: str, text: str) -> bool:
    """Whether one of the alternatives in `part` occurs in the words of a text."""
    for alternative in _OR.split(part):
        words = _tokens(alternative).strip()
        if words and (f" {words} " in text or f" {words}s " in text):
            return True
    return False


def _figure(rate: float) -> str:
    return f"{rate:,.2f}".removesuffix(".00")


def _age(hours: int) -> str:
    return count(hours, say("hour"), say("hours"))
