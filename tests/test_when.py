"""Zones, local days and clocks: by hand where clocks jump, and by property over the odd years of five zones."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.when import (
    EVERY_DAY,
    TZDATA_VERSION,
    QuietHours,
    SetClock,
    SystemClock,
    in_utc,
    instant,
    local_day,
    next_daily,
    parse_clock,
    zone,
)

BERLIN = zone("Europe/Berlin")
NEW_YORK = zone("America/New_York")
LORD_HOWE = zone("Australia/Lord_Howe")
APIA = zone("Pacific/Apia")
CASABLANCA = zone("Africa/Casablanca")
ODD = [(BERLIN, 2026), (NEW_YORK, 2026), (LORD_HOWE, 2026), (APIA, 2011), (CASABLANCA, 2026)]


def utc(text: str) -> datetime:
    """The instant written as "2026-03-29 01:00", in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- zones -----------------------------------------------------------------------------------------------------------


def test_zone_data_comes_from_the_package_and_nowhere_else() -> None:
    assert zoneinfo.TZPATH == ()
    assert TZDATA_VERSION.startswith("20")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/lisbon", "Europe/Lisbon"),
        ("  Berlin ", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("São Paulo", "America/Sao_Paulo"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(typed: str, key: str) -> None:
    assert zone(typed).key == key


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("Berln", "Did you mean Europe/Berlin?"),
        ("Atlantis", "Did you mean Atlanta (America/New_York)?"),
        ("Munic", "Did you mean Munich (Europe/Berlin)?"),
        ("Europe/Lisbonn", "Did you mean Europe/Lisbon?"),
        ("est", "Did you mean America/New_York or America/Panama?"),
        ("IST", "Did you mean Asia/Kolkata, Europe/Dublin or Asia/Jerusalem?"),
        ("Xyzzy", "Name the nearest large city, such as Berlin, or a zone, such as Europe/Berlin."),
        ("", "Name the nearest large city, such as Berlin, or a zone, such as Europe/Berlin."),
        ("Factory", "Name the nearest large city, such as Berlin, or a zone, such as Europe/Berlin."),
        ("../../etc/passwd", "Name the nearest large city, such as Berlin, or a zone, such as Europe/Berlin."),
    ],
)
def test_what_is_no_zone_is_asked_back_with_the_closest_names(typed: str, advice: str) -> None:
    with pytest.raises(UserError) as refused:
        zone(typed)
    assert refused.value.code == "E-ZONE"
    assert refused.value.advice == advice


# --- instants --------------------------------------------------------------------------------------------------------


def test_naive_instants_are_refused_everywhere() -> None:
    naive = datetime(2026, 11, 24, 8, 0)  # noqa: DTZ001
    quiet = QuietHours(time(22), time(7))
    for refuse in (
        lambda: in_utc(naive),
        lambda: local_day(naive, BERLIN),
        lambda: next_daily(naive, time(8), BERLIN),
        lambda: quiet.contains(naive, BERLIN),
        lambda: quiet.end_after(naive, BERLIN),
        lambda: SetClock(naive),
        lambda: SetClock(utc("2026-11-24 08:00")).move(naive),
    ):
        with pytest.raises(ValueError, match="naive"):
            refuse()


def test_the_local_day_is_the_date_on_the_wall() -> None:
    late = utc("2026-11-24 23:30")
    assert local_day(late, BERLIN) == date(2026, 11, 25)
    assert local_day(late, NEW_YORK) == date(2026, 11, 24)
    assert local_day(utc("2011-12-30 09:59"), APIA) == date(2011, 12, 29)
    assert local_day(utc("2011-12-30 10:00"), APIA) == date(2011, 12, 31)


@pytest.mark.parametrize(
    ("place", "day", "at", "expected"),
    [
        (BERLIN, date(2026, 11, 24), time(8), "2026-11-24 07:00"),
        (BERLIN, date(2026, 3, 29), time(2, 30), "2026-03-29 01:30"),  # gap 02:00-03:00: read as +1, shows 03:30
        (BERLIN, date(2026, 10, 25), time(2, 30), "2026-10-25 00:30"),  # twice: the first, still +2
        (NEW_YORK, date(2026, 3, 8), time(2, 15), "2026-03-08 07:15"),  # gap: read as -5, shows 03:15
        (NEW_YORK, date(2026, 11, 1), time(1, 30), "2026-11-01 05:30"),  # twice: the first, still -4
        (LORD_HOWE, date(2026, 10, 4), time(2, 10), "2026-10-03 15:40"),  # half-hour gap: read as +10:30
        (LORD_HOWE, date(2026, 4, 5), time(1, 45), "2026-04-04 14:45"),  # half-hour repeat: the first, +11
        (CASABLANCA, date(2026, 3, 22), time(2, 30), "2026-03-22 02:30"),  # Ramadan over, 02:00 to 03:00: read as +0
        (APIA, date(2011, 12, 30), time(8), "2011-12-30 18:00"),  # the date that never was: read as -10
    ],
)
def test_a_wall_time_becomes_one_instant(place: zoneinfo.ZoneInfo, day: date, at: time, expected: str) -> None:
    assert instant(day, at, place) == utc(expected)
    assert instant(day, at, place).tzinfo is UTC
    assert instant(day, at.replace(fold=1), place) == utc(expected)


