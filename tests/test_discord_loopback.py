"""The bot on our own loopback Discord, through discord.py's real HTTP client and gateway."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from adapters.discord.client import create_client
from adapters.discord.connection import Connection
from adapters.discord.platform import DiscordPlatform
from adapters.discord.tokens import Application, check_token, read_application
from bot import outbox, people
from bot.cards import Card, Heading, Paragraph, sentence
from bot.errors import TryLater, UserError
from bot.ports import Delivery, FateUnknown, Refused
from tests.conftest import MORNING, settings
from tests.discord_openapi import read_description
from tests.discord_payloads import APPLICATION, FORUM, GUILD, MODERATORS, TEXT, TOKEN
from tests.discord_stage import words_of
from tests.install_page import Steps
from tests.loopback_discord import Asked, LoopbackDiscord, Trouble, rate_limited
from tests.samples import RAG, rss

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.conftest import World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)

MESSAGES = rf"/channels/{TEXT}/messages"
LEAD = Card("New lead.", (Heading("RAG chatbot"), Paragraph(("A contract.",))))
BOARD = "https://board.example/jobs.rss"


class Line:
    """A bot that is connected to the loopback Discord."""

    def __init__(self, world: World, server: LoopbackDiscord, connection: Connection) -> None:
        self.world = world
        self.server = server
        self.connection = connection
        self.platform = DiscordPlatform(connection)

    async def post(self, nonce: str = "42", card: Card = LEAD, address: str = TEXT, **more: Any) -> str:
        return await self.platform.send(Delivery(more.pop("verb", "post"), GUILD, address, card, nonce, **more))

    def standing(self, channel: str = TEXT) -> list[str]:
        return [words_of(message["components"]) for message in self.server.messages[channel].values()]


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch, shared: Path) -> AsyncIterator[LoopbackDiscord]:
    """The loopback Discord; in the end every request body that it got is held against Discord's own description."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)  # the bot points these elsewhere
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    loopback = LoopbackDiscord()
    await loopback.start()
    yield loopback
    await loopback.stop()
    description = read_description(shared)
    found = [(r.method, r.path, description.wrong(r.method, r.path, r.body)) for r in loopback.requests]
    assert [entry for entry in found if entry[2]] == []


async def _connected(
    world: World, server: LoopbackDiscord, token: str = TOKEN
) -> tuple[Connection, asyncio.Task[None]]:
    world.app.settings = settings(discord__token=token, discord__api_url=server.url)
    connection = Connection(world.app.settings.discord, world.clock)
    connection._connection.guild_ready_timeout = 0.05
    world.app.platforms = {"discord": DiscordPlatform(connection)}
    client = create_client(world.app, connection)
    return connection, asyncio.create_task(client.run())


