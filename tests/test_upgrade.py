"""A database of an earlier version is brought up to date with what it holds."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot import migrate
from bot.db import Database
from tests.conftest import MORNING

MIGRATIONS = Path(migrate.__file__).parent / "migrations"


def upgrade_to(connection: sa.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def test_feeds_of_the_first_version_go_on_as_they_were(db_url: str, tmp_path: Path) -> None:
    old = Database(db_url)
    at = "2026-11-01 06:00:00+00" if not old.is_sqlite else "2026-11-01 06:00:00"
    try:
        async with old.write() as connection:
            await connection.run_sync(upgrade_to, "0001")
            for statement in (
                f"INSERT INTO community VALUES (1, 'Guild', 'UTC', '08:00', NULL, '{at}')",
                f"INSERT INTO source VALUES (2, 'https://x.example', 'X', '', '', 4, 'Broken.', '{at}', '{at}', NULL)",
                f"INSERT INTO feed VALUES (1, 3, 2, 'X', 'demand', 'digest', '{at}')",
            ):
                await connection.execute(sa.text(statement))
        await migrate.prepare(old, tmp_path / "backups", MORNING, back_up=False)
        async with old.read() as connection:
            feed = (await connection.execute(sa.text("SELECT * FROM feed"))).mappings().one()
            source = (await connection.execute(sa.text("SELECT * FROM source"))).mappings().one()
        assert feed["begun"] == feed["added"]  # its backlog was taken in when it was added
        assert (feed["kind"], feed["paused"], feed["removed"], feed["told"]) == ("jobs", None, None, None)
        assert source["failing_since"] == source["last_ok"]
    finally:
        await old.dispose()
