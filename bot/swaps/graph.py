"""The arcs of a community in bulk: `fitting.py` for all pairs at once, as rows of a matrix. Only workers import it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from bot.swaps.community import Community
from bot.swaps.fitting import FIT, MOST, MOST_HOURS_APART, NEARNESS, NOVELTY, PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from bot.swaps.community import Pair

    Matrix = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

Objective = Literal["members", "weighted"]

CHUNK = 1000
"""Rows of the matrix at a time: what larger communities never hold whole."""


class Graph:
    """The values of a community's arcs by numbers of members (0 to n - 1, in the community's order).

    A value is the arc's weight, or 1 where only served members count; 0 on the free arcs that close chains; minus
    infinity where there is no arc.
    """

    def __init__(self, community: Community, objective: Objective) -> None:
        self.community = community
        self.objective = objective
        self.n = len(community.members)
        members = community.members
        offered = {skill for member in members for skill in member.offers}
        self.skills = sorted(offered & {skill for member in members for skill in member.wants})
        self._rows = {skill: row for row, skill in enumerate(self.skills)}
        self.level = self._table([member.offers for member in members])
        self.priority = self._table([member.wants for member in members])
        self.mentors = np.array([member.is_mentor for member in members], bool)
        self.learners = np.array([bool(member.wants) for member in members], bool)

    def _table(self, known: list[Mapping[str, int]]) -> NDArray[np.uint8]:
        table = np.zeros((len(self.skills), self.n), np.uint8)
        for number, one in enumerate(known):
            for skill, value in one.items():
                if skill in self._rows:
                    table[self._rows[skill], number] = value
        return table

    def values(self, first: int = 0, last: int | None = None) -> Matrix:
        """Return the rows `first` up to `last` (all if left out): [u, v] is the value of the arc u -> v."""
        last = self.n if last is None else last
        fit = self._fit(first, last)
        value = self._weigh(fit, first, last) if self.objective == "weighted" else np.ones(fit.shape, np.float32)
        value[fit == 0] = -np.inf
        own = np.arange(first, last)
        value[own - first, own] = -np.inf
        for one, other in self._blocked:
            value[one[(first <= one) & (one < last)] - first, other[(first <= one) & (one < last)]] = -np.inf
        closing = self.learners[first:last, None] & self.mentors[None, :]
        value[closing] = 0
        return value

    def in_rows(self) -> Iterator[tuple[int, Matrix]]:
        """All rows, some at a time, each time with the number of the first."""
        for first in range(0, self.n, CHUNK):
            yield first, self.values(first, min(first + CHUNK, self.n))

    def held(self) -> Matrix:
        """All rows in one matrix, made without holding more than that."""
        whole = np.empty((self.n, self.n), np.float32)
        for first, rows in self.in_rows():
            whole[first : first + len(rows)] = rows
        return whole

    @property
    def known_blocks(self) -> list[Pair]:
        """The blocked pairs of which both are here."""
        return [pair for pair in self.community.blocked if pair <= self.numbers.keys()]

    def part(self, numbers: list[int]) -> Graph:
        """The graph of some members, numbered anew in that order."""
        members = tuple(self.community.members[number] for number in numbers)
        return Graph(Community(members, self.community.blocked, self.community.history), self.objective)

    def _fit(self, first: int, last: int) -> NDArray[np.uint8]:
        fit = np.zeros((last - first, self.n), np.uint8)
        for level, priority in zip(self.level, self.priority, strict=True):
            rows, columns = np.nonzero(level[first:last])[0], np.nonzero(priority)[0]
            if len(rows) and len(columns):
                at = np.ix_(rows, columns)
                fit[at] = np.maximum(fit[at], np.outer(level[first:last][rows], priority[columns]))
        return fit

    def _weigh(self, fit: NDArray[np.uint8], first: int, last: int) -> Matrix:
        value = self._nearness(first, last)
        value += fit * np.float32(FIT / MOST)
        value += (PATIENCE * self._waiting).astype(np.float32)
        for one, other in self._met:
            inside = (first <= one) & (one < last)
            value[one[inside] - first, other[inside]] -= np.float32(NOVELTY)
        return value

    def _nearness(self, first: int, last: int) -> Matrix:
        """What an arc is worth for the clocks and languages of its ends alone; minus infinity where it cannot be.

        There are few such places, so that each two of them are compared once and not each two members.
        """
        zones, speaks, place = self._places
        mine, row = np.unique(place[first:last], return_inverse=True)
        apart = np.abs(zones[mine, None] - zones[None, :]) % 24
        apart = np.minimum(apart, 24 - apart)
        worth = (1 + NOVELTY + NEARNESS - NEARNESS / 10 * apart).astype(np.float32)
        worth[(speaks[mine] @ speaks.T <= 0) | (apart > MOST_HOURS_APART)] = -np.inf
        near: Matrix = worth[:, place][row]
        return near

    @cached_property
    def _places(self) -> tuple[Floats, Matrix, Ints]:
        """Zones and languages spoken (a column each) of the different places, and the number of each member's."""
        numbers: dict[tuple[float, frozenset[str]], int] = {}
        place = [numbers.setdefault((one.tz_offset, one.langs), len(numbers)) for one in self.community.members]
        languages = sorted({lang for _, langs in numbers for lang in langs})
        speaks = np.array([[lang in langs for lang in languages] for _, langs in numbers], np.float32)
        zones = np.array([zone for zone, _ in numbers], float)
        return zones, speaks.reshape(len(numbers), len(languages)), np.array(place, np.int64)

    @cached_property
    def _waiting(self) -> Floats:
        return np.array([member.rounds_waiting for member in self.community.members], float)

    @cached_property
    def numbers(self) -> dict[str | int, int]:
        """The number of each member by id."""
        return {member.id: number for number, member in enumerate(self.community.members)}

    @cached_property
    def _blocked(self) -> list[tuple[Ints, Ints]]:
        return self._both_ways(self.community.blocked)

    @cached_property
    def _met(self) -> list[tuple[Ints, Ints]]:
        return self._both_ways(self.community.history)

    def _both_ways(self, pairs: frozenset[Pair]) -> list[tuple[Ints, Ints]]:
        known = [
            [self.numbers[one] for one in pair]
            for pair in pairs
            if len(pair) == 2 and all(one in self.numbers for one in pair)
        ]
        two = np.array(known, np.int64).reshape(-1, 2)
        return [(two[:, 0], two[:, 1]), (two[:, 1], two[:, 0])]
