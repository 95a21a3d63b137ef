"""A pool of rings of a large community out of each member's best arcs, where looking at every ring would take hours.

A ring is sought along the `KEPT` dearest arcs of each member in turn and closed by whatever arc there is. With prices
near the right ones a ring that is missed has an arc that is worth little, and the next prices look elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.cycles import rotated
from bot.swaps.packing import HOPELESS, columns
from bot.swaps.programs import relax

if TYPE_CHECKING:
    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Floats, Ints, Matrix
    from bot.swaps.search import Clock

KEPT = {2: 40, 3: 40, 4: 12}
"""Arcs of a member along which rings of so many are sought."""

ROWS = 500
"""Members at a time: their ways round are held at once."""

EACH = 4
"""Rings of a length that a member brings into the pool."""

GUESSED = 0.2
"""Off the best arc from or to a member, for a first price."""

FAR = 9.0
"""Less than any ring is worth after its members' cost."""


LOOKS = 3
"""How often the pool grows at most."""


def sampled(values: Matrix, max_len: int, clock: Clock) -> tuple[list[Ring], Floats, Floats]:
    """Return a pool of rings, how far the linear program over it uses each, and its prices for the members."""
    prices = np.maximum(0.0, np.minimum(values.max(axis=1), values.max(axis=0)) - GUESSED).astype(float)
    pool: dict[Ring, float] = {}
    used = np.zeros(0)
    for _ in range(LOOKS):
        before = clock.left()
        pool = {ring: value for ring, value in pool.items() if value > prices[list(ring)].sum() - HOPELESS}
        pool.update(_valued(values, sorted(dearest_rings(values, prices, max_len) - pool.keys())))
        optimum = relax(columns(pool.values(), pool), np.ones(len(values)), clock.left()) if pool else None
        if optimum is None:
            break
        prices, used = optimum.prices, optimum.values
        if clock.left() < 1.2 * (before - clock.left()):
            break
    rings = list(pool)
    return rings, used if len(used) == len(rings) else np.array(list(pool.values())), prices


def _valued(values: Matrix, rings: list[Ring]) -> dict[Ring, float]:
    known: dict[Ring, float] = {}
    for length in {len(ring) for ring in rings}:
        some = [ring for ring in rings if len(ring) == length]
        members = np.array(some, np.int64)
        worth = values[members, np.roll(members, -1, axis=1)].sum(axis=1)
        known.update(zip(some, worth.tolist(), strict=True))
    return known


def dearest_rings(values: Matrix, prices: Floats, max_len: int) -> set[Ring]:
    """Rings that are worth about what their members cost or more: for each member the best few along good arcs."""
    half = (prices / 2).astype(np.float32)
    best = _dearest_arcs(values, half)
    found: set[Ring] = set()
    for length in range(2, max_len + 1):
        for first in range(0, len(values), ROWS):
            starts = np.arange(first, min(first + ROWS, len(values)))
            found |= _closed(values, half, best[:, : KEPT[length]], starts, length)
    return found


def _dearest_arcs(values: Matrix, half: Matrix) -> Ints:
    """For each member the best to teach, after what these cost, the best first."""
    n = len(values)
    kept = min(max(KEPT.values()), n)
    best = np.empty((n, kept), np.int64)
    onward = np.concatenate([(values[k : k + ROWS] - half[None, :]).max(axis=1) for k in range(0, n, ROWS)]) - half
    onward = np.maximum(onward, -FAR)  # who can teach nobody closes no ring, cheap as they are
    for first in range(0, n, ROWS):
        rows = values[first : first + ROWS] + (onward - half)[None, :]
        some = np.argpartition(-rows, kept - 1, axis=1)[:, :kept]
        order = np.argsort(-np.take_along_axis(rows, some, 1), axis=1, kind="stable")
        best[first : first + ROWS] = np.take_along_axis(some, order, 1)
    return best


def _closed(values: Matrix, half: Matrix, best: Ints, starts: Ints, length: int) -> set[Ring]:
    """The best rings of a length from some members along the arcs `best`."""
    ways = starts.reshape(-1, 1, 1)
    worth = np.zeros((len(starts), 1), np.float32)
    for _ in range(length - 1):
        last = ways[:, :, -1]
        then = best[last]
        step = values[last[:, :, None], then] - half[last][:, :, None] - half[then]
        worth = (worth[:, :, None] + step).reshape(len(starts), -1)
        before = np.repeat(ways, best.shape[1], axis=1)
        ways = np.concatenate([before, then.reshape(len(starts), -1, 1)], axis=2)
    ends = ways[:, :, -1]
    worth = worth + values[ends, starts[:, None]] - half[ends] - half[starts][:, None]
    each = min(EACH, worth.shape[1])
    at = np.argpartition(-worth, each - 1, axis=1)[:, :each]
    rows = np.arange(len(starts))[:, None]
    chosen, left = ways[rows, at], worth[rows, at]
    return {rotated(tuple(ring)) for ring in chosen[left > -FAR].tolist() if len(set(ring)) == length}
