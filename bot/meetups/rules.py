"""Who has a place at a meetup and who waits for one: pure decisions about answers.

A place is taken by who goes, and by whom it is offered to. Who waits stands in line in the order of joining it. A place
that becomes free is offered to the first in line, for a while: `HOLD` (a setting) from when the offer reached them, not
counting their quiet hours, and never longer than until an hour before the start. From then on the first of those who
wait to press has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from bot.when import QuietHours

Kind = Literal["talk", "workshop", "circle", "co-working", "social"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Answer = Literal["going", "maybe", "no", "waiting", "offered"]
"""What somebody answered, or (offered) what they are asked: whether they take the place that became free."""

LAST_HOUR = timedelta(hours=1)
"""Before the start: nothing is held for anybody any more."""

LONGEST = 24 * 60
"""Minutes of a meetup."""

MOST_PLACES = 10_000

LENGTHS = {"title": 100, "place": 200, "about": 1500}
"""Characters of what an organiser writes, at most."""


@dataclass(frozen=True, slots=True)
class Rsvp:
    """What one member answered. `turn` counts the answers to a meetup: who waits stands in line by it."""

    member_id: int
    answer: Answer
    turn: int


def taken(answers: Sequence[Rsvp]) -> int:
    """How many places are taken."""
    return sum(one.answer in ("going", "offered") for one in answers)


def free(answers: Sequence[Rsvp], places: int | None) -> int:
    """How many places are free (never less than 0, also where they were made fewer); a large number without a limit."""
    return MOST_PLACES if places is None else max(0, places - taken(answers))


def line(answers: Sequence[Rsvp]) -> list[int]:
    """The members who wait, first come first."""
    waiting = (one for one in answers if one.answer == "waiting")
    return [one.member_id for one in sorted(waiting, key=lambda one: one.turn)]


def place_for(
    answers: Sequence[Rsvp], member_id: int, places: int | None, *, held: bool
) -> Literal["going", "waiting"]:
    """What becomes of who wants to go: they have a place, or wait for one.

    While free places are `held` for the line, nobody passes it; who was offered one may take it.
    """
    mine = next((one.answer for one in answers if one.member_id == member_id), None)
    if mine in ("going", "offered"):
        return "going"
    in_line = bool(line(answers)) and held
    return "going" if free(answers, places) and not in_line else "waiting"


def to_offer(answers: Sequence[Rsvp], places: int | None) -> list[int]:
    """Whom to offer the free places to."""
    return line(answers)[: free(answers, places)]


def held_until(
    reached: datetime, start: datetime, hold: timedelta, quiet: QuietHours | None, zone: ZoneInfo
) -> datetime:
    """Until when an offer stands that reached somebody at an instant: their quiet hours do not count."""
    end, left = reached, hold
    step = timedelta(minutes=15)
    while left > timedelta(0) and end < start - LAST_HOUR:
        if quiet and quiet.contains(end, zone):
            end = quiet.end_after(end, zone)
        else:
            end, left = end + min(step, left), left - step
    return min(end, start - LAST_HOUR)
