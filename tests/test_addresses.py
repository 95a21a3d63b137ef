"""Every way we know of writing this machine's own address: none reaches a server that waits there."""

from __future__ import annotations

import asyncio
import itertools
import socket
from typing import TYPE_CHECKING

import pytest
from aiohttp import abc, web

from adapters.http import HttpFetcher
from bot.ports import FetchFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LITERALS = """
http://127.0.0.1:{port}/          http://127.0.0.1.:{port}/         http://127.1:{port}/           http://127.0.1:{port}/
http://2130706433:{port}/         http://017700000001:{port}/       http://0x7f000001:{port}/      http://0x7f.1:{port}/
http://0177.0.0.1:{port}/         http://0177.0x0.0.1:{port}/       http://127.000.000.001:{port}/ http://0x7F.0x0.0x0.0x1:{port}/
http://6425673729:{port}/         http://127.0.0.257:{port}/        http://127.255.255.254:{port}/ http://127.0.0.1%00:{port}/
http://0:{port}/                  http://0.0.0.0:{port}/            http://0x0:{port}/             http://00.0.0.0:{port}/
http://localhost:{port}/          http://LOCALHOST:{port}/          http://localhost.:{port}/      http://ip6-localhost:{port}/
http://[::1]:{port}/              http://[0:0:0:0:0:0:0:1]:{port}/  http://[::]:{port}/            http://[0000::0001]:{port}/
http://[::ffff:127.0.0.1]:{port}/ http://[::ffff:7f00:1]:{port}/    http://[::127.0.0.1]:{port}/   http://[::ffff:0:127.0.0.1]:{port}/
http://[64:ff9b::7f00:1]:{port}/  http://[64:ff9b:1::7f00:1]:{port}/ http://[2002:7f00:1::]:{port}/ http://[2001:0:7f00:1::1]:{port}/
http://[::1%25lo]:{port}/         http://[fe80::1%25lo]:{port}/     http://[::1%lo]:{port}/        http://[::ffff:127.0.0.1%251]:{port}/
http://x.example@127.0.0.1:{port}/ http://x.example:80@127.0.0.1:{port}/ http://127.0.0.1:{port}@127.0.0.1:{port}/
http://127.0.0.1:{port}\\@x.example/ http://x.example#@127.0.0.1:{port}/ http://@127.0.0.1:{port}/ http://127.0.0.1:{port}#x.example
http://１２７.０.０.１:{port}/    http://①②⑦.⓪.⓪.①:{port}/         http://127。0。0。1:{port}/   http://127．0．0．1:{port}/
http://١٢٧.0.0.1:{port}/          http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/          http://ｌocalhost:{port}/      http://%31%32%37.0.0.1:{port}/
http://%6c%6fcalhost:{port}/      http:127.0.0.1:{port}/            http:///127.0.0.1:{port}/      //127.0.0.1:{port}/
http:\\\\127.0.0.1:{port}/        https://127.0.0.1:{port}/         https://localhost:{port}/      HTTP://127.0.0.1:{port}/
ftp://127.0.0.1:{port}/           gopher://127.0.0.1:{port}/_x      file:///etc/passwd             dict://127.0.0.1:{port}/x
""".split()
BROKEN = [
    "http://127.0.\n0.1:{port}/",
    "http://127.0.0.1\t:{port}/",
    " http://127.0.0.1:{port}/ ",
    "http://127.0.0.1 :{port}/",
]
NAMES = {
    "a.evil.example": ["127.0.0.1"],
    "aaaa.evil.example": ["::1"],
    "mapped.evil.example": ["::ffff:127.0.0.1"],
    "compatible.evil.example": ["::127.0.0.1"],
    "nat64.evil.example": ["64:ff9b::7f00:1"],
    "6to4.evil.example": ["2002:7f00:1::1"],
    "zero.evil.example": ["0.0.0.0"],
    "metadata.evil.example": ["169.254.169.254"],
    "zone.evil.example": ["fe80::1%lo"],
    "both.evil.example": ["::1", "127.0.0.1"],
    "private-first.evil.example": ["10.0.0.1", "127.0.0.1"],
}
HOPS = [
    *("http://127.0.0.1:{port}/", "http://2130706433:{port}/", "//127.0.0.1:{port}/", "http://[::1]:{port}/"),
    *(
        "http://localhost:{port}/",
        "http://a.evil.example:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://0:{port}/",
    ),
    *("http://x.example@127.0.0.1:{port}/", "\\\\127.0.0.1:{port}/", "/\\127.0.0.1:{port}/", "file:///etc/passwd"),
    *("http://rebinds.evil.example:{port}/", "https://127.0.0.1:{port}/", "/again?to=http://127.0.0.1:{port}/"),
]


