"""Taking entries in: what a community makes of what a source said, in one writing transaction.

An entry that is a lead becomes a new lead, or is merged into the one that it repeats; a new lead is approved, held or
only kept (`approval.decide`), and an approved one of an *instant* feed is posted while the channel's day allows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import outbox, people, when
from bot.leads import approval, publications, store
from bot.leads.cards import lead_card, withdrawn_card
from bot.leads.same import Posting, canonical, job_key, same_job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Write
    from bot.feature import Issue
    from bot.leads.entry import Document, Entry, Pay, Side, Verdict
    from bot.leads.store import Lead
    from bot.people import Community
    from bot.ports import Ids
    from bot.settings import Settings

SAME_JOB_FOR = timedelta(days=30)  # a repeat after this long is news again
HOURS = {"hour": 1.0, "day": 8.0, "month": 160.0, "year": 1920.0}  # of work in each unit of pay, to compare rates


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lead is taken in, and with what."""

    db: AsyncConnection
    ids: Ids
    settings: Settings
    community: Community
    now: datetime


def place_of(inside: Write | Issue) -> Place:
    """The place of a handler or of a digest that is put together."""
    return Place(inside.db, inside.ids, inside.settings, inside.community, inside.now)


@dataclass(slots=True)
class Taken:
    """What became of the entries."""

    new: list[int] = field(default_factory=list)  # lead ids, in feed order
    merged: int = 0


async def share_out(
    db: AsyncConnection,
    ids: Ids,
    settings: Settings,
    source_id: int,
    document: Document,
    verdicts: Mapping[Side, Sequence[Verdict]],
    new: Mapping[int, int],
    now: datetime,
) -> None:
    """Give what a source newly said to every community that has a feed of it.

    `new` holds the ids of the new entries by their position in the document; `verdicts` are those of all its entries,
    for each side that a community has given the source.
    """
    for feed in await store.feeds_of_source(db, source_id) if new else ():
        judged = verdicts.get(feed["side"])
        if judged is None:  # a community that has added it meanwhile: its first look was its own
            continue
        community = await people.read_community(db, feed["community_id"])
        found = [(entry_id, document.entries[at], judged[at]) for at, entry_id in sorted(new.items())]
        await take_in(Place(db, ids, settings, community, now), feed, found, backlog=False)


async def take_in(
    place: Place, feed: RowMapping, found: list[tuple[int, Entry, Verdict]], *, backlog: bool, include: int = 0
) -> Taken:
    """Take in entries (entry id, entry, verdict) of a feed.

    A `backlog` is only kept, but for its newest `include` leads: they count as new.
    """
    await people.lock_communities(place.db, place.community.id)  # polls at once may bring one job from two boards
    known = await store.known_entries(place.db, place.community.id, [entry_id for entry_id, _, _ in found])
    addresses = {canonical(entry.link) for _, entry, _ in found}
    repeated = await store.leads_at(place.db, place.community.id, addresses, place.now - SAME_JOB_FOR)
    fresh = [
        (entry_id, entry, verdict)
        for entry_id, entry, verdict in found
        if entry_id not in known and (verdict.lead or canonical(entry.link) in repeated)
    ]
    newest = sorted(range(len(fresh)), key=lambda n: fresh[n][1].published or place.now, reverse=True)[:include]
    taken = Taken()
    for number, (entry_id, entry, verdict) in enumerate(fresh):
        published = min(entry.published or place.now, place.now)  # a date in the future is the source's mistake
        state: approval.State = "backlog"
        if not backlog or number in newest:
            state = approval.decide(
                verdict,
                approval=place.settings.leads.approval,
                published=published,
                now=place.now,
                max_age_hours=place.settings.leads.max_age_hours,
            )
        lead_id = await _merge_or_add(place, feed, entry_id, entry, verdict, state, published)
        if lead_id is None:
            taken.merged += 1
            continue
        taken.new.append(lead_id)
        if state == "approved" and goes_out_alone(feed["destination"], verdict.kind):
            await post(place, lead_id)
    return taken


