"""A draft of a feed: what somebody wants it to be, and in words what that changes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.cards import Button
from bot.errors import UserError
from bot.leads.approval import approval_words
from bot.leads.feedrules import FeedRules, kinds_words, read_rules, rules_data, rules_words
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants a feed to be, before it is saved."""

    feed: int
    version: int  # of the feed that they saw
    title: str
    destination: str
    approval: str | None
    side: str
    default_kind: str | None
    rules: FeedRules
    poll_minutes: int | None = None  # None: as the operator has it


EDITED = ("title", "destination", "approval", "side", "default_kind", "poll_minutes", "rules")


def draft_of(own_feed: RowMapping) -> Draft:
    """A feed as it is."""
    values = {name: own_feed[name] for name in (*EDITED, "version") if name != "rules"}
    return Draft(feed=own_feed["id"], rules=read_rules(own_feed["rules"]), **values)


def draft_data(draft: Draft) -> dict[str, Any]:
    """A draft as JSON-ready data."""
    plain = {field.name: getattr(draft, field.name) for field in dataclasses.fields(draft)}
    return {**plain, "feed": str(draft.feed), "rules": rules_data(draft.rules)}


def read_draft(data: Mapping[str, Any]) -> Draft:
    """The draft that `draft_data` made the data of."""
    return Draft(**{**data, "feed": int(data["feed"]), "rules": read_rules(data["rules"])})


def values_of(draft: Draft) -> dict[str, Any]:
    """What is edited, as columns of a feed."""
    return {**{name: getattr(draft, name) for name in EDITED}, "rules": rules_data(draft.rules)}


def changes_words(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What differs between two states of a feed: each column's name and its two values, in words."""
    return [
        (say(_NAMES[name]), f"{_value_words(name, before[name])} → {_value_words(name, after[name])}")
        for name in EDITED
        if before.get(name) != after.get(name)
    ]


_NAMES = {
    "title": "Name",
    "destination": "Destination",
    "approval": "Approval",
    "side": "Side",
    "default_kind": "Type where it is not stated",
    "poll_minutes": "Asked",
    "rules": "Rules",
}


def _value_words(name: str, value: Any) -> str:
    if name == "rules":
        return rules_words(read_rules(value))
    if name == "approval":
        return approval_words(value) if value else say("as the community has it")
    if name == "poll_minutes":
        return interval_words(value) if value else say("as the operator has it")
    if name == "default_kind":
        return kinds_words((value,)) if value else say("left open")
    return str(value)


def interval_words(minutes: int) -> str:
    """How often a feed is asked, in words."""
    if minutes % 60:
        return say("every {n} minutes", n=minutes)
    return say("every hour") if minutes == 60 else say("every {n} hours", n=minutes // 60)


def gone() -> UserError:
    """What is said to whoever wants to change a feed that their community has no more."""
    shown = Button(say("Show feeds"), "feeds list")
    return UserError("E-STALE", say("This feed is not one of yours any more."), buttons=(shown,))
