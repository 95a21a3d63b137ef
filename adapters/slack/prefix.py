"""Commands named in what the bot says, as they are typed where `slack.command_prefix` is set: `/hub` is `/ai-hub`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from adapters.slack import render
from bot import cards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.cards import Card

_NOT_WORDS = frozenset({"command", "arguments", "url", "kind", "style", "accounts", "at"})  # and a choice's value


def pages(prefix: str, nouns: Iterable[str]) -> Callable[[Card], list[Card]]:
    """`render.pages` for a workspace where the commands of these nouns have a prefix."""
    if not prefix:
        return render.pages
    named = re.compile(rf"(?<![\w/.<-])/(?=(?:{'|'.join(map(re.escape, nouns))})(?![\w/-]))")

    def split(card: Card) -> list[Card]:
        return render.pages(cards.load(_renamed(cards.dump(card), named, f"/{prefix}")))

    return split


def _renamed(node: Any, named: re.Pattern[str], start: str) -> Any:
    """The dumped card with its words renamed: not what is pressed, chosen or opened. A second time changes nothing."""
    if isinstance(node, str):
        return named.sub(start, node)
    if isinstance(node, list):
        return [_renamed(child, named, start) for child in node]
    if isinstance(node, dict):
        kept = _NOT_WORDS | ({"value"} if isinstance(node.get("value"), str) else frozenset())
        return {key: child if key in kept else _renamed(child, named, start) for key, child in node.items()}
    return node
