"""Stories on simcord's virtual Discord: every command, button, select, form and permission that there is."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import simcord
import sqlalchemy as sa

from bot import cards, outbox, people
from bot.cards import Button, sentence
from bot.leads.offer import Record, offer_card
from bot.members import store
from bot.ports import Refused
from tests.conftest import MORNING, settings
from tests.discord_stage import MANAGE_SERVER, open_stage
from tests.fakes import words
from tests.samples import EVALS, RAG, SEEKER, gigs, rss

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.conftest import World
    from tests.discord_stage import Stage

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # the engines have tests of their own

BOARD = "https://board.example/jobs.rss"
TOLD: set[str] = set()


def tells(*commands: str) -> Callable[[Any], Any]:
    """Say which commands a story is about; it fails unless it runs them."""

    def mark(story: Any) -> Any:
        TOLD.update(commands)
        story.tells = commands
        return story

    return mark


@pytest.fixture
async def stage(request: pytest.FixtureRequest, world: World, shared: Path) -> AsyncIterator[Stage]:
    async with open_stage(world, shared=shared) as made:
        yield made
        assert set(getattr(request.function, "tells", ())) <= made.ran


async def with_feed(stage: Stage, *items: tuple[str, str], **options: Any) -> str:
    """Set up, and add a feed as Maria."""
    await stage.set_up()
    stage.world.fetcher.pages[BOARD] = rss(*items, at=MORNING)
    return await stage.say(stage.maria, "feeds add", url=BOARD, **options)


def test_every_command_has_its_story(world: World) -> None:
    assert {command.name for command in world.app.commands} == TOLD


# --- the first day ---------------------------------------------------------------------------------------------------


@tells("gigs find", "mod found", "mod save-setup", "feeds add", "lead hold-best", "lead approve")
async def test_from_the_first_set_up_to_the_digest(stage: Stage) -> None:
    assert "isn't set up here yet" in await stage.say(stage.ana, "gigs find")
    assert stage.private
    assert "isn't set up here yet" in await stage.say(stage.maria, "mod setup")
    assert await stage.press(stage.maria, "Set up a new community") == "form: Set up Guildhall"
    channels = {"leads_channel": [stage.gigs], "moderators_channel": [stage.curation]}
    said = await stage.submit(stage.maria, digest_at="8 am", zone="Berlin", **channels)
    assert "Daily digest at: I can't read “8 am” as a time of day." in said

    await stage.press(stage.maria, "Edit again")  # and the form is as it was sent
    assert "Guildhall is set up" in await stage.submit(stage.maria, digest_at="08:00", **channels)

    stage.world.fetcher.pages[BOARD] = rss(RAG, SEEKER, EVALS, at=MORNING)
    assert "Added: AI Jobs Board" in await stage.say(stage.maria, "feeds add", url=BOARD)
    assert "Lead to approve" in await stage.press(stage.maria, "Look first")
    assert "Approved by Maria" in await stage.press(stage.maria, "Approve")
    await stage.world.travel(MORNING + timedelta(hours=1, minutes=1))
    [digest] = stage.channel(stage.gigs)
    assert "Daily digest · Wed 18 Nov" in digest
    assert "1 open gig" in await stage.say(stage.ana, "gigs find")


@tells("lead post-best")
async def test_the_first_leads_are_posted_as_one_message(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS)
    await stage.press(stage.maria, "Post now")
    assert stage.channel(stage.gigs) == []
    await stage.world.run_due()
    [message] = stage.channel(stage.gigs)
    assert "RAG chatbot for a clinic network" in message
    assert "LLM evaluation contractor" in message


# --- the queue -------------------------------------------------------------------------------------------------------


@tells("feeds queue", "lead skip", "lead reject", "lead ask-why", "mod undo")
async def test_the_queue_is_gone_through_with_buttons(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS, include=2)
    first = await stage.say(stage.maria, "feeds queue", feed="AI Jobs Board")
    assert "1 of 2" in first
    assert await stage.press(stage.maria, "Skip") != first
    assert "Rejected by Maria (not AI work)" in await stage.choose(stage.maria, "Not AI work")
    assert "waits again" in await stage.press(stage.maria, "Undo")
    assert "1 of 2" in await stage.say(stage.maria, "feeds queue")
    assert await stage.press(stage.maria, "Reject for another reason…") == "form: Reject a lead"
    assert "Rejected by Maria (a friend of mine)" in await stage.submit(stage.maria, why="a friend of mine")


async def test_of_two_moderators_the_first_press_wins(stage: Stage) -> None:
    await with_feed(stage, RAG, include=1)
    stage.world.app.settings = settings(discord__moderator_roles=json.dumps([str(stage.curators.id)]))
    await stage.restart()
    await stage.say(stage.maria, "feeds queue")
    await stage.say(stage.marek, "feeds queue")
    await stage.press(stage.maria, "Approve")
    assert "Maria already approved this" in await stage.press(stage.marek, "Approve")


@tells("lead why", "lead show")
async def test_a_lead_that_is_posted_at_once_is_struck_through_when_it_is_taken_back(stage: Stage) -> None:
    await with_feed(stage, RAG, destination="instant", include=1)
    await stage.say(stage.maria, "feeds queue")
    await stage.press(stage.maria, "Approve")
    await stage.world.run_due()
    [posted] = stage.gigs.history()
    assert "Score" in await stage.press(stage.ana, "Why this?", posted)
    assert stage.private
    await stage.say(stage.ana, "gigs find")
    assert "RAG chatbot" in await stage.choose(stage.ana, "Acme Health: RAG chatbot for a clinic network")

    await stage.press(stage.maria, "Undo")
    await stage.world.travel(MORNING + timedelta(minutes=1))
    [edited] = stage.channel(stage.gigs)
    assert "~~" in edited
    assert "A moderator took this lead back." in edited


# --- feeds -----------------------------------------------------------------------------------------------------------


@tells("feeds list", "feeds start", "feeds add", "feeds show", "feeds test")
async def test_a_feed_is_added_with_a_form_and_tried_from_the_list(stage: Stage) -> None:
    await stage.set_up()
    stage.world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    assert "No feeds yet" in await stage.say(stage.maria, "feeds list", show="all")
    assert (await stage.press(stage.maria, "Add a feed")).startswith("form: /feeds add")
    assert "Added: AI Jobs Board" in await stage.submit(stage.maria, url=BOARD)
    assert "Healthy" in await stage.say(stage.maria, "feeds list")
    assert "State" in await stage.choose(stage.maria, "AI Jobs Board")
    assert "RAG chatbot" in await stage.press(stage.maria, "Test")
    assert await stage.type(stage.maria, "feeds queue", "feed", "ai j") == ["AI Jobs Board"]


@tells("feeds show", "feeds pause", "feeds resume", "feeds ask-remove", "feeds remove", "feeds explain")
async def test_a_feed_is_looked_after(stage: Stage) -> None:
    await with_feed(stage, RAG)
    await stage.say(stage.maria, "feeds list")
    await stage.choose(stage.maria, "AI Jobs Board")
    assert "Paused by Maria" in await stage.press(stage.maria, "Pause")
    assert "Resumed by Maria" in await stage.press(stage.maria, "Resume")
    assert "State" in await stage.press(stage.maria, "Show feed")
    assert "Remove “AI Jobs Board”?" in await stage.press(stage.maria, "Remove?")
    assert "Removed by Maria" in await stage.press(stage.maria, "Remove")
    stage.world.fetcher.pages["https://none.example"] = b"<!doctype html><html></html>"
    await stage.say(stage.maria, "feeds add", url="https://none.example")
    assert "JSON Feed" in await stage.press(stage.maria, "What counts as a feed?")


@tells("feeds packs", "feeds add-packs", "feeds opml", "feeds paste-opml", "feeds import")
async def test_many_feeds_come_in_packs_and_lists(stage: Stage) -> None:
    await stage.set_up()
    await stage.say(stage.maria, "feeds list")
    assert (await stage.press(stage.maria, "Starter feeds")).startswith("form: Starter feeds")
    assert "Added" in await stage.submit(stage.maria)
    await stage.say(stage.maria, "feeds opml")
    assert (await stage.press(stage.maria, "Paste a list")).startswith("form: Import feeds")
    pasted = '<opml><body><outline text="Mine" xmlUrl="https://mine.example/rss"/></body></opml>'
    assert "1 new" in await stage.submit(stage.maria, link=pasted)
    assert "Added 1 feed" in await stage.press(stage.maria, "Import paused")


@tells("flood review", "flood release")
async def test_a_flood_is_decided_about(stage: Stage) -> None:
    await with_feed(stage, RAG)
    for label, start, hours in (("Review", 1, 2), ("Let through", 100, 6)):
        await stage.world.travel(MORNING + timedelta(hours=hours - 1.5))
        stage.world.fetcher.pages[BOARD] = rss(*gigs(15, start), at=MORNING)
        await stage.world.travel(MORNING + timedelta(hours=hours))
        assert "5 items" in await stage.press(stage.maria, label, stage.curation.last_message)


@tells("feeds add")
async def test_a_button_too_long_for_its_id_works_after_a_restart(stage: Stage) -> None:
    await stage.set_up()
    far = "https://board.example/" + "a-very-long-path/" * 8 + "jobs.rss"
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{url}">'
        for title, url in (("Jobs", far), ("Talks", BOARD))
    )
    stage.world.fetcher.pages["https://board.example/"] = f"<html><head>{links}</head></html>".encode()
    stage.world.fetcher.pages[far] = rss(RAG, at=MORNING)
    assert "Which one?" in await stage.say(stage.maria, "feeds add", url="board.example/")
    await stage.restart()
    assert "Added: AI Jobs Board" in await stage.press(stage.maria, "Jobs")


# --- members ---------------------------------------------------------------------------------------------------------


@tells(
    *("profile edit", "profile save-about", "profile keep-skills", "profile skills", "profile read-skills"),
    *("profile more", "profile save-more", "profile hours", "profile save-hours", "profile view"),
)
async def test_a_profile_is_made_in_one_form_and_goes_on_in_another(stage: Stage) -> None:
    await stage.set_up()
    await stage.say(stage.ana, "profile edit")
    read = await stage.submit(stage.ana, headline="I build **RAG**", offers="RAG, evals, knitting", wants="pythn")
    assert "AI evaluation and red teaming (from “evals”)" in read
    await stage.press(stage.ana, "Change")
    assert "Python" in await stage.submit(stage.ana, offers="RAG, evals, knitting", wants="python")
    assert "Your skills are noted." in await stage.press(stage.ana, "Right")
    await stage.press(stage.ana, "Rate, times, portfolio")
    assert "I need to know the currency." in await stage.submit(stage.ana, rate="80")
    await stage.press(stage.ana, "Edit again")
    assert "saved" in await stage.submit(stage.ana, rate="80 €/h", times=["weekday-morning"])
    await stage.press(stage.ana, "Exact times")
    await stage.submit(stage.ana, hours="Mon 18:00-20:00")
    own = await stage.press(stage.ana, "My profile")
    assert "80 EUR/h (only you see this)" in own
    assert "Mon 18:00-20:00" in own
    seen = await stage.say(stage.maria, "profile view", member=stage.ana)
    assert "“knitting”" in seen
    assert "80 EUR" not in seen


@tells("profile levels", "profile set-level", "profile set-priority")
async def test_how_well_and_how_much_are_small_questions(stage: Stage) -> None:
    await stage.set_up()
    await stage.say(stage.ana, "profile edit")
    await stage.submit(stage.ana, offers="RAG", wants="Python")
    await stage.press(stage.ana, "Right")
    assert "You can help with" in await stage.press(stage.ana, "How well, how much (2)")
    assert "You want to learn" in await stage.choose(stage.ana, "I know it well")
    assert "all I wanted to know" in await stage.choose(stage.ana, "Soon")


@tells("profile test-messages", "profile check-messages", "profile allow-messages")
async def test_messages_are_tried(stage: Stage) -> None:
    await stage.set_up()
    await stage.say(stage.ana, "hub")
    assert "on its way" in await stage.press(stage.ana, "Test messages")
    assert "Not yet" in await stage.press(stage.ana, "Has it come?")
    assert "Privacy Settings" in await stage.press(stage.ana, "How to let it through")
    await stage.press(stage.ana, "Test again")
    await stage.world.travel(MORNING + timedelta(minutes=1))
    assert "direct messages reach you" in await stage.press(stage.ana, "Has it come?")


@tells("mod skills", "mod add-skill", "mod ask-meaning", "mod mean-skill", "mod dismiss-skill", "mod welcome")
async def test_moderators_name_skills_and_welcome_who_is_new(stage: Stage) -> None:
    await stage.set_up()
    await stage.say(stage.ana, "profile edit")
    await stage.submit(stage.ana, offers="knitting, ragging, tarot")
    await stage.press(stage.ana, "Right")
    await stage.say(stage.maria, "hub")
    assert "knitting" in await stage.press(stage.maria, "Name skills")
    assert "is a skill here" in await stage.press(stage.maria, "Add as a new skill")
    await stage.press(stage.maria, "Next")
    await stage.press(stage.maria, "It means …")
    assert "means Retrieval-augmented generation" in await stage.submit(stage.maria, skill="RAG")
    await stage.press(stage.maria, "Next")
    assert "counts as no skill" in await stage.press(stage.maria, "Dismiss")
    await stage.say(stage.maria, "mod setup")
    assert "Pin it there" in await stage.press(stage.maria, "Post a card for new members")


# --- finding ---------------------------------------------------------------------------------------------------------


@tells("gigs find")
async def test_members_search_with_native_options(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS)
    await stage.press(stage.maria, "Post now")
    assert "Retrieval-augmented generation" in await stage.type(stage.ana, "gigs find", "skill", "rag")
    found = await stage.say(stage.ana, "gigs find", skill="rag", min_rate=75.5, kind="all")
    assert "RAG chatbot" in found
    assert "LLM evaluation" not in found
    assert "Show 2 without the rate" in await stage.say(stage.ana, "gigs find", min_rate=1000)
    assert "2 open gigs" in await stage.press(stage.ana, "Show 2 without the rate")


@tells("hub")
async def test_the_hub_shows_what_one_may_use(stage: Stage) -> None:
    await stage.set_up()
    assert "Find gigs" in await stage.say(stage.ana, "hub")
    assert "[Leads to approve]" not in stage_text(stage)
    await stage.say(stage.maria, "hub", topic="feeds")
    assert "[/feeds list]" in stage_text(stage)
    assert "No feeds yet" in await stage.press(stage.maria, "/feeds list")


def stage_text(stage: Stage) -> str:
    return "".join(f"[{label}]" for label in stage.shown())


@tells("gigs saved", "lead save", "lead stage", "lead remind", "lead unremind", "lead export", "lead drop", "lead hide")
async def test_members_keep_a_list_of_their_own(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS)
    await stage.press(stage.maria, "Post now")
    await stage.say(stage.ana, "gigs find")
    await stage.choose(stage.ana, RAG[0])
    card = stage.last
    assert "Saved:" in await stage.press(stage.ana, "Save")
    assert "by a direct message" in await stage.press(stage.ana, "Remind me in 3 days")
    await stage.restart()
    assert "no reminder" in await stage.press(stage.ana, "Don't remind me")
    assert "RAG chatbot" in await stage.say(stage.ana, "gigs saved", stage="saved")
    assert "RAG chatbot" in await stage.choose(stage.ana, "Applied")
    assert "the file comes to you" in await stage.press(stage.ana, "All as CSV")
    await stage.say(stage.ana, "gigs saved")
    assert "off your list" in await stage.press(stage.ana, "Remove")
    assert "You won't find it any more" in await stage.press(stage.ana, "Not for me", card)


@tells("lead report", "lead save-report", "report withdraw", "report keep")
async def test_a_report_is_settled_by_the_first_moderator(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS)
    await stage.press(stage.maria, "Post now")
    for lead, label, answer in ((RAG, "Keep it", "Kept by Maria"), (EVALS, "Withdraw the lead", "Withdrawn by Maria")):
        await stage.say(stage.ana, "gigs find")
        await stage.choose(stage.ana, lead[0])
        assert (await stage.press(stage.ana, "Report")).startswith("form: Report a lead")
        assert "Thank you." in await stage.submit(stage.ana, reason="scam", words="")
        await stage.world.run_due()
        assert answer in await stage.press(stage.maria, label, stage.curation.last_message)
        await stage.world.travel(stage.world.clock.now() + timedelta(minutes=1))


@tells("gigs share", "gigs pass-on", "gigs save-share")
async def test_a_message_is_passed_on_from_its_menu_and_waits_for_a_moderator(stage: Stage) -> None:
    await stage.set_up()
    client = await stage.talk(stage.jonas, f"A client of mine needs this: {RAG[1]} See https://smallfirm.example/7")
    assert await stage.point_at(stage.ana, client, "Share as gig lead") == "form: Share a gig"
    said = await stage.submit(stage.ana, title="RAG chatbot for a museum")
    assert "I tell you what becomes of it." in said
    assert "shared by Ana" in await stage.say(stage.maria, "feeds queue")
    assert await stage.say(stage.ana, "gigs share", link="https://smallfirm.example/7") == "form: Share a gig"
    assert "We have this one already." in await stage.submit(stage.ana, title="The same")


@tells(
    *("introduction ask", "introduction answer", "contact show", "contact choose", "contact save", "contact meet"),
    *("contact save-meeting", "contact end", "note write", "note send", "note stop", "note report", "note save-report"),
)
async def test_two_members_meet_share_an_address_and_exchange_notes(stage: Stage) -> None:
    ana, jonas = await introduced(stage)
    for who, other in ((stage.ana, jonas), (stage.jonas, ana)):
        await stage.press(who, "Choose", await offer(stage, Button("Choose", "contact choose", (other,))))
        assert "Notes through me" in await stage.submit(who, shown="somebody@x.example", notes="yes")
    assert await stage.press(stage.jonas, "Write a note") == "form: Write a note"
    assert "I pass it on to Ana." in await stage.submit(stage.jonas, words="Shall we talk?")
    await stage.say(stage.jonas, "hub")
    await stage.press(stage.jonas, "Show", await offer(stage, Button("Show", "contact show", (ana,))))
    assert await stage.press(stage.jonas, "Propose a time") == "form: Propose a time"
    assert "I pass it on to Ana" in await stage.submit(
        stage.jonas, at="21 Nov 2026 18:00 UTC", link="https://m.example/1"
    )
    page = await stage.say(stage.ana, "hub")
    assert "A note from Jonas (Discord), through Guildhall" in page
    noted = stage.seen[stage.ana.id]
    assert await stage.press(stage.ana, "Report", noted) == "form: Report"
    assert "Thank you." in await stage.submit(stage.ana, reason=["spam"], hide=[])
    assert "Neither you nor Jonas can send notes" in await stage.press(stage.ana, "Stop notes", noted)
    await stage.press(stage.ana, "End", await offer(stage, Button("End", "contact end", (jonas,))))
    assert "not in contact" in await stage.press(
        stage.ana, "Show", await offer(stage, Button("Show", "contact show", (jonas,)))
    )


@tells(
    *("profile block", "hub report", "hub report-message", "hub save-report", "mod safety", "safety warn"),
    *(
        "safety save-warning",
        "safety pause",
        "safety ban",
        "safety clear",
        "safety settle",
        "appeal write",
        "appeal send",
    ),
)
async def test_a_member_is_reported_paused_and_appeals(stage: Stage) -> None:
    _, jonas = await introduced(stage)
    assert await stage.say(stage.ana, "hub", action="report", member=stage.jonas) == "form: Report"
    assert "you two don't meet here" in await stage.submit(stage.ana, reason=["scam"], words="He wants my seed phrase.")
    insult = await stage.talk(stage.jonas, "You fool.")
    assert await stage.point_at(stage.ana, insult, "Report to the moderators") == "form: Report"
    assert "Thank you." in await stage.submit(stage.ana, reason=["harassment"], hide=[])
    await stage.say(stage.maria, "mod safety")
    assert "E-" not in await stage.press(stage.maria, "Settled")
    assert "> He wants my seed phrase." in await stage.say(stage.maria, "mod safety", member=stage.jonas)
    await stage.press(stage.maria, "Warn")
    assert "Jonas is warned: Maria." in await stage.submit(stage.maria, words="Not here.")
    await stage.say(stage.maria, "mod safety", member=stage.jonas)
    assert "Jonas is paused until" in await stage.press(stage.maria, "Pause from matching 30 d")
    assert "Matching is paused for you" in await stage.say(stage.jonas, "gigs find")
    assert await stage.press(stage.jonas, "Write to the moderators") == "form: Write to moderators"
    assert "The moderators have it" in await stage.submit(stage.jonas, words="It was a joke.")
    await stage.say(stage.maria, "mod safety", member=stage.jonas)
    await stage.press(stage.maria, "Ban from the bot")
    assert "Jonas is banned from the bot: Maria." in await stage.press(stage.maria, "Ban Jonas")
    assert "have closed Guildhall to you" in await stage.say(stage.jonas, "gigs find")
    await stage.say(stage.maria, "mod safety", member=stage.jonas)
    assert "Jonas is cleared: Maria." in await stage.press(stage.maria, "Clear")
    await stage.press(stage.ana, "Block", await offer(stage, Button("Block", "profile block", (jonas,))))
    assert "Done." in await stage.press(stage.ana, "Block Jonas")


async def introduced(stage: Stage) -> tuple[str, str]:
    """Ana asked for an introduction to Jonas, and he said yes; returns their ids."""
    await stage.set_up()
    ids = {}
    for who, name in ((stage.ana, "Ana"), (stage.jonas, "Jonas")):
        await stage.say(who, "hub")
        async with stage.world.app.db.read() as db:
            row = await db.execute(sa.select(people.member.c.id).where(people.member.c.name == name))
            ids[name] = str(row.scalar_one())
    profile = await offer(stage, Button("Ask for an introduction", "introduction ask", (ids["Jonas"],)))
    assert "If Jonas says yes" in await stage.press(stage.ana, "Ask for an introduction", profile)
    assert "Ana would like to meet you" in await stage.say(stage.jonas, "hub")
    assert "I introduce you and Ana" in await stage.press(stage.jonas, "Yes")
    await stage.world.run_due()
    return ids["Ana"], ids["Jonas"]


async def offer(stage: Stage, button: Button) -> Any:
    """A card with a button that otherwise stands on a page of somebody else."""
    await stage.post(stage.gigs, sentence("A card.", button))
    return stage.gigs.last_message


# --- who may ---------------------------------------------------------------------------------------------------------


async def test_moderators_commands_are_hidden_from_members(stage: Stage) -> None:
    visible = stage.ana.available_commands(stage.gigs)
    assert "gigs find" in visible
    assert not [command for command in visible if command.startswith(("mod", "feeds"))]
    with pytest.raises(simcord.SetupError, match="not visible"):
        await stage.say(stage.ana, "feeds list")
    assert "feeds list" in stage.maria.available_commands(stage.gigs)


async def test_a_button_asks_anew_who_may_press_it(stage: Stage) -> None:
    await stage.set_up()
    await stage.post(stage.gigs, sentence("Leads wait.", Button("Show the queue", "feeds queue")))
    posted = stage.gigs.last_message
    assert "Only moderators can use /feeds queue here" in await stage.press(stage.ana, "Show the queue", posted)
    assert stage.private
    assert "Nothing is waiting" in await stage.press(stage.maria, "Show the queue", posted)


async def test_holders_of_a_moderator_role_moderate(stage: Stage) -> None:
    await stage.set_up()
    stage.world.app.settings = settings(discord__moderator_roles=json.dumps([str(stage.curators.id)]))
    await stage.restart()  # the commands are no longer hidden: Discord would keep them from Marek, too
    assert "No feeds yet" in await stage.say(stage.marek, "feeds list")
    assert "Only moderators can use /feeds list here" in await stage.say(stage.ana, "feeds list")


async def test_only_the_servers_that_the_operator_named_are_served(stage: Stage) -> None:
    await stage.set_up()
    stage.world.app.settings = settings(discord__guilds=json.dumps(["123456789012345678"]))
    await stage.restart()
    assert "doesn't serve this server" in await stage.say(stage.ana, "hub")
    stage.world.app.settings = settings(discord__guilds=json.dumps([str(stage.guild.id)]))
    await stage.restart()
    assert "Find gigs" in await stage.say(stage.ana, "hub")


# --- direct messages -------------------------------------------------------------------------------------------------


async def test_a_direct_message_is_about_ones_only_community(stage: Stage) -> None:
    await stage.set_up()
    assert "which community you belong to" in await stage.ask(stage.ana, "hub")
    await stage.say(stage.ana, "hub")
    assert "Find gigs" in await stage.ask(stage.ana, "hub")
    assert "No open lead" in await stage.press(stage.ana.user, "Find gigs")

    other = stage.env.create_guild("Prompt Guild")
    there = other.create_text_channel("talk")
    boss = other.add_member(stage.maria.user, roles=[other.create_role("Boss", permissions=MANAGE_SERVER)])
    await stage.say(boss, "mod setup", there)
    await stage.press(boss, "Set up a new community")
    await stage.submit(boss, leads_channel=[there], digest_at="08:00", zone="Berlin")
    await stage.say(other.add_member(stage.ana.user), "hub", there)
    said = await stage.ask(stage.ana, "hub")
    assert "several communities" in said
    assert "AI Guild, Prompt Guild" in said


# --- a second server -------------------------------------------------------------------------------------------------


@tells("mod setup", "mod invite", "mod join", "mod save-join", "mod settings")
async def test_a_second_server_joins_with_a_code(stage: Stage) -> None:
    await stage.set_up()
    await stage.say(stage.maria, "mod setup")
    code = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", await stage.press(stage.maria, "Connect another workspace or server"))
    assert stage.private

    other = stage.env.create_guild("Prompt Guild")
    there = other.create_text_channel("talk")
    boss = other.add_member(stage.jonas.user, roles=[other.create_role("Boss", permissions=MANAGE_SERVER)])
    await stage.say(boss, "mod setup", there)
    await stage.restart()
    assert await stage.press(boss, "Join a community") == "form: Join a community"
    assert "isn't right" in await stage.submit(boss, code="wrong")
    await stage.press(boss, "Enter it again")
    assert "Joined: AI Guild" in await stage.submit(boss, code=code[0])
    assert await stage.press(boss, "Choose channels") == "form: Set up Guildhall"
    await stage.submit(boss, leads_channel=[there], digest_at="08:00", zone="Berlin")
    assert "Prompt Guild on Discord" in await stage.say(stage.maria, "mod setup")
    assert f"<#{stage.gigs.id}>" in stage.seen_text(stage.maria)
    assert await stage.press(stage.maria, "Change") == "form: Set up Guildhall"


# --- restarts --------------------------------------------------------------------------------------------------------


async def test_cards_and_forms_live_on_over_a_restart(stage: Stage) -> None:
    await stage.say(stage.maria, "mod setup")
    await stage.restart()
    await stage.press(stage.maria, "Set up a new community")
    await stage.restart()
    channels = {"leads_channel": [stage.gigs], "moderators_channel": [stage.curation]}
    await stage.submit(stage.maria, digest_at="8", zone="Atlantis", **channels)
    await stage.restart()
    await stage.press(stage.maria, "Edit again")
    said = await stage.submit(stage.maria, digest_at="08:00", zone="Berlin", **channels)
    assert "Guildhall is set up" in said
    await stage.restart()
    assert "as they were before" in await stage.press(stage.maria, "Undo")


async def test_commands_are_sent_only_when_they_changed(stage: Stage) -> None:
    def puts() -> int:
        return len([request for request in stage.env.http_requests if request.method == "PUT"])

    assert puts() == 1
    await stage.restart()
    assert puts() == 1
    stage.world.app.settings = settings(discord__moderator_roles=json.dumps([str(stage.curators.id)]))
    await stage.restart()
    assert puts() == 2


async def test_nothing_that_is_sent_notifies_anybody(stage: Stage) -> None:
    await with_feed(stage, ("@everyone <@1> RAG contract, $90/h", RAG[1]), destination="instant", include=1)
    await stage.say(stage.maria, "feeds queue")
    await stage.press(stage.maria, "Approve")
    await stage.world.run_due()
    [message] = stage.gigs.history()
    assert not message.mention_everyone
    assert not message.mentions


# --- what the bot may do ---------------------------------------------------------------------------------------------


async def test_a_missing_permission_is_called_by_its_name(stage: Stage) -> None:
    await stage.set_up()
    quiet = stage.channel_without("quiet", send_messages=False)
    with pytest.raises(Refused, match=r"lacks a permission there: Send Messages\. Add it") as refusal:
        await stage.post(quiet, sentence("Hello."))
    assert refusal.value.code == "E-NOPERM"
    hidden = stage.channel_without("hidden", view_channel=False)
    with pytest.raises(Refused, match=r"there: View Channels, Send Messages\. Add"):
        await stage.post(hidden, sentence("Hello."))


async def test_leads_go_into_a_forum_as_posts_that_can_be_changed(stage: Stage) -> None:
    forum = stage.guild.create_forum_channel("leads")
    remote = await stage.post(forum, sentence("RAG chatbot for a clinic network"))
    [thread] = forum.threads
    assert thread.name == "RAG chatbot for a clinic network"
    await stage.post(forum, sentence("Closed."), verb="edit", target=remote)
    assert stage.channel(thread) == ["Closed."]


async def test_an_introduction_is_between_those_who_are_in_it(stage: Stage) -> None:
    details = {"name": "Ana and Jonas", "members": [str(stage.ana.id), str(stage.jonas.id)]}
    await stage.post(stage.gigs, sentence("Ana, meet Jonas."), verb="thread", details=details)
    [thread] = stage.gigs.threads
    assert stage.channel(thread) == ["Ana, meet Jonas."]
    assert thread.history(viewer=stage.ana)
    with pytest.raises(simcord.SetupError, match="cannot read"):
        thread.history(viewer=stage.marek)


@tells("message confirm", "message repeat")
async def test_moderators_settle_what_may_have_arrived(stage: Stage) -> None:
    await stage.set_up()
    for label, answer in (("It is there", "Maria has seen it there"), ("Send again", "on its way again")):
        await stage.owe(stage.gigs, sentence("A digest."), key=label)
        stage.env.inject_error("POST", f"/channels/{stage.gigs.id}/messages", status=500)
        await stage.world.run_due()
        stage.world.machine.at += timedelta(minutes=3)  # longer than Discord knows a nonce
        await stage.world.travel(stage.world.clock.now() + timedelta(minutes=2))
        assert answer in await stage.press(stage.maria, label, stage.curation.last_message)
    assert stage.channel(stage.gigs) == []
    await stage.world.run_due()
    assert stage.channel(stage.gigs) == ["A digest."]


# --- where somebody is -----------------------------------------------------------------------------------------------


@tells("hub", "profile zone", "profile check-zone", "profile keep-zone", "profile stay")
async def test_the_time_zone_is_asked_by_city_and_confirmed_by_the_clock_there(stage: Stage) -> None:
    await stage.set_up()
    assert "I don't know yours yet" in await stage.say(stage.ana, "hub")
    assert await stage.press(stage.ana, "Set my time zone") == "form: Where are you?"
    assert "Did you mean Europe/Berlin?" in await stage.submit(stage.ana, place="Berln")
    await stage.press(stage.ana, "Edit again")
    assert "Is that what your clock shows?" in await stage.submit(stage.ana, place="Lisbon")
    assert "Europe/Lisbon from now on" in await stage.press(stage.ana, "Yes, that's right")

    await stage.press(stage.ana, "Change it")
    await stage.submit(stage.ana, place="Tokyo", first="1 Dec", last="10 Dec")
    assert "Asia/Tokyo from Tue 1 Dec to Thu 10 Dec" in await stage.press(stage.ana, "Yes, that's right")
    assert "is forgotten" in await stage.press(stage.ana, "Forget this journey")
    assert "Times are shown in Europe/Lisbon" in await stage.say(stage.ana, "hub")


# --- what is one's own -----------------------------------------------------------------------------------------------


@tells(
    "profile privacy",
    "profile switch",
    "profile unblock",
    "profile link",
    "profile link-now",
    "profile link-choose",
    "profile link-cancel",
    "profile save-link",
    "profile prefer",
    "profile unlink",
    "profile refresh",
    "profile part",
    "profile not-me",
    "profile export",
    "profile forget",
    "profile ask-word",
    "profile forget-now",
)
async def test_a_member_decides_links_and_is_forgotten(stage: Stage) -> None:
    await stage.set_up()
    ana, world = stage.ana, stage.world
    await block_maria(stage)
    await stage.say(ana, "profile privacy")
    assert "Blocked" not in await stage.press(ana, "Unblock Maria")
    assert "Everything is paused" in await stage.press(ana, "Pause everything")
    there = replace(world.ana, name="ana_slack")  # the same person on Slack
    async with world.app.db.write() as db:
        community_id = (await db.execute(sa.select(people.community.c.id))).scalar_one()
        spaces = {"community_id": community_id, "platform": "slack", "remote": there.space, "name": "Guild"}
        await people.add_space(db, world.app.ids, **spaces)
    for undo in (True, False):
        await world.say(there, "/profile link")
        code = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", words(world.last) if world.last else "")[0]
        assert "Link **ana_slack (Slack: Guild)** to this" in await stage.say(ana, "profile link", code=code)
        assert "Nothing was linked" in await stage.press(ana, "Cancel")
        await stage.say(ana, "profile link", code=code)
        if undo:
            assert (await stage.press(ana, "Link")).startswith("form: Which one?")
            assert "are one member now" in await stage.submit(ana, name="here")
        else:
            assert "are one member now" in await stage.press(ana, "Link")
        if undo:
            async with world.app.db.read() as db:
                told = outbox.message.c.key.startswith("linked:")
                card = cards.load((await db.execute(sa.select(outbox.message.c.card).where(told))).scalar_one())
            await world.press(there, "That wasn't me", card)
            async with world.app.db.write() as db:  # now they agree in everything
                await db.execute(sa.update(people.member).values(name="ana_slack", zone=None))
    await stage.say(ana, "profile privacy")
    assert "I write to you on **Slack**" in await stage.press(ana, "Write on Slack instead")
    assert "Which one?" in await stage.press(ana, "Unlink")
    assert "You are one member" in await stage.press(ana, "Cancel")
    await stage.press(ana, "Unlink")
    assert "Unlinked." in await stage.press(ana, "Keep it on Discord")
    assert "Two files come to you" in await stage.say(ana, "profile export")
    assert "What goes, at once" in await stage.say(ana, "profile forget")
    assert (await stage.press(ana, "Forget me…")).startswith("form: Forget me")
    assert "You are forgotten" in await stage.submit(ana, word="FORGET")


async def block_maria(stage: Stage) -> None:
    await stage.say(stage.ana, "hub")
    async with stage.world.app.db.write() as db:
        rows = (
            await db.execute(sa.select(people.member.c.community_id, people.member.c.id, people.member.c.name))
        ).all()
        [ana] = [row for row in rows if row.name != "Maria"]
        [maria] = [row for row in rows if row.name == "Maria"]
        await store.set_block(db, ana.community_id, ana.id, maria.id, MORNING)


# --- moderators in charge --------------------------------------------------------------------------------------------


@tells(
    "feeds edit", "feeds check", "feeds edit-again", "feeds more-rules", "feeds check-more", "feeds save", "mod audit"
)
async def test_rules_are_given_to_a_feed_page_by_page_with_their_effect(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS)
    assert "AI Jobs Board" in await stage.type(stage.maria, "feeds edit", "feed", "jobs")
    assert (await stage.say(stage.maria, "feeds edit", feed="AI Jobs Board")).startswith("form: Edit a feed")
    assert "Page 1 of 2 is kept." in await stage.submit(stage.maria, approval="flagged")
    assert (await stage.press(stage.maria, "Continue")).startswith("form: Edit a feed")
    said = await stage.submit(stage.maria, must="chatbot")
    assert "of the last 2 items: 1 pass" in said
    assert "left out: must contain “chatbot”" in said
    effect = stage.seen[stage.maria.id]
    assert (await stage.press(stage.maria, "Edit again")).startswith("form: Edit a feed")
    assert (await stage.press(stage.maria, "More rules", effect)).startswith("form: More rules")
    assert "must be: jobs" in await stage.submit(stage.maria, kinds=["job"])
    assert "Saved by Maria" in await stage.press(stage.maria, "Save")
    said = await stage.say(stage.maria, "mod audit")
    assert "Maria" in said
    assert "edited the feed “AI Jobs Board”" in said


@tells("lead edit", "lead save-edit", "lead always")
async def test_a_lead_is_edited_and_its_feed_trusted(stage: Stage) -> None:
    await with_feed(stage, RAG, include=1)
    await stage.say(stage.maria, "feeds queue")
    assert (await stage.press(stage.maria, "Edit")).startswith("form: Edit a lead")
    said = await stage.submit(stage.maria, title="RAG for clinics", rate="€90/h", skills="RAG")
    assert "RAG for clinics" in said
    assert "€90/h" in said
    assert "Approved by Maria" in await stage.press(stage.maria, "Always from this feed")


@tells("docket publish", "docket ticks", "docket approve", "docket reject-rest")
async def test_the_batch_card_is_ticked_and_published(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS, include=2)
    await stage.world.travel(MORNING + timedelta(minutes=31))
    [card] = stage.curation.history()
    assert (await stage.press(stage.maria, "Change ticks", card)).startswith("form: Today's leads")
    modal = stage.forms[stage.maria.id].modal
    [one, *_] = re.findall(r"'value': '(\d{10,})'", str(modal))
    assert "Approved by Maria: 1 lead" in await stage.submit(stage.maria, part1=[one])
    await stage.world.travel(MORNING + timedelta(minutes=32))
    [card] = stage.curation.history()
    await stage.press(stage.maria, "Reject the other 1", card)
    await stage.press(stage.maria, "Undo")
    await stage.world.travel(MORNING + timedelta(hours=24, minutes=31))
    assert "Approved by Maria: 1 lead" in await stage.press(
        stage.maria, "Publish 1 ticked", stage.curation.history()[-1]
    )


@tells("offer accept", "offer decline", "offer later")
async def test_the_offer_is_answered(stage: Stage) -> None:
    await stage.set_up()
    card = offer_card(Record(60, 58, 0), "1")
    for label in ("Ask again in a month", "No", "Yes, from now on"):
        await stage.post(stage.curation, card)
        assert "Maria" in await stage.press(stage.maria, label, stage.curation.history()[-1])


# --- meetups ---------------------------------------------------------------------------------------------------------


async def plan_meetup(stage: Stage) -> Any:
    """Maria plans a meetup of one place, and publishes it; returns the message that stands in #gigs."""
    await stage.set_up()
    said = await stage.say(stage.maria, "meetup create", title="Pricing", when="Thu 26 Nov 18:00 Berlin")
    assert said.startswith("form: Plan a meetup")
    await stage.submit(stage.maria, minutes="60", places="1", kind="talk")
    await stage.press(stage.maria, "Continue")
    assert "17:00 UTC" in await stage.submit(stage.maria, place="https://meet.example/room", repeat="weekly")
    draft = stage.seen[stage.maria.id]
    assert (await stage.press(stage.maria, "Edit")).startswith("form: Plan a meetup")
    assert "Published: Pricing." in await stage.press(stage.maria, "Publish", draft)
    await stage.world.run_due()
    return stage.gigs.history()[-1]


