"""How feeds are, what moderators hear of it (once), and what they can do: test, pause, resume, remove, undo."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.audit import audit
from bot.leads import subscriptions
from bot.leads.health import silent_after
from bot.leads.sources import source
from bot.leads.subscriptions import feed
from bot.people import Caller, Role
from bot.ports import FetchFailed
from bot.presses import press_id
from tests.conftest import MORNING
from tests.fakes import button, controls, words
from tests.samples import BAKER, EVALS, RAG, gigs, rss

if TYPE_CHECKING:
    from bot.cards import Card
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BROKEN = FetchFailed("E-SERVER", "Its server has a fault (500).", advice="Tell the site's owner.", status=500)
GONE = FetchFailed("E-GONE", "It is gone for good (410).", advice="Look for another feed.", status=410, gone=True)


@pytest.fixture
async def guild(world: World) -> World:
    """A community that is set up and has one feed."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    return world


async def join_rivals(world: World) -> Caller:
    zed = Caller("slack", "T9", "U1", "Zed", Role.MODERATOR, "R-mods", "Rivals", "Europe/Rome")
    await world.open_set_up(zed)
    await world.submit(zed, leads_channel="R-gigs", moderators_channel="R-mods", digest_at="08:00", zone="Rome")
    return zed


@pytest.fixture
async def calm_guild(make_world: Any) -> World:
    """The same, with a feed that is asked twice a day: for stories of months."""
    world: World = make_world(feeds__poll_minutes="720")
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    return world


def notices(world: World, channel: str = "C-mods") -> list[Card]:
    others = ("to approve", "Nobody decided: ", "Your week, for moderators")  # of the leads that wait, and of all else
    return [card for card in world.slack.cards(channel) if not any(words in card.summary for words in others)]


async def open_feed(world: World, who: Caller | None = None) -> str:
    await world.say(who or world.maria, "/feeds list")
    return await world.choose(who or world.maria, "AI Jobs Board")


# --- failing ---------------------------------------------------------------------------------------------------------


async def test_three_failures_are_one_notice_with_cause_and_fix(guild: World) -> None:
    guild.fetcher.pages[BOARD] = BROKEN
    await guild.travel(MORNING + 90 * timedelta(minutes=1))
    assert notices(guild) == []  # it has failed once or twice: that happens
    await guild.travel(MORNING + 5 * DAY)
    [notice] = notices(guild)
    assert words(notice) == (
        "A feed is failing: AI Jobs Board\n"
        "What happened: Its server has a fault (500).\n"
        "What to do: Tell the site's owner.\n"
        "I try again by myself, less and less often, and pause it after seven days. You hear of it once.\n"
        "[Test]\n[Pause]\n[Remove?]"
    )
    assert "Its server has a fault (500)." in await guild.press(guild.maria, "Test", notice)


async def test_a_feed_that_recovers_and_fails_again_is_told_again(calm_guild: World) -> None:
    for day in (0, 10, 20):
        calm_guild.fetcher.pages[BOARD] = BROKEN
        await calm_guild.travel(MORNING + (day + 3) * DAY)
        calm_guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
        await calm_guild.travel(MORNING + (day + 10) * DAY)
        assert "Healthy" in await open_feed(calm_guild)
    assert len(notices(calm_guild)) == 3


async def test_the_notice_of_a_feed_that_works_again_says_so_and_nothing_is_posted(guild: World) -> None:
    guild.fetcher.pages[BOARD] = BROKEN
    await guild.travel(MORNING + 16 * HOUR)
    [notice] = notices(guild)
    assert "A feed is failing: AI Jobs Board" in words(notice)
    guild.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await guild.travel(MORNING + 2 * DAY)
    [notice] = notices(guild)
    assert words(notice).startswith("A feed works again: AI Jobs Board\nIt answers again since ")
    assert [control.label for control in controls(notice)] == ["Show feed"]
    assert "State: Healthy" in await guild.press(guild.maria, "Show feed", notice)
    guild.fetcher.pages[BOARD] = BROKEN
    await guild.travel(MORNING + 4 * DAY)  # that one stays as it is
    assert [words(notice).partition(":")[0] for notice in notices(guild)] == ["A feed works again", "A feed is failing"]


