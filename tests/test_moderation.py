"""Moderators in charge: reasons, edits, a feed they trust, cards in their channels, the day's batch, the offer."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot import people
from bot.forms import ChecksField
from bot.leads import store, subscriptions
from bot.leads.entry import Pay
from bot.leads.offer import Record, is_earned
from bot.people import Role
from tests.conftest import MORNING
from tests.fakes import button, select, words
from tests.samples import BAKER, EVALS, JOB, RAG, SCAM, rss
from tests.test_leads import HOUR, add_discord, begin, gig, publish, states

if TYPE_CHECKING:
    from bot.cards import Card
    from tests.conftest import World

OTHER_SCAM = ("Prompt writer for an AI studio", SCAM[1].replace("label images", "write prompts"))
SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # no statement of its own; both have the others
NEXT_BATCH = datetime(2026, 11, 19, 6, 30, tzinfo=UTC)  # Thursday, half past seven in Berlin


async def sleep_until(world: World, until: datetime) -> None:
    """Let time pass in one go, as for a machine that slept: what is due is done once, afterwards."""
    world.clock.move(until)
    await world.travel(until)


def checks(world: World) -> list[ChecksField]:
    """The fields of the open form, each a list of checks."""
    assert world.form is not None
    fields = [field for field in world.form.fields if isinstance(field, ChecksField)]
    assert len(fields) == len(world.form.fields)
    return fields


async def lead_row(world: World) -> Any:
    async with world.app.db.read() as db:
        return (await db.execute(sa.select(store.lead).order_by(store.lead.c.id).limit(1))).mappings().one()


async def both_sides(world: World) -> None:
    """The community has its Discord server with a moderators' channel, too."""
    await add_discord(world)
    async with world.app.db.write() as db:
        server = await people.find_space(db, "discord", "G1")
        assert server is not None
        await people.change_space(db, server.community_id, server.id, moderators_channel="DC-mods")


def boss(world: World) -> Any:
    return dataclasses.replace(world.jonas, role=Role.MODERATOR, channel="DC-mods")


# --- rejecting with a reason -----------------------------------------------------------------------------------------


@SQLITE
@pytest.mark.parametrize(
    ("label", "reason", "said"),
    [
        ("Not a gig", "not-a-gig", "not a gig"),
        ("Not AI work", "not-ai", "not AI work"),
        ("Looks like a scam", "scam", "looks like a scam"),
        ("Too vague", "vague", "too vague"),
        ("Had it before", "duplicate", "had it before"),
    ],
)
async def test_the_reason_of_a_rejection_is_kept(world: World, label: str, reason: str, said: str) -> None:
    await begin(world, RAG)
    await world.say(world.maria, "/feeds queue")
    assert f"Rejected by Maria ({said})" in await world.choose(world.maria, label)
    row = await lead_row(world)
    assert (row["state"], row["reason"], row["decided_by"]) == ("rejected", reason, "Maria")
    await world.press(world.maria, "Undo")
    row = await lead_row(world)
    assert (row["state"], row["reason"], row["decided_by"]) == ("held", None, None)


@pytest.mark.parametrize("destination", ["digest", "instant"])
async def test_another_reason_is_said_in_ones_own_words(world: World, destination: str) -> None:
    await begin(world, RAG, destination=destination)
    await world.say(world.maria, "/feeds queue")
    asked = world.slack.cards("C-mods")[0] if destination == "instant" else world.last
    assert asked is not None
    assert "Another reason" not in {option.label for option in select(asked).options}
    assert await world.press(world.maria, "Reject for another reason…", asked) == "form: Reject a lead"
    said = await world.submit(world.maria, why="The same client\nas the scam of March")
    assert said.startswith("Rejected by Maria (The same client as the scam of March)")
    row = await lead_row(world)
    assert (row["reason"], row["reason_words"]) == ("other", "The same client as the scam of March")
    assert f"rejected “{RAG[0]}”: The same client as the scam" in await world.say(world.marek, "/mod audit")
    assert "Maria already rejected this" in await world.submit(world.marek, why="Too late")


