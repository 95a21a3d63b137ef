"""The card that stands in the leads channel for who is new: three things to begin with, and a profile in one form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import audit, guide, outbox
from bot.cards import Button, Card, Controls, Heading, Items, Note, bold, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.people import Role
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import RowMapping

    from bot.commands import Command

commands = Commands()


def welcome_card(known: Iterable[Command], community: str) -> Card:
    """What members can do here, by the goals that have a command."""
    names = {command.name for command in guide.usable(known, Role.MEMBER)}
    begun = [(goal, next((name for name, _ in goal.first if name in names), "")) for goal in guide.goals()[:3]]
    found = [(goal, name) for goal, name in begun if name]
    lines = tuple((bold(goal.name), f": {goal.words}.") for goal, _ in found)
    buttons = [Button(goal.name, name) for goal, name in found]
    title = say("New to {community}?", community=community)
    return Card(
        say("New here? This is what you can do."),
        (
            Heading(title),
            Items(lines),
            Controls((*buttons, Button(say("Make my profile"), "profile edit", (), "primary"))),
            Note((say("Only you see what comes of a press. /hub is your own page."),)),
        ),
    )


@commands.command("mod welcome", role=Role.MODERATOR, typed=False)
async def post(do: Write) -> Update:
    """Post the card for new members in the leads channel."""
    if not do.space.leads_channel:
        raise UserError(
            "E-SETUP",
            say("There is no leads channel yet."),
            advice=say("Choose one with /mod setup, then press the button again."),
            buttons=(Button(say("Set up"), "mod setup", (), "primary"),),
        )
    known = [command for feature in do.features for command in feature.commands]
    to, message_id = outbox.Address(do.space, do.space.leads_channel), do.ids.new()
    card = welcome_card(known, do.community.name)
    await outbox.queue(do.db, do.ids, to, card, key=f"welcome:{message_id}", due=do.now, message_id=message_id)
    undo = await audit.record(do, "mod welcome", f"space:{do.space.id}", after={"message": message_id})
    text = say("It is on its way to your leads channel. Pin it there, so that who is new finds it.")
    return Update(sentence(text, audit.undo_button(undo)))


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo the card: it says that it was taken back, or is never sent."""
    gone = sentence(say("This card was taken back. /hub is your own page."))
    await outbox.retract(do.db, do.ids, do.community.id, row["after"]["message"], gone, do.now)
    return say("Undone: the card for new members is taken back.")
