"""Alerts of members, digests of their own, and the moderators' weekly note."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; whatever is approved already is nothing new."""
    op.add_column("lead", sa.Column("open_since", TIME, nullable=True))
    op.execute("UPDATE lead SET open_since = published WHERE state = 'approved'")
    op.create_index("ix_lead_open", "lead", ["state", "open_since"], unique=False)
    op.add_column("community", sa.Column("note_due", TIME, nullable=True))
    op.create_table(
        "alert",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("wishes", JSON, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("due", TIME, nullable=True),
        _refer("alert", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_member", "alert", ["community_id", "member_id"], unique=False)
    op.create_index("ix_alert_due", "alert", ["due"], unique=False)
    op.create_table(
        "alert_told",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        _refer("alert_told", "member_id", "member"),
        _refer("alert_told", "lead_id", "lead"),
        sa.PrimaryKeyConstraint("community_id", "member_id", "lead_id", name=op.f("pk_alert_told")),
    )
    op.create_index("ix_alert_told_lead", "alert_told", ["community_id", "lead_id"], unique=False)
    op.create_table(
        "own_digest",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("left_out", JSON, nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("zone_data", sa.Text(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("due", TIME, nullable=True),
        _refer("own_digest", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("pk_own_digest")),
    )
    op.create_index("ix_own_digest_due", "own_digest", ["due"], unique=False)


def _refer(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """A reference within a community."""
    name = op.f(f"fk_{table}_community_id_{column}")
    return sa.ForeignKeyConstraint(["community_id", column], [f"{target}.community_id", f"{target}.id"], name=name)
