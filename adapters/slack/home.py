"""Cards as whole views: the App Home, which is somebody's own page, and a dialogue that only shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.slack.render import VIEW_TITLE, Payload, message
from bot.literal import label
from bot.words import say

if TYPE_CHECKING:
    from adapters.slack.forms import Place
    from bot.cards import Card

PAGE = "/hub"  # the command whose answer is the personal page


def home_view(card: Card) -> Payload:
    """The App Home that shows a card."""
    return {"type": "home", "blocks": message(card)["blocks"]}


def card_view(card: Card, title: str, place: Place) -> Payload:
    """A dialogue that shows a card, for whoever acts where no message can answer."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": label(title, VIEW_TITLE), "emoji": False},
        "close": {"type": "plain_text", "text": say("Close"), "emoji": False},
        "private_metadata": place.dump(),
        "blocks": message(card)["blocks"],
    }
