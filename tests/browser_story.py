"""Stories in the console, in a real headless Chromium: several people looked at in turn, and what happens behind it."""

from __future__ import annotations

import os
import random
import re
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp.test_utils import TestServer

from adapters.web.personas import Persona
from adapters.workers import InlineWorkers
from bot import people
from bot.app import App
from bot.cli.wiring import FEATURES, PAGES
from bot.people import Caller
from jobs import schedule
from tests.conftest import HandClock, settings
from tests.console_world import DISCORD_GIGS, SLACK_GIGS, SLACK_MODS, World, open_world
from tests.test_console_browser import quiet_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from playwright.async_api import Browser, Page


def persona(key: str, platform: str, user: str, name: str, zone: str) -> Persona:
    """Somebody who looks at the channel of their platform."""
    there = "space-slack" if platform == "slack" else "space-discord"
    channel = SLACK_GIGS if platform == "slack" else DISCORD_GIGS
    caller = Caller("slack" if platform == "slack" else "discord", there, user, name, space_name="AI Guild", zone=zone)
    return Persona(key, f"{name} ({platform.capitalize()})", caller, ((channel, "gigs"),), channel, zone)


async def answered(page: Page) -> None:
    """Wait until what was pressed or sent has been answered, and the answer is shown.

    Not for an idle network: a page that has been idle once counts as idle for ever.
    """
    await page.wait_for_selector("form[data-busy]", state="detached")


class Story:
    """A browser window in which each person is looked at in turn, and what happens behind it."""

    def __init__(self, name: str, world: World, clock: HandClock, page: Page) -> None:
        self.name, self.world, self.clock, self.page = name, world, clock, page
        self.pictures = 0

    async def see(self, key: str, where: str = "/dm") -> None:
        await answered(self.page)
        await schedule.run_due(self.world.app)
        await self.page.goto(f"/as/{key}{where}")

    async def press(self, key: str, label: str, *, words: str = "", where: str = "/dm") -> None:
        """Press the newest button of this label, on a card with these words, and wait for what comes of it."""
        await self.see(key, where)
        await self.press_here(label, words)

    async def press_here(self, label: str, words: str = "") -> None:
        cards = self.page.locator("form.card", has_text=words) if words else self.page.locator("form.card")
        exactly = re.compile(rf"^\s*{re.escape(label)}\s*$")  # what is seen: to a screen reader some say more
        await cards.locator("button", has_text=exactly).last.click()
        await answered(self.page)

    async def shown(self, words: str) -> None:
        await self.page.locator("form.card", has_text=words).last.wait_for()

    async def take(self, name: str) -> None:
        """A picture, where somebody wants to look at them."""
        if folder := os.environ.get("GUILDHALL_PICTURES"):
            self.pictures += 1
            await self.page.screenshot(
                path=Path(folder) / f"{self.name}-{self.pictures:02d}-{name}.png", full_page=True
            )

    async def travel(self, **ahead: float) -> None:
        """Move the clock, with everything that is due on the way."""
        await answered(self.page)
        await schedule.travel(self.world.app, self.clock, self.clock.now() + timedelta(**ahead))


@asynccontextmanager
async def open_story(
    name: str, folder: Path, chromium: Browser, personas: Sequence[Persona], **given: Any
) -> AsyncIterator[Story]:
    """A community on both platforms with these people and Maria, who moderates; `given` are settings."""
    async with open_world(folder) as world:
        clock = HandClock(world.clock.now())
        parts = {name: getattr(world.app, name) for name in ("db", "machine", "ids", "fetcher", "platforms")}
        world.app = App(
            **parts,
            settings=settings(safety__quiet_hours="", safety__messages_per_day="50", **given),
            features=FEATURES,
            wall=clock,
            random=random.Random(1),
            workers=InlineWorkers(),
            pages=PAGES,
        )
        maria = next(one for one in world.personas if one.key == "maria")
        world.personas = (*personas, maria)
        async with world.app.db.write() as db:
            here = await people.find_space(db, "slack", "space-slack")
            there = await people.find_space(db, "discord", "space-discord")
            assert here
            assert there
            channels = {"leads_channel": SLACK_GIGS, "moderators_channel": SLACK_MODS}
            await people.change_space(db, here.community_id, here.id, **channels)
            await people.change_space(db, there.community_id, there.id, leads_channel=DISCORD_GIGS)
            await people.change_community(db, here.community_id, swap_due=clock.now())
        server = TestServer(world.console())
        await server.start_server()
        context = await chromium.new_context(
            base_url=str(server.make_url("")).rstrip("/"), viewport={"width": 1280, "height": 860}
        )
        yield Story(name, world, clock, await quiet_page(context))
        await context.close()
        await server.close()
