"""Those with few rings go first, until they have been served. Only workers import it.

Nobody teaches the same person the same twice, so rings are used up as rounds go by: whoever is in few of them has none
left once others have swapped within them. Waiting alone puts such members first when it is too late.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.swaps.community import Community, MemberId
    from bot.swaps.graph import Floats

SCARCITY = 1000
"""Rounds of waiting that a single ring of three counts for; with k rings a member has a k-th of them.

After twelve rounds with scarce skills 11.6 % were never served so, 12.8 % without it, with as many swaps in all
(`bench/patience.py`)."""


def few_rings_first(community: Community, served: Collection[MemberId]) -> Community:
    """The community with rounds of waiting added to those who were never `served`, the more the fewer rings they have.

    How many these are is reckoned, not counted: learners * teachers * the share of all pairs that have an arc, which is
    how many rings of three a member is in where arcs lie as chance would have them.
    """
    expected = _rings(Graph(community, "weighted"))
    members = (
        one if one.id in served else replace(one, rounds_waiting=one.rounds_waiting + round(SCARCITY / max(1.0, rings)))
        for one, rings in zip(community.members, expected.tolist(), strict=True)
    )
    return replace(community, members=tuple(members))


def _rings(graph: Graph) -> Floats:
    learners, teachers = np.zeros(graph.n), np.zeros(graph.n)
    for first, rows in graph.in_rows():
        arcs = np.isfinite(rows)
        learners[first : first + len(rows)] = arcs.sum(axis=1)
        teachers += arcs.sum(axis=0)
    rings: Floats = learners * teachers * learners.sum() / max(1, graph.n) ** 2
    return rings
