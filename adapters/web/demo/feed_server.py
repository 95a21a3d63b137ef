"""Serves the sample feeds on the loopback interface, as far as the demo's wall clock has come."""

from __future__ import annotations

import hashlib
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from aiohttp import web

from adapters.web.demo import formats, samples
from bot.when import in_utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.web.demo.samples import SampleFeed
    from bot.ports import WallClock

RETIRED = "retired-board/jobs.rss"
"""A path that answers 404, for a feed that fails."""


class FeedServer:
    """A small web site of boards: each feed with ETag and Last-Modified, a page that links them all at `/`.

    Postings appear as `clock` passes their date, counted from `start` (an aware instant). `more` boards stand beside
    those that are always there.
    """

    def __init__(self, clock: WallClock, start: datetime, *more: SampleFeed) -> None:
        self._clock = clock
        self._feeds = (*samples.feeds(), *more)
        self._start = in_utc(start).replace(microsecond=0)
        self._runner: web.AppRunner | None = None

    def feeds(self) -> list[SampleFeed]:
        """The feeds that are served; their `path` is relative to the base address."""
        return list(self._feeds)

    async def start(self) -> str:
        """Begin to listen on a free port of 127.0.0.1; return the base address, which ends with a slash."""
        app = web.Application()
        app.router.add_get("/", partial(self._page, feeds=self._feeds))
        for feed in self._feeds:
            app.router.add_get(f"/{feed.path}", partial(self._feed, feed=feed))
            if feed.page:
                app.router.add_get(f"/{feed.page}", partial(self._page, feeds=(feed,)))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/"

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _feed(self, request: web.Request, *, feed: SampleFeed) -> web.Response:
        entries = feed.out(self._start, self._clock.now())
        body = formats.write(feed, entries, self._start)
        etag = hashlib.sha256(body).hexdigest()[:20]
        modified = max((self._start + entry.at for entry in entries), default=self._start)
        if _is_known(request, etag, modified):
            response = web.Response(status=304)
        else:
            response = web.Response(body=body, headers={"Content-Type": formats.CONTENT_TYPES[feed.format]})
        response.etag = etag
        response.last_modified = modified
        return response

    async def _page(self, _request: web.Request, *, feeds: Sequence[SampleFeed]) -> web.Response:
        title = feeds[0].title if len(feeds) == 1 else "Boards of the demo"
        links = "".join(
            f'<link rel="alternate" type="{formats.CONTENT_TYPES[feed.format].partition(";")[0]}"'
            f' title="{escape(feed.title)}" href="/{feed.path}">\n'
            for feed in feeds
        )
        items = "".join(f'<li><a href="{feed.home}">{escape(feed.title)}</a></li>\n' for feed in feeds)
        page = (
            f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n{links}'
            f"</head><body><h1>{escape(title)}</h1>\n<ul>\n{items}</ul></body></html>\n"
        )
        return web.Response(text=page, content_type="text/html")


def _is_known(request: web.Request, etag: str, modified: datetime) -> bool:
    """Whether the client has this version; If-None-Match goes before If-Modified-Since (RFC 9110, 13.1.3)."""
    if request.if_none_match is not None:
        return any(known.value in (etag, "*") for known in request.if_none_match)
    return request.if_modified_since is not None and modified <= request.if_modified_since
