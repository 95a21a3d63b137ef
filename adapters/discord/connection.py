"""The line to Discord: discord.py's client with the least that we need, and whether it is up at the moment.

Nothing privileged is asked for: the bot sees servers, channels and roles, and what people say to it by commands,
buttons and forms. It reads no messages and keeps no members.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.ports import WallClock
    from bot.settings import DiscordSettings

OWN_ADDRESS = Route.BASE
LONGEST_PAUSE = 5.0  # seconds that a rate limit is slept through; after a longer one the outbox tries again
RETRY = 15.0  # seconds between attempts to log in while Discord cannot be reached
WRONG_TOKEN = 4004  # the gateway's code

log = logging.getLogger("guildhall.discord")


class Connection(discord.Client):
    """discord.py's client. `answer` takes each interaction, `prepare` is awaited once, between login and gateway."""

    def __init__(self, settings: DiscordSettings, clock: WallClock) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.http.max_ratelimit_timeout = LONGEST_PAUSE  # its own parameter allows no less than 30 s
        self.settings = settings
        self.away_since: datetime | None = clock.now()
        self.answer: Callable[[discord.Interaction], Awaitable[None]] | None = None
        self.prepare: Callable[[], Awaitable[None]] | None = None
        self._clock = clock

    @property
    def is_up(self) -> bool:
        """Whether Discord hears us now."""
        return self.away_since is None

    async def run_until_closed(self) -> None:
        """Log in and stay connected. Raises `UserError` (E-TOKEN) when Discord does not accept the token."""
        await self._log_in()
        if self.settings.api_url and not self.is_closed():
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await self.ask("GET", "/gateway"))["url"])
        try:
            await self.connect(reconnect=True)
        except discord.ConnectionClosed as closed:
            if closed.code == WRONG_TOKEN:
                raise _wrong_token() from closed
            raise

    async def log_in_once(self) -> None:
        """Say who we are. Raises `UserError` (E-TOKEN), and discord.py's and aiohttp's errors as they are."""
        Route.BASE = self.settings.api_url or OWN_ADDRESS
        try:
            await self.login(self.settings.token.get_secret_value())
        except discord.LoginFailure as refusal:
            await self.close()
            raise _wrong_token() from refusal

    async def _log_in(self) -> None:
        while not self.is_closed():
            try:
                await self.log_in_once()
            except (OSError, aiohttp.ClientError, discord.HTTPException) as away:
                log.warning("Discord can't be reached, the next try is in %d s: %s", RETRY, away)
                await self.http.close()
                self.http.connector = discord.utils.MISSING  # it was closed with the session
                await asyncio.sleep(RETRY)
            else:
                return

    async def ask(self, method: str, path: str, body: Any = None, **places: Any) -> Any:
        """One request through discord.py's HTTP client, its rate limits and retries. Returns the decoded answer.

        `places` fill the path; `body` is sent as JSON, byte for byte what was drawn.
        """
        given = {} if body is None else {"json": body}
        return await self.http.request(Route(method, path, **places), **given)

    # --- discord.py's events -----------------------------------------------------------------------------------------

    async def setup_hook(self) -> None:
        """After the login, before the gateway."""
        if self.prepare:
            await self.prepare()

    async def on_ready(self) -> None:
        """A new session has begun."""
        self.away_since = None
        log.info("connected to Discord as %s, on %d servers", self.user, len(self.guilds))

    async def on_resumed(self) -> None:
        """A session goes on where it broke off."""
        self.away_since = None
        log.info("connected to Discord again")

    async def on_disconnect(self) -> None:
        """The gateway is gone; discord.py reconnects by itself."""
        if self.is_up and not self.is_closed():
            self.away_since = self._clock.now()
            log.warning("Discord is not reachable; everything is queued")

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, pressed, chose or sent a form."""
        if self.answer:
            await self.answer(interaction)


def _wrong_token() -> UserError:
    return UserError(
        "E-TOKEN",
        say("Discord doesn't accept the bot's token."),
        why=say("It was mistyped, or reset since."),
        advice=say("Copy it anew from the Bot page at discord.com/developers into GUILDHALL__DISCORD__TOKEN."),
    )
