"""Leads as cards and lines."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from bot import literal
from bot.cards import (
    Block,
    Button,
    Card,
    Control,
    Controls,
    Fact,
    Facts,
    Heading,
    LinkButton,
    Note,
    Option,
    Paragraph,
    Quote,
    Select,
    Span,
    Text,
    Time,
    bold,
)
from bot.leads.audience import load_sectors
from bot.leads.hosts import credit_of
from bot.leads.marks import HIDDEN
from bot.leads.pay import pay_words
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from bot.leads.entry import Entry, Verdict
    from bot.leads.store import Lead

LONGEST_WORD = 30  # a cut goes back to the last space, but not further than this
QUOTE_LENGTH = 280
TITLE_LENGTH = 200  # of a title in a list; the lead's own card shows all of it
_KINDS = {"gig": "Gig", "job": "Job", "unclear": "Type not stated"}


def kind_words(verdict: Verdict) -> str:
    """Gig, job, or that the type is not stated; with the terms where the text says them."""
    terms = [term.replace("_", "-") for term in verdict.employment_type or ()]
    if verdict.offers_both:
        terms.append(say("or a job: it offers both"))
    return ", ".join((say(_KINDS.get(verdict.kind, "Neither")), *terms))


def place_words(verdict: Verdict) -> str:
    """Where the work is done."""
    region = verdict.region or ""
    if verdict.remote == "hybrid":
        return say("Hybrid ({region})", region=region) if region else say("Hybrid")
    if verdict.remote:
        return say("Remote ({region})", region=region) if region else say("Remote")
    return region or (say("On site") if verdict.remote is False else say("Place not stated"))


def skill_words(verdict: Verdict, limit: int = 6) -> str:
    """The skills that a lead asks for, by name."""
    taxonomy = load_taxonomy()
    names = [taxonomy.name(skill) for skill in verdict.skills]
    more = len(names) - limit
    shown = " · ".join(names[:limit])
    return say("{names} and {more} more", names=shown, more=more) if more > 0 else shown


def shorten(text: str, length: int) -> str:
    """One line of at most `length` characters, ended by "…" where something is left out."""
    flat = " ".join(text.split())
    cut = literal.shorten(flat, length)
    space = cut.rfind(" ")
    if cut == flat or space < length - LONGEST_WORD:
        return cut
    return cut[:space].rstrip(" ,;:") + "…"


_SIZES = ((86400, "day", "days"), (3600, "hour", "hours"), (60, "minute", "minutes"), (1, "second", "seconds"))


def ago(passed: timedelta) -> str:
    """How long ago something was, in words."""
    seconds = int(passed.total_seconds())
    size, one, many = next((size for size in _SIZES if seconds >= size[0]), _SIZES[-1])
    return say("{n} ago", n=count(seconds // size, say(one), say(many)))


def lasting(wait: timedelta) -> str:
    """How long to wait, in words, rounded up."""
    seconds = ceil(wait.total_seconds())
    size, one, many = next((size for size in _SIZES if seconds >= 2 * size[0]), _SIZES[-1])
    return count(ceil(seconds / size), say(one), say(many))


def spoken(lead: Lead) -> str:
    """One sentence for notifications and screen readers."""
    title, pay = shorten(lead.title, 120), pay_words(lead.verdict.pay)
    return say("New lead: {title}, {pay}, {place}.", title=title, pay=pay, place=place_words(lead.verdict))


def facts_of(verdict: Verdict) -> Facts:
    """The named fields of a verdict; unknown ones are said to be unknown."""
    facts = [
        Fact(say("Rate"), (bold(pay_words(verdict.pay)) if verdict.pay else say("not stated"),)),
        Fact(say("Type"), (kind_words(verdict),)),
        Fact(say("Where"), (place_words(verdict),)),
    ]
    if verdict.company:
        facts.append(Fact(say("Company"), (verdict.company,)))
    if verdict.sectors:
        facts.append(Fact(say("Sector"), (", ".join(load_sectors()[sector] for sector in verdict.sectors),)))
    if verdict.seniority or verdict.newcomers:
        facts.append(Fact(say("Level"), (_level_words(verdict),)))
    if verdict.hours:
        facts.append(Fact(say("Hours"), (verdict.hours,)))
    if verdict.skills:
        facts.append(Fact(say("Wants"), (skill_words(verdict, limit=99),)))
    if verdict.expires:
        facts.append(Fact(say("Open until"), (Time(verdict.expires, "date"),)))
    return Facts(tuple(facts))


def _level_words(verdict: Verdict) -> str:
    level = say(verdict.seniority.capitalize()) if verdict.seniority else ""
    return ", ".join(part for part in (level, say("open to newcomers") if verdict.newcomers else "") if part)


def origin(lead: Lead) -> Text:
    """Where a lead was seen, and when; the site is named where its terms ask for it, whatever the feed is called."""
    credit = credit_of(lead.link)
    named = not credit or credit.lower() in lead.feed_title.lower()
    seen = lead.feed_title if named else say("{feed} (via {site})", feed=lead.feed_title, site=credit)
    spans: list[Span] = [seen, " · ", Time(lead.published, "relative")]
    if lead.also_on:
        spans.append(say(" · also on {feeds}", feeds=", ".join(lead.also_on)))
    if lead.edited:
        spans.append(say(" · edited by moderators"))
    return tuple(spans)


def body_of(lead: Lead) -> tuple[Block, ...]:
    """The parts of a lead's card above its buttons."""
    blocks: list[Block] = [Heading(lead.title, lead.link), facts_of(lead.verdict)]
    blocks += [Paragraph((bold(say("Check first: ")), caution)) for caution in lead.verdict.cautions]
    if lead.text:
        blocks.append(Quote(shorten(lead.text, QUOTE_LENGTH)))
    blocks.append(Note(origin(lead)))
    return tuple(blocks)


