"""Judging one entry: does somebody offer paid work here, is the work AI, is it a gig, and what else does it say?

Two questions are weighed, each as a plain sum of named cues: the demand (`cues.toml`) and the AI in the work (where
its words stand: in the role, the tags, the duties, or only in what the employer says of itself). The score is the
product of the two probabilities, for both must hold. The weights are set by hand and by general sense; FIELD 3 has
what other ways score. Whoever asks "why this?" reads the reasons of the cues that weighed most.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.leads.boards import read_board
from bot.leads.cautions import find_cautions
from bot.leads.cues import load_cues
from bot.leads.entry import Verdict
from bot.leads.facts import find_language, find_region, find_remote, find_types
from bot.leads.pay import find_pay, pay_words
from bot.phrases import split_sentences, split_words
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.leads.boards import BoardFacts
    from bot.leads.cues import Signals
    from bot.leads.entry import Engagement, Entry, Pay, Side
    from bot.skills import Mention, Taxonomy

TEXT_MAX = 12_000
"""Characters of a text that are judged; what an advert is about stands before."""

LEAD = 0.5
SURE = 0.8
DOUBTFUL = 0.62
"""Scores: from LEAD on it is a lead, below DOUBTFUL a held one, from SURE on sure enough to publish."""

_DEMAND_OF_SIDE: dict[Side, float] = {"demand": 2.6, "mixed": -1.6, "supply": -9.0}
_BOARD_FIELDS = 1.0  # a board that names company, place or kind of work lists jobs
_HIRING_HEADLINE = 2.4  # "Company | Role | Place | …"
_PAY_STATED = 1.4
_QUESTION_TITLE = -1.5
_TEXT_DECIDES = 3.5
_FORUM_TALK = frozenset({"asks a question", "news", "asks about a career"})
_FORUM_TALK_ON_BOARDS = 0.4

_AI_BIAS = -2.3
_AI_IN_ROLE, _MORE_IN_ROLE = 3.9, 0.8
_AI_ROLE_WANTED = 1.8
_AI_TAG, _AI_TAGS_MAX = 0.6, 2.2
_AI_IN_PART = {"duties": (0.9, 4.5), "": (0.5, 2.0), "about the employer": (0.2, 0.8), "boilerplate": (0.0, 0.0)}
# ^ for each different skill or AI word: its weight, and the most that such words add together

_GIG_TYPES = frozenset({"part_time", "contract", "freelance", "temporary"})
_GIG_UNITS = {"hour": 1.5, "day": 1.5, "fixed": 2.0, "month": -0.5, "year": -2.0}
_ROLE_NOUNS = (
    "engineer", "developer", "scientist", "analyst", "researcher", "modeler", "specialist", "expert", "architect", "consultant",
    "trainer", "annotator", "labeler", "rater", "evaluator", "tutor", "teacher", "instructor", "writer", "designer", "artist",
)  # fmt: skip
_COLLEAGUES = frozenset("with alongside support supporting removing hire between help from like".split())
_COMMENT = "New comment by "  # how hiring threads title every entry
_CLEAR = 0.7  # of the weights of gig and job; less is "unclear"
_UNLIKELY = 0.7
FIRST_LINE = 300
HEADLINE_MAX = 160
_TAG_LINES = frozenset({"skills", "category", "tags"})
_SAID_OF_PART = {
    "duties": "the duties name {skills}",
    "": "the text names {skills}",
    "about the employer": "the employer says {skills} of itself",
    "boilerplate": "{skills} stands in the small print",
}
_SKILLS_SAID = 4
_REASONS_SAID = 4


class _Weighed(NamedTuple):
    weight: float
    reason: str


class _Read(NamedTuple):
    """An entry, taken apart."""

    entry: Entry
    text: str
    words: list[str]
    starts: list[int]  # of sentences, in words
    role: str
    board: BoardFacts
    signals: Signals
    in_role: list[Mention]
    in_text: list[Mention]
    tags: list[Mention]
    pay: Pay | None


def judge(entry: Entry, *, side: Side, now: datetime, taxonomy: Taxonomy) -> Verdict:
    """Return what to make of an entry of a feed of this side at the instant `now`. Never raises, whatever the entry holds."""
    read = _read(entry, taxonomy)
    demand, work = _weigh_demand(read, side), _weigh_work(read, taxonomy)
    score = round(_probability(demand) * _probability(work), 3)
    board = read.board
    verdict = Verdict(
        kind="neither",
        score=score,
        sure=False,
        held=False,
        reasons=_reasons_against(side, demand, work),
        company=board.company or None,
        role=read.role or None,
        pay=read.pay,
        expires=board.expires,
    )
    if score < LEAD:
        return verdict
    kind = _engagement(read)
    skills = _skills(read)
    expired = board.expires is not None and board.expires <= now
    whole = f"{entry.title}\n{read.text}"
    cautions = find_cautions(whole, {*split_words(entry.title), *read.words}, pay=read.pay, company=board.company)
    return replace(
        verdict,
        kind=kind,
        sure=score >= SURE and not cautions and not expired,
        held=bool(cautions) or score < DOUBTFUL,
        reasons=_reasons_for(read, demand, work, _summary(kind, skills, read.pay, taxonomy), expired=expired),
        cautions=cautions,
        skills=skills,
        remote=find_remote(board, entry.title, read.text, read.signals),
        region=find_region(board, entry.title, read.text),
        employment_type=find_types(board, entry.title, read.text, read.signals),
        language=find_language(whole, read.words),
    )


def _read(entry: Entry, taxonomy: Taxonomy) -> _Read:
    board = read_board(entry)
    text = entry.text[:TEXT_MAX]
    words, starts = split_sentences(text)
    role = board.role or ("" if entry.title.startswith(_COMMENT) else entry.title)
    headline = role or " ".join(text[:FIRST_LINE].partition("\n")[0].split("|")[1:])[:HEADLINE_MAX]
    stated = find_pay(say("Pay: {text}", text=board.pay_text)) if board.pay_text else None
    return _Read(
        entry=entry,
        text=text,
        words=words,
        starts=starts,
        role=role,
        board=board,
        signals=load_cues().read(split_words(entry.title), words, starts),
        in_role=taxonomy.mentions(_role_words(headline, board.company)),
        in_text=taxonomy.mentions(words),
        tags=taxonomy.mentions(split_words(", ".join(board.skill_words))),
        pay=stated or find_pay(f"{entry.title}\n{text}"),
    )


def _role_words(role: str, company: str) -> list[str]:
    """Return the words of a role without the employer's name, which says nothing about the work ("Besimple AI")."""
    if company.lower().endswith(_ROLE_NOUNS):
        return split_words(f"{company} {role}")  # "Data Analyst | SQL | Dashboards" names no company
    return split_words(role.replace(company, " ") if company else role)


