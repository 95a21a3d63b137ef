"""A community's feeds and leads: tables and queries."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot import people
from bot.db import Json, Key, UtcDateTime, Words, metadata
from bot.leads.entry import Verdict
from bot.leads.publications import publication
from bot.leads.sources import entry, source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.approval import State
    from bot.leads.entry import Side
    from bot.ports import Ids

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("source_id", Key, sa.ForeignKey("source.id"), nullable=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("side", sa.Text, nullable=False),  # demand | mixed | supply
    sa.Column("destination", sa.Text, nullable=False),  # digest | instant
    sa.Column("added", UtcDateTime, nullable=False),
    sa.UniqueConstraint("community_id", "source_id"),
)

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
    sa.Column("search", Words, nullable=False),  # lower-case words that `/gigs find` looks into, skills as "#rag#"
    sa.Column("published", UtcDateTime, nullable=False),  # by the source, or when it was first seen
    sa.Column("expires", UtcDateTime),  # None where it does not say
    sa.Column("decided_by", Words),  # a moderator's name
    sa.Column("decided_at", UtcDateTime),
    sa.Column("version", sa.Integer, nullable=False),  # up by one with each decision
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
    )
    .join(feed, sa.and_(feed.c.community_id == lead.c.community_id, feed.c.id == lead.c.feed_id))
    .join(entry, entry.c.id == lead.c.entry_id)
)


def verdict_of(row: sa.RowMapping) -> Verdict:
    """The verdict that a row of `lead` holds."""
    return _verdicts.validate_python(row["verdict"])


def verdict_data(verdict: Verdict) -> Any:
    """The verdict as JSON-ready data for a row of `lead`."""
    return _verdicts.dump_python(verdict, mode="json")


def _lead(row: sa.RowMapping) -> Lead:
    return Lead(**{**row, "verdict": verdict_of(row)})


# --- feeds -----------------------------------------------------------------------------------------------------------


async def add_feed(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    *,
    source_id: int,
    title: str,
    side: str,
    destination: str,
    now: datetime,
) -> sa.RowMapping:
    """Subscribe a community to a source and return the feed."""
    statement = sa.insert(feed).values(
        community_id=community_id,
        id=ids.new(),
        source_id=source_id,
        title=title,
        side=side,
        destination=destination,
        added=now,
    )
    return (await db.execute(statement.returning(*feed.c))).mappings().one()


async def feed_of_source(db: AsyncConnection, community_id: int, source_id: int) -> sa.RowMapping | None:
    """The feed by which a community has subscribed to a source, if it has."""
    own = (feed.c.community_id == community_id, feed.c.source_id == source_id)
    return (await db.execute(sa.select(feed).where(*own))).mappings().one_or_none()


async def feeds_of_source(db: AsyncConnection, source_id: int) -> Sequence[sa.RowMapping]:
    """Every community's feed of a source."""
    statement = sa.select(feed).where(feed.c.source_id == source_id).order_by(feed.c.community_id)
    return (await db.execute(statement)).mappings().all()


async def sides_of_sources(db: AsyncConnection, source_ids: Iterable[int]) -> dict[int, tuple[Side, ...]]:
    """The sides that communities have given to each of these sources."""
    statement = sa.select(feed.c.source_id, feed.c.side).where(feed.c.source_id.in_(list(source_ids))).distinct()
    sides: dict[int, tuple[Side, ...]] = {}
    for source_id, side in await db.execute(statement.order_by(feed.c.side)):
        sides[source_id] = (*sides.get(source_id, ()), side)
    return sides


async def sides_of(db: AsyncConnection, url: str) -> set[Side]:
    """The sides that communities have given the source with this address."""
    statement = sa.select(feed.c.side).join(source, source.c.id == feed.c.source_id).where(source.c.url == url)
    return set((await db.execute(statement)).scalars())


