"""The demo as a stranger sees it: a real process, a real browser, and the tour's first three suggestions."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser_story import answered
from tests.test_console_browser import CHROMIUM, chromium, quiet_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

__all__ = ["chromium"]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not here")

ROOT = Path(__file__).parent.parent
OPENED = re.compile(r"http://127\.0\.0\.1:\d+/")


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    """Where the console of a demo is that opens on a Tuesday morning."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GUILDHALL")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0", "--clock", "2026-11-24T07:05:00"),
        cwd=tmp_path,
        env={**clean, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    said = ""
    async with asyncio.timeout(90):
        while not (found := OPENED.search(said)):
            line = await process.stderr.readline()
            assert line, said
            said += line.decode()
    yield found[0]
    process.terminate()
    await process.wait()


class Stranger:
    """Somebody who follows the tour and presses what is there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pictures = 0

    async def try_it(self, number: int) -> None:
        """Follow a suggestion of the tour, and send what it puts into the box."""
        await self.page.locator("#tour li").nth(number - 1).get_by_role("link").click()
        await self.page.wait_for_url(re.compile(r"[?&]say="))  # or else the key may go to the page that is left
        await self.page.get_by_label("Command", exact=True).press("Enter")
        await answered(self.page)

    async def press(self, label: str, words: str) -> None:
        """Press the newest button of this label on a card with these words."""
        seen = re.compile(rf"^\s*{re.escape(label)}\s*$")
        card = self.page.locator("form.card", has_text=words).last
        await card.locator("button", has_text=seen).last.click()
        await answered(self.page)

    async def choose(self, words: str) -> None:
        """Choose the option with these words from the newest card."""
        card = self.page.locator("form.card").last
        value = await card.locator("select option", has_text=words).get_attribute("value")
        await card.locator("select").select_option(value)
        await card.get_by_role("button", name="Choose").click()
        await answered(self.page)

    async def shown(self, words: str) -> None:
        await self.page.locator("form.card", has_text=words).last.wait_for()

    async def let_an_hour_pass(self, times: int) -> None:
        for _ in range(times):
            hour = int((await self.page.locator("#clock .now").inner_text())[-5:-3]) + 1
            await self.page.get_by_role("button", name="+1 h").click()
            arrived = self.page.locator("#clock .now", has_text=f"{hour:02d}:05")
            await arrived.wait_for(timeout=30_000)
            await self.page.locator("#clock button:not([disabled])").first.wait_for(timeout=30_000)

    async def has_done(self, number: int) -> bool:
        await self.page.reload()
        return "done" in (await self.page.locator("#tour li").nth(number - 1).get_attribute("class") or "")

    async def take(self, name: str) -> None:
        """A picture, where somebody wants to look at them."""
        if folder := os.environ.get("GUILDHALL_PICTURES"):
            self.pictures += 1
            await self.page.screenshot(path=Path(folder) / f"demo-{self.pictures:02d}-{name}.png", full_page=True)


async def test_the_tours_first_three_suggestions_are_the_loop(address: str, chromium: Browser) -> None:
    context = await chromium.new_context(base_url=address, viewport={"width": 1280, "height": 860})
    stranger = Stranger(await quiet_page(context))
    await stranger.page.goto("/")
    await stranger.take("opened")
    higher = await stranger.page.evaluate("document.documentElement.scrollHeight - innerHeight")
    assert higher == 0  # its panes scroll, the page does not

    await stranger.try_it(1)
    await stranger.shown("Open gigs")
    await stranger.take("gigs")
    await stranger.choose("LLM evaluation engineer for a library network")
    await stranger.shown("3 of 4 skills, above your floor; missing Vector databases — 2 here teach it.")
    await stranger.take("gig")
    await stranger.press("Ask", "3 of 4 skills")
    await stranger.shown("I am asking somebody who can help with Vector databases")
    assert await stranger.has_done(1)

    await stranger.try_it(2)
    await stranger.take("jonas")
    await stranger.press("Yes, introduce us", "Can you help with Vector databases?")
    await stranger.shown("I introduce you two now")
    assert await stranger.has_done(2)

    await stranger.try_it(3)
    await stranger.press("We've fixed a time", "Jonas teaches you Vector databases")
    await stranger.shown("When do you and Jonas meet?")
    await stranger.take("times")
    await stranger.press("Another time", "When do you and Jonas meet?")
    await stranger.page.get_by_role("dialog").get_by_label("When do you meet?").fill("2026-11-24T09:00")
    await stranger.page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await stranger.shown("It is fixed: you and Jonas meet Tue 24 Nov 2026 09:00")
    await stranger.take("fixed")
    await stranger.let_an_hour_pass(3)
    await stranger.page.goto("/as/ana/dm")
    await stranger.shown("You meet Jonas, for Vector databases.")
    await stranger.press("Yes", "Have you two met?")
    await stranger.shown("Entered: 1 hour from Jonas.")
    await stranger.press("Thank Jonas", "Entered: 1 hour")
    await stranger.shown("Vector databases is on your profile now")
    await stranger.take("thanked")
    await stranger.let_an_hour_pass(2)
    await stranger.shown("4 of 4 skills, above your floor")
    assert await stranger.has_done(3)
    await stranger.take("next-gig")
    await context.close()
