"""The moderators' queue: one lead at a time; the first press wins, wherever it is made, and each can be undone."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from bot import audit
from bot.cards import Button, Card, Controls, Note, Option, Paragraph, bold, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import UserError
from bot.forms import Form, Page, TextField
from bot.leads import asking, copies, selection, shares, store, subscriptions
from bot.leads.approval import Reason, goes_out_alone, reason_words
from bot.leads.cards import ago, shorten, waiting_words
from bot.leads.decisions import Shown, question_card
from bot.leads.intake import post, withdraw
from bot.leads.place import place_of
from bot.options import Noun
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

HELD = selection.Wanted(states=("held",))
LONGEST_WHY = 200

commands = Commands()


async def _feeds_like(ask: Read, words: str) -> Sequence[Option]:
    feeds = await subscriptions.feeds_in(ask.db, ask.community.id)
    found = [feed for feed in feeds if words.lower() in feed["title"].lower() or words == str(feed["id"])]
    return [Option(shorten(feed["title"], 75), str(feed["id"])) for feed in found[:25]]


FEED = Noun("feed", _feeds_like)
Feed = Annotated[int, FEED, "Only leads of this feed"]


# --- walking through it ----------------------------------------------------------------------------------------------


async def next_card(ask: Read, after: int = 0, feed: int | None = None, at: int = 0) -> Card:
    """The lead that follows `after`, else the one at this place: the surest is at 0, and the walk goes round."""
    waiting = await held_ids(ask, feed)
    place = (waiting.index(after) + 1 if after in waiting else at) % max(len(waiting), 1)
    lead = await store.read_lead(ask.db, ask.community.id, waiting[place]) if waiting else None
    if lead is None:
        return sentence(say("Nothing is waiting. New leads come here as the feeds bring them."))
    return _walk_card(ask, lead, feed, place, len(waiting))


async def held_ids(ask: Read, feed: int | None = None) -> Sequence[int]:
    """The leads that wait for a moderator, of one feed or of all, in the order of the walk."""
    return await selection.waiting_ids(ask.db, ask.community.id, dataclasses.replace(HELD, feed_id=feed))


def _walk_card(ask: Read, lead: store.Lead, feed: int | None, place: int, total: int) -> Card:
    where = say("{n} of {total}", n=place + 1, total=total) if total > 1 else waiting_words(1)
    title = shorten(lead.title, 50)
    skip = Button(say("Skip"), "lead skip", (str(lead.id), str(feed or "")), spoken=say("Skip: {title}", title=title))
    return question_card(
        lead,
        "queue",
        head=(say("Lead to approve · {where} · from {feed}", where=where, feed=lead.feed_title),),
        posts_per_day=ask.settings.leads.posts_per_day,
        feed=feed,
        skip=skip if total > 1 else None,
    )


@commands.command("feeds queue", role=Role.MODERATOR)
async def show_queue(ask: Read, feed: Feed | None = None) -> Reply:
    """Go through the leads that wait for a moderator, one at a time."""
    return Reply(await next_card(ask, feed=feed))


@commands.command("lead skip", role=Role.MODERATOR, typed=False)
async def skip(ask: Read, lead: int, feed: Feed | None = None, at: int = 0) -> Update:
    """Show the next lead that waits."""
    return Update(await next_card(ask, after=lead, feed=feed, at=at))


# --- deciding --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Walk:
    """Where somebody was when they decided: on a card in a channel, or at a place of their walk through the queue."""

    shown: Shown
    feed: int | None
    at: int


async def _walk(do: Write, lead: int, shown: Shown, feed: int | None) -> _Walk:
    waiting = await held_ids(do, feed)
    return _Walk(shown, feed, waiting.index(lead) if lead in waiting else 0)


@commands.command("lead approve", role=Role.MODERATOR, typed=False)
async def approve(do: Write, lead: int, version: int, shown: Shown = "queue", feed: Feed | None = None) -> Update:
    """Approve a lead that waits."""
    found = await to_decide(do, lead, version)
    walk = await _walk(do, lead, shown, feed)
    undo = await _decide(do, found, "lead approve", {"state": "approved"})
    await _approved(do, found)
    done = say("Approved by {name}", name=do.name)
    return Update(await _decided_card(do, found, walk, done, undo))


@commands.command("lead reject", role=Role.MODERATOR, typed=False)
async def reject(
    do: Write,
    lead: int,
    version: int,
    shown: Shown = "queue",
    feed: Feed | None = None,
    reason: Reason = "other",
    why: str = "",
) -> Update:
    """Reject a lead that waits, and say why."""
    found = await to_decide(do, lead, version)
    walk = await _walk(do, lead, shown, feed)
    own = shorten(why, LONGEST_WHY) or None
    undo = await _decide(do, found, "lead reject", {"state": "rejected", "reason": reason, "why": own})
    await copies.moved(place_of(do), [lead])
    done = say("Rejected by {name} ({reason})", name=do.name, reason=reason_words(reason, own))
    return Update(await _decided_card(do, found, walk, done, undo))


@commands.command("lead ask-why", role=Role.MODERATOR, typed=False)
async def ask_why_not(ask: Read, lead: int, version: int, shown: Shown = "queue", feed: Feed | None = None) -> OpenForm:
    """Ask for the reason why a lead is rejected, in a moderator's own words."""
    found = await to_decide(ask, lead, version)
    hint = say("Moderators see this on the card and in /mod audit; nobody else does.")
    page = Page(shorten(found.title, 45), (TextField("why", say("Why not?"), hint, max_length=LONGEST_WHY),))
    press = (str(lead), str(version), shown, str(feed or ""), "other")
    return OpenForm(Form(say("Reject a lead"), "lead reject", (page,), press, submit_label=say("Reject")))


