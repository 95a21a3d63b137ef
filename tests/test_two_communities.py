"""Two communities in one installation: neither ever sees anything of the other."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.commands import OpenForm, Reply, Update
from bot.db import metadata
from bot.options import Kind
from bot.people import Role
from bot.presses import press_id
from tests.conftest import MORNING
from tests.fakes import select, words
from tests.samples import EVALS, RAG, rss

if TYPE_CHECKING:
    from bot.commands import Answer, Command
    from bot.people import Caller
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
SECRET = "Zanzibar"  # in every word of the first community


@pytest.fixture
async def intruder(world: World) -> tuple[Caller, list[int], list[str]]:
    """A moderator of another community; with all row ids and tokens of the first one."""
    await world.set_up()
    ana = dataclasses.replace(world.ana, name="Zanzibar Ana")
    marked = tuple((f"{SECRET} {title}", f"{text} {SECRET}.") for title, text in (RAG, EVALS))
    world.fetcher.pages[BOARD] = rss(*marked, at=MORNING, title=f"{SECRET} board")
    await world.say(world.maria, f"/feeds add {BOARD} include:2")
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Approve")
    await world.say(ana, "/gigs find")
    assert world.last is not None
    await world.choose(ana, select(world.last).options[0].label)
    await world.press(ana, "Save")
    await world.run_due()
    there = dataclasses.replace(
        world.maria, space="T2", user="U77", name="Eve", space_name="Other", role=Role.MODERATOR
    )
    await world.open_set_up(there)
    await world.submit(there, leads_channel="C1", moderators_channel="C2", digest_at="08:00", zone="Berlin")
    await world.say(there, "/hub")
    ids, tokens = await keys(world)
    return there, ids, tokens


async def keys(world: World) -> tuple[list[int], list[str]]:
    """Everything by which a row of the first community could be named."""
    ids: set[int] = set()
    tokens: set[str] = set()
    async with world.app.db.read() as db:
        first = min((await db.execute(sa.select(metadata.tables["community"].c.id))).scalars())
        for table in metadata.tables.values():
            own = (table.c.community_id == first,) if "community_id" in table.c else ()
            for row in (await db.execute(sa.select(table).where(*own))).mappings():
                ids |= {row[name] for name in ("id", "lead_id", "entry_id") if isinstance(row.get(name), int)}
                tokens |= {row["token"]} if "token" in row else set()
    return sorted(ids), sorted(tokens)


def said(answer: Answer) -> str:
    match answer:
        case Reply() | Update():
            return words(answer.card) + repr(answer.card)
        case OpenForm():
            return repr(answer.form)
        case _:
            return repr(answer)


def arguments(command: Command, number: str) -> list[str]:
    """What a forged press could give: the id wherever a whole number fits, a plausible word elsewhere."""
    given = []
    for option in command.options:
        if option.kind in (Kind.NUMBER, Kind.MEMBER, Kind.NOUN):
            given.append(number)
        elif option.kind is Kind.CHOICE:
            given.append(option.choices[0])
        elif option.kind is Kind.YES_NO:
            given.append("yes")
        else:
            given.append(number)
    return given


async def snapshot(world: World) -> dict[str, list[str]]:
    """The rows of the first community."""
    found: dict[str, list[str]] = {}
    async with world.app.db.read() as db:
        first = min((await db.execute(sa.select(metadata.tables["community"].c.id))).scalars())
        for name, table in metadata.tables.items():
            if "community_id" in table.c:
                rows = await db.execute(sa.select(table).where(table.c.community_id == first))
                found[name] = sorted(map(repr, rows.all()))
    return found


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # thousands of presses; the stories run on both
async def test_no_command_or_button_with_ids_of_one_shows_or_changes_anything_there(
    world: World, intruder: tuple[Caller, list[int], list[str]]
) -> None:
    eve, ids, tokens = intruder
    before = await snapshot(world)
    tried = 0
    for command in world.app.commands:
        if command.outside or command.name.startswith("profile forget-now"):
            continue
        some = ids if any(o.kind in (Kind.NUMBER, Kind.MEMBER, Kind.NOUN) for o in command.options) else ids[:1]
        for number in map(str, some):
            answer = await world.app.run_press(eve, press_id(command.name, tuple(arguments(command, number))))
            assert SECRET not in said(answer), (command.name, number)
            tried += 1
            if command.typed and command.options:
                line = f"/{command.name} {' '.join(arguments(command, number))}"
                assert SECRET not in said(await world.app.run_line(eve, line)), line
    for token in tokens:
        for name, rest in (("view page", ("1",)), ("view press", ()), ("form open", ("0",))):
            assert SECRET not in said(await world.app.run_press(eve, press_id(name, (token, *rest))))
    for command in world.app.commands:  # names, not ids: completion and look-ups by word
        for option in command.options:
            assert SECRET not in repr(await world.app.complete(eve, command.name, option.name, SECRET[:4]))
    assert tried > len(list(world.app.commands))
    assert await snapshot(world) == before


async def test_what_is_typed_by_hand_finds_nothing_of_the_other(
    world: World, intruder: tuple[Caller, list[int], list[str]]
) -> None:
    eve, _, _ = intruder
    for line in (
        "/gigs find Zanzibar",
        "/mod audit",
        "/feeds list",
        "/gigs saved",
        "/hub",
        "/feeds queue",
        "/profile privacy",
    ):
        assert f"{SECRET} " not in await world.say(eve, line), line
