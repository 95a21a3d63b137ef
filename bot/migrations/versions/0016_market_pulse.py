"""Each community's weekly pulse of the market has its due."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table. Its rows are made by the job that sends the pulses."""
    op.create_table(
        "market_pulse",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_market_pulse_community_id")),
        sa.PrimaryKeyConstraint("community_id", name=op.f("pk_market_pulse")),
    )
    op.create_index("ix_market_pulse_due", "market_pulse", ["due"], unique=False)
