"""From an approved entry to a posted lead: the queue, the digest, posting at once, merging, finding."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import people
from bot.cards import Button, Items, Styled
from bot.leads import store
from bot.leads.approval import decide
from bot.leads.entry import Pay, Verdict
from bot.leads.rates import hourly
from bot.people import Role
from bot.presses import press_id
from tests.conftest import MORNING
from tests.fakes import controls, select, words
from tests.samples import BAKER, EVALS, JOB, RAG, SCAM, rss

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Card
    from tests.conftest import World

BOARD, OTHER = "https://board.example/jobs.rss", "https://other.example/jobs.rss"
HOUR = timedelta(hours=1)
PILOT = (  # says that it is paid AI work, not what kind
    "Someone for an AI pilot",
    "We look for somebody who builds a small chatbot for our museum. Get in touch with us.",
)


def gig(number: int, skill: str = "RAG", pay: str = "$80 per hour") -> tuple[str, str]:
    """A sure gig, unlike any other number's."""
    topics = ("hospitals", "orchards", "ferries", "libraries", "vineyards", "theatres", "bakeries", "mills", "zoos")
    topic = topics[number % len(topics)]
    text = (
        f"Freelance contract for {topic} number {number}: build and evaluate a {skill} chatbot in Python for {topic} "
        f"and all who visit {topic}. {pay}, remote. Send your CV to apply to firm{number}."
    )
    return f"Firm{number}: {skill} engineer for {topic}", text


async def begin(world: World, *items: tuple[str, str], **options: str) -> World:
    """A community with a feed that has nothing in it yet but a baker, and then `items` an hour later."""
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(BAKER, at=MORNING - HOUR)
    typed = " ".join(f"{name}:{value}" for name, value in options.items())
    await world.say(world.maria, f"/feeds add {BOARD} {typed}")
    if items:
        await publish(world, *items)
    return world


async def publish(world: World, *items: tuple[str, str], url: str = BOARD, **more: str) -> None:
    """Let a feed say something new, and wait for the next poll."""
    now = world.clock.now()
    world.fetcher.pages[url] = rss(*items, BAKER, at=now + HOUR, **more)
    await world.travel(now + timedelta(minutes=70))


async def approve_all(world: World) -> None:
    while "Lead to approve" in await world.say(world.maria, "/feeds queue"):
        await world.press(world.maria, "Approve")


def lines(card: Card) -> list[str]:
    """The list items of a card, up to their first dot."""
    return [line[2:].partition(" · ")[0] for line in words(card).split("\n") if line.startswith("- ")]


async def states(world: World) -> dict[str, str]:
    """The state of each lead by its title."""
    async with world.app.db.read() as db:
        return {lead.title: lead.state for lead in await all_leads(db)}


async def all_leads(db: AsyncConnection) -> list[store.Lead]:
    """Every lead there is."""
    rows = (await db.execute(sa.select(store.lead.c.community_id, store.lead.c.id))).all()
    leads = [await store.read_lead(db, row.community_id, row.id) for row in rows]
    return [lead for lead in leads if lead]


async def add_discord(world: World) -> None:
    """Give the community its Discord server as well."""
    async with world.app.db.write() as db:
        here = await people.find_space(db, "slack", "T1")
        assert here is not None
        server = await people.add_space(
            db, world.app.ids, community_id=here.community_id, platform="discord", remote="G1", name="AI Guild"
        )
        await people.change_space(db, here.community_id, server, leads_channel="DC-gigs")


# --- adding and the first post ---------------------------------------------------------------------------------------


