"""How members meet who were introduced: in a conversation of their own, or each told about the other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import cards, notices, outbox, people, when, whereabouts
from bot.availability import STEP, mask
from bot.cards import Block, Button, Card, Controls, Fact, Facts, Heading, Note, Paragraph, Person
from bot.members import contacts, store
from bot.members.acquaintances import acquaintance
from bot.notices import Notice, Worth
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Span, Text
    from bot.people import Account
    from bot.place import Place

SHOWN = timedelta(days=14)
"""How long a card about somebody stays on the page of who was introduced to them."""

# --- together --------------------------------------------------------------------------------------------------------


async def open_conversation(place: Place, members: Sequence[int], why: str, blocks: Sequence[Block]) -> int | None:
    """Owe a private conversation of these members and return its message's id; None where they share no platform.

    On Slack it is a direct message of several people, on Discord a private thread below the leads channel.
    """
    accounts = [await people.accounts_of(place.db, place.community.id, member) for member in members]
    shared = _on_one_platform(accounts)
    if shared is None:
        return None
    space, remotes = shared[0].space, [account.remote for account in shared]
    address = ",".join(remotes) if space.platform == "slack" else space.leads_channel
    if not address:
        return None
    names = [await people.member_name(place.db, place.community.id, member) or "?" for member in members]
    mentions = [Person(name, ((space.platform, remote),)) for name, remote in zip(names, remotes, strict=True)]
    others = _joined(mentions[1:])
    meet = Paragraph((mentions[0], say(", meet "), *others, "."))
    title = say("{first}, meet {others}", first=names[0], others=cards.plain(others))
    who_reads = (
        say("Moderators who may manage threads can read this one.")
        if space.platform == "discord"
        else say("Only you are in here; moderators can't read it.")
    )
    card = Card(f"{title}.", (Heading(title), meet, Paragraph((why,)), *blocks, Note((who_reads,))))
    return await outbox.queue(
        place.db,
        place.ids,
        outbox.Address(space, address),
        card,
        key=f"introduction:{place.ids.new()}",
        due=place.now,
        promise=True,
        verb="thread",
        details={"members": remotes, "name": title},
    )


def _on_one_platform(accounts: Sequence[Sequence[Account]]) -> list[Account] | None:
    """An account of each in one space, on the platform that the first prefers of those they share."""
    for account in accounts[0]:
        same = [next((a for a in theirs if a.space.id == account.space.id), None) for theirs in accounts]
        found = [one for one in same if one is not None]
        if len(found) == len(accounts):
            return found
    return None


def _joined(mentions: Sequence[Person]) -> Text:
    """Names with commas between them, "and" before the last."""
    first, *more = mentions
    spans: list[Span] = [first]
    for mention in more:
        spans += [say(" and ") if mention is more[-1] else ", ", mention]
    return tuple(spans)


async def note_fate(place: Place, message_id: int, *, stands: bool) -> None:
    """What became of a conversation: where it does not stand, those whom it was to bring together are told apart."""
    own = (acquaintance.c.community_id == place.community.id, acquaintance.c.message_id == message_id)
    changed = sa.update(acquaintance).where(*own).values(message_id=None).returning(*acquaintance.c)
    pairs = (await place.db.execute(changed)).mappings().all()
    this = (outbox.message.c.community_id == place.community.id, outbox.message.c.id == message_id)
    card = cards.load((await place.db.execute(sa.select(outbox.message.c.card).where(*this))).scalar_one())
    await outbox.blank(place.db, place.community.id, message_id, cards.sentence(say("An introduction.")))
    if stands:
        return
    blocks = card.blocks[3:-1]  # without the heading, the greeting, the reason, and who can read there
    for row in pairs:
        if row["ended"] is None:
            await tell_each_other(place, row["first_id"], row["second_id"], row["why"], blocks)


# --- one by one ------------------------------------------------------------------------------------------------------


async def tell_each_other(place: Place, one: int, other: int, why: str, blocks: Sequence[Block] = ()) -> None:
    """Owe each of two members a card about the other: who they are, the hours they share, what they let be seen."""
    for me, them in ((one, other), (other, one)):
        told = Notice(
            member_id=me,
            key=f"{_key(me, them)}{place.ids.new()}",
            card=await _about(place, me, them, why, blocks),
            due=place.now,
            until=place.now + SHOWN,
            asked=True,  # they said yes
            worth=Worth.PERSON,
        )
        await notices.owe(place.db, place.ids, place.community.id, told)


async def put_away(db: AsyncConnection, community_id: int, one: int, other: int) -> None:
    """Take the cards that told two members about each other off their pages, once there is more to tell.

    Where they stand as messages they stay; what the two share is on [Show …] as before.
    """
    for me, them in ((one, other), (other, one)):
        await notices.put_away(db, community_id, me, _key(me, them))


def _key(me: int, them: int) -> str:
    """How the key of a card about somebody begins."""
    return f"acquaintance:{me}:{them}:"


async def _about(place: Place, me: int, them: int, why: str, blocks: Sequence[Block]) -> Card:
    name = await people.member_name(place.db, place.community.id, them) or say("somebody")
    facts = await contacts.facts_about(place.db, place.community.id, me, them)
    if hours := await shared_hours(place.db, place.community.id, me, them, place.now):
        facts = (*facts, Fact(say("Hours you share"), (say("{n} a week", n=hours),)))
    controls = Controls(
        (
            Button(say("What I share"), "contact choose", (str(them),), "primary"),
            Button(say("Show {name}", name=name[:40]), "contact show", (str(them),)),
        )
    )
    note = say("You both said yes. Neither sees more of the other than they choose to share.")
    return Card(
        say("Meet {name}: you both said yes.", name=name),
        (Heading(say("Meet {name}", name=name)), Facts(facts), Paragraph((why,)), *blocks, controls, Note((note,))),
    )


async def shared_hours(db: AsyncConnection, community_id: int, one: int, other: int, now: datetime) -> str:
    """How much time two members have at the same moments of this week, in words; "" where either did not say."""
    pages = await store.profiles_of(db, community_id, (one, other))
    community = await people.read_community(db, community_id)
    monday = now.date() - now.weekday() * when.DAY
    week = -1
    for member_id, page in pages.items():
        if page.windows is None:
            return ""
        zone = await whereabouts.zone_at(db, community_id, member_id, now) or community.zone
        week &= mask(page.windows, when.zone(zone), monday)
    minutes = week.bit_count() * int(STEP.total_seconds()) // 60
    return count(minutes // 60, say("hour"), say("hours"))
