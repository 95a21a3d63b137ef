"""Discord's own description of its API, asked whether a request body is right."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from pathlib import Path


class Description:
    """The description, read once."""

    def __init__(self, file: Path) -> None:
        self._whole: dict[str, Any] = json.loads(file.read_text())
        self._paths = [(re.sub(r"\{\w+\}", "[^/]+", path), path) for path in self._whole["paths"]]

    def wrong(self, method: str, path: str, body: Any) -> list[str]:
        """What is wrong with the body of a request; a path that does not exist is wrong, too."""
        found = [known for pattern, known in self._paths if re.fullmatch(pattern, path)]
        found = [known for known in found if method.lower() in self._whole["paths"][known]]
        if not found:
            return [f"{method} {path} is no request that Discord knows"]
        exact = min(found, key=lambda known: known.count("{"))
        wanted = self._whole["paths"][exact][method.lower()].get("requestBody", {}).get("content", {})
        if body is None:
            return []
        if "application/json" not in wanted:
            return [f"{method} {path} takes no body"]
        schema = json.dumps(wanted["application/json"]["schema"])
        return [error.message for error in _validator(self, schema).iter_errors(body)]

    @property
    def components(self) -> Any:
        """What the schemas refer to."""
        return self._whole["components"]


@cache
def _validator(description: Description, schema: str) -> Draft202012Validator:
    return Draft202012Validator({**json.loads(schema), "components": description.components})


@cache
def read_description(shared: Path) -> Description:
    """The description in the shared folder."""
    return Description(shared / "payloads" / "discord-openapi.json")
