"""What is worked out from a period's leads. Pure: it runs in a worker, because a year of leads takes a while."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from bot import when
from bot.market import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from bot.feature import Demand, Offers

TREND_SPAN = 12  # weeks over which a trend is looked for, at least
MOST_SKILLS = 7
MOST_GAPS = 3
MOST_NEIGHBOURS = 5
FEW = 3
"""A count of members below this is never told: it might tell of one person."""
CLOSE = 0.1  # of `rules.npmi`; below it two skills go together hardly more than chance has it
GAP_LEAST = 3  # leads that ask for a skill, before it is a gap


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: about the last `span` weeks before the last edge, for all skills or for one."""

    edges: tuple[datetime, ...]  # of weeks, UTC, oldest first; more weeks than the span, to compare with
    span: int
    zone: str  # IANA: whose days they are
    skill: str | None  # a taxonomy id
    sample_min: int  # rates below which nothing is said about rates


@dataclass(frozen=True, slots=True)
class Asked:
    """How many leads ask for a skill; before: in as many weeks earlier."""

    skill: str
    leads: int
    before: int
    interval: tuple[float, float]  # of the share, 0..1
    slope: float | None  # of the share, a week; None: no trend that may be told


class Week(NamedTuple):
    """How many of a week's leads ask for the skill in question."""

    start: date  # in the community's zone
    leads: int
    of: int


@dataclass(frozen=True, slots=True)
class Rates:
    """What leads pay in one currency and unit. A range counts with its middle; None: too few say it."""

    currency: str
    unit: str
    n: int
    quartiles: tuple[rules.Quantile, rules.Quantile, rules.Quantile] | None


@dataclass(frozen=True, slots=True)
class Gap:
    """How much more a skill is asked for than offered."""

    skill: str
    leads: int
    offering: int | None  # members; None: fewer than `FEW`
    doublings: float  # where there are few, as if one offered it


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A skill that leads ask for together with the one that was asked about."""

    skill: str
    leads: int
    closeness: float  # `rules.npmi`


@dataclass(frozen=True, slots=True)
class Newcomers:
    """How many leads are open to people without experience, of those that say whether they are."""

    leads: int
    said: int
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a period. What follows `asked` looks only at the leads that ask for `skill`, if one is given."""

    span: int  # weeks
    skill: str | None
    leads: int
    before: int  # in as many weeks earlier
    sources: int  # feeds that showed them
    trend_weeks: int  # of those that were looked at for trends, how many had leads
    asked: tuple[Asked, ...]
    weekly: tuple[Week, ...]  # for one skill
    concerned: int  # leads that the rest is about
    stated: int  # of those, how many say rate, currency and unit
    rates: tuple[Rates, ...]  # most leads first
    members: int | None  # who offer skills; None: nobody was asked yet
    gaps: tuple[Gap, ...]
    neighbours: tuple[Neighbour, ...]
    newcomers: Newcomers


def week_edges(end: datetime, weeks: int, zone_name: str) -> tuple[datetime, ...]:
    """Return the beginnings of so many weeks before `end`, and `end`: the same local time, whatever clocks do."""
    zone = when.zone(zone_name)
    local = end.astimezone(zone)
    back = (local.date() - timedelta(weeks=n) for n in range(weeks, 0, -1))
    return (*(when.instant(day, local.time(), zone) for day in back), end)


def weeks_needed(span: int) -> int:
    """How many weeks of leads a question about `span` weeks looks at: to compare, and to find trends."""
    return max(2 * span, TREND_SPAN)


def work_out(question: Question, demand: Sequence[Demand], offers: Offers | None) -> Report:
    """Return the figures for the leads of the weeks between the question's edges."""
    ordered = sorted(demand, key=lambda one: one.at)
    cuts = [bisect_left(ordered, edge, key=lambda one: one.at) for edge in question.edges]
    weeks = [ordered[start:end] for start, end in pairwise(cuts)]
    now = [one for week in weeks[-question.span :] for one in week]
    earlier = [one for week in weeks[: -question.span][-question.span :] for one in week]
    trend_weeks = weeks[-max(question.span, TREND_SPAN) :]
    concerned = [one for one in now if question.skill in (None, *one.skills)]
    counts = _counts(now)
    return Report(
        span=question.span,
        skill=question.skill,
        leads=len(now),
        before=len(earlier),
        sources=len({one.source for one in now}),
        trend_weeks=sum(bool(week) for week in trend_weeks),
        asked=_asked(question.skill, counts, len(now), _counts(earlier), trend_weeks),
        weekly=_weekly(question, weeks[-question.span :]),
        concerned=len(concerned),
        stated=sum(one.rate is not None for one in concerned),
        rates=_rates(concerned, question.sample_min),
        members=offers.members if offers else None,
        gaps=_gaps(question.skill, counts, len(now), offers) if offers else (),
        neighbours=_neighbours(question.skill, now, counts) if question.skill else (),
        newcomers=_newcomers(concerned),
    )


