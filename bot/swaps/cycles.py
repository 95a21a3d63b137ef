"""Which rings are worth more than their members cost: pricing over every arc of a community, not only a pool's.

With a price for each member, the *reduced value* of an arc is its value less half of both ends' prices, and that of a
ring the sum over its arcs: what it is worth above its members' prices. Any ring that is worth more has a member from
whom every first part of the way round is worth more than nothing (the cycle lemma), so the search goes on only from
parts that are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.swaps.graph import Floats, Ints, Matrix

Ring = tuple[int, ...]
"""Numbers of members, each of whom teaches the next, the last the first; the smallest is first."""

EXACT = 1e-6
"""What is nothing in sums of 32-bit values."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The rings that are looked for: of 2 to `longest` members (4 at most).

    A ring is worth the sum of its arcs, one of two members `pair` times that: it comes about more often.
    """

    longest: int
    pair: float = 1.0


def reduce(values: Matrix, prices: Floats) -> Matrix:
    """Return the arcs' reduced values."""
    half = (prices / 2).astype(np.float32)
    return values - half[:, None] - half[None, :]


def dear_rings(values: Matrix, prices: Floats, sizes: Sizes, each: int) -> list[Ring]:
    """Return rings of a positive reduced value: for each member who can begin one, the `each` best of a length."""
    found: dict[Ring, None] = {}
    reduced = reduce(values, prices)
    for u in range(len(reduced)):
        _add(found, [(u, int(v)) for v in _best(_pairs(reduced, u, prices, sizes), each)])
        first = np.nonzero(reduced[u] > 0)[0]
        if sizes.longest < 3 or not len(first):
            continue
        parts = reduced[first] + reduced[u, first][:, None]
        total = np.where(parts > 0, parts + reduced[:, u][None, :], -np.inf)
        total[:, u] = -np.inf
        ends = [divmod(k, len(reduced)) for k in _best(total.ravel(), each)]
        _add(found, [(u, int(first[second]), third) for second, third in ends])
        if sizes.longest >= 4:
            _add(found, _longer(reduced, u, first, parts, each))
    return list(found)


def _pairs(reduced: Matrix, u: int, prices: Floats, sizes: Sizes) -> Matrix:
    """The reduced values of the rings of two with `u`: its prices are not `pair` times what they are."""
    more = ((sizes.pair - 1) * (prices[u] + prices)).astype(np.float32)
    both: Matrix = np.float32(sizes.pair) * (reduced[u] + reduced[:, u]) + more
    return both


def _longer(reduced: Matrix, u: int, first: Ints, parts: Matrix, each: int) -> list[Ring]:
    """The rings of four from `u`: over the best second step to each third member."""
    second = parts.argmax(axis=0)
    gained = parts[second, np.arange(len(reduced))]
    gained[u] = -np.inf
    third = np.nonzero(gained > 0)[0]
    if not len(third):
        return []
    total = gained[third][:, None] + reduced[third] + reduced[:, u][None, :]
    return [
        (u, int(first[second[third[k // len(reduced)]]]), int(third[k // len(reduced)]), int(k % len(reduced)))
        for k in _best(total.ravel(), each)
    ]


def _best(values: NDArray[np.float32], most: int) -> list[int]:
    positive = np.nonzero(values > EXACT)[0]
    if len(positive) > most:
        positive = positive[np.argpartition(-values[positive], most)[:most]]
    return positive.tolist()


def _add(found: dict[Ring, None], rings: list[Ring]) -> None:
    found.update((rotated(ring), None) for ring in rings if len(set(ring)) == len(ring))


def rotated(ring: Ring) -> Ring:
    """The ring with its smallest number first."""
    at = ring.index(min(ring))
    return ring[at:] + ring[:at]


def raise_prices(reduced: Matrix, prices: Floats, sizes: Sizes) -> Floats:
    """Return prices that pay for every ring there is, so that their sum bounds every packing (weak duality).

    `reduced` is what `reduce` made with `prices`; it is overwritten with the values that the new prices leave. Members
    are taken one by one, and each price is raised by what the best ring that begins with them is worth above its cost;
    later ones see it. The cheapest come first, or else everybody would pay for one who costs too little. For rings of
    four the best closed walk counts, which is never worth less.
    """
    raised = prices.copy()
    for u in np.argsort(prices, kind="stable").tolist():
        if (over := _over(reduced, u, raised, sizes)) > 0:
            raised[u] += over
            reduced[u] -= np.float32(over / 2)
            reduced[:, u] -= np.float32(over / 2)
    return raised


def _over(reduced: Matrix, u: int, prices: Floats, sizes: Sizes) -> float:
    """What the best ring that begins with `u` is worth above its cost, at least nothing."""
    over = float(np.max(_pairs(reduced, u, prices, sizes), initial=0.0))
    first = np.nonzero(reduced[u] > 0)[0]
    if sizes.longest < 3 or not len(first):
        return over
    parts = np.max(reduced[first] + reduced[u, first][:, None], axis=0)
    parts[u] = -np.inf
    third = np.nonzero(parts > 0)[0]
    over = max(over, float(np.max(parts[third] + reduced[third, u], initial=0.0)))
    if sizes.longest >= 4 and len(third):
        parts = np.max(parts[third][:, None] + reduced[third], axis=0)
        over = max(over, float(np.max(parts + reduced[:, u], initial=0.0)))
    return over
