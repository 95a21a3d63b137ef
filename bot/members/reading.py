"""What members type about themselves, read: skills, languages, links, a rate, times. Pure.

Nothing is guessed: what can't be read is said back, and of skills what was read is shown before it counts. A function
that reads a field raises `UserError` with a sentence for beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from bot.availability import Window
from bot.errors import UserError
from bot.literal import shorten, tidy, web_address
from bot.members.hours import read_span
from bot.members.languages import language_code, language_name
from bot.members.profile import Floor, Piece
from bot.phrases import split_words
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.skills import Taxonomy

MOST_SKILLS = 20
MOST_LINKS = 5
MOST_PIECES = 3
MOST_LANGUAGES = 10
LONGEST_WORD = 40  # characters of a skill in somebody's own words
LONGEST_TITLE = 80

# --- skills ----------------------------------------------------------------------------------------------------------

_BETWEEN = re.compile(r"[,;\n\r•]+")
_ALSO_BETWEEN = re.compile(r"\s+(?:and|und|et|y|&|\+)\s+|\s*/\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """Typed skills as they were understood."""

    skills: tuple[tuple[str, str], ...]  # (taxonomy id, the words that it was read from)
    unknown: tuple[str, ...]  # what names no skill that we know, as it was typed

    @property
    def ids(self) -> tuple[str, ...]:
        """The skills' ids."""
        return tuple(skill for skill, _ in self.skills)


def read_skills(text: str, taxonomy: Taxonomy) -> Words:
    """Read skills divided by commas. Raises `UserError` for too many, or for a sentence instead of a skill."""
    skills: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for part in _parts(text, _BETWEEN):
        for words in [part] if taxonomy.match(part) else _parts(part, _ALSO_BETWEEN):
            one = taxonomy.match(words)
            found = (one.id,) if one else taxonomy.find(words)
            for skill in found:
                skills.setdefault(skill, words)
            if not found and (key := word_key(words)):
                unknown.setdefault(key, words)
    if len(skills) + len(unknown) > MOST_SKILLS:
        raise UserError("E-SKILLS", say("Name at most {n} skills; the ones you care for most.", n=MOST_SKILLS))
    if long := [words for words in unknown.values() if len(words) > LONGEST_WORD]:
        happened = say("“{words}” is long for a skill.", words=shorten(long[0], 60))
        raise UserError("E-SKILLS", happened, advice=say("Write a word or three for each, divided by commas."))
    return Words(tuple(skills.items()), tuple(unknown.values()))


def word_key(words: str) -> str:
    """By what somebody's own words for a skill are the same as another's: case and punctuation do not matter."""
    return " ".join(split_words(words))


def _parts(text: str, between: re.Pattern[str]) -> list[str]:
    return [part for one in between.split(tidy(text)) if (part := " ".join(one.split()).strip(" -").rstrip("."))]


# --- languages, links, pieces, a rate --------------------------------------------------------------------------------


def read_languages(text: str) -> tuple[str, ...] | None:
    """The codes (ISO 639-1) of languages divided by commas; None where nothing is written. Raises `UserError`."""
    written = [part for one in _parts(text, _BETWEEN) for part in _parts(one, _ALSO_BETWEEN)]
    read = {part: language_code(part) for part in written}
    if unknown := [part for part, code in read.items() if code is None]:
        happened = say("I don't know the language “{words}”.", words=shorten(unknown[0], 40))
        raise UserError("E-LANGUAGE", happened, advice=say("Write it in English or as two letters: German, en."))
    codes = tuple(dict.fromkeys(code for code in read.values() if code))
    if len(codes) > MOST_LANGUAGES:
        raise UserError("E-LANGUAGE", say("Name at most {n} languages.", n=MOST_LANGUAGES))
    return codes or None


def languages_words(codes: Iterable[str] | None) -> str:
    """Languages as people write them."""
    return ", ".join(map(language_name, codes or ()))


def read_links(text: str) -> tuple[str, ...]:
    """Web addresses, one a line or divided by blanks. Raises `UserError`."""
    found = tuple(dict.fromkeys(_address(part) for part in re.split(r"[\s,]+", tidy(text).strip()) if part))
    if len(found) > MOST_LINKS:
        raise UserError("E-LINK", say("Give at most {n} links.", n=MOST_LINKS))
    return found


def read_pieces(text: str) -> tuple[Piece, ...]:
    """Portfolio pieces, one a line: a title and its web address. Raises `UserError`."""
    found: list[Piece] = []
    for line in filter(None, (" ".join(line.split()) for line in tidy(text).splitlines())):
        title, _, link = line.rpartition(" ")
        address = _address(link)
        found.append(Piece(shorten(title.strip(" -–—:|"), LONGEST_TITLE) or _host_of(address), address))
    if len(found) > MOST_PIECES:
        raise UserError("E-LINK", say("Show at most {n} pieces: your best.", n=MOST_PIECES))
    return tuple(found)