# --- does somebody offer paid work? ----------------------------------------------------------------------------------


def _weigh_demand(read: _Read, side: Side) -> list[_Weighed]:
    # On a board of offers, a question or a boast in an advert is the client's way of speaking.
    doubt = _FORUM_TALK_ON_BOARDS if side == "demand" else 1.0
    weighed = [
        _Weighed(weight * (doubt if cue.name in _FORUM_TALK else 1.0), cue.reason)
        for weight, cue in read.signals.weigh("demand")
    ]
    board = read.board
    if board.types or board.pay_text or (board.company and board.place):
        weighed.append(_Weighed(_BOARD_FIELDS, say("the board lists it as a job")))
    if board.company and (read.entry.title.count("|") > 1 or read.text[:FIRST_LINE].count("|") > 1):
        weighed.append(_Weighed(_HIRING_HEADLINE, say("a headline with company, role and place")))
    if read.pay:
        weighed.append(_Weighed(_PAY_STATED, say("it states the pay")))
    names = read.signals.names("demand")
    if "for hire" in names and "seeks" in names and "offers itself" not in names:
        weighed.append(_Weighed(_TEXT_DECIDES, say("the text seeks people, whatever the title's tag says")))
    if read.entry.title.rstrip().endswith("?"):
        weighed.append(_Weighed(_QUESTION_TITLE, say("a question, not an offer of work")))
    weighed.append(_Weighed(_DEMAND_OF_SIDE[side], ""))
    return weighed


# --- is the work AI? -------------------------------------------------------------------------------------------------


def _weigh_work(read: _Read, taxonomy: Taxonomy) -> list[_Weighed]:
    weighed = [_Weighed(_AI_BIAS, "")]
    role = _different(read.in_role)
    if role:
        named = _named(role, taxonomy)
        weighed.append(_Weighed(_AI_IN_ROLE + _MORE_IN_ROLE * (len(role) > 1), say("the role names {skills}", skills=named)))
    tags = _different(read.tags)
    if tags:
        weight = min(_AI_TAG * len(tags), _AI_TAGS_MAX)
        weighed.append(_Weighed(weight, say("it is tagged {skills}", skills=_named(tags, taxonomy))))
    by_part: dict[str, list[Mention]] = {}
    for mention in read.in_text:
        by_part.setdefault(_part_of(read, mention), []).append(mention)
    wanted = _different([one for one in by_part.get("duties", ()) if _is_role(read.words, one)])
    if wanted:
        weighed.append(_Weighed(_AI_ROLE_WANTED, say("it wants people for {skills}", skills=_named(wanted, taxonomy))))
    counted = set(role)
    for part, (weight, most) in _AI_IN_PART.items():
        seen = [name for name in _different(by_part.get(part, ())) if name not in counted]
        counted.update(seen)
        if seen:
            named = _named(seen, taxonomy)
            weighed.append(_Weighed(min(weight * len(seen), most), say(_SAID_OF_PART[part], skills=named)))
    return weighed


