"""How feeds are: states in words, and what moderators are told of them, once.

Three failures in a row are one notice with the cause and a fix; after seven days the feed is paused and that is said.
A feed that answers and has nothing new for five times its usual gap is flagged. What a community's moderators know of
is in `feed.told`, so that nothing is said twice; a good poll clears it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa

from bot import outbox, people
from bot.cards import Block, Button, Card, Controls, Heading, Note, Paragraph, Text, Time, bold, plain
from bot.leads import subscriptions
from bot.leads.place import Place, note_own, tell_moderators
from bot.leads.sources import entry, source
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.ports import FetchFailed, Ids
    from bot.settings import Settings

Told = Literal["failing", "ended", "silent"]

FAILURES = 3  # in a row, before moderators hear of it
PATIENCE = timedelta(days=7)  # of failures, before a feed is paused
SILENT_GAPS = 5  # times the usual gap
LOOKED_BACK = 60  # entries from which the usual gap is read
SLOW = 0.5  # of the time that an answer may take

DAY = timedelta(days=1)


# --- in words --------------------------------------------------------------------------------------------------------


def state_of(feed: RowMapping, now: datetime) -> Text:
    """How a feed (`subscriptions.read_feed`) is, in words."""
    if feed["paused"] is not None:
        by = feed["paused_by"]
        who = say("Paused by {name}, ", name=by) if by else say("Paused by itself after seven days of failures, ")
        return (who, Time(feed["paused"], "relative"))
    if feed["due"] is None:
        return (say("Ended: the site says it is gone for good"),)
    return _state_while_read(feed, now)


def _state_while_read(feed: RowMapping, now: datetime) -> Text:
    if feed["failures"]:
        n, error = feed["failures"], feed["error"]
        return (say("Failing {n}× since ", n=n), Time(feed["failing_since"] or now, "date"), f" ({error})")
    if feed["begun"] is None:
        return (say("Waiting for its first look"),)
    if feed["silent_after"] is not None and feed["silent_after"] <= now:
        return (say("Silent: nothing new for more than {n} times its usual gap", n=SILENT_GAPS),)
    if feed["slow_seconds"] is not None:
        return (say("Slow: its last answer took {n} s", n=feed["slow_seconds"]),)
    return (say("Healthy"),)


def is_unwell(feed: RowMapping, now: datetime) -> bool:
    """Whether a moderator should look at a feed: it fails, has ended, is silent, or was paused by the bot."""
    by_itself = feed["paused"] is not None and feed["paused_by"] is None
    silent = feed["silent_after"] is not None and feed["silent_after"] <= now
    return by_itself or (feed["paused"] is None and (feed["due"] is None or feed["failures"] > 0 or silent))


def silent_after(days: Iterable[date], last: datetime) -> datetime | None:
    """When a source that spoke on these days, and at `last` for the last time, is silent for longer than usual.

    The usual gap is the median of those between days on which it spoke, so that neither a busy morning nor a weekend
    counts. None where it has spoken on fewer than three days.
    """
    known = sorted(set(days))
    if len(known) < 3:
        return None
    gap = median((later - earlier).days for earlier, later in pairwise(known))
    return last + SILENT_GAPS * DAY * gap


# --- after a poll ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """A good poll: of which source (as it was claimed), what it took, whether it said what it never said before."""

    row: RowMapping
    seconds: float = 0
    new: bool = False


async def went_well(
    db: AsyncConnection, ids: Ids, settings: Settings, answers: Sequence[Answer], now: datetime
) -> None:
    """Note how sources are after good polls."""
    silences = await _next_silences(db, [one.row["id"] for one in answers if one.new], now)
    slow_from = SLOW * settings.feeds.timeout_seconds
    changes = []
    for one in sorted(answers, key=lambda one: one.row["id"]):
        row = one.row
        after = {
            "slow_seconds": round(one.seconds) if one.seconds > slow_from else None,
            "failing_since": None,
            "silent_after": silences.get(row["id"], row["silent_after"]),
        }
        if any(after[name] != row[name] for name in after):
            changes.append({"own_id": row["id"], **{f"new_{name}": value for name, value in after.items()}})
    if changes:
        await db.execute(_CHANGE, changes)
    for one in answers:
        await _tell_or_clear(db, ids, settings, one, now)


_CHANGED = ("slow_seconds", "failing_since", "silent_after")
_CHANGE = (
    sa.update(source)
    .where(source.c.id == sa.bindparam("own_id"))
    .values({name: sa.bindparam(f"new_{name}") for name in _CHANGED})
)


async def _tell_or_clear(db: AsyncConnection, ids: Ids, settings: Settings, one: Answer, now: datetime) -> None:
    """Tell moderators of a feed that is silent; what they know of one that is well again is no longer true."""
    row = one.row
    silent = row["silent_after"] is not None and row["silent_after"] <= now
    if row["failures"] or (silent and one.new):
        over: tuple[Told, ...] = ("failing", "ended", "silent") if one.new else ("failing", "ended")
        await _clear(db, ids, row["id"], over, now)
    elif silent:
        for feed in await subscriptions.feeds_of_source(db, row["id"]):
            await _tell(await _place(db, ids, settings, feed, now), feed["id"], "silent")


async def _clear(db: AsyncConnection, ids: Ids, source_id: int, over: Sequence[Told], now: datetime) -> None:
    """What moderators know of the source's feeds is over: the notices that say so are edited."""
    feed = subscriptions.feed
    told = (feed.c.source_id == source_id, feed.c.told.in_(over))
    rows = (await db.execute(sa.select(feed).where(*told).order_by(feed.c.community_id))).mappings().all()
    for row in rows:
        for message_id in row["notices"] or ():
            await outbox.edit(db, ids, row["community_id"], message_id, recovered_card(row, now), now)
        await subscriptions.change(db, row["community_id"], [row["id"]], told=None, notices=None)