def _counts(leads: Iterable[Demand]) -> Counter[str]:
    """How many leads ask for each skill."""
    return Counter(skill for one in leads for skill in set(one.skills))


def _asked(
    skill: str | None, counts: Counter[str], n: int, before: Counter[str], weeks: Sequence[Sequence[Demand]]
) -> tuple[Asked, ...]:
    """The skills most asked for (or the one in question), with the trends that may be told together."""
    most = sorted(counts, key=lambda one: (-counts[one], one))[:MOST_SKILLS]
    shown = [skill] if skill else most
    by_week, sizes = [_counts(week) for week in weeks], [len(week) for week in weeks]
    trends = [rules.trend([week[one] for week in by_week], sizes) for one in shown]
    told = rules.told(trends)
    return tuple(
        Asked(one, counts[one], before[one], rules.wilson(counts[one], n), found.slope if found and sure else None)
        for one, found, sure in zip(shown, trends, told, strict=True)
    )


def _weekly(question: Question, weeks: Sequence[Sequence[Demand]]) -> tuple[Week, ...]:
    """The weeks of the span, for a question about one skill."""
    if question.skill is None:
        return ()
    zone = when.zone(question.zone)
    starts = question.edges[-question.span - 1 : -1]
    return tuple(
        Week(when.local_day(start, zone), _counts(week)[question.skill], len(week))
        for start, week in zip(starts, weeks, strict=True)
    )


def _rates(leads: Iterable[Demand], sample_min: int) -> tuple[Rates, ...]:
    """What is paid, apart for each currency and unit: nothing is converted, nothing mixed."""
    found: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for one in leads:
        if one.rate:
            found[one.rate.currency, one.rate.unit].append((one.rate.low + one.rate.high) / 2)
    groups = [_group(currency, unit, paid, sample_min) for (currency, unit), paid in found.items()]
    return tuple(sorted(groups, key=lambda group: (-group.n, group.currency, group.unit)))


def _group(currency: str, unit: str, paid: Sequence[float], sample_min: int) -> Rates:
    if len(paid) < sample_min:
        return Rates(currency, unit, len(paid), None)
    lower, median, upper = (rules.quantile(paid, share) for share in (0.25, 0.5, 0.75))
    return Rates(currency, unit, len(paid), (lower, median, upper))


def _gaps(skill: str | None, counts: Counter[str], n: int, offers: Offers) -> tuple[Gap, ...]:
    """The skills that are asked for more than offered, the widest gap first; or whatever it is for one skill."""
    gaps = []
    for one in [skill] if skill else [one for one in counts if counts[one] >= GAP_LEAST]:
        offering = offers.by_skill.get(one, 0)
        few = offering < FEW
        doublings = rules.gap(counts[one], n, 1 if few else offering, offers.members)
        gaps.append(Gap(one, counts[one], None if few else offering, doublings))
    wide = [one for one in gaps if skill or one.doublings > 0]
    return tuple(sorted(wide, key=lambda one: (-one.doublings, one.skill))[:MOST_GAPS])


def _neighbours(skill: str, leads: Sequence[Demand], counts: Counter[str]) -> tuple[Neighbour, ...]:
    """The skills that go with a skill clearly more often than chance has it, the closest first."""
    beside = _counts(one for one in leads if skill in one.skills)
    found = []
    for other, together in beside.items():
        closeness = rules.npmi(together, counts[skill], counts[other], len(leads)) if other != skill else None
        if closeness is not None and closeness >= CLOSE:
            found.append(Neighbour(other, together, closeness))
    return tuple(sorted(found, key=lambda one: (-one.closeness, one.skill))[:MOST_NEIGHBOURS])


def _newcomers(leads: Iterable[Demand]) -> Newcomers:
    said = [one.newcomers for one in leads if one.newcomers is not None]
    return Newcomers(sum(said), len(said), rules.wilson(sum(said), len(said)))
