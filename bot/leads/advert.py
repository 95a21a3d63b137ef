"""An entry taken apart once, for everything that is asked about it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bot.leads.boards import read_board
from bot.leads.cues import load_cues
from bot.leads.pay import find_pay
from bot.phrases import split_sentences, split_words

if TYPE_CHECKING:
    from bot.leads.boards import BoardFacts
    from bot.leads.cues import Signals
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

_COMMENT = "New comment by "  # how hiring threads title every entry
_HEADLINE_MAX = 160
_AT_COMPANY = re.compile(r"\s(?:at|@)\s[A-Z][\w.&' -]{1,50}$")


class Advert(NamedTuple):
    """An entry, its words, and what they name."""

    entry: Entry
    text: str  # at most TEXT_MAX characters
    words: list[str]  # of the text
    starts: list[int]  # where in them a sentence begins
    role: str  # "" where none is named
    board: BoardFacts
    signals: Signals
    in_role: list[Mention]  # of skills, in the role without the employer's name
    in_text: list[Mention]
    in_tags: list[Mention]


def read_advert(entry: Entry, taxonomy: Taxonomy) -> Advert:
    """Take an entry apart."""
    board = read_board(entry)
    text = entry.text[:TEXT_MAX]
    words, starts = split_sentences(text)
    role = board.role or ("" if entry.title.startswith(_COMMENT) else entry.title)
    return Advert(
        entry=entry,
        text=text,
        words=words,
        starts=starts,
        role=role,
        board=board,
        signals=load_cues().read(split_words(entry.title), words, starts),
        in_role=taxonomy.mentions(_role_words(role or _headline(text), board.company)),
        in_text=taxonomy.mentions(words),
        in_tags=taxonomy.mentions(split_words(", ".join(board.skill_words))),
    )


def pay_of(advert: Advert) -> Pay | None:
    """Return what the work pays: by the board's own field, else by title and text."""
    stated = find_pay(f"Pay: {advert.board.pay_text}") if advert.board.pay_text else None
    return stated or find_pay(f"{advert.entry.title}\n{advert.text}")


def _headline(text: str) -> str:
    """Return what follows the company in the first line of a hiring thread's comment: "Company | Place | Role"."""
    line = text[:FIRST_LINE].partition("\n")[0]
    return " ".join(line.split("|")[1:])[:_HEADLINE_MAX]


def _role_words(role: str, company: str) -> list[str]:
    # An employer's name says nothing about the work ("Besimple AI"); but "Data Analyst | SQL | Dashboards" names none.
    if company.lower().endswith(ROLE_NOUNS):
        return split_words(f"{company} {role}")
    return split_words(role.replace(company, " ") if company else _AT_COMPANY.sub(" ", role))
