"""Moving the judge's weights from where a person set them, as far as labelled rows speak for it.

The score is the product of two logistic regressions (demand and work), so a row's one label trains both; the third
(gig or job) has labels of its own. What is minimised is the log loss plus a pull towards the priors:

    loss = -sum(log p(label)) + PULL / 2 * sum((weight - prior)^2)

that is the most probable weights under a normal prior around a person's judgement. Plain gradient descent with a step
that halves when the loss would rise: a few hundred rows need no library, and the result is the same everywhere.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from bot.leads.advert import pay_of, read_advert
from bot.leads.facts import find_region
from bot.leads.labelled import entry_of, read_rows, side_of, texts
from bot.leads.model import probability
from bot.leads.same import likeness
from bot.leads.weighing import demand_features, gig_features, work_features

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from bot.leads.labelled import Row
    from bot.leads.model import Feature, Question, Weight
    from bot.skills import Taxonomy

PULL = 3.0
"""How strongly a weight is held at its prior: a few rows' worth of evidence moves it by about one half."""

FOLDS = 10

_STEPS = 400
_SMALLEST_STEP = 1e-6
_TWINS = 0.6  # likeness from which two texts may not stand on both sides of a fold
_SURE = 1e-9  # keeps logarithms finite
_SECOND_HAND = 0.3  # how much a label of `--labels` counts beside one of the folder's own
_WEIGHT = re.compile(r'^("(?P<name>.+)" = \{ prior = \S+, weight = )\S+ \}$', re.MULTILINE)
_TABLE = re.compile(r"^\[(\w+)\]$", re.MULTILINE)

Weights = dict[str, float]


class Example(NamedTuple):
    """A labelled row, seen as features by question."""

    features: Mapping[Question, Sequence[Feature]]
    label: bool
    worth: float = 1.0  # how much it counts; a row whose label is less certain counts less
    text: str = ""


def relevance_examples(folder: Path, labels: Sequence[Row], taxonomy: Taxonomy) -> list[Example]:
    """Return the rows of a folder's relevance files, and those of its other files that `labels` (id, label) labels."""
    found = [_relevance_example(row, row["label"], taxonomy) for row in read_rows(folder, "relevance")]
    rows = dict(texts(folder))
    return found + [
        _relevance_example(rows[one["id"]], one["label"], taxonomy, _SECOND_HAND) for one in labels if one["id"] in rows
    ]


def gig_examples(folder: Path, taxonomy: Taxonomy) -> list[Example]:
    """Return the rows whose text tells a gig from a job; an offer of both is a gig."""
    rows = dict(texts(folder))
    found = []
    for one in read_rows(folder, "engagement"):
        if one["text_only"] in {"gig", "job", "either"} and one["id"] in rows:
            advert = read_advert(entry_of(rows[one["id"]]), taxonomy)
            features = gig_features(advert, pay_of(advert, find_region(advert)))
            found.append(Example({"gig": features}, one["text_only"] != "job", text=advert.whole))
    return found


def _relevance_example(row: Row, label: str, taxonomy: Taxonomy, worth: float = 1.0) -> Example:
    advert = read_advert(entry_of(row), taxonomy)
    pay = pay_of(advert, find_region(advert))
    features: dict[Question, list[Feature]] = {
        "demand": demand_features(advert, side_of(row), pay),
        "work": work_features(advert),
    }
    return Example(features, label == "yes", worth, advert.whole)


def chance_of(example: Example, weights: Mapping[Question, Weights]) -> float:
    """Return the product of an example's probabilities."""
    return math.prod(
        probability(sum(weights[question][seen.name] * seen.value for seen in features))
        for question, features in example.features.items()
    )


def rewrite(text: str, weights: Mapping[Question, Weights]) -> str:
    """Return the text of `weights.toml` with new weights; priors, comments and thresholds stay."""
    parts = _TABLE.split(text)
    for at in range(1, len(parts), 2):
        named = next((own for question, own in weights.items() if question == parts[at]), {})
        parts[at + 1] = _WEIGHT.sub(
            lambda line, named=named: f"{line[1]}{named[line['name']]:.2f} }}" if line["name"] in named else line[0],
            parts[at + 1],
        )
        parts[at] = f"[{parts[at]}]"
    return "".join(parts)


def train(examples: Sequence[Example], priors: Mapping[Question, Mapping[str, Weight]]) -> dict[Question, Weights]:
    """Return the weights, for each question of `priors`, whose product of probabilities fits the labels best."""
    start = {question: {name: one.prior for name, one in named.items()} for question, named in priors.items()}
    weights = {question: dict(named) for question, named in start.items()}
    loss, slope = _loss(examples, weights, start)
    step = 0.1
    for _ in range(_STEPS):
        moved = {q: {name: weights[q][name] - step * slope[q][name] for name in weights[q]} for q in weights}
        new_loss, new_slope = _loss(examples, moved, start)
        if new_loss < loss:
            weights, loss, slope, step = moved, new_loss, new_slope, step * 1.2
        else:
            step /= 2
        if step < _SMALLEST_STEP:
            break
    return weights


def cross_validate(
    examples: Sequence[Example],
    folds: Sequence[int],
    priors: Mapping[Question, Mapping[str, Weight]],
) -> list[dict[Question, Weights]]:
    """Return the weights for each fold, trained on the examples that are not in it."""
    return [
        train([one for one, own in zip(examples, folds, strict=True) if own != fold], priors)
        for fold in range(max(folds, default=-1) + 1)
    ]


def folds_of(texts: Sequence[str], folds: int = FOLDS) -> list[int]:
    """Deal texts to folds by their words' hash; texts that are mostly alike (reposts) go to the same fold."""
    first: list[int] = []
    for at, text in enumerate(texts):
        twin = next((other for other in range(at) if likeness(texts[other], text) >= _TWINS), at)
        first.append(first[twin] if twin < at else at)
    return [int(hashlib.sha256(texts[one].encode()).hexdigest(), 16) % folds for one in first]


def _loss(
    examples: Iterable[Example], weights: Mapping[Question, Weights], start: Mapping[Question, Weights]
) -> tuple[float, dict[Question, defaultdict[str, float]]]:
    """Return the loss and its slope for each weight."""
    loss = 0.0
    slope: dict[Question, defaultdict[str, float]] = {question: defaultdict(float) for question in weights}
    for question, named in weights.items():
        for name, weight in named.items():
            away = weight - start[question][name]
            loss += PULL / 2 * away * away
            slope[question][name] += PULL * away
    for one in examples:
        chances = {
            question: probability(sum(named[seen.name] * seen.value for seen in one.features[question]))
            for question, named in weights.items()
        }
        whole = math.prod(chances.values())
        loss -= one.worth * math.log(max(whole if one.label else 1 - whole, _SURE))
        for question, chance in chances.items():
            rise = -(1 - chance) if one.label else whole * (1 - chance) / max(1 - whole, _SURE)
            for seen in one.features[question]:
                slope[question][seen.name] += one.worth * rise * seen.value
    return loss, slope
