"""A moderator's first hour, played in the console in a real Chromium, with feeds from a real server on loopback.

Pictures of each step are left in the test's own folder, to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.http import HttpFetcher
from adapters.web.console import create_console
from adapters.web.personas import Persona
from adapters.web.platform import Bell, ConsolePlatform
from tests.conftest import MORNING
from tests.samples import BAKER, EVALS, JOB, RAG, SCAM, SEEKER, gigs, rss
from tests.test_conversation import CHANNELS, CHROMIUM, FLAGS, HAS_CHROMIUM, InTheBrowser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.conftest import World

NEXT_BATCH = datetime(2026, 11, 19, 6, 30, tzinfo=UTC)  # Thursday, half past seven in Berlin
HOUR = timedelta(hours=1)
RAILWAYS = (JOB[0].replace("Bigbank", "Railways"), JOB[1].replace("Boston", "Oslo").replace("models", "trains"))


@dataclass
class Boards:
    """Feeds on a real server, by their path."""

    url: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)

    def says(self, name: str, *items: tuple[str, str], at: datetime) -> str:
        """Let a board say these items; returns its address."""
        self.bodies[name] = rss(*items, at=at, title=f"{name.capitalize()} board", site=f"https://{name}.example")
        return f"{self.url}/{name}"

    async def answer(self, request: web.Request) -> web.Response:
        return web.Response(body=self.bodies[request.match_info["name"]], content_type="application/rss+xml")


class Hour(InTheBrowser):
    """Maria at her screen. What she presses is on the newest card, or on one with some words in the open channel."""

    pictures: Path
    taken: int = 0

    async def open(self, channel: str) -> str:
        await self.page.goto(f"{self.url}/as/maria/{channel}")
        return await self._answer()

    async def press_on(self, words: str, label: str) -> str:
        card = self.page.locator("article.message", has_text=words).last
        await card.locator("button, a", has_text=label).first.click()
        return await self._answer()

    async def newest(self) -> str:
        return await self.page.locator("article.message").last.inner_text()

    async def look(self, name: str) -> None:
        """Take a picture of the newest card, and see to it that nothing on the page is wider than the window."""
        assert await self.page.evaluate("document.documentElement.scrollWidth") <= 1280, name
        await self.page.locator("article.message").last.scroll_into_view_if_needed()
        self.taken += 1
        await self.page.screenshot(path=self.pictures / f"{self.taken:02}-{name}.png")


@pytest.fixture
async def boards() -> AsyncIterator[Boards]:
    boards = Boards()
    app = web.Application()
    app.router.add_get("/{name}", boards.answer)
    server = TestServer(app)
    await server.start_server()
    boards.url = str(server.make_url("")).rstrip("/")
    yield boards
    await server.close()


@pytest.fixture
async def hour(world: World, tmp_path: Path) -> AsyncIterator[Hour]:
    from playwright.async_api import async_playwright

    bell = Bell()
    world.app.platforms = {"slack": ConsolePlatform("slack", bell), "discord": ConsolePlatform("discord", bell)}
    personas = [Persona("maria", "Maria", world.maria, CHANNELS, "C-mods", "Europe/Berlin")]
    server = TestServer(create_console(world.app, personas, bell=bell, travel=world.travel, version="test"))
    await server.start_server()
    fetcher = HttpFetcher(name="Guildhall", version="test", allow_hosts=["127.0.0.1"], clock=world.clock)
    async with async_playwright() as playwright, fetcher:
        world.app.fetcher = fetcher
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
        hour = Hour(world, await context.new_page(), str(server.make_url("")).rstrip("/"))
        hour.pictures = tmp_path
        yield hour
        await browser.close()
    await server.close()


@pytest.mark.skipif(not HAS_CHROMIUM, reason="chromium is not here")
@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # no statement of its own
async def test_a_moderators_first_hour(hour: Hour, boards: Boards) -> None:
    world = hour.world
    maria = world.maria
    await world.set_up()
    await hour.open("C-mods")

    # Five feeds: nothing of them is posted by itself.
    backlog = {"health": (RAG, BAKER), "eval": (EVALS,), "bank": (JOB,), "forum": (SEEKER, BAKER), "quick": (BAKER,)}
    for name, items in backlog.items():
        address = boards.says(name, *items, at=MORNING)
        said = await hour.say(maria, f"/feeds add {address} side:{'mixed' if name == 'forum' else 'demand'}")
        assert f"Added: {name.capitalize()} board" in said
    await hour.look("fifth-feed")
    said = await hour.say(maria, "/feeds list")
    assert said.count("Healthy") == 5
    await hour.look("feeds")

    # A rule, with its effect on what the feed has said before it is saved.
    assert "Show the effect" in await hour.say(maria, "/feeds edit Bank board")
    said = await hour.fill_in(must_not="permanent")
    assert "With these rules" in said
    await hour.look("effect")
    assert "Saved" in await hour.press("Save")
    await hour.look("saved")

    # The boards say something new, one of them a scam; in the morning one card asks about all of it.
    now = world.clock.now()
    boards.says("health", *gigs(2), RAG, at=now + HOUR)
    boards.says("eval", *gigs(2, start=11), at=now + HOUR)
    boards.says("bank", RAILWAYS, at=now + HOUR)
    boards.says("quick", SCAM, at=now + HOUR)
    await world.travel(NEXT_BATCH)
    said = await hour.open("C-mods")
    assert "Ticked, because I am sure:" in said
    assert SCAM[0] in said.partition("Not ticked:")[2]
    assert "check first:" in said
    assert RAILWAYS[0] not in said  # the rule has left it out
    await hour.look("batch")
    assert "Approved by Maria: 4 leads" in await hour.press_on("leads to approve", "Publish 4 ticked")
    await hour.look("batch-decided")

    # What was not ticked, one by one: the scam is held with the words that gave it away, and rejected; and an undo.
    said = await hour.press_on("Approved by Maria", "One by one")
    assert "Check first:" in said
    assert "Telegram" in said
    await hour.look("scam")
    assert "Rejected by Maria (looks like a scam)" in await hour.choose("Looks like a scam")
    await hour.look("rejected")
    assert "waits again" in await hour.press("Undo")
    assert "Lead to approve" in await hour.press("Back to it")
    assert "Reject a lead" in await hour.press("Reject for another reason…")
    await hour.look("why-not")
    assert "Rejected by Maria (asks for money first)" in await hour.fill_in(why="asks for money first")
    await hour.look("rejected-in-words")

    # A flood is held with one notice.
    boards.says("health", *gigs(14, start=101), at=world.clock.now())
    await world.travel(world.clock.now() + HOUR)
    said = await hour.open("C-mods")
    assert "A flood from one feed" in said
    assert "I've held 4." in said
    await hour.look("flood")
    assert "Maria looks at this flood: 4 items are in the queue now." in await hour.press_on("A flood", "Review")
    await hour.look("flood-reviewed")

    # All of it can be read again.
    said = await hour.say(maria, "/mod audit")
    assert "edited the feed “Bank board”" in said
    assert "rejected “AI data annotator, work from home, $900 per day”: asks for money first" in said
    assert "the bot itself held 4 items of a flood from “Health board”" in said
    await hour.look("audit")

    # The digest has what was approved; on second thoughts it is taken back, and struck through where it stands.
    assert "4 new gigs" in await hour.open("C-gigs")
    await hour.look("digest")
    await hour.open("C-mods")
    assert "4 leads wait again" in await hour.press_on("Approved by Maria: 4 leads", "Undo")
    await world.run_due()
    assert (await hour.open("C-gigs")).count(" · withdrawn") == 4
    assert await hour.page.locator("article.message").last.locator("s, del").count() == 4
    await hour.look("digest-struck")
