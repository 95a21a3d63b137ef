"""Alerts: what a member asks for, what it would have found, and being told of it once: at once, or in the evening."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.leads.entry import Pay, Verdict
from bot.leads.wishes import Wishes, dump, load, takes
from jobs import send_alerts, send_notices
from tests.conftest import MORNING
from tests.fakes import button, words
from tests.samples import EVALS, JOB, RAG
from tests.test_leads import approve_all, begin, gig, publish

if TYPE_CHECKING:
    from tests.conftest import World

EVENING = datetime(2026, 11, 18, 18, 0, tzinfo=UTC)  # 18:00 in Lisbon
ANA = "U2"


def messages(world: World) -> list[str]:
    return [words(card) for card in world.slack.cards(ANA)]


async def alert(world: World, **values: str) -> str:
    """Make an alert as Ana; returns what it says."""
    await world.say(world.ana, "/gigs alerts")
    assert await world.press(world.ana, "New alert") == "form: An alert"
    fields = {field.name: field.value for field in world.form.fields} if world.form else {}
    return await world.submit(world.ana, **{**fields, **values})


VERDICT = Verdict(
    kind="gig", score=0.9, sure=True, held=False, reasons=(), pay=Pay(80, 110, "USD", "hour"), skills=("rag", "python"),
    remote=True, region="Europe", language="en", sectors=("health",), newcomers=True,
)  # fmt: skip
SAID = frozenset("a rag chatbot for clinics with telegram".split())


@pytest.mark.parametrize(
    ("wishes", "taken"),
    [
        (Wishes(), True),
        (Wishes(skills=("rag", "ai-evaluation")), True),
        (Wishes(skills=("ai-evaluation",)), False),
        (Wishes(min_rate=110), True),
        (Wishes(min_rate=111), False),
        (Wishes(kind="jobs"), False),
        (Wishes(kind="all", where="remote"), True),
        (Wishes(where="mine"), True),
        (Wishes(words=("clinic", "chat")), True),
        (Wishes(words=("clinic", "bank")), False),
        (Wishes(skip=("tele",)), False),
        (Wishes(language="de"), False),
        (Wishes(sector="health", newcomers=True), True),
        (Wishes(sector="games"), False),
    ],
)
def test_what_an_alert_is_for(wishes: Wishes, taken: bool) -> None:
    assert takes(wishes, VERDICT, SAID, "Europe/Lisbon") is taken
    assert load(dump(wishes)) == wishes


def test_where_nobody_said_where_they_are_nothing_is_left_out_for_its_place() -> None:
    far = dataclasses.replace(VERDICT, region="US")
    assert not takes(Wishes(where="mine"), far, SAID, "Europe/Lisbon")
    assert takes(Wishes(where="mine"), far, SAID, None)
    assert not takes(Wishes(min_rate=1), dataclasses.replace(VERDICT, pay=None), SAID, None)


async def test_an_alert_says_what_it_would_have_found_and_can_be_adjusted(world: World) -> None:
    await begin(world, RAG, EVALS, JOB)
    await approve_all(world)
    assert "You have no alerts." in await world.say(world.ana, "/gigs alerts")
    said = await alert(world, skills="rag", min_rate="80")
    assert "Retrieval-augmented generation · from 80/h · One message in the evening" in said
    assert "This would have matched 1 lead in the last 7 days." in said
    saved = world.last
    assert "Acme Health: RAG chatbot" in await world.press(world.ana, "See them")
    assert await world.press(world.ana, "Adjust", saved) == "form: An alert"
    assert world.form is not None
    assert {field.name: field.value for field in world.form.fields}["skills"] == "Retrieval-augmented generation"
    said = await world.submit(
        world.ana, skills="rag, evals, python", min_rate="", kind="all", where="remote", how="once"
    )
    assert (
        "Retrieval-augmented generation, AI evaluation and red teaming or Python · gigs and jobs · only remote" in said
    )
    assert "matched 2 leads" in said
    assert "I know no skill “bkaing”" in await alert(world, skills="bkaing")
    assert "Write a number" in await alert(world, min_rate="lots")
    await world.say(world.ana, "/gigs alerts")
    assert "The alert is removed." in await world.press(world.ana, "Remove")
    assert "You have no alerts." in await world.press(world.ana, "My alerts")


async def test_a_search_is_saved_as_an_alert(world: World) -> None:
    await begin(world, RAG, EVALS)
    await approve_all(world)
    await world.say(world.ana, "/gigs find chatbot min_rate:80 sector:health")
    assert await world.press(world.ana, "Save search as alert") == "form: An alert"
    assert world.form is not None
    fields = {field.name: field.value for field in world.form.fields}
    assert (fields["words"], fields["min_rate"], fields["how"]) == ("chatbot", "80", "evening")
    said = await world.submit(world.ana, **fields)
    assert "“chatbot” · from 80/h · Health" in said
    assert "matched 1 lead" in said


async def test_a_member_has_five_alerts_at_most(world: World) -> None:
    await begin(world)
    for number in range(5):
        await alert(world, words=f"word{number}")
    assert "New alert" not in await world.say(world.ana, "/gigs alerts")


async def test_what_comes_is_told_in_one_evening_message_once(world: World) -> None:
    await begin(world, gig(0))
    await approve_all(world)
    await alert(world, skills="rag")
    await publish(world, gig(1), gig(2), gig(3, "Sales"))
    await world.travel(EVENING - timedelta(minutes=1))
    assert messages(world) == []  # nobody has approved them
    await approve_all(world)
    await world.travel(EVENING)
    [message] = messages(world)
    assert "Firm1" in message
    assert "Firm2" in message
    assert "Firm0" not in message, "it was there before the alert"
    assert "Not yet checked" not in message
    await world.travel(EVENING + timedelta(days=2))
    assert len(messages(world)) == 1


async def test_at_once_is_one_message_a_lead_within_the_budget_and_not_again_in_the_evening(make_world: Any) -> None:
    world = make_world(leads__approval="auto")
    await begin(world)
    await alert(world, skills="rag", how="once")
    await alert(world, kind="all")
    await publish(world, gig(1), gig(2), gig(4))
    assert [text.count("Firm") for text in messages(world)] == [1, 1], "two a day; the third waits on the page"
    assert all("Not yet checked: Firm" in text for text in messages(world))
    await world.travel(EVENING + timedelta(minutes=1))
    assert len(messages(world)) == 2
    assert "Firm4" in await world.say(world.ana, "/hub")
    await world.travel(EVENING + timedelta(days=1))
    assert len(messages(world)) == 2, "she has seen it on the page"


async def test_what_she_hid_or_saved_is_not_told(world: World) -> None:
    await begin(world)
    await alert(world, skills="rag")
    await publish(world, gig(1))
    await approve_all(world)
    await world.run_due()
    await world.say(world.ana, "/gigs find")
    await world.choose(world.ana, gig(1)[0])
    await world.press(world.ana, "Not for me")
    await world.travel(EVENING)
    assert messages(world) == []


async def test_two_processes_tell_it_once_and_a_late_evening_is_left_to_the_next(make_world: Any) -> None:
    world = make_world(leads__approval="auto")
    await begin(world)
    await alert(world, skills="rag")
    await publish(world, gig(1))
    world.clock.move(EVENING + timedelta(hours=4))  # it was down
    await asyncio.gather(send_alerts.run(world.app), send_alerts.run(world.app))
    await send_notices.run(world.app)
    await world.run_due()
    assert messages(world) == []
    world.clock.move(EVENING + timedelta(days=1))
    await asyncio.gather(send_alerts.run(world.app), send_alerts.run(world.app))
    await world.run_due()
    assert len(messages(world)) == 1


async def test_an_alert_that_is_off_tells_nothing(make_world: Any) -> None:
    world = make_world(leads__approval="auto")
    await begin(world)
    assert "Off: keep it" in await alert(world, how="off")
    await publish(world, gig(1))
    await world.travel(MORNING + timedelta(days=2))
    assert messages(world) == []
    await world.say(world.ana, "/gigs alerts")
    assert world.last is not None
    assert button(world.last, "See matches").command == "alert see"