@tells(
    *("meetup create", "meetup preview", "meetup redo", "meetup turns", "meetup publish", "meetup discard"),
    *("meetup list", "meetup show", "meetup going", "meetup maybe", "meetup cant", "meetup take", "meetup reminders"),
    *("meetup calendar", "calendar mine", "calendar ours"),
)
async def test_a_place_at_a_meetup_is_taken_given_back_and_passed_on(stage: Stage) -> None:
    posted = await plan_meetup(stage)
    assert "Pricing (talk)" in stage.channel(stage.gigs)[-1]
    assert "https://meet.example/room" in await stage.press(stage.ana, "Going", posted)
    going = stage.seen[stage.ana.id]
    assert "direct message" in await stage.press(stage.ana, "Add to calendar", going)
    await stage.press(stage.ana, "Reminders", going)
    assert "ten minutes before" in await stage.press(stage.ana, "Don't remind me a day before")
    assert "number 1 on the waitlist" in await stage.press(stage.jonas, "Going", posted)
    await stage.press(stage.ana, "Maybe", posted)
    await stage.world.run_due()
    assert "A place opened for you" in await stage.say(stage.jonas, "hub")
    assert "The place is yours." in await stage.press(stage.jonas, "Take it")
    assert "1 of 1" in await stage.press(stage.ana, "Details", posted)
    await stage.press(stage.ana, "Can't", posted)
    await stage.say(stage.maria, "meetup list")
    assert "web.public_url" in await stage.press(stage.maria, "Subscribe in my calendar")
    await stage.say(stage.maria, "meetup list")
    assert "web.public_url" in await stage.press(stage.maria, "The community's calendar")
    await stage.say(stage.maria, "meetup create", title="Another", when="Fri 27 Nov 18:00 Berlin")
    await stage.submit(stage.maria, minutes="60", kind="talk")
    await stage.press(stage.maria, "Continue")
    await stage.submit(stage.maria, repeat="rotating")
    assert "at least once in 6 weeks" in await stage.press(stage.maria, "Choose the hours")
    assert "Nothing was published." in await stage.press(stage.maria, "Cancel")


