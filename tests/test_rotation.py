"""A rotating hour for a community around the world: who is reached at all."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from bench.mentoring import around_the_world
from bot.availability import STEPS
from bot.meetups.rotation import fix, never_reached, reach, rotate

HOUR = timedelta(hours=1)


def hours_from(*starts: int, length: int = 1) -> int:
    """A week's mask with these hours of the week free."""
    return sum(((1 << 4 * length) - 1) << 4 * start for start in starts)


def test_a_meeting_can_begin_where_it_ends_in_time() -> None:
    found = reach([hours_from(10), hours_from(10, 11), hours_from(11)], HOUR)
    assert found[40] == 0b011
    assert found[41] == 0b010
    assert found[44] == 0b110
    assert found[45] == 0
    assert reach([hours_from(167)], HOUR)[4 * 167] == 1
    assert reach([hours_from(167)], 2 * HOUR) == [0] * STEPS
    with pytest.raises(ValueError, match="none"):
        reach([], timedelta(0))


def test_the_hour_moves_so_that_everybody_is_reached_in_turn() -> None:
    west, east, both = hours_from(10), hours_from(20), hours_from(30)
    week = reach([west, west, west, east, east, both], HOUR)
    assert rotate([week] * 3) == [40, 80, 120]
    assert never_reached([week] * 3, rotate([week] * 3), 6) == []
    assert fix([week] * 3) == 40
    assert never_reached([week] * 3, [40] * 3, 6) == [3, 4, 5]


def test_where_nobody_new_can_be_reached_it_is_the_turn_of_those_who_could_come_least() -> None:
    week = reach([hours_from(10), hours_from(10), hours_from(20)], HOUR)
    assert rotate([week] * 4) == [40, 80, 40, 80]


def test_of_200_members_around_the_world_at_most_10_are_never_reached_in_12_weeks() -> None:
    masks = around_the_world(members=200, weeks=12, first=date(2026, 10, 5), seed=1)
    weeks = [reach(week, HOUR) for week in masks]
    rotating = never_reached(weeks, rotate(weeks), 200)
    fixed = never_reached(weeks, [fix(weeks)] * 12, 200)
    assert len(rotating) <= 10
    assert len(fixed) > 100


@given(st.lists(st.lists(st.integers(0, 167), max_size=3), min_size=1, max_size=6), st.integers(1, 4))
def test_a_rotation_never_reaches_fewer_than_the_best_fixed_hour(members: list[list[int]], count: int) -> None:
    week = reach([hours_from(*set(hours)) for hours in members], HOUR)
    weeks = [week] * count
    assert len(never_reached(weeks, rotate(weeks), len(members))) <= len(
        never_reached(weeks, [fix(weeks)] * count, len(members))
    )
