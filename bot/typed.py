"""Times as people type them: a strict reading of the whole text that never guesses.

The grammar (`bot/grammar.py`) finds every way in which a language's table covers the text; the rules work out every
instant that each way can mean. One instant is the answer. Several are asked back, and so is what names a day without a
time. None, or one that is over, is refused with a word that helps.

What the words mean, where people differ: a weekday is the first to come; "next X" the first after today, asked back
where X is still in this week (which begins on Monday); a date without a year the next such date; hours 1 to 12
without am, pm or a part of the day are asked back, and so are bare "midnight" beside a day, 11/12, and letters such as
IST or, out of its season, EST. A date beside a place is that place's; "tomorrow" is asked back where the place has
another date. "In 3 hours" is elapsed time, "in 3 days" the same clock time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING

from bot import clocks, days, places
from bot.english import ENGLISH
from bot.errors import UserError
from bot.grammar import CLOCK, OWN, SPAN, ZONE, Where, phrases, tidied
from bot.when import Moment, Shown, either, in_utc, moment, zone_name
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.grammar import Language, Phrase

LONGEST = 120
"""Characters; no way to say a time is longer."""


class State(StrEnum):
    """What became of a typed time."""

    OK = "ok"
    GAP = "gap"  # clocks never show it: read with the offset before they were put ahead
    FOLD = "fold"  # clocks show it twice: the first
    ASK = "ask"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that a text can mean, in words that can be typed as they stand; `moment` is None for a day alone."""

    words: str
    moment: Moment | None
    day: date


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed time as it was read.

    `moment` is there for ok, gap and fold alone. `ask` has what can be meant, earliest first; `reason` says why it is
    not simply ok, and what to do; `code` is E-PAST, E-ZONE or E-TIME where it was refused.
    """

    state: State
    moment: Moment | None = None
    ask: tuple[Choice, ...] = ()
    reason: str = ""
    code: str = ""


def read(text: str, zone: tzinfo, now: datetime, language: Language = ENGLISH) -> Typed:
    """Read what somebody in `zone` typed at the instant `now`. Never raises for any text."""
    here = _Here(zone, in_utc(now))
    try:
        return _decided(_choices(_words(text, language), here, language), here)
    except UserError as error:
        return Typed(State.REFUSED, reason=error.sentence, code=error.code)


def read_day(text: str, zone: tzinfo, now: datetime, language: Language = ENGLISH) -> date:
    """Read a day alone ("1 Dec", "next tue"), not before today. Raises `UserError` E-TIME or E-PAST."""
    found = read(text, zone, now, language)
    if found.state is State.ASK and len(found.ask) == 1 and found.ask[0].moment is None:
        return found.ask[0].day
    happened = say("I can't read {text} as one day.", text=f"“{text.strip()[:60]}”")
    raise UserError(found.code or "E-TIME", happened, advice=say("Write it like 24 Nov or 2026-11-24."))


# --- from words to choices -------------------------------------------------------------------------------------------

_MARKUP = re.compile(r"[<>*`~|{}\[\]\\#^=\"“”]|://|(?<!\w)_|_(?!\w)")
_FOREIGN = re.compile(r"[^\w\s:.,/+\-'’()@!?;&–—]|(?![0-9])\d|(?![a-zA-Z\u00c0-\u024f])[^\W\d_]")


@dataclass(frozen=True, slots=True)
class _Here:
    """Who asks: their zone, and the present instant (UTC)."""

    zone: tzinfo
    now: datetime

    def wall(self, zone: tzinfo | None = None) -> datetime:
        """What a clock shows now, here or in another zone (naive)."""
        return self.now.astimezone(zone or self.zone).replace(tzinfo=None, fold=0)


def _words(text: str, language: Language) -> str:
    advice = say("Write a day and a time, such as Tue 24 Nov 18:00 or tomorrow 5pm.")
    if not text.strip():
        raise UserError("E-TIME", say("There is no time here."), advice=advice)
    if len(text) > LONGEST:
        raise UserError("E-TIME", say("That is too long for a time."), advice=advice)
    if _MARKUP.search(text):
        raise UserError("E-TIME", say("I can't read a time with markup or links in it."), advice=advice)
    if _FOREIGN.search(text):
        raise UserError("E-TIME", say("I can't read that as a time."), advice=advice)
    return tidied(text, language)


def _choices(words: str, here: _Here, language: Language) -> list[Choice]:
    """Everything that the words can mean, also what is over, earliest first."""
    found: set[Choice] = set()
    refusals: list[UserError] = []
    for phrase in phrases(words, language):
        try:
            found |= set(_span(phrase, here) if SPAN in phrase else _readings(phrase, here))
        except UserError as error:
            refusals.append(error)
    if not found:
        raise refusals[0] if refusals else _unread(words, language)
    return sorted(found, key=lambda choice: (_start(choice), choice.words))


def _start(choice: Choice) -> datetime:
    return choice.moment.utc if choice.moment else datetime.combine(choice.day, time(), UTC)


def _span(phrase: Phrase, here: _Here) -> Iterator[Choice]:
    later = clocks.elapsed(phrase.said[SPAN].rule, phrase.said[SPAN].slots)
    if later <= timedelta(0):
        raise days.past()
    utc = here.now + later
    wall = utc.astimezone(here.zone).replace(tzinfo=None, fold=0)
    yield _choice(Moment(utc, wall, here.zone, Shown.OK), here)


def _readings(phrase: Phrase, here: _Here) -> Iterator[Choice]:
    """What a phrase can mean: in each place of that name, by each calendar, at each clock time."""
    day = phrase.day
    home = Where(here.zone)
    for where in (home if place is OWN else place for place in phrase.where or (home,)):
        wall = here.wall(where.zone)
        todays = {wall.date()}
        if phrase.where and day and day.rule in days.RELATIVE:
            todays.add(here.wall().date())  # whose tomorrow?
        for clock in clocks.times(phrase, wall.time()):
            for today in todays:
                for found in _dates(phrase, today, clock, where, here):
                    yield from _on(found, clock, where, here)


def _dates(phrase: Phrase, today: date, clock: clocks.Clock, where: Where, here: _Here) -> tuple[date, ...]:
    def ahead(candidate: date) -> bool:
        return clock.at is None or moment(datetime.combine(candidate, clock.at), where.zone).utc > here.now

    if day := phrase.day:
        return days.dates(day.rule, day.slots, days.Today(today, ahead))
    if clock.needs_day:
        return ()
    return (today if ahead(today) else today + timedelta(days=1),)


def _on(day: date, clock: clocks.Clock, where: Where, here: _Here) -> Iterator[Choice]:
    if clock.at is None:
        yield Choice(f"{day:%a} {day.day} {day:%b %Y}", None, day)
        return
    for later in clock.days if clock.has_day else (0,):
        wall = datetime.combine(day + timedelta(days=later), clock.at)
        for found in _moments(wall, where):
            yield _choice(found, here)


def _moments(wall: datetime, where: Where) -> Iterator[Moment]:
    """The instants of a wall time in a place; two where it was named by letters of another season."""
    plain = moment(wall, where.zone)
    if where.offset is None:
        yield plain
        return
    fixed = moment(wall, timezone(where.offset))
    if fixed.utc.astimezone(where.zone).utcoffset() == where.offset:
        yield Moment(fixed.utc, wall, where.zone, Shown.OK)
    else:
        yield from (plain, fixed)


def _choice(found: Moment, here: _Here) -> Choice:
    wall = found.wall
    clock = f"{wall:%H:%M}" if wall.hour not in range(1, 13) else f"{wall.hour}:{wall:%M%p}".lower()
    words = f"{wall:%Y-%m-%d %H:%M:%S}" if wall.second else f"{wall:%a} {wall.day} {wall:%b %Y} {clock}"
    elsewhere = "" if found.zone == here.zone else f" {zone_name(found.zone)}"
    return Choice(words + elsewhere, found, wall.date())


# --- from choices to an answer ---------------------------------------------------------------------------------------


def _decided(choices: list[Choice], here: _Here) -> Typed:
    left = tuple(choice for choice in choices if _is_ahead(choice, here))
    if not left:
        raise days.past(_later(choices[-1], here))
    if len(choices) > 1:
        return Typed(State.ASK, ask=left, reason=say("Did you mean {choices}?", choices=either(_some(left))))
    [choice] = choices
    if choice.moment is None:
        return Typed(State.ASK, ask=left, reason=say("At what time on {day}?", day=choice.words))
    return Typed(State(choice.moment.state), choice.moment, reason=_odd_clock(choice.moment))


def _some(choices: tuple[Choice, ...]) -> list[str]:
    return [choice.words for choice in choices[:4]]


def _is_ahead(choice: Choice, here: _Here) -> bool:
    return choice.moment.utc > here.now if choice.moment else choice.day >= here.wall().date()


def _later(choice: Choice, here: _Here) -> str:
    """The advice for what is over: the same clock time, the next time clocks show it."""
    if choice.moment is None or isinstance(choice.moment.zone, timezone):
        return ""
    today = here.wall(choice.moment.zone).date()
    for day in (today, today + timedelta(days=1)):
        found = moment(datetime.combine(day, choice.moment.wall.time()), choice.moment.zone)
        if found.utc > here.now:
            return say("Did you mean {time}?", time=_choice(found, here).words)
    return ""


def _odd_clock(found: Moment) -> str:
    zone, wall = zone_name(found.zone), f"{found.wall:%H:%M}"
    if found.state is Shown.GAP:
        return say("Clocks in {zone} are put ahead over that time; {wall} is meant.", zone=zone, wall=wall)
    if found.state is Shown.FOLD:
        return say("Clocks in {zone} show {wall} twice that day; the first is meant.", zone=zone, wall=wall)
    return ""


# --- what cannot be read ---------------------------------------------------------------------------------------------


def _unread(words: str, language: Language) -> UserError:
    """The refusal of words that are no time, with the help that fits them best."""
    for pattern, code, sentence in language.hints:
        if re.search(pattern, words):
            return UserError(code, say("I can't read that as one time to come."), advice=say(sentence))
    name = _unknown_place(words, language)
    if name:
        similar = places.similar(places.folded(name))
        advice = (
            say("Did you mean {choices}?", choices=either(similar))
            if similar
            else say("Name the nearest large city, such as Berlin, or a zone, such as Europe/Berlin.")
        )
        return UserError("E-ZONE", say("I don't know a place called “{name}”.", name=name), advice=advice)
    return UserError(
        "E-TIME",
        say("I can't read that as a time."),
        advice=say("Write a day and a time, such as Tue 24 Nov 18:00 or tomorrow 5pm."),
    )


def _unknown_place(words: str, language: Language) -> str:
    """The last words, where what stands before them is a time and they are letters alone."""
    parts = words.split(" ")
    for count in range(1, min(3, len(parts) - 1) + 1):
        before, last = " ".join(parts[:-count]), " ".join(parts[-count:])
        if re.fullmatch(r"[^\W\d]+", last.replace(" ", "")) and any(
            CLOCK in phrase and ZONE not in phrase for phrase in phrases(before, language)
        ):
            return last.removeprefix("in ")
    return ""
