"""The moderators' queue: approve, reject, skip; one lead at a time, the first press wins, each can be undone."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from bot import audit
from bot.cards import Button, Card, Control, Controls, Heading, Items, LinkButton, Note, Option, Paragraph, bold, sentence
from bot.commands import Commands, Read, Reply, Update, Write
from bot.errors import UserError
from bot.leads import store
from bot.leads.cards import body_of, line_of, open_select, shorten, waiting_words
from bot.leads.intake import place_of, post, withdraw
from bot.options import Noun
from bot.outbox import Address
from bot.outbox import queue as owe
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

commands = Commands()


async def _feeds_like(ask: Read, words: str) -> Sequence[Option]:
    feeds = await store.list_feeds(ask.db, ask.community.id)
    found = [feed for feed in feeds if words.lower() in feed["title"].lower() or words == str(feed["id"])]
    return [Option(shorten(feed["title"], 75), str(feed["id"])) for feed in found[:25]]


Feed = Annotated[int, Noun("feed", _feeds_like), "Only leads of this feed"]


# --- the card --------------------------------------------------------------------------------------------------------


HELD = store.Wanted(states=("held",))


async def _next_card(ask: Read, after: int = 0, feed: int | None = None) -> Card:
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
    goes = {"instant": say("at once"), "digest": say("into the next digest")}[lead.destination]
    return Card(
        say("Lead to approve: {title}. {n}.", title=shorten(lead.title, 120), n=waiting_words(len(waiting))),
        (
            Note((say("Lead to approve · {n} · from {feed}", n=waiting_words(len(waiting)), feed=lead.feed_title),)),
            *body_of(lead),
            Paragraph((bold(say("Why: ")), why or say("no strong sign either way"))),
            Note((say("Approved, it goes {where}.", where=goes),)),
            Controls(tuple(controls)),
        ),
    )


@commands.command("feeds queue", role=Role.MODERATOR)
async def show_queue(ask: Read, feed: Feed | None = None) -> Reply:
    """Go through the leads that wait for a moderator, one at a time."""
    return Reply(await _next_card(ask, feed=feed))


@commands.command("lead skip", role=Role.MODERATOR, typed=False)
async def skip(ask: Read, lead: int, feed: Feed | None = None) -> Update:
    """Show the next lead that waits."""
    return Update(await _next_card(ask, after=lead, feed=feed))


# --- deciding --------------------------------------------------------------------------------------------------------


@commands.command("lead approve", role=Role.MODERATOR, typed=False)
async def approve(do: Write, lead: int, version: int) -> Update:
    """Approve a lead that waits."""
    found = await _to_decide(do, lead, version)
    undo = await _decide(do, found, "approved")
    if found.destination == "instant" and found.kind == "gig":
        await post(place_of(do), lead)
    return Update(await _decided_card(do, found, say("Approved by {name}", name=do.name), undo))


@commands.command("lead reject", role=Role.MODERATOR, typed=False)
async def reject(do: Write, lead: int, version: int) -> Update:
    """Reject a lead that waits."""
    found = await _to_decide(do, lead, version)
    undo = await _decide(do, found, "rejected")
    return Update(await _decided_card(do, found, say("Rejected by {name}", name=do.name), undo))


async def _to_decide(do: Write, lead_id: int, version: int | None = None) -> store.Lead:
    """The lead, locked, if it still waits; else `UserError` (E-DONE) that says who was faster."""
    lead = await store.read_lead(do.db, do.community.id, lead_id, lock=True)
    if lead is None:
        raise UserError("E-STALE", say("This lead is gone."), buttons=(_next_button(),))
    if lead.state == "held" and version in (None, lead.version):
        return lead
    if lead.decided_by and lead.decided_at:
        done = {"approved": say("approved"), "rejected": say("rejected")}.get(lead.state, say("decided on"))
        ago = _ago(do.now - lead.decided_at)
        happened = say("{name} already {done} this {ago}.", name=lead.decided_by, done=done, ago=ago)
    else:
        happened = say("This lead doesn't wait any more.")
    raise UserError("E-DONE", happened, buttons=(_next_button(),))


def _ago(passed: timedelta) -> str:
    seconds = int(passed.total_seconds())
    for size, one, many in ((86400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes")):
        if seconds >= size:
            return say("{n} ago", n=count(seconds // size, say(one), say(many)))
    return say("{n} ago", n=count(seconds, say("second"), say("seconds")))


async def _decide(do: Write, lead: store.Lead, state: Any) -> int:
    action = {"approved": "lead approve", "rejected": "lead reject"}[state]
    row_id = await audit.record(
        do, action, f"lead:{lead.id}", before={"state": lead.state}, after={"state": state, "title": lead.title[:200]}
    )
    await store.set_state(do.db, do.community.id, lead.id, state, decided_by=do.name, decided_at=do.now)
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


# --- the five best of a new feed -------------------------------------------------------------------------------------


@commands.command("lead post-best", role=Role.MODERATOR, typed=False)
async def post_best(do: Write, leads: str) -> Update:
    """Approve the best leads of a new feed and post them as one message."""
    if not do.space.leads_channel:
        raise UserError(
            "E-SETUP",
            say("There is no leads channel yet."),
            advice=say("Choose one with /mod setup, then press the button again."),
            buttons=(Button(say("Set up"), "mod setup", (), "primary"),),
        )
    chosen = await _backlog(do, leads)
    card = best_card(chosen)
    message_id = do.ids.new()
    place = place_of(do)
    await owe(
        do.db,
        do.ids,
        Address(do.space, do.space.leads_channel),
        card,
        key=f"best:{message_id}",
        due=do.now,
        message_id=message_id,
    )
    for lead in chosen:
        await _decide(do, lead, "approved")
        await store.add_publication(
            do.db, do.community.id, lead.id, do.space.id, message_id=message_id, own_card=False, at=place.now
        )
    n = count(len(chosen), say("lead"), say("leads"))
    return Update(sentence(say("Posted {n} to your leads channel as one message.", n=n)))


@commands.command("lead hold-best", role=Role.MODERATOR, typed=False)
async def hold_best(do: Write, leads: str) -> Update:
    """Put the best leads of a new feed into the queue, to look at them first."""
    for lead in await _backlog(do, leads):
        await store.set_state(do.db, do.community.id, lead.id, "held")
    return Update(await _next_card(do))


async def _backlog(do: Write, leads: str) -> list[store.Lead]:
    """The named leads that are still in a new feed's backlog, locked."""
    found = [await store.read_lead(do.db, do.community.id, int(i), lock=True) for i in leads.split(",") if i.isdecimal()]
    still = [lead for lead in found if lead and lead.state == "backlog"]
    if not still:
        raise UserError(
            "E-DONE", say("That was done already."), buttons=(Button(say("Show the queue"), "feeds queue"),)
        )
    return still


def best_card(leads: Sequence[store.Lead]) -> Card:
    """Several leads in one message, each to be opened from a select."""
    title = say("Gigs to start with")
    return Card(
        say("{n} to start with.", n=count(len(leads), say("lead"), say("leads"))),
        (Heading(title), Items(tuple(line_of(lead) for lead in leads), numbered=True), Controls((open_select(leads),))),
    )