async def test_undo_leads_back_to_the_lead_and_on_to_the_next(world: World) -> None:
    await begin(world, gig(1), gig(2), gig(3))
    await world.say(world.maria, "/feeds queue")
    second = (await world.press(world.maria, "Skip")).split("\n")
    assert " · 2 of 3 · " in second[0]
    await world.press(world.maria, "Approve")
    assert " · 2 of 2 · " in await world.press(world.maria, "Next")  # goes on where it was
    await world.press(world.maria, "Skip")
    await world.press(world.maria, "Approve")
    undone = await world.press(world.maria, "Undo")
    assert "waits again" in undone
    card = world.last
    back = (await world.press(world.maria, "Back to it", card)).split("\n")
    assert undone.split("“")[1].split("”")[0] == back[1]
    assert (await world.press(world.maria, "Next", card)).split("\n")[1] != back[1]


# --- always from this feed -------------------------------------------------------------------------------------------


async def test_a_trusted_feed_is_approved_by_itself_and_can_be_mistrusted_again(world: World) -> None:
    await begin(world, RAG, EVALS, side="demand")
    await world.say(world.maria, "/feeds queue")
    said = await world.press(world.maria, "Always from this feed")
    assert "Approved by Maria" in said
    assert "From now on leads of AI Jobs Board are approved by themselves, unless something looks wrong." in said
    assert "Of those before, 1 lead still waits." in said
    always = world.last

    await publish(world, gig(4), SCAM)
    found = await states(world)
    assert (found[gig(4)[0]], found[SCAM[0]]) == ("approved", "held")
    assert "approval: auto" in await world.say(world.maria, "/feeds list")

    assert "waits again" in await world.press(world.marek, "Undo", always)
    assert list((await states(world)).values()).count("held") == 3
    await publish(world, gig(5))
    assert (await states(world))[gig(5)[0]] == "held"


@SQLITE
async def test_undoing_trust_leaves_what_somebody_changed_since(world: World) -> None:
    await begin(world, RAG)
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Always from this feed")
    always = world.last
    await world.say(world.marek, "/feeds edit AI Jobs Board")
    assert world.form is not None
    fields = {field.name: field.value for field in world.form.fields}
    assert fields["approval"] == "auto"
    await world.submit(world.marek, **{**fields, "approval": "flagged"})
    await world.press(world.marek, "Save")
    await world.press(world.maria, "Undo", always)
    async with world.app.db.read() as db:
        assert (await db.execute(sa.select(subscriptions.feed.c.approval))).scalar_one() == "flagged"


# --- editing a lead --------------------------------------------------------------------------------------------------


async def test_an_edit_is_shown_everywhere_and_undone(world: World) -> None:
    await begin(world, RAG)
    await world.say(world.maria, "/feeds queue")
    assert await world.press(world.maria, "Edit") == "form: Edit a lead"
    assert world.form is not None
    fields = {field.name: field.value for field in world.form.fields}
    assert (fields["title"], fields["rate"], fields["kind"]) == (RAG[0], "$80–110/h", "gig")
    assert "Retrieval-augmented generation" in fields["skills"]

    await world.submit(world.maria, **{**fields, "rate": "a lot", "skills": "RAG, pastry, pyhton"})
    assert world.wrong["rate"].startswith("Write the rate with its currency and unit")
    assert "“pastry”" in world.wrong["skills"]
    assert "Python" in world.wrong["skills"]  # did you mean

    edited = {"title": "RAG for clinics", "rate": "€90/h", "kind": "job", "skills": "RAG, rag, Python"}
    said = await world.submit(world.maria, **edited)
    for fact in ("RAG for clinics", "Rate: €90/h", "Type: Job", "Wants: Retrieval-augmented generation · Python"):
        assert fact in said
    assert "edited by moderators" in said
    card = world.last
    assert "Approved by Maria" in await world.press(world.maria, "Approve")
    assert "RAG for clinics" in await world.say(world.ana, "/gigs find clinics kind:jobs >85/h")
    assert "No open lead" in await world.say(world.ana, "/gigs find network")
    row = await lead_row(world)
    assert store.verdict_of(row).pay == Pay(80, 110, "USD", "hour")  # the verdict stays as it was

    assert "newer" in await world.press(world.maria, "Undo", card)  # the approval has to be taken back first
    async with world.app.db.read() as db:
        lead = await store.read_lead(db, row["community_id"], row["id"])
    assert lead is not None
    assert (lead.title, lead.edited, lead.kind) == ("RAG for clinics", True, "job")


