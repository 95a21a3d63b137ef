"""A world of real postings, polled over HTTP by `demo --empty` as an operator would start it, and scored."""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
GIGS, MODERATORS = "C07L3V8PQ1D", "C07L41ZTN6R"  # the console's channels on Slack


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(*command: str, ready: str, cwd: Path, **environment: str) -> Iterator[None]:
    """A process of ours that has said that it is ready."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GUILDHALL")}
    environment = {**clean, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment}
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=cwd,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        said = []
        for line in process.stdout or ():
            said.append(line)
            if ready in line:
                break
        else:
            raise AssertionError("".join(said))
        yield
        process.terminate()


class Console:
    """The console as a person without JavaScript uses it, as Maria."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    async def page(self, channel: str = GIGS) -> str:
        async with self.session.get(f"{self.base}/as/maria/{channel}") as answer:
            return await answer.text()

    async def post(self, kind: str, **fields: str) -> str:
        token = re.search(r'name="csrf" value="(\w+)"', await self.page())
        assert token
        url = f"{self.base}/as/maria/{GIGS}/{kind}"
        async with self.session.post(url, data={"csrf": token[1], **fields}) as answer:
            assert answer.status == 200
            return await answer.text()

    async def say(self, line: str) -> str:
        """Type a line; returns the words of the page."""
        return words(await self.post("say", line=line))

    async def set_up(self) -> None:
        shown = await self.post("say", line="/mod setup")
        ref = re.findall(r'name="ref" value="([^"]+)"', shown)[-1]  # of the newest message
        shown = await self.post("press", ref=ref, id="v1:mod:settings")
        form = re.search(r'name="id" value="([^"]+)"\s*>\s*<input type="hidden" name="form" value="([^"]+)"', shown)
        assert form
        fields = {
            "leads_channel": GIGS,
            "moderators_channel": MODERATORS,
            "digest_at": "09:30",
            "zone": "Europe/Berlin",
        }
        done = await self.post(
            "form", id=form[1], form=form[2], **{f"field:{name}": value for name, value in fields.items()}
        )
        assert "Guildhall is set up" in done

    async def travel(self, how: str) -> None:
        shown = await self.post("travel", how=how)
        while re.search(r'value="\+1d"[^>]* disabled', shown):
            await asyncio.sleep(0.5)  # between two looks at a clock that runs elsewhere
            shown = await self.page()


def words(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def stored(folder: Path) -> list[dict[str, Any]]:
    """The leads in the database, as the scorer wants them."""
    statement = (
        "SELECT l.verdict, e.link, e.title, e.guid, s.url AS feed_url FROM lead l "
        "JOIN entry e ON e.id = l.entry_id JOIN source s ON s.id = e.source_id"
    )
    with sqlite3.connect(folder / "console.sqlite3") as file:
        file.row_factory = sqlite3.Row
        rows = [dict(row) for row in file.execute(statement)]
    for row in rows:
        verdict = json.loads(row.pop("verdict"))
        row.update({name: verdict[name] for name in ("pay", "skills", "company")})
    return rows


def score(shared: Path, leads: list[dict[str, Any]], poll: int, folder: Path) -> dict[str, Any]:
    (folder / "leads.json").write_text(json.dumps(leads), encoding="utf-8")
    world = shared / "feeds"
    command = [
        sys.executable,
        str(world / "score.py"),
        str(world / "world"),
        "leads.json",
        "--poll",
        str(poll),
        "--json",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.mark.timeout(400)
async def test_the_world_is_polled_and_posted_from(shared: Path, tmp_path: Path) -> None:
    feeds, port = free_port(), free_port()
    serve = (str(shared / "feeds" / "serve.py"), str(shared / "feeds" / "world"), "--port", str(feeds))
    demo = ("-m", "bot", "demo", "--empty", "--port", str(port), "--clock", "2026-11-18T08:00:00")
    settings = {
        "GUILDHALL__APP__DATA_DIR": str(tmp_path),
        "GUILDHALL__FEEDS__ALLOW_HOSTS": json.dumps([f"127.0.0.1:{feeds}"]),
        "GUILDHALL__LEADS__APPROVAL": "flagged",
    }
    site = f"http://127.0.0.1:{feeds}"
    with (
        running(*serve, ready="serving", cwd=tmp_path),
        running(*demo, ready="The console is open", cwd=tmp_path, **settings),
    ):
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            console = Console(session, f"http://127.0.0.1:{port}")
            await console.set_up()
            async with session.get(f"{site}/__feeds") as answer:
                paths = await answer.json()
            for feed in paths:
                assert "Added:" in await console.say(f"/feeds add {feed['url']} side:{feed['side']} include:100"), feed
            first = score(shared, stored(tmp_path), 1, tmp_path)

            async with session.post(f"{site}/__poll?n=2") as answer:
                assert answer.status == 200
            await console.travel("+1d")
            await console.travel("+1d")
            second = score(shared, stored(tmp_path), 2, tmp_path)
            channel = words(await console.page())
            async with session.get(f"{site}/__log") as answer:
                requests = await answer.json()

    assert channel.count("Why these?") >= 2  # the digests of two mornings
    assert len(paths) == 31
    for result in (first, second):
        assert result["unmatched"] == 0
        assert result["leads"]["f1"] >= 0.85  # measured: .93
        assert result["duplicates_stored_twice"]["extra_copies"] <= 2
    good = {r["path"] for r in requests if r["status"] == 200}
    again = [r for r in requests if r["path"] in good and r["inm"]]
    assert again
    assert all(r["ua"].startswith("Guildhall/") and not r["cookie"] and not r["referer"] for r in requests)
