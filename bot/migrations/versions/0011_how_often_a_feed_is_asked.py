"""How often a feed is asked by its moderators' choice, and the notices that stand about how it is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Give a feed its interval and its notices."""
    json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
    op.add_column("feed", sa.Column("poll_minutes", sa.Integer(), nullable=True))
    op.add_column("feed", sa.Column("notices", json, nullable=True))
