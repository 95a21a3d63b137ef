"""A community whose Slack is the loopback one: the real adapter, driven as people drive it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.slack import commands, prefix
from adapters.slack.app import PATH, SlackApp
from adapters.slack.platform import SlackPlatform
from tests.loopback_slack import APP_TOKEN, BOT_TOKEN, SECRET, LoopbackSlack
from tests.slack_people import ByHttp, Person

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import World
    from tests.slack_people import Deliver

TOKENS = {
    "slack__bot_token": BOT_TOKEN,
    "slack__app_token": APP_TOKEN,
    "slack__signing_secret": SECRET,
}


@dataclass
class Guild:
    """The loopback Slack, the community's world, and its people: Maria moderates, Ana is a member."""

    slack: LoopbackSlack
    world: World
    app: SlackApp
    platform: SlackPlatform
    deliver: Deliver
    maria: Person
    ana: Person

    async def set_up(self) -> None:
        """Set the community up, as Maria."""
        await self.maria.type("/mod setup")
        await self.maria.press(await self.maria.sees(), "Set up a new community")
        form = await self.maria.sees_dialogue()
        await self.maria.submit(form, leads_channel="C-gigs", moderators_channel="C-mods", zone="Europe/Berlin")
        await self.maria.sees()


@asynccontextmanager
async def open_guild(make_world: Any, mode: str = "socket", **given: Any) -> AsyncIterator[Guild]:
    """Guildhall on the loopback Slack, by Socket Mode or by signed requests. Nothing that Slack refuses may be sent."""
    async with LoopbackSlack() as slack:
        slack.add_user("U1", "Maria", is_admin=True)
        slack.add_user("U2", "Ana", "Europe/Lisbon")
        slack.channels |= {"C-gigs": [], "C-mods": []}
        how = {"slack__socket_mode": "true" if mode == "socket" else "false"}
        world: World = make_world(**TOKENS, slack__api_url=slack.url, **how, **given)
        platform = SlackPlatform(world.app.settings.slack, world.machine)
        cast("dict[str, Any]", world.app.platforms)["slack"] = platform
        nouns = commands.nouns(world.app.commands)
        world.app.pages = {**world.app.pages, "slack": prefix.pages(world.app.settings.slack.command_prefix, nouns)}
        app = SlackApp(world.app)
        server, session = TestServer(web.Application()), ClientSession()
        server.app.add_routes(app.routes())
        await server.start_server()
        await app.start()
        deliver: Deliver = slack.deliver if mode == "socket" else ByHttp(session, str(server.make_url(PATH)))
        people = [Person(slack, deliver, "U1", "C-mods"), Person(slack, deliver, "U2", "C-gigs")]
        try:
            yield Guild(slack, world, app, platform, deliver, *people)
        finally:
            await app.close()
            await platform.close()
            await session.close()
            await server.close()
        assert slack.faults == []