async def list_feeds(db: AsyncConnection, community_id: int) -> Sequence[sa.RowMapping]:
    """A community's feeds with their source's health and how much came of them, by title."""
    seen = sa.select(sa.func.count()).where(entry.c.source_id == feed.c.source_id).scalar_subquery()
    own_leads = (sighting.c.community_id == feed.c.community_id, sighting.c.feed_id == feed.c.id)
    passed = sa.select(sa.func.count()).where(*own_leads).scalar_subquery()
    posted = (
        sa.select(sa.func.count(sa.distinct(publication.c.lead_id)))
        .join(lead, sa.and_(lead.c.community_id == publication.c.community_id, lead.c.id == publication.c.lead_id))
        .where(lead.c.community_id == feed.c.community_id, lead.c.feed_id == feed.c.id)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            feed.c.id,
            feed.c.title,
            feed.c.side,
            feed.c.destination,
            source.c.url,
            source.c.failures,
            source.c.error,
            source.c.last_ok,
            source.c.due,
            seen.label("seen"),
            passed.label("passed"),
            posted.label("posted"),
        )
        .join(source, source.c.id == feed.c.source_id)
        .where(feed.c.community_id == community_id)
        .order_by(sa.func.lower(feed.c.title), feed.c.id)
    )
    return (await db.execute(statement)).mappings().all()


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
        sa.select(lead.c.id, lead.c.canonical, lead.c.verdict, entry.c.title, entry.c.text, entry.c.link)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which leads are looked for."""

    states: tuple[State, ...]
    since: datetime | None = None  # published then or later
    open_at: datetime | None = None  # not expired by then
    kinds: tuple[str, ...] = ()  # all if empty
    words: tuple[str, ...] = ()  # each must occur
    skill: str | None = None
    min_hourly: float = 0
    feed_id: int | None = None
    not_in_space: int | None = None  # leaves out what was posted there

    def narrow(self, statement: sa.Select[Any], community_id: int) -> sa.Select[Any]:
        """The statement with these conditions."""
        statement = statement.where(lead.c.community_id == community_id, lead.c.state.in_(self.states))
        if self.since is not None:
            statement = statement.where(lead.c.published >= self.since)
        if self.open_at is not None:
            statement = statement.where(sa.or_(lead.c.expires.is_(None), lead.c.expires > self.open_at))
        if self.kinds:
            statement = statement.where(lead.c.kind.in_(self.kinds))
        words = (*self.words, f"#{self.skill}#") if self.skill else self.words
        for word in words:
            statement = statement.where(lead.c.search.contains(word.lower(), autoescape=True))
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
    statement = wanted.narrow(_LEAD, community_id).order_by(*order, lead.c.id).limit(limit).offset(offset)
    return [_lead(row) for row in (await db.execute(statement)).mappings()]


async def count_leads(db: AsyncConnection, community_id: int, wanted: Wanted) -> int:
    """How many leads are wanted."""
    statement = wanted.narrow(sa.select(sa.func.count()).select_from(lead), community_id)
    return int((await db.execute(statement)).scalar_one())


async def waiting_ids(db: AsyncConnection, community_id: int, wanted: Wanted) -> Sequence[int]:
    """The ids of the leads that are wanted, the surest first."""
    statement = wanted.narrow(sa.select(lead.c.id), community_id)
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
) -> None:
    """Move a lead to a state; its version goes up, so that a second press on an old card is seen."""
    own = (lead.c.community_id == community_id, lead.c.id == lead_id)
    values: dict[str, Any] = {"state": state, "version": lead.c.version + 1}
    await db.execute(sa.update(lead).where(*own).values(**values, decided_by=decided_by, decided_at=decided_at))


async def retire_old(db: AsyncConnection, community_id: int, now: datetime, max_age_hours: int) -> int:
    """Leads past their days that still wait, or were approved and never posted, become old; returns how many."""
    shown = sa.select(publication.c.lead_id).where(
        publication.c.community_id == lead.c.community_id, publication.c.lead_id == lead.c.id
    )
    past = lead.c.expires <= now
    if max_age_hours:
        past = sa.or_(past, lead.c.published < now - timedelta(hours=max_age_hours))
    own = (lead.c.community_id == community_id, lead.c.state.in_(("held", "approved")), past, ~shown.exists())
    done = await db.execute(sa.update(lead).where(*own).values(state="old", version=lead.c.version + 1))
    return int(done.rowcount)


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
