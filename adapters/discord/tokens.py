"""Whose token it is that was given: asked of Discord, without connecting to the gateway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import discord

from adapters.discord.connection import Connection
from bot.errors import UserError
from bot.feature import Finding
from bot.words import say

if TYPE_CHECKING:
    from bot.ports import WallClock
    from bot.settings import DiscordSettings


@dataclass(frozen=True, slots=True)
class Application:
    """The application that a token belongs to; its id is what `invite_url` wants."""

    id: str
    name: str


async def read_application(settings: DiscordSettings, clock: WallClock) -> Application:
    """The application of the settings' token. Raises `UserError` (E-TOKEN, E-CONNECT)."""
    connection = Connection(settings, clock)
    try:
        await connection.log_in_once()
        about = await connection.application_info()
    except (OSError, aiohttp.ClientError, discord.HTTPException) as away:
        raise UserError(
            "E-CONNECT",
            say("I can't reach Discord."),
            why=say("The system says: {why}.", why=away),
            advice=say("Check the network, and discord.api_url if you set it."),
        ) from away
    finally:
        await connection.close()
    return Application(str(about.id), about.name)


async def check_token(settings: DiscordSettings, clock: WallClock) -> list[Finding]:
    """One finding for the token. Nothing is raised: that Discord could not be asked is a finding, too."""
    name = say("Discord token")
    try:
        application = await read_application(settings, clock)
    except UserError as error:
        return [Finding(name, ok=False, words=error.sentence)]
    return [Finding(name, ok=True, words=say("It belongs to {name}.", name=application.name))]
