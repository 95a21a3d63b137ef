"""`/gigs share`: members bring gigs that never reach a board. Each waits for a moderator; who shared it hears of it."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import sqlalchemy as sa

from bot import outbox, people
from bot.cards import Button, Card, Controls, Heading, Note, Option, Paragraph, sentence
from bot.commands import Commands, Look, OpenForm, Read, Reply, Write
from bot.db import Key, UtcDateTime, metadata, parts
from bot.errors import FieldErrors
from bot.forms import ChecksField, Form, Page, TextField
from bot.leads import intake, sources, store, subscriptions
from bot.leads.cards import body_of, shorten
from bot.leads.entries import Arrival, store_entries
from bot.leads.entry import Document, Entry
from bot.leads.place import place_of
from bot.leads.repeats import likeness_of, repeats_of
from bot.literal import web_address
from bot.options import Message
from bot.ports import FetchFailed, WorkerFailed
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.entry import Verdict
    from bot.leads.place import Place
    from bot.ports import Workers

SHARED = f"{subscriptions.OWN}shared/"  # with a community's id: the address of what its members share
MOST_WORDS = 3000  # characters of the details: Slack's limit for a field
_ADDRESS = re.compile(r"https?://[^\s<>|\"')\]]+")

share = sa.Table(
    "lead_share",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("lead_id", Key, primary_key=True),
    sa.Column("member_id", Key, nullable=False),
    sa.Column("space_id", Key, nullable=False),
    sa.Column("address", sa.Text, nullable=False),  # the account that shared it, which is told what becomes of it
    sa.Column("knows_client", sa.Boolean, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "lead_id"], ["lead.community_id", "lead.id"]),
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.ForeignKeyConstraint(["community_id", "space_id"], ["space.community_id", "space.id"]),
)

commands = Commands()


@dataclass(frozen=True, slots=True)
class Found:
    """What was shared, read and judged."""

    entry: Entry
    verdict: Verdict


# --- the form --------------------------------------------------------------------------------------------------------


@commands.command("gigs share", example="/gigs share https://example.com/jobs/42")
async def ask_for_it(ask: Read, link: Annotated[str, "The address of the post, if it has one"] = "") -> OpenForm:
    """Share a gig that you know of: a form, then a moderator looks at it, and you hear what becomes of it."""
    del ask
    return OpenForm(_form(link=link))


@commands.command("gigs pass-on", typed=False)
async def pass_on(ask: Read, message: Message) -> OpenForm:
    """Share as gig lead."""
    del ask
    link = _ADDRESS.search(message)
    return OpenForm(_form(link=link[0] if link else "", details=message[:MOST_WORDS]))


def _form(*, link: str = "", details: str = "") -> Form:
    """Five fields, of which only what cannot be read from a page is needed."""
    fields = (
        TextField("link", say("Link"), say("Where the post is. I read its title there."), link, required=False),
        TextField("title", say("What is it?"), say("Needed where there is no link."), required=False, max_length=200),
        TextField("pay", say("What does it pay?"), say("Such as $80/h, or 3,000 EUR for all."), required=False),
        TextField(
            "details",
            say("Details"),
            say("What is to be done, skills, how to apply."),
            details,
            required=False,
            long=True,
            max_length=MOST_WORDS,
        ),
        ChecksField("client", say("The client"), (_knows(),)),
    )
    page = Page(say("Share a gig"), fields)
    return Form(say("Share a gig"), "gigs save-share", (page,), submit_label=say("Share"))


# --- looking ---------------------------------------------------------------------------------------------------------


async def _look_at_it(look: Look, link: str, title: str, pay: str, details: str, client: str) -> Found:
    del client
    address = web_address(link.strip() if "://" in link else f"https://{link.strip()}") if link.strip() else ""
    if link.strip() and not address:
        raise FieldErrors({"link": say("“{link}” is not a web address.", link=shorten(link, 80))})
    described = ""
    if address and not title.strip():
        title, described = await _title_of(look, address)
    if not title.strip():
        raise FieldErrors({"title": say("Write what it is, in a few words: I found no title.")})
    paid = say("Pay: {pay}", pay=pay) if pay.strip() else ""
    text = "\n".join(part for part in (details.strip(), described, paid) if part)
    return await read_words(look.workers, title=title, text=text, link=address, now=look.now)


async def read_words(workers: Workers, *, title: str, text: str, link: str, now: datetime) -> Found:
    """What a person wrote, as an entry that is judged. A person says that it is a lead, so a moderator decides."""
    # Without a link the words are what it is recognised by when somebody else shares it, too.
    entry = Entry(guid=link or f"{title}\n{text}", link=link, title=title.strip(), text=text, published=now)
    document = Document(title="", link="", language="", entries=(entry,))
    [verdict] = await workers.run("bot.leads.reading:judge_all", document, "demand", now)
    return Found(entry, verdict if verdict.lead else dataclasses.replace(verdict, kind="unclear"))


async def _title_of(look: Look, address: str) -> tuple[str, str]:
    """The title and description of a page."""
    try:
        fetched = await look.fetcher.get(address)
        title, described = await look.workers.run("bot.leads.page:read_page", fetched.body)
    except FetchFailed as failure:
        raise FieldErrors({"title": say("{why} Write what it is yourself.", why=failure.sentence)}) from None
    except WorkerFailed:
        raise FieldErrors({"title": say("I couldn't read that page. Write what it is yourself.")}) from None
    return title, described


# --- keeping ---------------------------------------------------------------------------------------------------------


@commands.command("gigs save-share", typed=False, look=_look_at_it)
async def save(
    do: Write, found: Found, link: str = "", title: str = "", pay: str = "", details: str = "", client: str = ""
) -> Reply:
    """Put a shared gig into the moderators' queue."""
    del link, title, details
    words = say("shared by {name}", name=do.name) + (say(", who knows the client") if client else "")
    lead_id = await keep(place_of(do), found, words)
    if lead_id is None:
        text = say("We have this one already. Thank you all the same.")
        return Reply(sentence(text, Button(say("Show open gigs"), "gigs find")))
    await do.db.execute(
        sa.insert(share).values(
            community_id=do.community.id,
            lead_id=lead_id,
            member_id=do.member_id,
            space_id=do.space.id,
            address=do.caller.user,
            knows_client=bool(client),
            at=do.now,
        )
    )
    lead = await store.read_lead(do.db, do.community.id, lead_id)
    shown = body_of(lead) if lead else ()
    text = say("Thank you. A moderator looks at it, and I tell you what becomes of it.")
    unread = pay.strip() and not found.verdict.pay
    notes = [Note((_unread_pay(pay),))] if unread else []
    return Reply(Card(say("Shared: {title}.", title=shorten(found.entry.title, 120)), (*shown, *notes, Note((text,)))))


