"""What moderators teach the judge: their decisions move the scores of what comes in later, a little, and say so."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.leads import store
from bot.leads.entry import Verdict
from bot.leads.leaning import Decision, lean, learn
from bot.people import Caller, Role
from bot.skills import load_taxonomy
from tests.conftest import MORNING
from tests.samples import JOB, gigs, rss

if TYPE_CHECKING:
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
HOUR = timedelta(hours=1)
LEARNED = "moderators here mostly reject such leads (kind job)"


def jobs(n: int, start: int = 1) -> list[tuple[str, str]]:
    """Jobs of as many employers."""
    return [(f"Firm{i} Ltd: Machine Learning Engineer {i}", f"{JOB[1]} Job {i}.") for i in range(start, start + n)]


async def decide(world: World, reason: str) -> None:
    """Approve every gig that waits, and reject every job."""
    while "[Approve]" in (said := await world.say(world.maria, "/feeds queue")):
        if "Machine Learning Engineer" in said:
            await world.choose(world.maria, reason)
        else:
            await world.press(world.maria, "Approve")


async def teach(world: World, reason: str) -> str:
    """Six gigs approved and six jobs rejected; what the queue says of a job that comes after the lesson."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(*gigs(6), *jobs(6), at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD} include:12 side:demand")
    await decide(world, reason)
    await world.travel(MORNING + HOUR)
    world.fetcher.pages[BOARD] = rss(*jobs(1, start=7), at=MORNING + 3 * HOUR)
    await world.travel(MORNING + 3 * HOUR)
    return await world.say(world.maria, "/feeds queue")


async def test_what_is_mostly_rejected_is_said_on_the_next_of_its_kind(world: World) -> None:
    said = await teach(world, "Not a gig")
    assert "Machine Learning Engineer 7" in said
    assert LEARNED in said


async def test_that_a_lead_came_twice_teaches_nothing(world: World) -> None:
    said = await teach(world, "Had it before")
    assert "Machine Learning Engineer 7" in said
    assert LEARNED not in said


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # no statement of its own
async def test_one_communitys_trouble_keeps_no_other_from_its_lesson(world: World) -> None:
    vera = Caller("slack", "T9", "U9", "Vera", Role.MODERATOR, "C-mods", "Other Guild", "Europe/Paris")
    await world.open_set_up(vera)
    await world.submit(vera, leads_channel="C-other", digest_at="08:00", zone="Europe/Paris")
    world.fetcher.pages[BOARD] = rss(*gigs(6), *jobs(6), at=MORNING)
    await world.say(vera, f"/feeds add {BOARD} include:12 side:demand")
    while "[Approve]" in await world.say(vera, "/feeds queue"):
        await world.press(vera, "Approve")
    async with world.app.db.write() as db:
        await db.execute(sa.update(store.lead).values(verdict={"of": "another version"}))
    assert LEARNED in await teach(world, "Not a gig")


def test_a_lesson_is_not_counted_again_by_the_next() -> None:
    gig = Verdict(kind="gig", score=0.8, sure=True, held=False, reasons=())
    job = Verdict(kind="job", score=0.8, sure=True, held=False, reasons=())
    made = [(gig, True)] * 12 + [(job, True)] * 5 + [(job, False)] * 7
    first = learn([Decision(verdict, approved) for verdict, approved in made])
    second = learn([Decision(lean(verdict, first, load_taxonomy()), approved) for verdict, approved in made])
    assert -0.75 < first.weights["kind job"] < -0.3  # far from its bound, where nothing could be seen
    assert second.weights["kind job"] == pytest.approx(first.weights["kind job"], abs=0.02)
