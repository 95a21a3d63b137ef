"""Native payloads as what a browser can show: the very message or modal that a platform would be sent.

Both platforms' payloads become the same few parts, which `templates/card.html` and `form.html` write out and the
stylesheet dresses as Slack or Discord. A component that the renderers do not send raises `ValueError`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from markupsafe import Markup

from adapters.discord import render as discord
from adapters.slack import render as slack
from adapters.web.markup import Viewer, draw_text
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from bot.cards import Card
    from bot.forms import Form
    from bot.ports import PlatformName

RENDERERS: Mapping[PlatformName, ModuleType] = {"discord": discord, "slack": slack}

Style = Literal["primary", "secondary", "danger"]
_DISCORD_STYLES: Mapping[int, Style] = {1: "primary", 2: "secondary", 4: "danger"}
_DISCORD_FIELDS = {4: "text", 3: "select", 8: "channel", 21: "radios", 22: "checks"}
_SLACK_FIELDS = {
    "plain_text_input": "text",
    "external_select": "text",  # in the console the name is typed
    "static_select": "select",
    "conversations_select": "channel",
    "datetimepicker": "time",
    "radio_buttons": "radios",
    "checkboxes": "checks",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a select, or one box or dot to tick."""

    label: str
    value: str
    description: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Pressable:
    """A button (`id`), a link (`url`) or a select (`id` and `choices`)."""

    label: str
    id: str = ""
    url: str = ""
    style: Style = "secondary"
    spoken: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: words (HTML), small print, a line, or a row of what can be pressed."""

    kind: Literal["words", "small", "divider", "row"]
    words: str = ""
    row: tuple[Pressable, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """A message with the payload that it was drawn from."""

    summary: str
    parts: tuple[Part, ...]
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Input:
    """One field of a form."""

    kind: str  # text, select, channel, radios or checks
    name: str
    label: str
    hint: str = ""
    value: str = ""
    required: bool = False
    long: bool = False
    max_length: int = 0
    choices: tuple[Choice, ...] = ()
    wrong: str = ""  # what is to be mended


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A modal with the payload that it was drawn from; `parts` are inputs and the words between them."""

    title: str
    id: str
    submit: str
    parts: tuple[Input | Part, ...]
    payload: Mapping[str, Any]

    @property
    def wrong(self) -> list[Input]:
        """The inputs that are to be mended."""
        return [part for part in self.parts if isinstance(part, Input) and part.wrong]


def draw_card(platform: PlatformName, card: Card, viewer: Viewer) -> Message:
    """The card as a message of a platform; its first page, where it was made for the other one and is too long."""
    renderer = RENDERERS[platform]
    payload = renderer.message(renderer.pages(card)[0])
    draw = _discord_parts if platform == "discord" else _slack_parts
    return Message(card.summary, draw(payload, viewer), payload)


def draw_form(platform: PlatformName, form: Form, viewer: Viewer, wrong: Mapping[str, str]) -> Dialogue:
    """The form as a modal of a platform, each message of `wrong` with its field."""
    payload = RENDERERS[platform].form(form)
    draw = _discord_dialogue if platform == "discord" else _slack_dialogue
    return draw(payload, viewer, wrong)


# --- Discord ---------------------------------------------------------------------------------------------------------


def _discord_parts(payload: Mapping[str, Any], viewer: Viewer) -> tuple[Part, ...]:
    (container,) = payload["components"]
    return tuple(_discord_part(part, viewer) for part in container["components"])


def _discord_part(part: Mapping[str, Any], viewer: Viewer) -> Part:
    match part["type"]:
        case 10:
            return Part("words", draw_text("discord", part["content"], viewer))
        case 14:
            return Part("divider")
        case 1:
            return Part("row", row=tuple(_discord_pressable(control) for control in part["components"]))
        case other:
            raise ValueError(f"Discord component of type {other}")


def _discord_pressable(control: Mapping[str, Any]) -> Pressable:
    if control["type"] == 3:
        return Pressable(control["placeholder"], control["custom_id"], choices=_discord_choices(control["options"]))
    if "url" in control:
        return Pressable(control["label"], url=control["url"])
    return Pressable(control["label"], control["custom_id"], style=_DISCORD_STYLES[control["style"]])


