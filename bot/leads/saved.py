"""`/gigs saved`, and what members do with a lead for themselves: save it, follow it, be reminded, hide it."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Annotated, Literal

from bot import outbox
from bot.cards import (
    Block,
    Button,
    Card,
    Controls,
    Heading,
    LinkButton,
    Note,
    Option,
    Paragraph,
    Select,
    Time,
    sentence,
)
from bot.commands import Commands, Read, Reply, Update, Write
from bot.errors import UserError
from bot.leads import marks, store
from bot.leads.cards import line_of, shorten
from bot.leads.pay import pay_words
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import RowMapping

PAGE = 4  # each has a select and two buttons; more would not fit one message on Discord
REMIND_AFTER = timedelta(days=3)
NAME = "guildhall-saved-gigs.csv"
COLUMNS = ("stage", "changed", "title", "company", "pay", "place", "published", "link")

_SHOWN = {"saved": "Saved", "applied": "Applied", "talking": "Talking", "won": "Won", "lost": "Lost"}

commands = Commands()


# --- from a lead's card ----------------------------------------------------------------------------------------------


@commands.command("lead save", typed=False)
async def save(do: Write, lead: int) -> Reply:
    """Keep a lead in your own list."""
    found = await _open(do, lead)
    known = await marks.read(do.db, do.community.id, do.member_id, lead)
    title = shorten(found.title, 120)
    if known is None or known["stage"] == marks.HIDDEN:
        await marks.put(do.db, do.community.id, do.member_id, lead, "saved", do.now)
        text = say("Saved: {title}.", title=title)
    else:
        text = say("You have it already ({stage}): {title}.", stage=say(_SHOWN[known["stage"]]).lower(), title=title)
    press = (str(lead),)
    return Reply(
        sentence(
            text,
            Button(say("My saved gigs"), "gigs saved", (), "primary"),
            Button(say("Remind me in 3 days"), "lead remind", press),
            Button(say("Remove"), "lead drop", press),
        )
    )


@commands.command("lead hide", typed=False)
async def hide(do: Write, lead: int) -> Reply:
    """Never show me this lead again."""
    found = await _open(do, lead)
    await _unremind(do, lead)
    await marks.put(do.db, do.community.id, do.member_id, lead, marks.HIDDEN, do.now)
    text = say("Not for you: {title}. You won't find it any more.", title=shorten(found.title, 120))
    return Reply(sentence(text, Button(say("Show it again"), "lead drop", (str(lead),))))


@commands.command("lead drop", typed=False)
async def drop(do: Write, lead: int) -> Update:
    """Take a lead off my list, or let it be found again."""
    await _unremind(do, lead)
    await marks.drop(do.db, do.community.id, do.member_id, lead)
    return Update(sentence(say("Done. It is off your list."), Button(say("My saved gigs"), "gigs saved")))


async def _open(ask: Read, lead_id: int) -> store.Lead:
    """The lead, if it may be seen. Raises `UserError` (E-STALE)."""
    lead = await store.read_lead(ask.db, ask.community.id, lead_id)
    if lead is None or lead.state != "approved":
        raise UserError(
            "E-STALE",
            say("This lead is no longer open."),
            buttons=(Button(say("Show open gigs"), "gigs find"),),
        )
    return lead


# --- the list --------------------------------------------------------------------------------------------------------


@commands.command("gigs saved", example="/gigs saved applied")
async def show(
    ask: Read,
    stage: Annotated[Literal["all", "saved", "applied", "talking", "won", "lost"], "How far you are with it"] = "all",
    page: Annotated[int, "Which page of the list"] = 1,
) -> Reply:
    """Show the gigs you saved, with how far you are with each; reminders, and all of it as a table."""
    return Reply(await _list_card(ask, stage, page))


async def _list_card(ask: Read, stage: str, page: int) -> Card:
    wanted = marks.STAGES if stage == "all" else (stage,)
    rows = await marks.of_member(ask.db, ask.community.id, ask.member_id, wanted)
    if not rows:
        text = say("You have saved nothing yet. Press “Save” on a lead, and it stays here as long as you like.")
        if stage != "all":
            text = say("Nothing of yours is at the stage “{stage}”.", stage=say(_SHOWN[stage]))
        return sentence(text, Button(say("Find gigs"), "gigs find", (), "primary"))
    pages = ceil(len(rows) / PAGE)
    page = page if 1 <= page <= pages else 1
    blocks: list[Block] = [Heading(say("My saved gigs"))]
    for row in rows[(page - 1) * PAGE : page * PAGE]:
        blocks += await _entry(ask, row, stage, page)
    more = [Button(say("Next"), "gigs saved", (stage, str(page + 1)))] if page < pages else []
    blocks.append(Controls((*more, Button(say("All as CSV"), "lead export"))))
    n = count(len(rows), say("gig"), say("gigs"))
    note = say("{n}, page {page} of {pages}.", n=n, page=page, pages=pages) if pages > 1 else say("{n}.", n=n)
    blocks.append(Note((note,)))
    return Card(say("My saved gigs: {n}.", n=n), tuple(blocks))


async def _entry(ask: Read, row: RowMapping, stage: str, page: int) -> list[Block]:
    """One saved lead: what it is, how far it is, and what can be done."""
    lead = await store.read_lead(ask.db, ask.community.id, row["lead_id"])
    if lead is None:
        return []
    where = (str(lead.id), stage, str(page))
    name = shorten(lead.title, 40)
    closed = [] if lead.state == "approved" else [Note((say("No longer open here."),))]
    if lead.verdict.expires and not closed:
        closed = [Note((say("Open until "), Time(lead.verdict.expires, "date")))]
    options = tuple(Option(say(_SHOWN[each]), each) for each in marks.STAGES)
    label = say("Stage: {stage}", stage=say(_SHOWN[row["stage"]]))
    remind = Button(say("Remind me in 3 days"), "lead remind", where[:1], spoken=say("Remind me: {title}", title=name))
    if row["reminder"]:
        remind = Button(
            say("Don't remind me"), "lead unremind", where[:1], spoken=say("No reminder: {title}", title=name)
        )
    remove = Button(say("Remove"), "lead drop", where[:1], spoken=say("Remove: {title}", title=name))
    link = [LinkButton(say("Open post"), lead.link, say("Open post: {title}", title=name))] if lead.link else []
    return [
        Paragraph(line_of(lead)),
        *closed,
        Controls((Select(label, "lead stage", options, where),)),
        Controls((*link, remind, remove)),
    ]


@commands.command("lead stage", typed=False)
async def change_stage(do: Write, lead: int, show: str, page: int, stage: marks.Stage) -> Update:
    """Say how far you are with a saved lead."""
    if await marks.read(do.db, do.community.id, do.member_id, lead) is None:
        raise UserError("E-STALE", say("That is not on your list any more."))
    await marks.put(do.db, do.community.id, do.member_id, lead, stage, do.now)
    if stage in ("won", "lost"):
        await _unremind(do, lead)
    left = await marks.of_member(do.db, do.community.id, do.member_id, (show,)) if show != "all" else ()
    return Update(await _list_card(do, show if left else "all", page))


# --- reminders -------------------------------------------------------------------------------------------------------


@commands.command("lead remind", typed=False)
async def remind(do: Write, lead: int) -> Reply:
    """Be reminded of a lead in three days, by a direct message."""
    found = await _open(do, lead)
    known = await marks.read(do.db, do.community.id, do.member_id, lead)
    if known is None or known["stage"] == marks.HIDDEN:
        await marks.put(do.db, do.community.id, do.member_id, lead, "saved", do.now)
    await _unremind(do, lead)  # asked for again, it counts from now
    due, key = do.now + REMIND_AFTER, f"lead-reminder:{do.ids.new()}"
    to = outbox.Address(do.space, do.caller.user, direct=True)
    await outbox.queue(do.db, do.ids, to, _reminder_card(found), key=key, due=due, promise=True)
    await marks.change(do.db, do.community.id, do.member_id, lead, reminder=key)
    text = say("I'll remind you of “{title}” by a direct message: ", title=shorten(found.title, 120))
    button = Button(say("Don't remind me"), "lead unremind", (str(lead),))
    return Reply(Card(f"{text}{due:%d %b %Y}.", (Paragraph((text, Time(due, "full"), ".")), Controls((button,)))))


@commands.command("lead unremind", typed=False)
async def unremind(do: Write, lead: int) -> Update:
    """Take a reminder back."""
    done = await _unremind(do, lead)
    return Update(sentence(say("Done: no reminder.") if done else say("There was no reminder waiting.")))


async def _unremind(do: Write, lead_id: int) -> bool:
    """Cancel the reminder of a lead, if one waits; says whether it did."""
    known = await marks.read(do.db, do.community.id, do.member_id, lead_id)
    if known is None or not known["reminder"]:
        return False
    await marks.change(do.db, do.community.id, do.member_id, lead_id, reminder=None)
    return await outbox.cancel(do.db, do.community.id, known["reminder"])


def _reminder_card(lead: store.Lead) -> Card:
    press = (str(lead.id),)
    link = [LinkButton(say("Open post"), lead.link)] if lead.link else []
    return Card(
        say("You asked to be reminded of “{title}”.", title=shorten(lead.title, 120)),
        (
            Heading(say("A reminder")),
            Paragraph(line_of(lead)),
            Controls((*link, Button(say("My saved gigs"), "gigs saved"), Button(say("Remove"), "lead drop", press))),
        ),
    )


# --- as a table ------------------------------------------------------------------------------------------------------


@commands.command("lead export", typed=False)
async def export(do: Write) -> Reply:
    """Get your saved gigs as a CSV file, by a direct message."""
    rows = await marks.of_member(do.db, do.community.id, do.member_id)
    leads = [(row, await store.read_lead(do.db, do.community.id, row["lead_id"])) for row in rows]
    table = write_csv([(row, lead) for row, lead in leads if lead is not None])
    n = count(len(rows), say("gig"), say("gigs"))
    details = {"name": NAME, "content": b64encode(table.encode()).decode(), "alt": say("{n} as CSV", n=n)}
    to = outbox.Address(do.space, do.caller.user, direct=True)
    card = sentence(say("Your saved gigs as a table: {n}.", n=n))
    key = f"saved-csv:{do.ids.new()}"
    await outbox.queue(do.db, do.ids, to, card, key=key, due=do.now, promise=True, verb="file", details=details)
    return Reply(sentence(say("{n}: the file comes to you as a direct message.", n=n)))


def write_csv(rows: Sequence[tuple[RowMapping, store.Lead]]) -> str:
    """The marks and their leads as CSV with a header (UTF-8, RFC 4180). No cell can be taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row, lead in rows:
        verdict = lead.verdict
        pay, place = pay_words(verdict.pay) if verdict.pay else "", verdict.region or ""
        cells = (row["stage"], row["at"].date().isoformat(), lead.title, verdict.company or "", pay, place)
        writer.writerow(_harmless(cell) for cell in (*cells, lead.published.date().isoformat(), lead.link))
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet shows as it stands: one that begins like a formula gets an apostrophe."""
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell
