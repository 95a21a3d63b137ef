"""Moderators in charge: approval and rules of each feed, edited leads, the daily batch card, cards of single leads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what moderators decide on feeds and leads, and where they are asked."""
    op.add_column("community", sa.Column("approval", sa.Text(), nullable=True))
    op.add_column("community", sa.Column("batch_due", TIME, nullable=True))
    op.add_column("community", sa.Column("offer_not_before", TIME, nullable=True))
    op.add_column("feed", sa.Column("approval", sa.Text(), nullable=True))
    op.add_column("feed", sa.Column("default_kind", sa.Text(), nullable=True))
    op.add_column("feed", sa.Column("rules", JSON, nullable=True))
    op.add_column("feed", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("lead", sa.Column("left_out", sa.Text(), nullable=True))
    op.add_column("lead", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("lead", sa.Column("edits", JSON, nullable=True))
    op.add_column("lead", sa.Column("ran_out", TIME, nullable=True))
    op.add_column("publication", sa.Column("closed", TIME, nullable=True))
    op.create_table(
        "asking",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "lead_id"], ["lead.community_id", "lead.id"], name=op.f("fk_asking_community_id_lead_id")
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "message_id"],
            ["message.community_id", "message.id"],
            name=op.f("fk_asking_community_id_message_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "lead_id", "message_id", name=op.f("pk_asking")),
    )
    op.create_table(
        "docket",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("leads", JSON, nullable=False),
        sa.Column("more", sa.Integer(), nullable=False),
        sa.Column("ran_out", sa.Integer(), nullable=False),
        sa.Column("messages", JSON, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_docket_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_docket")),
    )
    op.execute("UPDATE community SET batch_due = digest_due")
