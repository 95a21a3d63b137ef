"""Taking entries in: what a community makes of what a source said, in one writing transaction.

An entry that is a lead becomes a new lead, or is merged into the one that it repeats; a new lead is approved, held or
only kept (`approval.decide`), and an approved one of an *instant* feed is posted while the channel's day allows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot import outbox, people, when
from bot.leads import approval, asking, floods, lessons, publications, store, subscriptions
from bot.leads.approval import goes_out_alone
from bot.leads.cards import lead_card, withdrawn_card
from bot.leads.feedrules import left_out, read_rules
from bot.leads.leaning import lean
from bot.leads.lines import strike_in
from bot.leads.rates import hourly
from bot.leads.repeats import SAME_JOB_FOR, likeness_of, repeats_of
from bot.leads.same import canonical
from bot.search import searchable, tag
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from bot.leads.entry import Entry, Verdict
    from bot.leads.leaning import Leaning
    from bot.leads.place import Place
    from bot.leads.repeats import Likeness, Repeats
    from bot.leads.store import Lead

NEWCOMERS = tag("open", "to newcomers")  # what a search for beginners looks for
_STORED_AT_ONCE = 25  # leads: between two parts the event loop sees to others


@dataclass(slots=True)
class Taken:
    """What became of the entries."""

    new: list[int] = field(default_factory=list)  # lead ids, in feed order
    merged: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """Entries that came by one feed of a community.

    A `backlog` is only kept, but for its newest `include` leads: they count as new.
    """

    feed: RowMapping
    found: Sequence[tuple[int, Entry, Verdict]]  # entry id, entry, verdict
    backlog: bool = False
    include: int = 0
    again: frozenset[int] = frozenset()  # entries that the source had sent before under other ids


async def take_in(place: Place, sent: Sequence[Sent]) -> Taken:
    """Take in what came by feeds of a community, in their order."""
    taken = Taken()
    fresh = await _fresh(place, [one for one in sent if one.found])
    if not fresh:
        return taken
    likenesses = {entry_id: likeness_of(entry, verdict) for _, own in fresh for entry_id, entry, verdict in own}
    braked = {one.feed["id"]: one.again for one, _ in fresh if not one.backlog}
    desk = _Desk(
        place,
        taken,
        likenesses,
        await repeats_of(place, likenesses.values()),
        await floods.brakes_for(place, list(braked), braked),
        await lessons.leaning_of(place.db, place.community.id),
    )
    for one, own in fresh:
        await desk.take(one, own)
    await asking.fill(place)
    return taken


async def _fresh(place: Place, sent: Sequence[Sent]) -> list[tuple[Sent, list[tuple[int, Entry, Verdict]]]]:
    """What the community does not have so far, and what is a lead or stands where one does; feeds without it go."""
    if not sent:
        return []
    await people.lock_communities(place.db, place.community.id)
    known = await store.known_entries(place.db, place.community.id, [one[0] for own in sent for one in own.found])
    others = [canonical(item.link) for own in sent for _, item, verdict in own.found if not verdict.lead]
    repeated = await store.leads_at(place.db, place.community.id, others, place.now - SAME_JOB_FOR)
    fresh = [
        (
            own,
            [one for one in own.found if one[0] not in known and (one[2].lead or canonical(one[1].link) in repeated)],
        )
        for own in sent
    ]
    return [(own, found) for own, found in fresh if found]


@dataclass(slots=True)
class _Desk:
    """What is at hand while entries are taken in one after the other."""

    place: Place
    taken: Taken
    likenesses: Mapping[int, Likeness]
    repeats: Repeats
    brakes: Mapping[int, floods.Brake]
    leaning: Leaning
    waiting: list[store.NewLead] = field(default_factory=list)  # to be stored together

    async def take(self, sent: Sent, fresh: Sequence[tuple[int, Entry, Verdict]]) -> None:
        """Take in the fresh entries of a feed."""
        place, feed = self.place, sent.feed
        brake = self.brakes.get(feed["id"])
        newest = sorted(fresh, key=lambda one: one[1].published or place.now, reverse=True)[: sent.include]
        as_new = {entry_id for entry_id, _, _ in newest}
        rules = read_rules(feed["rules"])
        for entry_id, entry, judged in fresh:
            verdict = lean(approval.with_default(judged, feed["default_kind"]), self.leaning, load_taxonomy())
            published = min(entry.published or place.now, place.now)  # a date in the future is the source's mistake
            rule = left_out(rules, entry, verdict, published=published, seen=place.now)
            if await self._is_merged(sent, entry_id, entry, passes=not (sent.backlog or rule)) or not verdict.lead:
                continue
            state: approval.State = "backlog"
            if not sent.backlog or entry_id in as_new:
                state = _state_of(place, feed, verdict, published, rule)
            if brake is not None:
                state = brake.check(entry_id, state)
            lead = new_lead(place, feed["id"], entry_id, entry, verdict, self.likenesses[entry_id], state)
            await self._add(replace(lead, published=published, left_out=rule or None), feed)
        await self.store_waiting()
        if brake is not None and brake.held:
            await floods.tell(place, feed, brake)

    async def store_waiting(self) -> None:
        """Store the leads that wait for it."""
        new, self.waiting = self.waiting, []
        await store.add_leads(self.place.db, self.place.community.id, new)

    async def _is_merged(self, sent: Sent, entry_id: int, entry: Entry, *, passes: bool) -> bool:
        """Merge the entry into the lead that it repeats, if there is one."""
        lead_id = self.repeats.find(self.likenesses[entry_id], passes=passes)
        if entry_id in sent.again:
            await self.store_waiting()
            twin = await floods.twin_of(self.place, sent.feed, entry.title)
            lead_id = lead_id if twin is None else twin
        if lead_id is None:
            return False
        await self.store_waiting()
        await merge(self.place, sent.feed["id"], entry_id, lead_id)
        self.taken.merged += 1
        return True

    async def _add(self, lead: store.NewLead, feed: RowMapping) -> None:
        self.waiting.append(lead)
        self.taken.new.append(lead.id)
        self.repeats.add(lead.id, lead.state, self.likenesses[lead.entry_id])
        posted = lead.state == "approved" and goes_out_alone(feed["destination"], lead.verdict.kind)
        if posted or len(self.waiting) >= _STORED_AT_ONCE:
            await self.store_waiting()
        if posted:
            await post(self.place, lead.id)


def _state_of(place: Place, feed: RowMapping, verdict: Verdict, published: datetime, rule: str = "") -> approval.State:
    return approval.decide(
        verdict,
        approval=approval.approval_of(place.settings, place.community.approval, feed["approval"]),
        published=published,
        now=place.now,
        max_age_hours=place.settings.leads.max_age_hours,
        left_out=rule,
    )


async def merge(place: Place, feed_id: int, entry_id: int, lead_id: int) -> None:
    """Note that an entry is a lead that is known already."""
    if await store.add_sighting(place.db, place.community.id, entry_id=entry_id, lead_id=lead_id, feed_id=feed_id):
        await redraw(place, lead_id)


def new_lead(
    place: Place,
    feed_id: int,
    entry_id: int,
    entry: Entry,
    verdict: Verdict,
    likeness: Likeness,
    state: approval.State,
) -> store.NewLead:
    """The entry as a new lead, published now."""
    return store.NewLead(
        id=place.ids.new(),
        feed_id=feed_id,
        entry_id=entry_id,
        state=state,
        verdict=verdict,
        canonical=likeness.address,
        employer=likeness.employer,
        hourly=hourly(verdict.pay),
        search=search_words(entry.title, entry.text, verdict),
        published=place.now,
        left_out=None,
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
