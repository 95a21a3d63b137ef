"""Editing what a lead shows, from its card in the queue: a form, kept beside the verdict, undone like any decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot import audit
from bot.cards import Controls, Option
from bot.commands import Commands, OpenForm, Read, Update, Write
from bot.errors import UserError
from bot.forms import ChoiceField, Form, Page, TextField
from bot.leads import asking, copies, store
from bot.leads.cards import shorten
from bot.leads.decisions import Shown  # noqa: TC001  a command's signature is read
from bot.leads.editing import Edits, Kind, edited, edits_data, edits_of, read_edits
from bot.leads.intake import redraw, search_words
from bot.leads.pay import pay_words
from bot.leads.place import place_of
from bot.leads.queue import Feed, to_decide, walk_to
from bot.leads.rates import hourly
from bot.people import Role
from bot.skills import load_taxonomy
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

LONGEST_TITLE = 200

commands = Commands()


@commands.command("lead edit", role=Role.MODERATOR, typed=False)
async def edit(ask: Read, lead: int, version: int, shown: Shown = "queue", feed: Feed | None = None) -> OpenForm:
    """Ask how a lead that waits is to be shown."""
    found = await to_decide(ask, lead, version)
    return OpenForm(_form(found, (str(lead), str(version), shown, str(feed or ""))))


def _form(found: store.Lead, arguments: tuple[str, ...]) -> Form:
    taxonomy, verdict = load_taxonomy(), found.verdict
    kinds = (Option(say("Gig"), "gig"), Option(say("Job"), "job"), Option(say("Type not stated"), "unclear"))
    skills = ", ".join(taxonomy.name(skill) for skill in verdict.skills)
    fields = (
        TextField("title", say("Title"), value=shorten(found.title, LONGEST_TITLE), max_length=LONGEST_TITLE),
        TextField(
            "rate",
            say("Rate"),
            say("Such as $80-110/h or 3000 EUR fixed; empty: not stated."),
            pay_words(verdict.pay) if verdict.pay else "",
            required=False,
            max_length=60,
        ),
        ChoiceField("kind", say("Type"), kinds, value=verdict.kind),
        TextField("skills", say("Skills"), say("Divided by commas."), skills, required=False, long=True),
    )
    return Form(say("Edit a lead"), "lead save-edit", (Page(say("How it is shown"), fields),), arguments)


@commands.command("lead save-edit", role=Role.MODERATOR, typed=False)
async def save(
    do: Write,
    lead: int,
    version: int,
    shown: Shown = "queue",
    feed: Feed | None = None,
    title: str = "",
    rate: str = "",
    kind: Kind = "unclear",
    skills: str = "",
) -> Update:
    """Keep how a lead is to be shown."""
    found = await to_decide(do, lead, version)
    edits = edits_of(title or found.title, rate, kind, skills)
    before = await store.edits_of(do.db, do.community.id, lead)
    after = {"edits": edits_data(edits), "title": edits.title}
    undo = await audit.record(do, "lead edit", f"lead:{lead}", before={"edits": before}, after=after)
    await _show_as(do, found, edits)
    in_channel = await asking.card_of(place_of(do), lead) if shown == "channel" else None
    card = in_channel or await walk_to(do, lead, feed)
    return Update(card.with_blocks(Controls((audit.undo_button(undo),))))


async def _show_as(do: Write, found: store.Lead, edits: Edits | None) -> None:
    """Show a lead with these edits (None: as the feed has it), wherever it is shown."""
    title, verdict = await store.judged(do.db, do.community.id, found.id)
    if edits is not None:
        title, verdict = edits.title, edited(verdict, edits)
    await store.change(
        do.db,
        do.community.id,
        found.id,
        edits=edits_data(edits) if edits else None,
        kind=verdict.kind,
        hourly=hourly(verdict.pay),
        search=search_words(title, found.text, verdict),
    )
    place = place_of(do)
    await redraw(place, found.id)
    await copies.moved(place, [found.id])


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo an edit: the lead is shown as it was before."""
    lead_id = int(row["subject"].removeprefix("lead:"))
    found = await store.read_lead(do.db, do.community.id, lead_id, lock=True)
    if found is None or await store.edits_of(do.db, do.community.id, lead_id) != row["after"]["edits"]:
        raise UserError("E-STALE", say("That can't be undone any more."), why=say("The lead has moved on."))
    before: dict[str, Any] = row["before"]
    await _show_as(do, found, read_edits(before["edits"]))
    return say("Undone: “{title}” is shown as before.", title=shorten(found.title, 120))
