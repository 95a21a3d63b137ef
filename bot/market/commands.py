"""`/market`: what this community's leads ask for and pay, as a table and as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from bot import audit, outbox, people, when
from bot.cards import Button, Card, ChannelName, Controls, Paragraph, sentence
from bot.commands import Commands, Look, Read, Reply, Write
from bot.errors import FieldErrors, UserError
from bot.market import pulse, store
from bot.market.report import Question, Report, week_edges, weeks_needed
from bot.market.sheet import Sheet, table
from bot.market.wording import last_weeks, market_sheet
from bot.options import Skill
from bot.people import Role
from bot.ports import WorkerFailed
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

SPAN, LONGER, LONGEST = 4, 12, 52  # weeks: as a default, as offered by a button, at most
MOST_BUTTONS = 4  # skills to look at next; with "Last 12 weeks" they fill a row on Discord

commands = Commands()


class Drawn(NamedTuple):
    """A sheet, and its picture: None where it could not be drawn."""

    report: Report
    sheet: Sheet
    png: bytes | None


# --- the table -------------------------------------------------------------------------------------------------------


async def work_out(look: Look, skill: str | None = None, weeks: int = SPAN) -> Report:
    """The figures of the last weeks. Raises `UserError` for a number of weeks that makes no sense."""
    if not 1 <= weeks <= LONGEST:
        raise FieldErrors({"weeks": say("Write a number of weeks from 1 to {most}.", most=LONGEST)})
    edges = week_edges(look.now, weeks_needed(weeks), look.community.zone)
    asked = Question(edges, weeks, look.community.zone, skill, look.settings.leads.rate_sample_min)
    async with look.read() as db:
        demand, offers = await store.ask(db, look.features, look.community.id, edges[0], edges[-1])
    report: Report = await look.workers.run(pulse.WORK_OUT, asked, demand, offers)
    return report


@commands.command("market", look=work_out, example="/market rag weeks:12")
async def market(
    ask: Read,
    found: Report,
    skill: Annotated[Skill | None, "Only the leads that ask for it"] = None,
    weeks: Annotated[int, "How far back, 1 to 52"] = SPAN,
) -> Reply:
    """Show which skills leads ask for, what they pay, and what is missing here."""
    longer = [Button(last_weeks(LONGER).capitalize(), "market", (skill or "", f"{LONGER}"))] if weeks < LONGER else []
    if not found.concerned:
        return Reply(_nothing(found, longer))
    press = (f"{weeks}", skill) if skill else (f"{weeks}",)
    share = [Button(say("Share in channel"), "market share", press)] if ask.role >= Role.MODERATOR else []
    near = [one.skill for one in found.neighbours] if skill else [one.skill for one in found.asked]
    closer = [_closer(one, weeks) for one in near[:MOST_BUTTONS]]
    send = Button(say("Send me the picture"), "market send", press, "primary")
    card = table(market_sheet(found)).with_blocks(Controls((send, *share)))
    if closer:
        words = say("Worth learning beside it?") if skill else say("Look closer:")
        card = card.with_blocks(Paragraph((words,)))
    return Reply(card.with_blocks(Controls((*closer, *longer))) if closer or longer else card)


def _closer(skill: str, weeks: int) -> Button:
    name = load_taxonomy().name(skill)
    return Button(name, "market", (skill, f"{weeks}"), spoken=say("Market: {skill}", skill=name))


def _nothing(found: Report, longer: list[Button]) -> Card:
    """What is said where no lead can be counted, and what to do then."""
    if found.skill and found.leads:
        skill, span = load_taxonomy().name(found.skill), last_weeks(found.span)
        text = say("None of the {n} leads of the {span} asks for {skill}.", n=found.leads, span=span, skill=skill)
        return sentence(text, *longer, Button(say("All skills"), "market"))
    text = say("There are no leads of the {span} to count yet.", span=last_weeks(found.span))
    advice = say("They come from feeds, which moderators add with /feeds add.")
    return sentence(f"{text} {advice}", *longer, Button(say("Show open gigs"), "gigs find"))


# --- the picture -----------------------------------------------------------------------------------------------------


async def draw(look: Look, weeks: int, skill: str | None = None) -> Drawn:
    """The picture of a table. An answer that only one person sees cannot carry a file, so it comes by itself."""
    report = await work_out(look, skill, weeks)
    sheet = market_sheet(report)
    if not report.concerned:
        return Drawn(report, sheet, None)
    try:
        return Drawn(report, sheet, await look.workers.run(pulse.DRAW, sheet))
    except WorkerFailed:
        return Drawn(report, sheet, None)


@commands.command("market send", typed=False, look=draw)
async def send(do: Write, found: Drawn, weeks: int, skill: Skill | None = None) -> Reply:
    """Get the market's picture by a direct message."""
    del weeks, skill
    if found.png is None:
        raise _not_drawn(found)
    to = outbox.Address(do.space, do.caller.user, direct=True)
    key = f"market:{do.ids.new()}"
    await pulse.post(do.db, do.ids, to, found.sheet, found.png, _name(do), key=key, due=do.now, promise=True)
    return Reply(sentence(say("The picture comes to you as a direct message.")))


@commands.command("market share", role=Role.MODERATOR, typed=False, look=draw)
async def share(do: Write, found: Drawn, weeks: int, skill: Skill | None = None) -> Reply:
    """Post the market's picture in the leads channel."""
    if found.png is None:
        raise _not_drawn(found)
    if not do.space.leads_channel:
        advice = say("Choose one with /mod setup, then press the button again.")
        raise UserError("E-SETUP", say("There is no leads channel yet."), advice=advice)
    await people.lock_communities(do.db, do.community.id)  # of two moderators at once, one shares it
    day = when.local_day(do.now, when.zone(do.community.zone))
    key = f"market:{do.space.id}:{day}:{weeks}:{skill or 'all'}"
    if await outbox.find(do.db, do.community.id, key):
        raise UserError("E-DONE", say("This picture was shared today already."))
    to = outbox.Address(do.space, do.space.leads_channel)
    message = await pulse.post(do.db, do.ids, to, found.sheet, found.png, _name(do), key=key, due=do.now)
    await audit.record(do, "market share", f"message:{message}", after={"title": found.sheet.title})
    where = (say("Shared in "), ChannelName(do.space.leads_channel), ".")
    return Reply(Card(say("Shared in your leads channel."), (Paragraph(where),)))


def shared(row: RowMapping, name: str) -> str:
    """What the audit says of a shared picture."""
    del name
    return say("shared “{title}” in the leads channel", title=row["after"]["title"])


def _name(do: Write) -> str:
    return f"market-{when.local_day(do.now, when.zone(do.community.zone))}.png"


def _not_drawn(found: Drawn) -> UserError:
    """Why there is no picture (E-PICTURE, or E-STALE where there is nothing left to draw)."""
    if not found.report.concerned:
        return UserError("E-STALE", say("There are no leads to draw by now."), advice=say("Type /market again."))
    return UserError(
        "E-PICTURE",
        say("I couldn't draw the picture. The table has every figure of it."),
        why=say("Most often the machine that I run on has no font."),
        advice=say("Whoever runs me can install DejaVu (on Debian: fonts-dejavu-core)."),
    )
