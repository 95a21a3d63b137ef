"""What the console lets in and how its answers are armoured.

It listens on loopback, but any page in the same browser can send requests there, and a foreign name can be made to
resolve to it. So: the Host header must name us, requests from other sites are refused, and whatever changes
something carries a token that only our own pages know. The token is a keyed hash of the session cookie: nothing is
stored, and pages opened before a restart still work after it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING

from aiohttp import web

from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiohttp.typedefs import Handler, Middleware

COOKIE = "guildhall"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_SESSION = re.compile(r"[\w-]{43}")  # 256 bits, as `secrets.token_urlsafe(32)` writes them
_HOST = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?")
_READING = frozenset({"GET", "HEAD"})
_SESSION_KEY = web.RequestKey("session", str)


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Armour every answer, whichever way it came about (a signal for `on_response_prepare`)."""
    response.headers.update(HEADERS)


def check_host(allowed: Collection[str]) -> Middleware:
    """Refuse a Host header that is not ours.

    Ours is a loopback name with the port that the connection came in by, or one of `allowed`: "name:port", or "name"
    for any port.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_ours(request, allowed):
            raise web.HTTPMisdirectedRequest(
                text=say("This console answers only to its own address, such as http://127.0.0.1 with its port.")
            )
        return await handler(request)

    return middleware


def _is_ours(request: web.Request, allowed: Collection[str]) -> bool:
    match = _HOST.fullmatch(request.headers.get("Host", ""))
    if not match:
        return False
    name, port = match[1].lower(), match[2] or "80"
    if name in allowed or f"{name}:{port}" in allowed:
        return True
    socket = request.transport.get_extra_info("sockname") if request.transport else None
    return name in LOOPBACK and socket is not None and port == str(socket[1])


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what other sites send, and changes without the session's token."""
    session = request.cookies.get(COOKIE, "")
    known = bool(_SESSION.fullmatch(session))
    request[_SESSION_KEY] = session if known else secrets.token_urlsafe(32)
    if request.method not in _READING:
        _check_sender(request)
        given = (await request.post()).get("csrf", "")
        if not known or not isinstance(given, str) or not hmac.compare_digest(given.encode(), token(request).encode()):
            raise web.HTTPForbidden(
                text=say("This page is from another visit, so its buttons are locked. Open the console again.")
            )
    response = await handler(request)
    if not known and not response.prepared:
        response.set_cookie(COOKIE, request[_SESSION_KEY], httponly=True, samesite="Strict", path="/")
    return response


def _check_sender(request: web.Request) -> None:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    ours = [None, f"{request.scheme}://{request.headers.get('Host', '')}"]
    if site == "same-origin":
        ours.append("null")  # what browsers say in a form of a page that sends no referrer
    if site not in (None, "same-origin", "none") or origin not in ours:
        raise web.HTTPForbidden(text=say("That request came from another site, so nothing was done."))


def token(request: web.Request) -> str:
    """The token that forms of this session carry."""
    return hmac.new(request[_SESSION_KEY].encode(), b"guildhall console form", hashlib.sha256).hexdigest()
