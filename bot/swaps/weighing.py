"""Rings of the greatest weight: relaxed, taken greedily by what the relaxation uses, and searched from there."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.cycles import level_prices, raise_prices
from bot.swaps.packing import best_rings, greedy, relaxed, worth
from bot.swaps.search import Clock, Effort, improve

if TYPE_CHECKING:
    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Floats, Graph, Matrix

NEIGHBOURHOOD = 60
"""Members of a part that is solved anew."""

ROUNDS, STALE = 250, 100
"""Of search; fewer in a block of a larger community, which is searched again as a whole."""

CHEAP = 0.25
"""Off the prices: rings that cost so much more than they are worth may still take part in a solution."""

NEAR = 1e-3
"""Below the bound, where a search ends: sums of 32-bit values are no surer."""

SLICE = 0.5
"""Seconds for one neighbourhood."""

FOR_BLOCKS = 0.55
"""Of the time; the rest is for the bound."""

LEVELLINGS = 6
"""Of the blocks' prices over the whole community, before they are raised."""

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
    rings, value, _, bound = _solve(graph.values(), max_len, clock, seed, ROUNDS)
    return rings, value, bound


def _solve(
    values: Matrix, max_len: int, clock: Clock, seed: int, rounds: int
) -> tuple[list[Ring], float, Floats, float]:
    """Return rings, what they are worth, prices that pay for every ring, and the least bound."""
    found = relaxed(values, max_len, lambda: clock.share(0.6))
    problem = ByValues(values, found.prices, max_len)
    rings, bound = greedy(found.rings, found.used), found.bound
    if found.complete and found.rings:
        exact, most = best_rings(values, max_len, clock.share(0.5), start=rings)
        bound = min(bound, most)
        rings = max(rings, exact, key=lambda some: sum(worth(values, ring) for ring in some))
    chance = random.Random(seed)  # noqa: S311  no secret: the same seed gives the same round
    effort = Effort(NEIGHBOURHOOD, rounds, STALE, clock.left, bound - NEAR)
    rings, value = improve(problem, rings, set(range(len(values))), effort, chance)
    return rings, value, found.prices, bound


def greatest_in_blocks(graph: Graph, max_len: int, clock: Clock, seed: int) -> tuple[list[Ring], float, float]:
    """As `greatest_weight`, for a community too large to be weighed at once.

    Blocks of members drawn by lot are solved one by one; who is left over in them makes one more. The blocks' prices
    are then raised over all arcs of the whole community, which is what proves the bound.
    """
    chance = random.Random(seed)  # noqa: S311  no secret
    lots = chance.sample(range(graph.n), graph.n)
    number_of_blocks = -(-graph.n // BLOCK)
    blocks = [sorted(lots[number::number_of_blocks]) for number in range(number_of_blocks)]
    rings: list[Ring] = []
    total, prices = 0.0, np.zeros(graph.n)
    for number, block in enumerate(blocks):
        share = Clock.of(clock.share(FOR_BLOCKS / (len(blocks) + 1 - number)))
        found, value, own, _ = _solve(graph.part(block).values(), max_len, share, seed, ROUNDS // 4)
        rings += [tuple(block[one] for one in ring) for ring in found]
        total += value
        prices[block] = own
    left_over = sorted(set(range(graph.n)) - {number for ring in rings for number in ring})[:BLOCK]
    if left_over:
        found, value, _, _ = _solve(graph.part(left_over).values(), max_len, clock, seed, ROUNDS // 4)
        rings += [tuple(left_over[one] for one in ring) for ring in found]
        total += value
    return rings, total, _full_bound(graph, prices, max_len, clock)


def _full_bound(graph: Graph, prices: Floats, max_len: int, clock: Clock) -> float:
    """What prices must sum to so that they pay for every ring of the whole community; the matrix is held once."""
    reduced = np.empty((graph.n, graph.n), np.float32)
    half = (prices / 2).astype(np.float32)
    for first, rows in graph.in_rows():
        reduced[first : first + len(rows)] = rows - half[first : first + len(rows), None]
    reduced -= half[None, :]
    for _ in range(LEVELLINGS):
        before = clock.left()
        prices = level_prices(reduced, prices, max_len)
        if clock.left() < 2 * (before - clock.left()):  # no time for another one and the raising
            break
    return float(raise_prices(reduced, prices, max_len).sum())
