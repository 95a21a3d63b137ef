"""A member as skill swaps see them, as plain data; and which helper is asked first. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.swaps.hours import shared_hours
from bot.swaps.ledger import Helper, whom_to_ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from bot.members.profile import Free

LEVEL, PRIORITY = 3, 2
"""What is assumed of an offer and a want where nobody has said: the middle."""

LANGUAGES = frozenset({"en"})
"""What somebody is taken to speak who has not said."""

MONTHLY = 4
"""Lessons that a member is introduced to give within 30 days, at most: nobody is worn out."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member who may be matched."""

    id: int
    free: Free
    offers: Mapping[str, int] = field(default_factory=dict)  # skill -> level 1 to 5
    wants: Mapping[str, int] = field(default_factory=dict)  # skill -> priority 1 to 3
    languages: frozenset[str] = LANGUAGES
    waiting: int = 0  # rounds in which they took part and nothing came of it
    balance: int = 0  # hours they gave, less those they got
    given: int = 0  # lessons they were introduced to give within 30 days
    asked: int = 0  # times they were asked for help within 30 days, whatever they answered

    @property
    def is_full(self) -> bool:
        """Whether they give as much as anybody should in a month."""
        return self.given >= MONTHLY


def could_meet(one: Candidate, other: Candidate, now: datetime, least_hours: int) -> bool:
    """Whether two members speak a language in common and share enough hours of a week."""
    return not one.languages.isdisjoint(other.languages) and shared_hours((one.free, other.free), now) >= least_hours


def helpers_in_order(
    skill: str, asker: Candidate, helpers: Iterable[Candidate], now: datetime, least_hours: int
) -> list[Candidate]:
    """Those who could help the asker with a skill, whom to ask first at the head (`ledger.whom_to_ask`)."""
    able = {one.id: one for one in helpers if not one.is_full and could_meet(asker, one, now, least_hours)}
    known = [Helper(one.id, one.balance, one.offers.get(skill, LEVEL), one.asked) for one in able.values()]
    return [able[int(one.id)] for one in whom_to_ask(known)]