# --- daily things ----------------------------------------------------------------------------------------------------


def test_the_next_time_is_strictly_later() -> None:
    eight = utc("2026-11-24 07:00")
    assert next_daily(eight - timedelta(seconds=1), time(8), BERLIN) == eight
    assert next_daily(eight, time(8), BERLIN) == utc("2026-11-25 07:00")


def test_a_digest_on_weekdays_skips_the_weekend() -> None:
    friday_after = utc("2026-11-27 07:30")
    assert next_daily(friday_after, time(8), BERLIN, frozenset({0, 1, 2, 3, 4})) == utc("2026-11-30 07:00")


def test_days_must_be_days_of_the_week() -> None:
    for days in (frozenset[int](), frozenset({7})):
        with pytest.raises(ValueError, match="Monday"):
            next_daily(utc("2026-11-24 07:00"), time(8), BERLIN, days)


def test_a_daily_thing_in_the_repeated_hour_happens_once() -> None:
    first = next_daily(utc("2026-10-24 12:00"), time(2, 30), BERLIN)
    assert first == utc("2026-10-25 00:30")
    assert next_daily(first, time(2, 30), BERLIN) == utc("2026-10-26 01:30")
    between_the_two = utc("2026-10-25 01:15")  # 02:15 for the second time
    assert next_daily(between_the_two, time(2, 30), BERLIN) == utc("2026-10-26 01:30")


def test_a_daily_thing_in_the_gap_still_happens() -> None:
    assert next_daily(utc("2026-03-28 12:00"), time(2, 30), BERLIN) == utc("2026-03-29 01:30")


def test_a_gap_at_the_end_of_the_day_does_not_move_it_to_tomorrow() -> None:
    """Pyongyang went from 23:30 to midnight on 4 May 2018; 23:45 read with the offset before would be 5 May, 00:15."""
    pyongyang = zone("Asia/Pyongyang")
    found = next_daily(utc("2018-05-04 00:00"), time(23, 45), pyongyang)
    assert found == utc("2018-05-04 14:45")
    assert local_day(found, pyongyang) == date(2018, 5, 4)
    assert next_daily(found, time(23, 45), pyongyang) == utc("2018-05-05 14:45")


def test_a_date_that_was_left_out_has_no_digest() -> None:
    thursday = next_daily(utc("2011-12-29 00:00"), time(8), APIA)
    assert thursday == utc("2011-12-29 18:00")
    assert next_daily(thursday, time(8), APIA) == utc("2011-12-30 18:00")  # Saturday the 31st, 08:00 there
    fridays = frozenset({4})
    assert next_daily(thursday, time(8), APIA, fridays) == utc("2012-01-05 18:00")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ODD), st.times().map(lambda t: t.replace(microsecond=0)))
def test_over_a_year_of_transitions_each_local_day_has_it_exactly_once(
    odd: tuple[zoneinfo.ZoneInfo, int], at: time
) -> None:
    place, year = odd
    moment = datetime(year, 1, 10, tzinfo=UTC)
    found = []
    while moment < datetime(year + 1, 1, 10, tzinfo=UTC):
        moment = next_daily(moment, at, place)
        found.append(local_day(moment, place))
    lived = {local_day(datetime(year, 1, 10, tzinfo=UTC) + timedelta(hours=4 * n), place) for n in range(6 * 365)}
    assert len(found) == len(set(found))
    assert set(found) >= lived - {min(lived), max(lived)}
    assert (date(2011, 12, 30) in found) is False


@settings(deadline=None)
@given(
    st.sampled_from(ODD),
    st.integers(0, 366 * 24 * 60),
    st.times().map(lambda t: t.replace(microsecond=0)),
    st.sets(st.integers(0, 6), min_size=1).map(frozenset),
)
def test_the_next_time_is_later_on_a_right_day_and_none_was_missed(
    odd: tuple[zoneinfo.ZoneInfo, int], minute: int, at: time, days: frozenset[int]
) -> None:
    place, year = odd
    after = datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    found = next_daily(after, at, place, days)
    assert found > after
    assert local_day(found, place).weekday() in days
    assert found == min(
        moment
        for back in range(-3, 20)
        if (moment := next_daily(after + timedelta(days=back), at, place, days)) > after
    )
    assert found - after <= timedelta(days=15)


