"""Cards drawn as Discord's Components V2 and forms as its modals. Pure: a card or form in, a payload out.

Limits are Discord's own, from its API description and documentation; a length is counted in UTF-16 units.
Buttons and selects carry `bot.presses` ids as their custom_id, modals too; a modal's field carries its name.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from adapters.discord.markup import inline, link, literal
from bot.cards import Button, Controls, Divider, Facts, Heading, Items, LinkButton, Note, Quote
from bot.drawing import CannotDraw, Limits, fact_lines, rows, settle
from bot.forms import ChannelField, ChecksField, ChoiceField, PickField, TextField, TimeField
from bot.literal import label, length, shorten, tidy
from bot.paging import paginate
from bot.presses import LONGEST, distinct, press_id
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.cards import Block, Card, Control, Option, Select
    from bot.drawing import Words
    from bot.forms import Field, Form

Payload: TypeAlias = dict[str, Any]

COMPONENTS = 40  # in a message, containers and rows counted with what is in them
TEXT = 4000  # of all text displays of a message together
PART = 3300  # of one text that is broken over pages: leaves room for the page's title and a fact's name
ROW = 5
LABEL = 80
PLACEHOLDER = 150
URL = 512
OPTIONS = 25
OPTION = 100  # label, value and description each
PAGING = 4  # components kept free on a page: a row of three buttons

MODAL_PARTS = 5  # fields, and a text above them
TITLE = 45
FIELD_LABEL = 45
FIELD_HINT = 100
INPUT = 4000
TYPED_TIME = 120  # ours: no way to say a time is longer
RADIOS = 5  # up to so many choices are shown at once (Discord allows 10), more are a select

LIMITS = Limits(
    "discord", heading=256, row=ROW, options=OPTIONS, option_text=OPTIONS * OPTION * 2, part=PART, button_url=URL
)

_IS_COMPONENTS_V2 = 1 << 15
_ROW, _BUTTON, _SELECT, _INPUT, _CHANNELS, _TEXT = 1, 2, 3, 4, 8, 10
_SEPARATOR, _CONTAINER, _LABEL, _RADIOS, _CHECKS = 14, 17, 18, 21, 22
_STYLES = {"primary": 1, "secondary": 2, "danger": 4}
_LINK_STYLE = 5
_CHANNEL_TYPES = [0, 5, 15]  # text, announcements, forum


# --- messages --------------------------------------------------------------------------------------------------------


def pages(card: Card) -> list[Card]:
    """The card in parts that each fit a message together with a row of paging buttons; `[card]` if it fits one."""
    return paginate(card, LIMITS, _fits, inline)


def message(card: Card) -> Payload:
    """The JSON body of a message that shows the card and notifies nobody. Raises `CannotDraw` if it does not fit."""
    parts = _draw(settle(card, LIMITS))
    components, text = _size(parts)
    if components > COMPONENTS or text > TEXT:
        raise CannotDraw(f"{components} components and {text} characters of text; {COMPONENTS} and {TEXT} at most")
    return {
        "flags": _IS_COMPONENTS_V2,
        "components": [{"type": _CONTAINER, "components": parts}],
        "allowed_mentions": {"parse": []},
    }


def _fits(blocks: Sequence[Block], *, spare: bool) -> bool:
    components, text = _size(_draw(blocks))
    return components <= COMPONENTS - (PAGING if spare else 0) and text <= TEXT


def _size(parts: Sequence[Payload]) -> tuple[int, int]:
    """How many components the container has with itself and all inside it, and how much text they show."""
    components = 1 + len(parts) + sum(len(part.get("components", ())) for part in parts)
    return components, sum(length(part["content"]) for part in parts if part["type"] == _TEXT)


def _draw(blocks: Sequence[Block]) -> list[Payload]:
    """Settled blocks as the parts of a container."""
    seen: Counter[str] = Counter()
    parts: list[Payload] = []
    for block in blocks:
        if isinstance(block, Controls):
            drawn = [[_control(control, seen) for control in row] for row in rows(block.controls, ROW)]
            parts.extend({"type": _ROW, "components": row} for row in drawn)
        elif isinstance(block, Divider):
            parts.append({"type": _SEPARATOR, "divider": True, "spacing": 1})
        else:
            parts.append(_text(_words(block)))
    return parts


def _text(content: str) -> Payload:
    return {"type": _TEXT, "content": content}


def _words(block: Words) -> str:
    """The Markdown of a block that is text."""
    if isinstance(block, Heading):
        title = link(block.text, block.url) if block.url else literal(block.text)
        return f"### ~~{title}~~" if block.struck else f"### {title}"
    if isinstance(block, Facts):
        return "\n".join(inline(line) for line in fact_lines(block.facts))
    if isinstance(block, Quote):
        return "\n".join(f"> {literal(line)}" for line in block.text.split("\n"))
    if isinstance(block, Items):
        marks = [
            f"{number}. " if block.numbered else "- " for number in range(block.first, len(block.items) + block.first)
        ]
        return "\n".join(
            mark + inline(item).replace("\n", "\n  ") for mark, item in zip(marks, block.items, strict=True)
        )
    if isinstance(block, Note):
        return "\n".join(f"-# {line}" for line in inline(block.text).split("\n") if line.strip())
    return inline(block.text)


def _control(control: Control, seen: Counter[str]) -> Payload:
    if isinstance(control, LinkButton):
        return {"type": _BUTTON, "style": _LINK_STYLE, "label": _label(control.label, LABEL), "url": control.url}
    custom_id = _id(distinct(press_id(control.command, control.arguments), seen))
    if isinstance(control, Button):
        style = _STYLES[control.style]
        return {"type": _BUTTON, "style": style, "label": _label(control.label, LABEL), "custom_id": custom_id}
    return _select(control, custom_id)


def _select(select: Select, custom_id: str) -> Payload:
    return {
        "type": _SELECT,
        "custom_id": custom_id,
        "placeholder": _label(select.label, PLACEHOLDER),
        "options": _options(select.options),
    }


def _label(words: str, limit: int) -> str:
    drawn = label(words, limit)
    if not drawn:
        raise CannotDraw("a button, select or choice has a blank label")
    return drawn


def _id(identifier: str) -> str:
    if len(identifier) > LONGEST:
        raise CannotDraw(f"the id {identifier!r} is longer than {LONGEST} characters")
    return identifier


def _options(options: Sequence[Option], chosen: Sequence[str] = ()) -> list[Payload]:
    values = [option.value for option in options]
    if len(set(values)) < len(values) or not all(0 < length(value) <= OPTION for value in values):
        raise CannotDraw(f"the values {values} must differ and have 1 to {OPTION} characters")
    drawn = []
    for option in options:
        payload: Payload = {"label": _label(option.label, OPTION), "value": option.value}
        if option.description:
            payload["description"] = label(option.description, OPTION)
        if option.value in chosen:
            payload["default"] = True
        drawn.append(payload)
    return drawn


# --- forms -----------------------------------------------------------------------------------------------------------


def form(form: Form, page: int | None = None) -> Payload:
    """The `data` of a modal with one page of the form, the first by default. Raises `CannotDraw`.

    Its custom_id is the press id of what submitting runs, with `#2` at the end on the second page, and so on.
    """
    index = page or 0
    shown = form.pages[index]
    title, custom_id = form.title, press_id(form.submit, form.arguments)
    if len(form.pages) > 1:
        title = say("{title} ({page} of {total})", title=shown.title, page=index + 1, total=len(form.pages))
        custom_id += f"#{index + 1}" if index else ""
    parts = [_field(field) for field in shown.fields]
    if form.intro and not index:
        _introduce(parts, form.intro)
    return {"title": _label(title, TITLE), "custom_id": _id(custom_id), "components": parts}


def _introduce(parts: list[Payload], intro: str) -> None:
    """Put the intro above the fields; above five of them there is no place, so there it opens the first one's hint."""
    if len(parts) < MODAL_PARTS:
        parts.insert(0, _text(literal(tidy(intro))))
        return
    hint = f"{intro} {parts[0].get('description', '')}".strip()
    if length(hint) > FIELD_HINT:
        raise CannotDraw(f"an intro above {MODAL_PARTS} fields has {FIELD_HINT} characters, with the first one's hint")
    parts[0]["description"] = hint


