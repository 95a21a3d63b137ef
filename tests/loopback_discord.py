"""A small Discord of our own on this machine: REST and gateway, for discord.py's real HTTP client and websocket.

It keeps one server with channels, takes messages, commands, threads and events, drops repeated nonces as Discord does,
and remembers every request. `trouble` is what happens to the next requests of a path; `cut` breaks the gateway.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import zlib
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from tests import discord_payloads as payloads
from tests.discord_payloads import APPLICATION, BOT, GUILD, ME, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_EPOCH = 1_420_070_400_000  # Discord's, in milliseconds


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: `path` without the base, `body` decoded."""

    method: str
    path: str
    body: Any
    token: str


@dataclass(slots=True)
class Trouble:
    """What happens instead of, or (`after`) once a request was done: a status with a body, or a broken connection."""

    method: str
    path: str  # a regular expression
    status: int = 0  # 0 breaks the connection
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False


@dataclass(slots=True)
class Asked:
    """An interaction and what was answered to it."""

    id: str
    callbacks: list[dict[str, Any]] = field(default_factory=list)
    shown: dict[str, Any] | None = None  # the message that stands there now
    done: asyncio.Event = field(default_factory=asyncio.Event)


def rate_limited(path: str, seconds: float) -> Trouble:
    """A 429 as Discord's own servers send it."""
    body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
    return Trouble("POST", path, 429, body, {"Via": "1.1 google", "Retry-After": str(seconds)})


