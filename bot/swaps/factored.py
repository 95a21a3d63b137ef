"""The most members served, exactly: rings as closed walks over skills instead of cycles of members.

An arc u -> v factors through a skill: u gives it, v receives it. So all that a ring knows of a member is one of their
*types* (receives t, gives s), and a ring of members is a closed walk over skills whose steps are types. There are about
120 skills, whatever the number of members, and the program

    maximise  sum of served(walk) * y(walk)
    so that   walks use no more of a type than members take it, and each member takes at most one type

has as many solutions as the packing of rings, without naming one ring. Walks are priced by max-plus products of the
types' reduced values, the way kidney exchanges price cycles (Abraham, Blum, Sandholm 2007) but over skills.

Chains are closed walks through one more node, *nothing*: mentors receive nothing, and where there are mentors learners
may give nothing. Blocks are not in the program, so its optimum bounds what is possible with them (`rings.py`).
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bot.swaps.programs import Columns, choose, relax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from bot.swaps.graph import Graph

    Floats = NDArray[np.float64]

Walk = tuple[int, ...]
"""Skills one after another, the last followed by the first; the smallest rotation."""

Type = tuple[int, int]
"""Receives, gives."""

FEW = 6_000
"""Walks that are all written down instead of priced."""

BATCH = 6_000
"""New walks between two solutions of the linear program."""

UNUSED = 1e-4
"""Of a walk, up to which an interior point means nothing by it."""

EXACT = 1e-5
"""What is left of a reduced value when nothing more is to be gained: a solver's precision."""


