"""The outside, as the core sees it: narrow protocols that `cli` fills with real parts and tests with fakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from bot.cards import Card

PlatformName = Literal["discord", "slack"]
PLATFORM_NAMES: Final[Mapping[PlatformName, str]] = {"discord": "Discord", "slack": "Slack"}


class WallClock(Protocol):
    """Dates and `due`: what people live by. Time-lapse and tests move it."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class MachineClock(Protocol):
    """Leases, time-outs, sessions and one-time codes: never moved, never jumps."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class Ids(Protocol):
    """Where new row ids and tokens come from."""

    def new(self) -> int:
        """A fresh positive 63-bit row id, larger than those made before in this process."""
        ...

    def token(self) -> str:
        """A fresh unguessable token of 16 URL-safe characters."""
        ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer to a GET. `body` is decompressed, and empty when `status` is 304."""

    status: int  # 200 or 304; everything else is raised
    url: str  # the address that answered, after redirects
    moved_for_good: bool  # every hop on the way was a 301 or 308
    headers: Mapping[str, str]  # names in lower case
    body: bytes


class FetchFailed(Exception):
    """An address could not be read. `code` is an error code of the catalogue; `sentence` says why, `advice` what to do.

    `status` is the HTTP status if there was one, `retry_after` what the server asked for, `gone` that it is final,
    `url` the address that said so, which after redirects is another.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        advice: str = "",
        status: int | None = None,
        retry_after: timedelta | None = None,
        gone: bool = False,
        url: str = "",
    ) -> None:
        self.code = code
        self.sentence = sentence
        self.advice = advice
        self.status = status
        self.retry_after = retry_after
        self.gone = gone
        self.url = url
        super().__init__(sentence)


class Fetcher(Protocol):
    """The polite, safe reader of addresses."""

    async def get(self, url: str, *, etag: str = "", modified: str = "", given_by: str = "") -> Fetched:
        """Fetch `url`. Raises `FetchFailed`.

        The validators are sent byte for byte, to the address that they were `given_by` (left out: to `url`) and to no
        other on the way there.
        """
        ...


class WorkerFailed(Exception):
    """A job given to a worker process ended without an answer: it took too long, grew too large, or died."""


class Workers(Protocol):
    """Processes for work that would hold up the event loop."""

    async def run(self, function: str, /, *args: Any, timeout: float = 30.0) -> Any:
        """Call `function` ("package.module:name") with picklable `args` in a worker and return its result.

        Exceptions of the function come back as they are. Raises `WorkerFailed` after `timeout` seconds or on a death.
        """
        ...


Verb = Literal["post", "edit", "direct", "thread", "file", "event"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing for a platform to do, in one space."""

    verb: Verb
    space: str  # the platform's own id of the workspace or server
    address: str  # channel id, or user id when the verb is "direct"
    card: Card
    nonce: str  # the same for each try of the same message, at most 25 characters
    target: str = ""  # the message or event to change, or the message to open a thread at
    details: Mapping[str, Any] | None = (
        None  # what a file (name, content) or event (start, end, place, cancelled) needs besides
    )
    direct: bool = False  # whether the address is a person, whatever the verb


class Refused(Exception):
    """The platform said no, for good: no such channel, no permission, direct messages closed."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


class FateUnknown(Exception):
    """The platform may or may not have done it: the connection broke before an answer came."""


class Platform(Protocol):
    """A chat platform that can be written to."""

    name: PlatformName
    remembers_nonce: timedelta  # how long a repeated nonce is recognised and dropped; zero where it is not
    pace: timedelta  # between two messages to the same channel or person

    @property
    def away_since(self) -> datetime | None:
        """Since when (wall clock) the platform cannot be reached; None while it can, as far as is known."""
        ...

    async def send(self, delivery: Delivery) -> str:
        """Do it and return the platform's id of what was made. Raises `TryLater`, `Refused` or `FateUnknown`."""
        ...