async def test_seven_days_of_failures_end_in_a_pause_that_is_told_and_can_be_ended(guild: World) -> None:
    guild.fetcher.pages[BOARD] = BROKEN
    await guild.travel(MORNING + 20 * DAY)
    failing, paused = notices(guild)
    assert words(failing).startswith("A feed is failing")
    assert words(paused).startswith("A feed is paused: AI Jobs Board\nWhat happened: Its server has a fault")
    asked = len(guild.fetcher.calls)
    await guild.travel(MORNING + 40 * DAY)
    assert len(guild.fetcher.calls) == asked  # left in peace
    said = await guild.say(guild.maria, "/feeds list failing")
    assert "Paused by itself after seven days of failures" in said
    async with guild.app.db.read() as db:
        row = (await db.execute(sa.select(audit).where(audit.c.actor.is_(None)))).mappings().one()
    assert (row["action"], row["actor_name"]) == ("feeds pause", "the bot itself")

    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING + 40 * DAY)
    assert "Resumed by Maria: AI Jobs Board" in await guild.press(guild.maria, "Resume", paused)
    await guild.run_due()
    assert "State: Healthy" in await open_feed(guild)
    assert "1 lead waits" in await guild.say(guild.maria, "/feeds queue")
    assert len(notices(guild)) == 2


async def test_after_a_resumption_a_feed_has_seven_days_again(guild: World) -> None:
    guild.fetcher.pages[BOARD] = BROKEN
    await guild.travel(MORNING + 20 * DAY)
    await guild.press(guild.maria, "Resume", notices(guild)[-1])
    await guild.travel(MORNING + 25 * DAY)
    assert "Failing" in await open_feed(guild)
    await guild.travel(MORNING + 30 * DAY)
    assert [words(card).partition(":")[0] for card in notices(guild)] == [
        "A feed is failing",
        "A feed is paused",
        "A feed is failing",
        "A feed is paused",
    ]


async def test_a_feed_that_is_gone_is_said_to_be_gone_once(guild: World) -> None:
    guild.fetcher.pages[BOARD] = GONE
    await guild.travel(MORNING + 9 * DAY)
    [notice] = notices(guild)
    assert words(notice).startswith("A feed has ended: AI Jobs Board\nWhat happened: It is gone for good (410).")
    assert [c.label for c in controls(notice)] == ["Remove?"]
    assert "Ended: the site says it is gone for good" in await guild.say(guild.maria, "/feeds list failing")


async def test_each_community_is_told_by_itself(guild: World) -> None:
    zed = await join_rivals(guild)
    await guild.say(zed, f"/feeds add {BOARD}")
    guild.fetcher.pages[BOARD] = BROKEN
    await guild.travel(MORNING + 2 * DAY)
    assert len(notices(guild)) == len(notices(guild, "R-mods")) == 1

    await guild.press(zed, "Pause", notices(guild, "R-mods")[0])  # pauses it for the one and not for the other
    asked = len(guild.fetcher.calls)
    await guild.travel(MORNING + 4 * DAY)
    assert len(guild.fetcher.calls) > asked
    assert "Failing" in await open_feed(guild)
    assert "Paused by Zed" in await open_feed(guild, zed)
    stranger = await guild.press(zed, "Pause", notices(guild)[0])  # a notice of the others, somehow
    assert "This feed is not one of yours any more." in stranger


async def test_without_a_moderators_channel_the_list_says_it(world: World) -> None:
    await world.open_set_up(world.maria)
    await world.submit(world.maria, leads_channel="C-gigs", moderators_channel="", digest_at="08:00", zone="Berlin")
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    world.fetcher.pages[BOARD] = BROKEN
    await world.travel(MORNING + 2 * DAY)
    assert "Failing" in await world.say(world.maria, "/feeds list failing")
    await world.open_settings(world.maria)
    await world.submit(
        world.maria, leads_channel="C-gigs", moderators_channel="C-mods", digest_at="08:00", zone="Berlin"
    )  # now there is one: the next failure is told there
    await world.travel(MORNING + 4 * DAY)
    assert len(notices(world)) == 1


# --- silent and slow -------------------------------------------------------------------------------------------------


