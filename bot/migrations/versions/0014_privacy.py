"""Members link their accounts, take their data along, and are forgotten."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add whose a code is, what an account was called, links, and the seals of those who were forgotten."""
    op.add_column("one_time_code", sa.Column("subject", KEY, nullable=True))
    op.add_column("identity", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("member", sa.Column("exported_at", TIME, nullable=True))
    op.create_table(
        "forgotten",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("suspended_until", TIME, nullable=True),
        sa.Column("journalled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_forgotten_community_id")),
        sa.PrimaryKeyConstraint("community_id", "seal", name=op.f("pk_forgotten")),
    )
    op.create_table(
        "forgotten_block",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        _member("forgotten_block"),
        sa.PrimaryKeyConstraint("community_id", "member_id", "seal", name=op.f("pk_forgotten_block")),
    )
    op.create_table(
        "link",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("log", JSON, nullable=False),
        _member("link"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_link")),
    )
    op.create_index("ix_link_member", "link", ["community_id", "member_id"], unique=False)


def _member(table: str) -> sa.ForeignKeyConstraint:
    """A table's reference to a member."""
    name = op.f(f"fk_{table}_community_id_member_id")
    return sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"], name=name)
