"""Judging one entry: whether it offers paid AI work, as a gig or a job, and what else it says of itself.

Two questions are weighed (`weighing.py`, `model.py`): does somebody offer paid work, and is the work AI? The score is
the product of the two probabilities, for both must hold. Whoever asks "why this?" or "why not?" reads the reasons that
weighed most. Everything here is a pure function of the entry, the feed's side and the instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bot.leads.advert import has_hiring_headline, pay_of, read_advert
from bot.leads.audience import find_hours, find_newcomers, find_sectors, find_seniority
from bot.leads.cautions import find_cautions
from bot.leads.entry import Verdict
from bot.leads.facts import find_language, find_region, find_remote, find_types
from bot.leads.model import load_model, probability
from bot.leads.pay import pay_words
from bot.leads.same import canonical
from bot.leads.weighing import NAMED_MAX, demand_features, gig_features, reason_of, work_features
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from bot.leads.advert import Advert
    from bot.leads.entry import Engagement, Entry, Pay, Side
    from bot.leads.model import Feature
    from bot.skills import Taxonomy

_UNLIKELY = 0.7  # of the two probabilities: one below this is told as a reason why not
_GIG_TYPES = frozenset({"part_time", "contract", "freelance", "temporary"})
# Sites on which all work is by the project or by the hour.
_MARKETPLACES = frozenset("upwork.com freelancer.com peopleperhour.com guru.com fiverr.com contra.com malt.com".split())
_REASONS_MAX = 4


class _Answer(NamedTuple):
    """What the features of one question say: each with what it adds, and the probability that all add up to."""

    added: Sequence[tuple[float, Feature]]
    chance: float


def judge(entry: Entry, *, side: Side, now: datetime, taxonomy: Taxonomy, leads_only: bool = False) -> Verdict:
    """Return what to make of an entry of a feed of this side at the instant `now`. It takes any text there is.

    For whom `leads_only` matter, what is no lead is not asked for more: neither for reasons nor for its facts. Most of
    it is told by the work alone, for no demand lifts the score above that probability.
    """
    model = load_model()
    advert = read_advert(entry, taxonomy)
    work = _answer(work_features(advert), model.work)
    if leads_only and (most := round(work.chance, 3)) < model.lead:
        return _set_aside(advert, most)
    region = find_region(advert)
    pay = pay_of(advert, region)
    demand = _answer(demand_features(advert, side, pay), model.demand)
    score = round(demand.chance * work.chance, 3)
    if leads_only and score < model.lead:
        return _set_aside(advert, score)
    facts = _facts(advert, region, pay)
    if score < model.lead:
        return Verdict(
            kind="neither",
            score=score,
            sure=False,
            held=False,
            reasons=_why_not(side, demand, work, taxonomy),
            **facts,
        )
    board = advert.board
    expired = board.expires is not None and board.expires <= now
    cautions = find_cautions(advert.whole, advert.different, pay=pay, company=board.company)
    kind, both = _engagement(advert, pay)
    clear = side == "demand" or _is_clear_offer(advert, pay)
    return Verdict(
        kind=kind,
        score=score,
        sure=score >= model.sure and clear and not cautions and not expired,
        held=bool(cautions) or score < model.doubtful,
        reasons=_why(facts["skills"], _kind_words(kind, both=both), pay, demand, work, taxonomy, expired=expired),
        cautions=cautions,
        offers_both=both,
        **facts,
    )


def _set_aside(advert: Advert, score: float) -> Verdict:
    """Return the verdict on what is no lead, with no more than what a repeat of an older lead is recognised by."""
    company, role = advert.board.company or None, advert.role or None
    return Verdict(kind="neither", score=score, sure=False, held=False, reasons=(), company=company, role=role)


def _facts(advert: Advert, region: str | None, pay: Pay | None) -> dict[str, Any]:
    """Return what an advert says of itself, by the verdict's fields."""
    board = advert.board
    seniority = find_seniority(advert.words, advert.different, advert.title_size)
    return {
        "company": board.company or None,
        "role": advert.role or None,
        "pay": pay,
        "skills": _skills(advert),
        "remote": find_remote(advert),
        "region": region,
        "employment_type": find_types(advert),
        "language": find_language(advert),
        "expires": board.expires,
        "seniority": seniority,
        "newcomers": find_newcomers(advert.signals, seniority),
        "sectors": find_sectors(advert.signals),
        "hours": find_hours(advert.whole, advert.different),
    }


