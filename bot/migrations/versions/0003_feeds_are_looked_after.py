"""Feeds are looked after: kinds and what comes of each, pauses, health, the flood brake."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what a feed and its source remember, and the tables of listings and floods."""
    op.add_column("source", sa.Column("failing_since", TIME, nullable=True))
    op.add_column("source", sa.Column("silent_after", TIME, nullable=True))
    op.add_column("source", sa.Column("slow_seconds", sa.Integer(), nullable=True))
    op.add_column("feed", sa.Column("kind", sa.Text(), nullable=False, server_default="jobs"))
    op.add_column("feed", sa.Column("begun", TIME, nullable=True))
    op.add_column("feed", sa.Column("batch", KEY, nullable=True))
    op.add_column("feed", sa.Column("paused", TIME, nullable=True))
    op.add_column("feed", sa.Column("paused_by", sa.Text(), nullable=True))
    op.add_column("feed", sa.Column("removed", TIME, nullable=True))
    op.add_column("feed", sa.Column("told", sa.Text(), nullable=True))
    op.create_index("ix_feed_source", "feed", ["source_id"], unique=False)
    op.execute("UPDATE feed SET begun = added")
    op.execute("UPDATE source SET failing_since = COALESCE(last_ok, CURRENT_TIMESTAMP) WHERE failures > 0")
    _make_listings()
    op.create_table(
        "flood",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("began", TIME, nullable=False),
        sa.Column("last", TIME, nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("messages", JSON, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "feed_id"], ["feed.community_id", "feed.id"], name=op.f("fk_flood_community_id_feed_id")
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_flood")),
    )
    op.create_index("ix_flood_feed", "flood", ["community_id", "feed_id"], unique=False)


def _make_listings() -> None:
    op.create_table(
        "listing",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("published", TIME, nullable=False),
        sa.Column("taken", TIME, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_listing_entry_id")),
        sa.ForeignKeyConstraint(
            ["community_id", "feed_id"], ["feed.community_id", "feed.id"], name=op.f("fk_listing_community_id_feed_id")
        ),
        sa.PrimaryKeyConstraint("community_id", "entry_id", name=op.f("pk_listing")),
    )
    op.create_index("ix_listing_state", "listing", ["community_id", "kind", "state", "taken"], unique=False)
    op.create_index("ix_listing_canonical", "listing", ["community_id", "canonical"], unique=False)
    op.create_index("ix_listing_title_key", "listing", ["community_id", "title_key"], unique=False)
    op.create_table(
        "showing",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("space_id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "entry_id"],
            ["listing.community_id", "listing.entry_id"],
            name=op.f("fk_showing_community_id_entry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "space_id"],
            ["space.community_id", "space.id"],
            name=op.f("fk_showing_community_id_space_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "entry_id", "space_id", name=op.f("pk_showing")),
    )
