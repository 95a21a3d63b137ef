"""The fetcher against a real server on this machine: good manners, and every way in which an address can fail."""

from __future__ import annotations

import asyncio
import gzip
import socket
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from adapters.addresses import AllowedHosts, is_public
from adapters.http import HttpFetcher
from bot.ports import FetchFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

FEED = b"<rss version='2.0'><channel/></rss>"


class Site:
    """A site on a free port whose answer to anything is `handler`, and the requests it saw."""

    def __init__(self) -> None:
        self.handler: Handler = self.feed
        self.seen: list[web.Request] = []
        self.base = ""
        self.port = 0

    async def feed(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=FEED, headers={"ETag": 'W/"a b"', "X-Two": "2"})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        return await self.handler(request)

    def answer(self, status: int = 200, body: bytes = FEED, **headers: str) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return web.Response(status=status, body=body, headers=named)

        self.handler = handler


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.port = runner.addresses[0][1]
    site.base = f"http://127.0.0.1:{site.port}"
    yield site
    await runner.cleanup()


@pytest.fixture
async def fetcher(site: Site) -> AsyncIterator[HttpFetcher]:
    async with HttpFetcher(
        name="Guildhall",
        version="1.2",
        contact="mailto:ops@guild.example",
        timeout_seconds=5,
        max_bytes=100_000,
        allow_hosts=[f"127.0.0.1:{site.port}"],
    ) as fetcher:
        yield fetcher


async def failure(fetcher: HttpFetcher, url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        await fetcher.get(url)
    assert failed.value.sentence.endswith(".")
    assert failed.value.advice.endswith(".")
    return failed.value


async def test_a_feed_is_fetched_by_somebody_with_a_name(site: Site, fetcher: HttpFetcher) -> None:
    fetched = await fetcher.get(f"{site.base}/feed.xml?q=a%20b#part")
    assert (fetched.status, fetched.body, fetched.moved_for_good) == (200, FEED, False)
    assert fetched.url == f"{site.base}/feed.xml?q=a%20b"
    assert fetched.headers["etag"] == 'W/"a b"'
    assert fetched.headers["x-two"] == "2"
    (request,) = site.seen
    assert request.headers["User-Agent"] == "Guildhall/1.2 (+mailto:ops@guild.example)"
    assert "application/atom+xml" in request.headers["Accept"]
    assert request.headers["Accept-Encoding"] == "gzip, deflate"
    assert not {"Cookie", "Referer", "If-None-Match", "If-Modified-Since"} & set(request.headers)


async def test_without_a_contact_the_name_stands_alone(site: Site) -> None:
    async with HttpFetcher(name="Guildhall", version="1.2", allow_hosts=["127.0.0.1"]) as fetcher:
        await fetcher.get(site.base)
    assert site.seen[0].headers["User-Agent"] == "Guildhall/1.2"


async def test_validators_are_sent_byte_for_byte(site: Site, fetcher: HttpFetcher) -> None:
    site.answer(304, b"", ETag='W/"a b"')
    fetched = await fetcher.get(site.base, etag='W/"a b"', modified="wed, 18 nov 2026 08:00:00 gmt")
    assert (fetched.status, fetched.body) == (304, b"")
    assert site.seen[0].headers["If-None-Match"] == 'W/"a b"'
    assert site.seen[0].headers["If-Modified-Since"] == "wed, 18 nov 2026 08:00:00 gmt"


async def test_a_validator_that_cannot_be_sent_is_left_out(site: Site, fetcher: HttpFetcher) -> None:
    await fetcher.get(site.base, etag='"caf\udce9"', modified="x\r\nCookie: y")
    assert not {"Cookie", "If-None-Match", "If-Modified-Since"} & set(site.seen[0].headers)


async def test_cookies_are_never_sent_back(site: Site, fetcher: HttpFetcher) -> None:
    site.answer(Set_Cookie="sid=1; Path=/")
    await fetcher.get(site.base)
    await fetcher.get(site.base)
    assert "Cookie" not in site.seen[1].headers


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(FEED, mtime=0)),
        ("x-gzip", gzip.compress(FEED[:9], mtime=0) + gzip.compress(FEED[9:], mtime=0)),
        ("gzip", gzip.compress(FEED, mtime=0) + b"\0" * 20),
        ("deflate", zlib.compress(FEED)),
        ("deflate", zlib.compress(FEED)[2:-4]),
        ("identity", FEED),
        ("utf-8", FEED),
    ],
)
async def test_packed_bodies_are_unpacked(site: Site, fetcher: HttpFetcher, coding: str, packed: bytes) -> None:
    site.answer(body=packed, Content_Encoding=coding)
    assert (await fetcher.get(site.base)).body == FEED


