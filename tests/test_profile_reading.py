"""What members type about themselves: skills, languages, links, a rate, times. What can't be read is said back."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.availability import Window
from bot.errors import UserError
from bot.members import reading
from bot.members.hours import MOST_WINDOWS, hours_words, read_hours
from bot.members.profile import Floor, Piece
from bot.phrases import split_words
from bot.skills import Skill, load_taxonomy

TAXONOMY = load_taxonomy()

# --- skills ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "ids", "unknown"),
    [
        ("", (), ()),
        ("RAG, pgvector, evals", ("rag", "vector-databases", "ai-evaluation"), ()),
        ("RAG; rag\nR.A.G., retrieval augmented generation", ("rag",), ("R.A.G",)),
        ("Python and SQL", ("python", "sql"), ()),
        ("Prompt engineering & mlops", ("prompt-engineering", "mlops"), ()),
        ("basket weaving, Basket  Weaving!", (), ("basket weaving",)),
        ("@everyone <!channel>", (), ("@everyone <!channel>",)),
    ],
)
def test_skills_as_people_type_them(typed: str, ids: tuple[str, ...], unknown: tuple[str, ...]) -> None:
    words = reading.read_skills(typed, TAXONOMY)
    assert words.ids == ids
    assert words.unknown == unknown


@pytest.mark.parametrize("skill", TAXONOMY.skills, ids=lambda skill: skill.id)
def test_what_a_form_is_filled_in_with_is_read_as_it_was(skill: Skill) -> None:
    assert reading.read_skills(skill.name, TAXONOMY) == reading.Words(((skill.id, skill.name),), ())


def test_a_sentence_is_no_skill_and_fifty_are_too_many() -> None:
    with pytest.raises(UserError, match="long for a skill"):
        reading.read_skills("I once made a very long thing with many of my friends there", TAXONOMY)
    with pytest.raises(UserError, match="at most 20"):
        reading.read_skills(", ".join(f"craft {n}" for n in range(50)), TAXONOMY)


@given(st.lists(st.text(st.characters(exclude_categories=("C", "Z")), max_size=12), max_size=15).map(", ".join))
def test_every_typed_part_is_read_or_said_back(typed: str) -> None:
    words = reading.read_skills(typed, TAXONOMY)
    assert all(skill in TAXONOMY for skill in words.ids)
    assert len(set(words.ids)) == len(words.ids)
    read = {word for _, one in words.skills for word in split_words(one)}
    left = {word for one in words.unknown for word in split_words(one)}
    assert read | left <= set(split_words(typed))


# --- languages, links, pieces, a rate --------------------------------------------------------------------------------


def test_languages() -> None:
    assert reading.read_languages("German, en") == ("de", "en")
    assert reading.read_languages("português and Deutsch / PT-br") == ("pt", "de")
    assert reading.read_languages(" , ") is None
    assert reading.languages_words(("de", "en")) == "German, English"
    with pytest.raises(UserError, match="Klingon"):
        reading.read_languages("German, Klingon")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "https://user:secret@example.com/",
        "https://bank.example@evil.example/",
        "ftp://example.com",
        "mailto:ana@example.com",
        "data:text/html,x",
        "localhost",
        "https://",
        "me",
    ],
)
def test_what_is_no_link_to_show(link: str) -> None:
    with pytest.raises(UserError) as error:
        reading.read_links(link)
    assert error.value.code == "E-LINK"


def test_links_and_pieces() -> None:
    assert reading.read_links("example.com/me, http://a.example/1\nexample.com/me") == (
        "https://example.com/me",
        "http://a.example/1",
    )
    with pytest.raises(UserError, match="at most 5"):
        reading.read_links(" ".join(f"a{n}.example" for n in range(6)))
    pieces = reading.read_pieces("Clinic bot: https://a.example/1\n\nb.example/x")
    assert pieces == (Piece("Clinic bot", "https://a.example/1"), Piece("b.example", "https://b.example/x"))
    assert reading.read_pieces(reading.pieces_words(pieces)) == pieces
    with pytest.raises(UserError, match="at most 3"):
        reading.read_pieces("\n".join(f"Piece a.example/{n}" for n in range(4)))


@pytest.mark.parametrize(
    ("typed", "floor"),
    [
        ("80 €/h", Floor(80, "EUR")),
        ("€80", Floor(80, "EUR")),
        ("95 USD per hour", Floor(95, "USD")),
        ("$ 1,250/hr", Floor(1250, "USD")),
        ("12,50 eur", Floor(12.5, "EUR")),
        ("US$95 an hour", Floor(95, "USD")),
        ("120chf", Floor(120, "CHF")),
        ("", None),
    ],
)
def test_a_rate(typed: str, floor: Floor | None) -> None:
    assert reading.read_floor(typed) == floor
    assert reading.read_floor(reading.floor_words(floor)) == floor


@pytest.mark.parametrize("typed", ["80", "600 €/day", "a lot", "80-90 €", "0 €", "-5 €", "80 XYZ", "€ 80 $", "1e9 €"])
def test_what_is_no_rate(typed: str) -> None:
    with pytest.raises(UserError) as error:
        reading.read_floor(typed)
    assert error.value.code == "E-FLOOR"


# --- times -----------------------------------------------------------------------------------------------------------

windows = st.builds(
    Window,
    day=st.integers(0, 6),
    start=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    end=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
).filter(lambda one: one.start != one.end)


@given(st.sets(windows, min_size=1, max_size=MOST_WINDOWS))
def test_times_that_are_shown_can_be_typed_back(some: set[Window]) -> None:
    for between in ("; ", "\n"):
        assert set(read_hours(hours_words(some, between))) == some


@given(st.sets(st.sampled_from(list(reading.CHIPS))))
def test_ticked_parts_of_the_week_are_ticked_again(ticked: set[str]) -> None:
    assert set(reading.chips_of(reading.windows_of(ticked)) or ()) == ticked


def test_finer_times_are_no_ticks() -> None:
    assert reading.chips_of(read_hours("Mon 18:00-20:00")) is None
    assert reading.chips_of((*reading.windows_of(["weekend-evening"]), Window(0, time(9), time(10)))) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("Mon 18:00-20:00", [(0, "18:00", "20:00")]),
        ("tuesday: 9 to 12", [(1, "09:00", "12:00")]),
        ("Sat-Mon 10pm-1am", [(0, "22:00", "01:00"), (5, "22:00", "01:00"), (6, "22:00", "01:00")]),
        ("weekends 12am-12pm; wed 23:30-24:00", [(2, "23:30", "00:00"), (5, "00:00", "12:00"), (6, "00:00", "12:00")]),
        ("Tue, Thu & Fri 8.30-9", [(1, "08:30", "09:00"), (3, "08:30", "09:00"), (4, "08:30", "09:00")]),
    ],
)
def test_times_of_the_week(typed: str, found: list[tuple[int, str, str]]) -> None:
    read = [(one.day, f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in read_hours(typed)]
    assert read == found


@pytest.mark.parametrize("typed", ["Mon", "soon 9-12", "Mon 9", "Mon 25:00-26:00", "Mon 9:75-10", "Mon 9-9", "t 9-12"])
def test_what_is_no_time_of_the_week(typed: str) -> None:
    with pytest.raises(UserError) as error:
        read_hours(typed)
    assert error.value.code == "E-TIME"


def test_quiet_hours() -> None:
    assert reading.read_quiet("22:00-07:00") == "22:00-07:00"
    assert reading.read_quiet("10pm to 7am") == "22:00-07:00"
    assert reading.read_quiet("none") == reading.read_quiet("") == ""
    with pytest.raises(UserError):
        reading.read_quiet("nights")