async def test_a_feed_is_added_and_its_best_leads_are_posted_at_once(world: World) -> None:
    await world.set_up()
    world.fetcher.pages[BOARD] = rss(RAG, JOB, BAKER, EVALS, at=MORNING)

    said = await world.say(world.maria, f"/feeds add {BOARD}")

    assert "Added: AI Jobs Board" in said
    assert "Entries: 4" in said
    assert "Leads: 3" in said
    assert said.index("RAG chatbot") < said.index("Machine Learning Engineer")  # gigs before jobs
    await world.run_due()
    assert world.slack.cards("C-gigs") == []  # the first poll posts nothing by itself

    added = world.last
    said = await world.press(world.maria, "Post now")
    assert said.startswith("Posted 3 leads to your leads channel as one message.")
    await world.run_due()
    [card] = world.slack.cards("C-gigs")
    assert lines(card) == [RAG[0], EVALS[0], JOB[0]]
    assert "$80–110/h" in words(card)
    assert "Leads to start with" in words(card)

    assert "done already" in await world.press(world.maria, "Post now", added)  # the double click
    await world.travel(MORNING + 2 * HOUR)
    assert len(world.slack.cards("C-gigs")) == 1  # nor does the digest say it again


# --- the queue -------------------------------------------------------------------------------------------------------


async def test_a_new_lead_waits_until_a_moderator_approves(world: World) -> None:
    await begin(world, RAG)
    assert "No open lead matches" in await world.say(world.ana, "/gigs find")
    said = await world.say(world.maria, "/feeds queue")
    assert said.startswith("Lead to approve · 1 lead waits · from AI Jobs Board\nAcme Health: RAG chatbot")
    for fact in ("Rate: $80–110/h", "Type: Gig", "Where: Remote", "Wants: ", "Why: ", "> We are hiring a freelance"):
        assert fact in said
    assert "Approved, it goes into the next digest." in said
    card = world.last

    said = await world.press(world.maria, "Approve")
    assert said.startswith("Approved by Maria · Acme Health: RAG chatbot")
    assert "Nothing else waits. Undo is possible for a day." in said
    assert "RAG chatbot" in await world.say(world.ana, "/gigs find")

    world.clock.move(world.clock.now() + timedelta(seconds=5))
    said = await world.press(world.marek, "Approve", card)
    assert said.startswith("Maria already approved this 5 seconds ago.")
    assert said.endswith("E-DONE")
    assert "already approved" in await world.choose(world.marek, "Looks like a scam", card)  # too late as well


async def test_rejecting_keeps_a_lead_out(world: World) -> None:
    await begin(world, RAG, EVALS)
    await world.say(world.maria, "/feeds queue")
    said = await world.choose(world.maria, "Too vague")
    assert said.startswith("Rejected by Maria (too vague)")
    assert "1 lead waits." in said
    assert "Lead to approve · 1 lead waits" in await world.press(world.maria, "Next")
    await world.travel(MORNING + 26 * HOUR)
    assert world.slack.cards("C-gigs") == []
    assert sorted((await states(world)).values()) == ["held", "rejected"]


async def test_a_card_from_before_an_undo_is_out_of_date(world: World) -> None:
    await begin(world, RAG)
    await world.say(world.maria, "/feeds queue")
    card = world.last
    await world.choose(world.maria, "Looks like a scam")
    await world.press(world.maria, "Undo")
    said = await world.press(world.marek, "Approve", card)
    assert "This card is out of date" in said
    assert said.endswith("E-STALE")
    assert "Lead to approve" in await world.press(world.marek, "Next")
    assert "Approved by Marek" in await world.press(world.marek, "Approve")


async def test_skipping_goes_round(world: World) -> None:
    await begin(world, gig(1), gig(2), gig(3))
    seen = [(await world.say(world.maria, "/feeds queue")).split("\n")[:2]]
    seen += [(await world.press(world.maria, "Skip")).split("\n")[:2] for _ in range(3)]
    assert [head.split(" · ")[1] for head, _ in seen] == ["1 of 3", "2 of 3", "3 of 3", "1 of 3"]
    assert len({title for _, title in seen}) == 3
    assert seen[3] == seen[0]


