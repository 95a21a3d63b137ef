"""What becomes of a lead: whether it is approved, waits, or is only kept. Pure decisions."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, cast

from bot.words import say

if TYPE_CHECKING:
    from bot.leads.entry import Engagement, Verdict
    from bot.settings import Settings

Approval = Literal["review", "flagged", "auto"]
Destination = Literal["digest", "instant"]
State = Literal["backlog", "held", "approved", "rejected", "old", "flood", "ruled"]
"""backlog: stored at a feed's first poll, posts nothing by itself; held: waits for a moderator; old: past its days;
flood: came in a burst, and waits for a moderator's word about all of it; ruled: left out by a rule of its feed.
"""

Reason = Literal["not-a-gig", "not-ai", "scam", "vague", "duplicate", "other"]
"""Why a moderator rejected a lead."""


def approval_of(settings: Settings, community: str | None, feed: str | None) -> Approval:
    """Which approval applies to a feed's leads.

    The feed's own; else what the operator has set; else what the community's moderators chose; else the default.
    """
    return cast("Approval", feed or settings.chosen("leads.approval", community))


def goes_out_alone(destination: str, kind: str) -> bool:
    """Whether an approved lead is posted by itself: a gig of an *instant* feed is, all else comes with the digest."""
    return destination == "instant" and kind == "gig"


def with_default(verdict: Verdict, kind: str | None) -> Verdict:
    """The verdict in a feed whose leads are of this kind where they do not say (None: then they are unclear)."""
    if verdict.kind != "unclear" or kind is None:
        return verdict
    said = {
        "gig": say("it does not say its type; here that means a gig"),
        "job": say("it does not say its type; here that means a job"),
    }
    return dataclasses.replace(verdict, kind=cast("Engagement", kind), reasons=(*verdict.reasons, said[kind]))


def too_old(verdict: Verdict, published: datetime, now: datetime, max_age_hours: int) -> bool:
    """Whether a lead is past its days: expired, or published longer ago than the limit (0 = no limit)."""
    if verdict.expires is not None and verdict.expires <= now:
        return True
    return bool(max_age_hours) and now - published > timedelta(hours=max_age_hours)


def decide(
    verdict: Verdict,
    *,
    approval: Approval,
    published: datetime,
    now: datetime,
    max_age_hours: int,
    left_out: str = "",
) -> State:
    """The state of a new lead of a feed with this approval, of which `left_out` says the rule that leaves it out.

    review: everything waits. flagged: what is sure and carries no caution is approved. auto: so is what is less sure.
    A caution always makes a lead wait.
    """
    if too_old(verdict, published, now, max_age_hours):
        return "old"
    if left_out:
        return "ruled"
    if approval == "review" or verdict.cautions:
        return "held"
    if approval == "auto":
        return "held" if verdict.held else "approved"
    return "approved" if verdict.sure and not verdict.held else "held"


# --- in words --------------------------------------------------------------------------------------------------------


def approval_words(approval: str) -> str:
    """What an approval setting means."""
    return {
        "review": say("a moderator looks at each"),
        "flagged": say("the sure ones by themselves, the rest by a moderator"),
        "auto": say("by themselves, unless something looks wrong"),
    }[approval]


def reason_words(reason: str, own: str | None = None) -> str:
    """Why a lead was rejected; in the moderator's `own` words where there are some."""
    if own:
        return own
    return {
        "not-a-gig": say("not a gig"),
        "not-ai": say("not AI work"),
        "scam": say("looks like a scam"),
        "vague": say("too vague"),
        "duplicate": say("had it before"),
        "other": say("another reason"),
    }[reason]
