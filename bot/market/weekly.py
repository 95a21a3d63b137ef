"""Surges in the moderators' weekly note: skills for which far more leads ask than usual, said in that week alone."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from bot.market import rules, store
from bot.market.report import week_edges
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.feature import Demand, Week

MOST_NAMED = 3  # skills


async def note(week: Week) -> Sequence[str]:
    """Which skills surge; nothing before the community has had leads for as long as a surge is compared with."""
    edges = week_edges(week.now, rules.SURGE_WEEKS + 1, week.community.zone)
    demand = await store.demand(week.db, week.features, week.community.id, edges[0], edges[-1])
    weeks = [[one for one in demand if start <= one.at < end] for start, end in pairwise(edges)]
    if not weeks[0]:
        return ()
    *before, asked = (_counts(leads) for leads in weeks)
    surging = [skill for skill in asked if rules.is_surge(asked[skill], [one[skill] for one in before])]
    found = sorted(surging, key=lambda skill: (-asked[skill], skill))[:MOST_NAMED]
    return [_line(skill, asked[skill], [one[skill] for one in before]) for skill in found]


def _counts(leads: Sequence[Demand]) -> Counter[str]:
    return Counter(skill for one in leads for skill in set(one.skills))


def _line(skill: str, asked: int, before: Sequence[int]) -> str:
    return say(
        "Surge: {n} leads ask for {skill}; in the {weeks} weeks before it was {usual:g} a week (the median).",
        n=asked,
        skill=load_taxonomy().name(skill),
        weeks=len(before),
        usual=median(before),
    )
