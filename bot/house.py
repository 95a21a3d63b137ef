"""The house itself as a feature: what belongs to no other one."""

from __future__ import annotations

from bot import audit, doubts, hub, setup, whereabouts
from bot.commands import Commands
from bot.feature import Feature

feature = Feature(
    name="house",
    commands=Commands(hub.commands, setup.commands, audit.commands, doubts.commands, whereabouts.commands),
    undo={"mod setup": setup.take_back},
)
