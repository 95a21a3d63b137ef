"""A community's leads: tables and queries."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot import people
from bot.db import Json, Key, UtcDateTime, Words, metadata
from bot.leads.editing import edited, read_edits
from bot.leads.entry import Verdict
from bot.leads.marks import HIDDEN, mark
from bot.leads.publications import publication
from bot.leads.sources import entry
from bot.leads.subscriptions import feed
from bot.search import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.approval import Reason, State
    from bot.ports import Ids

lead = sa.Table(
    "lead",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("feed_id", Key, nullable=False),  # where it was seen first
    sa.Column("entry_id", Key, sa.ForeignKey("entry.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # bot.leads.approval.State
    sa.Column("kind", sa.Text, nullable=False),  # gig | job | unclear
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("verdict", Json, nullable=False),
    sa.Column("canonical", Words, nullable=False),
    sa.Column("employer", Words, nullable=False),  # bot.leads.same.job_key: leads of one employer are compared
    sa.Column("hourly", sa.Float, nullable=False),  # the most it pays an hour, 0 where it does not say
    sa.Column("search", Words, nullable=False),  # what `/gigs find` looks into: `searchable` words, facts as tags
    sa.Column("published", UtcDateTime, nullable=False),  # by the source, or when it was first seen
    sa.Column("expires", UtcDateTime),  # None where it does not say
    sa.Column("decided_by", Words),  # a moderator's name
    sa.Column("decided_at", UtcDateTime),
    sa.Column("version", sa.Integer, nullable=False),  # up by one with each decision
    sa.Column("left_out", Words),  # the rule of its feed by which it is left out, in words
    sa.Column("reason", sa.Text),  # why it was rejected: bot.leads.approval.Reason
    sa.Column("edits", Json),  # what moderators changed of what is shown: bot.leads.editing.Edits
    sa.Column("ran_out", UtcDateTime),  # when its days were over while it waited for a moderator
    sa.ForeignKeyConstraint(["community_id", "feed_id"], ["feed.community_id", "feed.id"]),
    sa.Index("ix_lead_state", "community_id", "state", "published"),
    sa.Index("ix_lead_canonical", "community_id", "canonical"),
    sa.Index("ix_lead_employer", "community_id", "employer"),
)

sighting = sa.Table(
    "sighting",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("entry_id", Key, sa.ForeignKey("entry.id"), primary_key=True),
    sa.Column("lead_id", Key, nullable=False),
    sa.Column("feed_id", Key, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "lead_id"], ["lead.community_id", "lead.id"]),
    sa.ForeignKeyConstraint(["community_id", "feed_id"], ["feed.community_id", "feed.id"]),
    sa.Index("ix_sighting_lead", "community_id", "lead_id"),
)
"""Each entry that is a lead, with the lead it is: the first one made it, further ones were merged into it."""

_verdicts: TypeAdapter[Verdict] = TypeAdapter(Verdict)


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead with all that a card needs."""

    id: int
    feed_id: int
    feed_title: str
    destination: str
    state: State
    kind: str
    verdict: Verdict
    title: str
    link: str
    text: str
    published: datetime
    decided_by: str | None
    decided_at: datetime | None
    version: int
    reason: str | None  # why it was rejected: bot.leads.approval.Reason
    left_out: str | None  # the rule of its feed by which it is left out
    edited: bool  # a moderator changed what `title` and `verdict` show
    also_on: tuple[str, ...] = ()  # titles of further feeds that had it


_LEAD = (
    sa.select(
        lead.c.id,
        lead.c.feed_id,
        feed.c.title.label("feed_title"),
        feed.c.destination,
        lead.c.state,
        lead.c.kind,
        lead.c.verdict,
        entry.c.title,
        entry.c.link,
        entry.c.text,
        lead.c.published,
        lead.c.decided_by,
        lead.c.decided_at,
        lead.c.version,
        lead.c.reason,
        lead.c.left_out,
        lead.c.edits,
    )
    .join(feed, sa.and_(feed.c.community_id == lead.c.community_id, feed.c.id == lead.c.feed_id))
    .join(entry, entry.c.id == lead.c.entry_id)
)


