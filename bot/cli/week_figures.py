"""What came of the demo's week: the figures that `demo --once --days` prints, read from the database."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import cards, people, when
from bot.cards import Items, plain
from bot.digests.store import digest
from bot.leads import funnel
from bot.leads.sources import entry
from bot.leads.store import lead
from bot.meetups.store import gathering, rsvp
from bot.notices import notice
from bot.outbox import message
from bot.swaps.rounds import ring, swap_round
from bot.swaps.store import hour, lesson

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


async def of_week(db: AsyncConnection, community_id: int, since: datetime, until: datetime) -> dict[str, Any]:
    """The figures of the time from `since` on and before `until`, and the lines of the latest moderators' note."""
    return {
        "from": since.isoformat(),
        "until": until.isoformat(),
        "leads": await _leads(db, community_id, since),
        "digests": await _digests(db, community_id, since, until),
        "round": await _round(db, community_id, since, until),
        "meetups": await _meetups(db, community_id, since, until),
        "unasked": await _unasked(db, community_id, since, until),
        "note": await _note(db, community_id),
    }


async def _number(db: AsyncConnection, table: sa.FromClause, *wanted: sa.ColumnElement[bool]) -> int:
    return int((await db.execute(sa.select(sa.func.count()).select_from(table).where(*wanted))).scalar_one())


async def _leads(db: AsyncConnection, community_id: int, since: datetime) -> dict[str, int]:
    """Entries that came, leads among them, how many of these are approved; and how many leads were posted."""
    of = (await funnel.figures(db, community_id, since)).values()
    own = (lead.c.community_id == community_id, entry.c.first_seen >= since, lead.c.state == "approved")
    approved = await _number(db, lead.join(entry, entry.c.id == lead.c.entry_id), *own)
    seen, passed, posted = (sum(figures[i] for figures in of) for i in range(3))
    return {"seen": seen, "passed": passed, "approved": approved, "posted": posted}


async def _digests(db: AsyncConnection, community_id: int, since: datetime, until: datetime) -> dict[str, int]:
    """Digests that stand in channels, and members' own that were sent."""
    same = sa.and_(message.c.community_id == digest.c.community_id, message.c.id == digest.c.message_id)
    sent = (message.c.sent_at >= since, message.c.sent_at < until)
    mine = (notice.c.key.like("digest:%"), notice.c.handed_at >= since, notice.c.handed_at < until)
    return {
        "channels": await _number(db, digest.join(message, same), digest.c.community_id == community_id, *sent),
        "members": await _number(db, notice, notice.c.community_id == community_id, *mine),
    }


async def _round(db: AsyncConnection, community_id: int, since: datetime, until: datetime) -> dict[str, int]:
    """Rounds of swaps, whom they matched in how many rings, how many of those met; and hours that were entered."""
    own = (swap_round.c.community_id == community_id, swap_round.c.kind == "swap")
    within = (swap_round.c.at >= since, swap_round.c.at < until)
    rounds = (await db.execute(sa.select(swap_round).where(*own, *within))).mappings().all()
    ids = [row["id"] for row in rounds]
    rings = (ring.c.community_id == community_id, ring.c.round_id.in_(ids))
    made = (lesson.c.community_id == community_id, lesson.c.at >= since, lesson.c.at < until)
    met = (hour.c.community_id == community_id, hour.c.at >= since, hour.c.at < until)
    return {
        "members": sum(row["members"] for row in rounds),
        "served": sum(row["served"] for row in rounds),
        "rings": await _number(db, ring, *rings),
        "introduced": await _number(db, ring, *rings, ring.c.state == "introduced"),
        "swaps": await _number(db, lesson, *made),
        "met": await _number(db, hour, *met),
    }


async def _meetups(db: AsyncConnection, community_id: int, since: datetime, until: datetime) -> dict[str, int]:
    """Meetups that were held, who went, and of whom it is known that they came."""
    held = (
        gathering.c.community_id == community_id,
        gathering.c.at >= since,
        gathering.c.at < until,
        gathering.c.cancelled.is_(None),
    )
    same = sa.and_(gathering.c.community_id == rsvp.c.community_id, gathering.c.id == rsvp.c.gathering_id)
    goes = (*held, rsvp.c.answer == "going")
    return {
        "held": await _number(db, gathering, *held),
        "going": await _number(db, rsvp.join(gathering, same), *goes),
        "came": await _number(db, rsvp.join(gathering, same), *goes, rsvp.c.came.is_(sa.true())),
    }


async def _unasked(db: AsyncConnection, community_id: int, since: datetime, until: datetime) -> dict[str, int]:
    """The most direct messages that nobody asked for, to one member: on a day of theirs, and in all."""
    same = sa.and_(people.member.c.community_id == notice.c.community_id, people.member.c.id == notice.c.member_id)
    own = (notice.c.community_id == community_id, notice.c.handed_at >= since, notice.c.handed_at < until)
    home = await people.read_community(db, community_id)
    statement = sa.select(notice.c.member_id, notice.c.handed_at, people.member.c.zone).join(people.member, same)
    rows = (await db.execute(statement.where(*own, ~notice.c.asked, notice.c.message_id.is_not(None)))).all()
    days = Counter((row.member_id, when.local_day(row.handed_at, when.zone(row.zone or home.zone))) for row in rows)
    in_all = Counter(row.member_id for row in rows)
    return {"most_a_day": max(days.values(), default=0), "most": max(in_all.values(), default=0)}


async def _note(db: AsyncConnection, community_id: int) -> list[str]:
    """The lines of the latest note to the moderators."""
    own = (message.c.community_id == community_id, message.c.key.like("note:%"), message.c.state == "sent")
    latest = sa.select(message.c.card).where(*own).order_by(message.c.sent_at.desc(), message.c.id.desc()).limit(1)
    stored = (await db.execute(latest)).scalar_one_or_none()
    blocks = cards.load(stored).blocks if stored else ()
    return [plain(item) for block in blocks if isinstance(block, Items) for item in block.items]