@SQLITE
async def test_undoing_an_edit_brings_the_feeds_own_words_back(world: World) -> None:
    await begin(world, RAG)
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Edit")
    await world.submit(world.maria, title="Something else", rate="", kind="gig", skills="")
    assert "Rate: not stated" in words(world.last)  # type: ignore[arg-type]
    edited = world.last
    assert "is shown as before" in await world.press(world.marek, "Undo")
    assert "Rate: $80–110/h" in await world.say(world.maria, "/feeds queue")
    assert "This card is out of date" in await world.press(world.maria, "Approve", edited)


# --- cards of single leads -------------------------------------------------------------------------------------------


async def test_an_instant_feeds_gig_is_asked_about_at_once_and_every_copy_is_kept_true(world: World) -> None:
    await begin(world, destination="instant")
    await both_sides(world)
    await publish(world, RAG, JOB)
    [card] = world.slack.cards("C-mods")  # the job is not urgent
    [copy] = world.discord.cards("DC-mods")
    assert words(card).startswith("Lead to approve · from AI Jobs Board · held until somebody decides\n" + RAG[0])
    assert words(copy) == words(card)

    said = await world.press(world.maria, "Approve", card)
    assert said.startswith("Approved by Maria, ")
    assert "[Next]" not in said  # others read this card, too
    await world.run_due()
    for shown in (world.slack.cards("C-mods")[0], world.discord.cards("DC-mods")[0]):
        assert words(shown) == said
    assert len(world.slack.cards("C-gigs")) == 1
    assert "Maria already approved this" in await world.press(boss(world), "Approve", copy)

    await world.press(boss(world), "Undo", world.discord.cards("DC-mods")[0])
    await world.run_due()
    assert words(world.slack.cards("C-mods")[0]).startswith("Lead to approve · ")
    assert "A moderator took this lead back." in words(world.slack.cards("C-gigs")[0])

    await world.say(world.maria, "/feeds queue")
    await world.choose(world.maria, "Looks like a scam")  # from the private queue, not from the card
    await world.run_due()
    assert words(world.discord.cards("DC-mods")[0]).startswith("Rejected by Maria (looks like a scam), ")


@SQLITE
async def test_at_most_ten_cards_are_open(make_world: Any) -> None:
    world: World = make_world(leads__batch_at="", leads__flood_per_hour="100")
    await begin(world, *(gig(n) for n in range(12)), JOB, side="demand")
    cards = world.slack.cards("C-mods")
    assert len(cards) == 10
    await world.press(world.maria, "Approve", cards[3])
    await world.run_due()
    assert len(world.slack.cards("C-mods")) == 11
    await world.choose(world.maria, "Too vague", cards[4])
    await world.run_due()
    assert len(world.slack.cards("C-mods")) == 12
    await world.travel(MORNING + 26 * HOUR)
    assert not any("to approve" in card.summary for card in world.slack.cards("C-mods")[12:])  # no batch card


async def test_an_edit_from_a_card_in_the_channel_changes_every_copy(world: World) -> None:
    await begin(world, destination="instant")
    await both_sides(world)
    await publish(world, RAG)
    [card] = world.slack.cards("C-mods")
    await world.press(world.maria, "Edit", card)
    await world.submit(world.maria, title="RAG for clinics", rate="", kind="gig", skills="RAG")
    await world.run_due()
    for shown in (world.slack.cards("C-mods")[0], world.discord.cards("DC-mods")[0]):
        assert "RAG for clinics" in words(shown)
    assert "Approved by Jonas" in await world.press(boss(world), "Approve", world.discord.cards("DC-mods")[0])


@SQLITE
async def test_a_card_says_when_its_lead_ran_out(world: World) -> None:
    await begin(world, RAG, destination="instant")
    [asked] = world.slack.cards("C-mods")
    await sleep_until(world, MORNING + 80 * HOUR)
    said = await world.press(world.maria, "Approve", asked)
    assert "This lead doesn't wait any more." in said
    assert "Its days ran out before anybody decided" in said
    assert words(world.slack.cards("C-mods")[0]).startswith("Ran out: nobody decided while it could still be posted")


