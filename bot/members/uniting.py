"""What becomes of two profiles that are one person's. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Single = Literal["name", "zone", "headline", "floor", "newcomer", "windows", "quiet"]
"""What a person has one of: where both profiles say something else, the person chooses."""

SINGLES: tuple[Single, ...] = get_args(Single)
OPEN_IF_BOTH = ("listed", "crosses", "messages", "shows_rate", "counts_thanks")
"""What others see or may do. The stricter side wins: it is allowed only where both profiles allow it."""

PRIVATE = (*OPEN_IF_BOTH, "paused")

MOST_PIECES = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of which each side has another value."""

    field: Single
    kept: Any
    gone: Any


def differences(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The fields about which the person has to be asked: both sides say something, and not the same."""
    both = ((field, kept[field], gone[field]) for field in SINGLES)
    return tuple(Difference(*found) for found in both if _said(found[1]) and _said(found[2]) and found[1] != found[2])


def united(kept: Mapping[str, Any], gone: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the profile that is left: what only one side says, lists united, the stricter privacy."""
    values: dict[str, Any] = {name: kept[name] and gone[name] for name in OPEN_IF_BOTH}
    values["paused"] = kept["paused"] or gone["paused"]
    for field in ("headline", "floor", "newcomer", "windows", "quiet"):
        values[field] = kept[field] if _said(kept[field]) else gone[field]
    values["links"] = _together(kept["links"], gone["links"])
    values["pieces"] = _together(kept["pieces"], gone["pieces"])[:MOST_PIECES]
    languages = _together(kept["languages"] or [], gone["languages"] or [])
    values["languages"] = languages or None
    return values


def stricter_since(became: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, bool]:
    """The private settings that were made stricter after two profiles `became` one."""
    closed = {name: False for name in OPEN_IF_BOTH if became[name] and not now[name]}
    return {**closed, "paused": True} if now["paused"] and not became["paused"] else closed


def _said(value: Any) -> bool:
    return value is not None and value != ""


def _together(first: list[Any], second: list[Any]) -> list[Any]:
    return [*first, *(one for one in second if one not in first)]
