"""What a typed line could become: commands by name, then the choices of the option that is being typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.app import App
    from bot.cards import Option as Choice
    from bot.commands import Command
    from bot.people import Caller

MOST = 25


async def complete_line(app: App, caller: Caller, line: str) -> list[dict[str, str]]:
    """Up to 25 whole lines, best first, each as `{"value": line, "label": what it means}`."""
    command = _command(app, caller, line)
    if command is None:
        return []
    start, word = re.fullmatch(r"(.*\s)?(\S*)", line, re.DOTALL).groups(default="")  # type: ignore[union-attr]
    name, mark, typed = word.partition(":")
    named = bool(mark) and name in {option.name for option in command.options}
    given = len(start.split()) - len(command.name.split())
    if not named and not 0 <= given < len(command.options):
        return []
    option = name if named else command.options[given].name
    try:
        choices = await app.complete(caller, command.name, option, typed if named else word)
    except UserError:  # nothing is set up yet: there is nothing to choose from
        return []
    return [
        {"value": f"{start}{f'{name}:' if named else ''}{_quoted(choice)}", "label": choice.description or choice.label}
        for choice in choices[:MOST]
    ]


def _command(app: App, caller: Caller, line: str) -> Command | None:
    typed = line.lower().removeprefix("/")
    found = [c for c in app.commands.of_role(caller.role) if typed.startswith(f"{c.name} ")]
    return max(found, key=lambda command: len(command.name), default=None)


def _quoted(choice: Choice) -> str:
    """A choice as it is typed: in quotation marks where it has blanks."""
    if '"' in choice.label or "'" in choice.label or "\\" in choice.label:
        return choice.value
    return f'"{choice.label}"' if " " in choice.label else choice.label
