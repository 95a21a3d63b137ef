"""For whom an advert is: level, newcomers, field of business, and the hours that one must share."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bot.leads.cues import Signals
    from bot.leads.entry import Seniority

SECTORS_MAX = 2

_LEVELS: Mapping[Seniority, frozenset[str]] = {
    "lead": frozenset("lead principal staff head director chief vp cto".split()),
    "senior": frozenset("senior sr expert seasoned architect".split()),
    "mid": frozenset("mid intermediate midlevel".split()),
    "entry": frozenset("junior jr entry intern interns internship internships graduate trainee beginner 實習".split()),
}
_LEVEL_WORDS = frozenset(word for names in _LEVELS.values() for word in names)
_YEARS = ("years", "yrs")
_YEARS_REACH = 4  # words before: "5+ years", "3 to 5 years"
_LABELS = ("level", "seniority", "expertise")
_MID_FROM, _SENIOR_FROM, _YEARS_MAX = 2, 5, 20  # years of experience; more than the last tells of the company

_ZONES = (
    r"(?:EU|US|UK|Europe(?:an)?|America[ns]?|North American|Asian?|APAC|EMEA|Eastern|Pacific|Central|"
    r"E[SD]?T|P[SD]?T|C[SD]T|CES?T|EET|GMT|UTC|BST|AEST)"
)
_HOURS = re.compile(
    rf"(?<![\w/]){_ZONES}(?:\s?(?:\+/-|[+±-])\s?\d{{1,2}}(?:\s?(?:h|hrs?|hours))?)?"
    r"(?:\s(?:standard|business|working|core|office|friendly))?[\s-](?:hours|time[\s-]?zones?|time)\b"
    r"(?:\s?\(?(?:\+/-|[+±])\s?\d{1,2}\s?(?:h|hrs?|hours)?\)?)?"
    r"|(?<![\w/])(?:GMT|UTC|CET|EST|PST)\s?(?:\+/-|[+±-])\s?\d{1,2}\b(?:\s?(?:h|hrs?|hours)\b)?"
)
_SAY_HOURS = frozenset("hours time timezone timezones zone zones".split())
_NAME_ZONES = frozenset(
    "eu us uk europe european america americas american asia asian apac emea eastern pacific central est edt et pst "
    "pdt pt cst cdt cet cest eet gmt utc bst aest".split()
)
_CLEAR_ZONES = frozenset("gmt utc cet est pst".split())


def find_seniority(words: Sequence[str], different: AbstractSet[str], title_size: int) -> Seniority | None:
    """Return the level asked for: by the title (the first words), "Level: Expert", else the years of experience."""
    labels = [label for label in _LABELS if label in different]
    labelled = [words[at + 1] for label in labels for at in _places(label, words) if at + 1 < len(words)]
    for said in (words[:title_size], labelled):
        if named := _LEVEL_WORDS.intersection(said):
            return next(level for level, names in _LEVELS.items() if not names.isdisjoint(named))
    years = [
        int(number)
        for unit in _YEARS
        if unit in different
        for at in _places(unit, words)
        for number in words[max(0, at - _YEARS_REACH) : at]
        if number.isdecimal() and len(number) < 3 and int(number) <= _YEARS_MAX
    ]
    if not years:
        return None
    return "senior" if max(years) >= _SENIOR_FROM else "mid" if max(years) >= _MID_FROM else "entry"


def _places(word: str, words: Sequence[str]) -> Iterator[int]:
    at = -1
    for _ in range(words.count(word)):
        at = words.index(word, at + 1)
        yield at


def find_newcomers(signals: Signals, seniority: Seniority | None) -> bool | None:
    """Return whether people without experience may apply; None where the advert does not say."""
    if signals.has("experts only"):
        return False
    if signals.has("newcomers welcome") or seniority == "entry":
        return True
    return False if seniority in {"senior", "lead"} else None


def find_sectors(signals: Signals) -> tuple[str, ...]:
    """Return the ids of at most two sectors, the one most spoken of first."""
    seen = [(times, name) for name, times in signals.of("sector") if times > 1 or name in signals.titled]
    return tuple(name for _, name in sorted(seen, key=lambda one: (-one[0], one[1]))[:SECTORS_MAX])


def find_hours(text: str, words: AbstractSet[str]) -> str | None:
    """Return the zone or hours that one must share ("EU time zone", "UTC+2"), as said in a text of these `words`."""
    zones = words & _NAME_ZONES
    if not zones or (words.isdisjoint(_SAY_HOURS) and zones.isdisjoint(_CLEAR_ZONES)):
        return None
    found = _HOURS.search(text)
    return " ".join(found[0].split()) if found else None


@cache
def load_sectors() -> dict[str, str]:
    """Return the names of the sectors by id."""
    return {table["id"]: table["name"] for table in _tables()}


def sector_phrases() -> dict[str, tuple[str, ...]]:
    """Return the phrases of each sector by id."""
    return {table["id"]: tuple(table["phrases"]) for table in _tables()}


@cache
def _tables() -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = tomllib.loads(
        files("bot.leads").joinpath("sectors.toml").read_text(encoding="utf-8")
    )["sector"]
    return tables
