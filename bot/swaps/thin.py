"""Pricing in large communities in which few can teach anybody: over the list of arcs, with nothing left out.

A ring that is worth more than its members cost has a member from whom each first part of the way round is, too
(`cycles.py`). With every member's arcs in order, the second arcs that keep a part above its cost are a stretch of a
list, and all ways of two arcs are laid out by some thousands of members at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.first_order import STEPS, Pool, empty, relax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.swaps.cycles import Sizes
    from bot.swaps.graph import Floats, Ints, Matrix
    from bot.swaps.search import Clock

MOST = 400
"""Arcs for each member, on average, of a community that counts as thin: its lists take less than its matrix."""

KEPT = (10, 10, 20, 40)
"""Of each member's arcs, in the first looks, whose prices are far from right; then all, `LOOKS` times at most."""

LOOKS = 6

EACH = 8
"""Rings of a member that enter the pool at a look."""

AT_ONCE = 1_000_000
"""Ways of two arcs that are held at a time."""

WAYS = 200_000_000
"""Of two arcs, that a look at all rings may take."""

GUESSED = 0.2
"""Off the best arc from or to a member, for a first price."""

BELOW = 0.1
"""What a ring may cost more than it is worth and still enter the pool in a first look."""

HOPELESS = 0.5
"""What it may cost more and still stay."""

CLOSE = 5e-4
"""Of the bound: nearer, looking again is not worth its time."""

ROWS = 500

ROUNDING = 1e-5
"""What 32-bit sums may be wrong by, of the greatest worth, on each price that proves a bound."""


@dataclass(frozen=True, slots=True)
class Arcs:
    """The arcs of a community: who teaches, who learns, what it is worth."""

    values: Matrix
    tails: Ints
    heads: Ints
    worth: Matrix
    sizes: Sizes  # of rings of 2, or of 2 and 3


def arcs_of(values: Matrix, sizes: Sizes) -> Arcs | None:
    """The arcs, if they are few; None for rings of four."""
    if sizes.longest > 3:
        return None
    if sum(np.count_nonzero(np.isfinite(values[k : k + ROWS])) for k in range(0, len(values), ROWS)) > MOST * len(
        values
    ):
        return None
    found = [np.nonzero(np.isfinite(values[k : k + ROWS])) for k in range(0, len(values), ROWS)]
    tails = np.concatenate([rows + k * ROWS for k, (rows, _) in enumerate(found)])
    heads = np.concatenate([columns for _, columns in found])
    return Arcs(values, tails, heads, values[tails, heads], sizes)


def relaxed(arcs: Arcs, clock: Clock) -> tuple[Pool, Floats, float]:
    """Return a pool of rings of two and three, the linear program's prices, and what no packing is worth more than.

    The bound is infinite where the time did not suffice for one look at every ring.
    """
    n = len(arcs.values)
    best = np.minimum(arcs.values.max(axis=1), arcs.values.max(axis=0))
    prices: Floats = np.maximum(0.0, best - GUESSED).astype(float)
    pool, bound = empty(n, 3), np.inf
    for kept in KEPT:
        if clock.left() <= 0:
            break
        dear = dear_rings(arcs, prices, -BELOW, kept)
        pool, prices = _grown(arcs, pool, prices, *dear) if dear else (pool, prices)
    for _ in range(LOOKS):
        before = clock.left()
        dear = dear_rings(arcs, prices, 0.0)
        if dear is None:
            break
        bound = min(bound, float(pay(prices, *dear).sum()) + n * ROUNDING * float(arcs.worth.max(initial=1.0)))
        pool, prices = _grown(arcs, pool, prices, *dear)
        if bound - prices.sum() < CLOSE * bound or clock.left() < 1.2 * (before - clock.left()):
            break
    return pool, prices, bound


def _grown(arcs: Arcs, pool: Pool, prices: Floats, rings: Ints, above: Floats) -> tuple[Pool, Floats]:
    """The pool with new rings and without hopeless ones, and its prices."""
    some = rings[_among_best(rings, above, len(prices))]
    new = some[~np.isin(_code(some, pool.nobody), _code(pool.rings, pool.nobody))]
    worth = np.concatenate([pool.worth, _worth(arcs, new)])
    used = np.concatenate([pool.used, np.zeros(len(new))])
    grown = Pool(np.concatenate([pool.rings, new]), worth, used, pool.nobody)
    grown = grown.part(grown.above(prices) > -HOPELESS)
    if not len(grown.worth):
        return grown, prices
    prices, used = relax(grown, prices, STEPS)
    return Pool(grown.rings, grown.worth, used, grown.nobody), prices


def dear_rings(arcs: Arcs, prices: Floats, least: float, kept: int | None = None) -> tuple[Ints, Floats] | None:
    """Return the rings that are worth their prices and `least`, each once, and what they are worth above them.

    All there are; or those along the `kept` best arcs of each member. None if there are too many ways to look at.
    """
    laid = _lay_out(arcs, prices, kept)
    if laid.count > WAYS:
        return None
    n = len(prices)
    found = [_pairs(arcs, prices, least), *(_threes(arcs, laid, least) if arcs.sizes.longest > 2 else ())]
    rings = np.concatenate([rings for rings, _ in found])
    above = np.concatenate([above for _, above in found]).astype(float)
    turned = np.argmin(rings, axis=1)[:, None] + np.arange(3)
    pair = rings[:, 2] == n
    turned[pair] = np.stack([turned[pair, 0], 1 - turned[pair, 0], np.full(pair.sum(), 2)], axis=1)
    rings = np.take_along_axis(rings, turned % 3, axis=1)
    _, once = np.unique(_code(rings, n), return_index=True)
    return rings[once], above[once]


