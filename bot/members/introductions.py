"""Introducing members to each other, once everybody concerned has said yes; and asking for it from a profile.

Who asks says yes by that; the other is asked privately. Only a second yes reveals anything beyond what a profile shows,
and nobody ever learns of a no: who asks is told the same whatever becomes of it.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from bot import notices, people, when
from bot.cards import Block, Button, Card, Controls, Heading, Note, Paragraph, sentence
from bot.commands import Commands, Reply, Update, Write
from bot.db import Key, UtcDateTime, metadata
from bot.errors import UserError
from bot.members import meeting, store
from bot.members.acquaintances import acquaint, acquaintance, are_acquainted, pair
from bot.notices import Notice, Worth
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Read
    from bot.place import Place

A_DAY = 3
"""Introductions that a member may ask for in 24 hours."""
ASKED_FOR = timedelta(days=30)
"""How long a question stands; as long, asking the same person again changes nothing."""

request = sa.Table(
    "introduction_request",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("asker_id", Key, nullable=False),
    sa.Column("asked_id", Key, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # open | accepted | declined: shown to nobody
    sa.ForeignKeyConstraint(["community_id", "asker_id"], ["member.community_id", "member.id"]),
    sa.ForeignKeyConstraint(["community_id", "asked_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_introduction_request_asker", "community_id", "asker_id", "at"),
    sa.Index("ix_introduction_request_asked", "community_id", "asked_id"),
)

commands = Commands()


# --- asking ----------------------------------------------------------------------------------------------------------


@commands.command("introduction ask", typed=False)
async def ask(do: Write, member: int) -> Reply:
    """Ask to be introduced to a member; they are asked privately."""
    if await _standing(do, do.member_id, member):  # first of all: whatever became of it, this is what they hear
        return Reply(_asked(await people.member_name(do.db, do.community.id, member) or say("this member")))
    name = await _visible(do, member)
    if await are_acquainted(do.db, do.community.id, do.member_id, member):
        known = say("You and {name} have been introduced already.", name=name)
        return Reply(sentence(known, Button(say("Show"), "contact show", (str(member),))))
    if theirs := await _open(do, asker_id=member, asked_id=do.member_id):
        return Reply(await _accept(do, theirs))
    await require_seasoned(do)
    if member not in await store.reachable(do.db, do.community.id, do.now):
        raise UserError("E-AWAY", say("{name} can't be asked for introductions at the moment.", name=name))
    await _require_allowance(do)
    request_id = do.ids.new()
    row = {"community_id": do.community.id, "id": request_id, "at": do.now, "state": "open"}
    await do.db.execute(sa.insert(request).values(**row, asker_id=do.member_id, asked_id=member))
    asked = Notice(
        member_id=member,
        key=_key(request_id),
        card=await _question(do, request_id),
        due=do.now,
        until=do.now + ASKED_FOR,
        worth=Worth.PERSON,
    )
    await notices.owe(do.db, do.ids, do.community.id, asked)
    return Reply(_asked(name))


async def _visible(do: Write, member: int) -> str:
    """The name of a member whose page the asker may see. Raises `UserError` for all others alike (E-STALE)."""
    name = await people.member_name(do.db, do.community.id, member)
    page = await store.profile_of(do.db, do.community.id, member)
    hidden = member == do.member_id or not page.listed
    if name is None or hidden or member in await store.kept_apart(do.db, do.community.id, do.member_id):
        raise UserError("E-STALE", say("That page is not shown to you."), advice=say("Nothing was asked."))
    if not page.crosses:
        theirs = await people.accounts_of(do.db, do.community.id, member)
        if do.caller.platform not in {account.space.platform for account in theirs}:
            raise UserError("E-STALE", say("That page is not shown to you."), advice=say("Nothing was asked."))
    return name


async def require_seasoned(ask: Read) -> None:
    """Raise `UserError` (E-NEWMEMBER) while a member is too new to ask others for something; they may look around.

    Who joins in a community's own first days is not new: nobody there is less so.
    """
    from_when = await seasoned_at(ask, ask.member_id)
    if from_when > ask.now:
        day = from_when.astimezone(_zone(ask))
        raise UserError(
            "E-NEWMEMBER",
            say("You are new here. You can look around at once, and ask to meet people from {day} on.", day=_day(day)),
            advice=say("This keeps people who come only to collect contacts away."),
        )


async def seasoned_at(ask: Read, member_id: int) -> datetime:
    """From when on a member may ask others for something, by `safety.new_member_days`."""
    days = timedelta(days=ask.settings.safety.new_member_days)
    own = (people.member.c.community_id == ask.community.id, people.member.c.id == member_id)
    joined: datetime = (await ask.db.execute(sa.select(people.member.c.joined).where(*own))).scalar_one()
    which = sa.select(people.community.c.founded).where(people.community.c.id == ask.community.id)
    founded: datetime = (await ask.db.execute(which)).scalar_one()
    return joined if joined < founded + days else joined + days


async def _require_allowance(do: Write) -> None:
    """Raise `UserError` (E-RATE) for who has asked for as many introductions as one may. Locks the asker."""
    me = (people.member.c.community_id == do.community.id, people.member.c.id == do.member_id)
    await do.db.execute(sa.select(people.member.c.id).where(*me).with_for_update())  # of two presses, one waits
    own = (request.c.community_id == do.community.id, request.c.asker_id == do.member_id)
    fresh = sa.select(request.c.at).where(*own, request.c.at > do.now - timedelta(days=1)).order_by(request.c.at)
    times = (await do.db.execute(fresh)).scalars().all()
    if len(times) >= A_DAY:
        following = (times[-A_DAY] + timedelta(days=1)).astimezone(_zone(do))
        n = count(len(times), say("introduction"), say("introductions"))
        raise UserError(
            "E-RATE",
            say("You asked for {n} within a day; the limit keeps this fair.", n=n),
            advice=say("Next one: {day}, {time}.", day=_day(following), time=f"{following:%H:%M}"),
        )


async def _standing(do: Write, asker_id: int, asked_id: int) -> bool:
    """Whether this was asked lately and nobody said yes to it."""
    own = (request.c.community_id == do.community.id, request.c.at > do.now - ASKED_FOR, request.c.state != "accepted")
    both = (request.c.asker_id == asker_id, request.c.asked_id == asked_id)
    return (await do.db.execute(sa.select(request.c.id).where(*own, *both))).first() is not None


async def _open(do: Write, **whose: int) -> RowMapping | None:
    """A question that stands and was not answered, locked, by the columns given."""
    own = (request.c.community_id == do.community.id, request.c.at > do.now - ASKED_FOR, request.c.state == "open")
    these = (request.c[column] == value for column, value in whose.items())
    statement = sa.select(request).where(*own, *these).order_by(request.c.id).limit(1).with_for_update()
    return (await do.db.execute(statement)).mappings().first()


def _asked(name: str) -> Card:
    text = say("Noted. If {name} says yes, I introduce you at once; if not, you won't hear of it.", name=name)
    return sentence(text).with_blocks(Note((say("They see who asks and what your profile shows them."),)))


def _key(request_id: int) -> str:
    return f"introduction:{request_id}"


async def _question(do: Write, request_id: int) -> Card:
    """What the other is asked: by whom, and what that member's profile says."""
    taxonomy = load_taxonomy()
    page = await store.profile_of(do.db, do.community.id, do.member_id)
    offers = await store.skills_of(do.db, do.community.id, do.member_id, "offer")
    about: list[Block] = [Paragraph((page.headline,))] if page.headline else []
    if offers:
        known = ", ".join(taxonomy.name(one.skill) for one in offers[:8])
        about.append(Paragraph((say("Can help with {skills}.", skills=known),)))
    answers = (
        Button(say("Yes"), "introduction answer", (str(request_id), "yes"), "primary"),
        Button(say("Not now"), "introduction answer", (str(request_id), "no")),
        Button(say("Never for this person"), "introduction answer", (str(request_id), "never")),
    )
    return Card(
        say("{name} would like to be introduced to you.", name=do.name),
        (
            Heading(say("{name} would like to meet you", name=do.name)),
            *about,
            Controls(answers),
            Note((say("Only a yes tells {name} anything. Without an answer nothing happens.", name=do.name),)),
        ),
    )


