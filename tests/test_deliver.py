"""What is owed arrives: in order, once, and never because of somebody else's trouble late."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import outbox, people, sending, views
from bot.cards import Button, Card, Controls, Fact, Facts, Heading, Select, sentence
from bot.db import claim
from bot.digests import store as digests
from bot.errors import TryLater
from bot.leads import sources, store
from bot.ports import FateUnknown, Refused
from jobs import deliver
from tests.conftest import MORNING
from tests.fakes import FakePlatform, controls, words
from tests.samples import BAKER, RAG, rss

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Block
    from bot.db import Database
    from bot.ports import Delivery, Verb
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class MoodyPlatform(FakePlatform):
    """A platform with trouble in some channels: `moods` are raised there; nothing comes out of `silent` ones."""

    def __init__(self, machine: Any) -> None:
        super().__init__("slack")
        self.machine = machine
        self.moods: dict[str, Exception] = {}
        self.silent: dict[str, asyncio.Event] = {}
        self.entered = asyncio.Event()
        self.took = timedelta(0)  # by the machine's clock, for each message

    async def send(self, delivery: Delivery) -> str:
        if mood := self.moods.get(delivery.address):
            raise mood
        if until := self.silent.get(delivery.address):
            self.entered.set()
            await until.wait()
        self.machine.at += self.took
        return await super().send(delivery)


async def next_of(db: AsyncConnection, *boxes: sa.RowMapping) -> list[sa.RowMapping]:
    """The messages whose turn it is in some mailboxes."""
    return list((await sending.next_messages(db, boxes)).values())


@dataclass
class Guild:
    """A community with a Slack workspace, whose bot owes messages."""

    world: World
    space: people.Space
    ids: dict[str, int] = field(default_factory=dict)  # of the messages, by key

    async def owe(
        self,
        *texts: str,
        to: str = "C-gigs",
        direct: bool = False,
        after: timedelta = timedelta(0),
        promise: bool = False,
        verb: Verb = "post",
        target: str = "",
        details: Mapping[str, Any] | None = None,
        card: Card | None = None,
    ) -> None:
        """Owe a message for each text, which is its key, too."""
        for text in texts:
            async with self.world.app.db.write() as db:
                self.ids[text] = await outbox.queue(
                    db,
                    self.world.app.ids,
                    outbox.Address(self.space, to, direct),
                    card or sentence(text),
                    key=text,
                    due=self.world.clock.now() + after,
                    promise=promise,
                    verb=verb,
                    target=self.ids[target] if target else None,
                    details=details,
                )

    async def edit(self, key: str, text: str) -> None:
        async with self.world.app.db.write() as db:
            await outbox.edit(
                db, self.world.app.ids, self.space.community_id, self.ids[key], sentence(text), self.world.clock.now()
            )

    async def retract(self, key: str, text: str) -> None:
        async with self.world.app.db.write() as db:
            await outbox.retract(
                db, self.world.app.ids, self.space.community_id, self.ids[key], sentence(text), self.world.clock.now()
            )

    async def cancel(self, key: str) -> bool:
        async with self.world.app.db.write() as db:
            return await outbox.cancel(db, self.space.community_id, key)

    async def wait(self, time: timedelta) -> None:
        """Let time pass on both clocks, then deliver what is due."""
        self.world.clock.move(self.world.clock.now() + time)
        self.world.machine.at += time
        await self.world.run_due()

    async def row(self, key: str) -> sa.RowMapping:
        async with self.world.app.db.read() as db:
            statement = sa.select(outbox.message).where(outbox.message.c.key == key)
            return (await db.execute(statement)).mappings().one()

    async def state(self, key: str) -> str:
        return str((await self.row(key))["state"])

    def shown(self, address: str = "C-gigs") -> list[str]:
        return [words(card) for card in self.world.slack.cards(address)]


@pytest.fixture
async def guild(world: World) -> Guild:
    await world.set_up()
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
    assert space is not None
    return Guild(world, space)


@pytest.fixture
def moody(guild: Guild) -> MoodyPlatform:
    """The guild's Slack, with moods."""
    platform = MoodyPlatform(guild.world.machine)
    guild.world.app.platforms = {"slack": platform}
    guild.world.slack = platform
    return platform


# --- in order --------------------------------------------------------------------------------------------------------


