"""Discord as a platform that can be written to: each delivery as requests, each failure as what it means.

What was made is called `channel/message`, an event by its own id. Discord drops a message whose nonce it has just
seen. Threads, forum posts and events have no nonce: before one is made, an equal one of the last minutes is looked
for, which an earlier try may have left.
"""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from adapters.discord import render
from adapters.discord.refusals import explain
from adapters.discord.uploads import post_file
from bot.cards import Heading
from bot.errors import TryLater
from bot.literal import label
from bot.ports import FateUnknown
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.discord.connection import Connection
    from bot.cards import Card
    from bot.ports import Delivery, PlatformName

NAME = 100  # characters of a thread's, a forum post's or an event's name, and of an event's place
DESCRIPTION = 1000
A_WEEK = 10_080  # minutes after which a quiet thread is archived: then its messages can't be edited
AWAY = timedelta(seconds=30)  # until we look again whether the line is up, which costs nothing
EARLIER = timedelta(minutes=15)  # how old an equal thread can be and still be an earlier try's
_PRIVATE_THREAD = 12
_EXTERNAL, _SERVER_ONLY = 3, 2  # an event that is no voice channel; its privacy level
_CANCELED = 4  # an event's status


class DiscordPlatform:
    """The outbox's way to Discord."""

    name: PlatformName = "discord"
    remembers_nonce = timedelta(minutes=2)
    pace = timedelta(seconds=1)  # a channel takes five messages in five seconds

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ask = connection.ask

    @property
    def away_since(self) -> datetime | None:
        """See `bot.ports.Platform`."""
        return self._connection.away_since

    async def send(self, delivery: Delivery) -> str:
        """Do it and return what was made. Raises `TryLater`, `Refused` or `FateUnknown`."""
        if not self._connection.is_up:
            raise TryLater(say("Discord is not reachable."), AWAY)
        try:
            return await self._do(delivery)
        except discord.RateLimited as limit:
            raise TryLater(say("Discord asked for a pause."), timedelta(seconds=limit.retry_after)) from limit
        except discord.HTTPException as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise FateUnknown(say("Discord answered {status}.", status=error.status)) from error
            raise explain(self._connection, delivery, error) from error
        except aiohttp.ClientConnectorError as error:  # it never left
            raise TryLater(say("Discord is not reachable.")) from error
        except (aiohttp.ClientError, OSError) as error:
            raise FateUnknown(say("The connection broke: {why}.", why=error)) from error

    async def _do(self, delivery: Delivery) -> str:
        if delivery.verb == "edit":
            return await self._edit(delivery)
        if delivery.verb == "event":
            return await self._event(delivery)
        if delivery.verb == "thread":
            return await self._thread(delivery)
        if delivery.verb == "direct" or delivery.direct:
            return await self._say(delivery, await self._direct_channel(delivery.address))
        channel = self._connection.get_channel(int(delivery.address))
        if isinstance(channel, discord.ForumChannel):
            return await self._forum_post(delivery, channel)
        return await self._say(delivery, delivery.address)

    async def _say(self, delivery: Delivery, channel: str) -> str:
        body = {**render.message(delivery.card), "nonce": delivery.nonce, "enforce_nonce": True}
        if delivery.verb == "file":
            made = await post_file(self._connection, channel, body, delivery.details or {})
        else:
            made = await self._ask("POST", "/channels/{channel_id}/messages", body, channel_id=channel)
        return f"{channel}/{made['id']}"

    async def _direct_channel(self, user: str) -> str:
        made = await self._ask("POST", "/users/@me/channels", {"recipient_id": user})
        return str(made["id"])

    async def _edit(self, delivery: Delivery) -> str:
        channel, _, message = delivery.target.partition("/")
        where = {"channel_id": channel, "message_id": message}
        body = render.message(delivery.card)
        await self._ask("PATCH", "/channels/{channel_id}/messages/{message_id}", body, **where)
        return delivery.target

    # --- what has no nonce -------------------------------------------------------------------------------------------

    async def _forum_post(self, delivery: Delivery, forum: discord.ForumChannel) -> str:
        name = _title(delivery.card)
        if thread := await self._earlier_thread(delivery, name):
            return f"{thread}/{thread}"  # a post's first message has the id of its thread
        body: dict[str, Any] = {"name": name, "auto_archive_duration": A_WEEK}
        body["message"] = render.message(delivery.card)
        if forum.flags.require_tag:
            body["applied_tags"] = [str(tag.id) for tag in forum.available_tags[:1]]
        made = await self._ask("POST", "/channels/{channel_id}/threads", body, channel_id=delivery.address)
        return f"{made['id']}/{made['message']['id']}"

    async def _thread(self, delivery: Delivery) -> str:
        """A private thread with the `members` (Discord's ids) of the details, called their `name`."""
        details = delivery.details or {}
        name = label(str(details.get("name") or _title(delivery.card)), NAME)
        thread = await self._earlier_thread(delivery, name)
        if thread is None:
            body = {"name": name, "type": _PRIVATE_THREAD, "invitable": False, "auto_archive_duration": A_WEEK}
            made = await self._ask("POST", "/channels/{channel_id}/threads", body, channel_id=delivery.address)
            thread = str(made["id"])
        for user in details.get("members", ()):
            where = {"channel_id": thread, "user_id": user}
            await self._ask("PUT", "/channels/{channel_id}/thread-members/{user_id}", **where)
        return await self._say(delivery, thread)

    async def _earlier_thread(self, delivery: Delivery, name: str) -> str | None:
        """The thread of this name that we have just made in this channel, if there is one."""
        active = await self._ask("GET", "/guilds/{guild_id}/threads/active", guild_id=delivery.space)
        since = discord.utils.utcnow() - EARLIER
        me = str(self._connection.user.id) if self._connection.user else ""
        for thread in active["threads"]:
            ours = thread["owner_id"] == me
            here = thread["parent_id"] == delivery.address and thread["name"] == name
            if ours and here and discord.utils.snowflake_time(int(thread["id"])) > since:
                return str(thread["id"])
        return None

    async def _event(self, delivery: Delivery) -> str:
        """A scheduled event, made or (`target`) changed.

        The details are its `name`, `start` and `end` (ISO 8601 with zone), `place`, and whether it is `cancelled`.
        """
        details = delivery.details or {}
        body = {
            "name": label(str(details.get("name") or _title(delivery.card)), NAME),
            "privacy_level": _SERVER_ONLY,
            "entity_type": _EXTERNAL,
            "entity_metadata": {"location": label(str(details["place"]), NAME)},
            "scheduled_start_time": details["start"],
            "scheduled_end_time": details["end"],
            "description": label(delivery.card.summary, DESCRIPTION),
        }
        path = "/guilds/{guild_id}/scheduled-events"
        if delivery.target:
            changed = {"status": _CANCELED} if details.get("cancelled") else body
            where = {"guild_id": delivery.space, "event_id": delivery.target}
            await self._ask("PATCH", path + "/{event_id}", changed, **where)
            return delivery.target
        start = discord.utils.parse_time(str(details["start"]))
        for event in await self._ask("GET", path, guild_id=delivery.space):
            same_time = discord.utils.parse_time(event["scheduled_start_time"]) == start
            if event["name"] == body["name"] and same_time:
                return str(event["id"])
        made = await self._ask("POST", path, body, guild_id=delivery.space)
        return str(made["id"])


def _title(card: Card) -> str:
    heading = next((block.text for block in card.blocks if isinstance(block, Heading)), card.summary)
    return label(heading, NAME)
