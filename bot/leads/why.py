"""What became of a link: when it was fetched and seen, how it was judged, where it went. For moderators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import outbox, people
from bot.cards import Block, Button, Card, Controls, Fact, Facts, Heading, Note, Paragraph, Text, Time
from bot.leads import store, subscriptions
from bot.leads.cards import TITLE_LENGTH, shorten, verdict_words
from bot.leads.entry import Document, Entry, Side, Verdict
from bot.leads.kinds import kind_name
from bot.leads.listings import listing, showing
from bot.leads.publications import publication
from bot.leads.same import canonical
from bot.leads.sources import entry, source
from bot.leads.store import lead, sighting
from bot.leads.subscriptions import feed
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Look, Read

MOST = 5  # of the entries with one link that are explained


@dataclass(frozen=True, slots=True)
class Sighting:
    """An entry with the link, in one of the community's feeds."""

    entry: RowMapping  # the entry with the columns of its feed and source that `sightings` adds
    verdict: Verdict | None  # what the judge says of it today; None in feeds that are not judged


async def sightings(look: Look, link: str) -> Sequence[Sighting]:
    """The entries with this link in the community's feeds, oldest first, judged anew."""
    async with look.read() as db:
        rows = await _entries(db, look.community.id, canonical(link))
    found = []
    for row in rows:
        verdict = await _judge(look, row) if row["kind"] == "jobs" else None
        found.append(Sighting(row, verdict))
    return found


async def _entries(db: AsyncConnection, community_id: int, address: str) -> Sequence[RowMapping]:
    statement = (
        sa.select(
            *entry.c,
            feed.c.id.label("feed_id"),
            feed.c.title.label("feed_title"),
            feed.c.kind,
            feed.c.side,
            feed.c.begun,
            source.c.last_ok,
            source.c.url,
        )
        .join(source, source.c.id == entry.c.source_id)
        .join(feed, feed.c.source_id == source.c.id)
        .where(feed.c.community_id == community_id, entry.c.canonical == address, entry.c.canonical != "")
        .order_by(entry.c.first_seen, entry.c.id)
        .limit(MOST)
    )
    return (await db.execute(statement)).mappings().all()


def entry_of(row: RowMapping) -> Entry:
    """The entry that a row of `entry` holds."""
    details: dict[str, Any] = row["details"]
    return Entry(
        guid=row["guid"],
        link=row["link"],
        title=row["title"],
        text=row["text"],
        published=row["published"],
        author=details["author"],
        categories=tuple(details["categories"]),
        fields={name: tuple(values) for name, values in details["fields"].items()},
    )


async def _judge(look: Look, row: RowMapping) -> Verdict:
    side: Side = row["side"]
    document = Document(title="", link="", language="", entries=(entry_of(row),))
    verdicts: tuple[Verdict, ...] = await look.workers.run(
        "bot.leads.reading:judge_all", document, side, row["published"] or row["first_seen"]
    )
    return verdicts[0]


async def why_card(ask: Read, found: Sequence[Sighting]) -> Card:
    """The story of a link that is known here."""
    blocks: list[Block] = []
    for one in found:
        blocks += await _story(ask, one)
    title = shorten(found[0].entry["title"] or found[0].entry["link"], 120)
    return Card(say("What became of {title}.", title=title), tuple(blocks))


async def _story(ask: Read, one: Sighting) -> list[Block]:
    row = one.entry
    seen: Text = (Time(row["first_seen"], "full"),)
    polled = not row["url"].startswith(subscriptions.OWN)  # what members share comes by no look
    if polled and row["begun"] is not None and row["first_seen"] <= row["begun"]:
        seen = (*seen, say(", at the first look: what was there before the feed was added posts nothing by itself"))
    facts = [
        Fact(say("Feed"), (row["feed_title"],)),
        Fact(say("First seen"), seen),
        Fact(say("Its own date"), (Time(row["published"], "full"),) if row["published"] else (say("none"),)),
    ]
    if polled:
        read: Text = (Time(row["last_ok"], "full"),) if row["last_ok"] else (say("not yet"),)
        facts.append(Fact(say("Feed last read"), read))
    own_lead = await _lead_of(ask, row["id"])
    if own_lead is not None:
        facts.append(Fact(say("Judged"), (verdict_words(own_lead.verdict),)))
        facts += await _lead_facts(ask, own_lead, row)
    elif one.verdict is not None:
        facts.append(Fact(say("Judged"), (verdict_words(one.verdict),)))
        facts.append(Fact(say("Went to"), (_nowhere(one.verdict),)))
    else:
        facts.append(Fact(say("Judged"), (say("not at all: a feed of {kind}", kind=kind_name(row["kind"])),)))
        facts.append(Fact(say("Went to"), await _listing_words(ask, row["id"])))
    blocks: list[Block] = [
        Heading(shorten(row["title"] or row["link"], TITLE_LENGTH), row["link"]),
        Facts(tuple(facts)),
    ]
    if own_lead is not None:
        press = (str(own_lead.id),)
        buttons = [Button(say("Show lead"), "lead show", press), Button(say("Why this?"), "lead why", press)]
        if own_lead.state == "held":
            buttons.insert(0, Button(say("Show the queue"), "feeds queue", (), "primary"))
        blocks.append(Controls(tuple(buttons)))
    return blocks