async def test_the_queue_of_one_feed(world: World) -> None:
    await begin(world, RAG)
    world.fetcher.pages[OTHER] = rss(EVALS, at=MORNING + HOUR, title="Other Board", site="https://other.example")
    await world.say(world.maria, f"/feeds add {OTHER} include:1")
    assert "1 of 2" in await world.say(world.maria, "/feeds queue")
    said = await world.say(world.maria, "/feeds queue Other Board")
    assert "1 lead waits · from Other Board" in said
    assert "[Skip]" not in said  # there is no other
    assert "Nothing else waits" in await world.press(world.maria, "Approve")
    assert "There is no such feed here." in await world.say(world.maria, "/feeds queue Third Board")


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ORGANISER])
async def test_only_moderators_decide(world: World, role: Role) -> None:
    await begin(world, RAG, EVALS)
    await world.say(world.maria, "/feeds queue")
    card = world.last
    someone = dataclasses.replace(world.ana, role=role)
    for label in ("Approve", "Edit", "Always from this feed", "Skip"):
        assert (await world.press(someone, label, card)).endswith("E-NOPERM")
    assert (await world.choose(someone, "Looks like a scam", card)).endswith("E-NOPERM")
    assert await states(world) == {RAG[0]: "held", EVALS[0]: "held"}
    async with world.app.db.read() as db:
        lead_id = (await db.execute(sa.select(store.lead.c.id).limit(1))).scalar_one()
    answer: Any = await world.app.run_press(someone, press_id("lead show", (str(lead_id),)))
    assert answer.code == "E-STALE"  # what waits is not for members' eyes


async def test_undoing_an_approval_strikes_what_was_posted_through(make_world: Any) -> None:
    world: World = await begin(make_world(leads__approval="review"), RAG, destination="instant")
    await add_discord(world)
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Approve")
    approved = world.last
    await world.run_due()
    for platform, channel in ((world.slack, "C-gigs"), (world.discord, "DC-gigs")):
        [card] = platform.cards(channel)
        assert words(card).startswith("Acme Health: RAG chatbot")

    await world.press(world.marek, "Undo", approved)
    await world.run_due()
    for platform, channel in ((world.slack, "C-gigs"), (world.discord, "DC-gigs")):
        [card] = platform.cards(channel)
        assert words(card) == f"{RAG[0]}\nA moderator took this lead back."
        assert card.summary == f"Withdrawn: {RAG[0]}."
        assert getattr(card.blocks[0], "struck", False)
    assert await states(world) == {RAG[0]: "held"}

    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Approve")  # on second thoughts
    await world.run_due()
    assert [words(card).split("\n")[0] for card in world.slack.cards("C-gigs")] == [RAG[0], RAG[0]]


async def test_undoing_before_it_was_sent_sends_nothing(world: World) -> None:
    await begin(world, RAG, destination="instant")
    await world.say(world.maria, "/feeds queue")
    await world.press(world.maria, "Approve")
    await world.press(world.maria, "Undo")
    await world.run_due()
    assert world.slack.cards("C-gigs") == []


# --- approval --------------------------------------------------------------------------------------------------------

SURE = Verdict(kind="gig", score=0.9, sure=True, held=False, reasons=("pays",))
UNSURE = dataclasses.replace(SURE, score=0.7, sure=False)
DOUBTFUL = dataclasses.replace(UNSURE, score=0.55, held=True)
CAUTIONED = dataclasses.replace(SURE, cautions=("asks for money",))
EXPIRED = dataclasses.replace(SURE, expires=MORNING - HOUR)


@pytest.mark.parametrize(
    ("verdict", "review", "flagged", "auto"),
    [
        (SURE, "held", "approved", "approved"),
        (UNSURE, "held", "held", "approved"),
        (DOUBTFUL, "held", "held", "held"),
        (CAUTIONED, "held", "held", "held"),
        (EXPIRED, "old", "old", "old"),
    ],
)
def test_what_becomes_of_a_new_lead(verdict: Verdict, review: str, flagged: str, auto: str) -> None:
    def state(approval: Any) -> str:
        return decide(verdict, approval=approval, published=MORNING - HOUR, now=MORNING, max_age_hours=72)

    assert (state("review"), state("flagged"), state("auto")) == (review, flagged, auto)


@pytest.mark.parametrize(("hours", "limit", "state"), [(72, 72, "held"), (73, 72, "old"), (9999, 0, "held")])
def test_a_lead_has_its_days(hours: int, limit: int, state: str) -> None:
    published = MORNING - timedelta(hours=hours)
    assert decide(SURE, approval="review", published=published, now=MORNING, max_age_hours=limit) == state


