"""Guildhall on Slack: what people do there is handed to `App`, and its answers are shown.

Everything is acknowledged at once; an answer that takes longer simply arrives later. Only a submitted form waits up to
`SOON` for its answer, since mistakes can be shown beside its fields only then; later ones come into its dialogue.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from adapters.slack import connection, forms
from adapters.slack.answers import Answers
from adapters.slack.callers import Callers
from adapters.slack.commands import line_of
from adapters.slack.failures import ERRORS
from adapters.slack.forms import Place
from adapters.slack.home import PAGE
from adapters.slack.render import suggestions
from bot.cards import sentence
from bot.commands import Invalid, OpenForm, PublicReply, Reply
from bot.options import Kind
from bot.presses import command_of, press_id
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from slack_bolt.async_app import AsyncAck

    from bot.app import App
    from bot.cards import Option
    from bot.commands import Answer
    from bot.people import Caller

PATH = "/slack/events"  # where Slack sends everything in HTTP mode
SOON = 1.5  # seconds that a submitted form waits; Slack gives up after three
DRAIN = 5.0  # seconds that answers on their way have when everything ends
PING = 10.0  # seconds between looks at whether the socket still lives
TOLD_AGAIN = 600.0  # seconds until the same line of the socket's log is worth another look
REMEMBERED = 2000  # deliveries, so that one that Slack repeats is answered once

_ANY = re.compile(r".*", re.DOTALL)

log = logging.getLogger("guildhall.slack")


class SlackApp:
    """One workspace's connection. Make it where an event loop runs, `start` it, `close` it at the end.

    Nothing here raises because Slack is away: the socket is tried again and again.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._settings = app.settings.slack
        self._client = connection.answering_client(self._settings)
        self._callers = Callers(self._client, self._settings, app.machine)
        self._answers = Answers(self._client, app.settings.app.name)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._socket: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None
        self.bolt = self._wire()

    def _wire(self) -> AsyncApp:
        secret = self._settings.signing_secret.get_secret_value()
        bolt = AsyncApp(name="guildhall", client=self._client, signing_secret=secret, logger=log)
        bolt.command(_ANY)(self.take_command)
        bolt.action(_ANY)(self.take_press)
        bolt.view(_ANY)(self.take_form)
        bolt.options(_ANY)(self.take_typing)
        bolt.shortcut(_ANY)(self.take_shortcut)
        bolt.event("app_home_opened")(self.take_home)
        bolt.event(_ANY)(_ignore)
        return bolt

    # --- the connection ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Get ready in the background, and connect where the settings say Socket Mode."""
        self._begin(self._callers.workspace())  # so that the first form need not wait for it
        if not self._settings.socket_mode:
            return
        token = self._settings.app_token.get_secret_value()
        self._socket = AsyncSocketModeHandler(self.bolt, token, logger=_brief_log(), ping_interval=PING)
        self._connecting = asyncio.create_task(self._socket.connect_async())  # type: ignore[no-untyped-call]

    def routes(self) -> list[web.RouteDef]:
        """What our web server answers in HTTP mode, a request without Slack's signature with 401; else nothing."""
        return [] if self._settings.socket_mode else [web.post(PATH, self._take_request)]

    async def _take_request(self, request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await self.bolt.async_dispatch(await to_bolt_request(request)))

    async def close(self) -> None:
        """Take nothing more, let answers that are on their way arrive, and end the connections."""
        if self._connecting:
            self._connecting.cancel()
        if self._socket:
            await self._socket.close_async()  # type: ignore[no-untyped-call]
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=DRAIN)
            for task in late:
                task.cancel()
        await connection.close(self._client)

    # --- what people do ----------------------------------------------------------------------------------------------

    async def take_command(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Answer a slash command."""
        await ack()
        place = Place(body["user_id"], body["channel_id"], response_url=body["response_url"])
        line = line_of(body["command"], body.get("text") or "", self._settings.command_prefix)
        self._answer(place, body["trigger_id"], lambda caller: self._app.run_line(caller, line))

    async def take_press(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Answer a press on a button or a choice in a select. One that only opens an address needs no answer."""
        await ack()
        action = body["actions"][0]
        if action["action_id"].startswith("link:"):
            return
        value = forms.chosen_value(action)
        self._answer(
            _place_of(body),
            body["trigger_id"],
            lambda caller: self._app.run_press(caller, action["action_id"], value),
        )

    async def take_shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Run the command that somebody pointed at a message."""
        await ack()
        named = {press_id(c.name): c for c in self._app.commands.pointed()}
        command = named.get(body["callback_id"])
        if command is None:
            return
        place = Place(body["user"]["id"], body["channel"]["id"], response_url=body["response_url"])
        given = {option.name: body["message"]["text"] for option in command.options if option.kind is Kind.MESSAGE}
        self._answer(place, body["trigger_id"], lambda caller: self._app.run_call(caller, command.name, given))

    async def take_form(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Run a submitted form: mistakes go beside its fields, an answer to where the form was opened."""
        view, user = body["view"], body["user"]["id"]
        place = forms.load_place(view.get("private_metadata", ""), user)
        if not self._is_new(body["trigger_id"]):
            await ack()
            return
        running = self._begin(self._run_form(place, view))
        await asyncio.wait({running}, timeout=SOON)
        if not running.done():
            waiting = self._answers.dialogue(sentence(say("One moment, please. The answer comes here.")), place)
            await ack(response_action="update", view=waiting)
            self._begin(self._show_late(running, place, view))
            return
        answer = None if running.exception() else running.result()
        response = self._form_response(answer, view, place)
        await ack(**response)
        if answer and not response:
            self._begin(self._answers.show(answer, place))

    async def take_typing(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Suggest what a field that is being typed into may mean."""
        place = forms.load_place(body["view"].get("private_metadata", ""), body["user"]["id"])
        caller = await self._callers.read(place.user, place.channel)
        command = command_of(body["view"]["callback_id"])
        found: Sequence[Option] = ()
        if caller and command:
            found = await self._app.complete(caller, command, body["action_id"], body["value"])
        await ack(options=suggestions(found))

    async def take_home(self, body: dict[str, Any], event: dict[str, Any]) -> None:
        """Show somebody their own page when they open the App Home."""
        if event.get("tab") == "home" and self._is_new(body.get("event_id", "")):
            self._begin(self._show_home(event["user"]))

    # --- answering ---------------------------------------------------------------------------------------------------

    def _answer(self, place: Place, trigger: str, run: Callable[[Caller], Coroutine[Any, Any, Answer]]) -> None:
        if self._is_new(trigger):
            self._begin(self._run(place, trigger, run))

    async def _run(self, place: Place, trigger: str, run: Callable[[Caller], Coroutine[Any, Any, Answer]]) -> None:
        caller = await self._callers.read(place.user, place.channel, place.message)
        if caller:
            await self._answers.show(await run(caller), place, trigger)

    async def _run_form(self, place: Place, view: dict[str, Any]) -> Answer | None:
        caller = await self._callers.read(place.user, place.channel, place.message)
        return await self._app.run_form(caller, view["callback_id"], forms.values_of(view)) if caller else None

    def _form_response(self, answer: Answer | None, view: dict[str, Any], place: Place) -> dict[str, Any]:
        """How the dialogue itself answers; empty where it only closes."""
        if isinstance(answer, Invalid):
            errors = forms.errors_of(view, answer.messages)
            return {"response_action": "errors", "errors": errors} if errors else {}
        if isinstance(answer, OpenForm):
            return {"response_action": "update", "view": forms.form_view(answer.form, place)}
        if isinstance(answer, Reply) and not isinstance(answer, PublicReply) and (place.view or place.home):
            return {"response_action": "update", "view": self._answers.dialogue(answer.card, place)}
        return {}

    async def _show_late(self, running: asyncio.Task[Answer | None], place: Place, view: dict[str, Any]) -> None:
        await asyncio.wait({running})
        if running.exception():
            sorry = Invalid({"": say("Slack and I lost each other for a moment. Please send it again.")})
            await self._answers.show_late(sorry, place, view)
        elif answer := running.result():
            await self._answers.show_late(answer, place, view)

    async def _show_home(self, user: str) -> None:
        caller = await self._callers.read(user)
        if caller:
            answer = await self._app.run_line(caller, PAGE)
            if isinstance(answer, Reply):
                await self._answers.publish_home(answer.card, user)

    def _is_new(self, delivery: str) -> bool:
        """Whether a delivery comes for the first time, as far as is remembered; one without a name always does."""
        if delivery and delivery in self._seen:
            return False
        self._seen[delivery] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True

    def _begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Let an answer go its way beside everything else, and note it down if it gets lost."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._end)
        return task

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, ERRORS):
            log.warning("an answer did not reach Slack: %s", error)
        elif error:
            log.error("answering on Slack failed", exc_info=error)


async def _ignore() -> None:
    """Take an event that nobody asked for."""


def _place_of(body: dict[str, Any]) -> Place:
    """Where a button was pressed: on a message, in a dialogue, or on the App Home."""
    user, container = body["user"]["id"], body["container"]
    if container["type"] == "view":
        view = body["view"]
        before = forms.load_place(view.get("private_metadata", ""), user)
        if view["type"] == "home":
            return Place(user, home=True)
        return Place(user, before.channel, view=view["id"])
    return Place(
        user,
        container.get("channel_id", ""),
        container.get("message_ts", ""),
        ephemeral=bool(container.get("is_ephemeral")),
        response_url=body.get("response_url", ""),
    )


class _OnceInAWhile(logging.Filter):
    """Lets a line pass once in `TOLD_AGAIN`, without a traceback: the socket tries every ten seconds, for hours."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = None
        line = record.getMessage()
        if record.created - self._told.get(line, 0) < TOLD_AGAIN:
            return False
        self._told = {told: at for told, at in self._told.items() if record.created - at < TOLD_AGAIN}
        self._told[line] = record.created
        return True


def _brief_log() -> logging.Logger:
    brief = logging.getLogger("guildhall.slack.socket")
    brief.filters = [_OnceInAWhile()]
    return brief
