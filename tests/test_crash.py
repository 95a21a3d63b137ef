"""Kill -9 at random, again and again, while feeds are polled and leads are posted: nothing is lost, nothing doubled.

The bot, its worker and the chat platform are processes of their own; the feeds are served from here and grow with each
request. The platform honours nonces as Discord and ignores them as Slack, and now and then loses its answer.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
import sys
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import aiohttp
import pytest
import sqlalchemy as sa
from aiohttp import web

from bot import migrate, outbox, people
from bot.cards import sentence
from bot.db import Database
from bot.ids import RandomIds
from bot.leads import publications, sources, store, subscriptions
from tests.conftest import MORNING
from tests.crash.bot_process import Life
from tests.crash.recording_platform import HONOURS
from tests.samples import BAKER, JOB, RAG

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

KILLS = 40  # while the bot works, and before that …
EARLY_KILLS = 3  # … while it makes its schema
FEEDS = 4
PROMISES = 200  # to each platform, one every 20 minutes
PATIENCE = 60  # seconds that the test waits for anything

# --- the outside -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """An entry of a feed, and what should become of it."""

    guid: str
    title: str
    text: str
    link: str
    kind: str


class Newsroom:
    """Feeds that have something new at three of four requests. Every fifth gig appears in the next feed, too.

    A feed is merciless: who sends its validator back says that it has everything up to there, and never sees it again.
    """

    def __init__(self, saw: Callable[[], None]) -> None:
        self.feeds: list[list[Item]] = [[] for _ in range(FEEDS)]
        self.growing = True
        self.copied: set[str] = set()  # links
        self._saw = saw
        self._numbers = itertools.count()
        self._requests = itertools.count()

    async def serve(self, request: web.Request) -> web.Response:
        self._saw()
        feed = int(request.match_info["feed"])
        if self.growing and next(self._requests) % 4:
            self._write(feed)
        known = int(request.headers.get("If-None-Match", '"0"').strip('"'))
        items = self.feeds[feed]
        if known == len(items):
            return web.Response(status=304)
        tag = {"ETag": f'"{len(items)}"'}
        return web.Response(body=_rss(items[known:]), content_type="application/rss+xml", headers=tag)

    def _write(self, feed: int) -> None:
        number = next(self._numbers)
        name = _name(number)
        kind = "other" if number % 6 == 5 else "job" if number % 9 == 8 else "gig"
        role, text = {
            "gig": (f"RAG chatbot for a clinic network at {name}", RAG[1]),
            "job": (f"Machine Learning Engineer at {name}", JOB[1]),
            "other": (f"Pastry chef wanted in {name}", BAKER[1]),
        }[kind]
        item = Item(f"guid-{number}", role, text, f"https://board{feed}.example/{name}", kind)
        self.feeds[feed].append(item)
        if kind == "gig" and number % 5 == 0:
            copy = Item(f"copy-{number}", role, text, f"{item.link}?utm_source=other", "copy")
            self.feeds[(feed + 1) % FEEDS].append(copy)
            self.copied.add(item.link)


def _name(number: int) -> str:
    """A name of its own for each number, without digits."""
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    digits = (number // len(syllables) ** 2, number // len(syllables), number)
    return "".join(syllables[digit % len(syllables)] for digit in digits).title()


def _rss(items: list[Item]) -> bytes:
    """A feed of these items, newest first; those with a 7 at the end stand there twice."""
    entries = []
    for item in reversed(items):
        entry = (
            f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>"
            f'<guid isPermaLink="false">{item.guid}</guid><description>{escape(item.text)}</description></item>'
        )
        entries += [entry] * (2 if item.guid.endswith("7") else 1)
    head = "<title>A board</title><link>https://board.example</link><description>Jobs</description>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(entries)}</channel></rss>'.encode()


@dataclass
class Stage:
    """The processes and servers of a run, and how many requests went over it."""

    url: str
    folder: Path
    newsroom: Newsroom = field(init=False)
    nursery: asyncio.subprocess.Process = field(init=False)
    feeds: str = ""
    platform: str = ""
    seen: int = 0
    lives: int = 0
    killed: list[int] = field(default_factory=list)  # how many requests each life that was killed had made
    alive: int = 0  # the process id of the life under way
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def saw(self) -> None:
        """Count a request to a feed, or a step of one to the platform."""
        self.seen += 1
        self._moved.set()

    async def kill_after(self, requests: int, seconds: float) -> None:
        """Start the bot and kill it `seconds` after its `requests`-th request."""
        await self._begin(lasting=False)
        first = self.seen
        async with asyncio.timeout(PATIENCE):
            while self.seen < first + requests:
                self._moved.clear()
                await self._moved.wait()
        await asyncio.sleep(seconds)
        os.kill(self.alive, signal.SIGKILL)
        assert await self._end() == signal.SIGKILL, self.complaints()
        self.killed.append(self.seen - first)

    async def live_to_the_end(self) -> None:
        """Start the bot and wait until it has done everything."""
        await self._begin(lasting=True)
        assert await self._end() == 0, self.complaints()

    def clear(self) -> None:
        """Leave nobody behind when the story breaks off."""
        if self.alive:
            os.kill(self.alive, signal.SIGKILL)

    async def shown(self) -> list[dict[str, Any]]:
        """What the platform has shown."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.platform}/shown") as response:
            found: list[dict[str, Any]] = await response.json()
            return found

    def complaints(self) -> str:
        """What the bot wrote to its standard error last."""
        return (self.folder / "bot.log").read_text()[-4000:]

    async def _begin(self, *, lasting: bool) -> None:
        self.lives += 1
        life = Life(
            number=self.lives,
            start=MORNING.isoformat(),
            database=self.url,
            folder=str(self.folder),
            platform=self.platform,
            feeds=self.feeds,
            lasting=lasting,
        )
        assert self.nursery.stdin is not None
        self.nursery.stdin.write(json.dumps(asdict(life)).encode() + b"\n")
        self.alive = await self._hear("born")

    async def _end(self) -> int:
        """Wait for the end of the life under way; returns what it died of, 0 if it ended well."""
        status = await self._hear("died")
        self.alive = 0
        return status

    async def _hear(self, word: str) -> int:
        assert self.nursery.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = (await self.nursery.stdout.readline()).decode().split()
        assert line[:1] == [word], (line, self.complaints())
        return int(line[1])


