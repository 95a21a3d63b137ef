"""Full-text search behind one function: FTS5 on SQLite, tsvector on PostgreSQL.

What is searched is brought into one normal form when it is stored (`searchable`), so that both engines cut it into the
same words. What somebody types is brought into the same form and quoted: it never is syntax. The indexes live outside
the metadata; the migration that makes them says how they are kept up to date.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection

_WORD = re.compile(r"[^\W_]+")
_SPELLED = (("c++", " cplusplus "), ("c#", " csharp "), ("f#", " fsharp "), (".net", " dotnet "))


def searchable(text: str) -> str:
    """A text as its lower-case words, with blanks between them: what a searched column holds."""
    spelled = text.lower()
    for sign, word in _SPELLED:
        spelled = spelled.replace(sign, word)
    return " ".join(_WORD.findall(spelled))


def tag(kind: str, value: str) -> str:
    """A fact as one word that no text has by chance: `tag("skill", "vector-databases")` is "skillvectordatabases"."""
    return searchable(f"{kind}{value}").replace(" ", "")


def matches(db: AsyncConnection, column: sa.Column[Any], words: Iterable[str], whole: Iterable[str] = ()) -> Any:
    """Whether a row's column has a word beginning with each of `words`, and each of `whole` as it is. True for none.

    `column` holds `searchable` text. On SQLite its table has an `id` and an FTS5 table called `<table>_search`.
    """
    begun = [term for word in words for term in searchable(word).split()]
    exact = [term for word in whole for term in searchable(word).split()]
    if not begun and not exact:
        return sa.true()
    if db.dialect.name == "postgresql":
        query = " & ".join((*(f"'{term}':*" for term in begun), *(f"'{term}'" for term in exact)))
        vector = sa.func.to_tsvector(sa.literal_column("'simple'::regconfig"), column)
        return vector.op("@@", is_comparison=True)(sa.func.to_tsquery(sa.literal_column("'simple'::regconfig"), query))
    query = " AND ".join((*(f'"{term}"*' for term in begun), *(f'"{term}"' for term in exact)))
    table = column.table
    index = sa.table(f"{table.name}_search", sa.column("rowid"))
    found = sa.select(index.c.rowid).where(sa.literal_column(index.name).op("MATCH", is_comparison=True)(query))
    return table.c.id.in_(found)
