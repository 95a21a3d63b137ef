"""Deliveries that real workspaces made to another bot, given to ours: what is not ours is answered or left alone."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from adapters.slack.forms import errors_of, load_place, values_of
from tests.slack_people import ByHttp
from tests.slack_world import Guild, open_guild

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

KINDS = {"event_callback": "events_api", "block_actions": "interactive", "view_submission": "interactive"}

one_engine = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture(params=["socket", "http"])
async def guild(request: pytest.FixtureRequest, make_world: Any) -> AsyncIterator[Guild]:
    async with open_guild(make_world, request.param) as guild:
        yield guild


def recorded(shared: Path) -> list[dict[str, Any]]:
    """All deliveries, oldest file first."""
    folder = shared / "payloads" / "recorded"
    found = [json.loads(path.read_text()) for path in sorted(folder.glob("slack-*.json"))]
    return [each for file in found for each in file.values() if isinstance(each, dict) and "token" in each]


@one_engine
async def test_every_recorded_delivery_is_taken(guild: Guild, shared: Path, caplog: pytest.LogCaptureFixture) -> None:
    await guild.set_up()
    slack = guild.slack
    for user in ("U00FAKEUSER1", "U00FAKEUSER2"):
        slack.add_user(user, "Jane")
    taken: dict[str, int] = {}
    for payload in recorded(shared):
        user = payload.get("user_id") or payload.get("user", {}).get("id") or "U00FAKEUSER1"
        channel = payload.get("channel_id") or payload.get("channel", {}).get("id") or "C-gigs"
        if "response_url" in payload:
            payload["response_url"] = slack.hook(user, channel)  # the recorded one is on the real Slack
        if "trigger_id" in payload:
            payload["trigger_id"] = slack.trigger()  # some were recorded under the same one, which makes them one
        kind = "slash_commands" if "command" in payload else KINDS[payload["type"]]
        await guild.deliver(kind, payload)
        taken[kind] = taken.get(kind, 0) + 1
        if kind == "slash_commands" or payload["type"] == "block_actions":
            said = (await slack.next_shown(user)).words()
            assert "There is no command /test-feedback" in said or "out of date" in said
    assert taken["slash_commands"] >= 2
    assert taken["events_api"] >= 4
    assert taken["interactive"] >= 5
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_recorded_dialogue_is_read_as_the_core_reads_it(shared: Path) -> None:
    views = [payload["view"] for payload in recorded(shared) if payload.get("type") == "view_submission"]
    assert [values_of(view) for view in views] == [
        {"message": "Hello!", "category": "feature", "email": "user@example.com"},
        {"response": "Hello!"},
        {"message": "Hello!", "category": "feature", "email": "user@example.com"},
    ]
    assert errors_of(views[0], {"email": "Wrong.", "who": "Who?"}) == {"email": "Wrong.", "message": "Who?"}
    assert {load_place(view["private_metadata"], "U2").user for view in views} == {"U2"}


@one_engine
async def test_a_recorded_delivery_with_another_signature_is_refused(make_world: Any, shared: Path) -> None:
    async with open_guild(make_world, "http") as guild:
        assert isinstance(guild.deliver, ByHttp)
        for payload in recorded(shared):
            status, _ = await guild.deliver.post("interactive", payload, secret="not the app's")
            assert status == 401
        assert guild.slack.called("users.info") == []
