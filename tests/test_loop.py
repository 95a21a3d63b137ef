"""The loop, from a gig that Ana nearly fits to the next one that she fits: what all of Guildhall is for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import words
from tests.test_fixing import suggested
from tests.test_leads import approve_all, begin, publish
from tests.test_swaps import ANA, JONAS, both_platforms, join, last, messages, pass_time

if TYPE_CHECKING:
    from tests.conftest import World

CLINICS = (
    "Acme Health: LLM evaluation engineer for a clinic network",
    (
        "Freelance contract: retrieval-augmented generation over 4,000 care guidelines with Python and pgvector, and "
        "an LLM evaluation of what it answers. $80 - $110 per hour, about 60 hours, remote within EU hours. Apply "
        "with two examples of your work."
    ),
)
LETTERS = (
    "Fieldnote: RAG engineer for a museum's letters",
    (
        "Freelance contract, part-time: RAG over 90,000 letters with pgvector and Python, and an LLM evaluation "
        "before it goes out. We pay $90 per hour, about 40 hours, remote within EU hours. Send your CV to apply."
    ),
)


async def test_a_gig_that_ana_nearly_fits_teaches_her_what_the_next_one_asks_for(world: World) -> None:
    await begin(world)
    await both_platforms(world)
    await say_who_they_are(world)
    await a_gig_lacks_one_skill(world)
    await jonas_says_yes(world)
    await they_meet(world)
    await ana_has_learned_it(world)
    await the_next_gig_reaches_her(world)


async def say_who_they_are(world: World) -> None:
    """Ana's skills and floor and an alert; Jonas teaches what she lacks."""
    await world.say(ANA, "/profile edit")
    await world.submit(ANA, offers="Python, RAG, evals", wants="pgvector")
    await world.press(ANA, "Right")
    await world.press(ANA, "Rate, times, portfolio")
    await world.submit(ANA, rate="75 $/h")
    await world.say(ANA, "/gigs alerts")
    await world.press(ANA, "New alert")
    assert world.form is not None
    fields = {field.name: field.value for field in world.form.fields}
    await world.submit(ANA, **{**fields, "skills": "RAG", "how": "once"})
    await join(world, JONAS, "pgvector", "LangChain")


async def a_gig_lacks_one_skill(world: World) -> None:
    """The gig comes, is approved, and its card says to Ana alone what she lacks and who could help."""
    await publish(world, CLINICS)
    await approve_all(world)
    await world.run_due()
    assert CLINICS[0] in await world.say(ANA, "/gigs find")
    said = await world.choose(ANA, CLINICS[0])
    assert "3 of 4 skills, above your floor; missing Vector databases — 1 here teaches it." in said
    assert "I am asking somebody who can help with Vector databases" in await world.press(ANA, "Ask")


async def jonas_says_yes(world: World) -> None:
    """He is asked in private and does not learn by whom before he says yes; then they know each other."""
    await world.run_due()
    question = last(world, JONAS)
    assert "Can you help with Vector databases?" in words(question)
    assert "Ana" not in words(question)
    await world.press(JONAS, "Yes, introduce us", question)
    await world.run_due()
    assert "Jonas helps Ana with Vector databases." in words(last(world, ANA))


async def they_meet(world: World) -> None:
    """Jonas fixes a time with one press; both are reminded, and Ana is asked afterwards, not before."""
    await world.press(JONAS, "We've fixed a time", last(world, JONAS))
    label, at = suggested(world.last)[1]
    await world.press(JONAS, label)
    await world.run_due()
    assert "Jonas has fixed a time with you" in words(last(world, ANA))
    await pass_time(world, at - timedelta(minutes=10))
    for who, other in ((ANA, "Jonas"), (JONAS, "Ana")):
        assert f"You meet {other}, for Vector databases." in words(last(world, who))
    await pass_time(world, at + timedelta(hours=1))
    assert "Have you two met?" in words(last(world, ANA))
    assert "Entered: 1 hour from Jonas." in await world.press(ANA, "Yes", last(world, ANA))


async def ana_has_learned_it(world: World) -> None:
    """With her thanks the skill is on her profile, as one that nobody is sent to her for."""
    assert "Vector databases is on your profile now" in await world.press(ANA, "Thank Jonas")
    await world.run_due()
    assert "Ana thanks you for the help with Vector databases." in words(last(world, JONAS))
    assert "Vector databases" in await world.say(ANA, "/profile view")
    assert "Nobody here offers" in await world.say(JONAS, "/swap find pgvector")


async def the_next_gig_reaches_her(world: World) -> None:
    """Her alert tells her of it at once, and that she has all that it asks for."""
    await publish(world, LETTERS)
    await approve_all(world)
    await world.run_due()
    told = [words(card) for card in messages(world, ANA) if "For your alerts" in words(card)]
    assert "4 of 4 skills, above your floor" in told[-1]
    assert LETTERS[0] in told[-1]
