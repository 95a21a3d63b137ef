"""Weekly availability as bit masks: windows on their owner's clock, intersected in one week of UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.availability import STEP, STEPS, Window, hours, mask, spans
from bot.when import QuietHours

BERLIN, NEW_YORK, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata")
NOVEMBER = date(2026, 11, 23)
ZONES = [ZoneInfo(name) for name in ("Europe/Berlin", "Pacific/Kiritimati", "Pacific/Midway", "Asia/Kathmandu")]


def shown(bits: int, monday: date = NOVEMBER) -> list[str]:
    return [f"{start:%a %H:%M}-{end:%a %H:%M}" for start, end in spans(bits, monday)]


def test_a_window_is_a_stretch_of_the_week() -> None:
    found = mask([Window(1, time(18), time(20))], BERLIN, NOVEMBER)
    assert shown(found) == ["Tue 17:00-Tue 19:00"]
    assert hours(found) == 2


def test_two_people_share_what_both_masks_have() -> None:
    evenings = mask([Window(day, time(17), time(22)) for day in range(5)], BERLIN, NOVEMBER)
    mornings = mask([Window(day, time(9), time(12)) for day in range(5)], NEW_YORK, NOVEMBER)
    assert shown(evenings & mornings)[0] == "Mon 16:00-Mon 17:00"  # 17:00 in Berlin, 11:00 in New York
    assert hours(evenings & mornings) == 5


def test_the_same_window_is_another_hour_of_utc_after_a_clock_change() -> None:
    window = [Window(1, time(18), time(20))]
    assert shown(mask(window, BERLIN, date(2027, 3, 22)), date(2027, 3, 22)) == ["Tue 17:00-Tue 19:00"]
    assert shown(mask(window, BERLIN, date(2027, 3, 29)), date(2027, 3, 29)) == ["Tue 16:00-Tue 18:00"]


def test_over_midnight_and_over_the_ends_of_the_week() -> None:
    assert shown(mask([Window(1, time(22), time(1))], BERLIN, NOVEMBER)) == ["Tue 21:00-Wed 00:00"]
    assert shown(mask([Window(1, time(22), time(0))], BERLIN, NOVEMBER)) == ["Tue 21:00-Tue 23:00"]
    sunday_night = mask([Window(6, time(23), time(2))], BERLIN, NOVEMBER)
    assert shown(sunday_night) == ["Mon 00:00-Mon 01:00", "Sun 22:00-Mon 00:00"]  # the one before, and the one after
    early_monday = mask([Window(0, time(2), time(6))], KOLKATA, NOVEMBER)
    assert shown(early_monday) == ["Mon 00:00-Mon 00:30", "Sun 20:30-Mon 00:00"]


def test_quiet_hours_take_away_and_quarters_that_are_cut_are_left_out() -> None:
    window = [Window(1, time(20), time(23, 50))]
    assert shown(mask(window, BERLIN, NOVEMBER)) == ["Tue 19:00-Tue 22:45"]
    quiet = QuietHours(time(22, 10), time(7))
    assert shown(mask(window, BERLIN, NOVEMBER, quiet)) == ["Tue 19:00-Tue 21:00"]
    assert shown(mask(window, BERLIN, NOVEMBER, QuietHours(time(0), time(0)))) == ["Tue 19:00-Tue 22:45"]


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="no Monday"):
        mask([], BERLIN, date(2026, 11, 24))
    with pytest.raises(ValueError, match="day of the week"):
        Window(7, time(1), time(2))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.builds(Window, st.integers(0, 6), st.times(), st.times()), max_size=4),
    st.sampled_from(ZONES),
    st.integers(0, 60),
    st.sampled_from([None, QuietHours(time(22), time(7))]),
)
def test_a_quarter_is_in_the_mask_exactly_if_a_clock_there_says_so(
    windows: list[Window], zone: ZoneInfo, week: int, quiet: QuietHours | None
) -> None:
    monday = NOVEMBER + timedelta(weeks=week)
    found = mask(windows, zone, monday, quiet)
    begin = datetime.combine(monday, time(), UTC)
    assert 0 <= found < 1 << STEPS
    for n in range(0, STEPS, 7):
        middle = begin + n * STEP + STEP / 2
        if found >> n & 1:
            assert any(_holds(window, middle.astimezone(zone)) for window in windows)
            assert quiet is None or not quiet.contains(middle, zone)


def _holds(window: Window, wall: datetime) -> bool:
    minutes = wall.hour * 60 + wall.minute
    start, end = (at.hour * 60 + at.minute + at.second / 60 for at in (window.start, window.end))
    if window.end > window.start:
        return wall.weekday() == window.day and start <= minutes < end
    return (wall.weekday() == window.day and minutes >= start) or (
        wall.weekday() == (window.day + 1) % 7 and minutes < end
    )


@settings(max_examples=100, deadline=None)
@given(st.integers(0, (1 << STEPS) - 1))
def test_stretches_are_the_mask_again(bits: int) -> None:
    begin = datetime.combine(NOVEMBER, time(), UTC)
    again = 0
    for start, end in spans(bits, NOVEMBER):
        for n in range((start - begin) // STEP, (end - begin) // STEP):
            again |= 1 << n
    assert again == bits
