"""Members say who they are, find each other, and see only what others show."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import people, vocabulary
from bot.audit import audit
from bot.cards import sentence
from bot.commands import Commands, Read, Reply
from bot.feature import Feature, Merging, Whose
from bot.members import answers, asking, personal, store, visibility
from bot.members.profile import Held, Profile
from bot.members.suggestions import member_word, suggestion
from bot.ports import Refused
from bot.presses import press_id
from tests.conftest import MORNING
from tests.fakes import controls

if TYPE_CHECKING:
    from bot.people import Caller
    from tests.conftest import World

needy = Commands()


@needy.command("swap need")
async def need(ask: Read) -> Reply:
    """Do something for which more must be known."""
    await asking.require(ask, "wants", "zone")
    return Reply(sentence("All is known."))


class Guild:
    """A community on both platforms in which everybody has been once."""

    def __init__(self, world: World, community_id: int, ids: dict[str, int]) -> None:
        self.world, self.community_id, self.ids = world, community_id, ids

    async def change(self, name: str, **values: object) -> None:
        async with self.world.app.db.write() as db:
            await store.change_profile(db, self.community_id, self.ids[name], **values)

    async def skills(self, name: str, side: str) -> list[str]:
        async with self.world.app.db.read() as db:
            held = await store.skills_of(db, self.community_id, self.ids[name], side)  # type: ignore[arg-type]
            return sorted(one.skill for one in held)

    async def helpers(self, name: str, *skills: str) -> dict[str, int]:
        async with self.world.app.db.read() as db:
            now = self.world.clock.now()
            return dict(await visibility.count_helpers(db, self.community_id, self.ids[name], skills, now))

    async def completes(self, who: Caller, words: str) -> list[str]:
        return [choice.label for choice in await self.world.app.complete(who, "profile view", "member", words)]


@pytest.fixture
async def guild(world: World) -> Guild:
    await world.set_up()
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        ids = world.app.ids
        await people.add_space(db, ids, community_id=space.community_id, platform="discord", remote="G1", name="AI")
    found: dict[str, int] = {}
    for who in (world.maria, world.ana, world.jonas):
        await world.say(who, "/hub")
        async with world.app.db.read() as db:
            known = await people.find_member(db, space.community_id, who)
            assert known is not None
            found[who.name] = known["id"]
    return Guild(world, space.community_id, found)


async def name_skills(world: World, who: Caller, offers: str, wants: str = "") -> None:
    await world.say(who, "/profile edit")
    await world.submit(who, offers=offers, wants=wants)
    await world.press(who, "Right")


# --- saying who one is -----------------------------------------------------------------------------------------------


async def test_a_profile_is_one_form_and_skills_count_once_they_were_confirmed(guild: Guild) -> None:
    world, ana = guild.world, guild.world.ana
    assert "[Make my profile]" in await world.say(ana, "/hub")
    assert await world.press(ana, "Make my profile") == "form: My profile"
    read = await world.submit(
        ana,
        headline="I build retrieval systems",
        offers="RAG, pgvector and evals; underwater basket weaving",
        wants="pythn",
        languages="German, en",
        links="ana.example/me\nhttps://github.com/ana",
    )
    assert "Your profile is saved. Have I read your skills right?" in read
    assert "AI evaluation and red teaming (from “evals”)" in read
    assert "“underwater basket weaving” is no skill that I know." in read
    assert "Or did you mean Python?" in read
    assert await guild.skills("Ana", "offer") == []  # not confirmed yet
    await world.press(ana, "Change")
    assert world.form is not None
    assert [field.value for field in world.form.fields][1] == "pythn"
    await world.submit(ana, offers="RAG, evals, underwater basket weaving", wants="python")
    await world.press(ana, "Right")
    assert await guild.skills("Ana", "offer") == ["ai-evaluation", "rag"]
    assert await guild.skills("Ana", "want") == ["python"]

    await world.press(ana, "Rate, times, portfolio")
    wrong = await world.submit(ana, rate="80", quiet="late", pieces="My thing javascript:alert(1)", times="")
    assert set(world.wrong) == {"rate", "quiet", "pieces"}, wrong
    await world.submit(
        ana, rate="80 €/h", quiet="23-6:30", newcomer="no", pieces="Clinic bot x.example/1", times="weekday-morning"
    )
    own = await world.say(ana, "/profile view")
    for line in (
        "I build retrieval systems",
        "Lowest rate: 80 EUR/h (only you see this)",
        "Times: Mon-Fri 08:00-12:00 (only you see this)",
        "Quiet hours: 23:00-06:30",
        "Languages: German, English",
        "- Clinic bot",
        "- https://ana.example/me",
    ):
        assert line in own
    await world.press(ana, "Exact times")
    await world.submit(ana, hours="Mon 18:00-20:00\nsat, sun 10am to 2pm")
    assert "Times: Mon 18:00-20:00; Sat, Sun 10:00-14:00" in await world.press(ana, "My profile")
    assert await world.press(ana, "Rate, times, portfolio") == "form: My profile"
    assert world.form is not None
    assert "times" not in {field.name for field in world.form.fields}  # six boxes could not hold these
    await world.submit(ana, rate="80 €/h", quiet="23:00-06:30")
    assert "Mon 18:00-20:00" in await world.press(ana, "My profile")


async def test_how_well_and_how_much_is_asked_later_one_by_one(guild: Guild) -> None:
    world, ana = guild.world, guild.world.ana
    await name_skills(world, ana, "RAG", "Python")
    assert "You can help with Retrieval-augmented generation." in await world.press(ana, "How well, how much (2)")
    question = world.last
    assert "You want to learn Python." in await world.choose(ana, "I know it well")
    assert "That is all I wanted to know." in await world.choose(ana, "Soon")
    assert "Retrieval-augmented generation (4 of 5)" in await world.press(ana, "My profile")
    await name_skills(world, ana, "RAG, MLOps", "Python")
    async with world.app.db.read() as db:
        held = await store.skills_of(db, guild.community_id, guild.ids["Ana"], "offer")
    assert Held("rag", 4, None) in held  # what was said stays
    await name_skills(world, ana, "MLOps")
    assert "E-STALE" in await world.choose(ana, "I use it often", question)


async def test_a_feature_asks_only_for_what_it_lacks(guild: Guild) -> None:
    world, jonas = guild.world, guild.world.jonas
    world.app = dataclasses.replace(world.app, features=(*world.app.features, Feature("swaps", needy)))
    asked = await world.say(jonas, "/swap need")
    assert "For this I need to know what you want to learn and your time zone." in asked
    assert "[Name my skills]" in asked
    assert "[Set my time zone]" in asked
    await world.press(jonas, "Name my skills")
    await world.submit(jonas, wants="rag")  # Discord shows one page at a time; this form has one
    await world.press(jonas, "Right")
    asked = await world.say(jonas, "/swap need")
    assert "[Name my skills]" not in asked
    await world.press(jonas, "Set my time zone")
    await world.submit(jonas, place="Lagos")
    await world.press(jonas, "Yes, that's right")
    assert "All is known." in await world.say(jonas, "/swap need")


# --- words that nobody knew ------------------------------------------------------------------------------------------


async def test_moderators_name_what_members_call_a_skill(guild: Guild) -> None:
    world, ana, jonas, maria = guild.world, guild.world.ana, guild.world.jonas, guild.world.maria
    await name_skills(world, ana, "Basket weaving, ragging")
    await name_skills(world, jonas, "RAG", "basket  WEAVING")
    assert "2 skills that members typed are not known" in await world.say(maria, "/hub")
    assert "not known" not in await world.say(ana, "/hub")
    await world.say(maria, "/hub")
    assert "Basket weaving 2 members call a skill that." in await world.press(maria, "Name skills")
    asked = world.last
    assert "“Basket weaving” is a skill here from now on." in await world.press(maria, "Add as a new skill")
    done = world.last
    async with world.app.db.write() as db:
        other = await people.found_community(
            db, world.app.ids, name="Another guild", zone="UTC", digest_at="08:00", now=MORNING
        )
        assert (await vocabulary.taxonomy_of(db, guild.community_id)).match("basket weaving")
        assert (await vocabulary.taxonomy_of(db, other)).match("basket weaving") is None  # it is theirs alone
    assert "E-DONE" in await world.press(maria, "Add as a new skill", asked)  # the second of two moderators
    assert await guild.skills("Ana", "offer") == ["basket-weaving"]
    assert await guild.skills("Jonas", "want") == ["basket-weaving"]
    assert await guild.helpers("Jonas", "basket-weaving") == {"basket-weaving": 1}
    await world.press(maria, "Next", done)
    await world.press(maria, "It means …")
    assert "“ragging” means Retrieval-augmented generation" in await world.submit(maria, skill="RAG")
    assert await guild.skills("Ana", "offer") == ["basket-weaving", "rag"]
    assert "“ragging”" not in await world.say(maria, "/profile view Ana")
    audited = await world.say(maria, "/mod audit")
    assert "made “basket weaving” a skill of this community" in audited
    assert "let “ragging” mean Retrieval-augmented generation" in audited
    await world.press(maria, "Undo", done)
    assert await guild.skills("Ana", "offer") == ["rag"]
    assert "“Basket weaving”" in await world.say(maria, "/profile view Ana")
    await world.app.run_press(maria, press_id("mod skills"))
    waiting = await world.app.run_press(maria, press_id("mod dismiss-skill", ("basket weaving",)))
    assert "counts as no skill" in waiting.card.summary  # type: ignore[union-attr]
    assert "not known" not in await world.say(maria, "/hub")


async def test_what_nobody_says_any_more_is_not_asked_about(guild: Guild) -> None:
    world, ana = guild.world, guild.world.ana
    await name_skills(world, ana, "my secret craft")
    await name_skills(world, ana, "RAG")
    async with world.app.db.read() as db:
        assert (await db.execute(sa.select(suggestion))).all() == []


# --- who sees what ---------------------------------------------------------------------------------------------------


async def test_others_see_what_they_may(guild: Guild) -> None:
    world, maria, jonas = guild.world, guild.world.maria, guild.world.jonas
    await name_skills(world, world.ana, "RAG")
    await world.press(world.ana, "Rate, times, portfolio")
    await world.submit(world.ana, rate="80 €/h", times="weekday-morning")
    seen = await world.say(jonas, "/profile view Ana")
    assert "Can help with: Retrieval-augmented generation" in seen
    assert "Time there: Wed 06:00, 1 h behind you" in seen  # Lisbon, from the community's Berlin
    for private in ("80", "08:00", "Quiet", "[Edit]"):
        assert private not in seen
    await guild.change("Ana", shows_rate=True)
    assert "Lowest rate: 80 EUR/h" in await world.say(jonas, "/profile view Ana")
    thanked = Feature("swaps", Commands(), thanked=_three)
    world.app = dataclasses.replace(world.app, features=(*world.app.features, thanked))
    assert "Thanked" not in await world.say(maria, "/profile view Ana")
    await guild.change("Ana", counts_thanks=True)
    assert "Thanked: 3 times" in await world.say(maria, "/profile view Ana")


async def _three(*_: object) -> int:
    return 3


async def unknown(guild: Guild, who: Caller, name: str) -> None:
    """Whatever is tried, the answer is that for somebody who was never here."""
    world = guild.world
    assert await guild.completes(who, name[:2]) == []
    said = await world.say(who, f"/profile view {name}")
    assert said == (await world.say(who, "/profile view Zoe")).replace("Zoe", name)
    by_id = await world.say(who, f"/profile view {guild.ids[name]}")
    assert by_id == (await world.say(who, "/profile view 4711")).replace("4711", str(guild.ids[name]))


async def test_who_must_not_be_found_is_as_somebody_who_was_never_here(guild: Guild) -> None:
    world, ana, jonas, maria = guild.world, guild.world.ana, guild.world.jonas, guild.world.maria
    assert await guild.completes(jonas, "an") == ["Ana"]
    async with world.app.db.write() as db:
        await store.set_block(db, guild.community_id, guild.ids["Ana"], guild.ids["Jonas"], MORNING)
    await unknown(guild, jonas, "Ana")
    await unknown(guild, ana, "Jonas")  # a block works both ways
    assert await guild.completes(maria, "an") == ["Ana"]
    async with world.app.db.write() as db:
        await store.lift_block(db, guild.community_id, guild.ids["Ana"], guild.ids["Jonas"])
    await guild.change("Ana", crosses=False)
    await unknown(guild, jonas, "Ana")
    assert "Ana" in await world.say(maria, "/profile view Ana")  # she is on Slack, too
    await guild.change("Ana", crosses=True, listed=False)
    await unknown(guild, maria, "Ana")
    mentioned = await world.say(maria, "/profile view <@U2>")  # her account on Slack, and one that was never here
    assert mentioned == (await world.say(maria, "/profile view <@U99>")).replace("U99", "U2")
    assert "Nobody else can find this page." in await world.say(ana, "/profile view")
    assert "Nothing so far by this person" in await world.say(maria, "/mod audit Ana")  # moderators look after all


async def test_who_could_help_is_counted_without_those_one_must_not_meet(guild: Guild) -> None:
    world = guild.world
    for who in (world.maria, world.ana, world.jonas):
        await name_skills(world, who, "RAG, SQL" if who is not world.jonas else "RAG")
    assert await guild.helpers("Jonas", "rag", "sql", "python") == {"rag": 2, "sql": 2, "python": 0}
    await guild.change("Maria", crosses=False)
    assert await guild.helpers("Jonas", "rag") == {"rag": 1}
    assert await guild.helpers("Maria", "rag") == {"rag": 1}  # nor can Jonas be asked by who does not show herself
    await guild.change("Maria", crosses=True, paused=True)
    assert await guild.helpers("Jonas", "rag") == {"rag": 1}
    await guild.change("Maria", paused=False, listed=False)
    assert await guild.helpers("Jonas", "rag") == {"rag": 1}
    async with world.app.db.write() as db:
        await store.set_block(db, guild.community_id, guild.ids["Ana"], guild.ids["Jonas"], MORNING)
    assert await guild.helpers("Jonas", "rag") == {"rag": 0}


# --- messages --------------------------------------------------------------------------------------------------------


async def test_whether_messages_arrive_is_tried_and_told(guild: Guild) -> None:
    world, ana = guild.world, guild.world.ana
    assert "I have not written to you yet:" in await world.say(ana, "/hub")
    assert "on its way" in await world.press(ana, "Test messages")
    assert "Not yet" in await world.press(ana, "Has it come?")
    world.slack.trouble = [Refused("E-DMCLOSED", "closed")]
    await world.run_due()
    await world.run_due()
    page = await world.say(ana, "/hub")
    assert page.startswith("My messages can't be delivered to you.")
    assert "until then everything waits here" in page
    assert "test message" not in page  # it asks for nothing
    assert "Slack: find me under Apps" in await world.press(ana, "How?")
    await world.press(ana, "Test again")
    await world.run_due()
    await world.run_due()
    assert "Yes: direct messages reach you." in await world.press(ana, "Has it come?")
    assert "can't be delivered" not in await world.say(ana, "/hub")
    await guild.change("Ana", messages=False)
    assert "You switched my messages off" in await world.say(ana, "/hub")


# --- export, forget, unite -------------------------------------------------------------------------------------------


async def test_what_is_forgotten_leaves_no_word_behind(guild: Guild) -> None:
    world = guild.world
    await name_skills(world, world.ana, "my secret craft, RAG", "Python")
    await guild.change("Ana", headline="I am Ana")
    await world.app.run_press(world.maria, press_id("mod dismiss-skill", ("my secret craft",)))
    async with world.app.db.write() as db:
        whose = Whose(db, world.app.ids, guild.community_id, guild.ids["Ana"], MORNING)
        exported = {**await personal.export(whose), **await answers.export(whose)}
        assert exported["profile"]["headline"] == "I am Ana"
        assert [one["skill"] for one in exported["skills"] if one["side"] == "offer"] == ["rag"]
        assert exported["skills in own words"] == {"offers": ["my secret craft"], "wants": []}
        await store.set_block(db, guild.community_id, guild.ids["Jonas"], guild.ids["Ana"], MORNING)
        await answers.forget(whose)
        await personal.forget(whose)
        for table in (store.profile, store.member_skill, store.block, member_word, suggestion):
            assert (await db.execute(sa.select(table))).all() == []
        assert not [row for row in await db.execute(sa.select(audit)) if "secret" in str(row)]


async def test_two_accounts_of_one_person_become_one(guild: Guild) -> None:
    world, ana, jonas, maria = guild.world, *(guild.ids[name] for name in ("Ana", "Jonas", "Maria"))
    await name_skills(world, world.ana, "RAG, knitting", "Python")
    await name_skills(world, world.jonas, "RAG, SQL, juggling")
    await guild.change("Ana", headline="One", links=("https://a.example/",), shows_rate=True, languages=("de",))
    await guild.change("Jonas", headline="Two", links=("https://b.example/",), listed=False, quiet="")
    async with world.app.db.write() as db:
        await store.set_block(db, guild.community_id, jonas, maria, MORNING)
        await store.set_block(db, guild.community_id, ana, jonas, MORNING)
        merging = Merging(db, world.app.ids, world.app.settings, guild.community_id, ana, jonas, MORNING)
        for merge in (answers.merge, personal.merge):
            await merge(merging)
        page = await store.profile_of(db, guild.community_id, ana)
        assert page == Profile(
            headline="One",
            languages=("de",),
            links=("https://a.example/", "https://b.example/"),
            quiet="",
            listed=False,
        )
        assert await store.blocked_by(db, guild.community_id, ana) == [maria]
        words = await db.execute(sa.select(member_word.c.member_id, member_word.c.words))
        assert sorted(tuple(row) for row in words) == [(ana, "juggling"), (ana, "knitting")]
    assert await guild.skills("Ana", "offer") == ["rag", "sql"]
    assert await guild.skills("Jonas", "offer") == []


# --- the page --------------------------------------------------------------------------------------------------------


async def test_the_page_is_short_and_knows_the_role(guild: Guild) -> None:
    world = guild.world
    member, moderator = await world.say(world.ana, "/hub"), await world.say(world.maria, "/hub")
    assert "[Find gigs]" in member
    assert "Look after the community" not in member
    assert "[Leads to approve]" in moderator
    assert world.last is not None
    assert len(controls(world.last)) <= 15
    await name_skills(world, world.ana, "RAG", "Python")
    page = await world.say(world.ana, "/hub")
    assert "[Make my profile]" not in page
    assert "Not said yet: when you have time." in page


async def test_a_card_in_the_channel_tells_who_is_new_where_to_begin(guild: Guild) -> None:
    world = guild.world
    await world.say(world.maria, "/mod setup")
    assert "Pin it there" in await world.press(world.maria, "Post a card for new members")
    done = world.last
    await world.run_due()
    [card] = world.slack.cards("C-gigs")
    goals = ["Find work", "Trade skills", "Meet people"]
    assert [control.label for control in controls(card)] == [*goals, "Make my profile"]
    assert await world.press(world.ana, "Make my profile", card) == "form: My profile"
    assert "posted the card for new members in AI Guild on Slack" in await world.say(world.maria, "/mod audit")
    await world.press(world.maria, "Undo", done)
    await world.run_due()
    assert "taken back" in world.slack.cards("C-gigs")[0].summary