@pytest.mark.parametrize(
    ("coding", "packed"),
    [("gzip", FEED), ("gzip", gzip.compress(FEED, mtime=0)[:-12]), ("deflate", b"\xff" * 9), ("br", b"x")],
)
async def test_bad_packing_ends_in_a_sentence(site: Site, fetcher: HttpFetcher, coding: str, packed: bytes) -> None:
    site.answer(body=packed, Content_Encoding=coding)
    failed = await failure(fetcher, site.base)
    assert failed.code == "E-FEEDBAD"
    assert "unpacked" in failed.sentence


async def test_a_body_may_be_as_large_as_the_limit_and_no_larger(site: Site, fetcher: HttpFetcher) -> None:
    site.answer(body=b"x" * 100_000)
    assert len((await fetcher.get(site.base)).body) == 100_000
    site.answer(body=b"x" * 100_001)
    failed = await failure(fetcher, site.base)
    assert failed.code == "E-FEEDSIZE"
    assert failed.sentence == "That feed is larger than 0.1 MB, so I stopped reading it."


async def test_a_bomb_is_stopped_as_it_unpacks(site: Site, fetcher: HttpFetcher) -> None:
    site.answer(body=gzip.compress(b"\0" * 50_000_000, mtime=0), Content_Encoding="gzip")
    assert (await failure(fetcher, site.base)).code == "E-FEEDSIZE"


async def test_five_redirects_are_followed_and_not_six(site: Site, fetcher: HttpFetcher) -> None:
    async def count_down(request: web.Request) -> web.StreamResponse:
        left = int(request.path.strip("/"))
        return web.Response(status=302, headers={"Location": str(left - 1)}) if left else web.Response(body=FEED)

    site.handler = count_down
    fetched = await fetcher.get(f"{site.base}/5")
    assert (fetched.url, fetched.body, fetched.moved_for_good) == (f"{site.base}/0", FEED, False)
    assert (await failure(fetcher, f"{site.base}/6")).code == "E-REDIRECT"


@pytest.mark.parametrize(("statuses", "for_good"), [((301,), True), ((308, 301), True), ((301, 302), False)])
async def test_moved_for_good_only_if_every_hop_says_so(
    site: Site, fetcher: HttpFetcher, statuses: tuple[int, ...], for_good: bool
) -> None:
    async def move(request: web.Request) -> web.StreamResponse:
        done = int(request.query.get("done", "0"))
        if done == len(statuses):
            return web.Response(body=FEED)
        return web.Response(status=statuses[done], headers={"Location": f"/?done={done + 1}"})

    site.handler = move
    assert (await fetcher.get(site.base)).moved_for_good is for_good


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("/", "E-REDIRECT"),
        ("", "E-REDIRECT"),
        ("http://[::1", "E-REDIRECT"),
        ("http://127.0.0.1:1/", "E-FEEDPRIVATE"),
        ("http://169.254.169.254/latest/meta-data/", "E-FEEDPRIVATE"),
        ("file:///etc/passwd", "E-ADDRESS"),
        ("http://user:pass@127.0.0.1/", "E-ADDRESS"),
    ],
)
async def test_redirects_that_lead_nowhere_good(site: Site, fetcher: HttpFetcher, location: str, code: str) -> None:
    site.answer(302, Location=location)
    assert (await failure(fetcher, f"{site.base}/")).code == code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "E-NOTFOUND"),
        (410, "E-GONE"),
        (401, "E-FORBIDDEN"),
        (403, "E-FORBIDDEN"),
        (418, "E-FORBIDDEN"),
        (429, "E-BUSY"),
        (503, "E-BUSY"),
        (500, "E-SERVER"),
        (204, "E-SERVER"),
        (304, "E-SERVER"),
    ],
)
async def test_each_refusal_has_its_code(site: Site, fetcher: HttpFetcher, status: int, code: str) -> None:
    site.answer(status, b"")
    failed = await failure(fetcher, site.base)
    assert (failed.code, failed.status, failed.gone) == (code, status, status == 410)
    assert str(status) in failed.sentence


