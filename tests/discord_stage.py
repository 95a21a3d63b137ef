"""A stage for stories on Discord: the real bot on simcord's virtual Discord, people on a server, a line for each act.

    async def test_a_story(stage: Stage) -> None:
        await stage.set_up()
        assert "No open lead matches" in await stage.say(stage.ana, "gigs find", query="zebra")
        await stage.press(stage.ana, "Show all open gigs")

`say`, `press`, `choose` and `submit` return the words that the person then sees; the next press is on what that person
was shown last. `stage.last` is what was shown to anybody last, `stage.private` whether to that person alone.
"""

from __future__ import annotations

import dataclasses
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import discord
import simcord

from adapters.discord.client import create_client
from adapters.discord.connection import Connection
from adapters.discord.platform import DiscordPlatform
from bot import outbox, people
from bot.commands import Commands
from bot.ports import Delivery
from tests.discord_openapi import read_description

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from pathlib import Path

    from bot.cards import Card
    from bot.commands import Command
    from bot.ports import Verb
    from tests.conftest import World

MANAGE_SERVER = discord.Permissions(manage_guild=True)


@dataclass
class Stage:
    """The server "AI Guild": Maria manages it, Marek has the role Curators, Ana and Jonas are members.

    `ran` holds the names of the commands that ran to their end or to an error of theirs.
    """

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
    patience: float
    ran: set[str]
    last: Any = None
    private: bool = False
    seen: dict[int, Any] = field(default_factory=dict)  # what each person was shown last, and the form each has open
    forms: dict[int, Any] = field(default_factory=dict)

    # --- acts --------------------------------------------------------------------------------------------------------

    async def say(self, who: Any, command: str, where: Any = None, /, **options: Any) -> str:
        """Use a slash command ("gigs find") with options, in #gigs or another channel."""
        return self._take(who, await who.slash(where or self.gigs, command, **options))

    async def ask(self, who: Any, command: str, /, **options: Any) -> str:
        """Use a slash command in a direct message with the bot."""
        return self._take(who, await who.user.slash(command, **options))

    async def talk(self, who: Any, words: str) -> Any:
        """Have somebody say something in #gigs."""
        return await who.send(self.gigs, words)

    async def point_at(self, who: Any, message: Any, name: str) -> str:
        """Use a command in a message's menu."""
        return self._take(who, await who.context_menu(self.gigs, name, message))

    async def press(self, who: Any, label: str, on: Any = None) -> str:
        """Press the button with this label on what this person was shown last, or on another message."""
        return self._take(who, await who.click(on or self.seen[who.id], label=label))

    async def choose(self, who: Any, label: str, on: Any = None) -> str:
        """Choose the option with this label from the select of what this person was shown last."""
        message = on or self.seen[who.id]
        options = [option for part in parts(message.components) for option in part.get("options", ())]
        labels = {option["label"]: option["value"] for option in options}
        assert label in labels, f"{label!r} is none of {list(labels)}"
        return self._take(who, await who.select(message, [labels[label]]))

    async def submit(self, who: Any, **fields: Any) -> str:
        """Send the form that this person has open with these fields, everything else as it stands in it."""
        form = self.forms.pop(who.id)
        return self._take(who, await who.submit_modal(form, {**_as_it_stands(form.modal), **fields}))

    async def type(self, who: Any, command: str, option: str, words: str) -> list[str]:
        """The labels that are offered while an option is being typed."""
        return [choice["name"] for choice in await who.autocomplete(self.gigs, command, option, words)]

    async def set_up(self) -> str:
        """Set the community up, as Maria."""
        await self.say(self.maria, "mod setup")
        await self.press(self.maria, "Set up a new community")
        given = {"digest_at": "08:00", "zone": "Europe/Berlin"}
        return await self.submit(self.maria, leads_channel=[self.gigs], moderators_channel=[self.curation], **given)

    async def restart(self) -> None:
        """Restart the bot: the same database and settings, nothing else kept."""
        await self.env.restart_bot(_bot(self.world, self.patience))

    async def post(self, channel: Any, card: Card, verb: Verb = "post", **more: Any) -> str:
        """Have the outbox's way to Discord do something in a channel; returns what was made."""
        platform = self.world.app.platforms["discord"]
        with self.env.time_context():
            return await platform.send(Delivery(verb, str(self.guild.id), str(channel.id), card, "1", **more))

    async def owe(self, channel: Any, card: Card, key: str) -> None:
        """Queue a post for a channel, due now."""
        app = self.world.app
        async with app.db.write() as db:
            space = await people.find_space(db, "discord", str(self.guild.id))
            assert space is not None
            to = outbox.Address(space, str(channel.id))
            await outbox.queue(db, app.ids, to, card, key=key, due=app.wall.now())

    def channel_without(self, name: str, **permissions: bool) -> Any:
        """A channel where the bot lacks something."""
        overwrites = {self.guild.me: discord.PermissionOverwrite(**permissions)}
        return self.guild.create_text_channel(name, overwrites=overwrites)

    # --- reading -----------------------------------------------------------------------------------------------------

    def channel(self, channel: Any) -> list[str]:
        """The words of the messages that everybody sees in a channel, oldest first."""
        return [words_of(_payload(self.env, message)) for message in channel.history()]

    def shown(self) -> list[str]:
        """The labels of what can be pressed on what was shown last."""
        return [part["label"] for part in parts(self.last.components) if part["type"] == 2]

    def seen_text(self, who: Any) -> str:
        """The Markdown of what this person was shown last."""
        return "\n".join(part["content"] for part in parts(self.seen[who.id].components) if part["type"] == 10)

    def _take(self, who: Any, result: Any) -> str:
        assert result.acknowledged, "nobody answered"
        if result.modal:
            self.forms[who.id] = result
            return f"form: {result.modal['title']}"
        self.last = self.seen[who.id] = result.followups[-1] if result.followups else result.response
        self.private = self.last.ephemeral
        return words_of(self.last.components)


