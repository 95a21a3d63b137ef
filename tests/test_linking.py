"""One person on two platforms: a code makes one member of two, and either of them can undo it."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import people
from bot.cards import sentence
from bot.db import metadata
from bot.leads import marks
from bot.members import store
from bot.members.profile import Floor, Held
from bot.notices import Notice, owe
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import EVALS, RAG, rss
from tests.test_joining import join

if TYPE_CHECKING:
    from bot.people import Caller
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"


@dataclasses.dataclass
class Guild:
    """A community on both platforms. Ana is there twice: on Slack, and as "ana_dev" on Discord."""

    world: World
    community_id: int

    async def member(self, who: Caller) -> int:
        async with self.world.app.db.read() as db:
            found = await people.find_member(db, self.community_id, who)
        assert found is not None
        return int(found["id"])

    async def code(self, who: Caller) -> str:
        said = await self.world.say(who, "/profile link")
        [code] = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", said.splitlines()[1])
        return str(code)

    async def link(self, first: Caller, second: Caller, **picks: str) -> str:
        """Get a code as the one, type it as the other, and say yes."""
        await self.world.say(second, f"/profile link {await self.code(first)}")
        said = await self.world.press(second, "Link")
        return await self.world.submit(second, **picks) if said == "form: Which one?" else said

    async def change(self, who: Caller, **values: Any) -> None:
        member_id = await self.member(who)
        async with self.world.app.db.write() as db:
            await store.change_profile(db, self.community_id, member_id, **values)

    async def block(self, who: Caller, whom: Caller) -> None:
        async with self.world.app.db.write() as db:
            at = self.world.clock.now()
            await store.set_block(db, self.community_id, await self.member(who), await self.member(whom), at)

    async def apart(self, who: Caller) -> frozenset[int]:
        member_id = await self.member(who)
        async with self.world.app.db.read() as db:
            return await store.kept_apart(db, self.community_id, member_id)

    async def page(self, who: Caller) -> Any:
        member_id = await self.member(who)
        async with self.world.app.db.read() as db:
            return await store.profile_of(db, self.community_id, member_id)

    async def rows(self) -> dict[str, list[Any]]:
        """Every row of the database but what merely happened: messages, audit, the link itself."""
        found = {}
        async with self.world.app.db.read() as db:
            for name, table in metadata.tables.items():
                if name not in (
                    "message",
                    "mailbox",
                    "audit",
                    "link",
                    "one_time_code",
                    "view",
                    "community",
                    "market_pulse",
                ):
                    rows = (await db.execute(sa.select(table))).all()
                    found[name] = sorted(map(repr, rows))
        return found


def there(world: World) -> Caller:
    """Ana's account on Discord."""
    return dataclasses.replace(world.jonas, user="D2", name="ana_dev")


@pytest.fixture
async def guild(world: World) -> Guild:
    await world.set_up()
    await join(world)
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
    for who in (world.ana, there(world), world.jonas, world.marek):
        await world.say(who, "/hub")
    return Guild(world, space.community_id)


# --- linking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("from_slack", [True, False], ids=["slack first", "discord first"])
async def test_a_code_makes_one_member_of_two(guild: Guild, *, from_slack: bool) -> None:
    world = guild.world
    first, second = (world.ana, there(world)) if from_slack else (there(world), world.ana)
    older = await guild.member(world.ana)
    code = await guild.code(first)
    said = await world.say(second, f"/profile link {code.lower().replace('-', ' ')}")
    if from_slack:
        assert "Link Ana (Slack: AI Guild) to this Discord account?" in said
    else:
        assert "Link ana_dev (Discord: AI Guild) to this Slack account?" in said
    assert "1 thing is different on the two; you are asked which to keep." in said
    question = world.last
    assert await world.press(second, "Link") == "form: Which one?"
    assert world.form is not None
    [name] = world.form.fields
    assert {option.label for option in name.options} == {"Ana", "ana_dev"}  # type: ignore[union-attr]
    assert "are one member now" in await world.submit(second, name="here")
    assert await guild.member(first) == await guild.member(second) == older
    async with world.app.db.read() as db:
        assert await people.member_name(db, guild.community_id, older) == second.name
    assert "That code isn't right, or it is over." in await world.press(second, "Link", question)  # a double click

    await world.run_due()
    platform = world.slack if from_slack else world.discord
    [told] = platform.cards(first.user)
    assert f"Your account here is linked to {second.name} on" in words(told)
    assert "[That wasn't me]" in words(told)


