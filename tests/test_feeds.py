"""Adding, testing, listing and polling feeds: what moderators say, and what happens by itself."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import pytest
import sqlalchemy as sa

from adapters.discord import render as discord
from adapters.slack import render as slack
from bot.leads import sources, store, subscriptions
from bot.leads.entry import guid_hash
from bot.leads.reading import read_for_sides
from bot.people import Caller, Role
from bot.ports import FetchFailed
from bot.presses import press_id
from tests.conftest import MORNING
from tests.fakes import controls, words
from tests.samples import BAKER, EVALS, JOB, RAG, SCAM, SEEKER, rss

if TYPE_CHECKING:
    from datetime import datetime

    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
HOUR = timedelta(hours=1)
GIGS = (RAG, EVALS, JOB, SCAM)


def item(title: str, text: str, *, link: str, at: datetime, guid: str = "") -> str:
    return (
        f"<item><title>{escape(title)}</title><link>{escape(link)}</link><guid>{guid or escape(link)}</guid>"
        f"<pubDate>{format_datetime(at)}</pubDate><description>{escape(text)}</description></item>"
    )


def feed(*items: str, title: str = "AI Jobs Board") -> bytes:
    return f'<rss version="2.0"><channel><title>{title}</title>{"".join(items)}</channel></rss>'.encode()


def page(*feeds: tuple[str, str]) -> bytes:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" title="{t}" href="{url}">' for url, t in feeds)
    return f"<!doctype html><html><head>{links}</head><body><h1>Jobs</h1></body></html>".encode()


async def count(world: World, table: sa.Table) -> int:
    async with world.app.db.read() as db:
        return int((await db.execute(sa.select(sa.func.count()).select_from(table))).scalar_one())


async def the_source(world: World, url: str = BOARD) -> sa.RowMapping:
    async with world.app.db.read() as db:
        return (await db.execute(sa.select(sources.source).where(sources.source.c.url == url))).mappings().one()


@pytest.fixture
async def guild(world: World) -> World:
    """A community that is set up."""
    await world.set_up()
    return world


# --- /feeds add: what was typed --------------------------------------------------------------------------------------


async def test_a_page_that_links_one_feed_is_as_good_as_the_feed(guild: World) -> None:
    guild.fetcher.pages |= {
        "https://board.example": page(("/jobs.rss", "Jobs")),
        BOARD: rss(RAG, at=MORNING),
    }
    assert "Added: AI Jobs Board" in await guild.say(guild.maria, "/feeds add board.example")
    assert (await the_source(guild))["url"] == BOARD


async def test_a_page_that_links_several_feeds_asks_which(guild: World) -> None:
    guild.fetcher.pages |= {
        "https://board.example/": page(("/jobs.rss", "Jobs"), ("/news.rss", "News")),
        BOARD: rss(RAG, at=MORNING),
    }
    said = await guild.say(
        guild.maria, "/feeds add <https://board.example/|board.example> destination:instant include:1"
    )
    assert said == "Which one? There are 2 feeds.\n[Jobs]\n[News]"
    assert await count(guild, subscriptions.feed) == 0

    said = await guild.press(guild.maria, "Jobs")
    assert "Added: AI Jobs Board" in said
    assert "1 lead waits in the queue now." in said  # what was said at first still holds
    assert "posted at once" in await guild.press(guild.maria, "Show the queue")


async def test_a_page_without_a_feed(guild: World) -> None:
    guild.fetcher.pages["https://board.example"] = page()
    said = await guild.say(guild.maria, "/feeds add https://board.example")
    assert said == (
        "No feed found at https://board.example. I tried the page, its links and 4 usual places.\n"
        "That address answered with a web page, not a feed.\n"
        "Look for a link named RSS, Atom or Feed on the site and use its address.\n"
        "[Try another address]\n"
        "[What counts as a feed?]\n"
        "E-NOTFEED"
    )
    assert [url.removeprefix("https://board.example") for url, _, _ in guild.fetcher.calls] == [
        "",
        "/feed",
        "/rss",
        "/atom.xml",
        "/feed.xml",
    ]
    last = guild.last
    assert "RSS, Atom or JSON Feed" in await guild.press(guild.maria, "What counts as a feed?", last)
    assert await guild.press(guild.maria, "Try another address", last) == "form: /feeds add"


async def test_what_is_no_feed_is_said_to_be_none(guild: World) -> None:
    for body, why in (
        (b"%PDF-1.7 \x00\x01\x02", "something that is not a page at all"),
        (b"", "answered with an empty page"),
        (b'{"jobs": []}', "JSON, but of another kind than JSON Feed"),
        (b"<?xml version='1.0'?><urlset><url/></urlset>", "XML of another kind (urlset)"),
    ):
        guild.fetcher.pages[BOARD] = body
        said = await guild.say(guild.maria, f"/feeds add {BOARD}")
        assert f"No feed found at {BOARD}. I tried" in said
        assert why in said
        assert said.endswith("E-NOTFEED")
        assert said.count("Look for") == 1


async def test_what_cannot_be_fetched_says_why_and_what_to_do(guild: World) -> None:
    for code in ("E-FEEDPRIVATE", "E-NOTFOUND", "E-FEEDSIZE", "E-TIMEOUT"):
        guild.fetcher.pages[BOARD] = FetchFailed(code, "That address can't be opened.", advice="Try another one.")
        said = await guild.say(guild.maria, f"/feeds add {BOARD}")
        assert said == f"That address can't be opened.\nTry another one.\n{code}"
    assert await count(guild, sources.source) == 0


async def test_a_hostile_feed_is_not_called_a_page_without_one(guild: World) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    guild.fetcher.pages[BOARD] = f"<?xml version='1.0'?>{bomb}<rss><channel/></rss>".encode()
    said = await guild.say(guild.maria, f"/feeds add {BOARD}")
    assert "I stopped reading that feed, because reading it on could do harm." in said
    assert said.endswith("E-FEEDBAD")


async def test_what_is_no_address_is_never_fetched(guild: World) -> None:
    for typed in (
        "ftp://board.example/x",
        "javascript:alert(1)",
        "http://[::1",
        "two words",
        "https://",
        "me@x.org",
    ):
        said = await guild.say(guild.maria, f"/feeds add {typed}")
        assert f"“{typed}” is not a web address." in said
        assert said.endswith("E-ADDRESS")
    assert guild.fetcher.calls == []


async def test_only_moderators_add_feeds(guild: World) -> None:
    said = await guild.say(guild.ana, f"/feeds add {BOARD}")
    assert "Only moderators can use /feeds add here." in said
    assert guild.fetcher.calls == []


async def test_the_same_feed_is_added_once(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    for again in (BOARD, "HTTPS://Board.Example/jobs.rss#latest", "board.example/jobs.rss"):
        said = await guild.say(guild.marek, f"/feeds add {again}")
        assert "“AI Jobs Board” is already one of your feeds." in said
        assert "[Show feeds]" in said
    assert (await count(guild, subscriptions.feed), await count(guild, store.lead)) == (1, 1)


# --- /feeds add: what comes of it ------------------------------------------------------------------------------------


async def test_an_empty_feed_can_be_added(guild: World) -> None:
    guild.fetcher.pages[BOARD] = feed()
    said = await guild.say(guild.maria, f"/feeds add {BOARD}")
    assert "Entries: 0" in said
    assert "From now on I look into it by myself; new leads come as they appear." in said


async def test_only_the_newest_leads_are_taken_in_as_new_and_only_if_asked(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(SEEKER, RAG, EVALS, JOB, at=MORNING)
    said = await guild.say(guild.maria, f"/feeds add {BOARD} include:2")
    assert "Leads: 3" in said
    assert "2 leads wait in the queue now." in said
    said = await guild.say(guild.maria, "/feeds queue")
    assert "1 of 2" in said
    await guild.travel(MORNING + 2 * HOUR)
    assert guild.slack.cards("C-gigs") == []


async def test_the_best_are_neither_old_nor_expired_nor_doubtful(guild: World) -> None:
    def at(days: float) -> datetime:
        return MORNING - timedelta(days=days)

    guild.fetcher.pages[BOARD] = feed(
        item(*SCAM, link="https://board.example/scam", at=at(0.1)),
        item("Old: " + RAG[0], RAG[1], link="https://board.example/old", at=at(3.1)),
        item("Bigbank: Machine Learning Engineer", JOB[1], link="https://board.example/job", at=at(1)),
        item("Fieldnote: LLM evaluation contractor", EVALS[1], link="https://board.example/evals", at=at(2.9)),
    )
    said = await guild.say(guild.maria, f"/feeds add {BOARD}")
    _, _, best = said.partition("The best of the last three days:\n")
    lines = [line for line in best.split("\n") if line.startswith("- ")]
    assert [line.partition(" · ")[0] for line in lines] == [
        "- Fieldnote: LLM evaluation contractor",
        "- Bigbank: Machine Learning Engineer",
    ]
    assert " · job" in lines[1]  # never passed off as a gig


async def test_look_first_puts_the_best_into_the_queue(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, EVALS, JOB, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    added = guild.last
    said = await guild.press(guild.maria, "Look first")
    assert "Lead to approve · 1 of 3 · from AI Jobs Board" in said
    assert "That was done already." in await guild.press(guild.marek, "Post now", added)
    await guild.travel(MORNING + 2 * HOUR)
    assert guild.slack.cards("C-gigs") == []  # nobody has approved anything


async def test_post_now_can_be_undone(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    assert "Undo is possible for a day." in await guild.press(guild.maria, "Post now")
    posted = guild.last
    await guild.run_due()
    assert "rag" in (await guild.say(guild.ana, "/gigs find clinic")).lower()

    said = await guild.press(guild.maria, "Undo", posted)
    assert said == "Undone: 2 leads wait in the queue instead."
    await guild.run_due()
    [card] = guild.slack.cards("C-gigs")
    assert words(card).startswith("Withdrawn\n- Acme Health: RAG chatbot")
    assert words(card).endswith("A moderator took these leads back.")
    assert "No open lead matches" in await guild.say(guild.ana, "/gigs find clinic")
    assert "1 of 2" in await guild.say(guild.maria, "/feeds queue")


async def test_post_now_needs_a_channel_and_fresh_leads(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    added = guild.last
    other = Caller("slack", "T2", "U1", "Maria", Role.MODERATOR)
    assert "isn't set up here yet" in await guild.press(other, "Post now", added)
    guild.clock.move(MORNING + timedelta(days=3))
    said = await guild.press(guild.maria, "Post now", added)
    assert "These leads are past their days by now." in said


async def test_a_title_of_ten_thousand_characters_breaks_nothing(guild: World) -> None:
    title = "Freelance AI engineer for RAG " + "and more " * 1100
    guild.fetcher.pages[BOARD] = feed(item(title, RAG[1], link="https://board.example/1", at=MORNING - HOUR))
    assert len(await guild.say(guild.maria, f"/feeds add {BOARD} include:1")) < 1000
    shown = await guild.say(guild.maria, "/feeds queue")
    assert "Freelance AI engineer for RAG and more" in shown
    assert "…" in shown.split("\n")[1]  # that it was cut is said
    assert guild.last is not None
    for platform in (discord, slack):  # whole on either platform
        drawn = "".join(str(part) for part in platform.pages(guild.last))
        assert drawn.count("and more") > 40
    await guild.press(guild.maria, "Approve")
    await guild.travel(MORNING + 2 * HOUR)
    [digest] = guild.slack.cards("C-gigs")
    assert "Freelance AI engineer for RAG and more" in words(digest)
    assert len(words(digest)) < 1000


async def test_what_stands_in_a_title_stays_text(guild: World) -> None:
    title = "*Bold* <!channel> @everyone [AI engineer](https://evil.example) <b>RAG</b> `x` & more"
    guild.fetcher.pages[BOARD] = feed(item(title, RAG[1], link="https://board.example/1", at=MORNING - HOUR))
    await guild.say(guild.maria, f"/feeds add {BOARD} include:1")
    said = await guild.say(guild.maria, "/feeds queue")
    assert "<!channel> @everyone [AI engineer](https://evil.example)" in said  # as text: what draws it escapes it
    assert guild.last is not None
    drawn = str(slack.message(guild.last))
    assert "<!channel>" not in drawn
    assert "https://evil.example>" not in drawn
    assert "](https://evil.example)" not in str(discord.message(guild.last))


async def test_a_lead_without_a_web_address_has_no_button_to_it(guild: World) -> None:
    links = ("javascript:alert(1)", "data:text/html,x", "", "mailto:jobs@acme.example")
    items = [
        item(*gig, link=link, at=MORNING - HOUR, guid=link or "none") for link, gig in zip(links, GIGS, strict=True)
    ]
    guild.fetcher.pages[BOARD] = feed(*items)
    assert "Leads: 4" in await guild.say(guild.maria, f"/feeds add {BOARD} include:4")
    await guild.say(guild.maria, "/feeds queue")
    for _ in links:
        assert guild.last is not None
        assert [c.label for c in controls(guild.last)] == [
            "Approve",
            "Edit",
            "Always from this feed",
            "Skip",
            "Reject…",
            "Reject for another reason…",
        ]
        await guild.press(guild.maria, "Skip")


# --- /feeds test and /feeds list -------------------------------------------------------------------------------------


async def test_a_test_shows_verdicts_and_stores_nothing(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, JOB, BAKER, SCAM, at=MORNING)
    said = await guild.say(guild.maria, f"/feeds test {BOARD}")
    assert "4 entries, 3 leads." in said
    assert "Acme Health: RAG chatbot for a clinic network — gig: asks for" in said
    assert "Bigbank: Machine Learning Engineer — job:" in said
    assert "Pastry chef wanted — not a lead:" in said
    assert "registration fee" in said
    assert "Nothing was stored or posted." in said
    assert await count(guild, sources.source) == await count(guild, sources.entry) == 0


async def test_ten_items_are_tested_and_a_page_asks_which_feed_to_test(guild: World) -> None:
    many = [(f"{RAG[0]} {n}", RAG[1]) for n in range(15)]
    guild.fetcher.pages |= {
        BOARD: rss(*many, at=MORNING),
        "https://board.example": page(("/jobs.rss", "Jobs"), ("/news.rss", "News")),
    }
    await guild.say(guild.maria, "/feeds test https://board.example")
    said = await guild.press(guild.maria, "Jobs")
    assert said.startswith("Test: AI Jobs Board\n15 entries, 15 leads.")
    assert said.count("\n- ") == 10
    assert await count(guild, subscriptions.feed) == 0


async def test_a_feed_of_ones_own_is_tested_by_name_or_from_the_list(guild: World) -> None:
    news, both = "https://board.example/news.rss", "https://both.example/x"
    guild.fetcher.pages |= {
        BOARD: rss(RAG, at=MORNING),
        news: rss(JOB, at=MORNING, title="AI News Board"),
        both: rss(EVALS, at=MORNING, title="100 % remote_jobs"),
    }
    for url in (BOARD, news, both):
        await guild.say(guild.maria, f"/feeds add {url}")
    assert "Test: 100 % remote_jobs" in await guild.say(guild.maria, "/feeds test remote_jobs")
    assert "Test: AI News Board" in await guild.say(guild.maria, "/feeds test news board")
    said = await guild.say(guild.maria, "/feeds test ai")
    assert said == "Which one? There are 2 feeds.\n[AI Jobs Board]\n[AI News Board]"
    assert "Test: AI News Board" in await guild.press(guild.maria, "AI News Board")
    await guild.say(guild.maria, "/feeds list")
    assert "100 % remote_jobs\nState: Healthy" in await guild.choose(guild.maria, "100 % remote_jobs")
    assert "Test: 100 % remote_jobs" in await guild.press(guild.maria, "Test")


async def test_what_is_no_address_is_told_so(guild: World) -> None:
    said = await guild.say(guild.maria, "/feeds add foo")
    assert "“foo” is not a web address." in said
    assert "such as https://example.com/jobs.rss" in said
    said = await guild.say(guild.maria, "/feeds test nowhere")
    assert "“nowhere” is neither one of your feeds nor a web address." in said
    assert "such as https://example.com/jobs.rss" in said
    assert not guild.fetcher.calls


async def test_a_site_that_asked_for_rest_is_left_alone_by_hand_too(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    guild.fetcher.pages[BOARD] = FetchFailed("E-BUSY", "It is busy.", status=429, retry_after=timedelta(hours=5))
    await guild.travel(MORNING + timedelta(hours=2))
    asked = len(guild.fetcher.calls)

    said = await guild.say(guild.maria, "/feeds test https://board.example/other.rss")
    assert said.startswith("I can look at board.example again in 5 hours.")
    assert "It asked for that much time, or its terms do." in said
    assert "[Try again]" in said
    said = await guild.say(guild.maria, "/feeds test AI Jobs Board")  # from what is stored
    assert "2 entries, 1 lead." in said
    assert "I leave its site alone at the moment, so this is what I read" in said
    assert len(guild.fetcher.calls) == asked

    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING)
    await guild.travel(MORNING + timedelta(hours=8))
    assert "leave its site alone" not in await guild.say(guild.maria, "/feeds test AI Jobs Board")


async def test_a_feed_of_ones_own_is_tested_with_its_rules(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    assert "Its rules: none" in await guild.say(guild.maria, "/feeds test AI Jobs Board")
    assert await guild.say(guild.maria, "/feeds edit AI Jobs Board") == "form: Edit a feed"
    await guild.submit(guild.maria, must="evaluation")
    await guild.press(guild.maria, "Save")
    said = await guild.say(guild.maria, "/feeds test AI Jobs Board")
    assert "Its rules: with “evaluation”" in said
    assert said.count("→ left out: ") == 1
    assert said.count("→ waits for a moderator") == 1


async def test_the_list_says_how_feeds_are_and_what_came_of_them(guild: World) -> None:
    said = await guild.say(guild.maria, "/feeds list")
    first = "No feeds yet. Add one with /feeds add and its address, or begin with a few well-known ones."
    assert said == f"{first}\n[Add a feed]\n[Starter feeds]"
    guild.fetcher.pages[BOARD] = rss(RAG, JOB, BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    await guild.press(guild.maria, "Post now")
    said = await guild.say(guild.maria, "/feeds list")
    assert "AI Jobs Board · Healthy · 3 seen → 2 leads → 2 posted · digest · demand" in said
    assert (await guild.say(guild.maria, "/feeds list failing")).startswith("No feed is failing or silent.")


# --- polling ---------------------------------------------------------------------------------------------------------


async def test_a_failing_feed_is_tried_less_and_less_and_recovers(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    guild.fetcher.pages[BOARD] = FetchFailed("E-SERVER", "Its server has a fault (503).", status=503)
    await guild.travel(MORNING + 24 * HOUR)
    row = await the_source(guild)
    assert row["failures"] == 5  # after 1 hour, then 1, 2, 4 and 8 more
    said = await guild.say(guild.maria, "/feeds list failing")
    assert "AI Jobs Board · Failing 5× since 18 Nov 2026 07:0" in said
    assert "(Its server has a fault (503).)" in said

    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING + 30 * HOUR)
    await guild.travel(MORNING + 42 * HOUR)
    row = await the_source(guild)
    assert (row["failures"], row["error"]) == (0, None)
    assert "Healthy" in await guild.say(guild.maria, "/feeds list")
    assert "1 lead waits" in await guild.say(guild.maria, "/feeds queue")  # nothing was lost meanwhile


async def test_a_server_that_asks_for_patience_gets_it(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    guild.fetcher.pages[BOARD] = FetchFailed("E-BUSY", "It asks me to wait.", status=429, retry_after=5 * HOUR)
    await guild.travel(MORNING + 2 * HOUR)
    assert (await the_source(guild))["due"] >= MORNING + 6 * HOUR


async def test_a_feed_that_is_gone_is_left_in_peace(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    guild.fetcher.pages[BOARD] = FetchFailed("E-GONE", "It is gone for good.", status=410, gone=True)
    await guild.travel(MORNING + 50 * HOUR)
    assert len(guild.fetcher.calls) == 2  # added, and asked once more
    assert "Ended: the site says it is gone for good" in await guild.say(guild.maria, "/feeds list")


async def test_a_page_in_place_of_a_feed_is_a_failure_too(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    guild.fetcher.pages[BOARD] = page()
    await guild.travel(MORNING + 2 * HOUR)
    assert "answered with a web page" in await guild.say(guild.maria, "/feeds list failing")


async def test_what_has_not_changed_is_not_read_again(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    await guild.travel(MORNING + 3 * HOUR)
    first, *later = guild.fetcher.calls
    assert first[1] == ""
    assert len(later) == 2
    assert all(etag for _, etag, _ in later)  # byte for byte what the server gave
    assert (await the_source(guild))["last_ok"] > MORNING + HOUR
    assert await count(guild, sources.entry) == 1


async def test_a_feed_with_new_guids_each_time_brings_nothing_twice(make_world: Any) -> None:
    world: World = make_world(leads__approval="flagged")
    await world.set_up()
    world.fetcher.pages[BOARD] = feed(item(*BAKER, link="https://board.example/b", at=MORNING))
    await world.say(world.maria, f"/feeds add {BOARD} destination:instant")
    for n in range(3):
        link = f"https://board.example/rag?utm_source=rss&visit={n}" if n else "https://board.example/rag?visit=0"
        world.fetcher.pages[BOARD] = feed(item(*RAG, link=link, at=MORNING, guid=f"guid-{n}"))
        await world.travel(MORNING + timedelta(hours=2 + 2 * n))
    assert len(world.slack.cards("C-gigs")) == 1
    sent = [delivery for delivery in world.slack.shown.values() if delivery.verb == "edit"]
    assert sent == []  # it says nothing new, so the card is not edited each time
    assert await count(world, store.lead) == 1


# --- two communities -------------------------------------------------------------------------------------------------


async def join_rivals(world: World) -> Caller:
    """Set up a second community; returns its moderator."""
    zed = Caller("slack", "T9", "U1", "Zed", Role.MODERATOR, "R-mods", "Rivals", "Europe/Rome")
    await world.open_set_up(zed)
    await world.submit(zed, leads_channel="R-gigs", moderators_channel="", digest_at="08:00", zone="Rome")
    return zed


def test_what_was_seen_before_is_not_judged_again() -> None:
    body = rss(RAG, EVALS, BAKER, at=MORNING)
    document, everything = read_for_sides(body, BOARD, "", 50, ("demand", "mixed"), MORNING)
    known = frozenset({guid_hash(document.entries[0].guid), guid_hash(document.entries[2].guid)})
    again, judged = read_for_sides(body, BOARD, "", 50, ("demand", "mixed"), MORNING, known)
    assert again == document
    assert judged == {side: (None, verdicts[1], None) for side, verdicts in everything.items()}


async def test_two_communities_share_a_source_and_nothing_else(guild: World) -> None:
    zed = await join_rivals(guild)
    guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD}")
    await guild.say(zed, f"/feeds add {BOARD} side:supply")  # they think little of it
    assert await count(guild, sources.source) == 1
    assert await count(guild, subscriptions.feed) == 2

    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING + HOUR)
    asked = len(guild.fetcher.calls)
    await guild.travel(MORNING + timedelta(minutes=80))
    assert len(guild.fetcher.calls) == asked + 1  # one poll for both
    assert await count(guild, sources.entry) == 2
    assert "1 lead waits" in await guild.say(guild.maria, "/feeds queue")
    card = guild.last
    assert "Nothing is waiting." in await guild.say(zed, "/feeds queue")

    for label in ("Approve", "Edit", "Always from this feed"):  # a card of another community, somehow
        await guild.press(zed, label, card)
    assert "1 lead waits" in await guild.say(guild.maria, "/feeds queue")
    await guild.press(guild.maria, "Approve")
    assert "No open lead matches" in await guild.say(zed, "/gigs find kind:all")
    async with guild.app.db.read() as db:
        lead_id = (await db.execute(sa.select(store.lead.c.id))).scalar_one()
    answer: Any = await guild.app.run_press(zed, press_id("lead show", (str(lead_id),)))
    assert answer.code == "E-STALE"
    answer = await guild.app.run_press(guild.ana, press_id("lead show", (str(lead_id),)))
    assert "RAG chatbot" in words(answer.card)


@pytest.mark.parametrize("side", ["demand", "mixed"])
async def test_adding_a_feed_takes_nothing_from_a_community_that_has_it(guild: World, side: str) -> None:
    zed = await join_rivals(guild)
    guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await guild.say(guild.maria, f"/feeds add {BOARD} side:{side}")
    guild.clock.move(MORNING + timedelta(minutes=30))
    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING + timedelta(minutes=30))

    said = await guild.say(zed, f"/feeds add {BOARD} side:demand")  # between two polls: this look brings the lead first

    assert "Leads: 1" in said
    assert "1 lead waits" in await guild.say(guild.maria, "/feeds queue")
    assert "Nothing is waiting." in await guild.say(zed, "/feeds queue")  # to them it is what was there before
    await guild.travel(MORNING + 3 * HOUR)
    assert await count(guild, store.lead) == 2


async def test_one_job_on_two_boards_at_once_is_one_lead(make_world: Any) -> None:
    world: World = make_world(leads__approval="flagged")
    await world.set_up()
    boards = [f"https://board{n}.example/jobs.rss" for n in range(6)]
    for url in boards:
        world.fetcher.pages[url] = rss(BAKER, at=MORNING, site=url.removesuffix("/jobs.rss"))
        await world.say(world.maria, f"/feeds add {url}")
    for url in boards:  # all are polled together, each in a transaction of its own
        world.fetcher.pages[url] = rss(RAG, EVALS, at=MORNING, site=url.removesuffix("/jobs.rss"))
    async with world.app.db.write() as db:
        await db.execute(sa.update(sources.source).values(due=MORNING + HOUR))
    await world.travel(MORNING + HOUR)
    assert await count(world, sources.entry) == 18
    assert await count(world, store.lead) == 2