def _is_role(words: Sequence[str], mention: Mention) -> bool:
    """Whether a mention is of somebody wanted ("machine learning engineers"), not of colleagues or of what is spared."""
    last = words[mention.at : mention.at + mention.size + 1]
    named = any(word.removesuffix("s") in _ROLE_NOUNS for word in last[-2:])
    return named and _COLLEAGUES.isdisjoint(words[max(0, mention.at - 4) : mention.at])


def _part_of(read: _Read, mention: Mention) -> str:
    sentence = bisect_right(read.starts, mention.at) - 1
    if read.board.skill_words and read.words[read.starts[sentence]] in _TAG_LINES:
        return "tags"
    return read.signals.parts[sentence]


def _different(mentions: Sequence[Mention]) -> list[str]:
    """Return the ids of the AI skills among sure mentions; a bare AI word counts as one skill called "ai"."""
    return list(dict.fromkeys(one.skill.id if one.skill else "ai" for one in mentions if one.ai and one.trust == "sure"))


def _named(ids: Sequence[str], taxonomy: Taxonomy) -> str:
    names = [say("AI") if skill_id == "ai" else taxonomy.name(skill_id) for skill_id in ids]
    return ", ".join(names[:_SKILLS_SAID])


# --- what kind of work, and why ----------------------------------------------------------------------------------------


def _engagement(read: _Read) -> Engagement:
    """Return gig, job or unclear. An offer of both is a gig; the board's word counts more than the text's."""
    types = set(read.board.types)
    if types:
        return "gig" if types & _GIG_TYPES and "internship" not in types else "job"
    weight = sum(weight for weight, _ in read.signals.weigh("gig"))
    if read.pay and read.pay.unit:
        weight += _GIG_UNITS[read.pay.unit]
    if abs(weight) < _CLEAR:
        return "unclear"
    return "gig" if weight > 0 else "job"


def _skills(read: _Read) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.skill.id for one in (*read.in_role, *read.tags, *read.in_text) if one.skill))


def _summary(kind: Engagement, skills: Sequence[str], pay: Pay | None, taxonomy: Taxonomy) -> str:
    asked = ", ".join(taxonomy.name(skill_id) for skill_id in skills[:_SKILLS_SAID]) or say("AI work")
    kinds = {"gig": say("a gig"), "job": say("a job"), "unclear": say("type not stated")}
    paid = say("pays {pay}", pay=pay_words(pay)) if pay else say("rate not stated")
    return say("asks for {skills}; {kind}; {pay}", skills=asked, kind=kinds[kind], pay=paid)


def _reasons_for(
    read: _Read, demand: list[_Weighed], work: list[_Weighed], summary: str, *, expired: bool
) -> tuple[str, ...]:
    del read
    strongest = sorted((one for one in (*demand, *work) if one.weight > 0 and one.reason), reverse=True)
    against = sorted(one for one in demand if one.weight < 0 and one.reason)
    reasons = [summary, *(one.reason for one in strongest[:_REASONS_SAID])]
    if expired:
        reasons.insert(1, say("it has expired"))
    if against:
        reasons.append(say("but: {reason}", reason=against[0].reason))
    return tuple(dict.fromkeys(reasons))


def _reasons_against(side: Side, demand: list[_Weighed], work: list[_Weighed]) -> tuple[str, ...]:
    if side == "supply":
        return (say("the feed is a list of people who offer themselves, or of courses"),)
    reasons: list[str] = []
    if _probability(demand) < _UNLIKELY:
        against = sorted(one for one in demand if one.weight < 0 and one.reason)
        reasons.extend(one.reason for one in against[:2])
        reasons.extend([] if against else [say("nobody says that they offer paid work")])
    if _probability(work) < _UNLIKELY:
        mentioned = [one.reason for one in work if one.weight >= 0 and one.reason]
        reasons.append(say("the work itself is not AI or data analysis"))
        reasons.extend(say("no more than this: {reason}", reason=reason) for reason in mentioned[:1])
    return tuple(dict.fromkeys(reasons)) or (say("too little says that this is paid AI work"),)


def _probability(weighed: Sequence[_Weighed]) -> float:
    return 1 / (1 + math.exp(-sum(one.weight for one in weighed)))
