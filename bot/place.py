"""Where something is changed, and with what: a community at an instant, in one writing transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.people import Community
    from bot.ports import Ids
    from bot.settings import Settings


class Place(Protocol):
    """What is needed to change something and to tell people of it: a handler's `Write` is one, a job makes `Here`."""

    @property
    def db(self) -> AsyncConnection:
        """The writing transaction."""
        ...

    @property
    def ids(self) -> Ids:
        """Where new ids come from."""
        ...

    @property
    def settings(self) -> Settings:
        """The operator's settings."""
        ...

    @property
    def community(self) -> Community:
        """Whose it is."""
        ...

    @property
    def now(self) -> datetime:
        """The wall clock's instant, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """A place for who is in no handler."""

    db: AsyncConnection
    ids: Ids
    settings: Settings
    community: Community
    now: datetime
