"""The words that tell an offer of work from everything else (`cues.toml`), and which of them an entry holds."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple

from bot.leads.audience import sector_phrases

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.phrases import Hit

Axis = Literal["demand", "work", "gig", "part", "remote", "type", "audience", "sector", "mask"]
Part = Literal["", "duties", "about the employer", "boilerplate"]


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """A group of phrases that say the same; the head of `cues.toml` tells what the fields mean."""

    name: str
    axis: Axis
    phrases: tuple[str, ...]
    where: Literal["title", "anywhere"] = "anywhere"
    cap: int = 1
    reason: str = ""


class Meaning(NamedTuple):
    """What a phrase says: names and caps of its cues anywhere and in a title, and the part of an advert it names."""

    phrase: str
    everywhere: tuple[tuple[str, int], ...]
    in_title: tuple[tuple[str, int], ...]
    part: Part


@dataclass(frozen=True, slots=True)
class Signals:
    """The cues that an entry holds, each with how many different phrases of it count; and the part of each sentence."""

    found: Mapping[str, int]  # by the cue's name
    titled: frozenset[str]  # the names of those that the title holds
    parts: tuple[Part, ...]
    axes: Mapping[str, Axis]  # of all cues there are, by name

    def of(self, axis: Axis) -> list[tuple[str, int]]:
        """Return the cues of an axis by name, with how many different phrases of each count."""
        axes = self.axes
        return [(name, times) for name, times in self.found.items() if axes[name] == axis]

    def has(self, name: str) -> bool:
        """Whether a cue of that name was seen."""
        return name in self.found


class Cues:
    """All cues, ready to be looked for."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        self.reasons = {cue.name: cue.reason for cue in cues}
        self._axes: dict[str, Axis] = {cue.name: cue.axis for cue in cues}
        self.phrases = _meanings(cues)

    def read(self, hits: Sequence[Hit[Meaning]], starts: Sequence[int], title_size: int) -> Signals:
        """Return what hits of `phrases` say in a title of `title_size` words and in the sentences begun at `starts`."""
        found: dict[str, int] = {}
        seen: set[str] = set()
        titled: set[str] = set()
        for at, _, (phrase, everywhere, in_title, _) in hits:
            if phrase in seen:
                continue
            cues = in_title if at < title_size else everywhere
            if cues:
                seen.add(phrase)
            for name, cap in cues:
                times = found.get(name, 0)
                if times < cap:
                    found[name] = times + 1
                if at < title_size:
                    titled.add(name)
        return Signals(found, frozenset(titled), _parts(hits, starts), self._axes)


@cache
def load_cues() -> Cues:
    """Return the shipped cues, read once."""
    data = tomllib.loads(files("bot.leads").joinpath("cues.toml").read_text(encoding="utf-8"))
    cues = [Cue(**{**table, "phrases": tuple(table["phrases"])}) for table in data["cue"]]
    cues += [Cue(name, "sector", phrases, cap=9) for name, phrases in sector_phrases().items()]
    return Cues(cues)


def _meanings(cues: Iterable[Cue]) -> dict[str, Meaning]:
    by_phrase: dict[str, Meaning] = {}
    for cue in cues:
        for phrase in cue.phrases:
            known = by_phrase.get(phrase, Meaning(phrase, (), (), ""))
            if cue.axis == "part":
                known = known._replace(part=cue.name)  # type: ignore[arg-type]
            else:
                one = ((cue.name, cue.cap),)
                everywhere = known.everywhere + (one if cue.where == "anywhere" else ())
                known = known._replace(everywhere=everywhere, in_title=known.in_title + one)
            by_phrase[phrase] = known
    return by_phrase


def _parts(hits: Sequence[Hit[Meaning]], starts: Sequence[int]) -> tuple[Part, ...]:
    """Return the part each sentence is in: the one most of its cues name, else that of the sentence before.

    Boilerplate is its own sentence and carries nothing on.
    """
    votes: dict[int, list[Part]] = {}
    for at, _, (_, _, _, part) in hits:
        if part:
            votes.setdefault(bisect_right(starts, at) - 1, []).append(part)
    parts: list[Part] = []
    running: Part = ""
    for sentence in range(len(starts)):
        named = votes.get(sentence)
        if named and "boilerplate" in named:
            parts.append("boilerplate")
            continue
        if named:
            running = max(("duties", "about the employer"), key=named.count)
        parts.append(running)
    return tuple(parts)
