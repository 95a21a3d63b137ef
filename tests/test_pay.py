"""Pay: what an advert offers for the work, and the many sums in it that are something else."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.leads.entry import Pay
from bot.leads.pay import find_pay, pay_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "pay"),
    [
        ("Contract, $80–110/h, remote", Pay(80, 110, "USD", "hour")),
        ("Hourly Range: $10.00 - $47.00", Pay(10, 47, "USD", "hour")),
        ("Hourly Range: $15.00-$35.00\nPosted On: November 20, 2026 07:43 UTC", Pay(15, 35, "USD", "hour")),
        ("Budget: $1,000", Pay(1000, 1000, "USD", "fixed")),
        ("$1,300 USD fixed price", Pay(1300, 1300, "USD", "fixed")),
        ("$500 for the whole project", Pay(500, 500, "USD", "fixed")),
        ("Acme | Berlin | €60-80k | Engineer", Pay(60_000, 80_000, "EUR", "year")),
        ("Base salary ($70,000 - $78,000) plus bonus", Pay(70_000, 78_000, "USD", "year")),
        ("between $90,000 and $120,000 a year", Pay(90_000, 120_000, "USD", "year")),
        ("begins at $146,610.00 and up to $207,700.00 in base salary", Pay(146_610, 207_700, "USD", "year")),
        ("Gehalt: 55.000 - 70.000 € brutto/Jahr", Pay(55_000, 70_000, "EUR", "year")),
        ("Tagessatz: 600 €", Pay(600, 600, "EUR", "day")),
        ("£400-£500 per day outside IR35", Pay(400, 500, "GBP", "day")),
        ("Rate: 40 USD/hr", Pay(40, 40, "USD", "hour")),
        ("[50USD/hr]", Pay(50, 50, "USD", "hour")),
        ("Looking for a senior (25$/hr)", Pay(25, 25, "USD", "hour")),
        ("₹50,000 per month", Pay(50_000, 50_000, "INR", "month")),
        ("$3.5k/month", Pay(3_500, 3_500, "USD", "month")),
        ("待遇 月薪30,000~55,000元 台灣", Pay(30_000, 55_000, "TWD", "month")),
        ("Salary: 20000-28000 Type: Full-time", Pay(20_000, 28_000, None, "year")),
        ("$100,000 or more USD per year", Pay(100_000, 100_000, "USD", "year")),
        ("Pay: $40-$60, depending on experience", Pay(40, 60, "USD", None)),
        ("We raised $5M in a Series A. Pay: $60-80k", Pay(60_000, 80_000, "USD", "year")),
    ],
)
def test_an_offer_is_read(text: str, pay: Pay) -> None:
    assert find_pay(text) == pay


@pytest.mark.parametrize(
    "text",
    [
        "We raised $65MM and grew to $22M annual revenue",
        "raised over $300 million from investors",
        "Great benefits: 401k match up to $5,000",
        "10 years of experience with large teams",
        "you run an ad spend of $20,000/month",
        "$1,000 sign-on bonus and a $2,000 learning budget",
        "a $500 referral bonus",
        "more than 700K+ users trust us",
        "a team of 20-30 people, founded in 2015-2016, 24/7 support",
        "GPT-4, Python 3.12 and 80-100 hours",
        "our plans cost $40/month",
        "$300 weekly",
        "we pay $0.10 per image",
        "https://example.com/90500-100000k?id=120000",
        "$",
        "",
    ],
)
def test_a_sum_that_is_not_pay_is_none(text: str) -> None:
    assert find_pay(text) is None


def test_the_pay_of_several_roles_is_one_range() -> None:
    assert find_pay("Senior: $150k-$180k\nJunior: $90k-$120k") == Pay(90_000, 180_000, "USD", "year")


@pytest.mark.parametrize(
    ("pay", "words"),
    [
        (Pay(80, 110, "USD", "hour"), "$80–110/h"),
        (Pay(3000, 3000, "EUR", "fixed"), "€3,000 fixed"),
        (Pay(30_000, 55_000, "TWD", "month"), "30,000–55,000 TWD/month"),
        (Pay(12.5, 12.5, None, None), "12.50"),
        (None, "Rate not stated"),
    ],
)
def test_pay_is_said_as_people_write_it(pay: Pay | None, words: str) -> None:
    assert pay_words(pay) == words


@given(st.text(alphabet="0123456789$€£.,-–k/ hrpeyuasdl\n") | st.text())
def test_any_text_is_read_without_a_stumble(text: str) -> None:
    pay = find_pay(text)
    assert pay is None or 0 < pay.min <= pay.max


@pytest.mark.parametrize("text", ["1 " * 500_000, "$1,000 " * 100_000, "1,111," * 150_000, "salary 1-" * 100_000])
def test_a_hostile_text_takes_no_more_than_its_length(text: str) -> None:
    started = time.process_time()
    find_pay(text)
    assert time.process_time() - started < 5


def test_the_ranges_of_real_postings_are_read(shared: Path) -> None:
    lines = (shared / "evaluation" / "extraction.dev.jsonl").read_text(encoding="utf-8").strip().split("\n")
    right = paid = invented = 0
    for row in map(json.loads, lines):
        gold, pay = row["gold"], find_pay(f"{row['title']}\n{row['text']}")
        if gold["pay_min"] is None:
            invented += pay is not None
        else:
            paid += 1
            right += pay is not None and (pay.min, pay.max) == (gold["pay_min"], gold["pay_max"])
    assert right / paid >= 0.93
    assert invented <= 1
