"""Announcing meetups: the card in each space a week before, its mirror among a server's events, asking how it was."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import notices, outbox, people
from bot.cards import Button, Card, Controls, Heading, Paragraph
from bot.meetups import going, store
from bot.meetups.cards import ends, public_card, public_place, view_of
from bot.meetups.rules import LAST_HOUR
from bot.notices import Notice, Worth
from bot.outbox import Address
from bot.words import say

if TYPE_CHECKING:
    from bot.meetups.store import Gathering
    from bot.people import Space
    from bot.place import Place

AHEAD = timedelta(days=7)


async def attend(do: Place, gathering_id: int, *, new: bool = False) -> None:
    """Do what is due about a gathering, and say when to look again. A `new` meetup's first is announced at once."""
    found = await store.read_gathering(do.db, do.community.id, gathering_id, lock=True)
    if found is None:
        return
    if found.cancelled:
        await store.change_gathering(do.db, do.community.id, found.id, due=None)
    elif ends(found) + LAST_HOUR <= do.now:
        await _ask_how(do, found)
        await store.change_gathering(do.db, do.community.id, found.id, due=None)
    elif do.now < found.at - AHEAD and found.announced is None and not new:
        await store.change_gathering(do.db, do.community.id, found.id, due=found.at - AHEAD)
    else:
        if do.now < found.at:
            await _announce(do, found)
        await going.settle(do, found)


async def _announce(do: Place, found: Gathering) -> None:
    """Post the card in each space where it does not stand yet; a space may have been set up meanwhile."""
    card = public_card(await view_of(do.db, do.community.id, found))
    standing = {row["space_id"] for row in await store.postings_of(do.db, do.community.id, found.id)}
    for space in await people.spaces_of(do.db, do.community.id):
        if not space.leads_channel or space.id in standing:
            continue
        to = Address(space, space.leads_channel)
        message_id = await outbox.queue(do.db, do.ids, to, card, key=f"meetup:{found.id}:{space.id}", due=do.now)
        event_id = await _mirror(do, found, space, card) if space.platform == "discord" else None
        await store.add_posting(
            do.db, do.community.id, found.id, space.id, message_id=message_id, event_message_id=event_id
        )
    if found.announced is None:
        await store.change_gathering(do.db, do.community.id, found.id, announced=do.now)


async def mirror_again(do: Place, found: Gathering) -> None:
    """Let the servers' own events follow what was changed, or go where it was cancelled.

    After the cards, so that everybody locks the mailboxes in one order.
    """
    spaces = {space.id: space for space in await people.spaces_of(do.db, do.community.id)}
    card = public_card(await view_of(do.db, do.community.id, found))
    for row in await store.postings_of(do.db, do.community.id, found.id):
        if row["event_message_id"] is not None and (space := spaces.get(row["space_id"])):
            await _mirror(do, found, space, card, row["event_message_id"])


async def _mirror(do: Place, found: Gathering, space: Space, card: Card, earlier: int | None = None) -> int | None:
    """Owe a scheduled event of a server for what is still to come then, or a change of an `earlier` one."""
    if not space.leads_channel:
        return None
    details = {
        "name": found.title,
        "start": found.at.isoformat(),
        "end": ends(found).isoformat(),
        "place": public_place(found),
        "cancelled": found.cancelled is not None,
    }
    return await outbox.queue(
        do.db,
        do.ids,
        Address(space, space.leads_channel),
        card,
        key=f"meetup-event:{found.id}:{space.id}:{found.sequence}",
        due=do.now,
        until=found.at,
        verb="event",
        target=earlier,
        details=details,
        promise=True,
    )


async def _ask_how(do: Place, found: Gathering) -> None:
    """Ask who went, once, whether it was worth their while."""
    if found.asked_how is not None or found.announced is None:
        return
    press = (str(found.id),)
    card = Card(
        say("How was “{title}”?", title=found.title),
        (
            Heading(say("How was “{title}”?", title=found.title)),
            Paragraph((say("One press; the host sees how many, not who."),)),
            Controls(
                (
                    Button(say("Worth it"), "meetup was", (*press, "yes"), "primary"),
                    Button(say("Not for me"), "meetup was", (*press, "no")),
                    Button(say("I wasn't there"), "meetup was", (*press, "absent")),
                )
            ),
        ),
    )
    for one in await store.answers_of(do.db, do.community.id, found.id):
        if one.answer == "going" and one.member_id != found.host_id:
            key = f"meetup-how:{found.id}:{one.member_id}"
            until = do.now + timedelta(days=7)
            told = Notice(member_id=one.member_id, key=key, card=card, due=do.now, until=until, worth=Worth.NEWS)
            await notices.owe(do.db, do.ids, do.community.id, told)
    await store.change_gathering(do.db, do.community.id, found.id, asked_how=do.now)