async def test_wrong_old_and_own_codes_are_refused(guild: Guild) -> None:
    world, dev = guild.world, there(guild.world)
    own = await guild.code(world.ana)
    assert "That is your own code: this account made it." in await world.say(world.ana, f"/profile link {own}")
    assert "Both accounts are on Slack." in await world.say(world.marek, f"/profile link {own}")
    world.machine.at += timedelta(minutes=10)
    assert "That code isn't right, or it is over." in await world.say(dev, f"/profile link {own}")
    for guess in range(4):
        assert "isn't right" in await world.say(dev, f"/profile link AAAA-AAA{guess}")
    right = await guild.code(world.ana)
    assert "Too many wrong codes came from here." in await world.say(dev, f"/profile link {right}")
    assert "Link Ana" in await world.say(dataclasses.replace(dev, user="D9", name="x"), f"/profile link {right}")
    world.machine.at += timedelta(minutes=10)
    assert "are one member now" in await guild.link(world.ana, dev, name="there")
    assert "Your accounts are linked already." in await world.say(dev, "/profile link")
    code = await guild.code(world.jonas)
    assert "One of the two is linked to another account already." in await world.say(world.ana, f"/profile link {code}")


async def test_a_code_of_another_community_is_a_wrong_one(guild: Guild) -> None:
    world = guild.world
    maria = dataclasses.replace(world.maria, space="T2", user="U1", space_name="Prompt Guild")
    await world.open_set_up(maria)
    await world.submit(maria, leads_channel="C1", moderators_channel="C2", digest_at="08:00", zone="Berlin")
    said = await world.say(maria, "/profile link")
    assert "this community is on one platform only" in said
    code = await guild.code(there(world))
    assert "isn't right" in await world.say(maria, f"/profile link {code}")
    assert "Link ana_dev" in await world.say(world.ana, f"/profile link {code}")  # it was not used up


async def test_what_each_had_the_one_has_and_the_stricter_privacy_holds(guild: Guild) -> None:
    world, dev = guild.world, there(guild.world)
    await save_a_gig(world, world.ana)
    await save_a_gig(world, dev)
    await guild.change(
        world.ana, headline="RAG for clinics", floor=Floor(80, "EUR"), shows_rate=True, links=("https://a.example",)
    )
    await guild.change(dev, floor=Floor(90, "USD"), listed=False, newcomer=True, links=("https://b.example",))
    ana_id, dev_id, jonas_id, marek_id = [await guild.member(one) for one in (world.ana, dev, world.jonas, world.marek)]
    async with world.app.db.write() as db:
        await store.set_skills(db, guild.community_id, ana_id, "offer", [Held("rag", level=4)], MORNING)
        await store.set_skills(db, guild.community_id, dev_id, "offer", [Held("rag", level=2), Held("python")], MORNING)
        later = MORNING + timedelta(days=30)
        await people.change_member(db, guild.community_id, dev_id, suspended_until=later)
    await guild.block(world.jonas, dev)
    await guild.block(world.ana, world.marek)
    await guild.block(world.ana, dev)

    assert "are one member now" in await guild.link(world.ana, dev, name="there", floor="here")
    assert await guild.apart(world.ana) == {jonas_id, marek_id}
    page = await guild.page(dev)
    assert (page.headline, page.floor, page.newcomer) == ("RAG for clinics", Floor(90, "USD"), True)
    assert page.links == ("https://a.example", "https://b.example")
    assert (page.listed, page.shows_rate) == (False, False)
    async with world.app.db.read() as db:
        skills = await store.skills_of(db, guild.community_id, ana_id, "offer")
        row = await people.read_member(db, guild.community_id, ana_id)
        saved = await marks.of_member(db, guild.community_id, ana_id)
        everybody = (await db.execute(sa.select(people.member.c.name))).scalars().all()
    assert {(one.skill, one.level) for one in skills} == {("rag", 4), ("python", None)}
    assert row["suspended_until"] == later
    assert len(saved) == 1  # the same gig, saved on both: once
    assert sorted(everybody) == ["Ana", "Jonas", "Marek", "Maria"]


async def test_notices_go_to_the_preferred_side_once(guild: Guild) -> None:
    world, dev = guild.world, there(guild.world)
    await guild.link(world.ana, dev, name="there")
    said = await world.say(dev, "/profile privacy")
    assert "You are one member on Discord and Slack. I write to you on Slack" in said
    assert "I write to you on Discord" in await world.press(dev, "Write on Discord instead")
    world.clock.move(MORNING + timedelta(hours=6))
    member_id = await guild.member(dev)
    async with world.app.db.write() as db:
        told = Notice(member_id=member_id, key="news", card=sentence("News."), due=world.clock.now())
        await owe(db, world.app.ids, guild.community_id, told)
    await world.run_due()
    assert [words(card).splitlines()[0] for card in world.discord.cards("D2")][-1] == "News."
    assert "News." not in "".join(map(words, world.slack.cards("U2")))


