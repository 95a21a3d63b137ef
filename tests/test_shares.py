"""Members share gigs of their own: by a link, in words, from a message; a moderator decides, and they hear of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.leads.page import read_page
from bot.ports import FetchFailed
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import RAG, rss

if TYPE_CHECKING:
    from tests.conftest import World

POST = "https://smallfirm.example/jobs/7"
PAGE = b"""<!doctype html><html><head><title>Jobs</title>
<meta property="og:title" content="Small firm: chatbot for a museum &amp; its shop, contract">
<meta name="description" content="We hire a freelance AI engineer on contract for a RAG chatbot. $90 per hour, remote.">
</head><body>@everyone</body></html>"""


@pytest.fixture
async def guild(world: World) -> World:
    await world.set_up()
    world.fetcher.pages[POST] = PAGE
    return world


async def share(world: World, **fields: str) -> str:
    await world.say(world.ana, "/gigs share")
    return await world.submit(world.ana, **{"link": "", "title": "", "pay": "", "details": "", "client": "", **fields})


async def test_a_link_is_enough_and_its_title_is_read(guild: World) -> None:
    assert await guild.say(guild.ana, f"/gigs share {POST}") == "form: Share a gig"
    assert guild.form is not None
    assert {field.name: field.value for field in guild.form.fields}["link"] == POST
    said = await guild.submit(guild.ana, link=POST, title="", pay="", details="", client="known")
    assert "Small firm: chatbot for a museum & its shop, contract" in said
    assert "$90/h" in said
    assert "I tell you what becomes of it." in said
    assert "1 gig that you shared waits for a moderator:\n- Small firm" in await guild.say(guild.ana, "/hub")
    assert "1 lead waits for a moderator.\n[Go through them]" in await guild.say(guild.maria, "/hub")
    assert "1 lead waits" not in await guild.say(guild.ana, "/hub")

    waiting = await guild.say(guild.maria, "/feeds queue")
    assert "from Shared by members" in waiting
    assert "shared by Ana, who knows the client" in waiting
    assert "Approved by Maria" in await guild.press(guild.maria, "Approve")
    assert "you shared" not in await guild.say(guild.ana, "/hub")
    await guild.run_due()
    [told] = guild.slack.cards("U2")
    assert "was approved. Thank you for sharing it." in words(told)
    assert "Small firm" in await guild.say(guild.ana, "/gigs find museum")


async def test_it_waits_for_a_moderator_whatever_the_approval(make_world: Any) -> None:
    world: World = make_world(leads__approval="auto")
    await world.set_up()
    await share(world, title=RAG[0], details=RAG[1])
    assert "1 lead waits" in await world.say(world.maria, "/feeds queue")
    await world.choose(world.maria, "Too vague")
    await world.run_due()
    [told] = world.slack.cards("U2")
    assert "decided not to post" in words(told)


async def test_what_is_missing_or_wrong_is_said_beside_its_field(guild: World) -> None:
    await share(guild, details="Somebody needs a chatbot.")
    assert guild.wrong == {"title": "Write what it is, in a few words: I found no title."}
    await share(guild, link="not an address")
    assert set(guild.wrong) == {"link"}
    guild.fetcher.pages[POST] = FetchFailed("E-SERVER", "The site answered with an error of its own (HTTP 500).")
    await share(guild, link=POST)
    assert guild.wrong == {"title": "The site answered with an error of its own (HTTP 500). Write what it is yourself."}
    assert "Chatbot for a museum" in await share(guild, link=POST, title="Chatbot for a museum")


async def test_what_the_judge_would_leave_out_is_left_to_a_moderator(guild: World) -> None:
    await share(guild, title="A baker's shop needs a hand with spreadsheets", pay="€40 per hour")
    waiting = await guild.say(guild.maria, "/feeds queue")
    assert "Type not stated" in waiting
    assert "€40/h" in waiting


async def test_pay_that_cannot_be_read_is_said_and_kept_as_words(guild: World) -> None:
    said = await share(guild, title="A chatbot for a museum", pay="heaps")
    assert "I can't read “heaps” as a rate, so the card says “not stated”; your words stand in its text." in said
    assert "> Pay: heaps" in await guild.say(guild.maria, "/feeds queue")
    assert "I can't read" not in await share(guild, title="A chatbot for a zoo", pay="$80/h")


async def test_the_same_gig_is_shared_once(guild: World) -> None:
    await share(guild, link=POST)
    assert "We have this one already." in await share(guild, link=f"{POST}?utm_source=chat", title="A museum's chatbot")
    assert "We have this one already." in await share(guild, link=POST)
    board = "https://board.example/jobs.rss"
    guild.fetcher.pages[board] = rss(RAG, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {board} include:1")
    assert "We have this one already." in await share(guild, title=RAG[0], details=RAG[1])
    assert "1 of 2" in await guild.say(guild.maria, "/feeds queue")


async def test_what_members_share_is_no_feed_of_the_moderators(guild: World) -> None:
    await share(guild, link=POST)
    assert "Shared by members" not in await guild.say(guild.maria, "/feeds list")


@pytest.mark.parametrize(
    ("body", "title", "description"),
    [
        (PAGE, "Small firm: chatbot for a museum & its shop, contract", "We hire a freelance AI engineer"),
        (b"<title> One\n two </title>", "One two", ""),
        (b"", "", ""),
        (b"\x00\xff\xfe<html", "", ""),
        (b"<" * 100_000, "", ""),
        (b"<div>" * 50_000 + b"<title>deep</title>", "", ""),
    ],
)
def test_a_page_says_what_it_is_or_nothing(body: bytes, title: str, description: str) -> None:
    found = read_page(body)
    if b"<div>" not in body:
        assert found[0] == title
    assert found[1].startswith(description)


async def test_who_shared_it_hears_that_nobody_decided(guild: World) -> None:
    await share(guild, title=RAG[0], details=RAG[1])
    await guild.travel(MORNING + timedelta(days=4))
    [told] = guild.slack.cards("U2")
    assert "Nobody decided about “Acme Health" in words(told)
