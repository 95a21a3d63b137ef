"""The database: one engine for each way of using it, transactions, and the few statements that need care.

The same Core statements run on SQLite (a file, the default) and PostgreSQL. On SQLite there is one writer connection,
which begins with `BEGIN IMMEDIATE` (a transaction that reads first and writes later fails when somebody else wrote
meanwhile), and readers of their own that cannot write. On PostgreSQL both are ordinary pools.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import UserError
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy.engine.interfaces import Dialect

T = TypeVar("T")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- column types ----------------------------------------------------------------------------------------------------

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL and lone surrogates


def clean(value: Any) -> Any:
    """`value` without the characters that a database cannot store, in strings at any depth of lists and dicts."""
    if isinstance(value, str):
        storable = value.isascii() and "\0" not in value  # ten times as fast for most
        return value if storable else _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item) for item in value]
    return value


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant. Naive values are refused on the way in; what comes out is always aware, in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: D102
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002, D102
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(sa.types.TypeDecorator[str]):
    """Text that came from people or feeds, cleaned of what a database cannot store."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002, D102
        return clean(value)  # type: ignore[no-any-return]


class Json(sa.types.TypeDecorator[Any]):
    """JSON data, cleaned likewise; JSONB on PostgreSQL."""

    impl = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002, D102
        return clean(value)


Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# --- connections -----------------------------------------------------------------------------------------------------


def sqlite_url(path: Path) -> str:
    """The address of an SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


def async_url(url: str) -> str:
    """A setting's `postgresql://…` address with the driver that we use in it."""
    for scheme in ("postgresql://", "postgres://"):
        if url.startswith(scheme):
            return "postgresql+asyncpg://" + url.removeprefix(scheme)
    return url


class Database:
    """The way to the rows. Dispose of it, or SQLite's threads keep the process alive."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(async_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, "BEGIN IMMEDIATE", size=1, query_only=False)
            self._reader = _sqlite_engine(self.url, "BEGIN", size=4, query_only=True)
        else:
            self._writer = self._reader = create_async_engine(self.url, pool_size=8, pool_pre_ping=True)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that may write; committed at the end, rolled back on an exception. Keep it short."""
        async with self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that sees a consistent state and cannot write."""
        async with self._reader.connect() as connection:
            if not self.is_sqlite:
                await connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield connection

    @property
    def together(self) -> int:
        """Of how many things one transaction may take care.

        SQLite has one writer, who waits for nobody: many together cost little more than one. On PostgreSQL others
        write meanwhile, and who holds one thing and waits for the next may wait for who wants them the other way round.
        """
        return 50 if self.is_sqlite else 1

    async def dispose(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._reader.dispose()


def _sqlite_engine(url: sa.URL, begin: str, *, size: int, query_only: bool) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=size, max_overflow=0, poolclass=sa.pool.AsyncAdaptedQueuePool)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin ourselves: the driver's own BEGIN comes too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.execute("PRAGMA foreign_keys=ON")
        if query_only:
            cursor.execute("PRAGMA query_only=ON")
        else:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


_NO_SUCH_DATABASE = re.compile('(?:database|role) "[^"]*" does not exist')


def damaged(place: str, last_backup: Path | None) -> UserError:
    """The sentence for a damaged database."""
    advice = say("Restore the newest file of the backups folder beside it, and keep the damaged one aside.")
    if last_backup:
        advice = say("Keep it aside and put the last good backup, {file}, in its place.", file=last_backup)
    return UserError("E-DATA", say("The database in {place} is damaged.", place=place), advice=advice)


def explain_storage(error: Exception, place: str, last_backup: Path | None = None) -> UserError | None:
    """The sentence for a database that cannot be used as it is, or None when `error` is of another kind."""
    text = str(getattr(error, "orig", error)).lower()
    if "readonly" in text or "read-only" in text:
        happened = say("I can't write to the database in {place}.", place=place)
        advice = say("Make the folder writable for the user that runs Guildhall, or set app.data_dir to another one.")
    elif "unable to open" in text:
        happened = say("I can't open the database in {place}.", place=place)
        advice = say("Check that the folder exists and may be written to, or set app.data_dir to another one.")
    elif "locked" in text:
        happened = say("Another program has locked the database in {place}.", place=place)
        advice = say("Close it (a database browser, a second Guildhall, a backup) and start again.")
    elif "malformed" in text or "not a database" in text:
        return damaged(place, last_backup)
    elif "disk is full" in text or "disk i/o" in text:
        happened = say("The disk that holds the database in {place} is full or failing.", place=place)
        advice = say("Free some space, then start again. Nothing that was stored is lost.")
    elif isinstance(error, OSError) or "password" in text or _NO_SUCH_DATABASE.search(text):
        happened = say("The database server at {place} can't be used: {why}.", place=place, why=str(error).rstrip("."))
        advice = say("Check database.url and that the server is running.")
    else:
        return None
    return UserError("E-DATA", happened, advice=advice)


STORAGE_ERRORS = (sa.exc.DBAPIError, sqlite3.Error, OSError)
"""What a database that cannot be used raises; `explain_storage` puts it into words."""

# --- statements that need care ---------------------------------------------------------------------------------------


def parts(values: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """The values in lists of at most `size`: a statement takes no more than some 32,000 parameters."""
    wanted = list(values)
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


async def claim(
    connection: AsyncConnection,
    table: sa.Table,
    *,
    due_by: datetime,
    machine_now: datetime,
    lease_until: datetime,
    limit: int,
) -> Sequence[sa.RowMapping]:
    """Lease up to `limit` rows of `table` that are due, earliest first, and return them.

    The table has `id`, `due` (wall clock) and `lease` (machine clock). A row is free when its lease is over or was
    never taken. PostgreSQL skips rows that another process is claiming now; SQLite has one writer and leaves the
    FOR UPDATE out.
    """
    free = (
        sa.select(table.c.id)
        .where(table.c.due <= due_by, sa.or_(table.c.lease.is_(None), table.c.lease <= machine_now))
        .order_by(table.c.due, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = sa.update(table).where(table.c.id.in_(free)).values(lease=lease_until).returning(*table.c)
    rows = (await connection.execute(statement)).mappings().all()
    return sorted(rows, key=lambda row: (row["due"], row["id"]))


async def insert_new(
    connection: AsyncConnection, table: sa.Table, rows: Iterable[Mapping[str, Any]], *, returning: sa.Column[Any]
) -> list[Any]:
    """Insert the rows that break no unique constraint and return `returning` of exactly those."""
    rows = list(rows)
    if not rows:
        return []
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing().returning(returning)
    return list((await connection.execute(statement, rows)).scalars())
