"""The polite, safe fetcher of feeds: one GET at a time, honest about who asks, deaf to private networks."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from adapters.addresses import AllowedHosts, open_public_socket
from adapters.failures import bad_address, bad_packing, bad_redirect, explain, refuse_status, too_large
from adapters.unpack import BadPacking, Unpacker
from bot.ports import Fetched
from bot.when import SystemClock
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from aiohttp.abc import AbstractResolver

    from bot.ports import WallClock

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.5, */*;q=0.1"
)
_MOST_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_FOR_GOOD = {301, 308}
_CONNECTIONS_PER_HOST = 2
_CHUNK = 64 * 1024  # bytes


class HttpFetcher:
    """Reads addresses over HTTP (`bot.ports.Fetcher`). `async with` it, or `open` and `close` it.

    `contact` is an e-mail address or URL for the User-Agent; `timeout_seconds` bounds a whole fetch, redirects
    included; `max_bytes` bounds a body after decompression; `allow_hosts` as in `AllowedHosts`; by `clock` a
    Retry-After is read that is a date; `resolver` finds the addresses of names, the system's where it is left out.
    """

    def __init__(
        self,
        *,
        name: str,
        version: str,
        contact: str = "",
        timeout_seconds: float = 20,
        max_bytes: int = 15_000_000,
        allow_hosts: Iterable[str] = (),
        clock: WallClock | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        agent = f"{name}/{version} (+{contact})" if contact else f"{name}/{version}"
        self._headers = {"User-Agent": agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip, deflate"}
        self._timeout = timeout_seconds
        self._max_bytes = max_bytes
        self._allowed = AllowedHosts(allow_hosts)
        self._clock = clock or SystemClock()
        self._resolver = resolver
        self._public: aiohttp.ClientSession | None = None
        self._private: aiohttp.ClientSession | None = None
        self._turns: weakref.WeakValueDictionary[str, asyncio.Semaphore] = weakref.WeakValueDictionary()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Make ready, in the running event loop."""
        # two sessions, because the guard sees addresses, not the names they were asked for by
        self._public = self._open_session(socket_factory=open_public_socket)
        self._private = self._open_session()

    async def close(self) -> None:
        """Close every connection."""
        for session in (self._public, self._private):
            if session is not None:
                await session.close()
        self._public = self._private = None

    async def get(self, url: str, *, etag: str = "", modified: str = "", given_by: str = "") -> Fetched:
        """Fetch `url`. Raises `FetchFailed`.

        The validators are sent byte for byte, to the address that they were `given_by` (left out: to `url`) and to no
        other on the way there.
        """
        address, seen, for_good, left = _read_address(url), set[URL](), True, self._timeout
        known = given_by or str(address)
        validators = {
            name: value
            for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified))
            if value and value.isascii() and value.isprintable()  # what cannot be sent as it came is not sent at all
        }
        while True:
            seen.add(address)
            async with self._turn(address.host or ""):  # waiting for a turn is not counted
                began = asyncio.get_running_loop().time()
                answer = await self._ask(address, validators if str(address) == known else {}, left)
                left -= asyncio.get_running_loop().time() - began
            if answer.status not in _REDIRECTS:
                return Fetched(
                    answer.status, str(address), for_good and len(seen) > 1, headers=answer.headers, body=answer.body
                )
            for_good = for_good and answer.status in _FOR_GOOD
            address = _read_location(address, answer.headers.get("location", ""))
            if address in seen:
                raise bad_redirect(say("That address sends me round in a circle."))
            if len(seen) > _MOST_REDIRECTS:
                raise bad_redirect(say("That address sends me on more than {most} times.", most=_MOST_REDIRECTS))

    def _open_session(self, **guard: Any) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit_per_host=_CONNECTIONS_PER_HOST,
            resolver=self._resolver,
            force_close=True,  # an hour lies between two polls
            **guard,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            middlewares=(_ask_once,),
            auto_decompress=False,  # unpacked in bounded steps below, so that a small bomb cannot grow large in one
        )

    def _turn(self, host: str) -> asyncio.Semaphore:
        turn = self._turns.get(host)
        if turn is None:
            turn = self._turns[host] = asyncio.Semaphore(_CONNECTIONS_PER_HOST)
        return turn

    async def _ask(self, address: URL, validators: dict[str, str], seconds: float) -> Fetched:
        """One request, whose answer may be a redirect; only a good answer has a body."""
        session = self._private if (address.host or "", address.port or 0) in self._allowed else self._public
        if session is None:
            raise RuntimeError("HttpFetcher.get was called before open")
        timeout = aiohttp.ClientTimeout(total=max(seconds, 0.001))
        try:
            async with session.get(address, headers=validators, allow_redirects=False, timeout=timeout) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                if response.status in _REDIRECTS or (response.status == 304 and validators):
                    return Fetched(response.status, str(address), moved_for_good=False, headers=headers, body=b"")
                if response.status not in {200, 203}:
                    raise refuse_status(response.status, response.headers, self._clock.now(), str(address))
                body = await self._read_body(response)
                return Fetched(200, str(address), moved_for_good=False, headers=headers, body=body)
        except BadPacking:
            raise bad_packing() from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # a ValueError: a name that no server can have
            raise explain(error, address.host or "", self._timeout) from error

    async def _read_body(self, response: aiohttp.ClientResponse) -> bytes:
        unpacker = Unpacker(response.headers.get("Content-Encoding", ""))
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += unpacker.feed(chunk, room=self._max_bytes + 1 - len(body))
            if len(body) > self._max_bytes:
                response.close()
                raise too_large(self._max_bytes)
        unpacker.finish()
        return bytes(body)


async def _ask_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Tell aiohttp of a connection that broke off in a way in which it does not ask again at once."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise aiohttp.ClientPayloadError(str(error)) from error


def _read_address(url: str) -> URL:
    url = url.strip()
    try:
        address = URL(url, encoded=url.isascii() and url.isprintable() and " " not in url).with_fragment(None)
        whole = bool(address.scheme in {"http", "https"} and address.host and address.port)
    except ValueError:
        whole, address = False, URL()
    if not whole:
        raise bad_address(say("That is not a web address that I can open."))
    if address.user is not None or address.password is not None:
        raise bad_address(say("That address holds a user name or password, so I won't use it."))
    return address


def _read_location(address: URL, location: str) -> URL:
    if not location.strip():
        raise bad_redirect(say("That address sends me on without saying where to."))
    written = location.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return _read_address(urljoin(str(address), written.strip()))
    except ValueError:
        raise bad_redirect(say("That address sends me on to something that is not an address.")) from None