def lead_card(lead: Lead, stage: str = "", private: tuple[Block, ...] = ()) -> Card:
    """A lead as it is posted, or shown to a member who has it at a `stage` ("" for none, else one of `marks`).

    `private` is what only that member is to see of it.
    """
    controls: list[Control] = []
    name = shorten(lead.title, 50)
    if lead.link:
        controls.append(LinkButton(say("Open post"), lead.link, say("Open post: {title}", title=name)))
    keep = (say("Save"), "lead save") if stage in ("", HIDDEN) else (say("Saved"), "lead save")
    hide = (say("Not for me"), "lead hide") if stage != HIDDEN else (say("Show it again"), "lead drop")
    for label, command in (keep, hide, (say("Why this?"), "lead why"), (say("Report"), "lead report")):
        spoken_label = f"{label.rstrip('?')}: {name}"
        controls.append(Button(label, command, (str(lead.id),), spoken=spoken_label))
    return Card(spoken(lead), (*body_of(lead), *private, Controls(tuple(controls))))


def withdrawn_card(lead: Lead, reason: str) -> Card:
    """A lead's card after it was taken back: struck through, with the reason."""
    return Card(
        say("Withdrawn: {title}.", title=shorten(lead.title, 120)), (Heading(lead.title, struck=True), Note((reason,)))
    )


def line_of(lead: Lead) -> Text:
    """A lead in one line of a list."""
    parts: list[Span] = [bold(shorten(lead.title, TITLE_LENGTH)), f" · {pay_words(lead.verdict.pay)}"]
    parts.append(f" · {place_words(lead.verdict)}")
    if lead.kind != "gig":
        parts.append(" · " + (say("job") if lead.kind == "job" else say("type not stated")))
    if lead.verdict.skills:
        parts.append(f" · {skill_words(lead.verdict, limit=3)}")
    return (*parts, " · ", *origin(lead))


def verdict_words(verdict: Verdict) -> str:
    """What the judge makes of an entry, with its reasons."""
    what = {"gig": say("gig"), "job": say("job"), "unclear": say("lead, type not stated"), "neither": say("not a lead")}
    sure = "" if verdict.kind == "neither" or verdict.sure else say(", not sure")
    reasons = "; ".join((*verdict.reasons, *verdict.cautions))
    return f"{what[verdict.kind]}{sure}: {shorten(reasons, 300)}"


def verdict_line(entry: Entry, verdict: Verdict) -> Text:
    """An entry and what the judge makes of it, in one line."""
    return (bold(shorten(entry.title, 120)), f" — {verdict_words(verdict)}")


def reasons_card(lead: Lead) -> Card:
    """Why a lead was judged as it was."""
    lines = [Paragraph((f"• {reason}",)) for reason in (*lead.verdict.reasons, *lead.verdict.cautions)]
    score = say(
        "Score {score} of 100. The judge works by fixed rules; nobody's name or place counts.",
        score=round(lead.verdict.score * 100),
    )
    return Card(
        say("Why this lead: {title}.", title=shorten(lead.title, 120)),
        (Heading(say("Why this?")), Paragraph((bold(shorten(lead.title, TITLE_LENGTH)),)), *lines, Note((score,))),
    )


def waiting_words(n: int) -> str:
    """How many leads wait."""
    if not n:
        return say("Nothing else waits")
    return count(n, say("lead waits"), say("leads wait"))


def open_select(leads: Sequence[Lead]) -> Select:
    """One select that opens any of the leads, privately."""
    return Select(say("Open a lead…"), "lead show", tuple(_choice(lead) for lead in leads))


def _choice(lead: Lead) -> Option:
    description = f"{pay_words(lead.verdict.pay)}, {place_words(lead.verdict)}"
    return Option(shorten(lead.title, 75), str(lead.id), shorten(description, 75))
