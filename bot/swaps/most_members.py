"""The most members served: walks over skills, filled with members, and searched where the program is too large.

First the bound (`factored.py`), then dives from the linear program's solutions (`diving.py`), then a search; where that
does not reach the bound, the whole integer program, and last the program over the rings of members themselves, which
alone knows of blocks.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps import factored
from bot.swaps.cycles import Sizes
from bot.swaps.diving import dive
from bot.swaps.packing import FEW, best_rings, count_rings
from bot.swaps.search import Effort, improve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Graph
    from bot.swaps.search import Clock

NEIGHBOURHOODS = (800, 600, 400, 250, 150)
"""Members of a part that is solved anew: the first of these with few walks. Sparse ones are wide."""

EASY = 600
"""Walks of a part that is solved in a moment."""

SLICE = 2.0
"""Seconds for one part."""

DIVES = 4
"""From the linear program, each into another of its solutions."""

FIRST, MORE = 20, 400
"""Rounds of search before the whole program, and after it."""

TRACTABLE = 20_000
"""Walks of a program that is worth trying whole."""

SMALL = 1500
"""Members up to which all their rings can be written down, if there are not too many."""


def most_members(graph: Graph, max_len: int, clock: Clock, seed: int) -> tuple[list[Ring], float, float]:
    """Return rings that serve the most, how many these are, and the bound."""
    types = ByTypes(graph, max_len, clock)
    chance = random.Random(seed)  # noqa: S311  no secret: the same seed gives the same round
    walks, bound = factored.bound_of(types.model, max_len, lambda: clock.share(0.5))
    rings, served = _dive(types, walks, bound, clock, seed)
    rings, served = _search(types, rings, FIRST, bound, clock, chance)
    if served < bound and len(walks) <= TRACTABLE:
        solution = factored.solve(types.model, max_len, clock.share(0.6), seed)
        bound = min(bound, solution.bound)
        rings, served = max((rings, served), _valued(types, types.rings(solution)), key=lambda one: one[1])
    if served < bound and graph.n <= SMALL and count_rings(values := graph.values(), max_len) <= FEW:
        exact, most = best_rings(values, Sizes(max_len), clock.share(0.6), start=rings)
        bound = min(bound, float(np.floor(most + 1e-3)))
        rings, served = max((rings, served), _valued(types, exact), key=lambda one: one[1])
    rings, served = _search(types, rings, MORE, bound, clock, chance)
    return rings, served, max(bound, served)


def _dive(
    types: ByTypes, walks: list[factored.Walk], bound: float, clock: Clock, seed: int
) -> tuple[list[Ring], float]:
    """The best of some dives; after the first one only while there is time for another."""
    best: tuple[list[Ring], float] = [], -1.0
    for number in range(DIVES):
        before = clock.left()
        rings = dive(types, walks, NEIGHBOURHOODS[-1], lambda: clock.share(0.8), seed + number)
        best = max(best, _valued(types, rings), key=lambda one: one[1])
        if best[1] >= bound or clock.left() < 3 * (before - clock.left()):
            break
    return best


def _valued(types: ByTypes, rings: list[Ring]) -> tuple[list[Ring], float]:
    return rings, sum(types.value(ring) for ring in rings)


def _search(
    types: ByTypes, rings: list[Ring], rounds: int, bound: float, clock: Clock, chance: random.Random
) -> tuple[list[Ring], float]:
    effort = Effort(types.size, rounds, rounds // 2, clock.left, bound)
    return improve(types, rings, types.able, effort, chance)


class ByTypes:
    """Rings of the most members, solved through the types of members (`factored.py`)."""

    def __init__(self, graph: Graph, max_len: int, clock: Clock) -> None:
        self.model = factored.build(graph)
        self.profile = {number: own for own, members in self.model.takers.items() for number in members}
        self.able = set(self.profile)
        self._graph = graph
        self.max_len = max_len
        self._clock = clock
        self.size = self._easy()
        self._blocked = {frozenset(graph.numbers[one] for one in pair) for pair in graph.known_blocks}

    def value(self, ring: Ring) -> float:
        """How many learn in it."""
        return float(sum(not self._graph.mentors[number] for number in ring))

    def _easy(self) -> int:
        """How many members make a part that is solved in a moment: of so many by lot, the most with few walks."""
        lots = random.Random(0).sample(sorted(self.able), len(self.able))  # noqa: S311  any, and always the same
        for size in NEIGHBOURHOODS:
            walks, complete = factored.all_walks(self.part(lots[:size]), self.max_len)
            if complete and len(walks) <= EASY:
                return size
        return NEIGHBOURHOODS[-1]

    def part(self, members: list[int]) -> factored.Model:
        """The model of some members alone."""
        model = factored.Model(self.model.nothing)
        for number in members:
            model.takers[self.profile[number]].append(number)
        for kind in sorted({kind for own in model.takers for kind in own}):
            model.rows[kind] = len(model.rows)
        return model

    def solve(self, members: list[int], seed: int) -> list[Ring]:
        """Rings of the most members among some."""
        seconds = min(SLICE, self._clock.share(0.5))
        return self.rings(factored.solve(self.part(members), self.max_len, seconds, seed))

    def rings(self, solution: factored.Solution) -> list[Ring]:
        """Fill the walks with members. Whom blocks leave over is tried again by the search."""
        taken: set[int] = set()
        found = []
        for walk in solution.walks:
            ring = self.seat(walk, solution.members, taken)
            if ring is not None:
                found.append(ring)
                taken.update(ring)
        return found

    def seat(self, walk: factored.Walk, able: Mapping[factored.Type, list[int]], taken: set[int]) -> Ring | None:
        """Fill a walk with the first who are `able` to take its types and not `taken`; None if blocks leave nobody."""
        ring: list[int] = []
        for kind in factored.steps(walk):
            fitting = (
                number
                for number in able.get(kind, ())
                if number not in taken and number not in ring and self._may_sit(ring, number, len(walk))
            )
            number = next(fitting, None)
            if number is None:
                return None
            ring.append(number)
        return tuple(ring)

    def _may_sit(self, ring: list[int], number: int, length: int) -> bool:
        """Whether somebody may be taught by the last of a ring so far, and teach the first if the ring is full then.

        The last of a chain teaches nobody.
        """
        beside = [(ring[-1], number)] if ring else []
        beside += [(number, ring[0])] if len(ring) == length - 1 else []
        return not any(frozenset(two) in self._blocked and not self._graph.mentors[two[1]] for two in beside)