@tells(
    *("meetup manage", "meetup change", "meetup save-change", "meetup hand-over", "meetup save-host", "meetup write"),
    *("meetup send", "meetup mark", "meetup save-mark", "meetup csv", "meetup call-off", "meetup cancel", "meetup was"),
)
async def test_a_meetup_is_looked_after_from_its_card(stage: Stage) -> None:
    posted = await plan_meetup(stage)
    await stage.press(stage.ana, "Going", posted)
    assert "**Who:** Ana" in await stage.say(stage.maria, "meetup manage", meetup="Pricing")
    card = stage.seen[stage.maria.id]
    assert await stage.press(stage.maria, "Change", card) == "form: Change a meetup"
    assert "those who go are told" in await stage.submit(stage.maria, place="The library")
    assert await stage.press(stage.maria, "Write to those who joined", card) == "form: Write to them"
    assert "Sent to 1 member." in await stage.submit(stage.maria, words="Bring a question.")
    assert "direct message" in await stage.press(stage.maria, "List as CSV", card)
    assert await stage.press(stage.maria, "Mark who came", card) == "form: Who came?"
    assert "Noted: 0 came." in await stage.submit(stage.maria)
    assert await stage.press(stage.maria, "Hand over", card) == "form: Hand over"
    assert "Maria hosts" in await stage.submit(stage.maria, host="Maria")
    await stage.world.travel(datetime(2026, 11, 26, 19, 1, tzinfo=UTC))
    assert "How was “Pricing”?" in await stage.say(stage.ana, "hub")
    assert "Thank you" in await stage.press(stage.ana, "Worth it")
    await stage.say(stage.maria, "meetup manage")
    await stage.press(stage.maria, "Pricing, 3 Dec")
    await stage.press(stage.maria, "Cancel and tell everyone")
    assert "Cancelled: Pricing." in await stage.press(stage.maria, "Cancel this and all later ones")


