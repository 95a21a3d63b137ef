"""`/hub`: what there is to do here, for the person who asks."""

from __future__ import annotations

from typing import Annotated

from bot.cards import Button, Controls, Note
from bot.commands import Commands, Read, Reply, help_card
from bot.words import say

commands = Commands()


@commands.command("hub", example="/hub help")
async def hub(ask: Read, topic: Annotated[str, "What about: gigs, feeds or mod, for example"] = "") -> Reply:
    """Show what you can do here."""
    known = [command for feature in ask.features for command in feature.commands]
    about = [command for command in known if command.noun == topic.lower().removeprefix("/")] or known
    card = help_card(about, ask.role)
    zone = (
        say("Times are shown in {zone}.", zone=ask.zone)
        if ask.zone_known
        else say("Times are shown in {zone}, the community's zone: I don't know yours yet.", zone=ask.zone)
    )
    where = Button(say("Change my time zone") if ask.zone_known else say("Set my time zone"), "profile zone")
    return Reply(card.with_blocks(Note((zone,)), Controls((where,))))