async def test_retry_after_is_read_in_both_forms(site: Site, fetcher: HttpFetcher) -> None:
    now = datetime(2020, 5, 1, 8, tzinfo=UTC)  # by the server's own clock, which is all that counts
    site.answer(429, Retry_After="120")
    assert (await failure(fetcher, site.base)).retry_after == timedelta(seconds=120)
    later = format_datetime(now + timedelta(minutes=5), usegmt=True)
    site.answer(503, Retry_After=later, Date=format_datetime(now, usegmt=True))
    assert (await failure(fetcher, site.base)).retry_after == timedelta(minutes=5)
    site.answer(503, Retry_After=format_datetime(now, usegmt=True))
    assert (await failure(fetcher, site.base)).retry_after == timedelta(0)
    site.answer(429, Retry_After="9" * 40)
    assert (await failure(fetcher, site.base)).retry_after == timedelta(days=30)
    site.answer(429, Retry_After="soon")
    assert (await failure(fetcher, site.base)).retry_after is None


async def test_a_dripping_server_runs_out_of_time(site: Site) -> None:
    gone = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not gone.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    site.handler = drip
    async with HttpFetcher(name="G", version="1", timeout_seconds=0.3, allow_hosts=["127.0.0.1"]) as fetcher:
        failed = await failure(fetcher, site.base)
    gone.set()
    assert failed.code == "E-TIMEOUT"
    assert "0.3 seconds" in failed.sentence


async def test_an_answer_that_breaks_off_is_not_taken_for_whole(site: Site, fetcher: HttpFetcher) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(FEED)
        assert request.transport
        request.transport.close()
        return response

    site.handler = break_off
    failed = await failure(fetcher, site.base)
    assert failed.code == "E-CONNECT"
    assert "broke off" in failed.sentence


@pytest.mark.parametrize(
    "url",
    [
        *("", "feed", "ftp://x.example/", "http://", "http:///feed", "http://[::1", "file:///etc/passwd"),
        *("http://ana:secret@x.example/", "http://ana@x.example/", "http://x.example:99999/", "http://2130706433/"),
    ],
)
async def test_what_is_not_a_web_address_is_refused(fetcher: HttpFetcher, url: str) -> None:
    assert (await failure(fetcher, url)).code == "E-ADDRESS"


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1:9", "localhost:9", "0x7f.1:9", "0.0.0.0:9", "10.1.2.3", "192.168.0.1", "172.16.0.1"),
        *("169.254.169.254", "100.100.100.200", "168.63.129.16", "224.0.0.1", "[::1]", "[::ffff:127.0.0.1]"),
        *("[64:ff9b::7f00:1]", "[fe80::1]", "[fd00:ec2::254]"),
    ],
)
async def test_private_networks_stay_closed(fetcher: HttpFetcher, host: str) -> None:
    failed = await failure(fetcher, f"http://{host}/")
    assert failed.code == "E-FEEDPRIVATE"
    assert failed.sentence == "That address leads to a private network, so I won't open it."


