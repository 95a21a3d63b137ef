"""The offer that the bot makes on the moderators' own record: to publish by itself what is sure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit, outbox, people
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.leads import store
from bot.leads.approval import approval_of
from bot.leads.place import Place, place_of, tell_moderators
from bot.leads.store import lead
from bot.people import Role, community
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

LOOKED_BACK = 60  # decisions about sure leads
LEAST = 40  # of them, before anything is offered
LEAST_SHARE = 0.95  # of them that were approved
AGAIN = timedelta(days=30)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

commands = Commands()


@dataclass(frozen=True, slots=True)
class Record:
    """What moderators decided about the newest leads of which the judge was sure."""

    decided: int
    approved: int
    cautioned: int  # of those, the ones with a caution or a doubt


def is_earned(record: Record) -> bool:
    """Whether a record is good enough for the offer."""
    return record.decided >= LEAST and record.approved >= LEAST_SHARE * record.decided and not record.cautioned


async def record_of(place: Place) -> Record:
    """The moderators' record: their own decisions, one by one or together, about the newest sure leads."""
    own = (lead.c.community_id == place.community.id, lead.c.decided_by.is_not(None))
    statement = sa.select(lead.c.state, lead.c.verdict).where(*own)
    rows = (await place.db.execute(statement.order_by(lead.c.decided_at.desc(), lead.c.id).limit(500))).mappings()
    sure = [(row["state"], verdict) for row in rows if (verdict := store.verdict_of(row)).sure][:LOOKED_BACK]
    return Record(
        decided=len(sure),
        approved=sum(state != "rejected" for state, _ in sure),  # what was approved may be past its days by now
        cautioned=sum(bool(verdict.cautions) or verdict.held for _, verdict in sure),
    )


async def make(place: Place) -> bool:
    """Make the offer, if it is earned and neither settled by the operator nor asked before; says whether it was."""
    fixed = place.settings.given("leads.approval")
    if fixed or approval_of(place.settings, place.community.approval, None) != "review":
        return False
    own = sa.select(community.c.offer_not_before).where(community.c.id == place.community.id)
    not_before = (await place.db.execute(own)).scalar_one()
    if not_before is not None and place.now < not_before:
        return False
    record = await record_of(place)
    if not is_earned(record):
        return False
    number = str(place.ids.new())
    if not await tell_moderators(place, f"offer:{number}", offer_card(record, number)):
        return False
    await people.change_community(place.db, place.community.id, offer_not_before=place.now + AGAIN)
    return True


def offer_card(record: Record, number: str) -> Card:
    """The offer; `number` tells it from others."""
    text = say(
        "You approved {approved} of my {n} last sure leads. Shall I publish such ones myself?",
        approved=record.approved,
        n=record.decided,
    )
    how = say("What I am not sure of, and what carries a caution, still waits for you.")
    how += " " + say("It can be changed with /mod setup at any time.")
    buttons = (
        Button(say("Yes, from now on"), "offer accept", (number,), "primary"),
        Button(say("No"), "offer decline", (number,)),
        Button(say("Ask again in a month"), "offer later", (number,)),
    )
    return Card(text, (Heading(say("An offer")), Paragraph((text,)), Note((how,)), Controls(buttons)))


# --- the answers -----------------------------------------------------------------------------------------------------


@commands.command("offer accept", role=Role.MODERATOR, typed=False)
async def accept(do: Write, number: str) -> Update:
    """From now on, publish what is sure without asking."""
    await people.lock_communities(do.db, do.community.id)
    current = await people.read_community(do.db, do.community.id)
    if do.settings.given("leads.approval"):
        raise UserError(
            "E-STALE", say("The operator has set the approval meanwhile."), advice=say("It can't be changed in chat.")
        )
    if approval_of(do.settings, current.approval, None) != "review":
        raise UserError("E-DONE", say("Somebody has accepted this already."))
    before, after = {"approval": current.approval}, {"approval": "flagged"}
    undo = await audit.record(do, "offer accept", f"approval:{do.community.id}", before=before, after=after)
    await people.change_community(do.db, do.community.id, approval="flagged")
    text = say("{name} accepted: from now on I publish what I am sure of by myself.", name=do.name)
    return Update(await _settled(do, number, sentence(text, audit.undo_button(undo))))


@commands.command("offer decline", role=Role.MODERATOR, typed=False)
async def decline(do: Write, number: str) -> Update:
    """Never make this offer again."""
    await people.change_community(do.db, do.community.id, offer_not_before=NEVER)
    text = say("{name} declined: everything goes on waiting for you. I won't ask again.", name=do.name)
    return Update(await _settled(do, number, sentence(text)))


@commands.command("offer later", role=Role.MODERATOR, typed=False)
async def later(do: Write, number: str) -> Update:
    """Make this offer again in a month."""
    await people.change_community(do.db, do.community.id, offer_not_before=do.now + AGAIN)
    text = say("{name} said: not now. I ask again in a month, if your record is still like this.", name=do.name)
    return Update(await _settled(do, number, sentence(text)))


async def _settled(do: Write, number: str, card: Card) -> Card:
    """The card in place of every copy of an offer."""
    place = place_of(do)
    for space in await people.spaces_of(do.db, do.community.id):
        message_id = await outbox.find(do.db, do.community.id, f"offer:{number}:{space.id}")
        if message_id is not None:
            await outbox.edit(do.db, do.ids, do.community.id, message_id, card, place.now)
    return card


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo the acceptance: the approval is as it was before, and the offer can be made again in a month."""
    before: dict[str, Any] = row["before"]
    await people.change_community(do.db, do.community.id, approval=before["approval"], offer_not_before=do.now + AGAIN)
    return say("Undone: a moderator looks at each lead again.")
