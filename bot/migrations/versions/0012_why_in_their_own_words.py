"""Why a lead was rejected, in a moderator's own words."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Let a lead keep the words beside the reason."""
    op.add_column("lead", sa.Column("reason_words", sa.Text(), nullable=True))
