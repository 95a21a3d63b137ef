"""Cards made drawable: tidy text, checked addresses, and no heading, row or select beyond what a platform takes.

A platform's `render.py` settles a card with its own `Limits` and then draws the blocks one by one.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bot.cards import (
    Button,
    ChannelName,
    Controls,
    Fact,
    Facts,
    Heading,
    Items,
    Link,
    LinkButton,
    Note,
    Paragraph,
    Person,
    Quote,
    Select,
    Styled,
    Time,
    bold,
    plain,
)
from bot.literal import honest, length, shorten, tidy, web_address
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.cards import Block, Card, Control, Span, Text
    from bot.ports import PlatformName

LONGEST_NAME = 100  # a fact's name that is longer is running text
SHORT_FACT = 36  # a fact up to this length shares its line with others
FACT_LINE = 96  # a line of short facts

_ID = re.compile(r"[0-9A-Z]+")  # a Discord snowflake or a Slack id: nothing that could be markup


Words: TypeAlias = Heading | Paragraph | Facts | Quote | Items | Note
"""The blocks that are text."""


class CannotDraw(ValueError):
    """A card or form breaks a limit of the platform that should draw it: a mistake in the code that made it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform can take, as far as it decides how a card is cut up."""

    platform: PlatformName
    heading: int  # UTF-16 units of a title line
    row: int  # buttons side by side
    options: int  # choices in one select
    option_text: int  # UTF-16 units of all labels and descriptions in one select
    part: int  # UTF-16 units of a drawn text that always fit one page
    button_url: int  # length of an address behind a button


def settle(card: Card, limits: Limits) -> list[Block]:
    """The card's blocks with tidy text, checked addresses, and controls that fit; blank ones are left out.

    A second settling changes nothing. Where a link's address cannot be opened, its words remain. A card without
    anything to draw shows its summary. Raises `CannotDraw` if that is blank too, or a select is empty.
    """
    blocks = [settled for block in card.blocks for settled in _settled(block, limits)]
    blocks = blocks or list(_settled(Paragraph((card.summary,)), limits))
    if not blocks:
        raise CannotDraw("the card says nothing")
    return blocks


def _settled(block: Block, limits: Limits) -> Iterator[Block]:
    if isinstance(block, Heading):
        yield from _heading(block, limits)
    elif isinstance(block, Paragraph | Note):
        text = _text(block.text, limits)
        if not _blank(text):
            yield dataclasses.replace(block, text=text)
    elif isinstance(block, Facts):
        yield from _facts(block, limits)
    elif isinstance(block, Quote):
        lines = [line for line in tidy(block.text).split("\n") if line.strip()]
        if lines:
            yield Quote("\n".join(lines))
    elif isinstance(block, Items):
        if block.items:
            yield dataclasses.replace(block, items=tuple(_text(item, limits) for item in block.items))
    elif isinstance(block, Controls):
        yield from _controls(block, limits)
    else:
        yield block


def _text(text: Text, limits: Limits) -> Text:
    """Tidy spans; neighbours that look alike become one, so that no markup can hide on a seam."""
    spans: list[Span] = []
    for span in text:
        tidied = _span(span, limits)
        last = spans[-1] if spans else None
        if isinstance(tidied, str) and isinstance(last, str):
            spans[-1] = last + tidied
        elif isinstance(tidied, Styled) and isinstance(last, Styled) and tidied.style == last.style:
            spans[-1] = Styled(last.style, last.text + tidied.text)
        elif isinstance(tidied, Time | Person | ChannelName) or _words(tidied):
            spans.append(tidied)
    return tuple(spans)


def _span(span: Span, limits: Limits) -> Span:
    if isinstance(span, str):
        return tidy(span)
    if isinstance(span, Time):
        return span
    if isinstance(span, Styled):
        return Styled(span.style, tidy(span.text))
    if isinstance(span, Link):
        address = web_address(span.url)
        words = " ".join(tidy(span.text).split())
        return Link(honest(words, address) or address, address) if address else words
    if isinstance(span, ChannelName):
        return span if _ID.fullmatch(span.id) else tidy(f"#{span.id}")
    account = dict(span.accounts).get(limits.platform, "")
    return Person(span.name, ((limits.platform, account),)) if _ID.fullmatch(account) else tidy(span.name)


def _words(span: Span) -> str:
    return plain((span,))


def _blank(text: Text) -> bool:
    return not any(isinstance(span, Time | Person | ChannelName) for span in text) and not plain(text).strip()


def _heading(block: Heading, limits: Limits) -> Iterator[Block]:
    address = "" if block.struck else web_address(block.url)
    words = honest(" ".join(tidy(block.text).split()), address) or address
    if length(words) <= limits.heading:
        if words:
            yield Heading(words, address, block.struck)
        return
    start = shorten(words, limits.heading)
    yield Heading(start, address, block.struck)
    yield Paragraph((f"… {words[len(start) - 1 :].lstrip()}",))


def _facts(block: Facts, limits: Limits) -> Iterator[Block]:
    short: list[Fact] = []
    for fact in block.facts:
        name, value = " ".join(tidy(fact.name).split()), _text(fact.value, limits)
        if length(name) <= LONGEST_NAME:
            short.append(Fact(name, ("–",) if _blank(value) else value))
            continue
        if short:
            yield Facts(tuple(short))
            short = []
        yield Paragraph((bold(f"{name}:"), " ", *value))
    if short:
        yield Facts(tuple(short))


def _controls(block: Controls, limits: Limits) -> Iterator[Block]:
    kept: list[Control] = []
    links: list[Block] = []
    for control in block.controls:
        if isinstance(control, Select):
            kept.extend(_selects(control, limits))
        elif isinstance(control, Button):
            kept.append(control)
        elif not (address := web_address(control.url)):
            links.append(Paragraph((say("{label}: this address cannot be opened from here.", label=control.label),)))
        elif len(address) <= limits.button_url:
            kept.append(dataclasses.replace(control, url=address))
        else:
            links.append(Paragraph((Link(control.label, address),)))
    for link in links:
        yield from _settled(link, limits)
    if kept:
        yield Controls(tuple(kept))


def _selects(select: Select, limits: Limits) -> Iterator[Select]:
    if not select.options:
        raise CannotDraw(f"the select {select.label!r} has nothing to choose from")
    groups: list[list[int]] = [[]]
    room = limits.option_text
    for number, option in enumerate(select.options):
        size = length(option.label) + length(option.description)
        if groups[-1] and (len(groups[-1]) == limits.options or size > room):
            groups.append([])
            room = limits.option_text
        groups[-1].append(number)
        room -= size
    for group in groups:
        options = select.options[group[0] : group[-1] + 1]
        name = say("{label} ({first}–{last})", label=select.label, first=group[0] + 1, last=group[-1] + 1)
        yield dataclasses.replace(select, label=name if len(groups) > 1 else select.label, options=options)


def rows(controls: Sequence[Control], row: int) -> list[tuple[Control, ...]]:
    """The controls in rows: up to `row` buttons side by side, each select on its own."""
    done: list[tuple[Control, ...]] = []
    open_row = False
    for control in controls:
        is_button = isinstance(control, Button | LinkButton)
        if is_button and open_row and len(done[-1]) < row:
            done[-1] = (*done[-1], control)
        else:
            done.append((control,))
        open_row = is_button
    return done


def fact_lines(facts: Sequence[Fact]) -> list[Text]:
    """The facts as lines of text, "Name: value"; short ones share a line, set apart by a middle dot."""
    lines: list[Text] = []
    room = 0
    for fact in facts:
        text: Text = (bold(f"{fact.name}:"), " ", *fact.value)
        words = plain(text)
        short = len(words) <= SHORT_FACT and "·" not in words and "\n" not in words
        if short and len(words) <= room:
            lines[-1] = (*lines[-1], " · ", *text)
        else:
            lines.append(text)
            room = FACT_LINE
        room = room - len(words) - len(" · ") if short else 0
    return lines
