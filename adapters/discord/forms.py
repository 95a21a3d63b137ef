"""What somebody filled into a modal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def read_values(components: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The values by field name; several are joined by commas, none is ""."""
    values: dict[str, str] = {}
    for part in components:
        field = part.get("component", part)  # a label holds one field
        if "custom_id" in field:
            values[field["custom_id"]] = ",".join(field["values"]) if "values" in field else field.get("value") or ""
        values |= read_values(part.get("components", ()))  # a row, as older clients send it
    return values