def _field(field: Field) -> Payload:
    hint = field.hint if length(field.label) <= FIELD_LABEL else f"{field.label} {field.hint}"
    payload: Payload = {"type": _LABEL, "label": _label(field.label, FIELD_LABEL)}
    if hint:
        payload["description"] = label(hint, FIELD_HINT)
    payload["component"] = {**_input(field), "custom_id": _id(field.name), "required": field.required}
    return payload


def _input(field: Field) -> Payload:
    if isinstance(field, ChoiceField):
        kind, most = (_RADIOS, RADIOS) if len(field.options) <= RADIOS else (_SELECT, OPTIONS)
        if not 2 <= len(field.options) <= most:
            raise CannotDraw(f"{field.name}: a choice is one of 2 to {OPTIONS}")
        return {"type": kind, "options": _options(field.options, [field.value])}
    if isinstance(field, ChecksField):
        options = _options(field.options, field.value.split(","))
        if not 1 <= len(options) <= 10:  # Discord's limit for a checkbox group
            raise CannotDraw(f"{field.name}: 1 to 10 boxes can be ticked")
        return {"type": _CHECKS, "options": options, "min_values": int(field.required), "max_values": len(options)}
    if isinstance(field, ChannelField):
        chosen = [{"id": field.value, "type": "channel"}] if field.value.isdecimal() else []
        return {"type": _CHANNELS, "channel_types": _CHANNEL_TYPES, **({"default_values": chosen} if chosen else {})}
    if isinstance(field, PickField):  # a modal completes nothing: the name is typed
        return _typed(TextField(field.name, field.label, value=field.shown or field.value, max_length=OPTION))
    if isinstance(field, TimeField):
        return _typed(TextField(field.name, field.label, value=field.value, max_length=TYPED_TIME))
    return _typed(field)


def _typed(field: TextField) -> Payload:
    """A text input. What is already in it always fits: its limit gives way to its value."""
    value = shorten(field.value, INPUT)
    longest = min(max(field.max_length, length(value)), INPUT)
    payload: Payload = {"type": _INPUT, "style": 2 if field.long else 1, "max_length": longest}
    return {**payload, "value": value} if value else payload