async def test_messages_arrive_in_the_order_in_which_they_are_due(guild: Guild) -> None:
    await guild.owe("third", after=2 * MINUTE)
    await guild.owe("first", "second")
    await guild.world.run_due()
    assert guild.shown() == ["first", "second"]

    await guild.wait(2 * MINUTE)
    assert guild.shown() == ["first", "second", "third"]


async def test_a_long_row_of_messages_is_delivered_whole(guild: Guild) -> None:
    row = [f"number {n}" for n in range(45)]
    await guild.owe(*row)
    await guild.world.run_due()
    assert guild.shown() == row


async def test_a_long_queue_does_not_keep_the_bot_from_stopping(guild: Guild, moody: MoodyPlatform) -> None:
    for n in range(120):
        await guild.owe(f"to {n}", to=f"C{n}")
    moody.took = timedelta(seconds=1)
    await deliver.run(guild.world.app)
    assert 20 <= len(moody.shown) <= 60  # what was begun within 20 seconds, fifty at a time
    while len(moody.shown) < 120:
        assert await deliver.run(guild.world.app)


async def test_a_busy_platform_keeps_the_order_and_is_left_alone_until_it_asked_to_be(guild: Guild) -> None:
    guild.world.slack.trouble = [TryLater("rate limited", timedelta(seconds=90))]
    await guild.owe("first", "second")
    await guild.world.run_due()
    await guild.owe("third")  # queued while the platform wants quiet
    await guild.world.run_due()
    assert guild.shown() == []

    await guild.wait(89 * SECOND)
    assert guild.shown() == []
    await guild.wait(SECOND)
    assert guild.shown() == ["first", "second", "third"]


async def test_the_pace_of_the_platform_is_kept_also_by_what_is_queued_later(guild: Guild) -> None:
    guild.world.slack.pace = SECOND
    await guild.owe("first", "second")
    await guild.world.run_due()
    assert guild.shown() == ["first"]
    await guild.wait(SECOND)
    assert guild.shown() == ["first", "second"]

    await guild.owe("third")  # the mailbox is empty, the last message is still warm
    await guild.world.run_due()
    assert guild.shown() == ["first", "second"]
    await guild.wait(SECOND)
    assert guild.shown() == ["first", "second", "third"]


# --- one channel's trouble is its own --------------------------------------------------------------------------------


async def test_a_busy_and_a_refusing_channel_delay_no_other(guild: Guild, moody: MoodyPlatform) -> None:
    moody.moods = {"C-busy": TryLater("busy"), "C-shut": Refused("E-ADDRESS", "archived"), "C-odd": FateUnknown("?")}
    for address in ("C-busy", "C-shut", "C-odd", "C-gigs"):
        await guild.owe(f"to {address}", to=address)
    await guild.world.run_due()

    assert guild.shown("C-gigs") == ["to C-gigs"]
    assert await guild.state("to C-busy") == "queued"
    assert await guild.state("to C-shut") == "failed"
    assert await guild.state("to C-odd") == "sending"


async def test_a_mistake_of_ours_in_one_channel_stops_no_other(
    guild: Guild, moody: MoodyPlatform, caplog: pytest.LogCaptureFixture
) -> None:
    moody.moods = {"C-bug": ZeroDivisionError("a bug")}
    await guild.owe("lost?", to="C-bug", promise=True)
    await guild.owe("fine")
    await guild.world.run_due()
    assert guild.shown() == ["fine"]
    assert "delivering to C-bug failed" in caplog.text

    moody.moods = {}  # mended, and started again
    await guild.wait(deliver.LEASE)
    assert guild.shown("C-bug") == ["lost?"]


async def test_a_mistake_of_ours_in_drawing_one_card_stops_no_other_mailbox(
    guild: Guild, caplog: pytest.LogCaptureFixture
) -> None:
    pages = guild.world.app.pages

    def buggy(card: Card) -> list[Card]:
        if card.summary == "a bug":
            raise ZeroDivisionError(card.summary)
        return pages["slack"](card)

    guild.world.app.pages = {**pages, "slack": buggy}
    await guild.owe("one", to="C-one")
    await guild.owe("a bug", to="C-bug")
    await guild.owe("two", to="C-two")
    await guild.world.run_due()
    assert [guild.shown(channel) for channel in ("C-one", "C-bug", "C-two")] == [["one"], [], ["two"]]
    assert "delivering to C-bug failed" in caplog.text

    guild.world.app.pages = pages  # mended, and started again
    await guild.wait(deliver.LEASE)
    assert [guild.shown(channel) for channel in ("C-one", "C-bug", "C-two")] == [["one"], ["a bug"], ["two"]]


