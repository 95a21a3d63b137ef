"""Members save leads, hide them, report them and share them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the marks, the reports and the shares."""
    op.create_table(
        "lead_mark",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("reminder", sa.Text(), nullable=True),
        *_refer("lead_mark"),
        sa.PrimaryKeyConstraint("community_id", "member_id", "lead_id", name=op.f("pk_lead_mark")),
    )
    op.create_index("ix_lead_mark_lead", "lead_mark", ["community_id", "lead_id"], unique=False)
    op.create_table(
        "lead_report",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("decided_at", TIME, nullable=True),
        sa.Column("messages", JSON, nullable=False),
        *_refer("lead_report"),
        sa.PrimaryKeyConstraint("community_id", "lead_id", "member_id", name=op.f("pk_lead_report")),
    )
    op.create_table(
        "lead_share",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("space_id", KEY, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("knows_client", sa.Boolean(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        *_refer("lead_share"),
        sa.ForeignKeyConstraint(
            ["community_id", "space_id"],
            ["space.community_id", "space.id"],
            name=op.f("fk_lead_share_community_id_space_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "lead_id", name=op.f("pk_lead_share")),
    )


def _refer(table: str) -> list[sa.ForeignKeyConstraint]:
    """The references to a member and to a lead, new ones for each table."""
    return [
        sa.ForeignKeyConstraint(
            ["community_id", "member_id"],
            ["member.community_id", "member.id"],
            name=op.f(f"fk_{table}_community_id_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "lead_id"], ["lead.community_id", "lead.id"], name=op.f(f"fk_{table}_community_id_lead_id")
        ),
    ]