@tells("market", "market send", "market share")
async def test_the_market_is_looked_at_kept_and_shared(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS, include=2)
    assert "1 lead asks for" in await stage.say(stage.maria, "market", skill="rag")
    card = stage.seen[stage.maria.id]
    assert "direct message" in await stage.press(stage.maria, "Send me the picture", card)
    await stage.press(stage.maria, "Share in channel", card)
    before = len(stage.gigs.history())
    await stage.world.run_due()
    assert len(stage.gigs.history()) == before + 1


# --- skill swaps -----------------------------------------------------------------------------------------------------


async def join_swaps(stage: Stage, who: Any, offers: str, wants: str = "") -> str:
    assert await stage.say(who, "swap join") == "form: Swap skills"
    return await stage.submit(who, offers=offers, wants=wants)


async def pass_time(stage: Stage, until: datetime) -> None:
    """Let time pass at one stroke."""
    stage.world.clock.move(until - timedelta(minutes=1))
    await stage.world.travel(until)


@tells(
    *("swap join", "swap save", "swap find", "swap want", "swap status", "swap another", "help ask", "help withdraw"),
    *("help answer", "swap not-yet", "swap met", "swap hours", "swap thank", "swap feedback"),
    *("swap times", "swap fix", "swap ask-time", "swap save-time", "swap calendar", "swap no-fit"),
    *("swap gift", "swap unlearn"),
)
async def test_help_is_asked_for_privately_given_and_thanked_for(stage: Stage) -> None:
    await stage.set_up()
    ana, jonas, marek = stage.ana, stage.jonas, stage.marek
    said = await join_swaps(stage, jonas, "pgvector", "evals")
    assert "AI evaluation and red teaming: nobody here offers it yet" in said
    await join_swaps(stage, marek, "pgvector")

    assert "Nobody here offers Retrieval-augmented generation yet." in await stage.say(ana, "swap find", skill="rag")
    assert "you want to learn Retrieval-augmented" in await stage.press(ana, "I want to learn it")
    assert "You are even" in await stage.press(ana, "My swaps")
    assert await stage.press(ana, "Ask for another") == "form: Ask for help"
    assert "2 here can help with Vector databases." in await stage.submit(ana, skill="pgvector")
    assert "who can help with **Vector databases**, privately" in await stage.press(ana, "Ask")
    assert "I ask nobody any more" in await stage.press(ana, "Take it back")
    await stage.world.run_due()
    assert "Can you help" not in await stage.say(jonas, "hub")

    await stage.say(ana, "swap find", skill="vector-databases")
    await stage.press(ana, "Ask")
    assert stage.private
    await stage.world.run_due()
    question = await stage.say(marek, "hub")  # Jonas was asked before
    assert "Can you help with Vector databases?" in question
    assert "Ana" not in question
    assert "Can you help" not in await stage.say(jonas, "hub")  # one after another
    assert "They don't learn that I asked you" in await stage.press(marek, "Not now")
    assert "Can you help with Vector databases?" in await stage.say(jonas, "hub")
    assert "I introduce you two now" in await stage.press(jonas, "Yes, introduce us")
    await stage.world.run_due()
    [thread] = stage.gigs.threads
    assert "Jonas helps Ana with Vector databases. Times that suit both: <t:" in stage.channel(thread)[0]
    assert {str(ana.id), str(jonas.id)} == set(re.findall(r"<@(\d+)>", stage.channel(thread)[0]))
    assert "Jonas teaches you Vector databases" in await stage.press(ana, "My swaps", thread.last_message)
    assert stage.private  # the others in the thread see nothing of it
    await they_fix_a_time(stage, thread.last_message)

    await pass_time(stage, stage.world.clock.now() + timedelta(days=5, hours=1))
    assert "Have you two met?\nYou and Jonas, for Vector databases." in await stage.say(ana, "hub")
    assert "No hurry" in await stage.press(ana, "Not yet")
    await stage.press(ana, "My swaps")
    assert "Entered: 1 hour from Jonas." in await stage.press(ana, "We met")
    assert "Entered: 2 hours from Jonas." in await stage.choose(ana, "2 hours")
    assert "Vector databases is on your profile now" in await stage.press(ana, "Thank Jonas")
    assert "is off your profile" in await stage.press(ana, "Not yet: I still want to learn it")
    assert "Ana thanks you for the help with Vector databases." in await stage.say(jonas, "hub")
    assert "You have given 2 hours more than you got. You were thanked 1 time" in await stage.say(jonas, "swap status")
    assert "You owe 2 hours of help" in await stage.say(ana, "swap status")
    await they_are_no_fit(stage)
    await pass_time(stage, stage.world.clock.now() + timedelta(days=9, hours=1))
    assert "Did the time with Jonas help you" in await stage.say(ana, "hub")
    assert "That helps to match better" in await stage.press(ana, "Very much")
    assert "Did the time" not in await stage.say(ana, "hub")


