"""`/feeds add | list`: adding a feed, and how they all are."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from bot import audit, people
from bot.cards import (
    Block,
    Button,
    Card,
    Controls,
    Fact,
    Facts,
    Heading,
    Items,
    Note,
    Option,
    Select,
    Text,
    Time,
    bold,
    sentence,
)
from bot.commands import Call, Commands, Look, OpenForm, Read, Reply, Write, form_for
from bot.errors import UserError
from bot.leads import funnel, health, hosts, listings, sources, store, subscriptions
from bot.leads.best import best_of, offer
from bot.leads.cards import shorten, waiting_words
from bot.leads.discovery import Found, Seen, address_of, choice_card, look_at
from bot.leads.entries import Arrival, store_entries
from bot.leads.entry import Document, Side
from bot.leads.feedrules import read_rules, rules_words
from bot.leads.freshness import fresh_for, next_poll
from bot.leads.intake import Sent, take_in
from bot.leads.kinds import Kind, kind_name
from bot.leads.place import place_of
from bot.leads.sharing import share_out
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

TEST_ITEMS = 10
WEEK = timedelta(days=7)

commands = Commands()


# --- looking ---------------------------------------------------------------------------------------------------------


async def _look_to_add(
    look: Look,
    url: str,
    side: Side | None,
    destination: str,
    include: int,
    kind: Kind | None,
) -> Found:
    async with look.read() as db:
        mine = await subscriptions.feeds_in(db, look.community.id)
    for feed in mine:
        if feed["url"] == address_of(url):  # a site need not be asked for that
            raise _known(feed)
    again = Button(say("Try again"), "feeds add", (url, side or "", destination, str(include), kind or ""), "primary")
    found = await look_at(look, url, Seen(kind, side), again)
    if found.document is None:
        return found
    async with look.read() as db:
        sides = await subscriptions.sides_of(db, found.url)
    own = {found.side: found.verdicts} if found.kind == "jobs" else {}
    elsewhere = {
        other: await look.workers.run("bot.leads.reading:judge_all", found.document, other, look.now)
        for other in sides - set(own)
    }
    return dataclasses.replace(found, elsewhere={**elsewhere, **own})


# --- /feeds add ------------------------------------------------------------------------------------------------------


@commands.command("feeds start", role=Role.MODERATOR, typed=False)
async def start(ask: Read) -> OpenForm:
    """Ask for the address of a feed to add."""
    del ask
    return OpenForm(form_for(Call(commands["feeds add"], {})))


@commands.command(
    "feeds add", role=Role.MODERATOR, look=_look_to_add, example="/feeds add https://example.com/jobs.rss"
)
async def add(
    do: Write,
    found: Found,
    url: Annotated[str, "The feed's address, or a page that links it"],
    side: Annotated[Side | None, "Who writes there: demand, mixed or supply (guessed if left out)"] = None,
    destination: Annotated[Literal["digest", "instant"], "Where approved gigs go"] = "digest",
    include: Annotated[
        int, "How many of its newest leads to take in as new (0 = only those that come from now on)"
    ] = 0,
    kind: Annotated[Kind | None, "What it holds: jobs, learning or open-source (guessed if left out)"] = None,
) -> Reply:
    """Add a feed; ends with its best leads of three days."""
    del url
    document = found.document
    if document is None or found.fetched is None:
        return Reply(choice_card(found, "feeds add", side or "", destination, str(include), kind or ""))
    title = shorten(document.title or urlsplit(found.url).hostname or found.url, 100)
    source_id = await sources.ensure_source(do.db, do.ids, found.url, title, do.now)
    known = await subscriptions.feed_of_source(do.db, do.community.id, source_id)
    if known is not None and known["removed"] is None:
        raise _known(known)
    due = next_poll(
        do.now,
        poll_minutes=do.settings.feeds.poll_minutes,
        ttl_minutes=document.ttl_minutes,
        fresh=fresh_for(found.fetched.headers, do.now),
        jitter=do.random.random(),
    )
    reading = sources.Reading(source_id, found.fetched, title, due, document.ttl_minutes)
    await sources.note_good(do.db, [reading], do.now)
    await hosts.fetched_from(do.db, found.fetched.url, do.now)
    arrival = Arrival(source_id, document, found.elsewhere)
    [stored] = await store_entries(do.db, do.ids, [arrival], do.now)
    # Other communities may have the source: what this look brought is never new to it again.
    others = [feed["community_id"] for feed in await subscriptions.feeds_of_source(do.db, source_id)]
    await people.lock_communities(do.db, do.community.id, *others)
    await share_out(do.db, do.ids, do.settings, [arrival], [stored], do.now)
    await health.note_news(do.db, do.ids, source_id, do.now)
    feed = await subscriptions.add_feed(
        do.db,
        do.ids,
        do.community.id,
        source_id=source_id,
        title=title,
        side=found.side,
        destination=destination,
        now=do.now,
        kind=found.kind,
    )
    after = {"title": title, "url": found.url, "kind": found.kind}
    undo = await audit.record(do, "feeds add", f"feed:{feed['id']}", after=after)
    if found.kind != "jobs":
        items = [(entry_id, document.entries[at]) for at, entry_id in sorted(stored.everything.items())]
        listed = await listings.take_in(do.db, feed, items, do.now, backlog=True, include=include)
        return Reply(_added_listing_card(title, document, found.kind, listed, undo))
    judged = [
        (entry_id, document.entries[at], found.verdicts[at]) for at, entry_id in sorted(stored.everything.items())
    ]
    taken = await take_in(place_of(do), [Sent(feed, judged, backlog=True, include=include)])
    leads = [lead for lead_id in taken.new if (lead := await store.read_lead(do.db, do.community.id, lead_id))]
    best = best_of(leads, do.settings, do.now)
    return Reply(_added_card(title, document, found.side, leads, taken.merged, best, undo))


def _known(feed: RowMapping) -> UserError:
    happened = say("“{title}” is already one of your feeds.", title=feed["title"])
    return UserError("E-DONE", happened, buttons=(Button(say("Show feeds"), "feeds list"),))


def _added_listing_card(title: str, document: Document, kind: Kind, listed: int, undo: int) -> Card:
    facts = (
        Fact(say("Entries"), (f"{len(document.entries):,}",)),
        Fact(say("Kind"), (kind_name(kind),)),
        Fact(say("For the next digest"), (f"{listed:,}",)),
    )
    note = say("What comes from now on is listed in the digest as it is; nobody has to approve it.")
    blocks: list[Block] = [
        Heading(say("Added: {title}", title=title)),
        Facts(facts),
        *_cut_note(document),
        Note((note,)),
    ]
    summary = say("Added {title}: {kind}.", title=title, kind=kind_name(kind))
    return Card(summary, (*blocks, Controls((audit.undo_button(undo),))))


def _cut_note(document: Document) -> tuple[Block, ...]:
    if not document.cut:
        return ()
    return (Note((say("It is longer than I read: {n} older entries were left out.", n=document.cut),)),)


def _added_card(
    title: str,
    document: Document,
    side: Side,
    leads: Sequence[store.Lead],
    merged: int,
    best: Sequence[store.Lead],
    undo: int,
) -> Card:
    blocks: list[Block] = [
        Heading(say("Added: {title}", title=title)),
        Facts(
            (
                Fact(say("Entries"), (f"{len(document.entries):,}",)),
                Fact(say("Leads"), (f"{len(leads) + merged:,}",)),
                Fact(say("Known already"), (f"{merged:,}",)),
                Fact(say("With a rate"), (f"{sum(lead.verdict.pay is not None for lead in leads):,}",)),
                Fact(say("Side"), (side,)),
            )
        ),
    ]
    blocks += _cut_note(document)
    waiting = sum(lead.state == "held" for lead in leads)
    if waiting:
        blocks.append(Note((say("{n} in the queue now.", n=waiting_words(waiting)),)))
        blocks.append(Controls((Button(say("Show the queue"), "feeds queue"),)))
    if best:
        blocks.extend(offer(best))
    else:
        blocks.append(Note((say("From now on I look into it by myself; new leads come as they appear."),)))
    blocks.append(Controls((audit.undo_button(undo),)))
    summary = say("Added {title}: {n}.", title=title, n=count(len(leads) + merged, say("lead"), say("leads")))
    return Card(summary, tuple(blocks))


# --- /feeds list -----------------------------------------------------------------------------------------------------


@commands.command("feeds list", role=Role.MODERATOR)
async def list_feeds(ask: Read, show: Annotated[Literal["all", "failing"], "Which feeds"] = "all") -> Reply:
    """Show the feeds, how they are, and what came of them in the last seven days."""
    feeds = await subscriptions.feeds_in(ask.db, ask.community.id)
    shown = [feed for feed in feeds if show == "all" or health.is_unwell(feed, ask.now)]
    if not shown:
        if feeds:
            return Reply(sentence(say("No feed is failing or silent."), Button(say("Show all feeds"), "feeds list")))
        text = say("No feeds yet. Add one with /feeds add and its address, or begin with a few well-known ones.")
        add = Button(say("Add a feed"), "feeds start", (), "primary")
        return Reply(sentence(text, add, Button(say("Starter feeds"), "feeds packs")))
    figures = await funnel.figures(ask.db, ask.community.id, ask.now - WEEK)
    rows = tuple(_feed_line(feed, figures.get(feed["id"], funnel.Figures(0, 0, 0)), ask) for feed in shown)
    options = tuple(Option(shorten(feed["title"], 75), str(feed["id"])) for feed in shown)
    return Reply(
        Card(
            say("Your {n}.", n=count(len(shown), say("feed"), say("feeds"))),
            (
                Heading(say("Feeds")),
                Items(rows),
                Note((say("The figures are those of the last seven days. Open a feed to test, pause or remove it."),)),
                Controls((Select(say("Open a feed…"), "feeds show", options),)),
            ),
        )
    )


def _feed_line(feed: RowMapping, figures: funnel.Figures, ask: Read) -> Text:
    what = f"{feed['destination']} · {feed['side']}" if feed["kind"] == "jobs" else kind_name(feed["kind"])
    if feed["approval"]:
        what += " · " + say("approval: {approval}", approval=feed["approval"])
    if rules := read_rules(feed["rules"]):
        what += " · " + say("rules: {rules}", rules=shorten(rules_words(rules), 120))
    line: Text = (bold(feed["title"]), " · ", *health.state_of(feed, ask.now))
    line = (*line, f" · {funnel.funnel_words(feed, figures)} · {what}")
    return (*line, " · ", Time(feed["last_ok"], "relative")) if feed["last_ok"] else line
