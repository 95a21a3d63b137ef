"""`/feeds test` with a posting's link: fetched and seen when, judged how, went where, or never seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.people import Caller, Role
from bot.ports import FetchFailed
from tests.conftest import MORNING
from tests.samples import BAKER, COURSE, EVALS, RAG, TALK, rss

if TYPE_CHECKING:
    from tests.conftest import World

BOARD, OTHER = "https://board.example/jobs.rss", "https://other.example/jobs.rss"
HOUR = timedelta(hours=1)
CLINIC = "https://board.example/acme-health--rag-chatbot-for-a-clinic-network"
PASTRY = "https://board.example/pastry-chef-wanted"


@pytest.fixture
async def guild(world: World) -> World:
    """A community with a board that had a gig for bakers, and since has one for engineers."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    world.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING + HOUR)
    await world.travel(MORNING + 1.2 * HOUR)
    return world


async def why(world: World, link: str) -> str:
    asked = len(world.fetcher.calls)
    said = await world.say(world.maria, f"/feeds test {link}")
    assert len(world.fetcher.calls) == asked  # what is known is not fetched
    return said


async def test_a_lead_that_waits(guild: World) -> None:
    said = await why(guild, f"<{CLINIC}?utm_source=chat>")
    lines = said.split("\n")
    assert lines[0] == "Acme Health: RAG chatbot for a clinic network"
    assert lines[1] == "Feed: AI Jobs Board"
    assert lines[2].startswith("First seen: 18 Nov 2026 07:0")
    assert lines[3] == "Its own date: 18 Nov 2026 06:00 UTC"
    assert lines[4].startswith("Feed last read: 18 Nov 2026 07:0")
    assert lines[5].startswith("Judged: gig: asks for")
    assert lines[6] == "State: waits for a moderator in the queue"
    assert lines[7:] == ["[Show the queue]", "[Show lead]", "[Why this?]"]


async def test_a_lead_that_was_approved_and_stood_in_the_digest(guild: World) -> None:
    await guild.say(guild.maria, "/feeds queue")
    await guild.press(guild.maria, "Approve")
    said = await why(guild, CLINIC)
    assert "State: approved by Maria, 18 Nov 2026 07:12 UTC" in said
    assert "Went to" not in said
    await guild.travel(MORNING + 26 * HOUR)
    assert "Went to: Slack: the digest, 19 Nov 2026 07:00 UTC" in await why(guild, CLINIC)


async def test_a_lead_that_was_rejected(guild: World) -> None:
    await guild.say(guild.maria, "/feeds queue")
    await guild.choose(guild.marek, "Not AI work")
    assert "State: rejected by Marek, 18 Nov 2026 07:12 UTC" in await why(guild, CLINIC)


async def test_what_is_no_lead_says_by_which_rule(guild: World) -> None:
    said = await why(guild, PASTRY)
    assert "Judged: not a lead: " in said
    assert "Went to: nowhere: only leads do" in said
    assert "at the first look: what was there before the feed was added posts nothing by itself" in said


async def test_what_was_merged_names_the_lead_it_repeats(guild: World) -> None:
    guild.fetcher.pages[OTHER] = rss(EVALS, at=MORNING, title="Other", site="https://other.example")
    await guild.say(guild.maria, f"/feeds add {OTHER}")
    guild.fetcher.pages[OTHER] = rss(RAG, EVALS, at=MORNING + HOUR, title="Other", site="https://other.example")
    await guild.travel(MORNING + 3 * HOUR)
    said = await why(guild, CLINIC.replace("board.", "other."))
    assert "Feed: Other" in said
    assert "Merged into: Acme Health: RAG chatbot for a clinic network (AI Jobs Board), which said the same" in said
    evals = await why(guild, "https://other.example/fieldnote--llm-evaluation-contractor")
    assert "State: kept: it was there before the feed was added" in evals


async def test_a_course_says_in_which_digest_it_was(guild: World) -> None:
    classes = "https://classes.example/feed"
    guild.fetcher.pages[classes] = rss(COURSE, TALK, at=MORNING, title="Classes", site="https://classes.example")
    await guild.say(guild.maria, f"/feeds add {classes} include:1")
    link = "https://classes.example/free-course--vector-search-from-first-principles"
    said = await why(guild, link)
    assert "Judged: not at all: a feed of learning" in said
    assert "Went to: waits for the next digest" in said
    await guild.travel(MORNING + 26 * HOUR)
    assert "Went to: the digest of 19 Nov 2026" in await why(guild, link)
    talk = await why(guild, "https://classes.example/talk--what-six-fixed-fee-ai-projects-really-cost")
    assert "Went to: nowhere: it was there before the feed was added" in talk


async def test_a_link_never_seen_says_so_and_what_to_do(guild: World) -> None:
    for page, why_not in (
        (b"<!doctype html><html></html>", "answered with a web page, not a feed."),
        (FetchFailed("E-FORBIDDEN", "It lets nobody in (403).", status=403), "It lets nobody in (403)."),
    ):
        guild.fetcher.pages["https://jobs.example/4711"] = page
        said = await guild.say(guild.maria, "/feeds test https://jobs.example/4711")
        assert said.startswith("I have never seen that link: none of your feeds (1) has had it since it was added.")
        assert why_not in said
        assert "If it is a posting, add a feed of its site, or wait for the feed's next look." in said
        assert said.endswith("[Add a feed]\n[Show feeds]")


async def test_nobody_learns_what_another_community_has(guild: World) -> None:
    zed: Any = Caller("slack", "T9", "U1", "Zed", Role.MODERATOR, "R-mods", "Rivals", "Europe/Rome")
    await guild.open_set_up(zed)
    await guild.submit(zed, leads_channel="R-gigs", moderators_channel="", digest_at="08:00", zone="Rome")
    guild.fetcher.pages[OTHER] = rss(EVALS, at=MORNING, title="Other", site="https://other.example")
    await guild.say(zed, f"/feeds add {OTHER}")
    assert "I have never seen that link" in await guild.say(zed, f"/feeds test {CLINIC}")
    assert "Only moderators" in await guild.say(guild.ana, f"/feeds test {CLINIC}")
