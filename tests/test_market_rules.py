"""The statistics of the market, against examples worked out by hand and against markets whose truth is known."""

from __future__ import annotations

import math
import random
from collections import Counter
from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.market import rules

if TYPE_CHECKING:
    from collections.abc import Callable

# --- shares ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),  # by hand: z² / (n + z²), with z² = 3.8415
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (1, 4, 0.0456, 0.6994),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_by_hand(k: int, n: int, low: float, high: float) -> None:
    assert rules.wilson(k, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_is_symmetric(seen: tuple[int, int]) -> None:
    k, n = seen
    low, high = rules.wilson(k, n)
    assert 0 <= low <= k / n <= high <= 1
    assert rules.wilson(n - k, n) == pytest.approx((1 - high, 1 - low))


# --- rates -----------------------------------------------------------------------------------------------------------


def test_quartiles_of_eight_rates_by_hand() -> None:
    rates = [120, 60, 70, 100, 75, 95, 80, 90]
    # type 7: the median is half way between the 4th and 5th (80, 90), the quartiles at 1 + 7 · ¼ = 2.75 and 6.25
    assert rules.quantile(rates, 0.5).value == 85
    assert rules.quantile(rates, 0.25).value == 73.75
    assert rules.quantile(rates, 0.75).value == 96.25
    # P(no rate below the median) = 1/256 = 0.4 %, P(at most one) = 9/256 = 3.5 %: only the outermost two will do
    assert rules.quantile(rates, 0.5).interval == (60, 120)
    # P(none below the lower quartile) = 0.75^8 = 10 %: nothing can be said downwards; P(5 or more) = 2.7 %, 6: 0.4 %
    assert rules.quantile(rates, 0.25).interval == (None, 95)


def test_the_interval_of_a_median_of_twenty() -> None:
    # the table of every textbook: the 6th and the 15th of 20, which cover 95.9 %
    assert rules.quantile(list(range(1, 21)), 0.5).interval == (6, 15)
    assert rules.quantile([7.0], 0.5) == (7.0, (None, None))


def test_a_year_of_rates_is_not_too_many() -> None:
    # the normal approximation of the binomial: ranks 10,000 ± 1.96 · √(20,000 / 4) = 9,861 and 10,139
    low, high = rules.quantile(list(range(1, 20_001)), 0.5).interval
    assert [low, high] == pytest.approx([9862, 10_139], abs=1.5)


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_intervals_hold_the_truth_as_often_as_they_say(share: float) -> None:
    chance = random.Random(5)
    truth, runs = -math.log(1 - share), 400
    held = 0
    for _ in range(runs):
        low, high = rules.quantile([chance.expovariate(1) for _ in range(12)], share).interval
        held += (low is None or low <= truth) and (high is None or truth <= high)
    assert held / runs >= 0.93


# --- trends ----------------------------------------------------------------------------------------------------------


def by_force(values: tuple[int, ...]) -> list[int]:
    """How many orders of the values have 0, 1, 2, … pairs that fall."""
    falls = Counter(
        sum(a > b for i, a in enumerate(order) for b in order[i + 1 :]) for order in set(permutations(values))
    )
    return [falls[n] for n in range(max(falls) + 1)]


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_the_exact_test_agrees_with_counting_all_orders(values: list[int]) -> None:
    orders = by_force(tuple(values))
    for fewer in range(len(orders)):
        expected = min(1.0, 2 * sum(orders[: fewer + 1]) / sum(orders))
        assert rules.mann([float(value) for value in values], fewer) == pytest.approx(expected)


def test_a_trend_by_hand() -> None:
    # eight weeks of ten leads, one more asks each week: every pair rises by 0.1 a week; 2 of 8! orders are as steady
    found = rules.trend([1, 2, 3, 4, 5, 6, 7, 8], [10] * 8)
    assert found is not None
    assert found.slope == pytest.approx(0.1)
    assert rules.mann([1, 2, 3, 4, 5, 6, 7, 8], 0) == pytest.approx(2 / math.factorial(8))
    # Σ(t - 3.5)k = 42; variance 0.45 · 0.55 · 420 · 80/79 = 105.27; z = 42/10.26 = 4.0936
    assert rules.armitage([1, 2, 3, 4, 5, 6, 7, 8], [10] * 8) == pytest.approx(4.25e-5, rel=0.02)
    assert rules.told([found]) == [True]


def test_one_odd_week_does_not_bend_the_slope() -> None:
    found = rules.trend([2, 2, 2, 2, 9, 2, 2, 2, 2], [10] * 9)
    assert found is not None
    assert found.slope == 0
    assert rules.told([found]) == [False]


def test_fewer_than_eight_weeks_with_leads_have_no_trend() -> None:
    assert rules.trend([1, 2, 3, 4, 5, 6, 7], [10] * 7) is None
    assert rules.trend([1, 2, 3, 0, 4, 5, 6, 7], [10, 10, 10, 0, 10, 10, 10, 10]) is None
    assert rules.trend([0] * 8, [5] * 8) == (0, 1.0)
    assert rules.told([None, None]) == [False, False]


def test_holm_by_hand() -> None:
    steep = [rules.Trend(0.1, p) for p in (0.02, 0.2, 0.01, 0.03)]
    # 0.01 ≤ 0.05/4, but 0.02 > 0.05/3: the rest is not told, though 0.02 alone would be
    assert rules.told(steep) == [False, False, True, False]
    assert rules.told([rules.Trend(0.0, 0.001)]) == [False]


MARKETS: dict[str, Callable[[random.Random], list[int]]] = {
    "steady": lambda chance: [chance.randint(5, 30) for _ in range(12)],
    "growing": lambda chance: [3 + 5 * week for week in range(12)],
    "small": lambda chance: [chance.randint(1, 6) for _ in range(12)],
    "shrinking": lambda chance: [60 - 5 * week for week in range(12)],
}
SHARES = (0.3, 0.2, 0.15, 0.1, 0.08, 0.06, 0.05)


@pytest.mark.parametrize("kind", MARKETS)
def test_at_most_one_flat_market_in_twenty_has_any_trend_told(kind: str) -> None:
    chance, runs, false = random.Random(11), 200, 0
    for _ in range(runs):
        sizes = MARKETS[kind](chance)
        counts = [[sum(chance.random() < share for _ in range(size)) for size in sizes] for share in SHARES]
        false += any(rules.told([rules.trend(asked, sizes) for asked in counts]))
    assert false / runs <= rules.FALSE_TRENDS


def test_a_board_that_posts_in_bursts_makes_no_trend() -> None:
    chance, runs, false = random.Random(12), 300, 0
    for _ in range(runs):
        sizes = [chance.randint(10, 30) for _ in range(12)]
        asked = [size // 2 if chance.random() < 0.25 else size // 10 for size in sizes]
        false += any(rules.told([rules.trend(asked, sizes)]))
    assert false / runs <= rules.FALSE_TRENDS


@pytest.mark.parametrize("direction", [1, -1])
def test_a_market_that_moves_is_seen_to(direction: int) -> None:
    chance, runs, seen = random.Random(13), 60, 0
    for _ in range(runs):
        asked = [sum(chance.random() < 0.1 + 0.03 * week for _ in range(30)) for week in range(12)][::direction]
        found = rules.trend(asked, [30] * 12)
        assert found is not None
        if rules.told([found])[0]:
            seen += 1
            assert found.slope * direction > 0
    assert seen / runs >= 0.8


# --- gaps and neighbours ---------------------------------------------------------------------------------------------


def test_a_gap_by_hand() -> None:
    assert rules.gap(31, 63, 3, 27) == pytest.approx(math.log2((31.5 / 63.5) / (3.5 / 27.5)))
    assert rules.gap(10, 20, 10, 20) == 0
    assert rules.gap(0, 0, 0, 0) == 0
    assert rules.gap(40, 100, 0, 20) > rules.gap(40, 100, 1, 20) > 0 > rules.gap(1, 100, 10, 20)


def test_neighbours_by_hand() -> None:
    # 8 of 64 leads name both, 16 each of them: p = 1/8 and 1/4; ln(1/8 ÷ 1/16) ÷ ln 8 = ln 2 ÷ ln 8 = 1/3
    assert rules.npmi(8, 16, 16, 64) == pytest.approx(1 / 3)
    assert rules.npmi(8, 8, 8, 64) == pytest.approx(1)  # never one without the other
    assert rules.npmi(16, 32, 32, 64) == pytest.approx(0)  # as chance has it
    assert rules.npmi(9, 9, 9, 9) == 1
    assert rules.npmi(4, 4, 4, 64) is None  # too few to tell


def test_a_surge_is_twice_what_is_usual_and_not_few() -> None:
    usual = [5, 4, 6, 5, 0, 5, 30, 5]  # the median is 5
    assert not rules.is_surge(10, usual), "twice as many is not more than twice"
    assert rules.is_surge(11, usual)
    assert not rules.is_surge(9, [0] * 8), "few, however rare they were"
