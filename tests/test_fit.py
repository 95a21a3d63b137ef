"""What fits a member: the five reasons, in words, and where they are shown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import people
from bot.commands import Commands
from bot.feature import Feature
from bot.leads.entry import Pay, Verdict
from bot.leads.fit import Answer, Seeker, fit_of
from bot.leads.regions import regions_of
from bot.members import store
from bot.members.profile import Floor, Held
from tests.fakes import button
from tests.samples import EVALS, RAG
from tests.test_leads import approve_all, begin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.people import Caller
    from tests.conftest import World

LEAD = Verdict(
    kind="gig",
    score=0.9,
    sure=True,
    held=False,
    reasons=(),
    pay=Pay(80, 110, "USD", "hour"),
    skills=("rag", "python", "ai-evaluation", "vector-databases"),
    remote=True,
    region="Europe",
    language="en",
)
ANA = Seeker(
    skills=frozenset({"rag", "python", "ai-evaluation"}),
    floor=Floor(90, "USD"),
    zone="Europe/Lisbon",
    languages=("en", "pt"),
)


async def bring(
    world: World, who: Caller, *skills: str, floor: Floor | None = None, side: str = "offer", **more: object
) -> int:
    """Let a member say what they bring; returns their id."""
    await world.say(who, "/hub")
    async with world.app.db.write() as db:
        space = await people.find_space(db, who.platform, who.space)
        assert space is not None
        known = await people.find_member(db, space.community_id, who)
        assert known is not None
        held = [Held(skill) for skill in skills]
        await store.set_skills(db, space.community_id, known["id"], side, held, world.clock.now())  # type: ignore[arg-type]
        if floor or more:
            await store.change_profile(db, space.community_id, known["id"], floor=floor, **more)
    return int(known["id"])


def test_three_of_four_skills_above_the_floor() -> None:
    fit = fit_of(LEAD, ANA)
    assert fit.in_words() == "3 of 4 skills, above your floor; missing Vector databases"
    assert fit.score == round(55 * 3 / 4 + 20 + 10 + 10 + 2.5)
    assert fit.fits


@pytest.mark.parametrize(
    ("lead", "seeker", "words"),
    [
        ({"pay": Pay(50, 60, "USD", "hour")}, {}, "3 of 4 skills, below your floor; missing Vector databases"),
        ({"pay": Pay(50, 60, "EUR", "hour")}, {}, "3 of 4 skills; missing Vector databases"),
        ({"pay": Pay(5000, 5000, "USD", "fixed")}, {}, "3 of 4 skills; missing Vector databases"),
        ({"pay": Pay(720, 720, "USD", "day")}, {}, "3 of 4 skills, above your floor; missing Vector databases"),
        ({"region": "US"}, {}, "3 of 4 skills, above your floor, only from US; missing Vector databases"),
        ({"region": "US, Portugal"}, {}, "3 of 4 skills, above your floor; missing Vector databases"),
        (
            {"language": "de"},
            {},
            "3 of 4 skills, above your floor, in a language that you don't name (de); missing Vector databases",
        ),
        (
            {"seniority": "senior"},
            {"newcomer": True},
            "3 of 4 skills, above your floor, asks for experience; missing Vector databases",
        ),
        (
            {"newcomers": True, "skills": ("rag",)},
            {"newcomer": True},
            "1 of 1 skill, above your floor, open to newcomers",
        ),
        ({"skills": (), "pay": None}, {}, ""),
        ({}, {"skills": frozenset()}, "0 of 4 skills, above your floor"),
    ],
)
def test_each_reason_has_words(lead: dict[str, object], seeker: dict[str, object], words: str) -> None:
    fit = fit_of(dataclasses.replace(LEAD, **lead), dataclasses.replace(ANA, **seeker))  # type: ignore[arg-type]
    assert fit.in_words() == words


def test_what_nobody_said_speaks_neither_for_nor_against() -> None:
    fit = fit_of(dataclasses.replace(LEAD, pay=None, region=None, remote=None, language=None), ANA)
    assert {fit.rate, fit.place, fit.language, fit.level} == {Answer.UNKNOWN}
    assert fit_of(LEAD, Seeker(skills=ANA.skills)).fits


@pytest.mark.parametrize(
    ("zone", "regions"),
    [
        ("Europe/Berlin", {"Germany", "Europe"}),
        ("Europe/London", {"UK", "Europe"}),
        ("America/New_York", {"US", "Americas"}),
        ("Asia/Kolkata", {"India", "Asia"}),
        ("Australia/Perth", {"Australia", "Asia"}),
        ("Africa/Lagos", {"Nigeria", "Africa"}),
        ("Etc/UTC", set()),
    ],
)
def test_a_zone_lies_in_a_country_and_a_continent(zone: str, regions: set[str]) -> None:
    assert regions_of(zone) == regions


_SKILLS = st.frozensets(st.sampled_from(LEAD.skills))


@given(_SKILLS, _SKILLS, st.floats(1, 300), st.floats(1, 300))
def test_one_more_skill_never_fits_worse_nor_does_a_lower_floor(
    few: frozenset[str], more: frozenset[str], floor: float, higher: float
) -> None:
    low, high = sorted((floor, higher))
    less = fit_of(LEAD, dataclasses.replace(ANA, skills=few, floor=Floor(high, "USD")))
    best = fit_of(LEAD, dataclasses.replace(ANA, skills=few | more, floor=Floor(low, "USD")))
    assert 0 <= less.score <= best.score <= 100


# --- where it is shown -----------------------------------------------------------------------------------------------


async def test_find_shows_what_fits_best_first_and_says_why_to_who_asks_alone(world: World) -> None:
    await begin(world, RAG, EVALS)
    await approve_all(world)
    assert "newest first" in await world.say(world.ana, "/gigs find")
    await bring(world, world.ana, "ai-evaluation", "prompt-engineering", floor=Floor(60, "USD"))
    found = await world.say(world.ana, "/gigs find")
    first, second = (line for line in found.splitlines() if line.startswith("- "))
    assert "LLM evaluation contractor" in first
    assert "2 of 3 skills, above your floor; missing Python" in first
    assert "0 of" in second
    assert "what fits you best first" in found
    assert "newest first" in await world.say(world.ana, "/gigs find chatbot")
    assert "floor" not in await world.say(world.maria, "/gigs find")


async def test_a_card_says_what_is_missing_and_who_teaches_it(world: World) -> None:
    await begin(world, EVALS)
    await approve_all(world)
    await bring(world, world.ana, "ai-evaluation", "prompt-engineering", floor=Floor(60, "USD"))
    await world.say(world.ana, "/gigs find")
    title = "Fieldnote: LLM evaluation contractor"
    shown = await world.choose(world.ana, title)
    assert "2 of 3 skills, above your floor; missing Python." in shown
    assert "[Ask]" not in shown

    asked: list[str] = []

    async def helpers(
        db: object, community_id: int, member_id: int, skills: Iterable[str], now: object
    ) -> dict[str, int]:
        del db, community_id, member_id, now
        asked.extend(skills)
        return {"python": 2}

    await world.say(world.ana, "/gigs find")
    world.app = dataclasses.replace(
        world.app, features=(*world.app.features, Feature("others", Commands(), helpers=helpers))
    )
    shown = await world.choose(world.ana, title)
    assert "missing Python — 2 here teach it." in shown
    assert asked == ["python"]
    assert world.last is not None
    assert button(world.last, "Ask").arguments == ("python",)
    assert button(world.last, "Ask").command == "help ask"
