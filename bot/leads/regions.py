"""Which of the regions that adverts name (`places.toml`) a time zone lies in. Pure."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

WORLDWIDE = "Worldwide"

_CONTINENTS = {
    "Europe": "Europe",
    "America": "Americas",
    "Asia": "Asia",
    "Africa": "Africa",
    "Australia": "Asia",  # which stands for "APAC", too
    "Pacific": "Asia",
    "Atlantic/Azores": "Europe",
    "Atlantic/Canary": "Europe",
    "Atlantic/Faroe": "Europe",
    "Atlantic/Madeira": "Europe",
    "Atlantic/Reykjavik": "Europe",
}
_NAMED_OTHERWISE = {"GB": "UK", "KR": "South Korea", "CZ": "Czechia"}
"""Countries whose name in the zone database is none of the words of `places.toml`."""


@cache
def regions_of(zone: str) -> frozenset[str]:
    """Return the regions that a zone (IANA name) lies in: its country and its continent, those that are known.

    Countries are those of `zone.tab` in the IANA time zone database.
    """
    continent = _CONTINENTS.get(zone) or _CONTINENTS.get(zone.partition("/")[0])
    return frozenset(region for region in (_countries().get(zone), continent) if region)


@cache
def _countries() -> dict[str, str]:
    """The region of each zone that lies in a country of `places.toml`."""
    table = tomllib.loads(files("bot.leads").joinpath("places.toml").read_text(encoding="utf-8"))["regions"]
    regions = {word: region for region, words in table.items() for word in words}
    named = {code: regions.get(name.lower()) for code, name in _rows("iso3166.tab")}
    named |= _NAMED_OTHERWISE
    found = ((zone, named.get(code)) for code, _, zone, *_ in _rows("zone.tab"))
    return {zone: region for zone, region in found if region}


def _rows(file: str) -> list[list[str]]:
    text = files("tzdata").joinpath("zoneinfo", file).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