# --- the day's batch card --------------------------------------------------------------------------------------------


async def batch(world: World, *items: tuple[str, str], **options: str) -> Card:
    """The batch card about these leads."""
    await begin(world, *items, side="demand", **options)
    await world.travel(NEXT_BATCH)
    return world.slack.cards("C-mods")[-1]


async def test_the_batch_card_ticks_what_is_sure(world: World) -> None:
    card = await batch(world, RAG, EVALS, SCAM, OTHER_SCAM)
    said = words(card)
    assert said.startswith("4 leads to approve\nTicked, because I am sure:\n")
    ticked, unticked = said.split("Not ticked:")
    assert RAG[0] in ticked
    assert EVALS[0] in ticked
    assert "— check first: " in unticked
    assert SCAM[0] in unticked
    assert OTHER_SCAM[0] in unticked
    assert "Held until somebody presses: none of these is posted by itself. A lead waits for 72 hours" in said
    await world.travel(NEXT_BATCH + HOUR)
    assert world.slack.cards("C-gigs") == []  # unanswered is held, also for the digest

    said = await world.press(world.maria, "Publish 2 ticked", card)
    assert said.startswith("Approved by Maria: 2 leads\n")
    assert "2 leads were not ticked and still wait in the queue." in said
    published = world.last
    await world.run_due()
    assert words(world.slack.cards("C-mods")[-1]) == said
    assert set((await states(world)).values()) == {"approved", "held"}
    assert "Maria already published" in await world.press(world.marek, "Publish 2 ticked", card)

    said = await world.press(world.maria, "Reject the other 2", published)
    assert "[Reject the other" not in said
    assert sorted((await states(world)).values()) == ["approved", "approved", "rejected", "rejected"]
    assert "2 leads wait again" in await world.press(world.marek, "Undo")
    assert "2 leads wait again" in await world.press(world.marek, "Undo", published)
    assert set((await states(world)).values()) == {"held"}
    await world.run_due()
    assert words(world.slack.cards("C-mods")[-1]).startswith("4 leads to approve")  # open again


async def test_the_ticks_can_be_changed(world: World) -> None:
    card = await batch(world, RAG, EVALS, SCAM)
    assert await world.press(world.maria, "Change ticks", card) == "form: Today's leads"
    [field] = checks(world)
    ids = {option.label: option.value for option in field.options}
    assert set(field.value.split(",")) == {ids[RAG[0]], ids[EVALS[0]]}
    assert "Nothing was ticked" in await world.submit(world.maria, part1="")
    said = await world.submit(world.maria, part1=f"{ids[RAG[0]]},{ids[SCAM[0]]},999")
    assert said.startswith("Approved by Maria: 2 leads")
    assert await states(world) == {RAG[0]: "approved", SCAM[0]: "approved", EVALS[0]: "held"}


async def test_a_lead_that_is_decided_elsewhere_is_settled_on_the_batch_card(world: World) -> None:
    await begin(world, RAG, EVALS, side="demand")
    await both_sides(world)
    await world.travel(NEXT_BATCH)
    await world.say(world.maria, "/feeds queue")
    await world.choose(world.maria, "Had it before")
    await world.run_due()
    for card in (world.slack.cards("C-mods")[-1], world.discord.cards("DC-mods")[-1]):
        assert words(card).startswith("1 lead to approve\n")
        assert "Settled meanwhile:\n- " in words(card)
        assert "Rejected by Maria (had it before)" in words(card)
    await world.press(boss(world), "Publish 1 ticked", world.discord.cards("DC-mods")[-1])
    await world.run_due()
    assert words(world.slack.cards("C-mods")[-1]).startswith("Approved by Jonas: 1 lead")


