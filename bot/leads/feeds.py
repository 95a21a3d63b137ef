"""`/feeds add | list | test`: what moderators say about feeds."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
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
    Paragraph,
    Select,
    Text,
    Time,
    bold,
    sentence,
)
from bot.commands import Call, Commands, Look, OpenForm, Read, Reply, Write, form_for
from bot.errors import UserError
from bot.leads import hosts, sources, store
from bot.leads.best import best_of, offer
from bot.leads.cards import shorten, verdict_line, waiting_words
from bot.leads.entry import Document, Side, Verdict
from bot.leads.freshness import fresh_for, next_poll
from bot.leads.intake import place_of, share_out, take_in
from bot.literal import web_address
from bot.people import Role
from bot.ports import Fetched, FetchFailed, WorkerFailed
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

TEST_ITEMS = 10

commands = Commands()


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that was fetched, read and judged; or, in `choices`, the (address, title) of several to choose from."""

    url: str = ""
    fetched: Fetched | None = None
    document: Document | None = None
    side: Side = "demand"
    verdicts: tuple[Verdict, ...] = ()
    elsewhere: Mapping[Side, tuple[Verdict, ...]] = field(default_factory=dict)  # by the sides that others gave it
    choices: tuple[tuple[str, str], ...] = ()


# --- looking ---------------------------------------------------------------------------------------------------------


async def look_at(look: Look, address: str, side: Side | None) -> Found:
    """Fetch, read and judge the feed at an address, or the one feed that the page there links."""
    url = _address(address)
    fetched = await _fetch(look, url)
    try:
        return await _read(look, url, fetched, side)
    except UserError as error:
        if error.code != "E-NOTFEED":
            raise
        linked = await look.workers.run("bot.leads.reading:find_feeds", fetched.body, fetched.url)
        if not linked:
            happened = say("No feed found at {url}.", url=shorten(url, 120))
            raise UserError("E-NOTFEED", happened, why=error.happened, advice=error.advice) from None
    if len(linked) > 1:
        return Found(url=url, choices=tuple(linked[:10]))
    url = linked[0][0]
    return await _read(look, url, await _fetch(look, url), side)


async def _fetch(look: Look, url: str) -> Fetched:
    try:
        return await look.fetcher.get(url)
    except FetchFailed as failure:
        raise UserError(failure.code, failure.sentence, advice=failure.advice) from None


async def _read(look: Look, url: str, fetched: Fetched, side: Side | None) -> Found:
    try:
        document, side, verdicts = await look.workers.run(
            "bot.leads.reading:read_feed",
            fetched.body,
            fetched.url,
            fetched.headers.get("content-type", ""),
            look.settings.feeds.max_items,
            side,
            look.now,
        )
    except WorkerFailed as failure:
        raise UserError(
            "E-FEEDBAD",
            say("That feed took too long or too much memory to read, so I stopped."),
            why=str(failure),
            advice=say("Try a smaller feed of the same site."),
        ) from None
    return Found(url, fetched, document, side, verdicts)


def _address(words: str) -> str:
    """What was typed as an absolute address, without the marks that Slack puts around one."""
    typed = words.strip().strip("<>").partition("|")[0].partition("#")[0]
    address = "" if " " in typed else web_address(typed if "://" in typed else f"https://{typed}")
    if not address:
        raise UserError(
            "E-ADDRESS",
            say("“{words}” is not a web address.", words=shorten(words, 80)),
            advice=say("Paste the feed's or the page's address, such as https://example.com/jobs.rss."),
        )
    return address


async def _look_to_add(look: Look, url: str, side: Side | None, destination: str, include: int) -> Found:  # noqa: ARG001
    found = await look_at(look, url, side)
    if found.document is None:
        return found
    async with look.read() as db:
        sides = await store.sides_of(db, found.url)
    elsewhere = {
        other: await look.workers.run("bot.leads.reading:judge_all", found.document, other, look.now)
        for other in sides - {found.side}
    }
    return dataclasses.replace(found, elsewhere={**elsewhere, found.side: found.verdicts})


