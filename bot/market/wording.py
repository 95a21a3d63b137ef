"""The figures of a report in words: the rows of its sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.market.report import FEW
from bot.market.rules import TREND_WEEKS
from bot.market.sheet import Part, Row, Sheet
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from bot.market.report import Asked, Gap, Neighbour, Rates, Report
    from bot.market.rules import Interval, Quantile

MOST_RATES = 4  # currencies and units; the rest is counted
MOST_WEEKS = 7  # rows of a skill's weeks; the newest


def pulse_sheet(report: Report, week: int) -> Sheet:
    """The sheet of the weekly pulse; `week` is the ISO number of the week that it is about."""
    return _sheet(
        report,
        say("Market pulse · week {week}", week=week),
        say("{leads}, {feeds}, week {week} (week before {before}).", **_sizes(report), week=week),
    )


def market_sheet(report: Report) -> Sheet:
    """The sheet of `/market`."""
    span = last_weeks(report.span)
    if report.skill is None:
        caption = say("{leads}, {feeds}, {span} (the weeks before: {before}).", **_sizes(report), span=span)
        return _sheet(report, say("Market · {span}", span=span), caption)
    name = load_taxonomy().name(report.skill)
    n = count(report.concerned, say("lead asks"), say("leads ask"))
    of = {"all": f"{report.leads:,}", "feeds": _feeds(report)}
    caption = say("{n} for {skill}, of {all} from {feeds}, {span}.", n=n, skill=name, span=span, **of)
    return _sheet(report, say("Market · {skill}", skill=name), caption)


def last_weeks(span: int) -> str:
    """The period of a question, as "last 4 weeks"."""
    return say("last week") if span == 1 else say("last {n} weeks", n=span)


def _sizes(report: Report) -> dict[str, str]:
    leads = count(report.leads, say("lead"), say("leads"))
    return {"leads": leads, "feeds": _feeds(report), "before": f"{report.before:,}"}


def _feeds(report: Report) -> str:
    return count(report.sources, say("feed"), say("feeds"))


def _sheet(report: Report, title: str, caption: str) -> Sheet:
    caption = say("{caption} This is what this community's feeds showed, not the market.", caption=caption)
    legend = say("Bars: share of the leads. In brackets and as thin lines: where it lies with 95 % certainty.")
    rest = say("More is in the text.")
    skills = Part(say("Asked for most"), _asked(report), _trend_note(report))
    narrow = (
        Part(say("Rates"), _rates(report), _rates_note(report)),
        Part(say("Asked for more than offered here"), tuple(_gap(gap, report) for gap in report.gaps), _offers(report)),
        Part(say("Open to newcomers"), _newcomers(report)),
    )
    if report.skill is None:
        return Sheet(title, caption, (skills,), narrow, legend, rest)
    wide = (
        Part(say("Share of the leads"), _asked(report), _trend_note(report)),
        Part(_last(report), _weekly(report)),
    )
    near = Part(say("Asked for together with it"), tuple(_neighbour(one, report) for one in report.neighbours))
    gaps = Part(say("Offered here"), tuple(_gap(gap, report) for gap in report.gaps), _offers(report))
    return Sheet(title, caption, wide, (narrow[0], near, gaps, narrow[2]), legend, rest)


# --- how often -------------------------------------------------------------------------------------------------------


def _asked(report: Report) -> tuple[Row, ...]:
    return tuple(
        Row(load_taxonomy().name(one.skill), _demand(one, report), _share(one.leads, report.leads), one.interval)
        for one in report.asked
        if report.leads
    )


def _demand(one: Asked, report: Report) -> str:
    words = [_of(one.leads, report.leads, one.interval)]
    if report.before:
        words.append(_change(one.leads - one.before))
    if one.slope is not None:
        points = f"{abs(one.slope) * 100:.1f}"
        rising = say("rising {points} points a week", points=points)
        words.append(rising if one.slope > 0 else say("falling {points} points a week", points=points))
    return " · ".join(words)


def _of(k: int, n: int, interval: tuple[float, float]) -> str:
    """A share with its interval, as "41 of 183 · 22 % (17–29 %)"."""
    low, high = (round(100 * end) for end in interval)
    around = {"share": round(100 * k / n), "low": low, "high": high}
    return say("{k} of {n} · {share} % ({low}–{high} %)", k=f"{k:,}", n=f"{n:,}", **around)


def _share(k: int, n: int) -> float:
    return k / n if n else 0.0


def _change(n: int) -> str:
    if n == 0:
        return say("no change")
    return say("up {n}", n=n) if n > 0 else say("down {n}", n=-n)


def _trend_note(report: Report) -> str:
    if not report.asked:
        return ""
    if report.trend_weeks < TREND_WEEKS:
        there = count(report.trend_weeks, say("week has"), say("weeks have"))
        return say("No trends yet: {there} leads, and {n} must.", there=there, n=TREND_WEEKS)
    if any(one.slope is not None for one in report.asked):
        return say("The others have no clear trend.") if len(report.asked) > 1 else ""
    return say("No clear trend.")


def _last(report: Report) -> str:
    return say("Week by week") if report.span <= MOST_WEEKS else say("The last {n} weeks", n=MOST_WEEKS)


def _weekly(report: Report) -> tuple[Row, ...]:
    return tuple(
        Row(
            say("Week from {day}", day=f"{week.start.day} {week.start:%b}"),
            say("{k} of {n}", k=week.leads, n=week.of),
            _share(week.leads, week.of),
            (_share(week.leads, week.of),) * 2,
        )
        for week in report.weekly[-MOST_WEEKS:]
    )


# --- what it pays ----------------------------------------------------------------------------------------------------


def _rates(report: Report) -> tuple[Row, ...]:
    rows = [_rate(group, precise=report.skill is not None) for group in report.rates[:MOST_RATES]]
    if rest := report.rates[MOST_RATES:]:
        others = count(len(rest), say("other currency or unit"), say("other currencies or units"))
        leads = count(sum(group.n for group in rest), say("lead"), say("leads"))
        rows.append(Row(others, say("{leads} together", leads=leads)))
    return tuple(rows)


def _rate(group: Rates, *, precise: bool) -> Row:
    name = f"{group.currency} {_unit(group.unit)}"
    if group.quartiles is None:
        return Row(name, say("too few leads with a rate ({n})", n=group.n))
    lower, median, upper = group.quartiles
    half = say("middle half {low}–{high}", low=_money(lower.value), high=_money(upper.value))
    if precise:
        half = say("quartiles {low} and {high}", low=_quantile(lower), high=_quantile(upper))
    return Row(name, say("median {median} · {half} · n\u00a0{n}", median=_quantile(median), half=half, n=group.n))


def _unit(unit: str) -> str:
    return {
        "hour": say("an hour"),
        "day": say("a day"),
        "month": say("a month"),
        "year": say("a year"),
        "fixed": say("for the whole"),
    }[unit]


def _quantile(found: Quantile) -> str:
    """A quantile with its interval, where an end of it can be told: "95 (80–110)", "85 (at most 95)"."""
    around = _interval(found.interval)
    return f"{_money(found.value)} ({around})" if around else _money(found.value)


def _interval(interval: Interval) -> str:
    if interval.low is not None and interval.high is not None:
        return f"{_money(interval.low)}–{_money(interval.high)}"
    if interval.high is not None:
        return say("at most {high}", high=_money(interval.high))
    return say("at least {low}", low=_money(interval.low)) if interval.low is not None else ""


def _money(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.1f}"


def _rates_note(report: Report) -> str:
    if not report.concerned:
        return ""
    of = {"k": f"{report.stated:,}", "n": f"{report.concerned:,}"}
    return say("Rate, currency and unit stated: by {k} of {n}. A range counts with its middle.", **of)


# --- who offers it ---------------------------------------------------------------------------------------------------


def _gap(gap: Gap, report: Report) -> Row:
    offering = say("fewer than {n} members offer it", n=FEW)
    if gap.offering is not None:
        times = 2**gap.doublings
        offering = say("{n} of {all} members offer it", n=gap.offering, all=report.members)
        if times >= 1.5:
            offering = say("{offering}, asked for {times} times as often", offering=offering, times=f"{times:.1f}")
    asked = count(gap.leads, say("lead asks"), say("leads ask"))
    return Row(load_taxonomy().name(gap.skill), f"{asked} · {offering}")


def _offers(report: Report) -> str:
    if report.members is None:
        return say("No profile here says yet what members offer.")
    return "" if report.gaps else say("Nothing is asked for clearly more than it is offered.")


def _neighbour(one: Neighbour, report: Report) -> Row:
    words = say("in {k} of {n} · closeness {c}", k=one.leads, n=report.concerned, c=f"{one.closeness:.2f}")
    return Row(load_taxonomy().name(one.skill), words)


def _newcomers(report: Report) -> tuple[Row, ...]:
    found = report.newcomers
    if not report.concerned:
        return ()
    words = say("none of {n} says whether they may apply", n=count(report.concerned, say("lead"), say("leads")))
    if found.said:
        share = _of(found.leads, found.said, found.interval)
        words = say("{share} of those that say; {n} do not", share=share, n=report.concerned - found.said)
    return (Row(say("May apply"), words),)
