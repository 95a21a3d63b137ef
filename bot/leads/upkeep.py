"""Looking after one feed: its card, pausing and resuming it, removing it. Each can be undone for a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot import audit
from bot.cards import Block, Button, Card, Controls, Fact, Facts, Heading, Link, Note, Time, sentence
from bot.commands import Commands, Read, Reply, Update, Write
from bot.errors import UserError
from bot.leads import floods, funnel, health, subscriptions
from bot.leads.approval import approval_of, approval_words
from bot.leads.cards import ago, shorten
from bot.leads.feeddraft import interval_words
from bot.leads.feedrules import kinds_words, read_rules, rules_words
from bot.leads.kinds import kind_name
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

WEEK = timedelta(days=7)

commands = Commands()


# --- its card --------------------------------------------------------------------------------------------------------


@commands.command("feeds show", role=Role.MODERATOR, typed=False)
async def show(ask: Read, feed: int) -> Reply:
    """Show one feed: how it is, what came of it, and what can be done."""
    own_feed = await _existing(ask, feed)
    figures = await funnel.figures(ask.db, ask.community.id, ask.now - WEEK)
    figure = figures.get(feed, funnel.Figures(0, 0, 0))
    facts = [
        Fact(say("State"), health.state_of(own_feed, ask.now)),
        Fact(say("Kind"), (kind_name(own_feed["kind"]),)),
        Fact(say("Seven days"), (funnel.funnel_words(own_feed, figure),)),
        Fact(say("Address"), (Link(shorten(own_feed["url"], 200), own_feed["url"]),)),
        Fact(say("Added"), (Time(own_feed["added"], "date"),)),
    ]
    if own_feed["last_ok"] is not None:
        facts.insert(1, Fact(say("Last answer"), (Time(own_feed["last_ok"], "relative"),)))
    if own_feed["kind"] == "jobs":
        facts.insert(3, Fact(say("Side"), (own_feed["side"],)))
        facts.insert(4, Fact(say("Destination"), (own_feed["destination"],)))
        approval = approval_of(ask.settings, ask.community.approval, own_feed["approval"])
        facts.insert(5, Fact(say("Approval"), (approval_words(approval),)))
        facts.insert(6, Fact(say("Rules"), (rules_words(read_rules(own_feed["rules"])),)))
        if own_feed["poll_minutes"]:
            facts.insert(7, Fact(say("Asked"), (interval_words(own_feed["poll_minutes"]),)))
        if own_feed["default_kind"]:
            facts.insert(7, Fact(say("Where no type is stated"), (kinds_words((own_feed["default_kind"],)),)))
    blocks: list[Block] = [Heading(shorten(own_feed["title"], 200)), Facts(tuple(facts))]
    blocks += await _flood_blocks(ask, feed)
    summary = say("Feed: {title}.", title=shorten(own_feed["title"], 120))
    return Reply(Card(summary, (*blocks, Controls(_controls(own_feed)))))


def _controls(own_feed: RowMapping) -> tuple[Button, ...]:
    press = (str(own_feed["id"]),)
    title = shorten(own_feed["title"], 50)
    turn = Button(say("Pause"), "feeds pause", press, spoken=say("Pause: {title}", title=title))
    if own_feed["paused"] is not None:
        turn = Button(say("Resume"), "feeds resume", press, "primary", say("Resume: {title}", title=title))
    return (
        Button(say("Edit"), "feeds edit", press, spoken=say("Edit: {title}", title=title)),
        Button(say("Test"), "feeds test", press, spoken=say("Test: {title}", title=title)),
        turn,
        Button(say("Remove?"), "feeds ask-remove", press, spoken=say("Remove: {title}?", title=title)),
    )


async def _flood_blocks(ask: Read, feed_id: int) -> list[Block]:
    row = await floods.open_of(ask.db, ask.community.id, feed_id)
    held = len(await floods.held_ids(ask.db, ask.community.id, feed_id)) if row is not None else 0
    if row is None or not held:
        return []
    text = say("{n} held by the flood brake.", n=count(held, say("item is"), say("items are")))
    return [Note((text,)), Controls(floods.controls(row["id"]))]


# --- pausing and resuming --------------------------------------------------------------------------------------------


@commands.command("feeds pause", role=Role.MODERATOR, typed=False)
async def pause(do: Write, feed: int) -> Update:
    """Stop reading a feed until somebody resumes it."""
    own_feed = await _existing(do, feed, lock=True)
    if own_feed["paused"] is not None:
        who = own_feed["paused_by"] or say("The bot itself")
        passed = ago(do.now - own_feed["paused"])
        raise _done(say("{name} already paused this {ago}.", name=who, ago=passed), feed)
    undo = await audit.record(do, "feeds pause", f"feed:{feed}", before={"paused": False}, after={"paused": True})
    await subscriptions.pause(do.db, do.community.id, own_feed, do.name, do.now)
    text = say("Paused by {name}: {title}. Its leads stay.", name=do.name, title=own_feed["title"])
    resume_button = Button(say("Resume"), "feeds resume", (str(feed),))
    return Update(_done_card(text, resume_button, audit.undo_button(undo), more=await _flood_blocks(do, feed)))


@commands.command("feeds resume", role=Role.MODERATOR, typed=False)
async def resume(do: Write, feed: int) -> Update:
    """Read a paused feed again."""
    own_feed = await _existing(do, feed, lock=True)
    if own_feed["paused"] is None:
        raise _done(say("This feed is not paused: somebody has resumed it."), feed)
    before = {"paused": True, "by": own_feed["paused_by"]}
    undo = await audit.record(do, "feeds resume", f"feed:{feed}", before=before, after={"paused": False})
    await _resume(do, own_feed)
    text = say("Resumed by {name}: {title}. I look into it soon.", name=do.name, title=own_feed["title"])
    return Update(_done_card(text, Button(say("Show feed"), "feeds show", (str(feed),)), audit.undo_button(undo)))


async def _resume(do: Write, own_feed: RowMapping) -> None:
    await subscriptions.resume(do.db, do.community.id, own_feed, do.now, do.settings.feeds.poll_minutes)


# --- removing --------------------------------------------------------------------------------------------------------


@commands.command("feeds ask-remove", role=Role.MODERATOR, typed=False)
async def ask_remove(ask: Read, feed: int) -> Reply:
    """Ask whether a feed is really to be removed."""
    own_feed = await _existing(ask, feed)
    text = say("Remove “{title}”? The leads that it brought stay.", title=own_feed["title"])
    press = (str(feed),)
    return Reply(
        sentence(
            text,
            Button(say("Remove"), "feeds remove", press, "danger"),
            Button(say("Keep"), "feeds show", press),
        )
    )


@commands.command("feeds remove", role=Role.MODERATOR, typed=False)
async def remove(do: Write, feed: int) -> Update:
    """Remove a feed; what it brought stays."""
    own_feed = await _existing(do, feed, lock=True)
    undo = await audit.record(do, "feeds remove", f"feed:{feed}", before={"removed": False}, after={"removed": True})
    await subscriptions.remove(do.db, do.community.id, [feed], do.now)
    text = say("Removed by {name}: {title}. Undo is possible for a day.", name=do.name, title=own_feed["title"])
    return Update(_done_card(text, audit.undo_button(undo), Button(say("Show feeds"), "feeds list")))


# --- undoing ---------------------------------------------------------------------------------------------------------


async def take_back_pause(do: Write, row: RowMapping) -> str:
    """Undo a pause."""
    own_feed = await _existing(do, _subject(row), lock=True)
    await _resume(do, own_feed)
    return say("Undone: “{title}” is read again.", title=own_feed["title"])


async def take_back_resume(do: Write, row: RowMapping) -> str:
    """Undo a resumption."""
    own_feed = await _existing(do, _subject(row), lock=True)
    await subscriptions.pause(do.db, do.community.id, own_feed, row["before"]["by"] or do.name, do.now)
    return say("Undone: “{title}” is paused again.", title=own_feed["title"])


async def take_back_remove(do: Write, row: RowMapping) -> str:
    """Undo a removal: the feed is back as it was, paused or not."""
    own_feed = await subscriptions.read_feed(do.db, do.community.id, _subject(row))
    if own_feed is not None:
        await subscriptions.lock(do.db, do.community.id, [own_feed["source_id"]])
        own_feed = await subscriptions.read_feed(do.db, do.community.id, _subject(row))
    if own_feed is None or own_feed["removed"] is None:
        raise UserError("E-DONE", say("This feed is back already."))
    if own_feed["paused"] is None:
        await _resume(do, own_feed)
    else:
        await subscriptions.change(do.db, do.community.id, [own_feed["id"]], removed=None)
    return say("Undone: “{title}” is one of your feeds again.", title=own_feed["title"])


async def take_back_add(do: Write, row: RowMapping) -> str:
    """Undo an addition: the feed is removed, what it brought stays."""
    own_feed = await _existing(do, _subject(row), lock=True)
    await subscriptions.remove(do.db, do.community.id, [own_feed["id"]], do.now)
    return say("Undone: “{title}” is removed. The leads that it brought stay.", title=own_feed["title"])


def _subject(row: RowMapping) -> int:
    return int(row["subject"].removeprefix("feed:"))


# --- shared ----------------------------------------------------------------------------------------------------------


async def _existing(ask: Read, feed_id: int, *, lock: bool = False) -> RowMapping:
    """The feed, unless it was removed; with `lock`, nobody else decides on it until this transaction ends."""
    own_feed = await subscriptions.read_feed(ask.db, ask.community.id, feed_id)
    if lock and own_feed is not None:
        await subscriptions.lock(ask.db, ask.community.id, [own_feed["source_id"]])
        own_feed = await subscriptions.read_feed(ask.db, ask.community.id, feed_id)
    if own_feed is None or own_feed["removed"] is not None:
        raise UserError(
            "E-STALE",
            say("This feed is not one of yours any more."),
            buttons=(Button(say("Show feeds"), "feeds list"),),
        )
    return own_feed


def _done(happened: str, feed_id: int) -> UserError:
    return UserError("E-DONE", happened, buttons=(Button(say("Show feed"), "feeds show", (str(feed_id),)),))


def _done_card(text: str, *buttons: Button, more: list[Any] | None = None) -> Card:
    card = sentence(text)
    return card.with_blocks(*(more or ()), Controls(buttons))


UNDO = {
    "feeds add": take_back_add,
    "feeds pause": take_back_pause,
    "feeds resume": take_back_resume,
    "feeds remove": take_back_remove,
}
