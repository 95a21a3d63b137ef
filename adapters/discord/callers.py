"""Who acts, as Discord vouches for them in this very interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot import people
from bot.errors import UserError
from bot.people import Caller, Role
from bot.words import say

if TYPE_CHECKING:
    from bot.app import App
    from bot.settings import DiscordSettings


async def caller_of(app: App, interaction: discord.Interaction) -> Caller:
    """The account behind an interaction, where it acts and what it may do.

    In a direct message the person's only community counts, as a member. Raises `UserError` (E-NOSPACE) where there
    is none, or several, or the server is not among those that the operator named.
    """
    settings = app.settings.discord
    user = interaction.user
    channel = str(interaction.channel_id or "") if interaction.guild_id else ""
    if interaction.guild_id is None:
        remote, name = await _home_of(app, str(user.id))
    else:
        remote, name = str(interaction.guild_id), interaction.guild.name if interaction.guild else ""
    if settings.guilds and remote not in map(str, settings.guilds):
        raise UserError(
            "E-NOSPACE",
            say("This Guildhall doesn't serve this server."),
            advice=say("Its operator can add the server's id to discord.guilds."),
        )
    return Caller(
        platform="discord",
        space=remote,
        user=str(user.id),
        name=user.display_name,
        role=_role(interaction, settings),
        channel=channel,
        message=str(interaction.message.id) if interaction.message else "",
        space_name=name,
        locale=interaction.locale.value,
    )


def _role(interaction: discord.Interaction, settings: DiscordSettings) -> Role:
    """What the member data of this interaction allows; in a direct message there is none."""
    if not isinstance(interaction.user, discord.Member):
        return Role.MEMBER
    held = {str(role.id) for role in interaction.user.roles}
    if interaction.permissions.manage_guild or held & set(map(str, settings.moderator_roles)):
        return Role.MODERATOR
    return Role.ORGANISER if held & set(map(str, settings.organiser_roles)) else Role.MEMBER


async def _home_of(app: App, user: str) -> tuple[str, str]:
    """The server (its id and name) that a direct message is about."""
    async with app.db.read() as db:
        spaces = await people.spaces_of_account(db, "discord", user)
    if len({space.community_id for space in spaces}) == 1:
        return spaces[0].remote, spaces[0].name
    if spaces:
        raise UserError(
            "E-NOSPACE",
            say("You are in several communities, so I can't tell which one you mean."),
            why=say("They are: {names}.", names=", ".join(space.name or space.remote for space in spaces)),
            advice=say("Use the command on that community's server."),
        )
    raise UserError(
        "E-NOSPACE",
        say("I don't know yet which community you belong to."),
        advice=say("Use a command once on its server, such as /hub. Then it works here, too."),
    )
