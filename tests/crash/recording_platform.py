"""A chat platform in a process of its own, which remembers what it showed and now and then loses its answer.

`python -m tests.crash.recording_platform SEED` prints "port N", then "asked" and "shown" while it works. It shows a
nonce of Discord once, as Discord does for a while; of Slack as often as it comes. `GET /shown` tells everything.
"""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
from aiohttp import web

from bot import cards
from bot.errors import TryLater
from bot.ports import FateUnknown

if TYPE_CHECKING:
    from bot.ports import Delivery, PlatformName

HONOURS = frozenset({"discord"})

# Of each hundred requests so many …
LOST_BEFORE = 4  # … break off before anything was shown,
LOST_AFTER = 8  # … or after it was shown, with no answer,
BUSY = 6  # … or are answered with "later, please".


class RemotePlatform:
    """The way to the recording platform (`bot.ports.Platform`)."""

    pace = timedelta(0)
    away_since = None

    def __init__(self, name: PlatformName, url: str, session: aiohttp.ClientSession) -> None:
        self.name: PlatformName = name
        self.remembers_nonce = timedelta(days=1 if name in HONOURS else 0)
        self._url = f"{url}/{name}"
        self._session = session

    async def send(self, delivery: Delivery) -> str:
        """Send it and return the platform's id."""
        body = {
            "verb": delivery.verb,
            "address": delivery.address,
            "nonce": delivery.nonce,
            "target": delivery.target,
            "card": cards.dump(delivery.card),
        }
        try:
            async with self._session.post(self._url, json=body) as response:
                answer = await response.json()
        except aiohttp.ClientError as error:
            raise FateUnknown(str(error)) from None
        if response.status == 429:
            raise TryLater("rate limited", timedelta(seconds=answer["retry_after"]))
        return str(answer["remote"])


class Recorder:
    """What the platform was asked and what it showed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._remotes: dict[tuple[str, str], str] = {}
        self.shown: list[dict[str, Any]] = []

    async def post(self, request: web.Request) -> web.Response:
        """Show a message, in one of several moods."""
        print("asked", flush=True)
        body = {"platform": request.match_info["platform"], **(await request.json())}
        mood = self._random.randrange(100)
        if mood < LOST_BEFORE:
            return _hang_up(request)
        if mood < LOST_BEFORE + BUSY:
            return web.json_response({"retry_after": 3}, status=429)
        remote = self._show(body)
        if mood >= 100 - LOST_AFTER:
            return _hang_up(request)
        return web.json_response({"remote": remote})

    def _show(self, body: dict[str, Any]) -> str:
        if body["verb"] == "edit":
            remote = str(body["target"])
        else:
            nonce = (body["platform"], body["nonce"])
            if nonce in self._remotes and body["platform"] in HONOURS:
                return self._remotes[nonce]
            remote = self._remotes[nonce] = f"{body['platform']}-{len(self.shown) + 1}"
        self.shown.append({**body, "remote": remote})
        print("shown", flush=True)
        return remote

    async def tell(self, _request: web.Request) -> web.Response:
        """Everything that was shown, in its order."""
        return web.json_response(self.shown)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


async def main(seed: int) -> None:
    """Serve until the process is ended."""
    recorder = Recorder(seed)
    app = web.Application()
    app.add_routes([web.post("/{platform}", recorder.post), web.get("/shown", recorder.tell)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print("port", runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
