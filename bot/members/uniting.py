"""Two profiles of one person become one. Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from bot.members import reading
from bot.members.profile import Held, Profile
from bot.words import say

SINGLE = ("headline", "languages", "newcomer", "floor", "windows", "quiet")
"""The fields of which a person has one: where both said another thing, they are asked which it is."""

_SHOWS = ("listed", "crosses", "messages", "shows_rate", "counts_thanks")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two profiles of one person fill differently, in words: what is kept unless they choose."""

    field: str  # its name in `Profile`
    label: str
    kept: str
    gone: str


def differences(kept: Profile, gone: Profile) -> tuple[Difference, ...]:
    """The fields that both said and not alike: to take what `gone` says, `store.change_profile` that field."""
    labels = {
        "headline": say("Headline"),
        "languages": say("Languages"),
        "newcomer": say("New here?"),
        "floor": say("Lowest rate an hour"),
        "windows": say("When you have time"),
        "quiet": say("Quiet hours"),
    }
    return tuple(
        Difference(name, labels[name], _words(name, kept), _words(name, gone))
        for name in SINGLE
        if _said(kept, name) and _said(gone, name) and getattr(kept, name) != getattr(gone, name)
    )


def united(kept: Profile, gone: Profile) -> Profile:
    """One profile out of two: what `kept` says where both say something, lists united, the stricter privacy."""
    single = {name: getattr(kept if _said(kept, name) else gone, name) for name in SINGLE}
    shows = {name: getattr(kept, name) and getattr(gone, name) for name in _SHOWS}
    return dataclasses.replace(
        kept,
        **single,
        **shows,
        links=tuple(dict.fromkeys((*kept.links, *gone.links)))[: reading.MOST_LINKS],
        pieces=tuple(dict.fromkeys((*kept.pieces, *gone.pieces)))[: reading.MOST_PIECES],
        paused=kept.paused or gone.paused,
    )


def united_skills(kept: tuple[Held, ...], gone: tuple[Held, ...]) -> tuple[Held, ...]:
    """All skills of both, each once; its level and priority as `kept` says, else as `gone` does."""
    found = {one.skill: one for one in kept}
    for other in gone:
        one = found.get(other.skill, other)
        found[other.skill] = Held(one.skill, one.level or other.level, one.priority or other.priority)
    return tuple(found.values())


def _said(page: Profile, name: str) -> bool:
    return getattr(page, name) not in (None, "") or (name == "quiet" and page.quiet == "")


def _words(name: str, page: Profile) -> str:
    match name:
        case "languages":
            return reading.languages_words(page.languages)
        case "newcomer":
            return say("Yes") if page.newcomer else say("No")
        case "floor":
            return reading.floor_words(page.floor)
        case "windows":
            return reading.windows_words(page.windows or ())
        case "quiet":
            return page.quiet or say("none")
        case _:
            return page.headline