def _answer(features: Sequence[Feature], weights: Mapping[str, float]) -> _Answer:
    added = [(weights[one.name] * one.value, one) for one in features]
    return _Answer(added, probability(sum(weight for weight, _ in added)))


def _is_clear_offer(advert: Advert, pay: Pay | None) -> bool:
    """Whether somebody hires, and pays or says how to apply: the least that an entry beside people's talk must say."""
    signals = advert.signals
    hires = signals.has("says hiring") or signals.has("seeks") or has_hiring_headline(advert)
    terms = pay or advert.board.types or has_hiring_headline(advert)
    said = ("promises pay", "says how to apply", "describes a job", "names the kind of work")
    return bool(hires and (terms or any(signals.has(name) for name in said)))


def _engagement(advert: Advert, pay: Pay | None) -> tuple[Engagement, bool]:
    """Return gig, job or unclear, and whether both are offered, which is a gig.

    What the board says comes before what the text does.
    """
    types = set(advert.board.types)
    both = advert.signals.has("offers both") or ("full_time" in types and bool(types & _GIG_TYPES))
    link = advert.entry.link
    if any(site in link for site in _MARKETPLACES) and canonical(link).partition("/")[0] in _MARKETPLACES:
        return "gig", both
    if types:
        gig = both or (types & _GIG_TYPES and "internship" not in types)
        return ("gig" if gig else "job"), both
    model = load_model()
    total = model.sum_of("gig", gig_features(advert, pay))
    if abs(total) < model.clear:
        return "unclear", False
    return ("gig", both) if total > 0 else ("job", False)


def _skills(advert: Advert) -> tuple[str, ...]:
    named = (one.skill.id for one in (*advert.in_role, *advert.in_tags, *advert.in_text) if one.skill)
    return tuple(dict.fromkeys(named))


def _kind_words(kind: Engagement, *, both: bool) -> str:
    if both:
        return say("a gig, or full-time")
    return {"gig": say("a gig"), "job": say("a job")}.get(kind, say("type not stated"))


def _why(
    skills: Sequence[str],
    kind: str,
    pay: Pay | None,
    demand: _Answer,
    work: _Answer,
    taxonomy: Taxonomy,
    *,
    expired: bool,
) -> tuple[str, ...]:
    wanted = ", ".join(taxonomy.name(skill_id) for skill_id in skills[:NAMED_MAX]) or say("AI work")
    paid = say("pays {pay}", pay=pay_words(pay)) if pay else say("rate not stated")
    reasons = [say("asks for {skills}; {kind}; {pay}", skills=wanted, kind=kind, pay=paid)]
    if expired:
        reasons.append(say("it has expired"))
    told = _told(sorted((*demand.added, *work.added), key=_weight, reverse=True), taxonomy)
    reasons += [reason for (weight, reason), _ in zip(told, range(_REASONS_MAX), strict=False) if weight > 0]
    weight, against = next(_told(sorted(demand.added, key=_weight), taxonomy), (0.0, ""))
    if weight < 0:
        reasons.append(say("against it: {reason}", reason=against))
    return tuple(dict.fromkeys(reasons))


def _why_not(side: Side, demand: _Answer, work: _Answer, taxonomy: Taxonomy) -> tuple[str, ...]:
    if side == "supply":
        return (say("the feed is a list of people who offer themselves, or of courses"),)
    reasons: list[str] = []
    if demand.chance < _UNLIKELY:
        against = _told(sorted(demand.added, key=_weight), taxonomy)
        first = [reason for (weight, reason), _ in zip(against, range(2), strict=False) if weight < 0]
        reasons += first or [say("nobody says that they offer paid work")]
    if work.chance < _UNLIKELY:
        reasons.append(say("the work itself is not AI or data analysis"))
        most = next(_told(sorted(work.added, key=_weight, reverse=True), taxonomy), (0.0, ""))
        reasons += [say("no more than this: {reason}", reason=most[1])] if most[0] > 0 else []
    return tuple(dict.fromkeys(reasons)) or (say("too little says that this is paid AI work"),)


def _weight(one: tuple[float, Feature]) -> float:
    return one[0]


def _told(added: Sequence[tuple[float, Feature]], taxonomy: Taxonomy) -> Iterator[tuple[float, str]]:
    """Yield what can be told of features, in their order: the weight and the reason in words."""
    for weight, feature in added:
        if reason := reason_of(feature, taxonomy):
            yield weight, reason
