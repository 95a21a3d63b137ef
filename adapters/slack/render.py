"""Cards drawn as Slack's Block Kit messages and forms as its modal views. Pure: a card or form in, a payload out.

Limits are Slack's own, from its Block Kit reference, except for the undocumented limit of a whole message (messages
near 11,000 characters were refused), under which a budget keeps. A length is counted in UTF-16 units.
Buttons and selects carry `bot.presses` ids as their action_id, views as their callback_id; a button that only opens
an address has the action_id `link:1`, `link:2`, …, which asks for an acknowledgement and nothing else.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

from adapters.slack.markup import emphasised, escape, inline, link, literal
from bot.cards import Button, Controls, Divider, Facts, Heading, Items, LinkButton, Note, Option, Quote
from bot.drawing import CannotDraw, Limits, fact_lines, settle
from bot.forms import ChannelField, ChecksField, ChoiceField, PickField, TimeField
from bot.literal import label, length, shorten, tidy
from bot.paging import paginate, pieces
from bot.presses import distinct, press_id
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.cards import Block, Card, Control, Select, Text
    from bot.drawing import Words
    from bot.forms import Field, Form

Payload: TypeAlias = dict[str, Any]

BLOCKS = 45  # of the 50 a message may have
TEXT = 9000  # of all texts, labels and choices of a message together
SUMMARY = 1000  # of the sentence that notifications show
HEADER = 150
SECTION = 3000
CONTEXT = 2000
BUTTONS = 25
LABEL = 75  # of a button, for the eye and for a screen reader
PLACEHOLDER = 150
URL = 3000
OPTIONS = 100
OPTION = 75  # label and description each
VALUE = 150
ID = 255
PAGING_BLOCKS, PAGING_TEXT = 1, 200  # kept free on a page for a row of buttons

VIEW_BLOCKS = 100
VIEW_TITLE = 24  # also its two buttons
FIELD_TEXT = 2000  # label and hint each
INPUT = 3000
RADIOS = 5  # up to so many choices are shown at once (Slack allows 10), more are a select
CHECKS = 10

LIMITS = Limits(
    "slack", heading=HEADER, row=BUTTONS, options=OPTIONS, option_text=TEXT // 2, part=SECTION, button_url=URL
)


# --- messages --------------------------------------------------------------------------------------------------------


def pages(card: Card) -> list[Card]:
    """The card in parts that each fit a message together with a row of paging buttons; `[card]` if it fits one."""
    return paginate(card, LIMITS, _fits, inline)


def message(card: Card) -> Payload:
    """The body of chat.postMessage, without the channel. Raises `CannotDraw` if the card does not fit."""
    summary = shorten(" ".join(tidy(card.summary).split()), SUMMARY)
    blocks = _draw(settle(card, LIMITS))
    text = _size(blocks)
    if len(blocks) > BLOCKS or text > TEXT:
        raise CannotDraw(f"{len(blocks)} blocks and {text} characters of text; {BLOCKS} and {TEXT} at most")
    return {"text": escape(summary), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def comment(card: Card) -> str:
    """The card as one text in mrkdwn, to stand above a shared file, where Slack draws no blocks. Buttons are left out.

    Raises `CannotDraw` if the card does not fit a message.
    """
    lines: list[str] = []
    for block in message(card)["blocks"]:
        if block["type"] == "header":
            lines.append(emphasised("*", block["text"]["text"]))
        elif block["type"] == "section":
            lines.append(block["text"]["text"])
        elif block["type"] == "context":
            lines += [element["text"] for element in block["elements"]]
    return "\n".join(lines)


def _fits(blocks: Sequence[Block], *, spare: bool) -> bool:
    drawn = _draw(blocks)
    spare_blocks, spare_text = (PAGING_BLOCKS, PAGING_TEXT) if spare else (0, 0)
    return len(drawn) <= BLOCKS - spare_blocks and _size(drawn) <= TEXT - spare_text


def _size(node: Any) -> int:
    """How much text the blocks show, in whatever place."""
    if isinstance(node, list):
        return sum(_size(child) for child in node)
    if not isinstance(node, dict):
        return 0
    text = node.get("text")
    return (length(text) if isinstance(text, str) else 0) + sum(_size(child) for child in node.values())


def _draw(blocks: Sequence[Block]) -> list[Payload]:
    """Settled blocks as Slack's. Neighbouring texts share a section as long as they fit one."""
    seen: Counter[str] = Counter()
    drawn: list[Payload] = []
    for block in blocks:
        if isinstance(block, Controls):
            elements = [_control(control, seen) for control in block.controls]
            parts = [elements[start : start + BUTTONS] for start in range(0, len(elements), BUTTONS)]
            drawn.extend({"type": "actions", "elements": part} for part in parts)
        elif isinstance(block, Divider):
            drawn.append({"type": "divider"})
        elif isinstance(block, Heading) and not block.url and not block.struck:
            drawn.append({"type": "header", "text": _plain(block.text, HEADER)})
        elif isinstance(block, Note):
            drawn.extend({"type": "context", "elements": [_mrkdwn(part)]} for part in _drawn(block.text, CONTEXT))
        else:
            _append(drawn, list(_lines(block)))
    return drawn


