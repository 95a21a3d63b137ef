"""Slack as a chat platform that can be written to: what the outbox sends through.

A message's remote id is "channel/ts", a file's is Slack's file id. An address that names a person, or the people of a
thread, is a conversation first.
"""

from __future__ import annotations

from base64 import b64decode
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.slack import connection
from adapters.slack.failures import Unreachable, translated
from adapters.slack.render import comment, message
from bot.errors import TryLater
from bot.ports import Refused
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.ports import Delivery, PlatformName, WallClock
    from bot.settings import SlackSettings

PACE = timedelta(seconds=1)  # Slack's limit for chat.postMessage: about one a second in a channel
EVENT_TYPE = "guildhall_message"  # of our metadata
LOOKED_BACK = timedelta(minutes=10)  # how long a doubtful message is looked for
MESSAGES = 200  # of a channel's newest, the most that conversations.history should be asked for


class SlackPlatform:
    """Slack, through one workspace's bot token. Make it where an event loop runs; `close` it at the end.

    Slack has no idempotency key. With `slack.confirm_sends` each message is first looked for by its nonce in our
    metadata, which makes a repetition as harmless as one is elsewhere.
    """

    name: PlatformName = "slack"
    pace = PACE

    def __init__(self, settings: SlackSettings, clock: WallClock) -> None:
        self.remembers_nonce = LOOKED_BACK if settings.confirm_sends else timedelta(0)
        self.away_since: datetime | None = None  # see `bot.ports.Platform`
        self._clock = clock
        self._client = connection.posting_client(settings)

    async def close(self) -> None:
        """End the connections."""
        await connection.close(self._client)

    async def look(self) -> None:
        """Find out whether Slack can be reached: before anything is sent, nobody knows."""
        with suppress(TryLater, Refused), self._noting(), translated(harmless=True):
            await self._client.auth_test()

    async def send(self, delivery: Delivery) -> str:
        """Do it; see `bot.ports.Platform`."""
        with self._noting():
            return await self._send(delivery)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Note whether Slack could be reached."""
        try:
            yield
        except Unreachable:
            self.away_since = self.away_since or self._clock.now()
            raise
        self.away_since = None

    async def _send(self, delivery: Delivery) -> str:
        match delivery.verb:
            case "edit":
                return await self._edit(delivery)
            case "event":
                raise Refused("E-NOEVENTS", say("Slack has no events of its own. The meetup's card stands for it."))
            case "thread":
                return await self._start_thread(delivery)
            case "file":
                return await self._share_file(delivery)
            case _:
                return await self._post(delivery, await self._conversation(delivery.address))

    async def _conversation(self, address: str) -> str:
        """The channel behind an address: itself, or the conversation with the people it names (separated by commas)."""
        if not address.startswith(("U", "W")):
            return address
        with translated(harmless=True):
            opened = await self._client.conversations_open(users=address)
        return str(opened["channel"]["id"])

    async def _post(self, delivery: Delivery, channel: str, thread: str = "") -> str:
        body = message(delivery.card)
        if self.remembers_nonce and (there := await self._find(delivery.nonce, channel, thread)):
            return f"{channel}/{there}"
        if thread:
            body["thread_ts"] = thread
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"nonce": delivery.nonce}}
        with translated(harmless=False):
            posted = await self._client.chat_postMessage(channel=channel, metadata=metadata, **body)
        return f"{channel}/{posted['ts']}"

    async def _find(self, nonce: str, channel: str, thread: str) -> str:
        """The ts of our message with this nonce, "" where it is not there."""
        with translated(harmless=True):
            if thread:
                found = await self._client.conversations_replies(
                    channel=channel, ts=thread, limit=MESSAGES, include_all_metadata=True
                )
            else:
                found = await self._client.conversations_history(
                    channel=channel, limit=MESSAGES, include_all_metadata=True
                )
        messages: list[dict[str, Any]] = found["messages"]
        ours = (m for m in messages if m.get("metadata", {}).get("event_payload", {}).get("nonce") == nonce)
        return str(next(ours, {"ts": ""})["ts"])

    async def _edit(self, delivery: Delivery) -> str:
        channel, ts = _place(delivery.target)
        body = message(delivery.card)
        with translated(harmless=True):
            await self._client.chat_update(channel=channel, ts=ts, text=body["text"], blocks=body["blocks"])
        return delivery.target

    async def _start_thread(self, delivery: Delivery) -> str:
        """Below a message where there is a target, else among the `members` (Slack's ids) of the details."""
        if delivery.target:
            return await self._post(delivery, *_place(delivery.target))
        people = (delivery.details or {}).get("members", ())
        if not people:
            raise Refused("E-SLACK", say("A conversation needs people, and none were named."))
        return await self._post(delivery, await self._conversation(",".join(people)))

    async def _share_file(self, delivery: Delivery) -> str:
        """Share what the details hold (`name`, `content` in base64, `alt` text), the card's words above it."""
        details = delivery.details or {}
        channel = await self._conversation(delivery.address)
        with translated(harmless=False):
            shared = await self._client.files_upload_v2(
                channel=channel,
                filename=details["name"],
                content=b64decode(details["content"]),
                alt_txt=details.get("alt"),
                initial_comment=comment(delivery.card),
            )
        return str(shared["file"]["id"])


def _place(remote: str) -> tuple[str, str]:
    """The channel and ts of a message. Raises `Refused` for the id of something else."""
    channel, _, ts = remote.partition("/")
    if not ts:
        raise Refused("E-GONE", say("That is not a message that can be changed or answered."))
    return channel, ts
