"""Slash commands: one for each noun; the rest of the line is free text.

Slack has no namespaces, so a prefix may tell ours apart (`/ai-gigs`).
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.commands import Command, Commands

_ADDRESS = re.compile(r"<(https?://[^|>]+)(?:\|[^>]*)?>")


def nouns(commands: Commands) -> dict[str, list[Command]]:
    """The typed commands by their noun, both in order."""
    found: dict[str, list[Command]] = {}
    for command in sorted((c for c in commands if c.typed), key=lambda c: c.name):
        found.setdefault(command.noun, []).append(command)
    return found


def line_of(command: str, text: str, prefix: str) -> str:
    """The line that a slash command means, as it would be typed elsewhere: without prefix and Slack's escapes."""
    noun = command.removeprefix("/").removeprefix(prefix)
    words = html.unescape(_ADDRESS.sub(r"\1", text))
    return f"/{noun} {words}".rstrip()
