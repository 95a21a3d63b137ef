"""A community as the solver sees it: who offers what, who wants what, who must never meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MemberId = str | int
Pair = frozenset[MemberId]
"""Two members, in no order."""

LEVELS = range(1, 6)
"""How well somebody knows a skill that they offer: 1 (a start) to 5 (an authority)."""

PRIORITIES = range(1, 4)
"""How much somebody wants a skill: 1 (some day) to 3 (now)."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who takes part in a round.

    Who offers and wants nothing is a mentor, who may begin a chain; who wants and offers nothing may end one.
    """

    id: MemberId
    offers: Mapping[str, int]  # skill -> level
    wants: Mapping[str, int]  # skill -> priority
    tz_offset: float = 0.0  # hours east of UTC
    langs: frozenset[str] = frozenset()
    rounds_waiting: int = 0  # rounds in which they took part and were not served

    @property
    def is_mentor(self) -> bool:
        """Whether they give and ask for nothing back."""
        return bool(self.offers) and not self.wants


@dataclass(frozen=True, slots=True)
class Community:
    """The members of a round, those who must not meet, and those who have met."""

    members: tuple[Member, ...]
    blocked: frozenset[Pair] = field(default_factory=frozenset)
    history: frozenset[Pair] = field(default_factory=frozenset)

    def are_blocked(self, one: MemberId, other: MemberId) -> bool:
        """Whether either has blocked the other."""
        return frozenset((one, other)) in self.blocked


def pairs(of: Iterable[tuple[MemberId, MemberId]]) -> frozenset[Pair]:
    """Return the pairs without their order, those of somebody with themselves left out."""
    return frozenset(frozenset(pair) for pair in of if pair[0] != pair[1])
