"""Send notices as direct messages: what was asked for when it is due, the rest within each member's budget.

A transaction takes care of some members, who are locked by their own waiting notices: two processes never spend one
budget twice. A message that could not be delivered is tried on the member's other platform; where that fails too, the
notice stays on their page.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import cards, outbox, people, when, whereabouts
from bot.db import parts
from bot.members import store
from bot.notices import as_message, notice
from bot.outbox import message
from jobs.due import first, now_if_any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.members.profile import Profile
    from bot.people import Account
    from bot.settings import SafetySettings

AT_ONCE = 500  # members, and messages whose fate is noted
LONGEST_DAY = timedelta(hours=50)  # a local day with a clock change, and to spare

_same = sa.and_(message.c.community_id == notice.c.community_id, message.c.id == notice.c.message_id)
_FATES = (
    sa.select(
        *(notice.c[name] for name in ("community_id", "id", "member_id", "tried", "reached_at")),
        message.c.state.label("fate"),
        message.c.sent_at,
    )
    .join(message, _same)
    .where(notice.c.state == "sending", message.c.state.in_(("sent", "failed", "cancelled")))
)
DUES = (first(notice.c.look_at, notice.c.state == "waiting"), now_if_any(_FATES))

_OWN = (notice.c.community_id == sa.bindparam("of_community"), notice.c.id == sa.bindparam("which"))
_CHANGE = sa.update(notice).where(*_OWN)

log = logging.getLogger("guildhall.notices")


async def run(app: App) -> int:
    """Note what became of messages, and hand the next ones to the outbox; returns how much was done."""
    done = await _settle(app)
    waiting = (notice.c.state == "waiting", notice.c.look_at <= app.wall.now())
    whose = sa.select(notice.c.community_id, notice.c.member_id).where(*waiting).distinct().limit(AT_ONCE)
    members: dict[int, list[int]] = {}
    async with app.db.read() as db:
        for community_id, member_id in await db.execute(whose):
            members.setdefault(community_id, []).append(member_id)
    for community_id, member_ids in members.items():
        for some in parts(member_ids, app.db.together):
            done += await _fenced(app, community_id, some)
    return done


async def _fenced(app: App, community_id: int, member_ids: Sequence[int]) -> int:
    """Let some members have their turn; where that fails, each by themselves. Returns for how many it was done."""
    try:
        async with app.db.write() as db:
            await _take_turns(app, db, community_id, member_ids)
    except Exception:
        # A deliberate fence: one member's trouble keeps no other from being told. The next tick tries again.
        if len(member_ids) == 1:
            log.exception("the notices of member %s failed", *member_ids)
            return 0
    else:
        return len(member_ids)
    return sum([await _fenced(app, community_id, [member_id]) for member_id in member_ids])


# --- what became of messages -----------------------------------------------------------------------------------------


async def _settle(app: App) -> int:
    """Notices whose message was delivered have reached their member; of the others, the next account is tried."""
    async with app.db.read() as db:
        rows = (await db.execute(_FATES.limit(AT_ONCE))).mappings().all()
    for some in parts(rows, app.db.together):
        async with app.db.write() as db:
            await _note_arrivals(db, [row for row in some if row["fate"] == "sent"])
            for row in some:
                if row["fate"] != "sent":
                    await _try_another(app, db, row)
    return len(rows)


async def _note_arrivals(db: AsyncConnection, rows: Sequence[RowMapping]) -> None:
    new = [{**_key(row), "reached": row["reached_at"] or row["sent_at"]} for row in rows]
    if new:
        arrived = sa.update(notice).where(*_OWN, notice.c.state == "sending")
        await db.execute(arrived.values(state="sent", reached_at=sa.bindparam("reached")), new)


async def _try_another(app: App, db: AsyncConnection, row: RowMapping) -> None:
    accounts = await people.accounts_of(db, row["community_id"], row["member_id"])
    another = row["fate"] == "failed" and _untried(accounts, row) is not None
    state = "waiting" if another else "page"
    changed = sa.update(notice).where(*_OWN, notice.c.state == "sending").values(state=state, look_at=app.wall.now())
    await db.execute(changed, _key(row))


def _key(row: RowMapping) -> dict[str, int]:
    return {"of_community": row["community_id"], "which": row["id"]}


def _untried(accounts: Sequence[Account], row: RowMapping) -> Account | None:
    return next((account for account in accounts if account.space.platform not in row["tried"]), None)


# --- members' turns --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Decisions:
    """What becomes of waiting notices."""

    to_send: list[tuple[RowMapping, Account]] = field(default_factory=list)
    for_page: list[RowMapping] = field(default_factory=list)
    later: list[tuple[RowMapping, datetime]] = field(default_factory=list)  # and when to look again


async def _take_turns(app: App, db: AsyncConnection, community_id: int, member_ids: Sequence[int]) -> None:
    """Hand over what may be sent now, and say of the rest when to look again."""
    now, made = app.wall.now(), _Decisions()
    waiting = await _waiting(db, community_id, member_ids, now)
    pages = await store.profiles_of(db, community_id, member_ids)
    accounts = await people.accounts_of_all(db, community_id, member_ids)
    zones = await whereabouts.zones_of(db, community_id, member_ids, now)
    home = (await people.read_community(db, community_id)).zone
    spent = await _spent(db, community_id, member_ids, now)
    for member_id, rows in waiting.items():
        zone = when.zone(zones.get(member_id) or home)
        turn = _Turn(app.settings.safety, pages[member_id], accounts[member_id], zone, now)
        turn.decide(rows, spent.get(member_id, ()), made)
    await _hand_over(app, db, made.to_send, now)
    for row in made.for_page:
        await db.execute(_CHANGE.values(state="page"), _key(row))
    for row, at in made.later:
        await db.execute(_CHANGE.values(look_at=at), _key(row))


async def _waiting(
    db: AsyncConnection, community_id: int, member_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[RowMapping]]:
    """What waits, by member, most worth first. Locks it."""
    own = (notice.c.community_id == community_id, notice.c.member_id.in_(member_ids))
    waiting = (notice.c.state == "waiting", notice.c.look_at <= now)
    order = (notice.c.worth.desc(), notice.c.due, notice.c.id)
    found: dict[int, list[RowMapping]] = {}
    rows = await db.execute(sa.select(notice).where(*own, *waiting).order_by(*order).with_for_update())
    for row in rows.mappings():
        found.setdefault(row["member_id"], []).append(row)
    return found


async def _spent(
    db: AsyncConnection, community_id: int, member_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[datetime]]:
    """When these members last got messages that nobody asked for, as far back as a local day may have begun."""
    own = (notice.c.community_id == community_id, notice.c.member_id.in_(member_ids))
    sent = (notice.c.asked.is_(False), notice.c.handed_at >= now - LONGEST_DAY, notice.c.state != "page")
    found: dict[int, list[datetime]] = {}
    for row in await db.execute(sa.select(notice.c.member_id, notice.c.handed_at).where(*own, *sent)):
        found.setdefault(row.member_id, []).append(row.handed_at)
    return found


@dataclass(frozen=True, slots=True)
class _Turn:
    """A member whose waiting notices are looked at."""

    safety: SafetySettings
    page: Profile
    accounts: Sequence[Account]
    zone: ZoneInfo
    now: datetime

    def decide(self, rows: Sequence[RowMapping], spent: Sequence[datetime], made: _Decisions) -> None:
        """Say of each notice what becomes of it; `spent` are the unasked messages that this member had."""
        today = when.local_day(self.now, self.zone)
        midnight = when.instant(today, time(), self.zone)
        left = self.safety.messages_per_day - sum(at >= midnight for at in spent)
        quiet = when.quiet_hours(self.safety.quiet_hours if self.page.quiet is None else self.page.quiet)
        quiet_until = quiet.end_after(self.now, self.zone) if quiet else self.now
        for row in rows:
            account = _untried(self.accounts, row)
            late = row["until"] and row["until"] <= self.now
            if late or account is None or not self.page.messages or (self.page.paused and not row["asked"]):
                made.for_page.append(row)
            elif row["asked"] or row["tried"] or (left > 0 and quiet_until <= self.now):
                left -= 0 if row["asked"] or row["tried"] else 1
                made.to_send.append((row, account))
            else:
                tomorrow = when.instant(today + when.DAY, time(), self.zone)
                made.later.append((row, quiet_until if left > 0 else tomorrow))


async def _hand_over(
    app: App, db: AsyncConnection, to_send: Sequence[tuple[RowMapping, Account]], now: datetime
) -> None:
    """Let the outbox send these notices, each to an account of its member."""
    letters, changes = [], []
    for row, account in to_send:
        tried = [*row["tried"], account.space.platform]
        letters.append(
            outbox.Letter(
                to=outbox.Address(account.space, account.remote, direct=True),
                card=as_message(cards.load(row["card"]), asked=row["asked"]),
                key=f"notice:{row['id']}:{len(tried)}",
                due=now,
                until=row["until"],
                promise=True,
            )
        )
        changes.append({**_key(row), "new_tried": tried, "new_handed": row["handed_at"] or now})
    sent = await outbox.queue_all(db, app.ids, letters)
    handed = _CHANGE.values(
        state="sending",
        message_id=sa.bindparam("new_message"),
        tried=sa.bindparam("new_tried"),
        handed_at=sa.bindparam("new_handed"),
    )
    if sent:
        rows = [{**change, "new_message": message_id} for change, message_id in zip(changes, sent, strict=True)]
        await db.execute(handed, rows)