def verdict_of(row: sa.RowMapping) -> Verdict:
    """The verdict that a row of `lead` holds, without what moderators changed."""
    return _verdicts.validate_python(row["verdict"])


def verdict_data(verdict: Verdict) -> Any:
    """The verdict as JSON-ready data for a row of `lead`."""
    return _verdicts.dump_python(verdict, mode="json")


def empty_verdict() -> Verdict:
    """What is left of a lead whose words were taken back."""
    return Verdict(kind="unclear", score=0.0, sure=False, held=True, reasons=())


def _lead(row: sa.RowMapping) -> Lead:
    values, verdict = dict(row), verdict_of(row)
    edits = read_edits(values.pop("edits"))
    if edits is not None:
        verdict = edited(verdict, edits)
        values["title"] = edits.title
    return Lead(**{**values, "verdict": verdict, "edited": edits is not None})


# --- leads -----------------------------------------------------------------------------------------------------------


async def add_lead(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    *,
    feed_id: int,
    entry_id: int,
    state: State,
    verdict: Verdict,
    canonical: str,
    employer: str,
    hourly: float,
    search: str,
    published: datetime,
    left_out: str,
) -> int:
    """Store a new lead and the entry it was seen in; returns its id."""
    lead_id = ids.new()
    await db.execute(
        sa.insert(lead).values(
            community_id=community_id,
            id=lead_id,
            feed_id=feed_id,
            entry_id=entry_id,
            state=state,
            kind=verdict.kind,
            score=verdict.score,
            verdict=verdict_data(verdict),
            canonical=canonical,
            employer=employer,
            hourly=hourly,
            search=search,
            published=published,
            expires=verdict.expires,
            version=1,
            left_out=left_out or None,
        )
    )
    await add_sighting(db, community_id, entry_id=entry_id, lead_id=lead_id, feed_id=feed_id)
    return lead_id


async def add_sighting(db: AsyncConnection, community_id: int, *, entry_id: int, lead_id: int, feed_id: int) -> bool:
    """Say that an entry is a lead; returns whether its feed had not had that lead before."""
    same = (sighting.c.community_id == community_id, sighting.c.lead_id == lead_id, sighting.c.feed_id == feed_id)
    known = (await db.execute(sa.select(sa.exists().where(*same)))).scalar_one()
    values = {"community_id": community_id, "entry_id": entry_id, "lead_id": lead_id, "feed_id": feed_id}
    await db.execute(sa.insert(sighting).values(values))
    return not known


async def known_entries(db: AsyncConnection, community_id: int, entry_ids: Iterable[int]) -> set[int]:
    """Which of these entries are leads of this community already."""
    known: set[int] = set()
    wanted = list(entry_ids)
    for start in range(0, len(wanted), 500):
        part = (sighting.c.community_id == community_id, sighting.c.entry_id.in_(wanted[start : start + 500]))
        known.update((await db.execute(sa.select(sighting.c.entry_id).where(*part))).scalars())
    return known


async def leads_at(db: AsyncConnection, community_id: int, addresses: Iterable[str], since: datetime) -> set[str]:
    """Which of these canonical addresses are those of leads since a day."""
    found: set[str] = set()
    wanted = sorted(set(addresses) - {""})
    for start in range(0, len(wanted), 500):
        part = (lead.c.community_id == community_id, lead.c.canonical.in_(wanted[start : start + 500]))
        there = sa.select(lead.c.canonical).where(*part, lead.c.published >= since)
        found.update((await db.execute(there)).scalars())
    return found


async def alike(
    db: AsyncConnection, community_id: int, canonical: str, employer: str, since: datetime
) -> Sequence[sa.RowMapping]:
    """Leads since a day that may be the same job: the same address, or the same employer."""
    same = []
    if canonical:
        same.append(lead.c.canonical == canonical)
    if employer:
        same.append(lead.c.employer == employer)
    if not same:
        return []
    statement = (
        sa.select(lead.c.id, lead.c.canonical, lead.c.state, lead.c.verdict, entry.c.title, entry.c.text, entry.c.link)
        .join(entry, entry.c.id == lead.c.entry_id)
        .where(lead.c.community_id == community_id, sa.or_(*same), lead.c.published >= since)
        .order_by(lead.c.id)
        .limit(200)
    )
    return (await db.execute(statement)).mappings().all()


