"""`/gigs find`: search in the open leads, and what lies nearest where nothing fits."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Annotated, Literal

from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Paragraph, sentence
from bot.commands import Commands, Read, Reply
from bot.errors import UserError
from bot.leads import selection
from bot.leads.audience import load_sectors
from bot.leads.cards import open_select
from bot.leads.intake import NEWCOMERS
from bot.leads.privately import by_fit, knows, line_for
from bot.leads.rates import HOURS
from bot.leads.seekers import seeker
from bot.options import Skill
from bot.search import tag
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.leads.fit import Seeker

PAGE = 5
MOST_WORDS = 8  # of a search
FOUND_FOR_HOURS = 30 * 24  # after its publication, while its own last day, if it has one, is not over
MOST_RANKED = 300  # newest leads that are held against a member's page
SKILLS = "profile skills"
ALERT = "alert from-search"
MOST_NEAR = 3  # ways to widen a search that are offered

Kind = Literal["gigs", "jobs", "all"]
Language = Literal[
    "any", "en", "de", "fr", "es", "pt", "it", "nl", "pl", "sv", "da", "no", "fi", "cs", "ro", "tr", "uk"
]
"""ISO 639-1, those of the boards that we have seen."""
Sector = Literal[
    "any", "health", "finance", "crypto", "commerce", "manufacturing", "logistics", "automotive", "energy",
    "agriculture", "education", "legal", "marketing", "media", "games", "real-estate", "people", "public", "travel",
    "security", "science",
]  # fmt: skip
"""The ids of `sectors.toml`."""
_KINDS: dict[Kind, tuple[str, ...]] = {"gigs": ("gig", "unclear"), "jobs": ("job",), "all": ()}

_RATE = re.compile(
    r"(?:^|\s)>=?\s*[$€£]?(?P<figure>\d{1,6})(?:\s*(?:usd|eur|gbp))?(?:\s*/\s*(?P<unit>h|d)(?:our|ay)?)?(?=\s|$)",
    re.IGNORECASE,
)

commands = Commands()


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for."""

    query: str = ""
    skill: str | None = None
    min_rate: float = 0  # an hour, in the lead's own currency
    kind: Kind = "gigs"
    days: int = 0  # published within so many; 0: as long as leads are open
    language: Language = "any"
    sector: Sector = "any"
    newcomers: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """The words that must occur."""
        return tuple(self.query.split()[:MOST_WORDS])

    def arguments(self, page: int = 1) -> tuple[str, ...]:
        """The arguments of a button that runs this search."""
        rate = f"{self.min_rate:.2f}" if self.min_rate else "0"
        newcomers = "yes" if self.newcomers else "no"
        where = (self.language, self.sector, newcomers)
        return (self.query, self.skill or "", rate, self.kind, str(self.days), *where, str(page))


