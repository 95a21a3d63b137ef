"""The command line's frame: the application that commands are added to, and how it speaks."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from bot import config
from bot.errors import UserError

if TYPE_CHECKING:
    from rich.table import Table

VERSION = "0.1.0"
FAILED, MISUSED = 1, 2  # exit statuses: it did not work; it was asked wrongly

app = typer.Typer(
    name="guildhall",
    help="Guildhall: curated AI gigs, skill swaps and mentoring meetups for communities on Slack and Discord.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
try_app = typer.Typer(help="Run one capability on a file or address, without a database.", no_args_is_help=True)
app.add_typer(try_app, name="try")

errors = Console(stderr=True, highlight=False, soft_wrap=True)

ConfigFile = Annotated[Path | None, typer.Option("--config", help="The settings file (config.toml if it is there).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def explain(error: UserError) -> None:
    """Say on standard error what went wrong and what to do."""
    if isinstance(error, config.ConfigErrors):
        for problem in error.problems:
            errors.print(f"• {problem}", markup=False)
        return
    for part in (error.happened, error.why, error.advice):
        if part:
            errors.print(part, markup=False)
    errors.print(f"({error.code})", style="dim", markup=False)


def print_json(data: Any) -> None:
    """Print JSON on standard output."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def text_of(table: Table) -> str:
    """Return a table as text, as wide as the terminal."""
    with errors.capture() as captured:
        errors.print(table, markup=False)
    return captured.get().rstrip()


def set_up_logging(level: str, *, as_json: bool = False) -> None:
    """Log to standard error, as text or as one JSON object a line."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        _JsonLines() if as_json else logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("apscheduler", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {"at": self.formatTime(record), "level": record.levelname, "name": record.name}
        line["message"] = record.getMessage()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
