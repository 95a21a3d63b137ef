"""Learning and open source feeds: never judged, listed in digest sections of their own, each entry once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import people
from bot.leads import listings, store
from bot.leads.kinds import guess_kind
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import BAKER, COURSE, ISSUE, RAG, TALK, rss

if TYPE_CHECKING:
    from tests.conftest import World

CLASSES = "https://classes.example/upcoming.rss"
ISSUES = "https://issues.example/good-first-issues.atom"
BOARD = "https://board.example/jobs.rss"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HALF_PAST = MORNING + timedelta(minutes=30)


@pytest.fixture
async def guild(world: World) -> World:
    """A community that is set up; its digest comes at 07:00 UTC."""
    await world.set_up()
    return world


def classes(*items: tuple[str, str]) -> bytes:
    return rss(*items, at=HALF_PAST, title="Evening classes", site="https://classes.example")


async def states(world: World) -> list[str]:
    async with world.app.db.read() as db:
        return sorted((await db.execute(sa.select(listings.listing.c.state))).scalars())


@pytest.mark.parametrize(
    ("url", "title", "titles", "kind"),
    [
        (CLASSES, "Evening classes", [COURSE[0], TALK[0], "News of the house"], "learning"),
        (BOARD, "AI Jobs", [RAG[0], BAKER[0], "Course author wanted", "Workshop teacher, freelance contract"], "jobs"),
        (BOARD, "AI Jobs", [], "jobs"),
        ("https://rss.arxiv.org/rss/cs.CL", "cs.CL updates", ["Attention is all you need"], "learning"),
        ("https://rsshub.app/github/issue/a/b/open/good%20first%20issue", "", [], "open-source"),
        ("https://gitlab.com/a/b/-/issues.atom", "Issues", ["Fix it"], "open-source"),
        ("https://x.example/feed", "Help wanted: issues for newcomers", ["Fix it"], "open-source"),
        ("https://x.example/feed", "Freelance jobs", ["Fix it"], "jobs"),
    ],
)
def test_a_kind_is_guessed(url: str, title: str, titles: list[str], kind: str) -> None:
    assert guess_kind(url, title, titles) == kind


async def test_courses_come_in_a_section_of_their_own_and_nobody_judges_them(guild: World) -> None:
    guild.fetcher.pages[CLASSES] = classes(("Talk: an old one about search", "Long ago."))
    said = await guild.say(guild.maria, f"/feeds add {CLASSES}")
    assert "Kind: learning\nFor the next digest: 0" in said

    guild.fetcher.pages[CLASSES] = classes(COURSE, TALK, ("Course wanted", "We are hiring an AI engineer."), RAG)
    guild.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    await guild.press(guild.maria, "Look first")
    await guild.press(guild.maria, "Approve")
    await guild.travel(MORNING + 3 * HOUR)
    assert "Nothing is waiting." in await guild.say(guild.maria, "/feeds queue")
    await guild.travel(MORNING + 27 * HOUR)

    first, second = guild.slack.cards("C-gigs")
    assert "Learning" not in words(first)  # the feed was not read again before that digest
    assert words(second).startswith(
        "Daily digest · Thu 19 Nov\n4 to learn from\nLearning\n- Free course: vector search"
    )
    assert "an old one" not in words(second)  # the backlog posts nothing
    assert "Why these?" not in words(second)  # nobody has judged them
    async with guild.app.db.read() as db:
        assert (await db.execute(sa.select(sa.func.count()).select_from(store.lead))).scalar_one() == 1


async def test_each_entry_is_in_one_digest_and_nothing_new_is_no_section(guild: World) -> None:
    many = [(f"Talk number {n} about evaluation", "Online.") for n in range(1, 8)]
    guild.fetcher.pages[CLASSES] = classes(*many)
    assert "For the next digest: 7" in await guild.say(guild.maria, f"/feeds add {CLASSES} include:20")
    await guild.travel(MORNING + 2 * DAY + 3 * HOUR)

    first, second = guild.slack.cards("C-gigs")  # the third morning has nothing new, hence no digest
    assert [f"number {n} " in words(first) for n in range(1, 8)] == [True] * 5 + [False] * 2
    assert [f"number {n} " in words(second) for n in range(1, 8)] == [False] * 5 + [True] * 2
    assert "https://classes.example/talk-number-1" in str(first)  # a link, not only a name


async def test_what_was_listed_before_is_not_listed_again(guild: World) -> None:
    other = "https://other.example/feed"
    guild.fetcher.pages[CLASSES] = classes(COURSE)
    guild.fetcher.pages[other] = rss(TALK, at=HALF_PAST, title="Other classes", site="https://other.example")
    await guild.say(guild.maria, f"/feeds add {CLASSES} include:1")
    await guild.say(guild.maria, f"/feeds add {other}")
    shouted = (COURSE[0].upper() + "!", COURSE[1])
    guild.fetcher.pages[other] = rss(shouted, TALK, at=HALF_PAST, title="Other classes", site="https://other.example")
    await guild.travel(MORNING + 3 * DAY)

    [digest] = guild.slack.cards("C-gigs")
    assert words(digest).count("vector search") == 1
    assert await states(guild) == ["backlog", "new", "repeat"]


async def test_include_takes_in_the_newest_and_the_kind_can_be_said(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, COURSE, at=MORNING)
    said = await guild.say(guild.maria, f"/feeds add {BOARD} include:1 kind:open-source")
    assert "Kind: open source\nFor the next digest: 1" in said
    assert "AI Jobs Board · Healthy · 3 seen → 3 listed → 0 posted · open source" in await guild.say(
        guild.maria, "/feeds list"
    )
    said = await guild.say(guild.maria, "/feeds test AI Jobs Board")
    assert "a feed of open source: listed in the digest, not judged" in said
    assert "gig" not in said
    await guild.travel(MORNING + 3 * HOUR)
    [digest] = guild.slack.cards("C-gigs")
    assert words(digest).startswith("Daily digest · Wed 18 Nov\n1 to contribute to\nOpen source\n- Acme Health: RAG")


async def test_both_kinds_stand_side_by_side_on_both_platforms(guild: World) -> None:
    zoe = type(guild.maria)("discord", "G1", "D9", "Zoe", guild.maria.role, "DC-mods", "AI Guild")
    async with guild.app.db.write() as db:
        community_id = (await db.execute(sa.text("SELECT id FROM community"))).scalar_one()
        await people.add_space(
            db, guild.app.ids, community_id=community_id, platform="discord", remote="G1", name="AI Guild"
        )
    await guild.say(zoe, "/mod setup")
    await guild.press(zoe, "Choose channels")
    await guild.submit(zoe, leads_channel="DC-gigs", moderators_channel="", digest_at="08:00", zone="Berlin")
    guild.fetcher.pages |= {CLASSES: classes(COURSE, TALK), ISSUES: rss(ISSUE, at=MORNING, title="Issues")}
    await guild.say(guild.maria, f"/feeds add {CLASSES} include:5")
    await guild.say(guild.maria, f"/feeds add {ISSUES} include:5")
    await guild.travel(MORNING + 30 * HOUR)
    for cards in (guild.slack.cards("C-gigs"), guild.discord.cards("DC-gigs")):
        [card] = cards  # once on each side
        assert words(card).split("\n")[1] == "2 to learn from · 1 to contribute to"


async def test_a_feed_of_two_kinds_in_two_communities(guild: World) -> None:
    zed = type(guild.maria)("slack", "T9", "U1", "Zed", guild.maria.role, "R-mods", "Rivals", "Europe/Rome")
    await guild.open_set_up(zed)
    await guild.submit(zed, leads_channel="R-gigs", moderators_channel="", digest_at="08:00", zone="Rome")
    guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    await guild.say(zed, f"/feeds add {BOARD} kind:learning")
    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING + HOUR)
    await guild.travel(MORNING + 26 * HOUR)
    assert "1 lead waits" in await guild.say(guild.maria, "/feeds queue")
    [card] = guild.slack.cards("R-gigs")
    assert "1 to learn from" in words(card)
