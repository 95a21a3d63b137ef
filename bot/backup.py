"""Backups: verified copies of a database in use, one each day and one before each change of the schema."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from bot.db import Database
    from bot.settings import Settings

UNFINISHED = ".part"


def folder_of(settings: Settings) -> Path:
    """Where backups live."""
    return Path(settings.app.data_dir) / "backups"


def find(folder: Path, name: str) -> Path | None:
    """The backup with this name, if it was taken."""
    return next(iter(folder.glob(f"{name}.*")), None)


def newest(folder: Path) -> Path | None:
    """The backup that was taken last."""
    taken = (path for path in folder.glob("*.*") if path.suffix != UNFINISHED)
    return max(taken, key=lambda path: path.stat().st_mtime, default=None)


def drop_old(folder: Path, keep: int) -> None:
    """Delete the daily backups but for the newest `keep`."""
    for path in sorted(folder.glob("daily-*"))[:-keep]:
        path.unlink()


async def take(db: Database, folder: Path, name: str) -> Path:
    """Copy the database into `folder` as `name` and return the file. Raises `UserError` (E-BACKUP) if that fails."""
    part = folder / f".{name}.{secrets.token_hex(4)}{UNFINISHED}"  # two processes may take the same one at once
    target = folder / f"{name}.{'sqlite3' if db.is_sqlite else 'dump'}"
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        if db.is_sqlite:
            await asyncio.to_thread(_vacuum_into, str(db.url.database), str(part))
        else:
            await _dump_postgres(db, part)
        part.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise UserError(
            "E-BACKUP",
            say("I could not take a backup into {folder}.", folder=folder),
            why=say("The system says: {why}.", why=error),
            advice=say("Free some space there and let me write to it; --no-backup starts without a backup."),
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()
    return target


def _vacuum_into(source: str, target: str) -> None:
    """Copy an SQLite file by `VACUUM INTO`; the paged backup call never ends beside a busy writer."""
    connection = sqlite3.connect(source, isolation_level=None, timeout=30)
    try:
        connection.execute("VACUUM INTO ?", (target,))
    finally:
        connection.close()
    copy = sqlite3.connect(target)
    try:
        if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise UserError("E-BACKUP", say("The backup {target} could not be verified.", target=target))
    finally:
        copy.close()


async def _dump_postgres(db: Database, target: Path) -> None:
    program = await _matching_pg_dump(db)
    url = db.url.set(drivername="postgresql")
    process = await asyncio.create_subprocess_exec(
        program,
        "--format=custom",
        f"--file={target}",
        url.set(password=None).render_as_string(),
        env={**os.environ, "PGPASSWORD": url.password or ""},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise UserError("E-BACKUP", say("pg_dump failed: {why}", why=errors.decode(errors="replace").strip()[-500:]))


async def _matching_pg_dump(db: Database) -> str:
    """The path of a pg_dump that is not older than the server."""
    async with db.read() as connection:
        version = (await connection.execute(sa.text("SHOW server_version_num"))).scalar_one()
    major = int(version) // 10_000
    program = shutil.which("pg_dump")
    if program and await _major_version(program) >= major:
        return program
    raise UserError(
        "E-BACKUP",
        say("I can't back up this PostgreSQL {major} database myself.", major=major),
        why=say("There is no pg_dump of that version or newer here."),
        advice=say(
            "Run `pg_dump --format=custom --file=guildhall.dump {url}` where there is one, "
            "then start again with --no-backup.",
            url=db.url.set(drivername="postgresql").render_as_string(hide_password=True),
        ),
    )


async def _major_version(program: str) -> int:
    process = await asyncio.create_subprocess_exec(program, "--version", stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    found = re.search(rb"(\d+)", output)
    return int(found[1]) if found else 0
