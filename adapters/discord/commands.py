"""The registry as Discord's application commands, and what somebody typed into one.

A noun is a group with its verbs as sub-commands, a bare noun a plain command. Discord has no bare groups: where a bare
noun has verbs besides, such as `/hub` and `/hub report`, they are choices of an option of its own. Limits are
Discord's own, from its documentation.
"""

from __future__ import annotations

import json
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.literal import label
from bot.options import Kind
from bot.people import Role
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.commands import Command, Commands
    from bot.options import Option

Payload: TypeAlias = dict[str, Any]

DESCRIPTION = 100
CHOICES = 25  # more are completed while typing
SUB_COMMANDS = 25
MANAGE_SERVER = 1 << 5
VERB = "action"  # the option of a bare noun that names one of the verbs beside it
MENU = 32  # characters of a name in a message's menu
CHANNEL_TYPES = [0, 5, 15]  # text, announcements, forum

_CHAT = 1  # a slash command
_MESSAGE = 3  # one in a message's menu
_SUB_COMMAND = 1
_TEXT, _WHOLE, _YES_NO, _USER, _CHANNEL, _NUMBER, _FILE = 3, 4, 5, 6, 7, 10, 11
_SERVER, _DIRECT = 0, 1  # where a command may be used
_TYPES = {
    Kind.TEXT: _TEXT,
    Kind.NUMBER: _NUMBER,
    Kind.YES_NO: _YES_NO,
    Kind.CHOICE: _TEXT,
    Kind.MEMBER: _USER,
    Kind.CHANNEL: _CHANNEL,
    Kind.SKILL: _TEXT,
    Kind.WHEN: _TEXT,
    Kind.FILE: _FILE,
    Kind.MESSAGE: _TEXT,
    Kind.NOUN: _TEXT,
}


# --- from the registry to Discord ------------------------------------------------------------------------------------


def describe(commands: Commands, *, hide: bool = True) -> list[Payload]:
    """The typed commands as Discord wants them, and those of a message's menu.

    With `hide`, nouns for moderators alone are shown to nobody without Manage Server. Discord would refuse them to
    holders of a moderator role as well, so they are not hidden where such roles are set; who may, we check each time.
    Raises ValueError for what Discord can't show: a verb beside a bare noun that needs something.
    """
    typed = sorted((command for command in commands if command.typed), key=lambda command: command.name)
    nouns = [_noun(noun, list(verbs), hide=hide) for noun, verbs in groupby(typed, key=lambda command: command.noun)]
    return nouns + [_menu(command) for command in commands.pointed()]


def _noun(noun: str, commands: list[Command], *, hide: bool) -> Payload:
    bare = [command for command in commands if command.name == noun]
    if len(commands) > SUB_COMMANDS:
        raise ValueError(f"/{noun} has more than {SUB_COMMANDS} sub-commands")
    for_moderators = all(command.role is Role.MODERATOR for command in commands)
    payload: Payload = {"type": _CHAT, "name": noun, "integration_types": [0]}
    payload["contexts"] = [_SERVER] if for_moderators else [_SERVER, _DIRECT]
    if for_moderators and hide:
        payload["default_member_permissions"] = MANAGE_SERVER
    if bare:
        return {**payload, **_words(bare[0].help), "options": _together(bare[0], commands)}
    verbs = [command.name.partition(" ")[2] for command in commands]
    subs = [
        {"type": _SUB_COMMAND, "name": verb, **_words(command.help), "options": _options(command)}
        for verb, command in zip(verbs, commands, strict=True)
    ]
    summary = say("{noun}: {verbs}", noun=noun.capitalize(), verbs=", ".join(verbs))
    return {**payload, **_words(summary), "options": subs}


def _together(bare: Command, commands: list[Command]) -> list[Payload]:
    """The options of a bare noun and of the verbs beside it, which are the choices of the first."""
    verbs = [command for command in commands if command is not bare]
    options = {option["name"]: option for command in (bare, *verbs) for option in _options(command)}
    if not verbs:
        return list(options.values())
    if any(option["required"] for option in options.values()):
        raise ValueError(f"/{bare.name} has verbs beside it, so nothing of it or of them can be required on Discord")
    choices = [{"name": verb, "value": verb} for verb in (command.name.partition(" ")[2] for command in verbs)]
    summary = say("What to do instead: {verbs}", verbs=", ".join(choice["name"] for choice in choices))
    what: Payload = {"type": _TEXT, "name": VERB, **_words(summary), "required": False, "choices": choices}
    return [what, *options.values()]


