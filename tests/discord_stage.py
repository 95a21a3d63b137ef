"""A stage for stories on Discord: the real bot on simcord's virtual Discord, a server with people, one line for each act.

    async def test_a_story(stage: Stage) -> None:
        await stage.set_up()
        assert "No open lead matches" in await stage.say(stage.ana, "gigs find", query="zebra")
        await stage.press(stage.ana, "Show all open gigs")

`say`, `press`, `choose` and `submit` return the words that the person then sees. `stage.last` is what was shown,
`stage.private` whether to that person alone, `stage.form` the modal that is open.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
import simcord

from adapters.discord.client import create_client
from adapters.discord.connection import Connection
from adapters.discord.platform import DiscordPlatform

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from tests.conftest import World

MANAGE_SERVER = discord.Permissions(manage_guild=True)


@dataclass
class Stage:
    """The server "AI Guild" and who is on it: Maria manages it, Marek has the role Curators, Ana and Jonas are members."""

    world: World
    env: Any
    guild: Any
    gigs: Any
    curation: Any
    curators: Any
    maria: Any
    marek: Any
    ana: Any
    jonas: Any
    patience: float = 1.5
    last: Any = None
    form: Any = None
    private: bool = False
    bodies: list[tuple[str, str, Any]] = field(default_factory=list)

    # --- acts --------------------------------------------------------------------------------------------------------

    async def say(self, who: Any, command: str, where: Any = None, **options: Any) -> str:
        """Use a slash command ("gigs find") with options, in #gigs or another channel."""
        return self._take(await who.slash(where or self.gigs, command, **options))

    async def ask(self, who: Any, command: str, **options: Any) -> str:
        """Use a slash command in a direct message with the bot."""
        return self._take(await who.user.slash(command, **options))

    async def press(self, who: Any, label: str, on: Any = None) -> str:
        """Press the button with this label on what was shown last, or on another message."""
        return self._take(await who.click(on or self.last, label=label))

    async def choose(self, who: Any, label: str, on: Any = None) -> str:
        """Choose the option with this label from the select of what was shown last."""
        options = [o for part in parts((on or self.last).components) for o in part.get("options", ())]
        [value] = [option["value"] for option in options if option["label"] == label]
        return self._take(await who.select(on or self.last, [value]))

    async def submit(self, who: Any, **fields: Any) -> str:
        """Send the open form with these fields, everything else as it stands in it."""
        assert self.form is not None, "no form is open"
        filled = {**_as_it_stands(self.form.modal), **fields}
        return self._take(await who.submit_modal(self.form, filled))

    async def type(self, who: Any, command: str, option: str, words: str) -> list[str]:
        """The labels that are offered while an option is being typed."""
        return [choice["name"] for choice in await who.autocomplete(self.gigs, command, option, words)]

    async def set_up(self) -> str:
        """Set the community up, as Maria."""
        await self.say(self.maria, "mod setup")
        given = {"digest_at": "08:00", "zone": "Europe/Berlin"}
        return await self.submit(self.maria, leads_channel=[self.gigs], moderators_channel=[self.curation], **given)

    async def restart(self) -> None:
        """Restart the bot: the same database and settings, nothing else kept."""
        await self.env.restart_bot(_bot(self.world, self.patience))

    # --- reading -----------------------------------------------------------------------------------------------------

    def channel(self, channel: Any) -> list[str]:
        """The words of the messages that everybody sees in a channel, oldest first."""
        return [words_of(_payload(self.env, message)) for message in channel.history()]

    def shown(self) -> list[str]:
        """The labels of what can be pressed on what was shown last."""
        return [part["label"] for part in parts(self.last.components) if part["type"] == 2]

    def _take(self, result: Any) -> str:
        assert result.acknowledged, "nobody answered"
        if result.modal:
            self.form = result
            return f"form: {result.modal['title']}"
        self.last = result.followups[-1] if result.followups else result.response
        self.private = self.last.ephemeral
        return words_of(self.last.components)


@asynccontextmanager
async def open_stage(world: World, patience: float = 1.5) -> AsyncIterator[Stage]:
    """The stage, with nothing set up yet."""
    async with simcord.run(_bot(world, patience)) as env:
        guild = env.create_guild("AI Guild")
        mods = guild.create_role("Mods", permissions=MANAGE_SERVER)
        curators = guild.create_role("Curators")
        people = {name: env.create_user(name) for name in ("Maria", "Marek", "Ana", "Jonas")}
        yield Stage(
            world,
            env,
            guild,
            guild.create_text_channel("gigs"),
            guild.create_text_channel("curation"),
            curators,
            guild.add_member(people["Maria"], roles=[mods]),
            guild.add_member(people["Marek"], roles=[curators]),
            guild.add_member(people["Ana"]),
            guild.add_member(people["Jonas"]),
            patience,
        )


def _bot(world: World, patience: float) -> Connection:
    connection = Connection(world.app.settings.discord, world.clock)
    world.app.platforms = {"discord": DiscordPlatform(connection)}
    create_client(world.app, connection, patience=patience)
    return connection


def _payload(env: Any, message: Any) -> list[dict[str, Any]]:
    return list(env.backend.get_message(message.channel.id, message.id).components)


# --- reading payloads as a person does -------------------------------------------------------------------------------


def parts(components: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """All components, those inside others too."""
    found: list[Mapping[str, Any]] = []
    for part in components:
        found.append(part)
        found += parts(part.get("components", ()))
    return found


def words_of(components: Iterable[Mapping[str, Any]]) -> str:
    """All the words of a message, a line for each part, the labels of buttons in brackets."""
    lines = []
    for part in parts(components):
        if part["type"] == 10:
            lines.append(str(part["content"]).replace("\\", ""))
        elif "label" in part:
            lines.append(f"[{part['label']}]")
    return "\n".join(lines)


def _as_it_stands(modal: dict[str, Any]) -> dict[str, Any]:
    """What is already filled in: texts, chosen radios and options."""
    values: dict[str, Any] = {}
    for part in modal["components"]:
        inner = part.get("component", {})
        chosen = [option["value"] for option in inner.get("options", ()) if option.get("default")]
        if "value" in inner:
            values[inner["custom_id"]] = inner["value"]
        elif chosen:
            values[inner["custom_id"]] = chosen[0] if inner["type"] == 21 else chosen
    return values


def snapshot(payload: Any) -> str:
    """A payload as JSON, to compare."""
    return json.dumps(payload, sort_keys=True)
