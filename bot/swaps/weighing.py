"""Rings of the greatest weight: relaxed, taken greedily by what the relaxation uses, and searched from there."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps import thin
from bot.swaps.cycles import raise_prices
from bot.swaps.packing import best_rings, greedy, relaxed, worth
from bot.swaps.rounding import rounded
from bot.swaps.sampling import sampled
from bot.swaps.search import Clock, Effort, improve

if TYPE_CHECKING:
    from bot.swaps.cycles import Ring, Sizes
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

FOR_RINGS = 0.75
"""Of the time; the rest is for the bound."""

LIFT = 0.04
"""On every price of a sample before they are raised one by one: all pay a little for the rings that it missed."""

FOR_POOL = 0.75
"""Of the time for the rings of a large community, to find those worth choosing from; the rest is for choosing."""

BLOCK = 2000
"""Members of a very large community that are weighed together."""


class ByValues:
    """Rings of members whose arcs' values are at hand (`search.Problem`)."""

    def __init__(self, values: Matrix, prices: Floats, sizes: Sizes) -> None:
        self._values = values
        self._prices = prices
        self._sizes = sizes

    def value(self, ring: Ring) -> float:
        """What it is worth."""
        return worth(self._values, ring, self._sizes)

    def solve(self, members: list[int], seed: int) -> list[Ring]:  # noqa: ARG002  the program is the same for each seed
        """The best rings among some members, of those whose prices are near what they are worth."""
        prices = np.maximum(0.0, self._prices[members] - CHEAP)
        rings, _ = best_rings(self._values[np.ix_(members, members)], self._sizes, SLICE, prices=prices)
        return [tuple(members[number] for number in ring) for ring in rings]


def greatest_weight(graph: Graph, sizes: Sizes, clock: Clock, seed: int) -> tuple[list[Ring], float, float]:
    """Return good rings, what they are worth, and the bound."""
    return _solve(graph.values(), sizes, clock, seed, ROUNDS)


def _solve(values: Matrix, sizes: Sizes, clock: Clock, seed: int, rounds: int) -> tuple[list[Ring], float, float]:
    found = relaxed(values, sizes, lambda: clock.share(0.6))
    problem = ByValues(values, found.prices, sizes)
    rings, bound = greedy(found.rings, found.used), found.bound
    if found.complete and found.rings:
        exact, most = best_rings(values, sizes, clock.share(0.5), start=rings)
        bound = min(bound, most)
        rings = max(rings, exact, key=lambda some: sum(worth(values, ring, sizes) for ring in some))
    chance = random.Random(seed)  # noqa: S311  no secret: the same seed gives the same round
    effort = Effort(NEIGHBOURHOOD, rounds, STALE, clock.left, bound - NEAR)
    rings, value = improve(problem, rings, set(range(len(values))), effort, chance)
    return rings, value, bound


def greatest_by_samples(graph: Graph, sizes: Sizes, clock: Clock, seed: int) -> tuple[list[Ring], float, float]:
    """As `greatest_weight`, for a community whose arcs can be held, but not all looked at again and again.

    Where arcs are few (`thin.py`) prices are proven by every ring there is. Else the pool comes from the dearest arcs
    (`sampling.py`), and only the bound looks over every arc, once.
    """
    values = graph.held()
    searching = Clock.of(clock.share(FOR_RINGS))
    arcs = thin.arcs_of(values, sizes)
    if arcs is not None:
        pool, prices, bound = thin.relaxed(arcs, Clock.of(searching.share(FOR_POOL)))
    else:
        pool, prices = sampled(values, sizes, Clock.of(searching.share(FOR_POOL)))
        bound = float("inf")
    problem = ByValues(values, prices, sizes)
    chance = random.Random(seed)  # noqa: S311  no secret
    effort = Effort(NEIGHBOURHOOD, ROUNDS, STALE, searching.left, bound - NEAR)
    rings, value = improve(problem, rounded(pool, prices, searching, seed), set(range(graph.n)), effort, chance)
    if bound == float("inf"):
        prices = prices + LIFT
        half = (prices / 2).astype(np.float32)
        values -= half[:, None]  # in place: there is no room for two
        values -= half[None, :]
        bound = float(raise_prices(values, prices, sizes).sum())
    return rings, value, bound


def greatest_in_blocks(graph: Graph, sizes: Sizes, clock: Clock, seed: int) -> tuple[list[Ring], float, float]:
    """As `greatest_weight`, for a community whose arcs cannot be held: in blocks of members drawn by lot.

    Who is left over in them makes one more. The bound is what members give and get at most, half of each.
    """
    chance = random.Random(seed)  # noqa: S311  no secret
    lots = chance.sample(range(graph.n), graph.n)
    number_of_blocks = -(-graph.n // BLOCK)
    blocks = [sorted(lots[number::number_of_blocks]) for number in range(number_of_blocks)]
    rings: list[Ring] = []
    total = 0.0
    for number in range(len(blocks) + 1):
        free = set(range(graph.n)) - {one for ring in rings for one in ring}
        block = blocks[number] if number < len(blocks) else sorted(free)[:BLOCK]
        share = Clock.of(clock.share(FOR_RINGS / (len(blocks) + 1 - number)))
        found, value, _ = _solve(graph.part(block).values(), sizes, share, seed, ROUNDS // 4)
        rings += [tuple(block[one] for one in ring) for ring in found]
        total += value
    return rings, total, sizes.pair * _coarse_bound(graph)


def _coarse_bound(graph: Graph) -> float:
    """Half of the best arc from each member and of the best to each: every ring of theirs has one of both."""
    into = np.full(graph.n, -np.inf, np.float32)
    each = np.zeros(graph.n)
    for first, rows in graph.in_rows():
        each[first : first + len(rows)] = rows.max(axis=1)
        into = np.maximum(into, rows.max(axis=0))
    both = each + into
    return float(both[np.isfinite(both)].sum() / 2)
