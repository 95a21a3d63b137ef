"""The statistics of the market figures: shares, medians, trends, gaps, neighbours. Pure, and small enough to read.

Small samples are the usual case, so every interval here keeps its promise at any size instead of leaning on large
numbers, and where nothing can be said the answer is None. Each function names the source of its formula.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_right
from collections import Counter
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95
"""How often an interval holds the true value."""

FALSE_TRENDS = 0.05
"""The most of all flat markets in which any trend may be told."""

TREND_WEEKS = 8  # at least so many weeks with leads
SURGE_WEEKS, SURGE_LEAST = 8, 10  # weeks to compare with; leads in the week, at least
TOGETHER_LEAST = 5  # leads that name two skills, before these are called neighbours


class Interval(NamedTuple):
    """A range that holds the true value in at least `LEVEL` of all samples; None is an end that cannot be told."""

    low: float | None
    high: float | None


class Quantile(NamedTuple):
    """A quantile of a sample, and the interval for that of where the sample came from."""

    value: float
    interval: Interval


class Trend(NamedTuple):
    """The slope of a line through a series (units of the series a step) and how likely chance alone is as far off."""

    slope: float
    p_value: float


# --- shares ----------------------------------------------------------------------------------------------------------


def wilson(k: int, n: int) -> tuple[float, float]:
    """Return the score interval for a share of which `k` of `n` were seen, both ends 0..1; (0, 1) where n is 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209–212.
    """
    if not n:
        return 0.0, 1.0
    z = statistics.NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, spread = k / n, z * z / n
    centre = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (centre - half) / (1 + spread), (centre + half) / (1 + spread)
    return (0.0 if k == 0 else low), (1.0 if k == n else high)


# --- rates -----------------------------------------------------------------------------------------------------------


def quantile(values: Sequence[float], share: float) -> Quantile:
    """Return the quantile below which a `share` (0 < share < 1) of the values lies, with its interval.

    The value is interpolated between neighbours: type 7 of R. J. Hyndman and Y. Fan, "Sample quantiles in statistical
    packages", The American Statistician 50 (1996), 361–365. The interval's ends are two of the values, chosen by the
    binomial distribution, and so hold for whatever distribution the values have: H. A. David and H. N. Nagaraja, "Order
    Statistics", 3rd ed. (2003), section 7.1. A small sample may have no such value, least of all beside a quartile.
    """
    ordered = sorted(values)
    n = len(ordered)
    at = (n - 1) * share
    below = math.floor(at)
    value = ordered[below]
    if below + 1 < n:
        value += (at - below) * (ordered[below + 1] - value)
    return Quantile(value, _order_statistics(ordered, share))


def _order_statistics(ordered: Sequence[float], share: float) -> Interval:
    """The two values between which the quantile lies: each end misses it with at most half of what may be missed.

    With B values below the quantile (binomial), the r-th value is above it when B < r: that must be rare for the lower
    end; and the s-th is not above it when B >= s: that must be rare for the upper one.
    """
    n, allowed = len(ordered), (1 - LEVEL) / 2
    chances = [_binomial(k, n, share) for k in range(n + 1)]
    below = bisect_right(list(accumulate(chances)), allowed)  # so many ranks r have P(B < r) small enough
    above = bisect_right(list(accumulate(reversed(chances))), allowed)  # and so many s, from the top, P(B >= s)
    return Interval(ordered[below - 1] if below else None, ordered[n - above] if above else None)


def _binomial(k: int, n: int, share: float) -> float:
    """The chance that `k` of `n` happen, each of which does with a chance of `share`; by logarithms, for n is large."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(share) + (n - k) * math.log1p(-share))


# --- trends ----------------------------------------------------------------------------------------------------------


def trend(asked: Sequence[int], leads: Sequence[int]) -> Trend | None:
    """Return the trend of a share week by week: `asked` of `leads`, oldest first. None below `TREND_WEEKS` with leads.

    The slope is the median of the slopes between all pairs of weeks: P. K. Sen, "Estimates of the regression
    coefficient based on Kendall's tau", JASA 63 (1968), 1379–1389, after H. Theil (1950).

    The p-value, two-sided, is the larger one of two tests, for each is fooled by a flat market that the other is not.
    A whole week that differs from others (a board that posts thirty alike) fools the one that takes leads for
    independent of each other; a community that grows (in weeks with few leads a rare skill's share is most often 0)
    fools the one that takes weeks for alike.
    """
    points = [(week, k / n) for week, (k, n) in enumerate(zip(asked, leads, strict=True)) if n]
    if len(points) < TREND_WEEKS:
        return None
    pairs = [(b[0] - a[0], b[1] - a[1]) for i, a in enumerate(points) for b in points[i + 1 :]]
    slope = statistics.median(rise / run for run, rise in pairs)
    falls, rises = (sum(sign * rise > 0 for _, rise in pairs) for sign in (-1, 1))
    by_weeks = mann([share for _, share in points], min(falls, rises))
    return Trend(slope, max(by_weeks, armitage(asked, leads)))


