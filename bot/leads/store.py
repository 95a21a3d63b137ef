"""A community's leads: tables and queries."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot import people
from bot.db import Json, Key, UtcDateTime, Words, metadata, parts
from bot.leads.editing import edited, read_edits
from bot.leads.entry import Verdict
from bot.leads.publications import publication
from bot.leads.sources import entry
from bot.leads.subscriptions import feed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.approval import Reason, State

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
    sa.Column("reason_words", Words),  # in the moderator's own words, where they gave some
    sa.Column("edits", Json),  # what moderators changed of what is shown: bot.leads.editing.Edits
    sa.Column("ran_out", UtcDateTime),  # when its days were over while it waited for a moderator
    sa.Column("open_since", UtcDateTime),  # when alerts first found it approved
    sa.ForeignKeyConstraint(["community_id", "feed_id"], ["feed.community_id", "feed.id"]),
    sa.Index("ix_lead_state", "community_id", "state", "published"),
    sa.Index("ix_lead_open", "state", "open_since"),
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
    reason_words: str | None = None  # `reason` in the moderator's own words
    open_since: datetime | None = None  # when alerts first found it approved
    also_on: tuple[str, ...] = ()  # titles of further feeds that had it

    @property
    def checked(self) -> bool:
        """Whether a moderator looked at it; else it was sure enough for what moderators let through."""
        return self.decided_by is not None


LEAD = (
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
        lead.c.reason_words,
        lead.c.left_out,
        lead.c.open_since,
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


def lead_of(row: sa.RowMapping) -> Lead:
    """The lead in a row of `LEAD`, as moderators want it shown."""
    values, verdict = dict(row), verdict_of(row)
    edits = read_edits(values.pop("edits"))
    if edits is not None:
        verdict = edited(verdict, edits)
        values["title"] = edits.title
    return Lead(**{**values, "verdict": verdict, "edited": edits is not None})


# --- leads -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead that is to be stored, with the entry it was seen in."""

    id: int
    feed_id: int
    entry_id: int
    state: State
    verdict: Verdict
    canonical: str
    employer: str
    hourly: float
    search: str
    published: datetime
    left_out: str | None


async def add_leads(db: AsyncConnection, community_id: int, new: Sequence[NewLead]) -> None:
    """Store new leads, each with the entry it was seen in."""
    if not new:
        return
    rows = [
        {
            "community_id": community_id,
            "id": one.id,
            "feed_id": one.feed_id,
            "entry_id": one.entry_id,
            "state": one.state,
            "kind": one.verdict.kind,
            "score": one.verdict.score,
            "verdict": verdict_data(one.verdict),
            "canonical": one.canonical,
            "employer": one.employer,
            "hourly": one.hourly,
            "search": one.search,
            "published": one.published,
            "expires": one.verdict.expires,
            "version": 1,
            "left_out": one.left_out,
        }
        for one in new
    ]
    await db.execute(sa.insert(lead), rows)
    seen = [{"entry_id": one.entry_id, "lead_id": one.id, "feed_id": one.feed_id} for one in new]
    await db.execute(sa.insert(sighting), [{"community_id": community_id, **one} for one in seen])


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
    for part in parts(entry_ids):
        own = (sighting.c.community_id == community_id, sighting.c.entry_id.in_(part))
        known.update((await db.execute(sa.select(sighting.c.entry_id).where(*own))).scalars())
    return known


async def leads_at(db: AsyncConnection, community_id: int, addresses: Iterable[str], since: datetime) -> set[str]:
    """Which of these canonical addresses are those of leads since a day."""
    found: set[str] = set()
    for part in parts(sorted(set(addresses) - {""})):
        own = (lead.c.community_id == community_id, lead.c.canonical.in_(part))
        there = sa.select(lead.c.canonical).where(*own, lead.c.published >= since)
        found.update((await db.execute(there)).scalars())
    return found


ALIKE_MOST = 200  # leads of one employer that are compared


async def alike(
    db: AsyncConnection, community_id: int, addresses: Iterable[str], employers: Iterable[str], since: datetime
) -> Sequence[sa.RowMapping]:
    """Leads since a day that may be the same job as others: at one of their addresses, or of one of their employers."""
    found: dict[int, sa.RowMapping] = {}
    for column, values in ((lead.c.canonical, addresses), (lead.c.employer, employers)):
        wanted = sorted(set(values) - {""})
        for start in range(0, len(wanted), 250):
            part = (lead.c.community_id == community_id, column.in_(wanted[start : start + 250]))
            turn = sa.func.row_number().over(partition_by=column, order_by=lead.c.id).label("turn")
            near = sa.select(lead.c.id, turn).where(*part, lead.c.published >= since).subquery()
            statement = (
                sa.select(
                    *(lead.c[name] for name in ("id", "canonical", "employer", "state", "verdict")),
                    *(entry.c[name] for name in ("title", "text", "link")),
                )
                .join(near, near.c.id == lead.c.id)
                .join(entry, entry.c.id == lead.c.entry_id)
                .where(lead.c.community_id == community_id, near.c.turn <= ALIKE_MOST)
            )
            found.update({row["id"]: row for row in (await db.execute(statement)).mappings()})
    return [found[lead_id] for lead_id in sorted(found)]


async def read_lead(db: AsyncConnection, community_id: int, lead_id: int, *, lock: bool = False) -> Lead | None:
    """The lead with this id; with `lock`, nobody else decides on it until this transaction ends."""
    own = (lead.c.community_id == community_id, lead.c.id == lead_id)
    if lock:
        await people.lock_communities(db, community_id)
    row = (await db.execute(LEAD.where(*own))).mappings().one_or_none()
    if row is None:
        return None
    found = lead_of(row)
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


async def read_leads(db: AsyncConnection, community_id: int, lead_ids: Iterable[int]) -> list[Lead]:
    """The leads with these ids, in the order of the ids; without the further feeds that had them."""
    found: list[Lead] = []
    for part in parts(sorted(lead_ids)):
        own = (lead.c.community_id == community_id, lead.c.id.in_(part))
        rows = (await db.execute(LEAD.where(*own).order_by(lead.c.id))).mappings()
        found += [lead_of(row) for row in rows]
    return found


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


async def set_state(
    db: AsyncConnection,
    community_id: int,
    lead_id: int,
    state: State,
    *,
    decided_by: str | None = None,
    decided_at: datetime | None = None,
    reason: Reason | None = None,
    reason_words: str | None = None,
) -> None:
    """Move a lead to a state; its version goes up, so that a second press on an old card is seen."""
    decision = {"decided_by": decided_by, "decided_at": decided_at, "reason": reason, "reason_words": reason_words}
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
