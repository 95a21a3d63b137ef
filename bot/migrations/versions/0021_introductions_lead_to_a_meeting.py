"""Those who were introduced fix a time; help can be a gift."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Let a lesson have a time, how often one was fixed, and whether nothing is wanted back for it."""
    op.add_column("swap_lesson", sa.Column("meets_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("swap_lesson", sa.Column("fixed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("swap_lesson", sa.Column("free", sa.Boolean(), nullable=False, server_default=sa.false()))
