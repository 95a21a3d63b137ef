"""What the meetups feature answers to others."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import belongings, people
from bot.cards import Button, Card, Controls, Heading, Items, Note, Paragraph, Time, plain
from bot.feature import Feature, Merging, OwnSection, Section, Whose
from bot.meetups import announcing, attendance, circles, going, reminding, retold, store
from bot.meetups.cards import left_words, public_place, view_of
from bot.meetups.commands import commands, event_of, my_words
from bot.place import Here
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.calendar import Event
    from bot.cards import Block, Text
    from bot.commands import Read
    from bot.feature import Edition, Issue
    from bot.occurrences import Moved
    from bot.ports import Ids
    from bot.settings import Settings

SOON = timedelta(days=7)
MOST = 5  # in one digest, or on one page


async def meetups_section(issue: Issue) -> Section | None:
    """The meetups of the next week, with what is left of their places; what the last digest said is not repeated."""
    coming = await store.to_come(issue.db, issue.community.id, issue.now, limit=MOST)
    soon = [one for one in coming if one.at <= issue.now + SOON]
    if not soon:
        return None
    lines = [line for line in await _lines(issue.db, issue.community.id, soon) if plain(line) not in issue.said]
    return _section(lines) if lines else None


async def _lines(db: AsyncConnection, community_id: int, soon: Sequence[store.Gathering]) -> list[Text]:
    """A line for each meetup: when it is, and what is left of its places."""
    lines: list[Text] = []
    for one in soon:
        view = await view_of(db, community_id, one)
        lines.append((one.title, " — ", Time(one.at, "full"), f" — {left_words(view)}"))
    return lines


def _section(lines: Sequence[Text]) -> Section:
    n = count(len(lines), say("meetup"), say("meetups"))
    buttons = (Button(say("See meetups"), "meetup list"),)
    return Section(n, (Heading(say("Meetups")), Items(tuple(lines)), Controls(buttons)))


async def own_meetups(edition: Edition) -> Mapping[int, Section]:
    """By member, the meetups of the next week that were announced, or came so near, since their last digest."""
    coming = await store.to_come(edition.db, edition.community.id, edition.now, limit=MOST)
    soon = [one for one in coming if one.at <= edition.now + SOON]
    lines = await _lines(edition.db, edition.community.id, soon)
    near = [max(one.announced or one.at - SOON, one.at - SOON) for one in soon]
    found: dict[int, Section] = {}
    for member_id, since in edition.since.items():
        new = [line for at, line in zip(near, lines, strict=True) if at > since]
        if new:
            found[member_id] = _section(new)
    return found


async def my_meetups(ask: Read) -> Sequence[Block]:
    """A member's own meetups to come, on their page."""
    found = await store.to_come(ask.db, ask.community.id, ask.now, member_id=ask.member_id, limit=MOST)
    if not found:
        return ()
    lines = []
    for one in found:
        view = await view_of(ask.db, ask.community.id, one)
        lines.append((one.title, " — ", Time(one.at, "full"), f" — {my_words(view, ask.member_id)}"))
    more = Controls((Button(say("My meetups"), "meetup list", ("yes",)),))
    return (Heading(say("Your meetups")), Items(tuple(lines)), more)


async def calendar(db: AsyncConnection, community_id: int, member_id: int | None, since: datetime) -> Sequence[Event]:
    """A community's meetups; in a member's own calendar those that they host or go to, with the links."""
    events = []
    for found in await store.since(db, community_id, since, member_id):
        event = event_of(found)
        events.append(event if member_id else dataclasses.replace(event, place=public_place(found)))
    return events


# --- when zone data change -------------------------------------------------------------------------------------------


async def moved(db: AsyncConnection, ids: Ids, settings: Settings, found: Sequence[Moved], now: datetime) -> None:
    """Tell those who come that a meetup kept its time on the organiser's clock, which is another instant now."""
    for one in found:
        community = await people.read_community(db, one.community_id)
        turn = Here(db, ids, settings, community, now)
        own = (
            store.gathering.c.community_id == one.community_id,
            store.gathering.c.key == one.key.isoformat(),
            store.meetup.c.series_id == one.series_id,
        )
        statement = sa.select(store.gathering.c.id).join(store.meetup, store.of_its_meetup).where(*own)
        gathering_id = (await db.execute(statement)).scalar_one_or_none()
        if gathering_id is not None:
            await _shift(turn, gathering_id, one)


