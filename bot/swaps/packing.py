"""Rings of the greatest value: a pool of rings by price, and what no packing can be worth more than.

The linear program over all rings has too many columns to be written down. It is solved over a pool, its prices name the
rings that are missing (`cycles.py` looks over every arc), and so on. Prices jump about while the pool is poor, so rings
are priced half-way to the best ones so far (Wentges 1997). Prices that pay for every ring there is prove the bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.cycles import Ring, Sizes, dear_rings, raise_prices, reduce
from bot.swaps.programs import Columns, choose, relax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.swaps.graph import Floats, Matrix

FEW = 30_000
"""Rings of a community that are all written down instead of priced."""

PRICINGS = 10
"""How often the pool grows at most."""

EACH = 15
"""Rings that a member brings into the pool at a pricing."""

SMOOTHING = 0.6
"""How much of the prices at which rings are looked for is the best prices' so far."""

HOPELESS = 0.4
"""A ring that costs so much more than it is worth leaves the pool."""

CLOSE = 1e-3
"""Of the bound: nearer, pricing again is not worth its time."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A pool of rings, how far the linear program uses each, and the prices that prove `bound`."""

    rings: list[Ring]
    used: Floats
    prices: Floats
    bound: float
    complete: bool  # whether the pool is all rings there are


def worth(values: Matrix, ring: Ring, sizes: Sizes) -> float:
    """What a ring is worth."""
    arcs = float(sum(values[a, b] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)))
    return arcs * sizes.pair if len(ring) == 2 else arcs


def relaxed(values: Matrix, sizes: Sizes, left: Callable[[], float]) -> Relaxation:
    """Solve the linear program over the rings, as nearly as `left()` seconds allow."""
    n = len(values)
    complete = count_rings(values, sizes.longest) <= FEW
    prices = np.zeros(n) if complete else _first_prices(values)
    pool: dict[Ring, float] = {}
    used, best = np.zeros(0), raise_prices(reduce(values, prices), prices, sizes)
    bound = float(best.sum())
    for _ in range(1 if complete else PRICINGS):
        sought = prices if not pool else SMOOTHING * best + (1 - SMOOTHING) * prices
        if pool:
            pool = {ring: value for ring, value in pool.items() if value > prices[list(ring)].sum() - HOPELESS}
        dear = dear_rings(values, sought, sizes, FEW if complete else EACH)
        pool.update((ring, worth(values, ring, sizes)) for ring in dear if ring not in pool)
        optimum = relax(columns(pool.values(), pool), np.ones(n), left()) if pool and left() > 0 else None
        if optimum is None:
            break
        prices, used = optimum.prices, optimum.values
        for tried in (prices, SMOOTHING * best + (1 - SMOOTHING) * prices):
            raised = raise_prices(reduce(values, tried), tried, sizes)
            if raised.sum() < bound:
                best, bound = raised, float(raised.sum())
        if bound - prices.sum() < CLOSE * bound:
            break
    rings = list(pool)
    return Relaxation(rings, used if len(used) == len(rings) else np.zeros(len(rings)), best, bound, complete)


def columns(worths: Iterable[float], rings: Iterable[Ring]) -> Columns:
    """The rings as columns of a program with a row for each member."""
    lengths = [len(ring) for ring in rings]
    rows = np.array([number for ring in rings for number in ring], np.int32)
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return Columns(np.array(list(worths), float), starts, rows, np.ones(len(rows)))


def greedy(rings: Sequence[Ring], order: Floats) -> list[Ring]:
    """Take the rings from the highest of `order` down, whenever nobody of it is taken."""
    taken: set[int] = set()
    found = []
    for k in np.argsort(-order, kind="stable").tolist():
        if taken.isdisjoint(rings[k]):
            found.append(rings[k])
            taken.update(rings[k])
    return found


def best_rings(
    values: Matrix, sizes: Sizes, seconds: float, *, prices: Floats | None = None, start: Iterable[Ring] = ()
) -> tuple[list[Ring], float]:
    """Choose rings of the greatest value out of all (out of those worth their `prices`), and the bound for these.

    By integer programming: for few members, or few rings.
    """
    sought = np.zeros(len(values)) if prices is None else prices
    dear = dear_rings(values, sought, sizes, FEW if prices is None else EACH)
    rings = list(dict.fromkeys([*dear, *start]))
    if not rings:
        return [], 0.0
    worths = [worth(values, ring, sizes) for ring in rings]
    known = set(start)
    first = np.array([float(ring in known) for ring in rings]) if known else None
    choice = choose(columns(worths, rings), np.ones(len(values)), seconds, gap=1e-4, start=first)
    if choice.values is None:
        return [], choice.bound
    return [ring for ring, value in zip(rings, choice.values, strict=True) if value > 0], choice.bound


def count_rings(values: Matrix, max_len: int) -> float:
    """How many closed walks of 2 to `max_len` arcs there are: no fewer than rings."""
    arcs = np.isfinite(values).astype(np.float32)
    twice = arcs @ arcs
    walks = [np.sum(arcs * arcs.T), np.sum(twice * arcs.T), np.sum(twice * twice.T)]
    return float(sum(walks[k - 2] / k for k in range(2, max_len + 1)))


def _first_prices(values: Matrix) -> Floats:
    """A guess: what a member's best arcs are worth, the less of the two ways."""
    few = min(8, len(values))
    known = np.where(np.isfinite(values), values, 0)
    out, into = np.sort(known, axis=1)[:, -few:].mean(axis=1), np.sort(known, axis=0)[-few:].mean(axis=0)
    guess: Floats = np.maximum(0.0, np.minimum(out, into) - 0.1).astype(float)
    return guess
