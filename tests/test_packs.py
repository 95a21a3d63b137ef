"""Starter feeds: the list, the page about it, and adding packs of them with one form."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import sqlalchemy as sa

from bot.forms import ChecksField
from bot.leads import store
from bot.leads.kinds import KINDS
from bot.leads.packs import load_packs
from bot.literal import web_address
from bot.ports import FetchFailed
from bot.settings import Pack
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import BAKER, COURSE, RAG, rss

if TYPE_CHECKING:
    from tests.conftest import World

PAGE = Path(__file__).parent.parent / "docs" / "feeds.md"
HOUR = timedelta(hours=1)


# --- the list and its page -------------------------------------------------------------------------------------------


def test_every_pack_of_the_settings_has_a_name_and_feeds() -> None:
    known = load_packs()
    assert set(known.packs) == set(get_args(Pack))
    assert all(known.of(pack) for pack in known.packs)
    assert len(known.feeds) >= 12
    assert {feed.kind for feed in known.feeds} == set(KINDS)


def test_every_feed_has_an_address_of_its_own_terms_and_an_expectation() -> None:
    feeds = load_packs().feeds
    assert len({feed.url for feed in feeds}) == len({feed.title for feed in feeds}) == len(feeds)
    for feed in feeds:
        assert web_address(feed.url) == feed.url
        assert feed.url.startswith("https://")
        assert feed.terms.endswith(".")
        assert feed.expect.endswith(".")
    [remotive] = [feed for feed in feeds if feed.title == "Remotive"]
    assert "four fetches a day" in remotive.terms


def test_the_page_about_feeds_is_the_list() -> None:
    rows = re.findall(r"^\| (?!Feed |-)(.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    told = [tuple(cell.strip() for cell in row.split(" | ")) for row in rows]
    listed = [
        (f"[{feed.title}]({feed.url})", feed.kind, feed.side, feed.terms, feed.expect, "check" if feed.check else "")
        for pack in load_packs().packs
        for feed in load_packs().of(pack)
    ]
    assert told == listed


def test_the_page_names_the_packs_in_their_order() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^### (.+) \(`([a-z-]+)`\)$", text, re.MULTILINE) == [
        (title, pack) for pack, title in load_packs().packs.items()
    ]


# --- adding them -----------------------------------------------------------------------------------------------------


async def open_form(world: World) -> ChecksField:
    await world.set_up()
    assert await world.press(world.maria, "Starter feeds") == "form: Starter feeds"
    assert world.form is not None
    [field] = world.form.fields
    assert isinstance(field, ChecksField)
    return field


async def test_the_form_ticks_what_the_operator_set(make_world: Any) -> None:
    world: World = make_world(feeds__starter_packs='["learning", "open-source"]')
    field = await open_form(world)
    assert [option.value for option in field.options] == list(load_packs().packs)
    assert field.value == "learning,open-source"


async def test_packs_are_added_read_in_turn_and_summed_up(world: World) -> None:
    field = await open_form(world)
    assert field.value == "remote-ai,freelance-boards,hiring-threads"
    wwr, remotive = "https://weworkremotely.com/remote-jobs.rss", "https://remotive.com/feed"
    world.fetcher.pages[wwr] = rss(RAG, BAKER, at=MORNING, title="WWR", site="https://weworkremotely.com")
    await world.say(world.maria, f"/feeds add {wwr}")
    for feed in load_packs().feeds:
        site = "/".join(feed.url.split("/")[:3])
        world.fetcher.pages[feed.url] = rss(RAG, BAKER, at=MORNING, title=feed.title, site=site)
    world.fetcher.pages[remotive] = FetchFailed("E-FORBIDDEN", "It doesn't let me in (403).", status=403)
    asked = len(world.fetcher.calls)

    await world.open_settings(world.maria)
    await world.submit(world.maria, leads_channel="C-gigs", moderators_channel="C-mods", digest_at="08:00", zone="Rome")
    await world.press(world.maria, "Starter feeds")
    said = await world.submit(world.maria, packs="remote-ai,learning")
    n = len(load_packs().of("remote-ai")) + len(load_packs().of("learning")) - 1
    assert f"Added {n} feeds." in said
    assert "Known already:\n- WWR" in said
    assert len(world.fetcher.calls) == asked  # each in its turn
    assert "Remotive · Waiting for its first look" in await world.say(world.maria, "/feeds list")

    await world.travel(MORNING + timedelta(minutes=10))
    assert len(world.fetcher.calls) == asked + n  # each once
    [summary] = world.slack.cards("C-mods")
    text = words(summary)
    assert text.startswith(f"Your new feeds are read\n{n - 1} new feeds read, 1 unreadable.")
    assert "Remotive · unreadable: It doesn't let me in (403)." in text
    assert "Himalayas · 2 entries · 1 lead" in text
    assert "Hugging Face blog · 2 entries · for the digest from now on" in text
    await world.travel(MORNING + 3 * HOUR)
    assert len(world.slack.cards("C-mods")) == 1
    assert world.slack.cards("C-gigs") == []  # what was there already posts nothing
    assert "Nothing is waiting." in await world.say(world.maria, "/feeds queue")


async def test_the_summary_offers_the_best(world: World) -> None:
    await open_form(world)
    for feed in load_packs().feeds:
        world.fetcher.pages[feed.url] = rss(BAKER, at=MORNING, title=feed.title)
    world.fetcher.pages["https://larajobs.com/feed"] = rss(RAG, BAKER, at=MORNING, title="LaraJobs")
    await world.submit(world.maria, packs="freelance-boards")
    await world.travel(MORNING + timedelta(minutes=10))
    [summary] = world.slack.cards("C-mods")
    assert "The best of the last three days:\n- Acme Health: RAG chatbot" in words(summary)
    assert "Posted 1 lead to your leads channel" in await world.press(world.maria, "Post now", summary)


async def test_a_feed_of_a_pack_has_news_after_its_first_look(world: World) -> None:
    await open_form(world)
    for feed in load_packs().feeds:
        world.fetcher.pages[feed.url] = rss(BAKER, at=MORNING, title=feed.title)
    await world.submit(world.maria, packs="learning,freelance-boards")
    await world.travel(MORNING + timedelta(minutes=10))
    at = MORNING + HOUR
    lara, blog = "https://larajobs.com/feed", "https://huggingface.co/blog/feed.xml"
    world.fetcher.pages[lara] = rss(RAG, BAKER, at=at, title="LaraJobs")
    world.fetcher.pages[blog] = rss(COURSE, BAKER, at=at, title="Hugging Face blog")
    await world.travel(MORNING + 27 * HOUR)
    assert "1 lead waits" in await world.say(world.maria, "/feeds queue")
    assert "Learning\n- Free course" in words(world.slack.cards("C-gigs")[-1])


async def test_a_pack_is_taken_back_as_one_and_added_twice_is_nothing(world: World) -> None:
    await open_form(world)
    await world.submit(world.maria, packs="learning")
    added = world.last
    n = len(load_packs().of("learning"))
    await world.open_settings(world.maria)
    await world.submit(world.maria, leads_channel="C-gigs", moderators_channel="C-mods", digest_at="08:00", zone="Rome")
    await world.press(world.maria, "Starter feeds")
    assert "Nothing was added: you have all of them." in await world.submit(world.marek, packs="learning")
    assert await world.press(world.marek, "Undo", added) == f"Undone: {n} feeds are removed again."
    assert "No feeds yet." in await world.say(world.maria, "/feeds list")
    await world.travel(MORNING + HOUR)
    assert world.fetcher.calls == []
    await world.press(world.maria, "Starter feeds")
    assert f"Added {n} feeds." in await world.submit(world.maria, packs="learning")


async def test_what_another_community_has_read_is_not_read_anew(world: World) -> None:
    await open_form(world)
    for feed in load_packs().feeds:
        world.fetcher.pages[feed.url] = rss(RAG, BAKER, at=MORNING, title=feed.title)
    await world.submit(world.maria, packs="hiring-threads")
    await world.travel(MORNING + timedelta(minutes=10))
    asked = len(world.fetcher.calls)
    zed = type(world.maria)("slack", "T9", "U1", "Zed", world.maria.role, "R-mods", "Rivals", "Europe/Rome")
    await world.open_set_up(zed)
    await world.submit(zed, leads_channel="R-gigs", moderators_channel="R-mods", digest_at="08:00", zone="Rome")
    await world.press(zed, "Starter feeds")
    said = await world.submit(zed, packs="hiring-threads")
    assert "Added 4 feeds." in said
    assert "A summary comes" not in said
    await world.run_due()
    assert len(world.fetcher.calls) == asked
    assert "Healthy" in await world.say(zed, "/feeds list")
    async with world.app.db.read() as db:
        own = sa.select(sa.func.count()).select_from(store.lead).where(store.lead.c.state != "backlog")
        assert (await db.execute(own)).scalar_one() == 0


async def test_nothing_ticked_is_said_beside_the_field(world: World) -> None:
    await open_form(world)
    assert await world.submit(world.maria, packs="") != ""
    assert "packs" in world.wrong
    assert await world.submit(world.maria, packs="nonsense") == "Tick at least one pack."
    assert "No feeds yet." in await world.say(world.maria, "/feeds list")
