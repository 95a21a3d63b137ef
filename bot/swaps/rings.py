"""Solving a round: disjoint rings in which each teaches the next, as many or as good as can be, and a bound on that.

`solve` is what a worker process runs: it needs numpy and HiGHS, and a second or a minute. A chain is solved as a ring
through its mentor (`fitting.py`) and told apart at the end. *Served* are those who learn: everybody in a ring, and
everybody in a chain but the mentor who begins it.

The result is the same for the same community, options and seed, unless `seconds` cut the search short.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.swaps.cycles import Sizes, rotated
from bot.swaps.graph import Graph
from bot.swaps.most_members import most_members
from bot.swaps.search import Clock
from bot.swaps.weighing import greatest_by_samples, greatest_in_blocks, greatest_weight

if TYPE_CHECKING:
    from bot.swaps.community import Community, MemberId
    from bot.swaps.cycles import Ring
    from bot.swaps.graph import Objective

WHOLE = 2500
"""Members of whom every ring is looked at; of more, rings along the dearest arcs."""

HELD = 10_500
"""Members whose arcs are held in memory (4 bytes each); larger communities are in blocks."""

BESIDE = 400 << 20
"""Bytes of address space that a process needs beside the arcs."""

SPARE = 0.3
"""Seconds kept for putting the answer together."""


@dataclass(frozen=True, slots=True)
class Round:
    """A solved round."""

    rings: tuple[tuple[MemberId, ...], ...]  # each teaches the next, the last the first
    chains: tuple[tuple[MemberId, ...], ...]  # each teaches the next; the first is a mentor
    served: int  # who learns
    objective: float
    bound: float  # what no round of this community can be worth more than
    gap: float  # (bound - objective) / bound; 0 is proven to be the best
    seconds: float  # of processor time
    seed: int


def solve(
    community: Community,
    *,
    max_len: int = 3,
    objective: Objective = "members",
    seconds: float = 60.0,
    seed: int = 0,
    yes: float = 1.0,
) -> Round:
    """Find the rings and chains of 2 to `max_len` members (2, 3 or 4), in about `seconds` of processor time at most.

    With a chance of a `yes` below 1, a ring of k members is worth yes^k of the sum of its weights: what it is expected
    to bring if each of them has to say so. Not for rings of four, nor where served members are counted.
    """
    if max_len not in {2, 3, 4}:
        raise ValueError(f"rings have 2, 3 or 4 members, not {max_len}")
    if yes < 1 and (max_len == 4 or objective == "members"):
        raise ValueError("only weighted rings of 2 and 3 members count by the chance of a yes")
    sizes, scale = Sizes(max_len, 1 / yes), yes**3
    began = time.process_time()
    graph = Graph(community, objective)
    clock = Clock.of(max(0.0, seconds - SPARE))
    if objective == "members":
        rings, value, bound = most_members(graph, max_len, clock, seed)
    elif graph.n <= WHOLE:
        rings, value, bound = greatest_weight(graph, sizes, clock, seed)
    elif graph.n <= HELD and 4 * graph.n**2 + BESIDE <= _room():
        rings, value, bound = greatest_by_samples(graph, sizes, clock, seed)
    else:
        rings, value, bound = greatest_in_blocks(graph, sizes, clock, seed)
    return _round(graph, rings, scale * value, scale * bound, time.process_time() - began, seed)


def _room() -> float:
    """Bytes of address space that this process may have; workers have a limit, so that no job takes a machine's all."""
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return float("inf") if soft == resource.RLIM_INFINITY else soft


def _round(graph: Graph, rings: list[Ring], value: float, bound: float, seconds: float, seed: int) -> Round:
    ids = [member.id for member in graph.community.members]
    circles: list[tuple[MemberId, ...]] = []
    chains: list[tuple[MemberId, ...]] = []
    for ring in sorted(rotated(ring) for ring in rings):
        heads = [at for at, number in enumerate(ring) if graph.mentors[number]]
        for head, end in zip(heads, [*heads[1:], len(ring) + (heads or [0])[0]], strict=False):
            chains.append(tuple(ids[(ring + ring)[k]] for k in range(head, end)))
        if not heads:
            circles.append(tuple(ids[number] for number in ring))
    served = sum(len(ring) for ring in circles) + sum(len(chain) - 1 for chain in chains)
    bound = max(bound, value)
    gap = (bound - value) / bound if bound > 0 else 0.0
    return Round(tuple(circles), tuple(chains), served, value, bound, gap, seconds, seed)