async def _until(holds: Any) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  (what holds is discord.py's own, it sets no event of ours)
            await asyncio.sleep(0.01)


@pytest.fixture
async def line(world: World, server: LoopbackDiscord) -> AsyncIterator[Line]:
    connection, running = await _connected(world, server)
    await _until(lambda: connection.is_up)
    yield Line(world, server, connection)
    await connection.close()
    await running


# --- coming and going ------------------------------------------------------------------------------------------------


async def test_it_logs_in_and_tells_its_commands_once(world: World, server: LoopbackDiscord) -> None:
    for _ in range(2):
        connection, running = await _connected(world, server)
        await _until(lambda up=connection: up.is_up)
        await connection.close()
        await running
    [commands] = server.sent("PUT", f"/applications/{APPLICATION}/commands")
    assert {command["name"] for command in commands} == {
        "digest",
        "feeds",
        "gigs",
        "hub",
        "market",
        "meetup",
        "mentor",
        "mod",
        "profile",
        "swap",
        "Share as gig lead",
        "Report to the moderators",
    }
    assert server.sessions == ["identify", "identify"]


async def test_a_wrong_token_is_said_in_a_sentence(world: World, server: LoopbackDiscord) -> None:
    connection, running = await _connected(world, server, token="wrong")
    with pytest.raises(UserError, match="doesn't accept the bot's token"):
        await running
    assert connection.is_closed()


async def test_discord_that_is_away_at_the_start_is_waited_for(
    world: World, server: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.connection.RETRY", 0.0)
    server.trouble = [Trouble("GET", "/users/@me", 503, {"message": "busy", "code": 0}), Trouble("GET", "/users/@me")]
    connection, running = await _connected(world, server)
    await _until(lambda: connection.is_up)
    assert len(server.sent("GET", "/users/@me")) == 3
    await connection.close()
    await running


async def test_commands_that_discord_does_not_take_do_not_keep_it_away(
    world: World, server: LoopbackDiscord, caplog: pytest.LogCaptureFixture
) -> None:
    server.trouble = [Trouble("PUT", f"/applications/{APPLICATION}/commands", 400, {"message": "no", "code": 50035})]
    connection, running = await _connected(world, server)
    await _until(lambda: connection.is_up)
    assert "Discord did not take the commands" in caplog.text
    await connection.close()
    await running


async def test_a_token_that_is_reset_while_we_run_is_said_in_a_sentence(world: World, server: LoopbackDiscord) -> None:
    connection, running = await _connected(world, server)
    await _until(lambda: connection.is_up)
    await server.cut(4004)
    with pytest.raises(UserError, match="doesn't accept the bot's token"):
        await running


async def test_a_token_is_checked_as_it_is_given(world: World, server: LoopbackDiscord) -> None:
    good = settings(discord__token=TOKEN, discord__api_url=server.url).discord
    assert await read_application(good, world.clock) == Application(APPLICATION, "Guildhall")
    assert [finding.words for finding in await check_token(good, world.clock)] == ["It belongs to Guildhall."]

    wrong = settings(discord__token="mistyped", discord__api_url=server.url).discord
    [finding] = await check_token(wrong, world.clock)
    assert not finding.ok
    assert finding.words.startswith("Discord doesn't accept the bot's token.")

    nobody = settings(discord__token=TOKEN, discord__api_url="http://127.0.0.1:9/api/v10").discord
    [finding] = await check_token(nobody, world.clock)
    assert not finding.ok
    assert finding.words.startswith("I can't reach Discord.")


async def test_a_session_that_breaks_is_resumed_and_nothing_is_missed(line: Line) -> None:
    line.server.lets_in.clear()
    await line.server.cut()
    await _until(lambda: not line.connection.is_up)
    assert line.connection.away_since == MORNING
    with pytest.raises(TryLater, match="not reachable"):
        await line.post()
    asking = asyncio.create_task(line.server.use(2, _command("hub")))
    await asyncio.sleep(0)  # it is said while nobody hears
    line.server.lets_in.set()
    asked = await asking
    assert line.server.sessions == ["identify", "resume"]
    assert "isn't set up here yet" in words_of(asked.callbacks[0]["data"]["components"])
    await _until(lambda: line.connection.is_up)
    await line.post()
    assert len(line.standing()) == 1


# --- people ----------------------------------------------------------------------------------------------------------


async def _set_up(line: Line) -> None:
    asked = await line.server.use(2, _command("mod", "setup"), moderator=True)
    asked = await _press(line, asked, "Set up a new community")
    [opened] = asked.callbacks
    assert opened["type"] == 9
    fields = {"leads_channel": [TEXT], "moderators_channel": [MODERATORS], "digest_at": "08:00", "zone": "Berlin"}
    asked = await line.server.use(5, _filled(opened["data"], fields), moderator=True)
    assert "Guildhall is set up" in words_of(asked.shown["components"] if asked.shown else [])


async def _press(line: Line, asked: Asked, label: str) -> Asked:
    """Press a button on what an interaction was answered with."""
    assert asked.shown is not None
    rows = [part for part in asked.shown["components"][0]["components"] if part["type"] == 1]
    [found] = [button for row in rows for button in row["components"] if button["label"] == label]
    data = {"custom_id": found["custom_id"], "component_type": 2}
    return await line.server.use(3, data, moderator=True, on=asked.shown)


def _command(noun: str, verb: str = "", **options: Any) -> dict[str, Any]:
    given = [{"name": name, "type": 3, "value": value} for name, value in options.items()]
    inner = [{"name": verb, "type": 1, "options": given}] if verb else given
    return {"id": "1", "name": noun, "type": 1, "options": inner}


def _filled(modal: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    parts = []
    for number, (name, value) in enumerate(fields.items(), start=1):
        kind = {"values": value, "type": 8} if isinstance(value, list) else {"value": value, "type": 4}
        parts.append({"type": 18, "id": number, "component": {"custom_id": name, "id": number + 10, **kind}})
    return {"custom_id": modal["custom_id"], "components": parts}


async def test_a_command_a_form_and_a_press(line: Line) -> None:
    await _set_up(line)
    asked = await line.server.use(2, _command("feeds", "list"), moderator=True)
    assert asked.callbacks[0]["data"]["flags"] & 1 << 6
    assert asked.shown is not None
    [button, _] = asked.shown["components"][0]["components"][-1]["components"]
    pressed = {"custom_id": button["custom_id"], "component_type": 2}
    asked = await line.server.use(3, pressed, moderator=True, on=asked.shown)
    assert asked.callbacks[0]["type"] == 9
    refused = await line.server.use(3, pressed, on=asked.shown)
    assert "Only moderators" in words_of(refused.callbacks[0]["data"]["components"])


async def test_a_late_answer_is_deferred_and_filled_in(line: Line) -> None:
    await _set_up(line)

    fetch = line.world.fetcher.get

    async def get(url: str, **validators: str) -> Any:
        *_, asking = line.server.asked.values()
        await _until(lambda: asking.callbacks)
        return await fetch(url, **validators)

    line.world.fetcher.get = get  # type: ignore[method-assign]
    line.world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    asked = await line.server.use(2, _command("feeds", "add", url=BOARD), moderator=True)
    assert [callback["type"] for callback in asked.callbacks] == [5]
    assert "Added: AI Jobs Board" in words_of(asked.shown["components"] if asked.shown else [])


async def test_an_answer_that_came_too_late_for_discord_is_noted(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    gone = {"message": "Unknown interaction", "code": 10062}
    line.server.trouble = [Trouble("POST", "/interactions/.*/callback", 404, gone)]
    asking = asyncio.create_task(line.server.use(2, _command("hub")))
    await _until(lambda: "an answer did not reach Discord" in caplog.text)
    asking.cancel()


# --- sending ---------------------------------------------------------------------------------------------------------


async def test_a_message_is_posted_and_edited(line: Line) -> None:
    remote = await line.post()
    await line.post(verb="edit", target=remote, card=sentence("Closed."))
    assert line.standing() == ["Closed."]
    assert line.server.requests[-1].token == f"Bot {TOKEN}"


async def test_a_short_rate_limit_is_waited_for_with_the_same_nonce(line: Line) -> None:
    line.server.trouble = [rate_limited(MESSAGES, 0.05)]
    await line.post("77")
    assert [body["nonce"] for body in line.server.sent("POST", MESSAGES)] == ["77", "77"]
    assert len(line.standing()) == 1


async def test_a_long_rate_limit_is_left_to_the_outbox(line: Line) -> None:
    line.server.trouble = [rate_limited(MESSAGES, 60.5)]
    with pytest.raises(TryLater) as later:
        await line.post()
    assert later.value.after == timedelta(seconds=60.5)


async def test_an_answer_that_is_lost_does_not_double(line: Line) -> None:
    line.server.trouble = [Trouble("POST", MESSAGES, after=True)]
    with pytest.raises(FateUnknown):
        await line.post("5")
    await line.post("5")
    assert len(line.server.sent("POST", MESSAGES)) == 2
    assert len(line.standing()) == 1


async def test_a_server_that_fails_leaves_the_fate_unknown(line: Line) -> None:
    line.server.trouble = [Trouble("POST", MESSAGES, 503, {"message": "busy", "code": 0})]
    with pytest.raises(FateUnknown, match="503"):
        await line.post()


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (403, 50007, "E-DMCLOSED"),
        (404, 10003, "E-NOCHANNEL"),
        (404, 10008, "E-GONE"),
        (400, 50035, "E-REFUSED"),
        (403, 50001, "E-NOPERM"),
    ],
)
async def test_a_refusal_is_for_good(line: Line, status: int, code: int, expected: str) -> None:
    line.server.trouble = [Trouble("POST", MESSAGES, status, {"message": "no", "code": code})]
    with pytest.raises(Refused) as refusal:
        await line.post()
    assert refusal.value.code == expected


async def test_a_token_that_was_reset_is_no_reason_to_give_messages_up(line: Line) -> None:
    line.server.trouble = [Trouble("POST", MESSAGES, 401, {"message": "401: Unauthorized", "code": 0})]
    with pytest.raises(TryLater, match="token"):
        await line.post()


async def test_a_person_gets_a_direct_message(line: Line) -> None:
    remote = await line.post(verb="direct", address="3001", direct=True)
    assert remote.startswith("93001/")
    await line.post(verb="edit", address="3001", direct=True, target=remote, card=sentence("Moved."))
    assert line.standing("93001") == ["Moved."]


async def test_a_file_goes_with_its_card_and_alt_text(line: Line) -> None:
    details = {"name": "pulse.png", "content": b64encode(b"picture").decode(), "alt": "183 leads"}
    await line.post(verb="file", details=details)
    [body] = line.server.sent("POST", MESSAGES)
    assert body["attachments"] == [{"id": "0", "filename": "pulse.png", "description": "183 leads"}]
    shown = {"media": {"url": "attachment://pulse.png"}, "description": "183 leads"}
    assert body["components"][-1] == {"type": 12, "items": [shown]}


async def test_a_file_that_is_no_picture_is_there_to_download(line: Line) -> None:
    await line.post(verb="file", details={"name": "ana.json", "content": b64encode(b"{}").decode(), "alt": "All of it"})
    [body] = line.server.sent("POST", MESSAGES)
    assert body["components"][-1] == {"type": 13, "file": {"url": "attachment://ana.json"}}


async def test_a_forum_gets_posts_and_a_lost_answer_does_not_double_them(line: Line) -> None:
    threads = rf"/channels/{FORUM}/threads"
    line.server.trouble = [Trouble("POST", threads, after=True)]
    with pytest.raises(FateUnknown):
        await line.post(address=FORUM)
    remote = await line.post(address=FORUM)
    [body] = line.server.sent("POST", threads)
    assert body["name"] == "RAG chatbot"
    await line.post(verb="edit", address=FORUM, target=remote, card=sentence("Closed."))
    assert line.standing(remote.partition("/")[0]) == ["Closed."]


async def test_an_introduction_is_one_private_thread_with_its_people(line: Line) -> None:
    line.server.trouble = [Trouble("POST", rf"/channels/{TEXT}/threads", after=True)]
    details = {"name": "Ana and Jonas", "members": ["3002", "3003"]}
    with pytest.raises(FateUnknown):
        await line.post(verb="thread", details=details)
    remote = await line.post(verb="thread", details=details)
    [thread] = line.server.threads
    assert remote.startswith(f"{thread['id']}/")
    assert line.server.members[thread["id"]] == {"3002", "3003"}
    [body] = line.server.sent("POST", rf"/channels/{TEXT}/threads")
    assert (body["type"], body["invitable"]) == (12, False)


async def test_a_meetup_is_one_scheduled_event(line: Line) -> None:
    line.server.trouble = [Trouble("POST", rf"/guilds/{GUILD}/scheduled-events", after=True)]
    details = {"name": "Pricing", "start": "2026-11-26T17:00:00+00:00", "end": "2026-11-26T18:00:00+00:00"}
    details["place"] = "Online"
    with pytest.raises(FateUnknown):
        await line.post(verb="event", details=details)
    remote = await line.post(verb="event", details=details)
    assert [event["id"] for event in line.server.events] == [remote]


async def test_a_scheduled_event_follows_its_meetup(line: Line) -> None:
    details: dict[str, Any] = {"name": "Pricing", "place": "Online"}
    details |= {"start": "2026-11-26T17:00:00+00:00", "end": "2026-11-26T18:00:00+00:00"}
    remote = await line.post(verb="event", details=details)
    later = {**details, "start": "2026-11-27T18:00:00+00:00", "end": "2026-11-27T19:00:00+00:00"}
    assert await line.post(verb="event", details=later, target=remote, nonce="43") == remote
    [event] = line.server.events
    assert event["scheduled_start_time"] == "2026-11-27T18:00:00+00:00"
    await line.post(verb="event", details={**later, "cancelled": True}, target=remote, nonce="44")
    assert line.server.events[0]["status"] == 4


async def test_the_outbox_repeats_a_lost_post_so_that_it_stands_there_once(line: Line) -> None:
    await _set_up(line)
    world = line.world
    async with world.app.db.write() as db:
        space = await people.find_space(db, "discord", GUILD)
        assert space is not None
        to = outbox.Address(space, TEXT)
        posted = await outbox.queue(db, world.app.ids, to, LEAD, key="lead", due=MORNING)
    line.server.trouble = [rate_limited(MESSAGES, 60.0), Trouble("POST", MESSAGES, after=True)]
    await world.run_due()
    assert line.standing() == []
    await world.travel(MORNING + timedelta(minutes=3))
    assert len({body["nonce"] for body in line.server.sent("POST", MESSAGES)}) == 1
    assert len(line.server.sent("POST", MESSAGES)) == 3
    assert len(line.standing()) == 1

    async with world.app.db.write() as db:
        await outbox.edit(db, world.app.ids, space.community_id, posted, sentence("Closed."), world.clock.now())
    await world.run_due()
    assert line.standing() == ["Closed."]


# --- from a token to the first lead ----------------------------------------------------------------------------------


async def test_from_a_token_to_the_first_posted_lead_in_at_most_twelve_actions(
    world: World, server: LoopbackDiscord
) -> None:
    steps = Steps("Discord")
    assert steps.count <= 12
    steps.take("Run `python -m bot init`", "`discord`")  # test_run.py types it
    steps.take("Create the application")
    steps.take("Copy the token", "No privileged intent")
    steps.take("Add it to your server", "`python -m bot discord invite-url`")
    steps.take("Run `python -m bot run`")
    connection, running = await _connected(world, server)
    await _until(lambda: connection.is_up)
    line = Line(world, server, connection)
    world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)

    steps.take("Type `/mod setup`", "“Manage Server”")
    steps.take("Press “Set up a new community”.")
    steps.take("Save the form")
    await _set_up(line)
    steps.take("Type `/feeds add`")
    asked = await server.use(2, _command("feeds", "add", url=BOARD), moderator=True)
    steps.take("Press “Post now”")
    await _press(line, asked, "Post now")
    await world.run_due()

    [message] = line.standing()
    assert "RAG chatbot for a clinic network" in message
    assert steps.left == []
    await connection.close()
    await running
    assert discord.__version__ == "2.7.1"  # whose private seams these tests and the adapter rely on