# --- typed times and quiet hours -------------------------------------------------------------------------------------


def test_a_time_of_day_is_read() -> None:
    assert parse_clock("08:00") == time(8)
    assert parse_clock(" 8:05 ") == time(8, 5)
    assert parse_clock("23:59") == time(23, 59)


@pytest.mark.parametrize("typed", ["", "8", "24:00", "08:60", "8am", "08:00:00", "٠٨:٠٠", "-1:00", "08:00\n09:00"])
def test_what_is_no_time_of_day_is_refused(typed: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_clock(typed)
    assert refused.value.code == "E-TIME"
    assert "08:00" in refused.value.advice


def test_quiet_hours_over_midnight() -> None:
    night = QuietHours(time(22), time(7))
    assert night.contains(utc("2026-11-24 21:00"), BERLIN)  # 22:00
    assert night.contains(utc("2026-11-25 05:59"), BERLIN)  # 06:59
    assert not night.contains(utc("2026-11-25 06:00"), BERLIN)  # 07:00
    assert not night.contains(utc("2026-11-24 20:59"), BERLIN)  # 21:59
    assert night.end_after(utc("2026-11-24 23:00"), BERLIN) == utc("2026-11-25 06:00")
    noon = utc("2026-11-24 11:00")
    assert night.end_after(noon, BERLIN) == noon


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    siesta = QuietHours(time(13), time(15))
    assert siesta.end_after(utc("2026-11-24 12:30"), BERLIN) == utc("2026-11-24 14:00")
    assert not siesta.contains(utc("2026-11-24 22:00"), BERLIN)
    assert not QuietHours(time(0), time(0)).contains(utc("2026-11-24 12:00"), BERLIN)


def test_the_night_is_an_hour_shorter_or_longer_when_clocks_change() -> None:
    night = QuietHours(time(22), time(7))
    assert night.end_after(utc("2026-03-28 21:00"), BERLIN) == utc("2026-03-29 05:00")
    assert night.end_after(utc("2026-10-24 20:00"), BERLIN) == utc("2026-10-25 06:00")


def test_a_night_that_ends_in_the_gap_or_in_the_repeat_ends_once() -> None:
    night = QuietHours(time(22), time(2, 30))
    assert night.end_after(utc("2026-03-29 00:30"), BERLIN) == utc("2026-03-29 01:30")
    assert night.end_after(utc("2026-10-25 00:15"), BERLIN) == utc("2026-10-25 00:30")
    assert not night.contains(utc("2026-10-25 01:15"), BERLIN)  # 02:15 again, but this night is over


def test_the_night_that_swallowed_a_date() -> None:
    night = QuietHours(time(22), time(7))
    six_on_the_31st = utc("2011-12-30 16:00")
    assert night.contains(six_on_the_31st, APIA)
    assert night.end_after(six_on_the_31st, APIA) == utc("2011-12-30 17:00")


@settings(deadline=None)
@given(st.sampled_from(ODD), st.integers(0, 366 * 24 * 60), st.times(), st.times())
def test_the_end_of_quiet_is_never_quiet_and_never_earlier(
    odd: tuple[zoneinfo.ZoneInfo, int], minute: int, start: time, end: time
) -> None:
    place, year = odd
    at = datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    quiet = QuietHours(start, end)
    over = quiet.end_after(at, place)
    assert over >= at
    assert not quiet.contains(over, place)
    assert (over == at) is not quiet.contains(at, place)


# --- clocks ----------------------------------------------------------------------------------------------------------


def test_the_system_clock_is_now_in_utc() -> None:
    before = datetime.now(UTC)
    shown = SystemClock().now()
    assert before <= shown <= datetime.now(UTC)
    assert shown.tzinfo is UTC


def test_a_set_clock_stands_still_moves_on_and_goes_back_only_when_asked() -> None:
    clock = SetClock(datetime(2026, 11, 24, 8, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == utc("2026-11-24 07:00")
    assert clock.now().tzinfo is UTC
    clock.move(utc("2026-11-25 07:00"))
    clock.move(utc("2026-11-25 07:00"))
    with pytest.raises(ValueError, match="go back"):
        clock.move(utc("2026-11-24 07:00"))
    assert clock.now() == utc("2026-11-25 07:00")
    clock.move(utc("2026-11-24 07:00"), back=True)
    assert clock.now() == utc("2026-11-24 07:00")


def test_every_day_is_seven_days() -> None:
    assert sorted(EVERY_DAY) == [0, 1, 2, 3, 4, 5, 6]
