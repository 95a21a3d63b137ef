"""Looking for leads of a community: which are wanted, in what order, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.leads.marks import HIDDEN, mark
from bot.leads.publications import publication
from bot.leads.store import LEAD, lead, lead_of
from bot.search import matches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.leads.approval import State
    from bot.leads.store import Lead


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which leads are looked for."""

    states: tuple[State, ...]
    since: datetime | None = None  # published then or later
    open_at: datetime | None = None  # not expired by then
    found_since: datetime | None = None  # alerts found it approved then or later
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
        if self.found_since is not None:
            statement = statement.where(lead.c.open_since >= self.found_since)
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
    statement = wanted.narrow(db, LEAD, community_id).order_by(*order, lead.c.id).limit(limit).offset(offset)
    return [lead_of(row) for row in (await db.execute(statement)).mappings()]


async def count_leads(db: AsyncConnection, community_id: int, wanted: Wanted) -> int:
    """How many leads are wanted."""
    statement = wanted.narrow(db, sa.select(sa.func.count()).select_from(lead), community_id)
    return int((await db.execute(statement)).scalar_one())


async def waiting_ids(db: AsyncConnection, community_id: int, wanted: Wanted) -> Sequence[int]:
    """The ids of the leads that are wanted, the surest first."""
    statement = wanted.narrow(db, sa.select(lead.c.id), community_id)
    order = (lead.c.score.desc(), lead.c.published.desc(), lead.c.id)
    return list((await db.execute(statement.order_by(*order))).scalars())
