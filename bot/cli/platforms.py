"""`slack manifest`, `discord invite-url` and `init`: from nothing to tokens that work."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from bot import config, when
from bot.cli.terminal import FAILED, ConfigFile, app
from bot.cli.wiring import FEATURES
from bot.commands import Commands
from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.feature import Finding
    from bot.settings import Settings

NEW_SLACK_APP = "https://api.slack.com/apps?new_app=1&manifest_json="
NEW_DISCORD_APP = "https://discord.com/developers/applications"
DOTENV = Path(".env")
TRIES = 3  # for each token

slack_app = typer.Typer(help="What Slack needs to know.", no_args_is_help=True)
discord_app = typer.Typer(help="What Discord needs to know.", no_args_is_help=True)
app.add_typer(slack_app, name="slack")
app.add_typer(discord_app, name="discord")


@slack_app.command("manifest")
def slack_manifest(
    url: Annotated[str | None, typer.Option(help="The bot's public https address, for HTTP mode.")] = None,
    file: ConfigFile = None,
) -> None:
    """Print the app's manifest: paste it at api.slack.com/apps, “From a manifest”."""
    typer.echo(json.dumps(_manifest(config.load(file), url), indent=2, ensure_ascii=False))


def _manifest(settings: Settings, url: str | None = None) -> dict[str, object]:
    from adapters.slack.manifest import manifest

    return manifest(
        Commands(*(feature.commands for feature in FEATURES)),
        name=settings.app.name,
        prefix=settings.slack.command_prefix,
        url=url or (None if settings.slack.socket_mode else settings.web.public_url or None),
        confirm_sends=settings.slack.confirm_sends,
    )


@discord_app.command("invite-url")
def discord_invite_url(file: ConfigFile = None) -> None:
    """Print the link with which somebody who manages a server adds the bot to it."""
    settings = config.load(file)
    if not settings.discord.is_on:
        raise UserError(
            "E-NOTOKENS",
            say("There is no Discord token."),
            advice=say("Set GUILDHALL__DISCORD__TOKEN, or run: python -m bot init"),
        )
    typer.echo(_invite_url(settings))


def _invite_url(settings: Settings) -> str:
    from adapters.discord.permissions import invite_url
    from adapters.discord.tokens import read_application

    application = asyncio.run(read_application(settings.discord, when.SystemClock()))
    return invite_url(application.id)


# --- init ------------------------------------------------------------------------------------------------------------


@app.command()
def init(file: ConfigFile = None) -> None:
    """Ask for tokens, check each as it is given, write them to .env (for your eyes only), and say the next click."""
    given: dict[str, str] = {}
    where = typer.prompt(say("Where does your community live? (slack, discord, both)"), default="both").strip().lower()
    if where not in ("slack", "discord", "both"):
        raise UserError("E-OPTION", say("Please answer slack, discord or both."))
    if where in ("slack", "both"):
        typer.echo(say("\nSlack. Make the app with one click, then install it to your workspace:"))
        link = NEW_SLACK_APP + quote(json.dumps(_manifest(config.load(file)), separators=(",", ":")))
        typer.echo(f"  {link}\n")
        given["slack.bot_token"] = _secret(say("Bot User OAuth Token (xoxb-…)"))  # checked with the one it belongs to
        _ask(given, file, "slack.app_token", say("App-Level Token with connections:write (xapp-…)"), _check_slack)
    if where in ("discord", "both"):
        typer.echo(say("\nDiscord. Make an application, then “Bot”, “Reset Token”:\n  {link}\n", link=NEW_DISCORD_APP))
        _ask(given, file, "discord.token", say("Bot token"), _check_discord)
    given["app.contact"] = typer.prompt(say("An e-mail or web address for feed owners (empty: none)"), default="")
    written = write_dotenv(DOTENV, {config.variable(key): value for key, value in given.items() if value})
    typer.echo(say("\nWritten: {file} (only you can read it).", file=written))
    settings = config.load(file)
    if settings.discord.is_on:
        typer.echo(say("Next, add the bot to your server: {url}", url=_invite_url(settings)))
    if settings.slack.is_on:
        typer.echo(say("Next, in Slack: /invite @{name} in your leads channel.", name=settings.app.name))
    typer.echo(say("Then start it with: python -m bot run\nand type /mod setup in your community."))


def _ask(
    given: dict[str, str], file: Path | None, key: str, words: str, check: Callable[[Settings], Sequence[Finding]]
) -> None:
    """Ask for one secret until the platform takes it, at most three times."""
    for _ in range(TRIES):
        given[key] = _secret(words)
        environment = {config.variable(name): value for name, value in given.items()}
        try:
            findings = check(config.load(file, {**os.environ, **environment}))
        except config.ConfigErrors as error:
            typer.echo(error.sentence)
            continue
        for finding in findings:
            typer.echo(f"  {'OK' if finding.ok else '✗'} {finding.name}: {finding.words}")
        if all(finding.ok for finding in findings):
            return
    typer.echo(say("Nothing was written. Run this again when you have the right token."))
    raise typer.Exit(FAILED)


def _secret(words: str) -> str:
    return str(typer.prompt(words, hide_input=sys.stdin.isatty())).strip()


def _check_slack(settings: Settings) -> Sequence[Finding]:
    from adapters.slack.tokens import check_tokens

    return asyncio.run(check_tokens(settings.slack))


def _check_discord(settings: Settings) -> Sequence[Finding]:
    from adapters.discord.tokens import check_token

    return asyncio.run(check_token(settings.discord, when.SystemClock()))


def write_dotenv(path: Path, values: dict[str, str]) -> Path:
    """Set `values` in a .env file, keep its other lines, and make it readable for its owner alone."""
    kept = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    lines = [line for line in kept if line.partition("=")[0].strip() not in values]
    lines += [f"{name}={value}" for name, value in values.items()]
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write("\n".join(lines) + "\n")
    part.replace(path)
    return path
