"""The most members served: walks over skills, filled with members, and searched where the program is too large.

First the bound (`factored.py`), then rings along the walks that the linear program uses, then a search; where that does
not reach the bound, the whole integer program, and last the program over the rings of members themselves, which alone
knows of blocks.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps import factored
from bot.swaps.packing import FEW, best_rings, count_rings
from bot.swaps.search import Effort, improve

if TYPE_CHECKING:
    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Graph
    from bot.swaps.search import Clock

NEIGHBOURHOOD = 150
"""Members of a part that is solved anew."""

FIRST, MORE = 12, 400
"""Rounds of search before the whole program, and after it."""

TRACTABLE = 20_000
"""Walks of a program that is worth trying whole."""

SMALL = 1500
"""Members up to which all their rings can be written down, if there are not too many."""


def most_members(graph: Graph, max_len: int, clock: Clock, seed: int) -> tuple[list[Ring], float, float]:
    """Return rings that serve the most, how many these are, and the bound."""
    types = ByTypes(graph, max_len, clock)
    chance = random.Random(seed)  # noqa: S311  no secret: the same seed gives the same round
    used, bound = factored.bound_of(types.model, max_len, clock.left)
    rings, served = _search(types, types.greedy(used), FIRST, bound, clock, chance)
    if served < bound and len(used) <= TRACTABLE:
        solution = factored.solve(types.model, max_len, clock.share(0.6), seed)
        bound = min(bound, solution.bound)
        rings, served = max((rings, served), _valued(types, types.rings(solution)), key=lambda one: one[1])
    if served < bound and graph.n <= SMALL and count_rings(values := graph.values(), max_len) <= FEW:
        exact, most = best_rings(values, max_len, clock.share(0.6), start=rings)
        bound = min(bound, float(np.floor(most + 1e-3)))
        rings, served = max((rings, served), _valued(types, exact), key=lambda one: one[1])
    rings, served = _search(types, rings, MORE, bound, clock, chance)
    return rings, served, max(bound, served)


def _valued(types: ByTypes, rings: list[Ring]) -> tuple[list[Ring], float]:
    return rings, sum(types.value(ring) for ring in rings)


def _search(
    types: ByTypes, rings: list[Ring], rounds: int, bound: float, clock: Clock, chance: random.Random
) -> tuple[list[Ring], float]:
    effort = Effort(NEIGHBOURHOOD, rounds, rounds // 2, clock.left, bound)
    return improve(types, rings, types.able, effort, chance)


class ByTypes:
    """Rings of the most members, solved through the types of members (`factored.py`)."""

    def __init__(self, graph: Graph, max_len: int, clock: Clock) -> None:
        self.model = factored.build(graph)
        self.profile = {number: own for own, members in self.model.takers.items() for number in members}
        self.able = set(self.profile)
        self._graph = graph
        self._max_len = max_len
        self._clock = clock
        self._blocked = {frozenset(graph.numbers[one] for one in pair) for pair in graph.known_blocks}

    def value(self, ring: Ring) -> float:
        """How many learn in it."""
        return float(sum(not self._graph.mentors[number] for number in ring))

    def solve(self, members: list[int], seed: int) -> list[Ring]:
        """Rings of the most members among some."""
        model = factored.Model(self.model.nothing)
        for number in members:
            model.takers[self.profile[number]].append(number)
        for kind in sorted({kind for own in model.takers for kind in own}):
            model.rows[kind] = len(model.rows)
        return self.rings(factored.solve(model, self._max_len, min(5.0, self._clock.share(0.5)), seed))

    def rings(self, solution: factored.Solution) -> list[Ring]:
        """Fill the walks with members, so that no blocked ones come to sit beside each other where it can be helped."""
        waiting = {kind: list(members) for kind, members in solution.members.items()}
        found = []
        for walk in solution.walks:
            ring: list[int] = []
            for kind in factored.steps(walk):
                able = waiting[kind]
                fitting = [number for number in able if self._may_sit(ring, number, len(walk))]
                ring.append((fitting or able)[0])
                able.remove(ring[-1])
            if self.is_allowed(tuple(ring)):
                found.append(tuple(ring))
            else:  # who is left over is tried again by the search
                for kind, number in zip(factored.steps(walk), ring, strict=True):
                    waiting[kind].append(number)
        return found

    def _may_sit(self, ring: list[int], number: int, length: int) -> bool:
        beside = ring[-1:] + (ring[:1] if len(ring) == length - 1 else [])
        return all(frozenset((one, number)) not in self._blocked for one in beside)

    def is_allowed(self, ring: Ring) -> bool:
        """Whether nobody in a ring teaches somebody blocked. The last of a chain teaches nobody."""
        return not any(
            frozenset((one, other)) in self._blocked and not self._graph.mentors[other]
            for one, other in zip(ring, (*ring[1:], ring[0]), strict=True)
        )

    def greedy(self, used: list[tuple[float, factored.Walk]]) -> list[Ring]:
        """Take the walks that the linear program uses most, with whoever has the fewest other types."""
        takers: dict[factored.Type, list[int]] = {}
        for number in sorted(self.profile, key=lambda one: (len(self.profile[one]), one)):
            for kind in self.profile[number]:
                takers.setdefault(kind, []).append(number)
        taken: set[int] = set()
        found = []
        for much, walk in sorted(used, key=lambda one: (-one[0], one[1])):
            for _ in range(max(1, round(much))):
                ring: list[int] = []
                for kind in factored.steps(walk):
                    ring += [one for one in takers[kind] if one not in taken and one not in ring][:1]
                if len(ring) < len(walk) or not self.is_allowed(tuple(ring)):
                    break
                taken.update(ring)
                found.append(tuple(ring))
        return found
