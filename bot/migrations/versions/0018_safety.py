"""Members are introduced, share contacts, exchange notes, report each other, and can be paused or banned."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add who knows whom, what they share, the reports, and bans."""
    op.add_column("member", sa.Column("banned_at", TIME, nullable=True))
    _acquaintances()
    _requests()
    _shares()
    _notes()
    _reports()


def _acquaintances() -> None:
    op.create_table(
        "acquaintance",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("first_id", KEY, nullable=False),
        sa.Column("second_id", KEY, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ended", TIME, nullable=True),
        sa.Column("message_id", KEY, nullable=True),
        _member("acquaintance", "first_id"),
        _member("acquaintance", "second_id"),
        sa.CheckConstraint("first_id < second_id", name="ordered"),
        sa.PrimaryKeyConstraint("community_id", "first_id", "second_id", name=op.f("pk_acquaintance")),
    )
    op.create_index("ix_acquaintance_second", "acquaintance", ["community_id", "second_id"], unique=False)
    op.create_index("ix_acquaintance_message", "acquaintance", ["message_id"], unique=False)


def _requests() -> None:
    op.create_table(
        "introduction_request",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("asker_id", KEY, nullable=False),
        sa.Column("asked_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _member("introduction_request", "asker_id"),
        _member("introduction_request", "asked_id"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_introduction_request")),
    )
    asker, asked = ("ix_introduction_request_asker", "ix_introduction_request_asked")
    op.create_index(asker, "introduction_request", ["community_id", "asker_id", "at"], unique=False)
    op.create_index(asked, "introduction_request", ["community_id", "asked_id"], unique=False)


def _shares() -> None:
    op.create_table(
        "contact_share",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("other_id", KEY, nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("notes", sa.Boolean(), nullable=False),
        _member("contact_share"),
        _member("contact_share", "other_id"),
        sa.PrimaryKeyConstraint("community_id", "member_id", "other_id", name=op.f("pk_contact_share")),
    )
    op.create_index("ix_contact_share_other", "contact_share", ["community_id", "other_id"], unique=False)


def _notes() -> None:
    op.create_table(
        "note",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("writer_id", KEY, nullable=False),
        sa.Column("reader_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        _member("note", "writer_id"),
        _member("note", "reader_id"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_note")),
    )
    op.create_index("ix_note_writer", "note", ["community_id", "writer_id", "at"], unique=False)
    op.create_index("ix_note_reader", "note", ["community_id", "reader_id"], unique=False)
    op.create_index("ix_note_delivered", "note", ["delivered", "at"], unique=False)


def _reports() -> None:
    op.create_table(
        "member_report",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("reported", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("messages", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_member_report_community_id_community")
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_member_report")),
    )
    op.create_index("ix_member_report_reported", "member_report", ["community_id", "reported"], unique=False)
    op.create_index("ix_member_report_reporter", "member_report", ["community_id", "reporter"], unique=False)
    op.create_table(
        "barred_account",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_barred_account_community_id_community")
        ),
        sa.PrimaryKeyConstraint("community_id", "hash", name=op.f("pk_barred_account")),
    )


def _member(table: str, column: str = "member_id") -> sa.ForeignKeyConstraint:
    """A table's reference to a member."""
    name = op.f(f"fk_{table}_community_id_{column}")
    return sa.ForeignKeyConstraint(["community_id", column], ["member.community_id", "member.id"], name=name)
