"""The page of the public form: plain HTML, no script, no cookie; a robot's answer is thanked and thrown away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.web.security import HEADERS
from bot.errors import FieldErrors, UserError
from bot.leads.public import LONGEST, Offer, PublicForm
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.app import App

PATH = "/post-a-gig/{community:[0-9a-z]{1,13}}"
BAIT = "website"  # a field that people do not see and robots fill in

_HERE = Path(__file__).parent


class PublicPages:
    """The routes of the public form."""

    def __init__(self, app: App) -> None:
        self._form = PublicForm(app)
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )
        self._templates.globals["say"] = say

    def routes(self) -> list[web.RouteDef]:
        """The page, its answer, and its style."""
        return [web.get(PATH, self.show), web.post(PATH, self.take), web.get("/static/style.css", _style)]

    async def show(self, request: web.Request) -> web.Response:
        """The empty form."""
        community = await self._form.community(request.match_info["community"])
        if community is None:
            raise web.HTTPNotFound(text=say("There is no form at this address."))
        return self._page(community.name, {}, {})

    async def take(self, request: web.Request) -> web.Response:
        """Take an offer in, or show what is wrong with it."""
        community = await self._form.community(request.match_info["community"])
        if community is None:
            raise web.HTTPNotFound(text=say("There is no form at this address."))
        if request.headers.get("Sec-Fetch-Site") not in (None, "same-origin", "none"):
            raise web.HTTPForbidden(text=say("That request came from another site, so nothing was done."))
        given = {name: str(value) for name, value in (await request.post()).items()}
        if given.get(BAIT):
            return self._page(community.name, {}, {}, done=True)
        try:
            offer = Offer(**{name: given.get(name, "") for name in LONGEST})
            await self._form.take(community, offer, request.remote or "")
        except FieldErrors as errors:
            return self._page(community.name, given, errors.messages, status=422)
        except UserError as error:
            status = 429 if error.code == "E-RATE" else 503
            return self._page(community.name, given, {"": error.sentence}, status=status)
        return self._page(community.name, {}, {}, done=True)

    def _page(
        self, name: str, given: Mapping[str, str], wrong: Mapping[str, str], *, done: bool = False, status: int = 200
    ) -> web.Response:
        template = self._templates.get_template("post_gig.html")
        text = template.render(name=name, given=given, wrong=wrong, longest=LONGEST, bait=BAIT, done=done)
        return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


async def _style(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(_HERE / "static" / "style.css")
