"""Taking entries in: what a community makes of what a source said, in one writing transaction.

An entry that is a lead becomes a new lead, or is merged into the one that it repeats; a new lead is approved, held or
only kept (`approval.decide`), and an approved one of an *instant* feed is posted while the channel's day allows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import outbox, people, when
from bot.leads import approval, asking, floods, lessons, listings, publications, sources, store, subscriptions
from bot.leads.approval import goes_out_alone
from bot.leads.cards import lead_card, withdrawn_card
from bot.leads.feedrules import left_out, read_rules
from bot.leads.leaning import lean
from bot.leads.lines import strike_in
from bot.leads.place import Place
from bot.leads.rates import hourly
from bot.leads.same import Posting, canonical, job_key, same_job
from bot.search import searchable, tag
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.entry import Document, Entry, Side, Verdict
    from bot.leads.store import Lead
    from bot.ports import Ids
    from bot.settings import Settings

SAME_JOB_FOR = timedelta(days=30)  # a repeat after this long is news again
NEWCOMERS = tag("open", "to newcomers")  # what a search for beginners looks for


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
    everything: Mapping[int, int],
    new: Mapping[int, int],
    now: datetime,
) -> None:
    """Give what a source newly said to every community that has a feed of it.

    `everything` holds the ids of its entries by their position in the document, `new` those that were never seen;
    `verdicts` are those of all its entries, for each side that a community has given the source. A feed that was never
    read gets everything, as what was there before it.
    """
    again = await sources.given_again(db, source_id, document, new, now)
    for feed in await subscriptions.feeds_of_source(db, source_id):
        community = await people.read_community(db, feed["community_id"])
        place = Place(db, ids, settings, community, now)
        first = feed["begun"] is None
        mine = everything if first else new
        if feed["kind"] != "jobs":
            listed = [(entry_id, document.entries[at]) for at, entry_id in sorted(mine.items())]
            await listings.take_in(db, feed, listed, now, backlog=first)
        elif (judged := verdicts.get(feed["side"])) is not None:
            found = [(entry_id, document.entries[at], judged[at]) for at, entry_id in sorted(mine.items())]
            await take_in(place, feed, found, backlog=first, again=again)
        else:  # a community that has added it meanwhile: its first look was its own
            continue
        if first:
            await subscriptions.change(db, community.id, [feed["id"]], begun=now)


async def take_in(
    place: Place,
    feed: RowMapping,
    found: list[tuple[int, Entry, Verdict]],
    *,
    backlog: bool,
    include: int = 0,
    again: frozenset[int] = frozenset(),
) -> Taken:
    """Take in entries (entry id, entry, verdict) of a feed.

    A `backlog` is only kept, but for its newest `include` leads: they count as new. `again` are the entries that the
    source had sent before under other ids.
    """
    if not found:
        return Taken()
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
    brake = await floods.brake_for(place, feed, again) if fresh and not backlog else None
    taken = Taken()
    rules = read_rules(feed["rules"])
    leaning = await lessons.leaning_of(place.db, place.community.id)
    for number, (entry_id, entry, judged) in enumerate(fresh):
        verdict = lean(approval.with_default(judged, feed["default_kind"]), leaning, load_taxonomy())
        published = min(entry.published or place.now, place.now)  # a date in the future is the source's mistake
        rule = left_out(rules, entry, verdict, published=published, seen=place.now)
        twin = await floods.twin_of(place, feed, entry.title) if entry_id in again else None
        if twin is not None:
            await store.add_sighting(place.db, place.community.id, entry_id=entry_id, lead_id=twin, feed_id=feed["id"])
        passes = not (backlog or rule)
        if twin is not None or await known_lead(place, feed, entry_id, entry, verdict, passes=passes) is not None:
            taken.merged += 1
            continue
        state: approval.State = "backlog"
        if not backlog or number in newest:
            state = _state_of(place, feed, verdict, published, rule)
        if brake is not None:
            state = brake.check(entry_id, state)
        lead_id = await add(place, feed, entry_id, entry, verdict, state, published, rule)
        taken.new.append(lead_id)
        if state == "approved" and goes_out_alone(feed["destination"], verdict.kind):
            await post(place, lead_id)
    if brake is not None and brake.held:
        await floods.tell(place, feed, brake)
    await asking.fill(place)
    return taken


def _state_of(place: Place, feed: RowMapping, verdict: Verdict, published: datetime, rule: str = "") -> approval.State:
    return approval.decide(
        verdict,
        approval=approval.approval_of(place.settings, place.community.approval, feed["approval"]),
        published=published,
        now=place.now,
        max_age_hours=place.settings.leads.max_age_hours,
        left_out=rule,
    )


async def known_lead(
    place: Place, feed: RowMapping, entry_id: int, entry: Entry, verdict: Verdict, *, passes: bool = True
) -> int | None:
    """Merge the entry into the lead it repeats, if there is one; returns that lead's id.

    What the rules of another feed have left out is no such lead if it `passes` those of this one: it counts as new.
    """
    address = canonical(entry.link) if entry.link else ""
    employer = job_key(verdict.company or "", verdict.role or entry.title)
    community_id = place.community.id
    posting = _posting(entry.title, entry.text, entry.link, verdict)
    for row in await store.alike(place.db, community_id, address, employer, place.now - SAME_JOB_FOR):
        if row["state"] == "ruled" and passes:
            continue
        other = store.verdict_of(row)
        if (address and row["canonical"] == address) or same_job(
            posting, _posting(row["title"], row["text"], row["link"], other)
        ):
            if await store.add_sighting(
                place.db, community_id, entry_id=entry_id, lead_id=row["id"], feed_id=feed["id"]
            ):
                await redraw(place, row["id"])
            return int(row["id"])
    return None


async def add(
    place: Place,
    feed: RowMapping,
    entry_id: int,
    entry: Entry,
    verdict: Verdict,
    state: approval.State,
    published: datetime,
    rule: str,
) -> int:
    """Store the entry as a new lead and return its id; `rule` is the one that leaves it out, if one does."""
    return await store.add_lead(
        place.db,
        place.ids,
        place.community.id,
        feed_id=feed["id"],
        entry_id=entry_id,
        state=state,
        verdict=verdict,
        canonical=canonical(entry.link) if entry.link else "",
        employer=job_key(verdict.company or "", verdict.role or entry.title),
        hourly=hourly(verdict.pay),
        search=search_words(entry.title, entry.text, verdict),
        published=published,
        left_out=rule,
    )


async def let_through(place: Place, lead: Lead) -> approval.State:
    """Treat a lead that was held by the flood brake as if it had just come; returns its state."""
    own_feed = await subscriptions.read_feed(place.db, place.community.id, lead.feed_id)
    if own_feed is None:
        raise LookupError(f"lead {lead.id} has no feed")
    state = _state_of(place, own_feed, lead.verdict, lead.published)
    await store.set_state(place.db, place.community.id, lead.id, state)
    if state == "approved" and goes_out_alone(lead.destination, lead.kind):
        await post(place, lead.id)
    return state


def _posting(title: str, text: str, link: str, verdict: Verdict) -> Posting:
    return Posting(company=verdict.company or "", role=verdict.role or title, text=text, link=link)


def search_words(title: str, text: str, verdict: Verdict) -> str:
    """What a search looks into: the words of a lead, and what the judge read out of it as tags."""
    skills = " ".join(tag("skill", skill) for skill in verdict.skills)
    facts = [tag("language", verdict.language or ""), *(tag("sector", sector) for sector in verdict.sectors)]
    if verdict.newcomers:
        facts.append(NEWCOMERS)
    parts = (title, verdict.company or "", verdict.region or "", text[:5000])
    return f"{searchable(' '.join(parts))} {skills} {' '.join(facts)}"


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
    """Take a lead back from where it is shown: it is struck through, and a card of its own not sent if it waits."""
    for row in await publications.of_lead(place.db, place.community.id, lead.id):
        if row["own_card"]:
            card = withdrawn_card(lead, reason)
            await outbox.retract(place.db, place.ids, place.community.id, row["message_id"], card, place.now)
        else:
            await strike_in(place, row["message_id"], lead.id, say("withdrawn"))
    await publications.drop(place.db, place.community.id, lead.id)
