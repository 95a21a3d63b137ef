"""What members say about leads: `/gigs find`, and the presses on a lead's card."""

from __future__ import annotations

import dataclasses
import re
from math import ceil
from typing import Annotated, Literal

from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, sentence
from bot.commands import Commands, Read, Reply
from bot.errors import UserError
from bot.leads import amending, best, feededit, feeds, floodgate, imports, morning, offer, packs, queue, store, upkeep
from bot.leads.cards import lead_card, line_of, open_select, reasons_card
from bot.leads.rates import HOURS
from bot.options import Skill
from bot.people import Role
from bot.words import count, say

PAGE = 5
MOST_WORDS = 8  # of a search

_RATE = re.compile(
    r"(?:^|\s)>=?\s*[$€£]?(?P<figure>\d{1,6})(?:\s*(?:usd|eur|gbp))?(?:\s*/\s*(?P<unit>h|d)(?:our|ay)?)?(?=\s|$)",
    re.IGNORECASE,
)

commands = Commands(
    feeds.commands,
    upkeep.commands,
    feededit.commands,
    packs.commands,
    imports.commands,
    best.commands,
    queue.commands,
    amending.commands,
    morning.commands,
    offer.commands,
    floodgate.commands,
)


@commands.command("gigs find", example="/gigs find rag min_rate:80")
async def find(
    ask: Read,
    query: Annotated[str, "Words that must occur"] = "",
    skill: Annotated[Skill | None, "A skill it asks for"] = None,
    min_rate: Annotated[float, "At least this much an hour, in the lead's own currency"] = 0,
    kind: Annotated[Literal["gigs", "jobs", "all"], "Gigs (with those of unstated type), jobs, or both"] = "gigs",
    page: Annotated[int, "Which page of the answer"] = 1,
) -> Reply:
    """Find open gigs that moderators approved."""
    query, min_rate = _rate_in(query, min_rate)
    wanted = dataclasses.replace(
        store.still_open(ask.now, ask.settings.leads.max_age_hours),
        kinds={"gigs": ("gig", "unclear"), "jobs": ("job",), "all": ()}[kind],
        words=tuple(query.split()[:MOST_WORDS]),
        skill=skill,
        min_hourly=min_rate,
    )
    total = await store.count_leads(ask.db, ask.community.id, wanted)
    if not total:
        unpaid = await store.count_leads(ask.db, ask.community.id, dataclasses.replace(wanted, min_hourly=0))
        return Reply(_nothing_card(query, skill, kind, unpaid))
    start = (page - 1) * PAGE if 1 <= page <= ceil(total / PAGE) else 0
    shown = await store.leads_in(ask.db, ask.community.id, wanted, limit=PAGE, offset=start)
    blocks: list[Block] = [Heading(say("Open gigs") if kind == "gigs" else say("Open leads"))]
    blocks.append(Items(tuple(line_of(lead) for lead in shown), numbered=True, first=start + 1))
    controls: list[Block] = [Controls((open_select(shown),))]
    if start + PAGE < total:
        again = (query, skill or "", f"{min_rate:.2f}", kind, str(start // PAGE + 2))
        label = say("Next {n}", n=min(PAGE, total - start - PAGE))
        controls.append(Controls((Button(label, "gigs find", again),)))
    note = say("{n} open, newest first.", n=count(total, say("lead"), say("leads")))
    return Reply(Card(note, (*blocks, Note((note,)), *controls)))


def _rate_in(query: str, min_rate: float) -> tuple[str, float]:
    """Take a rate such as ">80/h" out of the words of a search."""
    match = _RATE.search(query)
    if not match:
        return query, min_rate
    hours = HOURS["day"] if match["unit"] == "d" else 1
    return (query[: match.start()] + query[match.end() :]).strip(), float(match["figure"]) / hours


def _nothing_card(query: str, skill: str | None, kind: str, without_rate: int) -> Card:
    buttons = []
    if without_rate:
        label = say("Show {n} without the rate", n=without_rate)
        buttons.append(Button(label, "gigs find", (query, skill or "", "0", kind), "primary"))
    if query or skill:
        buttons.append(Button(say("Show all open gigs"), "gigs find"))
    if kind == "gigs":
        buttons.append(Button(say("Show jobs too"), "gigs find", (query, skill or "", "0", "all")))
    return sentence(say("No open lead matches. New ones come as moderators approve them."), *buttons)


async def _lead(ask: Read, lead_id: int) -> store.Lead:
    """The lead, if this person may see it: only moderators see what is not approved."""
    lead = await store.read_lead(ask.db, ask.community.id, lead_id)
    if lead is None or (lead.state != "approved" and ask.role < Role.MODERATOR):
        raise UserError(
            "E-STALE",
            say("This lead is no longer open."),
            buttons=(Button(say("Show open gigs"), "gigs find"),),
        )
    return lead


@commands.command("lead show", typed=False)
async def show(ask: Read, lead: int) -> Reply:
    """Show one lead."""
    return Reply(lead_card(await _lead(ask, lead)))


@commands.command("lead why", typed=False)
async def why(ask: Read, lead: int) -> Reply:
    """Show why a lead was judged as it was."""
    return Reply(reasons_card(await _lead(ask, lead)))
