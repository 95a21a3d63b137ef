"""All that can be said about skill swaps."""

from __future__ import annotations

from bot.commands import Commands
from bot.swaps import asking, calendars, ending, fixing, joining, lessons, proposals, status, thanks

commands = Commands(
    joining.commands,
    asking.commands,
    proposals.commands,
    fixing.commands,
    calendars.commands,
    ending.commands,
    lessons.commands,
    thanks.commands,
    status.commands,
)
