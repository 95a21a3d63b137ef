"""What moderators do with the day's batch card: publish what is ticked, change the ticks, reject the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import audit, people
from bot.cards import Button, Option, sentence
from bot.commands import Commands, OpenForm, Read, Update, Write
from bot.errors import UserError
from bot.forms import ChecksField, Form, Page
from bot.leads import copies, docket, expiry, offer, store
from bot.leads.approval import Reason, goes_out_alone
from bot.leads.cards import ago, shorten
from bot.leads.intake import post, withdraw
from bot.leads.pay import pay_words
from bot.leads.place import Place, place_of
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

    from bot.cards import Card
    from bot.leads.approval import State

CHECKS = 10  # in one field of a form
FIELDS = docket.MOST_LISTED // CHECKS

commands = Commands()


async def begin(place: Place) -> bool:
    """Owe the moderators their morning: the batch card, if anything waits, and perhaps the offer."""
    await people.lock_communities(place.db, place.community.id)
    await expiry.run_out(place)
    shown = await docket.open_today(place)
    await offer.make(place)
    return shown


@commands.command("docket publish", role=Role.MODERATOR, typed=False)
async def publish(do: Write, docket_id: int) -> Update:
    """Approve the leads that are ticked, because they are sure."""
    row, listed = await _to_decide(do, docket_id)
    await _settle(do, row, [one.id for one in listed.ticked])
    return Update(await _card(do, docket_id))


@commands.command("docket ticks", role=Role.MODERATOR, typed=False)
async def change_ticks(ask: Read, docket_id: int) -> OpenForm:
    """Ask which leads of the batch card to approve."""
    row, listed = await _open(ask, docket_id)
    del row
    fields = []
    for number in range(FIELDS):
        part = listed.waiting[number * CHECKS : (number + 1) * CHECKS]
        if part:
            ticked = ",".join(str(one.id) for one in part if one in listed.ticked)
            label = say("Approve these") if number == 0 else say("And of these")
            options = tuple(_option(one) for one in part)
            fields.append(ChecksField(f"part{number + 1}", label, options, value=ticked))
    page = Page(say("What is ticked is approved"), tuple(fields))
    form = Form(say("Today's leads"), "docket approve", (page,), (str(docket_id),), submit_label=say("Publish ticked"))
    return OpenForm(form)


def _option(one: store.Lead) -> Option:
    cautions = say("check first: {cautions}", cautions="; ".join(one.verdict.cautions)) if one.verdict.cautions else ""
    return Option(shorten(one.title, 75), str(one.id), shorten(cautions or pay_words(one.verdict.pay), 75))


@commands.command("docket approve", role=Role.MODERATOR, typed=False)
async def approve(do: Write, docket_id: int, part1: str = "", part2: str = "") -> Update:
    """Approve the leads of the batch card that somebody has ticked."""
    row, listed = await _to_decide(do, docket_id)
    chosen = {*part1.split(","), *part2.split(",")}
    wanted = [one.id for one in listed.waiting if str(one.id) in chosen]
    if not wanted:
        raise UserError(
            "E-OPTION",
            say("Nothing was ticked, so nothing has changed."),
            buttons=(Button(say("Change ticks"), "docket ticks", (str(docket_id),), "primary"),),
        )
    await _settle(do, row, wanted)
    return Update(await _card(do, docket_id))


@commands.command("docket reject-rest", role=Role.MODERATOR, typed=False)
async def reject_rest(do: Write, docket_id: int) -> Update:
    """Reject the leads of the batch card that were not ticked."""
    await people.lock_communities(do.db, do.community.id)
    row = await docket.read(do.db, do.community.id, docket_id)
    waiting = (await docket.listed(do.db, row)).waiting if row is not None else []
    if not waiting:
        raise UserError("E-DONE", say("None of these waits any more."), buttons=_queue_button())
    await _move(do, "docket reject-rest", docket_id, [one.id for one in waiting], "rejected", "other")
    return Update(await _card(do, docket_id))


async def _open(ask: Read, docket_id: int) -> tuple[RowMapping, docket.Listed]:
    """An open docket with its leads; else `UserError` that says who was faster."""
    row = await docket.read(ask.db, ask.community.id, docket_id)
    if row is None:
        raise UserError("E-STALE", say("This card is gone."), buttons=_queue_button())
    if row["decided_at"] is not None:
        if row["decided_by"] is None:
            raise UserError("E-STALE", say("There is a newer card than this one."), buttons=_queue_button())
        passed = ago(ask.now - row["decided_at"])
        raise UserError(
            "E-DONE",
            say("{name} already published {ago}.", name=row["decided_by"], ago=passed),
            buttons=_queue_button(),
        )
    listed = await docket.listed(ask.db, row)
    if not listed.waiting:
        raise UserError("E-DONE", say("None of these waits any more."), buttons=_queue_button())
    return row, listed


async def _to_decide(do: Write, docket_id: int) -> tuple[RowMapping, docket.Listed]:
    """As `_open`, locked."""
    await people.lock_communities(do.db, do.community.id)
    row, listed = await _open(do, docket_id)
    return row, listed


def _queue_button() -> tuple[Button, ...]:
    return (Button(say("Show the queue"), "feeds queue"),)


async def _settle(do: Write, row: RowMapping, lead_ids: Sequence[int]) -> None:
    """Approve leads of a docket, which is decided by that."""
    await docket.settle(do.db, row, do.name, do.now)
    await _move(do, "docket publish", row["id"], lead_ids, "approved", None)


async def _move(
    do: Write, action: str, docket_id: int, lead_ids: Sequence[int], state: State, reason: Reason | None
) -> None:
    """Decide on leads of a docket together, as one audited action."""
    place, after = place_of(do), {"leads": [str(lead_id) for lead_id in lead_ids], "state": state}
    await audit.record(do, action, f"docket:{docket_id}", before={"state": "held"}, after=after)
    for lead_id in lead_ids:
        await store.set_state(
            do.db, do.community.id, lead_id, state, decided_by=do.name, decided_at=do.now, reason=reason
        )
        found = await store.read_lead(do.db, do.community.id, lead_id)
        if found is not None and state == "approved" and goes_out_alone(found.destination, found.kind):
            await post(place, lead_id)
    await copies.moved(place, lead_ids)


async def _card(do: Write, docket_id: int) -> Card:
    row = await docket.read(do.db, do.community.id, docket_id)
    return await docket.card_of(place_of(do), row) if row is not None else sentence(say("This card is gone."))


async def take_back(do: Write, row: RowMapping) -> Card:
    """Undo a decision on a batch card: its leads wait again, and the card is open if no newer one has come."""
    await people.lock_communities(do.db, do.community.id)
    place, docket_id = place_of(do), int(row["subject"].removeprefix("docket:"))
    back: list[int] = []
    for lead_id in map(int, row["after"]["leads"]):
        lead = await store.read_lead(do.db, do.community.id, lead_id)
        if lead is None or lead.state != row["after"]["state"] or lead.decided_at != row["at"]:
            continue  # somebody has decided on it anew
        await withdraw(place, lead, say("A moderator took this lead back."))
        await store.set_state(do.db, do.community.id, lead_id, "held")
        back.append(lead_id)
    own = await docket.read(do.db, do.community.id, docket_id)
    newest = await docket.latest(do.db, do.community.id)
    if own is not None and newest is not None and newest["id"] == docket_id and row["action"] == "docket publish":
        await docket.settle(do.db, own, None, None)
    await copies.moved(place, back)
    text = say("Undone: {n}.", n=count(len(back), say("lead waits again"), say("leads wait again")))
    return sentence(text, Button(say("Next"), "feeds queue", (), "primary"))
