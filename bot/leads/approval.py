"""What becomes of a lead: whether it is approved, waits, or is only kept. Pure decisions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.leads.entry import Verdict

Approval = Literal["review", "flagged", "auto"]
Destination = Literal["digest", "instant"]
State = Literal["backlog", "held", "approved", "rejected", "old", "flood"]
"""backlog: stored at a feed's first poll, posts nothing by itself; held: waits for a moderator; old: past its days;
flood: came in a burst, and waits for a moderator's word about all of it.
"""


def too_old(verdict: Verdict, published: datetime, now: datetime, max_age_hours: int) -> bool:
    """Whether a lead is past its days: expired, or published longer ago than the limit (0 = no limit)."""
    if verdict.expires is not None and verdict.expires <= now:
        return True
    return bool(max_age_hours) and now - published > timedelta(hours=max_age_hours)


def decide(verdict: Verdict, *, approval: Approval, published: datetime, now: datetime, max_age_hours: int) -> State:
    """The state of a new lead under a community's approval setting.

    review: everything waits. flagged: what is sure and carries no caution is approved. auto: so is what is less sure.
    A caution always makes a lead wait.
    """
    if too_old(verdict, published, now, max_age_hours):
        return "old"
    if approval == "review" or verdict.cautions:
        return "held"
    if approval == "auto":
        return "held" if verdict.held else "approved"
    return "approved" if verdict.sure and not verdict.held else "held"
