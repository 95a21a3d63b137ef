"""Help: every command is explained to who may use it, and every error's code says what to do."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.cli.wiring import FEATURES
from bot.commands import Call, Command, Commands, read_line
from bot.error_codes import CODES
from bot.guide import goals
from bot.people import Role
from tests.fakes import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import World

ROOT = Path(__file__).parent.parent
COMMANDS = Commands(*(feature.commands for feature in FEATURES))
TYPED = [command for command in COMMANDS if command.typed]


def raised() -> Iterator[str]:
    """Every code in the source, in a string of its own."""
    for folder in ("bot", "adapters", "jobs"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            texts = (node.value for node in tree if isinstance(node, ast.Constant) and isinstance(node.value, str))
            yield from filter(re.compile("E-[A-Z]+").fullmatch, texts)


def test_every_code_that_can_be_said_is_explained_and_no_other() -> None:
    assert set(raised()) == set(CODES)
    for code, (happened, remedy) in CODES.items():
        assert happened.endswith("."), code
        assert len(remedy) > 10, code


@pytest.mark.parametrize("command", TYPED, ids=lambda command: command.name)
def test_every_command_has_an_example_that_runs_as_it_stands(command: Command) -> None:
    call = read_line(COMMANDS, command.example or f"/{command.name}", command.role)
    assert isinstance(call, Call)
    assert call.command is command
    assert not call.missing


def test_every_noun_serves_one_goal() -> None:
    nouns = [noun for goal in goals() for noun in goal.nouns]
    assert len(nouns) == len(set(nouns))
    assert {command.noun for command in TYPED} <= set(nouns)
    for goal in goals():
        assert {name.partition(" ")[0] for name, _ in goal.first} <= set(goal.nouns)


async def test_help_is_grouped_by_what_one_wants_and_knows_the_role(world: World) -> None:
    await world.set_up()
    member, moderator = await world.say(world.ana, "/hub help"), await world.say(world.maria, "/hub help")
    for command in TYPED:
        for role, text in ((Role.MEMBER, member), (Role.MODERATOR, moderator)):
            assert (f"/{command.name} — {command.help}" in text) is (command.role <= role)
    assert moderator.index("Find work") < moderator.index("/gigs find") < moderator.index("You and your data")
    assert "Look after the community" not in member
    await world.choose(world.maria, "/feeds")
    assert world.last is not None
    assert "/feeds add url" in words(world.last)


async def test_one_command_one_code_and_what_is_neither(world: World) -> None:
    await world.set_up()
    one = await world.say(world.ana, "/hub help gigs find")
    for line in (
        "/gigs find [query]",
        "min_rate (may be left out): At least",
        "For example: /gigs find rag",
        "Everybody",
    ):
        assert line in one
    assert "Only moderators may use it." in await world.say(world.maria, "/hub help /feeds add")
    assert "I have no help about “feeds add”." in await world.say(world.ana, "/hub help feeds add")  # not for her
    assert "That time is over." in await world.say(world.ana, "/hub help e-past")
    assert "I have no help about “the weather”." in await world.say(world.ana, "/hub help the weather")
    assert "[/gigs saved]" in await world.say(world.ana, "/hub gigs")
