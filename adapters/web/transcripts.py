"""What was answered in this console, kept in memory: a restart forgets it, and nothing depends on it.

The buttons of a page from before a restart still work, because their ids carry everything; only a form that was
open is asked for again if something in it is wrong.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot import cards

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.cards import Card
    from bot.forms import Form

ENTRIES = 60  # kept a place
FORMS = 200  # kept in all
REPLACEMENTS = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is shown: a channel for everybody in it, or for one persona alone."""

    platform: str
    space: str
    channel: str
    persona: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer as it stands: `said` is the line it answers, `by` who said it."""

    ref: str
    at: datetime
    card: Card
    said: str = ""
    by: str = ""
    private: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """A form on somebody's screen, with what is wrong in it."""

    form: Form
    ref: str = ""  # what its button stood on
    wrong: Mapping[str, str] = field(default_factory=dict)


class Transcripts:
    """Answers by place, forms by token, and messages that an answer took the place of."""

    def __init__(self) -> None:
        self._entries: dict[Place, deque[Entry]] = {}
        self._forms: OrderedDict[str, Opened] = OrderedDict()
        self._replaced: OrderedDict[str, tuple[Any, Card]] = OrderedDict()
        self._count = 0

    def entries(self, place: Place) -> list[Entry]:
        """What was answered at a place, oldest first."""
        return list(self._entries.get(place, ()))

    def add(self, place: Place, at: datetime, card: Card, *, said: str, by: str) -> str:
        """Show an answer at the end of a place, and return its ref."""
        self._count += 1
        entry = Entry(f"a{self._count}", at, card, said, by, private=bool(place.persona))
        self._entries.setdefault(place, deque(maxlen=ENTRIES)).append(entry)
        return entry.ref

    def update(self, place: Place, ref: str, card: Card) -> bool:
        """Show a card in place of the answer `ref` of a place; says whether that is still there."""
        entries = self._entries.get(place, deque())
        for number, entry in enumerate(entries):
            if entry.ref == ref:
                entries[number] = replace(entry, card=card)
                return True
        return False

    def replace_sent(self, ref: str, stored: Any, card: Card) -> None:
        """Show a card in place of a sent message, until the message itself is edited."""
        self._replaced[ref] = (stored, card)
        while len(self._replaced) > REPLACEMENTS:
            self._replaced.popitem(last=False)

    def sent_card(self, ref: str, stored: Any, standing: Card | None) -> Card:
        """The card that stands where the outbox has `stored`: an answer in its place, else what was sent."""
        before, card = self._replaced.get(ref, (None, None))
        return card if card and before == stored else standing or cards.load(stored)

    def open_form(self, token: str, opened: Opened) -> None:
        """Remember a form that is shown."""
        self._forms[token] = opened
        while len(self._forms) > FORMS:
            self._forms.popitem(last=False)

    def form(self, token: str) -> Opened | None:
        """The form behind a token, unless it was forgotten."""
        return self._forms.get(token)