class LoopbackDiscord:
    """The server. `start` it, point `discord.api_url` at `url`, `stop` it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.trouble: list[Trouble] = []
        self.commands: list[dict[str, Any]] = []
        self.messages: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)  # by channel and id
        self.threads: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.members: dict[str, set[str]] = defaultdict(set)  # of threads
        self.sessions: list[str] = []  # "identify", "resume", as they came
        self.asked: dict[str, Asked] = {}
        self.url = ""
        self.lets_in = asyncio.Event()  # whether the gateway takes connections
        self.lets_in.set()
        self._nonces: dict[tuple[str, str], dict[str, Any]] = {}
        self._counter = count(1)
        self._log: list[dict[str, Any]] = []  # the session's events, for RESUME
        self._send: Callable[[dict[str, Any]], Any] | None = None
        self._socket: web.WebSocketResponse | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_get("/gateway", self._gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/api/v10"

    async def stop(self) -> None:
        """Hang up."""
        if self._runner:
            await self._runner.cleanup()

    def snowflake(self) -> str:
        """A fresh id that says when it was made."""
        return str((time.time_ns() // 1_000_000 - _EPOCH << 22) + next(self._counter))

    def sent(self, method: str, path: str) -> list[Any]:
        """The bodies of the requests to a path (a regular expression), oldest first."""
        return [r.body for r in self.requests if r.method == method and re.fullmatch(path, r.path)]

    # --- REST --------------------------------------------------------------------------------------------------------

    async def _rest(self, http: web.Request) -> web.StreamResponse:
        path = "/" + http.match_info["path"]
        body = await _body(http)
        self.requests.append(Request(http.method, path, body, http.headers.get("Authorization", "")))
        trouble = next((t for t in self.trouble if t.method == http.method and re.fullmatch(t.path, path)), None)
        if trouble:
            self.trouble.remove(trouble)
            if trouble.after:
                self._answer(http.method, path, body)
            return await _fail(http, trouble)
        wants_token = not path.startswith(("/interactions", "/webhooks"))
        if wants_token and http.headers.get("Authorization") != f"Bot {TOKEN}":
            return _json({"message": "401: Unauthorized", "code": 0}, 401)
        answer = self._answer(http.method, path, body)
        if answer is None:
            return web.Response(status=204)
        return _json(answer) if answer is not NotImplemented else _json({"message": "404", "code": 0}, 404)

    def _answer(self, method: str, path: str, body: Any) -> Any:
        for wanted, pattern, answer in self._routes():
            found = re.fullmatch(pattern, path)
            if wanted == method and found:
                return answer(body, *found.groups())
        return NotImplemented

    def _routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        gateway = self.url.replace("http://", "ws://").replace("/api/v10", "/gateway")
        return [
            ("GET", "/users/@me", lambda _: ME),
            ("GET", "/oauth2/applications/@me", lambda _: payloads.application()),
            ("GET", "/gateway", lambda _: {"url": gateway}),
            ("GET", r"/applications/\d+/commands", lambda _: self.commands),
            ("PUT", r"/applications/\d+/commands", self._take_commands),
            ("POST", "/users/@me/channels", lambda body: {"id": f"9{body['recipient_id']}", "type": 1}),
            ("POST", r"/channels/(\d+)/messages", self._take_message),
            ("PATCH", r"/channels/(\d+)/messages/(\d+)", self._change_message),
            ("POST", r"/channels/(\d+)/threads", self._take_thread),
            ("PUT", r"/channels/(\d+)/thread-members/(\d+)", lambda _, at, who: self.members[at].add(who)),
            ("GET", r"/guilds/\d+/threads/active", lambda _: {"threads": self.threads, "members": []}),
            ("GET", r"/guilds/\d+/scheduled-events", lambda _: self.events),
            ("POST", r"/guilds/\d+/scheduled-events", self._take_event),
            ("PATCH", r"/guilds/\d+/scheduled-events/(\d+)", self._change_event),
            ("POST", r"/interactions/(\d+)/[^/]+/callback", self._take_callback),
            ("PATCH", rf"/webhooks/{APPLICATION}/token-(\d+)/messages/@original", self._fill_in),
            ("DELETE", rf"/webhooks/{APPLICATION}/token-(\d+)/messages/@original", lambda _, _id: None),
            ("POST", rf"/webhooks/{APPLICATION}/token-(\d+)", self._fill_in),
        ]

    def _take_commands(self, body: Any) -> Any:
        """Keep them with what Discord adds, so that comparing them is no child's play."""
        extra = {"application_id": APPLICATION, "nsfw": False, "name_localizations": None, "dm_permission": True}
        self.commands = []
        for command in body:
            permissions = command.get("default_member_permissions")
            kept = {**command, **extra, "id": self.snowflake(), "version": self.snowflake()}
            self.commands.append({**kept, "default_member_permissions": permissions and str(permissions)})
        return self.commands

    def _take_message(self, body: Any, channel: str) -> Any:
        nonce = (channel, str(body.get("nonce")))
        if body.get("enforce_nonce") and nonce in self._nonces:
            return self._nonces[nonce]
        made = self._made(channel, body)
        self._nonces[nonce] = made
        return made

    def _made(self, channel: str, body: Any, identifier: str = "") -> dict[str, Any]:
        made = payloads.message(identifier or self.snowflake(), channel, body)
        self.messages[channel][made["id"]] = made
        return made

    def _change_message(self, body: Any, channel: str, message: str) -> Any:
        self.messages[channel][message] |= {"components": body["components"]}
        return self.messages[channel][message]

    def _take_thread(self, body: Any, channel: str) -> Any:
        thread = {"id": self.snowflake(), "parent_id": channel, "owner_id": BOT, "name": body["name"]}
        self.threads.append(thread)
        if "message" not in body:
            return thread
        return {**thread, "message": self._made(thread["id"], body["message"], thread["id"])}

    def _take_event(self, body: Any) -> Any:
        self.events.append({**body, "id": self.snowflake()})
        return self.events[-1]

    def _change_event(self, body: Any, identifier: str) -> Any:
        [event] = [event for event in self.events if event["id"] == identifier]
        event |= body
        return event

    def _take_callback(self, body: Any, identifier: str) -> Any:
        asked = self.asked[identifier]
        asked.callbacks.append(body)
        if body["type"] in (4, 7):
            asked.shown = self._made("0", body["data"])
        if body["type"] not in (5, 6):
            asked.done.set()
        return {"interaction": {"id": identifier, "type": 2}}

    def _fill_in(self, body: Any, identifier: str) -> Any:
        asked = self.asked[identifier]
        asked.shown = self._made("0", body)
        asked.done.set()
        return asked.shown

    # --- the gateway -------------------------------------------------------------------------------------------------

    async def _gateway(self, http: web.Request) -> web.StreamResponse:
        assert http.query["compress"] == "zlib-stream"
        await self.lets_in.wait()
        socket = web.WebSocketResponse()
        await socket.prepare(http)
        packer = zlib.compressobj()

        async def send(message: dict[str, Any]) -> None:
            await socket.send_bytes(packer.compress(json.dumps(message).encode()) + packer.flush(zlib.Z_SYNC_FLUSH))

        self._socket = socket
        await send({"op": 10, "d": {"heartbeat_interval": 41_250}})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._hear(json.loads(frame.data), send)
        return socket

    async def _hear(self, said: dict[str, Any], send: Callable[[dict[str, Any]], Any]) -> None:
        if said["op"] == 1:
            await send({"op": 11})
        elif said["op"] == 2:
            self.sessions.append("identify")
            self._log, self._send = [], send
            assert said["d"]["intents"] == 1, "no intent but GUILDS"
            await self._begin()
        elif said["op"] == 6:
            self.sessions.append("resume")
            self._send = send
            for missed in self._log[said["d"]["seq"] :]:
                await send(missed)
            await self.dispatch("RESUMED", {})

    async def _begin(self) -> None:
        resume = self.url.replace("http://", "ws://").replace("/api/v10", "/gateway")
        ready = {"v": 10, "user": ME, "session_id": "s1", "resume_gateway_url": resume}
        guilds = [{"id": GUILD, "unavailable": True}]
        await self.dispatch("READY", {**ready, "guilds": guilds, "application": {"id": APPLICATION, "flags": 0}})
        await self.dispatch("GUILD_CREATE", payloads.guild())

    async def dispatch(self, event: str, data: dict[str, Any]) -> None:
        """Send an event, now or when the session is resumed."""
        message = {"op": 0, "t": event, "s": len(self._log) + 1, "d": data}
        self._log.append(message)
        if self._send and self._socket and not self._socket.closed:
            await self._send(message)

    async def cut(self, code: int = 4000) -> None:
        """Break the gateway; with the usual code the session can be resumed."""
        assert self._socket is not None
        socket, self._send = self._socket, None
        await socket.close(code=code)

    # --- people ------------------------------------------------------------------------------------------------------

    async def use(self, kind: int, data: dict[str, Any], *, moderator: bool = False, on: Any = None) -> Asked:
        """Have somebody use a command (2), press or choose (3), send a form (5); returns once it is answered."""
        asked = Asked(self.snowflake())
        self.asked[asked.id] = asked
        payload = payloads.interaction(asked.id, kind, data, moderator=moderator)
        await self.dispatch("INTERACTION_CREATE", {**payload, **({"message": on} if on else {})})
        await asyncio.wait_for(asked.done.wait(), 10)
        return asked


async def _body(http: web.Request) -> Any:
    if http.content_type == "multipart/form-data":
        return json.loads(str((await http.post())["payload_json"]))
    text = await http.text()
    return json.loads(text) if text else None


def _json(answer: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON of exactly this content type: discord.py takes no other for JSON."""
    body = json.dumps(answer).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json", **(headers or {})})


async def _fail(http: web.Request, trouble: Trouble) -> web.StreamResponse:
    if trouble.status:
        return _json(trouble.body, trouble.status, trouble.headers)
    assert http.transport is not None
    http.transport.close()
    return web.Response(status=500)
