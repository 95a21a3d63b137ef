"""The weekly pulse: a picture of the week that is over, once in each space, on the day that the settings name."""

from __future__ import annotations

from base64 import b64encode
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from bot import outbox, people, when
from bot.market import store
from bot.market.report import Question, week_edges, weeks_needed
from bot.market.sheet import alt_text, table
from bot.market.wording import pulse_sheet
from bot.setup import DAYS, digest_time

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from bot.market.report import Report
    from bot.market.sheet import Sheet
    from bot.market.store import Plan
    from bot.people import Community
    from bot.ports import Ids
    from bot.settings import Settings

LATEST = timedelta(hours=3)  # a pulse that is later than this is left out
WORK_OUT, DRAW = "bot.market.report:work_out", "bot.market.picture:draw"  # what a worker does


class Pulse(NamedTuple):
    """A pulse that is worked out and drawn."""

    week: date  # the Monday of the week that it is about, in the community's zone
    sheet: Sheet
    png: bytes | None  # None: it could not be drawn


# --- when ------------------------------------------------------------------------------------------------------------


def day_of(settings: Settings) -> str:
    """The weekday of the pulse, "off" where there is none."""
    return settings.digest.market_pulse or "off"


async def plan_next(db: AsyncConnection, settings: Settings, plan: Plan, now: datetime) -> None:
    """Work out when a community's next pulse is due."""
    due = next_pulse(plan.community, settings, now)
    await store.note_plan(db, plan.community.id, due, plan.basis)


def next_pulse(community: Community, settings: Settings, after: datetime) -> datetime | None:
    """The instant of the first pulse after `after`; None where it is switched off."""
    if not settings.digest.market_pulse:
        return None
    days = frozenset({DAYS.index(settings.digest.market_pulse)})
    clock = when.parse_clock(digest_time(community, settings))
    return when.next_daily(after, clock, when.zone(community.zone), days)


def due_at(community: Community, settings: Settings, due: datetime, now: datetime) -> datetime | None:
    """The instant of the pulse to send now, `due` being the one that was planned; None where all are too late."""
    if not settings.digest.market_pulse:
        return None  # switched off since
    if now - due <= LATEST:
        return due
    later = next_pulse(community, settings, now - LATEST)  # after weeks of downtime: the one of today, perhaps
    return later if later and later <= now else None


# --- what ------------------------------------------------------------------------------------------------------------


def question(community: Community, settings: Settings, due: datetime) -> Question:
    """What a pulse tells: the last whole week, Monday to Sunday, before the day on which it is due."""
    day = when.local_day(due, when.zone(community.zone))
    monday = when.instant(day - timedelta(days=day.weekday()), time(0), when.zone(community.zone))
    edges = week_edges(monday, weeks_needed(1), community.zone)
    return Question(edges, 1, community.zone, None, settings.leads.rate_sample_min)


def week_of(asked: Question) -> date:
    """The Monday of the week that a pulse is about."""
    return when.local_day(asked.edges[-2], when.zone(asked.zone))


def sheet_of(report: Report, asked: Question) -> Sheet:
    """The pulse in words."""
    return pulse_sheet(report, week_of(asked).isocalendar().week)


def picture_details(sheet: Sheet, png: bytes, name: str) -> Mapping[str, Any]:
    """What the outbox needs to send a picture as a file."""
    return {"name": name, "content": b64encode(png).decode(), "alt": alt_text(sheet)}


# --- sending ---------------------------------------------------------------------------------------------------------


async def send_pulse(
    db: AsyncConnection, ids: Ids, settings: Settings, plan: Plan, now: datetime, made: Pulse | None
) -> int:
    """Owe what was made to each space, and plan the next one; in one transaction. Returns how many are owed.

    `made` is None where there is nothing to say or it is too late. A space has one pulse for each week, whatever
    happens to clocks, settings and processes: the week is in the message's key.
    """
    community_id = plan.community.id
    if await store.lock_due(db, community_id, now) is None:
        return 0  # another process was quicker
    await plan_next(db, settings, plan, now)
    sent = 0
    for space in await people.spaces_of(db, community_id) if made else ():
        if not made or not space.leads_channel:
            continue
        key = f"pulse:{space.id}:{made.week}"
        if await outbox.find(db, community_id, key):
            continue
        to = outbox.Address(space, space.leads_channel)
        await post(db, ids, to, made.sheet, made.png, f"market-{made.week}.png", key=key, due=now)
        sent += 1
    return sent


async def post(
    db: AsyncConnection,
    ids: Ids,
    to: outbox.Address,
    sheet: Sheet,
    png: bytes | None,
    name: str,
    *,
    key: str,
    due: datetime,
    promise: bool = False,
) -> int:
    """Owe a sheet as a picture with its text, or as text alone where there is no picture; returns the message's id."""
    card: Card = table(sheet)
    if png is None:
        return await outbox.queue(db, ids, to, card, key=key, due=due, promise=promise)
    details = picture_details(sheet, png, name)
    return await outbox.queue(db, ids, to, card, key=key, due=due, promise=promise, verb="file", details=details)
