"""Every card and form there is, in its extremes, as Slack gets it: judged by library, table of limits and schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from adapters.slack.forms import Place, load_place
from adapters.slack.home import card_view, home_view
from bot.cards import Button, sentence
from bot.cli.gallery import rows
from tests.slack_checks import faults_of_message, faults_of_view, schema_faults

if TYPE_CHECKING:
    from pathlib import Path

CARD = sentence("There are two open gigs.", Button("Show them", "gigs find"))
PLACE = Place("U2", "C-gigs", "1764000000.000001", response_url=f"https://hooks.slack.com/actions/{'x' * 200}")


@pytest.fixture(scope="module")
def exhibits() -> list[dict[str, Any]]:
    return rows("slack", None)


def test_every_message_and_form_is_within_the_limits(exhibits: list[dict[str, Any]]) -> None:
    kinds = {row["kind"] for row in exhibits}
    assert kinds >= {"message", "form"}
    for row in exhibits:
        judge = faults_of_message if row["kind"] == "message" else faults_of_view
        assert judge(row["payload"]) == [], row["name"]


def test_every_message_and_form_is_what_slacks_types_describe(exhibits: list[dict[str, Any]], shared: Path) -> None:
    for row in exhibits:
        views = {"form": "ModalView", "home": "HomeView"}
        view = views.get(row["kind"])
        part = (view, row["payload"]) if view else ("Blocks", row["payload"]["blocks"])
        assert schema_faults(shared, *part) == [], row["name"]


def test_a_card_is_a_home_and_a_dialogue_too(shared: Path) -> None:
    home, dialogue = home_view(CARD), card_view(CARD, "A guild with a name that is long", PLACE)
    assert dialogue["title"]["text"] == "A guild with a name tha…"
    assert faults_of_view(home) + faults_of_view(dialogue) == []
    assert schema_faults(shared, "HomeView", home) + schema_faults(shared, "ModalView", dialogue) == []
    assert load_place(dialogue["private_metadata"], "U2") == PLACE


def test_the_judges_see_what_is_wrong() -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "x" * 76}, "action_id": "same"}
    twice = {"type": "actions", "elements": [button, button]}
    faults = faults_of_message({"text": "", "blocks": [twice], "unfurl_links": True})
    assert any("no sentence" in fault for fault in faults)
    assert "links are unfurled" in faults
    assert "action_id 'same' twice" in faults
    assert "button.text has 76 characters" in faults
    assert "51 blocks" in faults_of_message({"text": "A sentence.", "blocks": [{"type": "divider"}] * 51})
