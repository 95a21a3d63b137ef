"""The right time: series and their occurrences, journeys, the release of zone data that instants were made by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the tables, and add the columns."""
    op.add_column("community", sa.Column("zone_data", sa.Text(), nullable=True))
    op.add_column("message", sa.Column("until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "journey",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "member_id"],
            ["member.community_id", "member.id"],
            name=op.f("fk_journey_community_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "member_id", "first", name=op.f("pk_journey")),
    )
    op.create_table(
        "series",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("plan", JSON, nullable=False),
        sa.Column("zone_data", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_series_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_series")),
    )
    op.create_index("ix_series_due", "series", ["due"], unique=False)
    op.create_table(
        "occurrence",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("series_id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "series_id"], ["series.community_id", "series.id"], name=op.f("fk_occurrence_community_id")
        ),
        sa.PrimaryKeyConstraint("community_id", "series_id", "key", name=op.f("pk_occurrence")),
    )
    op.create_index("ix_occurrence_at", "occurrence", ["community_id", "at"], unique=False)
