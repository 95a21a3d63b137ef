"""`/hub`: what there is to do here, for the person who asks."""

from __future__ import annotations

from typing import Annotated

from bot import notices
from bot.cards import Block, Button, Card, Controls, Divider, Heading, Note
from bot.commands import Commands, Reply, Write, help_card
from bot.words import say

commands = Commands()


@commands.command("hub", example="/hub help", while_suspended=True)
async def hub(do: Write, topic: Annotated[str, "What about: gigs, feeds or mod, for example"] = "") -> Reply:
    """Show what waits for you, and what you can do here."""
    known = [command for feature in do.features for command in feature.commands]
    about = [command for command in known if command.noun == topic.lower().removeprefix("/")] or known
    card = help_card(about, do.role)
    waiting = [] if topic else await _waiting(do)
    zone = (
        say("Times are shown in {zone}.", zone=do.zone)
        if do.zone_known
        else say("Times are shown in {zone}, the community's zone: I don't know yours yet.", zone=do.zone)
    )
    where = Button(say("Change my time zone") if do.zone_known else say("Set my time zone"), "profile zone")
    blocks = (*waiting, *card.blocks, Note((zone,)), Controls((where,)))
    return Reply(Card(card.summary, blocks))


async def _waiting(do: Write) -> list[Block]:
    """Every open notice, and what features put on the page."""
    found: list[Block] = []
    for card in await notices.show(do.db, do.community.id, do.member_id, do.now):
        found += [*card.blocks, Divider()]
    for part in (part for feature in do.features for part in feature.page):
        found += await part(do)
    return [Heading(say("Waiting for you")), *found] if found else []