@asynccontextmanager
async def set_the_stage(url: str, folder: Path, seed: int) -> AsyncIterator[Stage]:
    """Start the feed server, the platform and the nursery."""
    stage = Stage(url, folder)
    stage.newsroom = Newsroom(stage.saw)
    async with AsyncExitStack() as stack:
        app = web.Application()
        app.add_routes([web.get("/{feed}", stage.newsroom.serve)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stage.feeds = f"127.0.0.1:{runner.addresses[0][1]}"

        log = stack.enter_context((folder / "bot.log").open("wb"))
        platform = await _start(stack, folder, log, "tests.crash.recording_platform", str(seed))
        assert platform.stdout is not None
        stage.platform = f"http://127.0.0.1:{(await platform.stdout.readline()).split()[1].decode()}"
        listening = asyncio.create_task(_listen(platform.stdout, stage.saw))
        stack.callback(listening.cancel)
        stage.nursery = await _start(stack, folder, log, "tests.crash.bot_process")
        stack.callback(stage.clear)
        yield stage


async def _start(stack: AsyncExitStack, folder: Path, log: Any, *module: str) -> asyncio.subprocess.Process:
    # compiled modules are kept for this run, so that processes start fast also where none may be written
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        cwd=Path(__file__).parents[1],
        env={**environment, "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled")},
    )

    async def end() -> None:
        process.kill()
        await process.communicate()

    stack.push_async_callback(end)
    return process


async def _listen(lines: asyncio.StreamReader, saw: Callable[[], None]) -> None:
    while await lines.readline():
        saw()


