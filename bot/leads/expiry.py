"""When a lead's days are over: what waited runs out, what stands in a channel is struck through by editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import outbox
from bot.cards import Card, Heading, Note
from bot.leads import copies, publications, shares, store
from bot.leads.cards import shorten
from bot.leads.lines import strike_in
from bot.leads.publications import publication
from bot.leads.store import lead
from bot.words import say

if TYPE_CHECKING:
    from bot.leads.place import Place


async def run_out(place: Place) -> int:
    """End the wait of leads past their days; the cards that ask about them say so. Returns how many there were."""
    gone = await store.retire_old(place.db, place.community.id, place.now, place.settings.leads.max_age_hours)
    if gone:
        await copies.moved(place, gone)
    shared = await shares.among(place.db, place.community.id, gone)
    for found in await store.read_leads(place.db, place.community.id, shared):
        if found.decided_by is None:
            await shares.tell_sharer(place, found, "old")
    return len(gone)


async def close_expired(place: Place) -> int:
    """Strike through the cards, and the lines in digests, of leads whose last day is over; returns how many it was."""
    same = sa.and_(lead.c.community_id == publication.c.community_id, lead.c.id == publication.c.lead_id)
    statement = (
        sa.select(lead.c.id)
        .join(publication, same)
        .where(
            lead.c.community_id == place.community.id,
            lead.c.expires <= place.now,
            publication.c.closed.is_(None),
        )
        .distinct()
    )
    over = (await place.db.execute(statement)).scalars().all()
    for lead_id in over:
        found = await store.read_lead(place.db, place.community.id, lead_id)
        for row in await publications.of_lead(place.db, place.community.id, lead_id):
            if row["own_card"] and found is not None:
                card = _closed_card(found)
                await outbox.edit(place.db, place.ids, place.community.id, row["message_id"], card, place.now)
            elif not row["own_card"]:
                await strike_in(place, row["message_id"], lead_id, say("closed"))
        await publications.close(place.db, place.community.id, lead_id, place.now)
    return len(over)


def _closed_card(found: store.Lead) -> Card:
    title = shorten(found.title, 120)
    return Card(
        say("Closed: {title}.", title=title),
        (Heading(found.title, struck=True), Note((say("Closed: the posting's last day is over."),))),
    )
