"""`/mod audit`: what was changed, by whom, from what to what; each in words, and taken back where that is possible."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cards import ChannelName, Controls, Items, Select
from bot.cli.wiring import FEATURES
from bot.people import Role
from tests.conftest import MORNING
from tests.fakes import select
from tests.samples import EVALS, RAG, rss
from tests.test_leads import BOARD, add_discord, begin

if TYPE_CHECKING:
    from tests.conftest import World

ROOT = Path(__file__).parent.parent


PEOPLES_OWN = {  # which moderators are not shown
    "profile edit",
    "profile keep-skills",
    "profile keep-zone",
    "profile stay",
    "profile switch",
    "profile export",
    "profile link",
    "profile unlink",
}


def test_every_action_that_is_written_down_has_words() -> None:
    told = {action for feature in FEATURES for action in feature.told} | {"mod undo"}
    undone = {action for feature in FEATURES for action in feature.undo}
    assert undone <= told | PEOPLES_OWN
    pattern = r"(?:audit\.(?:record|record_own|note)|note_own)\((?:[^()]|\([^()]*\))*?\"((?:\w+) [\w-]+)\""
    written = {name for file in (ROOT / "bot").rglob("*.py") for name in re.findall(pattern, file.read_text("utf-8"))}
    written |= {name for file in (ROOT / "bot").rglob("*.py") for name in _decided(file.read_text("utf-8"))}
    assert {
        "feeds add",
        "feeds edit",
        "lead reject",
        "docket publish",
        "mod setup",
        "offer accept",
        "flood hold",
    } <= written
    assert written <= told | PEOPLES_OWN


def _decided(source: str) -> list[str]:
    return re.findall(r"_(?:decide|move|settle)\(do, (?:\w+, )?\"((?:\w+) [\w-]+)\"", source)


async def test_nothing_was_changed_so_far(world: World) -> None:
    await world.set_up()
    said = await world.say(world.maria, "/mod audit")
    assert "Maria changed the settings: leads channel none → #C-gigs; moderators' channel none → #C-mods" in said
    assert "time zone" not in said  # it was guessed right
    assert (await world.say(world.ana, "/mod audit")).endswith("E-NOPERM")
    await world.say(world.ana, "/hub")
    assert "Nothing so far" in await world.say(world.maria, "/mod audit Ana")


async def test_a_channel_is_named_where_it_is(world: World) -> None:
    await world.set_up()
    await world.say(world.maria, "/mod audit")
    assert world.last is not None
    [line] = [block.items[0] for block in world.last.blocks if isinstance(block, Items)]
    assert [span.id for span in line if isinstance(span, ChannelName)] == ["C-gigs", "C-mods"]
    await add_discord(world)
    there = dataclasses.replace(world.jonas, role=Role.MODERATOR)
    said = await world.say(there, "/mod audit")
    assert "leads channel none → a channel; moderators' channel none → a channel" in said
    assert "Nothing so far by this person." in await world.say(there, "/mod audit Jonas")


async def test_what_members_change_about_themselves_is_not_shown(world: World) -> None:
    await world.set_up()
    await world.say(world.ana, "/hub")
    await world.press(world.ana, "Change my time zone")
    await world.submit(world.ana, place="Tokyo")
    await world.press(world.ana, "Yes, that's right")
    assert "Nothing so far" in await world.say(world.maria, "/mod audit Ana")
    assert "Tokyo" not in await world.say(world.maria, "/mod audit")


async def test_what_moderators_did_is_told_newest_first(world: World) -> None:
    await begin(world, RAG, EVALS)
    await world.say(world.marek, "/feeds queue")
    await world.press(world.marek, "Approve")
    await world.press(world.marek, "Next")
    await world.choose(world.marek, "Too vague")
    await world.say(world.maria, "/feeds edit AI Jobs Board")
    assert world.form is not None
    await world.submit(world.maria, **{**{f.name: f.value for f in world.form.fields}, "must": "rag"})
    await world.press(world.maria, "Save")

    said = (await world.say(world.maria, "/mod audit")).split("\n")
    assert [line.split(" · ")[1] for line in said if line.startswith("- ")] == [
        "Maria edited the feed “AI Jobs Board”: Rules: none → with “rag”",
        f"Marek rejected “{EVALS[0]}”: too vague (held → rejected)",
        f"Marek approved “{RAG[0]}” (held → approved)",
        f"Maria added the feed “AI Jobs Board” ({BOARD})",
        "Maria changed the settings: leads channel none → #C-gigs; moderators' channel none → #C-mods",
    ]
    assert "rejected" not in await world.say(world.maria, "/mod audit Maria")


async def test_what_can_be_taken_back_can_be_chosen(world: World) -> None:
    await begin(world, RAG)
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Approve")
    await world.say(world.maria, "/mod audit")
    assert world.last is not None
    labels = [option.label for option in select(world.last).options]
    assert labels[0].startswith("approved “Acme Health")
    assert len(labels) == 3  # the approval, the feed, the settings
    assert labels[2] == "changed the settings: leads channel none → a channel; moderators' channel…"

    assert "waits again" in await world.choose(world.marek, labels[0])
    said = await world.say(world.maria, "/mod audit")
    assert f"Marek took back: approved “{RAG[0]}” (held → approved)" in said
    assert "(held → approved) · taken back" in said

    world.clock.move(world.clock.now() + timedelta(hours=25))
    await world.say(world.maria, "/mod audit")
    rows = [block for block in world.last.blocks if isinstance(block, Controls)]
    assert not any(isinstance(control, Select) for row in rows for control in row.controls)  # a day is over


async def test_only_twenty_are_shown(world: World) -> None:
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    await world.say(world.maria, "/feeds list")
    await world.choose(world.maria, "AI Jobs Board")
    shown = world.last
    await world.press(world.maria, "Pause", shown)
    paused = world.last
    for _ in range(12):
        await world.press(world.maria, "Resume", paused)
        await world.press(world.maria, "Pause", shown)
    said = await world.say(world.maria, "/mod audit")
    assert said.count("\n- ") == 20
    assert "Maria resumed the feed “AI Jobs Board”" in said
