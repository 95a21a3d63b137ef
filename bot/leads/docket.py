"""The docket: once a day, the leads that wait, on one card in the moderators' channels. Table, queries and its card.

The sure ones are ticked. A docket is open until somebody publishes what is ticked, or the next one takes its place;
what is not published goes on waiting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit, outbox
from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Paragraph, Time, bold, plain
from bot.db import Json, Key, UtcDateTime, Words, metadata
from bot.leads import selection, store
from bot.leads.asking import asking
from bot.leads.cards import line_of, shorten
from bot.leads.decisions import outcome
from bot.leads.place import Place, tell_moderators
from bot.leads.store import lead
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Text

MOST_LISTED = 20

docket = sa.Table(
    "docket",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("leads", Json, nullable=False),  # their ids, the surest first
    sa.Column("more", sa.Integer, nullable=False),  # how many more waited than it lists
    sa.Column("ran_out", sa.Integer, nullable=False),  # how many ran out since the docket before
    sa.Column("messages", Json, nullable=False),  # the ids of its cards, one for each moderators' channel
    sa.Column("decided_by", Words),  # a moderator's name; None: the next docket has taken its place
    sa.Column("decided_at", UtcDateTime),  # None while it is open
)


@dataclass(slots=True)
class Listed:
    """A docket's leads as they are now."""

    ticked: list[store.Lead] = field(default_factory=list)  # wait, and are sure
    unticked: list[store.Lead] = field(default_factory=list)  # wait
    settled: list[store.Lead] = field(default_factory=list)  # were decided on meanwhile, or ran out

    @property
    def waiting(self) -> list[store.Lead]:
        """Those about which nobody has decided."""
        return [*self.ticked, *self.unticked]


# --- rows ------------------------------------------------------------------------------------------------------------


async def read(db: AsyncConnection, community_id: int, docket_id: int) -> RowMapping | None:
    """The docket with this id."""
    own = (docket.c.community_id == community_id, docket.c.id == docket_id)
    return (await db.execute(sa.select(docket).where(*own))).mappings().one_or_none()


async def latest(db: AsyncConnection, community_id: int) -> RowMapping | None:
    """The newest docket, if there was one."""
    statement = sa.select(docket).where(docket.c.community_id == community_id)
    return (await db.execute(statement.order_by(docket.c.id.desc()).limit(1))).mappings().first()


async def settle(db: AsyncConnection, row: RowMapping, by: str | None, at: datetime | None) -> None:
    """Note who has decided on a docket, and when (None: it is open again)."""
    own = (docket.c.community_id == row["community_id"], docket.c.id == row["id"])
    await db.execute(sa.update(docket).where(*own).values(decided_by=by, decided_at=at))


async def listed(db: AsyncConnection, row: RowMapping) -> Listed:
    """A docket's leads as they are now."""
    found = Listed()
    for lead_id in row["leads"]:
        one = await store.read_lead(db, row["community_id"], lead_id)
        if one is None:
            continue
        if one.state != "held":
            found.settled.append(one)
        elif one.verdict.sure and not one.verdict.held:
            found.ticked.append(one)
        else:
            found.unticked.append(one)
    return found


# --- opening and keeping it true -------------------------------------------------------------------------------------


async def open_today(place: Place) -> bool:
    """Show the moderators what waits, and what ran out since the last time; says whether there was anything."""
    before = await latest(place.db, place.community.id)
    waiting = await _waiting(place)
    ran_out = await _ran_out(place, before["at"] if before is not None else None)
    if before is not None and before["decided_at"] is None:
        await _close(place, before)
    if not waiting and not ran_out:
        return False
    row: dict[str, Any] = {
        "community_id": place.community.id,
        "id": place.ids.new(),
        "at": place.now,
        "leads": waiting[:MOST_LISTED],
        "more": max(len(waiting) - MOST_LISTED, 0),
        "ran_out": ran_out,
        "messages": [],
        "decided_by": None,
        "decided_at": None,
    }
    await place.db.execute(sa.insert(docket).values(**row))
    stored = await read(place.db, place.community.id, row["id"])
    if stored is not None:
        messages = await tell_moderators(place, f"docket:{row['id']}", await card_of(place, stored))
        own = (docket.c.community_id == place.community.id, docket.c.id == row["id"])
        await place.db.execute(sa.update(docket).where(*own).values(messages=messages))
    return True


async def _close(place: Place, row: RowMapping) -> None:
    """Let the next docket take the place of one on which nobody has decided: its card says what became of its leads.

    Where somebody has decided on each of them elsewhere, it says so already.
    """
    found = await listed(place.db, row)
    undecided = [one for one in (*found.waiting, *found.settled) if one.decided_by is None]
    await settle(place.db, row, None, place.now)
    if undecided:
        ran_out = sum(one.state == "old" for one in undecided)
        day: Text = (Time(row["at"], "date"), say(" · nobody decided: "))
        parts = [count(len(found.waiting), say("lead waits"), say("leads wait")) + say(" on a newer card below")]
        if ran_out:
            parts.append(count(ran_out, say("lead ran out"), say("leads ran out")))
        text = ", ".join(parts if found.waiting else parts[1:])
        await _show(place, row, Card(say("Nobody decided: {text}.", text=text), (Note((*day, f"{text}.")),)))


async def _waiting(place: Place) -> list[int]:
    """The leads that wait and have no card of their own, the surest first."""
    waiting = await selection.waiting_ids(place.db, place.community.id, selection.Wanted(states=("held",)))
    alone = sa.select(asking.c.lead_id).where(asking.c.community_id == place.community.id)
    have_own = set((await place.db.execute(alone)).scalars())
    return [lead_id for lead_id in waiting if lead_id not in have_own]