@given(
    gaps=st.lists(st.integers(1, 30), min_size=2, max_size=20),
    hour=st.integers(0, 23),
)
def test_a_source_is_silent_after_five_usual_gaps_and_never_before_five_days(gaps: list[int], hour: int) -> None:
    days = [date(2026, 1, 1)]
    for gap in gaps:
        days.append(days[-1] + timedelta(days=gap))
    last = datetime(days[-1].year, days[-1].month, days[-1].day, hour, tzinfo=MORNING.tzinfo)
    when = silent_after(days * 3, last)  # how often it spoke on a day does not count
    assert when is not None
    assert 5 * min(gaps) * DAY <= when - last <= 5 * max(gaps) * DAY
    assert silent_after(days[:2], last) is None  # two days are no habit


async def test_a_feed_that_falls_silent_is_flagged_once_until_it_speaks(calm_guild: World) -> None:
    for day in range(4):  # something new each day
        calm_guild.fetcher.pages[BOARD] = rss(*gigs(1, start=day), BAKER, at=MORNING + day * DAY)
        await calm_guild.travel(MORNING + (day + 1) * DAY)
    await calm_guild.travel(MORNING + 6 * DAY)
    assert notices(calm_guild) == []
    await calm_guild.travel(MORNING + 20 * DAY)
    [notice] = notices(calm_guild)
    assert "A feed is silent: AI Jobs Board" in words(notice)
    assert "nothing new for more than 5 times its usual gap" in words(notice)
    assert "Silent" in await calm_guild.say(calm_guild.maria, "/feeds list failing")

    calm_guild.fetcher.pages[BOARD] = rss(EVALS, BAKER, at=MORNING + 20 * DAY)
    await calm_guild.travel(MORNING + 21 * DAY)
    assert "State: Healthy" in await open_feed(calm_guild)
    await calm_guild.travel(MORNING + 80 * DAY)
    assert len(notices(calm_guild)) == 2  # silent anew, and told anew


async def test_a_slow_feed_is_called_slow(guild: World) -> None:
    body = rss(BAKER, RAG, at=MORNING)

    def slowly() -> bytes:
        guild.machine.at += timedelta(seconds=14)
        return body

    guild.fetcher.pages[BOARD] = slowly
    await guild.travel(MORNING + 90 * timedelta(minutes=1))
    assert "State: Slow: its last answer took 14 s" in await open_feed(guild)
    guild.fetcher.pages[BOARD] = body
    await guild.travel(MORNING + 4 * HOUR)
    assert "State: Healthy" in await open_feed(guild)


# --- pausing, resuming, removing -------------------------------------------------------------------------------------


async def test_a_paused_feed_is_not_asked_and_the_second_press_is_told_so(guild: World) -> None:
    await open_feed(guild)
    shown = guild.last
    assert "Paused by Maria: AI Jobs Board. Its leads stay." in await guild.press(guild.maria, "Pause")
    paused = guild.last
    said = await guild.press(guild.marek, "Pause", shown)
    assert said.startswith("Maria already paused this 0 seconds ago.")
    assert said.endswith("E-DONE")
    asked = len(guild.fetcher.calls)
    await guild.travel(MORNING + 3 * DAY)
    assert len(guild.fetcher.calls) == asked
    assert "Paused by Maria, " in await guild.say(guild.maria, "/feeds list")
    assert notices(guild) == []

    assert "Resumed by Marek" in await guild.press(guild.marek, "Resume", paused)
    assert "is not paused" in await guild.press(guild.maria, "Resume", paused)
    await guild.travel(MORNING + 3 * DAY + HOUR)
    assert len(guild.fetcher.calls) > asked


async def test_pausing_and_resuming_does_not_ask_more_often(guild: World) -> None:
    await guild.travel(MORNING + 10 * timedelta(minutes=1))
    for _ in range(3):
        await open_feed(guild)
        await guild.press(guild.maria, "Pause")
        await guild.press(guild.maria, "Resume")
        await guild.run_due()
    assert len(guild.fetcher.calls) == 1  # when it was added
    await guild.travel(MORNING + 70 * timedelta(minutes=1))
    assert len(guild.fetcher.calls) == 2


