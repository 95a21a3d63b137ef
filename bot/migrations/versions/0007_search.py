"""Leads are found by full-text search: an FTS5 table beside them on SQLite, an index of words on PostgreSQL."""

from alembic import op

revision = "0007"
down_revision = "0006"

# An external-content table: it holds the index alone, keyed by the lead's id, and must be told what an entry was
# before it changes or goes.
FTS5 = (
    (
        "CREATE VIRTUAL TABLE lead_search USING fts5("
        "search, content='lead', content_rowid='id', tokenize='unicode61 remove_diacritics 0')"
    ),
    (
        "CREATE TRIGGER lead_search_added AFTER INSERT ON lead BEGIN"
        " INSERT INTO lead_search(rowid, search) VALUES (new.id, new.search); END"
    ),
    (
        "CREATE TRIGGER lead_search_gone AFTER DELETE ON lead BEGIN"
        " INSERT INTO lead_search(lead_search, rowid, search) VALUES ('delete', old.id, old.search); END"
    ),
    (
        "CREATE TRIGGER lead_search_changed AFTER UPDATE OF search ON lead BEGIN"
        " INSERT INTO lead_search(lead_search, rowid, search) VALUES ('delete', old.id, old.search);"
        " INSERT INTO lead_search(rowid, search) VALUES (new.id, new.search); END"
    ),
    "INSERT INTO lead_search(lead_search) VALUES ('rebuild')",
)
TSVECTOR = "CREATE INDEX ix_lead_search ON lead USING gin (to_tsvector('simple'::regconfig, search))"


def upgrade() -> None:
    """Make the index."""
    for statement in FTS5 if op.get_bind().dialect.name == "sqlite" else (TSVECTOR,):
        op.execute(statement)
