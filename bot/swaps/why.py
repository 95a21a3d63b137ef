"""Why somebody is in no ring of a round, and what would put them into one. Pure; the solver is handed in.

What would help is not guessed: each possibility is carried out on a copy of the community, and only one after which the
solver does serve the asker is told. An answer holds counts and skills alone; blocks do not show in it, for they are not
taken out of the counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from bot.swaps.community import LEVELS, PRIORITIES, Community, Member
from bot.swaps.fitting import MOST_HOURS_APART, hours_apart
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.swaps.community import MemberId

TRIES = 6
"""Possibilities that are carried out at most: each costs a solution of the round."""


@dataclass(frozen=True, slots=True)
class Unlock:
    """What would put the asker into a ring."""

    kind: Literal["offer", "newcomer"]  # the asker offers one skill more; somebody new comes
    teaches: str  # what would be taught, by the asker or the newcomer
    wants: str = ""  # what the newcomer wants


@dataclass(frozen=True, slots=True)
class Why:
    """Who could have been the asker's partners, in numbers, and what would help if anything was found."""

    want: int  # members within reach who want what the asker offers
    teach: int  # … who teach what the asker wants
    both: int  # … who do both
    unlock: Unlock | None

    @property
    def words(self) -> str:
        """The answer in sentences."""
        parts = [
            say(
                "At your hours and in your languages {wanting} what you offer, {teaching} what you want, {both} both.",
                wanting=count(self.want, "member wants", "members want"),
                teaching=count(self.teach, "member teaches", "members teach"),
                both=count(self.both, "does", "do"),
            )
        ]
        match self.unlock:
            case Unlock("offer", skill):
                parts.append(say("If you offered {skill}, too, this round would have a place for you.", skill=skill))
            case Unlock("newcomer", skill, wanted):
                parts.append(
                    say(
                        "One more member who teaches {skill} and wants {wanted} would unlock it.",
                        skill=skill,
                        wanted=wanted,
                    )
                )
        return " ".join(parts)


def explain(community: Community, asker: MemberId, serves: Callable[[Community, MemberId], bool]) -> Why:
    """Say why `asker` is in no ring; `serves` solves a community and says whether it serves a member.

    Raises `KeyError` if there is no such member.
    """
    me = {member.id: member for member in community.members}[asker]
    near = [member for member in community.members if member.id != asker and _within_reach(me, member)]
    wanting = {member.id for member in near if not me.offers.keys().isdisjoint(member.wants)}
    teaching = {member.id for member in near if not me.wants.keys().isdisjoint(member.offers)}
    found = None
    for number, one in enumerate(_possibilities(me, near)):
        if number >= TRIES:
            break
        if serves(carry_out(community, asker, one), asker):
            found = one
            break
    return Why(len(wanting), len(teaching), len(wanting & teaching), found)


def carry_out(community: Community, asker: MemberId, unlock: Unlock) -> Community:
    """A copy of the community in which it has come true. A newcomer has the asker's hours and languages."""
    members = list(community.members)
    at = next(number for number, member in enumerate(members) if member.id == asker)
    me = members[at]
    if unlock.kind == "offer":
        members[at] = replace(me, offers={**me.offers, unlock.teaches: LEVELS[2]})
    else:
        name = "newcomer"
        while any(member.id == name for member in members):
            name += "'"
        members.append(replace(me, id=name, offers={unlock.teaches: LEVELS[2]}, wants={unlock.wants: PRIORITIES[-1]}))
    return replace(community, members=tuple(members))


def _within_reach(me: Member, other: Member) -> bool:
    return not me.langs.isdisjoint(other.langs) and hours_apart(me.tz_offset, other.tz_offset) <= MOST_HOURS_APART


def _possibilities(me: Member, near: list[Member]) -> Iterator[Unlock]:
    """First what the asker can do: offer what most who could teach them want. Then whom they could hope for."""
    wanted = Counter(
        skill
        for member in near
        if not me.wants.keys().isdisjoint(member.offers)
        for skill in sorted(member.wants)
        if skill not in me.offers
    )
    yield from (Unlock("offer", skill) for skill, _ in wanted.most_common(2) if skill not in me.wants)
    for skill in sorted(me.wants, key=lambda one: (-me.wants[one], one)):
        yield from (Unlock("newcomer", skill, mine) for mine in sorted(me.offers))
