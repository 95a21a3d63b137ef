"""What the bot says, as plain data. A platform's `render.py` draws it; nothing here knows how.

A `Card` is a title and blocks. Text is a tuple of spans: a plain `str` is literal text (never markup, escaped by
whoever draws it), the other spans say what they mean. Facts are named fields and are never lost: what does not fit
one message goes to further pages, behind a button that says so.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from pydantic import TypeAdapter

# --- spans -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Styled:
    """Text with one emphasis."""

    style: Literal["bold", "italic", "strike", "code"]
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Text that opens a validated http(s) address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Time:
    """An instant (UTC), shown in each viewer's own zone. `style` says how much of it."""

    at: datetime
    style: Literal["full", "date", "time", "relative"] = "full"


@dataclass(frozen=True, slots=True)
class Person:
    """A member by name; a real mention where `accounts` has an account on the platform that draws it."""

    name: str
    accounts: tuple[tuple[str, str], ...] = ()  # (platform, the platform's user id)


@dataclass(frozen=True, slots=True)
class ChannelName:
    """A channel of the space where the card is shown, by the platform's id: its name, which leads there."""

    id: str


Span: TypeAlias = str | Styled | Link | Time | Person | ChannelName
Text: TypeAlias = tuple[Span, ...]


def bold(text: str) -> Styled:
    """Bold text."""
    return Styled("bold", text)


def plain(text: Text) -> str:
    """The words of a text without its emphasis; instants as UTC."""
    words = []
    for span in text:
        if isinstance(span, str):
            words.append(span)
        elif isinstance(span, Time):
            words.append(f"{span.at:%d %b %Y %H:%M} UTC")
        elif isinstance(span, Person):
            words.append(span.name)
        elif isinstance(span, ChannelName):
            words.append(f"#{span.id}")
        else:
            words.append(span.text)
    return "".join(words)


# --- what can be pressed ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """A versioned command line in a button: pressing it runs `command` with `arguments`, authorised anew each time.

    `command` is a registered name such as "lead approve"; `arguments` are its first options in order.
    `spoken` (at most 75 characters) is what a screen reader says where the label alone would repeat.
    """

    label: str
    command: str
    arguments: tuple[str, ...] = ()
    style: Literal["primary", "secondary", "danger"] = "secondary"
    spoken: str = ""
    kind: Literal["button"] = "button"


@dataclass(frozen=True, slots=True)
class LinkButton:
    """A button that opens a validated http(s) address."""

    label: str
    url: str
    spoken: str = ""
    kind: Literal["link"] = "link"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: what is shown, what is sent, and an optional second line."""

    label: str
    value: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """One choice out of several: choosing runs `command` with `arguments` and then the chosen value."""

    label: str
    command: str
    options: tuple[Option, ...]
    arguments: tuple[str, ...] = ()
    kind: Literal["select"] = "select"


Control: TypeAlias = Button | LinkButton | Select

# --- blocks ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    """A title line inside a card; a link when `url` is given."""

    text: str
    url: str = ""
    struck: bool = False
    kind: Literal["heading"] = "heading"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Text
    kind: Literal["paragraph"] = "paragraph"


@dataclass(frozen=True, slots=True)
class Fact:
    """A named field."""

    name: str
    value: Text


@dataclass(frozen=True, slots=True)
class Facts:
    """Named fields. Each appears on every platform, on this page or a further one."""

    facts: tuple[Fact, ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's words."""

    text: str
    kind: Literal["quote"] = "quote"


@dataclass(frozen=True, slots=True)
class Items:
    """A list, numbered or not."""

    items: tuple[Text, ...]
    numbered: bool = False
    first: int = 1  # the first item's number: a list that goes on from an earlier page counts on
    about: tuple[str, ...] = ()  # what each is about, for whoever edits the card later: never shown; or nothing
    kind: Literal["items"] = "items"


@dataclass(frozen=True, slots=True)
class Note:
    """Small print."""

    text: Text
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class Divider:
    """A line between parts."""

    kind: Literal["divider"] = "divider"


@dataclass(frozen=True, slots=True)
class Controls:
    """A row of buttons or one select. Each platform breaks the row where it must."""

    controls: tuple[Control, ...]
    kind: Literal["controls"] = "controls"


Block: TypeAlias = Heading | Paragraph | Facts | Quote | Items | Note | Divider | Controls


@dataclass(frozen=True, slots=True)
class Card:
    """A message. `summary` is one full sentence: what a notification or a screen reader says."""

    summary: str
    blocks: tuple[Block, ...] = ()

    def with_blocks(self, *more: Block) -> Card:
        """The same card with further blocks at its end."""
        return dataclasses.replace(self, blocks=(*self.blocks, *more))


def words_of(card: Card) -> str:
    """Everything that a card says, a line for each part; what can be pressed is left out."""
    lines: list[str] = []
    for block in card.blocks:
        if isinstance(block, Heading | Quote):
            lines.append(block.text)
        elif isinstance(block, Paragraph | Note):
            lines.append(plain(block.text))
        elif isinstance(block, Facts):
            lines += [f"{fact.name}: {plain(fact.value)}" for fact in block.facts]
        elif isinstance(block, Items):
            lines += [f"- {plain(item)}" for item in block.items]
    return "\n".join(lines)


def sentence(text: str, *controls: Control) -> Card:
    """The smallest card: one sentence, and what can be pressed under it."""
    blocks: tuple[Block, ...] = (Paragraph((text,)),)
    return Card(text, (*blocks, Controls(controls)) if controls else blocks)


_cards: TypeAdapter[Card] = TypeAdapter(Card)


def dump(card: Card) -> Any:
    """The card as JSON-ready data, for a database column."""
    return _cards.dump_python(card, mode="json")


def load(data: Any) -> Card:
    """The card that `dump` made the data of."""
    return _cards.validate_python(data)