async def _shift(turn: Here, gathering_id: int, one: Moved) -> None:
    found = await store.read_gathering(turn.db, turn.community.id, gathering_id, lock=True)
    if found is None or found.cancelled:
        return
    sequence = max(one.sequence, found.sequence + 1)
    await store.change_gathering(turn.db, turn.community.id, gathering_id, at=one.after, sequence=sequence)
    await reminding.remind_again(turn, gathering_id)
    why = say("The clocks of {zone} follow other rules now; there it stays at {clock}.", zone=one.zone, clock=one.wall)
    card = Card(
        say("Changed: {title}.", title=found.title),
        (Heading(found.title), Paragraph((Time(one.after, "full"),)), Note((why,))),
    )
    changed = await store.read_gathering(turn.db, turn.community.id, gathering_id)
    if changed is not None:
        key = f"meetup-shifted:{gathering_id}:{sequence}"
        await going.tell_those_who_come(turn, changed, card, key)
        await going.settle(turn, changed)
        await announcing.mirror_again(turn, changed)


# --- a member's rows -------------------------------------------------------------------------------------------------


async def export(whose: Whose) -> Mapping[str, Any]:
    """The meetups that a member hosts, and what they answered to others."""
    hosted = sa.select(store.meetup).where(
        store.meetup.c.community_id == whose.community_id, store.meetup.c.host_id == whose.member_id
    )
    answers = (
        sa.select(store.rsvp, store.gathering.c.at.label("begins"), store.meetup.c.title)
        .join(store.gathering, _same_gathering())
        .join(store.meetup, store.of_its_meetup)
        .where(store.rsvp.c.community_id == whose.community_id, store.rsvp.c.member_id == whose.member_id)
    )
    own = [
        {
            "title": row["title"],
            "begins": row["begins"].isoformat(),
            "answer": row["answer"],
            "since": row["at"].isoformat(),
            "came": row["came"],
        }
        for row in (await whose.db.execute(answers)).mappings()
    ]
    made = [
        {
            "title": row["title"],
            "kind": row["kind"],
            "where": row["place"],
            "about": row["about"],
            "made": row["made"].isoformat(),
        }
        for row in (await whose.db.execute(hosted)).mappings()
    ]
    return {"meetups you host": made, "your answers": own}


def _same_gathering() -> sa.ColumnElement[bool]:
    return sa.and_(
        store.gathering.c.community_id == store.rsvp.c.community_id, store.gathering.c.id == store.rsvp.c.gathering_id
    )


async def forget(whose: Whose) -> None:
    """Their answers go, and so do they as a host; what they planned stays, without its words of theirs."""
    hosted = (store.meetup.c.community_id == whose.community_id, store.meetup.c.host_id == whose.member_id)
    blank = {"host_id": None, "about": "", "place": ""}
    await whose.db.execute(sa.update(store.meetup).where(*hosted).values(**blank))
    name = await people.member_name(whose.db, whose.community_id, whose.member_id)
    cancelled = (store.gathering.c.community_id == whose.community_id, store.gathering.c.cancelled_by == name)
    await whose.db.execute(sa.update(store.gathering).where(*cancelled).values(cancelled_by=None))
    own = (store.rsvp.c.community_id == whose.community_id, store.rsvp.c.member_id == whose.member_id)
    ids = (await whose.db.execute(sa.delete(store.rsvp).where(*own).returning(store.rsvp.c.gathering_id))).scalars()
    await _look_soon(whose.db, whose.community_id, list(ids), whose.now)


async def merge(merging: Merging) -> None:
    """One person has one answer to a meetup: the one that keeps more; of equal ones that of the account that stays."""
    own = (store.rsvp.c.community_id == merging.community_id, store.rsvp.c.member_id == merging.gone)
    ids = (await merging.db.execute(sa.select(store.rsvp.c.gathering_id).where(*own))).scalars().all()
    await belongings.move(merging, store.rsvp, united=_better)
    await belongings.move(merging, store.meetup, "host_id")
    await _look_soon(merging.db, merging.community_id, ids, merging.now)


_RANK = ("going", "offered", "waiting", "maybe", "no")


def _better(kept: sa.RowMapping, gone: sa.RowMapping) -> dict[str, Any]:
    if _RANK.index(gone["answer"]) >= _RANK.index(kept["answer"]):
        return {}
    return {name: gone[name] for name in ("answer", "at", "turn", "reminders", "offered_at", "came", "worth_it")}


async def _look_soon(db: AsyncConnection, community_id: int, gathering_ids: Sequence[int], now: datetime) -> None:
    """Let places that became free be passed on, and the cards be shown as they are now."""
    open_ones = (store.gathering.c.at > now, store.gathering.c.cancelled.is_(None))
    own = (store.gathering.c.community_id == community_id, store.gathering.c.id.in_(gathering_ids))
    await db.execute(sa.update(store.gathering).where(*own, *open_ones).values(due=now))


feature = Feature(
    name="meetups",
    commands=commands,
    digest_sections=(meetups_section,),
    own_sections=(OwnSection("meetups", "Meetups", own_meetups),),
    note=attendance.note,
    circles=circles.circles,
    page=(my_meetups,),
    export=export,
    forget=forget,
    merge=merge,
    told=retold.TOLD,
    subject_names=retold.subject_names,
    calendar=calendar,
    moved=moved,
)