async def test_a_channel_that_does_not_answer_delays_no_other(guild: Guild, moody: MoodyPlatform) -> None:
    moody.silent["C-slow"] = asyncio.Event()
    await guild.owe("slow", to="C-slow")
    slow = asyncio.create_task(deliver.run(guild.world.app))
    await moody.entered.wait()

    await guild.owe("quick")
    await deliver.run(guild.world.app)
    assert guild.shown() == ["quick"]
    assert guild.shown("C-slow") == []

    await guild.owe("slow too", to="C-slow")
    await deliver.run(guild.world.app)  # only one delivery at a time from a mailbox
    moody.silent.pop("C-slow").set()
    await slow
    await guild.world.run_due()
    assert guild.shown("C-slow") == ["slow", "slow too"]


async def test_an_answer_that_never_comes_is_not_waited_for(
    guild: Guild, moody: MoodyPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "LONGEST_SEND", timedelta(milliseconds=10))
    moody.silent["C-gigs"] = asyncio.Event()
    await guild.owe("into the void")
    await guild.world.run_due()
    assert await guild.state("into the void") == "sending"

    moody.silent.clear()
    monkeypatch.undo()
    await guild.wait(5 * SECOND)
    assert guild.shown() == ["into the void"]


async def test_with_no_platform_messages_wait_until_there_is_one(guild: Guild) -> None:
    platforms, guild.world.app.platforms = guild.world.app.platforms, {}
    await guild.owe("first", "second")
    await guild.world.travel(MORNING + HOUR)
    assert await guild.state("first") == "queued"

    guild.world.app.platforms = platforms
    await guild.wait(deliver.WITHOUT_PLATFORM)
    assert guild.shown() == ["first", "second"]


# --- not now, no, perhaps --------------------------------------------------------------------------------------------


async def test_what_a_platform_puts_off_is_tried_again_and_never_given_up(guild: Guild) -> None:
    guild.world.slack.trouble = [TryLater("down for the day")] * 30
    await guild.owe("patience")
    await guild.world.run_due()
    assert (await guild.row("patience"))["error"] == "down for the day"
    await guild.wait(4 * SECOND)
    assert len(guild.world.slack.trouble) == 29  # not before five seconds
    await guild.wait(SECOND)
    assert len(guild.world.slack.trouble) == 28
    await guild.wait(9 * SECOND)
    assert len(guild.world.slack.trouble) == 28  # and then not before ten

    await guild.world.travel(guild.world.clock.now() + 24 * HOUR)
    assert guild.shown() == ["patience"]
    row = await guild.row("patience")
    assert (row["state"], row["tries"], row["error"]) == ("sent", 31, None)


async def test_what_a_platform_refuses_ends_as_failed_and_says_why(guild: Guild) -> None:
    guild.world.slack.trouble = [Refused("E-ADDRESS", "There is no such channel.")]
    await guild.owe("refused", "next")
    await guild.world.run_due()

    row = await guild.row("refused")
    assert (row["state"], row["error"]) == ("failed", "E-ADDRESS There is no such channel.")
    assert guild.shown() == ["next"]
    await guild.world.travel(MORNING + HOUR)
    assert guild.shown() == ["next"]


async def test_a_card_that_cannot_be_drawn_fails_and_holds_up_nobody(guild: Guild) -> None:
    await guild.owe("undrawable", card=Card("Choose.", (Controls((Select("Nothing to choose", "lead show", ()),)),)))
    await guild.owe("next")
    await guild.world.run_due()
    assert guild.shown() == ["next"]
    assert await guild.state("undrawable") == "failed"


async def test_with_a_nonce_what_may_have_arrived_is_repeated_and_shown_once(guild: Guild) -> None:
    guild.world.slack.trouble_after = [FateUnknown("connection lost"), FateUnknown("again")]
    await guild.owe("a post", "behind it")
    await guild.world.run_due()
    assert guild.shown() == ["a post"]  # it did arrive, but we do not know
    assert await guild.state("a post") == "sending"

    await guild.wait(5 * SECOND)
    await guild.wait(10 * SECOND)
    assert guild.shown() == ["a post", "behind it"]
    assert await guild.state("a post") == "sent"