@commands.command("gigs find", example="/gigs find rag min_rate:80")
async def find(
    ask: Read,
    query: Annotated[str, "Words that must occur"] = "",
    skill: Annotated[Skill | None, "A skill it asks for"] = None,
    min_rate: Annotated[float, "At least this much an hour, in the lead's own currency"] = 0,
    kind: Annotated[Kind, "Gigs (with those of unstated type), jobs, or both"] = "gigs",
    days: Annotated[int, "Published within so many days"] = 0,
    language: Annotated[Language, "The language it is written in"] = "any",
    sector: Annotated[Sector, "The field of business"] = "any",
    newcomers: Annotated[bool, "Only what is open to people without experience"] = False,
    page: Annotated[int, "Which page of the answer"] = 1,
) -> Reply:
    """Find open gigs that moderators approved: words, a skill, a rate, a sector, for newcomers and so on."""
    query, min_rate = _rate_in(query, min_rate)
    if query.strip() and not any(map(str.isalnum, query)):
        happened = say("There is no word in “{query}”.", query=query.strip()[:80])
        raise UserError("E-OPTION", happened, advice=say("Write one, such as rag, or none to see them all."))
    search = Search(query, skill, min_rate, kind, days, language, sector, newcomers)
    wanted = _wanted(ask, search)
    total = await selection.count_leads(ask.db, ask.community.id, wanted)
    if not total:
        return Reply(await _nothing_card(ask, search))
    start = (page - 1) * PAGE if 1 <= page <= ceil(total / PAGE) else 0
    mine = await seeker(ask)
    best_first = search == Search() and bool(mine.skills)
    if best_first:
        newest = await selection.leads_in(ask.db, ask.community.id, wanted, limit=MOST_RANKED)
        total = len(newest)
        shown = [lead for lead, _ in by_fit(newest, mine)[start : start + PAGE]]
    else:
        shown = await selection.leads_in(ask.db, ask.community.id, wanted, limit=PAGE, offset=start)
    blocks: list[Block] = [Heading(say("Open gigs") if kind == "gigs" else say("Open leads"))]
    blocks.append(Items(tuple(line_for(lead, mine) for lead in shown), numbered=True, first=start + 1))
    one, many = ("open gig", "open gigs") if kind == "gigs" else ("open lead", "open leads")
    found = count(total, say(one), say(many))
    order = say("what fits you best first") if best_first else say("newest first")
    note = say("{n}{for_what}, {order}.", n=found, for_what=in_words(search), order=order)
    controls = (Controls((open_select(shown),)), *_more(ask, search, mine, page=start // PAGE + 1, total=total))
    return Reply(Card(note, (*blocks, Note((note,)), *controls)))


def _more(ask: Read, search: Search, mine: Seeker, *, page: int, total: int) -> tuple[Block, ...]:
    """What can be done from a page of the answer: turn it, be told of new ones like these, say what one can do."""
    buttons: list[Button] = []
    left = total - page * PAGE
    if left > 0:
        buttons.append(Button(say("Next {n}", n=min(PAGE, left)), "gigs find", search.arguments(page + 1)))
    buttons.append(Button(say("Save search as alert"), ALERT, search.arguments()[:-1]))
    if not mine.skills and knows(ask, SKILLS):
        buttons.append(Button(say("Say what I can do"), SKILLS))
    return (Controls(tuple(buttons)),)


def _rate_in(query: str, min_rate: float) -> tuple[str, float]:
    """Take a rate such as ">80/h" out of the words of a search."""
    match = _RATE.search(query)
    if not match:
        return query, min_rate
    hours = HOURS["day"] if match["unit"] == "d" else 1
    return (query[: match.start()] + query[match.end() :]).strip(), float(match["figure"]) / hours


def _wanted(ask: Read, search: Search) -> selection.Wanted:
    """The leads that a search is for, without those that this member does not want to see."""
    open_now = selection.still_open(ask.now, FOUND_FOR_HOURS)
    tags = [tag("skill", search.skill)] if search.skill else []
    if search.language != "any":
        tags.append(tag("language", search.language))
    if search.sector != "any":
        tags.append(tag("sector", search.sector))
    if search.newcomers:
        tags.append(NEWCOMERS)
    since = open_now.since
    if search.days > 0:
        newest = ask.now - timedelta(days=search.days)
        since = max(newest, since) if since else newest
    return dataclasses.replace(
        open_now,
        since=since,
        kinds=_KINDS[search.kind],
        words=search.words,
        tags=tuple(tags),
        min_hourly=search.min_rate,
        not_hidden_by=ask.member_id,
    )


def in_words(search: Search) -> str:
    """What is looked for, as the end of a sentence that names what was found: " for “rag”, from 80/h"."""
    subjects = [f"“{word}”" for word in search.words]
    if search.skill:
        subjects.append(load_taxonomy().name(search.skill))
    said = [say(" for {subjects}", subjects=", ".join(subjects))] if subjects else []
    if search.min_rate:
        said.append(say(" from {rate}/h", rate=f"{search.min_rate:g}"))
    if search.days:
        said.append(say(" of the last {days}", days=count(search.days, say("day"), say("days"))))
    if search.language != "any":
        said.append(say(" in the language {language}", language=search.language))
    if search.sector != "any":
        said.append(say(" in the sector {sector}", sector=load_sectors()[search.sector]))
    if search.newcomers:
        said.append(say(" open to newcomers"))
    return ",".join(said)


# --- nothing fits ----------------------------------------------------------------------------------------------------


def wider(search: Search) -> Iterator[tuple[str, Search]]:
    """The same search with one wish less, for each of its wishes: what was left out, in words, and the search."""
    if search.min_rate:
        yield say("without the rate"), dataclasses.replace(search, min_rate=0)
    if search.days:
        yield say("of any day"), dataclasses.replace(search, days=0)
    if search.language != "any":
        yield say("in any language"), dataclasses.replace(search, language="any")
    if search.sector != "any":
        yield say("in any sector"), dataclasses.replace(search, sector="any")
    if search.newcomers:
        yield say("also for the experienced"), dataclasses.replace(search, newcomers=False)
    if search.skill:
        name = load_taxonomy().name(search.skill)
        yield say("without the skill {name}", name=name), dataclasses.replace(search, skill=None)
    if len(search.words) > 1:
        for left_out in search.words:
            rest = " ".join(word for word in search.words if word != left_out)
            yield say("without “{word}”", word=left_out[:40]), dataclasses.replace(search, query=rest)
    if search.kind == "gigs":
        yield say("with jobs"), dataclasses.replace(search, kind="all")


async def _nothing_card(ask: Read, search: Search) -> Card:
    near: list[tuple[int, str, Search]] = []
    for words, wide in wider(search):
        found = await _count(ask, wide)
        if found:
            near.append((found, words, wide))
    everything = [Button(say("Show all open gigs"), "gigs find")] if search != Search() else []
    everything.append(Button(say("Save search as alert"), ALERT, search.arguments()[:-1]))
    slip = await _slip(ask, search)
    if slip:
        text, button = slip
        return sentence(text, button, *everything)
    text = say("No open lead matches. New ones come as moderators approve them.")
    if search != Search():
        text = say(
            "No open lead matches{for_what}. New ones come as moderators approve them.", for_what=in_words(search)
        )
    if not near:
        return sentence(text, *everything)
    nearest = "; ".join(say("{n} {words}", n=n, words=words) for n, words, _ in near[:MOST_NEAR])
    return Card(
        say("{text} Nearest: {nearest}.", text=text, nearest=nearest),
        (
            Paragraph((text,)),
            Paragraph((say("Nearest: {nearest}.", nearest=nearest),)),
            Controls((*_buttons(near[:MOST_NEAR]), *everything)),
        ),
    )


async def _count(ask: Read, search: Search) -> int:
    return await selection.count_leads(ask.db, ask.community.id, _wanted(ask, search))


async def _slip(ask: Read, search: Search) -> tuple[str, Button] | None:
    """What a mistyped word may have meant, if there is an open lead for that: the question, and its button."""
    for word in search.words:
        if await _count(ask, Search(word, kind="all")):
            continue
        for better in load_taxonomy().respelled(word):
            meant = dataclasses.replace(search, query=" ".join(better if w == word else w for w in search.words))
            if n := await _count(ask, meant):
                text = say("Nothing for “{word}”. Did you mean “{better}”?", word=word[:40], better=better)
                return text, Button(
                    say("Show {n} for “{better}”", n=n, better=better), "gigs find", meant.arguments(), "primary"
                )
    return None


def _buttons(near: Sequence[tuple[int, str, Search]]) -> list[Button]:
    return [
        Button(
            say("Show {n} {words}", n=n, words=words),
            "gigs find",
            wide.arguments(),
            "secondary" if number else "primary",
        )
        for number, (n, words, wide) in enumerate(near)
    ]
