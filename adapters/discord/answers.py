"""Answering an interaction: at once, or put off and filled in later, in the way that Discord has for each.

Discord wants a first answer within 3 s. What takes longer is deferred: as "thinking…" where a reply will come, silently
where a card will change. Only a form cannot be put off.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

import aiohttp
import discord
from discord.http import MultipartParameters
from discord.webhook.async_ import async_context

from adapters.discord import render
from bot.cards import Button, Card, Paragraph, sentence
from bot.commands import Invalid, OpenForm, PublicReply, Update
from bot.drawing import CannotDraw
from bot.literal import label, length
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from bot.cards import Option
    from bot.commands import Answer, Command
    from bot.forms import Form

Deferral = Literal["private", "public", "update"]

PRIVATE = 1 << 6  # the flag EPHEMERAL
_MESSAGE, _THINKING, _LATER, _UPDATE, _CHOICES, _FORM = 4, 5, 6, 7, 8, 9  # the types of a callback
_CHOICE = 100  # characters of a choice's name and of its value

log = logging.getLogger("guildhall.discord")


def deferral(command: Command | None, *, on_card: bool) -> Deferral | None:
    """How to put an answer off; None where it may be a form. `command` is None where only its view knows it."""
    if command is None:
        return "update" if on_card else "private"
    if not command.may_be_late:
        return None
    if command.answer is PublicReply:
        return "public"
    return "update" if command.answer is Update and on_card else "private"


class Exchange:
    """One interaction, and what it was answered so far."""

    def __init__(self, interaction: discord.Interaction) -> None:
        self._asked = interaction
        self._deferred: Deferral | None = None
        self._on_card = interaction.message is not None
        self._from_form = interaction.type is discord.InteractionType.modal_submit

    async def defer(self, how: Deferral) -> None:
        """Say that the answer will come."""
        self._deferred = how
        if how == "update":
            await self._begin(_LATER)
        else:
            await self._begin(_THINKING, {"flags": PRIVATE} if how == "private" else {})

    async def give(self, answer: Answer) -> None:
        """Show the answer."""
        if isinstance(answer, OpenForm):
            await self._open(answer.form)
        elif isinstance(answer, Update) and self._on_card:
            await self._change(_draw(answer.card))
        else:
            card = _what_is_wrong(answer) if isinstance(answer, Invalid) else answer.card
            await self._reply(_draw(card), public=isinstance(answer, PublicReply))

    async def suggest(self, choices: Sequence[Option]) -> None:
        """Show choices for what is being typed."""
        shown = [{"name": label(choice.label, _CHOICE), "value": choice.value} for choice in choices]
        fitting = [choice for choice in shown if choice["name"] and 0 < length(choice["value"]) <= _CHOICE]
        await self._begin(_CHOICES, {"choices": fitting[: render.OPTIONS]})

    async def _open(self, form: Form) -> None:
        if not self._deferred and not self._from_form:
            try:
                modal = render.form(form)
            except CannotDraw:
                log.exception("a form can't be drawn")
                await self._reply(_draw(sentence(say("I can't show you that form. E-UNKNOWN"))), public=False)
            else:
                await self._begin(_FORM, modal)
            return
        # Here Discord opens no form; the application has kept it, so a button can.
        more = Button(say("Continue"), "form open", form.arguments, "primary")
        await self._reply(_draw(sentence(say("One more step: a form."), more)), public=False)

    async def _change(self, message: dict[str, Any]) -> None:
        if self._deferred:
            await self._fill_in(message)
        else:
            await self._begin(_UPDATE, message)

    async def _reply(self, message: dict[str, Any], *, public: bool) -> None:
        private = {**message, "flags": message["flags"] | (0 if public else PRIVATE)}
        if not self._deferred:
            await self._begin(_MESSAGE, private)
        elif self._deferred == ("public" if public else "private"):
            await self._fill_in(message)
        elif self._deferred == "update":
            await self._add(private)
        else:  # everybody was told to wait for what is this person's alone, or the other way round
            await self._fill_in(_draw(sentence(say("There is nothing to show here after all."))))
            await self._add(private)  # would itself be the filling in while that is missing
            await self._take_back()

    # --- requests ----------------------------------------------------------------------------------------------------

    async def _begin(self, kind: int, data: dict[str, Any] | None = None) -> None:
        payload = {"type": kind} if data is None else {"type": kind, "data": data}
        params = MultipartParameters(payload=payload, multipart=None, files=None)
        adapter, asked = async_context.get(), self._asked
        session = asked.followup.session
        await _say(adapter.create_interaction_response(asked.id, asked.token, session=session, params=params))

    async def _fill_in(self, message: dict[str, Any]) -> None:
        adapter, asked = async_context.get(), self._asked
        where = (asked.application_id, asked.token)
        session = asked.followup.session
        await _say(adapter.edit_original_interaction_response(*where, session=session, payload=message))

    async def _take_back(self) -> None:
        adapter, asked = async_context.get(), self._asked
        where = (asked.application_id, asked.token)
        await _say(adapter.delete_original_interaction_response(*where, session=asked.followup.session))

    async def _add(self, message: dict[str, Any]) -> None:
        adapter, asked = async_context.get(), self._asked
        where = (asked.application_id, asked.token)
        await _say(adapter.execute_webhook(*where, session=asked.followup.session, payload=message, wait=True))


async def _say(request: Coroutine[Any, Any, Any]) -> None:
    """Make a request whose failure nobody can be told of: what was asked for is done, only its answer is lost."""
    try:
        await request
    except (discord.HTTPException, aiohttp.ClientError, OSError) as lost:
        log.warning("an answer did not reach Discord: %s", lost)


def _draw(card: Card) -> dict[str, Any]:
    try:
        return render.message(card)
    except CannotDraw:
        log.exception("an answer can't be drawn")
        return render.message(sentence(say("That was done, but I can't show you the answer. E-UNKNOWN")))


def _what_is_wrong(answer: Invalid) -> Card:
    """Mistakes as a card: Discord shows none beside a field."""
    paragraphs = tuple(Paragraph((text,)) for text in answer.messages.values())
    return Card(say("Something in that needs another look."), paragraphs)
