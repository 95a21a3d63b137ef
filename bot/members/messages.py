"""Whether direct messages arrive: tried on demand, and what to do where they don't."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import notices, people
from bot.cards import Block, Button, Card, Controls, Items, Note, Paragraph, bold, sentence
from bot.commands import Commands, Read, Reply, Write
from bot.members import store
from bot.notices import Notice
from bot.ports import PLATFORM_NAMES
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

commands = Commands()


@commands.command("profile test-messages", typed=False)
async def test(do: Write) -> Reply:
    """Send me a direct message, to see whether it arrives."""
    text = say("This is the test message that you asked for: messages reach you.")
    card = sentence(text, Button(say("My page"), "hub"))
    key = f"{notices.TEST}{do.member_id}:{do.ids.token()}"
    told = Notice(member_id=do.member_id, key=key, card=card, due=do.now, asked=True)
    await notices.owe(do.db, do.ids, do.community.id, told)
    look = Button(say("Has it come?"), "profile check-messages", (), "primary")
    return Reply(sentence(say("A test message is on its way to you."), look))


@commands.command("profile check-messages", typed=False)
async def check(ask: Read) -> Reply:
    """Say whether direct messages reach me."""
    page = await store.profile_of(ask.db, ask.community.id, ask.member_id)
    if not page.messages:
        return Reply(sentence(_switched_off(), Button(say("Change that"), "profile privacy")))
    match await notices.arrival(ask.db, ask.community.id, ask.member_id):
        case "arrived":
            return Reply(sentence(say("Yes: direct messages reach you."), Button(say("My page"), "hub")))
        case "failed":
            return Reply(Card(say("It could not be delivered."), tuple(_trouble())))
        case _:
            look = Button(say("Has it come?"), "profile check-messages")
            how = Button(say("How to let it through"), "profile allow-messages")
            return Reply(sentence(say("Not yet; give it a few seconds."), look, how))


@commands.command("profile allow-messages", typed=False)
async def allow(ask: Read) -> Reply:
    """Show how to let direct messages through."""
    how = {
        "discord": say("the server's name → Privacy Settings → switch Direct Messages on. Unblock me, if you did."),
        "slack": say("find me under Apps and open the conversation once. If I was removed there, add me again."),
    }
    accounts = await people.accounts_of(ask.db, ask.community.id, ask.member_id)
    platforms = dict.fromkeys((ask.caller.platform, *(account.space.platform for account in accounts)))
    lines = tuple((bold(PLATFORM_NAMES[one]), ": ", how[one]) for one in platforms)
    again = Button(say("Test again"), "profile test-messages", (), "primary")
    return Reply(Card(say("How to let my messages through."), (Items(lines), Controls((again,)))))


async def trouble_part(ask: Read) -> Sequence[Block]:
    """The top of the page where messages don't arrive, or were switched off."""
    page = await store.profile_of(ask.db, ask.community.id, ask.member_id)
    if not page.messages:
        return (Note((_switched_off(),)),)
    failed = await notices.arrival(ask.db, ask.community.id, ask.member_id) == "failed"
    return _trouble() if failed else ()


def _switched_off() -> str:
    return say("You switched my messages off: everything waits here, on /hub.")


def _trouble() -> list[Block]:
    advice = say("Allow messages from this community; until then everything waits here, on /hub.")
    return [
        Paragraph((bold(say("My messages can't be delivered to you.")), " ", advice)),
        Controls(
            (
                Button(say("How?"), "profile allow-messages", (), "primary"),
                Button(say("Test again"), "profile test-messages"),
            )
        ),
    ]
