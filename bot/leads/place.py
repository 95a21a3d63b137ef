"""Where something is taken in, and with what: a community at an instant, in one writing transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot import audit, moderators

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from bot.commands import Write
    from bot.people import Community
    from bot.ports import Ids
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lead is taken in, and with what."""

    db: AsyncConnection
    ids: Ids
    settings: Settings
    community: Community
    now: datetime


def place_of(do: Write) -> Place:
    """The place of a handler."""
    return Place(do.db, do.ids, do.settings, do.community, do.now)


async def note_own(place: Place, action: str, subject: str, *, before: Any = None, after: Any = None) -> None:
    """Write down what the bot does by itself."""
    rest = {"before": before, "after": after}
    await audit.record_own(place.db, place.ids, place.community.id, place.now, action, subject, **rest)


async def tell_moderators(place: Place, key: str, card: Card) -> list[int]:
    """Owe the moderators a message in each space where they have a channel; returns the messages' ids."""
    return await moderators.tell(place.db, place.ids, place.community.id, key=key, card=card, now=place.now)
