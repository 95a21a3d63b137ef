"""Stories on simcord's virtual Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import MORNING
from tests.discord_stage import open_stage
from tests.samples import EVALS, RAG, SEEKER, rss

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import World
    from tests.discord_stage import Stage

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # the engines have tests of their own

BOARD = "https://board.example/jobs.rss"


@pytest.fixture
async def stage(world: World) -> AsyncIterator[Stage]:
    async with open_stage(world) as made:
        yield made


async def test_from_the_first_set_up_to_the_digest(stage: Stage) -> None:
    world = stage.world
    assert "isn't set up here yet" in await stage.say(stage.ana, "gigs find")
    assert await stage.say(stage.maria, "mod setup") == "form: Set up Guildhall"
    wrong: dict[str, Any] = {"leads_channel": [stage.gigs], "moderators_channel": [stage.curation]}
    said = await stage.submit(stage.maria, digest_at="8 am", zone="Berlin", **wrong)
    assert "time of day" in said
    print(said)
    await stage.press(stage.maria, "Edit again")
    said = await stage.submit(stage.maria, digest_at="08:00", **wrong)
    assert "Guildhall is set up" in said

    world.fetcher.pages[BOARD] = rss(RAG, SEEKER, EVALS, at=MORNING)
    assert "Added: AI Jobs Board" in await stage.say(stage.maria, "feeds add", url=BOARD)
    assert "Lead to approve" in await stage.press(stage.maria, "Look first")
    assert "Approved by Maria" in await stage.press(stage.maria, "Approve")
    await world.travel(MORNING + timedelta(hours=1, minutes=1))
    [digest] = stage.channel(stage.gigs)
    assert "Daily digest" in digest
    assert "1 lead open" in await stage.say(stage.ana, "gigs find")