# --- that wasn't me --------------------------------------------------------------------------------------------------


async def test_that_wasnt_me_makes_everything_as_before(guild: Guild) -> None:
    world, dev = guild.world, there(guild.world)
    await save_a_gig(world, world.ana)
    await save_a_gig(world, dev)
    await guild.change(world.ana, headline="RAG for clinics", shows_rate=True)
    await guild.change(dev, headline="Evaluation", listed=False)
    await guild.block(dev, world.jonas)
    await guild.block(world.ana, dev)
    await world.run_due()
    before = await guild.rows()
    await guild.link(world.ana, dev, name="here", headline="here")
    await world.run_due()
    [told] = world.slack.cards("U2")
    assert "too old to be taken back" in await world.press(dev, "That wasn't me", told)  # not theirs to say
    assert "with everything as before" in await world.press(world.ana, "That wasn't me", told)
    assert await guild.rows() == before
    assert "gone already" in await world.press(world.ana, "That wasn't me", told)
    await world.run_due()
    alert = world.slack.cards("C-mods")[-1]
    assert "Ana says that an account was linked to theirs by somebody else: ana_dev" in words(alert)
    assert "took back a link" in await world.say(world.maria, "/mod audit")


async def test_what_was_blocked_or_suspended_meanwhile_holds_for_both(guild: Guild) -> None:
    world, dev = guild.world, there(guild.world)
    await guild.link(world.ana, dev, name="here")
    await world.run_due()
    [told] = world.slack.cards("U2")
    await guild.block(world.jonas, dev)
    until = MORNING + timedelta(days=30)
    async with world.app.db.write() as db:
        await people.change_member(db, guild.community_id, await guild.member(dev), suspended_until=until)
    await world.press(world.ana, "That wasn't me", told)
    jonas_id = await guild.member(world.jonas)
    for who in (world.ana, dev):
        assert await guild.apart(who) == {jonas_id}
        async with world.app.db.read() as db:
            row = await people.read_member(db, guild.community_id, await guild.member(who))
        assert row["suspended_until"] == until


# --- unlinking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["Slack", "Discord"])
async def test_unlinking_leaves_the_data_with_the_side_that_is_chosen(guild: Guild, side: str) -> None:
    world, dev = guild.world, there(guild.world)
    await save_a_gig(world, world.ana)
    await guild.change(world.ana, headline="RAG for clinics", listed=False, shows_rate=True)
    await guild.link(world.ana, dev, name="there")
    await guild.block(world.jonas, dev)
    until = MORNING + timedelta(days=30)
    async with world.app.db.write() as db:
        await people.change_member(db, guild.community_id, await guild.member(dev), suspended_until=until)
    await world.say(dev, "/profile privacy")
    old = world.last
    assert "Profile, skills, lists and history stay with one side." in await world.press(dev, "Unlink")
    assert "Unlinked." in await world.press(dev, f"Keep it on {side}")
    keeps, leaves = (world.ana, dev) if side == "Slack" else (dev, world.ana)
    assert await guild.member(keeps) != await guild.member(leaves)
    assert (await guild.page(keeps)).headline == "RAG for clinics"
    assert (await guild.page(leaves)).headline == ""
    for who in (keeps, leaves):
        assert await guild.apart(who) == {await guild.member(world.jonas)}
        assert not (await guild.page(who)).listed
        async with world.app.db.read() as db:
            row = await people.read_member(db, guild.community_id, await guild.member(who))
        assert row["suspended_until"] == until
        async with world.app.db.write() as db:
            await people.change_member(db, guild.community_id, row["id"], suspended_until=None)
    assert "RAG chatbot" in await world.say(keeps, "/gigs saved")
    assert "You have saved nothing yet." in await world.say(leaves, "/gigs saved")
    assert "Your accounts are not linked." in await world.press(dev, "Unlink", old)
    await guild.link(keeps, leaves, name="here")  # and together again
    assert await guild.member(keeps) == await guild.member(leaves)


async def save_a_gig(world: World, who: Caller) -> None:
    if BOARD not in world.fetcher.pages:
        world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
        await world.say(world.maria, f"/feeds add {BOARD} include:2")
        for _ in range(2):
            await world.say(world.maria, "/feeds queue")
            await world.press(world.maria, "Approve")
    await world.say(who, "/gigs find RAG")
    await world.choose(who, RAG[0])
    await world.press(who, "Save")
