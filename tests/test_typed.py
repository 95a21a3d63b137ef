"""Typed times: the table of phrases, what is asked back and how, and that nothing is ever taken by chance."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.typed import LONGEST, Choice, State, Typed, read, read_day
from bot.when import Moment, zone_name
from tests.typed_phrases import NOW, PHRASES

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
TEATIME = datetime.fromisoformat(NOW)

TABLE = [tuple(line.rsplit(" => ", 1)) for line in PHRASES.strip("\n").splitlines() if not line.startswith("# ---")]


def typed(text: str, now: datetime = TEATIME, zone: ZoneInfo = BERLIN) -> Typed:
    return read(text, zone, now)


def said(found: Typed) -> str:
    """An answer as the table writes it."""
    if found.moment:
        return _moment(found.moment) + ("" if found.state is State.OK else f" {found.state}")
    if found.state is State.ASK:
        return "? " + " | ".join(_choice(choice) for choice in found.ask)
    return "x"


def _moment(found: Moment) -> str:
    zone = "" if zone_name(found.zone) == "Europe/Berlin" else f" {zone_name(found.zone)}"
    return f"{found.wall:%Y-%m-%d %H:%M}{zone}"


def _choice(choice: Choice) -> str:
    return _moment(choice.moment) if choice.moment else f"day {choice.day}"


@pytest.mark.parametrize(("phrase", "meaning"), TABLE, ids=[repr(phrase) for phrase, _ in TABLE])
def test_a_phrase_means_what_people_mean_by_it(phrase: str, meaning: str) -> None:
    found = typed(phrase)
    assert said(found) == meaning.removesuffix(" Europe/Berlin").removesuffix(" E-PAST").removesuffix(" E-ZONE")
    if meaning.startswith("x E-"):
        assert found.code == meaning.removeprefix("x ")
    assert (found.state is State.OK) == (not found.reason), "whatever is not plainly ok says why"
    assert bool(found.code) == (found.state is State.REFUSED)


def test_the_table_is_large_and_has_every_kind_of_answer() -> None:
    assert len(TABLE) >= 550
    assert len({phrase for phrase, _ in TABLE}) == len(TABLE)
    answers = [said(typed(phrase))[0] for phrase, _ in TABLE]
    assert answers.count("2") >= 250
    assert answers.count("?") >= 70
    assert answers.count("x") >= 130


def test_an_instant_is_derived_from_the_wall_time_of_its_place() -> None:
    for phrase, utc in (
        ("next tue 5pm", "2026-11-24 16:00"),
        ("friday 5pm in Tokyo", "2026-11-20 08:00"),
        ("1 july 5pm ET", "2027-07-01 21:00"),
        ("5pm UTC+05:30", "2026-11-19 11:30"),
        ("28 march 2027 2:30am", "2027-03-28 01:30"),  # the gap: read with the offset before it
        ("31 oct 2027 2:30am", "2027-10-31 00:30"),  # twice: the first
        ("28 march 2027 3am", "2027-03-28 01:00"),
    ):
        found = typed(phrase).moment
        assert found is not None
        assert found.utc == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_letters_of_a_season_choose_between_two_showings_of_one_time() -> None:
    """1:30 on 1 November 2026 is shown twice in New York: EDT is the first, EST the second, ET is the first by rule."""
    before = datetime(2026, 10, 30, 12, tzinfo=UTC)
    hours = {
        letters: found.utc.hour
        for letters in ("EDT", "EST", "ET")
        if (found := read(f"1 nov 1:30am {letters}", NEW_YORK, before).moment)
    }
    assert hours == {"EDT": 5, "EST": 6, "ET": 5}


def test_elapsed_time_and_wall_time_differ_over_a_clock_change() -> None:
    evening = datetime(2026, 10, 24, 18, 0, tzinfo=UTC)  # 20:00 in Berlin; at night clocks go back
    for phrase, hour in (("in 24 hours", 18), ("in 1 day", 19), ("in 2 days at 20:00", 19), ("tomorrow 20:00", 19)):
        found = read(phrase, BERLIN, evening).moment
        assert found is not None
        assert found.utc.hour == hour, phrase


def test_today_is_that_of_the_place_and_asked_where_calendars_differ() -> None:
    late = datetime(2026, 11, 18, 22, 0, tzinfo=UTC)  # 23:00 in Berlin, 17:00 in New York, Thursday in Tokyo
    assert said(read("tomorrow 9am New York", BERLIN, late)) == "2026-11-19 09:00 America/New_York"
    assert said(read("thursday 9am Tokyo", BERLIN, late)) == "2026-11-19 09:00 Asia/Tokyo"
    assert said(read("today 9am Tokyo", BERLIN, late)) == "? 2026-11-19 09:00 Asia/Tokyo"
    assert said(read("tomorrow 9am Tokyo", BERLIN, late)).count("|") == 1


def test_new_year_and_leap_days() -> None:
    eve = datetime(2026, 12, 31, 20, 0, tzinfo=UTC)
    assert said(read("tomorrow 9am", BERLIN, eve)) == "2027-01-01 09:00"
    assert said(read("1/1 9am", BERLIN, eve)) == "2027-01-01 09:00"
    assert said(read("31 dec 23:00", BERLIN, eve)) == "2026-12-31 23:00"
    assert said(read("in 2 months at 9am", BERLIN, eve)) == "x"  # there is no 31 February
    assert said(read("next month", BERLIN, eve)) == "x"
    century = datetime(2096, 3, 1, 12, 0, tzinfo=UTC)
    assert said(read("29 feb 9am", BERLIN, century)) == "x"  # not before 2104


@pytest.mark.parametrize("weekday", range(7))
def test_next_x_is_asked_exactly_while_x_is_still_in_this_week(weekday: int) -> None:
    names = "monday tuesday wednesday thursday friday saturday sunday".split()
    for today in range(7):
        now = datetime(2026, 11, 16 + today, 12, 0, tzinfo=UTC)
        found = typed(f"next {names[weekday]} 17:00", now)
        first = now.date() + timedelta(days=(weekday - today - 1) % 7 + 1)
        if weekday > today:
            assert [choice.day for choice in found.ask] == [first, first + timedelta(days=7)]
        else:
            assert found.moment is not None
            assert found.moment.wall.date() == first


# --- what is asked back ----------------------------------------------------------------------------------------------


def test_every_choice_can_be_typed_as_it_stands_and_is_then_taken() -> None:
    asked = [choice for phrase, _ in TABLE for choice in typed(phrase).ask]
    assert len(asked) > 120
    for choice in asked:
        again = typed(choice.words)
        if choice.moment:
            assert again.moment is not None, choice.words
            assert again.moment.utc == choice.moment.utc
        else:
            assert [found.day for found in again.ask] == [choice.day]


def test_a_refusal_helps() -> None:
    for phrase, help_ in (
        ("today 3pm", "Did you mean Thu 19 Nov 2026 15:00?"),
        ("this monday 5pm", "Did you mean Mon 23 Nov?"),
        ("5pm Berln", "Did you mean Europe/Berlin?"),
        ("5pm Atlantiss Centraal", "Name the nearest large city"),
        ("every tuesday 5pm", "Write the first one"),
        ("5-6pm", "Write the start alone"),
        ("eod", "an exact time"),
        ("november", "a day and a time"),
        ("17:00 pm", "write 17:00 or 5pm"),
        ("2 hours", "such as in 2 hours"),
        ("<t:1795000000:F>", "markup"),
        ("31 nov 5pm", "There is no such date."),
        ("9999-12-31 23:59", "2099"),
        ("", "There is no time here."),
        ("x" * (LONGEST + 1), "too long"),
    ):
        assert help_ in typed(phrase).reason, phrase


def test_a_day_alone() -> None:
    assert read_day("1 Dec", BERLIN, TEATIME) == date(2026, 12, 1)
    assert read_day("tomorrow", BERLIN, TEATIME) == date(2026, 11, 19)
    for phrase, code in (("next friday", "E-TIME"), ("1 Dec 5pm", "E-TIME"), ("yesterday", "E-PAST"), ("x", "E-TIME")):
        with pytest.raises(UserError) as refused:
            read_day(phrase, BERLIN, TEATIME)
        assert refused.value.code == code


# --- whatever is typed -----------------------------------------------------------------------------------------------

WORDS = re.findall(r"[\w:/.+-]+", " ".join(phrase for phrase, _ in TABLE))
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join))
def test_no_text_breaks_it_and_what_is_taken_lies_ahead(text: str) -> None:
    found = typed(text)
    assert (found.moment is not None) == (found.state in (State.OK, State.GAP, State.FOLD))
    for at in (found.moment, *(choice.moment for choice in found.ask)):
        assert at is None or at.utc > TEATIME


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 11 * 365 * 24 * 60).map(lambda n: (TEATIME + timedelta(days=1, minutes=n)).replace(tzinfo=None)),
    st.sampled_from(ZONES),
    st.sampled_from(
        ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d %b %Y %I:%M%p", "%A, %B %d, %Y at %I:%M %p", "%H:%M %Y/%m/%d"]
    ),
)
def test_a_full_date_and_time_means_the_same_in_every_form(wall: datetime, name: str, form: str) -> None:
    zone = ZoneInfo(name)
    expected = wall.replace(tzinfo=zone).astimezone(UTC)
    found = read(wall.strftime(form), zone, datetime(2026, 11, 17, tzinfo=UTC))
    if form.startswith("%H") and 1 <= wall.hour <= 12:
        assert found.state is State.ASK
        assert expected in {choice.moment.utc for choice in found.ask if choice.moment}
    else:
        assert found.moment is not None
        assert found.moment.utc == expected


def test_seconds_are_kept() -> None:
    for phrase in ("2026-11-24T17:00:30", "24 nov 17:00:30"):
        found = typed(phrase).moment
        assert found is not None
        assert found.utc == datetime(2026, 11, 24, 16, 0, 30, tzinfo=UTC)


def test_a_zone_can_be_an_offset_too() -> None:
    assert said(read("5pm", timezone(timedelta(hours=2)), TEATIME)) == "2026-11-19 17:00 UTC+02:00"
