"""A pool of rings of a large community out of each member's best arcs, where looking at every ring would take hours.

A ring is sought along the `KEPT` dearest arcs of each member in turn and closed by whatever arc there is. With prices
near the right ones a ring that is missed has an arc that is worth little, and the next prices look elsewhere.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.cycles import rotated
from bot.swaps.first_order import Pool, empty, padded, relax
from bot.swaps.packing import HOPELESS

if TYPE_CHECKING:
    from bot.swaps.cycles import Ring, Sizes
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


LOOKS = 8
"""How often the pool grows at most."""

CLOSE = 1e-3
"""Of the program's value: a look that brings less is the last one."""


def sampled(values: Matrix, sizes: Sizes, clock: Clock) -> tuple[Pool, Floats]:
    """Return a pool of rings with how far the linear program over it uses each, and its prices for the members."""
    nobody = len(values)
    prices: Floats = np.maximum(0.0, np.minimum(values.max(axis=1), values.max(axis=0)) - GUESSED).astype(float)
    pool, value = empty(nobody, sizes.longest), 0.0
    for _ in range(LOOKS):
        before = clock.left()
        pool = pool.part(pool.above(prices) > -HOPELESS)
        known = pool.listed(range(len(pool.worth)))
        new = sorted(dearest_rings(values, prices, sizes) - set(known))
        pool = Pool(
            padded([*known, *new], nobody, sizes.longest),
            np.concatenate([pool.worth, _valued(values, new, sizes)]),
            np.concatenate([pool.used, np.zeros(len(new))]),
            nobody,
        )
        prices, used = relax(pool, prices)
        pool = replace(pool, used=used)
        if prices.sum() - value < CLOSE * value or clock.left() < 1.2 * (before - clock.left()):
            break
        value = prices.sum()
    return pool, prices


def _valued(values: Matrix, rings: list[Ring], sizes: Sizes) -> Floats:
    """What each is worth."""
    worth = np.zeros(len(rings))
    for length in {len(ring) for ring in rings}:
        some = [number for number, ring in enumerate(rings) if len(ring) == length]
        members = np.array([rings[number] for number in some], np.int64)
        arcs = values[members, np.roll(members, -1, axis=1)].sum(axis=1)
        worth[some] = arcs * sizes.pair if length == 2 else arcs
    return worth


def dearest_rings(values: Matrix, prices: Floats, sizes: Sizes) -> set[Ring]:
    """Rings that are worth about what their members cost or more: for each member the best few along good arcs."""
    half = (prices / 2).astype(np.float32)
    best = _dearest_arcs(values, half)
    found: set[Ring] = set()
    for length in range(2, sizes.longest + 1):
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
