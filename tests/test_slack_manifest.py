"""The manifest that an operator pastes into Slack, and the check of the tokens that come back."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator

from adapters.slack import answers, app, callers, connection, platform, tokens
from adapters.slack.manifest import HISTORY_SCOPES, SCOPES, manifest
from adapters.slack.tokens import check_tokens
from bot.cli.wiring import FEATURES
from bot.commands import Commands, Read, Reply
from bot.errors import UserError
from bot.options import Message  # noqa: TC001  (a command's signature is read while running)
from tests.conftest import settings
from tests.loopback_slack import LoopbackSlack, Trouble
from tests.slack_world import TOKENS

if TYPE_CHECKING:
    from pathlib import Path

ALL = Commands(*(feature.commands for feature in FEATURES))

NEEDS = {
    "auth_test": "",
    "chat_postMessage": "chat:write",
    "chat_postEphemeral": "chat:write",
    "chat_update": "chat:write",
    "conversations_open": "im:write mpim:write",
    "conversations_history": "channels:history groups:history im:history mpim:history",
    "conversations_replies": "channels:history groups:history im:history mpim:history",
    "files_upload_v2": "files:write",
    "usergroups_users_list": "usergroups:read",
    "users_info": "users:read",
    "views_open": "",
    "views_publish": "",
    "views_push": "",
    "views_update": "",
    "apps_connections_open": "",
}
"""What each method of the Web API asks for, from Slack's reference."""


def errors(shared: Path, made: dict[str, Any]) -> list[str]:
    schema = json.loads((shared / "payloads" / "slack-manifest.schema.json").read_text())
    return [error.message for error in Draft7Validator(schema).iter_errors(made)]


def test_the_manifest_is_valid_for_the_socket_and_for_http(shared: Path) -> None:
    assert errors(shared, manifest(ALL, name="Guildhall")) == []
    by_http = manifest(ALL, name="Guildhall", prefix="ai-", url="https://bot.example/", confirm_sends=True)
    assert errors(shared, by_http) == []


def test_each_noun_is_a_command_and_the_socket_needs_no_address() -> None:
    made = manifest(ALL, name="Guildhall")
    commands = {each["command"]: each for each in made["features"]["slash_commands"]}
    assert list(commands) == [
        "/digest",
        "/feeds",
        "/gigs",
        "/hub",
        "/market",
        "/meetup",
        "/mentor",
        "/mod",
        "/profile",
        "/swap",
    ]
    assert commands["/feeds"]["usage_hint"] == "add | edit | list | opml | queue | test | help"
    assert all(each["should_escape"] for each in commands.values())
    assert made["settings"]["socket_mode_enabled"] is True
    assert "url" not in json.dumps(made)
    assert made["settings"]["event_subscriptions"] == {"bot_events": ["app_home_opened"]}


def test_by_http_everything_goes_to_one_address() -> None:
    made = manifest(ALL, name="Guildhall", prefix="ai-", url="https://bot.example/")
    assert {each["command"] for each in made["features"]["slash_commands"]} == {
        "/ai-digest",
        "/ai-feeds",
        "/ai-gigs",
        "/ai-hub",
        "/ai-market",
        "/ai-meetup",
        "/ai-mentor",
        "/ai-mod",
        "/ai-profile",
        "/ai-swap",
    }
    there = "https://bot.example/slack/events"
    assert {each["url"] for each in made["features"]["slash_commands"]} == {there}
    assert made["settings"]["interactivity"] == {
        "is_enabled": True,
        "request_url": there,
        "message_menu_options_url": there,
    }
    assert made["settings"]["event_subscriptions"]["request_url"] == there
    assert made["settings"]["socket_mode_enabled"] is False


def test_each_scope_is_needed_by_a_call_and_each_call_has_its_scope() -> None:
    modules = (answers, app, callers, connection, platform, tokens)
    called = {name for module in modules for name in re.findall(r"client\.([a-z]\w+)\(", inspect.getsource(module))}
    assert called == set(NEEDS)
    needed = {scope for method in called for scope in NEEDS[method].split()} | {"commands"}
    assert needed == set(SCOPES) | set(HISTORY_SCOPES)
    assert sorted(SCOPES) == manifest(ALL, name="Guildhall")["oauth_config"]["scopes"]["bot"]
    assert all(SCOPES.values())


def test_nothing_reads_what_people_write_unless_sends_are_confirmed() -> None:
    assert not [scope for scope in SCOPES if "history" in scope]
    asked = manifest(ALL, name="Guildhall", confirm_sends=True)["oauth_config"]["scopes"]["bot"]
    assert "channels:history" in asked


def test_a_command_about_a_message_is_a_shortcut() -> None:
    commands = Commands()

    @commands.command("gigs share")
    async def share(ask: Read, message: Message) -> Reply:
        """Share as gig lead."""
        raise NotImplementedError

    made = manifest(commands, name="Guildhall")
    assert made["features"]["shortcuts"] == [
        {
            "name": "Share as gig lead",
            "type": "message",
            "callback_id": "v1:gigs:share",
            "description": "Share as gig lead.",
        }
    ]


@pytest.mark.parametrize(("noun", "prefix", "why"), [("st", "re", ""), ("ar", "st", "/star is one of Slack's own")])
def test_slacks_own_names_and_long_ones_are_refused(noun: str, prefix: str, why: str) -> None:
    commands = Commands()

    @commands.command(f"{noun} list")
    async def listed(ask: Read) -> Reply:
        """List them."""
        raise NotImplementedError

    if why:
        with pytest.raises(UserError, match=why):
            manifest(commands, name="Guildhall", prefix=prefix)
    else:
        manifest(commands, name="Guildhall", prefix=prefix)
    with pytest.raises(UserError, match="longer than the 32"):
        manifest(commands, name="Guildhall", prefix="x" * 32)


# --- tokens ----------------------------------------------------------------------------------------------------------


async def test_tokens_that_work_say_whose_they_are() -> None:
    async with LoopbackSlack() as slack:
        found = await check_tokens(settings(**TOKENS, slack__api_url=slack.url).slack)
    assert [(f.ok, f.words) for f in found] == [
        (True, "It belongs to guildhall in AI Guild."),
        (True, "It opens connections for Socket Mode."),
    ]


async def test_tokens_that_do_not_say_what_to_do() -> None:
    async with LoopbackSlack() as slack:
        slack.scopes = "commands,chat:write"
        slack.trouble["apps.connections.open"] += [Trouble(error="missing_scope"), Trouble(error="invalid_auth")]
        here = settings(**TOKENS, slack__api_url=slack.url).slack
        bot, app_token = await check_tokens(here)
        assert not bot.ok
        assert "lacks the permissions files:write, im:write, mpim:write, usergroups:read, users:read" in bot.words
        assert "connections:write" in app_token.words
        slack.trouble["auth.test"].append(Trouble(error="invalid_auth"))
        bot, app_token = await check_tokens(here)
        assert "OAuth & Permissions" in bot.words
        assert "App-Level Tokens" in app_token.words
    by_http = settings(**TOKENS, slack__api_url="http://127.0.0.1:9/api", slack__socket_mode="false").slack
    bot, secret = await check_tokens(by_http)
    assert "could not be asked" in bot.words
    assert secret.ok