def _nowhere(verdict: Verdict) -> str:
    if verdict.lead:
        return say("nowhere: when it came it was no lead by the rules of that day, today it would be one")
    return say("nowhere: only leads do")


async def _lead_of(ask: Read, entry_id: int) -> store.Lead | None:
    own = (sighting.c.community_id == ask.community.id, sighting.c.entry_id == entry_id)
    lead_id = (await ask.db.execute(sa.select(sighting.c.lead_id).where(*own))).scalar_one_or_none()
    return await store.read_lead(ask.db, ask.community.id, lead_id) if lead_id is not None else None


async def _lead_facts(ask: Read, own: store.Lead, row: RowMapping) -> list[Fact]:
    facts = []
    first = (lead.c.community_id == ask.community.id, lead.c.id == own.id)
    entry_id = (await ask.db.execute(sa.select(lead.c.entry_id).where(*first))).scalar_one()
    if entry_id != row["id"]:
        text = say("{title} ({feed}), which said the same", title=shorten(own.title, 120), feed=own.feed_title)
        facts.append(Fact(say("Merged into"), (text,)))
    facts.append(Fact(say("State"), _state_words(own)))
    if shown := await _shown(ask, own.id):
        facts.append(Fact(say("Went to"), shown))
    return facts


def _state_words(own: store.Lead) -> Text:
    if own.decided_by and own.decided_at:
        done = {"approved": say("approved"), "rejected": say("rejected")}.get(own.state, own.state)
        return (say("{done} by {name}, ", done=done, name=own.decided_by), Time(own.decided_at, "full"))
    words = {
        "backlog": say("kept: it was there before the feed was added"),
        "held": say("waits for a moderator in the queue"),
        "approved": say("approved by the rules"),
        "rejected": say("rejected"),
        "old": say("past its days: nobody decided in time, or it had expired"),
        "flood": say("held by the flood brake"),
        "ruled": say("left out by this feed's rule: {rule}", rule=own.left_out),
    }
    return (words[own.state],)


async def _shown(ask: Read, lead_id: int) -> Text:
    """Where a lead is shown, space by space."""
    names = {space.id: space.platform.capitalize() for space in await people.spaces_of(ask.db, ask.community.id)}
    own = (publication.c.community_id == ask.community.id, publication.c.lead_id == lead_id)
    statement = (
        sa.select(publication, outbox.message.c.state, outbox.message.c.key)
        .join(
            outbox.message,
            sa.and_(
                outbox.message.c.community_id == publication.c.community_id,
                outbox.message.c.id == publication.c.message_id,
            ),
        )
        .where(*own)
        .order_by(publication.c.at)
    )
    text: list[Any] = []
    for row in (await ask.db.execute(statement)).mappings():
        what = say("a post of its own")
        if not row["own_card"]:
            what = say("the digest") if row["key"].startswith("digest:") else say("a post with others")
        if row["state"] != "sent":
            what += say(" (not sent: {state})", state=row["state"])
        text += ["; " if text else "", f"{names[row['space_id']]}: {what}, ", Time(row["at"], "full")]
    return tuple(text)


async def _listing_words(ask: Read, entry_id: int) -> Text:
    own = (listing.c.community_id == ask.community.id, listing.c.entry_id == entry_id)
    state = (await ask.db.execute(sa.select(listing.c.state).where(*own))).scalar_one_or_none()
    if state is None or state == "backlog":
        return (say("nowhere: it was there before the feed was added"),)
    if state == "repeat":
        return (say("nowhere: the same was listed before"),)
    shown = (showing.c.community_id == ask.community.id, showing.c.entry_id == entry_id)
    at = (await ask.db.execute(sa.select(sa.func.min(showing.c.at)).where(*shown))).scalar_one()
    return (say("the digest of "), Time(at, "date")) if at else (say("waits for the next digest"),)


async def never_seen(ask: Read) -> Note:
    """That none of the community's feeds has had a link, and what to do."""
    n = len(await subscriptions.feeds_in(ask.db, ask.community.id))
    text = say(
        "I have never seen that link: none of your feeds ({n}) has had it since it was added. If it is a posting, add a"
        " feed of its site, or wait for the feed's next look.",
        n=n,
    )
    return Note((text,))


def never_card(note: Note, problem: str) -> Card:
    """The answer about a link that was never seen and leads to no feed, with the `problem` that it has."""
    buttons = (Button(say("Add a feed"), "feeds start", (), "primary"), Button(say("Show feeds"), "feeds list"))
    return Card(say("I have never seen that link."), (Paragraph(note.text), Paragraph((problem,)), Controls(buttons)))
