"""What "fits me" means, once: a lead held against what a member brings, with the reasons in words. Pure.

Five things count, and nothing else: the skills that are asked for, the rate against one's floor, where one may work
from, the language, and the level. What a lead does not say, or a member did not, counts half: neither for nor against.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bot.leads.rates import hourly
from bot.leads.regions import WORLDWIDE, regions_of
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from bot.leads.entry import Verdict
    from bot.members.profile import Floor

SKILLS, RATE, PLACE, LANGUAGE, LEVEL = 55, 20, 10, 10, 5
"""What each of the five is worth of 100. Ours: skills decide, the rate comes next, the rest breaks ties."""

MOST_NAMED = 2  # missing skills that are named


class Answer(Enum):
    """How one of the five is: it speaks for the lead, against it, or nobody said; the value is its share."""

    YES = 1.0
    UNKNOWN = 0.5
    NO = 0.0


@dataclass(frozen=True, slots=True)
class Seeker:
    """What a member brings to a lead. Whatever they did not say is empty or None."""

    skills: frozenset[str] = frozenset()  # taxonomy ids that they offer
    floor: Floor | None = None
    zone: str | None = None  # IANA name
    languages: tuple[str, ...] | None = None  # ISO 639-1
    newcomer: bool | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """How a lead fits a member."""

    verdict: Verdict
    held: tuple[str, ...]  # of the skills that are asked for
    missing: tuple[str, ...]
    rate: Answer  # not below the floor
    place: Answer  # they may do it from where they are
    language: Answer
    level: Answer

    @property
    def score(self) -> int:
        """How well it fits, 0 to 100."""
        asked = len(self.held) + len(self.missing)
        share = len(self.held) / asked if asked else Answer.UNKNOWN.value
        rest = ((RATE, self.rate), (PLACE, self.place), (LANGUAGE, self.language), (LEVEL, self.level))
        return round(SKILLS * share + sum(worth * answer.value for worth, answer in rest))

    @property
    def fits(self) -> bool:
        """Whether they could take it: a skill that is asked for is theirs, and nothing speaks against it."""
        return bool(self.held) and Answer.NO not in (self.rate, self.place, self.language)

    def in_words(self) -> str:
        """The reasons: "3 of 4 skills, above your floor; missing pgvector". "" where nothing can be said."""
        taxonomy = load_taxonomy()
        asked = len(self.held) + len(self.missing)
        said = [say("{n} of {skills}", n=len(self.held), skills=count(asked, say("skill"), say("skills")))] * bool(
            asked
        )
        said += self._other_reasons()
        words = ", ".join(said)
        if not self.missing or not self.held:
            return words
        names = ", ".join(taxonomy.name(skill) for skill in self.missing[:MOST_NAMED])
        more = len(self.missing) - MOST_NAMED
        names = say("{names} and {n} more", names=names, n=more) if more > 0 else names
        return say("{words}; missing {names}", words=words, names=names)

    def _other_reasons(self) -> list[str]:
        said = {
            Answer.YES: {"rate": say("above your floor"), "level": say("open to newcomers")},
            Answer.NO: {
                "rate": say("below your floor"),
                "place": say("only from {region}", region=self.verdict.region),
                "language": say("in a language that you don't name ({code})", code=self.verdict.language),
                "level": say("asks for experience"),
            },
        }
        answers = {"rate": self.rate, "place": self.place, "language": self.language, "level": self.level}
        return [said[answer][name] for name, answer in answers.items() if name in said.get(answer, {})]


def fit_of(verdict: Verdict, seeker: Seeker) -> Fit:
    """Hold a lead against what a member brings."""
    return Fit(
        verdict,
        held=tuple(skill for skill in verdict.skills if skill in seeker.skills),
        missing=tuple(skill for skill in verdict.skills if skill not in seeker.skills),
        rate=_rate(verdict, seeker.floor),
        place=place_answer(verdict, seeker.zone),
        language=_language(verdict, seeker.languages),
        level=_level(verdict, newcomer=seeker.newcomer),
    )


def _rate(verdict: Verdict, floor: Floor | None) -> Answer:
    """Whether its highest rate an hour reaches the floor; another currency, or a price for the whole, says nothing."""
    rate = hourly(verdict.pay)
    if floor is None or verdict.pay is None or not rate or verdict.pay.currency != floor.currency:
        return Answer.UNKNOWN
    return Answer.YES if rate >= floor.amount else Answer.NO


def place_answer(verdict: Verdict, zone: str | None) -> Answer:
    """Whether one may do it from a zone (IANA name; None: nobody said which)."""
    named = set(verdict.region.split(", ")) if verdict.region else set()
    if WORLDWIDE in named or (verdict.remote is True and not named):
        return Answer.YES
    regions = regions_of(zone) if zone else frozenset()
    if not named or not regions:
        return Answer.UNKNOWN
    return Answer.NO if named.isdisjoint(regions) else Answer.YES


def _language(verdict: Verdict, languages: tuple[str, ...] | None) -> Answer:
    if not languages or not verdict.language:
        return Answer.UNKNOWN
    return Answer.YES if verdict.language in languages else Answer.NO


def _level(verdict: Verdict, *, newcomer: bool | None) -> Answer:
    if not newcomer:
        return Answer.UNKNOWN
    if verdict.newcomers:
        return Answer.YES
    return Answer.NO if verdict.seniority in ("senior", "lead") else Answer.UNKNOWN
