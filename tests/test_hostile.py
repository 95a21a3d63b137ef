"""Feeds made to do harm: bombs that cost the main process next to nothing, and words that stay words."""

from __future__ import annotations

import asyncio
import gc
import gzip
import random
import re
import time
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import render as discord
from adapters.http import HttpFetcher
from adapters.slack import render as slack
from adapters.workers import WorkerPool
from bot.errors import UserError
from bot.leads.cards import lead_card, reasons_card, verdict_line
from bot.leads.parse import parse
from bot.leads.reading import judge_all
from bot.leads.store import Lead
from bot.ports import FetchFailed, WorkerFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.leads.entry import Document, Entry, Verdict

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)

# --- bombs -----------------------------------------------------------------------------------------------------------

LAUGHS = b"<!DOCTYPE rss [<!ENTITY l0 'ha'>" + b"".join(
    b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
)
BOMBS = {
    "nested": (b"<rss><channel><item>" + b"<a>" * 100_000, ""),
    "nested and broken": (b"<rss><channel>&<item>" + b"<a>" * 100_000, ""),
    "nested bodies": (b"<rss><channel>" + b"<item><description>" + escape("<div>" * 100_000).encode(), ""),
    "nested lists": (b'{"items":' + b"[" * 5_000_000, ""),
    "laughs": (LAUGHS + b"]><rss><channel><title>&l9;</title></channel></rss>", ""),
    "gigabyte": (b"", "gzip"),
    "attributes": (
        b"<rss><channel><item " + b"".join(b'a%d="x" ' % n for n in range(400_000)) + b"/></channel></rss>",
        "",
    ),
    "never ends": (b"<rss><channel><title>" + b"x" * 14_000_000, ""),
    "ampersands": (b"<rss><channel><item><title>" + b"&" * 3_000_000 + b"</title></item></channel></rss>", ""),
}


def gigabyte() -> bytes:
    """A gibibyte of nothing, packed."""
    part = gzip.compress(b"\0" * (1 << 26))
    return part * 16


@pytest.fixture
async def served() -> AsyncIterator[str]:
    big = gigabyte()
    assert len(big) < 1 << 21

    async def serve(request: web.Request) -> web.Response:
        body, coding = BOMBS[request.query["bomb"]]
        return web.Response(body=body or big, headers={"Content-Encoding": coding} if coding else {})

    site = web.Application()
    site.router.add_get("/", serve)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def explode(fetcher: HttpFetcher, workers: WorkerPool, url: str) -> str:
    """Fetch and read a bomb as a poll does; returns how it ended."""
    try:
        fetched = await fetcher.get(url)
        await workers.run("bot.leads.reading:read_for_sides", fetched.body, url, "", 2000, ("demand",), NOW)
    except FetchFailed as failure:
        return failure.sentence
    except UserError as error:
        return error.happened
    except WorkerFailed as failure:
        return str(failure)
    return ""


async def test_bombs_end_soon_and_cost_the_main_process_little(served: str) -> None:
    workers, me = WorkerPool(), psutil.Process()
    await workers.start()
    ends: dict[str, str] = {}
    async with HttpFetcher(name="G", version="1", allow_hosts=[served]) as fetcher:
        for bomb in BOMBS:
            gc.collect()
            before, began, most = me.memory_info().rss, time.monotonic(), 0
            task = asyncio.create_task(explode(fetcher, workers, f"http://{served}/?bomb={bomb.replace(' ', '%20')}"))
            while not task.done():
                await asyncio.wait([task], timeout=0.002)
                most = max(most, me.memory_info().rss)
            ends[bomb] = task.result()
            assert time.monotonic() - began < 30, bomb
            # the server of this test is in the same process: what it sends is its own cost
            assert (most - before) / 2**20 <= 32 + len(BOMBS[bomb][0]) / 2**20, bomb
    await workers.close()
    for bomb in ("nested", "nested and broken", "nested lists"):
        assert "nested deeper" in ends[bomb] or "could do harm" in ends[bomb], (bomb, ends[bomb])
    assert "larger than 15 MB" in ends["gigabyte"]
    assert "could do harm" in ends["laughs"]


