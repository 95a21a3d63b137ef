"""What a round is given and what it comes to, as plain data that goes to a worker process and back. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from bot.swaps.candidates import Candidate

Apart = frozenset[tuple[int, int]]
"""Pairs of members, the smaller id first."""


@dataclass(frozen=True, slots=True)
class Task:
    """The members among whom rings are looked for, and what must not come about."""

    candidates: tuple[Candidate, ...]
    apart: Apart  # who must never meet
    met: Apart  # who was in a ring together before
    taught: frozenset[tuple[int, int, str]]  # giver, getter, skill: never again
    now: datetime
    least_hours: int  # a week, that two who teach or learn from each other share
    seed: int
    seconds: float = 20.0  # the most that may be spent


@dataclass(frozen=True, slots=True)
class Seat:
    """A member's place in a ring: they teach the next one and learn from the one before."""

    member: int
    teaches: str | None
    learns: str | None
    told: str | None = None
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round came to: its rings, and how near they are to the best there can be."""

    rings: tuple[tuple[Seat, ...], ...]
    members: int
    served: int
    objective: float
    bound: float
    gap: float
    seconds: float
    seed: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A ring of which somebody can't: who is left of it, and what they had been told and had answered."""

    left: tuple[Seat, ...]
    gone: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a round has nothing for a member; numbers of those whom they may meet, no names."""

    wanting: int  # who want something that they offer
    teaching: int  # who teach something that they want
    both: int  # who do both
    served: bool  # whether a round as things are now would have something for them
    offer: str | None  # a skill which, if they offered it too, would bring them something: it was tried
    newcomer: tuple[str, str] | None  # what somebody new would have to teach and want, for the same


def teachable(task: Task, giver: Candidate, getter: Candidate) -> str | None:
    """What somebody could teach somebody: the skill most wanted and best known, that was not taught before."""
    if giver.is_full:
        return None
    shared = giver.offers.keys() & getter.wants.keys()
    new = [skill for skill in shared if (giver.id, getter.id, skill) not in task.taught]
    return min(new, key=lambda skill: (-getter.wants[skill] * giver.offers[skill], skill), default=None)


def seats_of(task: Task, members: Sequence[int], *, closed: bool = True) -> tuple[Seat, ...]:
    """The seats of a ring of these members, each of whom teaches the next; of a chain, unless it is `closed`.

    Raises `ValueError` where one has nothing to teach the next.
    """
    known = {one.id: one for one in task.candidates}
    following = [*members[1:], members[0]] if closed else members[1:]
    skills: dict[int, str] = {}
    for giver, getter in zip(members, following, strict=False):
        skill = teachable(task, known[giver], known[getter])
        if skill is None:
            raise ValueError(f"{giver} has nothing to teach {getter}")
        skills[giver] = skill
    before = dict(zip(following, members, strict=False))
    return tuple(Seat(one, skills.get(one), skills.get(before[one]) if one in before else None) for one in members)


def kept_answers(found: Sequence[Seat], before: Mapping[int, Seat]) -> tuple[Seat, ...]:
    """The seats of a new ring, with the yes of those for whom nothing changes: they teach and learn the same."""
    return tuple(
        Seat(one.member, one.teaches, one.learns, old.told, old.answer)
        if (old := before.get(one.member))
        and old.answer == "yes"
        and (old.teaches, old.learns) == (one.teaches, one.learns)
        else one
        for one in found
    )
