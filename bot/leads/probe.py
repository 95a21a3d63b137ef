"""`/feeds test`: how a feed is read now, or what became of a posting's link. Nothing is stored or posted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Paragraph, Time, bold
from bot.commands import Commands, Look, Read, Reply
from bot.errors import UserError
from bot.leads import lessons, subscriptions, why
from bot.leads.cards import shorten, verdict_line
from bot.leads.discovery import Found, Seen, address_of, choice_card, look_at
from bot.leads.entry import Document
from bot.leads.feeddraft import draft_of
from bot.leads.feedrules import read_rules, rules_words
from bot.leads.feedtrial import judge, last_items, terms_of
from bot.leads.foresight import fate_of, fate_words
from bot.leads.kinds import kind_name
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from bot.leads.foresight import Fate

TEST_ITEMS = 10

commands = Commands()


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test found: a link that is known here, or a feed, or neither (then `found` is None)."""

    found: Found | None = None
    story: Sequence[why.Sighting] = ()
    own: RowMapping | None = None  # the community's feed that was named
    fates: Sequence[Fate] = ()  # of its entries, by its rules
    read: datetime | None = None  # when it was read, where its host is to be left alone now
    by_name: bool = False  # what was named are feeds of the community
    problem: str = ""  # why there is no feed at the address


async def _look_to_test(look: Look, feed: str) -> Tested:
    async with look.read() as db:
        feeds = await subscriptions.feeds_in(db, look.community.id)
    again = Button(say("Try again"), "feeds test", (feed,), "primary")
    exact = [one for one in feeds if feed in (str(one["id"]), one["url"])]
    named = exact or [one for one in feeds if feed.lower() in one["title"].lower()]
    if len(named) == 1:
        return await _look_at_own(look, named[0], again)
    if named:
        return Tested(Found(choices=tuple((one["url"], one["title"]) for one in named[:10])), by_name=True)
    if story := await why.sightings(look, _address(feed)):
        return Tested(story=story)
    try:
        return Tested(await look_at(look, feed, Seen(), again))
    except UserError as error:
        if error.code not in ("E-NOTFEED", "E-NOTFOUND", "E-FORBIDDEN") or not feeds:
            raise
        return Tested(problem=error.sentence)


def _address(words: str) -> str:
    try:
        return address_of(words)
    except UserError as error:
        happened = say("“{words}” is neither one of your feeds nor a web address.", words=shorten(words, 80))
        shown = Button(say("Show feeds"), "feeds list")
        raise UserError("E-ADDRESS", happened, advice=error.advice, buttons=(shown,)) from None


async def _look_at_own(look: Look, own: RowMapping, again: Button) -> Tested:
    """A feed of the community's own with what its rules make of each entry; what was read last, if its host rests."""
    read = None
    try:
        found = await look_at(look, own["url"], Seen(own["kind"], own["side"]), again)
    except UserError as error:
        if error.code != "E-RATE" or own["last_ok"] is None:
            raise
        read = own["last_ok"]
        async with look.read() as db:
            items = tuple(why.entry_of(row) for row in await last_items(db, own["source_id"]))
        document = Document(title=own["title"], link="", language="", entries=items)
        verdicts = await judge(look, items, own["side"]) if own["kind"] == "jobs" else ()
        found = Found(own["url"], document=document, kind=own["kind"], side=own["side"], verdicts=tuple(verdicts))
    fates: list[Fate] = []
    if found.document is not None and found.kind == "jobs":
        async with look.read() as db:
            terms = terms_of(look, draft_of(own), await lessons.leaning_of(db, look.community.id))
        for entry, verdict in zip(found.document.entries[:TEST_ITEMS], found.verdicts, strict=False):
            published = min(entry.published or look.now, look.now)
            fates.append(fate_of(entry, verdict, terms, published=published, seen=look.now))
    return Tested(found, own=own, fates=fates, read=read, by_name=True)


@commands.command(
    "feeds test", role=Role.MODERATOR, look=_look_to_test, example="/feeds test https://example.com/jobs.rss"
)
async def test(ask: Read, found: Tested, feed: Annotated[str, "One of your feeds, or any address or link"]) -> Reply:
    """Try a feed: its last ten items with verdict and reason. Or ask what became of a link."""
    del feed
    if found.story:
        return Reply(await why.why_card(ask, found.story))
    never = await why.never_seen(ask)
    if found.found is None:
        return Reply(why.never_card(never, found.problem))
    if found.found.document is None:
        card = choice_card(found.found, "feeds test")
        return Reply(card if found.by_name else card.with_blocks(never))
    return Reply(_tested_card(found, found.found, found.found.document))


def _tested_card(tested: Tested, found: Found, document: Document) -> Card:
    n_entries = count(len(document.entries), say("entry"), say("entries"))
    if found.kind == "jobs":
        judged = zip(document.entries, found.verdicts, strict=True)
        lines = tuple(verdict_line(entry, verdict) for entry, verdict in list(judged)[:TEST_ITEMS])
        if tested.fates:
            lines = tuple((*line, f" → {fate_words(fate)}") for line, fate in zip(lines, tested.fates, strict=True))
        leads = sum(verdict.lead for verdict in found.verdicts)
        head = say("{n}, {leads}.", n=n_entries, leads=count(leads, say("lead"), say("leads")))
    else:
        lines = tuple((bold(shorten(entry.title, 120)),) for entry in document.entries[:TEST_ITEMS])
        head = say("{n}, a feed of {kind}: listed in the digest, not judged.", n=n_entries, kind=kind_name(found.kind))
    empty = Paragraph((say("The feed is empty at the moment. That is fine: it can be added."),))
    title = shorten(document.title or found.url, 100)
    return Card(
        say("Tested {title}: {head}", title=title, head=head),
        (
            Heading(say("Test: {title}", title=title)),
            Paragraph((head,)),
            *_rules_blocks(tested, found),
            Items(lines) if lines else empty,
            Note((say("Nothing was stored or posted."),)),
        ),
    )


def _rules_blocks(tested: Tested, found: Found) -> list[Block]:
    """What rules the feed has, and when it was read, where that was not now."""
    blocks: list[Block] = []
    if tested.own is not None and found.kind == "jobs":
        rules = rules_words(read_rules(tested.own["rules"]))
        blocks.append(Paragraph((bold(say("Its rules: ")), rules)))
    if tested.read is not None:
        why_old = say("I leave its site alone at the moment, so this is what I read ")
        blocks.append(Note((why_old, Time(tested.read, "relative"), ".")))
    return blocks


@commands.command("feeds explain", role=Role.MODERATOR, typed=False)
async def explain(ask: Read) -> Reply:
    """Say what counts as a feed."""
    del ask
    what = say("A feed is a page for programs that lists what is new on a site: RSS, Atom or JSON Feed.")
    where = say("Look for a link or an icon named RSS, Atom or Feed, or try the site's address with /feed behind it.")
    return Reply(
        Card(
            say("What counts as a feed."),
            (
                Heading(say("What counts as a feed?")),
                Paragraph((what,)),
                Paragraph((where,)),
                Paragraph((say("I read no ordinary pages, and nothing that needs a log-in."),)),
                Controls((Button(say("Try another address"), "feeds start", (), "primary"),)),
            ),
        )
    )
