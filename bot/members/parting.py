"""One member becomes two again: by [Unlink] with a choice, or at once by [That wasn't me]."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bot import audit, outbox, people
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, Person, sentence
from bot.commands import Commands, Reply, Update, Write
from bot.errors import UserError
from bot.members import links
from bot.ports import PLATFORM_NAMES
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from bot.cards import Text

commands = Commands()


@commands.command("profile unlink", typed=False, while_suspended=True)
async def ask_which(do: Write) -> Update:
    """Ask which side keeps what is stored."""
    accounts = await _linked(do)
    buttons = []
    for platform in map(_platform, accounts):
        label = say("Keep it on {name}", name=PLATFORM_NAMES[platform])
        buttons.append(Button(label, "profile part", (platform,), "danger"))
    return Update(
        Card(
            say("Unlink your accounts? Choose the side that keeps your data."),
            (
                Heading(say("Unlink your accounts")),
                Paragraph((say("Profile, skills, lists and history stay with one side. Which one?"),)),
                Note(
                    (
                        say(
                            "The other begins anew, as a member of its own. Blocks, privacy settings and what"
                            " moderators decided hold for both."
                        ),
                    )
                ),
                Controls((*buttons, Button(say("Cancel"), "profile refresh"))),
            ),
        )
    )


@commands.command("profile part", typed=False, while_suspended=True)
async def part(do: Write, keeps: Literal["slack", "discord"]) -> Update:
    """Make two members of two linked accounts; one of them keeps what is stored."""
    accounts = await _linked(do)
    leaving = next((one for one in accounts if one["platform"] != keeps), None)
    if leaving is None:
        raise _not_linked()
    what = {"kept": keeps}
    await audit.record(do, "profile unlink", f"member:{do.member_id}", after=what)
    await links.part(do.db, do.ids, leaving)
    kept = PLATFORM_NAMES[keeps]
    return Update(
        sentence(
            say("Unlinked. Your data stays with your {kept} account; the other one begins anew.", kept=kept),
            Button(say("My privacy"), "profile privacy"),
        )
    )


@commands.command("profile not-me", typed=False, while_suspended=True)
async def not_me(do: Write, link: int) -> Reply:
    """Take back a link that somebody else made with my code, and tell the moderators."""
    row = await links.link_of(do.db, do.community.id, link)
    mine = row is not None and (row["platform"], row["remote"]) == (do.caller.platform, do.caller.user)
    if row is None or not mine:
        raise UserError(
            "E-STALE",
            say("That link is gone already, or too old to be taken back as a whole."),
            advice=say("Linked accounts can be parted at any time."),
            buttons=(Button(say("My privacy"), "profile privacy"),),
        )
    accounts = await people.identities_of(do.db, do.community.id, do.member_id)
    await links.take_back(do.db, row)
    me = await people.find_member(do.db, do.community.id, do.caller)
    await audit.note(
        do.db,
        do.ids,
        do.community.id,
        at=do.now,
        actor=me["id"] if me is not None else None,
        actor_name=me["name"] if me is not None else do.name,
        action="profile not-me",
        subject=f"link:{link}",
    )
    await _alert(do, link, accounts)
    return Reply(
        sentence(
            say("Undone: your account is by itself again, with everything as before. The moderators are told."),
            Button(say("My privacy"), "profile privacy"),
        )
    )


async def _alert(do: Write, link_id: int, accounts: Sequence[RowMapping]) -> None:
    """Tell the moderators who typed a code that was not theirs."""
    mine = [one for one in accounts if (one["platform"], one["remote"]) == (do.caller.platform, do.caller.user)]
    [me, *others] = [await _person(do, one) for one in (*mine, *(one for one in accounts if one not in mine))]
    text: Text = (me, say(" says that an account was linked to theirs by somebody else: "), *others)
    card = Card(
        say("A linked account was said to be somebody else's."),
        (
            Heading(say("“That wasn't me”")),
            Paragraph(text),
            Note((say("The link is taken back already, with everything as before."),)),
        ),
    )
    for space in await people.spaces_of(do.db, do.community.id):
        if space.moderators_channel:
            to, key = outbox.Address(space, space.moderators_channel), f"not-me:{link_id}:{space.id}"
            await outbox.queue(do.db, do.ids, to, card, key=key, due=do.now, promise=True)


async def _person(do: Write, account: RowMapping) -> Person:
    row = await people.find_member(do.db, do.community.id, people.Caller(_platform(account), "", account["remote"], ""))
    return Person(row["name"] if row is not None else say("somebody"), ((account["platform"], account["remote"]),))


def _platform(account: RowMapping) -> Literal["slack", "discord"]:
    return "slack" if account["platform"] == "slack" else "discord"


async def _linked(do: Write) -> list[RowMapping]:
    accounts = list(await people.identities_of(do.db, do.community.id, do.member_id))
    if len(accounts) < 2:
        raise _not_linked()
    return accounts


def _not_linked() -> UserError:
    return UserError(
        "E-DONE",
        say("Your accounts are not linked."),
        buttons=(Button(say("My privacy"), "profile privacy"),),
    )
