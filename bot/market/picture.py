"""A sheet as a picture: an SVG of our own, made a PNG by resvg.

One hue; whatever a bar shows stands beside it in words. It runs in a worker process: drawing takes a tenth of a second
and reads fonts.
"""

from __future__ import annotations

import unicodedata
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.market.sheet import Part, Row, Sheet

WIDTH, HEIGHT = 1200, 675  # pixels
MARGIN = 40
GAP = 40  # between the two columns
TOP, BOTTOM = 130, 616  # of the columns
LEFT_WIDTH = 640
BAR_WIDTH = 240
INK, SOFT, HUE, TINT = "#1c1c22", "#55555f", "#5b95cf", "#e3edf7"

FONT = "DejaVu Sans"
FONTS = (
    Path("/usr/share/fonts/truetype/dejavu"),  # Debian and Ubuntu: fonts-dejavu-core, which the image has
    Path("/usr/share/fonts/dejavu-sans-fonts"),  # Fedora
    Path("/usr/share/fonts/TTF"),  # Arch
    Path("/usr/share/fonts/dejavu"),  # Alpine
    Path("/System/Library/Fonts/Supplemental"),  # macOS: Arial and others
    Path("C:/Windows/Fonts"),
)
"""Where fonts are looked for."""


class Column(NamedTuple):
    """A part of the picture to fill from the top."""

    left: int
    width: int


def draw(sheet: Sheet) -> bytes | None:
    """Return the sheet as a PNG of `WIDTH` × `HEIGHT`; None where no font is there to write it with."""
    import resvg_py

    folders = [str(folder) for folder in FONTS if folder.is_dir() and any(folder.glob("*.[to]tf"))]
    if not folders:
        return None
    return resvg_py.svg_to_bytes(
        svg_string=svg(sheet), skip_system_fonts=True, font_dirs=folders, font_family=FONT, sans_serif_family=FONT
    )


def svg(sheet: Sheet) -> str:
    """The picture's drawing."""
    left = Column(MARGIN, LEFT_WIDTH)
    right = Column(MARGIN + LEFT_WIDTH + GAP, WIDTH - 2 * MARGIN - LEFT_WIDTH - GAP)
    caption = _lines(sheet.caption, WIDTH - 2 * MARGIN, 17)[:2]
    body = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(sheet.title, MARGIN, 56, 32, WIDTH - 2 * MARGIN, bold=True),
        *(_text(line, MARGIN, 88 + 24 * n, 17, WIDTH, fill=SOFT) for n, line in enumerate(caption)),
        *_column(sheet, sheet.wide, left),
        *_column(sheet, sheet.narrow, right),
        _text(sheet.legend, MARGIN, 658, 13, WIDTH - 2 * MARGIN, fill=SOFT),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" font-family="{FONT}, sans-serif">'
        f"{''.join(body)}</svg>"
    )


class _Piece(NamedTuple):
    """What is drawn as one, from its own top on."""

    markup: str
    height: int


def _column(sheet: Sheet, parts: tuple[Part, ...], column: Column) -> Iterator[str]:
    """The parts from the top on. Where something does not fit, it is said that more is in the text."""
    widest = max((row.interval[1] for part in parts for row in part.rows), default=0) or 1
    y = TOP
    for part in parts:
        for piece in _pieces(part, column, widest):
            if y + piece.height > BOTTOM:
                yield _text(sheet.rest, column.left, y + 12, 14, column.width, fill=SOFT)
                return
            yield f'<g transform="translate(0 {y})">{piece.markup}</g>'
            y += piece.height
        y += 16 if part.rows or part.note else 0


def _pieces(part: Part, column: Column, widest: float) -> Iterator[_Piece]:
    """The part's rows and note; its heading stands over the first of them."""
    pieces = [_row(row, column, widest) for row in part.rows]
    if part.note:
        pieces.append(_note(part.note, column))
    heading = _text(part.title, column.left, 16, 19, column.width, bold=True)
    for number, piece in enumerate(pieces):
        if number:
            yield piece
        else:
            yield _Piece(f'{heading}<g transform="translate(0 30)">{piece.markup}</g>', piece.height + 30)


def _row(row: Row, column: Column, widest: float) -> _Piece:
    """A row: its name; below it the bar, if there is one, and the words beside it."""
    indent = 0 if row.share is None else BAR_WIDTH + 12
    lines = _lines(row.words, column.width - indent, 14)
    drawn = [_text(row.name, column.left, 13, 15, column.width, bold=True)]
    if row.share is not None:
        drawn += _bar(row.share, row.interval, column.left, widest)
    drawn += [_text(line, column.left + indent, 32 + 18 * n, 14, column.width) for n, line in enumerate(lines)]
    return _Piece("".join(drawn), 26 + 18 * len(lines))


def _note(words: str, column: Column) -> _Piece:
    lines = _lines(words, column.width, 14)
    drawn = (_text(line, column.left, 14 + 19 * n, 14, column.width, fill=SOFT) for n, line in enumerate(lines))
    return _Piece("".join(drawn), 19 * len(lines))


def _bar(share: float, interval: tuple[float, float], x: int, widest: float) -> Iterator[str]:
    """A bar as long as the share, on a scale that ends with the widest interval; a thin line is the interval."""
    length, low, high = (round(BAR_WIDTH * min(1.0, end / widest), 1) for end in (share, *interval))
    for width, fill in ((BAR_WIDTH, TINT), (length, HUE)):
        yield f'<rect x="{x}" y="20" width="{width}" height="14" rx="3" fill="{fill}"/>'
    if high > low:
        yield f'<path d="M{x + low} 27H{x + high}M{x + low} 23v8M{x + high} 23v8" stroke="{INK}"/>'


# --- text ------------------------------------------------------------------------------------------------------------


def _text(words: str, x: float, y: float, size: int, width: float, *, fill: str = INK, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    words = escape(_cut(_clean(words), width, size * (1.12 if bold else 1)))
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}"{weight}>{words}</text>'


def _clean(words: str) -> str:
    """Words without what XML or a line cannot hold."""
    return "".join(c if unicodedata.category(c)[0] != "C" else " " for c in words)


def _wide(words: str, size: float) -> float:
    """About how many pixels words take, rather too many: DejaVu Sans's letters by kind, in parts of the size."""
    return size * sum(_letter(c) for c in words)


def _letter(c: str) -> float:
    if unicodedata.east_asian_width(c) in "WF":
        return 1.0
    if c in "mwMW%@—…":
        return 0.98
    if c in "iljI.,:;'|!()[] ·tfr":
        return 0.4
    return 0.72 if c.isupper() else 0.63


def _cut(words: str, width: float, size: float) -> str:
    """Words as they are, or visibly cut ("…") to what fits."""
    if _wide(words, size) <= width:
        return words
    while words and _wide(f"{words}…", size) > width:
        words = words[:-1]
    return f"{words.rstrip()}…"


def _lines(words: str, width: float, size: float) -> list[str]:
    """Words broken into lines that fit."""
    lines: list[str] = []
    for word in words.split(" "):  # not at a blank that holds a figure and its unit together
        if lines and _wide(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
