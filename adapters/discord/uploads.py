"""A message with a file."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import discord
from discord.http import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.discord.connection import Connection

ALT_TEXT = 1024
PICTURES = (".png", ".jpg", ".gif", ".webp")
_GALLERY, _FILE = 12, 13


async def post_file(connection: Connection, channel: str, body: Mapping[str, Any], details: Mapping[str, Any]) -> Any:
    """Post a message body with the file that `details` hold: its `name`, its `content` in base64, its `alt` text.

    Discord shows the file of such a message only where a component names it: a picture as such, others to download.
    """
    name, alt = str(details["name"]), str(details.get("alt", details["name"]))[:ALT_TEXT]
    media = {"url": f"attachment://{name}"}
    shown: dict[str, Any] = {"type": _FILE, "file": media}
    if name.endswith(PICTURES):
        shown = {"type": _GALLERY, "items": [{"media": media, "description": alt}]}
    described = {"id": "0", "filename": name, "description": alt}
    whole = {**body, "components": [*body["components"], shown], "attachments": [described]}
    file = discord.File(io.BytesIO(b64decode(details["content"])), filename=name)
    parts: list[dict[str, Any]] = [
        {"name": "payload_json", "value": json.dumps(whole)},
        {"name": "files[0]", "value": file.fp, "filename": name, "content_type": "application/octet-stream"},
    ]
    route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
    return await connection.http.request(route, form=parts, files=[file])
