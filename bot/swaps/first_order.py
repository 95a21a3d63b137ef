"""The linear program over a pool of rings by a first-order method: for pools that an interior point is too slow for.

The primal-dual hybrid gradient (Chambolle and Pock 2011), restarted from its averages as PDLP does (Applegate et al.
2021). A step is two passes over the rings, so that a hundred thousand of them take what a factorisation does not: some
milliseconds. It begins where the last pool ended, and a few hundred steps bring the prices within a thousandth. They
need not be exact, because whatever they fail to pay for is added before they prove a bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Bools, Floats, Ints

STEPS = 400
"""After each growth of a pool."""

WEIGHT = 3.0
"""How much longer steps of the prices are than steps of the rings: the fastest of 0.3, 1 and 3."""

LOOK = 50
"""Steps after which it is seen whether to begin again."""

NOTHING = 1e-4
"""What is left to gain when it ends before its steps do."""

LONG = 400
"""Steps after which it begins again in any case."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Rings as rows of one table, what each is worth, and how far the linear program uses it."""

    rings: Ints  # members' numbers; a shorter ring is filled up with `nobody`
    worth: Floats
    used: Floats
    nobody: int  # one more than the last member's number

    def part(self, which: Bools | Ints) -> Pool:
        """Some of the rings."""
        return Pool(self.rings[which], self.worth[which], self.used[which], self.nobody)

    def listed(self, which: Sequence[int]) -> list[Ring]:
        """The rings of these rows as tuples."""
        return [tuple(one for one in ring if one != self.nobody) for ring in self.rings[list(which)].tolist()]

    def above(self, prices: Floats) -> Floats:
        """What each ring is worth above its members' prices."""
        known = np.append(prices, 0.0)
        above: Floats = self.worth - known[self.rings].sum(axis=1)
        return above

    def load(self, used: Floats) -> Floats:
        """How much each member takes part, `nobody` last."""
        width = self.rings.shape[1]
        return np.bincount(self.rings.ravel(), np.repeat(used, width), self.nobody + 1).astype(float)


def empty(nobody: int, width: int) -> Pool:
    """A pool without a ring."""
    return Pool(np.zeros((0, width), np.int64), np.zeros(0), np.zeros(0), nobody)


def padded(rings: Sequence[Ring], nobody: int, width: int) -> Ints:
    """The rings as rows of one table."""
    table = np.full((len(rings), width), nobody, np.int64)
    for length in {len(ring) for ring in rings}:
        some = [number for number, ring in enumerate(rings) if len(ring) == length]
        table[some, :length] = [rings[number] for number in some]
    return table


def relax(pool: Pool, prices: Floats, steps: int = STEPS) -> tuple[Floats, Floats]:
    """Return better prices for the members, and how far each ring is used, from those that there are."""
    width, nobody = pool.rings.shape[1], pool.nobody
    dual_step = WEIGHT / np.maximum(1.0, pool.load(np.ones(len(pool.worth))))
    primal_step = 1 / (width * WEIGHT)
    now = pool.used, prices
    total, since, last = _nothing(now), 0, np.inf
    for step in range(1, steps + 1):
        used = np.maximum(0.0, now[0] + primal_step * pool.above(now[1]))
        over = pool.load(2 * used - now[0]) - 1
        now = used, np.maximum(0.0, now[1] + (dual_step * over)[:nobody])
        total, since = (total[0] + now[0], total[1] + now[1]), since + 1
        if step % LOOK == 0:
            mean = total[0] / since, total[1] / since
            error, error_of_mean = _error(pool, *now), _error(pool, *mean)
            if min(error, error_of_mean) < last / 2 or since >= LONG:
                now, last = (mean, error_of_mean) if error_of_mean < error else (now, error)
                total, since = _nothing(now), 0
            if last < NOTHING:
                break
    return now[1], now[0]


def _nothing(now: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    return np.zeros_like(now[0]), np.zeros_like(now[1])


def _error(pool: Pool, used: Floats, prices: Floats) -> float:
    """How far both are from being a solution: members used more than once, rings not paid for, and the gap."""
    over = np.maximum(0.0, pool.load(used)[: pool.nobody] - 1)
    unpaid = np.maximum(0.0, pool.above(prices))
    gap = float(prices.sum() - pool.worth @ used)
    return float(np.sqrt(WEIGHT**2 * (over @ over) + (unpaid @ unpaid) / WEIGHT**2 + gap**2))
