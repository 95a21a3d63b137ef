"""An entry taken apart once, for everything that is asked about it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.leads.boards import read_board
from bot.leads.cues import load_cues
from bot.leads.headlines import read_types
from bot.leads.pay import complete_pay, find_pay
from bot.phrases import PhrasePair, split_sentences, split_words
from bot.skills import confirmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.leads.boards import BoardFacts
    from bot.leads.cues import Meaning, Signals
    from bot.leads.entry import Entry, Pay
    from bot.skills import Mention, Taxonomy

TEXT_MAX = 12_000
"""Characters of a text that are judged; what an advert is about stands before."""

FIRST_LINE = 300
"""Characters of a text that may be its headline."""

ROLE_NOUNS = (
    "engineer", "developer", "scientist", "analyst", "researcher", "modeler", "specialist", "expert", "architect",
    "consultant", "trainer", "annotator", "labeler", "rater", "evaluator", "tutor", "teacher", "instructor", "writer",
    "designer", "artist",
)  # fmt: skip
"""What somebody who is wanted can be."""

_COLLEAGUES = frozenset("with alongside support supporting removing hire between help from like".split())
_COLLEAGUES_REACH = 4  # words before
_PEOPLE = frozenset(
    name for noun in (*ROLE_NOUNS, "manager", "owner", "team", "lead", "leader") for name in (noun, f"{noun}s")
)
_DEGREES = frozenset("degree degrees bachelor bachelors master masters msc bsc phd diploma".split())
_DEGREE_REACH = 9  # words before: "a degree in computer science, mathematics, statistics or …"
_STUDIES = frozenset(
    "data-science statistics machine-learning data-analysis data-engineering robotics cybersecurity big-data".split()
)
_COMMENT = "New comment by "  # how hiring threads title every entry
_REPEATED = 60  # characters by which a text is seen to begin with its title
_HEADLINE_MAX = 160
_AT_COMPANY = re.compile(r"\s(?:at|@)\s[A-Z][\w.&' -]{1,50}$")


class Advert(NamedTuple):
    """An entry, its words, and what they name."""

    entry: Entry
    text: str  # at most TEXT_MAX characters
    whole: str  # title and text; the text alone where it begins with its title, as hiring threads' comments do
    words: list[str]  # of title and text
    title_size: int  # how many of them are the title's
    starts: list[int]  # where in them a sentence begins; the title is the first
    different: frozenset[str]  # each of them once
    role: str  # "" where none is named
    board: BoardFacts
    signals: Signals
    in_role: list[Mention]  # of skills, in the role without the employer's name
    in_text: list[Mention]
    in_tags: list[Mention]


def read_advert(entry: Entry, taxonomy: Taxonomy) -> Advert:
    """Take an entry apart."""
    board = read_board(entry)
    title, text = entry.title, entry.text[:TEXT_MAX]
    title_words = split_words(title)
    words, starts = split_sentences(text)
    size = len(title_words)
    words = title_words + words
    starts = [0, *(start + size for start in starts)] if size else starts
    role = board.role or ("" if title.startswith(_COMMENT) else title)
    cues, named = _lexicon(taxonomy).find(words)
    mentions = confirmed(named)
    if role == title and not board.company and not _AT_COMPANY.search(role):
        in_role = [one for one in mentions if one.at < size]
    else:
        in_role = taxonomy.mentions(_role_words(role or _headline(text), board.company))
    return Advert(
        entry=entry,
        text=text,
        whole=text if title and text.startswith(title[:_REPEATED]) else f"{title}\n{text}",
        words=words,
        title_size=size,
        starts=starts,
        different=frozenset(words),
        role=role,
        board=board,
        signals=load_cues().read(cues, starts, size),
        in_role=in_role,
        in_text=[one for one in mentions if one.at >= size and not _is_aside(words, one)],
        in_tags=taxonomy.mentions(split_words(", ".join(board.skill_words))) if board.skill_words else [],
    )


@lru_cache(maxsize=8)
def _lexicon(taxonomy: Taxonomy) -> PhrasePair[Meaning, tuple[Any, ...]]:
    return PhrasePair(load_cues().phrases.items(), taxonomy.phrases.items())


def pay_of(advert: Advert, region: str | None) -> Pay | None:
    """Return what the work pays: by the board's own field, else by title and text."""
    board, found = advert.board, None
    # A title that is cut off in the middle of the pay says it whole in the text.
    if board.pay_text and not (advert.whole is advert.text and advert.entry.title.endswith(board.pay_text)):
        found = find_pay(f"Pay: {board.pay_text}")
    if found is None and advert.signals.has("asks about a career"):
        return None  # what others earn
    found = found or find_pay(advert.whole)
    if found is None or (found.currency and found.unit):
        return found
    full_time = "full_time" in (board.types or read_types(advert.text[:FIRST_LINE]))
    thread = has_hiring_headline(advert)
    return complete_pay(found, advert.whole, region=region, full_time=full_time, thread=thread)


def has_hiring_headline(advert: Advert) -> bool:
    """Whether title or first line read "Company | Role | Place | …"."""
    headlines = advert.entry.title, advert.text[:FIRST_LINE]
    return bool(advert.board.company) and any(line.count("|") > 1 for line in headlines)


def _headline(text: str) -> str:
    """Return what follows the company in the first line of a hiring thread's comment: "Company | Place | Role"."""
    line = text[:FIRST_LINE].partition("\n")[0]
    return " ".join(line.split("|")[1:])[:_HEADLINE_MAX]


def _role_words(role: str, company: str) -> list[str]:
    # An employer's name says nothing about the work ("Besimple AI"); but "Data Analyst | SQL | Dashboards" names none.
    if company.lower().endswith(ROLE_NOUNS):
        return split_words(f"{company} {role}")
    return split_words(role.replace(company, " ") if company else _AT_COMPANY.sub(" ", role))


def is_person(words: Sequence[str], mention: Mention) -> bool:
    """Whether a mention names people of that trade: "machine learning engineers"."""
    end = mention.at + mention.size
    return not _PEOPLE.isdisjoint(words[max(mention.at, end - 1) : end + 1])


def _is_aside(words: Sequence[str], mention: Mention) -> bool:
    """Whether a skill is only that of colleagues ("work with data scientists"), or a subject of studies."""
    if is_person(words, mention):
        before = words[max(0, mention.at - _COLLEAGUES_REACH) : mention.at]
        return not _COLLEAGUES.isdisjoint(before)
    if mention.skill is None or mention.skill.id not in _STUDIES:
        return False
    return not _DEGREES.isdisjoint(words[max(0, mention.at - _DEGREE_REACH) : mention.at])