async def test_what_is_flagged_waits_and_the_rest_is_approved_by_itself(make_world: Any) -> None:
    world: World = await begin(make_world(leads__approval="flagged"), RAG, SCAM, side="demand")
    assert await states(world) == {RAG[0]: "approved", SCAM[0]: "held"}
    said = await world.say(world.maria, "/feeds queue")
    assert "Check first: asks for money up front: “registration fee”" in said
    assert "Check first: moves to a private messenger before a contract" in said


async def test_a_caution_is_held_even_where_all_is_published(make_world: Any) -> None:
    world: World = await begin(make_world(leads__approval="auto"), SCAM, side="demand", destination="instant")
    assert await states(world) == {SCAM[0]: "held"}
    assert world.slack.cards("C-gigs") == []


async def test_old_leads_are_not_posted(make_world: Any) -> None:
    world: World = await begin(make_world(leads__approval="flagged"), destination="instant")
    world.fetcher.pages[BOARD] = rss(RAG, at=MORNING - timedelta(hours=72))
    await world.travel(MORNING + 2 * HOUR)
    assert await states(world) == {RAG[0]: "old"}
    assert world.slack.cards("C-gigs") == []


async def test_a_lead_that_waits_too_long_becomes_old(world: World) -> None:
    await begin(world, RAG)
    world.clock.move(MORNING + timedelta(hours=80))
    await world.travel(MORNING + timedelta(hours=81))
    assert await states(world) == {RAG[0]: "old"}
    assert "Nothing is waiting." in await world.say(world.maria, "/feeds queue")


async def test_an_expired_lead_is_neither_found_nor_posted(world: World) -> None:
    await begin(world, RAG)
    await approve_all(world)
    async with world.app.db.write() as db:
        await db.execute(sa.update(store.lead).values(expires=MORNING + 20 * HOUR))
    assert "RAG chatbot" in await world.say(world.ana, "/gigs find")
    await world.travel(MORNING + 20 * HOUR)
    assert "No open lead matches" in await world.say(world.ana, "/gigs find")
    await world.travel(MORNING + 30 * HOUR)  # past the next digest
    assert world.slack.cards("C-gigs") == []
    assert await states(world) == {RAG[0]: "old"}


# --- posting at once -------------------------------------------------------------------------------------------------


async def test_an_instant_feed_posts_three_a_day_and_the_digest_takes_the_rest(make_world: Any) -> None:
    world: World = make_world(leads__approval="flagged", leads__max_age_hours="72")
    await begin(world, *(gig(n) for n in range(5)), JOB, PILOT, destination="instant", side="demand")
    posted = [words(card).split("\n")[0] for card in world.slack.cards("C-gigs")]
    assert len(posted) == 3
    assert all(title.startswith("Firm") for title in posted)  # gigs alone; jobs and the unclear come with the digest

    await world.travel(MORNING + 26 * HOUR)  # Thursday, after 08:00 in Berlin
    [digest] = world.slack.cards("C-gigs")[3:]
    assert "2 new gigs, 1 lead of unstated type, 1 job" in words(digest)
    rest = lines(digest)
    assert sorted([*posted, *rest]) == sorted([*(gig(n)[0] for n in range(5)), JOB[0], PILOT[0]])

    await publish(world, gig(6))  # another day, another three
    assert len(world.slack.cards("C-gigs")) == 5


async def test_no_more_than_the_channel_s_share_even_for_approvals(make_world: Any) -> None:
    world: World = await begin(make_world(leads__posts_per_day="1"), gig(1), gig(2), destination="instant")
    said = await world.say(world.maria, "/feeds queue")
    assert "it is posted at once; if the channel has had its 1 of today, it goes into the next digest" in said
    await approve_all(world)
    await world.run_due()
    assert len(world.slack.cards("C-gigs")) == 1
    await world.travel(MORNING + 26 * HOUR)
    assert len(lines(world.slack.cards("C-gigs")[1])) == 1


# --- the digest ------------------------------------------------------------------------------------------------------


