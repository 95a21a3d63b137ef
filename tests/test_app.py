"""How a command runs: who is it, may they, look, do, answer; and what goes wrong on the way."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from typing import TYPE_CHECKING, Annotated, Any

import pytest
import sqlalchemy as sa

from bot import outbox, people, views
from bot.audit import audit
from bot.cards import Button, Card, Controls, Fact, Facts, LinkButton, sentence
from bot.commands import Commands, Invalid, Look, OpenForm, Problem, Read, Reply, Update, Write
from bot.errors import FieldErrors, UserError
from bot.feature import Feature
from bot.forms import Form, Page, TextField
from bot.people import Caller, Role
from bot.presses import press_id
from tests.conftest import MORNING
from tests.fakes import button, controls, words

if TYPE_CHECKING:
    from bot.app import App
    from bot.commands import Answer
    from tests.conftest import World

notes = Commands()


@notes.command("weather break")
async def break_it(do: Write) -> Reply:
    """Write something and fail."""
    await people.change_community(do.db, do.community.id, name="half done")
    raise ZeroDivisionError


@notes.command("weather overflow")
async def overflow(do: Write) -> Reply:
    """Write something and answer with what cannot be drawn."""
    await people.change_community(do.db, do.community.id, name="done")
    return Reply(Card(""))


@notes.command("weather sneak")
async def sneak(ask: Read) -> Reply:
    """Try to write while reading."""
    await ask.db.execute(sa.update(people.community).values(name="sneaked"))
    return Reply(sentence("written"))


@notes.command("weather long")
async def long(ask: Read) -> Reply:
    """Say much."""
    facts = tuple(Fact(f"Fact {n}", (f"{n} " + "word " * 60,)) for n in range(60))
    return Reply(Card("Sixty facts.", (Facts(facts),)))


@notes.command("weather button")
async def show_button(ask: Read) -> Reply:
    """Show buttons of all sorts."""
    row = (
        Button("Known", "weather long"),
        Button("Unknown", "weather gone"),
        Button("Long", "weather say", ("x" * 300,)),
        LinkButton("Out", "https://example.com"),
    )
    return Reply(Card("Buttons.", (Controls(row), Controls((Button("Alone", "nobody knows"),)))))


@notes.command("weather say", typed=False)
async def say_it(ask: Read, what: str, more: str = "nothing") -> Update:
    """Say it back."""
    return Update(sentence(f"{len(what)} characters, {more}"))


@notes.command("weather mods", role=Role.MODERATOR, typed=False)
async def for_moderators(ask: Read) -> Update:
    """Show what moderators see."""
    return Update(sentence("for moderators"))


def field(name: str, value: str = "") -> TextField:
    return TextField(name, name.capitalize(), value=value)


@notes.command("trip plan")
async def plan(ask: Read) -> OpenForm:
    """Plan a trip."""
    first = Page("Where", tuple(field(name) for name in ("start", "goal", "via", "by", "at")))
    return OpenForm(Form("Plan a trip", "trip save", (first, Page("Who", (field("guest"), field("seats"))))))


@notes.command("trip save", typed=False)
async def save(do: Write, start: str, goal: str, seats: int, guest: str = "", via: str = "") -> Reply:
    """Keep a trip."""
    if goal == start:
        raise FieldErrors({"goal": "You are there already."})
    return Reply(sentence(f"{start} to {goal} via {via or 'nowhere'}, {seats} seats"))


@pytest.fixture
async def app(world: World) -> App:
    await world.set_up()
    world.app = dataclasses.replace(world.app, features=(*world.app.features, Feature("notes", notes)))
    await join_discord(world)
    return world.app


async def join_discord(world: World) -> None:
    """Give the community its Discord server as well."""
    async with world.app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        await people.add_space(
            db, world.app.ids, community_id=space.community_id, platform="discord", remote="G1", name="AI Guild"
        )


def card_of(answer: Answer) -> Card:
    assert isinstance(answer, Reply | Update), answer
    return answer.card


def code_of(answer: Answer) -> str:
    assert isinstance(answer, Problem), answer
    return answer.code


async def community_name(world: World) -> str:
    async with world.app.db.read() as db:
        return str((await db.execute(sa.select(people.community.c.name))).scalar_one())


# --- before anything is set up ---------------------------------------------------------------------------------------


async def test_before_set_up_every_way_in_says_so(world: World) -> None:
    answers = [
        await world.app.run_line(world.ana, "/gigs find rag"),
        await world.app.run_line(world.maria, "/feeds add"),  # would open a form
        await world.app.run_line(dataclasses.replace(world.maria, platform="discord"), "/feeds add"),
        await world.app.run_call(world.ana, "hub", {}),
        await world.app.run_press(world.ana, press_id("gigs find")),
        await world.app.run_press(world.ana, press_id("view page", ("token", "1"))),
        await world.app.run_form(world.maria, press_id("mod save-setup"), {"leads_channel": "C1"}),
    ]
    for answer in answers:
        assert code_of(answer) == "E-SETUP"
        shown = words(card_of(answer))
        assert "Guildhall isn't set up here yet." in shown
        asks_maria = "[Set up a new community]\n[Join a community]" in shown
        assert asks_maria or "A moderator can do it in a minute with /mod setup." in shown


async def test_help_needs_no_set_up(world: World) -> None:
    assert "/mod setup" in await world.say(world.maria, "/help")


async def test_a_member_cannot_set_up(world: World) -> None:
    said = await world.say(world.ana, "/mod setup")
    assert "Only moderators can use /mod setup here." in said
    assert "E-NOPERM" in said
    async with world.app.db.read() as db:
        assert (await db.execute(sa.select(people.community))).first() is None


async def test_two_first_set_ups_at_once_make_one_community(world: World) -> None:
    found = press_id("mod found")
    both = await asyncio.gather(world.app.run_press(world.maria, found), world.app.run_press(world.marek, found))
    [form] = [answer for answer in both if isinstance(answer, OpenForm)]
    [late] = [answer for answer in both if isinstance(answer, Problem)]
    assert form.form.submit == "mod save-setup"
    assert late.code == "E-DONE"
    assert "[Show the settings]" in words(late.card)
    async with world.app.db.read() as db:
        assert len((await db.execute(sa.select(people.community))).all()) == 1


# --- who and whether they may ----------------------------------------------------------------------------------------


async def test_two_first_presses_of_a_new_account_make_one_member(world: World, app: App) -> None:
    new = dataclasses.replace(world.ana, user="U77", name="Noor")
    answers = await asyncio.gather(*(app.run_line(new, "/hub") for _ in range(4)))
    assert all(isinstance(answer, Reply) and not isinstance(answer, Problem) for answer in answers)
    async with app.db.read() as db:
        named = sa.select(people.member.c.id).where(people.member.c.name == "Noor")
        assert len((await db.execute(named)).all()) == 1


async def test_one_person_on_two_platforms_is_two_accounts_of_one_member(world: World, app: App) -> None:
    await app.run_line(world.ana, "/hub")
    on_discord = Caller("discord", "G1", "D2", "ana_p", Role.MEMBER)
    async with app.db.write() as db:
        space = await people.find_space(db, "slack", "T1")
        assert space is not None
        known = await people.find_member(db, space.community_id, world.ana)
        assert known is not None
        await people.link_account(db, space.community_id, known["id"], "discord", "D2", MORNING)
    said = words(card_of(await app.run_line(on_discord, "/hub")))
    assert "Times are shown in Europe/Lisbon." in said  # what Slack knows of her holds on Discord
    async with app.db.read() as db:
        assert len((await db.execute(sa.select(people.member).where(people.member.c.name == "ana_p"))).all()) == 0


async def test_roles_are_asked_anew_at_every_press(world: World, app: App) -> None:
    identifier = press_id("weather mods")
    assert words(card_of(await app.run_press(world.maria, identifier))) == "for moderators"
    demoted = dataclasses.replace(world.maria, role=Role.MEMBER)
    answer = await app.run_press(demoted, identifier)
    assert code_of(answer) == "E-NOPERM"
    assert "Only moderators can use /weather mods here." in words(card_of(answer))
    organiser = dataclasses.replace(world.maria, role=Role.ORGANISER)
    assert code_of(await app.run_press(organiser, identifier)) == "E-NOPERM"


async def test_roles_are_asked_of_forms_and_native_commands_too(world: World, app: App) -> None:
    given = {"leads_channel": "C1", "digest_at": "09:00", "zone": "Rome"}
    assert code_of(await app.run_form(world.ana, press_id("mod save-setup"), given)) == "E-NOPERM"
    assert code_of(await app.run_call(world.ana, "feeds queue", {})) == "E-NOPERM"
    assert code_of(await app.run_line(world.ana, "/feeds add")) == "E-NOPERM"


# --- look, then do ---------------------------------------------------------------------------------------------------


async def test_a_look_holds_no_transaction_open(world: World, app: App) -> None:
    async def look_outside(look: Look, place: str) -> str:
        async with look.read() as db:
            name = await people.member_name(db, look.community.id, look.member_id)
        async with app.db.write() as db:  # as another command would meanwhile: SQLite has one writer
            await people.change_community(db, look.community.id, name="renamed meanwhile")
        return f"sun in {place} for {name}"

    weather = Commands()

    @weather.command("sun keep", look=look_outside)
    async def keep(do: Write, found: str, place: Annotated[str, "Where"]) -> Reply:
        """Look at the weather and keep it."""
        before = do.community.name
        now = (await people.read_community(do.db, do.community.id)).name
        await people.change_community(do.db, do.community.id, name=found)
        return Reply(sentence(f"{place}: {before}, {now}"))

    app = dataclasses.replace(app, features=(*app.features, Feature("weather", weather)))
    answer = await asyncio.wait_for(app.run_line(world.ana, "/sun keep Faro"), 5)
    assert words(card_of(answer)) == "Faro: AI Guild, renamed meanwhile"
    assert await community_name(world) == "sun in Faro for Ana"


async def test_a_reading_command_cannot_write(world: World, app: App, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        assert code_of(await app.run_line(world.ana, "/weather sneak")) == "E-UNKNOWN"
    assert await community_name(world) == "AI Guild"


async def test_a_bug_rolls_back_and_its_code_is_in_the_log(
    world: World, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await app.run_line(world.ana, "/weather break")
    assert code_of(answer) == "E-UNKNOWN"
    shown = words(card_of(answer))
    assert "That failed on my side. Nothing was changed, so you can try it again." in shown
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    code = record.getMessage().split()[1].rstrip(":")
    assert f"I've written it down as {code}" in shown
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
    assert "ZeroDivisionError" not in shown
    assert "Traceback" not in shown
    assert await community_name(world) == "AI Guild"


async def test_an_answer_that_cannot_be_drawn_does_not_claim_that_nothing_happened(
    world: World, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL):
        answer = await app.run_line(world.ana, "/weather overflow")
    assert code_of(answer) == "E-UNKNOWN"
    assert "That was done, but I can't show you the answer." in words(card_of(answer))
    assert await community_name(world) == "done"


# --- presses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identifier", ["v0:lead:show:1", "v2:lead:show:1", "lead:show:1", "", "v1", "v1:lead:fly:1"])
async def test_a_button_of_another_version_is_out_of_date(world: World, app: App, identifier: str) -> None:
    assert code_of(await app.run_press(world.ana, identifier)) == "E-STALE"


async def test_a_native_command_that_was_dropped_is_out_of_date(world: World, app: App) -> None:
    answer = await app.run_call(world.ana, "weather gone", {})
    assert code_of(answer) == "E-STALE"
    assert "[Show commands]" in words(card_of(answer))


async def test_a_button_of_an_unknown_command_is_not_drawn(world: World, app: App) -> None:
    card = card_of(await app.run_line(world.ana, "/weather button"))
    assert [control.label for control in controls(card)] == ["Known", "Long", "Out"]


async def test_a_long_button_is_kept_and_lives_through_a_restart(world: World, app: App) -> None:
    card = card_of(await app.run_line(world.ana, "/weather button"))
    long_button = button(card, "Long")
    identifier = press_id(long_button.command, long_button.arguments)
    assert len(identifier) <= 100
    restarted = dataclasses.replace(app)  # a fresh application on the same rows
    assert words(card_of(await restarted.run_press(world.ana, identifier))) == "300 characters, nothing"
    assert words(card_of(await restarted.run_press(world.ana, identifier, "chosen"))) == "300 characters, chosen"


async def test_what_is_wrong_with_a_press_is_said_in_words(world: World, app: App) -> None:
    answer = await app.run_press(world.maria, press_id("lead approve", ("not-a-number", "1")))
    assert code_of(answer) == "E-OPTION"
    assert "Write a whole number" in words(card_of(answer))
    assert code_of(await app.run_press(world.maria, press_id("lead approve"))) == "E-OPTION"


async def test_a_long_card_goes_on_behind_a_button_and_loses_nothing(world: World, app: App) -> None:
    for caller in (world.ana, world.jonas):
        card = card_of(await app.run_line(caller, "/weather long"))
        seen = words(card)
        pages = 1
        while more := [c for c in controls(card) if isinstance(c, Button) and c.label.startswith("See all")]:
            card = card_of(
                await dataclasses.replace(app).run_press(caller, press_id(more[0].command, more[0].arguments))
            )
            seen += words(card)
            pages += 1
        assert pages > 1
        assert [n for n in range(60) if f"Fact {n}: {n} " not in seen] == []


async def test_a_card_that_was_kept_expires(world: World, app: App) -> None:
    more = controls(card_of(await app.run_line(world.ana, "/weather long")))[-1]
    assert isinstance(more, Button)
    world.clock.move(MORNING + views.CARD_LIFE)
    answer = await app.run_press(world.ana, press_id(more.command, more.arguments))
    assert code_of(answer) == "E-STALE"
    async with app.db.write() as db:
        assert await views.tidy(db, world.clock.now()) > 0
        assert await views.tidy(db, world.clock.now()) == 0


# --- forms -----------------------------------------------------------------------------------------------------------

TRIP = {"start": "Lisbon", "goal": "Porto", "via": "", "by": "train", "at": "noon"}


async def open_form(app: App, caller: Caller, line: str) -> Form:
    answer = await app.run_line(caller, line)
    assert isinstance(answer, OpenForm)
    return answer.form


async def test_slack_shows_a_form_whole_and_its_mistakes_beside_the_fields(world: World, app: App) -> None:
    form = await open_form(app, world.ana, "/trip plan")
    assert len(form.pages) == 2
    identifier = press_id(form.submit, form.arguments)
    answer = await app.run_form(world.ana, identifier, {**TRIP, "seats": "several", "guest": ""})
    assert answer == Invalid({"seats": "I can't read “several” as “seats”. Write a whole number, such as 5."})
    answer = await app.run_form(world.ana, identifier, {**TRIP, "goal": "", "seats": ""})
    assert answer == Invalid({"goal": "Please fill in “goal”.", "seats": "Please fill in “seats”."})
    answer = await app.run_form(world.ana, identifier, {**TRIP, "goal": "Lisbon", "seats": "2"})
    assert answer == Invalid({"goal": "You are there already."})
    answer = await app.run_form(world.ana, identifier, {**TRIP, "seats": "2"})
    assert words(card_of(answer)) == "Lisbon to Porto via nowhere, 2 seats"


async def test_discord_shows_a_form_page_by_page_and_a_mistake_can_be_mended(world: World, app: App) -> None:
    first = await open_form(app, world.jonas, "/trip plan")
    assert (first.title, len(first.pages), first.submit_label) == ("Plan a trip (1 of 2)", 1, "Next")
    card = card_of(await app.run_form(world.jonas, press_id(first.submit, first.arguments), {**TRIP, "goal": "Lisbon"}))
    assert words(card) == "Page 1 of 2 is kept.\n[Continue]"

    app = dataclasses.replace(app)  # the bot restarts between the pages
    second = await press(app, world.jonas, card, "Continue")
    assert isinstance(second, OpenForm)
    assert [f.name for f in second.form.fields] == ["guest", "seats"]
    identifier = press_id(second.form.submit, second.form.arguments)
    card = card_of(await app.run_form(world.jonas, identifier, {"guest": "", "seats": "2"}))
    assert "Goal: You are there already." in words(card)

    again = await press(app, world.jonas, card, "Edit again")
    assert isinstance(again, OpenForm)
    assert {f.name: f.value for f in again.form.fields}["start"] == "Lisbon"  # nothing has to be typed twice
    identifier = press_id(again.form.submit, again.form.arguments)
    card = card_of(await app.run_form(world.jonas, identifier, TRIP))
    second = await press(app, world.jonas, card, "Continue")
    assert isinstance(second, OpenForm)
    assert {f.name: f.value for f in second.form.fields} == {"guest": "", "seats": "2"}
    identifier = press_id(second.form.submit, second.form.arguments)
    card = card_of(await app.run_form(world.jonas, identifier, {"guest": "", "seats": "2"}))
    assert words(card) == "Lisbon to Porto via nowhere, 2 seats"


async def press(app: App, caller: Caller, card: Card, label: str) -> Answer:
    found = button(card, label)
    return await app.run_press(caller, press_id(found.command, found.arguments))


async def test_a_form_that_waited_too_long_says_so(world: World, app: App) -> None:
    form = await open_form(app, world.jonas, "/trip plan")
    world.clock.move(MORNING + views.FORM_LIFE)
    assert code_of(await app.run_form(world.jonas, press_id(form.submit, form.arguments), TRIP)) == "E-STALE"


async def test_a_typed_command_that_lacks_something_asks_for_it(world: World, app: App) -> None:
    form = await open_form(app, world.maria, "/feeds add side:mixed")
    assert (form.title, form.submit) == ("/feeds add", "feeds add")
    assert {f.name: f.value for f in form.fields}["side"] == "mixed"


async def test_a_form_opens_while_somebody_writes_and_is_kept_afterwards(world: World, app: App) -> None:
    await app.run_line(world.jonas, "/hub")  # he is known here
    async with app.db.write() as db:  # SQLite has one writer, and it is busy
        await people.change_community(db, await only_community(app), name="renamed")
        async with asyncio.timeout(5):
            form = await open_form(app, world.jonas, "/trip plan")
    answer = await app.run_form(world.jonas, press_id(form.submit, form.arguments), TRIP)
    assert isinstance(answer, Reply)
    assert not isinstance(answer, Problem)


@pytest.mark.parametrize("line", ["/trip plan", "/feeds add"])
async def test_a_form_is_built_from_memory_and_one_read(
    world: World, app: App, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.run_line(world.maria, "/hub")
    reads = 0
    read = app.db.read

    def counted() -> Any:
        nonlocal reads
        reads += 1
        return read()

    monkeypatch.setattr(app.db, "read", counted)
    assert isinstance(await app.run_line(world.maria, line), OpenForm)
    assert reads == 1


async def only_community(app: App) -> int:
    async with app.db.read() as db:
        return int((await db.execute(sa.select(people.community.c.id))).scalar_one())


# --- another community -----------------------------------------------------------------------------------------------


async def test_another_community_sees_nothing_of_this_one(world: World, app: App) -> None:
    ours = card_of(await app.run_line(world.ana, "/weather long"))
    more = button(ours, next(c.label for c in controls(ours) if c.label.startswith("See all")))
    boss = Caller("slack", "T9", "U1", "Zed", Role.MODERATOR, "C9", "Rivals", "Europe/Rome")  # the same user id, too
    world.app = app
    await world.open_set_up(boss)
    await world.submit(boss, leads_channel="C9", moderators_channel="", digest_at="07:00", zone="Rome")

    answer = await app.run_press(boss, press_id(more.command, more.arguments))
    assert code_of(answer) == "E-STALE"
    answer = await app.run_press(boss, press_id("mod undo", (str(await newest_action(app, "Maria")),)))
    assert code_of(answer) == "E-STALE"
    async with app.db.read() as db:
        names = (await db.execute(sa.select(people.community.c.name).order_by(people.community.c.name))).scalars()
        assert list(names) == ["AI Guild", "Rivals"]
        theirs = await people.find_space(db, "slack", "T9")
        assert theirs is not None
        assert [row["name"] for row in await people.members_named(db, theirs.community_id, "")] == ["Zed"]
    assert (await read_zone(app, "T1"), await read_zone(app, "T9")) == ("Europe/Berlin", "Europe/Rome")


async def newest_action(app: App, actor: str) -> int:
    async with app.db.read() as db:
        statement = sa.select(sa.func.max(audit.c.id)).where(audit.c.actor_name == actor)
        return int((await db.execute(statement)).scalar_one())


async def read_zone(app: App, remote: str) -> str:
    async with app.db.read() as db:
        space = await people.find_space(db, "slack", remote)
        assert space is not None
        return (await people.read_community(db, space.community_id)).zone


# --- errors as cards -------------------------------------------------------------------------------------------------


async def test_an_error_says_what_why_and_what_to_do(world: World, app: App) -> None:
    failing = Commands()

    @failing.command("fail now")
    async def fail(ask: Read) -> Reply:
        """Fail."""
        raise UserError(
            "E-FULL",
            "All 12 places are taken.",
            why="Two came this morning.",
            advice="Join the waitlist.",
            buttons=(Button("Show commands", "hub"), Button("Join waitlist", "meetup wait")),
        )

    app = dataclasses.replace(app, features=(*app.features, Feature("failing", failing)))
    card = card_of(await app.run_line(world.ana, "/fail now"))
    assert words(card) == (
        "All 12 places are taken.\nTwo came this morning.\nJoin the waitlist.\n[Show commands]\nE-FULL"
    )
    assert card.summary == "All 12 places are taken. Two came this morning. Join the waitlist."


async def test_only_the_outbox_posts(world: World, app: App) -> None:
    await app.run_line(world.maria, "/weather long")
    async with app.db.read() as db:
        assert (await db.execute(sa.select(outbox.message))).first() is None
