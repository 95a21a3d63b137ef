"""A business posts a gig with the public form: over real HTTP, without an account, into the moderators' queue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.web.public import PublicPages
from bot import people
from bot.leads.public import PER_SENDER
from tests.conftest import settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import World

OFFER = {
    "title": "RAG chatbot for a museum",
    "company": "Small Firm",
    "details": "We hire a freelance AI engineer on contract: a RAG chatbot in Python over our archive, three weeks.",
    "pay": "$90 per hour",
    "apply": "jobs@smallfirm.example",
}


class Visitor:
    """Somebody with a browser at the form of the community."""

    def __init__(self, world: World, session: ClientSession, address: str) -> None:
        self.world = world
        self.session = session
        self.address = address

    async def get(self) -> tuple[int, str]:
        async with self.session.get(self.address) as answer:
            return answer.status, await answer.text()

    async def send(self, headers: dict[str, str] | None = None, **more: str) -> tuple[int, str]:
        async with self.session.post(self.address, data={**OFFER, **more}, headers=headers or {}) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def visitor(world: World) -> AsyncIterator[Visitor]:
    await world.set_up()
    async with world.app.db.read() as db:
        community_id = (await db.execute(sa.select(people.community.c.id))).scalar_one()
    site = web.Application()
    site.add_routes(PublicPages(world.app).routes())
    server = TestServer(site)
    await server.start_server()
    async with ClientSession() as session:
        yield Visitor(world, session, str(server.make_url(f"/post-a-gig/{people.public_key(community_id)}")))
    await server.close()


async def test_what_a_business_posts_waits_for_a_moderator(visitor: Visitor) -> None:
    status, page = await visitor.get()
    assert status == 200
    assert "Post a gig to AI Guild" in page
    assert "<script" not in page
    status, page = await visitor.send()
    assert status == 200
    assert "Thank you. A moderator reads it" in page
    waiting = await visitor.world.say(visitor.world.maria, "/feeds queue")
    assert "Small Firm: RAG chatbot for a museum" in waiting
    assert "posted by Small Firm with the public form" in waiting
    assert "$90/h" in waiting
    assert "No open lead matches" in await visitor.world.say(visitor.world.ana, "/gigs find")
    await visitor.send()  # a second press of the button
    assert "1 lead waits" in await visitor.world.say(visitor.world.maria, "/feeds queue")


async def test_mistakes_are_said_beside_their_fields_and_nothing_is_lost(visitor: Visitor) -> None:
    status, page = await visitor.send(pay="", details="Chatbot <b>please</b>", title="x" * 151)
    assert status == 422
    assert "Please fill this in." in page
    assert "Say a little more" in page
    assert "At most 150 characters" in page
    assert "Chatbot &lt;b&gt;please&lt;/b&gt;" in page
    assert "Nothing is waiting" in await visitor.world.say(visitor.world.maria, "/feeds queue")


async def test_a_robot_is_thanked_and_nothing_is_kept(visitor: Visitor) -> None:
    status, page = await visitor.send(website="https://spam.example")
    assert status == 200
    assert "Thank you." in page
    assert "Nothing is waiting" in await visitor.world.say(visitor.world.maria, "/feeds queue")


async def test_one_sender_is_slowed_down(visitor: Visitor) -> None:
    for number in range(PER_SENDER):
        assert (await visitor.send(title=f"Chatbot number {number}"))[0] == 200
    status, page = await visitor.send(title="One more")
    assert status == 429
    assert "Please come back later" in page
    assert "One more" in page
    visitor.world.machine.at += timedelta(hours=1)
    assert (await visitor.send(title="One more"))[0] == 200


async def test_other_sites_and_wrong_addresses_get_nothing(visitor: Visitor) -> None:
    assert (await visitor.send(headers={"Sec-Fetch-Site": "cross-site"}))[0] == 403
    for key in ("0", "zzzzzzzzzzzzz", "1"):
        async with visitor.session.get(visitor.address.rpartition("/")[0] + f"/{key}") as answer:
            assert answer.status == 404


async def test_the_page_is_armoured(visitor: Visitor) -> None:
    async with visitor.session.get(visitor.address) as answer:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_moderators_find_its_address_in_the_settings(make_world: Any) -> None:
    world: World = make_world(leads__public_form="true", web__public_url="https://bot.example.org")
    await world.set_up()
    said = await world.say(world.maria, "/mod setup")
    assert "Public form: https://bot.example.org/post-a-gig/" in said
    plain = make_world()
    assert "Public form" not in await plain.say(plain.maria, "/mod setup")
    assert not settings().leads.public_form
