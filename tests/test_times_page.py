"""The page that says what can be typed: each of its examples is typed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.typed import State, read
from tests.typed_phrases import NOW, PHRASES

PAGE = (Path(__file__).parent.parent / "docs" / "times.md").read_text(encoding="utf-8")
BERLIN = ZoneInfo("Europe/Berlin")


def section(title: str) -> str:
    """The text under a heading."""
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def examples(title: str) -> list[str]:
    """The code spans of a section: of a table, those in its first column."""
    lines = [re.sub(r"^(\|[^|]*\|).*", r"\1", line) for line in section(title).splitlines()]
    return re.findall(r"`([^`]+)`", "\n".join(lines))


@pytest.mark.parametrize(
    ("title", "state", "at_least"),
    [
        ("What can be typed", State.OK, 30),
        ("What is asked back", State.ASK, 12),
        ("What is refused", State.REFUSED, 8),
    ],
)
def test_every_example_is_read_as_the_page_says(title: str, state: State, at_least: int) -> None:
    found = {text: read(text, BERLIN, datetime.fromisoformat(NOW)).state for text in examples(title)}
    assert len(found) >= at_least
    assert set(found.values()) == {state}, found


def test_what_the_page_calls_always_right_is() -> None:
    for text in ("friday 00:00", "1 july 5pm ET"):
        assert read(text, BERLIN, datetime.fromisoformat(NOW)).state is State.OK


def test_the_examples_are_in_the_table_of_phrases() -> None:
    known = {line.rsplit(" => ", 1)[0].lower() for line in PHRASES.splitlines()}
    typed = {text.lower() for text in examples("What can be typed") + examples("What is asked back")}
    assert len(typed - known) <= 6, typed - known


def test_the_answer_of_the_command_line_is_the_one_shown() -> None:
    found = read("next tue 5pm", BERLIN, datetime.fromisoformat("2026-11-18T10:00:00-05:00"))
    [shown] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
    assert found.moment is not None
    assert datetime.fromisoformat(shown["utc"]) == found.moment.utc == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert datetime.fromisoformat(shown["wall"]) == found.moment.wall
    assert shown["state"] == found.state
