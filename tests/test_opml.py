"""Lists of feeds out and in: `/feeds opml`, and what a file may look like."""

from __future__ import annotations

import contextlib
from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.leads.opml import LARGEST, MOST_FEEDS, FeedList, read_opml, write_opml
from bot.options import Attachment
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import BAKER, COURSE, RAG, rss

if TYPE_CHECKING:
    from bot.people import Caller
    from tests.conftest import World

MINUTES = timedelta(minutes=1)
BOARD = "https://board.example/jobs.rss"

NESTED = b"""<?xml version="1.0" encoding="utf-8"?>
<opml version="1.0">
  <head><title>My feeds</title></head>
  <body>
    <outline text="Work">
      <outline text="Boards" title="Boards">
        <outline type="rss" text="One" title="Board one" xmlUrl="https://one.example/rss?a=1&b=2"/>
        <outline type="rss" text="Two" xmlUrl="https://two.example/rss"/>
      </outline>
      <outline type="rss" text="One again" xmlUrl="https://one.example/rss?a=1&amp;b=2"/>
    </outline>
    <outline text="Learning">
      <outline type="rss" text="Talks" xmlUrl="https://talks.example/feed"/>
      <outline type="rss" text="Local" xmlUrl="file:///etc/passwd"/>
      <outline type="rss" text="Nothing"/>
    </outline>
    <outline type="link" text="A page" url="https://page.example"/>
  </body>
</opml>"""


# --- the format ------------------------------------------------------------------------------------------------------


def test_groups_are_flattened_duplicates_dropped_and_mistakes_told_by_line() -> None:
    found = read_opml(NESTED)
    assert [(feed.title, feed.url, feed.kind) for feed in found.feeds] == [
        ("Board one", "https://one.example/rss?a=1&b=2", "jobs"),
        ("Two", "https://two.example/rss", "jobs"),
        ("Talks", "https://talks.example/feed", "learning"),
    ]
    assert [(remark.line, remark.words, remark.invalid) for remark in found.remarks] == [
        (10, "the same address as line 7", False),
        (14, "“file:///etc/passwd” is not a web address (Local)", True),
        (15, "“” is not a web address (Nothing)", True),
    ]
    assert found.invalid == 2


def test_a_broken_file_is_read_as_far_as_it_goes_and_says_where_it_breaks() -> None:
    broken = NESTED.replace(b'text="Two"', b"text=Two").replace(b"</opml>", b"")
    found = read_opml(broken)
    assert found.feeds[0].title == "Board one"
    assert "Talks" in [feed.title for feed in found.feeds]
    assert any(remark.line == 8 and "not well-formed" in remark.words for remark in found.remarks)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "It is not XML that begins with <opml>."),
        (b"\x00\x01 nothing", "It is not XML that begins with <opml>."),
        (b"<html><body>Hi</body></html>", "It is not XML that begins with <opml>."),
        (rss(RAG, at=MORNING), "It is not XML that begins with <opml>."),
        (b"<opml>" + b" " * LARGEST + b"</opml>", "It is larger than 2 MB."),
        (
            b'<!DOCTYPE o [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><opml><body><outline text="&b;"/></body></opml>',
            "It defines words of its own, which a list of feeds never needs and I don't read.",
        ),
        (
            b'<!DOCTYPE o SYSTEM "file:///etc/passwd"><opml/>',
            "It defines words of its own, which a list of feeds never needs and I don't read.",
        ),
    ],
)
def test_what_is_no_list_says_why(content: bytes, why: str) -> None:
    with pytest.raises(UserError) as told:
        read_opml(content)
    assert (told.value.code, told.value.why) == ("E-OPML", why)


def test_a_list_of_thousands_is_cut_and_a_deep_one_ends() -> None:
    many = b"".join(b'<outline type="rss" text="x" xmlUrl="https://x.example/%d"/>' % n for n in range(MOST_FEEDS + 7))
    found = read_opml(b"<opml><body>" + many + b"</body></opml>")
    assert (len(found.feeds), found.invalid) == (MOST_FEEDS, 7)
    deep = b'<outline text="g">' * 200 + many[:60] + b"</outline>" * 200
    assert read_opml(b"<opml><body>" + deep + b"</body></opml>").feeds == ()