# --- from any bytes to cards -----------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(b"<rss>", b"<channel>", b"<item>", b"</item>", b"<title>", b"</title>", b"<feed>", b"<entry>", b"<link/>"),
        *(
            b'<link href="',
            b'">',
            b"<![CDATA[",
            b"]]>",
            b"<!--",
            b"&amp;",
            b"&#0;",
            b"&#x110000;",
            b"&",
            b"\xff",
            b"\0",
        ),
        *(
            b"<?xml version='1.0' encoding='utf-16'?>",
            b"<!DOCTYPE rss [",
            b"<!ENTITY a '&a;'>",
            b"&a;",
            b"{",
            b'"items":[',
        ),
        *(b'{"version":"https://jsonfeed.org/version/1","title":"T","items":[{"id":1}]}', b"\xfe\xff", b"\xef\xbb\xbf"),
        *(b"<pubDate>Wed, 99 Nov 2026 25:61:00 +9999</pubDate>", b"<description>", b"</description>", b"<p>" * 300),
        *(
            b"</rss>",
            b"</channel>",
            b"<company>",
            b"@everyone",
            b"<!channel>",
            b"https://[",
            b"javascript:x",
            b"\xed\xa0\x80",
        ),
    ]
)


@settings(max_examples=200, deadline=2000)
@given(st.one_of(st.binary(max_size=300), st.lists(PIECES, max_size=40).map(b"".join)), st.text(max_size=30))
def test_any_bytes_give_cards_or_a_clear_error(body: bytes, content_type: str) -> None:
    found: Document | UserError
    try:
        found = parse(body, url="https://board.example/feed", content_type=content_type)
    except UserError as error:
        found = error
    if isinstance(found, UserError):
        assert found.code in {"E-NOTFEED", "E-FEEDBAD"}
        assert found.happened
        assert found.advice
        return
    document = found
    verdicts = judge_all(document, "demand", NOW)
    for entry, verdict in zip(document.entries, verdicts, strict=True):
        assert entry.guid
        for card in (lead_card(lead_of(entry, verdict)), reasons_card(lead_of(entry, verdict))):
            assert discord.message(card)["components"]
            assert slack.message(card)["blocks"]


def lead_of(entry: Entry, verdict: Verdict) -> Lead:
    return Lead(
        id=7,
        feed_id=1,
        feed_title=entry.title[:100] or "Board",
        destination="instant",
        state="approved",
        kind="gig",
        verdict=verdict,
        title=entry.title,
        link=entry.link,
        text=entry.text,
        published=NOW,
        decided_by=None,
        decided_at=None,
        reason=None,
        left_out=None,
        edited=False,
        version=1,
    )


# --- ten thousand hostile items --------------------------------------------------------------------------------------

VENOM = [
    *("@everyone", "@here", "@channel", "<!channel>", "<!here|here>", "<!subteam^S1>", "<@U123>", "<@!99>", "<@&42>"),
    *("<#C1|general>", "</gigs:1>", "<:smile:1>", "<a:x:2>", "<t:0:R>", "<id:home>", "<!date^0^{date}|x>"),
    *(
        "[x](https://evil.example)",
        "[a](<https://evil.example>)",
        "<https://evil.example|bank>",
        "https://evil.example",
    ),
    *("](https://evil.example)", "[x][1]", "![i](https://evil.example)", "<mailto:a@evil.example>", "evil.example"),
    *(
        "||spoiler||",
        "**b**",
        "__u__",
        "```",
        "`",
        "~~s~~",
        "*b*",
        "_i_",
        "\n> quote",
        "\n# head",
        "\n- item",
        "\n-# small",
    ),
    *(
        "\\",
        "\\\\",
        "&lt;!channel&gt;",
        "&amp;lt;@U1&amp;gt;",
        "&#64;everyone",
        "&commat;here",
        "\u202e",
        "\u200b",
        "\u2060",
    ),
    *(
        "＠everyone",
        "@\u200beveryone",
        "@ever\u00adyone",
        "<script>alert(1)</script>",
        '<a href="https://evil.example">ok</a>',
    ),
    *('<a href="javascript:x">y</a>', "<b>@here</b>", "|", ">", "<", "&", "http:", "//evil.example", "discord.gg/evil"),
]
LINKS = [
    *(
        "https://board.example/job",
        "https://board.example/a b",
        "https://board.example/x)(y",
        "https://board.example/<@U1>",
    ),
    *(
        "javascript:alert(1)",
        "data:text/html,x",
        "https://board.example/|bank>",
        "//board.example/x",
        "/rel",
        "",
        "http://",
    ),
    *(
        "https://user:pass@board.example/",
        "https://board.example/\u202e",
        "https://board.example/*_~`",
        "HTTPS://BOARD.example",
    ),
    *(
        "https://board.example/]( https://evil.example",
        "ftp://board.example/",
        "https://[::1",
        "https://böard.example/ü",
    ),
]