async def read_lead(db: AsyncConnection, community_id: int, lead_id: int, *, lock: bool = False) -> Lead | None:
    """The lead with this id; with `lock`, nobody else decides on it until this transaction ends."""
    own = (lead.c.community_id == community_id, lead.c.id == lead_id)
    if lock:
        await people.lock_communities(db, community_id)
    row = (await db.execute(_LEAD.where(*own))).mappings().one_or_none()
    if row is None:
        return None
    found = _lead(row)
    statement = (
        sa.select(feed.c.title)
        .join(sighting, sa.and_(sighting.c.community_id == feed.c.community_id, sighting.c.feed_id == feed.c.id))
        .where(
            sighting.c.community_id == community_id, sighting.c.lead_id == lead_id, sighting.c.feed_id != found.feed_id
        )
        .distinct()
        .order_by(feed.c.title)
    )
    return dataclasses.replace(found, also_on=tuple((await db.execute(statement)).scalars()))


async def edits_of(db: AsyncConnection, community_id: int, lead_id: int) -> Any:
    """What moderators changed of a lead, as it is stored; None where nothing was."""
    own = (lead.c.community_id == community_id, lead.c.id == lead_id)
    return (await db.execute(sa.select(lead.c.edits).where(*own))).scalar_one()


async def judged(db: AsyncConnection, community_id: int, lead_id: int) -> tuple[str, Verdict]:
    """A lead's title and verdict without what moderators changed."""
    own = (lead.c.community_id == community_id, lead.c.id == lead_id)
    statement = sa.select(entry.c.title, lead.c.verdict).join(entry, entry.c.id == lead.c.entry_id)
    row = (await db.execute(statement.where(*own))).mappings().one()
    return row["title"], verdict_of(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which leads are looked for."""

    states: tuple[State, ...]
    since: datetime | None = None  # published then or later
    open_at: datetime | None = None  # not expired by then
    kinds: tuple[str, ...] = ()  # all if empty
    words: tuple[str, ...] = ()  # each must begin one of its words
    tags: tuple[str, ...] = ()  # facts that it must have: `bot.search.tag`
    min_hourly: float = 0
    feed_id: int | None = None
    not_in_space: int | None = None  # leaves out what was posted there
    not_hidden_by: int | None = None  # leaves out what this member does not want to see

    def narrow(self, db: AsyncConnection, statement: sa.Select[Any], community_id: int) -> sa.Select[Any]:
        """The statement with these conditions."""
        statement = statement.where(lead.c.community_id == community_id, lead.c.state.in_(self.states))
        if self.since is not None:
            statement = statement.where(lead.c.published >= self.since)
        if self.open_at is not None:
            statement = statement.where(sa.or_(lead.c.expires.is_(None), lead.c.expires > self.open_at))
        if self.kinds:
            statement = statement.where(lead.c.kind.in_(self.kinds))
        if self.words or self.tags:
            statement = statement.where(matches(db, lead.c.search, self.words, self.tags))
        if self.min_hourly:
            statement = statement.where(lead.c.hourly >= self.min_hourly)
        if self.feed_id is not None:
            statement = statement.where(lead.c.feed_id == self.feed_id)
        if self.not_in_space is not None:
            there = sa.select(publication.c.lead_id).where(
                publication.c.community_id == community_id,
                publication.c.space_id == self.not_in_space,
                publication.c.lead_id == lead.c.id,
            )
            statement = statement.where(~there.exists())
        if self.not_hidden_by is not None:
            hidden = sa.select(mark.c.lead_id).where(
                mark.c.community_id == community_id,
                mark.c.member_id == self.not_hidden_by,
                mark.c.lead_id == lead.c.id,
                mark.c.stage == HIDDEN,
            )
            statement = statement.where(~hidden.exists())
        return statement


def still_open(now: datetime, max_age_hours: int) -> Wanted:
    """Approved leads that are not past their days at `now` (`max_age_hours` 0: of any age)."""
    since = now - timedelta(hours=max_age_hours) if max_age_hours else None
    return Wanted(states=("approved",), since=since, open_at=now)


async def leads_in(
    db: AsyncConnection, community_id: int, wanted: Wanted, *, by_score: bool = False, limit: int, offset: int = 0
) -> list[Lead]:
    """The leads that are wanted: newest first, or the surest first."""
    order = (lead.c.score.desc(), lead.c.published.desc()) if by_score else (lead.c.published.desc(),)
    statement = wanted.narrow(db, _LEAD, community_id).order_by(*order, lead.c.id).limit(limit).offset(offset)
    return [_lead(row) for row in (await db.execute(statement)).mappings()]


async def count_leads(db: AsyncConnection, community_id: int, wanted: Wanted) -> int:
    """How many leads are wanted."""
    statement = wanted.narrow(db, sa.select(sa.func.count()).select_from(lead), community_id)
    return int((await db.execute(statement)).scalar_one())


async def waiting_ids(db: AsyncConnection, community_id: int, wanted: Wanted) -> Sequence[int]:
    """The ids of the leads that are wanted, the surest first."""
    statement = wanted.narrow(db, sa.select(lead.c.id), community_id)
    order = (lead.c.score.desc(), lead.c.published.desc(), lead.c.id)
    return list((await db.execute(statement.order_by(*order))).scalars())


async def set_state(
    db: AsyncConnection,
    community_id: int,
    lead_id: int,
    state: State,
    *,
    decided_by: str | None = None,
    decided_at: datetime | None = None,
    reason: Reason | None = None,
) -> None:
    """Move a lead to a state; its version goes up, so that a second press on an old card is seen."""
    decision = {"decided_by": decided_by, "decided_at": decided_at, "reason": reason}
    await change(db, community_id, lead_id, state=state, **decision)


async def change(db: AsyncConnection, community_id: int, lead_id: int, **values: Any) -> None:
    """Set columns of a lead; its version goes up."""
    own = (lead.c.community_id == community_id, lead.c.id == lead_id)
    await db.execute(sa.update(lead).where(*own).values(**values, version=lead.c.version + 1))


async def retire_old(db: AsyncConnection, community_id: int, now: datetime, max_age_hours: int) -> Sequence[int]:
    """Leads past their days that still wait, or were approved and never posted, become old; returns their ids."""
    shown = sa.select(publication.c.lead_id).where(
        publication.c.community_id == lead.c.community_id, publication.c.lead_id == lead.c.id
    )
    past = lead.c.expires <= now
    if max_age_hours:
        past = sa.or_(past, lead.c.published < now - timedelta(hours=max_age_hours))
    own = (lead.c.community_id == community_id, lead.c.state.in_(("held", "approved", "flood")), past, ~shown.exists())
    waited = sa.case((lead.c.state != "approved", now), else_=lead.c.ran_out)
    gone = {"state": "old", "ran_out": waited, "version": lead.c.version + 1}
    return list((await db.execute(sa.update(lead).where(*own).values(**gone).returning(lead.c.id))).scalars())


# --- figures ----------------------------------------------------------------------------------------------------------


async def totals(db: AsyncConnection, community_id: int) -> dict[str, int]:
    """The figures that `demo --once` prints: feeds, entries, leads, gigs, jobs, posted, held, merged."""

    async def number(statement: sa.Select[Any]) -> int:
        return int((await db.execute(statement)).scalar_one())

    own = lead.c.community_id == community_id
    leads = sa.select(sa.func.count()).select_from(lead).where(own)
    sources = sa.select(feed.c.source_id).where(feed.c.community_id == community_id)
    shown = sa.select(sa.func.count(sa.distinct(publication.c.lead_id)))
    sightings = sa.select(sa.func.count()).select_from(sighting).where(sighting.c.community_id == community_id)
    total = await number(leads)
    return {
        "feeds": await number(sa.select(sa.func.count()).select_from(sources.subquery())),
        "entries": await number(sa.select(sa.func.count()).select_from(entry).where(entry.c.source_id.in_(sources))),
        "leads": total,
        "gigs": await number(leads.where(lead.c.kind == "gig")),
        "jobs": await number(leads.where(lead.c.kind == "job")),
        "posted": await number(shown.where(publication.c.community_id == community_id)),
        "held": await number(leads.where(lead.c.state == "held")),
        "merged": await number(sightings) - total,
    }
