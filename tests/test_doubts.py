"""A post whose fate is unknown: moderators are asked, and the first answer counts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.ports import FateUnknown
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import RAG, rss

if TYPE_CHECKING:
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"


async def lose_the_answer(world: World) -> None:
    """A lead is posted on a platform that knows no nonces; it arrives, and the answer is lost."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    world.slack.remembers_nonce = timedelta(0)
    world.slack.trouble_after.append(FateUnknown("the connection broke"))
    await world.press(world.maria, "Post now")
    await world.travel(MORNING + timedelta(minutes=5))


async def test_it_is_there(world: World) -> None:
    await lose_the_answer(world)
    [question] = world.slack.cards("C-mods")
    assert "Did this arrive?" in words(question)
    assert len(world.slack.cards("C-gigs")) == 1  # not seen twice

    assert "Maria has seen it there" in await world.press(world.maria, "It is there", question)
    assert "settled this already" in await world.press(world.marek, "Send again", question)
    await world.travel(MORNING + timedelta(hours=1))
    assert len(world.slack.cards("C-gigs")) == 1


async def test_it_is_sent_again(world: World) -> None:
    await lose_the_answer(world)
    [question] = world.slack.cards("C-mods")

    assert "on its way again" in await world.press(world.maria, "Send again", question)
    assert "settled this already" in await world.press(world.marek, "It is there", question)
    await world.run_due()
    assert len(world.slack.cards("C-gigs")) == 2


async def test_members_are_not_asked(world: World) -> None:
    await lose_the_answer(world)
    [question] = world.slack.cards("C-mods")
    assert "Only moderators" in await world.press(world.ana, "Send again", question)
