"""Blocking a member: silent, mutual, at once, on every account of both, because it is between members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bot import people
from bot.cards import Button, Card, Controls, Paragraph, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.members import acquaintances, contacts, introductions, notes, store
from bot.words import say

if TYPE_CHECKING:
    from bot.place import Place

commands = Commands()


async def keep_apart(place: Place, member_id: int, other_id: int) -> None:
    """Let two members never meet again; what is between them ends without a word."""
    await store.set_block(place.db, place.community.id, member_id, other_id, place.now)
    await end_all_between(place, member_id, other_id)


async def end_all_between(place: Place, member_id: int, other_id: int) -> None:
    """End what is between two members: acquaintance, shared contacts, open questions, notes on their way."""
    await acquaintances.end(place.db, place.community.id, member_id, other_id, place.now)
    await contacts.stop(place.db, place.community.id, member_id, other_id)
    await introductions.withdraw_between(place, member_id, other_id)
    await notes.withhold_between(place, member_id, other_id)


@commands.command("profile block", typed=False)
async def block(do: Write, member: int, sure: Literal["no", "yes"] = "no") -> Update:
    """Never be shown, matched or introduced to a member again."""
    name = await people.member_name(do.db, do.community.id, member)
    if name is None or member == do.member_id:
        raise UserError("E-STALE", say("There is nobody to block here."))
    if sure == "yes":
        await keep_apart(do, do.member_id, member)
        return Update(
            sentence(say("Done. You and {name} don't meet here any more; they don't learn of it.", name=name))
        )
    what = say(
        "From now on neither of you is shown, matched or introduced to the other, on any platform. What you shared "
        "with each other is withdrawn. {name} is not told.",
        name=name,
    )
    yes = Button(say("Block {name}", name=name[:40]), "profile block", (str(member), "yes"), "danger")
    return Update(Card(say("Do you want to block {name}?", name=name), (Paragraph((what,)), Controls((yes,)))))
