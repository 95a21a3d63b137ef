"""From the linear program over a large pool to rings: take a part of them, solve the rest again, and the last exactly.

As in `diving.py` a small random bonus leaves one of many best solutions. Much of it is halves (three rings of which
each two share a member), which greed rounds badly: they are left to the end, where an integer program settles them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.first_order import Pool, relax
from bot.swaps.packing import columns, greedy
from bot.swaps.programs import choose

if TYPE_CHECKING:
    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Bools, Floats
    from bot.swaps.search import Clock

BONUS = 0.1
"""At most, for a ring."""

FIRST, AGAIN = 1500, 300
"""Steps of the linear program: for all rings, and for those that are left."""

NEARLY = 0.6
"""Of a ring, from which it is taken."""

PART = 0.2
"""Of the rings that are used, which are taken before the rest is solved again, used as nearly as they are."""

FEW = 4000
"""Rings that are left to the integer program, of which it chooses within `CLOSE` of the best."""

CLOSE = 1.0

SECONDS = 8.0
"""On the clock of the wall, for the integer program at most."""


def rounded(pool: Pool, prices: Floats, clock: Clock, seed: int) -> list[Ring]:
    """Disjoint rings out of a pool, about as good as there are."""
    lots = np.random.default_rng(seed)
    pool = replace(pool, worth=pool.worth + BONUS * lots.random(len(pool.worth)))
    rings: list[Ring] = []
    steps = FIRST
    while len(pool.worth) > FEW:
        if clock.left() > 0:
            prices, used = relax(pool, prices, steps)
            pool, steps = replace(pool, used=used), AGAIN
        free, taken = _taken(pool)
        rings += pool.listed(taken)
        pool = pool.part(np.nonzero(free[pool.rings].all(axis=1))[0])
    rest = pool.listed(range(len(pool.worth)))
    limits = np.ones(pool.nobody)
    choice = choose(columns(pool.worth, rest), limits, min(SECONDS, clock.left()), gap=CLOSE) if rest else None
    if choice is not None and choice.values is not None:
        rings += [ring for ring, value in zip(rest, choice.values, strict=True) if value > 0]
    seated = {one for ring in rings for one in ring}
    worth = {ring: worth for ring, worth in zip(rest, pool.worth, strict=True) if seated.isdisjoint(ring)}
    return rings + greedy(list(worth), np.array(list(worth.values())))


def _taken(pool: Pool) -> tuple[Bools, list[int]]:
    """Take rings that share nobody, from the most used down: `PART` of all, and more where they are used nearly whole.

    Returns who is free then (`nobody` always is), and the rows that were taken.
    """
    least = max(1, int(PART * pool.used.sum()))
    free = np.ones(pool.nobody + 1, bool)
    taken: list[int] = []
    for k in np.argsort(-pool.used, kind="stable").tolist():
        if len(taken) >= least and pool.used[k] < NEARLY:
            break
        ring = pool.rings[k]
        if free[ring].all():
            free[ring] = False
            free[pool.nobody] = True
            taken.append(k)
    return free, taken