async def _ran_out(place: Place, since: datetime | None) -> int:
    own = [lead.c.community_id == place.community.id, lead.c.ran_out.is_not(None)]
    if since is not None:
        own.append(lead.c.ran_out > since)
    return int((await place.db.execute(sa.select(sa.func.count()).select_from(lead).where(*own))).scalar_one())


async def refresh(place: Place, lead_ids: Sequence[int]) -> None:
    """Bring the open docket up to date if it lists one of these leads."""
    row = await latest(place.db, place.community.id)
    if row is not None and set(lead_ids) & set(row["leads"]):
        await _show(place, row, await card_of(place, row))


async def _show(place: Place, row: RowMapping, card: Card) -> None:
    for message_id in row["messages"]:
        await outbox.edit(place.db, place.ids, place.community.id, message_id, card, place.now)


# --- its card --------------------------------------------------------------------------------------------------------


async def card_of(place: Place, row: RowMapping) -> Card:
    """What a docket's card has to show now."""
    found = await listed(place.db, row)
    if row["decided_at"] is not None:
        return await _decided_card(place, row, found)
    n = len(found.waiting)
    head = say("{n} to approve", n=count(n, say("lead"), say("leads"))) if n else say("Nothing is left to approve")
    blocks: list[Block] = [Heading(head)]
    if found.ticked:
        blocks += [Paragraph((bold(say("Ticked, because I am sure:")),)), _items(found.ticked)]
    if found.unticked:
        blocks += [Paragraph((bold(say("Not ticked:")),)), Items(tuple(_doubtful(one) for one in found.unticked))]
    if found.settled:
        blocks += [Paragraph((bold(say("Settled meanwhile:")),)), Items(tuple(_settled(one) for one in found.settled))]
    blocks += [Note((note,)) for note in _notes(place, row, waiting=n)]
    if controls := _open_controls(row, found):
        blocks.append(Controls(controls))
    ticked = say("{n} ticked", n=len(found.ticked))
    return Card(f"{head}, {ticked}.", tuple(blocks))


def _notes(place: Place, row: RowMapping, *, waiting: int) -> list[str]:
    notes = []
    if waiting:
        hours = place.settings.leads.max_age_hours
        limit = say(" A lead waits for {n} hours, as long as it may be posted.", n=hours) if hours else ""
        notes.append(say("Held until somebody presses: none of these is posted by itself.") + limit)
    if row["more"]:
        more = count(row["more"], say("more lead waits"), say("more leads wait"))
        notes.append(say("{n} in the queue.", n=more))
    if row["ran_out"]:
        n = count(row["ran_out"], say("lead ran out"), say("leads ran out"))
        notes.append(say("{n} since the last card: nobody decided in time.", n=n))
    return notes


def _open_controls(row: RowMapping, found: Listed) -> tuple[Button, ...]:
    press = (str(row["id"]),)
    controls = []
    if found.ticked:
        publish = say("Publish {n} ticked", n=len(found.ticked))
        controls.append(Button(publish, "docket publish", press, "primary"))
    if found.waiting:
        controls.append(Button(say("Change ticks"), "docket ticks", press))
        controls.append(Button(say("One by one"), "feeds queue", ()))
    return tuple(controls)


def _items(leads: Sequence[store.Lead]) -> Items:
    return Items(tuple(line_of(one) for one in leads), numbered=True)


def _doubtful(one: store.Lead) -> Text:
    """A line with what is doubtful about it."""
    verdict = one.verdict
    doubt = say("check first: {cautions}", cautions="; ".join(verdict.cautions)) if verdict.cautions else ""
    if not doubt:
        doubt = next((reason for reason in verdict.reasons if reason.startswith(say("against it"))), say("not sure"))
    return (*line_of(one), " — ", shorten(doubt, 200))


def _settled(one: store.Lead) -> Text:
    return (bold(shorten(one.title, 120)), f" · {plain(outcome(one)[:1])}")


async def _decided_card(place: Place, row: RowMapping, found: Listed) -> Card:
    """What was published, what is left, and what can still be done about it."""
    done = [one for one in found.settled if one.decided_by is not None and one.state != "rejected"]
    n = count(len(done), say("lead"), say("leads"))
    by = row["decided_by"]  # None: all were decided in the queue or on cards of their own, as their lines say
    head = say("Approved by {name}: {n}", name=by, n=n) if by else say("Approved one by one: {n}", n=n)
    blocks: list[Block] = [Heading(head)]
    if found.settled:
        blocks.append(Items(tuple(_settled(one) for one in found.settled)))
    press = (str(row["id"]),)
    controls: list[Button] = []
    latest_row = await audit.latest(place.db, place.community.id, f"docket:{row['id']}")
    if latest_row is not None:
        controls.append(audit.undo_button(latest_row["id"]))
    if found.waiting:
        one, many = say("lead was not ticked and still waits"), say("leads were not ticked and still wait")
        blocks.append(Note((say("{n} in the queue.", n=count(len(found.waiting), one, many)),)))
        controls.append(Button(say("One by one"), "feeds queue", ()))
        controls.append(
            Button(say("Reject the other {n}", n=len(found.waiting)), "docket reject-rest", press, "danger")
        )
    return Card(f"{head}.", (*blocks, Controls(tuple(controls))) if controls else tuple(blocks))