async def they_are_no_fit(stage: Stage) -> None:
    """Maria is introduced to Marek, and ends it; he learns that it is over, and not why."""
    maria, marek = stage.maria, stage.marek
    await stage.say(maria, "swap find", skill="vector-databases")
    await stage.press(maria, "Ask")
    await stage.world.run_due()
    await stage.say(marek, "hub")
    await stage.press(marek, "Yes, introduce us")
    await stage.world.run_due()
    introduction = stage.gigs.threads[-1].last_message
    assert "I ask the next one who can help" in await stage.press(maria, "Not a fit", introduction)
    assert stage.private
    assert "it is nobody's fault" in await stage.say(marek, "hub")


async def they_fix_a_time(stage: Stage, introduction: Any) -> None:
    """Ana fixes one of three times, Jonas moves it; he wants nothing back, and thinks better of it."""
    ana, jonas = stage.ana, stage.jonas
    times = await stage.press(ana, "We've fixed a time", introduction)
    assert stage.private
    [label, *_] = re.findall(r"\[((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [^\]]+)\]", times)
    assert "It is fixed: you and Jonas meet <t:" in await stage.press(ana, label)
    assert "Ana has fixed a time with you" in await stage.say(jonas, "hub")
    assert "You meet: <t:" in await stage.say(jonas, "swap status")
    assert "Fixed: <t:" in await stage.press(jonas, "Another time")
    assert await stage.press(jonas, "Another time") == "form: Fix a time"
    assert "It is fixed: you and Ana meet <t:" in await stage.submit(jonas, at="Thu 19 Nov 18:00 Berlin")
    assert "direct message" in await stage.press(jonas, "Add to calendar")
    await stage.say(jonas, "swap status")
    assert "owed to nobody" in await stage.press(jonas, "No return needed")
    assert "counts for you again" in await stage.press(jonas, "Count it after all")


