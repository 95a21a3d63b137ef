"""What the mentoring feature answers to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import people
from bot.availability import WEEK
from bot.cards import Button, Controls, Heading, Items, Paragraph, Time
from bot.commands import Commands
from bot.feature import Feature, Section
from bot.members import store as members
from bot.mentoring import asking, circles, fitting, offering, own, quietly, sessions, shifting, store, telling, weekly
from bot.mentoring.cards import event_of, title_of, topics_words, who_words
from bot.mentoring.rules import Taken, free_times
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.calendar import Event
    from bot.cards import Block
    from bot.commands import Read
    from bot.feature import Issue
    from bot.mentoring.store import Offer

MOST = 5  # in one digest, or on one page

commands = Commands(offering.commands, asking.commands, quietly.commands, sessions.commands)


async def mentors_section(issue: Issue) -> Section | None:
    """How many mentors have free hours this week, on what; by name who wants that."""
    free = await _free_this_week(issue)
    if not free:
        return None
    n = count(len(free), say("mentor"), say("mentors"))
    verb = say("has") if len(free) == 1 else say("have")
    topics = topics_words(dict.fromkeys(topic for one in free for topic in one.topics))
    pages = await members.profiles_of(issue.db, issue.community.id, [one.member_id for one in free])
    there = await store.platforms_of(issue.db, issue.community.id, [one.member_id for one in free])
    lines = []
    for one in free:
        page = pages[one.member_id]
        if one.named and page.listed and (page.crosses or issue.space.platform in there[one.member_id]):
            name = await people.member_name(issue.db, issue.community.id, one.member_id)
            lines.append((f"{name}: {topics_words(one.topics)}",))
    words = say("{n} {verb} free hours this week: {topics}.", n=n, verb=verb, topics=topics)
    listed = (Items(tuple(lines[:MOST])),) if lines else ()
    button = Controls((Button(say("Ask a mentor"), "mentor ask"),))
    return Section(n, (Heading(say("Mentoring")), Paragraph((words,)), *listed, button))


async def _free_this_week(issue: Issue) -> list[Offer]:
    """The mentors with whom an hour of the next seven days can be booked."""
    offers = await store.offers_of(issue.db, issue.community.id)
    reachable = await members.reachable(issue.db, issue.community.id, issue.now)
    ids = [one.member_id for one in offers if one.member_id in reachable and not one.paused(issue.now)]
    diaries = await fitting.diaries_of(issue.db, issue.community.id, ids, issue.now)
    return [one for one in offers if one.member_id in ids and _has_time(one, diaries, issue.now)]


def _has_time(offer: Offer, diaries: fitting.Diaries, now: datetime) -> bool:
    taken = Taken(diaries.held(offer.member_id), offer.busy, diaries.goes_to(offer.member_id))
    times = (free_times(fitting.terms_of(offer, now), topic, now, taken) for topic in offer.topics)
    return any(found and found[0] < now + WEEK for found in times)


async def my_sessions(ask: Read) -> Sequence[Block]:
    """A member's own hours to come, on their page."""
    found = await store.sessions_with(ask.db, ask.community.id, [ask.member_id], ask.now - sessions.AFTERWARDS)
    coming = [one for one in found if one.end > ask.now][:MOST]
    if not coming:
        return ()
    lines = []
    for one in coming:
        names = await telling.names_in(ask.db, ask.community.id, one)
        lines.append((title_of(one, who_words(one, ask.member_id, names)), " — ", Time(one.at, "full")))
    more = Controls((Button(say("My sessions"), "mentor sessions"),))
    return (Heading(say("Your mentoring hours")), Items(tuple(lines)), more)


async def calendar(db: AsyncConnection, community_id: int, member_id: int | None, since: datetime) -> Sequence[Event]:
    """A member's own hours; what is booked is nobody else's business, so a community's calendar has none."""
    if member_id is None:
        return ()
    found = await store.sessions_with(db, community_id, [member_id], since, cancelled=True)
    return [event_of(one, member_id, await telling.names_in(db, community_id, one)) for one in found]


async def thanked(db: AsyncConnection, community_id: int, member_id: int) -> int:
    """How often a member was thanked for an hour that they gave."""
    return (await store.thanks_of(db, community_id, [member_id])).get(member_id, 0)


feature = Feature(
    name="mentoring",
    commands=commands,
    digest_sections=(mentors_section,),
    note=weekly.note,
    circles=circles.circles,
    page=(my_sessions,),
    export=own.export,
    forget=own.forget,
    merge=own.merge,
    calendar=calendar,
    moved=shifting.moved,
    thanked=thanked,
)
