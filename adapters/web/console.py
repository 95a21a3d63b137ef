"""The web console: every command, button and form in a browser, as any persona of the demo.

Every change is a POST that answers with "303 See Other", so all of it works without JavaScript. Our script sends the
same requests with the header `X-Console` and is told as JSON where to look instead (`{"to": address}`).
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, replace
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from adapters.web import security
from adapters.web.completion import complete_line
from adapters.web.draw import RENDERERS
from adapters.web.errors import show_errors
from adapters.web.pages import SENT, STATIC, Here, Pages
from adapters.web.personas import DIRECT, Persona, TourStep
from adapters.web.time_lapse import TimeLapse
from adapters.web.transcripts import Opened, Transcripts
from bot import people, when
from bot.cards import Card, Paragraph, sentence
from bot.commands import Invalid, OpenForm, PublicReply, Reply, Update
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from adapters.web.platform import Bell
    from bot.app import App
    from bot.commands import Answer
    from bot.forms import Form
    from bot.people import Caller

LARGEST_BODY = 64 * 1024
LONGEST_LINE = 2000
TOGETHER = 0.2  # seconds in which several changes are one for an open page
MONDAY, MORNING = frozenset({0}), time(9)
STEPS = {"+1h": timedelta(hours=1), "+1d": timedelta(days=1)}


def create_console(
    app: App,
    personas: Sequence[Persona],
    *,
    bell: Bell,
    travel: Callable[[datetime], Awaitable[None]],
    version: str,
    tour: Callable[[], Awaitable[Sequence[TourStep]]] | None = None,
    allowed_hosts: Collection[str] = (),
) -> web.Application:
    """The console as a web application; `/` opens as the first persona.

    `bell` is the one that the `ConsolePlatform`s ring; whoever runs the jobs rings it too when they did something.
    `travel` moves the wall clock to an instant (UTC), doing the work on the way. `allowed_hosts` are Host headers
    besides loopback names with our own port: "name:port", or "name" for any port. Run it with a short
    `shutdown_timeout`; event streams end by themselves on shutdown.
    """
    transcripts = Transcripts()
    pages = Pages(app, transcripts, version)
    by_key = {persona.key: persona for persona in personas}
    console = _Console(app, by_key, bell, TimeLapse(travel, bell, app.ids), pages, transcripts, tour)
    application = web.Application(
        client_max_size=LARGEST_BODY,
        middlewares=[show_errors(pages, app.ids), security.check_host(allowed_hosts), security.check_origin],
    )
    application.on_response_prepare.append(security.add_headers)
    application.on_shutdown.append(console.shut_down)
    place = "/as/{persona}/{channel}"
    application.add_routes(
        [
            web.get("/", console.open_home),
            web.get("/healthz", _say_ok),
            web.get("/as/{persona}", console.open_home),
            web.get(place, console.show_channel),
            web.get(f"{place}/live", console.stream),
            web.get(f"{place}/complete", console.complete),
            web.post(f"{place}/say", console.take_line),
            web.post(f"{place}/press", console.take_press),
            web.post(f"{place}/form", console.take_form),
            web.post(f"{place}/travel", console.take_travel),
            web.static("/static", STATIC),
        ]
    )
    return application


async def _say_ok(_request: web.Request) -> web.Response:
    return web.Response(text="ok")


@dataclass(slots=True)
class _Console:
    """The handlers and what they share."""

    app: App
    personas: Mapping[str, Persona]
    bell: Bell
    time_lapse: TimeLapse
    pages: Pages
    transcripts: Transcripts
    tour: Callable[[], Awaitable[Sequence[TourStep]]] | None

    # --- looking -----------------------------------------------------------------------------------------------------

    async def open_home(self, request: web.Request) -> web.StreamResponse:
        """Go to a persona's home channel, at its newest message."""
        key = request.match_info.get("persona", next(iter(self.personas)))
        persona = self._persona(key)
        raise web.HTTPSeeOther(Here(persona, persona.home, persona.platform).address(fragment="latest"))

    async def show_channel(self, request: web.Request) -> web.StreamResponse:
        """Show a channel; `?form=` with a form on top, `?say=` with a line in the command box."""
        here = self._here(request)
        token = request.query.get("form", "")
        opened = self.transcripts.form(token) if token else None
        text = await self.pages.channel(
            here,
            opened=opened,
            token=token,
            form_is_gone=bool(token) and opened is None,
            personas=list(self.personas.values()),
            csrf=security.token(request),
            line=request.query.get("say", "")[:LONGEST_LINE],
            time_lapse=self.time_lapse,
            tour=await self.tour() if self.tour else (),
        )
        return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Tell an open page, as server-sent events, each time that it should look again."""
        self._here(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionResetError):
            await response.write(b": hello\n\n")
            async for rung in self.bell.listen():
                await asyncio.sleep(TOGETHER if rung else 0)
                await response.write(b"data: look\n\n" if rung else b": quiet\n\n")
        return response

    async def complete(self, request: web.Request) -> web.StreamResponse:
        """The lines that a typed one could become, as JSON."""
        here = self._here(request)
        line = request.query.get("line", "")[:LONGEST_LINE]
        return web.json_response(await complete_line(self.app, here.persona.in_channel(here.channel), line))

    # --- saying and pressing -----------------------------------------------------------------------------------------

    async def take_line(self, request: web.Request) -> web.StreamResponse:
        """Answer a typed line."""
        here = self._here(request)
        line = _text(await request.post(), "line")[:LONGEST_LINE].strip()
        if not line:
            return _see(request, here.address())
        answer = await self.app.run_line(here.persona.in_channel(here.channel), line)
        return await self._show(request, here, answer, said=line)

    async def take_press(self, request: web.Request) -> web.StreamResponse:
        """Answer a press on a button, or on the button beside a select."""
        here = self._here(request)
        given = await request.post()
        identifier, value = _text(given, "id"), None
        if select := _text(given, "select"):
            identifier, value = select, _text(given, f"value:{select}")
        if value == "":
            return await self._show(request, here, Reply(sentence(say("Choose something from the list first."))))
        ref = _text(given, "ref")
        answer = await self.app.run_press(await self._presser(here, ref), identifier, value)
        return await self._show(request, here, answer, ref=ref)

    async def take_form(self, request: web.Request) -> web.StreamResponse:
        """Answer a form that was sent in; one with mistakes is shown again."""
        here = self._here(request)
        given = await request.post()
        opened = self.transcripts.form(_text(given, "form"))
        values = _field_values(given)
        ref = opened.ref if opened else ""
        wrong = _blanks(opened.form, values) if opened else {}
        answer: Answer = Invalid(wrong)
        if not wrong:
            answer = await self.app.run_form(await self._presser(here, ref), _text(given, "id"), values)
        if isinstance(answer, Invalid) and opened:
            again = replace(opened, form=opened.form.filled(values), wrong=answer.messages)
            return _see(request, self._open(here, again))
        return await self._show(request, here, answer, ref=ref)

    async def _show(
        self, request: web.Request, here: Here, answer: Answer, *, said: str = "", ref: str = ""
    ) -> web.StreamResponse:
        """Put an answer where it belongs, and say where to look."""
        if isinstance(answer, OpenForm):
            return _see(request, self._open(here, Opened(answer.form, ref)))
        if isinstance(answer, Update) and await self._replace(here, ref, answer.card):
            self.bell.ring()
            return _see(request, here.address(fragment=f"m-{ref}"))
        card = _what_is_wrong(answer) if isinstance(answer, Invalid) else answer.card
        place = here.public if isinstance(answer, PublicReply) else here.private
        new = self.transcripts.add(place, self.app.wall.now(), card, said=said, by=here.persona.caller.name)
        self.bell.ring()
        return _see(request, here.address(fragment=f"m-{new}"))

    def _open(self, here: Here, opened: Opened) -> str:
        token = self.app.ids.token()
        self.transcripts.open_form(token, opened)
        return here.address(fragment="form", form=token)

    async def _presser(self, here: Here, ref: str) -> Caller:
        """The persona's account as it presses a button of what `ref` names."""
        row = await self._sent(here, ref)
        return replace(here.persona.in_channel(here.channel), message=row["remote"] if row else "")

    async def _replace(self, here: Here, ref: str, card: Card) -> bool:
        """Show a card in place of the answer or the sent message that `ref` names; says whether it stands here."""
        if self.transcripts.update(here.private, ref, card) or self.transcripts.update(here.public, ref, card):
            return True
        if row := await self._sent(here, ref):
            self.transcripts.replace_sent(ref, row["card"], card)
        return row is not None

    async def _sent(self, here: Here, ref: str) -> sa.RowMapping | None:
        """The sent message that `ref` names, if it stands here."""
        return next((row for row in await self.pages.sent(here) if ref == f"{SENT}{row['id']}"), None)

    # --- time-lapse --------------------------------------------------------------------------------------------------

    async def take_travel(self, request: web.Request) -> web.StreamResponse:
        """Move the wall clock on, unless it is being moved."""
        here = self._here(request)
        target = await self._target(here, _text(await request.post(), "how"))
        await self.time_lapse.start(target)
        return _see(request, here.address(fragment="clock"))

    async def _target(self, here: Here, how: str) -> datetime:
        now = self.app.wall.now()
        if how in STEPS:
            return now + STEPS[how]
        if how != "monday":
            raise web.HTTPBadRequest(text=say("The clock moves by +1h, +1d or to next monday."))
        caller = here.persona.caller
        async with self.app.db.read() as db:
            space = await people.find_space(db, caller.platform, caller.space)
            zone = (await people.read_community(db, space.community_id)).zone if space else here.persona.zone
        return when.next_daily(now, MORNING, when.zone(zone), MONDAY)

    async def shut_down(self, _application: web.Application) -> None:
        """End the event streams and time-lapse."""
        self.bell.close()
        await self.time_lapse.stop()

    # --- where --------------------------------------------------------------------------------------------------------

    def _persona(self, key: str) -> Persona:
        if key not in self.personas:
            raise web.HTTPNotFound(text=say("Nobody here goes by that name."))
        return self.personas[key]

    def _here(self, request: web.Request) -> Here:
        persona = self._persona(request.match_info["persona"])
        channel = request.match_info["channel"]
        if channel != DIRECT and channel not in dict(persona.channels):
            raise web.HTTPNotFound(text=say("{name} is in no channel of that name.", name=persona.caller.name))
        shown = request.query.get("show", persona.platform)
        return Here(persona, channel, next((p for p in RENDERERS if p == shown), persona.platform))


def _see(request: web.Request, to: str) -> web.Response:
    if "X-Console" in request.headers:
        return web.json_response({"to": to})
    return web.Response(status=303, headers={"Location": to})


def _text(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    return value if isinstance(value, str) else ""


def _field_values(given: Any) -> dict[str, str]:
    """The fields of a form by name; of several boxes, those that are ticked, joined by commas."""
    names = [name for name in given if name.startswith("field:")]
    texts = {name: [value for value in given.getall(name) if isinstance(value, str) and value] for name in names}
    return {name.removeprefix("field:"): ",".join(values).replace("\r\n", "\n") for name, values in texts.items()}


def _blanks(form: Form, values: Mapping[str, str]) -> dict[str, str]:
    """What a platform's own client would not let through: required fields that are blank."""
    required = [field.name for field in form.fields if field.required]
    return {name: say("Please fill this in.") for name in required if not values.get(name, "").strip()}


def _what_is_wrong(answer: Invalid) -> Card:
    """Mistakes as a card, where there is no form to show them in."""
    if not answer.messages:
        return sentence(say("That form is no longer here. Run the command again."))
    paragraphs = tuple(Paragraph((text,)) for text in answer.messages.values())
    return Card(say("Something in that needs another look."), paragraphs)
