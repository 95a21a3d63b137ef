"""Who people are, in the console, in a real Chromium: a profile, two accounts, a note, a report, a farewell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import people
from bot.db import metadata
from tests.browser_story import Story, answered, open_story, persona
from tests.test_console_browser import CHROMIUM, chromium, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser

__all__ = ["chromium"]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not here")

SLACK, DISCORD = "U01", "800000000000000012"  # Ana's two accounts
ANY = re.compile("Save|Submit|Send|Report|Link|Forget me")  # Discord has one word for all


@pytest.fixture
async def story(tmp_path: Path, chromium: Browser) -> AsyncIterator[Story]:
    three = (
        persona("ana", "slack", SLACK, "Ana", "Europe/Lisbon"),
        persona("ana-there", "discord", DISCORD, "Ana", "Europe/Lisbon"),
        persona("jonas", "discord", "800000000000000013", "Jonas", "Europe/Berlin"),
    )
    async with open_story("members", tmp_path, chromium, three) as made:
        yield made


async def fill(story: Story, **values: str) -> None:
    """Fill in the open form by what its fields are called, and send it."""
    form = story.page.get_by_role("dialog")
    for label, value in values.items():
        field = form.get_by_label(label.replace("_", " "), exact=False).first
        await field.fill(value)
    await form.get_by_role("button", name=ANY).last.click()
    await answered(story.page)


async def test_from_a_profile_to_being_forgotten(story: Story) -> None:
    await a_profile(story)
    await a_note(story)
    await two_accounts(story)
    await a_report(story)
    await pause_and_export(story)
    await forgotten(story)


async def a_profile(story: Story) -> None:
    await story.see("ana", "")
    await say(story.page, "/profile edit")
    await fill(
        story, Headline="I build retrieval systems", You_can_help_with="RAG, evals", You_want_to_learn="pgvector"
    )
    await story.shown("AI evaluation and red teaming")
    await story.take("read")
    await story.press_here("Right")
    await say(story.page, "/profile view")
    await story.shown("I build retrieval systems")
    await story.take("profile")


async def two_accounts(story: Story) -> None:
    await story.see("ana", "")
    await say(story.page, "/profile link")
    await story.shown("Link your other account")
    card = await story.page.locator("form.card", has_text="Link your other account").last.inner_text()
    code = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", card)[0]
    await story.take("code")
    await story.see("ana-there", "")
    await say(story.page, "/profile link 0000-0000")
    await story.shown("That code isn't right, or it is over.")
    await story.take("wrong-code")
    await say(story.page, f"/profile link {code}")
    await story.shown("Link Ana")
    await story.press_here("Link")
    await story.shown("are one member now")
    await story.take("linked")
    await say(story.page, "/profile view")
    await story.shown("I build retrieval systems")  # on Discord she is who she is on Slack
    await story.see("ana")
    await story.shown("Accounts linked")


async def a_note(story: Story) -> None:
    await story.see("jonas", "")
    await say(story.page, "/hub")
    await story.see("ana", "")
    await say(story.page, "/profile view Jonas")
    await story.press_here("Ask for an introduction")
    await story.shown("If Jonas says yes, I introduce you at once")
    await story.see("jonas")
    await story.shown("Ana would like to meet you")
    await story.take("introduction")
    await story.press_here("Yes")
    for key in ("ana", "jonas"):
        await story.see(key)
        await story.press_here("What I share")
        form = story.page.get_by_role("dialog")
        await form.get_by_label("Yes", exact=False).first.check()
        await form.get_by_role("button", name=ANY).last.click()
        await answered(story.page)
    await story.see("ana")
    await story.press_here("Show Jonas")
    await story.press_here("Write a note")
    await fill(story, Your_note="Thursday at six?")
    await story.shown("I keep no copy.")
    await story.see("jonas")
    await story.shown("Thursday at six?")
    await story.take("note")


async def a_report(story: Story) -> None:
    await story.see("jonas", "")
    await say(story.page, "/hub report Ana")
    form = story.page.get_by_role("dialog")
    await form.get_by_label("What is wrong?").first.select_option(label="Spam or selling")
    await fill(story, What_happened="She sells bridges.")
    await story.take("reported")
    await story.see("maria", "")
    await say(story.page, "/mod safety Ana")
    await story.shown("She sells bridges.")
    assert "Jonas" not in await story.page.locator("form.card", has_text="She sells bridges.").last.inner_text()
    await story.take("safety")
    await story.see("ana", "")
    await say(story.page, "/profile view Jonas")
    await story.shown("Nobody here goes by that name.")  # he blocked her, which looks like his absence


async def pause_and_export(story: Story) -> None:
    await say(story.page, "/profile privacy")
    await story.press_here("Pause everything")
    await story.shown("Go on")
    await story.take("paused")
    await say(story.page, "/profile export")
    await story.shown("direct message")
    await story.see("ana")
    for kind in ("json", "html"):
        await story.page.get_by_text(re.compile(rf"File: .*\.{kind}")).first.wait_for()
    exported = story.page.locator("pre", has_text="headline").last
    assert "I build retrieval systems" in (await exported.text_content() or "")
    await story.take("export")


async def forgotten(story: Story) -> None:
    await story.see("ana", "")
    await say(story.page, "/profile forget")
    await story.press_here("Forget me…")
    await fill(story, Type_FORGET="FORGET")
    await story.shown("You are forgotten")
    await story.take("forgotten")
    async with story.world.app.db.read() as db:
        space = await people.find_space(db, "slack", "space-slack")
        assert space is not None
        for account in (("slack", SLACK), ("discord", DISCORD)):
            statement = sa.select(people.identity).where(
                people.identity.c.platform == account[0], people.identity.c.remote == account[1]
            )
            assert (await db.execute(statement)).first() is None
        for table in metadata.sorted_tables:
            for row in await db.execute(sa.select(table)):
                assert "retrieval systems" not in str(row), table.name
                assert "Thursday at six?" not in str(row), table.name
