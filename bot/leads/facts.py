"""Facts that a posting states about itself: where the work is done, in what form, in which language."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from bot.leads.headlines import read_types
from bot.phrases import Phrases, split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.leads.advert import Advert

Remote = bool | Literal["hybrid"] | None

_HEAD_WORDS = 45  # about as many words
HEAD = 240
"""Characters of a text that may be its headline: there a bare "remote" or a town's name means the work."""

_NOT_REMOTE = re.compile(r"\b(?:not? remote|remote (?:is )?not|non-remote)\b")
_REMOTE_SIGNS = ("remote", "anywhere in the world", "worldwide")
_ON_SITE = re.compile(r"\bon[- ]?site\b")
_TYPE_WORDS = frozenset(
    "full fulltime fte part parttime contract contractor contractors contracting c2c 1099 freelance freelancer "
    "freelancers freelancing temp temporary intern interns internship internships vollzeit teilzeit festanstellung "
    "freiberuflich freiberuflicher befristet praktikum werkstudent".split()
)
_US = re.compile(r"\bU\.?S\.?(?:A\b\.?)?(?![\w$])")
_STATE = re.compile(
    r", ?(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|"
    r"V[AT]|W[AIVY])\b"
)
SAMPLE = 1_500
"""Characters of a text by which its language is told."""

