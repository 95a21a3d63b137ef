"""What members are told: the budget of attention, quiet hours, closed direct messages, and the page where all waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import notices, people
from bot.cards import sentence
from bot.errors import TryLater
from bot.members import store
from bot.notices import Notice, Worth
from bot.ports import Refused
from tests.conftest import MORNING
from tests.fakes import words

if TYPE_CHECKING:
    from tests.conftest import World

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
ANA = "U2"  # her account on Slack, and on Discord:
ANA_THERE = "D2"


class Told:
    """Ana, to whom things are told."""

    def __init__(self, world: World, community_id: int, member_id: int) -> None:
        self.world, self.community_id, self.member_id = world, community_id, member_id

    async def tell(self, text: str, *, worth: Worth = Worth.NEWS, asked: bool = False, **times: datetime) -> None:
        told = Notice(
            member_id=self.member_id,
            key=text,
            card=sentence(text),
            due=times.get("due", self.world.clock.now()),
            until=times.get("until"),
            worth=worth,
            asked=asked,
        )
        async with self.world.app.db.write() as db:
            await notices.owe(db, self.world.app.ids, self.community_id, told)

    async def reached(self, key: str) -> datetime | None:
        async with self.world.app.db.read() as db:
            return await notices.reached(db, self.community_id, key)

    async def change(self, **values: object) -> None:
        async with self.world.app.db.write() as db:
            await store.change_profile(db, self.community_id, self.member_id, **values)

    def messages(self) -> list[str]:
        """The first lines of the direct messages that she got on Slack."""
        return [words(card).partition("\n")[0] for card in self.world.slack.cards(ANA)]


@pytest.fixture
async def ana(world: World) -> Told:
    await world.set_up()
    await world.say(world.ana, "/hub")
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        ids = world.app.ids
        await people.add_space(db, ids, community_id=space.community_id, platform="discord", remote="G1", name="AI")
        known = await people.find_member(db, space.community_id, world.ana)
        assert known is not None
    await world.travel(NOON)
    return Told(world, space.community_id, known["id"])


async def link_discord(ana: Told) -> None:
    async with ana.world.app.db.write() as db:
        await people.link_account(db, ana.community_id, ana.member_id, "discord", ANA_THERE, MORNING)


async def test_two_things_a_day_are_told_unasked_the_most_worth_first(ana: Told) -> None:
    await ana.tell("news")
    await ana.tell("a gig", worth=Worth.LEAD)
    await ana.tell("a place is yours", worth=Worth.PLACE)
    await ana.world.run_due()
    assert ana.messages() == ["a place is yours", "a gig"]
    page = await ana.world.say(ana.world.ana, "/hub")
    assert [line for line in page.splitlines() if line in ("news", "a gig", "a place is yours")] == [
        "a place is yours",
        "a gig",
        "news",
    ]
    await ana.world.travel(NOON + timedelta(days=2))
    assert ana.messages() == ["a place is yours", "a gig"]  # what she has seen on her page is not sent any more


async def test_what_is_over_the_budget_and_was_not_seen_comes_the_next_day_after_the_quiet_hours(ana: Told) -> None:
    for text in ("one", "two", "three"):
        await ana.tell(text)
    await ana.world.travel(datetime(2026, 11, 19, 6, 59, tzinfo=UTC))  # Lisbon: 06:59
    assert ana.messages() == ["one", "two"]
    assert await ana.reached("three") is None
    await ana.world.travel(datetime(2026, 11, 19, 7, 0, tzinfo=UTC))
    assert ana.messages() == ["one", "two", "three"]
    assert await ana.reached("three") == datetime(2026, 11, 19, 7, 0, tzinfo=UTC)


async def test_what_she_asked_for_comes_on_time_whatever_else(ana: Told) -> None:
    for text in ("one", "two"):
        await ana.tell(text)
    await ana.tell("your session begins", asked=True, due=datetime(2026, 11, 18, 23, 30, tzinfo=UTC))
    await ana.world.travel(datetime(2026, 11, 18, 23, 30, tzinfo=UTC))
    assert ana.messages() == ["one", "two", "your session begins"]
    assert "[Message settings]" not in words(ana.world.slack.cards(ANA)[-1])


async def test_the_same_is_told_once(ana: Told) -> None:
    await ana.tell("news")
    await ana.tell("news")
    await ana.world.run_due()
    await ana.tell("news")
    await ana.world.run_due()
    assert ana.messages() == ["news"]


async def test_a_closed_direct_message_goes_to_the_other_platform_else_waits_on_the_page(ana: Told) -> None:
    ana.world.slack.trouble = [Refused("E-DMCLOSED", "closed")]
    await ana.tell("alone")
    await ana.world.run_due()
    assert await ana.reached("alone") is None  # no deadline runs
    assert "alone" in await ana.world.say(ana.world.ana, "/hub")
    assert await ana.reached("alone") == ana.world.clock.now()

    await link_discord(ana)
    ana.world.slack.trouble = [Refused("E-DMCLOSED", "closed")]
    await ana.tell("linked")
    await ana.world.run_due()
    [card] = ana.world.discord.cards(ANA_THERE)
    assert words(card).startswith("linked")
    assert await ana.reached("linked") == ana.world.clock.now()


async def test_a_platform_that_is_away_delays_and_nothing_has_reached_her_meanwhile(ana: Told) -> None:
    ana.world.slack.trouble = [TryLater("away", timedelta(hours=6))]
    await ana.tell("news")
    await ana.world.travel(NOON + timedelta(hours=5))
    assert await ana.reached("news") is None
    await ana.world.travel(NOON + timedelta(hours=6))
    assert await ana.reached("news") == NOON + timedelta(hours=6)


async def test_who_wants_no_messages_gets_none_and_who_paused_only_what_they_asked_for(ana: Told) -> None:
    await ana.change(paused=True)
    await ana.tell("unasked")
    await ana.tell("asked", asked=True)
    await ana.world.run_due()
    assert ana.messages() == ["asked"]
    await ana.change(paused=False, messages=False)
    await ana.tell("asked again", asked=True)
    await ana.world.run_due()
    assert ana.messages() == ["asked"]
    page = await ana.world.say(ana.world.ana, "/hub")
    assert all(text in page for text in ("unasked", "asked", "asked again"))


async def test_a_notice_that_is_over_leaves_the_page_and_says_so_where_it_stands(ana: Told) -> None:
    await ana.tell("yours until four")
    await ana.tell("told later", due=NOON + timedelta(hours=3))
    await ana.world.run_due()
    async with ana.world.app.db.write() as db:
        for key in ("yours until four", "told later"):
            await notices.close(db, ana.world.app.ids, ana.community_id, key, NOON, card=sentence("It is over."))
    await ana.world.travel(NOON + timedelta(hours=4))
    assert ana.messages() == ["It is over."]
    assert "yours until four" not in await ana.world.say(ana.world.ana, "/hub")


async def test_what_comes_too_late_is_not_told(ana: Told) -> None:
    ana.world.slack.trouble = [TryLater("away", timedelta(hours=6))]
    await ana.tell("your session begins", asked=True, until=NOON + timedelta(hours=1))
    await ana.world.travel(NOON + timedelta(hours=7))
    assert ana.messages() == []
    assert "your session begins" not in await ana.world.say(ana.world.ana, "/hub")
