"""A rotating hour: at which hours a series meets, week after week, so that as many as possible can come at least once.

Where members live all around the world every fixed hour is somebody's night. Choosing an hour for each week is the
maximum coverage problem: the greedy choice, the hour that reaches the most who were not reached yet, covers at least
1 - 1/e of what the best choice covers (Nemhauser, Wolsey and Fisher, 1978); exchanging single hours as long as that
helps makes it better still. Who was reached is a set of bits, one for each member, so that a choice is a few operations
on large integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.availability import STEP, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta


def reach(masks: Sequence[int], length: timedelta) -> list[int]:
    """For each step of a week, the members for whom a meeting of this length could begin then: a bit for each.

    `masks` are the members' free time of that week (`bot.availability.mask`). A meeting ends within its week.
    """
    steps = -(-length // STEP)
    if steps < 1:
        raise ValueError(f"a meeting of {length} is none")
    found = [0] * STEPS
    for member, mask in enumerate(masks):
        starts = _starts(mask, steps)
        while starts:
            lowest = starts & -starts
            found[lowest.bit_length() - 1] |= 1 << member
            starts ^= lowest
    return found


def _starts(mask: int, steps: int) -> int:
    """The bits of a mask at which `steps` of them begin."""
    starts = mask
    for ahead in range(1, steps):
        starts &= mask >> ahead
    return starts


def rotate(weeks: Sequence[Sequence[int]]) -> list[int]:
    """The step at which to meet in each week, given what `reach` says of it; the same for the same input.

    First as many members as possible are reached at all, then the hours are fair: of equal ones the one that suits more
    of those who could come least often so far.
    """
    chosen: list[int] = []
    for week in weeks:
        chosen.append(_fairest(week, [weeks[at][step] for at, step in enumerate(chosen)]))
    better = True
    while better:
        better = False
        for at, week in enumerate(weeks):
            others = [weeks[other][step] for other, step in enumerate(chosen) if other != at]
            step = _fairest(week, others)
            if (week[step] & ~_union(others)).bit_count() > (week[chosen[at]] & ~_union(others)).bit_count():
                chosen[at], better = step, True
    return chosen


def fix(weeks: Sequence[Sequence[int]]) -> int:
    """The one step at which to meet each week so that the most members are reached at least once."""
    return max(range(STEPS), key=lambda step: (_union(week[step] for week in weeks).bit_count(), -step))


def never_reached(weeks: Sequence[Sequence[int]], chosen: Sequence[int], members: int) -> list[int]:
    """The members whom no meeting suits, by their place in the masks."""
    reached = _union(week[step] for week, step in zip(weeks, chosen, strict=True))
    return [member for member in range(members) if not reached >> member & 1]


def _fairest(week: Sequence[int], others: Sequence[int]) -> int:
    """The step that adds the most members to those of other meetings, then suits the most of the least reached."""
    seen = _union(others)
    least = _least_reached(others)
    sizes = ((week[step] & ~seen).bit_count() for step in range(STEPS))
    return max(
        zip(sizes, range(STEPS), strict=True),
        key=lambda one: (one[0], (week[one[1]] & least).bit_count(), week[one[1]].bit_count(), -one[1]),
    )[1]


def _least_reached(others: Sequence[int]) -> int:
    """Who was reached, but no more than once: they come next where nobody new can be reached."""
    once = twice = 0
    for reached in others:
        twice |= once & reached
        once |= reached
    return once & ~twice


def _union(sets: Iterable[int]) -> int:
    found = 0
    for one in sets:
        found |= one
    return found
