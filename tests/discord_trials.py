"""Commands that no feature has yet, one for each thing that Discord does differently."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from bot import people
from bot.cards import Button, Card, Controls, Option, Paragraph, sentence
from bot.commands import Commands, Look, OpenForm, PublicReply, Read, Reply, Update
from bot.errors import UserError
from bot.forms import ChecksField, ChoiceField, Form, Page, TextField
from bot.options import Channel, File, Member, When
from bot.people import Role

LATE = 0.3  # seconds; tests put the patience well below it

commands = Commands()


async def wait(look: Look, **_given: Any) -> None:
    """Take a while."""
    await asyncio.sleep(LATE)


@commands.command("trial kinds")
async def kinds(
    ask: Read,
    who: Annotated[Member, "Somebody"],
    where: Annotated[Channel, "A channel"],
    sure: Annotated[bool, "Yes or no"],
    paper: Annotated[File | None, "A file"] = None,
    at: Annotated[When | None, "A time"] = None,
) -> Reply:
    """Say what was given."""
    name = await people.member_name(ask.db, ask.community.id, who)
    file = f"{paper.name} {len(paper.content)}" if paper else "-"
    return Reply(sentence(f"{name} {where} {sure} {file} {at}"))


@commands.command("trial organise", role=Role.ORGANISER)
async def organise(ask: Read) -> Reply:
    """For organisers."""
    return Reply(sentence(f"Role {ask.role.name}, locale {ask.caller.locale}, in {ask.community.name}."))


@commands.command("trial slow", look=wait)
async def slow(ask: Read, found: None) -> Reply:
    """Answer late, privately."""
    return Reply(
        Card(
            "Late.",
            (Paragraph(("Late.",)), Controls((Button("Change", "trial change"), Button("Ask", "trial form")))),
        )
    )


@commands.command("trial change", typed=False, look=wait)
async def change(ask: Read, found: None) -> Update:
    """Change the card, late."""
    return Update(sentence(f"Changed. It is {ask.caller.message}.", Button("Break", "trial break")))


@commands.command("trial break", typed=False, look=wait)
async def fail(ask: Read, found: None) -> Update:
    """Fail to change the card, late."""
    raise UserError("E-DONE", "That was done already.")


@commands.command("trial tell", look=wait)
async def tell(ask: Read, found: None, well: bool = True) -> PublicReply:
    """Answer late, before everybody."""
    if not well:
        raise UserError("E-DONE", "Nobody else sees this.")
    return PublicReply(sentence("Everybody sees this."))


@commands.command("trial shout")
async def shout(ask: Read) -> PublicReply:
    """Answer before everybody."""
    return PublicReply(sentence("Everybody sees this at once.", Button("Change", "trial change")))


@commands.command("trial form")
async def ask_more(ask: Read) -> OpenForm:
    """Ask for more than fits one page."""
    first = (
        TextField("name", "Name"),
        ChoiceField("size", "Size", (Option("Small", "s"), Option("Large", "l")), value="s"),
        ChecksField("tags", "Tags", (Option("One", "1"), Option("Two", "2"))),
    )
    return OpenForm(Form("Trial", "trial take", (Page("First", first), Page("Second", (TextField("more", "More"),)))))


@commands.command("trial take", typed=False, look=wait)
async def take(ask: Read, found: None, name: str, size: str, more: str, tags: str = "") -> Reply:
    """Take the form, late."""
    return Reply(sentence(f"{name} {size} {tags or '-'} {more}"))


@commands.command("trial onward")
async def onward(ask: Read) -> OpenForm:
    """Ask for words, then for more."""
    return OpenForm(Form("Onward", "trial again", (Page("Onward", (TextField("words", "Words"),)),)))


@commands.command("trial again", typed=False)
async def again(ask: Read, words: str) -> OpenForm:
    """Ask for more words."""
    return OpenForm(Form("Again", "trial echo", (Page("Again", (TextField("words", "Words", value=words),)),)))


@commands.command("trial echo", typed=False)
async def echo(ask: Read, words: str) -> Reply:
    """Say words back."""
    return Reply(sentence(words))