_PLACE_LINE = re.compile(r"\b[Ll]ocation:\s*([^\n]{2,60})")
# ISO 3166 codes with which such a line begins: "GB, LND, London".
_COUNTRY_CODES = {
    "US": "usa", "GB": "uk", "DE": "germany", "FR": "france", "ES": "spain", "NL": "netherlands", "IE": "ireland",
    "CA": "canada", "AU": "australia", "NZ": "new zealand", "IN": "india", "SG": "singapore", "GR": "greece",
    "BE": "belgium", "AT": "austria", "CH": "switzerland", "PL": "poland", "SE": "sweden", "DK": "denmark",
    "PT": "portugal", "IT": "italy", "IL": "israel", "PH": "philippines", "ZA": "south africa",
}  # fmt: skip
_TAIL = 80  # characters
_REGIONS_MAX = 4
_LANGUAGE_WORDS_MIN = 3
_ENGLISH_FOR_SURE = 10  # of its common words; no text in another language has as many
_BEYOND_LATIN = re.compile("[\u0370-\u1fff\u3040-\ud7af]")
_SCRIPT_SHARE = 0.15  # of all characters; an English advert with a Chinese title has less
_KANA_SHARE = 0.2  # kana for each Han character, from which a text is Japanese
_SCRIPTS = {
    "ja": re.compile("[\u3040-\u30ff]"),
    "ko": re.compile("[\uac00-\ud7af]"),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "hi": re.compile("[\u0900-\u097f]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
}
_COMMON_WORDS = {
    "en": "the and to of for with you we are is our in this will your have that as on or be need looking",
    "de": "und der die das wir für mit du sie ist ein eine einen von zu im den dich dein ihre nicht auf als suchen bei",
    "fr": "et le la les des vous nous pour une est du dans avec votre notre sur en au qui que aux ou par être",
    "es": "y el la los las de para con una que en por se del tu su nuestro más un como al es buscamos somos",
    "pt": "e o os as de para com uma que em por se do da seu sua nosso mais um como ao é não você somos",
    "it": "e il la le di per con una che in si del della tuo nostro più un come al è sono siamo gli nel",
    "nl": "en de het een van voor met je wij zijn ons op te in dat is naar bij jouw onze als aan niet",
    "pl": "i w na z do się nie jest oraz dla od że to jak praca nas twoje",
    "sv": "och att det i en som på är av för med du vi till den har inte ett om",
}
_WORDS_OF = {language: frozenset(words.split()) for language, words in _COMMON_WORDS.items()}


def find_remote(advert: Advert) -> Remote:
    """Return whether the work is remote (True), on site (False) or "hybrid"; None where nobody says."""
    board, signals = advert.board, advert.signals
    if signals.has("hybrid") or "hybrid" in board.place.lower():
        return "hybrid"
    if signals.has("for hire") and not signals.has("seeks"):
        return None  # somebody tells how they work, not how the work is done
    head = f"{board.place} {advert.entry.title} {advert.text[:HEAD]}".lower()
    if "remote" in head and _NOT_REMOTE.search(head):
        return False
    if signals.has("remote") or any(sign in head for sign in _REMOTE_SIGNS):
        return True
    return False if signals.has("on site") or _ON_SITE.search(head) else None


def find_region(advert: Advert) -> str | None:
    """Return where one must be, in at most four names: from the board's field, else from the headline."""
    place, title, text, size = advert.board.place, advert.entry.title, advert.text, advert.title_size
    labelled = _PLACE_LINE.search(text) if "ocation:" in text else None
    at = _of_code(labelled[1]) if labelled else ""
    for source, words in (
        (place, None),
        (title, advert.words[:size]),
        (at, None),
        (text[:HEAD], advert.words[size : size + _HEAD_WORDS]),
        (_tail(text), None),
    ):
        if source and (found := _places_in(source, words)):
            return ", ".join(list(found)[:_REGIONS_MAX])
    return place[:60].strip(" ,;") or None if "remote" not in place.lower() else None


def find_types(advert: Advert) -> tuple[str, ...] | None:
    """Return the kinds of employment (full_time, contract, …): the board's, the headline's, else the text's."""
    if advert.board.types:
        return advert.board.types
    title, head, size = advert.entry.title, advert.text[:HEAD], advert.title_size
    lined = "|" in head
    named = not _TYPE_WORDS.isdisjoint(advert.words[: size + _HEAD_WORDS if lined else size])
    headline = read_types(f"{title} {head}" if lined else title) if named else ()
    in_text = tuple(
        name for name in ("full_time", "part_time", "contract", "freelance", "internship") if advert.signals.has(name)
    )
    return headline or in_text or None


def find_language(advert: Advert) -> str | None:
    """Return the language (ISO 639-1), by script or commonest words; None if unsure."""
    sample = advert.whole[:SAMPLE]
    if not sample.isascii() and len(_BEYOND_LATIN.findall(sample)) > _SCRIPT_SHARE * len(sample):
        counts = {language: len(script.findall(sample)) for language, script in _SCRIPTS.items()}
        return "ja" if counts["ja"] > _KANA_SHARE * counts["zh"] else max(counts, key=lambda language: counts[language])
    seen = advert.different
    if len(seen & _WORDS_OF["en"]) >= _ENGLISH_FOR_SURE:
        return "en"
    counts = {language: len(seen & common) for language, common in _WORDS_OF.items()}
    best = max(counts, key=lambda language: counts[language])
    runner_up = max(count for language, count in counts.items() if language != best)
    return best if counts[best] >= _LANGUAGE_WORDS_MIN and counts[best] > runner_up else None


def _places_in(source: str, words: Sequence[str] | None) -> dict[str, None]:
    """Return the names of the places in a line (whose words may be known), each once; "US" and states by capitals."""
    us = ("US" in source or "U.S" in source) and _US.search(source)
    if us or ("," in source and _STATE.search(source)):
        source, words = _STATE.sub(" usa ", _US.sub(" usa ", source)), None
    found = _load_places().find(split_words(source) if words is None else words)
    return dict.fromkeys(region for _, _, region in found)


def _tail(text: str) -> str:
    """Return the end of a text in Chinese or Japanese, where boards of those languages put the place."""
    end = text[-_TAIL:]
    return end if _BEYOND_LATIN.search(end) else ""


def _of_code(place: str) -> str:
    """Return "DE, BE, Berlin" with the country's name for its code."""
    code, comma, rest = place.partition(",")
    return f"{_COUNTRY_CODES[code]}{comma}{rest}" if code in _COUNTRY_CODES else place


@cache
def _load_places() -> Phrases[str]:
    regions = tomllib.loads(files("bot.leads").joinpath("places.toml").read_text(encoding="utf-8"))["regions"]
    return Phrases((name, region) for region, names in regions.items() for name in names)
