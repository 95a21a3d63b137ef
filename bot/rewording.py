"""Words taken out of what stands already: somebody's name, or what they wrote, on cards that others see.

Only what is known to be about them is looked at, never a whole community's cards: a name may be any word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import cards, outbox
from bot.outbox import message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from bot.ports import Ids

AT_ONCE = 500
_NO_WORDS = frozenset({"kind", "style", "command", "value", "platform", "id"})  # a card's own fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewording:
    """What is replaced. `whole` says that a name is only looked for where it is all that a text says."""

    names: frozenset[str] = frozenset()
    instead_of_name: str = ""
    texts: tuple[str, ...] = ()  # what contains one of these is replaced as a whole
    instead_of_text: str = ""
    accounts: frozenset[tuple[str, str]] = frozenset()  # (platform, the platform's id of the account)
    ids: frozenset[int] = frozenset()  # of rows, replaced by 0; also where they are what a button is about
    whole: bool = False

    def of(self, data: Any) -> Any:
        """The same data, such as a card's, in other words."""
        if isinstance(data, str):
            return self._words(data)
        if isinstance(data, bool):
            return data
        if isinstance(data, int):
            return 0 if data in self.ids else data
        if isinstance(data, list):
            return [self.of(item) for item in data]
        if isinstance(data, dict):
            return self._fields(data)
        return data

    def _fields(self, data: dict[str, Any]) -> dict[str, Any]:
        if any(tuple(account) in self.accounts for account in data.get("accounts") or ()):
            return {**data, "name": self.instead_of_name, "accounts": []}
        return {name: self._field(name, value) for name, value in data.items()}

    def _field(self, name: str, value: Any) -> Any:
        if name == "url":
            return "" if isinstance(value, str) and self._written(value) else value
        if name == "arguments":
            return ["0" if argument in map(str, self.ids) else argument for argument in value]
        return value if name in _NO_WORDS else self.of(value)

    def _words(self, words: str) -> str:
        if self._written(words):
            return self.instead_of_text
        if self.whole:
            return self.instead_of_name if words in self.names else words
        if not self.names:
            return words
        longest_first = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        return re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", lambda _: self.instead_of_name, words)

    def _written(self, words: str) -> bool:
        return any(text in words for text in self.texts)


async def reword_messages(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    message_ids: Iterable[int],
    rewording: Rewording,
    now: datetime,
) -> None:
    """Reword these messages and all that was said of them since; those that were sent are edited."""
    await _change(db, ids, community_id, message_ids, rewording.of, now)


async def replace_messages(
    db: AsyncConnection, ids: Ids, community_id: int, message_ids: Iterable[int], card: Card, now: datetime
) -> None:
    """Let these messages, and all that was said of them since, say something else."""
    data = cards.dump(card)
    await _change(db, ids, community_id, message_ids, lambda _: data, now)


async def _change(
    db: AsyncConnection,
    ids: Ids,
    community_id: int,
    message_ids: Iterable[int],
    other: Callable[[Any], Any],
    now: datetime,
) -> None:
    """Put other cards in place, also of edits that were made or wait, and of questions whether one arrived."""
    every = sorted(set(message_ids))
    for start in range(0, len(every), AT_ONCE):
        some = every[start : start + AT_ONCE]
        doubts = [f"doubt:{one}" for one in some]
        which = sa.or_(message.c.id.in_(some), message.c.target_id.in_(some), message.c.key.in_(doubts))
        own = (message.c.community_id == community_id, which)
        for row in (await db.execute(sa.select(message).where(*own).order_by(message.c.id))).mappings().all():
            card = other(row["card"])
            if card == row["card"]:
                continue
            if row["verb"] != "edit":  # it locks the mailbox before the message, as everybody does
                await outbox.edit(db, ids, community_id, row["id"], cards.load(card), now)
            at = (message.c.community_id == community_id, message.c.id == row["id"])
            await db.execute(sa.update(message).where(*at).values(card=card))
