"""What would become of an entry under a feed's terms: the effect of rules on what is known already. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.leads.approval import Approval, decide, with_default
from bot.leads.feedrules import FeedRules, left_out
from bot.leads.leaning import Leaning, lean
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from bot.leads.entry import Entry, Verdict


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides about the entries of a feed."""

    rules: FeedRules
    approval: Approval
    default_kind: str | None
    leaning: Leaning


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of an entry, and by which rule."""

    state: Literal["no lead", "left out", "expired", "held", "approved"]
    kind: str  # gig | job | unclear | neither
    rule: str = ""

    @property
    def passes(self) -> bool:
        """Whether it gets as far as a moderator or a channel."""
        return self.state in ("held", "approved")


def fate_of(entry: Entry, judged: Verdict, terms: Terms, *, published: datetime, seen: datetime) -> Fate:
    """The fate of an entry that was judged so and came at `seen`; how long leads may be posted plays no part."""
    if not judged.lead:
        return Fate("no lead", judged.kind)
    verdict = lean(with_default(judged, terms.default_kind), terms.leaning, load_taxonomy())
    rule = left_out(terms.rules, entry, verdict, published=published, seen=seen)
    state = decide(verdict, approval=terms.approval, published=published, now=seen, max_age_hours=0, left_out=rule)
    if state == "ruled":
        return Fate("left out", verdict.kind, rule)
    return Fate("expired" if state == "old" else "held" if state == "held" else "approved", verdict.kind)


def fate_words(fate: Fate) -> str:
    """A fate in words, with the type of what passes."""
    if fate.state == "left out":
        return say("left out: {rule}", rule=fate.rule)
    if not fate.passes:
        return say("not a lead") if fate.state == "no lead" else say("expired")
    kind = {"gig": say("gig"), "job": say("job")}.get(fate.kind, say("type not stated"))
    how = say("waits for a moderator") if fate.state == "held" else say("approved by itself")
    return f"{how} ({kind})"
