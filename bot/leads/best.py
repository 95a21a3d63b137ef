"""The best leads of a feed that was just added: offered to be posted as one message, or looked at first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import audit, outbox
from bot.cards import Block, Button, Card, Controls, Heading, Items, Note, Paragraph, Styled, bold, sentence
from bot.commands import Commands, Update, Write
from bot.errors import UserError
from bot.leads import copies, publications, store
from bot.leads.approval import too_old
from bot.leads.cards import TITLE_LENGTH, line_of, open_select, shorten
from bot.leads.intake import withdraw
from bot.leads.lines import lines
from bot.leads.place import place_of
from bot.leads.queue import next_card
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from bot.settings import Settings

MOST = 5
WITHIN = timedelta(days=3)

commands = Commands()


def best_of(leads: Iterable[store.Lead], settings: Settings, now: datetime) -> Sequence[store.Lead]:
    """The leads of a backlog that are worth posting, gigs first; none that a moderator has to look at before."""
    fresh = [lead for lead in leads if now - lead.published <= WITHIN and _may_be_posted(lead, settings, now)]
    return sorted(fresh, key=lambda lead: (lead.kind == "job", -lead.verdict.score, -lead.published.timestamp()))[:MOST]


def _may_be_posted(lead: store.Lead, settings: Settings, now: datetime) -> bool:
    old = too_old(lead.verdict, lead.published, now, settings.leads.max_age_hours)
    return lead.state == "backlog" and not lead.verdict.held and not old


def offer(leads: Sequence[store.Lead]) -> tuple[Block, ...]:
    """The blocks that offer them."""
    chosen = ",".join(str(lead.id) for lead in leads)
    return (
        Paragraph((bold(say("The best of the last three days:")),)),
        Items(tuple(line_of(lead) for lead in leads), numbered=True),
        Controls(
            (
                Button(say("Post now"), "lead post-best", (chosen,), "primary"),
                Button(say("Look first"), "lead hold-best", (chosen,)),
            )
        ),
    )


@commands.command("lead post-best", role=Role.MODERATOR, typed=False)
async def post_best(do: Write, leads: str) -> Update:
    """Approve the best leads of a new feed and post them as one message."""
    if not do.space.leads_channel:
        raise UserError(
            "E-SETUP",
            say("There is no leads channel yet."),
            advice=say("Choose one with /mod setup, then press the button again."),
            buttons=(Button(say("Set up"), "mod setup", (), "primary"),),
        )
    chosen = await _still(do, leads)
    to = outbox.Address(do.space, do.space.leads_channel)
    message_id = do.ids.new()
    await outbox.queue(
        do.db, do.ids, to, best_card(chosen), key=f"best:{message_id}", due=do.now, message_id=message_id
    )
    for lead in chosen:
        await store.set_state(do.db, do.community.id, lead.id, "approved", decided_by=do.name, decided_at=do.now)
        await publications.add(
            do.db, do.community.id, lead.id, do.space.id, message_id=message_id, own_card=False, at=do.now
        )
    after = {"leads": [lead.id for lead in chosen]}
    undo = await audit.record(do, "lead post-best", f"message:{message_id}", after=after)
    n = count(len(chosen), say("lead"), say("leads"))
    text = say("Posted {n} to your leads channel as one message. Undo is possible for a day.", n=n)
    return Update(sentence(text, audit.undo_button(undo)))


@commands.command("lead hold-best", role=Role.MODERATOR, typed=False)
async def hold_best(do: Write, leads: str) -> Update:
    """Put the best leads of a new feed into the queue, to look at them first."""
    held = await _still(do, leads)
    for lead in held:
        await store.set_state(do.db, do.community.id, lead.id, "held")
    await copies.moved(place_of(do), [lead.id for lead in held])
    return Update(await next_card(do))


async def _still(do: Write, leads: str) -> list[store.Lead]:
    """The named leads that can still be posted or looked at, locked."""
    ids = [int(part) for part in leads.split(",") if part.isdecimal()]
    found = [await store.read_lead(do.db, do.community.id, lead_id, lock=True) for lead_id in sorted(ids)]
    backlog = {lead.id: lead for lead in found if lead and lead.state == "backlog"}
    button = Button(say("Show the queue"), "feeds queue")
    if not backlog:
        raise UserError("E-DONE", say("That was done already."), buttons=(button,))
    still = [lead for i in ids if (lead := backlog.get(i)) and _may_be_posted(lead, do.settings, do.now)]
    if not still:
        raise UserError("E-STALE", say("These leads are past their days by now."), buttons=(button,))
    return still


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo the posting: its message is struck through, or never sent, and its leads wait in the queue."""
    found = [await store.read_lead(do.db, do.community.id, i, lock=True) for i in sorted(row["after"]["leads"])]
    leads = [lead for lead in found if lead and lead.state == "approved"]
    reason = say("A moderator took these leads back.")
    for lead in leads:
        await withdraw(place_of(do), lead, reason)
        await store.set_state(do.db, do.community.id, lead.id, "held")
    await copies.moved(place_of(do), [lead.id for lead in leads])
    message_id = int(row["subject"].removeprefix("message:"))
    await outbox.retract(do.db, do.ids, do.community.id, message_id, _withdrawn_card(leads, reason), do.now)
    return say("Undone: {n} in the queue instead.", n=count(len(leads), say("lead waits"), say("leads wait")))


def best_card(leads: Sequence[store.Lead]) -> Card:
    """Several leads in one message, each to be opened from a select."""
    return Card(
        say("{n} to start with.", n=count(len(leads), say("lead"), say("leads"))),
        (
            Heading(say("Leads to start with")),
            lines(leads, numbered=True),
            Controls((open_select(leads),)),
        ),
    )


def _withdrawn_card(leads: Sequence[store.Lead], reason: str) -> Card:
    titles = tuple((Styled("strike", shorten(lead.title, TITLE_LENGTH)),) for lead in leads)
    n = count(len(leads), say("lead"), say("leads"))
    return Card(say("Withdrawn: {n}.", n=n), (Heading(say("Withdrawn")), Items(titles), Note((reason,))))
