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
    from bot.leads.entry import Pay

QUOTE_MAX = 90
"""Characters of an advert's words that a caution repeats."""

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
    pattern: re.Pattern[str]


def find_cautions(text: str, *, pay: Pay | None, company: str | None) -> tuple[str, ...]:
    """Return the cautions of a title and text, given what it pays and who it says it is."""
    lower = text.lower()
    found = [
        say(caution.says, quote=_quote(match[0]))
        for caution in _load_cautions()
        if any(trace in lower for trace in caution.traces) and (match := caution.pattern.search(text))
    ]
    if company and "@" in text and (mail := _FREE_MAIL.search(text)):
        found.append(say("a company that answers from a free mail address: {quote}", quote=_quote(mail[0])))
    if pay and pay.unit == "hour" and pay.min >= _HOURLY_TOO_GOOD and pay.currency not in _SMALL_CURRENCIES:
        found.append(say("pays far more an hour than is usual: {quote}", quote=_quote(f"{pay.min:,.0f}")))
    return tuple(found)


@cache
def _load_cautions() -> tuple[_Caution, ...]:
    tables = tomllib.loads(files("bot.leads").joinpath("cautions.toml").read_text(encoding="utf-8"))["caution"]
    return tuple(
        _Caution(table["says"], tuple(table["traces"]), re.compile("|".join(table["patterns"]), re.IGNORECASE))
        for table in tables
    )


def _quote(words: str) -> str:
    words = " ".join(words.split())
    return f"“{words}”" if len(words) <= QUOTE_MAX else f"“{words[: QUOTE_MAX - 1]}…”"
