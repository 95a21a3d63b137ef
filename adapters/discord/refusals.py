"""What Discord's refusals mean, in a sentence that names what to do."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from adapters.discord.permissions import needed_for
from bot.errors import TryLater
from bot.ports import Refused
from bot.words import say

if TYPE_CHECKING:
    import discord

    from adapters.discord.connection import Connection
    from adapters.discord.permissions import Permission
    from bot.ports import Delivery

_NO_ACCESS, _NOT_ALLOWED = 50001, 50013  # codes of Discord's JSON errors, as are these:
_MEANINGS = {
    10003: ("E-NOCHANNEL", say("That channel is gone. Choose another one with /mod setup.")),
    10008: ("E-GONE", say("That message was deleted on Discord.")),
    30038: ("E-EVENTS", say("The server has as many scheduled events as Discord allows, 100.")),
    50007: ("E-DMCLOSED", say("They take no direct messages from members of this server.")),
}


def explain(connection: Connection, delivery: Delivery, error: discord.HTTPException) -> Refused | TryLater:
    """What an answer of 4xx means for a delivery."""
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        pause = error.response.headers.get("Retry-After", "")
        after = timedelta(seconds=float(pause)) if pause.replace(".", "", 1).isdecimal() else None
        return TryLater(say("Discord asked for a pause."), after)
    if error.status == HTTPStatus.UNAUTHORIZED:
        return TryLater(say("Discord doesn't accept the bot's token any more."))
    if error.code in (_NO_ACCESS, _NOT_ALLOWED):
        names = ", ".join(permission.name for permission in _missing(connection, delivery))
        return Refused("E-NOPERM", say("Guildhall lacks a permission there: {names}. Add it in Discord.", names=names))
    code, sentence = _MEANINGS.get(error.code, ("E-REFUSED", say("Discord refused it: {why}.", why=error)))
    return Refused(code, sentence)


def _missing(connection: Connection, delivery: Delivery) -> tuple[Permission, ...]:
    """The permissions that are needed and not there; where that can't be told, all that are needed."""
    needed = needed_for("post" if delivery.verb == "direct" else delivery.verb)
    guild = connection.get_guild(int(delivery.space))
    if guild is None:
        return needed
    channel = guild.get_channel(int(delivery.address)) if delivery.address.isdecimal() else None
    has = channel.permissions_for(guild.me) if channel else guild.me.guild_permissions
    return tuple(permission for permission in needed if not has.value >> permission.bit & 1) or needed
