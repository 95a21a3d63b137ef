"""Answers on Slack: each goes back to where somebody acted, privately unless it says otherwise.

An answer that cannot take the first way takes the next: the interaction's `response_url`, a message in the channel
that only they see, a direct message.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.connection import retries
from adapters.slack.failures import ERRORS, code_of
from adapters.slack.forms import filled_again, form_view
from adapters.slack.home import card_view, home_view
from adapters.slack.render import message
from bot.cards import Card, Paragraph, sentence
from bot.commands import Invalid, OpenForm, PublicReply, Update
from bot.drawing import CannotDraw
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slack_sdk.web.async_client import AsyncWebClient

    from adapters.slack.forms import Place
    from adapters.slack.render import Payload
    from bot.commands import Answer

TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id", "trigger_expired", "trigger_exchanged"})

log = logging.getLogger("guildhall.slack")


class Answers:
    """Shows answers with one workspace's client; `title` heads dialogues that only show something."""

    def __init__(self, client: AsyncWebClient, title: str) -> None:
        self._client = client
        self._title = title

    async def show(self, answer: Answer, place: Place, trigger: str = "") -> None:
        """Show an answer where somebody acted. `trigger` opens one dialogue within three seconds."""
        try:
            await self._show(answer, place, trigger)
        except CannotDraw:
            log.exception("an answer can't be drawn")
            await self._privately(sentence(say("That was done, but I can't show you the answer here.")), place)

    async def _show(self, answer: Answer, place: Place, trigger: str) -> None:
        if isinstance(answer, OpenForm):
            await self._open(form_view(answer.form, place), place, trigger)
        elif isinstance(answer, Update):
            await self._update(answer.card, place, trigger)
        elif isinstance(answer, PublicReply):
            await self._publicly(answer.card, place)
        elif isinstance(answer, Invalid):
            await self._reply(what_is_wrong(answer.messages), place, trigger)
        else:
            await self._reply(answer.card, place, trigger)

    async def show_late(self, answer: Answer, place: Place, view: Mapping[str, Any]) -> None:
        """Show the answer to a form that had to wait, in its dialogue, which says so; elsewhere once that is closed.

        A form with mistakes comes back as it was filled in: nothing has to be typed twice.
        """
        if isinstance(answer, Invalid):
            shown = filled_again(view, answer.messages)
        elif isinstance(answer, OpenForm):
            shown = form_view(answer.form, place)
        elif isinstance(answer, PublicReply):
            await self._publicly(answer.card, place)
            shown = self.dialogue(sentence(say("Done. Everybody in the channel sees the answer.")), place)
        else:
            shown = self.dialogue(answer.card, place)
        try:
            await self._client.views_update(view_id=view["id"], view=shown)
        except SlackApiError as error:
            log.info("a dialogue was closed before its answer came: %s", code_of(error))
            if not isinstance(answer, PublicReply):
                await self.show(answer, replace(place, view=""))

    async def publish_home(self, card: Card, user: str) -> None:
        """Show a card as somebody's App Home."""
        await self._client.views_publish(user_id=user, view=home_view(card))

    def dialogue(self, card: Card, place: Place) -> Payload:
        """The view that shows a card where dialogues are."""
        return card_view(card, self._title, place)

    async def _open(self, view: Payload, place: Place, trigger: str) -> None:
        try:
            await self._open_view(view, place, trigger)
        except SlackApiError as error:
            if code_of(error) not in TOO_LATE:
                raise
            late = say("Slack didn't wait until that was ready to open. Please do it once more.")
            await self._privately(sentence(late), place)

    async def _open_view(self, view: Payload, place: Place, trigger: str) -> None:
        if not place.view:
            await self._client.views_open(trigger_id=trigger, view=view)
            return
        try:
            await self._client.views_push(trigger_id=trigger, view=view)
        except SlackApiError as error:
            if code_of(error) != "push_limit_reached":  # three dialogues are stacked already
                raise
            await self._client.views_update(view_id=place.view, view=view)

    async def _update(self, card: Card, place: Place, trigger: str) -> None:
        """Put a card in place of the one that was pressed, where there was one."""
        if place.home:
            await self.publish_home(card, place.user)
        elif place.ts and not place.ephemeral:
            drawn = message(card)
            await self._client.chat_update(
                channel=place.channel, ts=place.ts, text=drawn["text"], blocks=drawn["blocks"]
            )
        elif not (place.ts and await self._respond(place, message(card), replace_original=True)):
            await self._reply(card, place, trigger)

    async def _reply(self, card: Card, place: Place, trigger: str) -> None:
        if place.view:
            await self._client.views_update(view_id=place.view, view=self.dialogue(card, place))
        elif place.home:
            await self._open(self.dialogue(card, place), place, trigger)
        else:
            await self._privately(card, place)

    async def _publicly(self, card: Card, place: Place) -> None:
        if not await self._respond(place, message(card), response_type="in_channel", replace_original=False):
            channel = place.channel or await self._conversation(place.user)
            await self._client.chat_postMessage(channel=channel, **message(card))

    async def _privately(self, card: Card, place: Place) -> None:
        drawn = message(card)
        if await self._respond(place, drawn, response_type="ephemeral", replace_original=False):
            return
        if place.channel and await self._whisper(place, drawn):
            return
        await self._client.chat_postMessage(channel=await self._conversation(place.user), **drawn)

    async def _respond(self, place: Place, drawn: Payload, **how: Any) -> bool:
        """Answer through the interaction's `response_url`; says whether there is one that still takes answers."""
        if not place.response_url:
            return False
        hook = AsyncWebhookClient(
            place.response_url, session=self._client.session, retry_handlers=retries(), logger=log
        )
        try:
            answer = await hook.send_dict({**drawn, **how})
        except ERRORS as error:
            log.warning("a response_url can't be reached: %s", error)
            return False
        return answer.status_code == 200

    async def _whisper(self, place: Place, drawn: Payload) -> bool:
        """Post what only they see; says whether that can be done in this channel."""
        try:
            await self._client.chat_postEphemeral(
                channel=place.channel, user=place.user, text=drawn["text"], blocks=drawn["blocks"]
            )
        except SlackApiError as error:
            log.info("no private answer in channel %s: %s", place.channel, code_of(error))
            return False
        return True

    async def _conversation(self, user: str) -> str:
        return str((await self._client.conversations_open(users=user))["channel"]["id"])


def what_is_wrong(messages: Mapping[str, str]) -> Card:
    """The mistakes in a form as a card, where the form is no longer open."""
    paragraphs = tuple(Paragraph((text,)) for text in messages.values())
    again = Paragraph((say("Please open the form again and change that."),))
    return Card(say("Something in the form needs another look."), (*paragraphs, again))
