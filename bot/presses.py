"""What stands inside a button: a versioned command line, such as `v1:lead:approve:42`.

The grammar is `version:noun:verb:argument:…`, each part percent-encoded, the verb empty for a command of one word.
It holds everything a press needs, so buttons live on through restarts. An id of an unknown version is out of date.
Ids must differ within a message: equal ones are told apart by `#2`, `#3`, … at their end, which changes nothing else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from bot import when
from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from collections import Counter

VERSION = "v1"
LONGEST = 100  # Discord's limit for a custom_id; Slack allows 255


def press_id(command: str, arguments: tuple[str, ...] = ()) -> str:
    """The id for a button, select or form that runs `command` ("noun verb" or "noun") with `arguments`."""
    noun, _, verb = command.partition(" ")
    return ":".join((VERSION, noun, verb, *(quote(argument, safe="") for argument in arguments)))


def command_of(identifier: str) -> str | None:
    """The command that a press runs, None for an id of another version."""
    try:
        return read_press(identifier)[0]
    except UserError:
        return None


def distinct(identifier: str, seen: Counter[str]) -> str:
    """`identifier`, numbered if it was `seen` before (and it is counted now)."""
    seen[identifier] += 1
    return identifier if seen[identifier] == 1 else f"{identifier}#{seen[identifier]}"


def read_press(identifier: str) -> tuple[str, tuple[str, ...]]:
    """The command and arguments of a press. Raises `UserError` (E-STALE) for an id of another version."""
    version, *parts = identifier.partition("#")[0].split(":")
    if version != VERSION or len(parts) < 2:
        raise UserError(
            "E-STALE",
            say("This card is out of date."),
            why=say("It was made by another version of the bot."),
            advice=say("Run the command again to get a fresh one."),
        )
    noun, verb, *arguments = parts
    return f"{noun} {verb}".strip(), tuple(unquote(argument) for argument in arguments)


# --- instants --------------------------------------------------------------------------------------------------------


def label_of(at: datetime, zone: str) -> str:
    """An instant on a button, which can show no viewer's own time: "Thu 26 Nov 18:00"."""
    local = at.astimezone(when.zone(zone))
    return f"{local:%a} {local.day} {local:%b %H:%M}"


def pressed(at: datetime) -> str:
    """An instant as a button carries it: the seconds since 1970."""
    return str(int(at.timestamp()))


def unpressed(seconds: int) -> datetime:
    """The instant that a button carried; one that no calendar has is the beginning of 1970."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
