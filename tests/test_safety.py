"""Blocks, reports, pauses and bans: silent, private, and taken back where they were wrong."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import people
from bot.members import store
from bot.members.acquaintances import acquaint
from bot.members.reports import report
from bot.people import Caller
from tests.conftest import MORNING
from tests.fakes import words
from tests.guild import Guild

if TYPE_CHECKING:
    from tests.conftest import World


@pytest.fixture
async def guild(world: World) -> Guild:
    made = Guild(world)
    await made.gather()
    return made


PAUSED = "Matching is paused for you until 2 Dec while the moderators look at a report."


async def report_on(guild: Guild, who: Caller, name: str, *, hide: str = "", **values: str) -> str:
    """`/hub report NAME`, filled in and sent."""
    assert await guild.world.say(who, f"/hub report {name}") == "form: Report"
    return await guild.world.submit(who, reason="harassment", hide=hide, **values)


async def apart(guild: Guild, one: str, other: str) -> bool:
    async with guild.world.app.db.read() as db:
        return guild.ids[one] in await store.kept_apart(db, guild.community_id, guild.ids[other])


async def test_a_report_reaches_the_moderators_without_who_made_it(guild: Guild) -> None:
    world = guild.world
    said = await report_on(guild, world.ana, "Jonas", hide="yes", words="He threatened me.")
    assert "they don't learn that it was you" in said
    assert "From now on you two don't meet here" in said
    assert await apart(guild, "Ana", "Jonas")
    await world.run_due()
    for [card] in (world.slack.cards("C-mods"), world.discord.cards("DC-mods")):
        seen = words(card)
        assert "A member reports Jonas\nHarassment or threats\n> He threatened me." in seen
        assert "Ana" not in seen
    assert world.discord.cards("D3") == []  # the reported learns nothing
    safety = await world.say(world.maria, "/mod safety Jonas")
    assert "Standing: in good standing\nReports: 1 open, 0 settled\nWarned: 0 times" in safety
    assert "> He threatened me." in safety
    assert "Ana" not in safety


async def test_two_independent_reports_pause_until_moderators_look_and_two_friends_do_not(guild: Guild) -> None:
    world = guild.world
    async with world.app.db.write() as db:
        pair = (guild.ids["Ana"], guild.ids["Lena"])
        await acquaint(db, guild.community_id, *pair, why="A swap.", now=world.clock.now())
    await report_on(guild, world.ana, "Jonas")
    await report_on(guild, world.ana, "Jonas")  # the same member twice is one
    await report_on(guild, guild.lena, "Jonas")  # a friend of hers
    assert "E-PAUSED" not in await world.say(world.jonas, "/gigs find")
    said = await report_on(guild, world.maria, "Jonas")
    assert "Thank you" in said
    await world.run_due()
    assert "It is the second independent one: matching is paused for them until 2 Dec." in words(
        world.slack.cards("C-mods")[-1]
    )
    [told] = world.discord.cards("D3")
    assert words(told).startswith(PAUSED)
    refused = await world.say(world.jonas, "/gigs find")
    assert refused == (
        f"{PAUSED}\nYou can still use help, privacy, export, forget and report.\n[Write to the moderators]\nE-PAUSED"
    )
    assert "Jonas: 4 open reports, paused until 2 Dec 2026" in await world.say(world.maria, "/mod safety")
    world.clock.move(MORNING + timedelta(days=14))
    assert "E-PAUSED" not in await world.say(world.jonas, "/gigs find")


async def test_newcomers_and_the_suspended_pause_nobody(guild: Guild) -> None:
    world = guild.world
    world.clock.move(MORNING + timedelta(days=8))
    for number in (1, 2):
        fresh = Caller("slack", "T1", f"U9{number}", f"Fresh {number}")
        await guild.know(fresh)
        await report_on(guild, fresh, "Jonas")
    assert "E-PAUSED" not in await world.say(world.jonas, "/gigs find")
    await guild.suspend("Ana")
    await report_on(guild, world.ana, "Jonas")
    await report_on(guild, guild.lena, "Jonas")
    assert "E-PAUSED" not in await world.say(world.jonas, "/gigs find")


async def test_a_paused_member_gets_help_and_appeals_by_line_press_select_and_form(guild: Guild) -> None:
    world = guild.world
    await world.say(world.jonas, "/gigs saved")
    await guild.ask(world.ana, "Jonas")
    await guild.page(world.jonas)
    question = world.last
    await world.say(world.jonas, "/gigs share https://x.example/1")  # a form is open when it happens
    await guild.suspend("Jonas")
    for said in (
        await world.say(world.jonas, "/gigs find"),
        await world.say(world.jonas, "/gigs share"),
        await world.press(world.jonas, "Yes", question),
        await guild.press(world.jonas, "lead stage", "1", "all", "0", "won"),
        await world.submit(world.jonas, title="RAG", details="x"),
    ):
        assert said.endswith("E-PAUSED")
    assert not await guild.know_each_other("Ana", "Jonas")
    assert await world.app.complete(world.jonas, "mod audit", "by", "") == []
    assert "What you can do here" in (await world.say(world.jonas, "/hub help")) or world.last is not None
    assert await world.say(world.jonas, "/hub report Ana") == "form: Report"

    await world.say(world.jonas, "/gigs find")
    assert await world.press(world.jonas, "Write to the moderators") == "form: Write to moderators"
    assert "The moderators have it" in await world.submit(world.jonas, words="It wasn't me.")
    assert "E-RATE" in await world.submit(world.jonas, words="Really.")
    await world.run_due()
    assert words(world.slack.cards("C-mods")[-1]).startswith(
        "Jonas writes to you about being paused\n> It wasn't me.\n[Look]"
    )
    assert "Nothing is paused for you" in await guild.press(world.ana, "appeal write")


async def test_moderators_warn_pause_ban_and_clear_and_take_each_back(guild: Guild) -> None:
    world = guild.world
    await report_on(guild, world.ana, "Jonas", words="Rude.")
    await world.run_due()
    await world.press(world.marek, "Look", world.slack.cards("C-mods")[0])
    member = world.last
    assert await world.press(world.marek, "Warn", member) == "form: Warn"
    assert "Jonas is warned: Marek." in await world.submit(world.marek, words="Please be kind.")
    await world.run_due()
    assert "> Please be kind." in words(world.discord.cards("D3")[0])
    assert "Jonas is warned: Marek." in words(world.slack.cards("C-mods")[0])  # where it was reported, too
    assert "Reports: 0 open, 1 settled\nWarned: 1 time" in await world.say(world.maria, "/mod safety Jonas")

    said = await world.press(world.maria, "Pause from matching 30 d")
    assert "Jonas is paused until 18 Dec: Maria." in said
    done = world.last
    assert "E-DONE" in await world.press(world.marek, "Pause from matching 30 d", member)
    assert (await world.say(world.jonas, "/gigs find")).endswith("E-PAUSED")
    assert "Undone: Jonas stands as before." in await world.press(world.maria, "Undo", done)
    assert "E-PAUSED" not in await world.say(world.jonas, "/gigs find")

    assert "They could use nothing but help" in await world.press(world.maria, "Ban from the bot", member)
    assert "Jonas is banned from the bot: Maria." in await world.press(world.maria, "Ban Jonas")
    assert "The moderators have closed Guildhall to you" in await world.say(world.jonas, "/gigs find")
    async with world.app.db.read() as db:
        assert guild.ids["Jonas"] not in await store.reachable(db, guild.community_id, world.clock.now())
    assert "Jonas: banned from the bot" in await world.say(world.maria, "/mod safety")
    await world.choose(world.maria, "Jonas")
    assert "Jonas is cleared: Maria." in await world.press(world.maria, "Clear")
    assert "E-PAUSED" not in await world.say(world.jonas, "/gigs find")
    assert await world.say(world.maria, "/mod safety") == "No report waits, and nobody is paused or banned."


async def test_moderators_do_not_decide_on_themselves_and_twice_on_each_other(guild: Guild) -> None:
    world = guild.world
    await guild.know(world.marek)
    await world.say(world.maria, "/mod safety Maria")
    for label in ("Warn", "Pause from matching 30 d", "Ban from the bot"):
        assert "You can't decide on yourself." in await world.press(world.maria, label)
        await world.say(world.maria, "/mod safety Maria")
    await world.say(world.marek, "/mod safety Maria")
    assert "Maria has decided as a moderator here" in await world.press(world.marek, "Pause from matching 30 d")
    assert "Maria is paused" in await world.press(world.marek, "I mean it")
    assert "E-PAUSED" not in await world.say(world.maria, "/gigs find")  # who moderates is not bound
    member = dataclasses.replace(world.maria, role=people.Role.MEMBER)
    assert "E-PAUSED" in await world.say(member, "/gigs find")


async def test_a_block_ends_all_between_two_on_every_account_and_nobody_is_told(guild: Guild) -> None:
    world = guild.world
    await guild.introduce("Ana", "Jonas")
    await world.run_due()
    before = len(world.discord.cards("D3"))
    async with world.app.db.write() as db:
        await people.link_account(db, guild.community_id, guild.ids["Jonas"], "slack", "U3", world.clock.now())
    assert "{name}" not in await guild.press(world.ana, "profile block", str(guild.ids["Jonas"]))
    assert "Done. You and Jonas don't meet here any more" in await world.press(world.ana, "Block Jonas")
    assert not await guild.know_each_other("Ana", "Jonas")
    jonas_on_slack = Caller("slack", "T1", "U3", "Jonas")
    for who in (world.jonas, jonas_on_slack):
        assert "E-STALE" in await guild.ask(who, "Ana")
        assert "E-STALE" in await guild.press(who, "contact show", str(guild.ids["Ana"]))
    await world.run_due()
    assert len(world.discord.cards("D3")) == before


async def test_reports_are_few_a_day_about_somebody_and_go_after_a_year(guild: Guild) -> None:
    world = guild.world
    await world.say(world.ana, "/hub report")
    assert "Say who or what it is about." in await world.submit(world.ana, reason="spam")
    assert "That is you." in await report_on(guild, world.ana, "Ana")
    await world.say(world.ana, "/hub report")
    await world.submit(world.ana, reason="spam", link="https://x.example/ad")
    assert "> https://x.example/ad" in await world.say(world.maria, "/mod safety")
    assert "Settled by Maria." in await world.press(world.maria, "Settled")
    assert "Undone: the report is open." in await world.press(world.maria, "Undo")
    for _ in range(4):
        await report_on(guild, world.ana, "Jonas")
    assert "E-RATE" in await report_on(guild, world.ana, "Jonas")
    world.clock.move(MORNING + timedelta(days=366))
    await guild.tidy()
    async with world.app.db.read() as db:
        assert (await db.execute(sa.select(sa.func.count()).select_from(report))).scalar_one() == 0


@pytest.mark.parametrize("standing", ["paused", "banned"])
async def test_forgetting_oneself_is_no_way_around(guild: Guild, standing: str) -> None:
    world = guild.world
    jonas = guild.ids["Jonas"]
    async with world.app.db.write() as db:
        until = world.clock.now() + timedelta(days=14)
        values = {"banned_at": world.clock.now()} if standing == "banned" else {"suspended_until": until}
        await people.change_member(db, guild.community_id, jonas, **values)
    await guild.forget("Jonas")
    assert "E-PAUSED" in await world.say(world.jonas, "/gigs find")
    world.clock.move(MORNING + timedelta(days=15))
    assert ("E-PAUSED" in await world.say(world.jonas, "/gigs find")) == (standing == "banned")
