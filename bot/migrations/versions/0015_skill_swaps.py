"""Members swap skills: help that was asked for, lessons and their hours, rounds of rings."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what swaps need. A community's first round is planned when its job first looks."""
    op.add_column("community", sa.Column("swap_due", TIME, nullable=True))
    op.execute("UPDATE community SET swap_due = digest_due")
    _who_takes_part()
    _help()
    _rounds()
    _lessons()


def _who_takes_part() -> None:
    op.create_table(
        "swap_member",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("joined", TIME, nullable=False),
        sa.Column("left", TIME, nullable=True),
        sa.Column("paused_until", TIME, nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("coffee", sa.Boolean(), nullable=False),
        sa.Column("missed", KEY, nullable=True),
        _reference("swap_member", "member_id"),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("pk_swap_member")),
    )


def _help() -> None:
    op.create_table(
        "swap_ask",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("asker_id", KEY, nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _reference("swap_ask", "asker_id"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_swap_ask")),
    )
    is_open = sa.text("state = 'open'")
    columns = ["community_id", "asker_id", "skill"]
    op.create_index(
        "uq_swap_ask_open", "swap_ask", columns, unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_table(
        "swap_request",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("ask_id", KEY, nullable=False),
        sa.Column("helper_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _reference("swap_request", "helper_id"),
        _reference("swap_request", "ask_id", "swap_ask"),
        sa.PrimaryKeyConstraint("community_id", "ask_id", "helper_id", name=op.f("pk_swap_request")),
    )
    op.create_index("ix_swap_request_state", "swap_request", ["state"], unique=False)
    op.create_index("ix_swap_request_helper", "swap_request", ["community_id", "helper_id"], unique=False)


def _rounds() -> None:
    op.create_table(
        "swap_round",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("objective", sa.Float(), nullable=False),
        sa.Column("bound", sa.Float(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_swap_round_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_swap_round")),
    )
    op.create_table(
        "swap_ring",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("round_id", KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        _reference("swap_ring", "round_id", "swap_round"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_swap_ring")),
    )
    op.create_index("ix_swap_ring_state", "swap_ring", ["state"], unique=False)
    op.create_table(
        "swap_seat",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("ring_id", KEY, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("member_id", KEY, nullable=True),
        sa.Column("teaches", sa.Text(), nullable=True),
        sa.Column("learns", sa.Text(), nullable=True),
        sa.Column("told", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("reminded", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        _reference("swap_seat", "member_id"),
        _reference("swap_seat", "ring_id", "swap_ring"),
        sa.PrimaryKeyConstraint("community_id", "ring_id", "number", name=op.f("pk_swap_seat")),
    )
    is_open, columns = sa.text("open"), ["community_id", "member_id"]
    op.create_index(
        "uq_swap_seat_open", "swap_seat", columns, unique=True, sqlite_where=is_open, postgresql_where=is_open
    )


def _lessons() -> None:
    op.create_table(
        "swap_lesson",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("giver_id", KEY, nullable=True),
        sa.Column("getter_id", KEY, nullable=True),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_met", sa.Boolean(), nullable=False),
        sa.Column("due", TIME, nullable=True),
        sa.Column("thanked", TIME, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        _reference("swap_lesson", "giver_id"),
        _reference("swap_lesson", "getter_id"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_swap_lesson")),
    )
    op.create_index("ix_swap_lesson_due", "swap_lesson", ["due"], unique=False)
    for side in ("giver", "getter"):
        op.create_index(f"ix_swap_lesson_{side}", "swap_lesson", ["community_id", f"{side}_id"], unique=False)
    op.create_table(
        "swap_hour",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("lesson_id", KEY, nullable=False),
        sa.Column("giver_id", KEY, nullable=True),
        sa.Column("getter_id", KEY, nullable=True),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_swap_hour_some")),
        _reference("swap_hour", "giver_id"),
        _reference("swap_hour", "getter_id"),
        _reference("swap_hour", "lesson_id", "swap_lesson"),
        sa.PrimaryKeyConstraint("community_id", "lesson_id", name=op.f("pk_swap_hour")),
    )
    for side in ("giver", "getter"):
        op.create_index(f"ix_swap_hour_{side}", "swap_hour", ["community_id", f"{side}_id"], unique=False)


def _reference(table: str, column: str, to: str = "member") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_community_id_{column}")
    return sa.ForeignKeyConstraint(["community_id", column], [f"{to}.community_id", f"{to}.id"], name=name)