async def test_with_a_nonce_what_was_lost_on_the_way_arrives_at_the_second_try(guild: Guild) -> None:
    guild.world.slack.trouble = [FateUnknown("connection refused, or lost?")]
    await guild.owe("a post")
    await guild.world.run_due()
    await guild.wait(5 * SECOND)
    assert guild.shown() == ["a post"]


async def test_without_a_nonce_a_post_is_left_to_a_person_and_the_next_goes_on(guild: Guild) -> None:
    guild.world.slack.remembers_nonce = timedelta(0)
    guild.world.slack.trouble_after = [FateUnknown("connection lost")]
    await guild.owe("a post", "behind it")
    await guild.world.run_due()
    await guild.wait(5 * SECOND)
    assert guild.shown() == ["a post", "behind it"]
    assert await guild.state("a post") == "unconfirmed"


async def test_without_a_nonce_a_promise_is_repeated_and_may_arrive_twice(guild: Guild) -> None:
    guild.world.slack.remembers_nonce = timedelta(0)
    guild.world.slack.trouble_after = [FateUnknown("connection lost")]
    await guild.owe("a promise", promise=True)
    await guild.world.run_due()
    await guild.wait(5 * SECOND)
    assert guild.shown() == ["a promise", "a promise"]
    assert await guild.state("a promise") == "sent"


async def test_after_two_minutes_a_nonce_is_worth_nothing(guild: Guild) -> None:
    platform = guild.world.slack
    platform.trouble_after = [FateUnknown("lost"), FateUnknown("lost")]
    await guild.owe("a post", to="C-gigs")
    await guild.owe("a promise", to="C-mods", promise=True)
    await guild.world.run_due()
    platform._by_nonce.clear()  # the platform forgets
    await guild.wait(2 * MINUTE)
    assert guild.shown("C-gigs") == ["a post"]
    assert await guild.state("a post") == "unconfirmed"
    assert guild.shown("C-mods")[:2] == ["a promise", "a promise"]
    assert await guild.state("a promise") == "sent"


async def test_a_doubt_outlives_a_busy_platform(guild: Guild) -> None:
    platform = guild.world.slack
    platform.trouble_after = [FateUnknown("lost")]
    await guild.owe("a post", "behind it")
    await guild.world.run_due()
    platform.trouble = [TryLater("rate limited", 10 * MINUTE)]
    await guild.wait(5 * SECOND)

    platform._by_nonce.clear()  # ten minutes later the platform does not know the nonce any more
    await guild.wait(10 * MINUTE)
    assert guild.shown() == ["a post", "behind it"]
    assert await guild.state("a post") == "unconfirmed"


async def test_the_two_minutes_begin_with_the_try_that_may_have_succeeded(guild: Guild) -> None:
    platform = guild.world.slack
    platform.trouble = [TryLater("down", HOUR)]
    await guild.owe("a post")
    await guild.world.run_due()
    platform.trouble_after = [FateUnknown("lost")]
    await guild.wait(HOUR)
    await guild.wait(10 * SECOND)
    assert guild.shown() == ["a post"]
    assert await guild.state("a post") == "sent"


@pytest.mark.parametrize(
    ("elapsed", "remembers", "promise", "verdict"),
    [
        (0, 120, False, "repeat"),
        (119, 120, False, "repeat"),
        (120, 120, False, "unconfirmed"),
        (0, 0, False, "unconfirmed"),
        (-5, 0, False, "unconfirmed"),  # the machine's clock was set back: nobody knows how long it was
        (-5, 120, False, "unconfirmed"),
        (0, 0, True, "repeat"),
        (86_400, 120, True, "repeat"),
    ],
)
def test_what_to_do_about_a_doubt(elapsed: int, remembers: int, promise: bool, verdict: str) -> None:
    assert verdict == sending.after_doubt(
        promise=promise,
        first_try=MORNING,
        remembers_nonce=timedelta(seconds=remembers),
        machine_now=MORNING + timedelta(seconds=elapsed),
    )


