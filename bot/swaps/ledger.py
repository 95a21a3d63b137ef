"""Hours of one-way help: who may still ask, whom to ask next. Pure; every done hour is a double entry.

A balance is hours given less hours received, so that the sum over a community is always zero. Anybody may owe
`owe_hours`, newcomers too: somebody has to begin. Who has given more than received may always ask.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.swaps.community import MemberId

OWE_HOURS = 2
"""How much help anybody may owe, unless the community has set another number."""


@dataclass(frozen=True, slots=True)
class Help:
    """Help that was done: whole or part hours, more than none. A gift (`free`) is remembered and owed to nobody."""

    giver: MemberId
    receiver: MemberId
    hours: float
    free: bool = False  # by a mentor who wants nothing back

    def __post_init__(self) -> None:
        if self.hours <= 0:
            raise ValueError(f"help takes some time, not {self.hours} hours")
        if self.giver == self.receiver:
            raise ValueError("nobody helps themselves here")


def balances(done: Iterable[Help]) -> dict[MemberId, float]:
    """Return hours given less hours received by member; they sum to zero."""
    found: dict[MemberId, float] = defaultdict(float)
    for one in done:
        if not one.free:
            found[one.giver] += one.hours
            found[one.receiver] -= one.hours
    return dict(found)


def may_ask(balance: float, hours: float, owed: float = 0.0, owe_hours: float = OWE_HOURS) -> bool:
    """Whether somebody may ask for `hours` more, with `owed` hours of help agreed on and not done yet."""
    return balance - owed - hours >= -owe_hours


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody who could be asked."""

    id: MemberId
    balance: float
    level: int  # of the skill that is wanted
    asked_lately: int  # times in the last weeks, whatever they answered
    said_never: bool = False  # to this asker


def whom_to_ask(helpers: Iterable[Helper]) -> list[Helper]:
    """Return those who can be asked, in the order in which to ask: nobody twice before the others, debtors first.

    Level decides last, so that the one expert is not asked for everything.
    """
    able = [one for one in helpers if not one.said_never]
    return sorted(able, key=lambda one: (one.asked_lately, one.balance, -one.level, str(one.id)))
