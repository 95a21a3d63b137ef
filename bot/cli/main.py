"""The command line with all its commands."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from bot import config
from bot.cli import (  # noqa: F401  they add their commands
    demo,
    evaluating,
    forgetting,
    platforms,
    running,
    trying,
    trying_swaps,
    trying_times,
)
from bot.cli.terminal import FAILED, MISUSED, VERSION, ConfigFile, app, explain
from bot.errors import UserError
from bot.words import say


def main() -> None:
    """Run the command line; a `UserError` is one clear sentence and an exit status, never a traceback."""
    try:
        app()
    except UserError as error:
        explain(error)
        raise SystemExit(MISUSED if isinstance(error, config.ConfigErrors) else FAILED) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


@app.command()
def version() -> None:
    """Print the version, and those of the parts that matter."""
    parts = ("discord.py", "slack-bolt", "APScheduler", "SQLAlchemy", "tzdata")
    typer.echo(f"Guildhall {VERSION}")
    for part in parts:
        typer.echo(f"  {part} {metadata.version(part)}")


@app.command("check-config")
def check_config(
    file: ConfigFile = None,
    dump: Annotated[
        bool, typer.Option("--dump", help="Print every value with its origin; secrets are masked.")
    ] = False,
) -> None:
    """Check the settings: all mistakes at once, each with what would do."""
    settings = config.load(file)
    if dump:
        for key, value, origin in config.dump(settings):
            typer.echo(f"{key} = {value}  # {origin}")
    else:
        typer.echo(say("The settings are fine."))
