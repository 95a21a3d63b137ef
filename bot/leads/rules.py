"""Judging one entry: whether it offers paid AI work, as a gig or a job, and what else it says of itself.

Two questions are weighed (`weighing.py`): does somebody offer paid work, and is the work AI? The score is the product
of the two probabilities, for both must hold. Whoever asks "why this?" or "why not?" reads the reasons that weighed
most. Everything here is a pure function of the entry, the feed's side and the instant.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.leads.advert import pay_of, read_advert
from bot.leads.cautions import find_cautions
from bot.leads.entry import Verdict
from bot.leads.facts import find_language, find_region, find_remote, find_types
from bot.leads.pay import pay_words
from bot.leads.same import canonical
from bot.leads.weighing import NAMED_MAX, probability, weigh_demand, weigh_work
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.leads.advert import Advert
    from bot.leads.entry import Engagement, Entry, Pay, Side, Unit
    from bot.leads.weighing import Weighed
    from bot.skills import Taxonomy

LEAD = 0.5
"""The score from which an entry is a lead."""

DOUBTFUL = 0.62
"""The score below which a lead waits for a moderator whatever the settings."""

SURE = 0.8
"""The score from which a lead without cautions is sure enough to publish."""

_UNLIKELY = 0.7  # of the two probabilities: one below this is told as a reason why not
_CLEAR = 0.7  # of the sum of gig and job; closer to 0 is "unclear"
_GIG_TYPES = frozenset({"part_time", "contract", "freelance", "temporary"})
_GIG_UNITS: dict[Unit, float] = {"hour": 1.5, "day": 1.5, "fixed": 2.0, "month": -0.5, "year": -2.0}
# Sites on which all work is by the project or by the hour.
_MARKETPLACES = frozenset("upwork.com freelancer.com peopleperhour.com guru.com fiverr.com contra.com malt.com".split())
_REASONS_MAX = 4


def judge(entry: Entry, *, side: Side, now: datetime, taxonomy: Taxonomy) -> Verdict:
    """Return what to make of an entry of a feed of this side at the instant `now`. It takes any text there is."""
    advert = read_advert(entry, taxonomy)
    work = weigh_work(advert, taxonomy)
    pay = pay_of(advert) if probability(work) >= LEAD else None
    demand = weigh_demand(advert, side, pay)
    score = round(probability(demand) * probability(work), 3)
    board = advert.board
    verdict = Verdict(
        kind="neither",
        score=score,
        sure=False,
        held=False,
        reasons=_why_not(side, demand, work),
        company=board.company or None,
        role=advert.role or None,
        pay=pay,
        expires=board.expires,
    )
    if score < LEAD:
        return verdict
    expired = board.expires is not None and board.expires <= now
    whole = f"{entry.title}\n{advert.text}"
    cautions = find_cautions(whole, pay=pay, company=board.company)
    found = replace(
        verdict,
        kind=_engagement(advert, pay),
        sure=score >= SURE and not cautions and not expired,
        held=bool(cautions) or score < DOUBTFUL,
        cautions=cautions,
        skills=_skills(advert),
        remote=find_remote(board, entry.title, advert.text, advert.signals),
        region=find_region(board, entry.title, advert.text),
        employment_type=find_types(board, entry.title, advert.text, advert.signals),
        language=find_language(whole, advert.words),
    )
    return replace(found, reasons=_why(found, demand, work, taxonomy, expired=expired))


def _engagement(advert: Advert, pay: Pay | None) -> Engagement:
    """Return gig, job or unclear. An offer of both is a gig; what the board says comes before what the text does."""
    host = canonical(advert.entry.link).partition("/")[0]
    if host in _MARKETPLACES:
        return "gig"
    types = set(advert.board.types)
    if types:
        return "gig" if types & _GIG_TYPES and "internship" not in types else "job"
    weight = sum(weight for weight, _ in advert.signals.weigh("gig"))
    if pay and pay.unit:
        weight += _GIG_UNITS[pay.unit]
    if abs(weight) < _CLEAR:
        return "unclear"
    return "gig" if weight > 0 else "job"


def _skills(advert: Advert) -> tuple[str, ...]:
    named = (one.skill.id for one in (*advert.in_role, *advert.in_tags, *advert.in_text) if one.skill)
    return tuple(dict.fromkeys(named))


def _why(
    verdict: Verdict, demand: Sequence[Weighed], work: Sequence[Weighed], taxonomy: Taxonomy, *, expired: bool
) -> tuple[str, ...]:
    skills = ", ".join(taxonomy.name(skill_id) for skill_id in verdict.skills[:NAMED_MAX]) or say("AI work")
    kind = {"gig": say("a gig"), "job": say("a job")}.get(verdict.kind, say("type not stated"))
    paid = say("pays {pay}", pay=pay_words(verdict.pay)) if verdict.pay else say("rate not stated")
    reasons = [say("asks for {skills}; {kind}; {pay}", skills=skills, kind=kind, pay=paid)]
    if expired:
        reasons.append(say("it has expired"))
    reasons += [one.reason for one in sorted(_told(demand, work), reverse=True)[:_REASONS_MAX] if one.weight > 0]
    against = min(_told(demand), default=None)
    if against and against.weight < 0:
        reasons.append(say("against it: {reason}", reason=against.reason))
    return tuple(dict.fromkeys(reasons))


def _why_not(side: Side, demand: Sequence[Weighed], work: Sequence[Weighed]) -> tuple[str, ...]:
    if side == "supply":
        return (say("the feed is a list of people who offer themselves, or of courses"),)
    reasons: list[str] = []
    if probability(demand) < _UNLIKELY:
        against = [one.reason for one in sorted(_told(demand)) if one.weight < 0]
        reasons += against[:2] or [say("nobody says that they offer paid work")]
    if probability(work) < _UNLIKELY:
        reasons.append(say("the work itself is not AI or data analysis"))
        reasons += [say("no more than this: {reason}", reason=one.reason) for one in _told(work)[:1]]
    return tuple(dict.fromkeys(reasons)) or (say("too little says that this is paid AI work"),)


def _told(*sums: Sequence[Weighed]) -> list[Weighed]:
    return [one for weighed in sums for one in weighed if one.reason]
