"""Manners towards feeds' owners: each host's pace, who gave the validators, `ttl`, where a source has moved to."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXTS = ("host", "answered", "lands", "body_hash", "moved_to")


def upgrade() -> None:
    """Add a table of hosts, and to each source what its manners need."""
    op.create_table(
        "host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ready", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )
    op.add_column("source", sa.Column("tried", sa.DateTime(timezone=True), nullable=True))
    op.add_column("source", sa.Column("ttl_minutes", sa.Integer(), nullable=True))
    for name in TEXTS:
        op.add_column("source", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("source", sa.Column("moved_times", sa.Integer(), nullable=True))
    _fill_in()


def _fill_in() -> None:
    """Name the host of every source, as if each had answered at its own address."""
    connection = op.get_bind()
    source = sa.table("source", *map(sa.column, ("id", "url", *TEXTS, "moved_times")))
    host = sa.table("host", sa.column("name"), sa.column("ready", sa.DateTime(timezone=True)))
    names = set()
    for source_id, url in connection.execute(sa.select(source.c.id, source.c.url)).all():
        name = (urlsplit(url).hostname or "").rstrip(".")
        names.add(name)
        change = sa.update(source).where(source.c.id == source_id)
        filled = {"host": name, "lands": name, "answered": url, "body_hash": "", "moved_to": "", "moved_times": 0}
        connection.execute(change.values(**filled))
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    if names:
        connection.execute(sa.insert(host), [{"name": name, "ready": long_ago} for name in sorted(names)])
