"""Who fits whom, and when: the mentors that somebody may ask about a topic, and the times that both have."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from datetime import time, timedelta
from operator import and_
from typing import TYPE_CHECKING

from bot import people, when, whereabouts
from bot.availability import Window
from bot.members import store as members
from bot.mentoring import store
from bot.mentoring.rules import Taken, Terms, free_times, hours_from

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Read
    from bot.members.profile import Profile
    from bot.mentoring.rules import Held, Hours, Span
    from bot.mentoring.store import Offer, Session
    from bot.place import Place

    Asking = Read | Place

DAYTIME = tuple(Window(day, time(8), time(21)) for day in range(7))
"""When somebody is taken to have time who has not said when."""

_A_MONTH = timedelta(days=40)  # how far back sessions count: a month on any calendar


@dataclass(frozen=True, slots=True)
class Guest:
    """Who asks, and when they have time."""

    member_id: int
    zone: str
    hours: Hours


@dataclass(frozen=True, slots=True)
class Diaries:
    """What is booked with some members. `but` is a session that is to be moved: it does not count."""

    sessions: Sequence[Session]

    def held(self, mentor_id: int, but: int | None = None) -> list[Held]:
        """The sessions that a mentor gives; what is moved joins none of them."""
        own = [one.held() for one in self.sessions if one.member_id == mentor_id and one.id != but]
        return own if but is None else [dataclasses.replace(one, places=1) for one in own]

    def goes_to(self, member_id: int, but: int | None = None) -> list[Span]:
        """When somebody is another mentor's guest."""
        return [(one.at, one.end) for one in self.sessions if member_id in one.guests and one.id != but]

    def gives(self, member_id: int, but: int | None = None) -> list[Span]:
        """When somebody gives a session."""
        return [(one.at, one.end) for one in self.sessions if member_id == one.member_id and one.id != but]


async def diaries_of(db: AsyncConnection, community_id: int, member_ids: Sequence[int], now: datetime) -> Diaries:
    """The diaries of these members, as far as they matter for what is booked next."""
    return Diaries(await store.sessions_with(db, community_id, member_ids, now - _A_MONTH))


def terms_of(offer: Offer, now: datetime) -> Terms:
    """An offer as the rules see it."""
    zone = when.zone(offer.zone)
    hours = hours_from(offer.windows, zone, now)
    return Terms(zone, hours, offer.minutes, offer.weekly, offer.monthly, offer.places)


def taken(offer: Offer, guests: Sequence[int], diaries: Diaries, but: int | None = None) -> Taken:
    """What a mentor and their guests have already."""
    others = diaries.goes_to(offer.member_id, but)
    for guest in guests:
        others += diaries.goes_to(guest, but) + diaries.gives(guest, but)
    return Taken(diaries.held(offer.member_id, but), offer.busy, others)


def times_of(offer: Offer, topic: str, guest: Guest, diaries: Diaries, now: datetime) -> list[datetime]:
    """When a session of a guest with a mentor could begin."""
    already = taken(offer, [guest.member_id], diaries)
    return free_times(terms_of(offer, now), topic, now, already, guest.hours)


def times_to_move(
    offer: Offer, found: Session, guests: Sequence[Guest], diaries: Diaries, now: datetime
) -> list[datetime]:
    """When a session could be instead."""
    terms = dataclasses.replace(terms_of(offer, now), minutes=found.minutes)
    hours = functools.reduce(and_, (guest.hours for guest in guests))
    already = taken(offer, found.guests, diaries, found.id)
    times = free_times(terms, found.topic, now, already, hours, len(guests))
    return [at for at in times if at != found.at]


# --- who may meet whom -----------------------------------------------------------------------------------------------


async def guest_of(ask: Asking, member_id: int, request: RowMapping | None = None) -> Guest:
    """Who asks, with the times that they typed for a request, else those of their profile, else the day."""
    known = await whereabouts.zone_at(ask.db, ask.community.id, member_id, ask.now)
    zone = known or ask.community.zone
    if request is not None and request["windows"] is not None:
        typed = store.windows_as_read(request["windows"])
        return Guest(member_id, request["zone"], hours_from(typed, when.zone(request["zone"]), ask.now))
    page = await members.profile_of(ask.db, ask.community.id, member_id)
    quiet = when.quiet_hours(ask.settings.safety.quiet_hours if page.quiet is None else page.quiet)
    return Guest(member_id, zone, hours_from(page.windows or DAYTIME, when.zone(zone), ask.now, quiet))


@dataclass(frozen=True, slots=True)
class Offering:
    """A mentor whom somebody may ask, as they may see them."""

    offer: Offer
    name: str | None  # None: they want to be asked, not named
    thanks: int | None  # None: not shown


async def offering(ask: Asking, member_id: int, topic: str | None = None) -> list[Offering]:
    """The mentors (of a topic, or all) whom somebody may ask, paused ones left out.

    Left out is also who must not meet them, and, where they share no platform, who does not want to be seen from
    another. Who is in no directory, or wants no name shown, is there without one.
    """
    found = [
        one
        for one in await store.offers_of(ask.db, ask.community.id)
        if one.member_id != member_id and not one.paused(ask.now) and (topic is None or topic in one.topics)
    ]
    reachable = await members.reachable(ask.db, ask.community.id, ask.now)
    apart = await members.kept_apart(ask.db, ask.community.id, member_id)
    ids = [one.member_id for one in found if one.member_id in reachable - apart]
    pages = await members.profiles_of(ask.db, ask.community.id, [*ids, member_id])
    platforms = await store.platforms_of(ask.db, ask.community.id, [*ids, member_id])
    thanks = await store.thanks_of(ask.db, ask.community.id, ids)
    seen = [
        one
        for one in found
        if one.member_id in ids
        and (platforms[one.member_id] & platforms[member_id] or _cross(pages[one.member_id], pages[member_id]))
    ]
    offered = []
    for one in seen:
        page = pages[one.member_id]
        shown = one.named and page.listed
        name = await people.member_name(ask.db, ask.community.id, one.member_id) if shown else None
        offered.append(Offering(one, name, thanks.get(one.member_id, 0) if page.counts_thanks else None))
    return offered


def _cross(one: Profile, other: Profile) -> bool:
    return one.crosses and other.crosses