@dataclass(frozen=True, slots=True)
class _Laid:
    """Arcs in order of their tails and then of their reduced values, and which of them may come first and second."""

    half: Matrix  # of the prices
    tails: Ints
    heads: Ints
    reduced: Matrix
    first: Ints  # numbers of arcs
    begins: Ints  # for each of `first`: the first arc that may follow it
    follow: Ints  # how many may

    @property
    def count(self) -> int:
        """How many ways of two arcs there are."""
        return int(self.follow.sum())


def _lay_out(arcs: Arcs, prices: Floats, kept: int | None) -> _Laid:
    n = len(prices)
    half = (prices / 2).astype(np.float32)
    reduced = arcs.worth - half[arcs.tails] - half[arcs.heads]
    most = float(reduced.max(initial=0.0))
    some = np.nonzero(reduced > -most)[0]
    spread = 2 * most + 1  # more than any two of these are apart
    key = arcs.tails[some] * spread - reduced[some]
    order = np.argsort(key)
    some, key = some[order], key[order]
    tails, heads, reduced = arcs.tails[some], arcs.heads[some], reduced[some]
    starts = np.searchsorted(tails, np.arange(n + 1))
    first = np.nonzero(reduced > 0)[0]
    if kept is not None:
        onward = np.full(n, -spread)
        able = starts[1:] > starts[:-1]
        onward[able] = reduced[starts[:-1][able]]
        both = reduced[first] + onward[heads[first]]
        order = np.lexsort((-both, tails[first]))
        first, both = first[order], both[order]
        rank = np.arange(len(first)) - np.searchsorted(tails[first], tails[first])
        first = first[(rank < kept) & (both > 0)]
    begins = starts[heads[first]]
    ends = np.searchsorted(key, heads[first] * spread + reduced[first])
    follow = np.maximum(0, (ends if kept is None else np.minimum(ends, begins + kept)) - begins)
    return _Laid(half, tails, heads, reduced, first, begins, follow)


def _pairs(arcs: Arcs, prices: Floats, least: float) -> tuple[Ints, Floats]:
    some = np.nonzero(arcs.tails < arcs.heads)[0]
    one, other = arcs.tails[some], arcs.heads[some]
    above = arcs.sizes.pair * (arcs.worth[some] + arcs.values[other, one]) - prices[one] - prices[other]
    dear = above > least
    return np.stack([one[dear], other[dear], np.full(dear.sum(), len(prices))], axis=1), above[dear]


def _threes(arcs: Arcs, laid: _Laid, least: float) -> Iterator[tuple[Ints, Matrix]]:
    before = np.concatenate([[0], np.cumsum(laid.follow)])
    at = 0
    while at < len(laid.first):
        to = max(at + 1, int(np.searchsorted(before, before[at] + AT_ONCE, side="right")) - 1)
        follow = laid.follow[at:to]
        first = np.repeat(laid.first[at:to], follow)
        second = np.arange(len(first)) + np.repeat(laid.begins[at:to] - (before[at:to] - before[at]), follow)
        one, third = laid.tails[first], laid.heads[second]
        above = laid.reduced[first] + laid.reduced[second] + arcs.values[third, one] - laid.half[third] - laid.half[one]
        dear = np.nonzero(above > least)[0]
        yield np.stack([one[dear], laid.heads[first[dear]], third[dear]], axis=1), above[dear]
        at = to


def pay(prices: Floats, rings: Ints, above: Floats) -> Floats:
    """Return prices that pay for these rings, too, and so for every one if these are all that were not paid for.

    As `cycles.raise_prices`: the cheapest come first, and what one pays the others of a ring need not.
    """
    raised, above = prices.copy(), above.copy()
    members = rings.ravel()
    order = np.argsort(members, kind="stable")
    starts = np.searchsorted(members[order], np.arange(len(prices) + 1))
    which = order // rings.shape[1]
    for u in np.argsort(prices, kind="stable").tolist():
        own = which[starts[u] : starts[u + 1]]
        over = above[own].max(initial=0.0)
        if over > 0:
            raised[u] += over
            above[own] -= over
    return raised


def _among_best(rings: Ints, above: Floats, n: int) -> Ints:
    """The rings that are among the `EACH` best of one of their members."""
    kept = np.zeros(len(rings), bool)
    for column in rings.T:
        order = np.lexsort((-above, column))
        rank = np.arange(len(rings)) - np.searchsorted(column[order], column[order])
        kept[order[(rank < EACH) & (column[order] < n)]] = True
    return np.nonzero(kept)[0]


def _worth(arcs: Arcs, rings: Ints) -> Floats:
    values, three = arcs.values, rings[:, 2] < len(arcs.values)
    last = np.where(three, rings[:, 2], rings[:, 0])
    worth = values[rings[:, 0], rings[:, 1]] + values[rings[:, 1], last]
    worth[three] += values[rings[three, 2], rings[three, 0]]
    worth[~three] *= arcs.sizes.pair
    return worth.astype(float)


def _code(rings: Ints, n: int) -> Ints:
    """One number for each ring."""
    code: Ints = (rings[:, 0] * (n + 1) + rings[:, 1]) * (n + 1) + rings[:, 2]
    return code
