"""Deliver what the outbox owes: claim mailboxes, send in order, mark; crash anywhere and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import cards, outbox, people
from bot.db import claim
from bot.errors import TryLater
from bot.ports import Delivery, FateUnknown, Refused

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.people import Space
    from bot.ports import Platform

AT_ONCE = 16  # mailboxes
IN_A_ROW = 20  # messages from one mailbox before it is claimed anew
LEASE = timedelta(minutes=2)
RETRY_IN_DOUBT = timedelta(seconds=5)

log = logging.getLogger("guildhall.deliver")


async def run(app: App) -> int:
    """Deliver from up to `AT_ONCE` mailboxes; returns how many were due."""
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
    await asyncio.gather(*(_empty(app, box) for box in boxes))
    return len(boxes)


async def next_due(app: App) -> datetime | None:
    """When the next mailbox is due."""
    async with app.db.read() as db:
        return (await db.execute(sa.select(sa.func.min(outbox.mailbox.c.due)))).scalar_one()


async def _empty(app: App, box: RowMapping) -> None:
    """Send a mailbox's messages in order, as far as they are due and the platform's pace allows."""
    async with app.db.read() as db:
        spaces = {space.id: space for space in await people.spaces_of(db, box["community_id"])}
    space = spaces[box["space_id"]]
    platform = app.platforms.get(space.platform)
    not_before = app.wall.now()
    for _ in range(IN_A_ROW):
        async with app.db.read() as db:
            row = await outbox.next_message(db, box["community_id"], box["id"])
        if row is None or (row["state"] == "queued" and row["due"] > app.wall.now()):
            break
        if platform is None:
            not_before = app.wall.now() + outbox.LONGEST_WAIT
            break
        wait = await _send(app, platform, space, box, row)
        if wait:
            not_before = app.wall.now() + wait
            break
    async with app.db.write() as db:
        await outbox.release(db, box, not_before)


async def _send(app: App, platform: Platform, space: Space, box: RowMapping, row: RowMapping) -> timedelta:
    """Send one message and note what became of it; returns how long its mailbox has to wait."""
    if row["state"] == "sending" and not await _may_repeat(app, platform, row):
        return timedelta(0)
    async with app.db.write() as db:
        await outbox.begin(db, row, app.machine.now())
        delivery = await _delivery(db, space, box, row)
    if delivery is None:
        await _end(app, row, "cancelled", "what it was about was never sent")
        return timedelta(0)
    try:
        card = await app.fit_card(space.platform, space.remote, delivery.card)
        remote = await platform.send(dataclasses.replace(delivery, card=card))
    except TryLater as later:
        wait = later.after or outbox.wait_after(row["tries"])
        async with app.db.write() as db:
            await outbox.postpone(db, row, app.wall.now() + wait, later.reason)
        return wait
    except Refused as refusal:
        log.warning("message %s to %s was refused: %s", row["id"], box["address"], refusal.reason)
        await _end(app, row, "failed", f"{refusal.code} {refusal.reason}")
        return timedelta(0)
    except FateUnknown as doubt:
        log.warning("message %s to %s: fate unknown: %s", row["id"], box["address"], doubt)
        return RETRY_IN_DOUBT
    async with app.db.write() as db:
        await outbox.settle(db, row, remote, app.wall.now())
    return platform.pace


async def _may_repeat(app: App, platform: Platform, row: RowMapping) -> bool:
    """Whether a message whose sending broke off may be sent again; if not it is left to a person."""
    verdict = outbox.after_doubt(
        promise=row["promise"],
        first_try=row["first_try"],
        remembers_nonce=platform.remembers_nonce,
        machine_now=app.machine.now(),
    )
    if verdict == "repeat":
        log.info("message %s is sent again: its fate was unknown", row["id"])
        return True
    await _end(app, row, "unconfirmed", "it may or may not have arrived")
    return False


async def _end(app: App, row: RowMapping, state: outbox.State, reason: str) -> None:
    async with app.db.write() as db:
        await outbox.give_up(db, row, state, reason)


async def _delivery(db: AsyncConnection, space: Space, box: RowMapping, row: RowMapping) -> Delivery | None:
    """What the platform is asked to do; None where it is about a message that was never sent."""
    target = ""
    if row["target_id"] is not None:
        target = await outbox.remote_of(db, row["community_id"], row["target_id"])
        if not target:
            return None
    return Delivery(
        verb=row["verb"],
        space=space.remote,
        address=box["address"],
        card=cards.load(row["card"]),
        nonce=str(row["id"]),
        target=target,
        details=row["details"],
    )