def armitage(asked: Sequence[int], leads: Sequence[int]) -> float:
    """Return how likely counts rise or fall so steadily if any of the leads might as well have asked, in any week.

    P. Armitage, "Tests for linear trends in proportions and frequencies", Biometrics 11 (1955), 375–386, after W. G.
    Cochran (1954): normal, with the variance of drawing without replacement.
    """
    n, k = sum(leads), sum(asked)
    if k in (0, n):
        return 1.0
    middle = sum(week * size for week, size in enumerate(leads)) / n
    drift = sum((week - middle) * count for week, count in enumerate(asked))
    spread = sum((week - middle) ** 2 * size for week, size in enumerate(leads))
    if not spread:
        return 1.0
    z = drift / math.sqrt(k / n * (1 - k / n) * spread * n / (n - 1))
    return 2 * statistics.NormalDist().cdf(-abs(z))


def mann(values: Sequence[float], fewer: int) -> float:
    """Return how likely at most `fewer` pairs of values fall, or at most so many rise, if any order is as likely.

    H. B. Mann, "Nonparametric tests against trend", Econometrica 13 (1945), 245–259. It is exact, also with ties: a
    normal approximation would be too bold on eight weeks.
    """
    orders = _orders_by_falls(tuple(sorted(Counter(values).values())))
    return min(1.0, 2 * sum(orders[: fewer + 1]) / sum(orders))


@cache
def _orders_by_falls(ties: tuple[int, ...]) -> tuple[int, ...]:
    """How many orders of values, each occurring so often, have 0, 1, 2, … pairs that fall.

    These are the coefficients of the Gaussian multinomial, [n]! divided by each [t]!, where [n]! is the product of
    (1 + q + … + q^(i-1)) for i up to n: P. A. MacMahon, "Two applications of general theorems in combinatory analysis",
    Proc. London Math. Soc. 15 (1916), 314–321. It counts inversions of permutations of a multiset.
    """
    polynomial = [1]
    for i in range(1, sum(ties) + 1):
        polynomial = _times(polynomial, i)
    for size in ties:
        for i in range(1, size + 1):
            polynomial = _divided(polynomial, i)
    return tuple(polynomial)


def _times(polynomial: Sequence[int], i: int) -> list[int]:
    """A polynomial times 1 + q + … + q^(i-1): each coefficient is the sum of i neighbours."""
    product, window = [], 0
    for at in range(len(polynomial) + i - 1):
        window += polynomial[at] if at < len(polynomial) else 0
        window -= polynomial[at - i] if at >= i else 0
        product.append(window)
    return product


def _divided(polynomial: Sequence[int], i: int) -> list[int]:
    """A polynomial divided by 1 + q + … + q^(i-1), which goes without remainder here."""
    quotient: list[int] = []
    for at in range(len(polynomial) - i + 1):
        # what the product has at `at` is the sum of i neighbours: all but the newest are known
        quotient.append(polynomial[at] - sum(quotient[max(0, at - i + 1) :]))
    return quotient


def told(trends: Sequence[Trend | None]) -> list[bool]:
    """Say which of several trends may be told, so that at most `FALSE_TRENDS` of flat markets have any told falsely.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979),
    65–70. Without it a table of eight skills would tell a trend by chance in every third flat market.
    """
    tested = sorted((one.p_value, at) for at, one in enumerate(trends) if one is not None)
    answer = [False] * len(trends)
    for rank, (p_value, at) in enumerate(tested):
        one = trends[at]
        if p_value > FALSE_TRENDS / (len(tested) - rank):
            break
        answer[at] = one is not None and one.slope != 0
    return answer


# --- surges ----------------------------------------------------------------------------------------------------------


def is_surge(asked: int, before: Sequence[int]) -> bool:
    """Say whether a week's leads that ask for a skill are far more than usual: `before` are as many weeks earlier.

    Twice the median of the weeks before, which one odd week among them does not move, and not few.
    """
    return asked >= SURGE_LEAST and asked > 2 * statistics.median(before)


# --- gaps and neighbours ---------------------------------------------------------------------------------------------


def gap(asked: int, leads: int, offering: int, members: int) -> float:
    """Return how much more leads ask for a skill than members offer it, in doublings: +1 is twice as much, 0 as much.

    The logarithm (base 2) of the ratio of two shares, each smoothed by half a case, so that nothing is ever infinite
    and small counts stay near 0: S. D. Walter, "The distribution of Levin's measure of attributable risk", Biometrika
    62 (1975), 371–374, whose estimator adds one half to each count.
    """
    return math.log2((asked + 0.5) / (leads + 0.5)) - math.log2((offering + 0.5) / (members + 0.5))


def npmi(together: int, first: int, second: int, n: int) -> float | None:
    """Return how closely two skills go together, -1 (never) to 1 (always both); None below `TOGETHER_LEAST` leads.

    `together` of `n` leads name both, `first` and `second` of them each. Normalised pointwise mutual information:
    G. Bouma, "Normalized (pointwise) mutual information in collocation extraction", Proc. GSCL (2009), 31–40.
    """
    if together < TOGETHER_LEAST:
        return None
    if together == n:
        return 1.0  # the limit: both are always there
    return math.log(together * n / (first * second)) / -math.log(together / n)
