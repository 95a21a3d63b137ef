"""Deliver what the outbox owes: claim mailboxes, send in order, mark; crash anywhere and nothing is lost or doubled.

What became of several messages is noted in one transaction, which begins the next ones: a commit costs more than what
it says.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import cards, doubts, outbox, people, sending
from bot.db import claim, parts
from bot.drawing import CannotDraw
from bot.errors import TryLater
from bot.ports import Delivery, FateUnknown, Refused
from jobs.due import first

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.people import Space
    from bot.ports import Platform

AT_ONCE = 50  # mailboxes
IN_A_ROW = 20  # messages from one mailbox before it is claimed anew
LEASE = timedelta(seconds=60)  # after a crash a mailbox rests so long: well within the two minutes of Discord's nonces
NO_MORE_AFTER = timedelta(seconds=20)  # then no further message is begun under the same lease
LONGEST_SEND = timedelta(seconds=30)  # then its fate is unknown; with NO_MORE_AFTER less than the lease
GATHER_SECONDS = 0.1  # how long what was sent waits for others, to be noted with them; where all are done, not at all
WITHOUT_PLATFORM = timedelta(minutes=5)  # until we look again whether a platform is there

DUES = (first(outbox.mailbox.c.due),)

log = logging.getLogger("guildhall.deliver")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one try came to, and how long its mailbox has to wait."""

    state: outbox.State | None  # None: its fate is unknown
    wait: timedelta = timedelta(0)
    remote: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """A mailbox that is being emptied; the last of its messages that were begun, and what became of that one."""

    box: RowMapping
    space: Space
    claimed_at: datetime  # machine clock
    begun: int = 0
    row: RowMapping | None = None  # as it was before its try
    outcome: _Outcome | None = None

    def follow(self, row: RowMapping | None = None, outcome: _Outcome | None = None) -> _Turn:
        """The same mailbox, one message further."""
        return _Turn(self.box, self.space, self.claimed_at, self.begun + 1, row, outcome)


@dataclass(slots=True)
class _Round:
    """What a transaction made of some mailboxes."""

    to_send: list[tuple[_Turn, RowMapping, Delivery]] = field(default_factory=list)
    doubtful: list[tuple[_Turn, RowMapping]] = field(default_factory=list)  # to be left to a person
    back: list[tuple[RowMapping, datetime]] = field(default_factory=list)  # given back, and until when they rest


async def run(app: App) -> int:
    """Deliver from the mailboxes that are due, until none is or the next tick may as well; returns how many there were.

    Several may run at once. Whoever stops the bot waits for them: a long queue must not keep it from stopping.
    """
    begun, found = app.machine.now(), 0
    while app.machine.now() - begun <= NO_MORE_AFTER and (turns := await _claim(app)):
        found += len(turns)
        await _empty(app, turns)
    return found


async def _claim(app: App) -> list[_Turn]:
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
        spaces = {key: await people.read_space(db, *key) for key in {(b["community_id"], b["space_id"]) for b in boxes}}
    turns = [_Turn(box, spaces[box["community_id"], box["space_id"]], machine_now) for box in boxes]
    for turn in turns:
        if turn.space.left:
            async with app.db.write() as db:
                await sending.cancel_all(db, turn.box)
    return turns


async def _empty(app: App, turns: list[_Turn]) -> None:
    """Send the messages of mailboxes in order, as far as they are due and the platform's pace allows."""
    under_way: dict[asyncio.Task[_Outcome], tuple[_Turn, RowMapping]] = {}
    ready = turns
    while ready or under_way:
        doubtful: list[tuple[_Turn, RowMapping]] = []
        for some in parts(ready, app.db.together):
            for made in await _fenced(app, some):
                doubtful += made.doubtful
                for turn, row, delivery in made.to_send:
                    one_try = _send(app.platforms[turn.space.platform], delivery, row, turn.box)
                    under_way[asyncio.create_task(one_try)] = (turn, row)
        ready = await _left_to_a_person(app, doubtful) or await _finished(under_way)


async def _finished(under_way: dict[asyncio.Task[_Outcome], tuple[_Turn, RowMapping]]) -> list[_Turn]:
    """Wait until some messages are sent, take them out, and say what became of each."""
    if not under_way:
        return []
    await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    done, _ = await asyncio.wait(under_way, timeout=GATHER_SECONDS)
    turns = []
    for task in done:
        turn, row = under_way.pop(task)
        if mistake := task.exception():
            _log_mistake(turn, mistake)
        else:
            turns.append(turn.follow(row, task.result()))
    return turns


async def _fenced(app: App, turns: Sequence[_Turn]) -> list[_Round]:
    """Go on with some mailboxes; where that fails, with each by itself: the trouble of one stops no other."""
    try:
        return [await _go_on(app, turns)]
    except Exception as mistake:  # noqa: BLE001
        # A deliberate fence between mailboxes: this one is looked into again when its lease is over.
        if len(turns) == 1:
            _log_mistake(turns[0], mistake)
            return []
    return [made for turn in turns for made in await _fenced(app, [turn])]


def _log_mistake(turn: _Turn, mistake: BaseException) -> None:
    log.error("delivering to %s failed", turn.box["address"], exc_info=mistake)


async def _go_on(app: App, turns: Sequence[_Turn]) -> _Round:
    """Note what became of messages and begin each mailbox's next one; a mailbox that has none to send is given back."""
    made = _Round()
    async with app.db.write() as db:
        await sending.lock(db, [turn.box for turn in turns])
        await _note(app, db, turns)
        going = turns
        while going:
            going = await _begin_next(app, db, going, made)
        await sending.release(db, made.back)
    return made


