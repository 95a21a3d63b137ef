"""The market: what members and moderators see of it, and the weekly pulse."""

from __future__ import annotations

import dataclasses
import re
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from adapters.discord import render as discord
from adapters.slack import render as slack
from bot import outbox, people
from bot.commands import Commands
from bot.feature import Demand, Feature, Week
from bot.leads.store import lead
from bot.market import picture, pulse, weekly
from bot.people import Community, Role
from bot.ports import WorkerFailed
from bot.setup import DAYS
from jobs import send_pulse
from tests.conftest import MORNING, settings
from tests.fakes import words
from tests.samples import EVALS, RAG, SCAM, gigs, rss
from tests.test_fit import bring

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from bot.ports import Delivery
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 11, 23, 7, tzinfo=UTC)  # 08:00 in Berlin
PNG = b"\x89PNG\r\n\x1a\n"


async def open_board(world: World, *items: tuple[str, str]) -> None:
    """Set a community up whose board has these leads, an hour apart."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(*items, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    await world.run_due()


async def skip_to(world: World, at: datetime) -> None:
    """Let time pass in one leap, as after a downtime: what happens on the way is none of these stories' business."""
    world.clock.move(at)
    await world.run_due()


def files(world: World, address: str) -> list[Delivery]:
    """The files that were sent to a channel or a person on Slack, oldest first."""
    shown = (world.slack.shown[remote] for remote in world.slack.order[address])
    return [delivery for delivery in shown if delivery.verb == "file"]


def opened(delivery: Delivery) -> tuple[bytes, str]:
    """What is in a file, and its alt text."""
    details: Any = delivery.details
    return b64decode(details["content"]), details["alt"]


# --- the table -------------------------------------------------------------------------------------------------------