async def test_nobody_decides_and_the_next_card_takes_its_place(world: World) -> None:
    first = await batch(world, RAG)
    await publish(world, EVALS)
    await sleep_until(world, NEXT_BATCH + 24 * HOUR)
    cards = [words(card) for card in world.slack.cards("C-mods")]
    assert cards[-2] == "19 Nov 2026 06:30 UTC · nobody decided: 1 lead waits on a newer card below."
    assert cards[-1].startswith("2 leads to approve")
    assert "There is a newer card than this one." in await world.press(world.maria, "Publish 1 ticked", first)

    await sleep_until(world, NEXT_BATCH + 96 * HOUR)
    cards = [words(card) for card in world.slack.cards("C-mods")]
    assert cards[-1].startswith("Nothing is left to approve")
    assert "2 leads ran out since the last card: nobody decided in time." in cards[-1]
    assert cards[-2] == "20 Nov 2026 06:30 UTC · nobody decided: 2 leads ran out."

    await publish(world, gig(5))
    await sleep_until(world, NEXT_BATCH + 120 * HOUR)
    await world.say(world.maria, "/feeds queue")
    await world.choose(world.maria, "Too vague")
    await publish(world, gig(6))
    await sleep_until(world, NEXT_BATCH + 144 * HOUR)
    cards = [words(card) for card in world.slack.cards("C-mods")]
    assert cards[-1].startswith("1 lead to approve")
    assert "Rejected by Maria (too vague)" in cards[-2]  # somebody has decided, elsewhere


@SQLITE
async def test_a_day_on_which_nothing_waits_has_no_card(world: World) -> None:
    await begin(world)
    await sleep_until(world, NEXT_BATCH + 24 * HOUR)
    assert world.slack.cards("C-mods") == []


@SQLITE
async def test_a_long_list_says_how_many_more_wait(make_world: Any) -> None:
    world: World = make_world(leads__flood_per_hour="100")
    card = await batch(world, *(gig(n) for n in range(25)))
    assert "5 more leads wait in the queue." in words(card)
    await world.press(world.maria, "Change ticks", card)
    assert [len(field.options) for field in checks(world)] == [10, 10]


@SQLITE
async def test_the_batch_card_posts_the_gigs_of_instant_feeds_at_once(make_world: Any) -> None:
    world: World = make_world(leads__batch_at="07:30")
    await begin(world, JOB, side="demand", destination="instant")
    await world.travel(NEXT_BATCH)
    await world.press(world.maria, "Change ticks", world.slack.cards("C-mods")[-1])
    [field] = checks(world)
    await world.submit(world.maria, part1=field.options[0].value)
    await world.run_due()
    assert world.slack.cards("C-gigs") == []  # a job is not posted alone


# --- the offer -------------------------------------------------------------------------------------------------------


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 3))
def test_the_offer_has_to_be_earned(decided: int, approved: int, cautioned: int) -> None:
    record = Record(decided, min(approved, decided), cautioned)
    earned = decided >= 40 and record.approved * 100 >= 95 * decided and cautioned == 0
    assert is_earned(record) == earned


@pytest.mark.parametrize(
    ("record", "earned"),
    [(Record(60, 58, 0), True), (Record(60, 57, 0), True), (Record(60, 56, 0), False), (Record(39, 39, 0), False)],
)
def test_records(record: Record, earned: bool) -> None:
    assert is_earned(record) == earned


async def earn(world: World, *, rejected: int = 1) -> None:
    """Let moderators decide on forty sure leads, some of which they reject."""
    await begin(world, *(gig(n) for n in range(40)), side="demand")
    waiting = list(await states(world))
    assert len(waiting) == 40
    async with world.app.db.write() as db:
        ids = (await db.execute(sa.select(store.lead.c.id).order_by(store.lead.c.id))).scalars().all()
        for number, lead_id in enumerate(ids[2:]):
            state: Any = "rejected" if number < rejected - 1 else "approved"
            community = (await db.execute(sa.select(people.community.c.id))).scalar_one()
            await store.set_state(db, community, lead_id, state, decided_by="Maria", decided_at=world.clock.now())
    await world.say(world.maria, "/feeds queue")
    await world.choose(world.maria, "Too vague")
    await world.press(world.maria, "Next")
    await world.press(world.maria, "Approve")


async def offers(world: World) -> list[Card]:
    return [card for card in world.slack.cards("C-mods") if "Shall I publish" in card.summary]


