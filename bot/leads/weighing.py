"""What is seen in an advert, as features for the three sums of the model: demand, work, and gig or job.

Where AI is named counts: in the role, the tags, the duties, or only in what the employer says of itself. Most features
of the demand are groups of phrases in `cues.toml`. Every feature has a sentence, for "why this?" and "why not?".
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from bot.leads.advert import has_hiring_headline, is_person
from bot.leads.cues import load_cues
from bot.leads.model import Feature
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.leads.advert import Advert
    from bot.leads.entry import Pay, Side, Unit
    from bot.skills import Mention, Skill, Taxonomy

NAMED_MAX = 4
"""Skills that one reason names."""

_SIDES: dict[Side, str] = {
    "demand": "a feed of those who offer work",
    "mixed": "a feed of both sides",
    "supply": "a feed of those who offer themselves",
}
_FORUM_TALK = frozenset({"asks a question", "news", "asks about a career"})
_ON_BOARDS = ", on a board of offers"  # there a question or a boast is how the client speaks
_PAID: dict[Unit, str] = {
    "hour": "paid by the hour or day",
    "day": "paid by the hour or day",
    "fixed": "paid in total",
    "month": "paid by the month",
    "year": "paid by the year",
}
# The most different skills or AI words that count in such a part of the text.
_IN_PART = {
    "duties": ("AI in the duties", 5.0),
    "": ("AI somewhere in the text", 4.0),
    "about the employer": ("AI in what the employer says of itself", 4.0),
}
_TAGS_MAX = 3.6
_SHORT, _SHORT_MOST = 260, 3.0  # words; an advert half as long counts each word twice, up to thrice
_TAG_LINES = frozenset({"skills", "category", "tags"})

_REASONS = {
    "the board's own fields": "the board lists it as a job",
    "a headline with company and role": "a headline with company, role and place",
    "states the pay": "it states the pay",
    "the title is a question": "a question, not an offer of work",
    "the text ends with a question": "it ends with a question",
    "seeks people, whatever the title's tag says": "the text seeks people, whatever the title's tag says",
    "the role names AI": "the role names {skills}",
    "AI among the tags": "it is tagged {skills}",
    "wants people for AI": "it wants people for {skills}",
    "AI in the duties": "the duties name {skills}",
    "AI somewhere in the text": "the text names {skills}",
    "AI in what the employer says of itself": "the employer says {skills} of itself",
}


def demand_features(advert: Advert, side: Side, pay: Pay | None) -> list[Feature]:
    """Return what tells whether somebody offers paid work, in a feed of this side."""
    board, title, signals = advert.board, advert.entry.title, advert.signals
    seen = [Feature(_SIDES[side])]
    for name, times in signals.of("demand"):
        seen.append(Feature(f"{name}{_ON_BOARDS}" if side == "demand" and name in _FORUM_TALK else name, times))
    if board.types or board.pay_text or (board.company and board.place):
        seen.append(Feature("the board's own fields"))
    if has_hiring_headline(advert):
        seen.append(Feature("a headline with company and role"))
    if pay:
        seen.append(Feature("states the pay"))
    if signals.has("for hire") and signals.has("seeks") and not signals.has("offers itself"):
        seen.append(Feature("seeks people, whatever the title's tag says"))
    if side != "demand" and advert.text.rstrip().endswith("?"):
        seen.append(Feature("the text ends with a question"))
    if title.rstrip().endswith("?"):
        seen.append(Feature("the title is a question"))
    return seen


def work_features(advert: Advert) -> list[Feature]:
    """Return what tells whether the work is AI, data science or data analysis."""
    seen = [Feature("always"), *(Feature(name, times) for name, times in advert.signals.of("work"))]
    role = _different(advert.in_role)
    if role:
        seen.append(Feature("the role names AI", skills=tuple(role.values())))
    if len(role) > 1:
        seen.append(Feature("the role names more of it"))
    tags = _different(advert.in_tags)
    if tags:
        seen.append(Feature("AI among the tags", min(len(tags), _TAGS_MAX), tuple(tags.values())))
    by_part: dict[str, list[Mention]] = {}
    for mention in advert.in_text:
        if mention.ai and mention.trust == "sure":
            by_part.setdefault(_part_of(advert, mention), []).append(mention)
    wanted = _different([one for one in by_part.get("duties", ()) if is_person(advert.words, one)])
    if wanted:
        seen.append(Feature("wants people for AI", skills=tuple(wanted.values())))
    counted = dict(role)
    for part, (name, most) in _IN_PART.items():
        found = {key: skill for key, skill in _different(by_part.get(part, ())).items() if key not in counted}
        counted |= found
        if found:
            amount = min(len(found) * _weight_of_length(advert, part), most)
            seen.append(Feature(name, amount, tuple(found.values())))
    return seen


def gig_features(advert: Advert, pay: Pay | None) -> list[Feature]:
    """Return what tells a gig from a job."""
    seen = [Feature(name, times) for name, times in advert.signals.of("gig")]
    if pay and pay.unit:
        seen.append(Feature(_PAID[pay.unit]))
    if has_hiring_headline(advert):
        seen.append(Feature("a headline with company and role"))
    return seen


def reason_of(feature: Feature, taxonomy: Taxonomy) -> str:
    """Return what a feature says in words; "" for one that says nothing by itself."""
    name = feature.name.removesuffix(_ON_BOARDS)
    sentence = _REASONS.get(name) or load_cues().reasons.get(name, "")
    named = (say("AI") if skill is None else taxonomy.name(skill.id) for skill in feature.skills[:NAMED_MAX])
    return say(sentence, skills=", ".join(named)) if sentence else ""


def _weight_of_length(advert: Advert, part: str) -> float:
    """What a word weighs more in a short advert: what little it says is what the work is."""
    size = len(advert.words) - advert.title_size
    return 1.0 if part == "about the employer" else min(_SHORT_MOST, max(1.0, _SHORT / max(size, 1)))


def _part_of(advert: Advert, mention: Mention) -> str:
    sentence = bisect_right(advert.starts, mention.at) - 1
    if advert.board.skill_words and advert.words[advert.starts[sentence]] in _TAG_LINES:
        return "tags"
    return advert.signals.parts[sentence]


def _different(mentions: Sequence[Mention]) -> dict[str, Skill | None]:
    """Return the AI skills that are surely named, by id; every bare AI word counts as one skill called "ai"."""
    return {one.skill.id if one.skill else "ai": one.skill for one in mentions if one.ai and one.trust == "sure"}
