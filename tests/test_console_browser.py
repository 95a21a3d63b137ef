"""The web console in a real headless Chromium: the script, the dialogue, live updates, accessibility, the policy."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.test_utils import TestServer

from bot.cards import sentence
from tests.console_world import DISCORD_GIGS, HOSTILE, SLACK_GIGS, SLACK_MODS, World, everything, open_world, seedling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from playwright.async_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not here")


@pytest.fixture
async def console_world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path) as world:
        yield world


@pytest.fixture
async def console_url(console_world: World) -> AsyncIterator[str]:
    server = TestServer(console_world.console())
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def window(chromium: Browser, console_url: str) -> AsyncIterator[Page]:
    """A window in which nothing may go wrong unseen."""
    context = await chromium.new_context(base_url=console_url, viewport={"width": 1280, "height": 860})
    yield await quiet_page(context)
    await context.close()


async def quiet_page(context: BrowserContext) -> Page:
    """A page that fails the test on an error, also on a violation of the policy, which Chromium logs as one."""
    page = await context.new_page()
    page.set_default_timeout(10_000)

    def fail(words: object) -> None:
        raise AssertionError(str(words))

    page.on("pageerror", fail)
    page.on("console", lambda message: fail(message.text) if message.type in ("error", "warning") else None)
    return page


async def findings(page: Page) -> list[Any]:
    """What axe finds wrong, by rule."""
    from axe_playwright_python.async_playwright import Axe

    found = (await Axe().run(page)).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]


async def say(page: Page, line: str) -> None:
    await page.get_by_label("Command", exact=True).fill(line)
    await page.keyboard.press("Enter")


async def shown(page: Page, words: str) -> None:
    """Wait for a card with these words."""
    await page.locator("form.card", has_text=words).first.wait_for()


async def test_the_clock_panel_comes_back_when_time_has_passed(console_world: World, chromium: Browser) -> None:
    arrived = asyncio.Event()

    async def slowly(to: datetime) -> None:
        await arrived.wait()
        console_world.travels.append(to)

    console_world.travel = slowly
    server = TestServer(console_world.console())
    await server.start_server()
    context = await chromium.new_context(base_url=str(server.make_url("")).rstrip("/"))
    window = await quiet_page(context)
    await window.goto("/as/ana")
    clock = window.locator("#clock")
    await clock.get_by_role("button", name="+1 day").click()
    await clock.get_by_text("Time is passing").wait_for()
    arrived.set()
    await clock.get_by_text("Time is passing").wait_for(state="detached")
    assert await clock.get_by_role("button", name="+1 day").is_enabled()
    await context.close()
    await server.close()


async def test_a_conversation_without_leaving_the_page(window: Page) -> None:
    await window.goto("/as/maria")
    await window.evaluate("window.sameDocument = true")
    await say(window, "/garden queue")
    message = window.locator("article.message")
    await message.get_by_role("button", name="Approve").wait_for()
    assert await window.evaluate("document.activeElement.id") == "m-a1"  # the answer has the focus
    assert await window.get_by_label("Command", exact=True).input_value() == ""

    await message.get_by_role("button", name="Approve").click()
    await shown(window, "Approved by Maria.")
    assert await message.count() == 1

    await say(window, "/garden plant")
    form = window.get_by_role("dialog", name="New plant")
    assert await form.evaluate("element => element.matches(':modal')")
    assert await window.evaluate("document.activeElement.id") == "field-name"
    await form.get_by_label("Name").fill("Ab")
    await form.get_by_label("Sun").check()
    await form.get_by_label("Channel").select_option(label="#gigs")
    await form.get_by_role("button", name="Plant it").click()
    await form.get_by_role("link", name="Name: A name has at least three letters.").wait_for()
    assert await form.get_by_label("Name").get_attribute("aria-invalid") == "true"
    assert await form.get_by_label("Sun").is_checked()
    await form.get_by_label("Name").fill("Fern")
    await form.get_by_label("Water").check()
    await form.get_by_role("button", name="Plant it").click()
    await shown(window, f"Planted Fern (sun; water) in {SLACK_GIGS}.")
    assert await form.count() == 0

    await say(window, "/garden plant")
    await form.wait_for()
    await window.keyboard.press("Escape")
    await form.wait_for(state="detached")
    await window.wait_for_url(lambda url: "form=" not in url)
    assert await window.evaluate("window.sameDocument")


async def test_two_windows_see_the_same_and_the_second_press_is_told(
    window: Page, chromium: Browser, console_url: str
) -> None:
    await window.goto("/as/maria")
    await say(window, "/garden queue")
    await window.get_by_role("button", name="Approve").wait_for()
    other_context = await chromium.new_context(base_url=console_url, java_script_enabled=False)
    other = await quiet_page(other_context)
    await other.goto("/as/maria")
    await window.get_by_role("button", name="Approve").click()
    await shown(window, "Approved by Maria.")
    await other.get_by_role("button", name="Approve").click()
    await shown(other, "Maria already approved this.")
    await shown(window, "Maria already approved this.")  # by itself
    await other_context.close()


async def test_what_is_posted_appears_by_itself(window: Page, console_world: World) -> None:
    await window.goto("/as/jonas")
    await window.get_by_text("Nothing has been said here yet.").wait_for()
    await window.get_by_label("Command", exact=True).fill("/garden half typed")
    await console_world.post("discord", DISCORD_GIGS, sentence("Fresh from the feed."))
    await shown(window, "Fresh from the feed.")
    assert await window.get_by_label("Command", exact=True).input_value() == "/garden half typed"


async def test_time_lapse_and_completion(window: Page) -> None:
    await window.goto("/as/ana")
    await window.get_by_role("button", name="Next Monday").click()
    await window.get_by_text("Mon 30 Nov 2026 08:00").wait_for()
    await window.get_by_label("Command", exact=True).press_sequentially("/garden light s")
    await window.locator("#commands option[value='/garden light shade']").wait_for(state="attached")


async def test_the_same_story_without_javascript(chromium: Browser, console_url: str) -> None:
    context = await chromium.new_context(base_url=console_url, java_script_enabled=False)
    page = await quiet_page(context)
    await page.goto("/as/jonas")
    await say(page, "/garden plant")
    form = page.get_by_role("dialog", name="New plant")
    await form.get_by_label("Name").fill("Fern")
    await form.get_by_role("button", name="Submit").click()
    await form.get_by_role("link", name="Light: Please fill this in.").click()
    await form.get_by_label("Shade").check()
    await form.get_by_label("Channel").select_option(label="#moderators")
    await form.get_by_role("button", name="Submit").click()
    await shown(page, "Planted Fern (shade;")
    await context.close()


async def test_hostile_words_do_nothing(window: Page, console_world: World) -> None:
    await console_world.post("slack", SLACK_GIGS, everything(HOSTILE))
    await console_world.post("discord", DISCORD_GIGS, everything(HOSTILE))
    for place in ("/as/ana", "/as/jonas", f"/as/ana/{SLACK_GIGS}?show=discord"):
        await window.goto(place)
        await shown(window, "<script>alert(1)</script>")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(chromium: Browser, console_url: str, console_world: World, scheme: Any) -> None:
    await console_world.post("slack", SLACK_GIGS, everything("a digest"))
    await console_world.post("slack", SLACK_MODS, seedling())
    await console_world.post("discord", DISCORD_GIGS, everything("a digest"))
    await console_world.post("discord", DISCORD_GIGS, seedling())
    context = await chromium.new_context(base_url=console_url, color_scheme=scheme)
    page = await context.new_page()
    for width in (1280, 360):
        await page.set_viewport_size({"width": width, "height": 740})
        for place in ("/", "/as/jonas", f"/as/maria/{SLACK_MODS}", "/as/ana/dm", "/nowhere"):
            await page.goto(place)
            assert await findings(page) == [], place
            assert await page.evaluate("document.documentElement.scrollWidth") == width, place
    await page.goto("/")
    await page.locator("details.payload summary").first.click()
    await say(page, "/garden crash")
    await shown(page, "E-UNKNOWN")
    assert await findings(page) == []
    for place in ("/as/ana", "/as/jonas"):
        await page.goto(place)
        await say(page, "/garden plant")
        await page.get_by_role("dialog").wait_for()
        assert await findings(page) == []
        await page.locator("dialog button.primary").click()
        await page.locator(".mend").wait_for()
        assert await findings(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
    await context.close()


async def test_it_works_at_twice_the_size_and_every_target_is_large_enough(window: Page, console_world: World) -> None:
    await console_world.post("slack", SLACK_GIGS, everything("a digest"))
    await window.set_viewport_size({"width": 640, "height": 430})  # 200 % of a 1280 by 860 window
    await window.goto(f"/as/ana/{SLACK_GIGS}")
    assert await window.evaluate("document.documentElement.scrollWidth") == 640
    small = await window.evaluate(
        """() => [...document.querySelectorAll("button, select, input:not([type=hidden]), summary, nav a")]
            .map((element) => [element.getBoundingClientRect(), element.outerHTML.slice(0, 80)])
            .filter(([box]) => box.width < 24 || box.height < 24).map(([, html]) => html)"""
    )
    assert small == []
    await window.keyboard.press("Tab")
    assert await window.evaluate("document.activeElement.className") == "skip"
    await window.keyboard.press("Enter")
    await window.keyboard.type("/garden queue")
    assert await window.get_by_label("Command", exact=True).input_value() == "/garden queue"
