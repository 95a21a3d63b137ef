"""People who use the loopback Slack as their client would let them: type, press, choose, fill in."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from tests.loopback_slack import SECRET

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from tests.loopback_slack import LoopbackSlack, Shown


class Deliver(Protocol):
    """How Slack brings us something; returns what we acknowledge it with."""

    async def __call__(self, kind: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]: ...


class ByHttp:
    """Slack's requests of HTTP mode, signed."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def __call__(self, kind: str, payload: dict[str, Any], **more: Any) -> dict[str, Any]:
        status, text = await self.post(kind, payload)
        assert status == 200, (status, text)
        return json.loads(text) if text.startswith("{") else {}

    async def post(self, kind: str, payload: dict[str, Any], secret: str = SECRET, age: int = 0) -> tuple[int, str]:
        """Send it, `age` seconds after it was signed."""
        if kind == "events_api":
            body, content_type = json.dumps(payload), "application/json"
        else:
            fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content_type = urlencode(fields), "application/x-www-form-urlencoded"
        stamp = str(int(time.time()) - age)
        signature = "v0=" + hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": content_type, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
        async with self.session.post(self.url, data=body, headers=headers) as answer:
            return answer.status, await answer.text()


class Person:
    """Somebody in a channel."""

    def __init__(self, slack: LoopbackSlack, deliver: Deliver, user: str, channel: str) -> None:
        self.slack = slack
        self.deliver = deliver
        self.user = user
        self.channel = channel

    # --- doing -------------------------------------------------------------------------------------------------------

    async def type(self, line: str) -> None:
        """Send a slash command."""
        command, _, text = line.partition(" ")
        payload = {
            **self._common(),
            "command": command,
            "text": text,
            "user_id": self.user,
            "user_name": self.user.lower(),
            "team_id": self.slack.team,
            "channel_id": self.channel,
            "channel_name": "somewhere",
            "response_url": self.slack.hook(self.user, self.channel),
        }
        await self.deliver("slash_commands", payload)

    async def press(self, shown: Shown, label: str, option: str = "") -> None:
        """Press a button, or choose an option of a select, on something shown."""
        control = shown.control(label)
        action = {"type": control["type"], "action_id": control["action_id"], "block_id": "b1", "action_ts": "1.1"}
        if option:
            [chosen] = [each for each in control["options"] if option in each["text"]["text"]]
            action["selected_option"] = chosen
        await self.deliver("interactive", {**self._press_in(shown), "actions": [action]})

    def _press_in(self, shown: Shown) -> dict[str, Any]:
        payload = {**self._common(), "type": "block_actions", "user": self._me()}
        if shown.kind in ("view", "home"):
            view = {**shown.body, "id": shown.view_id}
            return {**payload, "container": {"type": "view", "view_id": shown.view_id}, "view": view}
        return {
            **payload,
            "container": {
                "type": "message",
                "message_ts": shown.ts,
                "channel_id": shown.channel,
                "is_ephemeral": shown.kind == "ephemeral",
            },
            "channel": {"id": shown.channel, "name": "somewhere"},
            "message": {"ts": shown.ts, **shown.body},
            "response_url": self.slack.hook(self.user, shown.channel, shown),
        }

    async def submit(self, shown: Shown, **values: Any) -> dict[str, Any]:
        """Fill in a dialogue and send it; returns what it is acknowledged with."""
        inputs = [block for block in shown.body["blocks"] if block["type"] == "input"]
        unknown = set(values) - {block["block_id"] for block in inputs}
        assert not unknown, f"the dialogue has no {unknown}"
        state = {
            block["block_id"]: {block["block_id"]: _state(block["element"], values.get(block["block_id"]))}
            for block in inputs
        }
        view = {**shown.body, "id": shown.view_id, "state": {"values": state}}
        return await self.deliver(
            "view_submission", {**self._common(), "type": "view_submission", "user": self._me(), "view": view}
        )

    async def types_in(self, shown: Shown, field: str, words: str) -> list[dict[str, Any]]:
        """Type into a field that suggests; returns the options that it then offers."""
        view = {**shown.body, "id": shown.view_id}
        asked = {**self._common(), "type": "block_suggestion", "user": self._me(), "container": {"type": "view"}}
        asked |= {"action_id": field, "block_id": field, "value": words, "view": view}
        offered: list[dict[str, Any]] = (await self.deliver("block_suggestion", asked))["options"]
        return offered

    async def point_at(self, text: str, callback_id: str) -> None:
        """Use a shortcut in a message's menu."""
        payload = {**self._common(), "type": "message_action", "callback_id": callback_id, "user": self._me()}
        payload |= {"channel": {"id": self.channel, "name": "somewhere"}, "message": {"ts": "1.2", "text": text}}
        payload["response_url"] = self.slack.hook(self.user, self.channel)
        await self.deliver("message_action", payload)

    async def open_home(self, event_id: str = "Ev1", **more: Any) -> None:
        """Open the App Home."""
        event = {"type": "app_home_opened", "user": self.user, "channel": f"D{self.user}", "tab": "home"}
        await self.deliver(
            "events_api",
            {"type": "event_callback", "team_id": self.slack.team, "event_id": event_id, "event": event},
            **more,
        )

    # --- seeing ------------------------------------------------------------------------------------------------------

    async def sees(self) -> Shown:
        """What is shown to them alone next: a private message, their home."""
        return await self.slack.next_shown(self.user)

    async def sees_dialogue(self) -> Shown:
        """The dialogue that opens, or changes, next."""
        return await self.slack.next_shown("views")

    def _common(self) -> dict[str, Any]:
        return {"token": "t", "team": {"id": self.slack.team, "domain": "guild"}, "trigger_id": self.slack.trigger()}

    def _me(self) -> dict[str, Any]:
        return {"id": self.user, "username": self.user.lower(), "team_id": self.slack.team}


def _state(element: dict[str, Any], given: Any) -> dict[str, Any]:
    """The state of an input as Slack sends it: what was given, else what stood in it."""
    kind = element["type"]
    if kind == "external_select":  # one of the options that were offered
        return {"type": kind, "selected_option": element.get("initial_option") if given is None else given}
    if kind == "plain_text_input":
        return {"type": kind, "value": element.get("initial_value") if given is None else given}
    if kind == "datetimepicker":
        return {"type": kind, "selected_date_time": int(given) if given else None}
    if kind == "conversations_select":
        return {"type": kind, "selected_conversation": element.get("initial_conversation") if given is None else given}
    if kind == "checkboxes":
        ticked = element.get("initial_options", [])
        if given is not None:
            ticked = [option for option in element["options"] if option["value"] in given.split(",")]
        return {"type": kind, "selected_options": ticked}
    chosen = element.get("initial_option")
    if given is not None:
        [chosen] = [option for option in element["options"] if option["value"] == given]
    return {"type": kind, "selected_option": chosen}
