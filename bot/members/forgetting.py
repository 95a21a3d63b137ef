"""`/profile forget`: at once, everywhere, of all linked accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import forgotten, people
from bot.cards import Button, Card, Controls, Heading, Items, Note, Paragraph, bold, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.errors import FieldErrors
from bot.feature import Whose
from bot.forms import Form, Page, TextField
from bot.members import absent
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.feature import Feature
    from bot.forgotten import Journal

WORD = "FORGET"

commands = Commands()


async def forget(whose: Whose, features: Sequence[Feature], journal: Journal) -> None:
    """Forget a member: no row holds who they were, or what they wrote, any more.

    What is left is a seal of each account, by which a restored backup forgets them again, and by which who comes back
    is blocked and suspended as before.
    """
    row = await people.read_member(whose.db, whose.community_id, whose.member_id)
    accounts = await people.identities_of(whose.db, whose.community_id, whose.member_id)
    seals = [journal.seal(whose.community_id, one["platform"], one["remote"]) for one in accounts]
    until = row["suspended_until"]
    await forgotten.note(whose.db, whose.community_id, seals, at=whose.now, suspended_until=until)
    await absent.remember(whose, seals)
    for feature in reversed(features):  # the house last: all others refer to its members
        if feature.forget:
            await feature.forget(whose)


@commands.command("profile forget", while_suspended=True)
async def explain(ask: Read) -> Reply:
    """Be forgotten: everything that is stored of you goes, at once, on both platforms."""
    linked = len(await people.identities_of(ask.db, ask.community.id, ask.member_id))
    goes = (
        say("Your profile, skills, lists, reminders, blocks, and all that waits for you."),
        say("Gigs that you shared and reports that you made, and what you wrote in them."),
        say("The bot's messages to you, and your name wherever it stands, also in channels."),
    )
    stays = (
        say("What you decided as a moderator, with a random token instead of your name."),
        say("Reports about you, with a random token, until they expire."),
        say(
            "A keyed hash of your accounts, so that a restored backup forgets you again, and blocks of you still hold."
        ),
        say("What the platforms themselves keep: messages in your own direct messages there."),
    )
    both = say("Both of your linked accounts are forgotten.") if linked > 1 else ""
    return Reply(
        Card(
            say("What being forgotten means."),
            (
                Heading(say("Forget me")),
                Paragraph((bold(say("What goes, at once and for good:")),)),
                Items(tuple((line,) for line in goes)),
                Paragraph((bold(say("What stays:")),)),
                Items(tuple((line,) for line in stays)),
                *((Note((both,)),) if both else ()),
                Controls(
                    (
                        Button(say("Get my data first"), "profile export"),
                        Button(say("Forget me…"), "profile ask-word", (), "danger"),
                    )
                ),
            ),
        )
    )


@commands.command("profile ask-word", typed=False, while_suspended=True)
async def ask_word(ask: Read) -> OpenForm:
    """Ask for the word that means it."""
    del ask
    hint = say("It is done at once and can't be undone.")
    field = TextField("word", say("Type {word}", word=WORD), hint, max_length=20)
    page = Page(say("Forget me"), (field,))
    return OpenForm(Form(say("Forget me"), "profile forget-now", (page,), submit_label=say("Forget me")))


@commands.command("profile forget-now", typed=False, while_suspended=True)
async def forget_now(do: Write, word: str) -> Reply:
    """Forget me."""
    if word.strip().upper() != WORD:
        raise FieldErrors({"word": say("Type {word} to be forgotten. Nothing was changed.", word=WORD)})
    await forget(Whose(do.db, do.ids, do.community.id, do.member_id, do.now), do.features, do.journal)
    return Reply(
        sentence(say("You are forgotten: nothing of you is stored any more. If you come back one day, you begin anew."))
    )
