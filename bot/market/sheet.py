"""A sheet of figures in words: what the picture shows and what the text beside it says are made from the same rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cards import Card, Heading, Items, Note, Paragraph, bold
from bot.literal import length

if TYPE_CHECKING:
    from bot.cards import Block

LONGEST_ALT = 1000
"""UTF-16 units: Discord takes 1,024 as a picture's description, and cuts nothing it is not given."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a name, and its figures in words. A bar shows the `share` (0..1) and the interval around it."""

    name: str
    words: str
    share: float | None = None
    interval: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows under a heading, and small print below them."""

    title: str
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole: in a picture the `wide` parts stand on the left, the others on the right."""

    title: str
    caption: str  # how many, from where, since when; and that it is not the market: full sentences
    wide: tuple[Part, ...]
    narrow: tuple[Part, ...]
    legend: str  # what bars and lines are: a sentence
    rest: str  # said of what does not fit the picture: a sentence

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts that say something, in the order in which they are read."""
        return tuple(part for part in (*self.wide, *self.narrow) if part.rows or part.note)


def table(sheet: Sheet) -> Card:
    """The sheet as a card: every figure, in words."""
    blocks: list[Block] = [Heading(sheet.title), Paragraph((sheet.caption,))]
    for part in sheet.parts:
        blocks.append(Paragraph((bold(part.title),)))
        if part.rows:
            blocks.append(Items(tuple((bold(row.name), f": {row.words}") for row in part.rows)))
        if part.note:
            blocks.append(Note((part.note,)))
    blocks.append(Note((sheet.legend,)))
    return Card(sheet.caption, tuple(blocks))


def alt_text(sheet: Sheet) -> str:
    """The sheet as running text for who does not see the picture, in whole sentences of at most `LONGEST_ALT`."""
    sentences = []
    for part in sheet.parts:
        if part.rows:
            sentences.append(f"{part.title}: {'; '.join(f'{row.name}: {row.words}' for row in part.rows)}.")
        if part.note:
            sentences.append(part.note)
    text = f"{sheet.title}. {sheet.caption}"
    for number, sentence in enumerate(sentences, 1):
        longer = f"{text} {sentence}"
        if length(longer if number == len(sentences) else f"{longer} {sheet.rest}") > LONGEST_ALT:
            return f"{text} {sheet.rest}"
        text = longer
    return text