def menu_name(command: Command) -> str:
    """What a command is called in a message's menu."""
    return label(command.help.rstrip("."), MENU)


def _menu(command: Command) -> Payload:
    return {"type": _MESSAGE, "name": menu_name(command), "integration_types": [0], "contexts": [_SERVER]}


def _words(text: str) -> Payload:
    return {"description": label(text, DESCRIPTION)}


def _options(command: Command) -> list[Payload]:
    """Its options; Discord wants those that are required first."""
    return [_option(option) for option in sorted(command.options, key=lambda option: not option.required)]


def _option(option: Option) -> Payload:
    kind = _WHOLE if option.whole else _TYPES[option.kind]
    payload: Payload = {"type": kind, "name": option.name, **_words(option.help or option.name.replace("_", " "))}
    payload["required"] = option.required
    if option.kind is Kind.NUMBER:
        payload["min_value"] = 0  # there are no negative rates, pages or places
    if option.kind is Kind.CHANNEL:
        payload["channel_types"] = CHANNEL_TYPES
    if option.kind is Kind.CHOICE and len(option.choices) <= CHOICES:
        payload["choices"] = [{"name": choice, "value": choice} for choice in option.choices]
    elif option.kind in (Kind.CHOICE, Kind.SKILL, Kind.NOUN):
        payload["autocomplete"] = True
    return payload


# --- what has changed ------------------------------------------------------------------------------------------------

_OURS = frozenset(
    "type name description options required choices value autocomplete min_value channel_types contexts "
    "integration_types default_member_permissions".split()
)


def fingerprint(commands: Iterable[Payload]) -> str:
    """The same for the commands that we describe and those that Discord gives back, with its additions and defaults."""
    wanted = sorted((_plain(command) for command in commands), key=lambda command: str(command["name"]))
    return sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()


def _plain(payload: Payload) -> Payload:
    plain = {key: value for key, value in payload.items() if key in _OURS and value}
    for key in ("options", "choices"):
        if key in plain:
            plain[key] = [_plain(inner) for inner in plain[key]]
    for key in ("contexts", "integration_types", "channel_types"):
        if key in plain:
            plain[key] = sorted(plain[key])
    if "default_member_permissions" in plain:
        plain["default_member_permissions"] = str(plain["default_member_permissions"])
    return plain


# --- from Discord to a call ------------------------------------------------------------------------------------------


def read_name(data: Mapping[str, Any]) -> str:
    """The name in the registry of the command that an interaction's data is about."""
    inner = data.get("options") or [{}]
    if inner[0].get("type") == _SUB_COMMAND:
        return f"{data['name']} {inner[0]['name']}"
    verb = next((f" {option['value']}" for option in inner if option.get("name") == VERB), "")
    return f"{data['name']}{verb}"


def read_menu(data: Mapping[str, Any], commands: Commands) -> tuple[str, dict[str, Any]] | None:
    """The command that was pointed at a message and its options, None for a command that is typed."""
    if data.get("type") != _MESSAGE:
        return None
    text = data["resolved"]["messages"][data["target_id"]]["content"]
    for command in commands.pointed():
        if menu_name(command) == data["name"]:
            return command.name, {option.name: text for option in command.options if option.kind is Kind.MESSAGE}
    return str(data["name"]), {}


def read_options(data: Mapping[str, Any]) -> dict[str, Any]:
    """The options given, by name, as `App.run_call` takes them; a file as Discord's description of it."""
    resolved = data.get("resolved", {}).get("attachments", {})
    return {option["name"]: _value(option, resolved) for option in _leaf(data) if option["name"] != VERB}


def focused(data: Mapping[str, Any]) -> tuple[str, str]:
    """The option that is being typed, and what stands in it so far."""
    found = next(option for option in _leaf(data) if option.get("focused"))
    return found["name"], str(found["value"])


def _leaf(data: Mapping[str, Any]) -> list[Payload]:
    options: list[Payload] = data.get("options") or []
    return options[0].get("options") or [] if options and options[0].get("type") == _SUB_COMMAND else options


def _value(option: Payload, files: Mapping[str, Any]) -> Any:
    value = option["value"]
    if option["type"] == _USER:
        return f"<@{value}>"
    if option["type"] == _FILE:
        return files[value]
    return float(value) if option["type"] == _NUMBER else value
