"""The calendars that people subscribe to, behind secret addresses: read only, no cookie, nothing logged of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot import subscribing
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App

PATH = "/calendar/{secret:[0-9a-f]{64}}.ics"
_HEADERS = {
    "Cache-Control": "private, max-age=900",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def routes(app: App) -> list[web.RouteDef]:
    """The one route."""

    async def show(request: web.Request) -> web.Response:
        async with app.db.read() as db:
            found = await subscribing.read(db, app.features, request.match_info["secret"], app.wall.now())
        if found is None:
            raise web.HTTPNotFound(text=say("There is no calendar at this address, or it has a new one."))
        headers = {**_HEADERS, "ETag": found.etag}
        if found.etag in (request.headers.get("If-None-Match") or ""):
            return web.Response(status=304, headers=headers)
        return web.Response(text=found.text, content_type="text/calendar", charset="utf-8", headers=headers)

    return [web.get(PATH, show)]