@given(st.binary(max_size=200))
def test_any_bytes_give_a_list_or_a_clear_error(noise: bytes) -> None:
    for content in (noise, b"<opml><body>" + noise + b"</body></opml>", NESTED[:100] + noise + NESTED[100:]):
        with contextlib.suppress(UserError):
            assert isinstance(read_opml(content), FeedList)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "title": st.text(min_size=1, max_size=40).filter(lambda text: text.strip().isprintable()),
                "kind": st.sampled_from(["jobs", "learning", "open-source"]),
                "side": st.sampled_from(["demand", "mixed", "supply"]),
                "destination": st.sampled_from(["digest", "instant"]),
            }
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read_again(feeds: list[dict[str, str]]) -> None:
    listed = [{**feed, "url": f"https://x.example/{n}?a=<&b='{n}'"} for n, feed in enumerate(feeds)]
    for feed in listed:
        feed["url"] = feed["url"].replace("<", "%3C").replace("'", "%27")
    found = read_opml(write_opml(listed, "A & B", MORNING))
    assert found.remarks == ()
    kinds = ("jobs", "learning", "open-source")
    wanted = sorted(listed, key=lambda feed: kinds.index(feed["kind"]))
    assert [(f.url, f.kind, f.side, f.destination) for f in found.feeds] == [
        (feed["url"], feed["kind"], feed["side"], feed["destination"]) for feed in wanted
    ]
    assert [f.title for f in found.feeds] == [" ".join(feed["title"].split()) or feed["url"] for feed in wanted]


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def guild(world: World) -> World:
    """A community that is set up and has a feed."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    return world


async def give_file(world: World, content: bytes, who: Caller | None = None) -> str:
    answer: Any = await world.app.run_call(
        who or world.maria, "feeds opml", {"file": Attachment("feeds.opml", content)}
    )
    world.last = answer.card
    return words(answer.card)


async def test_without_a_file_mine_comes_as_a_direct_message(guild: World) -> None:
    classes = "https://classes.example/feed"
    guild.fetcher.pages[classes] = rss(COURSE, at=MORNING, title="Evening <classes> & talks")
    await guild.say(guild.maria, f"/feeds add {classes}")
    said = await guild.say(guild.maria, "/feeds opml")
    assert said.startswith("2 feeds: the file comes to you as a direct message.")
    await guild.run_due()
    [delivery] = [delivery for delivery in guild.slack.shown.values() if delivery.verb == "file"]
    assert (delivery.address, delivery.direct) == ("U1", True)
    assert delivery.details is not None
    assert delivery.details["name"] == "guildhall-feeds.opml"
    found = read_opml(b64decode(delivery.details["content"]))
    assert [(feed.title, feed.kind) for feed in found.feeds] == [
        ("AI Jobs Board", "jobs"),
        ("Evening <classes> & talks", "learning"),
    ]


async def test_a_file_is_looked_at_first_and_then_imported(guild: World) -> None:
    said = await give_file(guild, NESTED.replace(b"https://two.example/rss", BOARD.encode()))
    assert said.startswith(
        "Import feeds\n5 feeds: 2 new, 1 known, 2 invalid.\n- Board one · jobs\n- Talks · learning\n"
    )
    assert "Line by line:\n- Line 10: the same address as line 7\n- Line 14: “file:///etc/passwd” is not" in said
    assert "Talks" not in await guild.say(guild.maria, "/feeds list")
    await give_file(guild, NESTED)
    preview = guild.last

    for url, title in (("https://one.example/rss?a=1&b=2", "One"), ("https://talks.example/feed", "Talks")):
        guild.fetcher.pages[url] = rss(RAG, at=MORNING, title=title, site=url[:19])
    assert "Added 3 feeds." in await guild.press(guild.maria, "Import and start", preview)
    added = guild.last
    for again in ("Import and start", "Import paused"):
        said = await guild.press(guild.marek, again, preview)
        assert said.startswith("Maria has imported this list already.")
        assert said.endswith("E-DONE")
    await guild.travel(MORNING + 5 * MINUTES)
    [summary] = guild.slack.cards("C-mods")
    assert "2 new feeds read, 1 unreadable." in words(summary)
    assert "Nothing is waiting." in await guild.say(guild.maria, "/feeds queue")
    assert await guild.press(guild.marek, "Undo", added) == "Undone: 3 feeds are removed again."
    assert "Talks" not in await guild.say(guild.maria, "/feeds list")


async def test_a_list_imported_paused_is_read_when_it_is_resumed(guild: World) -> None:
    await give_file(guild, NESTED)
    said = await guild.press(guild.maria, "Import paused")
    assert "They are paused." in said
    asked = len(guild.fetcher.calls)
    await guild.travel(MORNING + 30 * MINUTES)
    assert len(guild.fetcher.calls) == asked
    guild.fetcher.pages["https://talks.example/feed"] = rss(RAG, at=MORNING, title="Talks")
    await guild.say(guild.maria, "/feeds list")
    assert "State: Paused by Maria" in await guild.choose(guild.maria, "Talks")
    await guild.press(guild.maria, "Resume")
    await guild.travel(MORNING + 40 * MINUTES)
    await guild.say(guild.maria, "/feeds list")
    shown = await guild.choose(guild.maria, "Talks")
    assert "State: Healthy\n" in shown
    assert "1 seen → 1 listed → 0 posted" in shown


async def test_on_slack_a_link_or_pasted_text_will_do(guild: World) -> None:
    guild.fetcher.pages["https://me.example/feeds.opml"] = NESTED
    said = await guild.say(guild.maria, "/feeds opml <https://me.example/feeds.opml>")
    assert "5 feeds: 3 new, 0 known, 2 invalid." in said
    await guild.say(guild.maria, "/feeds opml")
    assert await guild.press(guild.maria, "Paste a list") == "form: Import feeds"
    said = await guild.submit(guild.maria, link=NESTED.decode())
    assert "5 feeds: 3 new, 0 known, 2 invalid." in said
    said = await guild.say(guild.maria, f"/feeds opml {BOARD}")
    assert said.startswith("That is not a list of feeds that I can read.")
    assert said.endswith("E-OPML")


async def test_an_old_preview_and_an_empty_list(guild: World) -> None:
    said = await give_file(guild, b"<opml version='2.0'><body/></opml>")
    assert said == "Import feeds\n0 feeds: 0 new, 0 known, 0 invalid.\nThere is nothing to import in it."
    await give_file(guild, NESTED)
    guild.clock.move(MORNING + timedelta(days=2))
    assert "out of date" in await guild.press(guild.maria, "Import and start")