async def test_a_crash_before_the_answer_is_a_doubt_like_any_other(guild: Guild) -> None:
    """A process that died while it was sending leaves the message in doubt and the mailbox leased."""
    world = guild.world
    await guild.owe("a post")
    async with world.app.db.write() as db:
        [box] = await claim(
            db,
            outbox.mailbox,
            due_by=world.clock.now(),
            machine_now=world.machine.now(),
            lease_until=world.machine.now() + deliver.LEASE,
            limit=5,
        )
        await sending.begin(db, await next_of(db, box), world.machine.now())

    await guild.wait(deliver.LEASE - SECOND)
    assert guild.shown() == []  # the lease stands
    await guild.wait(SECOND)
    assert guild.shown() == ["a post"]  # still within the nonce's two minutes


# --- taking back and changing ----------------------------------------------------------------------------------------


async def test_what_waits_can_be_cancelled_by_its_key_and_what_was_sent_cannot(guild: Guild) -> None:
    await guild.owe("reminder", after=HOUR)
    await guild.owe("sent")
    await guild.world.run_due()
    assert await guild.cancel("reminder") is True
    assert await guild.cancel("reminder") is False
    assert await guild.cancel("sent") is False
    await guild.wait(HOUR)
    assert guild.shown() == ["sent"]


async def test_a_message_that_still_waits_is_retracted_without_a_trace(guild: Guild) -> None:
    await guild.owe("hasty")
    await guild.retract("hasty", "Withdrawn.")
    await guild.world.run_due()
    assert guild.shown() == []
    assert await guild.state("hasty") == "cancelled"


async def test_a_message_that_was_sent_is_retracted_by_an_edit(guild: Guild) -> None:
    await guild.owe("hasty", "next")
    await guild.world.run_due()
    await guild.retract("hasty", "Withdrawn.")
    await guild.world.run_due()
    assert guild.shown() == ["Withdrawn.", "next"]


async def test_a_message_in_doubt_is_retracted_by_an_edit_once_it_is_certain(guild: Guild) -> None:
    guild.world.slack.trouble_after = [FateUnknown("lost")]
    await guild.owe("hasty")
    await guild.world.run_due()
    await guild.retract("hasty", "Withdrawn.")
    await guild.world.run_due()
    assert guild.shown() == ["hasty"]
    await guild.wait(5 * SECOND)
    assert guild.shown() == ["Withdrawn."]


async def test_a_message_that_still_waits_is_simply_changed(guild: Guild) -> None:
    await guild.owe("draft", after=MINUTE)
    await guild.edit("draft", "final")
    await guild.wait(MINUTE)
    assert guild.shown() == ["final"]
    assert [delivery.verb for delivery in guild.world.slack.shown.values()] == ["post"]


async def test_a_message_that_was_sent_is_edited_and_remembered_as_it_stands(guild: Guild) -> None:
    await guild.owe("first")
    await guild.world.run_due()
    guild.world.slack.trouble = [TryLater("busy")]
    await guild.edit("first", "second")
    await guild.edit("first", "third")
    await guild.world.run_due()
    assert guild.shown() == ["first"]
    await guild.wait(5 * SECOND)
    assert guild.shown() == ["third"]
    async with guild.world.app.db.read() as db:
        [standing] = await outbox.sent_in(db, guild.space, "C-gigs")
    assert standing["card"]["summary"] == "third"


async def test_edits_that_wait_are_one_and_the_message_is_known_as_it_will_stand(guild: Guild) -> None:
    await guild.owe("first")
    await guild.world.run_due()
    standing = await guild.row("first")
    await guild.edit("first", "second")
    async with guild.world.app.db.read() as db:
        [mailbox] = (await db.execute(sa.select(outbox.mailbox))).mappings()
        waiting = await next_of(db, mailbox)
    await guild.edit("first", "third")
    async with guild.world.app.db.read() as db:
        owed = (await db.execute(sa.select(sa.func.count()).where(outbox.message.c.verb == "edit"))).scalar_one()
        assert owed == 1
        assert (await outbox.card_of(db, guild.space.community_id, standing["id"])).summary == "third"
    async with guild.world.app.db.write() as db:  # whoever delivers has looked before the third was said
        [begun] = await sending.begin(db, waiting, guild.world.machine.now())
        await sending.settle(db, [(begun, standing["remote"])], guild.world.clock.now())
    assert (await guild.row("first"))["card"]["summary"] == "third"
    async with guild.world.app.db.read() as db:
        assert (await outbox.card_of(db, guild.space.community_id, standing["id"])).summary == "third"


