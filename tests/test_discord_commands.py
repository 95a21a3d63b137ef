"""The registry as Discord's commands: limits, order, what is hidden, when they are sent again; and the invitation."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import discord
import pytest

from adapters.discord.commands import describe, fingerprint, focused, read_name, read_options
from adapters.discord.forms import read_values
from adapters.discord.permissions import PERMISSIONS, invite_url
from bot.cli.wiring import FEATURES
from bot.commands import Commands, Read, Reply
from bot.people import Role
from tests.discord_openapi import read_description
from tests.discord_trials import commands as trials

if TYPE_CHECKING:
    from pathlib import Path

OURS = Commands(*(feature.commands for feature in FEATURES))


def by_name(payloads: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {payload["name"]: payload for payload in payloads}


def characters(payload: Any) -> int:
    """What Discord counts for a command: its names, descriptions and the values of its choices, all through."""
    inner = [*payload.get("options", ()), *payload.get("choices", ())]
    own = [payload.get(key, "") for key in ("name", "description", "value")]
    return sum(len(str(text)) for text in own) + sum(characters(part) for part in inner)


def test_all_commands_keep_within_discords_limits(shared: Path) -> None:
    described = describe(Commands(OURS, trials))
    assert len(described) <= 100
    assert all(characters(command) <= 8000 for command in described)
    assert read_description(shared).wrong("PUT", "/applications/1/commands", described) == []


def test_the_judge_says_no_when_it_should(shared: Path) -> None:
    wrong = read_description(shared).wrong
    assert wrong("POST", "/channels/1/messages", {"content": "x" * 4001})
    assert wrong("POST", "/interactions/1/token/callback", {"type": 9, "data": {"title": "No components"}})
    assert wrong("PUT", "/applications/1/commands", [{"description": "No name"}])
    assert wrong("POST", "/channels/1/mesages", {})
    assert wrong("POST", "/channels/1/messages", {"content": "Hello."}) == []


def test_nouns_are_groups_and_a_bare_noun_is_a_command() -> None:
    described = by_name(describe(OURS))
    assert [sub["name"] for sub in described["feeds"]["options"]] == ["add", "edit", "list", "opml", "queue", "test"]
    assert described["hub"]["options"][0]["type"] == 3
    assert "lead" not in described  # its commands are buttons


def test_options_are_native() -> None:
    described = by_name(describe(Commands(OURS, trials)))
    find = by_name(by_name(described["gigs"]["options"])["find"]["options"])
    assert find["skill"]["autocomplete"]
    assert [choice["value"] for choice in find["kind"]["choices"]] == ["gigs", "jobs", "all"]
    assert (find["min_rate"]["type"], find["page"]["type"], find["page"]["min_value"]) == (10, 4, 0)
    kinds = by_name(by_name(described["trial"]["options"])["kinds"]["options"])
    assert {name: option["type"] for name, option in kinds.items()} == {
        "who": 6,
        "where": 7,
        "sure": 5,
        "paper": 11,
        "at": 3,
    }


def test_what_is_for_moderators_is_hidden_unless_a_role_makes_them() -> None:
    described = by_name(describe(OURS))
    manage_server = discord.Permissions(manage_guild=True).value
    assert {name for name, c in described.items() if c.get("default_member_permissions") == manage_server} == {
        "feeds",
        "mod",
    }
    assert described["mod"]["contexts"] == [0]
    assert described["gigs"]["contexts"] == [0, 1]
    assert not any("default_member_permissions" in command for command in describe(OURS, hide=False))


def test_a_noun_for_some_members_is_shown_to_all() -> None:
    mixed = Commands()

    @mixed.command("talk start", role=Role.MODERATOR)
    async def start(ask: Read, much: Annotated[str, "How much"] = "", *, what: str) -> Reply:
        """Start."""
        raise NotImplementedError

    @mixed.command("talk list")
    async def listed(ask: Read, kind: Literal["a", "b"] = "a") -> Reply:
        """List."""
        raise NotImplementedError

    [talk] = describe(mixed)
    assert "default_member_permissions" not in talk
    assert [option["name"] for option in by_name(talk["options"])["start"]["options"]] == ["what", "much"]


def test_verbs_beside_a_bare_noun_are_choices_of_an_option() -> None:
    options = by_name(by_name(describe(OURS))["hub"]["options"])
    assert [choice["value"] for choice in options["action"]["choices"]] == ["report"]
    assert {"topic", "member", "link"} <= set(options)
    assert not any(option["required"] for option in options.values())
    given = [{"name": "action", "type": 3, "value": "report"}, {"name": "member", "type": 6, "value": "17"}]
    assert read_name({"name": "hub", "options": given}) == "hub report"
    assert read_options({"name": "hub", "options": given}) == {"member": "<@17>"}


def test_a_verb_beside_a_bare_noun_cannot_need_anything() -> None:
    both = Commands()

    @both.command("talk")
    async def talk(ask: Read) -> Reply:
        """Talk."""
        raise NotImplementedError

    @both.command("talk to")
    async def talk_to(ask: Read, whom: str) -> Reply:
        """Talk to somebody."""
        raise NotImplementedError

    with pytest.raises(ValueError, match="/talk has verbs beside it"):
        describe(both)


def test_what_discord_adds_is_no_change_and_a_new_word_is_one() -> None:
    ours = describe(OURS)
    theirs = copy.deepcopy(ours)
    for number, command in enumerate(theirs):
        permissions = command.get("default_member_permissions")
        command |= {"id": str(number), "version": "1", "nsfw": False, "name_localizations": None}
        command["default_member_permissions"] = str(permissions) if permissions else None
        command["contexts"] = command["contexts"][::-1]
        for option in command.get("options", ()):
            option["required"] = option.get("required") or None
    theirs.reverse()
    assert fingerprint(theirs) == fingerprint(ours)
    assert json.dumps(theirs) != json.dumps(ours)
    by_name(theirs)["feeds"]["options"][0]["description"] = "Something else"
    assert fingerprint(theirs) != fingerprint(ours)
    assert fingerprint(describe(OURS, hide=False)) != fingerprint(ours)


def test_what_was_typed_is_read_by_name() -> None:
    given = [
        {"name": "who", "type": 6, "value": "17"},
        {"name": "min_rate", "type": 10, "value": 80},
        {"name": "page", "type": 4, "value": 2},
        {"name": "skill", "type": 3, "value": "ra", "focused": True},
    ]
    data = {"name": "gigs", "options": [{"name": "find", "type": 1, "options": given}]}
    assert read_name(data) == "gigs find"
    assert read_options(data) == {"who": "<@17>", "min_rate": 80.0, "page": 2, "skill": "ra"}
    assert focused(data) == ("skill", "ra")
    assert (read_name({"name": "hub"}), read_options({"name": "hub"})) == ("hub", {})


def test_a_sent_form_is_read_by_field() -> None:
    fields: list[dict[str, Any]] = [
        {"type": 10, "id": 1},
        {"type": 18, "id": 2, "component": {"type": 4, "custom_id": "zone", "value": "Berlin"}},
        {"type": 18, "id": 3, "component": {"type": 8, "custom_id": "channel", "values": ["7"]}},
        {"type": 18, "id": 4, "component": {"type": 22, "custom_id": "days", "values": ["mon", "tue"]}},
        {"type": 18, "id": 5, "component": {"type": 21, "custom_id": "size", "value": None}},
        {"type": 1, "id": 6, "components": [{"type": 4, "custom_id": "old", "value": "row"}]},
    ]
    read = {"zone": "Berlin", "channel": "7", "days": "mon,tue", "size": "", "old": "row"}
    assert read_values(fields) == read


# --- the invitation --------------------------------------------------------------------------------------------------


def test_the_invitation_asks_for_exactly_what_is_needed() -> None:
    wanted = 1 << 10 | 1 << 11 | 1 << 15 | 1 << 36 | 1 << 38 | 1 << 44
    start = "https://discord.com/oauth2/authorize?client_id=123&scope=bot+applications.commands&permissions="
    assert invite_url(123) == f"{start}{wanted}"
    assert all(permission.why and permission.verbs for permission in PERMISSIONS)


def test_permissions_are_called_as_discord_calls_them() -> None:
    assert {permission.name: 1 << permission.bit for permission in PERMISSIONS} == {
        "View Channels": discord.Permissions(view_channel=True).value,
        "Send Messages": discord.Permissions(send_messages=True).value,
        "Attach Files": discord.Permissions(attach_files=True).value,
        "Create Private Threads": discord.Permissions(create_private_threads=True).value,
        "Send Messages in Threads": discord.Permissions(send_messages_in_threads=True).value,
        "Create Events": discord.Permissions(create_events=True).value,
    }
