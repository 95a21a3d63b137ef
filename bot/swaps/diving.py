"""From the linear program over walks to rings: take what is nearly whole, solve the rest again, and so on down.

The program has many best solutions, and an interior point lies amid them all, where every walk is used a little. A
small random bonus for each column leaves one of them, which uses few walks and most of those wholly (the isolation
lemma of Mulmuley, Vazirani and Vazirani 1987).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps import factored
from bot.swaps.programs import relax

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Floats
    from bot.swaps.most_members import ByTypes

BONUS = 0.1
"""At most, for a column: less than a member is worth, and enough to tell solutions apart."""

NEARLY = 0.75
"""Of a walk, from which it is taken once more. (From half on the rest is worse, from 0.9 on slower.)"""

LITTLE = 0.01
"""Of a walk or of a member's type, from which it counts as used at all."""


def dive(types: ByTypes, walks: list[factored.Walk], few: int, left: Callable[[], float], seed: int) -> list[Ring]:
    """Rings along `walks`, and along those that are missed on the way down; the last `few` members are solved exactly.

    Where the time ends before, the rest of the members are taken as they come.
    """
    lots = np.random.default_rng(seed)
    rings: list[Ring] = []
    free = set(types.able)
    while True:
        if len(free) <= few:
            return rings + types.solve(sorted(free), seed)
        model = types.part(sorted(free))
        walks = [walk for walk in walks if all(kind in model.rows for kind in factored.steps(walk))]
        if rings:  # who is left may need walks that cost too much before
            walks, _ = factored.grow(model, types.max_len, walks, left)
        if not walks:
            return rings
        found = _rounded(types, walks, *_relaxed(model, walks, left, lots))
        if not found:
            return rings
        rings += found
        free -= {number for ring in found for number in ring}


def _relaxed(
    model: factored.Model, walks: list[factored.Walk], left: Callable[[], float], lots: np.random.Generator
) -> tuple[Floats, dict[factored.Type, list[int]]]:
    """How far each walk is used, and for each type who takes it; without time for that, everything by everybody."""
    columns = factored.columns(model, walks)
    worth = columns.worth + BONUS * lots.random(len(columns.worth))
    optimum = relax(replace(columns, worth=worth), factored.limits(model), left()) if left() > 0 else None
    takes = len(worth) - len(walks)
    if optimum is None:
        members = sum(len(some) for some in model.takers.values())
        return np.full(len(walks), float(members)), _surest(model, np.full(takes, float(members)))
    return optimum.values[takes:], _surest(model, optimum.values[:takes])


def _rounded(
    types: ByTypes, walks: list[factored.Walk], used: Floats, able: dict[factored.Type, list[int]]
) -> list[Ring]:
    """Rings along the walks that are used the most: one at least, if there are the members for it."""
    taken: set[int] = set()
    rings: list[Ring] = []
    for k in np.argsort(-used, kind="stable").tolist():
        if used[k] < (NEARLY if rings else LITTLE):
            break
        for _ in range(max(1, math.floor(used[k] + 1 - NEARLY))):
            ring = types.seat(walks[k], able, taken)
            if ring is None:
                break
            taken.update(ring)
            rings.append(ring)
    return rings


def _surest(model: factored.Model, takes: Floats) -> dict[factored.Type, list[int]]:
    """For each type the members who take it, those first who take it wholly."""
    known: dict[factored.Type, list[tuple[float, int]]] = defaultdict(list)
    column = 0
    for profile, members in model.takers.items():
        before = 0.0
        for kind in profile:
            part, column = float(takes[column]), column + 1
            if part > LITTLE:
                first, last = math.floor(before + LITTLE), math.ceil(before + part - LITTLE)
                known[kind] += [(-min(1.0, part), number) for number in members[first:last]]
                before += part
    return {kind: [number for _, number in sorted(some)] for kind, some in known.items()}