async def test_an_edit_is_repeated_when_in_doubt_and_changes_nothing_more(guild: Guild) -> None:
    guild.world.slack.remembers_nonce = timedelta(0)
    await guild.owe("first")
    await guild.world.run_due()
    guild.world.slack.trouble_after = []
    guild.world.slack.trouble = [FateUnknown("lost")]
    await guild.edit("first", "second")
    await guild.world.run_due()
    await guild.wait(5 * SECOND)
    assert guild.shown() == ["second"]


async def test_the_edit_of_an_unconfirmed_message_is_kept_for_when_it_is_sent_again(guild: Guild) -> None:
    guild.world.slack.remembers_nonce = timedelta(0)
    guild.world.slack.trouble = [FateUnknown("lost")]
    await guild.owe("doubtful")
    await guild.world.run_due()
    await guild.wait(5 * SECOND)
    await guild.edit("doubtful", "newer")
    await guild.world.run_due()
    assert guild.shown() == []
    row = await guild.row("doubtful")
    assert (row["state"], row["card"]["summary"]) == ("unconfirmed", "newer")


async def test_what_was_changed_at_the_last_moment_is_sent_as_it_is_now(guild: Guild) -> None:
    """Between looking for the next message and sending it, somebody else may change it or take it back."""
    await guild.owe("changed")
    await guild.owe("taken back", to="C-mods")
    world = guild.world
    async with world.app.db.read() as db:
        boxes = {row["address"]: row for row in (await db.execute(sa.select(outbox.mailbox))).mappings()}
        both = await next_of(db, *boxes.values())
    assert len(both) == 2
    await guild.edit("changed", "newest words")
    assert await guild.cancel("taken back")

    async with world.app.db.write() as db:
        begun = await sending.begin(db, both, world.machine.now())
        assert [row["card"]["summary"] for row in begun] == ["newest words"]
    assert await guild.state("taken back") == "cancelled"


# --- exactly what was asked for --------------------------------------------------------------------------------------


async def test_the_same_thing_is_never_owed_twice(guild: Guild) -> None:
    await guild.owe("digest of today")
    with pytest.raises(sa.exc.IntegrityError):
        await _owe_twice(guild)
    await guild.world.run_due()
    assert guild.shown() == ["digest of today"]  # and nothing of the transaction that broke


async def _owe_twice(guild: Guild) -> None:
    app, to = guild.world.app, outbox.Address(guild.space, "C-gigs")
    async with app.db.write() as db:
        for key in ("something else", "digest of today"):
            await outbox.queue(db, app.ids, to, sentence(key), key=key, due=guild.world.clock.now())


async def test_every_verb_gets_through_with_its_details(guild: Guild) -> None:
    await guild.owe("post")
    await guild.owe("edit me not")
    await guild.owe("hello", to="U2", direct=True, promise=True)
    await guild.owe("below", verb="thread", target="post")
    await guild.owe("minutes", verb="file", details={"name": "minutes.txt", "content": "Hi\nthere"})
    meeting = {"start": "2026-11-20T18:00:00+00:00", "end": "2026-11-20T19:00:00+00:00", "place": "Berlin"}
    await guild.owe("meet", verb="event", details=meeting)
    await guild.world.run_due()

    sent = {words(delivery.card): (remote, delivery) for remote, delivery in guild.world.slack.shown.items()}
    remote, post = sent["post"]
    assert (post.verb, post.space, post.address, post.target, post.details) == ("post", "T1", "C-gigs", "", None)
    assert 0 < len(post.nonce) <= 25
    _, hello = sent["hello"]
    assert (hello.verb, hello.address) == ("direct", "U2")
    _, below = sent["below"]
    assert (below.verb, below.target) == ("thread", remote)
    _, minutes = sent["minutes"]
    assert (minutes.verb, minutes.details) == ("file", {"name": "minutes.txt", "content": "Hi\nthere"})
    _, meet = sent["meet"]
    assert (meet.verb, meet.details) == ("event", meeting)

    await guild.edit("post", "post, edited")
    await guild.world.run_due()
    assert guild.world.slack.shown[remote].verb == "edit"
    assert guild.world.slack.shown[remote].target == remote
    assert guild.shown()[:2] == ["post, edited", "edit me not"]


async def test_a_person_and_a_channel_with_the_same_id_are_two_addresses(guild: Guild) -> None:
    guild.world.slack.pace = MINUTE
    await guild.owe("to the person", to="X1", direct=True)
    await guild.owe("to the channel", to="X1")
    await guild.world.run_due()
    assert sorted(guild.shown("X1")) == ["to the channel", "to the person"]


