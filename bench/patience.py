"""Twelve rounds in a community with scarce skills: who is never served. `python -m bench.patience [MEMBERS]`.

Each round is solved as the product does: the rounds that everybody has waited count, and who was never served and has
few rings goes first. Each member says yes with a fixed chance, and rings that somebody leaves are repaired. Who has met
is no news any more, and nobody teaches the same person the same twice. Beside it the same without patience (neither
counts), and those whom no ring of three can serve whatever is done: below their share nobody comes.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from bench.communities import community
from bot.swaps.community import Community
from bot.swaps.fitting import urgency
from bot.swaps.graph import Graph
from bot.swaps.repair import repair
from bot.swaps.rings import solve
from bot.swaps.scarce import few_rings_first
from bot.swaps.solving import LONGEST_RING

if TYPE_CHECKING:
    from bot.swaps.community import Member, MemberId, Pair

ROUNDS, REPAIRS, YES = 12, 4, 0.8
SECONDS = 10.0
SEED = 7
MEMBERS = 1000
ALLOWED = 0.07


@dataclass(slots=True)
class Life:
    """A community that lives through its rounds."""

    members: dict[MemberId, Member]
    chance: random.Random
    is_patient: bool
    blocked: set[Pair]
    met: set[Pair]
    served: set[MemberId] = field(default_factory=set)
    waited: Counter[MemberId] = field(default_factory=Counter)
    taught: set[tuple[MemberId, MemberId, str]] = field(default_factory=set)

    def now(self) -> Community:
        """The community as the next round finds it."""
        some = tuple(self.members.values())
        if self.is_patient:
            some = tuple(replace(one, rounds_waiting=urgency(self.waited[one.id])) for one in some)
        whole = Community(some, frozenset(self.blocked), frozenset(self.met))
        return few_rings_first(whole, self.served) if self.is_patient else whole

    def teach(self, teacher: MemberId, learner: MemberId) -> None:
        """Let somebody be taught, and what comes of it for the next rounds."""
        one, other = self.members[teacher], self.members[learner]
        pair = frozenset((teacher, learner))
        shared = one.offers.keys() & other.wants.keys()
        new = {skill for skill in shared if (teacher, learner, skill) not in self.taught}
        skill = min(new, key=lambda skill: (-other.wants[skill] * one.offers[skill], skill))
        self.taught.add((teacher, learner, skill))
        self.met.add(pair)
        if new == {skill}:
            self.blocked.add(pair)
        self.served.add(learner)

    def live_through(self, number: int) -> float:
        """One round with its answers and repairs; returns the processor seconds of solving it."""
        now = self.now()
        solved = solve(now, max_len=LONGEST_RING, objective="weighted", seconds=SECONDS, seed=number, yes=YES)
        rings: list[tuple[MemberId, ...]] = list(solved.rings)
        said_yes: set[MemberId] = set()
        declined: set[MemberId] = set()
        for again in range(REPAIRS + 1):
            asked = {one for ring in rings for one in ring} - said_yes - declined
            for one in sorted(asked, key=str):
                (said_yes if self.chance.random() < YES else declined).add(one)
            if again < REPAIRS:
                after = repair(now, rings, said_yes=said_yes, declined=declined)
                rings = [*after.kept, *after.new]
        done = [ring for ring in rings if said_yes.issuperset(ring)]
        happy = {one for ring in done for one in ring}
        for ring in done:
            for teacher, learner in zip(ring, (*ring[1:], ring[0]), strict=True):
                self.teach(teacher, learner)
        for one in self.members:
            self.waited[one] = 0 if one in happy else self.waited[one] + 1
        return solved.seconds


def without_ring(some: Community) -> int:
    """Members in no ring of two or three."""
    arcs = np.isfinite(Graph(some, "weighted").values()).astype(np.float32)
    twice = arcs @ arcs
    return int(np.sum((np.diag(twice) == 0) & (np.sum(twice * arcs.T, axis=1) == 0)))


def main(n: int) -> None:
    """Print who was never served after each round, both ways."""
    some = community("scarce", n, SEED)
    least = without_ring(some)
    print(f"{n:,} members with scarce skills, {YES:.0%} say yes; {least / n:.1%} are in no ring of three;", end=" ")
    print(f"allowed after {ROUNDS} rounds: {least / n + ALLOWED:.1%}")
    for is_patient in (False, True):
        known = {member.id: member for member in some.members}
        chance = random.Random(SEED)  # noqa: S311  made up
        life = Life(known, chance, is_patient, set(some.blocked), set(some.history))
        began = time.process_time()
        never = []
        for number in range(ROUNDS):
            life.live_through(number)
            never.append(f"{1 - len(life.served) / n:.1%}")
        name = "with patience" if is_patient else "without"
        print(f"  {name}: never served {' '.join(never)}; {time.process_time() - began:.0f} CPU-seconds", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS)
