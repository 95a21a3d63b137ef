"""When those who agreed to meet are reminded of it, as far as that is still to come when they agree."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

REMINDERS = {"day": timedelta(hours=24), "soon": timedelta(minutes=10)}
"""How long before the start."""


def ahead_words(at: datetime, now: datetime) -> str:
    """How long before `at` the reminders that are still to come are, as in "I'll remind you …"."""
    if at - now > REMINDERS["day"]:
        return say("a day and ten minutes before")
    return say("ten minutes before") if at - now > REMINDERS["soon"] else say("no more, for it begins at once")
