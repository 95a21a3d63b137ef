"""Other ways to the same answers, written from the rules as the README of a contest would state them.

`python -m tests.swap_oracles` is a process of its own: it reads a problem from standard input and solves it with
CP-SAT, which cannot live in one process with HiGHS.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from typing import TYPE_CHECKING, Any

from bot.swaps.community import Community, Member, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

SKILLS = "rag python evaluation agents design pgvector".split()


def small(seed: int, n: int, *, mentors: float = 0.0, skills: int = 6, blocks: int = 3) -> Community:
    """A community with all kinds of oddities."""
    chance = random.Random(seed)
    names = [f"{SKILLS[k % 6]} {k // 6}" for k in range(skills)]
    members = []
    for number in range(n):
        offers = chance.sample(names, chance.randint(1, min(2, skills)))
        wants = [] if chance.random() < mentors else chance.sample(names, chance.randint(1, min(2, skills)))
        members.append(
            Member(
                f"m{number}",
                {skill: chance.randint(1, 5) for skill in offers if chance.random() > 0.05},
                {skill: chance.randint(1, 3) for skill in wants},
                chance.choice((-11, -8, 0, 1, 5.5, 9, 12)),
                frozenset(chance.choice((("en",), ("de", "en"), ("de",), ("es", "en")))),
                chance.choice((0, 0, 1, 4)),
            )
        )
    ids = [member.id for member in members]
    some = [(chance.choice(ids), chance.choice(ids)) for _ in range(blocks)]
    met = [(chance.choice(ids), chance.choice(ids)) for _ in range(n)]
    return Community(tuple(members), pairs(some), pairs(met))


def arc(community: Community, u: Member, v: Member, objective: str) -> float | None:
    """What it is worth that u teaches v; None where it may not be."""
    if u.id == v.id or frozenset((u.id, v.id)) in community.blocked:
        return None
    shared = [v.wants[s] / 3 * u.offers[s] / 5 for s in u.offers if s in v.wants]
    if not shared:
        return None
    if objective == "members":
        return 1.0
    apart = abs(u.tz_offset - v.tz_offset) % 24
    apart = min(apart, 24 - apart)
    if apart > 9 or not u.langs & v.langs:
        return None
    new = 0.0 if frozenset((u.id, v.id)) in community.history else 0.2
    return 1 + 0.6 * max(shared) + 0.4 * (1 - apart / 10) + new + 0.05 * v.rounds_waiting


def units(community: Community, max_len: int, objective: str) -> Iterator[tuple[tuple[int, ...], float]]:
    """Every ring and every chain with what it is worth."""
    members = community.members
    for length in range(2, max_len + 1):
        for order in itertools.permutations(range(len(members)), length):
            worth = [arc(community, members[a], members[b], objective) for a, b in itertools.pairwise(order)]
            if None in worth:
                continue
            total = sum(value for value in worth if value is not None)
            head = members[order[0]]
            if head.offers and not head.wants:
                yield order, total
            elif order[0] == min(order):
                back = arc(community, members[order[-1]], head, objective)
                if back is not None:
                    yield order, total + back


def brute_force(community: Community, max_len: int, objective: str, yes: float = 1.0) -> float:
    """The greatest value of disjoint rings and chains in which all say yes, by trying them all."""
    best: dict[frozenset[int], float] = {}
    for order, worth in units(community, max_len, objective):
        best[frozenset(order)] = max(worth * yes ** len(order), best.get(frozenset(order), 0.0))
    by_first: dict[int, list[tuple[frozenset[int], float]]] = {}
    for group, worth in best.items():
        by_first.setdefault(min(group), []).append((group, worth))

    def from_there(first: int, taken: frozenset[int]) -> float:
        if first == len(community.members):
            return 0.0
        found = from_there(first + 1, taken)
        if first not in taken:
            for group, worth in by_first.get(first, ()):
                if not group & taken:
                    found = max(found, worth + from_there(first + 1, taken | group))
        return found

    return from_there(0, frozenset())


def cp_sat(groups: list[tuple[list[int], float]]) -> float:
    """The same by CP-SAT, which is exact in thousandths."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _ in groups]
    for number in {number for group, _ in groups for number in group}:
        model.add_at_most_one(one for one, (group, _) in zip(chosen, groups, strict=True) if number in group)
    model.maximize(sum(round(worth * 100_000) * one for one, (_, worth) in zip(chosen, groups, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    if solver.solve(model) != cp_model.OPTIMAL:
        raise RuntimeError("CP-SAT did not get to the end")
    return solver.objective_value / 100_000


if __name__ == "__main__":
    problems: list[Any] = json.load(sys.stdin)
    print(json.dumps([cp_sat([(group, worth) for group, worth in problem]) for problem in problems]))
