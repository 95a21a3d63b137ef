"""That another language is another table: a small German one, with no line of code for it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.grammar import CLOCK, DAY, PART, SPAN, Language
from bot.typed import read
from tests.test_typed import said
from tests.typed_phrases import NOW

_DAYS = "montag dienstag mittwoch donnerstag freitag samstag sonntag".split()
_MONTHS = "januar februar märz april mai juni juli august september oktober november dezember".split()

GERMAN = Language(
    words={
        "weekday": {name: n for n, name in enumerate(_DAYS)} | {name[:2]: n for n, name in enumerate(_DAYS)},
        "month": {name: n for n, name in enumerate(_MONTHS, 1)} | {name[:3]: n for n, name in enumerate(_MONTHS, 1)},
        "relative": {"heute": 0, "morgen": 1, "übermorgen": 2, "gestern": -1},
        "part": {"morgens": "morning", "früh": "morning", "nachmittags": "afternoon", "abends": "evening"},
        "todays": {"heute abend": "evening"},
        "n": {"einem": 1, "einer": 1, "zwei": 2, "drei": 3},
        "days": {"tag": 1, "tagen": 1, "woche": 7, "wochen": 7},
        "seconds": {"minute": 60, "minuten": 60, "stunde": 3600, "stunden": 3600},
    },
    templates={
        SPAN: (("in {n} {seconds}", "span"),),
        DAY: (
            ("{todays}", "part of today"),
            ("{relative}", "relative"),
            ("<am|diesen> {weekday}", "weekday"),
            ("<am> nächsten {weekday}", "next weekday"),
            (r"<am> <{weekday}> <den> {dom}\. {month} <{year}>", "date"),
            ("in {n} {days}", "in days"),
        ),
        CLOCK: (
            ("<um> {hours}[:.]{minute} <uhr>", "clock"),
            ("<um> {hours} uhr", "clock"),
            ("<um> mitternacht", "midnight"),
        ),
        PART: (("{part}", "part"),),
    },
    zone_before="(?:in )?",
    zone_after=" zeit",
    own_zone="meine zeit",
    hints=((r"\bjeden\b", "E-TIME", "Das ist mehr als eine Zeit."),),
)


@pytest.mark.parametrize(
    ("phrase", "meaning"),
    [
        ("morgen um 17 Uhr", "2026-11-19 17:00"),
        ("Morgen 17:30 Uhr", "2026-11-19 17:30"),
        ("übermorgen 18 uhr", "2026-11-20 18:00"),
        ("am Freitag um 17 Uhr", "2026-11-20 17:00"),
        ("nächsten Dienstag um 17 Uhr", "2026-11-24 17:00"),
        ("nächsten Freitag um 17 Uhr", "? 2026-11-20 17:00 | 2026-11-27 17:00"),
        ("Di, den 24. November, 17 Uhr", "2026-11-24 17:00"),
        ("3. März 2027 um 15 Uhr", "2027-03-03 15:00"),
        ("31. November 17 Uhr", "x"),
        ("morgen um 9 Uhr", "? 2026-11-19 09:00 | 2026-11-19 21:00"),
        ("morgen früh um 9 Uhr", "2026-11-19 09:00"),
        ("heute abend um 8 Uhr", "2026-11-18 20:00"),
        ("Freitag mitternacht", "? 2026-11-20 00:00 | 2026-11-21 00:00"),
        ("in drei Stunden", "2026-11-18 19:00"),
        ("in zwei Wochen um 17 Uhr", "2026-12-02 17:00"),
        ("Freitag 17 Uhr in Tokyo", "2026-11-20 17:00 Asia/Tokyo"),
        ("gestern 17 Uhr", "x"),
        ("jeden Freitag 17 Uhr", "x"),
        ("tomorrow 5pm", "x"),
    ],
)
def test_german(phrase: str, meaning: str) -> None:
    assert said(read(phrase, ZoneInfo("Europe/Berlin"), datetime.fromisoformat(NOW), GERMAN)) == meaning
