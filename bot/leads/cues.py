"""The words that tell an offer of work from everything else (`cues.toml`), and which of them an entry holds."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from bot.phrases import Phrases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.phrases import Hit

Axis = Literal["demand", "gig", "part", "remote", "type"]
Part = Literal["", "duties", "about the employer", "boilerplate"]


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """A group of phrases that say the same; the head of `cues.toml` tells what the fields mean."""

    name: str
    axis: Axis
    phrases: tuple[str, ...]
    where: Literal["title", "anywhere"] = "anywhere"
    weight: float = 0.0
    cap: int = 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """The cues that an entry holds, each with how many different phrases of it; and the part each sentence is in."""

    found: dict[Cue, int]
    parts: tuple[Part, ...]

    def weigh(self, axis: Axis) -> list[tuple[float, Cue]]:
        """Return what each cue of an axis adds, the strongest first."""
        added = [(cue.weight * min(seen, cue.cap), cue) for cue, seen in self.found.items() if cue.axis == axis]
        return sorted(added, key=lambda one: (-abs(one[0]), one[1].name))

    def names(self, axis: Axis) -> set[str]:
        """Return the names of an axis's cues."""
        return {cue.name for cue in self.found if cue.axis == axis}


class Cues:
    """All cues, ready to be looked for."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self._in_title = _table(cues)
        self._in_text = _table(cue for cue in cues if cue.where == "anywhere")

    def read(self, title: Sequence[str], text: Sequence[str], starts: Sequence[int]) -> Signals:
        """Return the cues in the words of a title and of a text whose sentences begin at `starts`."""
        in_text = self._in_text.find(text)
        seen: dict[Cue, set[tuple[str, ...]]] = {}
        for hits, words in ((self._in_title.find(title), title), (in_text, text)):
            for hit in hits:
                phrase = tuple(words[hit.at : hit.at + hit.size])
                for cue in hit.value:
                    seen.setdefault(cue, set()).add(phrase)
        return Signals({cue: len(phrases) for cue, phrases in seen.items()}, _parts(in_text, starts))


@cache
def load_cues() -> Cues:
    """Return the shipped cues, read once."""
    data = tomllib.loads(files("bot.leads").joinpath("cues.toml").read_text(encoding="utf-8"))
    return Cues([Cue(**{**table, "phrases": tuple(table["phrases"])}) for table in data["cue"]])


def _table(cues: Iterable[Cue]) -> Phrases[tuple[Cue, ...]]:
    by_phrase: dict[str, tuple[Cue, ...]] = {}
    for cue in cues:
        for phrase in cue.phrases:
            by_phrase[phrase] = (*by_phrase.get(phrase, ()), cue)
    return Phrases(by_phrase.items())


def _parts(hits: Sequence[Hit[tuple[Cue, ...]]], starts: Sequence[int]) -> tuple[Part, ...]:
    """Return the part each sentence is in: the one most of its cues name, else that of the sentence before.

    Boilerplate is its own sentence and carries nothing on.
    """
    votes: dict[int, list[Part]] = {}
    for hit in hits:
        for cue in hit.value:
            if cue.axis == "part":
                votes.setdefault(bisect_right(starts, hit.at) - 1, []).append(cue.name)  # type: ignore[arg-type]
    parts: list[Part] = []
    running: Part = ""
    for sentence in range(len(starts)):
        named = votes.get(sentence, ())
        if "boilerplate" in named:
            parts.append("boilerplate")
            continue
        if named:
            running = max(("duties", "about the employer"), key=named.count)
        parts.append(running)
    return tuple(parts)
