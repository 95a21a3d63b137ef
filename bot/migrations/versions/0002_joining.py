"""A second workspace or server joins a community with a one-time code, and may leave it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the codes, the count of wrong ones, and since when a space is gone."""
    op.add_column("space", sa.Column("left", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "one_time_code",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_one_time_code_community_id")),
        sa.PrimaryKeyConstraint("community_id", "hash", name=op.f("pk_one_time_code")),
    )
    op.create_index("ix_one_time_code_hash", "one_time_code", ["hash"], unique=False)
    op.create_table(
        "wrong_code",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_code")),
    )
