"""Fifty servers of feeds on one port of this machine, each with its own way of making a reader misbehave.

A server is a function of the request to its host and of the wall clock. What each asked and answered is kept as lines
of the log that `tests.politeness` reads.
"""

from __future__ import annotations

import gzip
import itertools
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from aiohttp import abc, web

from tests.samples import BAKER, EVALS, RAG, rss

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.ports import WallClock

    Server = Callable[["Visit"], web.Response]

DAY = timedelta(days=1)
LONG = {"Cache-Control": "max-age=172800"}
START = datetime(2026, 11, 18, 6, tzinfo=UTC)


class Visit:
    """One request to a server: what is asked, when, and how often this address was asked before."""

    def __init__(self, request: web.Request, now: datetime, before: int) -> None:
        self.ask = request.headers
        self.path = request.path
        self.now = now
        self.before = before
        self.port = request.url.port
        self.request = request

    @property
    def day(self) -> int:
        return (self.now - START) // DAY

    def feed(self, ttl: int = 0) -> bytes:
        """The day's feed."""
        body = rss(RAG, EVALS, BAKER, at=START + self.day * DAY, title=f"Board of {self.request.host}")
        return body.replace(b"</description><item>", b"</description><ttl>%d</ttl><item>" % ttl, 1) if ttl else body

    def to(self, host: str, path: str = "/feed") -> str:
        return f"http://{host}:{self.port}{path}"


