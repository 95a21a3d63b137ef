"""A rotating hour: at which hours a series meets, week after week, so that as many as possible can come at least once.

Where members live all around the world every fixed hour is somebody's night. Choosing an hour for each week is the
maximum coverage problem: the greedy choice, the hour that reaches the most who were not reached yet, covers at least
1 - 1/e of what the best choice covers (Nemhauser, Wolsey and Fisher, 1978); exchanging single hours as long as that
helps makes it better still. Who was reached is a set of bits, one for each member, so that a choice is a few operations
on large integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.availability import STEP, STEPS, WEEK
from bot.when import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, tzinfo

    from bot.members.profile import Free

WEEKS = 6
"""The weeks of a rotation, after which it begins anew."""

_A_DAY = timedelta(days=1)
_SLOTS = tuple((day, time(*divmod(step * 15, 60))) for day in range(7) for step in range(_A_DAY // STEP))
"""The quarters of an hour of a local week, as day and clock time: as many as a week's steps."""


# --- what an organiser chooses from ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One meeting, and how many members have time then."""

    at: datetime  # UTC
    suits: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Meetings in some weeks, and how many members have time for at least one."""

    turns: tuple[Turn, ...]
    reached: int


@dataclass(frozen=True, slots=True)
class Choices:
    """A rotating hour beside fixed ones, over `WEEKS` weeks."""

    members: int
    rotating: Hours
    best: Hours  # the fixed hour that reaches the most
    asked: Hours  # the hour that was asked for, week after week


def choose(host: Free, everyone: Sequence[Free], first: datetime, length: timedelta, zone: tzinfo) -> Choices | None:
    """Whom hours on the clocks of `zone` reach from the instant `first` on; only `asked` looks not at the host's time.

    None where there is a week without an hour for which the host has time.
    """
    first -= (first - datetime.min.replace(tzinfo=UTC)) % STEP
    local = first.astimezone(zone)
    monday = local.date() - local.weekday() * _A_DAY
    mondays = [monday + n * WEEK for n in range(-1, WEEKS + 2)]
    free = {one: reach([member.mask(one) for member in everyone], length) for one in mondays}
    hosts = {one: reach([host.mask(one)], length) for one in mondays}
    starts = [[instant(one + day * _A_DAY, at, zone) for day, at in _SLOTS] for one in mondays[1:-1]]
    suits = [[_then(free, at) if at >= first else 0 for at in week] for week in starts]
    own = [
        [bits if _then(hosts, at) else 0 for bits, at in zip(*both, strict=True)]
        for both in zip(suits, starts, strict=True)
    ]
    begin = 0 if any(own[0]) else 1
    weeks, times = own[begin : begin + WEEKS], starts[begin : begin + WEEKS]
    if not all(map(any, weeks)):
        return None
    asked = _SLOTS.index((local.weekday(), local.time()))
    return Choices(
        len(everyone),
        _hours(weeks, times, rotate(weeks), first),
        _hours(weeks, times, [fix(weeks)] * WEEKS, first),
        _hours(suits[:WEEKS], starts[:WEEKS], [asked] * WEEKS, first),
    )


def _then(weeks: Mapping[date, Sequence[int]], at: datetime) -> int:
    """Who is free for a meeting that begins at an instant, of weeks by their Monday (UTC)."""
    day = at.date()
    monday = day - day.weekday() * _A_DAY
    return weeks[monday][(at - datetime.combine(monday, time(), UTC)) // STEP]


def _hours(
    weeks: Sequence[Sequence[int]], times: Sequence[Sequence[datetime]], chosen: Sequence[int], first: datetime
) -> Hours:
    found = [(week[slot], at[slot]) for week, at, slot in zip(weeks, times, chosen, strict=True)]
    turns = tuple(Turn(at, bits.bit_count()) for bits, at in found if at >= first)
    return Hours(turns, _union(bits for bits, _ in found).bit_count())


# --- how it is chosen ------------------------------------------------------------------------------------------------


def reach(masks: Sequence[int], length: timedelta) -> list[int]:
    """For each step of a week, the members for whom a meeting of this length could begin then: a bit for each.

    `masks` are the members' free time of that week (`bot.availability.mask`). A meeting ends within its week.
    """
    steps = -(-length // STEP)
    if steps < 1:
        raise ValueError(f"a meeting of {length} is none")
    alike: dict[int, int] = {}
    for member, mask in enumerate(masks):
        alike[mask] = alike.get(mask, 0) | 1 << member
    found = [0] * STEPS
    for mask, members in alike.items():
        starts = _starts(mask, steps)
        while starts:
            lowest = starts & -starts
            found[lowest.bit_length() - 1] |= members
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
