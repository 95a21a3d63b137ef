"""Series: five rules by hand, texts of RFC 5545, and every instant checked by another reckoning of zones."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import whenever
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.recurrence import HORIZON, MOST, expand
from bot.series import (
    MonthlyDay,
    MonthlyWeekday,
    Once,
    Rotating,
    Rule,
    Series,
    Weekly,
    beginning,
    dump,
    load,
    local_times,
    occurrences,
)
from bot.when import Shown, instant, local_day, moment, next_daily

if TYPE_CHECKING:
    from collections.abc import Iterator

BERLIN = ZoneInfo("Europe/Berlin")
APIA = ZoneInfo("Pacific/Apia")

whenever.reset_tzpath([])


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(series: Series, latest: str) -> list[str]:
    return [f"{key:%a %d %b %H:%M}" for key in local_times(series, local(latest))]


# --- the five rules --------------------------------------------------------------------------------------------------


def test_once() -> None:
    assert days(Series(local("2026-11-24 18:00"), Once()), "2027-12-31") == ["Tue 24 Nov 18:00"]


def test_weekly_on_some_days_from_the_first_time_on() -> None:
    series = Series(local("2026-11-25 18:00"), Weekly((0, 2)))  # begins on a Wednesday
    assert days(series, "2026-12-03") == ["Wed 25 Nov 18:00", "Mon 30 Nov 18:00", "Wed 02 Dec 18:00"]


def test_every_second_week_counts_from_the_week_of_the_first_time() -> None:
    series = Series(local("2026-11-25 18:00"), Weekly((0, 2), every=2))
    assert days(series, "2026-12-22") == [
        "Wed 25 Nov 18:00",
        "Mon 07 Dec 18:00",
        "Wed 09 Dec 18:00",
        "Mon 21 Dec 18:00",
    ]


def test_the_nth_and_the_last_weekday_of_a_month() -> None:
    start = local("2026-11-01 18:00")
    assert days(Series(start, MonthlyWeekday(1, 2)), "2027-01-31") == [
        "Tue 10 Nov 18:00",
        "Tue 08 Dec 18:00",
        "Tue 12 Jan 18:00",
    ]
    assert days(Series(start, MonthlyWeekday(4, -1)), "2026-12-31") == ["Fri 27 Nov 18:00", "Fri 25 Dec 18:00"]
    assert days(Series(start, MonthlyWeekday(0, 5)), "2027-03-31") == ["Mon 30 Nov 18:00", "Mon 29 Mar 18:00"]


def test_a_day_of_the_month_and_the_months_that_have_it() -> None:
    series = Series(local("2026-12-31 09:00"), MonthlyDay(31))
    assert days(series, "2027-05-31 10:00") == [
        "Thu 31 Dec 09:00",
        "Sun 31 Jan 09:00",
        "Wed 31 Mar 09:00",
        "Mon 31 May 09:00",
    ]


def test_rotating_takes_the_slots_in_turn() -> None:
    series = Series(local("2026-11-23 00:00"), Rotating(((1, time(9)), (3, time(18)))))
    assert days(series, "2026-12-13") == ["Tue 24 Nov 09:00", "Thu 03 Dec 18:00", "Tue 08 Dec 09:00"]
    fortnightly = Series(local("2026-11-23 00:00"), Rotating(((1, time(9)), (3, time(18))), every=2))
    assert days(fortnightly, "2026-12-23") == ["Tue 24 Nov 09:00", "Thu 10 Dec 18:00", "Tue 22 Dec 09:00"]


def test_nothing_happens_after_the_end() -> None:
    series = Series(local("2026-11-24 18:00"), Weekly((1,)), until=local("2026-12-08 18:00"))
    assert days(series, "2030-01-01") == ["Tue 24 Nov 18:00", "Tue 01 Dec 18:00", "Tue 08 Dec 18:00"]


def test_exceptions_and_moves() -> None:
    first, second, third = (local(f"2026-{day} 18:00") for day in ("11-24", "12-01", "12-08"))
    series = Series(first, Weekly((1,)), exceptions=frozenset({second}), moves={third: local("2026-12-09 19:30")})
    found = occurrences(series, BERLIN, utc("2026-11-20"), utc("2026-12-14"))
    assert [(o.key, o.at.utc) for o in found] == [(first, utc("2026-11-24 17:00")), (third, utc("2026-12-09 18:30"))]


def test_an_instant_at_the_second_showing_of_its_wall_time_stays_that_instant() -> None:
    first, second = utc("2026-10-25 00:30"), utc("2026-10-25 01:30")  # 02:30 in Berlin, both
    key = local("2026-10-24 18:00")
    moved = Series(key).moved(key, second, BERLIN)
    plans = {first: (beginning(first, BERLIN), moved.moved(key, first, BERLIN)), second: (moved,)}
    plans[second] += (beginning(second, BERLIN), beginning(second, BERLIN, Weekly((6,))))
    for at, same in plans.items():
        for plan in same:
            found = occurrences(load(dump(plan)), BERLIN, utc("2026-10-20"), utc("2026-10-28"))
            assert [one.at.utc for one in found] == [at]


def test_a_series_keeps_its_wall_time_over_a_clock_change() -> None:
    found = occurrences(Series(local("2027-03-23 18:00"), Weekly((1,))), BERLIN, utc("2027-03-20"), utc("2027-04-01"))
    assert [o.at.utc for o in found] == [utc("2027-03-23 17:00"), utc("2027-03-30 16:00")]


def test_from_is_included_and_to_is_not() -> None:
    series = Series(local("2026-11-24 18:00"), Weekly((1,)))
    found = occurrences(series, BERLIN, utc("2026-11-24 17:00"), utc("2026-12-08 17:00"))
    assert [o.key.day for o in found] == [24, 1]


def test_the_end_of_all_calendars_is_an_end() -> None:
    for rule in (Weekly((0,)), MonthlyDay(31), MonthlyWeekday(0, -1), Rotating(((6, time(23)),))):
        found = list(local_times(Series(local("9999-11-01 00:00"), rule), local("9999-12-31 23:59")))
        assert 1 <= len(found) <= 9


@pytest.mark.parametrize(
    "rule",
    [
        Once(),
        Weekly((0, 2), 3),
        MonthlyWeekday(4, -1),
        MonthlyDay(31),
        Rotating(((1, time(9)), (3, time(18, 30))), 2),
    ],
)
def test_a_series_is_stored_as_data_and_read_back(rule: Rule) -> None:
    times = [local(f"2026-12-0{day} 18:00") for day in (1, 2, 3, 4)]
    series = Series(times[0], rule, times[3], frozenset({times[1]}), {times[2]: times[3]})
    assert load(json.loads(json.dumps(dump(series)))) == series


def test_rules_that_make_no_sense_are_refused() -> None:
    for make in (
        lambda: Weekly(()),
        lambda: Weekly((7,)),
        lambda: Weekly((1,), 0),
        lambda: MonthlyWeekday(1, 0),
        lambda: MonthlyWeekday(1, 6),
        lambda: MonthlyDay(0),
        lambda: MonthlyDay(32),
        lambda: Rotating(()),
        lambda: load({"start": "2026-12-01T18:00", "rule": {"kind": "hourly"}}),
    ):
        with pytest.raises(ValueError, match=r"rule|kind"):
            make()


# --- rules of RFC 5545 -----------------------------------------------------------------------------------------------


def expanded(start: str, rule: str | None, *exdates: str, zone: str = "Europe/Berlin") -> list[str]:
    found = expand(ZoneInfo(zone), local(start), rule, [local(text) for text in exdates])
    return [f"{o.key:%Y-%m-%d %H:%M}" for o in found]


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        ("2026-11-24 18:00", None, ["2026-11-24"]),
        ("2026-11-24 18:00", "FREQ=DAILY;COUNT=3", ["2026-11-24", "2026-11-25", "2026-11-26"]),
        ("2026-11-24 18:00", "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=2", ["2026-11-24", "2026-11-26"]),
        ("2026-11-24 18:00", "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3", ["2026-11-24", "2026-11-26", "2026-12-01"]),
        ("2026-11-24 18:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;COUNT=2", ["2026-11-24", "2026-12-08"]),
        ("2026-11-24 18:00", "FREQ=MONTHLY;BYDAY=4TU;COUNT=2", ["2026-11-24", "2026-12-22"]),
        ("2026-11-27 18:00", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["2026-11-27", "2026-12-25"]),
        ("2026-12-31 18:00", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2", ["2026-12-31", "2027-01-31"]),
        (
            "2026-11-30 18:00",
            "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4",
            ["2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"],
        ),
        ("2026-11-30 18:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["2026-11-30", "2026-12-31"]),
        ("2028-02-29 18:00", "FREQ=YEARLY;COUNT=2", ["2028-02-29", "2032-02-29"]),
        ("2026-11-24 18:00", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TU;COUNT=2", ["2026-11-24", "2027-11-23"]),
        ("2026-11-24 18:00", "FREQ=DAILY;UNTIL=20261126", ["2026-11-24", "2026-11-25", "2026-11-26"]),
        ("2026-11-24 18:00", "FREQ=DAILY;UNTIL=20261126T180000", ["2026-11-24", "2026-11-25", "2026-11-26"]),
        ("2026-11-24 18:00", "FREQ=DAILY;UNTIL=20261126T175959", ["2026-11-24", "2026-11-25"]),
        ("2026-11-24 18:00", "FREQ=DAILY;UNTIL=20261126T170000Z", ["2026-11-24", "2026-11-25", "2026-11-26"]),
        ("2026-11-24 18:00", "FREQ=DAILY;UNTIL=20261126T165959Z", ["2026-11-24", "2026-11-25"]),
        ("2026-11-24 18:00", "freq=daily;count=1", ["2026-11-24"]),
    ],
)
def test_a_rule_of_rfc_5545(start: str, rule: str | None, expected: list[str]) -> None:
    assert [text[:10] for text in expanded(start, rule)] == expected


def test_exdates_are_counted_and_left_out() -> None:
    found = expanded("2026-11-24 18:00", "FREQ=DAILY;COUNT=3", "2026-11-25 18:00", "2026-11-26 12:00")
    assert [text[:10] for text in found] == ["2026-11-24", "2026-11-26"]


def test_a_rule_without_end_is_followed_for_a_year_and_a_long_one_is_cut() -> None:
    endless = expanded("2026-11-24 18:00", "FREQ=WEEKLY")
    assert len(endless) == HORIZON.days // 7 + 1
    assert len(expanded("2026-11-24 18:00", "FREQ=DAILY;COUNT=999999")) == MOST
    assert len(expanded("9998-12-24 18:00", "FREQ=DAILY;COUNT=999999")) == 8


@pytest.mark.parametrize(
    "rule",
    ["", "FREQ", "FREQ=HOURLY", "INTERVAL=2", "FREQ=DAILY;COUNT=x", "FREQ=DAILY;COUNT=2;UNTIL=20261231",
     "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;UNTIL=2026", "FREQ=DAILY;UNTIL=20261332", "FREQ=DAILY;FREQ=DAILY",
     "FREQ=DAILY;BYHOUR=3", "FREQ=DAILY;INTERVAL=0;COUNT=2", "every tuesday"],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(UserError) as refused:
        expanded("2026-11-24 18:00", rule)
    assert refused.value.code == "E-RULE"


# --- instants, by another reckoning ----------------------------------------------------------------------------------

RULES = [
    "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "America/Asuncion", "America/Havana", "America/Los_Angeles",
    "America/New_York", "America/Nuuk", "America/Santiago", "America/Sao_Paulo", "America/Scoresbysund",
    "America/St_Johns", "America/Vancouver", "Antarctica/Troll", "Asia/Amman", "Asia/Beirut", "Asia/Gaza",
    "Asia/Jerusalem", "Asia/Kolkata", "Asia/Pyongyang", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Sydney",
    "Europe/Berlin", "Europe/Chisinau", "Europe/Dublin", "Europe/Moscow", "Pacific/Apia", "Pacific/Auckland",
    "Pacific/Chatham", "Pacific/Easter", "Pacific/Norfolk",
]  # fmt: skip
"""Zones of different rules: half-hour steps, changes at midnight or on Fridays, in Ramadan, negative summer time."""


def transitions(name: str, first: int, last: int) -> Iterator[datetime]:
    """The instants, to the quarter of an hour, at which clocks in a zone jump, from one year to another."""
    zone, hour = ZoneInfo(name), timedelta(hours=1)
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    before = at.astimezone(zone).utcoffset()
    while at < end:
        at += 6 * hour
        if (after := at.astimezone(zone).utcoffset()) != before:
            yield next(
                moment
                for quarter in range(24, -1, -1)
                if (moment := at - quarter * timedelta(minutes=15)).astimezone(zone).utcoffset() == after
            )
            before = after


JUMPS = [(name, at) for name in RULES for at in transitions(name, 2010, 2028)]


def judged(wall: datetime, name: str) -> datetime:
    """The instant of a wall time by the library `whenever`, whose rule "compatible" is ours (RFC 5545 and Temporal)."""
    plain = whenever.PlainDateTime(wall)
    return plain.assume_tz(name, disambiguation="compatible").to_instant().to_stdlib()


def test_wall_times_around_every_jump_mean_what_another_library_says() -> None:
    checked: Counter[Shown] = Counter()
    for name, at in JUMPS:
        zone = ZoneInfo(name)
        for minutes in (-1441, -61, -60, -31, -30, -15, -1, 0, 1, 15, 30, 45, 59, 60, 61, 90, 119, 1440):
            wall = at.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(minutes=minutes)
            found = moment(wall, zone)
            assert found.utc == instant(wall.date(), wall.time(), zone) == judged(wall, name), (name, wall)
            assert (found.wall == wall) is (found.state is not Shown.GAP)
            checked[found.state] += 1
    assert checked[Shown.OK] > 5000
    assert checked[Shown.GAP] > 1500
    assert checked[Shown.FOLD] > 1500


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(RULES), st.integers(0, 30 * 366 * 24 * 4))
def test_any_wall_time_means_what_another_library_says(name: str, quarters: int) -> None:
    wall = datetime.fromisoformat("2008-01-01") + quarters * timedelta(minutes=15)
    assert moment(wall, ZoneInfo(name)).utc == judged(wall, name)


def test_a_daily_thing_happens_exactly_once_a_local_day_around_every_jump() -> None:
    """Five clock times around each of the jumps: 2,640 cases and more, each over five local days."""
    cases = 0
    for name, at in JUMPS:
        zone = ZoneInfo(name)
        jump = at.astimezone(zone).replace(tzinfo=None, fold=0)
        lived = {local_day(at + timedelta(hours=h), zone) for h in range(-48, 49)}
        for minutes in (-60, -30, 0, 15, 59):
            clock = (jump + timedelta(minutes=minutes)).time()
            found = []
            moment_ = at - timedelta(hours=84)
            while moment_ < at + timedelta(hours=84):
                moment_ = next_daily(moment_, clock, zone)
                found.append(local_day(moment_, zone))
            assert all(count == 1 for count in Counter(found).values()), (name, at, clock)
            assert lived <= set(found), (name, at, clock)
            cases += 1
    assert cases >= 2640


def test_a_daily_series_has_each_local_date_once_around_every_jump() -> None:
    for name, at in JUMPS:
        zone = ZoneInfo(name)
        jump = at.astimezone(zone).replace(tzinfo=None, fold=0)
        for minutes in (-30, 0, 30):
            wall = jump + timedelta(minutes=minutes)
            found = expand(zone, wall - timedelta(days=3), "FREQ=DAILY;COUNT=7")
            assert len({o.key.date() for o in found}) == len(found) >= 6
            assert all(earlier.at.utc < later.at.utc for earlier, later in pairwise(found)), (name, wall)
            assert all(o.at.utc == judged(o.key, name) for o in found)


def test_a_date_that_a_zone_left_out_has_no_occurrence_of_a_series_but_a_single_one_is_moved() -> None:
    found = expand(APIA, local("2011-12-28 08:00"), "FREQ=DAILY;COUNT=5")
    assert [o.key.date() for o in found] == [
        date(2011, 12, 28),
        date(2011, 12, 29),
        date(2011, 12, 31),
        date(2012, 1, 1),
    ]
    [once] = expand(APIA, local("2011-12-30 08:00"), None)
    assert (once.at.state, once.at.utc) == (Shown.GAP, utc("2011-12-30 18:00"))
