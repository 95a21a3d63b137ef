"""A meetup as it was filled in and previewed, before anybody else sees it: what the preview's buttons carry."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot import when
from bot.cards import Button
from bot.errors import UserError
from bot.meetups.rules import KINDS, LENGTHS
from bot.people import Role
from bot.series import MonthlyWeekday, Once, Rotating, Weekly, beginning
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from bot.commands import Asked
    from bot.series import Rule, Series

REPEATS = {
    "once": "Once",
    "weekly": "Every week",
    "fortnightly": "Every two weeks",
    "monthly": "Every month, on that weekday",
    "rotating": "Every week, at hours that go around the world",
}


def may_create(ask: Asked) -> None:
    """Raise `UserError` (E-NOPERM) for who may not create meetups here: the operator says who may."""
    needed = {"anyone": Role.MEMBER, "organisers": Role.ORGANISER, "moderators": Role.MODERATOR}
    who = ask.settings.meetup.who_can_create
    if ask.role < needed[who]:
        raise UserError(
            "E-NOPERM",
            say("Only {who} can create meetups here.", who=say("organisers") if who == "organisers" else say(who)),
            advice=say("Ask one of them, or see what is planned."),
            buttons=(listed(),),
        )


def listed() -> Button:
    """Where the meetups to come are."""
    return Button(say("See upcoming meetups"), "meetup list")


def too_long(**written: str) -> dict[str, str]:
    """By field, what is wrong with texts that are longer than a form lets anybody write."""
    return {
        name: say("At most {most} characters, please: these are {n}.", most=LENGTHS[name], n=len(text))
        for name, text in written.items()
        if len(text) > LENGTHS[name]
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A meetup as it was filled in and previewed."""

    title: str
    at: str  # ISO 8601 with its offset
    kind: str
    minutes: int
    places: int | None
    place: str
    about: str
    repeat: str
    turns: Sequence[str] = ()  # of a rotating hour: the instants of its first weeks, ISO 8601

    def __post_init__(self) -> None:
        """Raises `ValueError` for a kind, a repetition or an instant that no preview offers."""
        if self.kind not in KINDS or self.repeat not in REPEATS:
            msg = f"no draft of a meetup: {self.kind!r}, {self.repeat!r}"
            raise ValueError(msg)
        for at in (self.at, *self.turns):
            datetime.fromisoformat(at)

    @property
    def start(self) -> datetime:
        """The first instant, UTC."""
        return when.in_utc(datetime.fromisoformat(self.at))

    def dump(self) -> str:
        """The draft as a button carries it."""
        return json.dumps(asdict(self), ensure_ascii=False)


def read_draft(text: str) -> Draft:
    """The draft that a preview's button carries. Raises `UserError` (E-STALE) for what no preview of ours holds."""
    try:
        return Draft(**json.loads(text))
    except (TypeError, ValueError):
        raise out_of_date() from None


def out_of_date() -> UserError:
    """That a preview cannot be gone on with (E-STALE)."""
    again = (Button(say("Plan it anew"), "meetup create"),)
    return UserError("E-STALE", say("That preview is out of date."), buttons=again)


def series_of(draft: Draft, zone: str) -> Series:
    """The series of a draft: from its instant on, at its wall times in the organiser's zone.

    A rotation has its turns by now (`ValueError`).
    """
    place = when.zone(zone)
    return beginning(draft.start, place, _rule(draft, place))


def _rule(draft: Draft, zone: tzinfo) -> Rule:
    start = draft.start.astimezone(zone)
    match draft.repeat:
        case "weekly":
            return Weekly((start.weekday(),))
        case "fortnightly":
            return Weekly((start.weekday(),), every=2)
        case "monthly":
            return MonthlyWeekday(start.weekday(), min(5, (start.day - 1) // 7 + 1) if start.day <= 28 else -1)
        case "rotating":
            walls = (datetime.fromisoformat(at).astimezone(zone) for at in draft.turns)
            return Rotating(tuple((wall.weekday(), wall.replace(fold=0).time()) for wall in walls))
        case _:
            return Once()