async def settle_in(db: Database, feeds: str) -> None:
    """A community on both platforms with feeds and a morning digest, to whose members things were promised."""
    ids = RandomIds()
    async with db.write() as connection:
        community_id = await people.found_community(
            connection, ids, name="AI Guild", zone="Europe/Berlin", digest_at="08:00", now=MORNING
        )
        await people.change_community(connection, community_id, digest_due=MORNING + timedelta(hours=1))
        for platform, remote in (("slack", "T1"), ("discord", "G1")):
            space_id = await people.add_space(
                connection, ids, community_id=community_id, platform=platform, remote=remote, name="AI Guild"
            )
            await people.change_space(
                connection,
                community_id,
                space_id,
                leads_channel=f"{platform}-gigs",
                moderators_channel=f"{platform}-mods",
            )
        for number in range(FEEDS):
            source_id = await sources.ensure_source(
                connection, ids, f"http://{feeds}/{number}", f"Board {number}", MORNING
            )
            await subscriptions.add_feed(
                connection,
                ids,
                community_id,
                source_id=source_id,
                title=f"Board {number}",
                side="demand",
                destination="instant",
                now=MORNING,
            )
        for space in await people.spaces_of(connection, community_id):
            for number in range(PROMISES):
                await outbox.queue(
                    connection,
                    ids,
                    outbox.Address(space, f"U{number % 3}", direct=True),
                    sentence(f"Reminder {number}."),
                    key=f"reminder:{space.id}:{number}",
                    due=MORNING + number * timedelta(minutes=20),
                    promise=True,
                )


# --- the story -------------------------------------------------------------------------------------------------------


