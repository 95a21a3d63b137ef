"""A persona of the demo who acts: types lines, fills in forms, presses what stands in a channel or a message."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot import cards, outbox, people
from bot.cards import Button, Controls, Select, sentence
from bot.commands import Invalid, OpenForm, Problem, Reply, Update
from bot.presses import press_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.app import App
    from bot.cards import Card, Control
    from bot.commands import Answer
    from bot.forms import Form
    from bot.people import Caller


class OutOfScript(Exception):
    """Somebody was answered otherwise than the script expects."""


@dataclass
class Actor:
    """Somebody who uses the bot as people do, through the application's four doors."""

    app: App
    caller: Caller
    card: Card = field(default_factory=lambda: sentence(""))  # the latest answer
    form: Form | None = None  # the one that is open
    pressed: set[tuple[int, str]] = field(default_factory=set)  # message and label: nobody presses the same twice

    async def say(self, line: str) -> None:
        """Type a line."""
        self._take(await self.app.run_line(self.caller, line))

    async def fill(self, **values: str) -> None:
        """Send the open form in: these values, and what stands in its other fields."""
        if self.form is None:
            raise OutOfScript(f"no form is open for {self.caller.name}")
        form, known = self.form, {one.name: one.value for one in self.form.fields}
        given = {**known, **values}
        self._take(await self.app.run_form(self.caller, press_id(form.submit, form.arguments), given))

    async def press(self, label: str) -> None:
        """Press the button with this label on the latest answer."""
        found = _button(self.card, label)
        if found is None:
            raise OutOfScript(f"{self.caller.name} sees no button {label!r} on {self.card!r}")
        self._take(await self.app.run_press(self.caller, press_id(found.command, found.arguments)))

    def sees(self, label: str) -> bool:
        """Whether the latest answer has a button with this label."""
        return _button(self.card, label) is not None

    async def choose(self, value: str) -> None:
        """Choose this value from the select on the latest answer."""
        found = next((one for one in _controls(self.card) if isinstance(one, Select)), None)
        if found is None:
            raise OutOfScript(f"{self.caller.name} sees nothing to choose {value!r} from on {self.card!r}")
        self._take(await self.app.run_press(self.caller, press_id(found.command, found.arguments), value))

    async def press_in(self, address: str, *labels: str, about: str = "") -> None:
        """Press, on each card that stands at an address, the first of these buttons; none twice.

        The address is a channel, or the persona's own account for their messages; `about` is part of what the card is
        called.
        """
        for message_id, card in await self._standing(address):
            found = [one for one in _controls(card) if isinstance(one, Button) and one.label in labels]
            if about in card.summary and found and (message_id, found[0].label) not in self.pressed:
                self.pressed.add((message_id, found[0].label))
                self._take(await self.app.run_press(self.caller, press_id(found[0].command, found[0].arguments)))

    async def _standing(self, address: str) -> Sequence[tuple[int, Card]]:
        """The messages that stand somewhere, oldest first."""
        async with self.app.db.read() as db:
            space = await people.find_space(db, self.caller.platform, self.caller.space)
            rows = await outbox.sent_in(db, space, address) if space else []
        return [(row["id"], cards.load(row["card"])) for row in rows]

    def _take(self, answer: Answer) -> None:
        match answer:
            case OpenForm(form=form):
                self.form = form
            case Problem() | Invalid():
                raise OutOfScript(f"{self.caller.name} was answered {answer!r}")
            case Reply(card=card) | Update(card=card):
                self.card = card


def _controls(card: Card) -> Iterator[Control]:
    for block in card.blocks:
        if isinstance(block, Controls):
            yield from block.controls


def _button(card: Card, label: str) -> Button | None:
    return next((one for one in _controls(card) if isinstance(one, Button) and one.label == label), None)