def hostile_feed(chance: random.Random, items: int) -> bytes:
    def venom() -> str:
        return "".join(chance.choice(VENOM) + chance.choice(["", " ", "x"]) for _ in range(chance.randint(1, 5)))

    rows = "".join(
        f"<item><title>{escape(venom())}</title><link>{escape(chance.choice(LINKS))}</link><guid>{n}{escape(venom())}</guid>"
        f"<description>{escape(venom() + venom())}</description><company>{escape(venom())}</company>"
        f"<region>{escape(venom())}</region><skills>{escape(venom())}</skills><author>{escape(venom())}</author></item>"
        for n in range(items)
    )
    return f"<rss><channel><title>T</title>{rows}</channel></rss>".encode()


def strings(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string of a payload with the key that it stands under."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from strings(value, f"{node.get('type', '')}.{name}")
    elif isinstance(node, list):
        for value in node:
            yield from strings(value, key)
    elif isinstance(node, str):
        yield key, node


def is_sound(url: str) -> bool:
    """Whether a link is one that a browser opens as it stands, at the board's own site."""
    parts = urlsplit(url)
    odd = re.search(r"[\s<>\"|\\^`{}\x00-\x20\x7f\u200b-\u206f]", url)
    own = (parts.hostname or "").endswith(("board.example", "xn--bard-5qa.example", "böard.example"))
    return parts.scheme in {"http", "https"} and own and not parts.username and not odd


def harm_on_slack(payload: dict[str, Any]) -> Iterator[str]:
    """What works in a Slack message that should not. Slack reads <…> in mrkdwn, and @here where names are parsed."""
    for key, text in strings(payload):
        if key.endswith(".url") and not is_sound(text):
            yield f"link {text!r}"
        if key == "mrkdwn.text":
            for inside in re.findall(r"<([^>]*)>?", text):
                target = inside.partition("|")[0].replace("&amp;", "&")
                if not re.fullmatch(r"!date\^\d+\^\{[a-z_]+\}(?: \{[a-z_]+\})?", target) and not is_sound(target):
                    yield f"<{inside}> in {text!r}"
            if re.search(r"@(?:everyone|here|channel)\b", text):
                yield f"mention in {text!r}"
        if key == ".text" and re.search(r"[<>]|&(?!amp;|lt;|gt;)", text):  # names are not parsed here, <…> is
            yield f"unescaped {text!r}"
        if key == "plain_text.text" and re.search(r"<[!@#]|@(?:everyone|here|channel)\b", text):
            yield f"mention in plain {text!r}"


def harm_on_discord(payload: dict[str, Any]) -> Iterator[str]:
    """What works in a Discord message that should not: unescaped <…>, mentions, masked and bare links."""
    if payload["allowed_mentions"] != {"parse": []}:
        yield "mentions are parsed"
    for key, text in strings(payload):
        if key.endswith(".url") and not is_sound(text):
            yield f"link {text!r}"
        if key != "10.content":
            continue
        bare = re.sub(r"\\.", "\0", text, flags=re.DOTALL)  # what is escaped means nothing
        for target in re.findall(r"\]\(([^)\s]*)\)?", bare):
            if not is_sound(target):
                yield f"masked link to {target!r} in {text!r}"
        rest = re.sub(r"\]\([^)]*\)", "]", bare)
        if re.search(r"<(?!t:\d+:[a-zA-Z]>)[@#:/a-z!]", rest):
            yield f"<…> in {text!r}"
        if re.search(r"@(?:everyone|here)", rest):
            yield f"mention in {text!r}"
        if re.search(r"https?://", re.sub(r"\[[^\]]*\]", "", rest)):
            yield f"bare link in {text!r}"


def test_ten_thousand_hostile_items_do_no_harm_on_either_platform() -> None:
    chance, drawn = random.Random(4), 0
    for _ in range(50):
        document = parse(hostile_feed(chance, 200), url="https://board.example/feed")
        verdicts = judge_all(document, "demand", NOW)
        for entry, verdict in zip(document.entries, verdicts, strict=True):
            card = lead_card(lead_of(entry, verdict))
            assert verdict_line(entry, verdict)
            assert list(harm_on_discord(discord.message(card))) == []
            assert list(harm_on_slack(slack.message(card))) == []
            drawn += 1
    assert drawn == 10_000


@pytest.mark.parametrize(
    "text", ["<!channel>", "<@U1>", "<https://evil.example|x>", "see @here", "<#C1>", "<mailto:a@b.example>"]
)
def test_the_checker_of_slack_sees_harm(text: str) -> None:
    assert list(harm_on_slack({"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}))


@pytest.mark.parametrize(
    "text", ["<@1>", "@everyone", "[x](https://evil.example)", "https://evil.example", "<#1>", "</gigs:1>", "<:x:1>"]
)
def test_the_checker_of_discord_sees_harm(text: str) -> None:
    payload = {"allowed_mentions": {"parse": []}, "components": [{"type": 10, "content": text}]}
    assert list(harm_on_discord(payload))