def _discord_choices(options: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    return tuple(Choice(o["label"], o["value"], o.get("description", ""), o.get("default", False)) for o in options)


def _discord_dialogue(payload: Mapping[str, Any], viewer: Viewer, wrong: Mapping[str, str]) -> Dialogue:
    parts = tuple(
        _discord_input(part, viewer, wrong) if part["type"] == 18 else _discord_part(part, viewer)
        for part in payload["components"]
    )
    return Dialogue(payload["title"], payload["custom_id"], say("Submit"), parts, payload)


def _discord_input(part: Mapping[str, Any], viewer: Viewer, wrong: Mapping[str, str]) -> Input:
    field = part["component"]
    kind = _DISCORD_FIELDS[field["type"]]
    chosen = field.get("default_values", [{}])[0].get("id", "")
    return Input(
        kind=kind,
        name=field["custom_id"],
        label=part["label"],
        hint=part.get("description", ""),
        value=field.get("value", ""),
        required=field["required"],
        long=field.get("style") == 2,
        max_length=field.get("max_length", 0),
        choices=_channels(viewer, chosen) if kind == "channel" else _discord_choices(field.get("options", ())),
        wrong=wrong.get(field["custom_id"], ""),
    )


# --- Slack -----------------------------------------------------------------------------------------------------------


def _slack_parts(payload: Mapping[str, Any], viewer: Viewer) -> tuple[Part, ...]:
    return tuple(_slack_part(block, viewer) for block in payload["blocks"])


def _slack_part(block: Mapping[str, Any], viewer: Viewer) -> Part:
    match block["type"]:
        case "section":
            return Part("words", draw_text("slack", block["text"]["text"], viewer))
        case "header":
            return Part("words", Markup("<h3>{}</h3>").format(block["text"]["text"]))
        case "context":
            words = (draw_text("slack", element["text"], viewer) for element in block["elements"])
            return Part("small", Markup("").join(words))
        case "divider":
            return Part("divider")
        case "actions":
            return Part("row", row=tuple(_slack_pressable(control) for control in block["elements"]))
        case other:
            raise ValueError(f"Slack block of type {other}")


def _slack_pressable(control: Mapping[str, Any]) -> Pressable:
    if control["type"] == "static_select":
        return Pressable(control["placeholder"]["text"], control["action_id"], choices=_slack_choices(control))
    return Pressable(
        control["text"]["text"],
        "" if "url" in control else control["action_id"],
        control.get("url", ""),
        control.get("style", "secondary"),
        control.get("accessibility_label", ""),
    )


def _slack_choices(element: Mapping[str, Any]) -> tuple[Choice, ...]:
    initial = [*element.get("initial_options", ()), element.get("initial_option")]
    return tuple(
        Choice(o["text"]["text"], o["value"], o.get("description", {}).get("text", ""), o in initial)
        for o in element.get("options", ())
    )


def _slack_dialogue(payload: Mapping[str, Any], viewer: Viewer, wrong: Mapping[str, str]) -> Dialogue:
    parts = tuple(
        _slack_input(block, viewer, wrong) if block["type"] == "input" else _slack_part(block, viewer)
        for block in payload["blocks"]
    )
    return Dialogue(payload["title"]["text"], payload["callback_id"], payload["submit"]["text"], parts, payload)


def _slack_input(block: Mapping[str, Any], viewer: Viewer, wrong: Mapping[str, str]) -> Input:
    element = block["element"]
    kind = _SLACK_FIELDS[element["type"]]
    chosen = element.get("initial_conversation", "")
    return Input(
        kind=kind,
        name=element["action_id"],
        label=block["label"]["text"],
        hint=block.get("hint", {}).get("text", ""),
        value=element.get("initial_value", "")
        or (_slack_name(element) if element["type"] == "external_select" else ""),
        required=not block["optional"],
        long=element.get("multiline", False),
        max_length=element.get("max_length", 0),
        choices=_channels(viewer, chosen) if kind == "channel" else _slack_choices(element),
        wrong=wrong.get(element["action_id"], ""),
    )


def _slack_name(element: Mapping[str, Any]) -> str:
    """The name of what is picked in an external select."""
    name: str = element.get("initial_option", {"text": {"text": ""}})["text"]["text"]
    return name


def _channels(viewer: Viewer, chosen: str) -> tuple[Choice, ...]:
    return tuple(Choice(f"#{name}", channel, chosen=channel == chosen) for channel, name in viewer.channels.items())
