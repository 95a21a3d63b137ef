"""The flood brake: a burst, or everything under new ids, is held with one notice until moderators have decided."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import pytest
import sqlalchemy as sa

from bot.leads import store
from tests.conftest import MORNING
from tests.fakes import controls, words
from tests.samples import BAKER, gigs, rss

if TYPE_CHECKING:
    from bot.cards import Card
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
HOUR = timedelta(hours=1)


@pytest.fixture
async def guild(make_world: Any) -> World:
    """A community that lets through what is sure, with one instant feed."""
    world: World = make_world(leads__approval="flagged", leads__posts_per_day="100")
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD} destination:instant")
    return world


async def sends(world: World, n: int, hours: float, start: int = 1) -> None:
    """The board has `n` gigs at the poll of that hour."""
    at = MORNING + hours * HOUR
    world.fetcher.pages[BOARD] = rss(*gigs(n, start=start), at=at)
    await world.travel(at)


async def states(world: World) -> dict[str, int]:
    async with world.app.db.read() as db:
        return dict(Counter((await db.execute(sa.select(store.lead.c.state))).scalars()))


def notices(world: World) -> list[Card]:
    return world.slack.cards("C-mods")


async def test_ten_in_an_hour_pass_and_an_eleventh_is_held(guild: World) -> None:
    await sends(guild, 10, 1.2)
    assert (await states(guild), notices(guild)) == ({"approved": 10}, [])
    await sends(guild, 11, 3)  # a quiet hour later one more is nothing special
    assert (await states(guild), notices(guild)) == ({"approved": 11}, [])
    await sends(guild, 22, 5)
    assert await states(guild) == {"approved": 21, "flood": 1}
    assert len(notices(guild)) == 1


async def test_a_burst_is_held_with_one_notice(guild: World) -> None:
    await sends(guild, 46, 1.2)
    assert await states(guild) == {"approved": 10, "flood": 36}
    assert len(guild.slack.cards("C-gigs")) == 10
    [notice] = notices(guild)
    assert words(notice).startswith("A flood from one feed\nAI Jobs Board sent 46 items at once; I've held 36.\n")
    assert [c.label for c in controls(notice)] == ["Review", "Let through", "Pause"]
    assert "Nothing is waiting." in await guild.say(guild.maria, "/feeds queue")
    await guild.travel(MORNING + 4 * HOUR)
    assert len(notices(guild)) == 1
    assert (await states(guild))["flood"] == 36


async def test_a_flood_that_goes_on_edits_its_notice(make_world: Any) -> None:
    world: World = make_world(leads__approval="flagged")
    await world.set_up()
    for board in ("a", "b"):  # two feeds: the limit is each one's own
        url = f"https://{board}.example/rss"
        world.fetcher.pages[url] = rss(BAKER, at=MORNING, title=board)
        await world.say(world.maria, f"/feeds add {url}")
        start = 1 if board == "a" else 101
        world.fetcher.pages[url] = rss(*gigs(12, start), at=MORNING, title=board, site=f"https://{board}.example")
    await world.travel(MORNING + 1.2 * HOUR)
    first, second = notices(world)
    assert "sent 12 items at once; I've held 2." in words(first)
    assert "sent 12 items at once; I've held 2." in words(second)
    url = "https://a.example/rss"
    world.fetcher.pages[url] = rss(*gigs(30), at=MORNING, title="a", site="https://a.example")
    await world.travel(MORNING + 2.5 * HOUR)
    told = sorted(words(notice) for notice in notices(world))
    assert re.search(r"\na sent 30 items in [67]\d min; I've held 10\.\n", told[0])
    assert "\nb sent 12 items at once; I've held 2.\n" in told[1]


async def test_letting_through_treats_them_as_on_a_quiet_day(guild: World) -> None:
    await sends(guild, 15, 1.2)
    [notice] = notices(guild)
    assert "Let through by Maria: 5 items. 0 of them in the queue." in await guild.press(
        guild.maria, "Let through", notice
    )
    released = guild.last
    said = await guild.press(guild.marek, "Review", notice)
    assert said.startswith("Maria already decided 0 seconds ago.")
    assert said.endswith("E-DONE")
    await guild.run_due()
    assert await states(guild) == {"approved": 15}
    assert len(guild.slack.cards("C-gigs")) == 15
    assert "Let through by Maria" in words(notices(guild)[0])  # on every platform's notice

    assert await guild.press(guild.marek, "Undo", released) == "Undone: 5 items are held again."
    await guild.run_due()
    assert await states(guild) == {"approved": 10, "flood": 5}
    assert sum("Withdrawn" in str(card) for card in guild.slack.cards("C-gigs")) == 5
    await guild.press(guild.maria, "Let through", notice)  # open again
    assert await states(guild) == {"approved": 15}


async def test_a_review_puts_them_into_the_queue(guild: World) -> None:
    await sends(guild, 15, 1.2)
    said = await guild.press(guild.maria, "Review", notices(guild)[0])
    assert said.startswith("Maria looks at this flood: 5 items are in the queue now.")
    reviewed = guild.last
    assert "1 of 5" in await guild.press(guild.maria, "Show the queue")
    await guild.press(guild.maria, "Approve")
    assert "Undone: 4 items are held again." in await guild.press(guild.maria, "Undo", reviewed)
    assert await states(guild) == {"approved": 11, "flood": 4}  # what was decided on since stays


async def test_after_a_word_of_the_moderators_the_same_hour_is_not_asked_about_again(guild: World) -> None:
    await sends(guild, 15, 1.2)
    await guild.press(guild.maria, "Let through", notices(guild)[0])
    guild.clock.move(MORNING + 1.5 * HOUR)
    async with guild.app.db.write() as db:
        await db.execute(sa.text("UPDATE source SET due = lease, lease = NULL"))  # asked again by whatever cause
        await db.execute(sa.text("UPDATE source SET due = last_ok"))
    guild.fetcher.pages[BOARD] = rss(*gigs(18), at=MORNING + HOUR)
    await guild.run_due()
    assert await states(guild) == {"approved": 18}
    assert len(notices(guild)) == 1


async def test_pausing_from_the_notice_keeps_what_is_held_at_hand(guild: World) -> None:
    await sends(guild, 15, 1.2)
    said = await guild.press(guild.maria, "Pause", notices(guild)[0])
    assert "Paused by Maria: AI Jobs Board" in said
    assert "5 items are held by the flood brake.\n[Review]\n[Let through]" in said
    await guild.say(guild.maria, "/feeds list")
    said = await guild.choose(guild.maria, "AI Jobs Board")
    assert "5 items are held by the flood brake." in said
    assert "Let through by Maria" in await guild.press(guild.maria, "Let through")


async def test_what_nobody_decides_about_is_past_its_days_in_the_end(guild: World) -> None:
    await sends(guild, 15, 1.2)
    await guild.travel(MORNING + 80 * HOUR)
    assert "flood" not in await states(guild)
    assert "past its days" in await guild.press(guild.maria, "Let through", notices(guild)[0])


async def test_with_review_of_everything_the_queue_is_spared_too(make_world: Any) -> None:
    world: World = make_world(leads__flood_per_hour="3")
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    await sends(world, 8, 1.2)
    assert "1 of 3" in await world.say(world.maria, "/feeds queue")
    assert "sent 8 items at once; I've held 5." in words(notices(world)[0])


async def test_what_is_taken_in_on_purpose_is_no_flood(guild: World) -> None:
    other = "https://other.example/rss"
    guild.fetcher.pages[other] = rss(*gigs(40), at=MORNING, title="Other")
    await guild.say(guild.maria, f"/feeds add {other} include:40")
    assert notices(guild) == []
    assert "flood" not in await states(guild)
    guild.fetcher.pages[other] = rss(*gigs(41), at=MORNING + HOUR, title="Other")
    await guild.travel(MORNING + 1.2 * HOUR)
    assert notices(guild) == []


def renamed(n: int, visit: int) -> bytes:
    """A feed of `n` gigs without employers, each time with other guids and links."""
    items = []
    for i in range(n):
        title = f"Freelance AI engineer wanted: RAG project number {i}"
        text = (
            f"We are hiring a freelance engineer on contract for RAG with pgvector, ${80 + i} per hour, remote. Apply."
        )
        link = f"https://board.example/jobs/{visit}00{i:03}"
        date = format_datetime(MORNING)
        items.append(
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{visit}-{i}</guid>"
            f"<pubDate>{date}</pubDate><description>{escape(text)}</description></item>"
        )
    return f'<rss version="2.0"><channel><title>AI Jobs Board</title>{"".join(items)}</channel></rss>'.encode()


async def test_new_ids_for_everything_are_no_news(guild: World) -> None:
    guild.fetcher.pages[BOARD] = renamed(9, visit=1)
    await guild.travel(MORNING + 1.2 * HOUR)
    assert await states(guild) == {"approved": 9}
    guild.fetcher.pages[BOARD] = renamed(9, visit=2)
    await guild.travel(MORNING + 5 * HOUR)
    assert await states(guild) == {"approved": 9, "flood": 9}  # nothing is posted twice
    [notice] = notices(guild)
    assert "AI Jobs Board sent 9 items at once; I've held 9.\n9 of them are what it had sent before" in words(notice)
    for visit in (3, 4):  # and again, each time: still one notice, and no more to look through
        guild.fetcher.pages[BOARD] = renamed(9, visit=visit)
        await guild.travel(MORNING + 5 * visit * HOUR)
        assert await states(guild) == {"approved": 9, "flood": 9}
    assert len(notices(guild)) == 1


async def test_a_few_new_titles_among_new_ids_are_news(guild: World) -> None:
    guild.fetcher.pages[BOARD] = renamed(6, visit=1)
    await guild.travel(MORNING + 1.2 * HOUR)
    guild.fetcher.pages[BOARD] = renamed(8, visit=2)
    await guild.travel(MORNING + 5 * HOUR)
    assert await states(guild) == {"approved": 8, "flood": 6}


async def test_other_jobs_of_the_same_title_are_news(guild: World) -> None:
    def board(start: int) -> bytes:
        return rss(*[("AI engineer (contract)", text) for _, text in gigs(6, start)], at=MORNING)

    def numbered(body: bytes, start: int) -> bytes:
        for n in range(6):
            old = b"https://board.example/ai-engineer--contract-"
            body = body.replace(old + b"<", b"https://board.example/%d<" % (start + n), 2)
        return body

    guild.fetcher.pages[BOARD] = numbered(board(1), 1000)
    await guild.travel(MORNING + 1.2 * HOUR)
    guild.fetcher.pages[BOARD] = numbered(board(50), 5000)
    await guild.travel(MORNING + 5 * HOUR)
    assert await states(guild) == {"approved": 12}
    assert notices(guild) == []
