"""Feeds in, curated leads out: told in typed commands and pressed buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.ports import FetchFailed
from tests.conftest import MORNING
from tests.fakes import select, words
from tests.samples import BAKER, EVALS, JOB, RAG, SCAM, SEEKER, rss

if TYPE_CHECKING:
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"


async def test_a_feed_is_added_and_its_best_leads_are_posted_at_once(world: World) -> None:
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(RAG, JOB, SEEKER, BAKER, EVALS, at=MORNING)

    said = await world.say(world.maria, f"/feeds add {BOARD}")

    assert "Added: AI Jobs Board" in said
    assert "Entries: 5" in said
    assert "Leads: 3" in said
    assert said.index("RAG chatbot") < said.index("Machine Learning Engineer")  # gigs before jobs
    await world.run_due()
    assert world.slack.cards("C-gigs") == []  # the first poll posts nothing by itself

    added = world.last
    said = await world.press(world.maria, "Post now")
    assert said.startswith("Posted 3 leads")
    await world.run_due()
    [card] = world.slack.cards("C-gigs")
    assert "RAG chatbot for a clinic network" in words(card)
    assert "$80–110/h" in words(card)

    assert "done already" in await world.press(world.maria, "Post now", added)  # the double click
    await world.run_due()
    assert len(world.slack.cards("C-gigs")) == 1


async def test_new_entries_wait_in_the_queue_until_a_moderator_approves(world: World) -> None:
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    world.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING + timedelta(hours=1))

    await world.travel(MORNING + timedelta(hours=2))

    assert "Lead to approve" in await world.say(world.maria, "/feeds queue")
    first = world.last
    assert "Approved by Maria" in await world.press(world.maria, "Approve")
    assert "already approved this" in await world.press(world.marek, "Approve", first)
    assert await world.say(world.ana, "/gigs find rag") != ""
    assert "RAG chatbot" in words(world.last) if world.last else False
