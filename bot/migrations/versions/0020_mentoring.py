"""Mentoring: who offers which hours, who asks, what is booked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables of mentoring."""
    op.create_table(
        "mentor_offer",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("topics", JSON, nullable=False),
        sa.Column("windows", JSON, nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("weekly", sa.Integer(), nullable=False),
        sa.Column("monthly", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("paused_until", TIME, nullable=True),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("busy", JSON, nullable=False),
        sa.Column("calendar_due", TIME, nullable=True),
        sa.Column("calendar_error", sa.Text(), nullable=False),
        _refer("mentor_offer", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("pk_mentor_offer")),
    )
    op.create_index("ix_mentor_offer_calendar", "mentor_offer", ["calendar_due"], unique=False)
    op.create_table(
        "mentor_request",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("windows", JSON, nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("made", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", TIME, nullable=True),
        _refer("mentor_request", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_mentor_request")),
    )
    op.create_index("ix_mentor_request_due", "mentor_request", ["due"], unique=False)
    op.create_index("ix_mentor_request_member", "mentor_request", ["community_id", "member_id"], unique=False)
    op.create_table(
        "mentor_asked",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        _refer("mentor_asked", "request_id", "mentor_request"),
        _refer("mentor_asked", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "request_id", "member_id", name=op.f("pk_mentor_asked")),
    )
    op.create_table(
        "mentor_session",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("member_id", KEY, nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("made", TIME, nullable=False),
        sa.Column("cancelled", TIME, nullable=True),
        sa.Column("due", TIME, nullable=True),
        _refer("mentor_session", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_mentor_session")),
    )
    op.create_index("ix_mentor_session_due", "mentor_session", ["due"], unique=False)
    op.create_index("ix_mentor_session_member", "mentor_session", ["community_id", "member_id", "at"], unique=False)
    op.create_table(
        "mentor_seat",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("session_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("made", TIME, nullable=False),
        sa.Column("booking", KEY, nullable=False),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("mentor_met", sa.Boolean(), nullable=True),
        sa.Column("thanked", TIME, nullable=True),
        _refer("mentor_seat", "session_id", "mentor_session"),
        _refer("mentor_seat", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "session_id", "member_id", name=op.f("pk_mentor_seat")),
    )
    op.create_index("ix_mentor_seat_member", "mentor_seat", ["community_id", "member_id"], unique=False)


def _refer(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """A reference within a community."""
    name = op.f(f"fk_{table}_community_id_{column}")
    return sa.ForeignKeyConstraint(["community_id", column], [f"{target}.community_id", f"{target}.id"], name=name)
