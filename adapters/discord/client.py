"""The bot on Discord: tells Discord its commands, and brings what people do there to the application.

The application needs a `DiscordPlatform` to write to, and this needs the application; they meet in the `Connection`,
which is made first.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from adapters.discord import commands as native
from adapters.discord.answers import Exchange, deferral
from adapters.discord.callers import caller_of
from adapters.discord.forms import read_values
from bot.errors import UserError
from bot.options import Attachment
from bot.presses import command_of
from bot.problems import problem
from bot.words import say

if TYPE_CHECKING:
    from adapters.discord.connection import Connection
    from bot.app import App
    from bot.commands import Answer, Command

PATIENCE = 1.5  # seconds; of the three that Discord gives, the rest is for the way
LARGEST_FILE = 8 * 1024 * 1024  # bytes

log = logging.getLogger("guildhall.discord")


def create_client(app: App, connection: Connection, *, patience: float = PATIENCE) -> DiscordClient:
    """The bot on Discord. An answer that takes longer than `patience` seconds is put off."""
    client = DiscordClient(app, connection, patience)
    connection.prepare = client.sync
    connection.answer = client.take
    return client


class DiscordClient:
    """Brings commands, presses, choices and forms to the application, and its answers back."""

    def __init__(self, app: App, connection: Connection, patience: float) -> None:
        self._app = app
        self._connection = connection
        self._patience = patience

    async def run(self) -> None:
        """Be on Discord until `close`; outages are waited for. Raises `UserError` (E-TOKEN) for a wrong token."""
        await self._connection.run_until_closed()

    async def close(self) -> None:
        """Leave."""
        await self._connection.close()

    async def sync(self) -> None:
        """Tell Discord the commands if they are not those it knows.

        What it knows is asked for, not remembered: that holds after a restore, on another machine, and when somebody
        else has changed them. One request at each start is the whole price.
        """
        commands = native.describe(self._app.commands, hide=not self._app.settings.discord.moderator_roles)
        where = {"application_id": self._connection.application_id}
        try:
            known = await self._connection.ask("GET", "/applications/{application_id}/commands", **where)
            if native.fingerprint(known) == native.fingerprint(commands):
                return
            await self._connection.ask("PUT", "/applications/{application_id}/commands", commands, **where)
        except discord.HTTPException:
            log.exception("Discord did not take the commands; those it has go on")
        else:
            log.info("told Discord the %d commands", len(commands))

    # --- interactions ------------------------------------------------------------------------------------------------

    async def take(self, interaction: discord.Interaction) -> None:
        """Answer an interaction, in time."""
        exchange = Exchange(interaction)
        if interaction.type is discord.InteractionType.autocomplete:
            await self._complete(interaction, exchange)
            return
        running = asyncio.ensure_future(self._run(interaction))
        await asyncio.wait({running}, timeout=self._patience)
        if not running.done():
            how = deferral(self._command(interaction), on_card=interaction.message is not None)
            if how:
                await exchange.defer(how)
        await exchange.give(await running)

    async def _run(self, interaction: discord.Interaction) -> Answer:
        data: Any = interaction.data
        try:
            caller = await caller_of(self._app, interaction)
            if interaction.type is discord.InteractionType.component:
                value = next(iter(data.get("values", ())), None)
                return await self._app.run_press(caller, data["custom_id"], value)
            if interaction.type is discord.InteractionType.modal_submit:
                return await self._app.run_form(caller, data["custom_id"], read_values(data["components"]))
            if menu := native.read_menu(data, self._app.commands):
                return await self._app.run_call(caller, *menu)
            given = {name: await self._fetched(value) for name, value in native.read_options(data).items()}
        except UserError as error:
            return problem(error)
        return await self._app.run_call(caller, native.read_name(data), given)

    async def _fetched(self, value: Any) -> Any:
        """The value of an option: a file with its content, anything else as it is."""
        if not isinstance(value, dict):
            return value
        if value["size"] > LARGEST_FILE:
            most = LARGEST_FILE // 1024 // 1024
            raise UserError("E-OPTION", say("That file is too large."), advice=say("At most {n} MB, please.", n=most))
        try:
            content = await self._connection.http.get_from_cdn(value["url"])
        except (discord.HTTPException, aiohttp.ClientError, OSError) as lost:
            log.warning("a file could not be fetched: %s", lost)
            raise UserError("E-OPTION", say("I couldn't fetch that file."), advice=say("Please try again.")) from lost
        return Attachment(value["filename"], content)

    async def _complete(self, interaction: discord.Interaction, exchange: Exchange) -> None:
        data: Any = interaction.data
        try:
            caller = await caller_of(self._app, interaction)
        except UserError:
            await exchange.suggest([])
            return
        option, words = native.focused(data)
        await exchange.suggest(await self._app.complete(caller, native.read_name(data), option, words))

    def _command(self, interaction: discord.Interaction) -> Command | None:
        """The command that an interaction runs, where that can be told without the database."""
        data: Any = interaction.data
        menu = native.read_menu(data, self._app.commands)
        name = command_of(data["custom_id"]) if "custom_id" in data else menu[0] if menu else native.read_name(data)
        return self._app.commands[name] if name and name in self._app.commands else None
