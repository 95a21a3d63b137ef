"""The way to the moderators for those whom they have paused or banned."""

from __future__ import annotations

from bot import moderators, outbox, people
from bot.cards import Button, Card, Controls, Heading, Quote, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.errors import UserError
from bot.forms import Form, Page, TextField
from bot.literal import label
from bot.words import say

LONGEST = 1500  # characters

commands = Commands()


@commands.command("appeal write", typed=False, while_suspended=True)
async def write(ask: Read) -> OpenForm:
    """Write to the moderators about being paused or banned."""
    _needs_one(ask)
    field = TextField("words", say("What should they know?"), long=True, max_length=LONGEST)
    page = Page(say("To the moderators, with your name"), (field,))
    return OpenForm(Form(say("Write to moderators"), "appeal send", (page,), submit_label=say("Send")))


@commands.command("appeal send", typed=False, while_suspended=True)
async def send(do: Write, words: str) -> Reply:
    """Pass an appeal on to the moderators."""
    _needs_one(do)
    key = f"appeal:{do.member_id}:{do.now:%Y%m%d}"
    spaces = await people.spaces_of(do.db, do.community.id)
    if any([await outbox.find(do.db, do.community.id, f"{key}:{space.id}") for space in spaces]):
        raise UserError("E-RATE", say("The moderators have your words of today. You can write again tomorrow."))
    title = say("{name} writes to you about being paused", name=label(do.name, 80))
    look = Button(say("Look"), "mod safety", (str(do.member_id),), "primary")
    card = Card(f"{title}.", (Heading(title), Quote(words[:LONGEST]), Controls((look,))))
    if not await moderators.tell(do.db, do.ids, do.community.id, key=key, card=card, now=do.now):
        raise UserError(
            "E-NOCHANNEL",
            say("The moderators have no channel here, so I can't pass it on."),
            advice=say("Write to one of them yourself."),
        )
    return Reply(sentence(say("The moderators have it. You hear from them.")))


def _needs_one(ask: Read) -> None:
    if ask.standing:
        raise UserError("E-DONE", say("Nothing is paused for you (any more)."))
