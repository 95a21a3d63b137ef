"""What members decide about what is stored of them: who sees it, taking it along, being forgotten."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from base64 import b64decode
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot import backup, people
from bot.cards import sentence
from bot.cli import main, terminal
from bot.cli.wiring import DATABASE_FILE, forget_again
from bot.db import Database, metadata, sqlite_url
from bot.forgotten import JOURNAL_FILE, Journal
from bot.members import store
from bot.members.document import html_page
from bot.members.profile import Floor, Held, Piece
from bot.notices import Notice, owe
from bot.people import Role
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import EVALS, RAG, rss
from tests.test_joining import join
from tests.test_linking import Guild

if TYPE_CHECKING:
    from pathlib import Path

    from bot.people import Caller
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
DAY = timedelta(days=1)
NAME = "Annabel Quist"  # a name that is nowhere else


def annabel(world: World, **more: Any) -> Caller:
    """A moderator with a long story, on Slack."""
    return dataclasses.replace(world.maria, user="UANNABEL1", name=NAME, **more)


def her_discord(world: World) -> Caller:
    return dataclasses.replace(world.jonas, user="DANNABEL2", name="quist_dev", role=Role.MODERATOR)


@pytest.fixture
async def guild(world: World) -> Guild:
    await world.set_up()
    await join(world)
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
    for who in (world.ana, world.jonas):
        await world.say(who, "/hub")
    return Guild(world, space.community_id)


# --- what is seen ----------------------------------------------------------------------------------------------------


async def test_each_press_changes_the_card_in_place(guild: Guild) -> None:
    world = guild.world
    said = await world.say(world.ana, "/profile privacy")
    assert "In the directory: yes: other members may find your page and see it" in said
    assert "Messages from the bot: yes: at most 2 a day that you didn't ask for" in said
    assert "Floor rate: shown to you alone" in said
    assert "nobody else finds or sees your page" in await world.press(world.ana, "Don't list me")
    assert "only members on your own platform" in await world.press(world.ana, "Hide me there")
    assert "everything waits on /hub" in await world.press(world.ana, "Don't write to me")
    assert "Floor rate: shown to other members" in await world.press(world.ana, "Show my rate")
    assert "Thanks: how often you were thanked is shown\n" in await world.press(world.ana, "Count my thanks")
    assert "Everything is paused" in await world.press(world.ana, "Pause everything")
    paused = world.last
    page = await guild.page(world.ana)
    assert (page.listed, page.crosses, page.messages, page.paused) == (False, False, False, True)
    assert (page.shows_rate, page.counts_thanks) == (True, True)
    assert "Everything is paused" not in await world.press(world.ana, "Go on")
    assert "Everything is paused" not in await world.press(world.ana, "Go on", paused)  # a double click
    assert "In the directory" not in await world.say(world.maria, "/mod audit")  # it is nobody else's business


async def test_blocks_are_listed_and_lifted_one_by_one(guild: Guild) -> None:
    world = guild.world
    await guild.block(world.ana, world.jonas)
    assert "Blocked: Jonas" in await world.say(world.ana, "/profile privacy")
    assert "Blocked" not in await world.press(world.ana, "Unblock Jonas")
    assert await guild.apart(world.ana) == frozenset()
    await guild.block(world.jonas, world.ana)
    assert "Blocked" not in await world.say(world.ana, "/profile privacy")  # others' blocks are silent


# --- taking it along -------------------------------------------------------------------------------------------------


async def live(guild: Guild) -> None:
    """A long story of Annabel, with her words and name in as many places as there are."""
    world, her, other = guild.world, annabel(guild.world), her_discord(guild.world)
    await world.say(her, "/hub")
    await world.press(her, "Change my time zone")
    await world.submit(her, place="Tokyo", first="1 Dec", last="10 Dec")
    await world.press(her, "Yes, that's right")
    world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
    await world.say(her, f"/feeds add {BOARD} destination:instant include:2")
    await world.say(her, "/feeds queue")
    await world.press(her, "Approve")
    await world.press(her, "Undo")
    for _ in range(2):
        await world.say(her, "/feeds queue")
        await world.press(her, "Approve")
    await world.say(her, "/gigs find RAG")
    await world.choose(her, RAG[0])
    opened = world.last
    await world.press(her, "Save", opened)
    await world.press(her, "Remind me in 3 days")
    await world.press(her, "Report", opened)
    await world.submit(her, reason="scam", words="The quetzal in this advert is plucked.")
    await world.say(her, "/gigs share")
    await world.submit(
        her,
        link="",
        title="Axolotl chatbot for the aquarium, contract",
        pay="$95/h",
        details="Ask for me at the axolotl tank. RAG over keepers' notes, Python, remote, contract.",
        client="known",
    )
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Approve")
    await world.say(world.ana, "/gigs find axolotl")
    await world.choose(world.ana, "Axolotl chatbot for the aquarium, contract")
    await world.press(world.ana, "Save")
    await world.press(world.ana, "Remind me in 3 days")
    await world.say(her, "/gigs saved")
    await world.press(her, "All as CSV")
    her_id = await guild.member(her)
    async with world.app.db.write() as db:
        await store.change_profile(
            db,
            guild.community_id,
            her_id,
            headline="I teach axolotls to answer",
            pieces=(Piece("Axolotl <b>bot</b> & co", "https://quist.example/axolotl"),),
            floor=Floor(95, "EUR"),
        )
        await store.set_skills(db, guild.community_id, her_id, "offer", [Held("rag", level=4)], MORNING)
        told = Notice(member_id=her_id, key=f"about:{her_id}", card=sentence("A notice for Annabel."), due=MORNING)
        await owe(db, world.app.ids, guild.community_id, told)
    await guild.block(her, world.jonas)
    await guild.block(world.ana, her)
    await world.run_due()
    await guild.link(her, other, name="there")
    await world.say(other, "/feeds queue")
    await world.say(her, "/profile link ZZZZ-ZZZZ")
    await world.travel(MORNING + timedelta(hours=26))  # a digest, a batch card


async def test_everything_comes_as_two_files_once_a_day(guild: Guild) -> None:
    world, her = guild.world, annabel(guild.world)
    await live(guild)
    assert "Two files come to you" in await world.say(her, "/profile export")
    await world.run_due()
    files = [one.details for one in world.slack.shown.values() if one.address == her.user and one.verb == "file"]
    found = {one["name"]: b64decode(one["content"]).decode() for one in files if one}
    data = json.loads(found["guildhall-my-data.json"])
    assert data["house"]["member"]["name"] == NAME
    assert {one["platform"] for one in data["house"]["accounts"]} == {"slack", "discord"}
    assert data["house"]["journeys"][0]["zone"] == "Asia/Tokyo"
    assert "A notice for Annabel." in {one["words"] for one in data["house"]["notices"]}
    assert "lead approve" in {one["action"] for one in data["house"]["what_you_changed"]}
    assert data["members"]["profile"]["headline"] == "I teach axolotls to answer"
    assert data["members"]["profile"]["floor"] == {"amount": 95, "currency": "EUR"}
    assert data["members"]["blocked"] == ["Jonas"]
    assert [one["skill"] for one in data["members"]["skills"]] == ["rag"]
    assert [one["title"] for one in data["leads"]["list"]] == [RAG[0]]
    assert data["leads"]["reports"][0]["words"] == "The quetzal in this advert is plucked."
    assert "axolotl tank" in data["leads"]["shared"][0]["words"]
    others = ("U2", "D3", str(await guild.member(world.ana)), str(await guild.member(world.jonas)))
    for text in found.values():
        assert not any(f'"{other}"' in text or f">{other}<" in text for other in others)

    page = found["guildhall-my-data.html"]
    assert "I teach axolotls to answer" in page
    assert "Axolotl &lt;b&gt;bot&lt;/b&gt; &amp; co" in page
    assert "<b>bot" not in page
    read = Tags()
    read.feed(page)
    assert {"h1", "h2", "h3", "table", "th"} <= read.seen
    assert not read.seen & {"script", "img", "link", "a", "iframe"}

    assert "The next time is 20 Nov 2026 08:00 UTC" in await world.say(her, "/profile export")
    assert "E-RATE" in words(world.last) if world.last else False
    await world.travel(world.clock.now() + DAY)
    assert "axolotl tank" not in "".join((await everything(world.app.db))["message"])  # no second copy is kept
    assert "Two files come to you" in await world.say(her_discord(world), "/profile export")


class Tags(HTMLParser):
    """The elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        del attrs
        self.seen.add(tag)