@commands.command("lead always", role=Role.MODERATOR, typed=False)
async def always(do: Write, lead: int, version: int, shown: Shown = "queue", feed: Feed | None = None) -> Update:
    """Approve a lead, and from now on those of its feed by themselves."""
    found = await to_decide(do, lead, version)
    walk = await _walk(do, lead, shown, feed)
    own_feed = await subscriptions.read_feed(do.db, do.community.id, found.feed_id)
    before = own_feed["approval"] if own_feed is not None else None
    more = {"feed": str(found.feed_id), "feed_title": found.feed_title, "approval": "auto", "before": before}
    undo = await _decide(do, found, "lead always", {"state": "approved", **more})
    await subscriptions.edit(do.db, do.community.id, found.feed_id, approval="auto")
    await _approved(do, found)
    done = say("Approved by {name}", name=do.name)
    note = say(
        "From now on leads of {feed} are approved by themselves, unless something looks wrong.", feed=found.feed_title
    )
    left = len(await held_ids(do, found.feed_id))
    if left:
        note += " " + say("Of those before, {n}.", n=count(left, say("lead still waits"), say("leads still wait")))
    return Update(await _decided_card(do, found, walk, done, undo, note))


async def walk_to(ask: Read, lead_id: int, feed: int | None) -> Card:
    """The card of a lead that waits, where it stands in the walk."""
    waiting = await held_ids(ask, feed)
    return await next_card(ask, feed=feed, at=waiting.index(lead_id) if lead_id in waiting else 0)


async def to_decide(do: Read, lead_id: int, version: int) -> store.Lead:
    """The lead (locked for a writer) if it still waits; else `UserError` (E-DONE) that says who was faster."""
    lead = await store.read_lead(do.db, do.community.id, lead_id, lock=isinstance(do, Write))
    if lead is None:
        raise UserError("E-STALE", say("This lead is gone."), buttons=(_next_button(),))
    if lead.state == "held" and version == lead.version:
        return lead
    if lead.state == "held":
        raise UserError(
            "E-STALE",
            say("This card is out of date: the lead was changed, or decided on and put back into the queue."),
            buttons=(_next_button(),),
        )
    if lead.decided_by and lead.decided_at:
        done = {"approved": say("approved"), "rejected": say("rejected")}.get(lead.state, say("decided on"))
        happened = say(
            "{name} already {done} this {ago}.", name=lead.decided_by, done=done, ago=ago(do.now - lead.decided_at)
        )
        raise UserError("E-DONE", happened, buttons=(_next_button(),))
    raise UserError("E-DONE", say("This lead doesn't wait any more."), why=_why_not(lead), buttons=(_next_button(),))


