"""Members report a lead that is not what it seems; moderators withdraw it or keep it. Nobody learns who reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from bot import audit, outbox, people
from bot.cards import Button, Card, Controls, Heading, Note, Option, Paragraph, Quote, bold, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.db import Json, Key, UtcDateTime, Words, metadata
from bot.errors import FieldErrors, UserError
from bot.forms import ChoiceField, Form, Page, TextField
from bot.leads import store
from bot.leads.approval import goes_out_alone
from bot.leads.cards import ago, line_of, shorten
from bot.leads.intake import post, withdraw
from bot.leads.place import place_of, tell_moderators
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

Reason = Literal["scam", "closed", "not-a-gig", "offensive", "other"]
_SHOWN = {
    "scam": "It looks like a scam",
    "closed": "It is closed or the link is dead",
    "not-a-gig": "It is not paid AI work",
    "offensive": "It is offensive or discriminates",
    "other": "Something else",
}

report = sa.Table(
    "lead_report",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("lead_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),  # who reported: shown to nobody
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("messages", Json, nullable=False),  # the ids of the moderators' cards about it
    sa.ForeignKeyConstraint(["community_id", "lead_id"], ["lead.community_id", "lead.id"]),
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
)

commands = Commands()


@commands.command("lead report", typed=False, while_suspended=True)
async def ask_why(ask: Read, lead: int) -> OpenForm:
    """Ask what is wrong with a lead."""
    await _reported(ask, lead)
    options = tuple(Option(say(words), reason) for reason, words in _SHOWN.items())
    fields = (
        ChoiceField("reason", say("What is wrong?"), options, say("Only your moderators see this, not who said it.")),
        TextField(
            "words",
            say("Anything to add?"),
            say("Needed where it is something else."),
            required=False,
            long=True,
            max_length=1000,
        ),
    )
    page = Page(say("Report a lead"), fields)
    return OpenForm(Form(say("Report a lead"), "lead save-report", (page,), (str(lead),), submit_label=say("Report")))


@commands.command("lead save-report", typed=False, while_suspended=True)
async def save(do: Write, lead: int, reason: Reason, words: str = "") -> Reply:
    """Pass a report on to the moderators."""
    found = await _reported(do, lead)
    if reason == "other" and not words.strip():
        raise FieldErrors({"words": say("Say in a few words what is wrong: “something else” tells nobody.")})
    own = (report.c.community_id == do.community.id, report.c.lead_id == lead)
    mine = (*own, report.c.member_id == do.member_id)
    if (await do.db.execute(sa.select(report.c.at).where(*mine))).first():
        raise UserError("E-DONE", say("You have reported this one already. Your moderators see it."))
    sent = await tell_moderators(place_of(do), f"report:{do.ids.new()}", await _card(do, found, reason, words))
    values = {"reason": reason, "words": words, "at": do.now, "messages": sent}
    await do.db.execute(
        sa.insert(report).values(community_id=do.community.id, lead_id=lead, member_id=do.member_id, **values)
    )
    thanks = say(
        "Thank you. Your moderators look at it; nobody else learns of it, and they don't learn that it was you."
    )
    if not sent:  # there is no channel of theirs: it waits where they decide on leads
        await store.set_state(do.db, do.community.id, lead, "held")
        thanks = say("Thank you. It waits for your moderators again.")
    return Reply(sentence(thanks, Button(say("Never show it to me"), "lead hide", (str(lead),))))


async def _reported(ask: Read, lead_id: int) -> store.Lead:
    lead = await store.read_lead(ask.db, ask.community.id, lead_id)
    if lead is None or lead.state != "approved":
        raise UserError("E-STALE", say("This lead is no longer open, so there is nothing to report."))
    return lead


async def _card(do: Write, lead: store.Lead, reason: Reason, words: str) -> Card:
    own = (report.c.community_id == do.community.id, report.c.lead_id == lead.id)
    before = (await do.db.execute(sa.select(sa.func.count()).select_from(report).where(*own))).scalar_one()
    again = say("It is report number {n} about this lead.", n=before + 1)
    quoted = (Quote(words),) if words.strip() else ()
    press = (str(lead.id), str(lead.version))
    return Card(
        say("A member reports a lead: {title}.", title=shorten(lead.title, 120)),
        (
            Heading(say("A member reports a lead")),
            Paragraph(line_of(lead)),
            Paragraph((bold(say(_SHOWN[reason])),)),
            *quoted,
            *((Note((again,)),) if before else ()),
            Controls(
                (
                    Button(say("Withdraw the lead"), "report withdraw", press, "danger"),
                    Button(say("Keep it"), "report keep", press),
                    Button(say("Show it"), "lead show", press[:1]),
                )
            ),
        ),
    )


# --- what moderators make of it --------------------------------------------------------------------------------------


@commands.command("report withdraw", role=Role.MODERATOR, typed=False)
async def withdraw_lead(do: Write, lead: int, version: int) -> Update:
    """Take a reported lead back from where it is shown."""
    found = await _to_decide(do, lead, version)
    before, after = {"state": found.state}, {"state": "rejected", "title": shorten(found.title, 200)}
    undo = await audit.record(do, "report withdraw", f"lead:{lead}", before=before, after=after)
    await withdraw(place_of(do), found, say("Withdrawn by the moderators."))
    await store.set_state(do.db, do.community.id, lead, "rejected", decided_by=do.name, decided_at=do.now)
    return Update(await _settle(do, found, say("Withdrawn by {name}", name=do.name), undo))


@commands.command("report keep", role=Role.MODERATOR, typed=False)
async def keep(do: Write, lead: int, version: int) -> Update:
    """Leave a reported lead as it is."""
    found = await _to_decide(do, lead, version)
    undo = await audit.record(do, "report keep", f"lead:{lead}", before={"open": True}, after={"open": False})
    return Update(await _settle(do, found, say("Kept by {name}", name=do.name), undo))


async def _to_decide(do: Write, lead_id: int, version: int) -> store.Lead:
    """The reported lead, locked, with a report that waits; else `UserError` that says who was faster."""
    await people.lock_communities(do.db, do.community.id)
    lead = await store.read_lead(do.db, do.community.id, lead_id)
    waiting = (await _reports(do.db, do.community.id, lead_id)) if lead else ()
    if lead is not None and lead.state == "approved" and lead.version == version and waiting:
        return lead
    if lead is not None and lead.decided_by and lead.decided_at and lead.version != version:
        passed = ago(do.now - lead.decided_at)
        raise UserError("E-DONE", say("{name} already decided on this lead {ago}.", name=lead.decided_by, ago=passed))
    raise UserError("E-DONE", say("Somebody has settled this already."))


async def _reports(db: AsyncConnection, community_id: int, lead_id: int) -> list[RowMapping]:
    """The reports of a lead that nobody has decided on."""
    own = (report.c.community_id == community_id, report.c.lead_id == lead_id, report.c.decided_at.is_(None))
    return list((await db.execute(sa.select(report).where(*own).order_by(report.c.at))).mappings())


async def _settle(do: Write, lead: store.Lead, done: str, undo: int) -> Card:
    """Close all reports of a lead and say so on every card about them."""
    reports = await _reports(do.db, do.community.id, lead.id)
    own = (report.c.community_id == do.community.id, report.c.lead_id == lead.id, report.c.decided_at.is_(None))
    await do.db.execute(sa.update(report).where(*own).values(decided_at=do.now))
    n = count(len(reports), say("report"), say("reports"))
    card = Card(
        say("{done}: {title}.", done=done, title=shorten(lead.title, 120)),
        (
            Paragraph((bold(done), f" · {shorten(lead.title, 200)}")),
            Note((say("That settles {n}. Undo is possible for a day.", n=n),)),
            Controls((audit.undo_button(undo),)),
        ),
    )
    for message_id in (message_id for row in reports for message_id in row["messages"]):
        await outbox.edit(do.db, do.ids, do.community.id, message_id, card, do.now)
    return card


async def take_back(do: Write, row: Any) -> str:
    """Undo a withdrawal or a keeping: the lead is open again, posted anew where it goes out alone."""
    lead_id = int(row["subject"].removeprefix("lead:"))
    lead = await store.read_lead(do.db, do.community.id, lead_id, lock=True)
    if lead is None:
        raise UserError("E-STALE", say("This lead is gone."))
    if row["action"] == "report withdraw":
        if lead.state != "rejected":
            raise UserError("E-STALE", say("That can't be undone any more."), why=say("The lead has moved on."))
        await store.set_state(do.db, do.community.id, lead_id, "approved")
        if goes_out_alone(lead.destination, lead.kind):
            await post(place_of(do), lead_id)
    return say("Undone: “{title}” is open.", title=shorten(lead.title, 120))