async def _look_to_test(look: Look, feed: str) -> Found:
    async with look.read() as db:
        feeds = await store.list_feeds(db, look.community.id)
    exact = [one for one in feeds if feed in (str(one["id"]), one["url"])]
    named = exact or [one for one in feeds if feed.lower() in one["title"].lower()]
    if len(named) == 1:
        return await look_at(look, named[0]["url"], named[0]["side"])
    if named:
        return Found(choices=tuple((one["url"], one["title"]) for one in named[:10]))
    return await look_at(look, feed, None)


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
    url: Annotated[str, "The address of the feed, or of a page that links it"],
    side: Annotated[Side | None, "Who writes there: demand, mixed or supply (guessed if left out)"] = None,
    destination: Annotated[Literal["digest", "instant"], "Where approved gigs go"] = "digest",
    include: Annotated[
        int, "How many of its newest leads to take in as new (0 = only those that come from now on)"
    ] = 0,
) -> Reply:
    """Add a feed; ends with its five best leads of the last three days."""
    del url
    document = found.document
    if document is None or found.fetched is None:
        return Reply(_choice_card(found, "feeds add", side or "", destination, str(include)))
    title = shorten(document.title or urlsplit(found.url).hostname or found.url, 100)
    source_id = await sources.ensure_source(do.db, do.ids, found.url, title, do.now)
    if known := await store.feed_of_source(do.db, do.community.id, source_id):
        raise UserError(
            "E-DONE",
            say("“{title}” is already one of your feeds.", title=known["title"]),
            buttons=(Button(say("Show feeds"), "feeds list"),),
        )
    due = next_poll(
        do.now,
        poll_minutes=do.settings.feeds.poll_minutes,
        ttl_minutes=document.ttl_minutes,
        fresh=fresh_for(found.fetched.headers, do.now),
        jitter=do.random.random(),
    )
    await sources.note_good(
        do.db, source_id, found.fetched, title=title, now=do.now, due=due, ttl_minutes=document.ttl_minutes
    )
    await hosts.fetched_from(do.db, found.fetched.url, do.now)
    everything, new = await sources.store_entries(do.db, do.ids, source_id, document, do.now)
    # Other communities may have the source: what this look brought is never new to it again.
    others = [feed["community_id"] for feed in await store.feeds_of_source(do.db, source_id)]
    await people.lock_communities(do.db, do.community.id, *others)
    await share_out(do.db, do.ids, do.settings, source_id, document, found.elsewhere, new, do.now)
    feed = await store.add_feed(
        do.db,
        do.ids,
        do.community.id,
        source_id=source_id,
        title=title,
        side=found.side,
        destination=destination,
        now=do.now,
    )
    await audit.record(do, "feeds add", f"feed:{feed['id']}", after={"title": title, "url": found.url})
    judged = [(entry_id, document.entries[at], found.verdicts[at]) for at, entry_id in sorted(everything.items())]
    taken = await take_in(place_of(do), feed, judged, backlog=True, include=include)
    leads = [lead for lead_id in taken.new if (lead := await store.read_lead(do.db, do.community.id, lead_id))]
    best = best_of(leads, do.settings, do.now)
    return Reply(_added_card(title, document, found.side, leads, taken.merged, best))


def _choice_card(found: Found, command: str, *more: str) -> Card:
    """One button for each feed that may be meant; it runs `command` with the feed's address and `more` arguments."""
    text = say("Which one? There are {n}.", n=count(len(found.choices), say("feed"), say("feeds")))
    buttons = [
        Button(shorten(title or url, 75), command, (url, *more), spoken=shorten(url, 75))
        for url, title in found.choices
    ]
    return sentence(text, *buttons)


def _added_card(
    title: str,
    document: Document,
    side: Side,
    leads: Sequence[store.Lead],
    merged: int,
    best: Sequence[store.Lead],
) -> Card:
    blocks: list[Block] = [
        Heading(say("Added: {title}", title=title)),
        Facts(
            (
                Fact(say("Entries"), (f"{len(document.entries):,}",)),
                Fact(say("Leads"), (f"{len(leads) + merged:,}",)),
                Fact(say("Known already"), (f"{merged:,}",)),
                Fact(say("Side"), (side,)),
            )
        ),
    ]
    if document.cut:
        blocks.append(Note((say("It is longer than I read: {n} older entries were left out.", n=document.cut),)))
    waiting = sum(lead.state == "held" for lead in leads)
    if waiting:
        blocks.append(Note((say("{n} in the queue now.", n=waiting_words(waiting)),)))
        blocks.append(Controls((Button(say("Show the queue"), "feeds queue"),)))
    if best:
        blocks.extend(offer(best))
    else:
        blocks.append(Note((say("From now on I look into it by myself; new leads come as they appear."),)))
    summary = say("Added {title}: {n}.", title=title, n=count(len(leads) + merged, say("lead"), say("leads")))
    return Card(summary, tuple(blocks))


# --- /feeds list -----------------------------------------------------------------------------------------------------


@commands.command("feeds list", role=Role.MODERATOR)
async def list_feeds(ask: Read, show: Annotated[Literal["all", "failing"], "Which feeds"] = "all") -> Reply:
    """Show the feeds, how they are, and what came of them."""
    feeds = await store.list_feeds(ask.db, ask.community.id)
    shown = [feed for feed in feeds if show == "all" or feed["failures"]]
    if not shown:
        if feeds:
            return Reply(sentence(say("No feed is failing."), Button(say("Show all feeds"), "feeds list")))
        text = say("No feeds yet. Add one with /feeds add and its address.")
        return Reply(sentence(text, Button(say("Add a feed"), "feeds start", (), "primary")))
    rows = tuple(_feed_line(feed) for feed in shown)
    options = tuple(Option(shorten(feed["title"], 75), str(feed["id"])) for feed in shown)
    return Reply(
        Card(
            say("Your {n}.", n=count(len(shown), say("feed"), say("feeds"))),
            (
                Heading(say("Feeds")),
                Items(rows),
                Controls((Select(say("Test a feed…"), "feeds test", options),)),
            ),
        )
    )


def state_words(feed: RowMapping) -> str:
    """How a feed is, in words."""
    if feed["due"] is None:
        return say("Gone: the site says it has ended")
    if feed["failures"]:
        return say("Failing {n}× ({error})", n=feed["failures"], error=feed["error"])
    return say("Healthy")


def _feed_line(feed: RowMapping) -> Text:
    passed = count(feed["passed"], say("lead"), say("leads"))
    funnel = say("{seen} seen → {passed} → {posted} posted", seen=feed["seen"], passed=passed, posted=feed["posted"])
    line: Text = (bold(feed["title"]), f" · {state_words(feed)} · {funnel} · {feed['destination']} · {feed['side']}")
    return (*line, " · ", Time(feed["last_ok"], "relative")) if feed["last_ok"] else line


# --- /feeds test -----------------------------------------------------------------------------------------------------


@commands.command(
    "feeds test", role=Role.MODERATOR, look=_look_to_test, example="/feeds test https://example.com/jobs.rss"
)
async def test(ask: Read, found: Found, feed: Annotated[str, "One of your feeds, or any address"]) -> Reply:
    """Try a feed: its last ten items, each with verdict and reason. Nothing is stored or posted."""
    del ask, feed
    if found.document is None:
        return Reply(_choice_card(found, "feeds test"))
    document = found.document
    lines = tuple(
        verdict_line(entry, verdict)
        for entry, verdict in list(zip(document.entries, found.verdicts, strict=True))[:TEST_ITEMS]
    )
    leads = sum(verdict.lead for verdict in found.verdicts)
    n_entries = count(len(document.entries), say("entry"), say("entries"))
    head = say("{n}, {leads}.", n=n_entries, leads=count(leads, say("lead"), say("leads")))
    empty = Paragraph((say("The feed is empty at the moment. That is fine: it can be added."),))
    return Reply(
        Card(
            say("Tested {title}: {head}", title=shorten(document.title or found.url, 100), head=head),
            (
                Heading(say("Test: {title}", title=shorten(document.title or found.url, 100))),
                Paragraph((head,)),
                Items(lines) if lines else empty,
                Note((say("Nothing was stored or posted."),)),
            ),
        )
    )
