"""Cards broken into pages, so that every fact is on one of them and nothing is ever cut off."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

from bot.cards import (
    Card,
    ChannelName,
    Controls,
    Fact,
    Facts,
    Heading,
    Items,
    Note,
    Paragraph,
    Person,
    Quote,
    Select,
    Time,
    plain,
)
from bot.drawing import CannotDraw, rows, settle
from bot.literal import good_cut, length, shorten, tidy
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.cards import Block, Span, Text
    from bot.drawing import Limits

RUNNING_TITLE = 80  # how much of the title stands on top of a further page
MOST_PAGES = 999  # wider than any real count: room for the page numbers is kept before the count is known
FOOT_CONTROLS = 5  # so many closing buttons are repeated on every page


_WHOLE = Time | Person | ChannelName  # spans that are never broken; each counts as one character


class Fits(Protocol):
    """Whether settled blocks fit one message; with `spare`, one that keeps room for a row of paging buttons."""

    def __call__(self, blocks: Sequence[Block], *, spare: bool) -> bool:
        """Draw the blocks and measure them."""
        ...


# --- breaking text ---------------------------------------------------------------------------------------------------


def pieces(text: Text, draw: Callable[[Text], str], limit: int) -> Iterator[Text]:
    """The text cut into parts of which each, drawn, has at most `limit` units; together they are the whole text."""
    while length(draw(text)) > limit:
        start, text = _take(text, draw, limit)
        yield start
    yield text


def _take(text: Text, draw: Callable[[Text], str], limit: int) -> tuple[Text, Text]:
    """A large start of the text that, drawn, has at most `limit` units, and the rest."""
    flat = "".join("\0" if isinstance(span, _WHOLE) else plain((span,)) for span in text)
    low, high = 0, min(len(flat), limit)  # drawing makes no text shorter
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if length(draw(_cut(text, middle)[0])) <= limit else (low, middle - 1)
    if low == 0:
        raise CannotDraw(f"{limit} characters have no room for even the first of {flat[:40]!r}")
    start, rest = _cut(text, good_cut(flat, low))
    return (start, rest) if length(draw(start)) <= limit else _cut(text, low)


def _cut(text: Text, at: int) -> tuple[Text, Text]:
    start: list[Span] = []
    for number, span in enumerate(text):
        size = 1 if isinstance(span, _WHOLE) else len(plain((span,)))
        if size > at:
            if at == 0 or isinstance(span, _WHOLE):
                return tuple(start), text[number:]
            if isinstance(span, str):
                return (*start, span[:at]), (span[at:], *text[number + 1 :])
            before, after = (dataclasses.replace(span, text=part) for part in (span.text[:at], span.text[at:]))
            return (*start, before), (after, *text[number + 1 :])
        start.append(span)
        at -= size
    return tuple(start), ()


# --- breaking cards --------------------------------------------------------------------------------------------------


def paginate(card: Card, limits: Limits, fits: Fits, draw: Callable[[Text], str]) -> list[Card]:
    """The card as pages that each fit, with room for paging buttons; `[card]` if it fits as it is.

    A row of up to five buttons that closes the card is repeated on every page.
    """
    blocks = settle(card, limits)
    if fits(blocks, spare=False):
        return [card]
    foot = _foot(blocks)
    body = blocks[: len(blocks) - len(foot)]
    title = next((block.text for block in body if isinstance(block, Heading)), tidy(card.summary))
    numbers = say("page {page} of {total}", page=MOST_PAGES, total=MOST_PAGES)
    head = _head(title, numbers)
    atoms = [[part for atom in _atoms(block, limits) for part in _parts(atom, draw, limits.part)] for block in body]
    broken = _broken(atoms, lambda page: fits([head, *page, *foot], spare=True))
    done = []
    for number, page in enumerate(broken, start=1):
        numbers = say("page {page} of {total}", page=number, total=len(broken))
        top = [] if number == 1 else [_head(title, numbers)]
        done.append(Card(f"{card.summary} ({numbers})", (*top, *page, *foot)))
    return done


def _head(title: str, numbers: str) -> Note:
    return Note((f"{shorten(title, RUNNING_TITLE)} · {numbers}",))


def _foot(blocks: list[Block]) -> list[Block]:
    last = blocks[-1]
    if not isinstance(last, Controls) or len(last.controls) > FOOT_CONTROLS:
        return []
    return [] if any(isinstance(control, Select) for control in last.controls) else [last]


def _broken(atoms: list[list[Block]], fits: Callable[[list[Block]], bool]) -> list[list[Block]]:
    """The blocks, each given in its parts, spread over pages. A heading does not stay behind alone."""
    pages: list[list[Block]] = [[]]
    for parts in atoms:
        for number, part in enumerate(parts):
            page = pages[-1]
            goes_on = number > 0 and page  # parts of one block are joined again where they meet on a page
            longer = [*page[:-1], *_joined(page[-1], part)] if goes_on else [*page, part]
            if fits(longer) or not page:
                pages[-1] = longer
            elif len(page) > 1 and isinstance(page[-1], Heading) and fits([page[-1], part]):
                pages[-1:] = [page[:-1], [page[-1], part]]
            else:
                pages.append([part])
    return pages


def _atoms(block: Block, limits: Limits) -> Iterator[Block]:
    """The smallest parts of a block that mean something alone."""
    if isinstance(block, Facts):
        yield from (Facts((fact,)) for fact in block.facts)
    elif isinstance(block, Items):
        for number, item in enumerate(block.items, start=block.first):
            yield Items((item,), block.numbered, number)
    elif isinstance(block, Controls):
        yield from (Controls(row) for row in rows(block.controls, limits.row))
    else:
        yield block


def _joined(before: Block, after: Block) -> list[Block]:
    """Two neighbouring parts of one block, put together again where they are of one kind."""
    if isinstance(before, Facts) and isinstance(after, Facts):
        return [Facts(before.facts + after.facts)]
    if isinstance(before, Items) and isinstance(after, Items):
        return [dataclasses.replace(before, items=before.items + after.items)]
    if isinstance(before, Controls) and isinstance(after, Controls):
        return [Controls(before.controls + after.controls)]
    return [before, after]


def _parts(atom: Block, draw: Callable[[Text], str], limit: int) -> Iterator[Block]:
    """The atom, or if its text is longer than `limit` units when drawn, several of its kind."""
    if isinstance(atom, Paragraph | Note):
        yield from (dataclasses.replace(atom, text=text) for text in pieces(atom.text, draw, limit))
    elif isinstance(atom, Quote):
        yield from (Quote(plain(text)) for text in pieces((atom.text,), draw, limit))
    elif isinstance(atom, Items):
        start, *more = pieces(atom.items[0], draw, limit)
        yield dataclasses.replace(atom, items=(start,))
        yield from (Paragraph(text) for text in more)
    elif isinstance(atom, Facts):
        (fact,) = atom.facts
        start, *more = pieces(fact.value, draw, limit)
        yield Facts((Fact(fact.name, start),))
        yield from (Facts((Fact(say("{name} (continued)", name=fact.name), text),)) for text in more)
    else:
        yield atom
