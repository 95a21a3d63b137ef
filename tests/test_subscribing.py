"""Calendars behind secret addresses, over real HTTP: what stands in them, validators, and that they can be revoked."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from adapters.web import calendars
from bot.presses import press_id
from tests.fakes import words

if TYPE_CHECKING:
    from tests.conftest import World

HOST = "https://guild.example"


async def planned(make_world: Any) -> World:
    world: World = make_world(web__public_url=HOST, meetup__who_can_create="anyone")
    await world.set_up()
    await world.say(world.maria, "/meetup create")
    values = {"title": "Pricing; fixed, or not", "when": "Thu 26 Nov 18:00", "kind": "talk", "minutes": "60"}
    await world.submit(world.maria, **values, place="https://meet.example/room")
    await world.press(world.maria, "Publish")
    await world.run_due()
    return world


async def address(world: World, who: Any, label: str = "Subscribe in my calendar") -> str:
    await world.say(who, "/meetup list")
    shown = await world.press(who, label)
    [path] = re.findall(rf"{HOST}(/calendar/[0-9a-f]+\.ics)", shown)
    return str(path)


async def test_a_member_subscribes_to_what_they_go_to(make_world: Any) -> None:
    world = await planned(make_world)
    site = web.Application()
    site.add_routes(calendars.routes(world.app))
    async with TestClient(TestServer(site)) as client:
        path = await address(world, world.ana)
        empty = await (await client.get(path)).text()
        assert "BEGIN:VEVENT" not in empty
        await world.press(world.ana, "Going", world.slack.cards("C-gigs")[0])

        answer = await client.get(path)
        assert answer.content_type == "text/calendar"
        text = await answer.text()
        assert "DTSTART:20261126T170000Z" in text
        assert "SUMMARY:Pricing\\; fixed\\, or not" in text
        assert "https://meet.example/room" in text
        etag = answer.headers["ETag"]
        world.clock.move(world.clock.now() + timedelta(hours=1))
        assert (await client.get(path, headers={"If-None-Match": etag})).status == 304

        await world.say(world.maria, "/meetup manage Pricing")
        await world.press(world.maria, "Change")
        assert world.form is not None
        values = {field.name: field.value for field in world.form.fields}
        await world.submit(world.maria, **{**values, "when": "Thu 26 Nov 19:00"})
        changed = await client.get(path, headers={"If-None-Match": etag})
        assert changed.status == 200
        assert "DTSTART:20261126T180000Z" in await changed.text()
        assert "SEQUENCE:1" in await changed.text()

        await world.say(world.ana, "/meetup list")
        assert "has an address already" in await world.press(world.ana, "Subscribe in my calendar")
        assert (await client.get(path)).status == 200  # a second press takes nothing away
        [again] = re.findall(rf"{HOST}(/calendar/[0-9a-f]+\.ics)", await world.press(world.ana, "A new address"))
        assert (await client.get(path)).status == 404
        assert (await client.get(again)).status == 200
        assert (await client.get("/calendar/" + "0" * 64 + ".ics")).status == 404


async def test_the_communitys_calendar_has_all_meetups_and_no_links(make_world: Any) -> None:
    world = await planned(make_world)
    shown = words((await world.app.run_press(world.maria, press_id("calendar ours"))).card)  # type: ignore[union-attr]
    path = re.findall(rf"{HOST}(/calendar/[0-9a-f]+\.ics)", shown)[0]
    site = web.Application()
    site.add_routes(calendars.routes(world.app))
    async with TestClient(TestServer(site)) as client:
        text = await (await client.get(path)).text()
    assert "SUMMARY:Pricing" in text
    assert "meet.example" not in text
    assert "E-NOPERM" in words((await world.app.run_press(world.ana, press_id("calendar ours"))).card)  # type: ignore[union-attr]


async def test_without_a_public_address_there_is_nothing_to_subscribe_to(world: World) -> None:
    await world.set_up()
    said = words((await world.app.run_press(world.ana, press_id("calendar mine"))).card)  # type: ignore[union-attr]
    assert "web.public_url" in said
