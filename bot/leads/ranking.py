"""In what order a channel sees leads: how sure it is that each is paid AI work, its rate, how fresh it is. Pure.

What fits somebody is theirs alone (`fit.py`); what a whole channel sees is in one order for all, with its reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.leads.rates import hourly
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.leads.entry import Verdict

TRUST, RATE, FRESHNESS = 50, 25, 25
"""What each is worth of 100. Ours: what may not be paid AI work at all is no use, however well it pays."""

HALF_LIFE = 24.0  # hours in which half of a lead's freshness is gone
FRESH = 6.0  # hours
PAYS_WELL = 0.75  # at least this share of the others pays no more
LEAST_RATES = 4  # of the same currency, before one is said to pay well


class Ranked(NamedTuple):
    """How high a lead stands, 0 to 100, and what speaks for it in words."""

    value: float
    reasons: tuple[str, ...]


def rank(leads: Sequence[tuple[Verdict, datetime]], now: datetime) -> list[Ranked]:
    """Rank leads (verdict, when published) among each other, in their order."""
    return [_rank(verdict, published, [other for other, _ in leads], now) for verdict, published in leads]


def _rank(verdict: Verdict, published: datetime, all_of_them: Sequence[Verdict], now: datetime) -> Ranked:
    age = max((now - published).total_seconds() / 3600, 0.0)
    pay, rate = verdict.pay, hourly(verdict.pay)
    rates = [hourly(one.pay) for one in all_of_them if one.pay and pay and one.pay.currency == pay.currency]
    comparable = [one for one in rates if one]
    share = sum(one <= rate for one in comparable) / len(comparable) if rate and comparable else 0.0
    reasons = []
    if len(comparable) >= LEAST_RATES and share >= PAYS_WELL:
        reasons.append(say("pays well"))
    if age <= FRESH:
        reasons.append(say("fresh"))
    if verdict.sure and not verdict.cautions:
        reasons.append(say("sure"))
    value = TRUST * verdict.score + RATE * share + FRESHNESS * 0.5 ** (age / HALF_LIFE)
    return Ranked(value, tuple(reasons))
