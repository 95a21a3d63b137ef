"""What becomes of a round when somebody says no: rings put together again around those who are left. Pure.

Confirmed rings (all have said yes) are never touched. From the others whoever declined is taken out, and those who are
left look, ring by ring, for the best new one: among themselves, or with members whom the round had not placed. A ring
is valued by those whom it is expected to serve: p^(members who have yet to be asked) each, p being the chance of a yes.
Those who have said yes already count double, and each round of waiting as it does in a round. Who finds none is first
in the next round.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.swaps.fitting import PATIENCE, may_teach

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bot.swaps.community import Community, Member, MemberId

Ring = tuple["MemberId", ...]

YES = 0.8
"""The chance that somebody says yes, until a community's own is known."""

LOOKS = 20_000
"""Pairs of newcomers that are tried at most around one who is left: what keeps a repair under a fifth of a second."""


@dataclass(frozen=True, slots=True)
class Repair:
    """A round after an answer."""

    kept: tuple[Ring, ...]  # confirmed, or nobody of them has declined
    new: tuple[Ring, ...]  # to be proposed
    first_next: tuple[MemberId, ...]  # who is left without a ring; those who had said yes come first


def chance(ring: Sequence[MemberId], said_yes: Collection[MemberId] = (), yes: float = YES) -> float:
    """The chance that all who have not answered yet say yes."""
    return yes ** sum(one not in said_yes for one in ring)


def repair(
    community: Community,
    rings: Iterable[Ring],
    *,
    said_yes: Collection[MemberId],
    declined: Collection[MemberId],
    away: Collection[MemberId] = (),
    yes: float = YES,
) -> Repair:
    """Repair a round's rings after somebody `declined`.

    `away` are members who must not be drawn in: in a chain, or asked enough for one round.
    """
    rings = list(rings)
    kept = [ring for ring in rings if not any(one in declined for one in ring)]
    left = [one for ring in rings if ring not in kept for one in ring if one not in declined]
    placed = {one for ring in rings for one in ring}
    fresh = [
        member
        for member in community.members
        if member.id not in placed and member.id not in declined and member.id not in away
    ]
    search = _Search(community, set(said_yes), yes)
    new = search.around(left, fresh)
    served = {one for ring in new for one in ring}
    waiting = sorted((one for one in left if one not in served), key=lambda one: (one not in said_yes, str(one)))
    return Repair(tuple(kept), tuple(new), tuple(waiting))


class _Search:
    """Rings around the members who are left, best first."""

    def __init__(self, community: Community, said_yes: set[MemberId], yes: float) -> None:
        self._community = community
        self._said_yes = said_yes
        self._yes = yes
        self._known = {member.id: member for member in community.members}
        self._worth = {
            one: 1 + (one in said_yes) + PATIENCE * member.rounds_waiting for one, member in self._known.items()
        }

    def around(self, left: Sequence[MemberId], fresh: Sequence[Member]) -> list[Ring]:
        able = [*(self._known[one] for one in left), *fresh]
        offers, wants = _index(able, offers=True), _index(able, offers=False)
        free = {member.id for member in able}
        found: list[Ring] = []
        for one in sorted(left, key=lambda each: (each not in self._said_yes, str(each))):
            if one in free and (ring := self._best(self._known[one], free, offers, wants)):
                found.append(ring)
                free.difference_update(ring)
        return found

    def _best(
        self, one: Member, free: set[MemberId], offers: dict[str, list[Member]], wants: dict[str, list[Member]]
    ) -> Ring | None:
        learners = self._fitting(one, free, (each for skill in one.offers for each in wants[skill]), teaches=True)
        teachers = self._fitting(one, free, (each for skill in one.wants for each in offers[skill]), teaches=False)
        able_to_teach = {each.id for each in teachers}
        best: Ring | None = max(
            ((one.id, each.id) for each in learners if each.id in able_to_teach), key=self._value, default=None
        )
        most = self._value(best) if best else 0.0
        looks = 0
        for learner in learners:
            for teacher in teachers:
                looks += 1
                if looks > LOOKS:
                    return best
                ring = (one.id, learner.id, teacher.id)
                value = self._value(ring)
                if value > most and may_teach(self._community, learner, teacher):
                    best, most = ring, value
        return best

    def _fitting(self, one: Member, free: set[MemberId], some: Iterable[Member], *, teaches: bool) -> list[Member]:
        """Those of `some` who are free and fit, each once: who has said yes, then who has waited longest."""
        distinct = {each.id: each for each in some if each.id in free and each.id != one.id}
        pairs = (((one, each) if teaches else (each, one), each) for each in distinct.values())
        fitting = [each for (teacher, learner), each in pairs if may_teach(self._community, teacher, learner)]
        return sorted(fitting, key=lambda each: (each.id not in self._said_yes, -each.rounds_waiting, str(each.id)))

    def _value(self, ring: Ring) -> float:
        if len(set(ring)) < len(ring):
            return 0.0
        return chance(ring, self._said_yes, self._yes) * sum(self._worth[one] for one in ring)


def _index(members: Iterable[Member], *, offers: bool) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        for skill in member.offers if offers else member.wants:
            found[skill].append(member)
    return found