# --- answering -------------------------------------------------------------------------------------------------------


@commands.command("introduction answer", typed=False)
async def answer(do: Write, request: int, answer: Literal["yes", "no", "never"]) -> Update:
    """Say whether you want to be introduced to who asked."""
    row = await _open(do, id=request, asked_id=do.member_id)
    if row is None:
        raise UserError("E-STALE", say("This question is over: it was answered or is too old."))
    if answer == "yes":
        return Update(await _accept(do, row))
    if answer == "never":
        await store.set_block(do.db, do.community.id, do.member_id, row["asker_id"], do.now)
    card = (
        sentence(say("Done. You won't meet here, and they don't learn of it."))
        if answer == "never"
        else sentence(say("Fine. They don't learn of it."))
    )
    await _settle(do, row["id"], "declined", card)
    return Update(card)


async def _accept(do: Write, row: RowMapping) -> Card:
    """The second yes: introduce the two."""
    asker = row["asker_id"]
    apart = asker in await store.kept_apart(do.db, do.community.id, do.member_id)
    if apart or asker not in await store.reachable(do.db, do.community.id, do.now):
        raise UserError("E-AWAY", say("This introduction isn't possible at the moment."))
    name = await people.member_name(do.db, do.community.id, asker) or say("somebody")
    card = sentence(say("Good. I introduce you and {name} to each other.", name=name))
    await _settle(do, row["id"], "accepted", card)
    await introduce(do, (asker, do.member_id), why=say("{name} asked for this introduction.", name=name))
    return card


