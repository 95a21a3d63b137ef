"""What the outbox sends to Slack, and what becomes of it when Slack fails, over real connections."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from slack_sdk.errors import SlackApiError

from adapters.slack.failures import code_of
from adapters.slack.platform import SlackPlatform
from bot.cards import Card, Heading, Items, Note, sentence
from bot.errors import TryLater
from bot.ports import Delivery, FateUnknown, Refused
from bot.when import SetClock
from tests.conftest import MORNING, settings
from tests.loopback_slack import LoopbackSlack, Trouble
from tests.samples import EVALS, RAG, rss
from tests.slack_world import TOKENS, open_guild

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BOARD = "https://board.example/jobs.rss"
HELLO = sentence("New lead: RAG chatbot for a clinic network.")
LATER = sentence("Closed: RAG chatbot for a clinic network.")


def delivery(verb: Any = "post", address: str = "C-gigs", nonce: str = "4711", **more: Any) -> Delivery:
    return Delivery(verb, "T1", address, more.pop("card", HELLO), nonce, **more)


@pytest.fixture
async def slack() -> AsyncIterator[LoopbackSlack]:
    async with LoopbackSlack() as slack:
        slack.channels["C-gigs"] = []
        yield slack
        assert slack.faults == []


@pytest.fixture
async def platform(slack: LoopbackSlack) -> AsyncIterator[SlackPlatform]:
    platform = SlackPlatform(settings(**TOKENS, slack__api_url=slack.url).slack, SetClock(MORNING))
    yield platform
    await platform.close()


@pytest.fixture
async def confirming(slack: LoopbackSlack) -> AsyncIterator[SlackPlatform]:
    how = settings(**TOKENS, slack__api_url=slack.url, slack__confirm_sends="true")
    platform = SlackPlatform(how.slack, SetClock(MORNING))
    yield platform
    await platform.close()


# --- the verbs -------------------------------------------------------------------------------------------------------


async def test_a_post_is_a_sentence_and_blocks_without_previews_and_is_edited_in_place(
    slack: LoopbackSlack, platform: SlackPlatform
) -> None:
    remote = await platform.send(delivery())
    [sent] = slack.channels["C-gigs"]
    assert remote == f"C-gigs/{sent['ts']}"
    assert sent["text"] == "New lead: RAG chatbot for a clinic network."
    assert (sent["unfurl_links"], sent["unfurl_media"]) == (False, False)
    assert sent["metadata"] == {"event_type": "guildhall_message", "event_payload": {"nonce": "4711"}}

    assert await platform.send(delivery("edit", card=LATER, nonce="4712", target=remote)) == remote
    assert [m["text"] for m in slack.channels["C-gigs"]] == ["Closed: RAG chatbot for a clinic network."]


async def test_a_direct_message_opens_its_conversation(slack: LoopbackSlack, platform: SlackPlatform) -> None:
    remote = await platform.send(delivery("direct", "U2"))
    assert remote.startswith("DU2/")
    await platform.send(delivery("edit", "U2", card=LATER, target=remote))
    assert slack.channels["DU2"][0]["text"].startswith("Closed")


async def test_an_introduction_is_a_conversation_of_those_it_is_about(
    slack: LoopbackSlack, platform: SlackPlatform
) -> None:
    await platform.send(delivery("thread", details={"members": ["U3", "U2"]}))
    assert len(slack.channels["GU2-U3"]) == 1
    with pytest.raises(Refused, match="needs people"):
        await platform.send(delivery("thread"))


async def test_a_thread_at_a_message_is_a_reply_to_it(slack: LoopbackSlack, platform: SlackPlatform) -> None:
    remote = await platform.send(delivery())
    await platform.send(delivery("thread", nonce="4712", target=remote))
    assert slack.channels["C-gigs"][0]["thread_ts"] == remote.partition("/")[2]


async def test_a_file_is_shared_with_its_sentence(slack: LoopbackSlack, platform: SlackPlatform) -> None:
    details = {
        "name": "ana.json",
        "content": b64encode(b'{"name": "Ana"}').decode(),
        "alt": "What is stored about Ana.",
    }
    remote = await platform.send(delivery("file", "U2", card=sentence("Here is your data."), details=details))
    [file] = slack.files
    assert remote == file["id"]
    assert file["content"] == b'{"name": "Ana"}'
    assert (file["channel"], file["comment"]) == ("DU2", "Here is your data.")
    assert file["alt_txt"] == "What is stored about Ana."
    with pytest.raises(Refused):
        await platform.send(delivery("edit", target=remote))


async def test_the_whole_card_stands_above_a_file_in_words(slack: LoopbackSlack, platform: SlackPlatform) -> None:
    table = Card("Two rates.", (Heading("Rates & more"), Items((("USD: 90",), ("EUR: 80",))), Note(("n 12",))))
    details = {"name": "rates.png", "content": b64encode(b"picture").decode(), "alt": "Two rates."}
    await platform.send(delivery("file", card=table, details=details))
    assert slack.files[0]["comment"] == "*Rates &amp; more*\n• USD: 90\n• EUR: 80\nn 12"


async def test_slack_has_no_events(platform: SlackPlatform) -> None:
    with pytest.raises(Refused, match="no events of its own"):
        await platform.send(delivery("event"))


# --- failures --------------------------------------------------------------------------------------------------------


async def test_a_rate_limit_says_how_long_to_wait(slack: LoopbackSlack, platform: SlackPlatform) -> None:
    slack.trouble["chat.postMessage"].append(Trouble(status=429, headers={"Retry-After": "17"}))
    with pytest.raises(TryLater) as later:
        await platform.send(delivery())
    assert later.value.after == timedelta(seconds=17)
    assert len(slack.called("chat.postMessage")) == 1


@pytest.mark.parametrize(
    ("error", "more", "code", "advice"),
    [
        ("not_in_channel", {}, "E-BOTPERM", "Type /invite"),
        ("channel_not_found", {}, "E-BOTPERM", "/mod setup"),
        ("is_archived", {}, "E-BOTPERM", "Unarchive it"),
        ("missing_scope", {"needed": "chat:write"}, "E-SCOPE", "“chat:write”"),
        ("user_disabled", {}, "E-DMCLOSED", "can't get messages"),
        ("something_new", {}, "E-SLACK", "something_new"),
    ],
)
async def test_a_refusal_says_what_to_do(
    slack: LoopbackSlack, platform: SlackPlatform, error: str, more: dict[str, Any], code: str, advice: str
) -> None:
    slack.trouble["chat.postMessage"].append(Trouble(error=error, more=more))
    with pytest.raises(Refused) as refusal:
        await platform.send(delivery())
    assert refusal.value.code == code
    assert advice in refusal.value.reason


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "service_unavailable", "ratelimited"])
async def test_nothing_is_given_up_over_a_token_or_a_busy_slack(
    slack: LoopbackSlack, platform: SlackPlatform, error: str
) -> None:
    slack.trouble["chat.postMessage"].append(Trouble(error=error))
    with pytest.raises(TryLater):
        await platform.send(delivery())


async def test_a_503_was_not_begun_but_a_500_or_a_lost_answer_leaves_a_doubt(
    slack: LoopbackSlack, platform: SlackPlatform
) -> None:
    slack.trouble["chat.postMessage"] += [Trouble(status=503), Trouble(status=500, error="fatal_error")]
    slack.trouble["chat.postMessage"] += [Trouble(cut="after")]
    with pytest.raises(TryLater):
        await platform.send(delivery())
    for _ in range(2):
        with pytest.raises(FateUnknown):
            await platform.send(delivery())
    assert len(slack.called("chat.postMessage")) == 3, "the library itself repeats nothing"


async def test_what_may_be_repeated_is_never_in_doubt(slack: LoopbackSlack, platform: SlackPlatform) -> None:
    slack.trouble["conversations.open"].append(Trouble(cut="after"))
    slack.trouble["chat.update"].append(Trouble(cut="after"))
    with pytest.raises(TryLater):
        await platform.send(delivery("direct", "U2"))
    remote = await platform.send(delivery())
    with pytest.raises(TryLater):
        await platform.send(delivery("edit", target=remote))


async def test_where_nobody_answers_nothing_was_sent_and_it_is_known_since_when(slack: LoopbackSlack) -> None:
    clock = SetClock(MORNING)
    platform = SlackPlatform(settings(**TOKENS, slack__api_url="http://127.0.0.1:9/api").slack, clock)
    with pytest.raises(TryLater, match="not reachable"):
        await platform.send(delivery())
    clock.move(MORNING + timedelta(minutes=3))
    with pytest.raises(TryLater):
        await platform.send(delivery())
    assert platform.away_since == MORNING
    platform._client.base_url = f"{slack.url}/"
    await platform.send(delivery())
    assert platform.away_since is None
    await platform.close()


# --- slack.confirm_sends ---------------------------------------------------------------------------------------------


async def test_a_doubtful_send_is_looked_up(slack: LoopbackSlack, confirming: SlackPlatform) -> None:
    assert confirming.remembers_nonce == timedelta(minutes=10)
    slack.trouble["chat.postMessage"] += [Trouble(cut="after")]
    with pytest.raises(FateUnknown):
        await confirming.send(delivery())
    remote = await confirming.send(delivery())
    assert [f"C-gigs/{m['ts']}" for m in slack.channels["C-gigs"]] == [remote]

    slack.trouble["chat.postMessage"] += [Trouble(cut="before")]
    with pytest.raises(FateUnknown):
        await confirming.send(delivery(nonce="4712"))
    await confirming.send(delivery(nonce="4712"))
    await confirming.send(delivery("thread", nonce="4713", target=remote))
    await confirming.send(delivery("thread", nonce="4713", target=remote))
    nonces = [m["metadata"]["event_payload"]["nonce"] for m in slack.channels["C-gigs"]]
    assert nonces == ["4713", "4712", "4711"]


async def test_looking_up_needs_its_scopes(slack: LoopbackSlack, confirming: SlackPlatform) -> None:
    slack.trouble["conversations.history"].append(Trouble(error="missing_scope", more={"needed": "channels:history"}))
    with pytest.raises(Refused, match="channels:history"):
        await confirming.send(delivery())
    assert slack.channels["C-gigs"] == []


# --- with the outbox -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_an_outage_is_waited_out_and_the_digest_comes_once(make_world: Any) -> None:
    async with open_guild(make_world) as guild:
        await guild.set_up()
        guild.world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
        await guild.maria.type(f"/feeds add {BOARD}")
        await guild.maria.press(await guild.maria.sees(), "Post now")
        await guild.maria.sees()
        guild.slack.trouble["chat.postMessage"] += [Trouble(status=503), Trouble(status=429)]
        await guild.world.travel(MORNING + timedelta(minutes=5))
        posts = guild.slack.channels["C-gigs"]
        assert len(posts) == 1
        assert "RAG chatbot" in json.dumps(posts[0]["blocks"])


def test_an_error_without_a_body_has_no_code() -> None:
    class _Raw:
        status = 502

    assert code_of(SlackApiError("failed", _Raw())) == ""  # type: ignore[no-untyped-call]
