"""State of a card or form that does not fit its id: the further pages of a card, a form on its way, a long button.

A view is a row behind an unguessable token. It belongs to a community, is only shown to members of it, and goes
away with `tidy` once it has expired.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import cards, forms
from bot.cards import Button, Card, Controls, Select
from bot.db import Json, Key, UtcDateTime, metadata
from bot.errors import UserError
from bot.presses import LONGEST, press_id
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.forms import Form
    from bot.ports import Ids

view = sa.Table(
    "view",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("data", Json, nullable=False),
    sa.Column("expires", UtcDateTime, nullable=False),
)

CARD_LIFE = timedelta(days=90)
FORM_LIFE = timedelta(days=1)
PAGED_PLATFORMS = frozenset({"discord"})  # where a form shows one page, and cannot show what is wrong with it


async def keep(db: AsyncConnection, community_id: int, token: str, data: Any, expires: datetime) -> None:
    """Store `data` under a fresh token."""
    await db.execute(sa.insert(view).values(community_id=community_id, token=token, data=data, expires=expires))


async def find(db: AsyncConnection, community_id: int, token: str, now: datetime, *, lock: bool = False) -> Any:
    """The data behind a token; with `lock`, nobody else's until this transaction ends.

    Raises `UserError` (E-STALE) when it is gone.
    """
    own = (view.c.community_id == community_id, view.c.token == token, view.c.expires > now)
    statement = sa.select(view.c.data).where(*own)
    data = (await db.execute(statement.with_for_update() if lock else statement)).scalar_one_or_none()
    if data is None:
        raise UserError("E-STALE", say("This card is out of date."), advice=say("Run the command again."))
    return data


async def change(db: AsyncConnection, community_id: int, token: str, data: Any) -> None:
    """Put other data behind a token."""
    own = (view.c.community_id == community_id, view.c.token == token)
    await db.execute(sa.update(view).where(*own).values(data=data))


async def drop_mentioning(db: AsyncConnection, community_id: int, words: str) -> int:
    """Delete what a community kept that holds these words, such as an id; returns how much."""
    holds = sa.cast(view.c.data, sa.Text).contains(words, autoescape=True)
    return (await db.execute(sa.delete(view).where(view.c.community_id == community_id, holds))).rowcount


async def drop_where(db: AsyncConnection, community_id: int, unwanted: Callable[[Any], bool]) -> None:
    """Delete the views of a community whose data is unwanted: their cards are out of date now."""
    rows = (await db.execute(sa.select(view.c.token, view.c.data).where(view.c.community_id == community_id))).all()
    for token, data in rows:
        if unwanted(data):
            await db.execute(sa.delete(view).where(view.c.community_id == community_id, view.c.token == token))


async def tidy(db: AsyncConnection, now: datetime) -> int:
    """Delete what has expired; returns how many."""
    return (await db.execute(sa.delete(view).where(view.c.expires <= now))).rowcount


# --- cards -----------------------------------------------------------------------------------------------------------


def page_with_more(pages: list[Card], token: str, number: int) -> Card:
    """Page `number` (from 0), with a button to the next one where there is one."""
    page = pages[number]
    if number + 1 == len(pages):
        return page
    label = say("See all ({next} of {total})", next=number + 2, total=len(pages))
    return page.with_blocks(Controls((Button(label, "view page", (token, str(number + 1))),)))


async def fit(
    db: AsyncConnection, ids: Ids, community_id: int, card: Card, pages: Callable[[Card], list[Card]], now: datetime
) -> Card:
    """The card as a platform can show it: its first page, the others a press away, no button too long for its id."""
    card = await _shorten(db, ids, community_id, card, now)
    split = pages(card)
    if len(split) == 1:
        return split[0]
    token = ids.token()
    await keep(db, community_id, token, {"card": cards.dump(card)}, now + CARD_LIFE)
    return page_with_more(split, token, 0)


def needs_keeping(card: Card, pages: Callable[[Card], list[Card]]) -> bool:
    """Whether `fit` would have to write something."""
    return any(_too_long(c) for c in _presses(card)) or len(pages(card)) > 1


def _presses(card: Card) -> list[Button | Select]:
    rows = [block for block in card.blocks if isinstance(block, Controls)]
    return [c for row in rows for c in row.controls if isinstance(c, (Button, Select))]


def _too_long(control: Button | Select) -> bool:
    return len(press_id(control.command, control.arguments)) > LONGEST


async def _shorten(db: AsyncConnection, ids: Ids, community_id: int, card: Card, now: datetime) -> Card:
    long = [control for control in _presses(card) if _too_long(control)]
    if not long:
        return card
    short: dict[int, Button | Select] = {}
    for control in long:
        data = {"command": control.command, "arguments": list(control.arguments)}
        token = ids.token()
        await keep(db, community_id, token, data, now + CARD_LIFE)
        short[id(control)] = dataclasses.replace(control, command="view press", arguments=(token,))
    blocks = tuple(
        dataclasses.replace(block, controls=tuple(short.get(id(c), c) for c in block.controls))
        if isinstance(block, Controls)
        else block
        for block in card.blocks
    )
    return dataclasses.replace(card, blocks=blocks)


# --- forms -----------------------------------------------------------------------------------------------------------


async def keep_form(db: AsyncConnection, community_id: int, token: str, form: Form, now: datetime, *, by: str) -> None:
    """Store a form, nothing filled in so far, under a fresh token. `by` is the account that fills it in."""
    await keep(db, community_id, token, {"form": forms.dump(form), "values": {}, "by": by}, now + FORM_LIFE)


def one_page(form: Form, token: str, number: int, values: Mapping[str, str]) -> Form:
    """Page `number` of a kept form as a form of its own, filled in with `values`."""
    page = form.filled(values).pages[number]
    last = number + 1 == len(form.pages)
    several = len(form.pages) > 1
    numbered = say("{title} ({page} of {total})", title=form.title, page=number + 1, total=len(form.pages))
    return dataclasses.replace(
        form,
        title=numbered if several else form.title,
        submit="form page",
        arguments=(token, str(number)),
        pages=(page,),
        submit_label=form.submit_label if last else say("Next"),
    )


async def add_values(
    db: AsyncConnection, community_id: int, token: str, values: Mapping[str, str], now: datetime
) -> tuple[Form, dict[str, str]]:
    """Add what was filled in to a kept form; returns the form and all its values so far."""
    data = await find(db, community_id, token, now)
    merged = {**data["values"], **values}
    await change(db, community_id, token, {**data, "values": merged})
    return forms.load(data["form"]), merged


async def clear_values(db: AsyncConnection, community_id: int, token: str) -> None:
    """Forget what was filled in to a kept form, which was sent in for good."""
    own = (view.c.community_id == community_id, view.c.token == token)
    data = (await db.execute(sa.select(view.c.data).where(*own).with_for_update())).scalar_one_or_none()
    if data is not None:
        await change(db, community_id, token, {**data, "values": {}})


def continue_card(form: Form, token: str, number: int) -> Card:
    """The reply between two pages of a form, with the button that opens page `number`."""
    text = say("Page {done} of {total} is kept.", done=number, total=len(form.pages))
    button = Button(say("Continue"), "form open", (token, str(number)), "primary")
    return cards.sentence(text, button)
