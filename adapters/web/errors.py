"""What goes wrong in the console becomes a page that says so, never a traceback."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiohttp import web

from bot.words import say

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from adapters.web.pages import Pages
    from bot.ports import Ids

log = logging.getLogger("guildhall.console")

_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address takes another kind of request.",
    413: "That is more than the console takes at once (64 KiB).",
}


def show_errors(pages: Pages, ids: Ids) -> Middleware:
    """The outermost middleware: draws an error as a page; a bug gets a code, under which the log has the rest."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            status, sentence = error.status, _sentence(error)
        except Exception:
            # A deliberate fence around every handler.
            code = ids.token()[:4].upper()
            log.exception("E-UNKNOWN %s: %s %s failed", code, request.method, request.path)
            status, sentence = 500, say("That failed on my side, and I've written it down as {code}.", code=code)
        text = pages.render("error.html", status=status, reason=sentence)
        return web.Response(status=status, text=text, content_type="text/html")

    return middleware


def _sentence(error: web.HTTPException) -> str:
    """Our own sentence where we raised it; aiohttp's texts are none."""
    text = error.text or ""
    if error.status != 413 and text and not text.startswith(str(error.status)):
        return text
    return say(_SENTENCES.get(error.status, "That request makes no sense here."))
