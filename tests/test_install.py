"""The installation page says what is asked for and why, in the very words of the manifest and the invitation.

Its steps are played by `test_slack_install.py`, `test_discord_loopback.py` and `test_joining.py`.
"""

from __future__ import annotations

import inspect
import re

from adapters.discord.connection import Connection
from adapters.discord.permissions import PERMISSIONS
from adapters.slack.manifest import HISTORY_SCOPES, SCOPES, manifest
from bot import when
from bot.cli import platforms
from bot.cli.wiring import FEATURES
from bot.commands import Commands
from tests.conftest import settings
from tests.install_page import TEXT, section

ROWS = re.findall(r"^\| (.+?) \| (.+?) \|$", section("What it may do, and why"), re.MULTILINE)


def test_scopes_and_permissions_are_those_that_are_asked_for_with_their_reasons() -> None:
    told = {name: why for name, why in ROWS if not set(name) <= set("-") and why != "What for"}
    wanted = {f"`{scope}`": why for scope, why in SCOPES.items()}
    assert told == wanted | {permission.name: permission.why for permission in PERMISSIONS}


def test_the_manifest_asks_for_nothing_else() -> None:
    made = manifest(Commands(*(feature.commands for feature in FEATURES)), name="Guildhall")
    assert set(made["oauth_config"]["scopes"]["bot"]) == {name.strip("`") for name, _ in ROWS if name.startswith("`")}
    assert set(made["oauth_config"]["scopes"]) == {"bot"}  # no token of a person
    assert set(re.findall(r"`(\w+:history)`", TEXT)) == set(HISTORY_SCOPES)


def test_what_init_asks_for_is_what_the_page_calls_it() -> None:
    asked = inspect.getsource(platforms)
    for words in ("Bot User OAuth Token", "App-Level Token", "connections:write", "Reset Token"):
        assert words in TEXT
        assert words in asked


def test_no_privileged_intent_is_needed() -> None:
    intents = Connection(settings().discord, when.SystemClock()).intents
    assert [intents.members, intents.presences, intents.message_content] == [False] * 3
