"""The picture of the market: legible with none, one and many leads, in long and in strange words, and never alone."""

from __future__ import annotations

import random
import re
import struct
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from adapters.discord import render as discord
from adapters.slack import render as slack
from adapters.workers import WorkerPool
from bot.feature import Demand, Offers, Rate
from bot.literal import length
from bot.market import picture, pulse
from bot.market.report import FEW, Question, week_edges, weeks_needed, work_out
from bot.market.sheet import LONGEST_ALT, Part, Row, Sheet, alt_text, table
from bot.market.wording import market_sheet, pulse_sheet
from bot.skills import load_taxonomy
from tests.fakes import words
from tests.slack_checks import faults_of_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.market.report import Report

END = datetime(2026, 11, 22, 23, tzinfo=UTC)  # Monday 00:00 in Berlin
LONGEST_NAMES = sorted(load_taxonomy().skills, key=lambda skill: -len(skill.name))
IDS = ("rag", "python", "pgvector", *(skill.id for skill in LONGEST_NAMES[:6]))
NUMBER = re.compile(r"\d[\d.,]*\d|\d")


def leads(n: int, weeks: int, seed: int = 3) -> list[Demand]:
    """About `n` leads a week, `n` in the last one."""
    chance, made = random.Random(seed), []
    for week in range(weeks):
        for _ in range(n if week == 0 else chance.randint(n // 2, n)):
            paid = chance.random()
            rate = Rate(chance.randint(50, 100), chance.randint(100, 140), "USD", "hour") if paid < 0.4 else None
            rate = Rate(600, 800, "EUR", "day") if 0.4 < paid < 0.5 else rate
            made.append(
                Demand(
                    at=END - timedelta(days=7 * week + 6.9 * chance.random() + 0.01),
                    source=chance.randint(1, 14),
                    skills=tuple(one for place, one in enumerate(IDS, 2) if chance.random() < 1.2 / place),
                    rate=rate,
                    newcomers=chance.choice((None, None, True, False)),
                )
            )
    return made


def report(n: int, span: int = 1, skill: str | None = None) -> Report:
    needed = weeks_needed(span)
    question = Question(week_edges(END, needed, "Europe/Berlin"), span, "Europe/Berlin", skill, 8)
    return work_out(question, leads(n, needed), Offers(12, {"python": 5, "rag": 2}))


SHEETS = {
    "pulse-0": lambda: pulse_sheet(report(0), 47),
    "pulse-1": lambda: pulse_sheet(report(1), 47),
    "pulse-7": lambda: pulse_sheet(report(7), 47),
    "pulse-40": lambda: pulse_sheet(report(40), 47),
    "pulse-183": lambda: pulse_sheet(report(183), 47),
    "skill": lambda: market_sheet(report(40, 12, "python")),
    "year": lambda: market_sheet(report(40, 52, LONGEST_NAMES[0].id)),
}
every_sheet = pytest.mark.parametrize("name", SHEETS)


def drawn_texts(sheet: Sheet) -> list[str]:
    root = ET.fromstring(picture.svg(sheet))
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


@every_sheet
def test_every_figure_in_the_picture_is_in_the_text(name: str) -> None:
    sheet = SHEETS[name]()
    said = set(NUMBER.findall(words(table(sheet))))
    assert {figure for text in drawn_texts(sheet) for figure in NUMBER.findall(text)} <= said


@every_sheet
def test_both_platforms_can_show_it(name: str) -> None:
    sheet = SHEETS[name]()
    assert len(discord.pages(table(sheet))) == len(slack.pages(table(sheet))) == 1
    assert faults_of_message(slack.message(table(sheet))) == []
    assert length(slack.comment(table(sheet))) < 4000  # what Slack advises for a message's text
    alt = alt_text(sheet)
    assert length(alt) <= LONGEST_ALT
    assert alt.startswith(f"{sheet.title}. {sheet.caption}")
    assert alt.endswith(".")


@every_sheet
def test_it_is_a_picture_of_its_size_in_one_hue(name: str) -> None:
    sheet = SHEETS[name]()
    png = picture.draw(sheet)
    assert png is not None
    assert struct.unpack(">II", png[16:24]) == (picture.WIDTH, picture.HEIGHT)
    colours = set(re.findall(r'"(#\w+)"', picture.svg(sheet)))
    assert colours <= {"#ffffff", picture.INK, picture.SOFT, picture.HUE, picture.TINT}


async def test_a_worker_has_the_memory_for_it() -> None:
    pool = WorkerPool()
    try:
        png = await pool.run(pulse.DRAW, SHEETS["pulse-183"]())
        assert png.startswith(b"\x89PNG")
        assert await pool.run(pulse.WORK_OUT, *asked_for_a_year()) == work_out(*asked_for_a_year())
    finally:
        await pool.close()


def asked_for_a_year() -> tuple[Question, list[Demand], Offers]:
    question = Question(week_edges(END, 104, "Europe/Berlin"), 52, "Europe/Berlin", None, 8)
    return question, leads(20, 104), Offers(12, {"python": 5})


def sheet_of(*rows: Row, note: str = "") -> Sheet:
    part = Part("Gefragt", rows, note)
    return Sheet("Marktpuls · Woche 47", "183 Angebote.", (part,), (part,), "Balken: Anteil.", "Mehr steht im Text.")


def test_a_long_name_is_cut_visibly_and_stands_whole_in_the_text() -> None:
    name = "Donaudampfschifffahrtsgesellschaftskapitän" * 10
    sheet = sheet_of(Row(name, "7 von 9", 0.5, (0.2, 0.9)))
    [left, right] = [text for text in drawn_texts(sheet) if text.startswith("Donau")]
    assert left.endswith("…")
    assert len(right) < len(left) < 80
    assert name in words(table(sheet))


def test_what_does_not_fit_is_said_to_be_in_the_text() -> None:
    rows = [Row(f"Fähigkeit {n}", f"{n} von 99", n / 99, (0, 1)) for n in range(30)]
    sheet = sheet_of(*rows)
    texts = drawn_texts(sheet)
    assert texts.count("Mehr steht im Text.") == 2
    assert "Fähigkeit 29" not in texts
    assert "29 von 99" in words(table(sheet))
    assert alt_text(sheet).endswith("Mehr steht im Text.")


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=200)), max_size=4))
@tries(max_examples=30, deadline=None)
def test_no_words_break_the_drawing(rows: list[tuple[str, str]]) -> None:
    sheet = sheet_of(*(Row(name, said, 0.5, (0.1, 0.7)) for name, said in rows))
    ET.fromstring(picture.svg(sheet))


