"""Members may say skills that nobody has named yet; moderators make them the community's own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add a community's own skills, what members call theirs, and what moderators are asked about it."""
    op.create_table(
        "community_skill",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aliases", JSON, nullable=False),
        _community("community_skill"),
        sa.PrimaryKeyConstraint("community_id", "skill", name=op.f("pk_community_skill")),
    )
    op.create_table(
        "skill_suggestion",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=True),
        sa.Column("decided_at", TIME, nullable=True),
        _community("skill_suggestion"),
        sa.PrimaryKeyConstraint("community_id", "words", name=op.f("pk_skill_suggestion")),
    )
    op.create_table(
        "member_word",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "member_id"],
            ["member.community_id", "member.id"],
            name=op.f("fk_member_word_community_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "member_id", "side", "words", name=op.f("pk_member_word")),
    )
    op.create_index("ix_member_word_words", "member_word", ["community_id", "words"], unique=False)


def _community(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f(f"fk_{table}_community_id"))
