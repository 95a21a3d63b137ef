"""What to check before answering an advert: each caution quotes the words that raised it, and none blocks by itself."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from bot.leads.entry import Pay

QUOTE_MAX = 90
"""Characters of an advert's words that a caution repeats."""

_REACH = 130  # characters around a trace that are searched
_LOOKS_MAX = 8  # at the same trace

_FREE_MAIL = re.compile(
    r"[\w.+-]{1,64}@(?:gmail|googlemail|yahoo|hotmail|outlook|aol|gmx|proton(?:mail)?|mail)\.\w{2,4}", re.IGNORECASE
)
_HOURLY_TOO_GOOD = 500  # above this an hour's pay deserves a second look, in currencies where it is a three-digit sum
_SMALL_CURRENCIES = frozenset({"INR", "JPY", "TWD", "CZK", "PHP"})


@dataclass(frozen=True, slots=True)
class _Caution:
    """One kind of caution; the head of `cautions.toml` tells what the fields mean."""

    says: str
    traces: tuple[str, ...]
    signs: tuple[str, ...]
    pattern: re.Pattern[str]


def find_cautions(text: str, words: AbstractSet[str], *, pay: Pay | None, company: str | None) -> tuple[str, ...]:
    """Return the cautions of a title and text of these `words`, given what it pays and who it says it is."""
    lower, traces = text.lower(), _all_traces() & words
    found = [
        say(caution.says, quote=_quote(words_of_it))
        for caution in _load_cautions()
        if (words_of_it := _find(caution, text, lower, traces))
    ]
    if company and "@" in text and (mail := _FREE_MAIL.search(text)):
        found.append(say("a company that answers from a free mail address: {quote}", quote=_quote(mail[0])))
    if pay and pay.unit == "hour" and pay.min >= _HOURLY_TOO_GOOD and pay.currency not in _SMALL_CURRENCIES:
        found.append(say("pays far more an hour than is usual: {quote}", quote=_quote(f"{pay.min:,.0f}")))
    return tuple(found)


def _find(caution: _Caution, text: str, lower: str, words: AbstractSet[str]) -> str:
    """Return the words that raise a caution, or ""."""
    for trace in (*(word for word in caution.traces if word in words), *caution.signs):
        at = lower.find(trace)
        for _ in range(_LOOKS_MAX):
            if at < 0:
                break
            if match := caution.pattern.search(text, max(0, at - _REACH), at + _REACH):
                return match[0]
            at = lower.find(trace, at + len(trace))
    return ""


@cache
def _all_traces() -> frozenset[str]:
    return frozenset(trace for caution in _load_cautions() for trace in caution.traces)


@cache
def _load_cautions() -> tuple[_Caution, ...]:
    tables = tomllib.loads(files("bot.leads").joinpath("cautions.toml").read_text(encoding="utf-8"))["caution"]
    return tuple(
        _Caution(
            table["says"],
            tuple(table.get("traces", ())),
            tuple(table.get("signs", ())),
            re.compile("|".join(table["patterns"]), re.IGNORECASE),
        )
        for table in tables
    )


def _quote(words: str) -> str:
    words = " ".join(words.split())
    return f"“{words}”" if len(words) <= QUOTE_MAX else f"“{words[: QUOTE_MAX - 1]}…”"
