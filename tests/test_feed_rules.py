"""Rules of one feed: what they say about an entry, and how moderators change them with their effect in sight."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.leads import store, subscriptions
from bot.leads.approval import approval_of
from bot.leads.entry import Entry, Pay, Verdict
from bot.leads.feedrules import FeedRules, left_out, read_rules, rules_data, rules_words, split_words
from tests.conftest import MORNING, settings
from tests.fakes import words
from tests.samples import BAKER, EVALS, JOB, RAG, SCAM, rss
from tests.test_leads import BOARD, HOUR, OTHER, PILOT, begin, publish, states

if TYPE_CHECKING:
    from tests.conftest import World

GIG = Verdict(kind="gig", score=0.9, sure=True, held=False, reasons=("pays",))


def why_not(rules: FeedRules, text: str, *, title: str = "", hours: int = 1, **verdict: Any) -> str:
    judged = dataclasses.replace(GIG, **verdict)
    published = MORNING - timedelta(hours=hours)
    return left_out(rules, Entry("guid", "", title, text), judged, published=published, seen=MORNING)


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("must", "text", "passes"),
    [
        ("rag", "Build a RAG chatbot", True),
        ("rag", "Fragrance shop", False),  # whole words
        ("agent", "we build agents", True),  # a plural is the same word
        ("vector database", "a vector\n  database", True),  # in a row, whatever stands between
        ("vector database", "a database of vectors", False),
        ("rag or llm", "an LLM", True),
        ("rag OR llm", "pandas", False),
        ("c++", "C++ and C", True),
        ("c++", "C and C#", False),
        ("node.js", "node js", True),
        ("prüfung", "PRÜFUNG der KI", True),
        ("语言", "语言", True),
        (".*", "anything", True),  # no words in it: it asks for nothing
        ("(a+)+$", "a" * 50_000, False),  # and no pattern
    ],
)
def test_words_that_must_occur(must: str, text: str, passes: bool) -> None:
    assert why_not(FeedRules(must=split_words(must)), text) == ("" if passes else f"must contain “{must}”")


def test_each_part_has_to_occur_and_none_of_the_others() -> None:
    rules = FeedRules(must=split_words("rag, python"), must_not=split_words("unpaid, equity only"))
    assert why_not(rules, "rag with python") == ""
    assert why_not(rules, "rag") == "must contain “python”"
    assert why_not(rules, "rag with python, equity only") == "must not contain “equity only”"
    assert why_not(rules, "python", title="RAG") == ""  # the title counts
    assert why_not(FeedRules(must=split_words("remote")), "work from anywhere", remote=True) == ""  # as its card says
    assert why_not(FeedRules(must=split_words("eu")), "a gig", region="EU") == ""


@pytest.mark.parametrize(
    ("pay", "rule"),
    [
        (None, ""),  # what it does not say is not held against it
        (Pay(3000, 3000, "EUR", "fixed"), ""),
        (Pay(60, 80, "USD", "hour"), ""),
        (Pay(60, 79, "USD", "hour"), "must pay at least 80 an hour; it pays 79"),
        (Pay(400, 480, "GBP", "day"), "must pay at least 80 an hour; it pays 60"),
    ],
)
def test_a_least_rate(pay: Pay | None, rule: str) -> None:
    assert why_not(FeedRules(min_rate=80), "", pay=pay) == rule


def test_types_age_and_languages() -> None:
    assert why_not(FeedRules(kinds=("gig",)), "", kind="gig") == ""
    assert why_not(FeedRules(kinds=("gig", "unclear")), "", kind="job") == "must be: gigs, leads of unstated type"
    assert why_not(FeedRules(max_age_hours=24), "", hours=24) == ""
    assert why_not(FeedRules(max_age_hours=24), "", hours=25) == "must not be older than 24 hours when it comes"
    assert why_not(FeedRules(languages=("en", "de")), "", language="de") == ""
    assert why_not(FeedRules(languages=("en", "de")), "", language="fr") == "must be written in: en, de"
    assert why_not(FeedRules(languages=("en",)), "", language=None) == ""


PARTS = st.lists(st.text(max_size=12).filter(lambda part: not set(part) & set(",;\n")), max_size=4).map(", ".join)


@given(PARTS, PARTS, st.text(max_size=200))
def test_rules_take_any_text_there_is(must: str, must_not: str, text: str) -> None:
    rules = FeedRules(must=split_words(must), must_not=split_words(must_not), min_rate=5.5, languages=("en",))
    assert read_rules(rules_data(rules)) == rules
    assert rules_words(rules)
    assert split_words(", ".join(rules.must)) == rules.must
    assert isinstance(why_not(rules, text), str)


@given(st.lists(st.sampled_from("alpha beta gamma delta epsilon".split()), min_size=1), st.text(max_size=100))
def test_a_text_that_holds_every_word_passes(needed: list[str], text: str) -> None:
    assert why_not(FeedRules(must=split_words(",".join(needed))), f"{text} {' '.join(needed)}") == ""


# --- approval --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "community", "feed", "applies"),
    [
        (None, None, None, "review"),
        (None, "flagged", None, "flagged"),
        (None, "flagged", "review", "review"),
        ("review", "flagged", None, "review"),  # the operator has fixed it
        ("auto", None, None, "auto"),
        ("review", None, "auto", "auto"),  # but for a feed that moderators have decided about
    ],
)
def test_which_approval_applies(operator: str | None, community: str | None, feed: str | None, applies: str) -> None:
    given_settings = settings(leads__approval=operator) if operator else settings()
    assert approval_of(given_settings, community, feed) == applies


# --- /feeds edit -----------------------------------------------------------------------------------------------------


async def opened(world: World) -> dict[str, str]:
    """Open the form of the one feed; returns its fields as they stand."""
    assert await world.say(world.maria, "/feeds edit AI Jobs Board") == "form: Edit a feed"
    assert world.form is not None
    return {field.name: field.value for field in world.form.fields}


async def feed_row(world: World) -> Any:
    async with world.app.db.read() as db:
        return (await db.execute(sa.select(subscriptions.feed))).mappings().one()


async def test_rules_are_saved_after_their_effect_was_seen(world: World) -> None:
    await begin(world, RAG, EVALS, SCAM)
    fields = await opened(world)
    assert fields == {
        "title": "AI Jobs Board",
        "destination": "digest",
        "approval": "community",
        "side": "demand",
        "default": "open",
        "must": "",
        "must_not": "",
        "min_rate": "",
        "interval": "default",
    }
    said = await world.submit(world.maria, **{**fields, "must": "chatbot or data", "min_rate": "75"})
    assert "Rules: none → with “chatbot or data”; at least 75 an hour where it says" in said
    assert "With these rules, of the last 4 items: 2 pass, 1 change." in said
    assert f"- {EVALS[0]}: waits for a moderator (gig) → left out: must contain “chatbot or data”" in said
    assert "They apply to what comes from now on" in said
    assert (await feed_row(world))["rules"] is None  # nothing is saved so far

    said = await world.press(world.maria, "Save")
    assert said.startswith("Saved by Maria: AI Jobs Board.")
    saved = world.last
    assert (await states(world))[EVALS[0]] == "held"  # what is here already stays as it is

    evals = (EVALS[0] + " two", EVALS[1].replace("three months", "nine weeks").replace("Fieldnote", "Other"))
    await publish(world, evals)
    assert (await states(world))[evals[0]] == "ruled"
    slug = "".join(c if c.isalnum() else "-" for c in evals[0].lower())[:60]
    said = await world.say(world.maria, f"/feeds test https://board.example/{slug}")
    assert "State: left out by this feed's rule: must contain “chatbot or data”" in said
    assert "Rules: with “chatbot or data”; at least 75 an hour where it says" in await shown(world)
    assert "rules: with “chatbot or data”" in await world.say(world.maria, "/feeds list")

    assert "is as it was before" in await world.press(world.marek, "Undo", saved)
    assert (await feed_row(world))["rules"] is None
    assert "undone already" in await world.press(world.marek, "Undo", saved)


async def shown(world: World) -> str:
    await world.say(world.maria, "/feeds list")
    return await world.choose(world.maria, "AI Jobs Board")


async def test_more_rules_and_a_default_type(world: World) -> None:
    await begin(world, RAG, JOB, PILOT)
    fields = await opened(world)
    said = await world.submit(world.maria, **{**fields, "default": "gig", "approval": "flagged", "title": "The board"})
    assert "Name: AI Jobs Board → The board" in said
    assert "Type where it is not stated: left open → gigs" in said
    assert "Approval: as the community has it → the sure ones by themselves, the rest by a moderator" in said
    assert "(type not stated) → " in said

    assert await world.press(world.maria, "More rules") == "form: More rules"
    await world.submit(world.maria, kinds="gig", max_age="wrong", languages="english")
    assert world.wrong == {"max_age": "I can't read “wrong” as “max age”. Write a whole number, such as 5."}
    await world.submit(world.maria, kinds="gig", max_age="48", languages="english")
    assert "by their two letters" in world.wrong["languages"]
    said = await world.submit(world.maria, kinds="gig", max_age="48", languages="EN, de")
    assert "Rules: none → gigs; not older than 48 hours; in en, de" in said
    assert f"- {JOB[0]}: waits for a moderator (job) → left out: must be: gigs" in said

    assert await world.press(world.maria, "Edit again") == "form: Edit a feed"
    assert world.form is not None
    again = {field.name: field.value for field in world.form.fields}
    assert again["title"] == "The board"
    assert "gigs; not older than 48 hours" in await world.submit(world.maria, **again)  # they are kept
    await world.press(world.maria, "Save")
    assert "Where no type is stated: gigs" in await renamed(world)

    museum = (PILOT[0] + " again", PILOT[1].replace("museum", "harbour, and pay for it by the week"))
    await publish(world, museum)
    async with world.app.db.read() as db:
        kinds = (await db.execute(sa.select(store.lead.c.kind).order_by(store.lead.c.id.desc()))).scalars().all()
    assert kinds[0] == "gig"


async def renamed(world: World) -> str:
    await world.say(world.maria, "/feeds list")
    return await world.choose(world.maria, "The board")


async def test_of_two_moderators_the_second_is_told_who_was_faster(world: World) -> None:
    await begin(world, RAG)
    fields = await opened(world)
    await world.submit(world.maria, **{**fields, "must": "rag"})
    marias = world.last
    await world.say(world.marek, "/feeds edit AI Jobs Board")
    await world.submit(world.marek, **{**fields, "must_not": "crypto"})
    await world.press(world.marek, "Save")
    world.clock.move(world.clock.now() + timedelta(seconds=7))
    said = await world.press(world.maria, "Save", marias)
    assert said.startswith("Marek changed this feed 7 seconds ago.\nNothing of yours was saved.")
    assert said.endswith("E-DONE")
    assert await world.press(world.maria, "Edit it as it is now") == "form: Edit a feed"
    assert world.form is not None
    assert [field.value for field in world.form.fields if field.name == "must_not"] == ["crypto"]


async def test_the_side_is_judged_anew(world: World) -> None:
    await begin(world, RAG)
    fields = await opened(world)
    said = await world.submit(world.maria, **{**fields, "side": "supply"})
    assert "of the last 2 items: 0 pass, 1 change." in said
    assert f"- {RAG[0]}: waits for a moderator (gig) → not a lead" in said


async def test_nothing_new_is_not_saved(world: World) -> None:
    await begin(world, RAG)
    said = await world.submit(world.maria, **await opened(world))
    assert said.startswith("Nothing is different from how AI Jobs Board is now.")
    assert "[Save]" not in said


async def test_a_feed_is_named_or_found_or_asked_for(world: World) -> None:
    await world.set_up()
    assert "There are no feeds yet." in await world.say(world.maria, "/feeds edit")
    world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    assert await world.say(world.maria, "/feeds edit") == "form: Edit a feed"  # the only one
    world.fetcher.pages[OTHER] = rss(EVALS, at=MORNING, title="Other Board", site="https://other.example")
    await world.say(world.maria, f"/feeds add {OTHER} kind:learning")
    said = await world.say(world.maria, "/feeds edit")
    assert "Which feed do you want to change?" in said
    assert await world.choose(world.maria, "AI Jobs Board") == "form: Edit a feed"
    assert await world.say(world.maria, "/feeds edit Other Board") == "form: Edit a feed"
    assert world.form is not None
    assert [field.name for field in world.form.fields] == ["title", "interval"]  # it is listed as it is
    assert "Name: Other Board → Courses" in await world.submit(world.maria, title="Courses")
    assert "Saved by Maria: Courses." in await world.press(world.maria, "Save")
    said = await world.say(world.maria, "/feeds edit Third")
    assert "There is no such feed here. There is: AI Jobs Board, Courses." in said
    assert (await world.say(world.ana, "/feeds edit Courses")).endswith("E-NOPERM")


async def test_what_one_feed_leaves_out_another_may_bring(world: World) -> None:
    await begin(world)
    fields = await opened(world)
    await world.submit(world.maria, **{**fields, "must": "evaluation suite"})
    await world.press(world.maria, "Save")
    world.fetcher.pages[OTHER] = rss(BAKER, at=MORNING, title="Other Board", site="https://other.example")
    await world.say(world.maria, f"/feeds add {OTHER}")
    await publish(world, RAG)
    assert await states(world) == {RAG[0]: "ruled"}
    await publish(world, RAG, url=OTHER, title="Other Board", site="https://other.example")
    said = await world.say(world.maria, "/feeds queue")
    assert "from Other Board" in said
    assert RAG[0] in said


async def test_old_items_of_a_feed_with_an_age_limit_are_left_out(world: World) -> None:
    await begin(world)
    await world.submit(world.maria, **{**await opened(world), "must": "clinic"})
    await world.press(world.maria, "More rules")
    await world.submit(world.maria, max_age="2")
    await world.press(world.maria, "Save")
    world.fetcher.pages[BOARD] = rss(BAKER, RAG, at=MORNING - HOUR)  # two hours before the first look, seen later
    await world.travel(world.clock.now() + timedelta(minutes=70))
    assert await states(world) == {RAG[0]: "ruled"}
    assert "0 posted" in await world.say(world.maria, "/feeds list")
    assert world.last is not None
    assert "0 leads" in words(world.last)  # the funnel counts what passes the rules


async def test_a_feed_is_asked_as_often_as_its_moderators_chose(world: World) -> None:
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD}")
    assert await world.say(world.maria, "/feeds edit") == "form: Edit a feed"
    assert "Asked: as the operator has it → every 15 minutes" in await world.submit(world.maria, interval="15")
    assert "Asked: as the operator has it → every 15 minutes" in await world.press(world.maria, "Save")
    asked = len(world.fetcher.calls)
    await world.travel(MORNING + timedelta(hours=5))
    assert len(world.fetcher.calls) - asked in range(13, 18)  # the first after an hour, as was planned before
    await world.say(world.maria, "/feeds list")
    assert "Asked: every 15 minutes" in await world.choose(world.maria, "AI Jobs Board")

    assert await world.say(world.maria, "/feeds edit") == "form: Edit a feed"
    await world.submit(world.maria, interval="1440")
    await world.press(world.maria, "Save")
    await world.travel(MORNING + timedelta(hours=6))
    asked = len(world.fetcher.calls)
    await world.travel(MORNING + timedelta(hours=54))
    assert len(world.fetcher.calls) - asked in (1, 2)
