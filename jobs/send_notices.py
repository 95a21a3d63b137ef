"""Send notices as direct messages: what was asked for when it is due, the rest within each member's budget.

One transaction a member, who is locked by their own waiting notices: two processes never spend one budget twice. A
message that could not be delivered is tried on the member's other platform; where that fails too, the notice stays on
their page.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import cards, outbox, people, when, whereabouts
from bot.members import store
from bot.notices import as_message, notice
from bot.outbox import message
from jobs.due import first, now_if_any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.members.profile import Profile
    from bot.people import Account

AT_ONCE = 200  # members

_same = sa.and_(message.c.community_id == notice.c.community_id, message.c.id == notice.c.message_id)
_FATES = (
    sa.select(notice, message.c.state.label("fate"), message.c.sent_at)
    .join(message, _same)
    .where(notice.c.state == "sending", message.c.state.in_(("sent", "failed", "cancelled")))
)
DUES = (first(notice.c.look_at, notice.c.state == "waiting"), now_if_any(_FATES))

log = logging.getLogger("guildhall.notices")


async def run(app: App) -> int:
    """Note what became of messages, and hand the next ones to the outbox; returns how much was done."""
    done = await _settle(app)
    waiting = (notice.c.state == "waiting", notice.c.look_at <= app.wall.now())
    whose = sa.select(notice.c.community_id, notice.c.member_id).where(*waiting).distinct().limit(AT_ONCE)
    async with app.db.read() as db:
        due = (await db.execute(whose)).all()
    for community_id, member_id in due:
        try:
            async with app.db.write() as db:
                await _Turn(app, db, community_id, member_id, app.wall.now()).take()
        except Exception:
            # A deliberate fence: one member's trouble keeps no other from being told. The next tick tries again.
            log.exception("the notices of member %s failed", member_id)
        else:
            done += 1
    return done


# --- what became of messages -----------------------------------------------------------------------------------------


async def _settle(app: App) -> int:
    """Notices whose message was delivered have reached their member; of the others, the next account is tried."""
    async with app.db.read() as db:
        rows = (await db.execute(_FATES)).mappings().all()
    if rows:
        async with app.db.write() as db:
            for row in rows:
                await _note_fate(app, db, row)
    return len(rows)


async def _note_fate(app: App, db: AsyncConnection, row: RowMapping) -> None:
    own = (notice.c.community_id == row["community_id"], notice.c.id == row["id"], notice.c.state == "sending")
    if row["fate"] == "sent":
        reached = row["reached_at"] or row["sent_at"]
        await db.execute(sa.update(notice).where(*own).values(state="sent", reached_at=reached))
        return
    accounts = await people.accounts_of(db, row["community_id"], row["member_id"])
    another = row["fate"] == "failed" and _untried(accounts, row) is not None
    state = "waiting" if another else "page"
    await db.execute(sa.update(notice).where(*own).values(state=state, look_at=app.wall.now()))


def _untried(accounts: Sequence[Account], row: RowMapping) -> Account | None:
    return next((account for account in accounts if account.space.platform not in row["tried"]), None)


# --- one member's turn -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Turn:
    """A member whose waiting notices are looked at, in one transaction."""

    app: App
    db: AsyncConnection
    community_id: int
    member_id: int
    now: datetime

    async def take(self) -> None:
        """Hand over what may be sent now, and say of the rest when to look again."""
        rows = await self._waiting()
        page = await store.profile_of(self.db, self.community_id, self.member_id)
        accounts = await people.accounts_of(self.db, self.community_id, self.member_id)
        community = await people.read_community(self.db, self.community_id)
        known = await whereabouts.zone_at(self.db, self.community_id, self.member_id, self.now)
        zone = when.zone(known or community.zone)
        midnight = when.instant(when.local_day(self.now, zone), time(), zone)
        left = self.app.settings.safety.messages_per_day - await self._spent_since(midnight)
        quiet_until = self._quiet_until(page, zone)
        for row in rows:
            account = _untried(accounts, row)
            if account is None or not page.messages or (page.paused and not row["asked"]):
                await self._set(row, state="page")
            elif row["asked"] or row["tried"] or (left > 0 and quiet_until <= self.now):
                left -= 0 if row["asked"] or row["tried"] else 1
                await self._hand_over(row, account)
            else:
                tomorrow = when.instant(when.local_day(self.now, zone) + when.DAY, time(), zone)
                await self._set(row, look_at=quiet_until if left > 0 else tomorrow)

    async def _waiting(self) -> Sequence[RowMapping]:
        """What waits, most worth first. Locks it."""
        own = (notice.c.community_id == self.community_id, notice.c.member_id == self.member_id)
        waiting = (notice.c.state == "waiting", notice.c.look_at <= self.now)
        order = (notice.c.worth.desc(), notice.c.due, notice.c.id)
        statement = sa.select(notice).where(*own, *waiting).order_by(*order).with_for_update()
        rows = (await self.db.execute(statement)).mappings().all()
        late = [row for row in rows if row["until"] and row["until"] <= self.now]
        for row in late:
            await self._set(row, state="page")
        return [row for row in rows if row not in late]

    async def _spent_since(self, midnight: datetime) -> int:
        """How many messages that nobody asked for this member got since an instant."""
        own = (notice.c.community_id == self.community_id, notice.c.member_id == self.member_id)
        sent = (notice.c.asked.is_(False), notice.c.handed_at >= midnight, notice.c.state != "page")
        count = sa.select(sa.func.count()).select_from(notice).where(*own, *sent)
        return int((await self.db.execute(count)).scalar_one())

    def _quiet_until(self, page: Profile, zone: ZoneInfo) -> datetime:
        quiet = when.quiet_hours(self.app.settings.safety.quiet_hours if page.quiet is None else page.quiet)
        return quiet.end_after(self.now, zone) if quiet else self.now

    async def _hand_over(self, row: RowMapping, account: Account) -> None:
        """Let the outbox send it to this account."""
        tried = [*row["tried"], account.space.platform]
        message_id = await outbox.queue(
            self.db,
            self.app.ids,
            outbox.Address(account.space, account.remote, direct=True),
            as_message(cards.load(row["card"]), asked=row["asked"]),
            key=f"notice:{row['id']}:{len(tried)}",
            due=self.now,
            until=row["until"],
            promise=True,
        )
        handed = row["handed_at"] or self.now
        await self._set(row, state="sending", message_id=message_id, tried=tried, handed_at=handed)

    async def _set(self, row: RowMapping, **values: object) -> None:
        own = (notice.c.community_id == self.community_id, notice.c.id == row["id"])
        await self.db.execute(sa.update(notice).where(*own).values(**values))
