"""Labelled rows on disk, as entries to be judged: for `try evaluate` and `try train`.

A folder holds JSON Lines files named for what they label: relevance, engagement, extraction, skills, duplicates, scam,
skilltags, forum, urls (each "NAME.anything.jsonl" or "NAME.jsonl"). A row that a file does not hold is not asked for.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.errors import UserError
from bot.leads.entry import Entry
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bot.leads.entry import Side

Row = dict[str, Any]

_BOARDS = ("upwork", "remoteok", "remotive", "weworkremotely", "wwr", "104tw", "emscad", "larajobs", "himalayas")
_FORUM = "reddit"
_BODIES = ("summary", "text", "description", "body")
_MORE = ("company_profile", "requirements", "benefits")


def read_rows(folder: Path, name: str) -> list[Row]:
    """Return the rows of the files for `name` in a folder, none where it has no such file.

    Raises `UserError` for a line that is not a JSON object.
    """
    rows: list[Row] = []
    for path in sorted({*folder.glob(f"{name}.jsonl"), *folder.glob(f"{name}.*.jsonl")}):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
            if line.strip():
                rows.append(_row(line, path, number))
    return rows


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Return a row as the entry of a feed: title, text and link, under whatever names its file has them."""
    text = "\n".join(str(row[name]) for name in (*_BODIES, *_MORE) if row.get(name))
    title = str(row.get("title") or "")
    if not title:
        title, _, text = text.partition("\n")
    return Entry(str(row.get("id") or "row"), str(row.get("link") or ""), title, text)


def side_of(row: Mapping[str, Any]) -> Side:
    """Return who writes where a row comes from; a source that is not known to be a board is taken for a forum."""
    source = str(row.get("source") or "").lower()
    if not source:
        return "mixed" if _FORUM in str(row.get("link") or "") else "demand"
    return "demand" if any(board in source for board in _BOARDS) else "mixed"


def from_forum(row: Mapping[str, Any]) -> bool:
    """Whether a row is a post of a forum, in which people mostly talk."""
    return str(row.get("source") or "").lower().startswith(_FORUM)


def texts(folder: Path) -> Iterator[tuple[str, Row]]:
    """Yield every text of a folder's files by its row's id; the two sides of a pair are ID + "a" and ID + "b"."""
    for name in ("relevance", "extraction", "scam", "skilltags"):
        for row in read_rows(folder, name):
            yield row["id"], row
    for pair in read_rows(folder, "duplicates"):
        for side in ("a", "b"):
            yield f"{pair['id']}{side}", pair[side]


def _row(line: str, path: Path, number: int) -> Row:
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise UserError(
            "E-OPTION",
            say("Line {number} of {name} is not a JSON object.", number=number, name=path.name),
            advice=say("Each line must be one labelled row, in the format that the folder's README tells."),
        )
    return row
