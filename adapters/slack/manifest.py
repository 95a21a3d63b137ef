"""The app's manifest, made from the registry: what Slack shows of Guildhall, and the few permissions it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.slack.app import PATH
from adapters.slack.commands import nouns
from bot.errors import UserError
from bot.literal import shorten
from bot.presses import press_id
from bot.words import say

if TYPE_CHECKING:
    from bot.commands import Command, Commands

SCOPES: dict[str, str] = {
    "commands": "slash commands and shortcuts: how people talk to the bot",
    "chat:write": "post leads, digests and answers, and edit them, in channels it was invited to",
    "im:write": "open a direct message to pass on what somebody asked for or is owed",
    "mpim:write": "open a conversation of the people of a swap or a mentoring session: introductions",
    "users:read": "know a name, a time zone, a language, and who is a workspace admin",
    "usergroups:read": "know who is in the user groups that the settings name as moderators or organisers",
    "files:write": "send files that somebody asked for: their data, a list, a calendar entry, a picture",
}
"""What the bot asks for, and which features need it. None of it reads what people write."""

HISTORY_SCOPES: dict[str, str] = {
    f"{kind}:history": "slack.confirm_sends: look for its own message after a send whose answer got lost"
    for kind in ("channels", "groups", "im", "mpim")
}
"""What it asks for besides, only with `slack.confirm_sends`."""

RESERVED = frozenset(
    "active apps archive away call canvas collapse dm dnd expand feed feedback huddle invite invite_people join keys "
    "kick leave list me msg mute open part prefs remind remove rename search shortcuts shrug star status todo topic "
    "unarchive who".split()
)
"""Slack's own commands. One of them in a manifest makes Slack refuse the whole list."""

EVENTS = ("app_home_opened",)
COMMAND, SHORTCUT = 32, 24
NAME, DESCRIPTION, DISPLAY = 35, 140, 80


def manifest(
    commands: Commands, *, name: str, prefix: str = "", url: str | None = None, confirm_sends: bool = False
) -> dict[str, Any]:
    """The manifest as JSON-ready data: for Socket Mode, or for HTTP mode where `url` is the bot's public address.

    Raises `UserError` (E-PREFIX) for a prefix that makes a command Slack's own or too long.
    """
    endpoint = f"{url.rstrip('/')}{PATH}" if url else ""
    request_url = {"request_url": endpoint} if endpoint else {}
    menus = {"message_menu_options_url": endpoint} if endpoint else {}  # what is picked by typing a part of its name
    features: dict[str, Any] = {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": True},
        "bot_user": {"display_name": shorten(name, DISPLAY), "always_online": True},
        "slash_commands": [_slash(n, own, prefix, endpoint) for n, own in nouns(commands).items()],
    }
    if shortcuts := [_shortcut(command) for command in commands.pointed()]:
        features["shortcuts"] = shortcuts
    return {
        "display_information": {
            "name": shorten(name, NAME),
            "description": shorten(
                say("Gig leads, skill swaps and mentoring meetups for AI freelancers."), DESCRIPTION
            ),
        },
        "features": features,
        "oauth_config": {"scopes": {"bot": sorted(scopes(confirm_sends=confirm_sends))}},
        "settings": {
            "event_subscriptions": {**request_url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **request_url, **menus},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not endpoint,
            "token_rotation_enabled": False,
        },
    }


def scopes(*, confirm_sends: bool) -> dict[str, str]:
    """The scopes that the settings call for, each with its reason."""
    return SCOPES | HISTORY_SCOPES if confirm_sends else SCOPES


def _slash(noun: str, own: list[Command], prefix: str, endpoint: str) -> dict[str, Any]:
    command = f"/{prefix}{noun}"
    if command.removeprefix("/") in RESERVED:
        raise UserError(
            "E-PREFIX",
            say("{command} is one of Slack's own commands.", command=command),
            advice=say('Set slack.command_prefix to something else, such as "ai-".'),
        )
    if len(command) > COMMAND:
        raise UserError(
            "E-PREFIX",
            say("{command} is longer than the {limit} characters Slack takes.", command=command, limit=COMMAND),
            advice=say("Set slack.command_prefix to something shorter."),
        )
    verbs = [each.name.partition(" ")[2] for each in own]
    usage = " | ".join([verb for verb in verbs if verb] + ["help"])
    drawn = {"command": command, "description": _description(own), "usage_hint": usage, "should_escape": True}
    return {**drawn, "url": endpoint} if endpoint else drawn


def _description(own: list[Command]) -> str:
    """What a noun is for: its first command's help, and how much more there is."""
    more = len(own) - 1
    return own[0].help + (say(" And {more} more.", more=more) if more else "")


def _shortcut(command: Command) -> dict[str, Any]:
    return {
        "name": shorten(command.help.rstrip("."), SHORTCUT),
        "type": "message",
        "callback_id": press_id(command.name),
        "description": shorten(command.help, 150),
    }