def _append(drawn: list[Payload], lines: list[str]) -> None:
    for line in lines:
        last = drawn[-1] if drawn else {}
        if last.get("type") == "section" and length(last["text"]["text"]) + 1 + length(line) <= SECTION:
            last["text"]["text"] += f"\n{line}"
        else:
            drawn.append(_section(line))


def _lines(block: Words) -> Iterator[str]:
    """The mrkdwn of a block that is text, in lines that each fit a section."""
    if isinstance(block, Heading):
        yield emphasised("~", block.text) if block.struck else f"*{link(block.text, block.url)}*"
    elif isinstance(block, Facts):
        for line in fact_lines(block.facts):
            yield from _drawn(line)
    elif isinstance(block, Quote):
        for quoted in block.text.split("\n"):
            yield from (f"> {part}" for part in _drawn((quoted,), SECTION - 2))
    elif isinstance(block, Items):
        for number, item in enumerate(block.items, start=block.first):
            yield from _drawn((f"{number}. " if block.numbered else "• ", *item))
    else:
        yield from _drawn(block.text)


def _drawn(text: Text, limit: int = SECTION) -> Iterator[str]:
    """The text as mrkdwn, in parts of at most `limit` units."""
    drawn = (inline(piece) for piece in pieces(text, inline, limit))
    return (part for part in drawn if part.strip())


