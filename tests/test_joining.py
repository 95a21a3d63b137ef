"""One community in two places: a second server joins with a code, may be sent away again, and may be out of reach."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot import outbox, people
from bot.cards import sentence
from bot.errors import TryLater
from bot.people import Role
from tests.conftest import MORNING
from tests.fakes import words
from tests.install_page import section
from tests.samples import EVALS, RAG, rss

if TYPE_CHECKING:
    from bot.people import Caller
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
MINUTE = timedelta(minutes=1)
DISCORD = {"leads_channel": "DC-gigs", "moderators_channel": "DC-mods", "digest_at": "08:00", "zone": "Berlin"}


@pytest.fixture
async def guild(world: World) -> World:
    await world.set_up()
    return world


def boss(world: World, **more: Any) -> Caller:
    """Jonas, who manages the Discord server."""
    return dataclasses.replace(world.jonas, role=Role.MODERATOR, **more)


async def code_from(world: World) -> str:
    """Ask for a code, as Maria."""
    await world.say(world.maria, "/mod setup")
    said = await world.press(world.maria, "Connect another workspace or server")
    [code] = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", said)
    return str(code)


async def enter(world: World, who: Caller, code: str) -> str:
    """Enter a code in a place that belongs to no community yet."""
    assert "isn't set up here yet" in await world.say(who, "/mod setup")
    assert await world.press(who, "Join a community") == "form: Join a community"
    return await world.submit(who, code=code)


async def join(world: World) -> str:
    """Let the Discord server join, and choose its channels."""
    said = await enter(world, boss(world), await code_from(world))
    await world.press(boss(world), "Choose channels")
    await world.submit(boss(world), **DISCORD)
    return said


async def spaces(world: World) -> list[tuple[str, str]]:
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        return [(each.platform, each.remote) for each in await people.spaces_of(db, space.community_id)]


# --- joining ---------------------------------------------------------------------------------------------------------


async def test_a_server_joins_and_an_approved_lead_is_posted_on_both(guild: World) -> None:
    told = section("Both: one community in two places")  # of the installation page
    for label in (
        "Connect another workspace or server",
        "Join a community",
        "Choose channels",
        "That wasn't us",
    ):
        assert f"“{label}”" in told  # `join` and the story of who is sent away press each of them
    assert "Joined: AI Guild" in await join(guild)
    assert await spaces(guild) == [("slack", "T1"), ("discord", "G1")]

    guild.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD} destination:instant include:2")
    await guild.say(boss(guild), "/feeds queue")  # decided on Discord
    await guild.press(boss(guild), "Approve")
    await guild.run_due()
    [on_slack], [on_discord] = guild.slack.cards("C-gigs"), guild.discord.cards("DC-gigs")
    assert words(on_slack).splitlines()[0] == words(on_discord).splitlines()[0]


async def test_the_settings_say_where_the_community_lives(guild: World) -> None:
    await join(guild)
    said = await guild.say(guild.maria, "/mod setup")
    assert "Leads channel: #C-gigs" in said
    assert "- AI Guild on Slack" in said
    assert "- AI Guild on Discord" in said


async def test_a_code_is_read_as_people_type_it(guild: World) -> None:
    code = (await code_from(guild)).replace("0", "o").replace("1", "l").lower().replace("-", " ")
    assert "Joined: AI Guild" in await enter(guild, boss(guild), f" {code} ")


async def test_a_code_is_good_once(guild: World) -> None:
    code = await code_from(guild)
    await enter(guild, boss(guild), code)
    other = boss(guild, space="G2", user="D9", space_name="Prompt Guild")
    assert "That code isn't right, or it is over." in await enter(guild, other, code)
    assert len(await spaces(guild)) == 2


async def test_a_code_is_good_for_ten_minutes_whatever_the_wall_clock_says(guild: World) -> None:
    code = await code_from(guild)
    guild.clock.move(MORNING + timedelta(days=3))
    guild.machine.at += timedelta(minutes=10)
    assert "That code isn't right, or it is over." in await enter(guild, boss(guild), code)
    code = await code_from(guild)
    guild.machine.at += timedelta(minutes=9, seconds=59)
    assert "Joined" in await enter(guild, boss(guild), code)


async def test_after_five_wrong_codes_the_right_one_has_to_wait(guild: World) -> None:
    right = await code_from(guild)
    for guess in range(5):
        assert "isn't right" in await enter(guild, boss(guild), f"AAAA-AAA{guess}")
    assert "Too many wrong codes came from here." in await enter(guild, boss(guild), right)
    elsewhere = boss(guild, space="G2", user="D9", space_name="Prompt Guild")
    assert "Joined" in await enter(guild, elsewhere, right)  # others are not made to wait
    guild.machine.at += timedelta(minutes=10)
    assert "Joined" in await enter(guild, boss(guild), await code_from(guild))


async def test_a_blank_code_is_a_wrong_one(guild: World) -> None:
    await code_from(guild)
    assert "isn't right" in await enter(guild, boss(guild), "  ")


async def test_only_moderators_join_and_invite(guild: World) -> None:
    said = await guild.say(guild.jonas, "/mod setup")
    assert "Only moderators can use /mod setup here." in said
    said = await guild.say(guild.jonas, "/hub")
    assert "A moderator can do it in a minute with /mod setup." in said
    assert "[Join a community]" not in said


async def test_what_is_set_up_does_not_join_another(guild: World) -> None:
    code = await code_from(guild)
    await guild.say(boss(guild), "/mod setup")
    choice = guild.last
    await guild.press(boss(guild), "Set up a new community")
    await guild.submit(boss(guild), **DISCORD)
    assert await guild.press(boss(guild), "Join a community", choice) == (
        "Guildhall is set up here already.\n[Show the settings]\nE-DONE"
    )
    assert (await spaces(guild)) == [("slack", "T1")]
    assert "Settings of AI Guild" in await guild.press(boss(guild), "Show the settings")
    assert code


# --- leaving ---------------------------------------------------------------------------------------------------------


async def test_that_wasnt_us(guild: World) -> None:
    await join(guild)
    await guild.run_due()
    [notice] = guild.slack.cards("C-mods")
    assert "AI Guild on Discord is part of this community now: Jonas entered a code." in words(notice)
    async with guild.app.db.write() as db:  # something is still owed there
        there = await people.find_space(db, "discord", "G1")
        assert there is not None
        address = outbox.Address(there, "DC-gigs")
        await outbox.queue(db, guild.app.ids, address, sentence("A lead."), key="owed", due=MORNING)
    said = await guild.press(guild.maria, "That wasn't us", notice)
    assert said == "Undone: AI Guild is no longer part of this community."
    assert await spaces(guild) == [("slack", "T1")]
    await guild.run_due()
    assert guild.discord.cards("DC-gigs") == []
    assert "isn't set up here yet" in await guild.say(boss(guild), "/mod setup")


async def test_who_was_sent_away_may_come_again(guild: World) -> None:
    await join(guild)
    await guild.run_due()
    [notice] = guild.slack.cards("C-mods")
    await guild.press(guild.maria, "That wasn't us", notice)
    assert "Joined: AI Guild" in await join(guild)
    assert await spaces(guild) == [("slack", "T1"), ("discord", "G1")]


# --- one platform is out of reach ------------------------------------------------------------------------------------


async def test_the_other_side_hears_of_an_outage_once_and_of_its_end(guild: World) -> None:
    await join(guild)
    await guild.run_due()
    before = len(guild.discord.cards("DC-mods"))
    guild.slack.away_since = MORNING
    await guild.travel(MORNING + 4 * MINUTE)
    assert len(guild.discord.cards("DC-mods")) == before  # a short one is nobody's business
    for minutes in (5, 6, 30):
        await guild.travel(MORNING + minutes * MINUTE)
        await guild.run_due()
    *_, notice = guild.discord.cards("DC-mods")
    assert len(guild.discord.cards("DC-mods")) == before + 1
    assert "Slack is not reachable since 18 Nov 2026 06:00 UTC. Everything is queued; nothing is lost." in words(notice)
    assert "AI Guild on Slack: Slack is not reachable since" in await guild.press(boss(guild), "How is it now?", notice)

    guild.slack.away_since = None
    await guild.travel(MORNING + 40 * MINUTE)
    await guild.run_due()
    *_, notice = guild.discord.cards("DC-mods")
    assert len(guild.discord.cards("DC-mods")) == before + 1  # edited in place
    assert "Slack can be reached again since 18 Nov 2026 06:40 UTC." in words(notice)

    guild.slack.away_since = MORNING + 60 * MINUTE
    await guild.travel(MORNING + 65 * MINUTE)
    await guild.run_due()
    assert len(guild.discord.cards("DC-mods")) == before + 2  # another outage, another notice


async def test_what_is_owed_to_the_one_does_not_keep_the_other_waiting(guild: World) -> None:
    await join(guild)
    guild.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD} destination:instant include:1")
    await guild.say(guild.maria, "/feeds queue")
    guild.slack.trouble = [TryLater("Slack is not reachable.")] * 3
    await guild.press(guild.maria, "Approve")
    await guild.run_due()
    assert len(guild.discord.cards("DC-gigs")) == 1
    assert guild.slack.cards("C-gigs") == []
    await guild.travel(MORNING + 30 * MINUTE)
    assert len(guild.slack.cards("C-gigs")) == 1


async def test_a_community_in_one_place_has_nobody_to_tell(guild: World) -> None:
    guild.slack.away_since = MORNING
    guild.discord.away_since = MORNING
    await guild.travel(MORNING + 10 * MINUTE)
    await guild.run_due()
    assert guild.slack.order == {}
