"""What moderators decide about a flood: look at it in the queue, or let it through. The first press wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import audit, people
from bot.cards import Button, Card, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.leads import copies, floods, store
from bot.leads.cards import ago
from bot.leads.intake import let_through, withdraw
from bot.leads.place import place_of
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from bot.leads.approval import State

commands = Commands()


@commands.command("flood review", role=Role.MODERATOR, typed=False)
async def review(do: Write, flood: int) -> Update:
    """Put what a flood brought into the queue, to look at it one by one."""
    row, held = await _to_decide(do, flood)
    for lead_id in held:
        await store.set_state(do.db, do.community.id, lead_id, "held")
    n = count(len(held), say("item is"), say("items are"))
    text = say("{name} looks at this flood: {n} in the queue now.", name=do.name, n=n)
    return Update(await _settle(do, row, "flood review", dict.fromkeys(held, "held"), text))


@commands.command("flood release", role=Role.MODERATOR, typed=False)
async def release(do: Write, flood: int) -> Update:
    """Let through what a flood brought, as if it had come on a quiet day."""
    row, held = await _to_decide(do, flood)
    place, states = place_of(do), dict[int, "State"]()
    for lead_id in held:
        lead = await store.read_lead(do.db, do.community.id, lead_id)
        if lead is not None:
            states[lead_id] = await let_through(place, lead)
    waiting = sum(state == "held" for state in states.values())
    n = count(len(held), say("item"), say("items"))
    text = say("Let through by {name}: {n}. {waiting} of them in the queue.", name=do.name, n=n, waiting=waiting)
    return Update(await _settle(do, row, "flood release", states, text))


async def _to_decide(do: Write, flood_id: int) -> tuple[RowMapping, list[int]]:
    """An open flood with what it holds, locked; else `UserError` that says who was faster."""
    await people.lock_communities(do.db, do.community.id)
    row = await floods.read(do.db, do.community.id, flood_id)
    buttons = (Button(say("Show the queue"), "feeds queue"),)
    if row is None:
        raise UserError("E-STALE", say("This flood is gone."), buttons=buttons)
    if row["decision"]:
        passed = ago(do.now - row["decided_at"])
        raise UserError(
            "E-DONE", say("{name} already decided {ago}.", name=row["decided_by"], ago=passed), buttons=buttons
        )
    held = list(await floods.held_ids(do.db, do.community.id, row["feed_id"]))
    if not held:
        raise UserError("E-STALE", say("What this flood brought is past its days by now."), buttons=buttons)
    return row, held


async def _settle(do: Write, row: RowMapping, action: str, states: dict[int, State], text: str) -> Card:
    """Write down a decision and show it on every notice; returns the card that says it."""
    leads = {str(lead_id): state for lead_id, state in states.items()}
    undo = await audit.record(do, action, f"flood:{row['id']}", before={"state": "flood"}, after={"leads": leads})
    decision: floods.Decision = "review" if action == "flood review" else "release"
    await floods.decide(do.db, row, decision, do.name, do.now)
    card = sentence(text, Button(say("Show the queue"), "feeds queue", (str(row["feed_id"]),)), audit.undo_button(undo))
    await floods.show(place_of(do), row["messages"], card)
    await copies.moved(place_of(do), states)
    return card


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo a decision: what nobody has decided on since is held again, and taken back from where it was posted."""
    await people.lock_communities(do.db, do.community.id)
    flood = await floods.read(do.db, do.community.id, int(row["subject"].removeprefix("flood:")))
    if flood is None:
        raise UserError("E-STALE", say("That can't be undone any more."))
    back = 0
    for lead_id, state in sorted(row["after"]["leads"].items()):
        lead = await store.read_lead(do.db, do.community.id, int(lead_id))
        if lead is None or lead.state != state or lead.decided_by is not None or state == "old":
            continue
        await withdraw(place_of(do), lead, say("A moderator took this lead back."))
        await store.set_state(do.db, do.community.id, lead.id, "flood")
        back += 1
    await copies.moved(place_of(do), map(int, row["after"]["leads"]))
    await floods.decide(do.db, flood, "", None, None)
    return say("Undone: {n} held again.", n=count(back, say("item is"), say("items are")))