@pytest.mark.timeout(400)
async def test_killed_again_and_again_nothing_is_lost_and_nothing_doubled(
    db_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(20261118)
    async with set_the_stage(db_url, tmp_path, seed=7) as stage:
        for _ in range(EARLY_KILLS):
            await stage.kill_after(0, chance.uniform(0, 0.4))
        db = Database(db_url)
        await migrate.prepare(db, tmp_path / "backups", MORNING)
        await settle_in(db, stage.feeds)

        for _ in range(KILLS):
            await stage.kill_after(chance.randrange(36), chance.uniform(0, 0.03))
        stage.newsroom.growing = False
        await stage.live_to_the_end()

        rows = await _read(db)
        shown = await stage.shown()
        await db.dispose()

    _check_entries(rows, stage.newsroom)
    _check_leads(rows, stage.newsroom)
    _check_messages(rows, shown)
    _check_cards(rows, shown)
    posts = Counter((row["platform"], row["state"]) for row in rows["message"] if row["verb"] == "post")
    summary = {
        "kills": len(stage.killed),
        "after so many requests": stage.killed,
        "entries": len(rows["entry"]),
        "posts": {" ".join(key): number for key, number in sorted(posts.items())},
        "shown": len(shown),
    }
    for name, value in summary.items():
        record_property(name, value)
    with capsys.disabled():
        print(f"\n{db_url.partition(':')[0]}: {summary}")
    assert len(stage.killed) == KILLS + EARLY_KILLS
    assert min(posts["slack", "sent"], posts["discord", "sent"]) >= KILLS  # it did work between its deaths


async def _read(db: Database) -> dict[str, list[dict[str, Any]]]:
    """All rows of the tables that matter; each message with its platform."""
    async with db.read() as connection:

        async def rows(statement: sa.Select[Any]) -> list[dict[str, Any]]:
            return [dict(row) for row in (await connection.execute(statement)).mappings()]

        message, mailbox, space = outbox.message, outbox.mailbox, people.space
        return {
            "entry": await rows(
                sa.select(sources.source.c.url, sources.entry).join(
                    sources.source, sources.source.c.id == sources.entry.c.source_id
                )
            ),
            "lead": await rows(
                sa.select(store.lead, sources.entry.c.link).join(
                    sources.entry, sources.entry.c.id == store.lead.c.entry_id
                )
            ),
            "sighting": await rows(sa.select(store.sighting)),
            "publication": await rows(sa.select(publications.publication)),
            "message": await rows(
                sa.select(message, space.c.platform)
                .join(mailbox, mailbox.c.id == message.c.mailbox_id)
                .join(space, space.c.id == mailbox.c.space_id)
            ),
        }


def _check_entries(rows: dict[str, list[dict[str, Any]]], newsroom: Newsroom) -> None:
    """Every entry that a feed ever had is stored, once."""
    stored = Counter((int(row["url"].rpartition("/")[2]), row["guid"]) for row in rows["entry"])
    expected = Counter((feed, item.guid) for feed, items in enumerate(newsroom.feeds) for item in items)
    assert stored == expected


def _check_leads(rows: dict[str, list[dict[str, Any]]], newsroom: Newsroom) -> None:
    """Every gig and every job is a lead, once; every copy was merged; every gig is published once in each space."""
    everything = [item for items in newsroom.feeds for item in items]
    leads = {row["link"].partition("?")[0]: row for row in rows["lead"]}
    assert len(leads) == len(rows["lead"])
    assert {link: row["kind"] for link, row in leads.items()} == {
        item.link: item.kind for item in everything if item.kind in ("gig", "job")
    }
    assert {row["state"] for row in rows["lead"]} == {"approved"}

    sightings = Counter(row["lead_id"] for row in rows["sighting"])
    assert sightings == {row["id"]: 2 if link in newsroom.copied else 1 for link, row in leads.items()}

    published = Counter((row["lead_id"], row["space_id"]) for row in rows["publication"] if row["own_card"])
    assert set(published.values()) == {1}
    spaces = {row["space_id"] for row in rows["publication"]}
    assert len(spaces) == 2
    assert set(published) == {
        (row["id"], space_id) for row in rows["lead"] for space_id in spaces if row["kind"] == "gig"
    }
    messages = {row["id"]: row for row in rows["message"]}
    for row in rows["publication"]:
        assert messages[row["message_id"]]["verb"] == "post"


def _check_messages(rows: dict[str, list[dict[str, Any]]], shown: list[dict[str, Any]]) -> None:
    """What was owed was shown as often as its kind and its platform allow, and nothing else was shown."""
    times = Counter(record["nonce"] for record in shown if record["verb"] != "edit")
    owed = {str(row["id"]): row for row in rows["message"] if row["verb"] != "edit"}
    assert set(times) <= set(owed)  # nothing was shown that is not in the books
    last = max(row["sent_at"] for row in owed.values() if row["sent_at"])
    reminders = 0
    for nonce, row in owed.items():
        if row["due"] > last:
            continue
        what = (row["platform"], row["key"], row["state"], row["error"], times[nonce])
        reminders += row["promise"]
        if row["platform"] in HONOURS:
            assert (row["state"], times[nonce]) == ("sent", 1), what
        elif row["promise"]:
            assert row["state"] == "sent", what
            assert times[nonce] >= 1, what
        else:
            assert times[nonce] <= 1, what
            assert row["state"] == ("sent" if row["remote"] else "unconfirmed"), what
            assert times[nonce] == 1 or row["state"] == "unconfirmed", what
    assert reminders > 0
    doubtful = {f"doubt:{row['id']}" for row in owed.values() if row["state"] == "unconfirmed"}
    assert doubtful == {row["key"] for row in owed.values() if row["key"].startswith("doubt:")}  # moderators are asked


def _check_cards(rows: dict[str, list[dict[str, Any]]], shown: list[dict[str, Any]]) -> None:
    """What stands in the channels is what the books say: edits arrived, the last one last, digests once a day."""
    standing = {record["remote"]: record["card"] for record in shown}
    for row in rows["message"]:
        if row["state"] == "sent" and row["verb"] == "post":
            assert standing[row["remote"]]["summary"] == row["card"]["summary"]
            assert _notes(standing[row["remote"]]) == _notes(row["card"])
    assert {row["state"] for row in rows["message"] if row["verb"] == "edit"} <= {"sent", "cancelled"}

    sightings = Counter(row["lead_id"] for row in rows["sighting"])
    cards = {row["id"]: row for row in rows["message"]}
    merged = 0
    for row in rows["publication"]:
        message = cards[row["message_id"]]
        if row["own_card"] and message["state"] == "sent":
            also = "also on Board" in "".join(_notes(standing[message["remote"]]))
            assert also == (sightings[row["lead_id"]] == 2), message["key"]
            merged += also
    assert merged > 0

    digests = defaultdict(list)
    for record in shown:
        if record["card"]["summary"].startswith("Daily digest"):
            digests[record["platform"], record["card"]["summary"].partition(":")[0]].append(record["nonce"])
    assert digests
    assert all(len(nonces) == 1 for nonces in digests.values())


def _notes(card: dict[str, Any]) -> list[str]:
    """The literal words of a card's small print."""
    notes = [block["text"] for block in card["blocks"] if block["kind"] == "note"]
    return [span for text in notes for span in text if isinstance(span, str)]
