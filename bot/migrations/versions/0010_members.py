"""Members have a profile, skills, people they don't want to meet, and notices that wait for them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what members say of themselves, and the notices."""
    op.add_column("member", sa.Column("preferred", sa.Text(), nullable=True))
    op.add_column("member", sa.Column("suspended_until", TIME, nullable=True))
    _date_identities()
    op.create_table(
        "profile",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("headline", sa.Text(), nullable=False),
        sa.Column("languages", JSON, nullable=True),
        sa.Column("links", JSON, nullable=False),
        sa.Column("pieces", JSON, nullable=False),
        sa.Column("newcomer", sa.Boolean(), nullable=True),
        sa.Column("floor", JSON, nullable=True),
        sa.Column("windows", JSON, nullable=True),
        sa.Column("quiet", sa.Text(), nullable=True),
        *(
            sa.Column(name, sa.Boolean(), nullable=False)
            for name in ("listed", "crosses", "messages", "shows_rate", "counts_thanks", "paused")
        ),
        _member("profile"),
        sa.PrimaryKeyConstraint("community_id", "member_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "member_skill",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("since", TIME, nullable=False),
        _member("member_skill"),
        sa.PrimaryKeyConstraint("community_id", "member_id", "side", "skill", name=op.f("pk_member_skill")),
    )
    op.create_index("ix_member_skill_skill", "member_skill", ["community_id", "side", "skill"], unique=False)
    op.create_table(
        "member_block",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("blocked_id", KEY, nullable=False),
        sa.Column("at", TIME, nullable=False),
        _member("member_block"),
        _member("member_block", "blocked_id"),
        sa.PrimaryKeyConstraint("community_id", "member_id", "blocked_id", name=op.f("pk_member_block")),
    )
    op.create_index("ix_member_block_blocked", "member_block", ["community_id", "blocked_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("card", JSON, nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.Column("worth", sa.Integer(), nullable=False),
        sa.Column("due", TIME, nullable=False),
        sa.Column("until", TIME, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("look_at", TIME, nullable=False),
        sa.Column("tried", JSON, nullable=False),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("handed_at", TIME, nullable=True),
        sa.Column("reached_at", TIME, nullable=True),
        _member("notice"),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_notice")),
        sa.UniqueConstraint("community_id", "key", name=op.f("uq_notice_community_id_key")),
    )
    op.create_index("ix_notice_member", "notice", ["community_id", "member_id", "state"], unique=False)
    op.create_index("ix_notice_state", "notice", ["state", "look_at"], unique=False)


def _date_identities() -> None:
    """Accounts that were linked before this was noted are as old as their members."""
    op.add_column("identity", sa.Column("since", TIME, nullable=True))
    op.execute(
        "UPDATE identity SET since = (SELECT joined FROM member WHERE member.community_id = identity.community_id"
        " AND member.id = identity.member_id)"
    )
    with op.batch_alter_table("identity") as identity:
        identity.alter_column("since", existing_type=TIME, nullable=False)
    op.create_index("ix_identity_member", "identity", ["community_id", "member_id"], unique=False)


def _member(table: str, column: str = "member_id") -> sa.ForeignKeyConstraint:
    """A table's reference to a member."""
    name = op.f(f"fk_{table}_community_id_{column}")
    return sa.ForeignKeyConstraint(["community_id", column], ["member.community_id", "member.id"], name=name)