@asynccontextmanager
async def open_stage(
    world: World, *, patience: float = 1.5, trials: Commands | None = None, shared: Path | None = None
) -> AsyncIterator[Stage]:
    """The stage, with nothing set up yet, and with the commands `trials` besides those of the features.

    When it closes, whatever the bot swallowed is raised, and with the folder `shared` every request body that was sent
    is held against Discord's own description.
    """
    ran: set[str] = set()
    world.app.commands = _recorded([*world.app.commands, *(trials or ())], ran)
    env = simcord.Env(_bot(world, patience))
    await env.start()
    try:
        guild = env.create_guild("AI Guild")
        mods = guild.create_role("Mods", permissions=MANAGE_SERVER)
        curators = guild.create_role("Curators")
        users = {name: env.create_user(name) for name in ("Maria", "Marek", "Ana", "Jonas")}
        yield Stage(
            world,
            env,
            guild,
            guild.create_text_channel("gigs"),
            guild.create_text_channel("curation"),
            curators,
            guild.add_member(users["Maria"], roles=[mods]),
            guild.add_member(users["Marek"], roles=[curators]),
            guild.add_member(users["Ana"]),
            guild.add_member(users["Jonas"]),
            patience,
            ran,
        )
    finally:
        await env.shutdown()
    env.raise_errors()
    if shared:
        wrong = read_description(shared).wrong
        found = [(r.method, r.path, wrong(r.method, r.path, r.json)) for r in env.http_requests]
        assert [entry for entry in found if entry[2]] == []


def _recorded(commands: Iterable[Command], ran: set[str]) -> Commands:
    """The same commands, each noting its name when it runs."""

    def noting(command: Command) -> Command:
        async def run(*args: Any, **kwargs: Any) -> Any:
            ran.add(command.name)
            return await command.run(*args, **kwargs)

        return dataclasses.replace(command, run=run)

    recorded = Commands()
    for command in commands:
        recorded._add(noting(command))
    return recorded


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