def _why_not(lead: store.Lead) -> str:
    """Why a lead does not wait about which no moderator has decided."""
    return {
        "old": say("Its days ran out before anybody decided, so it can't be posted any more."),
        "approved": say("It was approved by itself, by what your feeds are set to."),
        "flood": say("It came in a burst, and waits for your decision about all of that."),
        "ruled": say("A rule of its feed leaves it out."),
    }.get(lead.state, "")


async def _decide(do: Write, lead: store.Lead, action: str, after: dict[str, Any]) -> int:
    """Write a decision down and make it; returns the audit row, for Undo."""
    told = {**after, "title": shorten(lead.title, 200)}
    row_id = await audit.record(do, action, f"lead:{lead.id}", before={"state": lead.state}, after=told)
    await store.set_state(
        do.db,
        do.community.id,
        lead.id,
        after["state"],
        decided_by=do.name,
        decided_at=do.now,
        reason=after.get("reason"),
        reason_words=after.get("why"),
    )
    await shares.tell_sharer(place_of(do), lead, after["state"])
    return row_id


async def _approved(do: Write, lead: store.Lead) -> None:
    """What follows from an approval."""
    if goes_out_alone(lead.destination, lead.kind):
        await post(place_of(do), lead.id)
    await copies.moved(place_of(do), [lead.id])


def _next_button(feed: int | None = None, at: int = 0) -> Button:
    return Button(say("Next"), "lead skip", ("0", str(feed or ""), str(at)), "primary")


async def _decided_card(do: Write, lead: store.Lead, walk: _Walk, done: str, undo: int, note: str = "") -> Card:
    """What stands in place of the card that was pressed."""
    if walk.shown == "channel" and (card := await asking.card_of(place_of(do), lead.id)):
        return card.with_blocks(Note((note,))) if note else card
    left = len(await held_ids(do, walk.feed))
    undo_button = audit.undo_button(undo)
    controls = (undo_button, _next_button(walk.feed, walk.at % left)) if left else (undo_button,)
    return Card(
        say("{done}: {title}.", done=done, title=shorten(lead.title, 120)),
        (
            Paragraph((bold(done), f" · {shorten(lead.title, 200)}")),
            *((Note((note,)),) if note else ()),
            Note((say("{n}. Undo is possible for a day.", n=waiting_words(left)),)),
            Controls(controls),
        ),
    )


async def take_back(do: Write, row: RowMapping) -> Card:
    """Undo a decision: the lead waits again; where it was posted it is struck through; its feed is as it was."""
    lead_id = int(row["subject"].removeprefix("lead:"))
    lead = await store.read_lead(do.db, do.community.id, lead_id, lock=True)
    if lead is None or lead.state != row["after"]["state"]:
        raise UserError("E-STALE", say("That can't be undone any more."), why=say("The lead has moved on."))
    if row["action"] == "lead always":
        await _give_back(do, row["after"])
    await withdraw(place_of(do), lead, say("A moderator took this lead back."))
    await store.set_state(do.db, do.community.id, lead_id, row["before"]["state"])
    await copies.moved(place_of(do), [lead_id])
    waiting = await held_ids(do, None)
    at = waiting.index(lead_id)
    back = Button(say("Back to it"), "lead skip", ("0", "", str(at)), "primary")
    more = (Button(say("Next"), "lead skip", (str(lead_id), "")),) if len(waiting) > 1 else ()
    return sentence(say("Undone: “{title}” waits again.", title=shorten(lead.title, 120)), back, *more)


async def _give_back(do: Write, after: dict[str, Any]) -> None:
    """Give a feed the approval that it had before "always", unless somebody has given it another since."""
    own_feed = await subscriptions.read_feed(do.db, do.community.id, int(after["feed"]))
    if own_feed is not None and own_feed["approval"] == after["approval"]:
        await subscriptions.edit(do.db, do.community.id, own_feed["id"], approval=after["before"])
