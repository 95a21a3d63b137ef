"""`run`, `migrate` and `health`: the bot on its own machine."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import config, migrate, when
from bot.cli.terminal import FAILED, AsJson, ConfigFile, app, print_json, set_up_logging
from bot.cli.wiring import FEATURES, database_url, open_database
from bot.db import STORAGE_ERRORS, Database, explain_storage
from bot.errors import UserError
from bot.feature import Finding
from bot.words import say

if TYPE_CHECKING:
    from bot.settings import Settings

NoBackup = Annotated[bool, typer.Option("--no-backup", help="Change the schema without a backup of our own.")]


@app.command()
def run(file: ConfigFile = None, no_backup: NoBackup = False) -> None:
    """Run the bot on the platforms whose tokens are set."""
    settings = config.load(file)
    _refuse_ephemeral(settings)
    if not (settings.slack.is_on or settings.discord.is_on):
        raise UserError(
            "E-NOTOKENS",
            say("There is no platform to run on: no tokens are set."),
            advice=say(
                "For Slack set GUILDHALL__SLACK__BOT_TOKEN and GUILDHALL__SLACK__APP_TOKEN, for Discord "
                "GUILDHALL__DISCORD__TOKEN, in the environment or in a file called .env. "
                "To look around without tokens: python -m bot demo"
            ),
        )
    from bot.cli.serving import serve  # both platforms' libraries: a second that no other command should wait

    set_up_logging(settings.logging.level, as_json=settings.logging.format == "json")
    asyncio.run(serve(settings, back_up=not no_backup))


def _refuse_ephemeral(settings: Settings) -> None:
    """In a container, data that is not on a mount would be gone with it."""
    folder = Path(settings.app.data_dir)
    allowed = os.environ.get("GUILDHALL_ALLOW_EPHEMERAL") == "1"
    if folder != Path("/data") or folder.is_mount() or allowed or settings.database.url:
        return
    raise UserError(
        "E-EPHEMERAL",
        say("/data is not a mounted volume, so everything would be lost with this container."),
        advice=say("Mount one (docker run -v guildhall:/data …), or set GUILDHALL_ALLOW_EPHEMERAL=1 to try it anyway."),
    )


@app.command("migrate")
def migrate_command(
    file: ConfigFile = None,
    status: Annotated[bool, typer.Option("--status", help="Only say how the schema is.")] = False,
    no_backup: NoBackup = False,
) -> None:
    """Bring the database's schema up to date, after a backup. `run` and `demo` do it at start."""
    settings = config.load(file)
    typer.echo(asyncio.run(_migrate(settings, status=status, back_up=not no_backup)))


async def _migrate(settings: Settings, *, status: bool, back_up: bool) -> str:
    url, clock = database_url(settings), when.SystemClock()
    if status:
        db = Database(url)
        try:
            now, newest = await migrate.revision_of(db), migrate.newest_revision()
        except STORAGE_ERRORS as error:
            raise explain_storage(error, db.url.render_as_string()) or error from error
        finally:
            await db.dispose()
        return say("The schema is {now}; the newest is {newest}.", now=now or say("empty"), newest=newest)
    async with open_database(url, settings, clock, back_up=back_up):
        return say("The schema is up to date ({newest}).", newest=migrate.newest_revision())


@app.command()
def health(file: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say how everything is; exit status 1 if something is broken."""
    settings = config.load(file)
    findings = asyncio.run(_findings(settings))
    if as_json:
        print_json([{"name": f.name, "ok": f.ok, "words": f.words} for f in findings])
    else:
        for finding in findings:
            typer.echo(f"{'OK  ' if finding.ok else 'FAIL'} {finding.name}: {finding.words}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FAILED)


def _schema_words(revision: str | None, newest: str) -> str:
    """How the schema is, and what to do about it."""
    if revision is None:
        words = say("empty: nothing is set up here yet. `python -m bot init` asks what it needs to know; ")
        return words + say("`python -m bot demo` shows everything without tokens.")
    words = say("{now}, newest {newest}", now=revision, newest=newest)
    if revision == newest:
        return words
    return words + say(". `python -m bot migrate` brings it up to date, after a backup.")


async def _findings(settings: Settings) -> list[Finding]:
    findings = [Finding(say("Time zones"), ok=True, words=say("tzdata {version}", version=when.TZDATA_VERSION))]
    db = Database(database_url(settings))
    try:
        revision = await migrate.revision_of(db)
        newest = migrate.newest_revision()
        findings.append(Finding(say("Schema"), revision == newest, _schema_words(revision, newest)))
        if revision == newest:
            async with db.read() as connection:
                now = when.SystemClock().now()
                for feature in FEATURES:
                    findings += await feature.health(connection, now) if feature.health else []
    except STORAGE_ERRORS as error:
        explained = explain_storage(error, db.url.render_as_string())
        findings.append(Finding(say("Database"), ok=False, words=explained.sentence if explained else str(error)))
    finally:
        await db.dispose()
    return findings
