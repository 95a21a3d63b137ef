"""Mentors and times for many requests at once: the auction against the proven optimum, and what it must never do."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
import scipy.optimize
import scipy.sparse
from hypothesis import given

from bench.mentoring import community
from bot.mentoring.assigning import Wishes, assign

if TYPE_CHECKING:
    from collections.abc import Sequence


def worth(requests: Sequence[Wishes], taken: Sequence[int | None]) -> float:
    return sum(one.worths[one.seats.index(seat)] for one, seat in zip(requests, taken, strict=True) if seat is not None)


def optimum(requests: Sequence[Wishes], quota_of: Sequence[int], quotas: Sequence[int]) -> float:
    """The largest total worth, by linear programming: the problem is totally unimodular."""
    worths: list[float] = []
    rows: list[int] = []
    columns: list[int] = []
    for at, one in enumerate(requests):
        for seat, value in zip(one.seats, one.worths, strict=True):
            rows += [at, len(requests) + seat, len(requests) + len(quota_of) + quota_of[seat]]
            columns += [len(worths)] * 3
            worths.append(-value)
    if not worths:
        return 0.0
    limits = [1] * (len(requests) + len(quota_of)) + list(quotas)
    shape = (len(limits), len(worths))
    matrix = scipy.sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    return float(-scipy.optimize.linprog(worths, A_ub=matrix, b_ub=limits, method="highs").fun)


@st.composite
def houses(draw: st.DrawFn) -> tuple[list[Wishes], list[int], list[int]]:
    quotas = draw(st.lists(st.integers(0, 2), min_size=1, max_size=3))
    quota_of = draw(st.lists(st.integers(0, len(quotas) - 1), min_size=1, max_size=5))
    seat_sets = st.lists(st.integers(0, len(quota_of) - 1), unique=True)
    worths = st.floats(0.05, 2.0)
    requests = [
        Wishes(seats, [draw(worths) for _ in seats]) for seats in draw(st.lists(seat_sets, min_size=1, max_size=5))
    ]
    return requests, quota_of, quotas


def best_by_trying(requests: Sequence[Wishes], quota_of: Sequence[int], quotas: Sequence[int]) -> float:
    best = 0.0
    for taken in itertools.product(*[[None, *one.seats] for one in requests]):
        seats = [seat for seat in taken if seat is not None]
        used = Counter(quota_of[seat] for seat in seats)
        if len(set(seats)) == len(seats) and all(used[quota] <= quotas[quota] for quota in used):
            best = max(best, worth(requests, taken))
    return best


@given(houses())
def test_nothing_is_taken_twice_no_quota_exceeded_and_it_is_nearly_the_best(
    house: tuple[list[Wishes], list[int], list[int]],
) -> None:
    requests, quota_of, quotas = house
    taken = assign(requests, quota_of, quotas, step=0.001)
    seats = [seat for seat in taken if seat is not None]
    assert len(set(seats)) == len(seats)
    assert all(n <= quotas[quota] for quota, n in Counter(quota_of[seat] for seat in seats).items())
    best = best_by_trying(requests, quota_of, quotas)
    assert best - 0.001 * len(requests) - 1e-9 <= worth(requests, taken) <= best + 1e-9
    assert assign(requests, quota_of, quotas, step=0.001) == taken


def test_a_large_community_gets_99_5_percent_of_the_optimum() -> None:
    requests, quota_of, quotas = community(requests=300, mentors=60, seed=3)
    taken = assign(requests, quota_of, quotas)
    assert worth(requests, taken) >= 0.995 * optimum(requests, quota_of, quotas)


def test_who_can_take_only_one_seat_gets_it_from_who_can_take_another() -> None:
    flexible, bound = Wishes([0, 1], [1.0, 0.9]), Wishes([0], [0.8])
    assert assign([flexible, bound], [0, 0], [2]) == [1, 0]
    assert assign([flexible, bound], [0, 0], [1]) == [0, None]  # the mentor takes one a week
    assert assign([Wishes([], [])], [], []) == [None]