async def test_a_thread_waits_for_its_message_on_a_busy_platform(guild: Guild) -> None:
    guild.world.slack.trouble = [TryLater("busy")]
    await guild.owe("post")
    await guild.owe("below", verb="thread", target="post")
    await guild.world.run_due()
    await guild.wait(5 * SECOND)
    assert guild.shown() == ["post", "below"]


async def test_a_thread_below_a_message_that_failed_is_not_opened(guild: Guild) -> None:
    guild.world.slack.trouble = [Refused("E-ADDRESS", "archived")]
    await guild.owe("post")
    await guild.owe("below", verb="thread", target="post")
    await guild.world.run_due()
    assert guild.shown() == []
    assert await guild.state("below") == "cancelled"


async def test_a_card_that_is_too_long_comes_as_pages_behind_a_button(guild: Guild) -> None:
    facts = tuple(Fact(f"Fact {n}", (f"value {n}: " + "all of it " * 20,)) for n in range(60))
    await guild.owe("long", card=Card("Sixty facts.", (Heading("Sixty facts"), Facts(facts))))
    await guild.world.run_due()

    [card] = guild.world.slack.cards("C-gigs")
    seen = [words(card)]
    label = ""
    while more := [c.label for c in controls(card) if c.label.startswith("See all (")]:
        [label] = more
        assert label.startswith(f"See all ({len(seen) + 1} of ")
        seen.append(await guild.world.press(guild.world.ana, label, card))
        last = guild.world.last
        assert last is not None
        card = last
    assert len(seen) > 1
    assert label.endswith(f" of {len(seen)})")
    for n in range(60):
        assert sum(f"value {n}: " in page for page in seen) == 1


async def test_a_button_with_a_long_argument_works_when_pressed(guild: Guild) -> None:
    address = "https://board.example/" + "very-" * 40 + "long.rss"
    guild.world.fetcher.pages[address] = rss(RAG, at=MORNING)
    blocks: tuple[Block, ...] = (Controls((Button("Test it", "feeds test", (address,)),)),)
    await guild.owe("long", card=Card("Try this feed.", blocks))
    await guild.world.run_due()

    [card] = guild.world.slack.cards("C-gigs")
    [pressed] = controls(card)
    assert isinstance(pressed, Button)
    assert len(":".join(("v1", pressed.command, *pressed.arguments))) <= 100
    assert "Test: AI Jobs Board" in await guild.world.press(guild.world.maria, "Test it", card)


# --- at the same moment ----------------------------------------------------------------------------------------------


async def _waits_for_a_lock(db: Database, task: asyncio.Task[Any]) -> None:
    """Return once PostgreSQL lets `task` wait. SQLite has one writer connection: there the task waits for that."""
    if db.is_sqlite:
        return
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(20):
        while not task.done():
            async with db.read() as connection:
                if (await connection.execute(waiting)).scalar_one():
                    return


@pytest.fixture(params=["queue", "edit"])
async def owing(request: pytest.FixtureRequest, guild: Guild) -> Callable[[Any], Awaitable[Any]]:
    """Two ways to owe something in the channel of a message that was sent before."""
    await guild.owe("before")
    await guild.world.run_due()
    app, now = guild.world.app, guild.world.clock.now()
    if request.param == "edit":
        return lambda db: outbox.edit(db, app.ids, guild.space.community_id, guild.ids["before"], sentence("new"), now)
    to = outbox.Address(guild.space, "C-gigs")
    return lambda db: outbox.queue(db, app.ids, to, sentence("new"), key="new", due=now)


@pytest.fixture
async def claimed(guild: Guild, owing: Any) -> AsyncIterator[sa.RowMapping]:
    """The mailbox while somebody has claimed it and found nothing more to send."""
    world = guild.world
    async with world.app.db.write() as db:
        await db.execute(sa.update(outbox.mailbox).values(due=MORNING - HOUR, not_before=None))
        [box] = await claim(
            db,
            outbox.mailbox,
            due_by=world.clock.now(),
            machine_now=world.machine.now(),
            lease_until=world.machine.now() + deliver.LEASE,
            limit=1,
        )
    return box


async def _mailbox_due(guild: Guild) -> datetime | None:
    async with guild.world.app.db.read() as db:
        due: datetime | None = (await db.execute(sa.select(outbox.mailbox.c.due))).scalar_one()
    return due


