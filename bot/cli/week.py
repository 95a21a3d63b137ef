"""A week in the demo's community: what its members do, day by day, and the figures of what came of it.

Everything happens through commands, forms and buttons, as it does for people; time-lapse does the rest. The week begins
on a Monday and ends on the next with the moderators' note, whose lines are compared with the figures by a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from adapters.web.demo import community as demo_community
from bot import when
from bot.cards import words_of
from bot.cli.acting import Actor
from bot.cli.seed import caller_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.app import App

BEGINS = datetime(2026, 10, 19, 7, 5, tzinfo=UTC)
"""Monday 09:05 in Berlin, after the note of the week before. On Sunday clocks go back there; on Tuesday is a round."""

NOTE_AT, ENDS_AT = "09:00", "09:05"  # on the last day
MEETUPS = (("Pricing fixed-fee AI projects", 3, "18:00", "workshop"), ("Evaluation clinic", 6, "17:00", "circle"))
PLACES = 4  # of a meetup, so that somebody waits
DECLINES = "leo"  # who can't take part in the swap this time
YES = "Yes, introduce us"  # what the others answer to a proposed swap
ANSWERS = ("Take it", "Worth it", "Yes")  # and all, when they are asked anything else


@dataclass
class Week:
    """The community in the hands of its members."""

    app: App
    begins: datetime
    travel: Callable[[datetime], Awaitable[None]]

    def __post_init__(self) -> None:
        self.demo = demo_community.load()
        self.zone = when.zone(self.demo.zone)
        self.first: date = when.local_day(self.begins, self.zone)
        self.actors = {
            one.id: Actor(self.app, caller_of(self.demo, one, one.accounts[0][0])) for one in self.demo.members
        }

    def at(self, day: int, clock: str) -> datetime:
        """The instant of a time of day on the community's clock, so many days after the first one."""
        return when.instant(self.first + timedelta(days=day), when.parse_clock(clock), self.zone)

    def span(self, days: int) -> tuple[datetime, datetime]:
        """What the note of the morning after so many days is about."""
        return self.at(0, NOTE_AT), self.at(days, NOTE_AT)

    def channel(self, who: str) -> str:
        """The leads channel that somebody sees."""
        platform = self.actors[who].caller.platform
        return next(space.gigs.id for space in self.demo.spaces if space.platform == platform)


async def live(week: Week, days: int) -> None:
    """Live through so many days, up to five past nine on the morning after them."""
    daily = [(day, clock, act) for day in range(days + 1) for clock, act in DAILY]
    plan = [(week.at(day, clock), act) for day, clock, act in (*PLAN, *daily)]
    end = week.at(days, ENDS_AT)
    for at, act in sorted(plan, key=lambda one: one[0]):
        if week.begins < at < end:
            await week.travel(at)
            await act(week)
    await week.travel(end)


# --- what they do ----------------------------------------------------------------------------------------------------


async def join_swaps(week: Week) -> None:
    """All say what they teach and want, and take part in the next round."""
    for member in week.demo.members:
        actor = week.actors[member.id]
        await actor.say("/swap join")
        await actor.fill(offers=", ".join(member.teaches), wants=", ".join(member.wants))


async def ask_to_be_told(week: Week) -> None:
    """Ana wants a digest of her own each day; Priya an alert at once, Wei one in the evening."""
    ana = week.actors["ana"]
    await ana.say("/digest")
    await ana.press("Digest settings")
    await ana.fill(how="daily", at="08:00")
    for who, how in (("priya", "once"), ("wei", "evening")):
        await week.actors[who].say("/gigs alerts")
        await week.actors[who].press("New alert")
        await week.actors[who].fill(kind="all", where="anywhere", how=how)


async def plan_meetups(week: Week) -> None:
    """Grace plans two meetups: one before the clocks change, one after; both on the organiser's clock."""
    grace = week.actors["grace"]
    for title, day, clock, kind in MEETUPS:
        when_words = f"{week.first + timedelta(days=day)} {clock} Berlin"
        await grace.say("/meetup create")
        await grace.fill(title=title, when=when_words, kind=kind, minutes="60", places=str(PLACES))
        await grace.press("Publish")


def go(*who: str, meetup: int) -> Callable[[Week], Awaitable[None]]:
    """These say that they come to a meetup, or join the line for it."""

    async def act(week: Week) -> None:
        for one in who:
            await week.actors[one].press_in(week.channel(one), "Going", "Join waitlist", about=MEETUPS[meetup][0])
            await week.travel(week.app.wall.now())  # the card shows what is left, before the next one looks

    return act


def cannot_come(who: str, meetup: int) -> Callable[[Week], Awaitable[None]]:
    """Somebody gives their place at a meetup up."""

    async def act(week: Week) -> None:
        await week.actors[who].press_in(week.channel(who), "Can't", about=MEETUPS[meetup][0])

    return act


async def decide(week: Week) -> None:
    """Maria goes through the queue: what carries a caution she rejects as a scam, the rest she approves."""
    maria = week.actors["maria"]
    while True:
        await maria.say("/feeds queue")
        if not maria.sees("Approve"):
            return
        if "Check first" in words_of(maria.card):
            await maria.choose("scam")
        else:
            await maria.press("Approve")


async def read_messages(week: Week) -> None:
    """Everybody reads their messages and answers what they are asked."""
    for who, actor in week.actors.items():
        await actor.press_in(actor.caller.user, "Not this time" if who == DECLINES else YES, *ANSWERS)


DAILY = (("08:45", decide), ("12:30", read_messages), ("20:00", read_messages))

PLAN: Sequence[tuple[int, str, Callable[[Week], Awaitable[None]]]] = (
    (0, "09:30", join_swaps),
    (0, "10:00", ask_to_be_told),
    (0, "11:00", plan_meetups),
    (0, "19:00", go("ana", "jonas", "tomasz", "chidi", meetup=0)),
    (1, "09:00", go("priya", "wei", meetup=0)),  # all places are taken: they wait in line
    (2, "18:00", cannot_come("tomasz", meetup=0)),  # so Priya is offered his
    (4, "19:00", go("hannah", "arjun", "jonas", meetup=1)),
)
