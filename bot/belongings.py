"""What a member has, table by table: read for an export, deleted, given to another member, and given back.

A feature says which of its tables hold members; the statements are the same for all. Giving rows to another member is
written down in `Merging.log`, as JSON-ready data, so that a merging can be undone to the row (`give_back`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.db import UtcDateTime, insert_new, metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Merging, Whose


async def rows_of(whose: Whose, table: sa.Table, column: str = "member_id") -> list[dict[str, Any]]:
    """The rows of a member as JSON-ready data, oldest first, without the ids that say whose they are."""
    order = tuple(table.primary_key.columns)
    rows = (await whose.db.execute(sa.select(table).where(*_of(whose, table, column)).order_by(*order))).mappings()
    return [{name: value for name, value in _data(row).items() if name not in ("community_id", column)} for row in rows]


async def erase(whose: Whose, table: sa.Table, column: str = "member_id") -> None:
    """Delete the rows of a member."""
    await whose.db.execute(sa.delete(table).where(*_of(whose, table, column)))


def _of(whose: Whose, table: sa.Table, column: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.community_id == whose.community_id, table.c[column] == whose.member_id)


# --- two members become one ------------------------------------------------------------------------------------------


async def move(
    merging: Merging,
    table: sa.Table,
    column: str = "member_id",
    *,
    united: Callable[[RowMapping, RowMapping], Mapping[str, Any]] | None = None,
) -> None:
    """Give the rows of the member who goes to the one who stays.

    Where both have a row with the same key, one is left: that of who stays, with what `united(theirs, other)` says.
    """
    whose_rows = (table.c.community_id == merging.community_id, table.c[column] == merging.gone)
    rows = (await merging.db.execute(sa.select(table).where(*whose_rows))).mappings().all()
    keys = [{c.name: row[c.name] for c in table.primary_key.columns} for row in rows]
    if column not in table.primary_key.columns:
        await merging.db.execute(sa.update(table).where(*whose_rows).values({column: merging.kept}))
        changed = {column: [merging.gone, merging.kept]}
        merging.log.extend({"table": table.name, "key": _data(key), "changed": changed} for key in keys)
        return
    for row, key in zip(rows, keys, strict=True):
        wanted = {**key, column: merging.kept}
        same = (await merging.db.execute(sa.select(table).where(*_at(table, wanted)))).mappings().one_or_none()
        if same is None:
            await change(merging, table, key, {column: merging.kept})
            continue
        await drop(merging, table, key)
        if united is not None:
            await change(merging, table, wanted, united(same, row))


async def change(merging: Merging, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Set columns of a row, and note what they were."""
    if not values:
        return
    columns = [table.c[name] for name in values]
    was = (await merging.db.execute(sa.select(*columns).where(*_at(table, key)))).mappings().one_or_none()
    if was is None:
        return
    await merging.db.execute(sa.update(table).where(*_at(table, key)).values(**values))
    after = {name: values.get(name, value) for name, value in key.items()}
    changed = {name: [_json(was[name]), _json(value)] for name, value in values.items()}
    merging.log.append({"table": table.name, "key": _data(after), "changed": changed})


async def drop(merging: Merging, table: sa.Table, key: Mapping[str, Any]) -> None:
    """Delete a row, and note what it was."""
    gone = await merging.db.execute(sa.delete(table).where(*_at(table, key)).returning(*table.c))
    for row in gone.mappings():
        merging.log.append({"table": table.name, "gone": _data(row)})


async def give_back(db: AsyncConnection, log: Sequence[Mapping[str, Any]]) -> None:
    """Undo what a log says, the latest first. What was changed or deleted since stays as it is."""
    for entry in reversed(log):
        table = metadata.tables[entry["table"]]
        if "gone" in entry:
            row, first = _row(table, entry["gone"]), next(iter(table.primary_key.columns))
            if await _others_are_there(db, table, row):
                await insert_new(db, table, [row], returning=first)
        else:
            await _change_back(db, table, _row(table, entry["key"]), entry["changed"])


async def _others_are_there(db: AsyncConnection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Whether every member to whom a row refers is still there."""
    for constraint in table.foreign_key_constraints:
        target = constraint.referred_table
        if target.name == "member":
            ends = zip(constraint.columns, constraint.elements, strict=True)
            at = tuple(element.column == row[column.name] for column, element in ends)
            if (await db.execute(sa.select(target.c.id).where(*at))).first() is None:
                return False
    return True


async def _change_back(
    db: AsyncConnection, table: sa.Table, key: Mapping[str, Any], changed: Mapping[str, Sequence[Any]]
) -> None:
    row = (await db.execute(sa.select(table).where(*_at(table, key)))).mappings().one_or_none()
    if row is None:
        return
    back = {name: was for name, (was, became) in changed.items() if _json(row[name]) == became}
    if back:
        await db.execute(sa.update(table).where(*_at(table, key)).values(**_row(table, back)))


def _at(table: sa.Table, key: Mapping[str, Any]) -> tuple[sa.ColumnElement[bool], ...]:
    return tuple(table.c[name] == value for name, value in key.items())


# --- rows as JSON ----------------------------------------------------------------------------------------------------


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value  # an instant is a date, too


def _data(row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    return {name: _json(value) for name, value in row.items()}


def _row(table: sa.Table, data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _python(table.c[name], value) for name, value in data.items()}


def _python(column: sa.Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(column.type, sa.Date) else value
