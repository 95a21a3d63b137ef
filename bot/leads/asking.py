"""Cards of single leads in the moderators' channels, at most ten open at once; every copy of a card is kept true.

Gigs of *instant* feeds cannot wait for the day's batch card. Where the operator wants no batch card, every lead that
waits gets a card of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit, outbox
from bot.db import Key, metadata, parts
from bot.leads import store
from bot.leads.decisions import outcome_card, question_card
from bot.leads.place import Place, tell_moderators
from bot.leads.store import lead
from bot.leads.subscriptions import feed
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.cards import Card, Text

MOST_OPEN = 10

asking = sa.Table(
    "asking",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("lead_id", Key, primary_key=True),
    sa.Column("message_id", Key, primary_key=True),  # the outbox message that asks, one for each moderators' channel
    sa.ForeignKeyConstraint(["community_id", "lead_id"], ["lead.community_id", "lead.id"]),
    sa.ForeignKeyConstraint(["community_id", "message_id"], ["message.community_id", "message.id"]),
)

_DECISIONS = ("lead approve", "lead reject", "lead always")
_ASKED = sa.exists().where(asking.c.community_id == lead.c.community_id, asking.c.lead_id == lead.c.id)


async def fill(place: Place) -> None:
    """Ask about the leads that are to have a card of their own, the surest first, while there is room for them."""
    own = (lead.c.community_id == place.community.id, lead.c.state == "held")
    asked = sa.select(sa.func.count()).select_from(lead).where(*own, _ASKED)
    room = MOST_OPEN - (await place.db.execute(asked)).scalar_one()
    if room <= 0:
        return
    statement = sa.select(lead.c.id).where(*own, ~_ASKED)
    if place.settings.leads.batch_at:
        same = sa.and_(feed.c.community_id == lead.c.community_id, feed.c.id == lead.c.feed_id)
        statement = statement.join(feed, same).where(feed.c.destination == "instant", lead.c.kind == "gig")
    order = (lead.c.score.desc(), lead.c.published.desc(), lead.c.id)
    for lead_id in (await place.db.execute(statement.order_by(*order).limit(room))).scalars().all():
        await _ask(place, lead_id)


async def _ask(place: Place, lead_id: int) -> None:
    found = await store.read_lead(place.db, place.community.id, lead_id)
    if found is None:
        return
    messages = await tell_moderators(place, f"ask:{lead_id}", _question(place, found))
    rows = [{"community_id": place.community.id, "lead_id": lead_id, "message_id": one} for one in messages]
    if rows:
        await place.db.execute(sa.insert(asking), rows)


def _question(place: Place, found: store.Lead) -> Card:
    head: Text = (say("Lead to approve · from {feed} · held until somebody decides", feed=found.feed_title),)
    return question_card(found, "channel", head=head, posts_per_day=place.settings.leads.posts_per_day)


async def card_of(place: Place, lead_id: int) -> Card | None:
    """What a lead's card in the moderators' channels has to show now."""
    found = await store.read_lead(place.db, place.community.id, lead_id)
    if found is None:
        return None
    if found.state == "held":
        return _question(place, found)
    row = await audit.latest(place.db, place.community.id, f"lead:{lead_id}")
    decided = row is not None and row["action"] in _DECISIONS
    return outcome_card(found, row["id"] if decided and row is not None else None)


async def refresh(place: Place, lead_ids: Iterable[int]) -> None:
    """Bring every copy of these leads' cards up to date."""
    for lead_id, messages in (await _messages(place, lead_ids)).items():
        card = await card_of(place, lead_id)
        if card is None:
            continue
        for message_id in messages:
            await outbox.edit(place.db, place.ids, place.community.id, message_id, card, place.now)


async def _messages(place: Place, lead_ids: Iterable[int]) -> Mapping[int, Sequence[int]]:
    """The messages that ask about these leads, by lead; those about which nothing asks are left out."""
    found: dict[int, list[int]] = {}
    for part in parts(lead_ids):
        own = (asking.c.community_id == place.community.id, asking.c.lead_id.in_(part))
        statement = sa.select(asking.c.lead_id, asking.c.message_id).where(*own)
        for lead_id, message_id in await place.db.execute(statement.order_by(asking.c.lead_id, asking.c.message_id)):
            found.setdefault(lead_id, []).append(message_id)
    return found