async def _note(app: App, db: AsyncConnection, turns: Iterable[_Turn]) -> None:
    """Write down what became of the messages that were under way."""
    sent: list[tuple[RowMapping, str]] = []
    for turn in turns:
        row, outcome = turn.row, turn.outcome
        if row is None or outcome is None or outcome.state is None:
            continue
        if outcome.state == "sent":
            sent.append((row, outcome.remote))
        elif outcome.state in ("queued", "sending"):
            await sending.postpone(db, row, outcome.reason)
        else:
            await sending.give_up(db, row, outcome.state, outcome.reason)
    await sending.settle(db, sent, app.wall.now())


async def _begin_next(app: App, db: AsyncConnection, turns: Sequence[_Turn], made: _Round) -> list[_Turn]:
    """Begin the next message of mailboxes; returns those whose message ended without being sent: they have another."""
    now = app.wall.now()
    rows = await sending.next_messages(db, [turn.box for turn in turns])
    again: list[_Turn] = []
    fresh: list[tuple[_Turn, RowMapping]] = []
    for turn in turns:
        row = rows.get((turn.box["community_id"], turn.box["id"]))
        rest = _rest(app, turn)
        if row is None or rest is not None or (row["state"] == "queued" and row["due"] > now):
            made.back.append((turn.box, now + (rest or timedelta(0))))
        elif row["state"] == "queued" and row["until"] and row["until"] < now:
            await sending.give_up(db, row, "cancelled", "E-LATE it would have come too late")
            again.append(turn.follow())
        elif turn.space.platform not in app.platforms:
            made.back.append((turn.box, now + WITHOUT_PLATFORM))
        elif row["state"] == "sending" and not _may_repeat(app, turn, row):
            made.doubtful.append((turn, row))
        else:
            fresh.append((turn, row))
    begun = await sending.begin(db, [row for _, row in fresh], app.machine.now())
    as_they_are = {(row["community_id"], row["id"]): row for row in begun}
    for turn, row in fresh:
        current = as_they_are.get((row["community_id"], row["id"]))  # None: it was taken back
        delivery = await _drawn(app, db, turn, current) if current else None
        if delivery:
            made.to_send.append((turn, row, delivery))
        else:
            again.append(turn.follow())
    return again


def _rest(app: App, turn: _Turn) -> timedelta | None:
    """How long a mailbox has to rest before its next message; None: it may go on."""
    if turn.outcome and turn.outcome.wait:
        return turn.outcome.wait
    if turn.begun >= IN_A_ROW or app.machine.now() - turn.claimed_at > NO_MORE_AFTER:
        return timedelta(0)
    return None


def _may_repeat(app: App, turn: _Turn, row: RowMapping) -> bool:
    """Whether a message whose sending broke off may be sent again."""
    verdict = sending.after_doubt(
        promise=row["promise"],
        first_try=row["first_try"],
        remembers_nonce=app.platforms[turn.space.platform].remembers_nonce,
        machine_now=app.machine.now(),
    )
    if verdict == "repeat":
        log.info("message %s is sent again: its fate was unknown", row["id"])
    return verdict == "repeat"


async def _left_to_a_person(app: App, doubtful: Iterable[tuple[_Turn, RowMapping]]) -> list[_Turn]:
    """Ask moderators about messages that may have arrived. It locks their mailbox, hence each by itself."""
    turns = []
    for turn, row in doubtful:
        try:
            async with app.db.write() as db:
                await doubts.ask_about(db, app.ids, turn.space, row, app.wall.now())
                await sending.give_up(db, row, "unconfirmed", "it may or may not have arrived")
        except Exception as mistake:  # noqa: BLE001
            _log_mistake(turn, mistake)  # as in `_fenced`
        else:
            turns.append(turn.follow())
    return turns


async def _send(platform: Platform, delivery: Delivery, row: RowMapping, box: RowMapping) -> _Outcome:
    """Send one message, and say what became of it."""
    try:
        async with asyncio.timeout(LONGEST_SEND.total_seconds()):
            remote = await platform.send(delivery)
    except TryLater as later:
        wait = later.after or sending.wait_after(row["tries"])
        return _Outcome(row["state"], wait, reason=later.reason)
    except Refused as refusal:
        log.warning("message %s to %s was refused: %s", row["id"], box["address"], refusal.reason)
        return _Outcome("failed", reason=f"{refusal.code} {refusal.reason}")
    except (FateUnknown, TimeoutError) as doubt:
        log.warning("message %s to %s: fate unknown: %s", row["id"], box["address"], doubt)
        return _Outcome(None, sending.wait_after(row["tries"]))
    return _Outcome("sent", platform.pace, remote)


# --- drawing ---------------------------------------------------------------------------------------------------------


async def _drawn(app: App, db: AsyncConnection, turn: _Turn, row: RowMapping) -> Delivery | None:
    """What the platform is asked to do; ends the message and returns None where there is nothing to ask."""
    await asyncio.sleep(0)  # a card takes milliseconds: between any two, others have their turn
    target = ""
    if row["target_id"] is not None:
        target = await outbox.remote_of(db, row["community_id"], row["target_id"])
        if not target:
            await sending.give_up(db, row, "cancelled", "what it was about was never sent")
            return None
    try:
        card = await app.fit(db, turn.space, cards.load(row["card"]))
    except CannotDraw:
        log.exception("message %s can't be drawn", row["id"])
        await sending.give_up(db, row, "failed", "E-UNKNOWN its card can't be drawn")
        return None
    return Delivery(
        verb=row["verb"],
        space=turn.space.remote,
        address=turn.box["address"],
        card=card,
        nonce=str(row["id"]),
        target=target,
        details=row["details"],
        direct=turn.box["direct"],
    )