async def test_the_digest_holds_the_best_gigs_and_jobs_apart(make_world: Any) -> None:
    world: World = make_world(digest__max_leads="3", leads__include_jobs="1")
    jobs = [JOB, (JOB[0].replace("Bigbank", "Railways"), JOB[1].replace("Boston", "Oslo").replace("models", "trains"))]
    await begin(world, *(gig(n) for n in range(4)), *jobs, side="demand")
    await approve_all(world)
    await world.travel(MORNING + 26 * HOUR)

    [digest] = world.slack.cards("C-gigs")
    shown = words(digest)
    assert shown.startswith("Daily digest · Thu 19 Nov\n3 new gigs, 1 job")
    assert digest.summary == "Daily digest · Thu 19 Nov: 3 new gigs, 1 job (7 seen, 1 filtered or duplicate)."
    assert [line.startswith("Firm") for line in lines(digest)] == [True, True, True, False]
    assert shown.index("\nJobs\n") > shown.index("Firm")
    assert "[Open a lead…]" in shown
    assert "Why these?" in shown

    opened = await world.choose(world.ana, next(iter(lines(digest))), digest)
    assert opened.startswith(lines(digest)[0])
    assert "Rate: $80/h" in opened
    assert "Score" in await world.press(world.ana, "Why this?")

    await world.travel(MORNING + 50 * HOUR)  # Friday brings what was left, and nothing twice
    friday = world.slack.cards("C-gigs")[1]
    assert len(lines(friday)) == 2
    assert set(lines(friday)).isdisjoint(lines(digest))


async def test_nothing_to_say_is_not_said(world: World) -> None:
    await begin(world)
    await world.travel(MORNING + 26 * HOUR)
    assert world.slack.cards("C-gigs") == []


async def test_the_digest_keeps_to_its_days(make_world: Any) -> None:
    world: World = make_world(digest__days='["fri"]')
    await begin(world, RAG)  # on Wednesday
    await approve_all(world)
    world.clock.move(datetime(2026, 11, 20, 6, 0, tzinfo=UTC))
    await world.travel(datetime(2026, 11, 20, 6, 59, tzinfo=UTC))
    assert world.slack.cards("C-gigs") == []
    await world.travel(datetime(2026, 11, 20, 7, 0, tzinfo=UTC))
    [digest] = world.slack.cards("C-gigs")
    assert words(digest).startswith("Daily digest · Fri 20 Nov\n1 new gig (2 seen, 1 filtered or duplicate)\n")


async def test_a_digest_that_is_hours_late_is_left_out(world: World) -> None:
    await begin(world, RAG)
    await approve_all(world)
    world.clock.move(MORNING + timedelta(hours=28, minutes=30))  # the machine slept from Wednesday until noon
    await world.run_due()
    assert world.slack.cards("C-gigs") == []
    await world.travel(MORNING + 50 * HOUR)
    [digest] = world.slack.cards("C-gigs")
    assert "Fri 20 Nov" in words(digest)


async def test_each_space_has_its_own_digest_once(world: World) -> None:
    await begin(world, RAG)
    await add_discord(world)
    await approve_all(world)
    await world.travel(MORNING + 26 * HOUR)
    assert lines(world.slack.cards("C-gigs")[0]) == lines(world.discord.cards("DC-gigs")[0]) == [RAG[0]]
    async with world.app.db.write() as db:  # as if its due had been set back
        await db.execute(sa.update(people.community).values(digest_due=MORNING + 25 * HOUR))
    await publish(world, EVALS)
    await approve_all(world)
    await world.run_due()
    assert len(world.slack.cards("C-gigs")) == 1
    assert world.clock.now().date() == date(2026, 11, 19)


# --- seen before -----------------------------------------------------------------------------------------------------


async def test_a_repost_is_merged_and_its_card_says_so(make_world: Any) -> None:
    world: World = await begin(make_world(leads__approval="flagged"), RAG, destination="instant")
    [before] = world.slack.cards("C-gigs")
    assert "also on" not in words(before)
    world.fetcher.pages[OTHER] = rss(BAKER, at=MORNING, title="Other Board", site="https://other.example")
    await world.say(world.maria, f"/feeds add {OTHER} destination:instant")
    await publish(world, RAG, url=OTHER, title="Other Board", site="https://other.example")

    [after] = world.slack.cards("C-gigs")  # still one card, edited
    assert "AI Jobs Board · " in words(after)
    assert words(after).count("also on Other Board") == 1
    assert await states(world) == {RAG[0]: "approved"}
    assert "also on Other Board" not in await world.say(world.ana, "/gigs find")  # a line is short
    said = await world.say(world.maria, "/feeds list")
    assert "Other Board · Healthy · 2 seen → 1 lead → 0 posted" in said


