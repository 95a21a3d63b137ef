"""Meetups: what is planned, each time it happens, who comes, where its cards stand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables of meetups, and the addresses of calendars."""
    op.create_table(
        "meetup",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("series_id", KEY, nullable=False),
        sa.Column("host_id", KEY, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("made", TIME, nullable=False),
        _refer("meetup", "series_id", "series"),
        _refer("meetup", "host_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_meetup")),
    )
    op.create_table(
        "gathering",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("meetup_id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("announced", TIME, nullable=True),
        sa.Column("cancelled", TIME, nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("asked_how", TIME, nullable=True),
        sa.Column("due", TIME, nullable=True),
        _refer("gathering", "meetup_id", "meetup"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_gathering")),
        sa.UniqueConstraint("community_id", "meetup_id", "key", name=op.f("uq_gathering_community_id_meetup_id_key")),
    )
    op.create_index("ix_gathering_due", "gathering", ["due"], unique=False)
    op.create_index("ix_gathering_at", "gathering", ["community_id", "at"], unique=False)
    op.create_table(
        "rsvp",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("gathering_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reminders", JSON, nullable=False),
        sa.Column("offered_at", TIME, nullable=True),
        sa.Column("came", sa.Boolean(), nullable=True),
        sa.Column("worth_it", sa.Boolean(), nullable=True),
        _refer("rsvp", "gathering_id", "gathering"),
        _refer("rsvp", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "gathering_id", "member_id", name=op.f("pk_rsvp")),
    )
    op.create_index("ix_rsvp_member", "rsvp", ["community_id", "member_id"], unique=False)
    op.create_table(
        "meetup_card",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("gathering_id", KEY, nullable=False),
        sa.Column("space_id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("event_message_id", KEY, nullable=True),
        _refer("meetup_card", "gathering_id", "gathering"),
        _refer("meetup_card", "space_id", "space"),
        sa.PrimaryKeyConstraint("community_id", "gathering_id", "space_id", name=op.f("pk_meetup_card")),
    )
    op.create_table(
        "calendar_address",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("member_id", KEY, nullable=True),
        sa.Column("made", TIME, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_calendar_address_community_id")),
        _refer("calendar_address", "member_id", "member"),
        sa.PrimaryKeyConstraint("community_id", "hash", name=op.f("pk_calendar_address")),
    )
    op.create_index("ix_calendar_address_hash", "calendar_address", ["hash"], unique=False)


def _refer(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """A reference within a community."""
    name = op.f(f"fk_{table}_community_id_{column}")
    return sa.ForeignKeyConstraint(["community_id", column], [f"{target}.community_id", f"{target}.id"], name=name)
