"""Choosing mentors and times for 1,000 requests at once, and a rotating hour for 200 people around the world.

    python -m bench.mentoring

Yardsticks in the same run: first come, first served for the choice; the best fixed hour for the rotation. How close to
the proven optimum the choice comes is printed where scipy is installed.
"""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from datetime import time as clock
from typing import TYPE_CHECKING

from bot import when
from bot.availability import Window, mask
from bot.meetups.rotation import fix, never_reached, reach, rotate
from bot.mentoring.assigning import Wishes, assign

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

DAYS = 14
QUARTERS = 96  # of an hour, in a day
SESSION, PAUSE = 2, 1  # quarters of an hour
A_WEEK = 2  # sessions that a mentor gives
TOPICS = 40
ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Lagos",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
)
STARTS = (8, 9, 12, 17, 18, 19, 20)  # hours on people's own clocks
PARTS = ((8, 12), (12, 17), (17, 22))  # morning, afternoon, evening
MONDAY = date(2026, 10, 5)  # clocks change in the weeks after it


def _free(chance: Random, zone: str, windows: int) -> int:
    """Two weeks of somebody's free time, as bits."""
    own = [Window(chance.randrange(7), clock(chance.choice(STARTS)), clock(23)) for _ in range(windows)]
    own = [Window(one.day, one.start, clock(min(23, one.start.hour + chance.randint(1, 3)))) for one in own]
    weeks = [mask(own, when.zone(zone), MONDAY + timedelta(days=day)) for day in range(0, DAYS, 7)]
    return weeks[0] | weeks[1] << 7 * QUARTERS


def community(requests: int, mentors: int, seed: int) -> tuple[list[Wishes], list[int], list[int]]:
    """What `assign` is asked: requests for 40 topics, some much wanted, and mentors who give two sessions a week."""
    chance = random.Random(seed)  # noqa: S311
    popularity = [1 / (topic + 1) ** 0.7 for topic in range(TOPICS)]
    seats: dict[int, list[tuple[int, int]]] = {topic: [] for topic in range(TOPICS)}  # (seat, quarter) by topic
    skill: dict[tuple[int, int], float] = {}
    quota_of: list[int] = []
    for mentor in range(mentors):
        free, at = _free(chance, chance.choice(ZONES), chance.choice((2, 3, 4))), 0
        topics = set(chance.choices(range(TOPICS), popularity, k=chance.choice((1, 2, 3))))
        skill.update(((mentor, topic), chance.random()) for topic in topics)
        while free >> at:
            if free >> at & 0b11 == 0b11:
                for topic in topics:
                    seats[topic].append((len(quota_of), at))
                quota_of.append(2 * mentor + at // (7 * QUARTERS))
                at += SESSION + PAUSE
            else:
                at += 1
    wishes = []
    for _ in range(requests):
        [topic] = chance.choices(range(TOPICS), popularity)
        free = _free(chance, chance.choice(ZONES), chance.choice((3, 5, 8)))
        fitting = [(seat, at) for seat, at in seats[topic] if free >> at & 0b11 == 0b11]
        worths = [
            0.5 + skill[quota_of[seat] // 2, topic] / 2 + 0.2 * (1 - at / DAYS / QUARTERS) for seat, at in fitting
        ]
        wishes.append(Wishes([seat for seat, _ in fitting], worths))
    return wishes, quota_of, [A_WEEK] * (2 * mentors)


def first_come_first_served(requests: Sequence[Wishes], quota_of: Sequence[int], quotas: Sequence[int]) -> float:
    """What it is worth when everybody takes the best that is still free."""
    left, taken, total = list(quotas), set[int](), 0.0
    for one in requests:
        free = [
            (worth, seat)
            for seat, worth in zip(one.seats, one.worths, strict=True)
            if seat not in taken and left[quota_of[seat]]
        ]
        if free:
            worth, seat = max(free)
            total += worth
            taken.add(seat)
            left[quota_of[seat]] -= 1
    return total


def around_the_world(members: int, weeks: int, first: date, seed: int) -> list[list[int]]:
    """For each week the members' free time: one or two of the six parts of a week that a profile asks for."""
    chance = random.Random(seed)  # noqa: S311
    people = []
    for _ in range(members):
        parts = chance.sample(
            [(days, span) for days in (range(5), range(5, 7)) for span in PARTS], k=chance.choice((1, 2))
        )
        windows = [Window(day, clock(start), clock(end)) for days, (start, end) in parts for day in days]
        people.append((windows, when.zone(chance.choice(ZONES))))
    mondays = [first + timedelta(weeks=week) for week in range(weeks)]
    return [[mask(windows, zone, monday) for windows, zone in people] for monday in mondays]


def main() -> None:
    """Print both."""
    requests, quota_of, quotas = community(requests=1000, mentors=200, seed=1)
    began = time.process_time()
    taken = assign(requests, quota_of, quotas)
    seconds = time.process_time() - began
    chosen = sum(r.worths[r.seats.index(s)] for r, s in zip(requests, taken, strict=True) if s is not None)
    plain = first_come_first_served(requests, quota_of, quotas)
    served = sum(seat is not None for seat in taken)
    print(f"1,000 requests, 200 mentors, 14 days: {served} get a session, chosen in {seconds:.2f} s of CPU")
    print(f"worth against first come, first served: {chosen / plain:.3f}")
    weeks = [reach(week, timedelta(hours=1)) for week in around_the_world(200, 12, MONDAY, seed=1)]
    began = time.process_time()
    rotating = rotate(weeks)
    seconds = time.process_time() - began
    missed, fixed = never_reached(weeks, rotating, 200), never_reached(weeks, [fix(weeks)] * 12, 200)
    print(f"200 members, 12 weeks: a rotating hour never reaches {len(missed)}, the best fixed one {len(fixed)}")
    print(f"the rotation was chosen in {seconds:.2f} s of CPU")


if __name__ == "__main__":
    main()
