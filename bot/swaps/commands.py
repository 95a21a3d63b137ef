"""All that can be said about skill swaps."""

from __future__ import annotations

from bot.commands import Commands
from bot.swaps import asking, joining, lessons, proposals, status

commands = Commands(
    joining.commands,
    asking.commands,
    proposals.commands,
    lessons.commands,
    status.commands,
)
