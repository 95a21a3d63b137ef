"""The clients of Slack's Web API: one for what is posted once, one for what may be asked twice.

Both take `slack.api_url` where it is set (a gateway, or Slack's government cloud).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

if TYPE_CHECKING:
    from slack_sdk.http_retry.async_handler import AsyncRetryHandler

    from bot.settings import SlackSettings

log = logging.getLogger("guildhall.slack")

CONNECT = 5.0  # seconds until a connection stands; a host that never answers must not leave a post in doubt
ANSWER = 20.0  # seconds for a whole call, well under the outbox's own limit of thirty


def retries() -> list[AsyncRetryHandler]:
    """What the library may repeat by itself: a lost connection, a 429 after the time it names, a 500 or 503."""
    return [AsyncConnectionErrorRetryHandler(), AsyncRateLimitErrorRetryHandler(), AsyncServerErrorRetryHandler()]


def posting_client(settings: SlackSettings) -> AsyncWebClient:
    """A client that repeats nothing: the outbox does.

    Each call has a connection of its own, so that one which breaks is known to have broken over this call.
    """
    connector = aiohttp.TCPConnector(force_close=True)
    return _client(settings, aiohttp.ClientSession(connector=connector, timeout=_timeout()), [])


def answering_client(settings: SlackSettings) -> AsyncWebClient:
    """A client for questions, forms and answers, which may be repeated. Its connections stay open: a form has 3 s."""
    return _client(settings, aiohttp.ClientSession(timeout=_timeout()), retries())


def _client(
    settings: SlackSettings, session: aiohttp.ClientSession, handlers: list[AsyncRetryHandler]
) -> AsyncWebClient:
    return AsyncWebClient(
        token=settings.bot_token.get_secret_value(),
        base_url=settings.api_url or AsyncWebClient.BASE_URL,
        session=session,
        retry_handlers=handlers,
        logger=log,
    )


def _timeout() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=ANSWER, sock_connect=CONNECT)


async def close(client: AsyncWebClient) -> None:
    """End a client's connections."""
    if client.session is not None:
        await client.session.close()