async def test_the_offer_is_made_once_and_accepted(make_world: Any) -> None:
    world: World = make_world(leads__flood_per_hour="100")
    await earn(world)
    await sleep_until(world, NEXT_BATCH + HOUR)
    [card] = await offers(world)
    assert "You approved 39 of my 40 last sure leads. Shall I publish such ones myself?" in words(card)
    await sleep_until(world, NEXT_BATCH + 72 * HOUR)
    assert len(await offers(world)) == 1

    said = await world.press(world.maria, "Yes, from now on", card)
    assert said.startswith("Maria accepted: from now on I publish what I am sure of by myself.")
    accepted = world.last
    assert "accepted this already" in await world.press(world.marek, "Yes, from now on", card)
    await publish(world, gig(77), SCAM)
    found = await states(world)
    assert (found[gig(77)[0]], found[SCAM[0]]) == ("approved", "held")
    assert "Approval: What is sure is published by itself" in await world.say(world.maria, "/mod setup")

    assert "a moderator looks at each lead again" in await world.press(world.marek, "Undo", accepted)
    await publish(world, gig(88))
    assert (await states(world))[gig(88)[0]] == "held"


@SQLITE
@pytest.mark.parametrize(("label", "days", "times"), [("No", 40, 1), ("Ask again in a month", 40, 2)])
async def test_the_offer_is_declined_or_put_off(make_world: Any, label: str, days: int, times: int) -> None:
    world: World = make_world(leads__flood_per_hour="100")
    await earn(world)
    await sleep_until(world, NEXT_BATCH + HOUR)
    [card] = await offers(world)
    await world.press(world.maria, label, card)
    world.clock.move(world.clock.now() + timedelta(days=days))
    await world.travel(world.clock.now() + timedelta(days=1))
    cards = [card for card in world.slack.cards("C-mods") if "Shall I publish" in card.summary]
    assert len(cards) == times - 1  # the first one was answered, and says so


@SQLITE
async def test_no_offer_where_the_operator_has_decided_or_the_record_is_poor(make_world: Any) -> None:
    world: World = make_world(leads__approval="review", leads__flood_per_hour="100")
    await earn(world)
    await sleep_until(world, NEXT_BATCH + HOUR)
    assert await offers(world) == []


@SQLITE
async def test_no_offer_on_a_poor_record(make_world: Any) -> None:
    world: World = make_world(leads__flood_per_hour="100")
    await earn(world, rejected=3)
    await sleep_until(world, NEXT_BATCH + HOUR)
    assert await offers(world) == []


# --- what is over ----------------------------------------------------------------------------------------------------


async def test_an_expired_lead_is_struck_through_where_it_stands(make_world: Any) -> None:
    world: World = make_world(leads__approval="flagged")
    await begin(world, RAG, destination="instant", side="demand")
    await add_discord(world)
    async with world.app.db.write() as db:
        await db.execute(sa.update(store.lead).values(expires=MORNING + 20 * HOUR))
    await world.travel(MORNING + 19 * HOUR)
    assert "Closed" not in words(world.slack.cards("C-gigs")[0])
    await world.travel(MORNING + 21 * HOUR)
    await world.run_due()
    [card] = world.slack.cards("C-gigs")
    assert words(card) == f"{RAG[0]}\nClosed: the posting's last day is over."
    assert getattr(card.blocks[0], "struck", False)
    edits = len(world.slack.shown)
    await world.travel(MORNING + 23 * HOUR)
    assert len(world.slack.shown) == edits


@SQLITE
async def test_a_second_board_is_named_on_the_first_card(make_world: Any) -> None:
    world: World = make_world(leads__approval="flagged")
    await begin(world, RAG, destination="instant", side="demand")
    other = "https://other.example/jobs.rss"
    world.fetcher.pages[other] = rss(BAKER, at=MORNING, title="Other Board", site="https://other.example")
    await world.say(world.maria, f"/feeds add {other}")
    await publish(world, RAG, url=other, title="Other Board", site="https://other.example")
    [card] = world.slack.cards("C-gigs")
    assert "also on Other Board" in words(card)


@SQLITE
async def test_an_old_button_of_the_queue_still_works(world: World) -> None:
    await begin(world, RAG)
    await world.say(world.maria, "/feeds queue")
    assert world.last is not None
    old = button(world.last, "Approve").arguments[:2]  # as cards of an earlier version had them
    answer: Any = await world.app.run_press(world.maria, f"v1:lead:approve:{old[0]}:{old[1]}")
    assert "Approved by Maria" in words(answer.card)
