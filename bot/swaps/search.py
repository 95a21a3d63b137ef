"""Making a set of rings better, a neighbourhood at a time: take some rings apart and put their members together anew.

Which is done by an exact program each time, so that a neighbourhood is never left worse and mostly left at its best.
(Annealing over single exchanges, which this replaced, needs a thousand times as many steps for the same gain.)
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from bot.swaps.cycles import Ring

NOTHING = 1e-6
"""A gain that is none."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The processor time that a solution may take, whoever else keeps the machine busy; ends at a reading of it."""

    ends: float

    @classmethod
    def of(cls, seconds: float) -> Clock:
        """The clock of so many seconds from now."""
        return cls(time.process_time() + seconds)

    def left(self) -> float:
        """Seconds that are left."""
        return self.ends - time.process_time()

    def share(self, part: float) -> float:
        """A part of the seconds that are left."""
        return max(0.0, self.left() * part)


class Problem(Protocol):
    """What a search needs to know of a community."""

    def value(self, ring: Ring) -> float:
        """What a ring is worth."""
        ...

    def solve(self, members: list[int], seed: int) -> list[Ring]:
        """The best rings among some members, or good ones."""
        ...


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search: neither the number of rounds nor the seconds are exceeded, nor the bound."""

    size: int  # of a neighbourhood, in members
    rounds: int
    stale: int  # rounds without a gain after which nothing more is expected
    left: Callable[[], float]
    bound: float


def improve(
    problem: Problem, rings: list[Ring], able: set[int], effort: Effort, chance: random.Random
) -> tuple[list[Ring], float]:
    """Return better rings of the members that are `able`, and their value; the same for the same chance and rounds."""
    rings = list(rings)
    value = sum(problem.value(ring) for ring in rings)
    free = able - {number for ring in rings for number in ring}
    stale = 0
    for number in range(effort.rounds):
        if value >= effort.bound - NOTHING or stale >= effort.stale or effort.left() <= 0:
            break
        chance.shuffle(rings)
        members = chance.sample(sorted(free), min(len(free), effort.size // 3))
        apart, before = 0, 0.0
        while apart < len(rings) and len(members) < effort.size:
            members += rings[apart]
            before += problem.value(rings[apart])
            apart += 1
        again = problem.solve(sorted(members), number)
        gain = sum(problem.value(ring) for ring in again) - before
        stale = 0 if gain > NOTHING else stale + 1
        if gain >= -NOTHING:  # equal ones are taken, too: they lead elsewhere
            rings = rings[apart:] + again
            free = (free | set(members)) - {one for ring in again for one in ring}
            value += gain
    return rings, value
