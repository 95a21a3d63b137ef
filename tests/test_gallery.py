"""Every card and form of the product, as it goes over the wire, held to the platforms' own descriptions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from slack_sdk.models.blocks import Block

from bot.cli import gallery

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    "best",
    "best leads",
    "decision",
    "digest",
    "error",
    "feeds add",
    "feeds list",
    "feeds queue",
    "feeds test",
    "gigs find",
    "hub",
    "lead",
    "lead why",
    "set up",
    "time zone",
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
    schema = json.loads((shared / "payloads" / "slack-blocks.schema.json").read_text(encoding="utf-8"))
    assert schema
    for row in slack_rows:
        for block in row["payload"]["blocks"]:
            read = Block.parse(block)
            assert read is not None, row
            read.to_dict()  # raises where a limit is passed


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
