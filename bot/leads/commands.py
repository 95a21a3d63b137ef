"""All that can be said about leads, and the presses on a lead's card."""

from __future__ import annotations

from bot.cards import Button
from bot.commands import Commands, Read, Reply
from bot.errors import UserError
from bot.leads import (
    amending,
    best,
    feededit,
    feeds,
    finding,
    floodgate,
    imports,
    marks,
    morning,
    offer,
    owndigest,
    packs,
    probe,
    queue,
    reports,
    saved,
    shares,
    store,
    upkeep,
)
from bot.leads.cards import reasons_card
from bot.leads.privately import card_for
from bot.leads.seekers import seeker
from bot.people import Role
from bot.words import say

commands = Commands(
    finding.commands,
    owndigest.commands,
    saved.commands,
    reports.commands,
    shares.commands,
    feeds.commands,
    probe.commands,
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
    found = await _lead(ask, lead)
    known = await marks.read(ask.db, ask.community.id, ask.member_id, lead)
    mine = await seeker(ask)
    return Reply(await card_for(ask, found, mine, known["stage"] if known is not None else ""))


@commands.command("lead why", typed=False)
async def why(ask: Read, lead: int) -> Reply:
    """Show why a lead was judged as it was."""
    return Reply(reasons_card(await _lead(ask, lead)))
