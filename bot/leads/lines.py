"""A lead's line in a message about several: in a digest, among the best of a new feed. It is struck where it stands."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot import outbox
from bot.cards import Controls, Items, Select, Styled, plain
from bot.leads.cards import line_of
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.cards import Block, Card, Text
    from bot.leads.place import Place
    from bot.leads.store import Lead

OPEN = "lead show"


def lines(leads: Sequence[Lead], *, numbered: bool = False, reasons: Sequence[Sequence[str]] = ()) -> Items:
    """A line for each lead, which can be found again, with what speaks for it at its end, if that is given."""
    ends = [(f" · {', '.join(words)}",) if words else () for words in reasons] or [()] * len(leads)
    items = tuple((*line_of(lead), *end) for lead, end in zip(leads, ends, strict=True))
    return Items(items, numbered, about=tuple(_about(lead.id) for lead in leads))


async def strike_in(place: Place, message_id: int, lead_id: int, word: str) -> None:
    """Strike a lead's line in a message; messages of an earlier version, whose lines say of no lead, stay as they are.

    Whoever does holds the community's lock: two lines of one message are not struck at once.
    """
    card = await outbox.card_of(place.db, place.community.id, message_id)
    changed = struck(card, lead_id, word)
    if changed != card:
        await outbox.edit(place.db, place.ids, place.community.id, message_id, changed, place.now)


def struck(card: Card, lead_id: int, word: str) -> Card:
    """The card with the lead's line struck through, a word that says why, and nothing that opens the lead."""
    blocks = (_without(block, lead_id, word) for block in card.blocks)
    return dataclasses.replace(card, blocks=tuple(block for block in blocks if block is not None))


def _without(block: Block, lead_id: int, word: str) -> Block | None:
    if isinstance(block, Items) and (about := _about(lead_id)) in block.about:
        at = block.about.index(about)
        items = (*block.items[:at], _struck(block.items[at], word), *block.items[at + 1 :])
        return dataclasses.replace(block, items=items, about=(*block.about[:at], "", *block.about[at + 1 :]))
    if isinstance(block, Controls):
        controls = []
        for control in block.controls:
            left = control
            if isinstance(control, Select) and control.command == OPEN:
                options = tuple(option for option in control.options if option.value != str(lead_id))
                left = dataclasses.replace(control, options=options)
                if not options:
                    continue
            controls.append(left)
        return dataclasses.replace(block, controls=tuple(controls)) if controls else None
    return block


def _struck(line: Text, word: str) -> Text:
    """The line's first words, which are the title."""
    return (Styled("strike", plain(line[:1])), say(" · {word}", word=word))


def _about(lead_id: int) -> str:
    return f"lead:{lead_id}"
