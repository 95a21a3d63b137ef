"""JSON-ready data as a page to read: headings, tables, nothing from elsewhere. Pure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}"
    "table{border-collapse:collapse;margin:.5rem 0 1.5rem;width:100%}"
    "th,td{border:1px solid #999;padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "td{white-space:pre-wrap}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
DEEPEST_HEADING = 6


def html_page(title: str, data: Mapping[str, Any]) -> str:
    """A whole HTML page that needs nothing else and can run nothing. Every word of the data is text."""
    body = "\n".join(_section(data, 2))
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<title>{escape(title)}</title><style>{_STYLE}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def _section(data: Mapping[str, Any], level: int) -> Iterator[str]:
    """The plain fields of a mapping as a table, then a part for each field that holds more."""
    flat = {name: value for name, value in data.items() if not isinstance(value, dict | list) or _is_list(value)}
    if flat:
        rows = "".join(
            f'<tr><th scope="row">{escape(_title(name))}</th><td>{_cell(value)}</td></tr>'
            for name, value in flat.items()
        )
        yield f"<table>{rows}</table>"
    for name, value in data.items():
        if name in flat:
            continue
        yield f"<h{level}>{escape(_title(name))}</h{level}>"
        if isinstance(value, dict):
            yield from _section(value, min(level + 1, DEEPEST_HEADING))
        else:
            yield _table(value)


def _is_list(value: Any) -> bool:
    """Whether it is a list of plain values, which stands in one cell."""
    return isinstance(value, list) and bool(value) and not any(isinstance(item, dict) for item in value)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table with a row for each entry."""
    if not rows:
        return f"<p>{escape(say('Nothing is stored.'))}</p>"
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f'<th scope="col">{escape(_title(name))}</th>' for name in names)
    body = "".join("<tr>" + "".join(f"<td>{_cell(row.get(name))}</td>" for name in names) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return escape(say("yes") if value else say("no"))
    if isinstance(value, dict):
        return "<br>".join(f"{escape(_title(name))}: {_cell(item)}" for name, item in value.items()) or "–"
    if isinstance(value, list):
        return "<br>".join(_cell(item) for item in value) or "–"
    return escape(str(value))


def _title(name: str) -> str:
    words = str(name).replace("_", " ")
    return words[:1].upper() + words[1:]