def test_a_page_is_only_text_whatever_the_data() -> None:
    hostile = {
        "</title><script>alert(1)</script>": [{"<img src=x>": "</td><script>"}],
        "a": {"b": ['"><svg onload=x>']},
    }
    read = Tags()
    read.feed(html_page("<script>", hostile))
    assert not read.seen & {"script", "img", "svg"}


# --- being forgotten -------------------------------------------------------------------------------------------------

HERS = ("annabel", "quist", "axolotl", "quetzal")  # her names, accounts and words, wherever they may stand


async def everything(db: Database) -> dict[str, str]:
    """All rows of all tables as text, files decoded."""
    found = {}
    async with db.read() as connection:
        for name, table in metadata.tables.items():
            rows = [dict(row) for row in (await connection.execute(sa.select(table))).mappings()]
            for row in rows:
                if row.get("details") and "content" in row["details"]:
                    row["details"] = b64decode(row["details"]["content"]).decode()
            found[name] = "\n".join(json.dumps(row, default=str, ensure_ascii=False) for row in rows)
    return found


async def forget(world: World, who: Caller) -> str:
    said = await world.say(who, "/profile forget")
    assert "What you decided as a moderator, with a random token instead of your name." in said
    assert await world.press(who, "Forget me…") == "form: Forget me"
    return await world.submit(who, word=" forget ")


