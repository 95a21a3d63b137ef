"""`/gigs alerts`: what a member wants to be told of, and how."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from bot import when, whereabouts
from bot.cards import Block, Button, Card, Controls, Divider, Heading, Items, Note, Option, Paragraph, bold, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.forms import ChoiceField, Form, Page, TextField
from bot.leads import alerts
from bot.leads.alerts import Alert, How
from bot.leads.audience import load_sectors
from bot.leads.cards import open_select
from bot.leads.privately import by_fit, line_for
from bot.leads.seekers import seeker
from bot.leads.wishes import Kind, Where, Wishes
from bot.search import searchable
from bot.skills import load_taxonomy
from bot.words import count, say

if TYPE_CHECKING:
    from bot.leads.store import Lead

MOST_SHOWN = 10
MOST_WORDS = 8

_KINDS: dict[Kind, str] = {"gigs": "Gigs, and those of unstated type", "jobs": "Jobs", "all": "Gigs and jobs"}
_WHERE: dict[Where, str] = {
    "anywhere": "Anywhere",
    "remote": "Only remote",
    "mine": "Only what may be done from my time zone",
}
_HOW: dict[How, str] = {
    "evening": "One message in the evening",
    "once": "At once, a message each",
    "off": "Off: keep it, tell me nothing",
}
_SPLIT = re.compile(r"[,;\n]+")

commands = Commands()


@commands.command("gigs alerts")
async def show(ask: Read) -> Reply:
    """Show what you are alerted to, change it, and see what it would have found."""
    mine = await alerts.of_member(ask.db, ask.community.id, ask.member_id)
    new = Button(say("New alert"), "alert edit", ("0",), "primary")
    if not mine:
        text = say("You have no alerts. Make one, and I tell you in the evening, or at once, when something fits it.")
        return Reply(sentence(text, new))
    blocks: list[Block] = [Heading(say("My alerts"))]
    for number, one in enumerate(mine, 1):
        press = (str(one.id),)
        controls = (
            Button(say("See matches"), "alert see", press, spoken=say("See matches of alert {n}", n=number)),
            Button(say("Change"), "alert edit", press, spoken=say("Change alert {n}", n=number)),
            Button(say("Remove"), "alert drop", press, spoken=say("Remove alert {n}", n=number)),
        )
        blocks += [Paragraph((bold(in_words(one.wishes)), f" · {say(_HOW[one.how])}")), Controls(controls)]
    if len(mine) < alerts.MOST:
        blocks += [Divider(), Controls((new,))]
    blocks.append(Note((_manners(ask),)))
    n = count(len(mine), say("alert"), say("alerts"))
    return Reply(Card(say("You have {n}.", n=n), tuple(blocks)))


def _manners(ask: Read) -> str:
    return say(
        "I send at most {n} a day that you did not ask for with a time, outside your quiet hours; the rest waits on "
        "/hub.",
        n=count(ask.settings.safety.messages_per_day, say("message"), say("messages")),
    )


def in_words(wishes: Wishes) -> str:
    """What an alert is for: "RAG or Python · from 80/h · only remote"."""
    taxonomy = load_taxonomy()
    parts = [when.either([taxonomy.name(skill) for skill in wishes.skills])] if wishes.skills else []
    parts += [f"“{word}”" for word in wishes.words]
    if wishes.min_rate:
        parts.append(say("from {rate}/h", rate=f"{wishes.min_rate:g}"))
    if wishes.kind != "gigs":
        parts.append(say(_KINDS[wishes.kind]).lower())
    if wishes.where != "anywhere":
        parts.append(say(_WHERE[wishes.where]).lower())
    if wishes.language:
        parts.append(say("in the language {language}", language=wishes.language))
    if wishes.sector:
        parts.append(load_sectors()[wishes.sector])
    if wishes.newcomers:
        parts.append(say("open to newcomers"))
    if wishes.skip:
        parts.append(say("without {words}", words=", ".join(f"“{word}”" for word in wishes.skip)))
    return " · ".join(parts) or say("Every gig")


# --- the form --------------------------------------------------------------------------------------------------------


@commands.command("alert edit", typed=False)
async def edit(ask: Read, alert: int = 0) -> OpenForm:
    """Ask what an alert (0: a new one) is for."""
    kept = await alerts.read(ask.db, ask.community.id, ask.member_id, alert)
    return OpenForm(_form(kept.wishes if kept else Wishes(), kept.how if kept else "evening", kept.id if kept else 0))


@commands.command("alert from-search", typed=False)
async def from_search(
    ask: Read,
    query: str = "",
    skill: str = "",
    min_rate: float = 0,
    kind: Kind = "gigs",
    days: int = 0,
    language: str = "any",
    sector: str = "any",
    newcomers: bool = False,  # noqa: FBT001, FBT002  a command's option
) -> OpenForm:
    """Make an alert of a search; within how many days is nothing that an alert asks."""
    del ask, days
    wishes = Wishes(
        skills=(skill,) if skill else (),
        words=tuple(searchable(query).split()[:MOST_WORDS]),
        min_rate=min_rate,
        kind=kind,
        language="" if language == "any" else language,
        sector="" if sector == "any" else sector,
        newcomers=newcomers,
    )
    return OpenForm(_form(wishes, "evening", 0))


def _form(wishes: Wishes, how: How, alert_id: int) -> Form:
    taxonomy = load_taxonomy()
    skills = ", ".join(taxonomy.name(skill) for skill in wishes.skills)
    rate = f"{wishes.min_rate:g}" if wishes.min_rate else ""
    first = (
        TextField(
            "skills",
            say("Skills"),
            say("Any of these, divided by commas; empty: whatever it asks for."),
            skills,
            required=False,
        ),
        TextField(
            "min_rate",
            say("At least an hour"),
            say("A number, in the lead's own currency; empty: any."),
            rate,
            required=False,
            max_length=12,
        ),
        ChoiceField(
            "kind", say("Type"), tuple(Option(say(words), kind) for kind, words in _KINDS.items()), value=wishes.kind
        ),
        ChoiceField(
            "where",
            say("Where"),
            tuple(Option(say(words), where) for where, words in _WHERE.items()),
            value=wishes.where,
        ),
        ChoiceField(
            "how", say("How I tell you"), tuple(Option(say(words), one) for one, words in _HOW.items()), value=how
        ),
    )
    second = (
        TextField("words", say("Words that must occur"), value=" ".join(wishes.words), required=False, max_length=200),
        TextField(
            "skip",
            say("Words to skip"),
            say("A lead with any of these is left out."),
            " ".join(wishes.skip),
            required=False,
            max_length=200,
        ),
    )
    kept = (str(alert_id), wishes.language, wishes.sector, "yes" if wishes.newcomers else "no")
    pages = (Page(say("What is it for?"), first), Page(say("Its words"), second))
    return Form(say("An alert"), "alert save", pages, kept)


@commands.command("alert save", typed=False)
async def save(
    do: Write,
    alert: int = 0,
    language: str = "",
    sector: str = "",
    newcomers: bool = False,  # noqa: FBT001, FBT002  a command's option
    skills: str = "",
    min_rate: str = "",
    kind: Kind = "gigs",
    where: Where = "anywhere",
    how: How = "evening",
    words: str = "",
    skip: Annotated[str, "Words"] = "",
) -> Reply:
    """Keep an alert, and say what it would have found in the last week."""
    mine = await alerts.of_member(do.db, do.community.id, do.member_id)
    known = next((one for one in mine if one.id == alert), None)
    if known is None and len(mine) >= alerts.MOST:
        raise UserError(
            "E-FULL",
            say("You have {n} alerts, which is all there is room for.", n=len(mine)),
            advice=say("Change or remove one of them first."),
            buttons=(Button(say("My alerts"), "gigs alerts"),),
        )
    wishes = Wishes(
        skills=_skills(skills),
        min_rate=_rate(min_rate),
        kind=kind,
        where=where,
        words=tuple(searchable(words).split()[:MOST_WORDS]),
        skip=tuple(searchable(skip).split()[:MOST_WORDS]),
        language=language,
        sector=sector if sector in load_sectors() else "",
        newcomers=newcomers,
    )
    since = known.since if known and known.how != "off" else do.now
    kept = Alert(id=known.id if known else do.ids.new(), member_id=do.member_id, wishes=wishes, how=how, since=since)
    due = alerts.next_evening(do.now, when.zone(do.zone)) if how == "evening" else None
    await alerts.put(do.db, do.community.id, kept, due)
    return Reply(await _saved(do, kept))


async def _saved(do: Write, kept: Alert) -> Card:
    found = await _matches(do, kept)
    n = count(len(found), say("lead"), say("leads"))
    would = say("This would have matched {n} in the last 7 days.", n=n)
    press = (str(kept.id),)
    see = [Button(say("See them"), "alert see", press)] if found else []
    return Card(
        say("Your alert is kept. {would}", would=would),
        (
            Paragraph((bold(in_words(kept.wishes)), f" · {say(_HOW[kept.how])}")),
            Paragraph((would,)),
            Controls((*see, Button(say("Adjust"), "alert edit", press), Button(say("My alerts"), "gigs alerts"))),
            Note((_manners(do),)),
        ),
    )


async def _matches(ask: Read, kept: Alert) -> list[Lead]:
    zone = await whereabouts.zone_at(ask.db, ask.community.id, ask.member_id, ask.now)
    return await alerts.matching(ask.db, ask.community.id, kept.wishes, zone, ask.now - alerts.WEEK)


def _skills(typed: str) -> tuple[str, ...]:
    """The skills that somebody typed. Raises `FieldErrors`."""
    taxonomy, found = load_taxonomy(), list[str]()
    for words in filter(None, map(str.strip, _SPLIT.split(typed))):
        skill = taxonomy.match(words)
        if skill is None:
            near = ", ".join(one.name for one in taxonomy.suggest(words))
            advice = say("Did you mean {near}?", near=near) if near else say("As a word of the text, give it below.")
            raise FieldErrors({"skills": say("I know no skill “{words}”. {advice}", words=words[:60], advice=advice)})
        found.append(skill.id)
    return tuple(dict.fromkeys(found))


def _rate(typed: str) -> float:
    text = typed.strip().lower().removesuffix("/h").strip(" $€£>=")
    if not text:
        return 0
    if not re.fullmatch(r"\d{1,6}(?:[.,]\d{1,2})?", text):
        raise FieldErrors({"min_rate": say("Write a number, such as 80, or leave it empty.")})
    return float(text.replace(",", "."))


# --- its matches, and its end ----------------------------------------------------------------------------------------


@commands.command("alert see", typed=False)
async def see(ask: Read, alert: int) -> Reply:
    """Show what an alert would have found in the last week."""
    kept = await alerts.read(ask.db, ask.community.id, ask.member_id, alert)
    if kept is None:
        raise UserError("E-STALE", say("That alert is gone."), buttons=(Button(say("My alerts"), "gigs alerts"),))
    found = await _matches(ask, kept)
    adjust = Button(say("Adjust"), "alert edit", (str(kept.id),))
    if not found:
        return Reply(sentence(say("Nothing of the last 7 days is like that."), adjust))
    mine = await seeker(ask)
    shown = [lead for lead, _ in by_fit(found, mine)[:MOST_SHOWN]]
    n = count(len(found), say("lead"), say("leads"))
    head = say("{n} of the last 7 days.", n=n)
    return Reply(
        Card(
            head,
            (
                Heading(in_words(kept.wishes)),
                Items(tuple(line_for(lead, mine) for lead in shown), numbered=True),
                Note((head,)),
                Controls((open_select(shown),)),
                Controls((adjust,)),
            ),
        )
    )


@commands.command("alert drop", typed=False)
async def drop(do: Write, alert: int) -> Update:
    """Remove an alert."""
    if not await alerts.drop(do.db, do.community.id, do.member_id, alert):
        raise UserError("E-DONE", say("That alert is gone already."))
    return Update(sentence(say("The alert is removed."), Button(say("My alerts"), "gigs alerts")))