def say(body: bytes, status: Any = 200, kind: Any = "application/rss+xml", **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(status=status, body=body, headers={"Content-Type": kind, **named})


def http_date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


# --- validators ------------------------------------------------------------------------------------------------------


def validated(etag: str = "", modified: str = "", **headers: str) -> Server:
    """Gives validators with a number of the day in them and believes only the very bytes."""

    def serve(visit: Visit) -> web.Response:
        given = {"ETag": etag.format(visit.day)} if etag else {}
        given |= {"Last-Modified": modified.format(10 + visit.day % 20)} if modified else {}
        asked = (visit.ask.get("If-None-Match", ""), visit.ask.get("If-Modified-Since", ""))
        if asked == (given.get("ETag", ""), given.get("Last-Modified", "")):
            return say(b"", 304, **given, **headers)
        return say(visit.feed(), **given, **headers)

    return serve


def bad_in_between(bad: Callable[[Visit], web.Response], **headers: str) -> Server:
    """Every third answer is bad, and has validators of its own."""

    def serve(visit: Visit) -> web.Response:
        if visit.before % 3 == 2:
            answer = bad(visit)
            answer.headers.update({"ETag": f'"bad-{visit.before}"', "Last-Modified": http_date(visit.now)})
            return answer
        return say(visit.feed(), ETag=f'"good-{visit.day}"', **headers)

    return serve


def always_unchanged(visit: Visit) -> web.Response:
    return say(b"", 304, **LONG) if visit.before else say(visit.feed(), ETag='"1"', **LONG)


def new_tag_each_time(visit: Visit) -> web.Response:
    return say(visit.feed(), ETag=f'"{visit.before}"', **LONG)


def unchanged_unasked(visit: Visit) -> web.Response:
    return say(b"", 304) if visit.before % 2 else say(visit.feed(), **LONG)


# --- freshness -------------------------------------------------------------------------------------------------------


def fresh(**headers: str) -> Server:
    return lambda visit: say(visit.feed(), **headers)


def expires(skew: timedelta = timedelta(0)) -> Server:
    """Fresh for a day by a clock of its own."""

    def serve(visit: Visit) -> web.Response:
        own = visit.now + skew
        return say(visit.feed(), Date=http_date(own), Expires=http_date(own + DAY))

    return serve


def ttl_alone(visit: Visit) -> web.Response:
    tag = f'"{visit.day}"'
    if visit.ask.get("If-None-Match") == tag:
        return say(b"", 304)
    return say(visit.feed(ttl=600), ETag=tag)


# --- refusals --------------------------------------------------------------------------------------------------------


def refuses(
    status: int, until_day: int = 99, every: int = 1, wait: Callable[[Visit], dict[str, str]] | None = None
) -> Server:
    """After the first answer refuses (each `every`-th time) until a day."""

    def serve(visit: Visit) -> web.Response:
        if visit.before and visit.day < until_day and visit.before % every == 0:
            return say(b"no", status, "text/plain", **(wait(visit) if wait else {}))
        return say(visit.feed(), **LONG)

    return serve


def wait_seconds(visit: Visit) -> dict[str, str]:
    return {"Retry-After": "20000"}


def wait_date(visit: Visit) -> dict[str, str]:
    own = visit.now - 400 * DAY  # its clock is slow
    return {"Date": http_date(own), "Retry-After": http_date(own + DAY / 3)}


def breaks_off(visit: Visit) -> web.Response:
    if visit.before and visit.request.transport:
        visit.request.transport.close()
    return say(visit.feed(), **LONG)


# --- redirects -------------------------------------------------------------------------------------------------------


def redirects(status: int, host: str, until_day: int = 99, flip: str = "", path: str = "/feed") -> Server:
    def serve(visit: Visit) -> web.Response:
        if visit.day >= until_day:
            return say(visit.feed(), **LONG)
        target = flip if flip and visit.before % 2 else host
        return say(b"", status, Location=visit.to(target, path))

    return serve


def goes_away(visit: Visit) -> web.Response:
    return say(b"", 410) if visit.day >= 5 else say(visit.feed(), **LONG)


def has_a_page(visit: Visit) -> web.Response:
    if visit.path == "/":
        link = b'<link rel="alternate" type="application/rss+xml" href="/feed" title="Jobs">'
        return say(b"<!doctype html><html><head>" + link + b"</head></html>", kind="text/html")
    return say(visit.feed(), **LONG)


# --- what else comes over a wire -------------------------------------------------------------------------------------

PAGE = b"<!doctype html><html><body>Down for maintenance</body></html>"

SERVERS: dict[str, Server] = {
    "odd-tag.example": validated('W/"a b;{0}c"', **LONG),
    "odd-date.example": validated(modified="wed, {0} nov 2026 08:00:00 gmt", **LONG),
    "both.example": validated('"x{0}"', "Wed, {0} Nov 2026 08:00:00 GMT", **LONG),
    "bare-tag.example": validated("bare-{0}", **LONG),
    "none.example": fresh(),
    "always-304.example": always_unchanged,
    "new-tag.example": new_tag_each_time,
    "unasked-304.example": unchanged_unasked,
    "page-between.example": bad_in_between(lambda visit: say(PAGE, kind="text/html"), **LONG),
    "empty-between.example": bad_in_between(lambda visit: say(b""), **LONG),
    "bomb-between.example": bad_in_between(lambda visit: say(b"<rss>" + b"<a>" * 9_000), **LONG),
    "two-days.example": fresh(**LONG),
    "aged.example": fresh(Cache_Control="public, max-age=200000", Age="100000"),
    "older-than-fresh.example": fresh(
        Cache_Control="max-age=20000", Age="9000", Expires="Thu, 01 Jan 2099 00:00:00 GMT"
    ),
    "expires.example": expires(),
    "expires-fast-clock.example": expires(900 * DAY),
    "expires-slow-clock.example": expires(-900 * DAY),
    "expires-zero.example": fresh(Expires="0", Cache_Control="s-maxage=9, max-age=40000"),
    "forever.example": fresh(Cache_Control="max-age=315360000, immutable"),
    "ttl.example": ttl_alone,
    "429-seconds.example": refuses(429, every=2, wait=wait_seconds),
    "503-date.example": refuses(503, every=2, wait=wait_date),
    "429-bare.example": refuses(429, until_day=12),
    "503-garbage.example": refuses(503, until_day=12, wait=lambda visit: {"Retry-After": "soon"}),
    "429-zero.example": refuses(429, every=3, wait=lambda visit: {"Retry-After": "0"}),
    "500.example": refuses(500),
    "500-then-well.example": refuses(502, until_day=9),
    "404-then-back.example": refuses(404, until_day=6),
    "403-each-fourth.example": refuses(403, every=4),
    "204.example": refuses(204, every=2),
    "breaks-off.example": breaks_off,
    "301.example": redirects(301, "new-home.example"),
    "308.example": redirects(308, "other-home.example"),
    "301-for-a-day.example": redirects(301, "new-home.example", until_day=1, path="/again"),
    "301-flips.example": redirects(301, "new-home.example", flip="other-home.example", path="/flips"),
    "301-to-another.example": redirects(301, "two-days.example"),
    "302.example": redirects(302, "new-home.example", path="/for-a-while"),
    "307.example": redirects(307, "other-home.example", path="/for-a-while"),
    "302-to-busy.example": redirects(302, "429-seconds.example", path="/shared"),
    "307-to-busy.example": redirects(307, "429-seconds.example", path="/shared-too"),
    "circle.example": lambda visit: (
        say(b"", 302, Location=visit.to("circle.example")) if visit.before else say(visit.feed())
    ),
    "to-private.example": lambda visit: (
        say(b"", 301, Location="http://10.0.0.1/feed") if visit.before else say(visit.feed())
    ),
    "new-home.example": fresh(**LONG),
    "other-home.example": fresh(**LONG),
    "gone.example": goes_away,
    "cookies.example": fresh(Set_Cookie="sid=1; Path=/", **LONG),
    "packed.example": lambda visit: say(gzip.compress(visit.feed()), Content_Encoding="gzip", **LONG),
    "badly-packed.example": bad_in_between(lambda visit: say(b"not gzip", Content_Encoding="gzip"), **LONG),
    "huge.example": bad_in_between(lambda visit: say(b"x" * 300_000), **LONG),
    "many-feeds.example": fresh(**LONG),
    "page.example": has_a_page,
    "remotive.com": fresh(),  # asks for at most four fetches a day
}
PATHS = {
    "many-feeds.example": [f"/feed{n}" for n in range(6)],
    "429-seconds.example": ["/feed", "/feed2", "/feed3"],
    "page.example": ["/"],
    "remotive.com": ["/feed", "/feed/ai"],
    "new-home.example": [],
    "other-home.example": [],
}


class Street(abc.AbstractResolver):
    """All servers at one port of this machine, the resolver that finds them, and the log of what they saw."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._before: dict[str, itertools.count[int]] = {}
        self.lines: list[dict[str, Any]] = []
        self.port = 0

    @property
    def addresses(self) -> list[str]:
        """What people add: feeds, and a page."""
        return [f"http://{host}:{self.port}{path}" for host in SERVERS for path in PATHS.get(host, ["/feed"])]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Serve at a free port."""
        site = web.Application()
        site.router.add_route("*", "/{path:.*}", self.handle)
        runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        yield
        await runner.cleanup()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[abc.ResolveResult]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is held."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        url = f"http://{request.host}{request.path}"
        visit = Visit(request, self._clock.now(), next(self._before.setdefault(url, itertools.count())))
        answer = SERVERS[request.url.host or ""](visit)
        answer.headers.setdefault("Date", http_date(visit.now))
        body = bytes(answer.body or b"") if isinstance(answer.body, bytes) else b""
        cut = request.transport is None or request.transport.is_closing()
        good = not cut and answer.status == 200 and (b"</rss>" in body or body[:2] == b"\x1f\x8b")
        self.lines.append(
            {
                "at": visit.now.isoformat(),
                "url": url,
                "status": 0 if cut else answer.status,
                "ask": dict(request.headers),
                "answer": dict(answer.headers),
                "good": good,
                "ttl": 600 if b"<ttl>600</ttl>" in body else 0,
            }
        )
        return answer
