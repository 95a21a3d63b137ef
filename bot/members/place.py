"""Where something happens among members: a community at an instant, in one writing transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.people import Community
    from bot.ports import Ids


class Place(Protocol):
    """What is needed to write and to tell people. A handler's `Write` is one, and so is what a job makes of its own."""

    @property
    def db(self) -> AsyncConnection:
        """The writing transaction."""
        ...

    @property
    def ids(self) -> Ids:
        """Where row ids come from."""
        ...

    @property
    def community(self) -> Community:
        """The community."""
        ...

    @property
    def now(self) -> datetime:
        """Wall clock, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """A place for who is in no handler."""

    db: AsyncConnection
    ids: Ids
    community: Community
    now: datetime