@tells(
    *("swap join", "swap save", "swap coffee", "swap pause", "swap resume", "swap why", "swap answer", "swap why-not"),
    *("swap rounds", "swap help", "swap failed", "swap leave", "swap status"),
)
async def test_a_swap_round_finds_a_ring_of_three_and_says_why_to_who_went_without(stage: Stage) -> None:
    await stage.set_up()
    ana, jonas, marek, maria = stage.ana, stage.jonas, stage.marek, stage.maria
    await join_swaps(stage, jonas, "pgvector", "LangChain")
    await join_swaps(stage, marek, "LangChain", "evals")
    await join_swaps(stage, maria, "PyTorch", "LangChain")
    assert "1 here can help with Vector databases" in await join_swaps(stage, ana, "evals", "pgvector")
    assert "for a coffee, no lesson" in await stage.press(ana, "Coffee introductions, too")
    assert "No coffee introductions from now on" in await stage.press(ana, "No coffee introductions")
    await stage.press(ana, "My swaps")
    assert "Paused until 02 Dec." in await stage.press(ana, "Pause 2 weeks")
    assert "you are in the next round" in await stage.press(ana, "Take part again")

    await pass_time(stage, datetime(2026, 12, 1, 9, 0, tzinfo=UTC))  # a Tuesday, 10:00 in Berlin
    learns = {ana: "Vector databases", jonas: "LangChain and LlamaIndex", marek: "AI evaluation and red teaming"}
    for who, skill in learns.items():
        proposal = await stage.say(who, "hub")
        assert f"You would **learn {skill}** and **teach " in proposal
        assert "It is a ring of three" in proposal
        assert not [name for name in ("Ana", "Jonas", "Marek") if name in proposal]
    assert "You want Vector databases, and the one before you offers it." in await stage.press(ana, "Why this match?")
    for who in (ana, jonas):
        assert "as soon as the others have said yes" in await stage.press(who, "Yes, introduce us")
    await stage.world.run_due()
    assert not stage.gigs.threads
    assert "Everybody has said yes." in await stage.press(marek, "Yes, introduce us")
    await stage.world.run_due()
    [thread] = stage.gigs.threads
    for helped in ("Jonas helps Ana with", "Ana helps Marek with", "Marek helps Jonas with"):
        assert helped in stage.channel(thread)[0]

    assert "No fair match for you this round." in await stage.say(maria, "hub")
    why = await stage.press(maria, "Why not me?")
    assert "0 members want what you offer, 1 member teaches what you want, and 0 do both." in why
    assert "If you also offered AI evaluation and red teaming, a round would have something for you" in why
    assert "**Proposed to:** 3 of 4 members" in stage.channel(stage.curation)[-1]
    assert "3 of 4 members" in await stage.press(maria, "Earlier rounds", stage.curation.last_message)

    await pass_time(stage, stage.world.clock.now() + timedelta(days=5, hours=1))
    assert "You and Jonas, for Vector databases." in await stage.say(ana, "hub")
    advice = await stage.press(ana, "Need help")
    assert "send Jonas one of these" in advice
    assert advice.count("<t:") == 3
    assert "You two are not matched for this again" in await stage.press(ana, "It didn't work out")
    assert "it is nobody's fault" in await stage.say(jonas, "hub")
    left = await stage.press(ana, "My swaps")
    assert "You teach Marek AI evaluation" in left
    assert "Jonas teaches you" not in left
    assert "You have left skill swaps." in await stage.press(ana, "Leave")
    assert "You take no part in rounds." in await stage.say(ana, "swap status")


