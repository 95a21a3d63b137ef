"""A small Slack on this machine: its Web API, Socket Mode and response_urls, over real connections.

It keeps what it is sent, refuses what Slack would (`faults` says why), and can be made to fail: `trouble[method]` holds
one entry for each call to come, oldest first.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

from aiohttp import WSCloseCode, web
from aiohttp.test_utils import TestServer

from tests.slack_checks import faults_of_message, faults_of_view

BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-loopback", "xapp-loopback", "loopback-signing-secret"
SCOPES = "commands,chat:write,im:write,mpim:write,users:read,usergroups:read,files:write"
ACK = 3.0  # seconds that Slack waits for an acknowledgement
PATIENCE = 8.0  # seconds that a test waits for something to be shown


@dataclass(frozen=True)
class Trouble:
    """How a call goes wrong: an error code, an HTTP status, a cut before or after it was done, or a wait."""

    error: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: str = ""  # "before" or "after"
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Shown:
    """Something that somebody sees: a message, a private message, a dialogue, a home."""

    kind: str  # "channel", "ephemeral", "view", "home"
    body: dict[str, Any]
    channel: str = ""
    ts: str = ""
    view_id: str = ""

    def words(self) -> str:
        """All it says."""
        return "\n".join(_words(self.body.get("blocks", [])))

    def control(self, label: str) -> dict[str, Any]:
        """The one button or select with this label."""
        rows = [block["elements"] for block in self.body["blocks"] if block["type"] == "actions"]
        found = [c for row in rows for c in row if label in (c.get("text") or c.get("placeholder"))["text"]]
        assert len(found) == 1, f"{label!r} is on {len(found)} controls of {self.words()}"
        return dict(found[0])


class LoopbackSlack:
    """The server. Use it as an async context manager."""

    team, team_name, bot = "T1", "AI Guild", "UBOT"

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, list[str]] = {}
        self.channels: dict[str, list[dict[str, Any]]] = {}  # those that the bot is in
        self.archived: set[str] = set()
        self.files: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[str] = []
        self.trouble: dict[str, deque[Trouble]] = defaultdict(deque)
        self.shown: dict[str, asyncio.Queue[Shown]] = defaultdict(asyncio.Queue)  # by person, or by channel
        self.scopes = SCOPES
        self.sockets: list[web.WebSocketResponse] = []
        self.connected = asyncio.Event()
        self.triggers: set[str] = set()
        self.views: dict[str, Shown] = {}
        self._acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._hooks: dict[str, dict[str, Any]] = {}
        self._count = count(1)
        application = web.Application()
        application.add_routes(
            [
                web.route("*", "/api/{method}", self._api),
                web.get("/socket", self._socket),
                web.post("/hook/{hook}", self._hook),
                web.post("/upload/{file}", self._upload),
            ]
        )
        self.server = TestServer(application)

    async def __aenter__(self) -> Self:
        await self.server.start_server()
        return self

    async def __aexit__(self, *args: object) -> None:
        for socket in self.sockets:
            await socket.close()
        await self.server.close()

    @property
    def url(self) -> str:
        return str(self.server.make_url("/api"))

    def add_user(self, user: str, name: str, zone: str = "Europe/Berlin", **more: Any) -> None:
        profile = {"display_name": name}
        known = {"id": user, "team_id": self.team, "profile": profile, "tz": zone, "locale": "en-GB", "is_bot": False}
        self.users[user] = {**known, **more}

    def called(self, method: str) -> list[dict[str, Any]]:
        """The bodies of the calls of a method so far."""
        return [body for name, body in self.calls if name == method]

    async def next_shown(self, who: str) -> Shown:
        return await asyncio.wait_for(self.shown[who].get(), PATIENCE)

    def trigger(self) -> str:
        made = f"trigger.{next(self._count)}"
        self.triggers.add(made)
        return made

    def hook(self, user: str, channel: str, original: Shown | None = None) -> str:
        """A response_url, good for five answers."""
        name = f"h{next(self._count)}"
        self._hooks[name] = {"user": user, "channel": channel, "original": original, "left": 5}
        return str(self.server.make_url(f"/hook/{name}"))

    # --- Socket Mode -------------------------------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.connected.set()
        async for message in socket:
            answer = json.loads(message.data)
            waiting = self._acks.get(answer["envelope_id"])
            if waiting and not waiting.done():
                waiting.set_result(answer.get("payload") or {})
        self.sockets.remove(socket)
        if not self.sockets:
            self.connected.clear()
        return socket

    async def deliver(self, kind: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Send an envelope through the newest socket; returns what it is acknowledged with, within three seconds."""
        await asyncio.wait_for(self.connected.wait(), PATIENCE)
        envelope = f"e{next(self._count)}"
        self._acks[envelope] = asyncio.get_running_loop().create_future()
        kind_of_envelope = dict.fromkeys(("view_submission", "message_action", "block_suggestion"), "interactive").get(
            kind, kind
        )
        await self.sockets[-1].send_json(
            {
                "type": kind_of_envelope,
                "envelope_id": envelope,
                "payload": payload,
                "accepts_response_payload": True,
                **more,
            }
        )
        return await asyncio.wait_for(self._acks[envelope], ACK)

    async def hang_up(self) -> None:
        """Cut every socket, as a restart over there does; a client should come back."""
        self.connected.clear()
        for socket in list(self.sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def ask_to_reconnect(self) -> None:
        """Say that this socket will go soon."""
        self.connected.clear()
        await self.sockets[-1].send_json({"type": "disconnect", "reason": "refresh_requested"})

    # --- the Web API -------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = {**request.query, **await _body(request)}
        self.calls.append((method, body))
        trouble = self.trouble[method].popleft() if self.trouble[method] else Trouble()
        if trouble.cut == "before":
            _cut(request)
        if trouble.status != 200 or trouble.error:
            answer = {"ok": False, "error": trouble.error or "ratelimited", **trouble.more}
            return web.json_response(answer, status=trouble.status, headers=trouble.headers)
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if request.headers.get("Authorization") != f"Bearer {wanted}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        answer = getattr(self, "_" + method.replace(".", "_").lower())(body)
        if trouble.cut == "after":
            _cut(request)
        return web.json_response({"ok": "error" not in answer, **answer}, headers={"x-oauth-scopes": self.scopes})

    def _auth_test(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"team_id": self.team, "team": self.team_name, "user_id": self.bot, "user": "guildhall", "bot_id": "B1"}

    def _apps_connections_open(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"url": str(self.server.make_url("/socket")).replace("http:", "ws:")}

    def _users_info(self, body: dict[str, Any]) -> dict[str, Any]:
        known = self.users.get(body["user"])
        return {"user": known} if known else {"error": "user_not_found"}

    def _usergroups_users_list(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"users": self.groups[body["usergroup"]]}

    def _conversations_open(self, body: dict[str, Any]) -> dict[str, Any]:
        people = sorted(body["users"].split(","))
        channel = "D" + people[0] if len(people) == 1 else "G" + "-".join(people)
        self.channels.setdefault(channel, [])
        return {"channel": {"id": channel}}

    def _chat_postmessage(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["channel"] in self.archived:
            return {"error": "is_archived"}
        if body["channel"] not in self.channels:
            return {"error": "not_in_channel"}
        if self._refuses(faults_of_message(body)):
            return {"error": "invalid_blocks"}
        return {"ts": self._post(body["channel"], body).ts, "channel": body["channel"]}

    def _post(self, channel: str, body: dict[str, Any]) -> Shown:
        ts = f"1764000000.{next(self._count):06d}"
        self.channels[channel].insert(0, {**body, "ts": ts})
        shown = Shown("channel", body, channel, ts)
        self.shown[channel].put_nowait(shown)
        return shown

    def _chat_postephemeral(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["channel"] not in self.channels:
            return {"error": "not_in_channel"}
        if self._refuses(faults_of_message(body)):
            return {"error": "invalid_blocks"}
        ts = f"1764000000.{next(self._count):06d}"
        self.shown[body["user"]].put_nowait(Shown("ephemeral", body, body["channel"], ts))
        return {"message_ts": ts}

    def _chat_update(self, body: dict[str, Any]) -> dict[str, Any]:
        if self._refuses(faults_of_message(body)):
            return {"error": "invalid_blocks"}
        for message in self.channels.get(body["channel"], []):
            if message["ts"] == body["ts"]:
                message.update(body)
                self.shown[body["channel"]].put_nowait(Shown("channel", body, body["channel"], body["ts"]))
                return {"ts": body["ts"]}
        return {"error": "message_not_found"}

    def _conversations_history(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"messages": self.channels[body["channel"]]}

    def _conversations_replies(self, body: dict[str, Any]) -> dict[str, Any]:
        return {"messages": [m for m in self.channels[body["channel"]] if body["ts"] in (m["ts"], m.get("thread_ts"))]}

    def _files_getuploadurlexternal(self, body: dict[str, Any]) -> dict[str, Any]:
        file = f"F{next(self._count)}"
        self.files.append({"id": file, **body})
        return {"file_id": file, "upload_url": str(self.server.make_url(f"/upload/{file}"))}

    async def _upload(self, request: web.Request) -> web.Response:
        [file] = [each for each in self.files if each["id"] == request.match_info["file"]]
        file["content"] = await request.read()
        return web.Response(text="OK")

    def _files_completeuploadexternal(self, body: dict[str, Any]) -> dict[str, Any]:
        [file] = json.loads(body["files"])
        [kept] = [each for each in self.files if each["id"] == file["id"]]
        kept.update(channel=body["channel_id"], comment=body["initial_comment"])
        return {"files": [file]}

    # --- views -------------------------------------------------------------------------------------------------------

    def _views_open(self, body: dict[str, Any]) -> dict[str, Any]:
        trigger = body["trigger_id"]
        if trigger not in self.triggers:
            return {"error": "expired_trigger_id"}
        self.triggers.remove(trigger)
        return self._show_view(body["view"], f"V{next(self._count)}")

    _views_push = _views_open

    def _views_update(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._show_view(body["view"], body["view_id"])

    def _show_view(self, view: Any, view_id: str) -> dict[str, Any]:
        view = json.loads(view) if isinstance(view, str) else view
        if self._refuses(faults_of_view(view)):
            return {"error": "invalid_arguments"}
        shown = Shown("view", view, view_id=view_id)
        self.views[view_id] = shown
        self.shown["views"].put_nowait(shown)
        return {"view": {"id": view_id}}

    def _views_publish(self, body: dict[str, Any]) -> dict[str, Any]:
        view = json.loads(body["view"]) if isinstance(body["view"], str) else body["view"]
        if self._refuses(faults_of_view(view)):
            return {"error": "invalid_arguments"}
        self.shown[body["user_id"]].put_nowait(Shown("home", view, view_id=f"VH{body['user_id']}"))
        return {"view": {"id": f"VH{body['user_id']}"}}

    def _refuses(self, faults: list[str]) -> bool:
        self.faults += faults
        return bool(faults)

    # --- response_urls -----------------------------------------------------------------------------------------------

    async def _hook(self, request: web.Request) -> web.Response:
        hook = self._hooks.get(request.match_info["hook"])
        body = await _body(request)
        self.calls.append(("response_url", body))
        if hook is None or not hook["left"]:
            return web.Response(status=404, text="used_url")
        hook["left"] -= 1
        if self._refuses(faults_of_message(body)):
            return web.Response(status=500, text="invalid_blocks")
        if body.get("replace_original") and hook["original"]:
            hook["original"].body = body
            self.shown[hook["user"]].put_nowait(hook["original"])
        elif body.get("response_type") == "in_channel":
            self.channels.setdefault(hook["channel"], [])
            self._post(hook["channel"], body)
        else:
            ts = f"1764000000.{next(self._count):06d}"
            self.shown[hook["user"]].put_nowait(Shown("ephemeral", body, hook["channel"], ts))
        return web.Response(text="ok")


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        given: dict[str, Any] = await request.json()
        return given
    return {key: str(value) for key, value in (await request.post()).items()}


def _cut(request: web.Request) -> None:
    """Break the connection off."""
    assert request.transport is not None
    request.transport.abort()
    raise asyncio.CancelledError


def _words(node: Any) -> list[str]:
    if isinstance(node, list):
        return [words for child in node for words in _words(child)]
    if not isinstance(node, dict):
        return []
    own = [node["text"]] if isinstance(node.get("text"), str) else []
    return own + [words for child in node.values() for words in _words(child)]
