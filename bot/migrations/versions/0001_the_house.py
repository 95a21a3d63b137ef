"""The house: people, views, audit, outbox, sources and entries, leads, digests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "community",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("digest_at", sa.Text(), nullable=False),
        sa.Column("digest_due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("founded", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community")),
    )
    op.create_table(
        "source",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("modified", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("last_ok", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("url", name=op.f("uq_source_url")),
    )
    op.create_index("ix_source_due", "source", ["due"], unique=False)
    op.create_table(
        "audit",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", KEY, nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_audit_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_subject", "audit", ["community_id", "subject", "id"], unique=False)
    op.create_table(
        "entry",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("source_id", KEY, nullable=False),
        sa.Column("guid_hash", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_entry_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("source_id", "guid_hash", name=op.f("uq_entry_source_id_guid_hash")),
    )
    op.create_table(
        "feed",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("source_id", KEY, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("added", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_feed_community_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_feed_source_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_feed")),
        sa.UniqueConstraint("community_id", "source_id", name=op.f("uq_feed_community_id_source_id")),
    )
    op.create_table(
        "member",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("joined", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_member_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_member")),
    )
    op.create_table(
        "space",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("leads_channel", sa.Text(), nullable=True),
        sa.Column("moderators_channel", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_space_community_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_space")),
        sa.UniqueConstraint("platform", "remote", name=op.f("uq_space_platform_remote")),
    )
    op.create_table(
        "view",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_view_community_id")),
        sa.PrimaryKeyConstraint("community_id", "token", name=op.f("pk_view")),
    )
    op.create_table(
        "digest",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("space_id", KEY, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("message_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "space_id"],
            ["space.community_id", "space.id"],
            name=op.f("fk_digest_community_id_space_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "space_id", "day", name=op.f("pk_digest")),
    )
    op.create_table(
        "identity",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("remote", sa.Text(), nullable=False),
        sa.Column("member_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "member_id"],
            ["member.community_id", "member.id"],
            name=op.f("fk_identity_community_id_member_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "platform", "remote", name=op.f("pk_identity")),
    )
    op.create_table(
        "lead",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("verdict", JSON, nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("employer", sa.Text(), nullable=False),
        sa.Column("hourly", sa.Float(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "feed_id"], ["feed.community_id", "feed.id"], name=op.f("fk_lead_community_id_feed_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_lead_entry_id")),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_lead")),
    )
    op.create_index("ix_lead_canonical", "lead", ["community_id", "canonical"], unique=False)
    op.create_index("ix_lead_employer", "lead", ["community_id", "employer"], unique=False)
    op.create_index("ix_lead_state", "lead", ["community_id", "state", "published"], unique=False)
    op.create_table(
        "mailbox",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("space_id", KEY, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("direct", sa.Boolean(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "space_id"],
            ["space.community_id", "space.id"],
            name=op.f("fk_mailbox_community_id_space_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_mailbox")),
        sa.UniqueConstraint(
            "community_id",
            "space_id",
            "address",
            "direct",
            name=op.f("uq_mailbox_community_id_space_id_address_direct"),
        ),
    )
    op.create_index("ix_mailbox_due", "mailbox", ["due"], unique=False)
    op.create_table(
        "message",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("mailbox_id", KEY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("promise", sa.Boolean(), nullable=False),
        sa.Column("card", JSON, nullable=False),
        sa.Column("details", JSON, nullable=True),
        sa.Column("target_id", KEY, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_try", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remote", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id", "mailbox_id"],
            ["mailbox.community_id", "mailbox.id"],
            name=op.f("fk_message_community_id_mailbox_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "id", name=op.f("pk_message")),
        sa.UniqueConstraint("community_id", "key", name=op.f("uq_message_community_id_key")),
    )
    op.create_index("ix_message_mailbox", "message", ["community_id", "mailbox_id", "state", "due"], unique=False)
    op.create_table(
        "publication",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("space_id", KEY, nullable=False),
        sa.Column("message_id", KEY, nullable=False),
        sa.Column("own_card", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "lead_id"],
            ["lead.community_id", "lead.id"],
            name=op.f("fk_publication_community_id_lead_id"),
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "space_id"],
            ["space.community_id", "space.id"],
            name=op.f("fk_publication_community_id_space_id"),
        ),
        sa.PrimaryKeyConstraint("community_id", "lead_id", "space_id", name=op.f("pk_publication")),
    )
    op.create_index("ix_publication_at", "publication", ["community_id", "space_id", "at"], unique=False)
    op.create_table(
        "sighting",
        sa.Column("community_id", KEY, nullable=False),
        sa.Column("entry_id", KEY, nullable=False),
        sa.Column("lead_id", KEY, nullable=False),
        sa.Column("feed_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id", "feed_id"], ["feed.community_id", "feed.id"], name=op.f("fk_sighting_community_id_feed_id")
        ),
        sa.ForeignKeyConstraint(
            ["community_id", "lead_id"], ["lead.community_id", "lead.id"], name=op.f("fk_sighting_community_id_lead_id")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_sighting_entry_id")),
        sa.PrimaryKeyConstraint("community_id", "entry_id", name=op.f("pk_sighting")),
    )
    op.create_index("ix_sighting_lead", "sighting", ["community_id", "lead_id"], unique=False)