def test_markup_is_drawn_as_words() -> None:
    texts = drawn_texts(sheet_of(Row('<script>"&amp;"</script>\x00', "機械学習とデータ分析 " * 9)))
    assert '<script>"&amp;"</script>' in [text.strip() for text in texts]


# --- what is worked out ----------------------------------------------------------------------------------------------


def demand(days: float, *skills: str, source: int = 1, newcomers: bool | None = None) -> Demand:
    return Demand(at=END - timedelta(days=days), source=source, skills=skills, rate=None, newcomers=newcomers)


def answer(asked: Sequence[Demand], skill: str | None = None, offers: Offers | None = None) -> Report:
    question = Question(week_edges(END, 12, "Europe/Berlin"), 1, "Europe/Berlin", skill, 8)
    return work_out(question, asked, offers)


def test_weeks_are_counted_in_local_time_over_a_clock_change() -> None:
    edges = week_edges(END, 5, "Europe/Berlin")
    assert [edge.isoformat()[5:16] for edge in edges] == [
        "10-18T22:00",
        "10-25T23:00",  # clocks go back on the morning of this Sunday, the 25th
        "11-01T23:00",
        "11-08T23:00",
        "11-15T23:00",
        "11-22T23:00",
    ]


def test_a_report_by_hand() -> None:
    found = answer(
        [
            demand(1, "rag", "python", "rag", newcomers=True),
            demand(2, "rag", source=2, newcomers=False),
            demand(3),
            demand(7.5, "python"),
            demand(20, "sql"),
        ]
    )
    assert (found.leads, found.before, found.sources, found.trend_weeks) == (3, 1, 2, 3)
    assert [(one.skill, one.leads, one.before) for one in found.asked] == [("rag", 2, 0), ("python", 1, 1)]
    assert (found.newcomers.leads, found.newcomers.said) == (1, 2)
    assert (found.members, found.gaps) == (None, ())


def test_a_trend_is_told_where_there_is_one() -> None:
    asked = [
        demand(7 * week + 1 + n / 40, *(["rag"] if n < 24 - 2 * week else ["python"]))
        for week in range(12)
        for n in range(40)
    ]
    [rag, python] = pulse_sheet(answer(asked), 47).wide[0].rows
    assert (rag.name, rag.words) == (
        "Retrieval-augmented generation",
        "24 of 40 · 60 % (45–74 %) · up 2 · rising 5.0 points a week",
    )
    assert python.words.endswith("down 2 · falling 5.0 points a week")
    assert market_sheet(answer([one for one in asked if one.at > END - timedelta(weeks=7)])).wide[0].note == (
        "No trends yet: 7 weeks have leads, and 8 must."
    )


def test_neighbours_are_asked_for_together_with_the_skill() -> None:
    both, alone = [demand(1, "rag", "pgvector")] * 5, [demand(2, "rag", "python"), *[demand(3, "python")] * 9]
    found = answer([*both, *alone], "rag")
    assert [(one.skill, one.leads) for one in found.neighbours] == [("pgvector", 5)]
    assert found.neighbours[0].closeness > 0.8
    assert found.concerned == 6


@given(st.integers(0, FEW - 1), st.integers(0, FEW - 1))
def test_fewer_than_three_members_cannot_be_told_from_each_other(one: int, other: int) -> None:
    asked = [demand(1, "rag")] * 5
    for skill in (None, "rag"):
        told, same = (answer(asked, skill, Offers(9, {"rag": n})) for n in (one, other))
        assert told == same
