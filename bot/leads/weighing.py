"""The two sums behind a verdict: whether somebody offers paid work, and whether the work is AI.

Each is a plain sum of weights, and each weight has a reason in words. Those of the demand are mostly in `cues.toml`;
those of the work depend on where AI is named: in the role, the tags, the duties, or only in what the employer says
of itself. All were set by hand and by general sense, then looked at on the development rows.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from bot.leads.advert import FIRST_LINE, ROLE_NOUNS
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.leads.advert import Advert
    from bot.leads.entry import Pay, Side
    from bot.skills import Mention, Taxonomy

NAMED_MAX = 4
"""Skills that one reason names."""

_DEMAND_OF_SIDE: dict[Side, float] = {"demand": 2.6, "mixed": -1.6, "supply": -9.0}
_BOARD_FIELDS = 1.0  # a board that names company, place or kind of work lists jobs
_HIRING_HEADLINE = 2.4  # "Company | Role | Place | …"
_PAY_STATED = 1.4
_QUESTION_TITLE = -1.5
_TEXT_DECIDES = 3.5  # takes back most of a wrong "[for hire]"
_FORUM_TALK = frozenset({"asks a question", "news", "asks about a career"})
_FORUM_TALK_ON_BOARDS = 0.4  # on a board of offers, a question or a boast is how the client speaks

_WORK_BIAS = -2.3
_IN_ROLE, _MORE_IN_ROLE = 3.9, 0.8
_ROLE_WANTED = 1.8
_TAG, _TAGS_MAX = 0.6, 2.2
# For each different skill or AI word in such a part of the text: its weight, and the most that they add together.
_IN_PART = {"duties": (0.9, 4.5), "": (0.5, 2.0), "about the employer": (0.2, 0.8)}
_SAID_OF_PART = {
    "duties": "the duties name {skills}",
    "": "the text names {skills}",
    "about the employer": "the employer says {skills} of itself",
}
_SHORT, _SHORT_MOST = 260, 3.0  # words; an advert half as long counts each word twice, up to thrice
_TAG_LINES = frozenset({"skills", "category", "tags"})
_COLLEAGUES = frozenset("with alongside support supporting removing hire between help from like".split())
_COLLEAGUES_REACH = 4  # words before


class Weighed(NamedTuple):
    """What one thing adds to a sum, and why; "" for where the sum begins."""

    weight: float
    reason: str


def probability(weighed: Sequence[Weighed]) -> float:
    """Return a sum as a probability, 0..1."""
    return 1 / (1 + math.exp(-sum(one.weight for one in weighed)))


def weigh_demand(advert: Advert, side: Side, pay: Pay | None) -> list[Weighed]:
    """Weigh whether somebody offers paid work, in a feed of this side."""
    board, title, names = advert.board, advert.entry.title, advert.signals.names("demand")
    doubt = _FORUM_TALK_ON_BOARDS if side == "demand" else 1.0
    weighed = [Weighed(_DEMAND_OF_SIDE[side], "")]
    for weight, cue in advert.signals.weigh("demand"):
        weighed.append(Weighed(weight * (doubt if cue.name in _FORUM_TALK else 1.0), say(cue.reason)))
    if board.types or board.pay_text or (board.company and board.place):
        weighed.append(Weighed(_BOARD_FIELDS, say("the board lists it as a job")))
    if board.company and (title.count("|") > 1 or advert.text[:FIRST_LINE].count("|") > 1):
        weighed.append(Weighed(_HIRING_HEADLINE, say("a headline with company, role and place")))
    if pay:
        weighed.append(Weighed(_PAY_STATED, say("it states the pay")))
    if "for hire" in names and "seeks" in names and "offers itself" not in names:
        weighed.append(Weighed(_TEXT_DECIDES, say("the text seeks people, whatever the title's tag says")))
    if title.rstrip().endswith("?"):
        weighed.append(Weighed(_QUESTION_TITLE, say("a question, not an offer of work")))
    return weighed


def weigh_work(advert: Advert, taxonomy: Taxonomy) -> list[Weighed]:
    """Weigh whether the work is AI, data science or data analysis."""
    weighed = [Weighed(_WORK_BIAS, "")]
    by_part: dict[str, list[Mention]] = {}
    for mention in advert.in_text:
        by_part.setdefault(_part_of(advert, mention), []).append(mention)
    role = _different(advert.in_role)
    if role:
        weight = _IN_ROLE + _MORE_IN_ROLE * (len(role) > 1)
        weighed.append(Weighed(weight, say("the role names {skills}", skills=_named(role, taxonomy))))
    tags = _different(advert.in_tags)
    if tags:
        reason = say("it is tagged {skills}", skills=_named(tags, taxonomy))
        weighed.append(Weighed(min(_TAG * len(tags), _TAGS_MAX), reason))
    wanted = _different([one for one in by_part.get("duties", ()) if _is_wanted(advert.words, one)])
    if wanted:
        weighed.append(Weighed(_ROLE_WANTED, say("it wants people for {skills}", skills=_named(wanted, taxonomy))))
    counted = set(role)
    for part, (weight, most) in _IN_PART.items():
        seen = [name for name in _different(by_part.get(part, ())) if name not in counted]
        counted.update(seen)
        if seen:
            reason = say(_SAID_OF_PART[part], skills=_named(seen, taxonomy))
            weighed.append(Weighed(min(weight * len(seen) * _weight_of_length(advert, part), most), reason))
    return weighed


def _weight_of_length(advert: Advert, part: str) -> float:
    """What a word weighs more in a short advert: what little it says is what the work is."""
    return 1.0 if part == "about the employer" else min(_SHORT_MOST, max(1.0, _SHORT / max(len(advert.words), 1)))


def _part_of(advert: Advert, mention: Mention) -> str:
    sentence = bisect_right(advert.starts, mention.at) - 1
    if advert.board.skill_words and advert.words[advert.starts[sentence]] in _TAG_LINES:
        return "tags"
    return advert.signals.parts[sentence]


def _is_wanted(words: Sequence[str], mention: Mention) -> bool:
    """Whether somebody of that trade is wanted ("machine learning engineers"), not a colleague, nor somebody spared."""
    end = words[mention.at : mention.at + mention.size + 1][-2:]
    named = any(word.removesuffix("s") in ROLE_NOUNS for word in end)
    return named and _COLLEAGUES.isdisjoint(words[max(0, mention.at - _COLLEAGUES_REACH) : mention.at])


def _different(mentions: Sequence[Mention]) -> list[str]:
    """Return the ids of the AI skills that are surely named; every bare AI word counts as one skill called "ai"."""
    ids = (one.skill.id if one.skill else "ai" for one in mentions if one.ai and one.trust == "sure")
    return list(dict.fromkeys(ids))


def _named(ids: Sequence[str], taxonomy: Taxonomy) -> str:
    return ", ".join(say("AI") if skill_id == "ai" else taxonomy.name(skill_id) for skill_id in ids[:NAMED_MAX])