async def test_a_feed_that_repeats_what_is_known_says_so_when_it_is_added(world: World) -> None:
    await begin(world, RAG)
    world.fetcher.pages[OTHER] = rss(RAG, EVALS, at=MORNING, title="Other Board", site="https://other.example")
    said = await world.say(world.maria, f"/feeds add {OTHER}")
    assert "Leads: 2" in said
    assert "Known already: 1" in said


# --- /gigs find ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def market(world: World) -> World:
    """A community with eight open leads."""
    await begin(
        world,
        gig(0, "RAG", "$120 per hour"),
        gig(1, "RAG", "$60 per hour"),
        gig(2, "RAG", "€90 per hour"),
        gig(3, "speech recognition", "$500 per day"),
        gig(4, "speech recognition", "rate to be agreed"),
        gig(5, "computer vision", "$3,000 fixed price"),
        JOB,
        PILOT,
        side="demand",
    )
    await approve_all(world)
    return world


async def find(world: World, query: str) -> list[str]:
    await world.say(world.ana, f"/gigs find {query}".strip())
    assert world.last is not None
    return [line.partition(":")[0] for line in lines(world.last)]


async def test_finding_by_words_skill_and_rate(market: World) -> None:
    assert await find(market, "hospitals") == ["Firm0"]
    assert await find(market, "HOSPITALS rag") == ["Firm0"]
    assert await find(market, "hospitals orchards") == []  # all words must occur
    assert await find(market, "100%_\\") == []
    assert await find(market, "skill:rag") == ["Firm0", "Firm1", "Firm2"]
    assert await find(market, "skill:speech-recognition") == ["Firm3", "Firm4"]
    assert await find(market, "rag min_rate:80") == ["Firm0", "Firm2"]
    assert await find(market, "min_rate:60 engineer") == ["Firm0", "Firm1", "Firm2", "Firm3"]  # 500 a day are 62.50
    assert await find(market, "rag >80/h") == ["Firm0", "Firm2"]
    assert await find(market, "> $100") == ["Firm0"]
    assert await find(market, "kind:jobs") == ["Bigbank"]
    said = await market.say(market.ana, "/gigs find rag skill:rag min_rate:80 language:en days:7")
    assert (
        "2 open gigs for “rag”, Retrieval-augmented generation, from 80/h, of the last 7 days, in the language en"
        in said
    )
    said = await market.say(market.ana, "/gigs find rag wibble:3")
    assert "There is no option “wibble” in /gigs find." in said
    assert "There is: query, skill, min_rate, kind, days, language, sector, newcomers, page." in said
    assert "Did you mean min_rate?" in await market.say(market.ana, "/gigs find rag minrate:80")
    assert "7 open gigs" in await market.say(market.ana, "/gigs find kind:gigs")
    assert "“search:x”" in await market.say(market.ana, '/gigs find "search:x"')  # quoted, it is words
    assert "Write a number that is not below 0" in await market.say(market.ana, "/gigs find days:-3")
    assert "I can't read “much” as “min rate”." in await market.say(market.ana, "/gigs find min_rate:much")
    said = await market.say(market.ana, "/gigs find skill:qqq")
    assert "I know no skill “qqq”. Try another word for it, or a part of its name, such as vector." in said


async def test_what_is_still_open_is_found_for_a_month(market: World) -> None:
    await market.travel(market.clock.now() + timedelta(days=10))
    assert await find(market, "hospitals") == ["Firm0"]
    await market.travel(market.clock.now() + timedelta(days=25))
    assert "No open lead matches" in await market.say(market.ana, "/gigs find hospitals")


