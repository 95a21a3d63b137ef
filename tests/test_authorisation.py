"""Who may do what: every command, by every way in, as everybody, against the table that was written by hand."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import cards, views
from bot.cards import Button, Card, Controls
from bot.cli.wiring import FEATURES
from bot.commands import Commands, Problem
from bot.db import metadata
from bot.options import Attachment, Kind
from bot.people import Caller, Role
from bot.presses import press_id
from tests.authorisation import BY_SETTING, MAY
from tests.conftest import settings
from tests.console_world import open_world as open_console
from tests.discord_stage import open_stage
from tests.fakes import words
from tests.guild import Guild
from tests.samples import rss
from tests.slack_world import open_guild
from tests.test_console import Browser

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bot.commands import Answer, Command
    from bot.options import Option
    from tests.authorisation import Who
    from tests.conftest import World

COMMANDS = Commands(*(feature.commands for feature in FEATURES))
REFUSALS = {"E-NOPERM", "E-PAUSED", "E-SETUP"}
NEEDED: dict[Who, Role] = {
    "always": Role.MEMBER,
    "members": Role.MEMBER,
    "organisers": Role.ORGANISER,
    "moderators": Role.MODERATOR,
    "founders": Role.MODERATOR,
}


@pytest.fixture
async def guild(world: World) -> Guild:
    made = Guild(world)
    await made.gather()
    return made


def test_every_command_is_in_the_table_and_no_other() -> None:
    assert {command.name for command in COMMANDS} == set(MAY)


# --- every role, standing and place ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Somebody:
    """Who acts, as the platform vouches for them, and what moderators decided about them."""

    caller: Caller
    suspended: bool = False
    outside: bool = False

    def refusal(self, command: str) -> str:
        """The code with which they must be refused, "" if they must not be."""
        who = MAY[command]
        if self.caller.role < NEEDED[who]:
            return "E-NOPERM"
        if self.outside:
            return "" if who == "founders" else "E-SETUP"
        return "E-PAUSED" if self.suspended and who != "always" and self.caller.role < Role.MODERATOR else ""


async def everybody(guild: Guild) -> dict[str, Somebody]:
    """Somebody of each kind. All but those outside have used the bot before."""

    def account(user: str, role: Role = Role.MEMBER, space: str = "T1") -> Caller:
        return Caller("slack", space, user, user, role, "C-gigs", "AI Guild", "Europe/Berlin")

    found = {
        "member": Somebody(account("U-member")),
        "organiser": Somebody(account("U-organiser", Role.ORGANISER)),
        "paused": Somebody(account("U-paused"), suspended=True),
        "paused organiser": Somebody(account("U-paused-organiser", Role.ORGANISER), suspended=True),
        "paused moderator": Somebody(account("U-paused-moderator", Role.MODERATOR), suspended=True),
        "banned": Somebody(account("U-banned"), suspended=True),
        "forgotten": Somebody(account("U-forgotten")),
        "banned and forgotten": Somebody(account("U-gone"), suspended=True),
        "stranger": Somebody(account("U-stranger", space="T9"), outside=True),
        "stranger who moderates elsewhere": Somebody(account("U-boss", Role.MODERATOR, "T9"), outside=True),
        "moderator": Somebody(account("U-moderator", Role.MODERATOR)),  # last: they change things
    }
    for one in found.values():
        if not one.outside:
            await guild.know(one.caller)
    for name in ("U-paused", "U-paused-organiser", "U-paused-moderator"):
        await guild.suspend(name)
    for name in ("U-banned", "U-gone"):
        await guild.ban(name)
    for name in ("U-forgotten", "U-gone"):
        await guild.forget(name)
        await guild.world.say(account(name), "/hub")
    return found


def some_value(option: Option) -> Any:
    """A value of the kind that an option takes, about nothing in particular."""
    made: dict[Kind, Any] = {
        Kind.NUMBER: "1",
        Kind.YES_NO: "yes",
        Kind.MEMBER: "Ana",
        Kind.SKILL: "rag",
        Kind.WHEN: "2026-12-24T18:00:00+00:00",
        Kind.FILE: Attachment("feeds.opml", b"<opml/>"),
    }
    return option.choices[0] if option.choices else made.get(option.kind, "x")


def some_values(command: Command) -> dict[str, Any]:
    return {option.name: some_value(option) for option in command.options}


async def ways_in(guild: Guild, who: Caller, command: Command, *, all_ways: bool) -> AsyncIterator[Answer]:
    """The answers to a call by name; with `all_ways` to a press, a choice, a form and a typed line as well."""
    app, values = guild.world.app, some_values(command)
    yield await app.run_call(who, command.name, values)
    if not all_ways:
        return
    values = as_words(values)
    arguments = tuple(values.values())
    yield await app.run_press(who, press_id(command.name, arguments))
    yield await app.run_press(who, press_id(command.name, arguments[:-1]), arguments[-1] if arguments else "x")
    yield await app.run_form(who, press_id(command.name), values)
    if command.typed:
        yield await app.run_line(who, f"/{command.name}")


def as_words(values: Mapping[str, Any]) -> dict[str, str]:
    """What a form or a button can hold of values."""
    return {name: value for name, value in values.items() if isinstance(value, str)}


async def rows(guild: Guild, *, of: int | None = None) -> dict[str, list[str]]:
    """Everything stored, by table; of one community only, where `of` names it."""
    held = {}
    async with guild.world.app.db.read() as db:
        for table in metadata.sorted_tables:
            statement = sa.select(table)
            if of is not None:
                column = table.c.get("community_id", table.c.get("id") if table.name == "community" else None)
                if column is None:
                    continue
                statement = statement.where(column == of)
            found = (await db.execute(statement)).mappings()
            held[table.name] = sorted(json.dumps(dict(row), default=str, sort_keys=True) for row in found)
    return held


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_who_may_may_and_who_may_not_changes_nothing_by_any_way_in(guild: Guild) -> None:
    wrong = []
    for kind, somebody in (await everybody(guild)).items():
        before = await rows(guild)
        for command in COMMANDS:
            expected = somebody.refusal(command.name)
            if not expected:
                continue
            all_ways = kind in ("member", "paused", "stranger who moderates elsewhere")
            async for answer in ways_in(guild, somebody.caller, command, all_ways=all_ways):
                code = answer.code if isinstance(answer, Problem) else "allowed"
                if code != expected:
                    wrong.append(f"{command.name} as {kind}: {code} instead of {expected}")
        await guild.world.app.settle()
        assert await rows(guild) == before, f"something changed that {kind} may not change"
        for command in COMMANDS:
            if not somebody.refusal(command.name) and not somebody.outside:
                answer = await guild.world.app.run_call(somebody.caller, command.name, some_values(command))
                if isinstance(answer, Problem) and answer.code == "E-NOPERM" and command.name in BY_SETTING:
                    continue
                if isinstance(answer, Problem) and answer.code in {*REFUSALS, "E-UNKNOWN"}:
                    wrong.append(f"{command.name} as {kind}: {answer.code} instead of an answer")
    assert wrong == []


async def test_what_a_form_says_of_the_sender_is_not_believed(guild: Guild) -> None:
    """Fields beside those that a command asks for change nothing: not the role, not the member, not the community."""
    world = guild.world
    claims = {"role": "2", "caller": "U1", "member_id": str(guild.ids["Maria"]), "community_id": "1", "sure": "yes"}
    for command in COMMANDS:
        if MAY[command.name] == "moderators":
            answer = await world.app.run_form(
                world.ana, press_id(command.name), {**as_words(some_values(command)), **claims}
            )
            assert isinstance(answer, Problem)
            assert answer.code == "E-NOPERM"
    await guild.press(world.ana, "profile keep-zone", "Asia/Tokyo")
    await world.app.run_form(world.jonas, press_id("profile keep-zone"), {"zone": "Asia/Kolkata", **claims})
    assert "Asia/Tokyo" in await world.say(world.ana, "/hub")
    assert "Asia/Kolkata" in await world.say(world.jonas, "/hub")


# --- another community ----------------------------------------------------------------------------------------------

FEED = "https://other.example/feed"
NAMES = {  # what each option that takes an id takes the id of, by its name
    "lead": "lead.id",
    "leads": "lead.id",
    "part1": "lead.id",
    "feed": "feed.id",
    "member": "member.id",
    "by": "member.id",
    "action": "audit.id",
    "message": "message.id",
    "report": "member_report.id",
    "request": "introduction_request.id",
    "note": "note.id",
    "docket_id": "docket.id",
    "flood": "flood.id",
    "token": "view.token",
    "number": "audit.id",
    "gathering": "gathering.id",
    "meetup": "gathering.id",
    "host": "member.id",
    "link": "link.id",
    "ask": "swap_ask.id",
    "lesson": "swap_lesson.id",
    "ring": "swap_ring.id",
    "session": "mentor_session.id",
    "mentor": "member.id",
    "alert": "alert.id",
}
NO_IDS = {
    "version",
    "include",
    "page",
    "at",
    "days",
    "max_age",
    "min_rate",
    "weeks",
    "minutes",
    "hours",
}  # numbers that are amounts
RARE = {"docket.id", "flood.id", "link.id", "note.id", "introduction_request.id"}  # it has none of these, nor of
RARE |= {"swap_ask.id", "swap_lesson.id", "swap_ring.id", "mentor_session.id", "alert.id"}
SECRET = "Zanzibar"  # in every word that the other community has


async def another(guild: Guild) -> dict[str, list[str]]:
    """Another community with something of everything; its row ids and tokens, by table."""
    world = guild.world
    boss = Caller("slack", "T2", "V1", f"{SECRET} Boss", Role.MODERATOR, "C-z", f"{SECRET} Guild", "Europe/Berlin")
    mate = Caller("slack", "T2", "V2", f"{SECRET} Mate", Role.MEMBER, "C-z", f"{SECRET} Guild", "Europe/Berlin")
    await world.open_set_up(boss)
    await world.submit(
        boss, leads_channel="C-z", moderators_channel="C-zm", digest_at="08:00", zone="Europe/Berlin", approval="review"
    )
    items = [
        (f"{SECRET} RAG chatbot {n}", f"A contract to build a retrieval chatbot, $90/h. {SECRET}.") for n in range(4)
    ]
    world.fetcher.pages[FEED] = rss(*items, at=world.clock.now(), title=f"{SECRET} board", site="https://other.example")
    await world.say(boss, f"/feeds add {FEED} include:4")
    await world.say(boss, "/feeds queue")
    await world.press(boss, "Approve")
    await world.say(mate, "/gigs saved")
    await world.say(boss, "/meetup create")
    await world.submit(boss, title=f"{SECRET} talk", when="Thu 26 Nov 18:00", kind="talk", minutes="60")
    await world.press(boss, "Publish")
    other = Guild(world)
    async with world.app.db.read() as db:
        row = await db.execute(sa.text("SELECT community_id FROM identity WHERE remote = 'V2'"))
        other.community_id = row.scalar_one()
    for who in (boss, mate):
        await other.know(who)
    await other.introduce(boss.name, mate.name)
    await guild.press(mate, "hub report", boss.name)
    await world.submit(mate, reason="spam", words=SECRET, hide="")
    await world.run_due()
    page = {"card": cards.dump(cards.sentence(f"{SECRET}.")), "command": "hub", "arguments": []}
    async with world.app.db.write() as db:
        await views.keep(db, other.community_id, "token-of-theirs", page, world.clock.now() + views.CARD_LIFE)
    found: dict[str, list[str]] = {}
    async with world.app.db.read() as db:
        for table in metadata.sorted_tables:
            if "community_id" in table.c:
                for column in ("id", "token"):
                    if column in table.c:
                        ids = sa.select(table.c[column]).where(table.c.community_id == other.community_id).limit(2)
                        found[f"{table.name}.{column}"] = [str(one) for one in (await db.execute(ids)).scalars()]
    found["community"] = [str(other.community_id)]
    return found


async def test_ids_of_another_community_show_and_change_nothing(guild: Guild) -> None:
    ids = await another(guild)
    assert [name for name in sorted({*NAMES.values()}) if not ids.get(name)] == sorted(RARE)
    [other] = ids["community"]
    before = await rows(guild, of=int(other))
    world, shown = guild.world, []
    for command in COMMANDS:
        if MAY[command.name] == "founders":
            continue
        theirs = {one.name: ids[NAMES[one.name]][0] for one in command.options if ids.get(NAMES.get(one.name, ""))}
        answer = await world.app.run_call(world.maria, command.name, some_values(command) | theirs)
        text = words(answer.card) if hasattr(answer, "card") else str(answer)
        if SECRET.lower() in text.lower():
            shown.append(f"{command.name} with {theirs}: {text[:200]}")
    await world.app.settle()
    assert shown == []
    assert await rows(guild, of=int(other)) == before


def test_it_is_known_of_every_option_whose_id_it_takes() -> None:
    numbers = {o.name for command in COMMANDS for o in command.options if o.kind is Kind.NUMBER}
    picked = {o.name for command in COMMANDS for o in command.options if o.kind in (Kind.MEMBER, Kind.NOUN)}
    assert (numbers - NO_IDS) | picked <= set(NAMES)


async def test_pages_and_forms_of_another_community_open_for_nobody_here(guild: Guild) -> None:
    ids = await another(guild)
    for token in ids["view.token"]:
        for press in ("view page", "view press", "form open"):
            assert "E-STALE" in await guild.press(guild.world.maria, press, token)


# --- a member's own --------------------------------------------------------------------------------------------------


async def test_what_is_a_members_own_is_nobody_elses(guild: Guild) -> None:
    """Saved leads, questions, contacts: pressed by another member of the same community, they concern that other."""
    world = guild.world
    await guild.introduce("Ana", "Jonas")
    await guild.press(world.ana, "contact save", str(guild.ids["Jonas"]), "no", "ana@x.example")
    for command in ("contact show", "contact choose", "contact meet", "contact end", "note write"):
        for other in ("Ana", "Jonas"):
            assert "E-STALE" in await guild.press(guild.lena, command, str(guild.ids[other]))
    await guild.ask(world.ana, "Maria")
    async with world.app.db.read() as db:
        [question] = (await db.execute(sa.text("SELECT id FROM introduction_request"))).scalars()
    for who in (world.ana, world.jonas, guild.lena):
        assert "E-STALE" in await guild.press(who, "introduction answer", str(question), "yes")


# --- the adapters ----------------------------------------------------------------------------------------------------

CLAIMS = {"is_admin": True, "is_owner": True, "role": "moderator", "team_id": "T-other"}


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_slack_believes_no_role_that_a_payload_claims(make_world: Any) -> None:
    async with open_guild(make_world) as guild:
        await guild.set_up()
        me = {"id": "U2", "username": "maria", **CLAIMS}
        common = {"token": "t", "team": {"id": guild.slack.team, "domain": "guild"}, "user": me}
        for command in COMMANDS:
            if MAY[command.name] not in ("moderators", "founders"):
                continue
            identifier = press_id(command.name, tuple(str(value) for value in some_values(command).values()))
            place = {
                "container": {"type": "message", "message_ts": "1.1", "channel_id": "C-gigs", "is_ephemeral": True}
            }
            place["channel"] = {"id": "C-gigs", "name": "gigs"}
            hook = guild.slack.hook("U2", "C-gigs")
            action = {"type": "button", "action_id": identifier, "block_id": "b", "action_ts": "1.1", "value": "x"}
            press = {"type": "block_actions", "trigger_id": guild.slack.trigger(), "actions": [action]}
            message = {"ts": "1.1", "text": "x", "blocks": []}
            await guild.ana.deliver(
                "interactive", {**common, **place, **press, "message": message, "response_url": hook}
            )
            assert "Only moderators can use" in (await guild.ana.sees()).words(), command.name
            if command.typed:
                await guild.ana.type(f"/{command.name}")
                assert "Only moderators can use" in (await guild.ana.sees()).words(), command.name


MOST = 20  # buttons on one card


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
async def test_discord_asks_anew_at_every_press_and_every_form(world: World) -> None:
    async with open_stage(world) as stage:
        await stage.set_up()
        buttons = [
            Button(command.name, command.name, tuple(as_words(some_values(command)).values())[:2])
            for command in COMMANDS
            if MAY[command.name] in ("moderators", "founders")
        ]
        for start in range(0, len(buttons), MOST):
            await stage.post(
                stage.gigs, Card("A card for moderators.", (Controls(tuple(buttons[start : start + MOST])),))
            )
            posted = stage.gigs.last_message
            for button in buttons[start : start + MOST]:
                assert "Only moderators can use" in await stage.press(stage.ana, button.label, posted), button.command
                assert stage.private
        stage.world.app.settings = settings(discord__moderator_roles=json.dumps([str(stage.curators.id)]))
        await stage.restart()
        await stage.say(stage.marek, "mod setup")
        await stage.press(stage.marek, "Change")
        stage.world.app.settings = settings()  # while the form is open, curators moderate no more
        await stage.restart()
        assert "Only moderators can use" in await stage.submit(
            stage.marek, leads_channel=[stage.gigs], moderators_channel=[stage.curation]
        )


async def test_the_console_lets_nobody_be_more_than_their_persona(tmp_path: Path) -> None:
    async with open_console(tmp_path) as made:
        made.app = dataclasses.replace(made.app, features=FEATURES)
        async with Browser(made) as browser:
            await browser.open("/as/ana")
            place = browser.url.partition("?")[0]
            claims = {"role": "2", "persona": "maria", "platform": "discord", "field:role": "2"}
            for number, command in enumerate(COMMANDS):
                if MAY[command.name] not in ("moderators", "founders"):
                    continue
                values = as_words(some_values(command))
                fields = {f"field:{name}": value for name, value in values.items()}
                sent = {
                    "press": {"id": press_id(command.name, tuple(values.values()))},
                    "form": {"id": press_id(command.name), "form": "none", **fields},
                    "say": {"line": f"/{command.name}"},
                }
                ways = sorted(way for way in sent if way != "say" or command.typed)
                way = ways[number % len(ways)]
                data = {"csrf": browser.csrf, **claims, **sent[way]}
                await browser._show(await browser.client.post(f"{place}/{way}", data=data))
                assert "Only moderators can use" in browser.newest, f"{command.name} by {way}"
