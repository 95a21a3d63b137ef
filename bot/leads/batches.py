"""Many feeds added at once: each source is read in its turn, and when all were, the moderators get one summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit, people
from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Paragraph, Text, bold
from bot.leads import funnel, selection, sources, subscriptions
from bot.leads.best import WITHIN, best_of, offer
from bot.leads.cards import shorten
from bot.leads.place import Place, tell_moderators
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Write
    from bot.leads.kinds import Kind
    from bot.ports import Ids
    from bot.settings import Settings

APART = timedelta(seconds=3)  # between the first looks at two of them
LISTED = 40  # titles in a card


@dataclass(frozen=True, slots=True)
class Wanted:
    """A feed to be added without looking at it first."""

    url: str
    title: str
    kind: Kind = "jobs"
    side: str = "demand"
    destination: str = "digest"


@dataclass(slots=True)
class Added:
    """What became of a batch."""

    undo: int = 0  # the audit row
    new: list[str] = field(default_factory=list)  # titles
    known: list[str] = field(default_factory=list)
    awaited: int = 0  # of the new ones, those that nobody has read so far
    told: bool = False  # the moderators will be told when those were read


async def add_all(do: Write, wanted: Sequence[Wanted], action: str, *, paused: bool = False) -> Added:
    """Subscribe the community to all of them, as the audited `action`."""
    batch, added, feed_ids = do.ids.new(), Added(), []
    source_ids = {
        one.url: await sources.ensure_source(do.db, do.ids, one.url, one.title, do.now)
        for one in sorted(wanted, key=lambda one: one.url)
    }
    await subscriptions.lock(do.db, do.community.id, source_ids.values())
    for one in wanted:
        source_id, due = source_ids[one.url], do.now + APART * added.awaited
        known = await subscriptions.feed_of_source(do.db, do.community.id, source_id)
        if known is not None and known["removed"] is None:
            added.known.append(known["title"])
            continue
        statement = sa.select(sources.source).where(sources.source.c.id == source_id)
        source = (await do.db.execute(statement)).mappings().one()
        feed = await subscriptions.add_feed(
            do.db,
            do.ids,
            do.community.id,
            source_id=source_id,
            title=one.title,
            side=one.side,
            destination=one.destination,
            kind=one.kind,
            now=do.now,
            begun=do.now if source["last_ok"] else None,  # what another community has read is not new to this one
            batch=batch,
            paused=do.now if paused else None,
            paused_by=do.name if paused else None,
        )
        if paused:
            await subscriptions.rest(do.db, source_id)
        else:
            if source["last_ok"] is None and not source["failures"]:  # nobody has ever read it
                await sources.plan(do.db, source_id, due)
                added.awaited += 1
            await subscriptions.wake(do.db, source_id, due, do.settings.feeds.poll_minutes)
        added.new.append(one.title)
        feed_ids.append(feed["id"])
    added.told = any(space.moderators_channel for space in await people.spaces_of(do.db, do.community.id))
    added.undo = await audit.record(do, action, f"batch:{batch}", after={"feeds": feed_ids}) if feed_ids else 0
    return added


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo a batch: the feeds that it added are removed; their leads stay."""
    feed_ids = row["after"]["feeds"]
    await subscriptions.remove(do.db, do.community.id, feed_ids, do.now)
    return say("Undone: {n} removed again.", n=count(len(feed_ids), say("feed is"), say("feeds are")))


def added_card(added: Added, *, paused: bool) -> Card:
    """The answer to somebody who added many feeds."""
    n = count(len(added.new), say("feed"), say("feeds"))
    head = say("Added {n}.", n=n) if added.new else say("Nothing was added: you have all of them.")
    blocks: list[Block] = [Heading(say("Feeds added") if added.new else say("No new feeds")), Paragraph((head,))]
    if added.new:
        blocks.append(Items(_titles(added.new)))
    if added.known:
        blocks += [Paragraph((bold(say("Known already:")),)), Items(_titles(added.known))]
    note = ""
    if paused and added.new:
        note = say("They are paused. Resume each from the list of feeds.")
    elif added.awaited:
        note = say("I read them one after the other now, and post nothing of what is there already.")
        told = say("A summary comes to the moderators' channel when all are read.")
        note += f" {told if added.told else say('The list of feeds says how they are.')}"
    if note:
        blocks.append(Note((note,)))
    buttons = [Button(say("Show feeds"), "feeds list", (), "primary")]
    if added.undo:
        buttons.append(audit.undo_button(added.undo))
    return Card(head, (*blocks, Controls(tuple(buttons))))


def _titles(titles: Sequence[str]) -> tuple[Text, ...]:
    shown = [(shorten(title, 100),) for title in titles[:LISTED]]
    more = len(titles) - LISTED
    return (*shown, (say("and {n} more", n=more),)) if more > 0 else tuple(shown)


# --- when all were read ----------------------------------------------------------------------------------------------


async def look_at(db: AsyncConnection, ids: Ids, settings: Settings, source_ids: Sequence[int], now: datetime) -> None:
    """After the first look at sources: where they were the last of a batch, its moderators get the summary."""
    feeds = await subscriptions.feeds_of_sources(db, source_ids)
    batches = {(feed["community_id"], feed["batch"]): feed for feed in feeds if feed["batch"] is not None}
    for feed in batches.values():
        await people.lock_communities(db, feed["community_id"])  # of two last ones at once, one sees the other
        members = await subscriptions.feeds_in(db, feed["community_id"], batch=feed["batch"])
        if any(one["begun"] is None and not one["failures"] and one["paused"] is None for one in members):
            continue
        place = Place(db, ids, settings, await people.read_community(db, feed["community_id"]), now)
        told = await tell_moderators(place, f"batch:{feed['batch']}", await _summary_card(place, members))
        await subscriptions.change(db, place.community.id, [one["id"] for one in members], batch=None)
        if told:  # of those that can't be read, too: three failures are no second notice
            for one in members:
                if one["begun"] is None:
                    what = "failing" if one["due"] else "ended"
                    await subscriptions.change(db, place.community.id, [one["id"]], told=what)


async def _summary_card(place: Place, members: Sequence[RowMapping]) -> Card:
    figures = await funnel.figures(place.db, place.community.id, place.now - WITHIN)
    lines: list[Text] = []
    for one in members:
        if one["begun"] is None:
            lines.append((bold(one["title"]), say(" · unreadable: {why}", why=one["error"] or say("not read yet"))))
        else:
            seen, passed, _ = figures.get(one["id"], (0, 0, 0))
            leads = (
                count(passed, say("lead"), say("leads")) if one["kind"] == "jobs" else say("for the digest from now on")
            )
            entries = count(seen, say("entry"), say("entries"))
            lines.append((bold(one["title"]), f" · {entries} · {leads}"))
    bad = sum(one["begun"] is None for one in members)
    head = say("{n} read, {bad} unreadable.", n=count(len(members) - bad, say("new feed"), say("new feeds")), bad=bad)
    blocks: list[Block] = [Heading(say("Your new feeds are read")), Paragraph((head,)), Items(tuple(lines))]
    wanted = selection.Wanted(states=("backlog",), since=place.now - WITHIN)
    mine = {one["id"] for one in members}
    found = await selection.leads_in(place.db, place.community.id, wanted, by_score=True, limit=200)
    best = best_of([lead for lead in found if lead.feed_id in mine], place.settings, place.now)
    if best:
        blocks.extend(offer(best))
    return Card(say("Your new feeds are read: {head}", head=head), tuple(blocks))
