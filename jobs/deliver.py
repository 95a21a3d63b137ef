"""Deliver what the outbox owes: claim mailboxes, send in order, mark; crash anywhere and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import cards, doubts, outbox, people
from bot.db import claim
from bot.drawing import CannotDraw
from bot.errors import TryLater
from bot.ports import Delivery, FateUnknown, Refused
from jobs.due import first

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.people import Space
    from bot.ports import Platform

AT_ONCE = 16  # mailboxes
IN_A_ROW = 20  # messages from one mailbox before it is claimed anew
LEASE = timedelta(seconds=60)  # after a crash a mailbox rests so long: well within the two minutes of Discord's nonces
NO_MORE_AFTER = timedelta(seconds=20)  # then no further message is begun under the same lease
LONGEST_SEND = timedelta(seconds=30)  # then its fate is unknown; with NO_MORE_AFTER less than the lease
WITHOUT_PLATFORM = timedelta(minutes=5)  # until we look again whether a platform is there

DUES = (first(outbox.mailbox.c.due),)

log = logging.getLogger("guildhall.deliver")


async def run(app: App) -> int:
    """Deliver from up to `AT_ONCE` mailboxes; returns how many were due. Several may run at once."""
    machine_now = app.machine.now()
    async with app.db.write() as db:
        boxes = await claim(
            db,
            outbox.mailbox,
            due_by=app.wall.now(),
            machine_now=machine_now,
            lease_until=machine_now + LEASE,
            limit=AT_ONCE,
        )
    ends = await asyncio.gather(*(_empty(app, box, machine_now) for box in boxes), return_exceptions=True)
    for box, end in zip(boxes, ends, strict=True):
        if isinstance(end, BaseException):
            # A deliberate fence between mailboxes: this one is looked into again when its lease is over.
            log.error("delivering to %s failed", box["address"], exc_info=end)
    return len(boxes)


async def _empty(app: App, box: RowMapping, claimed_at: datetime) -> None:
    """Send a mailbox's messages in order, as far as they are due and the platform's pace allows."""
    async with app.db.read() as db:
        space = await people.read_space(db, box["community_id"], box["space_id"])
    if space.left:
        async with app.db.write() as db:
            await outbox.cancel_all(db, box)
    platform = app.platforms.get(space.platform)
    wait = timedelta(0)
    for _ in range(IN_A_ROW):
        async with app.db.read() as db:
            row = await outbox.next_message(db, box["community_id"], box["id"])
        if row is None or (row["state"] == "queued" and row["due"] > app.wall.now()):
            break
        if row["state"] == "queued" and row["until"] and row["until"] < app.wall.now():
            await _end(app, row, "cancelled", "E-LATE it would have come too late")
            continue
        wait = await _send(app, platform, space, box, row) if platform else WITHOUT_PLATFORM
        if wait or app.machine.now() - claimed_at > NO_MORE_AFTER:
            break
    async with app.db.write() as db:
        await outbox.release(db, box, app.wall.now() + wait)


async def _send(app: App, platform: Platform, space: Space, box: RowMapping, row: RowMapping) -> timedelta:
    """Send one message and note what became of it; returns how long its mailbox has to wait."""
    if row["state"] == "sending" and not await _may_repeat(app, platform, space, row):
        return timedelta(0)
    delivery = await _begin(app, space, box, row)
    if delivery is None:
        return timedelta(0)
    try:
        async with asyncio.timeout(LONGEST_SEND.total_seconds()):
            remote = await platform.send(delivery)
    except TryLater as later:
        async with app.db.write() as db:
            await outbox.postpone(db, row, later.reason)
        return later.after or outbox.wait_after(row["tries"])
    except Refused as refusal:
        log.warning("message %s to %s was refused: %s", row["id"], box["address"], refusal.reason)
        await _end(app, row, "failed", f"{refusal.code} {refusal.reason}")
        return timedelta(0)
    except (FateUnknown, TimeoutError) as doubt:
        log.warning("message %s to %s: fate unknown: %s", row["id"], box["address"], doubt)
        return outbox.wait_after(row["tries"])
    async with app.db.write() as db:
        await outbox.settle(db, row, remote, app.wall.now())
    return platform.pace


async def _begin(app: App, space: Space, box: RowMapping, row: RowMapping) -> Delivery | None:
    """Note that a message is being sent and say how; None where it was taken back or is about nothing."""
    try:
        async with app.db.write() as db:
            begun = await outbox.begin(db, row, app.machine.now())
            return await _delivery(app, db, space, box, begun) if begun else None
    except CannotDraw:
        log.exception("message %s can't be drawn", row["id"])
        await _end(app, row, "failed", "E-UNKNOWN its card can't be drawn")
        return None


async def _may_repeat(app: App, platform: Platform, space: Space, row: RowMapping) -> bool:
    """Whether a message whose sending broke off may be sent again; if not, moderators are asked about it."""
    verdict = outbox.after_doubt(
        promise=row["promise"],
        first_try=row["first_try"],
        remembers_nonce=platform.remembers_nonce,
        machine_now=app.machine.now(),
    )
    if verdict == "repeat":
        log.info("message %s is sent again: its fate was unknown", row["id"])
        return True
    async with app.db.write() as db:
        await doubts.ask_about(db, app.ids, space, row, app.wall.now())  # locks a mailbox, hence before the message
        await outbox.give_up(db, row, "unconfirmed", "it may or may not have arrived")
    return False


async def _end(app: App, row: RowMapping, state: outbox.State, reason: str) -> None:
    async with app.db.write() as db:
        await outbox.give_up(db, row, state, reason)


async def _delivery(app: App, db: AsyncConnection, space: Space, box: RowMapping, row: RowMapping) -> Delivery | None:
    """What the platform is asked to do; ends the message and returns None where its target was never sent."""
    target = ""
    if row["target_id"] is not None:
        target = await outbox.remote_of(db, row["community_id"], row["target_id"])
        if not target:
            await outbox.give_up(db, row, "cancelled", "what it was about was never sent")
            return None
    return Delivery(
        verb=row["verb"],
        space=space.remote,
        address=box["address"],
        card=await app.fit(db, space, cards.load(row["card"])),
        nonce=str(row["id"]),
        target=target,
        details=row["details"],
        direct=box["direct"],
    )