async def _settle(do: Write, request_id: int, state: Literal["accepted", "declined"], card: Card) -> None:
    own = (request.c.community_id == do.community.id, request.c.id == request_id)
    await do.db.execute(sa.update(request).where(*own).values(state=state))
    await notices.close(do.db, do.ids, do.community.id, _key(request_id), do.now, card=card)


async def withdraw_between(place: Place, member_id: int, other_id: int) -> None:
    """End the questions that stand between two members: their messages vanish from both pages, without a word."""
    own = (request.c.community_id == place.community.id, request.c.state == "open")
    both = sa.or_(
        sa.and_(request.c.asker_id == member_id, request.c.asked_id == other_id),
        sa.and_(request.c.asker_id == other_id, request.c.asked_id == member_id),
    )
    statement = sa.update(request).where(*own, both).values(state="declined").returning(request.c.id)
    for request_id in (await place.db.execute(statement)).scalars().all():
        over = sentence(say("This question is over."))
        await notices.close(place.db, place.ids, place.community.id, _key(request_id), place.now, card=over)


async def tidy(db: AsyncConnection, now: datetime) -> int:
    """Delete questions that stand no longer; returns how many."""
    return (await db.execute(sa.delete(request).where(request.c.at <= now - ASKED_FOR))).rowcount


# --- introducing -----------------------------------------------------------------------------------------------------


async def introduce(place: Place, members: Sequence[int], *, why: str, blocks: Sequence[Block] = ()) -> None:
    """Introduce members who have all said yes, and note that they know each other.

    `why` is a sentence for all of them; `blocks` stand below it, with whatever buttons the reason has. Where all have
    an account on one platform, a conversation among them is opened there; else, and where it can't be opened, each is
    told about each of the others.
    """
    if len(set(members)) != len(members) or len(members) < 2:
        raise ValueError(f"an introduction is of two different members or more, not {members}")
    for one, other in combinations(members, 2):
        await acquaint(place.db, place.community.id, one, other, why=why, now=place.now)
    message_id = await meeting.open_conversation(place, members, why, blocks)
    for one, other in combinations(members, 2):
        if message_id is None:
            await meeting.tell_each_other(place, one, other, why, blocks)
        else:
            both = pair(place.community.id, one, other)
            await place.db.execute(sa.update(acquaintance).where(*both).values(message_id=message_id))


def _zone(ask: Read) -> ZoneInfo:
    return when.zone(ask.zone)


def _day(day: datetime) -> str:
    return f"{day:%a} {day.day} {day:%b}"
