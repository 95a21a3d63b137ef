"""The whole story of skill swaps in the console, in a real headless Chromium: six join, help, a round, a repair."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from aiohttp.test_utils import TestServer

from adapters.web.personas import Persona
from adapters.workers import InlineWorkers
from bot import people
from bot.app import App
from bot.cli.wiring import FEATURES, PAGES
from bot.people import Caller
from bot.swaps import store
from jobs import schedule
from tests.conftest import HandClock, settings
from tests.console_world import DISCORD_GIGS, SLACK_GIGS, SLACK_MODS, World, open_world
from tests.test_console_browser import CHROMIUM, chromium, quiet_page, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

__all__ = ["chromium"]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not here")

SIX = {
    "ana": ("slack", "Ana", "Europe/Lisbon", "evals", "pgvector"),
    "jonas": ("discord", "Jonas", "Europe/Berlin", "pgvector", "LangChain"),
    "ben": ("slack", "Ben", "Europe/Berlin", "LangChain", "evals"),
    "kim": ("discord", "Kim", "Europe/Berlin", "LangChain", "evals"),
    "carla": ("slack", "Carla", "Europe/Rome", "RAG", ""),
    "emil": ("discord", "Emil", "Europe/Oslo", "PyTorch", ""),
}
SEND = re.compile("See who is here|Submit")  # Discord has one word for all
RING = ("ana", "jonas")  # with Ben or Kim, who teach and want the same


def persona(number: int, key: str) -> Persona:
    platform, name, zone, _, _ = SIX[key]
    there = "space-slack" if platform == "slack" else "space-discord"
    user = f"U0{number}" if platform == "slack" else f"80000000000000001{number}"
    channel = SLACK_GIGS if platform == "slack" else DISCORD_GIGS
    caller = Caller("slack" if platform == "slack" else "discord", there, user, name, space_name="AI Guild", zone=zone)
    return Persona(key, f"{name} ({platform.capitalize()})", caller, ((channel, "gigs"),), channel, zone)


class Story:
    """A browser window in which the six are looked at in turn, and what happens behind it."""

    def __init__(self, world: World, clock: HandClock, page: Page) -> None:
        self.world, self.clock, self.page = world, clock, page
        self.pictures = 0

    async def see(self, key: str, where: str = "/dm") -> None:
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
        await self.page.wait_for_load_state("networkidle")

    async def shown(self, words: str) -> None:
        await self.page.locator("form.card", has_text=words).last.wait_for()

    async def take(self, name: str) -> None:
        """A picture, where somebody wants to look at them."""
        if folder := os.environ.get("GUILDHALL_PICTURES"):
            self.pictures += 1
            await self.page.screenshot(path=Path(folder) / f"swaps-{self.pictures:02d}-{name}.png", full_page=True)

    async def travel(self, **ahead: float) -> None:
        """Move the clock; nothing but swaps and messages is due here."""
        from datetime import timedelta

        await schedule.travel(self.world.app, self.clock, self.clock.now() + timedelta(**ahead))

    async def balances(self) -> dict[str, int]:
        async with self.world.app.db.read() as db:
            space = await people.find_space(db, "slack", "space-slack")
            assert space is not None
            found = await store.balances(db, space.community_id)
            return {await people.member_name(db, space.community_id, one) or "": n for one, n in found.items() if one}


@pytest.fixture
async def story(tmp_path: Path, chromium: Browser) -> AsyncIterator[Story]:
    async with open_world(tmp_path) as world:
        clock = HandClock(world.clock.now())
        parts = {name: getattr(world.app, name) for name in ("db", "machine", "ids", "fetcher", "platforms")}
        world.app = App(
            **parts,
            settings=settings(safety__quiet_hours="", safety__messages_per_day="50"),
            features=FEATURES,
            wall=clock,
            random=random.Random(1),
            workers=InlineWorkers(),
            pages=PAGES,
        )
        maria = next(one for one in world.personas if one.key == "maria")
        world.personas = (*(persona(number, key) for number, key in enumerate(SIX, start=1)), maria)
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
        yield Story(world, clock, await quiet_page(context))
        await context.close()
        await server.close()


async def test_from_joining_to_thanks(story: Story) -> None:
    await six_join(story)
    await help_is_asked_and_repaid(story)
    await a_round_is_proposed_and_mended(story)
    await they_are_introduced_meet_and_thank(story)


async def six_join(story: Story) -> None:
    for key, (_, _, _, offers, wants) in SIX.items():
        await story.see(key, "")
        await say(story.page, "/swap join")
        form = story.page.get_by_role("dialog")
        await form.get_by_label("I can help with").fill(offers)
        await form.get_by_label("I want to learn").fill(wants)
        if key == "ana":
            await form.get_by_label("I can help with").fill("evalls")
            await story.take("form")
            await form.get_by_role("button", name=SEND).click()
            await form.get_by_text("I don't know “evalls”").first.wait_for()
            await story.take("unknown-word")
            await form.get_by_label("I can help with").fill(offers)
        await form.get_by_role("button", name=SEND).click()
        await story.shown("You are in")
    await story.take("joined")


async def help_is_asked_and_repaid(story: Story) -> None:
    for asker, skill, helper in (("emil", "rag", "carla"), ("carla", "pytorch", "emil")):
        await story.see(asker, "")
        await say(story.page, f"/swap find {skill}")
        await story.shown("1 here can help with")
        await story.press_here("Ask")
        await story.shown("I am asking somebody who can help")
        await story.take(f"{asker}-asks")
        await story.see(helper)
        await story.shown("Somebody here asks for an hour of help")
        assert (
            SIX[asker][1] not in await story.page.locator("form.card", has_text="Somebody here asks").last.inner_text()
        )
        await story.take(f"{helper}-is-asked")
        await story.press_here("Yes, introduce us")
        await story.see(asker)
        await story.shown(f"Meet {SIX[helper][1]}")
        await story.take(f"{asker}-is-introduced")
        await story.travel(days=5, minutes=1) if asker == "emil" else None
        if asker == "emil":
            await story.press(asker, "Yes", words="Have you two met?")
            await story.shown("Entered: 1 hour from Carla.")
            assert await story.balances() == {"Carla": 1, "Emil": -1}
            await story.press_here("Thank Carla")
            await story.see("carla")
            await story.shown("Emil thanks you for the help")
    await story.see("carla", "")
    await say(story.page, "/swap status")
    await story.shown("Emil teaches you PyTorch")
    await story.take("status")
    await story.press_here("We met")
    assert await story.balances() == {"Carla": 0, "Emil": 0}


async def a_round_is_proposed_and_mended(story: Story) -> None:
    await story.travel(days=2, hours=2)
    await story.see("ana")
    await story.shown("You would learn Vector databases and teach AI evaluation and red teaming.")
    await story.take("proposal")
    await story.press_here("Why this match?")
    await story.shown("You want Vector databases")
    await story.press("ana", "Yes, introduce us")
    await story.shown("as soon as the others have said yes")
    await story.see("ben")
    asked = await story.page.locator("form.card", has_text="A swap for you this round").count()
    first, second = ("ben", "kim") if asked else ("kim", "ben")
    await story.see(second)
    await story.shown("No fair match for you this round")
    await story.take("no-match")
    await story.press(first, "Not this time")
    await story.shown("The others are not told who it was")
    await story.press(second, "Yes, introduce us")
    await story.see("jonas")
    await story.take("mended")
    await story.press_here("Yes, introduce us")
    await story.shown("Everybody has said yes")


async def they_are_introduced_meet_and_thank(story: Story) -> None:
    await story.see("ana")
    await story.shown("Meet Jonas")
    await story.take("introduced")
    await story.travel(days=5, minutes=1)
    for key in (*RING,):
        await story.press(key, "Yes", words="Have you two met?")
        await story.shown("Entered: 1 hour from")
        await story.take(f"{key}-met")
    await story.page.get_by_role("button", name="Thank").last.click()
    await story.shown("hears of it")
    assert sum((await story.balances()).values()) == 0
