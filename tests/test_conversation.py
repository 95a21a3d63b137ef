"""One conversation, told once and held twice: with a fake platform, and in the web console in a real Chromium."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from aiohttp.test_utils import TestServer

from adapters.web.console import create_console
from adapters.web.personas import Persona
from adapters.web.platform import Bell, ConsolePlatform
from tests.browser_story import answered
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import EVALS, RAG, SEEKER, rss

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

    from bot.people import Caller
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
CHROMIUM = Path("/usr/bin/chromium")
HAS_CHROMIUM = CHROMIUM.exists()
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
CHANNELS = (("C-gigs", "gigs"), ("C-mods", "mods"))


class Talk(Protocol):
    """How a conversation is held: what is said, pressed and filled in, and what is read."""

    world: World

    async def say(self, who: Caller, line: str) -> str: ...

    async def press(self, label: str) -> str: ...

    async def choose(self, label: str) -> str: ...

    async def fill_in(self, **fields: str) -> str: ...

    async def channel(self, who: Caller) -> str: ...


class WithFakePlatform:
    def __init__(self, world: World) -> None:
        self.world = world
        self.who = world.maria

    async def say(self, who: Caller, line: str) -> str:
        self.who = who
        return await self.world.say(who, line)

    async def press(self, label: str) -> str:
        return await self.world.press(self.who, label)

    async def choose(self, label: str) -> str:
        return await self.world.choose(self.who, label)

    async def fill_in(self, **fields: str) -> str:
        return await self.world.submit(self.who, **fields)

    async def channel(self, who: Caller) -> str:
        del who
        return "\n".join(words(card) for card in self.world.slack.cards("C-gigs"))


class InTheBrowser:
    """The same through the console's pages; buttons are pressed on the newest card."""

    def __init__(self, world: World, page: Page, url: str) -> None:
        self.world = world
        self.page = page
        self.url = url
        self.who = world.maria

    async def say(self, who: Caller, line: str) -> str:
        self.who = who
        await self.page.goto(f"{self.url}/as/{who.name.lower()}/{who.channel}")
        await self.page.get_by_label("Command", exact=True).fill(line)
        await self.page.get_by_role("button", name="Send").click()
        return await self._answer()

    async def press(self, label: str) -> str:
        card = self.page.locator("article.message").last
        await card.locator("button, a", has_text=label).first.click()
        return await self._answer()

    async def choose(self, label: str) -> str:
        card = self.page.locator("article.message").last
        await card.locator("select").select_option(label=label)
        await card.get_by_role("button", name="Choose").click()
        return await self._answer()

    async def fill_in(self, **fields: str) -> str:
        form = self.page.get_by_role("dialog")
        for name, value in fields.items():
            field = form.locator(f"[name='field:{name}']").last
            if await field.evaluate("element => element.tagName") == "SELECT":
                await field.select_option(value=value)
            else:
                await field.fill(value)
        await form.locator("button[type=submit], button:not([type])").last.click()
        return await self._answer()

    async def channel(self, who: Caller) -> str:
        await self.page.goto(f"{self.url}/as/{who.name.lower()}/C-gigs")
        return await self.page.locator("main").inner_text()

    async def _answer(self) -> str:
        await answered(self.page)
        return await self.page.locator("main").inner_text()


@pytest.fixture(params=["fake platform", "browser"])
async def talk(request: pytest.FixtureRequest, world: World) -> AsyncIterator[Talk]:
    """The conversation's two stages."""
    if request.param == "fake platform":
        yield WithFakePlatform(world)
        return
    if not HAS_CHROMIUM:
        pytest.skip("chromium is not here")
    from playwright.async_api import async_playwright

    bell = Bell()
    world.app.platforms = {"slack": ConsolePlatform("slack", bell), "discord": ConsolePlatform("discord", bell)}
    people = (world.maria, world.ana, world.marek)
    personas = [Persona(who.name.lower(), who.name, who, CHANNELS, "C-gigs", who.zone or "UTC") for who in people]
    server = TestServer(create_console(world.app, personas, bell=bell, travel=world.travel, version="test"))
    await server.start_server()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
        yield InTheBrowser(world, await context.new_page(), str(server.make_url("")).rstrip("/"))
        await browser.close()
    await server.close()


async def test_from_the_first_set_up_to_the_digest(talk: Talk) -> None:
    world: Any = talk.world
    maria, ana = world.maria, world.ana

    # Before anything is set up a member is told who can, and a moderator does it, wrongly at first.
    assert "isn't set up here yet" in await talk.say(ana, "/gigs find")
    await talk.say(maria, "/mod setup")
    await talk.press("Set up a new community")
    said = await talk.fill_in(leads_channel="C-gigs", moderators_channel="C-mods", digest_at="8 o'clock", zone="Berlin")
    assert "time of day" in said
    said = await talk.fill_in(leads_channel="C-gigs", moderators_channel="C-mods", digest_at="08:00", zone="Berlin")
    assert "Guildhall is set up" in said

    # Members may not touch feeds; typos are met with a question.
    assert "Only moderators can use /feeds list" in await talk.say(ana, "/feeds list")
    assert "Did you mean /gigs find?" in await talk.say(ana, "/gigs fnid")

    # Maria adds a feed; nothing is posted by itself; she looks first, approves one and rejects the other.
    world.fetcher.pages[BOARD] = rss(RAG, SEEKER, EVALS, at=MORNING)
    assert "Added: AI Jobs Board" in await talk.say(maria, f"/feeds add {BOARD}")
    assert "Lead to approve" in await talk.press("Look first")
    assert "Approved by Maria" in await talk.press("Approve")
    assert "Lead to approve" in await talk.press("Next")
    assert "Rejected by Maria" in await talk.choose("Not AI work")
    assert "waits again" in await talk.press("Undo")
    assert "Clinic" not in await talk.channel(ana)

    # The digest comes at eight o'clock in Berlin, once, with the approved lead and not the other.
    await world.travel(MORNING + timedelta(hours=1, minutes=1))
    channel = await talk.channel(ana)
    assert "Daily digest · Wed 18 Nov" in channel
    assert "1 new gig" in channel
    assert channel.count("Why these?") == 1

    # Ana finds the lead and asks why.
    assert "1 open gig" in await talk.say(ana, "/gigs find")
    assert "No open lead matches" in await talk.say(ana, "/gigs find zebra")