def _unread_pay(pay: str) -> str:
    return say(
        "I can't read “{pay}” as a rate, so the card says “not stated”; your words stand in its text. Moderators can "
        "set the rate; I read such as $80/h, or 3,000 EUR fixed.",
        pay=shorten(pay, 80),
    )


async def keep(place: Place, found: Found, by: str) -> int | None:
    """Store what a person shared as a lead that waits; returns its id, None where it is known already.

    `by` says who shared it, in words: the first of its reasons.
    """
    await people.lock_communities(place.db, place.community.id)
    feed = await _feed(place)
    arrival = Arrival(feed["source_id"], Document("", "", "", (found.entry,)))
    [stored] = await store_entries(place.db, place.ids, [arrival], place.now)
    if not stored.new:
        return None
    entry_id, likeness = stored.new[0], likeness_of(found.entry, found.verdict)
    known = (await repeats_of(place, [likeness])).find(likeness)
    if known is not None:
        await intake.merge(place, feed["id"], entry_id, known)
        await sources.empty(place.db, entry_id, say("Shared once more"))  # nobody needs their words twice
        return None
    verdict = dataclasses.replace(found.verdict, reasons=(by, *found.verdict.reasons))
    lead = intake.new_lead(place, feed["id"], entry_id, found.entry, verdict, likeness, "held")
    await store.add_leads(place.db, place.community.id, [lead])
    return lead.id


def _knows() -> Option:
    return Option(say("I know this client"), "known")


async def _feed(place: Place) -> RowMapping:
    """The feed that shared gigs of this community belong to; it is never polled."""
    title, community_id = say("Shared by members"), place.community.id
    source_id = await sources.ensure_source(place.db, place.ids, f"{SHARED}{community_id}", title, None)
    known = await subscriptions.feed_of_source(place.db, community_id, source_id)
    return known or await subscriptions.add_feed(
        place.db,
        place.ids,
        community_id,
        source_id=source_id,
        title=title,
        side="demand",
        destination="digest",
        now=place.now,
    )


async def among(db: AsyncConnection, community_id: int, lead_ids: Sequence[int]) -> list[int]:
    """Which of these leads a member shared."""
    shared: list[int] = []
    for part in parts(lead_ids):
        own = (share.c.community_id == community_id, share.c.lead_id.in_(part))
        shared += (await db.execute(sa.select(share.c.lead_id).where(*own).order_by(share.c.lead_id))).scalars()
    return shared


async def waiting_of(db: AsyncConnection, community_id: int, member_id: int) -> Sequence[store.Lead]:
    """What a member shared and no moderator has decided about, oldest first."""
    own = (share.c.community_id == community_id, share.c.member_id == member_id)
    shared = (await db.execute(sa.select(share.c.lead_id).where(*own).order_by(share.c.at))).scalars().all()
    leads = [await store.read_lead(db, community_id, lead_id) for lead_id in shared]
    return [lead for lead in leads if lead and lead.state == "held"]


async def tell_sharer(place: Place, lead: store.Lead, state: str) -> None:
    """Owe whoever shared a lead a message about what became of it; nothing for leads of feeds."""
    own = (share.c.community_id == place.community.id, share.c.lead_id == lead.id)
    row = (await place.db.execute(sa.select(share).where(*own))).mappings().one_or_none()
    if row is None:
        return
    space = await people.read_space(place.db, place.community.id, row["space_id"])
    title = shorten(lead.title, 120)
    happened = say("Your gig “{title}” was approved. Thank you for sharing it.", title=title)
    if state == "rejected":
        happened = say("Your moderators decided not to post “{title}”. Thank you all the same.", title=title)
    elif state == "old":
        happened = say(
            "Nobody decided about “{title}” in time, so it is not posted. Thank you all the same.", title=title
        )
    controls = (Controls((Button(say("Show open gigs"), "gigs find"),)),) if state == "approved" else ()
    card = Card(happened, (Heading(say("About what you shared")), Paragraph((happened,)), *controls))
    to = outbox.Address(space, row["address"], direct=True)
    key = f"share:{lead.id}:{lead.version}"
    await outbox.queue(place.db, place.ids, to, card, key=key, due=place.now, promise=True)