async def note_news(db: AsyncConnection, ids: Ids, source_id: int, now: datetime) -> None:
    """Note that a source has said something, outside of a poll."""
    silences = await _next_silences(db, [source_id], now)
    values = {"silent_after": silences[source_id], "failing_since": None}
    await db.execute(sa.update(source).where(source.c.id == source_id).values(**values))
    await _clear(db, ids, source_id, ("failing", "ended", "silent"), now)


async def _next_silences(db: AsyncConnection, source_ids: Sequence[int], now: datetime) -> dict[int, datetime | None]:
    """When each of the sources, which have just said something, will have been silent for too long."""
    if not source_ids:
        return {}
    latest = sa.func.row_number().over(
        partition_by=entry.c.source_id, order_by=(entry.c.first_seen.desc(), entry.c.id.desc())
    )
    times = sa.select(entry.c.source_id, entry.c.published, entry.c.first_seen, latest.label("turn"))
    near = times.where(entry.c.source_id.in_(source_ids)).subquery()
    spoke: dict[int, list[datetime]] = {source_id: [] for source_id in source_ids}
    for row in await db.execute(sa.select(near).where(near.c.turn <= LOOKED_BACK)):
        spoke[row.source_id].append(min(row.published or row.first_seen, row.first_seen))
    return {one: silent_after([at.date() for at in own], max(own, default=now)) for one, own in spoke.items()}


async def went_badly(
    db: AsyncConnection, ids: Ids, settings: Settings, row: RowMapping, failure: FetchFailed, now: datetime
) -> None:
    """Note that a source (as it was claimed) has failed once more, and tell whom it concerns."""
    since = row["failing_since"] or now
    if row["failing_since"] is None:
        await db.execute(sa.update(source).where(source.c.id == row["id"]).values(failing_since=now))
    for feed in await subscriptions.feeds_of_source(db, row["id"]):
        place = await _place(db, ids, settings, feed, now)
        if failure.gone:
            await _tell(place, feed["id"], "ended", failure.advice)
        elif now - since >= PATIENCE:
            await _pause(place, feed, failure)
        elif row["failures"] + 1 >= FAILURES:
            await _tell(place, feed["id"], "failing", failure.advice)
    await subscriptions.rest(db, row["id"])


