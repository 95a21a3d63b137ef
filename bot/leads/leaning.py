"""What a community's moderators have taught the judge: a small, bounded lean on its score.

From decisions on leads (`learn`) comes a bias and a weight for each trait that a lead can have; the lean moves the
score of a later verdict (`lean`), never the verdict itself: what is no lead stays none, what is held stays held, and
a reason says what was learned. Both are pure functions; the same decisions give the same lean in whatever order.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from bot.leads.model import load_model, probability
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.leads.entry import Verdict
    from bot.skills import Taxonomy

BIAS_MOST, WEIGHT_MOST, LEAN_MOST = 0.4, 0.8, 1.2
"""How far, in log-odds, the bias, one trait and all together may move a score: 1.2 moves .80 to .57 or to .93."""

DECISIONS_LEAST = 10
"""Decisions below which nothing is learned."""

_PULL, _PULL_OF_BIAS = 4.0, 16.0  # how strongly each weight, and the bias, is held at 0, in decisions
_COMMON = 0.9  # share of the decisions; a trait that more of them have tells nothing apart
_STEPS, _STEP = 80, 0.5  # the step is divided by the number of decisions
_TOLD = 0.15  # log-odds from which a trait is told


class Decision(NamedTuple):
    """What moderators made of a lead, and the verdict that they had before them."""

    verdict: Verdict
    approved: bool


@dataclass(frozen=True, slots=True)
class Leaning:
    """What was learned, in log-odds; plain numbers that can be stored as JSON."""

    bias: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)  # by trait


def traits(verdict: Verdict) -> frozenset[str]:
    """Return what a lead is like, as far as a community may have its own taste in it."""
    named = {f"kind {verdict.kind}", "pay stated" if verdict.pay else "pay not stated"}
    named |= {f"skill {skill}" for skill in verdict.skills} | {f"sector {sector}" for sector in verdict.sectors}
    if verdict.language:
        named.add(f"language {verdict.language}")
    if verdict.seniority:
        named.add(f"level {verdict.seniority}")
    return frozenset(named)


def learn(decisions: Sequence[Decision]) -> Leaning:
    """Return the lean that fits moderators' decisions, within its bounds; none from fewer than ten.

    A logistic regression whose offset is the judge's own score (without what an earlier lean did to it: else each
    lesson would undo the one before), every weight held at 0 by a normal prior.
    """
    if len(decisions) < DECISIONS_LEAST:
        return Leaning()
    seen = sorted(
        (
            (_odds(one.verdict.score) - one.verdict.leaned, sorted(traits(one.verdict)), one.approved)
            for one in decisions
        ),
        key=lambda row: (row[0], row[1], row[2]),
    )
    times = Counter(trait for _, names, _ in seen for trait in names)
    weights = {trait: 0.0 for trait, count in sorted(times.items()) if count <= _COMMON * len(seen)}
    seen = [(offset, [name for name in names if name in weights], approved) for offset, names, approved in seen]
    bias, step = 0.0, _STEP / (len(seen) + _PULL_OF_BIAS)
    for _ in range(_STEPS):
        slope_of_bias = _PULL_OF_BIAS * bias
        slope = {trait: _PULL * weight for trait, weight in weights.items()}
        for offset, names, approved in seen:
            error = probability(offset + bias + sum(weights[name] for name in names)) - approved
            slope_of_bias += error
            for name in names:
                slope[name] += error
        bias = _within(bias - step * slope_of_bias, BIAS_MOST)
        weights = {trait: _within(weight - step * slope[trait], WEIGHT_MOST) for trait, weight in weights.items()}
    return Leaning(round(bias, 3), {name: round(weight, 3) for name, weight in sorted(weights.items()) if weight})


def lean(verdict: Verdict, leaning: Leaning, taxonomy: Taxonomy) -> Verdict:
    """Return a lead's verdict with the score that its community's moderators would give it, and why."""
    if not verdict.lead:
        return verdict
    moved = {name: leaning.weights[name] for name in sorted(traits(verdict)) if name in leaning.weights}
    by = _within(leaning.bias + sum(moved.values()), LEAN_MOST)
    if not by:
        return verdict
    model = load_model()
    score = round(probability(_odds(verdict.score) + by), 3)
    # What was not sure before for another reason than its score (a caution, an expiry, a forum's talk) stays so.
    unsure = verdict.score >= model.sure and not verdict.sure
    return replace(
        verdict,
        score=score,
        leaned=round(by, 3),
        sure=score >= model.sure and not unsure and not verdict.held and not verdict.cautions,
        held=verdict.held or score < model.doubtful,
        reasons=(*verdict.reasons, *_told(moved, taxonomy)),
    )


def _told(moved: Mapping[str, float], taxonomy: Taxonomy) -> list[str]:
    strongest = sorted(moved.items(), key=lambda one: (-abs(one[1]), one[0]))[:1]
    return [
        (
            say("moderators here mostly approve such leads ({trait})", trait=_named(name, taxonomy))
            if weight > 0
            else say("moderators here mostly reject such leads ({trait})", trait=_named(name, taxonomy))
        )
        for name, weight in strongest
        if abs(weight) >= _TOLD
    ]


def _named(trait: str, taxonomy: Taxonomy) -> str:
    kind, _, name = trait.partition(" ")
    return taxonomy.name(name) if kind == "skill" else trait


def _odds(score: float) -> float:
    score = min(max(score, 0.001), 0.999)
    return math.log(score / (1 - score))


def _within(value: float, most: float) -> float:
    return max(-most, min(most, value))
