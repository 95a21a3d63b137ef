"""Guildhall on Slack, told with the real slack-bolt against a small Slack of our own, by socket and by HTTP."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from adapters.slack import app as slack_app
from adapters.slack.app import SlackApp
from bot import people
from bot.cards import Button, Select, sentence
from bot.cards import Option as Choice
from bot.commands import Commands, Look, OpenForm, PublicReply, Read, Reply, Update
from bot.errors import FieldErrors
from bot.forms import ChecksField, ChoiceField, Form, Page, TextField
from bot.options import Member, Message, Skill  # noqa: TC001  (a command's signature is read while running)
from tests.conftest import MORNING
from tests.loopback_slack import PATIENCE, LoopbackSlack, Shown, Trouble
from tests.samples import EVALS, JOB, RAG, rss
from tests.slack_checks import schema_faults
from tests.slack_people import ByHttp, Person
from tests.slack_world import TOKENS, Guild, open_guild

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOARD = "https://board.example/jobs.rss?kind=ai&page=1"

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture(params=["socket", "http"])
async def guild(request: pytest.FixtureRequest, make_world: Any) -> AsyncIterator[Guild]:
    async with open_guild(make_world, request.param) as guild:
        yield guild


@pytest.fixture
async def by_socket(make_world: Any) -> AsyncIterator[Guild]:
    async with open_guild(make_world) as guild:
        yield guild


# --- commands and forms ----------------------------------------------------------------------------------------------


async def test_setting_up_by_command_form_mistakes_and_button(guild: Guild) -> None:
    maria = guild.maria
    await maria.type("/mod setup")
    await maria.press(await maria.sees(), "Set up a new community")
    form = await maria.sees_dialogue()
    assert form.body["title"]["text"] == "Set up Guildhall"

    wrong = await maria.submit(form, leads_channel="C-gigs", zone="Atlantis", digest_at="25:00")
    assert wrong["response_action"] == "errors"
    assert sorted(wrong["errors"]) == ["digest_at", "zone"]
    assert "Atlantis" in wrong["errors"]["zone"]

    assert await maria.submit(form, leads_channel="C-gigs", zone="Berlin", digest_at="07:15") == {}
    done = await maria.sees()
    assert done.kind == "ephemeral"
    assert "Guildhall is set up" in done.words()
    assert "Europe/Berlin" in done.words()

    await maria.press(done, "Add a feed")
    add = await maria.sees_dialogue()
    assert add.body["title"]["text"] == "/feeds add"


async def test_a_bare_noun_is_a_menu_and_a_typo_a_question_with_a_button(guild: Guild) -> None:
    await guild.set_up()
    await guild.ana.type("/gigs")
    menu = await guild.ana.sees()
    assert "/gigs find [query]" in menu.words()

    await guild.ana.type("/gigs fnd")
    question = await guild.ana.sees()
    assert "Did you mean /gigs find?" in question.words()
    await guild.ana.press(question, "/gigs find")
    assert "No open lead matches" in (await guild.ana.sees()).words()

    await guild.ana.type("/hub help")
    assert "What you can do" in (await guild.ana.sees()).body["text"]


async def test_what_a_command_lacks_is_asked_for_in_a_form(guild: Guild) -> None:
    await guild.set_up()
    guild.world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
    await guild.maria.type("/feeds add")
    form = await guild.maria.sees_dialogue()
    assert await guild.maria.submit(form, url=BOARD, side="demand") == {}
    assert "Added: AI Jobs Board" in (await guild.maria.sees()).words()


async def test_a_lead_is_approved_on_a_card_that_changes_and_undoes(guild: Guild) -> None:
    await guild.set_up()
    guild.world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
    typed = BOARD.replace("&", "&amp;")  # as Slack passes on an address that was typed
    await guild.maria.type(f"/feeds add <{typed}>")
    added = await guild.maria.sees()
    assert "Added: AI Jobs Board" in added.words()
    await guild.maria.press(added, "Look first")
    card = await guild.maria.sees()
    assert "Lead to approve" in card.words()

    await guild.maria.press(card, "Open post")  # only opens an address: acknowledged, nothing else happens
    await guild.maria.press(card, "Approve")
    approved = await guild.maria.sees()
    assert approved is card, "the card itself changes"
    assert "Approved by Maria" in approved.words()
    await guild.maria.press(approved, "Undo")
    assert "waits again" in (await guild.maria.sees()).words()


async def test_a_lead_is_chosen_from_a_select(guild: Guild) -> None:
    await guild.set_up()
    guild.world.fetcher.pages[BOARD] = rss(RAG, EVALS, at=MORNING)
    await guild.maria.type(f"/feeds add {BOARD}")
    await guild.maria.press(await guild.maria.sees(), "Post now")
    await guild.maria.sees()
    await guild.ana.type("/gigs find")
    found = await guild.ana.sees()
    await guild.ana.press(found, "Open a lead", option="RAG chatbot")
    assert "clinic network" in (await guild.ana.sees()).words()


# --- who may ---------------------------------------------------------------------------------------------------------


async def test_only_moderators_may_and_buttons_ask_again(guild: Guild) -> None:
    await guild.set_up()
    await guild.ana.type("/mod setup")
    assert "Only moderators can use /mod setup" in (await guild.ana.sees()).words()

    guild.world.fetcher.pages[BOARD] = rss(RAG, at=MORNING)
    await guild.maria.type(f"/feeds add {BOARD}")
    await guild.maria.press(await guild.maria.sees(), "Look first")
    card = await guild.maria.sees()
    await guild.ana.press(card, "Approve")
    assert "Only moderators" in (await guild.ana.sees()).words()


async def test_moderators_are_admins_and_those_the_settings_list_as_of_this_minute(make_world: Any) -> None:
    async with open_guild(make_world, slack__moderators='["U04", "S1ABC"]', slack__organisers='["U05"]') as guild:
        slack = guild.slack
        slack.groups["S1ABC"] = ["U06"]
        for user, name in (("U03", "Jonas"), ("U04", "Marek"), ("U05", "Olga"), ("U06", "Group")):
            slack.add_user(user, name)
        slack.add_user("U07", "Boss of another workspace", team_id="T9", is_owner=True)
        people = {user: Person(slack, guild.deliver, user, "C-gigs") for user in ("U03", "U04", "U05", "U06", "U07")}

        async def may(user: str) -> bool:
            await people[user].type("/feeds list")
            return "Only moderators" not in (await people[user].sees()).words()

        await guild.set_up()
        assert [await may(user) for user in ("U03", "U04", "U05", "U06", "U07")] == [False, True, False, True, False]

        slack.groups["S1ABC"] = []
        slack.users["U03"]["is_admin"] = True
        assert [await may("U03"), await may("U06")] == [False, True], "known for a minute"
        guild.world.machine.at += timedelta(seconds=61)
        assert [await may("U03"), await may("U06")] == [True, False]


async def test_somebody_slack_does_not_tell_us_about_is_a_member(by_socket: Guild) -> None:
    await by_socket.set_up()
    by_socket.world.machine.at += timedelta(seconds=61)
    by_socket.slack.trouble["users.info"].append(Trouble(error="internal_error"))
    await by_socket.maria.type("/feeds list")
    assert "Only moderators" in (await by_socket.maria.sees()).words()


async def test_bots_are_not_answered(by_socket: Guild) -> None:
    by_socket.slack.add_user("U8", "Another bot", is_bot=True)
    bot = Person(by_socket.slack, by_socket.deliver, "U8", "C-gigs")
    await bot.type("/hub")
    await bot.open_home()
    await by_socket.ana.type("/hub")
    await by_socket.ana.sees()
    assert by_socket.slack.shown["U8"].empty()


# --- the App Home ----------------------------------------------------------------------------------------------------


async def test_the_home_is_the_personal_page_and_its_buttons_answer_in_dialogues(guild: Guild) -> None:
    await guild.ana.open_home()
    before = await guild.ana.sees()
    assert before.kind == "home"
    assert "isn't set up here yet" in before.words()

    await guild.maria.open_home("Ev2")
    home = await guild.maria.sees()
    await guild.maria.press(home, "Set up")
    form = await guild.maria.sees_dialogue()
    answer = await guild.maria.submit(form, leads_channel="C-gigs", zone="Berlin")
    assert answer["response_action"] == "update"
    assert "Guildhall is set up" in json.dumps(answer["view"])

    guild.world.fetcher.pages[BOARD] = rss(JOB, at=MORNING)
    await guild.maria.type(f"/feeds add {BOARD}")
    await guild.maria.press(await guild.maria.sees(), "Post now")
    await guild.maria.sees()

    await guild.ana.open_home("Ev3")
    home = await guild.ana.sees()
    assert "Europe/Lisbon" in home.words()
    await guild.ana.press(home, "Find gigs")
    dialogue = await guild.ana.sees_dialogue()
    assert "No open lead matches" in dialogue.words()
    assert "submit" not in dialogue.body
    await guild.ana.press(dialogue, "Show 1 with jobs")
    changed = await guild.ana.sees_dialogue()
    assert changed.view_id == dialogue.view_id


async def test_a_form_over_a_dialogue_is_pushed_and_answered_in_it(by_socket: Guild) -> None:
    await by_socket.set_up()
    await by_socket.maria.open_home()
    await by_socket.maria.press(await by_socket.maria.sees(), "Feeds")
    dialogue = await by_socket.maria.sees_dialogue()
    await by_socket.maria.press(dialogue, "Add a feed")
    form = await by_socket.maria.sees_dialogue()
    assert form.view_id != dialogue.view_id
    assert by_socket.slack.called("views.push")
    answer = await by_socket.maria.submit(form, url="https://nothing.example/")
    assert answer["response_action"] == "update"
    assert "nothing at https://nothing.example/" in json.dumps(answer["view"])


@pytest.mark.parametrize("mode", ["socket", "http"])
async def test_what_slack_repeats_is_answered_once(make_world: Any, mode: str) -> None:
    async with open_guild(make_world, mode) as guild:
        await guild.set_up()
        await guild.ana.open_home("Ev7")
        await guild.ana.open_home("Ev7", retry_attempt=1, retry_reason="timeout")
        await guild.ana.open_home("Ev8")
        guild.slack.trigger = lambda: "trigger.same"  # type: ignore[method-assign]
        await guild.ana.type("/hub")
        await guild.ana.type("/hub")
    assert len(guild.slack.called("views.publish")) == 2, "all is done once everything has ended"
    # one for each step of the set-up, and one for both of Ana's
    assert [body["response_type"] for body in guild.slack.called("response_url")] == ["ephemeral"] * 3


# --- answers of every kind -------------------------------------------------------------------------------------------

extra = Commands()


@extra.command("tell everybody", typed=False)
async def tell(ask: Read) -> PublicReply:
    """Say something to the channel."""
    return PublicReply(sentence("Hello to everybody here.", Button("Change it", "tell changed")))


@extra.command("tell changed", typed=False)
async def changed(ask: Read, value: str = "nothing") -> Update:
    """Change what was said."""
    choices = (Choice("One", "1"), Choice("Two", "2"))
    return Update(
        sentence(f"It was changed to {value} on {ask.caller.message}.", Select("Choose…", "tell changed", choices))
    )


@extra.command("share lead")
async def share(ask: Read, message: Annotated[Message, "The message"]) -> OpenForm:
    """Share as gig lead."""
    return OpenForm(
        Form(
            "Share a lead",
            "share save",
            (
                Page(
                    "About it",
                    (
                        TextField("text", "Text", value=message, long=True),
                        ChoiceField("kind", "Kind", (Choice("Gig", "gig"), Choice("Job", "job")), value="gig"),
                        ChecksField("days", "Days", (Choice("Mon", "mon"), Choice("Tue", "tue"), Choice("Wed", "wed"))),
                    ),
                ),
            ),
        )
    )


@extra.command("share save", typed=False)
async def save(ask: Read, text: str, kind: str, days: str = "") -> Reply:
    """Keep it."""
    if text == "nothing":
        raise FieldErrors({"text": "Say more.", "somewhere": "And elsewhere, too."})
    return Reply(sentence(f"Kept {text} as {kind} on {days or 'no day'}."))


async def until_the_gate_opens(look: Look, **_given: str) -> None:
    await gates.pop().wait()


@extra.command("wait long")
async def wait_form(ask: Read) -> OpenForm:
    """Ask for some things that take long to do."""
    fields = (
        TextField("word", "Word"),
        ChoiceField("size", "Size", (Choice("Small", "small"), Choice("Large", "large")), value="small"),
        ChecksField("days", "Days", (Choice("Mon", "mon"), Choice("Tue", "tue"))),
    )
    return OpenForm(Form("Wait", "wait take", (Page("Wait", fields),)))


@extra.command("wait take", typed=False, look=until_the_gate_opens)
async def wait_take(ask: Read, found: None, word: str, size: str, days: str = "") -> Reply:
    """Wait until the test says so."""
    if word == "nothing":
        raise FieldErrors({"word": "Say more."})
    return Reply(sentence(f"At last: {word}, {size}, {days or 'no day'}."))


@extra.command("pick one")
async def pick(ask: Read, skill: Annotated[Skill, "A skill"], who: Annotated[Member, "Somebody"]) -> Reply:
    """Pick a skill and somebody."""
    return Reply(sentence(f"{await people.member_name(ask.db, ask.community.id, who)} picked {skill}."))


@extra.command("wait here", look=until_the_gate_opens)
async def wait_here(ask: Read, found: None, word: str) -> Reply:
    """Wait until the test says so."""
    return Reply(sentence(f"At last: {word}."))


gates: list[asyncio.Event] = []


@pytest.fixture
def with_more(by_socket: Guild) -> Guild:
    app = by_socket.world.app
    app.commands = Commands(app.commands, extra)
    return by_socket


async def test_what_everybody_sees_is_changed_in_place(with_more: Guild) -> None:
    await with_more.set_up()
    ana = with_more.ana
    await ana.press(_with_button("Tell", "v1:tell:everybody"), "Tell")
    public = await with_more.slack.next_shown("C-gigs")
    assert public.body["text"] == "Hello to everybody here."
    await ana.press(public, "Change it")
    after = await with_more.slack.next_shown("C-gigs")
    assert after.ts == public.ts
    await ana.press(after, "Choose…", option="Two")
    assert f"changed to 2 on C-gigs/{public.ts}." in (await with_more.slack.next_shown("C-gigs")).words()
    assert len(with_more.slack.called("chat.update")) == 2


def _with_button(label: str, action_id: str) -> Shown:
    button = {"type": "button", "text": {"type": "plain_text", "text": label}, "action_id": action_id}
    return Shown("ephemeral", {"blocks": [{"type": "actions", "elements": [button]}]}, "C-gigs", "1.1")


async def test_a_shortcut_takes_a_message_along_and_a_form_gives_all_kinds_of_values(with_more: Guild) -> None:
    await with_more.set_up()
    ana = with_more.ana
    await ana.point_at("RAG freelancer wanted, $90/h", "v1:share:lead")
    form = await ana.sees_dialogue()
    wrong = await ana.submit(form, text="nothing")
    assert wrong["errors"] == {"text": "Say more. And elsewhere, too."}
    assert await ana.submit(form, kind="job", days="mon,wed") == {}
    assert (await ana.sees()).body["text"] == "Kept RAG freelancer wanted, $90/h as job on mon,wed."
    await ana.point_at("whatever", "v1:gone:away")  # a shortcut of an older manifest: acknowledged, nothing happens


@pytest.fixture
async def waiting(with_more: Guild, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Guild, Shown]]:
    """A form whose answer has to wait for the gate, and what Ana sees meanwhile."""
    await with_more.set_up()
    monkeypatch.setattr(slack_app, "SOON", 0.05)
    gates.append(asyncio.Event())
    await with_more.ana.type("/wait long")
    yield with_more, await with_more.ana.sees_dialogue()
    gates.clear()


async def test_a_form_that_takes_long_says_so_and_shows_its_answer_when_it_comes(waiting: tuple[Guild, Shown]) -> None:
    (guild, form), [gate] = waiting, gates
    meanwhile = await guild.ana.submit(form, word="done")
    assert meanwhile["response_action"] == "update"
    assert "The answer comes here." in json.dumps(meanwhile["view"])
    gate.set()
    shown = await guild.ana.sees_dialogue()
    assert shown.view_id == form.view_id
    assert "At last: done, small, no day." in shown.words()


async def test_a_late_mistake_loses_nothing_that_was_filled_in(waiting: tuple[Guild, Shown]) -> None:
    (guild, form), [gate] = waiting, gates
    await guild.ana.submit(form, word="nothing", size="large", days="tue")
    gate.set()
    again = await guild.ana.sees_dialogue()
    assert "Say more." in again.words()
    for word, answer in (("nothing", "Say more."), ("enough", "At last: enough, large, tue.")):
        gates.append(gate := asyncio.Event())
        await guild.ana.submit(again, word=word)
        gate.set()
        again = await guild.ana.sees_dialogue()
        assert again.words().count(answer) == 1  # the same mistake again is said once


async def test_a_late_answer_to_a_closed_dialogue_finds_another_way(waiting: tuple[Guild, Shown]) -> None:
    (guild, form), [gate] = waiting, gates
    await guild.ana.submit(form, word="done")
    guild.slack.trouble["views.update"].append(Trouble(error="not_found"))
    gate.set()
    assert "At last: done" in (await guild.ana.sees()).words()


async def test_what_is_picked_is_suggested_while_somebody_types(with_more: Guild) -> None:
    await with_more.set_up()
    ana = with_more.ana
    await ana.type("/pick one")
    form = await ana.sees_dialogue()
    assert [option["text"]["text"] for option in await ana.types_in(form, "skill", "retrieval-aug")] == [
        "Retrieval-augmented generation"
    ]
    [maria] = await ana.types_in(form, "who", "mar")
    [skill] = await ana.types_in(form, "skill", "pgvec")
    assert await ana.types_in(form, "nothing", "x") == []
    assert await ana.submit(form, skill=skill, who=maria) == {}
    assert (await ana.sees()).body["text"] == "Maria picked vector-databases."


async def test_an_answer_that_takes_long_is_acknowledged_at_once(with_more: Guild) -> None:
    await with_more.set_up()
    gate = asyncio.Event()
    gates.append(gate)
    await with_more.ana.type("/wait here finally")  # returns once it is acknowledged
    assert with_more.slack.shown["U2"].empty()
    gate.set()
    assert (await with_more.ana.sees()).body["text"] == "At last: finally."


# --- when Slack does not play along ----------------------------------------------------------------------------------


async def test_a_form_that_came_too_late_is_explained(by_socket: Guild) -> None:
    await by_socket.set_up()
    by_socket.slack.trouble["views.open"].append(Trouble(error="expired_trigger_id"))
    await by_socket.maria.type("/feeds add")
    assert "Please do it once more" in (await by_socket.maria.sees()).words()


async def test_a_private_answer_finds_another_way_when_its_address_is_used_up(by_socket: Guild) -> None:
    slack, ana = by_socket.slack, by_socket.ana
    await by_socket.set_up()
    for hook in (lambda *_: "http://127.0.0.1:9/gone", lambda *_: str(slack.server.make_url("/hook/none"))):
        slack.hook = hook  # type: ignore[method-assign]
        await ana.type("/hub")
        assert (await ana.sees()).kind == "ephemeral"
        assert slack.calls[-1][0] == "chat.postEphemeral"
    elsewhere = Person(slack, by_socket.deliver, "U2", "C-not-invited")
    await elsewhere.type("/hub")
    assert "Find gigs" in (await slack.next_shown("DU2")).words()


async def test_a_rate_limit_is_waited_for(by_socket: Guild) -> None:
    await by_socket.set_up()
    by_socket.slack.trouble["views.publish"].append(Trouble(status=429, headers={"Retry-After": "0"}))
    await by_socket.ana.open_home()
    assert (await by_socket.ana.sees()).kind == "home"
    assert len(by_socket.slack.called("views.publish")) == 2


async def test_after_a_lost_connection_it_comes_back(by_socket: Guild) -> None:
    await by_socket.set_up()
    await by_socket.slack.hang_up()
    await by_socket.ana.type("/hub")
    await by_socket.ana.sees()
    await by_socket.slack.ask_to_reconnect()
    await by_socket.ana.type("/hub")
    await by_socket.ana.sees()
    assert len(by_socket.slack.called("apps.connections.open")) == 3


async def test_slack_may_be_away_when_we_start_and_when_we_end(make_world: Any) -> None:
    world = make_world(**TOKENS, slack__api_url="http://127.0.0.1:9/api")
    app = SlackApp(world.app)
    await app.start()
    await asyncio.sleep(0)
    await app.close()


async def test_it_connects_as_soon_as_slack_lets_it_and_tells_the_same_trouble_once(
    make_world: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(slack_app, "PING", 0.01)
    async with LoopbackSlack() as slack:
        slack.trouble["apps.connections.open"] += [Trouble(error="fatal_error")] * 3
        app = SlackApp(make_world(**TOKENS, slack__api_url=slack.url).app)
        await app.start()
        await asyncio.wait_for(slack.connected.wait(), PATIENCE)
        await app.close()
    lines = [record for record in caplog.records if record.name == "guildhall.slack.socket"]
    told = [record.getMessage() for record in lines if "fatal_error" in record.getMessage()]
    assert told
    assert len(told) == len(set(told))
    assert not any(record.exc_info for record in lines)


async def test_what_fails_is_noted_and_the_next_is_answered(make_world: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with open_guild(make_world) as guild:
        await guild.set_up()
        guild.slack.trouble["views.publish"].append(Trouble(error="not_enabled"))
        await guild.ana.open_home("Ev1")
        await guild.ana.open_home("Ev2")
        assert (await guild.ana.sees()).kind == "home"
    assert "an answer did not reach Slack" in caplog.text


async def test_a_short_failure_over_there_is_tried_again(by_socket: Guild) -> None:
    await by_socket.set_up()
    by_socket.slack.trouble["views.publish"].append(Trouble(status=503))
    await by_socket.ana.open_home()
    assert (await by_socket.ana.sees()).kind == "home"


# --- HTTP mode -------------------------------------------------------------------------------------------------------


async def test_only_slack_is_believed(make_world: Any) -> None:
    async with open_guild(make_world, "http") as guild:
        http = guild.deliver
        assert isinstance(http, ByHttp)
        event = {"type": "url_verification", "challenge": "c4ll"}
        assert await http.post("events_api", event) == (200, '{"challenge": "c4ll"}')
        assert (await http.post("events_api", event, secret="guessed"))[0] == 401
        assert (await http.post("events_api", event, age=600))[0] == 401
        command = {"command": "/hub", "text": "", "user_id": "U1", "channel_id": "C-gigs", "trigger_id": "t"}
        assert (await http.post("slash_commands", command, secret="guessed"))[0] == 401
        assert guild.slack.called("users.info") == []


# --- judged by the schema --------------------------------------------------------------------------------------------


async def test_everything_shown_is_what_slacks_types_describe(with_more: Guild, shared: Path) -> None:
    guild = with_more
    await test_a_lead_is_chosen_from_a_select(guild)
    await guild.maria.open_home("Ev99")
    await guild.maria.sees()
    await guild.ana.point_at("RAG freelancer wanted", "v1:share:lead")
    await guild.ana.sees_dialogue()
    names = {"views.open": "ModalView", "views.publish": "HomeView"}
    seen = set()
    for method, body in guild.slack.calls:
        if "view" in body:
            view = json.loads(body["view"]) if isinstance(body["view"], str) else body["view"]
            assert schema_faults(shared, names[method], view) == []
            seen.add(method)
        elif "blocks" in body:
            assert schema_faults(shared, "Blocks", body["blocks"]) == []
            seen.add(method)
    assert seen >= {"views.open", "views.publish", "response_url"}