async def test_the_table_on_the_first_evening(world: World) -> None:
    await world.set_up()
    said = await world.say(world.ana, "/market")
    assert "There are no leads of the last 4 weeks to count yet." in said
    assert "[Last 12 weeks]" in said

    world.fetcher.pages[BOARD] = rss(RAG, EVALS, SCAM, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    said = await world.say(world.ana, "/market")
    assert "2 leads, 1 feed, last 4 weeks (the weeks before: 0)." in said  # not the one that looks like a scam
    assert "This is what this community's feeds showed, not the market." in said
    assert "- Python: 2 of 2 · 100 % (34–100 %)" in said
    assert "- Retrieval-augmented generation: 1 of 2 · 50 % (9–91 %)" in said
    assert "- USD an hour: too few leads with a rate (2)" in said
    assert "No trends yet: 1 week has leads, and 8 must." in said
    assert "No profile here says yet what members offer." in said
    assert "[Share in channel]" not in said

    said = await world.press(world.ana, "Python")
    assert "2 leads ask for Python, of 2 from 1 feed, last 4 weeks." in said
    assert "- Week from 21 Oct: 0 of 0\n- Week from 28 Oct: 0 of 0" in said
    assert "- Week from 11 Nov: 2 of 2" in said
    said = await world.say(world.ana, "/market baking weeks:2")
    assert "I know no skill “baking”. Did you mean: AI video production?" in said
    said = await world.say(world.ana, "/market kubernetes weeks:2")
    assert "None of the 2 leads of the last 2 weeks asks for Kubernetes" in said
    for weeks in ("0", "53"):
        assert "Write a number of weeks from 1 to 52." in await world.say(world.ana, f"/market weeks:{weeks}")


async def test_rates_need_eight_leads_of_one_currency_and_unit(world: World) -> None:
    euros = [(f"Firma{i}: RAG", RAG[1].replace("$80 - $110 per", f"{60 + i} EUR per")) for i in range(7)]
    dollars = [(f"Company{i}: RAG", RAG[1].replace("$80 - $110", f"${70 + 10 * i}")) for i in range(8)]
    await open_board(world, *euros, *dollars)
    said = await world.say(world.ana, "/market")
    assert "- USD an hour: median 105 (70–140) · middle half 87.5–122 · n\u00a08" in said
    assert "- EUR an hour: too few leads with a rate (7)" in said
    assert "Rate, currency and unit stated: by 15 of 15." in said

    async with world.app.db.write() as db:  # a moderator rejects one
        ids = (await db.execute(sa.select(lead.c.id).order_by(lead.c.published))).scalars().all()
        await db.execute(sa.update(lead).where(lead.c.id == ids[0]).values(state="rejected"))
    assert "- USD an hour: too few leads with a rate (7)" in await world.say(world.ana, "/market")


async def test_what_members_offer_is_told_only_of_three_or_more(world: World) -> None:
    await open_board(world, *gigs(6))
    offered = (("python",), ("python", "rag"), ("python", "rag"), ("sql",), ("sql",))
    for number, skills in enumerate(offered):
        await bring(world, dataclasses.replace(world.ana, user=f"U7{number}", name=f"M{number}"), *skills)
    await bring(world, world.marek, "python", "rag", listed=False)  # wants to be in no directory: not counted
    said = await world.say(world.ana, "/market")
    assert "- Retrieval-augmented generation: 6 leads ask · fewer than 3 members offer it" in said
    assert "- Chatbot development: 6 leads ask · fewer than 3 members offer it" in said  # nobody: not told either
    said = await world.say(world.ana, "/market python")
    assert "- Python: 6 leads ask · 3 of 5 members offer it, asked for 1.6 times as often" in said


async def test_a_surge_is_told_to_moderators_once_there_is_something_to_compare_with(world: World) -> None:
    await world.set_up()
    async with world.app.db.read() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        here = await people.read_community(db, space.community_id)

    async def told(usual: int, weeks: int) -> list[str]:
        """The note's lines where `usual` leads a week asked for RAG, in so many weeks, and then eleven."""

        async def demand(*_: object) -> list[Demand]:
            asked = [11, *[usual] * weeks]
            return [
                Demand(at=MONDAY - 7 * DAY * week - DAY, source=1, skills=("rag",), rate=None, newcomers=None)
                for week, n in enumerate(asked)
                for _ in range(n)
            ]

        features = (Feature("leads", Commands(), demand=demand),)
        async with world.app.db.read() as db:
            week = Week(db=db, features=features, community=here, since=MONDAY - 7 * DAY, now=MONDAY)
            return list(await weekly.note(week))

    assert await told(5, 8) == [
        "Surge: 11 leads ask for Retrieval-augmented generation; in the 8 weeks before it was 5 a week (the median)."
    ]
    assert await told(6, 8) == []
    assert await told(5, 7) == [], "too young a community to know what is usual"


# --- the picture -----------------------------------------------------------------------------------------------------


async def test_the_picture_comes_by_a_direct_message_and_says_the_same(world: World) -> None:
    await open_board(world, RAG, EVALS)
    table = await world.say(world.ana, "/market python")
    await world.press(world.ana, "Send me the picture")
    await world.run_due()
    [sent] = files(world, "U2")
    content, alt = opened(sent)
    assert content.startswith(PNG)
    assert sent.card.summary.startswith("2 leads ask for Python")
    assert words(sent.card) in table  # the same table without the buttons
    assert "Python: 2 of 2 · 100 % (34–100 %)" in alt


async def test_moderators_share_it_once_a_day(world: World) -> None:
    await open_board(world, RAG)
    await world.say(world.maria, "/market")
    table = world.last
    assert await world.press(world.maria, "Share in channel", table) == "Shared in #C-gigs."
    assert "shared today already" in await world.press(world.marek, "Share in channel", table)
    as_member = dataclasses.replace(world.maria, role=Role.MEMBER)
    assert "Only moderators" in await world.press(as_member, "Share in channel", table)
    await world.run_due()
    [shared] = files(world, "C-gigs")
    assert opened(shared)[0].startswith(PNG)
    assert "Maria shared “Market · last 4 weeks” in the leads channel" in await world.say(world.maria, "/mod audit")


async def test_without_a_font_there_is_the_table(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(picture, "FONTS", (tmp_path,))
    await open_board(world, RAG)
    await world.say(world.ana, "/market")
    said = await world.press(world.ana, "Send me the picture")
    assert "I couldn't draw the picture." in said
    assert "fonts-dejavu-core" in said
    await skip_to(world, MONDAY)
    [sent] = pulses(world)
    assert sent.verb == "post"
    assert "- Python: 1 of 1" in words(sent.card)


# --- the weekly pulse ------------------------------------------------------------------------------------------------


def pulses(world: World) -> list[Delivery]:
    """The pulses in the leads channel on Slack."""
    shown = (world.slack.shown[remote] for remote in world.slack.order["C-gigs"])
    return [delivery for delivery in shown if "week before" in delivery.card.summary]


async def test_the_pulse_comes_on_its_day_about_the_week_that_is_over(world: World) -> None:
    await open_board(world, *gigs(3))
    await skip_to(world, MONDAY - timedelta(seconds=1))
    assert pulses(world) == []
    world.fetcher.pages[BOARD] = rss(EVALS, at=MONDAY - HOUR)  # Monday, 06:00: this week's
    await skip_to(world, MONDAY)
    [sent] = pulses(world)
    content, alt = opened(sent)
    assert content.startswith(PNG)
    caption = "3 leads, 1 feed, week 47 (week before 0). This is what this community's feeds showed, not the market."
    assert sent.card.summary == caption
    assert alt.startswith(f"Market pulse · week 47. {caption} Asked for most: ")
    assert slack.comment(sent.card).startswith(f"*Market pulse · week 47*\n{caption}\n*Asked for most*\n• ")
    assert discord.message(sent.card)

    await skip_to(world, MONDAY + 7 * DAY)
    assert "1 lead, 1 feed, week 48 (week before 3)." in pulses(world)[1].card.summary
    await skip_to(world, MONDAY + 21 * DAY)
    assert len(pulses(world)) == 2  # nothing to say in the weeks after


async def test_a_late_pulse_comes_up_to_three_hours_late_or_not_at_all(world: World) -> None:
    await open_board(world, RAG)
    for late, number in ((3 * HOUR + timedelta(seconds=1), 0), (3 * HOUR, 1)):
        world.clock.move(MONDAY + late + (7 * DAY if number else timedelta(0)))
        world.fetcher.pages[BOARD] = rss(*gigs(1, 90 + number), at=world.clock.now() - 2 * DAY)
        await world.run_due()
        assert len(pulses(world)) == number


async def test_a_week_has_one_pulse_whatever_is_changed_meanwhile(world: World) -> None:
    await open_board(world, RAG)
    await skip_to(world, MONDAY)
    assert len(pulses(world)) == 1
    for zone, clock in (("America/New_York", "08:00"), ("Asia/Tokyo", "23:00"), ("Europe/Berlin", "08:30")):
        await world.open_settings(world.maria)
        fields = {"leads_channel": "C-gigs", "moderators_channel": "C-mods"}
        await world.submit(world.maria, **fields, digest_at=clock, zone=zone)
        await skip_to(world, world.clock.now() + 12 * HOUR)
    assert len(pulses(world)) == 1


async def test_two_processes_send_one_pulse(world: World) -> None:
    await open_board(world, RAG)
    await skip_to(world, MONDAY - HOUR)
    world.clock.move(MONDAY)
    other = dataclasses.replace(world.app)
    assert await send_pulse.run(world.app) == 1
    assert await send_pulse.run(other) == 0
    async with world.app.db.read() as db:
        own = outbox.message.c.key.startswith("pulse:")
        assert (await db.execute(sa.select(sa.func.count()).select_from(outbox.message).where(own))).scalar_one() == 1


async def test_a_worker_that_dies_costs_the_picture_and_not_the_pulse(world: World) -> None:
    class Dying:
        async def run(self, function: str, /, *args: Any, timeout: float = 30.0) -> Any:
            if function.endswith(":draw"):
                raise WorkerFailed("It died.")
            return await real.run(function, *args, timeout=timeout)

    await open_board(world, RAG)
    real = world.app.workers
    world.app.workers = Dying()
    await skip_to(world, MONDAY)
    [sent] = pulses(world)
    assert sent.verb == "post"


async def test_the_operator_chooses_the_day_or_none(make_world: Any) -> None:
    off = make_world(digest__market_pulse="")
    await open_board(off, RAG)
    await skip_to(off, MONDAY + 7 * DAY)
    assert pulses(off) == []


@given(
    zone=st.sampled_from(("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")),
    day=st.sampled_from(DAYS),
    clock=st.sampled_from(("00:00", "01:30", "02:30", "08:00", "23:59")),
    start=st.datetimes(datetime(2026, 9, 20), datetime(2026, 11, 20)),  # noqa: DTZ001 - made aware below
    gaps=st.lists(st.integers(1, 12 * 60), min_size=20, max_size=120),  # minutes between two looks at the clock
)
@tries(deadline=None)
def test_each_week_has_its_pulse_unless_the_bot_was_away_for_three_hours(
    zone: str, day: str, clock: str, start: datetime, gaps: list[int]
) -> None:
    given_settings = settings(digest__market_pulse=day)
    place = Community(1, "AI Guild", zone, clock)
    now = start.replace(tzinfo=UTC)
    due = first = pulse.next_pulse(place, given_settings, now)
    sent, missed = [], []
    for minutes in gaps:
        before, now = now, now + timedelta(minutes=minutes)
        assert due is not None
        if due > now:
            continue
        sendable = pulse.due_at(place, given_settings, due, now)
        if sendable:
            assert now - sendable <= pulse.LATEST
            week = pulse.week_of(pulse.question(place, given_settings, sendable))
            assert week.weekday() == 0
            sent.append(week)
        else:
            assert now - before > pulse.LATEST
            missed.append(due)
        due = pulse.next_pulse(place, given_settings, now)
    assert first is not None
    assert due is not None
    assert len(set(sent)) == len(sent)
    assert len(sent) + len(missed) == round((due - first) / timedelta(weeks=1))


async def test_every_space_has_its_own(world: World) -> None:
    await open_board(world, RAG)
    await world.say(world.maria, "/mod setup")
    said = await world.press(world.maria, "Connect another workspace or server")
    [code] = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", said)
    boss = dataclasses.replace(world.jonas, role=Role.MODERATOR)
    await world.say(boss, "/mod setup")
    await world.press(boss, "Join a community")
    await world.submit(boss, code=code)
    await world.say(boss, "/mod setup")
    await world.press(boss, "Choose channels")
    await world.submit(boss, leads_channel="DC-gigs", digest_at="08:00", zone="Europe/Berlin")
    await skip_to(world, MONDAY)
    [there] = [each for each in world.discord.shown.values() if each.address == "DC-gigs" and each.verb == "file"]
    [here] = pulses(world)
    assert opened(there) == opened(here)
