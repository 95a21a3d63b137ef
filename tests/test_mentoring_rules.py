"""What can be booked, held against an oracle that counts minutes on the mentor's own clock; typed topics and hours."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from bot import people, when
from bot.availability import Window
from bot.errors import UserError
from bot.members.hours import hours_words, read_hours
from bot.mentoring import booking, store
from bot.mentoring.offering import read_topics
from bot.mentoring.rules import Held, Taken, Terms, free_times, hours_from, refusal, spread
from bot.place import Here
from tests.conftest import MORNING

if TYPE_CHECKING:
    from random import Random
    from zoneinfo import ZoneInfo

    from tests.conftest import World

MINUTE, QUARTER, HOUR, DAY = (timedelta(minutes=n) for n in (1, 15, 60, 1440))
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Auckland", "UTC")
CHANGES = (  # days around which clocks change in some of these zones
    datetime(2026, 3, 27, 9, 5, tzinfo=UTC),
    datetime(2026, 10, 22, 9, 5, tzinfo=UTC),
    datetime(2026, 3, 6, 20, 0, tzinfo=UTC),
    datetime(2026, 9, 25, 3, 50, tzinfo=UTC),
    datetime(2026, 12, 20, 12, 0, tzinfo=UTC),
)


# --- the oracle: no bit masks, no intervals, only minutes and wall clocks ---------------------------------------------


@dataclass
class Mentor:
    zone: ZoneInfo
    windows: list[Window]
    minutes: int
    weekly: int
    monthly: int
    places: int
    busy: list[tuple[datetime, datetime]]


@dataclass
class Booked:
    mentor: int
    guests: list[int]
    topic: str
    at: datetime
    minutes: int
    places: int

    @property
    def end(self) -> datetime:
        return self.at + self.minutes * MINUTE


def minutes(start: datetime, end: datetime) -> set[datetime]:
    return {start + n * MINUTE for n in range((end - start) // MINUTE)}


def in_a_window(at: datetime, mentor: Mentor) -> bool:
    local = at.astimezone(mentor.zone)
    clock = local.time().replace(tzinfo=None, fold=0)
    for one in mentor.windows:
        if one.end > one.start:
            found = local.weekday() == one.day and one.start <= clock < one.end
        else:  # over midnight
            after = local.weekday() == (one.day + 1) % 7 and clock < one.end
            found = after or (local.weekday() == one.day and clock >= one.start)
        if found:
            return True
    return False


def possible(  # noqa: PLR0911  (one line for each rule)
    mentors: list[Mentor], booked: list[Booked], who: int, guest: int, topic: str, at: datetime, now: datetime
) -> bool:
    mentor = mentors[who]
    if not 12 * HOUR <= at - now <= 14 * DAY:
        return False
    own = [one for one in booked if one.mentor == who]
    circle = next((one for one in own if one.at == at and one.topic == topic and one.places > 1), None)
    end = circle.end if circle else at + mentor.minutes * MINUTE
    around = minutes(at - QUARTER, end + QUARTER)
    elsewhere = [one for one in booked if guest in (one.mentor, *one.guests) or who in one.guests]
    if any(around & minutes(one.at, one.end) for one in elsewhere if one.mentor != who or guest in one.guests):
        return False
    local = at.astimezone(mentor.zone)
    same_month = [one for one in own if f"{one.at.astimezone(mentor.zone):%Y %m}" == f"{local:%Y %m}"]
    if sum(len(one.guests) for one in same_month) >= mentor.monthly:
        return False
    if circle:
        return len(circle.guests) < circle.places
    if not all(in_a_window(minute, mentor) for minute in minutes(at, end)):
        return False
    if any(around & minutes(one.at, one.end) for one in own):
        return False
    if any(minutes(at, end) & minutes(*span) for span in mentor.busy):
        return False
    mondays = Counter(monday(one.at, mentor.zone) for one in own)
    return mondays[monday(at, mentor.zone)] < mentor.weekly


def monday(at: datetime, zone: ZoneInfo) -> Any:
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


# --- 10,000 bookings --------------------------------------------------------------------------------------------------


def some_mentor(chance: Random, now: datetime) -> Mentor:
    windows = [Window(chance.randrange(7), time(start), time((start + chance.choice((1, 2, 3))) % 24)) for start in
               chance.sample((7, 9, 12, 17, 19, 22), 4)]  # fmt: skip
    busy_at = now + chance.randrange(14 * 24) * HOUR + chance.choice((0, 20)) * MINUTE
    length, places = chance.choice((30, 45, 60)), chance.choice((1, 1, 3))
    zone = when.zone(chance.choice(ZONES))
    return Mentor(
        zone, windows, length, chance.randint(1, 3), chance.randint(2, 9), places, [(busy_at, busy_at + HOUR)]
    )


def terms_of(mentor: Mentor, now: datetime) -> Terms:
    hours = hours_from(mentor.windows, mentor.zone, now)
    return Terms(mentor.zone, hours, mentor.minutes, mentor.weekly, mentor.monthly, mentor.places)


def taken(mentors: list[Mentor], booked: list[Booked], who: int, guest: int) -> Taken:
    own = [Held(one.at, one.end, one.topic, len(one.guests), one.places) for one in booked if one.mentor == who]
    others = [(one.at, one.end) for one in booked if who in one.guests or guest in one.guests or one.mentor == guest]
    return Taken(own, mentors[who].busy, others)


def some_time(chance: Random, mentor: Mentor, booked: list[Booked], who: int, now: datetime) -> datetime:
    own = [one.at for one in booked if one.mentor == who]
    if own and chance.random() < 0.25:  # a circle, or right beside what is booked
        return chance.choice(own) + chance.choice((0, 0, 1, 2, 3, 4, -3)) * QUARTER
    day = now.astimezone(mentor.zone).date() + timedelta(days=chance.randrange(16))
    windows = [one for one in mentor.windows if one.day == day.weekday()] or mentor.windows
    start = when.instant(day, chance.choice(windows).start, mentor.zone)
    return start + chance.randrange(-2, 8) * QUARTER


def test_ten_thousand_random_bookings_are_decided_as_by_counting_minutes() -> None:
    chance = random.Random(20)
    verdicts = Counter[bool]()
    for world in range(100):
        now = CHANGES[world % len(CHANGES)]
        mentors = [some_mentor(chance, now) for _ in range(4)]
        booked: list[Booked] = []
        for _ in range(100):
            now += chance.randrange(60) * MINUTE
            who, guest = chance.sample(range(4), 1)[0], chance.randrange(9)  # the first four are mentors, too
            if guest == who:
                guest = 8
            at, topic = some_time(chance, mentors[who], booked, who, now), chance.choice(("rag", "evals"))
            why = refusal(terms_of(mentors[who], now), topic, at, now, taken(mentors, booked, who, guest))
            assert (why is None) == possible(mentors, booked, who, guest, topic, at, now), (why, at, mentors[who])
            verdicts[why is None] += 1
            if why is None:
                circle = next((one for one in booked if one.mentor == who and one.at == at), None)
                if circle:
                    circle.guests.append(guest)
                else:
                    booked.append(Booked(who, [guest], topic, at, mentors[who].minutes, mentors[who].places))
        no_double_booking(booked)
    assert verdicts.total() == 10_000
    assert verdicts[True] > 1_000  # it was no empty exercise


def no_double_booking(booked: list[Booked]) -> None:
    for one, other in combinations(booked, 2):
        if {one.mentor, *one.guests} & {other.mentor, *other.guests}:
            assert one.end + QUARTER <= other.at or other.end + QUARTER <= one.at


def test_free_times_are_exactly_those_that_can_be_booked() -> None:
    chance = random.Random(4)
    for world in range(20):
        now = CHANGES[world % len(CHANGES)]
        mentors = [some_mentor(chance, now) for _ in range(2)]
        terms, already = terms_of(mentors[0], now), taken(mentors, [], 0, 5)
        first = now.replace(minute=0, second=0)
        quarters = [first + n * QUARTER for n in range(15 * 96)]
        wanted = [at for at in quarters if refusal(terms, "rag", at, now, already) is None]
        assert free_times(terms, "rag", now, already) == wanted
        guest = hours_from([Window(day, time(6), time(22)) for day in range(7)], when.zone("Asia/Tokyo"), now)
        both = [at for at in wanted if guest.cover(at, at + terms.minutes * MINUTE)]
        assert free_times(terms, "rag", now, already, guest) == both


def test_the_week_and_the_month_are_those_of_the_mentor() -> None:
    now = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    every_day = [Window(day, time(0), time(0)) for day in range(7)]
    terms = terms_of(Mentor(when.zone("Pacific/Auckland"), every_day, 60, 1, 5, 1, []), now)  # 13 hours ahead
    held = Held(datetime(2026, 11, 29, 10, 0, tzinfo=UTC), datetime(2026, 11, 29, 11, 0, tzinfo=UTC), "rag")
    sunday, next_monday = datetime(2026, 11, 28, 12, 0, tzinfo=UTC), datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    assert refusal(terms, "rag", sunday, now, Taken([held])) == "week"
    assert refusal(terms, "rag", next_monday, now, Taken([held])) is None  # Sunday in UTC, Monday in Auckland
    busy = [replace(held, seats=5)]
    assert refusal(terms, "rag", datetime(2026, 11, 30, 10, 30, tzinfo=UTC), now, Taken(busy)) == "month"
    assert (
        refusal(terms, "rag", datetime(2026, 11, 30, 11, 0, tzinfo=UTC), now, Taken(busy)) is None
    )  # 1 December there


def test_three_times_are_spread_over_days() -> None:
    zone = when.zone("Europe/Berlin")
    day = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    times = [day, day + QUARTER, day + 2 * HOUR, day + DAY, day + DAY + HOUR]
    assert spread(times, zone, HOUR) == [day, day + 2 * HOUR, day + DAY]
    assert spread([*times, day + 3 * DAY], zone, HOUR) == [day, day + DAY, day + 3 * DAY]


# --- through the database --------------------------------------------------------------------------------------------


async def test_random_bookings_at_once_never_double_and_keep_every_cap(world: World) -> None:
    await world.set_up()
    chance = random.Random(9)
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        community = await people.read_community(db, space.community_id)
        callers = [people.Caller("slack", "T1", f"X{n}", f"Member {n}") for n in range(8)]
        ids = [await people.welcome_member(db, world.app.ids, community.id, one, MORNING) for one in callers]
        turn = Here(db, world.app.ids, world.app.settings, community, MORNING)
        windows = [[day, "17:00", "20:00"] for day in range(7)]
        offer = {"topics": ["rag"], "windows": windows, "weekly": 2, "monthly": 5, "place": "", "named": True}
        offer |= {"calendar": "", "busy": [], "calendar_error": ""}
        for n, zone in enumerate(("Europe/Berlin", "America/New_York", "Asia/Kolkata")):
            length, places = (30, 45, 60)[n], (1, 1, 3)[n]
            await store.put_offer(turn, ids[n], **offer, zone=zone, minutes=length, places=places)

    async def book() -> bool:
        mentor, guest = (
            chance.sample(ids[:3], 2)
            if chance.random() < 0.3
            else (chance.choice(ids[:3]), ids[3 + chance.randrange(5)])
        )
        day = datetime(2026, 11, 18 + chance.randrange(8), tzinfo=UTC)
        at = day + chance.choice((12, 13, 16, 17, 18, 22, 23)) * HOUR + chance.randrange(4) * QUARTER
        try:
            async with world.app.db.write() as db:
                turn = Here(db, world.app.ids, world.app.settings, community, MORNING)
                await booking.book(turn, mentor, guest, "rag", at, "", "")
        except booking.Unbookable:
            return False
        return True

    done = [one for _ in range(20) for one in await asyncio.gather(*(book() for _ in range(8)))]
    assert sum(done) > 8
    async with world.app.db.read() as db:
        found = await store.sessions_with(db, community.id, ids, MORNING)
        offers = {one.member_id: one for one in await store.offers_of(db, community.id)}
    assert sum(len(one.seats) for one in found) == sum(done)
    no_double_booking(
        [Booked(one.member_id or 0, list(one.guests), one.topic, one.at, one.minutes, one.places) for one in found]
    )
    weeks = Counter((one.member_id, monday(one.at, when.zone(offers[one.member_id or 0].zone))) for one in found)
    assert max(weeks.values()) <= 2
    seats = Counter(one.member_id for one in found for _ in one.seats)  # all in November, wherever they are
    assert max(seats.values()) <= 5
    assert all(len(one.seats) <= one.places for one in found)


# --- what is typed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Mon 18:00-20:00, Thu 12-13", "Mon 18:00-20:00; Thu 12:00-13:00"),
        ("mon, wed 9-10", "Mon, Wed 09:00-10:00"),
        ("Wed-Thu 9am - 10:30am; Sat 14.00 to 16.00", "Wed, Thu 09:00-10:30; Sat 14:00-16:00"),
        ("weekends 7-8, 19-20", "Sat, Sun 07:00-08:00; Sat, Sun 19:00-20:00"),
        ("Fri 22-2", "Fri 22:00-02:00"),
        ("Sunday: 20:00–24:00", "Sun 20:00-00:00"),
        ("Sat-Mon 12pm-1pm", "Mon, Sat, Sun 12:00-13:00"),
        ("Mon 9-10\nTue 9-10 and Wed 9-10", "Mon-Wed 09:00-10:00"),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, read: str) -> None:
    assert hours_words(read_hours(typed)) == read
    assert read_hours(read) == read_hours(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "Mon",
        "9-10",
        "Mon 25-26",
        "Mon 9-9",
        "Mon 9:75-10",
        "Someday 9-10",
        "Mon 9-10 maybe",
        "Mon 13pm-2pm",
        "Mon 9-10, Tue",
    ],
)
def test_hours_that_can_mean_nothing_are_refused(typed: str) -> None:
    with pytest.raises(UserError, match="hours of the week"):
        read_hours(typed)


def test_topics_are_skills_and_what_is_none_is_named() -> None:
    assert read_topics("RAG, pgvector\n rag") == ("rag", "vector-databases")
    with pytest.raises(UserError, match="“baking”"):
        read_topics("RAG, baking")
    with pytest.raises(UserError, match="from one to"):
        read_topics(" , ")