async def test_a_private_host_opens_where_it_is_named(site: Site) -> None:
    for entry, host in [
        ("127.0.0.1", "127.0.0.1"),
        (f"LOCALHOST:{site.port}", "localhost"),
        ("localhost", "localhost"),
    ]:
        async with HttpFetcher(name="G", version="1", allow_hosts=[entry]) as fetcher:
            assert (await fetcher.get(f"http://{host}:{site.port}/")).body == FEED
    async with HttpFetcher(name="G", version="1", allow_hosts=["127.0.0.1:1", "elsewhere"]) as fetcher:
        assert (await failure(fetcher, site.base)).code == "E-FEEDPRIVATE"


async def test_nobody_there(fetcher: HttpFetcher) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with HttpFetcher(name="G", version="1", allow_hosts=["127.0.0.1"]) as open_fetcher:
        assert (await failure(open_fetcher, f"http://127.0.0.1:{port}/")).code == "E-CONNECT"
    failed = await failure(fetcher, "http://no-such-host.invalid/")
    assert failed.code == "E-CONNECT"
    assert "no-such-host.invalid" in failed.sentence


async def test_a_server_without_encryption_behind_https(site: Site, fetcher: HttpFetcher) -> None:
    failed = await failure(fetcher, site.base.replace("http:", "https:"))
    assert failed.code == "E-TLS"


async def test_a_server_that_does_not_speak_http(fetcher: HttpFetcher) -> None:
    async def mumble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 mail.example ready\r\n")
        writer.close()

    async with await asyncio.start_server(mumble, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with HttpFetcher(name="G", version="1", allow_hosts=["127.0.0.1"]) as open_fetcher:
            assert (await failure(open_fetcher, f"http://127.0.0.1:{port}/")).code == "E-CONNECT"


async def test_at_most_two_at_a_time_ask_one_host_and_waiting_is_not_counted(site: Site) -> None:
    inside = most = 0

    async def slow(request: web.Request) -> web.StreamResponse:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.2)
        inside -= 1
        return web.Response(body=FEED)

    site.handler = slow
    async with HttpFetcher(name="G", version="1", timeout_seconds=0.5, allow_hosts=["127.0.0.1"]) as fetcher:
        fetched = await asyncio.gather(*(fetcher.get(f"{site.base}/{n}") for n in range(8)))
    assert [answer.status for answer in fetched] == [200] * 8
    assert most == 2


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *((address, True) for address in ("8.8.8.8", "1.1.1.1", "93.184.215.14", "2606:4700::1111", "2a00:1450::1")),
        *((address, False) for address in ("127.0.0.1", "10.0.0.1", "100.64.0.1", "192.0.2.1", "198.18.0.1")),
        *((address, False) for address in ("0.1.2.3", "240.0.0.1", "255.255.255.255", "239.1.1.1", "192.0.0.192")),
        *((address, False) for address in ("192.88.99.1", "169.254.0.1", "168.63.129.16", "::", "::1", "::8.8.8.8")),
        *((address, False) for address in ("::ffff:8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1", "2002:808:808::1")),
        *((address, False) for address in ("2001::1", "2001:db8::1", "fe80::1%eth0", "fec0::1", "fc00::1", "ff02::1")),
        ("localhost", False),
    ],
)
def test_what_counts_as_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_allowed_hosts_are_matched_whole() -> None:
    allowed = AllowedHosts(["intranet:8080", "Wiki", "[::1]:80", " ", "127.0.0.1:8900"])
    for place in [("intranet", 8080), ("wiki", 1), ("WIKI", 443), ("::1", 80), ("127.0.0.1", 8900)]:
        assert place in allowed
    for place in [("intranet", 80), ("sub.wiki", 80), ("::1", 81), ("127.0.0.1", 80), ("localhost", 8900), ("", 80)]:
        assert place not in allowed
