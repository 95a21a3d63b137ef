"""Where something happens among members: a community at an instant, in one writing transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.commands import Write
    from bot.people import Community
    from bot.ports import Ids
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Place:
    """What is needed to change something and to tell people of it, in a handler or in a job."""

    db: AsyncConnection
    ids: Ids
    settings: Settings
    community: Community
    now: datetime


def place_of(do: Write) -> Place:
    """The place of a handler."""
    return Place(do.db, do.ids, do.settings, do.community, do.now)