def pieces_words(pieces: Iterable[Piece]) -> str:
    """Portfolio pieces as they are typed."""
    return "\n".join(f"{piece.title} {piece.url}" for piece in pieces)


def _address(written: str) -> str:
    """A validated address; "example.com/me" is taken for https. Raises `UserError`."""
    whole = written if re.match(r"[a-z][a-z0-9+.-]*:", written, re.IGNORECASE) else f"https://{written}"
    address = web_address(whole)
    if not address or "." not in _host_of(address):
        happened = say("“{link}” is no web address that I can show.", link=shorten(written, 60))
        raise UserError("E-LINK", happened, advice=say("Write it whole, such as https://example.com/me."))
    return address


def _host_of(address: str) -> str:
    return re.sub(r"^https?://(?:www\.)?|[/?#].*", "", address)


_SIGNS = {"€": "EUR", "$": "USD", "us$": "USD", "£": "GBP", "₹": "INR", "¥": "JPY", "zł": "PLN", "r$": "BRL"}
_SIGNS |= {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pounds": "GBP", "a$": "AUD", "c$": "CAD"}
_CODES = frozenset(
    "EUR USD GBP CHF CAD AUD NZD INR JPY CNY SGD HKD PLN SEK NOK DKK CZK HUF RON BGN ILS ZAR BRL MXN ARS CLP COP TRY "
    "AED NGN KES EGP THB VND IDR MYR PHP TWD KRW UAH".split()
)
_CURRENCY = r"[a-z]{3,7}|[a-z]{0,2}\$|€|£|₹|¥|zł"
_RATE = re.compile(
    rf"(?P<before>{_CURRENCY})?\s*(?P<amount>\d{{1,3}}(?:[,\u00a0 ]\d{{3}})+|\d{{1,6}}(?:[.,]\d{{1,2}})?)\s*"
    rf"(?P<after>{_CURRENCY})?\s*(?:(?:/|per|an?|p)\s*(?:h|hr|hour|stunde|std)\.?)?",
    re.IGNORECASE,
)


def read_floor(text: str) -> Floor | None:
    """An hourly rate with its currency, such as "80 €/h"; None where nothing is written. Raises `UserError`."""
    written = " ".join(tidy(text).split())
    if not written:
        return None
    advice = say("Write an amount an hour with its currency, such as 80 €/h or 95 USD.")
    match = _RATE.fullmatch(written)
    if match is None:
        raise UserError("E-FLOOR", say("I can't read “{rate}”.", rate=shorten(written, 40)), advice=advice)
    named = (match["before"] or match["after"] or "").lower()
    currency = _SIGNS.get(named, named.upper())
    if currency not in _CODES or (match["before"] and match["after"]):
        raise UserError("E-FLOOR", say("I need to know the currency."), advice=advice)
    digits = match["amount"]
    grouped = re.fullmatch(r"\d{1,3}(?:[,\u00a0 ]\d{3})+", digits)
    amount = float(re.sub(r"\D", "", digits) if grouped else digits.replace(",", "."))
    if amount <= 0:
        raise UserError("E-FLOOR", say("A rate is more than nothing."), advice=advice)
    return Floor(amount, currency)


def floor_words(floor: Floor | None) -> str:
    """A rate as it is typed: "80 EUR/h"."""
    return f"{floor.amount:g} {floor.currency}/h" if floor else ""


# --- times -----------------------------------------------------------------------------------------------------------

_WEEKDAYS, _WEEKEND = range(5), range(5, 7)
CHIPS: dict[str, tuple[Window, ...]] = {
    f"{part}-{name}": tuple(Window(day, time(start), time(end)) for day in days)
    for part, days in (("weekday", _WEEKDAYS), ("weekend", _WEEKEND))
    for name, start, end in (("morning", 8, 12), ("afternoon", 12, 17), ("evening", 17, 21))
}
"""The six rough times of a week that can be ticked."""


def windows_of(chips: Iterable[str]) -> tuple[Window, ...]:
    """The windows of ticked chips."""
    return tuple(window for chip in chips for window in CHIPS.get(chip, ()))


def chips_of(windows: Iterable[Window]) -> tuple[str, ...] | None:
    """The chips that these windows are made of; None where they are finer."""
    left = set(windows)
    ticked = tuple(chip for chip, spans in CHIPS.items() if left.issuperset(spans))
    return ticked if left == set(windows_of(ticked)) else None


def read_quiet(text: str) -> str:
    """Quiet hours as they are stored: "22:00-07:00", "" for none. Raises `UserError`."""
    written = " ".join(tidy(text).split()).lower()
    if written in ("", "none", "no", "never"):
        return ""
    span = read_span(written)
    if span is None:
        happened = say("I can't read “{text}”.", text=shorten(written, 40))
        raise UserError("E-TIME", happened, advice=say("Write two times, such as 22:00-07:00, or none."))
    return f"{span[0]:%H:%M}-{span[1]:%H:%M}"
