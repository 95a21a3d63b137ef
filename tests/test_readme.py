"""The README's table of commands is the registry's, and its sample lines are understood."""

from __future__ import annotations

import re
from pathlib import Path

from bot.cli.wiring import FEATURES
from bot.commands import Call, Commands, read_line
from bot.people import Role

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
WHO = {"everybody": Role.MEMBER, "organisers": Role.ORGANISER, "moderators": Role.MODERATOR}


def test_the_table_holds_every_command_and_who_may_use_it() -> None:
    listed = re.findall(r"^\| `/([a-z ]+)` \| (\w+) \|", README, re.MULTILINE)
    registered = Commands(*(feature.commands for feature in FEATURES))
    assert {name: WHO[who] for name, who in listed} == {c.name: c.role for c in registered if c.typed}


def test_sample_lines_are_understood() -> None:
    registered = Commands(*(feature.commands for feature in FEATURES))
    lines = re.findall(r"`(/\w+ [^`]+)`", README)
    assert lines
    for line in lines:
        assert isinstance(read_line(registered, line, Role.MODERATOR), Call), line
