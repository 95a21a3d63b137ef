"""Posts that may or may not have arrived: moderators are asked, because a post must never be seen twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import cards, outbox, sending
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, Quote, Time, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.outbox import Address
from bot.people import Role
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.people import Space
    from bot.ports import Ids

commands = Commands()


async def ask_about(db: AsyncConnection, ids: Ids, space: Space, row: RowMapping, now: datetime) -> None:
    """Ask the moderators of a space about a post whose fate is unknown, once, where they have a channel."""
    if space.moderators_channel:
        to = Address(space, space.moderators_channel)
        await outbox.queue(db, ids, to, _question(row, now), key=f"doubt:{row['id']}", due=now, promise=True)


def _question(row: RowMapping, now: datetime) -> Card:
    button = (str(row["id"]),)
    return Card(
        say("A message may or may not have arrived. Please look."),
        (
            Heading(say("Did this arrive?")),
            Paragraph((say("The connection broke while I was posting this. Please look whether it is there:"),)),
            Quote(cards.load(row["card"]).summary),
            Note((Time(now, "full"),)),
            Controls(
                (
                    Button(say("It is there"), "message confirm", button, "primary"),
                    Button(say("Send again"), "message repeat", button),
                )
            ),
        ),
    )


@commands.command("message confirm", role=Role.MODERATOR, typed=False)
async def confirm(do: Write, message: int) -> Update:
    """Note that a doubtful message did arrive."""
    if not await sending.resolve(do.db, do.community.id, message, arrived=True, now=do.now):
        raise _settled()
    return Update(sentence(say("Thank you. {name} has seen it there.", name=do.name)))


@commands.command("message repeat", role=Role.MODERATOR, typed=False)
async def repeat(do: Write, message: int) -> Update:
    """Send a doubtful message again."""
    if not await sending.resolve(do.db, do.community.id, message, arrived=False, now=do.now):
        raise _settled()
    return Update(sentence(say("It is on its way again, asked for by {name}.", name=do.name)))


def _settled() -> UserError:
    return UserError("E-DONE", say("Somebody has settled this already."))
