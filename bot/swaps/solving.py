"""What a worker process does for a round. Only workers import it: it brings the solver in.

The solver (`rings.py`) knows levels, priorities, languages, clocks and pairs that must not meet. What it does not know
becomes such a pair here: two who share too few hours of a week, or who have nothing new to teach each other.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING

from bot import availability, when
from bot.swaps import coffee, rings, why
from bot.swaps.community import Community, Member, MemberId, pairs
from bot.swaps.fitting import urgency
from bot.swaps.hours import coming_monday
from bot.swaps.matching import Outcome, WhyNot, seats_of, teachable
from bot.swaps.repair import YES, repair
from bot.swaps.scarce import few_rings_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.swaps.candidates import Candidate
    from bot.swaps.matching import Apart, Broken, Seat, Task

    Groups = tuple[tuple[int, ...], ...]

LONGEST_RING = 3
"""One failed member takes out a whole ring: longer ones complete too seldom."""

TRY_SECONDS = 5.0
"""For each possibility that is tried out, to see whether it would bring a member something."""


def solve(task: Task) -> Outcome:
    """Find the rings and chains of a round."""
    found = rings.solve(
        _community(task), max_len=LONGEST_RING, objective="weighted", seconds=task.seconds, seed=task.seed, yes=YES
    )
    circles = [seats_of(task, _ids(ring)) for ring in found.rings]
    chains = [seats_of(task, _ids(chain), closed=False) for chain in found.chains]
    return Outcome(
        rings=tuple(circles + chains),
        members=len(task.candidates),
        served=sum(len(ring) for ring in circles + chains),
        objective=found.objective,
        bound=found.bound,
        gap=found.gap,
        seconds=found.seconds,
        seed=found.seed,
    )


def mend(task: Task, broken: Broken) -> tuple[tuple[Seat, ...], ...]:
    """Put rings together again around those who are left of one, with members who are in no other."""
    there = {one.id for one in task.candidates}
    left = [one for one in broken.left if one.member in there]
    said_yes = [one.member for one in left if one.answer == "yes"]
    before = (*(one.member for one in left), *broken.gone)
    found = repair(_community(task), [before], said_yes=said_yes, declined=broken.gone)
    return tuple(seats_of(task, _ids(ring)) for ring in found.new)


def _ids(ring: Iterable[MemberId]) -> tuple[int, ...]:
    """The solver's members by our ids, which are numbers."""
    return tuple(int(one) for one in ring)


def pour(drinkers: Sequence[int], apart: Apart, met: Sequence[tuple[int, int]], seed: int) -> tuple[Groups, Outcome]:
    """Find groups of two or three for a coffee, of members who have met least; and what the round came to."""
    began = time.monotonic()
    times: Counter[frozenset[MemberId]] = Counter(frozenset[MemberId](pair) for pair in met)
    groups = tuple(_ids(group) for group in coffee.introduce(drinkers, times, blocked=pairs(apart), seed=seed))
    served = sum(map(len, groups))
    new = sum(not any(frozenset(two) in times for two in combinations(group, 2)) for group in groups)
    share = 1 - new / len(groups) if groups else 0.0
    return groups, Outcome((), len(drinkers), served, new, len(groups), share, time.monotonic() - began, seed)


def explain(task: Task, member_id: int) -> WhyNot:
    """Why a round has nothing for a member, and what would change that: tried out before it is said."""
    whole = _community(task, all_pairs=True)
    found = why.explain(whole, member_id, _serves)
    unlock = found.unlock
    return WhyNot(
        wanting=found.want,
        teaching=found.teach,
        both=found.both,
        served=_serves(whole, member_id),
        offer=unlock.teaches if unlock and unlock.kind == "offer" else None,
        newcomer=(unlock.teaches, unlock.wants) if unlock and unlock.kind == "newcomer" else None,
    )


def _serves(community: Community, member_id: MemberId) -> bool:
    """Whether a round of this community has something for a member."""
    found = rings.solve(community, max_len=LONGEST_RING, objective="weighted", seconds=TRY_SECONDS, yes=YES)
    return any(member_id in ring for ring in (*found.rings, *found.chains))


def _community(task: Task, *, all_pairs: bool = False) -> Community:
    members = tuple(_member(one, task) for one in task.candidates)
    whole = Community(members, pairs((*task.apart, *_unfit(task, all_pairs=all_pairs))), pairs(task.met))
    return few_rings_first(whole, {getter for _, getter, _ in task.taught})


def _member(one: Candidate, task: Task) -> Member:
    """A candidate as the solver sees them. Who is owed hours, or owes some, comes first like who has waited."""
    offset = task.now.astimezone(when.zone(one.free.zone)).utcoffset() or timedelta(0)
    return Member(
        one.id,
        {} if one.is_full else one.offers,
        one.wants,
        offset / timedelta(hours=1),
        one.languages,
        urgency(one.waiting) + abs(one.balance),
    )


def _unfit(task: Task, *, all_pairs: bool) -> list[tuple[int, int]]:
    """Pairs one of whom could teach the other but for too few shared hours, or what was taught before.

    With `all_pairs` also those with too few hours who have nothing to teach each other, as long as nobody offers more.
    """
    monday = coming_monday(task.now)
    masks = {one.id: one.free.mask(monday) for one in task.candidates}
    least = task.least_hours
    found = []
    for one, other in combinations(task.candidates, 2):
        gives, gets = _fits(one, other), _fits(other, one)
        if not (gives or gets or all_pairs):
            continue
        few = availability.hours(masks[one.id] & masks[other.id]) < least
        stale = (gives and teachable(task, one, other) is None) or (gets and teachable(task, other, one) is None)
        if few or stale:
            found.append((one.id, other.id))
    return found


def _fits(giver: Candidate, getter: Candidate) -> bool:
    return not giver.is_full and not giver.offers.keys().isdisjoint(getter.wants)