async def _merge_or_add(
    place: Place,
    feed: RowMapping,
    entry_id: int,
    entry: Entry,
    verdict: Verdict,
    state: approval.State,
    published: datetime,
) -> int | None:
    """Store the entry as a new lead and return its id, or merge it into the lead it repeats and return None."""
    address = canonical(entry.link) if entry.link else ""
    employer = job_key(verdict.company or "", verdict.role or entry.title)
    community_id = place.community.id
    posting = _posting(entry.title, entry.text, entry.link, verdict)
    for row in await store.alike(place.db, community_id, address, employer, place.now - SAME_JOB_FOR):
        other = store.verdict_of(row)
        if (address and row["canonical"] == address) or same_job(
            posting, _posting(row["title"], row["text"], row["link"], other)
        ):
            if await store.add_sighting(
                place.db, community_id, entry_id=entry_id, lead_id=row["id"], feed_id=feed["id"]
            ):
                await redraw(place, row["id"])
            return None
    return await store.add_lead(
        place.db,
        place.ids,
        community_id,
        feed_id=feed["id"],
        entry_id=entry_id,
        state=state,
        verdict=verdict,
        canonical=address,
        employer=employer,
        hourly=hourly(verdict.pay),
        search=_search_words(entry, verdict),
        published=published,
    )


def _posting(title: str, text: str, link: str, verdict: Verdict) -> Posting:
    return Posting(company=verdict.company or "", role=verdict.role or title, text=text, link=link)


def hourly(pay: Pay | None) -> float:
    """The most that a lead pays an hour, in its own currency; 0 where it does not say or pays for the whole."""
    return pay.max / HOURS[pay.unit] if pay and pay.unit in HOURS else 0.0


def _search_words(entry: Entry, verdict: Verdict) -> str:
    skills = " ".join(f"#{skill}#" for skill in verdict.skills)
    parts = (entry.title, verdict.company or "", skills, verdict.region or "", entry.text[:5000])
    return "\n".join(parts).lower()


def goes_out_alone(destination: str, kind: str) -> bool:
    """Whether an approved lead is posted by itself: a gig of an *instant* feed is, all else comes with the digest."""
    return destination == "instant" and kind == "gig"


async def post(place: Place, lead_id: int) -> None:
    """Post an approved lead by itself in every space that has a leads channel and has not had its share of the day."""
    lead = await store.read_lead(place.db, place.community.id, lead_id)
    if lead is None or lead.state != "approved":
        return
    zone = when.zone(place.community.zone)
    today = when.instant(when.local_day(place.now, zone), when.parse_clock("00:00"), zone)
    shown = {row["space_id"] for row in await publications.of_lead(place.db, place.community.id, lead_id)}
    for space in await people.spaces_of(place.db, place.community.id):
        if not space.leads_channel or space.id in shown:
            continue
        if (
            await publications.posted_since(place.db, place.community.id, space.id, today)
            >= place.settings.leads.posts_per_day
        ):
            continue  # the digest takes it
        message_id = await outbox.queue(
            place.db,
            place.ids,
            outbox.Address(space, space.leads_channel),
            lead_card(lead),
            key=f"lead:{lead_id}:{space.id}:{lead.version}",
            due=place.now,
        )
        await publications.add(
            place.db, place.community.id, lead_id, space.id, message_id=message_id, own_card=True, at=place.now
        )


async def redraw(place: Place, lead_id: int) -> None:
    """Bring a lead's own cards up to date where it is shown."""
    lead = await store.read_lead(place.db, place.community.id, lead_id)
    if lead is None:
        return
    for row in await publications.of_lead(place.db, place.community.id, lead_id):
        if row["own_card"]:
            await outbox.edit(place.db, place.ids, place.community.id, row["message_id"], lead_card(lead), place.now)


async def withdraw(place: Place, lead: Lead, reason: str) -> None:
    """Take a lead back from where it is shown: its own cards are struck through, unsent ones are not sent."""
    for row in await publications.of_lead(place.db, place.community.id, lead.id):
        if row["own_card"]:
            card = withdrawn_card(lead, reason)
            await outbox.retract(place.db, place.ids, place.community.id, row["message_id"], card, place.now)
    await publications.drop(place.db, place.community.id, lead.id)
