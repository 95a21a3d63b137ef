"""The weights of the judge: three small logistic regressions over features that have names in words (`weights.toml`).

Each sum answers one question: does somebody offer paid work (demand), is the work AI (work), is it limited in scope or
time (gig)? A weight begins at what a person set by general sense (`prior`) and is moved by labelled rows as far as they
speak for it (`weight`; `training.py`). Nothing else of the training is needed at run time.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.skills import Skill

Question = Literal["demand", "work", "gig"]
QUESTIONS: tuple[Question, ...] = ("demand", "work", "gig")

_STEEPEST = 40.0  # exp() of more says nothing new and could overflow


class Feature(NamedTuple):
    """One thing seen in an entry: its name in `weights.toml`, how much of it, and the words it was seen in."""

    name: str
    value: float = 1.0
    skills: tuple[Skill | None, ...] = ()  # those that a reason names; None is a bare AI word


class Weight(NamedTuple):
    """What a feature adds to a sum for each unit of it: as a person set it, and as labelled rows moved it."""

    prior: float
    weight: float


@dataclass(frozen=True, slots=True)
class Model:
    """The weights by question, and the scores (0..1) that divide what is done with an entry."""

    demand: Mapping[str, float]
    work: Mapping[str, float]
    gig: Mapping[str, float]
    lead: float  # from here an entry is a lead
    doubtful: float  # below this a lead waits for a moderator whatever the settings
    sure: float  # from here a lead without cautions is sure enough to publish
    clear: float  # the sum of gig features, below 0 for a job, from which the kind of work is told

    def sum_of(self, question: Question, features: Sequence[Feature]) -> float:
        """Return the weighted sum of features."""
        weights: Mapping[str, float] = getattr(self, question)
        return sum(weights[one.name] * one.value for one in features)


def probability(total: float) -> float:
    """Return a sum as a probability, 0..1."""
    return 1 / (1 + math.exp(-max(-_STEEPEST, min(_STEEPEST, total))))


@cache
def load_weights() -> dict[Question, dict[str, Weight]]:
    """Return every weight with where it began, by question."""
    tables = tomllib.loads(_text())
    return {
        question: {name: Weight(pair["prior"], pair["weight"]) for name, pair in tables[question].items()}
        for question in QUESTIONS
    }


@cache
def load_model() -> Model:
    """Return the shipped weights and thresholds, read once."""
    weights = {
        question: {name: pair.weight for name, pair in named.items()} for question, named in load_weights().items()
    }
    thresholds: dict[str, float] = tomllib.loads(_text())["thresholds"]
    return Model(weights["demand"], weights["work"], weights["gig"], **thresholds)


@cache
def _text() -> str:
    return files("bot.leads").joinpath("weights.toml").read_text(encoding="utf-8")