async def test_what_is_queued_while_a_mailbox_is_given_back_wakes_it(
    guild: Guild, owing: Callable[[Any], Awaitable[Any]], claimed: sa.RowMapping
) -> None:
    db = guild.world.app.db

    async def give_back() -> None:
        async with db.write() as connection:
            await sending.lock(connection, [claimed])
            await sending.release(connection, [(claimed, guild.world.clock.now())])

    async with db.write() as first:
        await owing(first)
        second = asyncio.create_task(give_back())
        await _waits_for_a_lock(db, second)
        assert not second.done()
    await second

    assert await _mailbox_due(guild) == guild.world.clock.now()
    await guild.world.run_due()
    assert guild.shown()[-1] == "new"


async def test_a_mailbox_that_is_given_back_empty_is_woken_by_what_is_queued_then(
    guild: Guild, owing: Callable[[Any], Awaitable[Any]], claimed: sa.RowMapping
) -> None:
    db = guild.world.app.db

    async def owe() -> None:
        async with db.write() as connection:
            await owing(connection)

    async with db.write() as first:
        await sending.lock(first, [claimed])
        await sending.release(first, [(claimed, guild.world.clock.now())])
        second = asyncio.create_task(owe())
        await _waits_for_a_lock(db, second)
        assert not second.done()
    await second

    assert await _mailbox_due(guild) == guild.world.clock.now()
    await guild.world.run_due()
    assert guild.shown()[-1] == "new"


async def test_a_moderator_decides_on_a_lead_while_a_poll_merges_into_it(guild: Guild) -> None:
    world, community_id = guild.world, guild.space.community_id
    world.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    async with world.app.db.read() as db:
        lead = (await db.execute(sa.select(store.lead))).mappings().one()
        other = sa.select(sources.entry.c.id).where(sources.entry.c.id != lead["entry_id"])
        entry_id = (await db.execute(other)).scalar_one()

    async def decide(db: AsyncConnection) -> None:
        await store.read_lead(db, community_id, lead["id"], lock=True)

    async def merge(db: AsyncConnection) -> None:
        await store.add_sighting(db, community_id, entry_id=entry_id, lead_id=lead["id"], feed_id=lead["feed_id"])

    await _cross(guild, decide, merge)


async def test_a_digest_is_put_together_while_somebody_uses_a_command(guild: Guild) -> None:
    app, community_id, tomorrow = guild.world.app, guild.space.community_id, MORNING + 24 * HOUR

    async def begin_digest(db: AsyncConnection) -> None:
        assert await digests.lock_due(db, community_id, tomorrow) is not None

    async def keep_view(db: AsyncConnection) -> None:
        await views.keep(db, community_id, app.ids.token(), {}, tomorrow)

    await _cross(guild, begin_digest, keep_view)


async def _cross(
    guild: Guild,
    hold: Callable[[AsyncConnection], Awaitable[None]],
    refer: Callable[[AsyncConnection], Awaitable[None]],
) -> None:
    """One transaction holds a row and then queues; another has queued and then refers to that row."""
    app, to, now = guild.world.app, outbox.Address(guild.space, "C-gigs"), guild.world.clock.now()
    if app.db.is_sqlite:
        pytest.skip("one transaction writes at a time")
    await guild.owe("before")
    held, queued = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with app.db.write() as db:
            await hold(db)
            held.set()
            await queued.wait()
            await outbox.queue(db, app.ids, to, sentence("first"), key="first", due=now)

    task = asyncio.create_task(first())
    await held.wait()
    async with app.db.write() as db:
        await outbox.queue(db, app.ids, to, sentence("second"), key="second", due=now)
        queued.set()
        await _waits_for_a_lock(app.db, task)
        await refer(db)
    await task
    await guild.world.run_due()
    assert sorted(guild.shown()) == ["before", "first", "second"]


async def test_two_processes_never_deliver_from_one_mailbox_at_once(guild: Guild) -> None:
    await guild.owe(*(f"number {n}" for n in range(12)))
    for n in range(12):
        await guild.owe(f"to {n}", to=f"C{n}")
    await asyncio.gather(*(deliver.run(guild.world.app) for _ in range(4)))
    assert guild.shown() == [f"number {n}" for n in range(12)]
    assert [guild.shown(f"C{n}") for n in range(12)] == [[f"to {n}"] for n in range(12)]