async def _place(db: AsyncConnection, ids: Ids, settings: Settings, feed: RowMapping, now: datetime) -> Place:
    return Place(db, ids, settings, await people.read_community(db, feed["community_id"]), now)


async def _pause(place: Place, feed: RowMapping, failure: FetchFailed) -> None:
    """Pause a feed that has failed for too long, and say so."""
    after = {"paused": True, "why": failure.sentence}
    await note_own(place, "feeds pause", f"feed:{feed['id']}", before={"paused": False}, after=after)
    await subscriptions.change(
        place.db, place.community.id, [feed["id"]], paused=place.now, paused_by=None, told=None, notices=None
    )
    paused = await subscriptions.read_feed(place.db, place.community.id, feed["id"])
    if paused is not None:
        key = f"feed:{feed['id']}:paused:{place.ids.new()}"
        await tell_moderators(place, key, notice_card(paused, "paused", failure.advice, place.now))


async def _tell(place: Place, feed_id: int, what: Told, advice: str = "") -> None:
    """Tell the moderators of a feed's state unless they know; without a channel for it they still have to be told."""
    feed = await subscriptions.read_feed(place.db, place.community.id, feed_id)
    if feed is None or feed["told"] == what:
        return
    card = notice_card(feed, what, advice, place.now)
    if notices := await tell_moderators(place, f"feed:{feed_id}:{what}:{place.ids.new()}", card):
        await subscriptions.change(place.db, place.community.id, [feed_id], told=what, notices=notices)


# --- the notice ------------------------------------------------------------------------------------------------------


def notice_card(feed: RowMapping, what: str, advice: str, now: datetime) -> Card:
    """What moderators are told of a feed that is not well: its state, the cause, a fix, and what can be pressed."""
    press = (str(feed["id"]),)
    test = Button(say("Test"), "feeds test", press, "primary")
    pause = Button(say("Pause"), "feeds pause", press)
    remove = Button(say("Remove?"), "feeds ask-remove", press)
    resume = Button(say("Resume"), "feeds resume", press)
    head, note, buttons = {
        "failing": (
            say("A feed is failing: {title}", title=feed["title"]),
            say("I try again by myself, less and less often, and pause it after seven days. You hear of it once."),
            (test, pause, remove),
        ),
        "paused": (
            say("A feed is paused: {title}", title=feed["title"]),
            say("It has failed for seven days. Its leads stay; resume it once the cause is gone."),
            (test, resume, remove),
        ),
        "ended": (
            say("A feed has ended: {title}", title=feed["title"]),
            say("Its site says that it is gone for good, so I don't ask there any more. Its leads stay."),
            (remove,),
        ),
        "silent": (
            say("A feed is silent: {title}", title=feed["title"]),
            say("It answers as it should. Perhaps it has moved: look at the site for a newer feed."),
            (test, pause, remove),
        ),
    }[what]
    text: Text = (bold(say("What happened: ")), feed["error"]) if feed["error"] else state_of(feed, now)
    blocks: list[Block] = [Heading(head), Paragraph(text)]
    if advice:
        blocks.append(Paragraph((bold(say("What to do: ")), advice)))
    return Card(f"{head}. {plain(text)}", (*blocks, Note((note,)), Controls(buttons)))


def recovered_card(feed: RowMapping, now: datetime) -> Card:
    """What stands in the place of a notice once it is over; `feed` still says what was told."""
    head = say("A feed works again: {title}", title=feed["title"])
    happened = say("It answers again since ")
    if feed["told"] == "silent":
        head = say("A feed speaks again: {title}", title=feed["title"])
        happened = say("It has something new since ")
    text: Text = (happened, Time(now, "full"), say("; there is nothing to do."))
    show = Button(say("Show feed"), "feeds show", (str(feed["id"]),))
    return Card(f"{head}. {plain(text)}", (Heading(head), Paragraph(text), Controls((show,))))
