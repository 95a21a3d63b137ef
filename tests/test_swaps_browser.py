"""The whole story of skill swaps in the console, in a real headless Chromium: six join, help, a round, a repair."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bot import people
from bot.swaps import store
from tests.browser_story import Story, open_story, persona
from tests.test_console_browser import CHROMIUM, chromium, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser

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


@pytest.fixture
async def story(tmp_path: Path, chromium: Browser) -> AsyncIterator[Story]:
    users = {"slack": "U0{}", "discord": "80000000000000001{}"}
    six = [
        persona(key, platform, users[platform].format(number), name, zone)
        for number, (key, (platform, name, zone, _, _)) in enumerate(SIX.items(), start=1)
    ]
    async with open_story("swaps", tmp_path, chromium, six) as made:
        yield made


async def balances(story: Story) -> dict[str, int]:
    async with story.world.app.db.read() as db:
        space = await people.find_space(db, "slack", "space-slack")
        assert space is not None
        found = await store.balances(db, space.community_id)
        return {await people.member_name(db, space.community_id, one) or "": n for one, n in found.items() if one}


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
        await form.get_by_label("You can help with").fill(offers)
        await form.get_by_label("You want to learn").fill(wants)
        if key == "ana":
            await form.get_by_label("You can help with").fill("evalls")
            await story.take("form")
            await form.get_by_role("button", name=SEND).click()
            await story.shown("“evalls” is no skill that I know. It stays as you wrote it")
            await story.take("unknown-word")
            await story.press_here("Change my skills")
            await form.get_by_label("You can help with").fill(offers)
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
            assert await balances(story) == {"Carla": 1, "Emil": -1}
            await story.press_here("Thank Carla")
            await story.see("carla")
            await story.shown("Emil thanks you for the help")
    await story.see("carla", "")
    await say(story.page, "/swap status")
    await story.shown("Emil teaches you PyTorch")
    await story.take("status")
    await story.press_here("We met")
    assert await balances(story) == {"Carla": 0, "Emil": 0}


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
    assert sum((await balances(story)).values()) == 0
