"""What members do with leads for themselves: search, save, follow, be reminded, hide, report."""

from __future__ import annotations

import csv
import io
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.leads import marks, reports, store
from bot.leads.audience import load_sectors
from bot.leads.finding import Sector
from bot.leads.saved import write_csv
from bot.search import searchable, tag
from tests.conftest import MORNING
from tests.fakes import words
from tests.samples import EVALS, RAG, rss

if TYPE_CHECKING:
    from tests.conftest import World

BOARD = "https://board.example/jobs.rss"
CPP = ("Fieldnote: C++ engineer for on-device AI", RAG[1].replace("Python", "C++").replace("clinic", "ferry"))
DAY = timedelta(days=1)


@pytest.fixture
async def guild(world: World) -> World:
    """A community with two open gigs."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD} include:2")
    for _ in range(2):
        await world.say(world.maria, "/feeds queue")
        await world.press(world.maria, "Approve")
    return world


async def open_lead(world: World, words_in_it: str = "RAG") -> None:
    """Find a lead and open its card, as Ana."""
    await world.say(world.ana, f"/gigs find {words_in_it}")
    assert world.last is not None
    title = {"RAG": RAG[0], "evaluation": EVALS[0]}[words_in_it]
    await world.choose(world.ana, title)


# --- searching -------------------------------------------------------------------------------------------------------


async def test_words_are_found_by_their_beginning_and_never_as_syntax(guild: World) -> None:
    for typed in ("retriev", "RETRIEVAL", "guidelines pgv", "clinic-network"):
        assert "RAG chatbot" in await guild.say(guild.ana, f"/gigs find {typed}")
    for hostile in ('"', "NEAR(a b)", "rag OR 1", "a' | b", "* & !", "search:x", "clinic -network)", "\\"):
        await guild.say(guild.ana, f"/gigs find {hostile}")  # an answer, never an error
        assert guild.last is not None
        assert "E-UNKNOWN" not in words(guild.last)


async def test_what_is_nearest_is_offered_where_nothing_fits(guild: World) -> None:
    said = await guild.say(guild.ana, "/gigs find rag zebra >500/h")
    assert "No open lead matches" in said
    assert "[Show 1 without “zebra”]" not in said  # the rate alone keeps it out
    said = await guild.say(guild.ana, "/gigs find rag zebra")
    assert "Nearest: 1 without “zebra”." in said
    assert "RAG chatbot" in await guild.press(guild.ana, "Show 1 without “zebra”")
    said = await guild.say(guild.ana, "/gigs find rag language:de days:1")
    assert "Nearest: 1 in any language." in said
    assert "No open lead matches" in await guild.say(guild.ana, "/gigs find zebra")


async def test_only_what_is_new_and_in_a_language(guild: World) -> None:
    await guild.travel(MORNING + 2 * DAY)
    assert "No open lead matches" in await guild.say(guild.ana, "/gigs find days:1")
    assert "2 open gigs" in await guild.press(guild.ana, "Show 2 of any day")
    assert "2 open gigs" in await guild.say(guild.ana, "/gigs find language:en")


HOSPITAL = (
    "Fieldnote: RAG engineer for a hospital, entry level",
    RAG[1].replace("care guidelines", "patient records of the hospital") + " Newcomers are welcome.",
)


async def test_sectors_and_newcomers_are_filters(world: World) -> None:
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(EVALS, HOSPITAL, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD} include:2")
    for _ in range(2):
        await world.say(world.maria, "/feeds queue")
        await world.press(world.maria, "Approve")
    assert "1 open gig" in await world.say(world.ana, "/gigs find sector:health newcomers:yes")
    await world.choose(world.ana, HOSPITAL[0])
    assert world.last is not None
    assert "Sector: Health" in words(world.last)
    assert "open to newcomers" in words(world.last)
    said = await world.say(world.ana, "/gigs find evaluation sector:health")
    assert "Nearest: 1 in any sector." in said


async def test_signs_alone_are_nothing_to_look_for(guild: World) -> None:
    assert "There is no word in “$$$ >>>”." in await guild.say(guild.ana, "/gigs find $$$ >>>")


def test_every_sector_can_be_looked_for() -> None:
    assert set(get_args(Sector)) == {"any", *load_sectors()}


def test_signs_that_are_names_are_words() -> None:
    assert searchable("C++/C#, .NET & F#") == "cplusplus csharp dotnet fsharp"
    assert searchable("100%_\\ \x00") == "100"
    assert tag("skill", "vector-databases") == "skillvectordatabases"


@given(text=st.text(max_size=200))
def test_searchable_text_has_only_words_and_is_a_fixed_point(text: str) -> None:
    once = searchable(text)
    assert searchable(once) == once
    assert all(character.isalnum() or character == " " for character in once)


async def test_cplusplus_is_not_every_word_with_a_c(world: World) -> None:
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(RAG, CPP, at=MORNING)
    await world.say(world.maria, f"/feeds add {BOARD} include:2")
    for _ in range(2):
        await world.say(world.maria, "/feeds queue")
        await world.press(world.maria, "Approve")
    said = await world.say(world.ana, "/gigs find C++")
    assert "1 open gig" in said
    assert "C++ engineer" in said


# --- saving ----------------------------------------------------------------------------------------------------------


async def test_a_lead_is_saved_followed_and_dropped(guild: World) -> None:
    assert "You have saved nothing yet." in await guild.say(guild.ana, "/gigs saved")
    await open_lead(guild)
    card = guild.last
    assert "Saved: Acme Health: RAG chatbot" in await guild.press(guild.ana, "Save")
    assert "You have it already (saved)" in await guild.press(guild.ana, "Save", card)  # a double click
    await open_lead(guild)  # which knows by now that it is saved
    assert "You have it already (saved)" in await guild.press(guild.ana, "Saved")
    said = await guild.press(guild.ana, "My saved gigs")
    assert "RAG chatbot" in said
    assert "[Stage: Saved]" in said
    assert "[Stage: Talking]" in await guild.choose(guild.ana, "Talking")
    assert "Nothing of yours is at the stage “Won”." in await guild.say(guild.ana, "/gigs saved won")
    assert "RAG chatbot" in await guild.say(guild.ana, "/gigs saved talking")
    assert "You have saved nothing yet." in await guild.say(guild.marek, "/gigs saved")
    await guild.say(guild.ana, "/gigs saved")
    assert "off your list" in await guild.press(guild.ana, "Remove")
    assert "You have saved nothing yet." in await guild.say(guild.ana, "/gigs saved")


async def test_a_saved_lead_stays_when_it_is_closed(guild: World) -> None:
    await open_lead(guild)
    await guild.press(guild.ana, "Save")
    await guild.travel(MORNING + 30 * DAY)
    said = await guild.say(guild.ana, "/gigs saved")
    assert "RAG chatbot" in said


async def test_the_list_says_until_when_a_gig_is_open(guild: World) -> None:
    async with guild.app.db.write() as db:
        row = (await db.execute(sa.select(store.lead.c.id, store.lead.c.verdict).limit(1))).one()
        verdict = {**row.verdict, "expires": "2026-12-01T00:00:00Z"}
        await db.execute(sa.update(store.lead).where(store.lead.c.id == row.id).values(verdict=verdict))
    for title in ("RAG", "evaluation"):
        await open_lead(guild, title)
        await guild.press(guild.ana, "Save")
    assert (await guild.say(guild.ana, "/gigs saved")).count("Open until 01 Dec 2026") == 1


async def test_a_reminder_comes_once_and_can_be_taken_back(guild: World) -> None:
    await open_lead(guild)
    card = guild.last
    await guild.press(guild.ana, "Save")
    assert "21 Nov 2026 06:00 UTC" in await guild.press(guild.ana, "Remind me in 3 days")
    await guild.press(guild.ana, "Save", card)
    await guild.press(guild.ana, "Remind me in 3 days")  # asked twice: one reminder
    await guild.travel(MORNING + 4 * DAY)
    [reminder] = guild.slack.cards("U2")
    assert "A reminder" in words(reminder)
    assert "RAG chatbot" in words(reminder)

    await guild.press(guild.ana, "My saved gigs", reminder)
    await guild.press(guild.ana, "Don't remind me")
    assert len(guild.slack.cards("U2")) == 1
    await open_lead_again(guild)
    await guild.press(guild.ana, "Save")
    await guild.press(guild.ana, "Remind me in 3 days")
    assert "Done: no reminder." in await guild.press(guild.ana, "Don't remind me")
    await guild.travel(MORNING + 12 * DAY)
    assert len(guild.slack.cards("U2")) == 1


async def open_lead_again(world: World) -> None:
    """A later lead, since the first ones are past their days."""
    other = (RAG[0].replace("clinic", "ferry"), RAG[1].replace("clinic", "ferry").replace("care", "harbour"))
    world.fetcher.pages[BOARD] = rss(other, at=world.clock.now(), title="AI Jobs Board")
    await world.travel(world.clock.now() + timedelta(hours=2))
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Approve")
    await world.say(world.ana, "/gigs find ferry")
    await world.choose(world.ana, other[0])


async def test_an_end_takes_the_reminder_along(guild: World) -> None:
    await open_lead(guild)
    await guild.press(guild.ana, "Save")
    await guild.press(guild.ana, "Remind me in 3 days")
    await guild.say(guild.ana, "/gigs saved")
    await guild.choose(guild.ana, "Won")
    await guild.travel(MORNING + 4 * DAY)
    assert guild.slack.cards("U2") == []


async def test_all_of_it_comes_as_a_table_without_formulas(guild: World) -> None:
    await open_lead(guild)
    await guild.press(guild.ana, "Save")
    await guild.say(guild.ana, "/gigs saved")
    assert "1 gig: the file comes to you as a direct message." in await guild.press(guild.ana, "All as CSV")
    await guild.run_due()
    [sent] = [delivery for delivery in guild.slack.shown.values() if delivery.verb == "file"]
    assert sent.address == "U2"
    assert sent.details is not None
    rows = list(csv.DictReader(io.StringIO(b64decode(sent.details["content"]).decode())))
    assert [(row["stage"], row["title"], row["pay"]) for row in rows] == [("saved", RAG[0], "$80–110/h")]


@pytest.mark.parametrize("title", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx"])
async def test_no_cell_is_a_formula(guild: World, title: str) -> None:
    await open_lead(guild)
    await guild.press(guild.ana, "Save")
    async with guild.app.db.read() as db:
        row = (await db.execute(sa.select(marks.mark))).mappings().one()
    async with guild.app.db.read() as db:
        lead = await store.read_lead(db, row["community_id"], row["lead_id"])
    assert lead is not None
    [_, cells] = csv.reader(io.StringIO(write_csv([(row, replace(lead, title=title))])))
    assert cells[2] == f"'{title}"


async def test_not_for_me_is_not_found_by_me_and_by_everybody_else(guild: World) -> None:
    await open_lead(guild)
    assert "You won't find it any more." in await guild.press(guild.ana, "Not for me")
    hidden = guild.last
    assert "RAG chatbot" not in await guild.say(guild.ana, "/gigs find")
    assert "RAG chatbot" in await guild.say(guild.marek, "/gigs find")
    await guild.say(guild.ana, "/gigs find evaluation")
    await guild.press(guild.ana, "Show it again", hidden)
    assert "RAG chatbot" in await guild.say(guild.ana, "/gigs find")


# --- reporting -------------------------------------------------------------------------------------------------------


async def file_report(world: World, reason: str = "scam", text: str = "They want a fee first.") -> str:
    await open_lead(world)
    assert await world.press(world.ana, "Report") == "form: Report a lead"
    return await world.submit(world.ana, reason=reason, words=text)


async def test_a_report_reaches_the_moderators_without_a_name(guild: World) -> None:
    assert "they don't learn that it was you" in await file_report(guild)
    await guild.run_due()
    [card] = guild.slack.cards("C-mods")
    shown = words(card)
    assert "It looks like a scam" in shown
    assert "> They want a fee first." in shown
    assert "Ana" not in shown
    assert "You have reported this one already." in await file_report(guild)


async def test_something_else_has_to_be_said(guild: World) -> None:
    assert "Say in a few words what is wrong" in await file_report(guild, "other", " ")
    assert set(guild.wrong) == {"words"}
    assert "Thank you." in await guild.submit(guild.ana, reason="other", words="The client never pays.")


async def test_the_first_moderator_settles_it_and_the_card_says_so(guild: World) -> None:
    await file_report(guild)
    await guild.run_due()
    [card] = guild.slack.cards("C-mods")
    assert "Withdrawn by Maria" in await guild.press(guild.maria, "Withdraw the lead", card)
    assert "Maria already decided on this lead" in await guild.press(guild.marek, "Keep it", card)
    await guild.run_due()
    [edited] = guild.slack.cards("C-mods")
    assert "Withdrawn by Maria" in words(edited)
    assert "RAG chatbot" not in await guild.say(guild.ana, "/gigs find")
    assert "is open." in await guild.press(guild.maria, "Undo", edited)
    assert "RAG chatbot" in await guild.say(guild.ana, "/gigs find")


async def test_what_is_kept_stays_and_what_was_posted_is_struck_through_when_it_goes(guild: World) -> None:
    await file_report(guild, "closed", "")
    await guild.run_due()
    [card] = guild.slack.cards("C-mods")
    assert "Kept by Maria" in await guild.press(guild.maria, "Keep it", card)
    assert "Somebody has settled this already." in await guild.press(guild.marek, "Withdraw the lead", card)
    assert "RAG chatbot" in await guild.say(guild.ana, "/gigs find")


async def test_where_moderators_have_no_channel_a_reported_lead_waits_again(guild: World) -> None:
    await guild.open_settings(guild.maria)
    await guild.submit(guild.maria, leads_channel="C-gigs", moderators_channel="", digest_at="08:00", zone="Berlin")
    assert "It waits for your moderators again." in await file_report(guild)
    assert "RAG chatbot" in await guild.say(guild.maria, "/feeds queue")


async def test_only_moderators_settle_reports(guild: World) -> None:
    await file_report(guild)
    await guild.run_due()
    [card] = guild.slack.cards("C-mods")
    assert "Only moderators can use /report withdraw here." in await guild.press(guild.ana, "Withdraw the lead", card)
    async with guild.app.db.read() as db:
        assert (await db.execute(sa.select(reports.report.c.decided_at))).scalar_one() is None


# --- on one's own page -----------------------------------------------------------------------------------------------


async def test_saved_gigs_that_are_under_way_stand_on_the_page(guild: World) -> None:
    assert "Your saved gigs" not in await guild.say(guild.ana, "/hub")
    await open_lead(guild)
    await guild.press(guild.ana, "Save")
    await guild.press(guild.ana, "Remind me in 3 days")
    page = await guild.say(guild.ana, "/hub")
    assert "Your saved gigs\n- Acme Health: RAG chatbot" in page
    assert "saved, you'll be reminded" in page
    assert "Your saved gigs" not in await guild.say(guild.maria, "/hub")
    await guild.say(guild.ana, "/gigs saved")
    await guild.choose(guild.ana, "Lost")
    assert "Your saved gigs" not in await guild.say(guild.ana, "/hub")