# --- alerts and digests ----------------------------------------------------------------------------------------------


@tells("gigs alerts", "alert edit", "alert save", "alert see", "alert from-search", "alert drop")
async def test_an_alert_is_made_from_a_search_tried_changed_and_dropped(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS, include=2)
    for _ in range(2):
        await stage.say(stage.maria, "feeds queue")
        await stage.press(stage.maria, "Approve")
    assert "You have no alerts." in await stage.say(stage.ana, "gigs alerts")
    assert (await stage.press(stage.ana, "New alert")).startswith("form: An alert")
    await stage.say(stage.ana, "gigs find", query="chatbot")
    assert (await stage.press(stage.ana, "Save search as alert")).startswith("form: An alert")
    assert "Page 1 of 2 is kept." in await stage.submit(stage.ana)
    await stage.press(stage.ana, "Continue")
    assert "would have matched" in await stage.submit(stage.ana)
    saved = stage.seen[stage.ana.id]
    assert "chatbot" in (await stage.press(stage.ana, "See them")).lower()
    assert (await stage.press(stage.ana, "Adjust", saved)).startswith("form: An alert")
    await stage.say(stage.ana, "gigs alerts")
    assert "The alert is removed." in await stage.press(stage.ana, "Remove")


@tells("digest", "digest preview", "digest settings", "digest save", "mod digest", "digest publish", "digest skip")
async def test_a_digest_of_ones_own_and_the_channels_before_its_time(stage: Stage) -> None:
    await with_feed(stage, RAG, EVALS, include=2)
    for _ in range(2):
        await stage.say(stage.maria, "feeds queue")
        await stage.press(stage.maria, "Approve")
    await stage.world.run_due()
    assert "in the channel only" in await stage.say(stage.ana, "digest")
    assert await stage.press(stage.ana, "Digest settings") == "form: Your digest"
    assert "08:15" in await stage.submit(stage.ana, how="daily", at="08:15")
    assert "Preview" in await stage.say(stage.ana, "digest")
    assert "RAG" in await stage.press(stage.ana, "Preview")
    assert "RAG" in await stage.say(stage.maria, "mod digest")
    looked = stage.seen[stage.maria.id]
    assert "[Undo]" in await stage.press(stage.maria, "Skip today", looked)
    assert "comes at its time" in await stage.press(stage.maria, "Undo")
    await stage.press(stage.maria, "Publish now", looked)
    await stage.world.run_due()
    assert "Daily digest" in stage.channel(stage.gigs)[-1]


@tells("gigs mine")
async def test_of_a_digest_only_what_fits_is_shown(stage: Stage) -> None:
    await with_feed(stage, RAG, include=1)
    await stage.say(stage.maria, "feeds queue")
    await stage.press(stage.maria, "Approve")
    await stage.world.travel(MORNING + timedelta(hours=1, minutes=1))
    digest = stage.gigs.history()[-1]
    assert "I don't know what you can do yet" in await stage.press(stage.ana, "Only my skills", digest)


