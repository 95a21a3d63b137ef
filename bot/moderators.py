"""Telling moderators something: in the channel that each workspace or server has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import outbox, people

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from bot.ports import Ids


async def tell(db: AsyncConnection, ids: Ids, community_id: int, *, key: str, card: Card, now: datetime) -> list[int]:
    """Owe the moderators a message in each space where they have a channel; returns the messages' ids."""
    sent = []
    for space in await people.spaces_of(db, community_id):
        if space.moderators_channel:
            to = outbox.Address(space, space.moderators_channel)
            sent.append(await outbox.queue(db, ids, to, card, key=f"{key}:{space.id}", due=now, promise=True))
    return sent