async def test_pages_go_on_counting(market: World) -> None:
    said = await market.say(market.ana, "/gigs find")
    assert "7 open gigs, newest first." in said
    assert "Someone for an AI pilot" not in said
    said = await market.press(market.ana, "Next 2")
    assert [line.partition(":")[0] for line in lines(market.last)] == ["Firm5", "Someone for an AI pilot"]  # type: ignore[arg-type]
    assert "type not stated" in said
    assert market.last is not None
    assert getattr(market.last.blocks[1], "first", 0) == 6
    assert [c.label for c in controls(market.last) if isinstance(c, Button)] == [
        "Save search as alert",
        "Say what I can do",
    ]
    assert "Firm0" in await market.say(market.ana, "/gigs find page:99")
    said = await market.say(market.ana, "/gigs find kind:all min_rate:1")
    assert "Bigbank" in said


async def test_nothing_found_says_what_to_do_next(market: World) -> None:
    said = await market.say(market.ana, "/gigs find rag min_rate:500")
    assert said == (
        "No open lead matches for “rag”, from 500/h. New ones come as moderators approve them.\n"
        "Nearest: 3 without the rate.\n[Show 3 without the rate]\n[Show all open gigs]\n[Save search as alert]"
    )
    assert "3 open gigs" in await market.press(market.ana, "Show 3 without the rate")
    await market.say(market.ana, "/gigs find rga")
    assert market.last is not None
    assert words(market.last).startswith("Nothing for “rga”. Did you mean “rag”?\n")
    assert "3 open gigs for “rag”, newest first." in await market.press(market.ana, "Show 3 for “rag”")
    await market.say(market.ana, "/gigs find nosuchword")
    assert "7 open gigs" in await market.press(market.ana, "Show all open gigs")


def test_rates_are_compared_by_the_hour() -> None:
    assert hourly(Pay(80, 110, "USD", "hour")) == 110
    assert hourly(Pay(400, 800, "EUR", "day")) == 100
    assert hourly(Pay(3000, 3000, "USD", "fixed")) == 0
    assert hourly(None) == 0


async def test_what_is_over_is_struck_through_in_the_digest_that_stands_there(world: World) -> None:
    await begin(world, gig(0), gig(1), gig(2), JOB, side="demand")
    await add_discord(world)
    await approve_all(world)
    await world.travel(MORNING + 26 * HOUR)
    before = words(world.slack.cards("C-gigs")[0]).split("\n")
    async with world.app.db.write() as db:
        ids = {lead.title: lead.id for lead in await all_leads(db)}
        expiring = store.lead.c.id.in_((ids[gig(0)[0]], ids[JOB[0]]))
        await db.execute(sa.update(store.lead).where(expiring).values(expires=MORNING + 27 * HOUR))
    await world.travel(MORNING + 28 * HOUR)
    await world.choose(world.ana, gig(1)[0], world.slack.cards("C-gigs")[0])
    await world.press(world.ana, "Report")
    await world.submit(world.ana, reason="scam")
    await world.run_due()
    await world.press(world.maria, "Withdraw the lead", world.slack.cards("C-mods")[-1])
    await world.run_due()

    for platform, channel in ((world.slack, "C-gigs"), (world.discord, "DC-gigs")):
        [digest] = platform.cards(channel)
        said = words(digest).split("\n")
        assert f"- {gig(0)[0]} · closed" in said
        assert f"- {gig(1)[0]} · withdrawn" in said
        assert f"- {JOB[0]} · closed" in said
        assert [line for line in said if line.startswith(f"- {gig(2)[0]}")] == [
            line for line in before if line.startswith(f"- {gig(2)[0]}")
        ]
        assert len(said) == len(before)  # nothing else has changed
        assert {span.text for span in struck(digest)} == {gig(0)[0], gig(1)[0], JOB[0]}
        assert [option.label for option in select(digest).options] == [gig(2)[0]]


def struck(card: Card) -> list[Styled]:
    """What is struck through in the lists of a card."""
    spans = (span for block in card.blocks if isinstance(block, Items) for item in block.items for span in item)
    return [span for span in spans if isinstance(span, Styled) and span.style == "strike"]
