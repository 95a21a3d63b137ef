"""The moderators' queue: approve, reject, skip; one lead at a time, the first press wins, each can be undone."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Literal

from bot import audit
from bot.cards import Button, Card, Control, Controls, LinkButton, Note, Option, Paragraph, bold, sentence
from bot.commands import Commands, Read, Reply, Update, Write
from bot.errors import UserError
from bot.leads import shares, store, subscriptions
from bot.leads.cards import ago, body_of, shorten, waiting_words
from bot.leads.intake import goes_out_alone, post, withdraw
from bot.leads.place import place_of
from bot.options import Noun
from bot.people import Role
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

HELD = store.Wanted(states=("held",))

commands = Commands()


async def _feeds_like(ask: Read, words: str) -> Sequence[Option]:
    feeds = await subscriptions.feeds_in(ask.db, ask.community.id)
    found = [feed for feed in feeds if words.lower() in feed["title"].lower() or words == str(feed["id"])]
    return [Option(shorten(feed["title"], 75), str(feed["id"])) for feed in found[:25]]


Feed = Annotated[int, Noun("feed", _feeds_like), "Only leads of this feed"]


# --- the card --------------------------------------------------------------------------------------------------------


async def next_card(ask: Read, after: int = 0, feed: int | None = None) -> Card:
    """The lead whose turn it is: the surest that waits, or the one `after` another."""
    waiting = await store.waiting_ids(ask.db, ask.community.id, dataclasses.replace(HELD, feed_id=feed))
    at = waiting.index(after) + 1 if after in waiting else 0
    lead = await store.read_lead(ask.db, ask.community.id, waiting[at % len(waiting)]) if waiting else None
    if lead is None:
        return sentence(say("Nothing is waiting. New leads come here as the feeds bring them."))
    press = (str(lead.id), str(lead.version))
    title = shorten(lead.title, 50)
    controls: list[Control] = [
        Button(say("Approve"), "lead approve", press, "primary", say("Approve: {title}", title=title)),
        Button(say("Reject"), "lead reject", press, "danger", say("Reject: {title}", title=title)),
        Button(say("Skip"), "lead skip", (press[0], str(feed or "")), spoken=say("Skip: {title}", title=title)),
    ]
    if lead.link:
        controls.append(LinkButton(say("Open post"), lead.link, say("Open post: {title}", title=title)))
    why = "; ".join(lead.verdict.reasons)
    return Card(
        say("Lead to approve: {title}. {n}.", title=shorten(lead.title, 120), n=waiting_words(len(waiting))),
        (
            Note((say("Lead to approve · {n} · from {feed}", n=waiting_words(len(waiting)), feed=lead.feed_title),)),
            *body_of(lead),
            Paragraph((bold(say("Why: ")), why or say("no strong sign either way"))),
            Note((_destination(lead, ask.settings.leads.posts_per_day),)),
            Controls(tuple(controls)),
        ),
    )


def _destination(lead: store.Lead, posts_per_day: int) -> str:
    if not goes_out_alone(lead.destination, lead.kind):
        return say("Approved, it goes into the next digest.")
    return say(
        "Approved, it is posted at once; if the channel has had its {n} of today, it goes into the next digest.",
        n=posts_per_day,
    )


@commands.command("feeds queue", role=Role.MODERATOR)
async def show_queue(ask: Read, feed: Feed | None = None) -> Reply:
    """Go through the leads that wait for a moderator, one at a time."""
    return Reply(await next_card(ask, feed=feed))


@commands.command("lead skip", role=Role.MODERATOR, typed=False)
async def skip(ask: Read, lead: int, feed: Feed | None = None) -> Update:
    """Show the next lead that waits."""
    return Update(await next_card(ask, after=lead, feed=feed))


# --- deciding --------------------------------------------------------------------------------------------------------


@commands.command("lead approve", role=Role.MODERATOR, typed=False)
async def approve(do: Write, lead: int, version: int) -> Update:
    """Approve a lead that waits."""
    found = await _to_decide(do, lead, version)
    undo = await _decide(do, found, "approved")
    if goes_out_alone(found.destination, found.kind):
        await post(place_of(do), lead)
    return Update(await _decided_card(do, found, say("Approved by {name}", name=do.name), undo))


@commands.command("lead reject", role=Role.MODERATOR, typed=False)
async def reject(do: Write, lead: int, version: int) -> Update:
    """Reject a lead that waits."""
    found = await _to_decide(do, lead, version)
    undo = await _decide(do, found, "rejected")
    return Update(await _decided_card(do, found, say("Rejected by {name}", name=do.name), undo))


async def _to_decide(do: Write, lead_id: int, version: int) -> store.Lead:
    """The lead, locked, if it still waits; else `UserError` (E-DONE) that says who was faster."""
    lead = await store.read_lead(do.db, do.community.id, lead_id, lock=True)
    if lead is None:
        raise UserError("E-STALE", say("This lead is gone."), buttons=(_next_button(),))
    if lead.state == "held" and version == lead.version:
        return lead
    if lead.state == "held":
        raise UserError(
            "E-STALE",
            say("This card is out of date: the lead was decided on, and then put back into the queue."),
            buttons=(_next_button(),),
        )
    if lead.decided_by and lead.decided_at:
        done = {"approved": say("approved"), "rejected": say("rejected")}.get(lead.state, say("decided on"))
        happened = say(
            "{name} already {done} this {ago}.", name=lead.decided_by, done=done, ago=ago(do.now - lead.decided_at)
        )
    else:
        happened = say("This lead doesn't wait any more.")
    raise UserError("E-DONE", happened, buttons=(_next_button(),))


async def _decide(do: Write, lead: store.Lead, state: Literal["approved", "rejected"]) -> int:
    action = {"approved": "lead approve", "rejected": "lead reject"}[state]
    after = {"state": state, "title": shorten(lead.title, 200)}
    row_id = await audit.record(do, action, f"lead:{lead.id}", before={"state": lead.state}, after=after)
    await store.set_state(do.db, do.community.id, lead.id, state, decided_by=do.name, decided_at=do.now)
    await shares.tell_sharer(do, lead, state)
    return row_id


def _next_button() -> Button:
    return Button(say("Next"), "lead skip", ("0", ""), "primary")


async def _decided_card(do: Write, lead: store.Lead, done: str, undo: int) -> Card:
    left = await store.count_leads(do.db, do.community.id, HELD)
    controls = (audit.undo_button(undo), _next_button()) if left else (audit.undo_button(undo),)
    return Card(
        say("{done}: {title}.", done=done, title=shorten(lead.title, 120)),
        (
            Paragraph((bold(done), f" · {shorten(lead.title, 200)}")),
            Note((say("{n}. Undo is possible for a day.", n=waiting_words(left)),)),
            Controls(controls),
        ),
    )


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo an approval or a rejection: the lead waits again; where it was posted it is struck through."""
    lead_id = int(row["subject"].removeprefix("lead:"))
    lead = await store.read_lead(do.db, do.community.id, lead_id, lock=True)
    if lead is None or lead.state != row["after"]["state"]:
        raise UserError("E-STALE", say("That can't be undone any more."), why=say("The lead has moved on."))
    await withdraw(place_of(do), lead, say("A moderator took this lead back."))
    await store.set_state(do.db, do.community.id, lead_id, row["before"]["state"])
    return say("Undone: “{title}” waits again.", title=shorten(lead.title, 120))
