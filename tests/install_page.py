"""The installation page, read by the stories that act it out: a step that nobody plays, or plays otherwise, fails."""

from __future__ import annotations

import re
from pathlib import Path

TEXT = (Path(__file__).parent.parent / "docs" / "install.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """What stands under a heading."""
    [found] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    return str(found)


class Steps:
    """The numbered steps of a section, to be taken one after another."""

    def __init__(self, title: str) -> None:
        numbered = re.findall(r"^\d+\. (.*(?:\n   .*)*)", section(title), re.MULTILINE)
        self.left = [" ".join(step.split()) for step in numbered]
        self.count = len(self.left)

    def take(self, title: str, *mentioned: str) -> None:
        """Take the next step: `title` is what stands in bold, everything `mentioned` stands in it, too."""
        step = self.left.pop(0)
        bold = re.findall(r"^\*\*(.+?)\*\*", step)
        assert bold == [title], f"{step!r} does not begin with {title!r}"
        for words in mentioned:
            assert words in step, f"{words!r} is not in {step!r}"
