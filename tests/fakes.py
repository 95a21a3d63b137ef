"""The outside, faked: a platform that remembers, feeds by address, a clock set by hand, counted ids."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING

from bot.cards import Button, Card, Controls, Facts, Heading, Items, LinkButton, Note, Paragraph, Quote, Select, plain
from bot.ports import Delivery, Fetched, FetchFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.cards import Control
    from bot.ports import PlatformName


class CountedIds:
    """Row ids counted up from one as long as real ones are; tokens 1, 2, 3 … in the length of real ones."""

    def __init__(self) -> None:
        self._ids, self._tokens = count(1 << 58), count(1)

    def new(self) -> int:
        return next(self._ids)

    def token(self) -> str:
        return f"token{next(self._tokens):011d}"


class FakePlatform:
    """A chat platform that remembers what was sent. `trouble` is raised once for each entry, oldest first.

    With `drops_replies` a message is accepted and the answer lost; a nonce it knows is never shown twice if it
    `honours` nonces.
    """

    pace = timedelta(0)
    away_since: datetime | None = None

    def __init__(self, name: PlatformName, *, honours: bool = True) -> None:
        self.name: PlatformName = name
        self.remembers_nonce = timedelta(minutes=2) if honours else timedelta(0)
        self.shown: dict[str, Delivery] = {}  # by the platform's id, edits applied
        self.order: dict[str, list[str]] = defaultdict(list)  # ids by address
        self.trouble: list[Exception] = []
        self.trouble_after: list[Exception] = []  # raised after the message was accepted
        self._by_nonce: dict[str, str] = {}

    async def send(self, delivery: Delivery) -> str:
        if self.trouble:
            raise self.trouble.pop(0)
        if delivery.verb == "edit" or (delivery.verb == "event" and delivery.target):
            self.shown[delivery.target] = delivery
            return delivery.target
        known = self._by_nonce.get(delivery.nonce) if self.remembers_nonce else None
        remote = known or f"{self.name}-{len(self.shown) + 1}"
        if not known:
            self.shown[remote] = delivery
            self.order[delivery.address].append(remote)
            self._by_nonce[delivery.nonce] = remote
        if self.trouble_after:
            raise self.trouble_after.pop(0)
        return remote

    def cards(self, address: str) -> list[Card]:
        """The cards that stand in a channel, oldest first."""
        return [self.shown[remote].card for remote in self.order[address]]


class FakeFetcher:
    """Addresses and what they answer. `calls` holds (address, etag, modified) of each request."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | FetchFailed | Callable[[], bytes]] = {}
        self.calls: list[tuple[str, str, str]] = []

    async def get(self, url: str, *, etag: str = "", modified: str = "", given_by: str = "") -> Fetched:
        self.calls.append((url, etag, modified))
        page = self.pages.get(url, FetchFailed("E-NOTFOUND", f"There is nothing at {url}."))
        if isinstance(page, FetchFailed):
            raise page
        body = page() if callable(page) else page
        tag = f'"{hash(body)}"'
        if etag == tag:
            return Fetched(304, url, moved_for_good=False, headers={}, body=b"")
        return Fetched(200, url, moved_for_good=False, headers={"etag": tag}, body=body)


# --- reading cards as a person does ----------------------------------------------------------------------------------


def words(card: Card) -> str:
    """All the words on a card, a line for each part."""
    lines: list[str] = []
    for block in card.blocks:
        match block:
            case Heading(text=text):
                lines.append(text)
            case Paragraph(text=text) | Note(text=text):
                lines.append(plain(text))
            case Facts(facts=facts):
                lines += [f"{fact.name}: {plain(fact.value)}" for fact in facts]
            case Quote(text=text):
                lines.append(f"> {text}")
            case Items(items=items):
                lines += [f"- {plain(item)}" for item in items]
            case Controls(controls=controls):
                lines += [f"[{control.label}]" for control in controls]
            case _:
                pass
    return "\n".join(lines)


def controls(card: Card) -> list[Control]:
    """Everything on a card that can be pressed or chosen from."""
    return [control for block in card.blocks if isinstance(block, Controls) for control in block.controls]


def button(card: Card, label: str) -> Button:
    """The button with this label."""
    found = [c for c in controls(card) if isinstance(c, Button) and c.label == label]
    assert len(found) == 1, f"{label!r} is not one button of: {[c.label for c in controls(card)]}"
    return found[0]


def select(card: Card) -> Select:
    """The one select of a card."""
    [found] = [c for c in controls(card) if isinstance(c, Select)]
    return found


def link(card: Card, label: str) -> str:
    """Where a link button leads."""
    [found] = [c for c in controls(card) if isinstance(c, LinkButton) and c.label == label]
    return found.url
