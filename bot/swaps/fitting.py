"""Who may teach whom, and how well it fits: the rules of a round, pair by pair. `graph.py` does the same in bulk.

An *arc* u -> v says that u may teach v. Its *weight* is what a round gains by it:

    1 + 0.6 max over skills (priority / 3 * level / 5) + 0.4 (1 - dtz / 10) + 0.2 [never met] + 0.05 rounds waiting of v

Mentors are taught nothing. For them the solver closes a chain (mentor, learner, …) to a ring by a *free* arc from its
last member to the mentor, which is worth nothing and which nobody has to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.swaps.community import Community, Member

MOST_HOURS_APART = 9
"""Of two members' clocks, for one to teach the other."""

FIT, NEARNESS, NOVELTY, PATIENCE = 0.6, 0.4, 0.2, 0.05
"""What a perfect fit, the same time zone, a new acquaintance and each round of waiting add to an arc's weight of 1."""

URGENCY, LONG = 4, 12
"""What a first round of waiting counts for, and rounds after which nothing more is added: weights stay bounded."""

MOST = 3 * 5
"""The highest product of priority and level."""


def hours_apart(one: float, other: float) -> float:
    """Hours between two clocks, around the globe the shorter way: 0 to 12."""
    apart = abs(one - other) % 24
    return min(apart, 24 - apart)


def has_arc(community: Community, teacher: Member, learner: Member) -> bool:
    """Whether the teacher offers what the learner wants and neither has blocked the other."""
    if teacher.id == learner.id or community.are_blocked(teacher.id, learner.id):
        return False
    return not teacher.offers.keys().isdisjoint(learner.wants)


def may_teach(community: Community, teacher: Member, learner: Member) -> bool:
    """Whether there is an arc of the weighted objective: they share a language, too, and can be awake together."""
    return (
        has_arc(community, teacher, learner)
        and not teacher.langs.isdisjoint(learner.langs)
        and hours_apart(teacher.tz_offset, learner.tz_offset) <= MOST_HOURS_APART
    )


def weight(community: Community, teacher: Member, learner: Member) -> float:
    """The weight of an arc that there is (see the head of this file)."""
    shared = teacher.offers.keys() & learner.wants.keys()
    fit = max(learner.wants[skill] * teacher.offers[skill] for skill in shared) / MOST
    near = 1 - hours_apart(teacher.tz_offset, learner.tz_offset) / 10
    new = frozenset((teacher.id, learner.id)) not in community.history
    return 1 + FIT * fit + NEARNESS * near + NOVELTY * new + PATIENCE * learner.rounds_waiting


def urgency(waited: int) -> int:
    """What so many rounds of waiting count for in the product's own rounds, where the weight's `rounds waiting` stands.

    Their square: two who wait for the second time do not outweigh one who waits for the third.
    """
    return URGENCY * min(waited, LONG) ** 2


def best_skill(teacher: Member, learner: Member) -> str:
    """The skill that the teacher would teach: the best product of priority and level; the first by name among equals.

    Raises `ValueError` if there is none.
    """
    shared = teacher.offers.keys() & learner.wants.keys()
    return min(shared, key=lambda skill: (-learner.wants[skill] * teacher.offers[skill], skill))