async def test_no_row_of_any_table_holds_who_was_forgotten(guild: Guild) -> None:
    world, her, other = guild.world, annabel(guild.world), her_discord(guild.world)
    await live(guild)
    await world.say(her, "/profile export")
    await world.run_due()
    her_id = await guild.member(her)
    gone = (*HERS, str(her_id), *(str(one) for one in await former_ids(world, guild)))
    before = await everything(world.app.db)
    holding = {name for name, text in before.items() if any(mark in text.lower() for mark in gone)}
    assert {"audit", "entry", "identity", "lead", "message", "notice", "profile", "lead_report"} <= holding

    await world.say(other, "/profile forget")
    await world.press(other, "Forget me…")
    assert "Nothing was changed." in await world.submit(other, word="forgive")
    assert "You are forgotten" in await forget(world, other)
    left = {
        name: [line[:400] for line in text.splitlines() if any(mark in line.lower() for mark in gone)]
        for name, text in (await everything(world.app.db)).items()
    }
    assert {name: lines for name, lines in left.items() if lines} == {}
    await world.run_due()
    shown = "\n".join(
        words(one.card) for p in (world.slack, world.discord) for one in p.shown.values() if not one.direct
    )
    assert not any(mark in shown.lower() for mark in HERS)  # nor does a channel
    assert "This gig was taken back." in "".join(map(words, world.slack.cards("C-gigs"))) or "taken back" in shown
    assert "former member" in await world.say(world.maria, "/mod audit")
    assert "A gig that was taken back" in await world.say(world.ana, "/gigs saved")
    left = {name: [m for m in gone if m in text.lower()] for name, text in (await everything(world.app.db)).items()}
    assert not any(left.values())


async def former_ids(world: World, guild: Guild) -> list[int]:
    """The id of the member that was merged into another."""
    async with world.app.db.read() as db:
        logs = (await db.execute(sa.select(metadata.tables["link"].c.log))).scalars().all()
    del guild
    return [entry["gone"]["id"] for log in logs for entry in log if entry["table"] == "member" and "gone" in entry]


