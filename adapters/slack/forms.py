"""Forms on Slack: what was filled in, where a form came from, what is wrong with it."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adapters.slack.markup import literal
from adapters.slack.render import SECTION, Payload, form
from bot.literal import shorten, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.forms import Form

ERROR = 500  # of the words beside a field; Slack names no limit
WRONG = "what-is-wrong"  # the block above a form that came back

_INITIAL = {
    "value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_conversation": "initial_conversation",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody acts, and so where their answer goes. A form carries it in its `private_metadata`."""

    user: str
    channel: str = ""
    ts: str = ""  # the message whose button was pressed
    ephemeral: bool = False  # it is one that only they see: nothing but its response_url can change it
    response_url: str = ""  # good for five answers in half an hour
    view: str = ""  # the dialogue whose button was pressed
    home: bool = False  # pressed on their App Home

    @property
    def message(self) -> str:
        """The remote id of the message whose button was pressed, "" where everybody else sees none."""
        return f"{self.channel}/{self.ts}" if self.ts and not self.ephemeral else ""

    def dump(self) -> str:
        """As text, at most 3000 characters: of the parts only `response_url` is longer than an id."""
        given = {key: value for key, value in dataclasses.asdict(self).items() if value}
        return json.dumps(given, separators=(",", ":"))


def load_place(text: str, user: str) -> Place:
    """The place that `Place.dump` made `text` of; of a text that is not ours, nowhere in particular."""
    try:
        given = json.loads(text or "{}")
        return Place(**{**given, "user": user})
    except (TypeError, ValueError):
        return Place(user)


def form_view(opened: Form, place: Place) -> Payload:
    """The view of a form that was opened from a place."""
    return {**form(opened), "private_metadata": place.dump()}


def values_of(view: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a submitted view by name, as the core reads them: of several choices, joined by commas."""
    fields = view["state"]["values"]
    return {name: _value(state) for elements in fields.values() for name, state in elements.items()}


def _value(state: Mapping[str, Any]) -> str:
    if state["type"] == "checkboxes":
        return ",".join(option["value"] for option in state.get("selected_options") or ())
    if state["type"] == "datetimepicker":
        picked = state.get("selected_date_time")  # seconds since 1970
        return datetime.fromtimestamp(picked, UTC).isoformat() if picked else ""
    chosen = state.get("selected_option")
    return str(chosen["value"] if chosen else state.get("selected_conversation") or state.get("value") or "")


def filled_again(view: Mapping[str, Any], messages: Mapping[str, str]) -> Payload:
    """A submitted view as it was sent, with what is wrong with it on top: for when its dialogue has moved on."""
    kept = {name: view[name] for name in ("type", "callback_id", "title", "submit", "close", "private_metadata")}
    states = {name: state for elements in view["state"]["values"].values() for name, state in elements.items()}
    blocks = [_with_state(block, states) for block in view["blocks"] if block.get("block_id") != WRONG]
    words = "\n".join(f"• {literal(tidy(text))}" for text in messages.values())
    text = {"type": "mrkdwn", "text": shorten(words, SECTION), "verbatim": True}
    return {**kept, "blocks": [{"type": "section", "block_id": WRONG, "text": text}, *blocks]}


def _with_state(block: Mapping[str, Any], states: Mapping[str, Any]) -> Payload:
    """A block with what was filled in as its first value."""
    if block["type"] != "input" or block["element"]["action_id"] not in states:
        return dict(block)
    element = {key: value for key, value in block["element"].items() if not key.startswith("initial_")}
    state = states[element["action_id"]]
    for given, initial in _INITIAL.items():
        if state.get(given):
            element[initial] = state[given]
    return {**block, "element": element}


def chosen_value(action: Mapping[str, Any]) -> str | None:
    """What was chosen in a select; None for a button."""
    return None if action["type"] == "button" else _value(action)


def errors_of(view: Mapping[str, Any], messages: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by block: Slack shows it there. What is about no field of this form goes to its first one."""
    blocks = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    errors: dict[str, str] = {}
    for name, text in messages.items():
        block = name if name in blocks else next(iter(blocks), "")
        if block:
            errors[block] = shorten(" ".join(part for part in (errors.get(block), tidy(text)) if part), ERROR)
    return errors
