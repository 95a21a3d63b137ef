"""Who the console can be seen as, and what a newcomer may try."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.people import Caller
    from bot.ports import PlatformName

DIRECT = "dm"  # stands for the persona's direct messages where an address names a channel


@dataclass(frozen=True, slots=True)
class Persona:
    """An account of the demo: whoever opens the console acts as one of these."""

    key: str  # what stands in addresses: lower-case letters, digits, dashes
    label: str  # "Maria (moderator, Slack)"
    caller: Caller  # its `channel` is set by where the persona is looking
    channels: tuple[tuple[str, str], ...]  # (the platform's channel id, name without "#"), in order
    home: str  # the channel id that opens first
    zone: str = "UTC"  # what the clock of their device shows; times are drawn in it

    @property
    def platform(self) -> PlatformName:
        """The platform of the account."""
        return self.caller.platform

    def in_channel(self, channel: str) -> Caller:
        """The account as it acts in one of its channels, or in a direct message."""
        return dataclasses.replace(self.caller, channel="" if channel == DIRECT else channel)


@dataclass(frozen=True, slots=True)
class TourStep:
    """One thing to try. `command` is put into the command box, seen as `persona` (or whoever looks)."""

    done: bool
    text: str
    command: str = ""
    persona: str = ""