async def test_who_comes_back_begins_anew_and_is_blocked_and_suspended_as_before(guild: Guild) -> None:
    world = guild.world
    await guild.block(world.ana, world.jonas)
    until = MORNING + 30 * DAY
    async with world.app.db.write() as db:
        await people.change_member(db, guild.community_id, await guild.member(world.jonas), suspended_until=until)
    await guild.change(world.jonas, headline="Was here")
    await forget(world, world.jonas)
    assert "Blocked: 1 account that has left, should it come back" in await world.say(world.ana, "/profile privacy")
    await world.say(world.jonas, "/hub")
    assert (await guild.page(world.jonas)).headline == ""
    assert await guild.apart(world.ana) == {await guild.member(world.jonas)}
    assert "Blocked: Jonas" in await world.say(world.ana, "/profile privacy")
    async with world.app.db.read() as db:
        row = await people.read_member(db, guild.community_id, await guild.member(world.jonas))
    assert row["suspended_until"] == until
    await forget(world, world.jonas)
    await world.say(world.ana, "/profile privacy")
    await world.press(world.ana, "Unblock who has left")
    await world.say(world.jonas, "/hub")
    assert await guild.apart(world.ana) == frozenset()


# --- a restored backup -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # a dump of PostgreSQL is restored by its own tools
async def test_a_restored_backup_forgets_again(tmp_path: Path, make_world: Any) -> None:
    world: World = make_world()
    world.app = dataclasses.replace(world.app, journal=Journal(tmp_path))
    await world.set_up()
    await world.say(world.ana, "/hub")
    await world.say(world.marek, "/hub")
    yesterday = await backup.take(world.app.db, tmp_path / "backups", "yesterday")
    world.clock.move(MORNING + DAY)
    for who in (world.ana, world.marek):
        await forget(world, who)
    await world.say(world.marek, "/hub")  # he is back by himself
    await world.travel(MORNING + DAY + timedelta(minutes=1))
    assert "U2" not in (tmp_path / JOURNAL_FILE).read_text()

    restored = Database(sqlite_url(yesterday))
    try:
        assert await names(restored) == ["Ana", "Marek", "Maria"]
        assert await forget_again(restored, Journal(tmp_path), MORNING + 2 * DAY) == 2
        assert await names(restored) == ["Maria"]
        assert await forget_again(restored, Journal(tmp_path), MORNING + 2 * DAY) == 0
    finally:
        await restored.dispose()
    assert await forget_again(world.app.db, Journal(tmp_path), MORNING + 2 * DAY) == 0  # who came back may stay


async def names(db: Database) -> list[str]:
    async with db.read() as connection:
        return sorted((await connection.execute(sa.select(people.member.c.name))).scalars())


async def test_an_operator_forgets_with_the_same_effect(
    db_url: str, tmp_path: Path, make_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world: World = make_world()
    await world.set_up()
    await world.say(world.ana, "/hub")
    async with world.app.db.read() as db:
        ana_id = (await db.execute(sa.select(people.member.c.id).where(people.member.c.name == "Ana"))).scalar_one()
    await world.app.db.dispose()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUILDHALL__APP__DATA_DIR", str(tmp_path))
    if db_url.startswith("sqlite"):
        (tmp_path / "test.sqlite3").rename(tmp_path / DATABASE_FILE)
        db_url = sqlite_url(tmp_path / DATABASE_FILE)
    else:
        monkeypatch.setenv("GUILDHALL__DATABASE__URL", db_url)

    assert callable(main.main)  # importing it adds every command
    arguments = ["forget", "--member", str(ana_id), "--yes"]
    run = await asyncio.to_thread(CliRunner().invoke, terminal.app, arguments)
    assert (run.exit_code, run.output) == (0, "Forgotten.\n"), run.exception
    there = Database(db_url)
    try:
        assert await names(there) == ["Maria"]
    finally:
        await there.dispose()
    assert len((tmp_path / JOURNAL_FILE).read_text().splitlines()) == 1
    again = await asyncio.to_thread(CliRunner().invoke, terminal.app, arguments)
    assert "There is no member" in str(again.exception)
