"""Rounds of rings: every arc as the rules say, as good as other ways find, never above the bound."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.workers import WorkerPool
from bench import communities
from bot.swaps import factored, first_order, fitting, thin
from bot.swaps.community import Community, Member, pairs
from bot.swaps.cycles import Sizes, dear_rings
from bot.swaps.graph import Graph, Objective
from bot.swaps.packing import columns, worth
from bot.swaps.programs import relax
from bot.swaps.rings import Round, solve
from tests.swap_oracles import arc, brute_force, small, units

ROOT = Path(__file__).parent.parent
OBJECTIVES: tuple[Objective, ...] = ("members", "weighted")


def check(community: Community, solved: Round, max_len: int, objective: Objective, yes: float = 1.0) -> None:
    """Everything that is promised of any round."""
    known = {member.id: member for member in community.members}
    taken = [one for group in (*solved.rings, *solved.chains) for one in group]
    assert len(taken) == len(set(taken))
    value = 0.0
    for ring in solved.rings:
        assert 2 <= len(ring) <= max_len
        for one, other in zip(ring, (*ring[1:], ring[0]), strict=True):
            worth = arc(community, known[one], known[other], objective)
            assert worth is not None
            value += worth * yes ** len(ring)
    for chain in solved.chains:
        assert 2 <= len(chain) <= max_len
        assert not known[chain[0]].wants
        for one, other in itertools.pairwise(chain):
            worth = arc(community, known[one], known[other], objective)
            assert worth is not None
            value += worth * yes ** len(chain)
    assert solved.objective == pytest.approx(value, abs=1e-3)
    assert solved.served == sum(map(len, solved.rings)) + sum(len(chain) - 1 for chain in solved.chains)
    assert solved.objective <= solved.bound + 1e-3
    assert 0 <= solved.gap <= 1


def test_where_memory_is_short_a_round_still_has_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*given: object) -> None:
        raise MemoryError(given)

    some = communities.community("popular", 60, seed=1)
    monkeypatch.setattr(highspy.Highs, "changeColsIntegrality", exhausted)
    found = solve(some, objective="weighted", seconds=5)
    check(some, found, 3, "weighted")
    assert found.served > 30


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("max_len", [2, 3, 4])
def test_a_round_is_the_best_of_all(objective: Objective, max_len: int) -> None:
    for seed in range(6):
        community = small(seed, 9, mentors=0.15 * (seed % 3))
        solved = solve(community, max_len=max_len, objective=objective, seed=seed)
        check(community, solved, max_len, objective)
        best = brute_force(community, max_len, objective)
        assert solved.bound >= best - 1e-3
        assert solved.objective == pytest.approx(best, abs=1e-3)


@pytest.mark.parametrize("yes", [0.9, 0.5])
def test_rings_count_by_the_chance_that_all_say_yes(yes: float) -> None:
    pairs_of_all = []
    for seed in range(6):
        community = small(seed, 9, mentors=0.15 * (seed % 3))
        for chance in (1.0, yes):
            solved = solve(community, objective="weighted", seed=seed, yes=chance)
            check(community, solved, 3, "weighted", chance)
            best = brute_force(community, 3, "weighted", chance)
            assert solved.bound >= best - 1e-3
            assert solved.objective == pytest.approx(best, abs=1e-3)
            pairs_of_all.append(sum(len(ring) == 2 for ring in (*solved.rings, *solved.chains)))
    assert sum(pairs_of_all[1::2]) > sum(pairs_of_all[::2])


@pytest.mark.parametrize(("max_len", "objective"), [(4, "weighted"), (3, "members")])
def test_the_chance_of_a_yes_counts_where_it_is_reckoned_with(max_len: int, objective: Objective) -> None:
    with pytest.raises(ValueError, match="only weighted rings of 2 and 3"):
        solve(small(0, 9), max_len=max_len, objective=objective, yes=0.8)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_blocks_are_hard_where_they_cost_the_most(objective: Objective) -> None:
    for seed in range(6):
        community = small(seed, 9, skills=2, blocks=14)
        solved = solve(community, objective=objective, seed=seed)
        check(community, solved, 3, objective)
        assert solved.objective == pytest.approx(brute_force(community, 3, objective), abs=1e-3)


def test_another_solver_finds_nothing_better() -> None:
    asked = [(small(seed, 60, skills=12, mentors=0.05), objective) for seed in range(2) for objective in OBJECTIVES]
    problems = [[(list(order), worth) for order, worth in units(one, 3, objective)] for one, objective in asked]
    done = subprocess.run(
        [sys.executable, "-m", "tests.swap_oracles"],
        input=json.dumps(problems),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for (community, objective), best in zip(asked, json.loads(done.stdout), strict=True):
        solved = solve(community, objective=objective)
        check(community, solved, 3, objective)
        assert solved.bound >= best - 1e-3
        assert solved.objective >= (best - 1e-3 if objective == "members" else 0.995 * best)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 40),
    skills=st.integers(1, 20),
    objective=st.sampled_from(OBJECTIVES),
    max_len=st.integers(2, 4),
)
def test_any_round_keeps_the_rules(seed: int, n: int, skills: int, objective: Objective, max_len: int) -> None:
    community = small(seed, n, mentors=0.1, skills=skills, blocks=n)
    solved = solve(community, max_len=max_len, objective=objective, seed=seed, seconds=5)
    check(community, solved, max_len, objective)


def test_the_same_seed_gives_the_same_round() -> None:
    for objective in OBJECTIVES:
        community = small(5, 80, skills=8)
        first, again = (solve(community, objective=objective, seed=3) for _ in range(2))
        assert (first.rings, first.chains, first.objective, first.bound) == (
            again.rings,
            again.chains,
            again.objective,
            again.bound,
        )


def test_large_communities_are_put_together_from_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.swaps import rings, weighing

    community = small(1, 120, skills=10)
    whole = solve(community, objective="weighted")
    monkeypatch.setattr(rings, "WHOLE", 50)
    monkeypatch.setattr(rings, "HELD", 50)
    monkeypatch.setattr(weighing, "BLOCK", 50)
    solved = solve(community, objective="weighted")
    check(community, solved, 3, "weighted")
    assert solved.bound >= whole.objective - 1e-3
    assert solved.objective >= 0.75 * whole.objective  # blocks of 50 are small ones


@pytest.mark.parametrize(("max_len", "arcs"), [(2, "few"), (3, "few"), (3, "many"), (4, "many")])
def test_large_communities_are_weighed_by_pools_of_rings(
    max_len: int, arcs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.swaps import rings

    community = small(1, 120, skills=10, mentors=0.1)
    whole = solve(community, objective="weighted", max_len=max_len, seconds=2)
    monkeypatch.setattr(rings, "WHOLE", 50)
    if arcs == "many":
        monkeypatch.setattr(thin, "MOST", 0)
    solved = solve(community, objective="weighted", max_len=max_len, seconds=2)
    check(community, solved, max_len, "weighted")
    assert solved.bound >= whole.objective - 1e-3
    assert solved.objective >= 0.97 * whole.objective


@pytest.mark.parametrize("most", [0, thin.MOST])
def test_pools_of_rings_prove_no_less_than_the_best_of_all(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.swaps import rings, rounding

    monkeypatch.setattr(rings, "WHOLE", 0)
    monkeypatch.setattr(thin, "MOST", most)
    monkeypatch.setattr(rounding, "FEW", 5)  # or else the integer program would do all the rounding
    for seed, max_len, yes in ((0, 3, 1), (1, 2, 1), (2, 3, 1), (4, 3, 1), (0, 3, 0.5), (2, 3, 0.8), (1, 2, 0.8)):
        community = small(seed, 9, mentors=0.15 * (seed % 3), skills=2 + seed % 4)
        solved = solve(community, max_len=max_len, objective="weighted", seed=seed, seconds=0.6, yes=yes)
        check(community, solved, max_len, "weighted", yes)
        assert solved.bound >= brute_force(community, max_len, "weighted", yes) - 1e-3


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), n=st.integers(2, 14), max_len=st.integers(2, 3), pair=st.sampled_from([1.0, 1.25, 2.0])
)
def test_pricing_over_a_list_of_arcs_names_every_ring_that_is_not_paid_for(
    seed: int, n: int, max_len: int, pair: float
) -> None:
    values = Graph(small(seed, n, skills=3), "weighted").values()
    prices = np.random.default_rng(seed).uniform(0, 2 * pair, n)
    values_of = {
        order: sum(float(values[a, b]) for a, b in zip(order, (*order[1:], order[0]), strict=True))
        * (pair if length == 2 else 1)
        for length in range(2, max_len + 1)
        for order in itertools.permutations(range(n), length)
        if order[0] == min(order)
    }
    unpaid = {ring for ring, value in values_of.items() if value > sum(prices[list(ring)]) + 1e-4}
    arcs = thin.arcs_of(values, Sizes(max_len, pair))
    assert arcs is not None
    dear = thin.dear_rings(arcs, prices, 1e-4)
    assert dear is not None
    assert {tuple(one for one in ring if one < n) for ring in dear[0].tolist()} == unpaid
    raised = thin.pay(prices, *dear)
    assert all(value <= sum(raised[list(ring)]) + 2e-4 for ring, value in values_of.items())


def test_a_first_order_method_comes_to_what_an_interior_point_does() -> None:
    values = Graph(small(3, 80, skills=8), "weighted").values()
    rings = sorted(dear_rings(np.where(values > 0, values, -np.inf), np.zeros(80), Sizes(3), 10))
    worths = np.array([worth(values, ring, Sizes(3)) for ring in rings])
    pool = first_order.Pool(first_order.padded(rings, 80, 3), worths, np.zeros(len(rings)), 80)
    prices, used = first_order.relax(pool, np.ones(80), 2000)
    exact = relax(columns(worths, rings), np.ones(80), 10)
    assert exact is not None
    assert prices.sum() == pytest.approx(exact.prices.sum(), rel=2e-3)
    assert worths @ used == pytest.approx(exact.prices.sum(), rel=2e-3)
    assert pool.load(used)[:80].max() < 1.05
    assert pool.above(prices).max() < 0.05


def test_rows_in_bulk_say_what_the_rules_say_pair_by_pair() -> None:
    community = small(2, 40, mentors=0.2)
    for objective in OBJECTIVES:
        graph = Graph(community, objective)
        values = graph.values()
        for (i, u), (j, v) in itertools.product(enumerate(community.members), repeat=2):
            if u.wants and v.is_mentor:
                assert values[i, j] == 0
                continue
            worth = arc(community, u, v, objective)
            assert values[i, j] == pytest.approx(float("-inf") if worth is None else worth, abs=1e-5)
            if objective == "weighted":
                assert fitting.may_teach(community, u, v) == (worth is not None)
                assert worth is None or fitting.weight(community, u, v) == pytest.approx(worth)
            else:
                assert fitting.has_arc(community, u, v) == (worth is not None)


def test_pricing_walks_over_skills_finds_what_writing_them_all_down_finds() -> None:
    for seed in range(5):
        model = factored.build(Graph(small(seed, 60, skills=12, mentors=0.1), "members"))
        whole, complete = factored.all_walks(model, 3)
        assert complete
        two = [walk for walk in whole if len(walk) == 2]
        grown, bound = factored.grow(model, 3, list(two), lambda: 30.0)
        _, best = factored.bound_of(model, 3, lambda: 30.0)
        assert int(bound + 1e-3) == int(best)
        assert set(grown) <= set(whole)


def test_nobody_and_nothing_in_common() -> None:
    alone = Community((Member(1, {"a": 3}, {"b": 2}),))
    strangers = Community((Member(1, {"a": 3}, {"b": 2}), Member(2, {"c": 3}, {"d": 2})))
    for community in (Community(()), alone, strangers):
        for objective in OBJECTIVES:
            solved = solve(community, objective=objective)
            assert (solved.rings, solved.served, solved.bound, solved.gap) == ((), 0, 0, 0)


def test_a_chain_begins_with_a_mentor_and_may_end_with_who_has_nothing_to_give() -> None:
    members = (
        Member("mentor", {"a": 5}, {}),
        Member("ana", {"b": 3}, {"a": 2}),
        Member("lee", {}, {"b": 1}),
    )
    solved = solve(Community(members))
    assert (solved.rings, solved.chains, solved.served) == ((), (("mentor", "ana", "lee"),), 2)
    blocked = solve(Community(members, pairs([("mentor", "lee")])))
    assert blocked.chains == solved.chains  # the two never meet


@pytest.mark.parametrize("objective", OBJECTIVES)
async def test_a_worker_has_room_for_a_round_of_a_thousand(objective: Objective) -> None:
    community = small(1, 1000, skills=40)
    pool = WorkerPool()
    try:
        solved = await pool.run("tests.test_rings:solve_briefly", community, objective, timeout=120)
    finally:
        await pool.close()
    check(community, solved, 3, objective)
    assert solved.gap < 0.2


async def test_a_community_whose_arcs_a_worker_cannot_hold_is_solved_in_blocks() -> None:
    community = small(1, 7000, skills=300)
    pool = WorkerPool()
    try:
        solved = await pool.run("tests.test_rings:solve_briefly", community, "weighted", timeout=240)
    finally:
        await pool.close()
    check(community, solved, 3, "weighted")
    assert solved.served > 0


def solve_briefly(community: Community, objective: Objective) -> Round:
    return solve(community, objective=objective, seconds=2)