def _section(text: str) -> Payload:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Payload:
    """`verbatim`, so that Slack makes no links of addresses and names in plain words."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(words: str, limit: int) -> Payload:
    drawn = label(words, limit)
    if not drawn:
        raise CannotDraw("a button, select, choice or field has a blank label")
    return {"type": "plain_text", "text": drawn, "emoji": False}


def _control(control: Control, seen: Counter[str]) -> Payload:
    if isinstance(control, Button | LinkButton):
        payload: Payload = {"type": "button", "text": _plain(control.label, LABEL)}
        spoken = control.spoken or (control.label if length(control.label) > LABEL else "")
        if spoken:
            payload["accessibility_label"] = label(spoken, LABEL)
        if isinstance(control, LinkButton):
            seen["link"] += 1
            return {**payload, "action_id": f"link:{seen['link']}", "url": control.url}
        if control.style != "secondary":
            payload["style"] = control.style
        return {**payload, "action_id": _action_id(control, seen)}
    return {
        "type": "static_select",
        "action_id": _action_id(control, seen),
        "placeholder": _plain(control.label, PLACEHOLDER),
        "options": _options(control.options),
    }


def _action_id(control: Button | Select, seen: Counter[str]) -> str:
    return _id(distinct(press_id(control.command, control.arguments), seen))


def _id(identifier: str) -> str:
    if len(identifier) > ID:
        raise CannotDraw(f"the id {identifier!r} is longer than {ID} characters")
    return identifier


def _options(options: Sequence[Option]) -> list[Payload]:
    values = [option.value for option in options]
    if len(set(values)) < len(values) or not all(0 < length(value) <= VALUE for value in values):
        raise CannotDraw(f"the values {values} must differ and have 1 to {VALUE} characters")
    drawn = []
    for option in options:
        payload: Payload = {"text": _plain(option.label, OPTION), "value": option.value}
        if option.description:
            payload["description"] = _plain(option.description, OPTION)
        drawn.append(payload)
    return drawn


def suggestions(options: Sequence[Option]) -> list[Payload]:
    """Choices for a select whose options are asked for while somebody types, as far as Slack can take them."""
    fitting = {option.value: option for option in options if label(option.label, OPTION) and option.value}
    return _options([option for option in fitting.values() if length(option.value) <= VALUE][:OPTIONS])


# --- forms -----------------------------------------------------------------------------------------------------------


def form(form: Form, page: int | None = None) -> Payload:
    """The view of a form, all pages in one unless `page` picks one. Raises `CannotDraw`.

    Its callback_id is the press id of what submitting runs; a field's block_id and action_id are both its name.
    """
    blocks = [_section(literal(tidy(form.intro)))] if form.intro else []
    for shown in form.pages if page is None else (form.pages[page],):
        if len(form.pages) > 1:
            blocks.append({"type": "header", "text": _plain(shown.title, HEADER)})
        blocks.extend(_field(field) for field in shown.fields)
    if len(blocks) > VIEW_BLOCKS:
        raise CannotDraw(f"the form has {len(blocks)} blocks; {VIEW_BLOCKS} at most")
    return {
        "type": "modal",
        "callback_id": _id(press_id(form.submit, form.arguments)),
        "title": _plain(form.title, VIEW_TITLE),
        "submit": _plain(form.submit_label, VIEW_TITLE),
        "close": _plain(say("Cancel"), VIEW_TITLE),
        "private_metadata": "",
        "blocks": blocks,
    }


def _field(field: Field) -> Payload:
    payload: Payload = {"type": "input", "block_id": _id(field.name), "label": _plain(field.label, FIELD_TEXT)}
    if field.hint:
        payload["hint"] = _plain(field.hint, FIELD_TEXT)
    return {**payload, "optional": not field.required, "element": {**_input(field), "action_id": field.name}}


def _input(field: Field) -> Payload:
    if isinstance(field, ChoiceField):
        return _choice(field)
    if isinstance(field, ChecksField):
        options = _options(field.options)
        if not 1 <= len(options) <= CHECKS:
            raise CannotDraw(f"{field.name}: 1 to {CHECKS} boxes can be ticked")
        ticked = [option for option in options if option["value"] in field.value.split(",")]
        return {"type": "checkboxes", "options": options, **({"initial_options": ticked} if ticked else {})}
    if isinstance(field, ChannelField):
        initial = {"initial_conversation": field.value} if field.value else {}
        return {"type": "conversations_select", "filter": {"include": ["public", "private"]}, **initial}
    if isinstance(field, PickField):
        chosen = [Option(field.shown or field.value, field.value)] if field.value else []
        element: Payload = {"type": "external_select", "min_query_length": 0}
        return {**element, "initial_option": _options(chosen)[0]} if chosen else element
    if isinstance(field, TimeField):
        return {"type": "datetimepicker"}
    value = shorten(field.value, INPUT)
    longest = min(max(field.max_length, length(value)), INPUT)  # what is already in it always fits
    payload: Payload = {"type": "plain_text_input", "multiline": field.long, "max_length": longest}
    return {**payload, "initial_value": value} if value else payload


def _choice(field: ChoiceField) -> Payload:
    options = _options(field.options)
    if not 2 <= len(options) <= OPTIONS:
        raise CannotDraw(f"{field.name}: a choice is one of 2 to {OPTIONS}")
    chosen = [option for option in options if option["value"] == field.value]
    initial = {"initial_option": chosen[0]} if chosen else {}
    return {"type": "radio_buttons" if len(options) <= RADIOS else "static_select", "options": options, **initial}
