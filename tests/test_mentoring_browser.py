"""A mentee's first booking, and a meetup of two places with three people, across a clock change, in a real Chromium."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.browser_story import Story, answered, open_story, persona
from tests.test_console_browser import CHROMIUM, chromium, say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser

__all__ = ["chromium"]

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not here")

MONDAY = datetime(2027, 3, 22, 8, 0, tzinfo=UTC)  # clocks in Europe are put ahead on Sunday
HOUR_WITH_CARLA = datetime(2027, 3, 29, 16, 0, tzinfo=UTC)  # Monday 18:00 in Berlin; before the change it was 17:00 UTC
MEETUP = datetime(2027, 3, 30, 16, 0, tzinfo=UTC)  # Tuesday, the same
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SEND = re.compile("Save|Submit|Find times|Preview")


@pytest.fixture
async def story(tmp_path: Path, chromium: Browser) -> AsyncIterator[Story]:
    four = (
        persona("carla", "slack", "U02", "Carla", "Europe/Berlin"),
        persona("ana", "slack", "U01", "Ana", "Europe/Lisbon"),
        persona("jonas", "discord", "800000000000000013", "Jonas", "Europe/Berlin"),
        persona("ben", "slack", "U03", "Ben", "America/New_York"),
    )
    given = {"safety__new_member_days": "0", "meetup__who_can_create": "anyone"}
    async with open_story("mentoring", tmp_path, chromium, four, **given) as made:
        made.clock.move(MONDAY)
        yield made


async def fill(story: Story, **values: str) -> None:
    """Fill in the open form by what its fields are called, and send it."""
    form = story.page.get_by_role("dialog")
    for label, value in values.items():
        await form.get_by_label(label.replace("_", " "), exact=False).first.fill(value)
    await form.get_by_role("button", name=SEND).last.click()
    await answered(story.page)


async def wait_until(story: Story, at: datetime, key: str, words: str, already: int = 0) -> None:
    """A message reaches somebody's direct messages at this minute, and not before."""
    story.clock.move(at - MINUTE)
    await story.see(key)
    cards = story.page.locator("form.card", has_text=words)
    assert await cards.count() == already
    story.clock.move(at)
    await story.see(key)
    await cards.nth(already).wait_for()


async def test_a_first_booking_and_a_meetup_of_two_places_across_a_clock_change(story: Story) -> None:
    await an_hour_is_offered_and_booked(story)
    await a_meetup_is_planned_and_full(story)
    await a_place_goes_on(story)
    await everybody_is_reminded_and_says_thanks(story)


async def an_hour_is_offered_and_booked(story: Story) -> None:
    await story.see("carla", "")
    await say(story.page, "/mentor offer")
    await story.page.get_by_role("dialog").wait_for()
    await story.take("offer-form")
    await fill(story, What_you_can_help_with="RAG, evals", Your_hours="Mon 18:00-20:00", Where="https://meet.example/m")
    await story.shown("Thank you: your hours can be booked now.")
    await story.take("offered")
    await story.see("ana", "")
    await say(story.page, "/mentor ask RAG")
    await fill(story, What_you_want="Answers that quote their source")
    await story.shown("1 mentor with time")
    await story.take("suggested")
    await story.press_here("Book Mon 29 Mar 17:00")  # on her clock; what is a week away lies behind the change
    await story.shown("It's booked.")
    await story.take("booked")
    await story.see("carla")
    await story.shown("Ana booked an hour with you.")
    await story.take("told")


async def a_meetup_is_planned_and_full(story: Story) -> None:
    await story.see("carla", "")
    await say(story.page, "/meetup create")
    await fill(story, Title="Pricing AI projects", When="Tue 30 Mar 18:00", Places="2", What_about="Fixed fees.")
    await story.shown("Tue 30 Mar 2027 18:00 Europe/Berlin = 16:00 UTC")
    await story.take("preview")
    await story.press_here("Publish")
    await story.shown("Published: Pricing AI projects.")
    for key in ("ana", "jonas"):
        await story.press(key, "Going", words="Pricing AI projects", where="")
        await story.shown("You're going.")
    await story.see("ben", "")
    await story.shown("2 of 2")
    await story.take("full")
    await story.press_here("Join waitlist", "Pricing AI projects")
    await story.shown("You're number 1 on the waitlist.")
    await story.take("waiting")


async def a_place_goes_on(story: Story) -> None:
    await story.press("ana", "Can't", words="Pricing AI projects", where="")
    await story.see("ben")
    await story.shown("A place opened for you")
    await story.take("place-opened")
    await story.press_here("Take it")
    await story.shown("The place is yours.")
    await story.see("jonas", "")
    await story.shown("2 of 2")
    await story.take("full-again")


async def everybody_is_reminded_and_says_thanks(story: Story) -> None:
    await wait_until(story, HOUR_WITH_CARLA - DAY, "ana", "A reminder.")
    await story.take("reminded-of-the-hour")
    await wait_until(story, MEETUP - DAY, "ben", "A reminder.")
    await story.take("reminded-of-the-meetup")
    story.clock.move(HOUR_WITH_CARLA + timedelta(hours=2))
    await story.press("ana", "Yes", words="Did you two meet?")
    await story.press_here("Say thanks")
    await story.shown("Your thanks are passed on.")
    await story.see("carla")
    await story.shown("Ana thanks you for the hour")
    await story.take("thanked")
    await wait_until(story, MEETUP - 10 * MINUTE, "jonas", "A reminder.", already=1)
    await story.take("reminded-again")