async def test_each_of_it_can_be_undone(guild: World) -> None:
    await open_feed(guild)
    shown = guild.last
    await guild.press(guild.maria, "Pause")
    assert "is read again" in await guild.press(guild.marek, "Undo")
    await guild.press(guild.maria, "Pause", shown)
    await guild.press(guild.maria, "Resume")
    assert "is paused again" in await guild.press(guild.maria, "Undo")
    assert "State: Paused by Maria" in await open_feed(guild)

    assert "The leads that it brought stay." in await guild.press(guild.maria, "Remove?")
    asked = guild.last
    assert "State: Paused by Maria" in await guild.press(guild.maria, "Keep", asked)
    assert "Removed by Maria: AI Jobs Board" in await guild.press(guild.maria, "Remove", asked)
    removed = guild.last
    assert "not one of yours any more" in await guild.press(guild.marek, "Remove", asked)
    assert "No feeds yet." in await guild.say(guild.maria, "/feeds list")
    assert "is one of your feeds again" in await guild.press(guild.marek, "Undo", removed)
    assert "State: Paused by Maria" in await open_feed(guild)


async def test_a_removed_feed_leaves_its_leads_and_can_be_added_again(guild: World) -> None:
    guild.fetcher.pages[BOARD] = rss(RAG, BAKER, at=MORNING)
    await guild.travel(MORNING + 2 * HOUR)
    await open_feed(guild)
    await guild.press(guild.maria, "Remove?")
    await guild.press(guild.maria, "Remove")
    asked = len(guild.fetcher.calls)
    await guild.travel(MORNING + DAY)
    assert len(guild.fetcher.calls) == asked
    assert "1 lead waits" in await guild.say(guild.maria, "/feeds queue")
    assert "from AI Jobs Board" in words(guild.last) if guild.last else False

    guild.fetcher.pages[BOARD] = rss(EVALS, RAG, BAKER, at=MORNING + DAY)
    assert "Added: AI Jobs Board" in await guild.say(guild.maria, f"/feeds add {BOARD}")
    assert "State: Healthy" in await open_feed(guild)
    await guild.travel(MORNING + DAY + 3 * HOUR)
    assert "1 lead waits" in await guild.say(guild.maria, "/feeds queue")  # what is there again posts nothing


async def test_adding_can_be_undone(guild: World) -> None:
    other = "https://other.example/x"
    guild.fetcher.pages[other] = rss(RAG, at=MORNING, title="Other")
    await guild.say(guild.maria, f"/feeds add {other}")
    assert "“Other” is removed" in await guild.press(guild.maria, "Undo")
    assert "Other" not in await guild.say(guild.maria, "/feeds list")


async def test_members_press_none_of_it(guild: World) -> None:
    await open_feed(guild)
    assert guild.last is not None
    for label in ("Test", "Pause", "Remove?"):
        press = button(guild.last, label)
        said = await guild.app.run_press(guild.ana, press_id(press.command, press.arguments))
        assert "Only moderators" in str(said)


async def test_a_source_nobody_wants_any_more_is_found_by_the_hourly_tidying(guild: World) -> None:
    await open_feed(guild)
    await guild.press(guild.maria, "Pause")
    async with guild.app.db.write() as db:  # as a poll does that was under way meanwhile
        await db.execute(sa.update(source).values(due=MORNING + HOUR))
    await guild.travel(MORNING + DAY)  # polls it once more, then tidies
    asked = len(guild.fetcher.calls)
    await guild.travel(MORNING + 3 * DAY)
    assert len(guild.fetcher.calls) == asked


async def test_polls_and_presses_at_once_do_not_stop_each_other(guild: World) -> None:
    boards = [f"https://board{n}.example/rss" for n in range(6)]
    for n, url in enumerate(boards):
        guild.fetcher.pages[url] = rss(BAKER, at=MORNING, title=f"Board {n}", site=url)
        await guild.say(guild.maria, f"/feeds add {url}")
        guild.fetcher.pages[url] = rss(*gigs(3, start=10 * n), BAKER, at=MORNING, title=f"Board {n}", site=url)
    async with guild.app.db.read() as db:
        own = (await db.execute(sa.select(feed.c.id).where(feed.c.title.like("Board%")))).scalars().all()
    guild.clock.move(MORNING + 2 * HOUR)
    presses = [guild.app.run_press(guild.maria, press_id("feeds pause", (str(i),))) for i in own]
    answers: list[Any] = (await asyncio.gather(guild.run_due(), *presses))[1:]
    assert [words(answer.card).partition(":")[0] for answer in answers] == ["Paused by Maria"] * 6
    async with guild.app.db.write() as db:
        await subscriptions.rest_unwanted(db)
    asked = len(guild.fetcher.calls)
    await guild.travel(MORNING + 5 * HOUR)
    assert len([call for call in guild.fetcher.calls[asked:] if call[0] != BOARD]) == 0
