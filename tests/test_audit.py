"""Who did what, and taking it back: for a day, by moderators, until something newer happened."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.audit import audit, record, undo_button
from bot.cards import Card, sentence
from bot.commands import Commands, Problem, Reply, Write
from bot.feature import Feature
from bot.presses import press_id
from tests.conftest import MORNING
from tests.samples import BAKER, EVALS, RAG, rss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"


@pytest.fixture
async def queue(world: World) -> World:
    """A community with two leads in its queue."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    world.fetcher.pages[BOARD] = rss(RAG, EVALS, BAKER, at=MORNING + timedelta(hours=1))
    await world.travel(MORNING + timedelta(hours=2))
    return world


async def rows(world: World) -> Sequence[sa.RowMapping]:
    async with world.app.db.read() as db:
        return (await db.execute(sa.select(audit).order_by(audit.c.id))).mappings().all()


async def approve_one(world: World) -> Card:
    """Approve the first lead that waits, as Maria; returns the card with its Undo."""
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Approve")
    assert world.last is not None
    return world.last


async def test_a_decision_is_written_down_with_before_and_after(queue: World) -> None:
    await approve_one(queue)
    row = (await rows(queue))[-1]
    assert (row["actor_name"], row["action"], row["at"]) == ("Maria", "lead approve", queue.clock.now())
    assert row["before"] == {"state": "held"}
    assert row["after"]["state"] == "approved"
    assert row["undone_at"] is None


async def test_undo_takes_a_decision_back_and_is_written_down_itself(queue: World) -> None:
    done = await approve_one(queue)
    said = await queue.press(queue.marek, "Undo", done)  # another moderator may
    assert said.startswith("Undone: “")
    assert "” waits again." in said
    approval, undoing = (await rows(queue))[-2:]
    assert approval["undone_at"] == queue.clock.now()
    assert (undoing["action"], undoing["actor_name"]) == ("mod undo", "Marek")
    assert "1 of 2" in await queue.say(queue.maria, "/feeds queue")


async def test_undo_works_once(queue: World) -> None:
    done = await approve_one(queue)
    await queue.press(queue.maria, "Undo", done)
    said = await queue.press(queue.maria, "Undo", done)
    assert "That was undone already." in said
    assert "E-DONE" in said


async def test_undo_works_for_a_day(queue: World) -> None:
    done = await approve_one(queue)
    queue.clock.move(queue.clock.now() + timedelta(hours=24))
    assert "waits again" in await queue.press(queue.maria, "Undo", done)


async def test_undo_is_over_after_a_day(queue: World) -> None:
    done = await approve_one(queue)
    queue.clock.move(queue.clock.now() + timedelta(hours=24, seconds=1))
    said = await queue.press(queue.maria, "Undo", done)
    assert "That can't be undone any more." in said
    assert "It is more than a day old." in said


async def test_undo_is_for_moderators(queue: World) -> None:
    done = await approve_one(queue)
    assert "E-NOPERM" in await queue.press(queue.ana, "Undo", done)
    assert (await rows(queue))[-1]["undone_at"] is None


async def test_what_was_superseded_is_not_undone(queue: World) -> None:
    first = await approve_one(queue)
    await queue.press(queue.maria, "Undo", first)
    again = await approve_one(queue)  # the same lead: it is the surest
    assert "That was undone already." in await queue.press(queue.maria, "Undo", first)
    assert "waits again" in await queue.press(queue.maria, "Undo", again)


async def test_the_newer_of_two_changes_is_undone_first(world: World) -> None:
    await world.set_up()
    first = world.last
    await world.open_settings(world.maria)
    await world.submit(
        world.maria, leads_channel="C-other", moderators_channel="", digest_at="09:30", zone="Europe/Berlin"
    )
    second = world.last
    said = await world.press(world.maria, "Undo", first)
    assert "Something newer happened to it." in said
    assert "Undo the newer action first." in said
    assert "Undone" in await world.press(world.maria, "Undo", second)
    assert "Undone" in await world.press(world.maria, "Undo", first)


async def test_an_action_of_no_feature_cannot_be_undone(world: World) -> None:
    await world.set_up()
    made = Commands()

    @made.command("mod wink")
    async def wink(do: Write) -> Reply:
        """Do what cannot be undone."""
        return Reply(sentence("Done.", undo_button(await record(do, "mod wink", "nobody:1"))))

    world.app = dataclasses.replace(world.app, features=(*world.app.features, Feature("wink", made)))
    await world.say(world.maria, "/mod wink")
    said = await world.press(world.maria, "Undo")
    assert "That can't be undone." in said
    assert "E-STALE" in said


async def test_an_action_that_never_was_cannot_be_undone(world: World) -> None:
    await world.set_up()
    for action in (1, 2**63 - 1):
        answer = await world.app.run_press(world.maria, press_id("mod undo", (str(action),)))
        assert isinstance(answer, Problem)
        assert answer.code == "E-STALE"