class Evil(abc.AbstractResolver):
    """A name server in bad hands: one name answers differently each time it is asked."""

    def __init__(self) -> None:
        self._rebinding = itertools.cycle([["203.0.113.7"], ["127.0.0.1"], ["::1"]])

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[abc.ResolveResult]:
        addresses = next(self._rebinding) if host == "rebinds.evil.example" else NAMES.get(host)
        if host.strip(".").lower() in {"localhost", "ip6-localhost"}:
            addresses = ["127.0.0.1", "::1"]
        if not addresses:
            raise OSError(f"no such name: {host}")
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


class Sentinel:
    """Counts whoever connects to this machine."""

    def __init__(self) -> None:
        self.reached = 0
        self.port = 0

    def connected(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reached += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        writer.close()


@pytest.fixture
async def sentinel() -> AsyncIterator[Sentinel]:
    sentinel = Sentinel()
    with socket.socket(socket.AF_INET6) as both:
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        both.bind(("::", 0))
        sentinel.port = both.getsockname()[1]
        async with await asyncio.start_server(sentinel.connected, sock=both):
            yield sentinel


@pytest.fixture
async def redirector() -> AsyncIterator[str]:
    """The address of a server that may be asked, and that sends everybody to where its query says."""

    async def send_on(request: web.Request) -> web.Response:
        status = int(request.query.get("status", "302"))
        return web.Response(status=status, headers={"Location": request.query["to"]})

    site = web.Application()
    site.router.add_get("/{path:.*}", send_on)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_sentinel_can_be_reached_where_it_is_allowed(sentinel: Sentinel) -> None:
    async with HttpFetcher(name="G", version="1", allow_hosts=["127.0.0.1"]) as fetcher:
        assert (await fetcher.get(f"http://127.0.0.1:{sentinel.port}/")).body == b"secret"
    assert sentinel.reached == 1


async def test_no_trick_reaches_it(sentinel: Sentinel) -> None:
    tricks = [*LITERALS, *BROKEN, *(f"http://{name}:{{port}}/" for name in (*NAMES, "rebinds.evil.example"))]
    assert len(tricks) > 80
    async with HttpFetcher(name="G", version="1", timeout_seconds=2, resolver=Evil()) as fetcher:
        for trick in tricks * 2:  # a second look, in which a name may answer differently
            with pytest.raises(FetchFailed) as refused:
                await fetcher.get(trick.format(port=sentinel.port))
            assert refused.value.code in {"E-FEEDPRIVATE", "E-ADDRESS", "E-CONNECT"}, trick
            assert refused.value.advice
    assert sentinel.reached == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_reaches_it(sentinel: Sentinel, redirector: str, status: int) -> None:
    async with HttpFetcher(
        name="G", version="1", timeout_seconds=2, allow_hosts=[redirector], resolver=Evil()
    ) as fetcher:
        for hop in HOPS:
            target = hop.format(port=sentinel.port)
            with pytest.raises(FetchFailed):
                await fetcher.get(f"http://{redirector}/?status={status}&to={target}")
    assert sentinel.reached == 0
