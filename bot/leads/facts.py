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

    from bot.leads.boards import BoardFacts
    from bot.leads.cues import Signals

Remote = bool | Literal["hybrid"] | None

HEAD = 240
"""Characters of a text that may be its headline: there a bare "remote" or a town's name means the work."""

_US = re.compile(
    r"\bU\.?S\.?(?:A\b\.?)?(?![\w$])|, ?(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|"
    r"O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])\b"
)
SAMPLE = 1_500
"""Characters of a text by which its language is told."""

_REGIONS_MAX = 4
_LANGUAGE_WORDS_MIN = 3
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


def find_remote(board: BoardFacts, title: str, text: str, signals: Signals) -> Remote:
    """Return whether the work is remote (True), on site (False) or "hybrid"; None where nobody says."""
    said = signals.names("remote")
    head = f"{board.place} {title} {text[:HEAD]}".lower()
    if "hybrid" in said or "hybrid" in board.place.lower():
        return "hybrid"
    if re.search(r"\b(?:not? remote|remote (?:is )?not|non-remote)\b", head):
        return False
    if "remote" in said or re.search(r"\bremote\b|\banywhere in the world\b|\bworldwide\b", head):
        return True
    return False if "on site" in said or re.search(r"\bon[- ]?site\b", head) else None


def find_region(board: BoardFacts, title: str, text: str) -> str | None:
    """Return where one must be, in at most four names: from the board's field, else from the headline."""
    for source in (board.place, title, text[:HEAD]):
        found = dict.fromkeys(hit.value for hit in _load_places().find(split_words(_US.sub(" usa ", source))))
        if found:
            return ", ".join(list(found)[:_REGIONS_MAX])
    return board.place[:60].strip(" ,;") or None if not re.search("remote", board.place, re.IGNORECASE) else None


def find_types(board: BoardFacts, title: str, text: str, signals: Signals) -> tuple[str, ...] | None:
    """Return the kinds of employment (full_time, contract, …): the board's, the headline's, else the text's."""
    if board.types:
        return board.types
    named = signals.names("type")
    headline = read_types(f"{title} {text[:HEAD]}" if "|" in text[:HEAD] else title)
    in_text = tuple(name for name in ("full_time", "part_time", "contract", "freelance", "internship") if name in named)
    return headline or in_text or None


def find_language(text: str, words: Sequence[str]) -> str | None:
    """Return the language (ISO 639-1) of a text and its `words`, by script or commonest words; None if unsure."""
    sample = text[:SAMPLE]
    if not sample.isascii() and len(_BEYOND_LATIN.findall(sample)) > _SCRIPT_SHARE * len(sample):
        counts = {language: len(script.findall(sample)) for language, script in _SCRIPTS.items()}
        return "ja" if counts["ja"] > _KANA_SHARE * counts["zh"] else max(counts, key=lambda language: counts[language])
    seen = set(words[:250])
    counts = {language: len(seen & common) for language, common in _WORDS_OF.items()}
    best = max(counts, key=lambda language: counts[language])
    runner_up = max(count for language, count in counts.items() if language != best)
    return best if counts[best] >= _LANGUAGE_WORDS_MIN and counts[best] > runner_up else None


@cache
def _load_places() -> Phrases[str]:
    regions = tomllib.loads(files("bot.leads").joinpath("places.toml").read_text(encoding="utf-8"))["regions"]
    return Phrases((name, region) for region, names in regions.items() for name in names)
