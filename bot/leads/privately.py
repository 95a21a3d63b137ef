"""A lead as one member sees it: how it fits them, what is missing, and who here could help with that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.cards import Button, Controls, Paragraph, bold
from bot.leads.cards import lead_card, line_of, shorten
from bot.leads.fit import fit_of
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.cards import Block, Card, Text
    from bot.commands import Read
    from bot.leads.fit import Fit, Seeker
    from bot.leads.store import Lead

ASK = "help ask"
MOST_ASKED = 3  # missing skills for which help is offered on a card


def by_fit(leads: Sequence[Lead], seeker: Seeker) -> list[tuple[Lead, Fit]]:
    """The leads with how they fit, best first; of those that fit alike, the newest."""
    fits = [(lead, fit_of(lead.verdict, seeker)) for lead in leads]
    return sorted(fits, key=lambda pair: (-pair[1].score, -pair[0].published.timestamp()))


def line_for(lead: Lead, seeker: Seeker) -> Text:
    """A lead in one line, with how it fits at its end."""
    return line_with(lead, fit_of(lead.verdict, seeker)) if seeker.skills or seeker.floor else line_of(lead)


def line_with(lead: Lead, fit: Fit) -> Text:
    """A lead in one line, with these reasons at its end."""
    words = fit.in_words()
    return (*line_of(lead), " — ", bold(words)) if words else line_of(lead)


async def card_for(ask: Read, lead: Lead, seeker: Seeker, stage: str) -> Card:
    """A lead's card as it is shown to one member alone."""
    return lead_card(lead, stage, private=await _private_blocks(ask, lead, seeker))


async def _private_blocks(ask: Read, lead: Lead, seeker: Seeker) -> tuple[Block, ...]:
    fit = fit_of(lead.verdict, seeker)
    words = fit.in_words()
    if not seeker.skills or not words:
        return ()
    text = say("Fit {score} of 100: {words}.", score=fit.score, words=words)
    teachers = await helpers_for(ask, fit.missing)
    taxonomy = load_taxonomy()
    offered = list(teachers)[:MOST_ASKED]
    if not offered:
        return (Paragraph((bold(text),)),)
    if fit.missing == (offered[0],):
        n = teaching_words(teachers[offered[0]])
        said: Text = (bold(say("Fit {score} of 100: {words} — {n}.", score=fit.score, words=words, n=n)),)
    else:
        said = (bold(text), f" {', '.join(f'{taxonomy.name(s)}: {teaching_words(teachers[s])}' for s in offered)}.")
    buttons = tuple(
        Button(
            say("Ask about {skill}", skill=shorten(taxonomy.name(skill), 50)) if len(offered) > 1 else say("Ask"),
            ASK,
            (skill,),
            spoken=say("Ask about {skill}", skill=shorten(taxonomy.name(skill), 60)),
        )
        for skill in offered
    )
    shown = (Controls(buttons),) if knows(ask, ASK) else ()
    return (Paragraph(said), *shown)


def teaching_words(n: int) -> str:
    """How many teach something here."""
    return count(n, say("here teaches it"), say("here teach it"))


async def helpers_for(ask: Read, skills: Sequence[str]) -> Mapping[str, int]:
    """By skill, how many members could help the one who asks with it, of those with which anybody could."""
    found: dict[str, int] = {}
    for feature in ask.features:
        if feature.helpers is not None and skills:
            known = await feature.helpers(ask.db, ask.community.id, ask.member_id, skills, ask.now)
            found |= {skill: found.get(skill, 0) + known[skill] for skill in skills if known.get(skill)}
    return found


def knows(ask: Read, command: str) -> bool:
    """Whether there is such a command."""
    return any(command in feature.commands for feature in ask.features)
