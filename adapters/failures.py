"""Why an address could not be read, as `FetchFailed` with a sentence for people: by status or by broken connection."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import aiohttp

from adapters.addresses import PrivateAddress
from bot.ports import FetchFailed
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_WAIT = timedelta(days=30)  # the most that a Retry-After is believed


def refuse_status(status: int, headers: Mapping[str, str], now: datetime, url: str) -> FetchFailed:
    """The failure that an HTTP status other than a good one, answered by `url`, amounts to."""
    if status == 404:
        return FetchFailed(
            "E-NOTFOUND",
            say("There is nothing at that address (HTTP 404)."),
            advice=say("Check the address, or look for the feed's new one on the site."),
            status=status,
        )
    if status == 410:
        return FetchFailed(
            "E-GONE",
            say("The site says that this feed is gone for good (HTTP 410)."),
            advice=say("Remove it, or look for another feed on the site."),
            status=status,
            gone=True,
        )
    if status in {429, 503}:
        return FetchFailed(
            "E-BUSY",
            say("The site asked me to come back later (HTTP {status}).", status=status),
            advice=say("Nothing to do: I'll wait as long as it asked."),
            status=status,
            retry_after=read_retry_after(headers, now),
            url=url,
        )
    if 400 <= status < 500:
        return FetchFailed(
            "E-FORBIDDEN",
            say("The site doesn't let me read that address (HTTP {status}).", status=status),
            advice=say("Check that it opens without logging in, or ask the site's owner to let feed readers in."),
            status=status,
        )
    return FetchFailed(
        "E-SERVER",
        say("The site answered with an error of its own (HTTP {status}).", status=status),
        advice=say("Try again in a while. If it stays so, tell the site's owner."),
        status=status,
        retry_after=read_retry_after(headers, now),
        url=url,
    )


def read_retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a Retry-After asks to wait, given in seconds or as a date, at most 30 days; None without one.

    A date is counted from the server's own Date, so that a wrong clock on either side does no harm, else from `now`.
    """
    asked = headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return min(timedelta(seconds=min(int(asked[:9]), 10**8)), _LONGEST_WAIT)
    until = _read_http_date(asked)
    if until is None:
        return None
    date = _read_http_date(headers.get("Date", "")) or now
    return min(max(until - date, timedelta(0)), _LONGEST_WAIT)


def explain(error: Exception, host: str, seconds: float) -> FetchFailed:
    """The failure that an exception on the way to `host`, with `seconds` allowed, amounts to."""
    if isinstance(error, TimeoutError):
        return FetchFailed(
            "E-TIMEOUT",
            say("That address took longer than {seconds:g} seconds to answer.", seconds=seconds),
            advice=say("Try again in a while. If it stays slow, tell the site's owner."),
        )
    if PrivateAddress.MESSAGE in str(error):
        return FetchFailed(
            "E-FEEDPRIVATE",
            say("That address leads to a private network, so I won't open it."),
            advice=say("If it is your own, the operator can name its host in feeds.allow_hosts."),
        )
    if isinstance(error, aiohttp.InvalidURL):
        return bad_address(say("{host} is not the name of a server.", host=host))
    if isinstance(error, aiohttp.ClientSSLError):
        return FetchFailed(
            "E-TLS",
            say("I couldn't make a secure connection to {host}: its certificate isn't in order.", host=host),
            advice=say("Tell the site's owner, or try again in a while."),
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        sentence = say("I couldn't find a server named {host}.", host=host)
    elif isinstance(error, aiohttp.ClientConnectorError):
        sentence = say("I couldn't connect to {host}.", host=host)
    elif isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        sentence = say("{host} broke off before its answer was complete.", host=host)
    else:
        sentence = say("{host} answered in a way that I don't understand.", host=host)
    return FetchFailed("E-CONNECT", sentence, advice=say("Check the address. If it is right, try again in a while."))


def bad_packing() -> FetchFailed:
    """The failure of a body that cannot be decompressed."""
    return FetchFailed(
        "E-FEEDBAD",
        say("The server said its answer was compressed, but it could not be unpacked."),
        advice=say("Try again in a while. If it stays so, tell the site's owner."),
    )


def too_large(most_bytes: int) -> FetchFailed:
    """The failure of a body of more than `most_bytes`."""
    return FetchFailed(
        "E-FEEDSIZE",
        say("That feed is larger than {size:g} MB, so I stopped reading it.", size=most_bytes / 1e6),
        advice=say("Use a smaller feed, or ask the operator to raise the limit."),
    )


def bad_address(sentence: str) -> FetchFailed:
    """The failure of an address that is not one a feed can have."""
    return FetchFailed(
        "E-ADDRESS", sentence, advice=say("Give a full web address, such as https://example.com/feed.xml.")
    )


def bad_redirect(sentence: str) -> FetchFailed:
    """The failure of an address that leads from one to the next and nowhere."""
    return FetchFailed("E-REDIRECT", sentence, advice=say("Open it in a browser and use the address it ends at."))


def _read_http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
