"""What Slack would refuse, written down by hand from its Block Kit reference: a table of limits and a walk.

`slack_sdk.models` are asked, too. The schema of the blocks is a third judge, where the shared data is at hand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LONGEST = {
    "section.text": 3000,
    "header.text": 150,
    "context.text": 2000,
    "button.text": 75,
    "button.value": 2000,
    "button.url": 3000,
    "button.accessibility_label": 75,
    "option.text": 75,
    "option.description": 75,
    "option.value": 150,
    "placeholder": 150,
    "action_id": 255,
    "block_id": 255,
    "callback_id": 255,
    "private_metadata": 3000,
    "view.title": 24,
    "view.submit": 24,
    "view.close": 24,
    "input.label": 2000,
    "input.hint": 2000,
    "initial_value": 3000,
}
MOST = {"blocks": 50, "view.blocks": 100, "actions": 25, "context": 10, "select": 100, "radio_buttons": 10}
MOST["checkboxes"] = 10
TOGETHER = 11_000  # characters of a whole message; near here they were refused


def faults_of_message(message: dict[str, Any]) -> list[str]:
    """What is wrong with the body of a message."""
    faults = []
    text = message.get("text") or ""
    if " " not in text or text[0].islower():
        faults.append(f"`text` is no sentence: {text!r}")
    if message.get("unfurl_links") or message.get("unfurl_media"):
        faults.append("links are unfurled")
    faults += _faults_of_blocks(message.get("blocks") or [], "blocks")
    together = sum(len(words) for words in _texts(message.get("blocks") or []))
    return faults + ([f"{together} characters in all"] if together > TOGETHER else [])


def faults_of_view(view: dict[str, Any]) -> list[str]:
    """What is wrong with a dialogue or an App Home."""
    faults = _faults_of_blocks(view["blocks"], "view.blocks")
    for name in ("title", "submit", "close"):
        faults += _too_long(f"view.{name}", view.get(name, {}).get("text", "-"))
    for name in ("callback_id", "private_metadata"):
        faults += _too_long(name, view.get(name) or "-")
    try:
        View(**view).to_dict()
    except SlackObjectFormationError as error:
        faults.append(str(error))
    if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
        faults.append("a form cannot be sent")
    return faults


def schema_faults(shared: Path, name: str, value: Any) -> list[str]:
    """What the schema of Slack's types says: `name` is "Blocks", "ModalView" or "HomeView"."""
    schema = json.loads((shared / "payloads" / "slack-blocks.schema.json").read_text())
    part = {"$ref": f"#/definitions/{name}", "definitions": schema["definitions"]}
    return [error.message for error in Draft7Validator(part).iter_errors(value)]


def _faults_of_blocks(blocks: list[dict[str, Any]], where: str) -> list[str]:
    faults = [] if 1 <= len(blocks) <= MOST[where] else [f"{len(blocks)} blocks"]
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    actions = [
        element["action_id"] for block in blocks for element in block.get("elements", []) if "action_id" in element
    ]
    for kind, used in (("block_id", ids), ("action_id", actions)):
        faults += [f"{kind} {each!r} twice" for each in sorted(set(used)) if used.count(each) > 1]
        faults += [fault for each in used for fault in _too_long(kind, each)]
    for block in blocks:
        faults += _faults_of_block(block)
        try:
            parsed = Block.parse(block)
            faults += [] if parsed and parsed.to_dict() else [f"unknown block {block['type']}"]
        except SlackObjectFormationError as error:
            faults.append(str(error))
    return faults


def _faults_of_block(block: dict[str, Any]) -> list[str]:
    kind, elements = block["type"], block.get("elements", [])
    faults = [f"{len(elements)} elements in {kind}"] if kind in MOST and not 1 <= len(elements) <= MOST[kind] else []
    if kind in ("section", "header"):
        faults += _too_long(f"{kind}.text", block["text"]["text"])
    if kind == "context":
        faults += [fault for each in elements for fault in _too_long("context.text", each["text"])]
    if kind == "actions":
        faults += [fault for each in elements for fault in _faults_of_element(each)]
    if kind == "input":
        faults += _too_long("input.label", block["label"]["text"]) + _faults_of_element(block["element"])
        faults += _too_long("input.hint", block.get("hint", {}).get("text", "-"))
    return faults


def _faults_of_element(element: dict[str, Any]) -> list[str]:
    faults = _too_long("initial_value", element.get("initial_value", "-"))
    faults += _too_long("placeholder", element.get("placeholder", {}).get("text", "-"))
    if element["type"] == "button":
        faults += _too_long("button.text", element["text"]["text"])
        for name in ("value", "url", "accessibility_label"):
            faults += _too_long(f"button.{name}", element.get(name, "-"))
    options = element.get("options")
    if options is not None:
        most = MOST.get(element["type"], MOST["select"])
        faults += [] if 1 <= len(options) <= most else [f"{len(options)} options in {element['type']}"]
        for option in options:
            faults += _too_long("option.text", option["text"]["text"]) + _too_long("option.value", option["value"])
            faults += _too_long("option.description", option.get("description", {}).get("text", "-"))
    return faults


def _too_long(name: str, words: str) -> list[str]:
    size = len(words.encode("utf-16-le")) // 2
    return [] if 1 <= size <= LONGEST[name] else [f"{name} has {size} characters"]


def _texts(node: Any) -> Iterator[str]:
    """All texts that a reader sees."""
    if isinstance(node, list):
        for child in node:
            yield from _texts(child)
    elif isinstance(node, dict):
        for key, child in node.items():
            if key == "text" and isinstance(child, str):
                yield child
            else:
                yield from _texts(child)
