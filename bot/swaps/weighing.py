"""Rings of the greatest weight: relaxed, taken greedily by what the relaxation uses, and searched from there."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.cycles import raise_prices
from bot.swaps.packing import best_rings, greedy, relaxed, worth
from bot.swaps.search import Clock, Effort, improve

if TYPE_CHECKING:
    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Floats, Graph, Matrix

NEIGHBOURHOOD = 60
"""Members of a part that is solved anew."""

ROUNDS, STALE = 400, 120
"""Of search; fewer in a block of a larger community, which is searched again as a whole."""

CHEAP = 0.25
"""Off the prices: rings that cost so much more than they are worth may still take part in a solution."""

SLICE = 0.5
"""Seconds for one neighbourhood."""

BLOCK = 2000
"""Members of a large community that are weighed together."""


class ByValues:
    """Rings of members whose arcs' values are at hand (`search.Problem`)."""

    def __init__(self, values: Matrix, prices: Floats, max_len: int) -> None:
        self._values = values
        self._prices = prices
        self._max_len = max_len

    def value(self, ring: Ring) -> float:
        """The sum of its arcs."""
        return worth(self._values, ring)

    def solve(self, members: list[int], seed: int) -> list[Ring]:  # noqa: ARG002  the program is the same for each seed
        """The best rings among some members, of those whose prices are near what they are worth."""
        prices = np.maximum(0.0, self._prices[members] - CHEAP)
        rings, _ = best_rings(self._values[np.ix_(members, members)], self._max_len, SLICE, prices=prices)
        return [tuple(members[number] for number in ring) for ring in rings]


def greatest_weight(graph: Graph, max_len: int, clock: Clock, seed: int) -> tuple[list[Ring], float, float]:
    """Return good rings, what they are worth, and the bound."""
    rings, value, prices = _solve(graph.values(), max_len, clock, seed, ROUNDS)
    return rings, value, float(prices.sum())


def _solve(
    values: Matrix, max_len: int, clock: Clock, seed: int, rounds: int
) -> tuple[list[Ring], float, Floats]:
    """Return rings, what they are worth, and prices that pay for every ring."""
    found = relaxed(values, max_len, lambda: clock.share(0.6))
    problem = ByValues(values, found.prices, max_len)
    rings = greedy(found.rings, found.used)
    if found.complete and found.rings:
        exact, _ = best_rings(values, max_len, clock.share(0.5), start=rings)
        rings = max(rings, exact, key=lambda some: sum(worth(values, ring) for ring in some))
    chance = random.Random(seed)  # noqa: S311  no secret: the same seed gives the same round
    effort = Effort(NEIGHBOURHOOD, rounds, STALE, clock.left, found.bound * (1 - 1e-6))
    rings, value = improve(problem, rings, set(range(len(values))), effort, chance)
    return rings, value, found.prices
