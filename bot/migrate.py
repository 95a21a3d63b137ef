"""The schema: brought up to date at start, after a backup, safe when two processes start at once."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot import backup
from bot.db import STORAGE_ERRORS, damaged, explain_storage
from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from bot.db import Database

PATIENCE = 10.0  # seconds for which a file may be locked by somebody else

_LOCK = 7_461_830_215  # of PostgreSQL's advisory locks; any number that is always the same


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def newest_revision() -> str:
    """The revision that this version of the code works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise LookupError("there are no migrations")
    return head


async def revision_of(db: Database) -> str | None:
    """The revision that the database has, None when it is empty."""
    async with db.read() as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def prepare(db: Database, backups: Path, now: datetime, *, back_up: bool = True) -> str | None:
    """Bring the schema up to date; returns the revision it came from if anything changed.

    Raises `UserError`: E-DATA (cannot be used), E-NEWERDB (made by a newer version), E-BACKUP (see `backup.take`).
    """
    place = str(db.url.database) if db.is_sqlite else f"{db.url.host or 'the local socket'}/{db.url.database}"
    try:
        if db.is_sqlite:
            await asyncio.to_thread(_check_file, place, backups)
        before = await revision_of(db)
        head = newest_revision()
        if before == head:
            return None
        known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
        if before is not None and before not in known:
            raise UserError(
                "E-NEWERDB",
                say("The database was made by a newer version of Guildhall (its schema is {rev}).", rev=before),
                advice=say("Run that version again, or restore a backup from before the upgrade. Nothing was changed."),
            )
        if before is not None and back_up:
            await backup.take(db, backups, f"before-{head}-{now:%Y%m%dT%H%M%S}")
        async with db.write() as connection:
            if not db.is_sqlite:
                await connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(_upgrade)
    except STORAGE_ERRORS as error:
        explained = explain_storage(error, place, backup.newest(backups))
        if explained is None:
            raise
        raise explained from error
    return before or "empty"


def _upgrade(connection: sa.Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _check_file(file: str, backups: Path) -> None:
    """Refuse an SQLite file that is damaged (and name the last good backup) or cannot be written to; changes nothing.

    Not through the engine: when a connection fails, aiosqlite's thread may outlive the event loop, and complains.
    """
    connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("PRAGMA user_version = 0")  # a read-only file lets even BEGIN IMMEDIATE pass
        connection.execute("ROLLBACK")
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        connection.close()
    if found != ("ok",):
        raise damaged(file, backup.newest(backups))
