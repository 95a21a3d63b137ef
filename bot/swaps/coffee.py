"""Coffee introductions: everybody meets somebody, and nobody twice while that can be helped. Only workers import it.

Groups are pairs, and trios where a number is odd or blocks leave no other way. The program gives first to placing
everybody, then to new acquaintances, then to pairs. It is exact up to `ALL` members; larger communities choose
among the pairs who have met least often, which are plenty.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.packing import columns
from bot.swaps.programs import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bot.swaps.community import MemberId, Pair

ALL = 60
"""Members of whom all pairs are considered; of more, the `NEAR` each who have met least."""

NEAR = 24

TRIOS = 3000
"""Trios that are considered at most."""

PLACED, MET, TRIO = 1000.0, 10.0, 1.0
"""What it is worth to place somebody, and what a repeat and a trio cost."""

MOST_MET = 30
"""Times met, from where on more make no difference: placing somebody is always worth more."""


def introduce(
    members: Sequence[MemberId],
    met: Mapping[Pair, int],
    *,
    blocked: Iterable[Pair] = (),
    seed: int = 0,
    seconds: float = 20.0,
) -> list[tuple[MemberId, ...]]:
    """Return groups of two or three; `met` says how often two have met. The same for the same seed.

    Only who is blocked with everybody, or alone, is in no group.
    """
    chance = random.Random(seed)  # noqa: S311  no secret
    order = chance.sample(list(members), len(members))
    apart = set(blocked)

    def cost(one: int, other: int) -> float:
        pair = frozenset((order[one], order[other]))
        return float("inf") if pair in apart else MET * min(met.get(pair, 0), MOST_MET)

    groups = [*_pairs(len(order), cost), *_trios(len(order), cost, chance)]
    if not groups:
        return []
    worth = [
        PLACED * len(group) - TRIO * (len(group) - 2) - sum(cost(a, b) for a, b in itertools.combinations(group, 2))
        for group in groups
    ]
    choice = choose(columns(worth, groups), np.ones(len(order)), seconds, gap=0.5, seed=seed)
    if choice.values is None:
        return []
    return [tuple(order[one] for one in group) for group, taken in zip(groups, choice.values, strict=True) if taken > 0]


def _pairs(n: int, cost: Callable[[int, int], float]) -> list[tuple[int, ...]]:
    """Pairs who are not blocked: all, or of many members the cheapest of each."""
    if n <= ALL:
        return [pair for pair in itertools.combinations(range(n), 2) if cost(*pair) < float("inf")]
    found = set()
    for one in range(n):
        others = sorted((cost(one, other), (other - one) % n, other) for other in range(n) if other != one)[:NEAR]
        found |= {(min(one, other), max(one, other)) for price, _, other in others if price < float("inf")}
    return sorted(found)


def _trios(n: int, cost: Callable[[int, int], float], chance: random.Random) -> list[tuple[int, ...]]:
    """Trios without a block: all of a few members, else some by lot, those who have not met before others."""
    every = itertools.combinations(range(n), 3)
    some = list(every) if n <= 26 else [tuple(sorted(chance.sample(range(n), 3))) for _ in range(3 * TRIOS)]
    priced = sorted((sum(cost(a, b) for a, b in itertools.combinations(trio, 2)), trio) for trio in set(some))
    return [trio for price, trio in priced[:TRIOS] if price < float("inf")]
