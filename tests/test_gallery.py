"""Every card and form of the product, as it goes over the wire, held to the platforms' own descriptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from bot.cli import gallery
from tests.slack_checks import faults_of_message, faults_of_view, schema_faults

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    "appeal",
    "batch",
    "best leads",
    "best",
    "contact",
    "decision",
    "digest",
    "docket",
    "edit",
    "error",
    "feed",
    "feeds add",
    "feeds edit",
    "feeds explain",
    "feeds list",
    "feeds opml",
    "feeds packs",
    "feeds queue",
    "feeds test",
    "flood",
    "gigs find",
    "gigs saved",
    "gigs share",
    "help",
    "hub report",
    "hub",
    "introduction",
    "join",
    "joined",
    "lead edit",
    "lead hide",
    "lead reject",
    "lead remind",
    "lead report",
    "lead save",
    "lead why",
    "lead",
    "lead-reminder",
    "market",
    "market send",
    "market share",
    "meetups",
    "mentoring",
    "messages",
    "mod audit",
    "mod skills",
    "notice",
    "offer",
    "opml",
    "public form",
    "pulse",
    "profile edit",
    "profile hours",
    "profile levels",
    "profile more",
    "profile skills",
    "profile view",
    "member-report",
    "mod safety",
    "note",
    "profile block",
    "profile export",
    "profile forget",
    "profile link",
    "profile privacy",
    "report",
    "safety",
    "set up",
    "share",
    "swaps",
    "time zone",
    "welcome",
}


@pytest.fixture(scope="module")
def slack_rows() -> list[dict[str, Any]]:
    return gallery.rows("slack", None)


@pytest.fixture(scope="module")
def discord_rows() -> list[dict[str, Any]]:
    return gallery.rows("discord", None)


def test_everything_is_there_on_both_platforms(
    slack_rows: list[dict[str, Any]], discord_rows: list[dict[str, Any]]
) -> None:
    for found in (slack_rows, discord_rows):
        assert {row["name"] for row in found} == NAMES
        assert {row["kind"] for row in found} - {"home"} == {"message", "form"}
        assert all(list(row) == ["name", "variant", "kind", "payload"] for row in found)


def test_what_is_too_long_for_one_message_has_further_pages(discord_rows: list[dict[str, Any]]) -> None:
    pages = [json.dumps(row["payload"]) for row in discord_rows if row["name"] == "feeds list"]
    assert len(pages) > 2
    listed = "".join(pages)
    assert all(f"board-{n}.example" in listed.replace("\\\\", "") for n in range(1, 41))  # not one feed is lost


def test_slack_would_take_every_payload(slack_rows: list[dict[str, Any]], shared: Path) -> None:
    for row in slack_rows:
        payload, kind = row["payload"], row["kind"]
        if kind == "message":
            wrong = faults_of_message(payload) + schema_faults(shared, "Blocks", payload["blocks"])
        else:
            view = {"form": "ModalView", "home": "HomeView"}[kind]
            wrong = faults_of_view(payload) + schema_faults(shared, view, payload)
        assert wrong == [], row


def test_discord_would_take_every_payload(discord_rows: list[dict[str, Any]], shared: Path) -> None:
    description = json.loads((shared / "payloads" / "discord-openapi.json").read_text(encoding="utf-8"))
    wanted = {"message": "MessageCreateRequest", "form": "ModalInteractionCallbackRequestData"}
    for row in discord_rows:
        schema = {"$ref": f"#/components/schemas/{wanted[row['kind']]}", "components": description["components"]}
        jsonschema.validate(row["payload"], schema)


def test_nobody_is_mentioned_by_the_extremes(
    slack_rows: list[dict[str, Any]], discord_rows: list[dict[str, Any]]
) -> None:
    for row in slack_rows:
        assert "<!channel>" not in json.dumps(row["payload"])
    for row in discord_rows:
        if row["kind"] == "message":
            assert row["payload"]["allowed_mentions"] == {"parse": []}