@dataclass(slots=True)
class Model:
    """The types of a community and who can take them."""

    nothing: int  # the node of chains; the number of skills
    takers: dict[tuple[Type, ...], list[int]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[Type, int] = field(default_factory=dict)

    @property
    def profiles(self) -> list[tuple[Type, ...]]:
        """The sets of types that members choose from; who has the same one is interchangeable."""
        return list(self.takers)

    def served(self, walk: Walk) -> int:
        """How many learn in a ring or chain along a walk."""
        return sum(skill != self.nothing for skill in walk)


@dataclass(frozen=True, slots=True)
class Solution:
    """Who takes part in which walk: for each walk, for each step, whoever can take it. And the most there can be."""

    walks: list[Walk]
    members: dict[Type, list[int]]
    bound: float


def build(graph: Graph) -> Model:
    """Find the types of a community."""
    nothing = len(graph.skills)
    model = Model(nothing)
    chains = bool(graph.mentors.any())
    for number in range(graph.n):
        receives = np.nonzero(graph.priority[:, number])[0].tolist()
        gives = np.nonzero(graph.level[:, number])[0].tolist()
        if graph.mentors[number]:
            receives = [nothing]
        elif chains and receives:
            gives.append(nothing)
        own = tuple((t, s) for t in receives for s in gives)
        if own:
            model.takers[own].append(number)
    for kind in sorted({kind for profile in model.takers for kind in profile}):
        model.rows[kind] = len(model.rows)
    return model


def bound_of(model: Model, max_len: int, left: Callable[[], float]) -> tuple[list[Walk], float]:
    """Return the walks that the linear program uses, and what no packing can serve more than."""
    most = float(sum(len(members) for members in model.takers.values()))
    walks, complete = all_walks(model, max_len)
    if not walks:
        return [], 0.0
    bound = most
    if not complete:
        walks, bound = grow(model, max_len, walks, left)
    optimum = relax(columns(model, walks), limits(model), left())
    if optimum is None:
        return walks, bound
    used = optimum.values[len(optimum.values) - len(walks) :]
    bound = min(bound, most, _bound(model, optimum.prices[: len(model.rows)], max_len))
    return [walk for walk, much in zip(walks, used, strict=True) if much > UNUSED], float(np.floor(bound + EXACT))


def solve(model: Model, max_len: int, seconds: float, seed: int) -> Solution:
    """Serve as many as can be, within `seconds`; the walks are all that there are, or the best by price."""
    walks, complete = all_walks(model, max_len)
    most = float(sum(len(members) for members in model.takers.values()))
    if not walks:
        return Solution([], {}, 0.0)
    ends = time.process_time() + seconds
    if not complete:
        walks, _ = grow(model, max_len, walks, lambda: ends - time.process_time())
    choice = choose(columns(model, walks), limits(model), ends - time.process_time(), gap=0.99, seed=seed)
    bound = min(most, float(np.floor(choice.bound + EXACT))) if complete else most
    if choice.values is None:
        return Solution([], {}, bound)
    return _solution(model, walks, choice.values, bound)


def all_walks(model: Model, max_len: int) -> tuple[list[Walk], bool]:
    """Return every closed walk and True; or, where there are too many, those of two steps and False."""
    follows: dict[int, list[int]] = defaultdict(list)
    for receives, gives in model.rows:
        follows[receives].append(gives)
    size = model.nothing + 1
    adjacent = np.zeros((size, size))
    for kind in model.rows:
        adjacent[kind] = 1
    number = sum(np.trace(np.linalg.matrix_power(adjacent, k)) / k for k in range(2, max_len + 1))
    longest = max_len if number <= FEW else 2
    found = set()
    ends: list[Walk] = [(start, second) for start, second in model.rows if second >= start]
    for _ in range(2, longest + 1):
        found |= {_canonical(walk) for walk in ends if (walk[-1], walk[0]) in model.rows}
        ends = [(*walk, then) for walk in ends for then in follows[walk[-1]] if then >= walk[0]]
    return sorted(found), longest == max_len


def price(model: Model, prices: Floats, max_len: int) -> tuple[list[tuple[float, Walk]], float]:
    """Return the walks that are worth more than their types cost, best first, and how much more the best one is.

    For each pair of skills that a walk can pass, the best such walk: max-plus products of the types' reduced values.
    """
    size = model.nothing + 1
    step = np.full((size, size), -np.inf)
    for (receives, gives), row in model.rows.items():
        step[receives, gives] = (receives != model.nothing) - prices[row]
    twice, middle = _product(step)
    found: dict[Walk, float] = {}
    for value, via in _closings(step, twice, middle, max_len):
        for a, b in zip(*np.nonzero(value > EXACT), strict=True):
            walk = _canonical(via(int(a), int(b)))
            found[walk] = float(value[a, b])
    best = sorted(((value, walk) for walk, value in found.items()), key=lambda one: (-one[0], one[1]))
    return best, best[0][0] if best else 0.0


def _closings(
    step: Floats, twice: Floats, middle: NDArray[np.int64], max_len: int
) -> Iterable[tuple[Floats, Callable[[int, int], Walk]]]:
    yield step + step.T, lambda a, b: (a, b)
    if max_len >= 3:
        yield twice + step.T, lambda a, b: (a, int(middle[a, b]), b)
    if max_len >= 4:
        yield twice + twice.T, lambda a, b: (a, int(middle[a, b]), b, int(middle[b, a]))


def _product(step: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """The best two steps from each node to each, and the node between them."""
    size = len(step)
    best, middle = np.empty_like(step), np.empty((size, size), np.int64)
    for a in range(size):
        through = step[a][:, None] + step
        middle[a] = through.argmax(axis=0)
        best[a] = through[middle[a], np.arange(size)]
    return best, middle


def steps(walk: Walk) -> list[Type]:
    """The types along a walk: its first step is from its first skill to its second."""
    return list(zip(walk, (*walk[1:], walk[0]), strict=True))


def _canonical(walk: Walk) -> Walk:
    return min(walk[k:] + walk[:k] for k in range(len(walk)))


def grow(model: Model, max_len: int, walks: list[Walk], left: Callable[[], float]) -> tuple[list[Walk], float]:
    """Add walks by price until none is worth adding; return them with the bound that the last prices prove."""
    bound = float(sum(len(members) for members in model.takers.values()))
    known = set(walks)
    prices = np.full(len(model.rows), 0.9)
    while True:
        dear, _ = price(model, prices, max_len)
        new = [walk for _, walk in dear if walk not in known][:BATCH]
        if not new:
            return walks, bound
        walks += new
        known.update(new)
        optimum = relax(columns(model, walks), limits(model), left() / 2)
        if optimum is None:
            return walks, bound
        prices = optimum.prices[: len(model.rows)]
        bound = min(bound, _bound(model, prices, max_len))


def _bound(model: Model, prices: Floats, max_len: int) -> float:
    """What no packing of walks can serve more than, by weak duality, whatever the prices of types.

    If no walk is worth more than `over` above its price, prices raised by `over / 2` pay for every walk (each has two
    steps or more); a member then costs no more than the dearest of their types.
    """
    _, over = price(model, prices, max_len)
    own = {kind: prices[row] + over / 2 for kind, row in model.rows.items()}
    return float(sum(len(members) * max(own[kind] for kind in profile) for profile, members in model.takers.items()))


def columns(model: Model, walks: list[Walk]) -> Columns:
    """First a column for each profile and type (who takes it), then one for each walk."""
    profiles = model.profiles
    takes = [(row, kind) for row, profile in enumerate(profiles, len(model.rows)) for kind in profile]
    worth, starts = [0.0] * len(takes), list(range(0, 2 * len(takes), 2))
    rows = [one for row, kind in takes for one in (model.rows[kind], row)]
    uses = [-1.0, 1.0] * len(takes)
    for walk in walks:
        worth.append(float(model.served(walk)))
        starts.append(len(rows))
        used: dict[int, int] = defaultdict(int)
        for kind in steps(walk):
            used[model.rows[kind]] += 1
        rows += used.keys()
        uses += used.values()
    starts.append(len(rows))
    return Columns(np.array(worth), np.array(starts, np.int32), np.array(rows, np.int32), np.array(uses, float))


def limits(model: Model) -> Floats:
    """The rows' limits: no type is used more often than it is taken, and each member takes at most one."""
    return np.array([0] * len(model.rows) + [len(members) for members in model.takers.values()], float)


def _solution(model: Model, walks: list[Walk], values: Floats, bound: float) -> Solution:
    waiting = {profile: list(members) for profile, members in model.takers.items()}
    takes = [(profile, kind) for profile in model.profiles for kind in profile]
    members: dict[Type, list[int]] = defaultdict(list)
    for (profile, kind), number in zip(takes, values[: len(takes)], strict=True):
        for _ in range(int(number)):
            members[kind].append(waiting[profile].pop(0))
    chosen = [walk for walk, number in zip(walks, values[len(takes) :], strict=True) for _ in range(int(number))]
    return Solution(chosen, members, bound)
