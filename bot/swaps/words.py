"""Phrases that the cards of skill swaps have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards import Button, Time
from bot.skills import load_taxonomy
from bot.swaps.hours import first_stretch, shared_hours
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.cards import Text
    from bot.members.profile import Free


def skill_name(skill: str) -> str:
    """A skill as people say it; the id of a community's own skill is made of its words."""
    taxonomy = load_taxonomy()
    return taxonomy.name(skill) if skill in taxonomy else skill.replace("-", " ")


def hours_words(hours: float) -> str:
    """So many hours: "1 hour", "2.5 hours"."""
    return count(int(hours), say("hour"), say("hours")) if hours == int(hours) else say("{n} hours", n=f"{hours:.1f}")


def shared_words(everyone: Sequence[Free], now: datetime, who: str = "") -> Text:
    """How much time these (`who`; "You" where it is empty) have in common in a week, with an example."""
    who = who or say("You")
    stretch = first_stretch(everyone, now)
    if stretch is None:
        return (say("{who} share no hours that I know of.", who=who),)
    start, end = stretch
    example = (Time(start), "–", Time(end, "time"), ".")
    if any(one.windows is None for one in everyone):  # what is only assumed is not counted
        return (say("{who} share hours in the daytime, such as ", who=who), *example)
    hours = hours_words(shared_hours(everyone, now))
    return (say("{who} share {hours} a week, such as ", who=who, hours=hours), *example)


def balance_words(balance: int, limit: int) -> str:
    """What somebody owes or is owed, in words."""
    if balance > 0:
        return say("You have given {n} more than you got.", n=hours_words(balance))
    if balance == 0:
        return say("You are even: you have given as much help as you got.")
    owes = say("You owe {n} of help to this community.", n=hours_words(-balance))
    return owes if -balance < limit else say("{owes} Before you ask again, give some.", owes=owes)


def coffee_button(*, on: bool) -> Button:
    """Turns coffee introductions on or off."""
    label = say("No coffee introductions") if on else say("Coffee introductions, too")
    return Button(label, "swap coffee", ("no" if on else "yes",))