# --- mentoring -------------------------------------------------------------------------------------------------------


async def say_where(stage: Stage, who: Any, place: str) -> None:
    """Say where one is, as soon as an hour can't be understood without it."""
    assert await stage.press(who, "Set it") == "form: Where are you?"
    await stage.submit(who, place=place)
    await stage.press(who, "Yes, that's right")


async def offer_hours(stage: Stage, who: Any, hours: str, **more: str) -> str:
    """Offer hours on RAG, in Berlin."""
    assert "I don't know your time zone yet" in await stage.say(who, "mentor offer")
    await say_where(stage, who, "Berlin")
    assert await stage.say(who, "mentor offer") == "form: Offer hours (1 of 2)"
    await stage.submit(who, topics="RAG", hours=hours)
    assert await stage.press(who, "Continue") == "form: Offer hours (2 of 2)"
    return await stage.submit(who, **more)


async def ask_mentor(stage: Stage, who: Any, **more: str) -> str:
    assert await stage.say(who, "mentor ask", topic="RAG") == "form: Ask a mentor"
    return await stage.submit(who, goal="A first index", **more)


@tells(
    *("mentor offer", "mentor save-offer", "mentor pause", "mentor resume", "mentor stop", "mentor ask", "mentor seek"),
    *("mentor again", "mentor book", "mentor calendar", "mentor notes", "mentor save-notes", "mentor move"),
    *("mentor move-to", "mentor call-off", "mentor cancel", "mentor sessions", "mentor met", "mentor thank"),
)
async def test_an_hour_with_a_mentor_is_booked_moved_cancelled_and_thanked_for(stage: Stage) -> None:
    await stage.set_up()
    ana, jonas, maria = stage.ana, stage.jonas, stage.maria
    assert "Nobody offers an hour on Retrieval-augmented generation here yet." in await ask_mentor(stage, ana)
    offered = await offer_hours(stage, maria, "Mon 18:00-20:00, Thu 18-20", place="https://meet.example/maria")
    assert "Mon, Thu 18:00-20:00 in Europe/Berlin" in offered
    assert "Paused until Fri 18 Dec." in await stage.press(maria, "Pause a month")
    assert "Nobody offers" in await ask_mentor(stage, jonas)
    assert "Your hours can be booked again." in await stage.press(maria, "Go on now")

    assert "I don't know your time zone yet" in await ask_mentor(stage, ana, times="Sat 9-12")
    await say_where(stage, ana, "Lisbon")
    said = await ask_mentor(stage, ana, times="Sat 9-12")
    assert "1 mentor helps with it, but none has a free hour in your times" in said
    assert "Maria: Mon, Thu 18:00-20:00 (Europe/Berlin)" in said
    assert await stage.press(ana, "Other times") == "form: Ask a mentor"
    assert "Times on buttons are in Europe/Lisbon." in await stage.submit(ana, times="Mon 16-22, Thu 16-22")
    assert "Times on buttons are in Europe/Berlin." in await ask_mentor(stage, jonas)  # the community's zone
    booked = await stage.press(ana, "Book Thu 19 Nov 17:00")
    assert "It's booked." in booked
    assert "**Where:** https://meet.example/maria" in booked
    card = stage.seen[ana.id]
    assert "Somebody else was faster." in await stage.press(jonas, "Book Thu 19 Nov 18:00")
    assert "The calendar file comes to you" in await stage.press(ana, "Add to calendar", card)
    assert await stage.press(ana, "Notes link", card) == "form: Notes"
    assert "Kept: all who meet see it." in await stage.submit(ana, link="https://notes.example/1")

    await stage.world.run_due()
    told = await stage.say(maria, "hub")
    assert "Ana booked an hour with you." in told
    assert "**Goal:** A first index" in told
    assert "Another time? The others are told at once." in await stage.press(maria, "Move")
    assert "Moved, and the others are told." in await stage.press(maria, "Mon 23 Nov 18:00")
    await stage.world.run_due()
    assert "Maria moved it." in await stage.say(ana, "hub")
    assert "You come to it.\nNotes: https://notes.example/1" in await stage.say(ana, "mentor sessions")
    assert "Cancel “Retrieval-augmented generation, with Maria”?" in await stage.press(ana, "Cancel")
    assert "Cancelled; 1 member is told" in await stage.press(ana, "Cancel it")
    await stage.world.run_due()
    assert "Ana can't come." in await stage.say(maria, "hub")

    await ask_mentor(stage, jonas)
    assert "It's booked." in await stage.press(jonas, "Book Thu 19 Nov 18:00")
    await pass_time(stage, datetime(2026, 11, 19, 18, 46, tzinfo=UTC))  # an hour after its end
    assert "Did you two meet?" not in await stage.say(ana, "hub")
    assert "Did you two meet?" in await stage.say(jonas, "hub")
    assert "Noted: you met." in await stage.press(jonas, "Yes")
    assert "Your thanks are passed on." in await stage.press(jonas, "Say thanks")
    assert "You said thanks." in await stage.say(jonas, "mentor sessions")
    await stage.world.run_due()
    assert "Jonas thanks you for the hour on Retrieval-augmented generation." in await stage.say(maria, "hub")
    assert "You give it." in await stage.say(maria, "mentor sessions")
    assert "You offer no hours any more." in await stage.press(maria, "Stop offering")


@tells(
    *("mentor offer", "mentor save-offer", "mentor ask", "mentor seek", "mentor ask-all", "mentor withdraw"),
    *("mentor pass", "mentor help", "mentor met", "mentor sessions"),
)
async def test_mentors_are_asked_quietly_and_the_first_who_can_help_is_introduced(stage: Stage) -> None:
    await stage.set_up()
    ana, jonas, marek, maria = stage.ana, stage.jonas, stage.marek, stage.maria
    for who in (maria, marek, jonas):
        assert "shown once you say yes" in await offer_hours(stage, who, "Thu 18-20", named="no")

    said = await ask_mentor(stage, ana, level="advanced")
    assert "3 mentors with time for Retrieval-augmented generation." in said
    assert not [name for name in ("Jonas", "Marek", "Maria") if name in said]
    assert "I ask them within minutes, without your name." in await stage.press(ana, "Ask all matching mentors quietly")
    assert stage.private
    assert "Taken back: nobody is asked any longer." in await stage.press(ana, "Take it back")
    await pass_time(stage, stage.world.clock.now() + timedelta(minutes=6))
    assert "Somebody here asks" not in await stage.say(maria, "hub")

    await ask_mentor(stage, ana, level="advanced")
    await stage.press(ana, "Ask all matching mentors quietly")
    await pass_time(stage, stage.world.clock.now() + timedelta(minutes=6))
    thursday = int(datetime(2026, 11, 19, 17, 0, tzinfo=UTC).timestamp())  # 18:00 in Berlin
    for who in (maria, marek, jonas):
        question = await stage.say(who, "hub")
        assert f"Somebody here asks for it. Proposed: <t:{thursday}:F>." in question
        assert "**Level:** far along · **Goal:** A first index" in question
        assert "Ana" not in question
    assert "Noted. Nobody hears of it." in await stage.press(maria, "Not now")
    booked = await stage.press(marek, "I can help")
    assert "Retrieval-augmented generation, with Ana" in booked
    assert "It's booked." in booked
    assert "somebody else was faster" in await stage.press(jonas, "I can help")
    await stage.world.run_due()
    told = await stage.say(ana, "hub")
    assert "Retrieval-augmented generation, with Marek" in told
    assert f"Marek can help you. <t:{thursday}:F>" in told
    assert "An hour on" not in await stage.say(jonas, "hub")

    await pass_time(stage, datetime(2026, 11, 27, 12, 0, tzinfo=UTC))
    assert "Did you two meet?" in await stage.say(ana, "hub")
    assert "you didn't meet. Nobody is blamed for it." in await stage.press(ana, "No, nobody came")
    assert "Did you two meet?" not in await stage.say(ana, "hub")
    assert "You give it." in await stage.say(marek, "mentor sessions")
