"""The house rules that a machine can check: every command, every table, every button, and the ten-line example."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.event import listen

from bot.app import App
from bot.cards import Button, Controls, Select
from bot.cli.wiring import FEATURES
from bot.commands import Call as CommandCall
from bot.commands import Command, Commands, Reply, Update, form_for
from bot.db import metadata
from bot.feature import Feature, Merging, Whose
from bot.leads import morning
from bot.leads.offer import Record, offer_card
from bot.leads.place import Place, tell_moderators
from bot.members import store as members_store
from bot.options import Kind
from bot.people import Caller, Role, change_member, find_member, find_space, read_community
from bot.ports import FateUnknown, Refused
from bot.presses import press_id
from tests.conftest import MORNING
from tests.fakes import button, controls
from tests.guild import Guild
from tests.samples import EVALS, JOB, RAG, SCAM, gigs, rss

if TYPE_CHECKING:
    from bot.cards import Card
    from bot.people import Space
    from bot.ports import PlatformName
    from tests.conftest import World

ROOT = Path(__file__).parent.parent
COMMANDS = Commands(*(feature.commands for feature in FEATURES))
NAME = re.compile(r"[a-z]+(?: [a-z]+(?:-[a-z]+)?)?")
GLOBAL_TABLES = {"source", "entry", "host", "wrong_code"}  # what feeds say and how they are asked; what is nobody's

every_command = pytest.mark.parametrize("command", list(COMMANDS), ids=lambda command: command.name)
every_table = pytest.mark.parametrize("table", metadata.tables.values(), ids=lambda table: table.name)


# --- commands --------------------------------------------------------------------------------------------------------


@every_command
def test_a_command_can_be_said_and_understood(command: Command) -> None:
    assert NAME.fullmatch(command.name), "one or two lower-case words"
    assert len(command.name) <= 32  # Discord's limit for each part
    assert command.help.endswith(".")
    assert 10 <= len(command.help) <= 100  # Discord's limit for a description
    assert command.help[0].isupper()


@every_command
def test_an_option_that_people_see_says_what_it_is(command: Command) -> None:
    if not command.typed:
        return
    assert len(command.options) <= 25  # Discord's limit
    for option in command.options:
        assert re.fullmatch(r"[a-z_]{1,32}", option.name), option.name
        assert 3 <= len(option.help) <= 100, f"{option.name}: {option.help!r}"
        if option.kind is Kind.CHOICE:
            assert 2 <= len(option.choices) <= 25
    required = [option.required for option in command.options]
    assert required == sorted(required, reverse=True), "what is needed comes first: Discord wants it so"


@every_command
def test_a_command_that_lacks_something_can_ask_for_it(command: Command) -> None:
    if command.typed:
        form = form_for(CommandCall(command, {}))
        assert len(form.title) <= 24
        assert form.submit == command.name


@every_command
def test_an_example_is_a_line_of_its_command(command: Command) -> None:
    assert not command.example or command.example.startswith(f"/{command.name} ")


# what members change of their own alone: their list, their reminders, their report
OWN = {f"lead {verb}" for verb in ("save", "hide", "drop", "stage", "remind", "unremind", "export", "save-report")}
OWN |= {"gigs save-share", "market send"}
OWN_NOUNS = {"profile", "hub", "swap", "help", "mentor", "meetup", "digest", "calendar", "alert"}
OWN_NOUNS |= {"introduction", "contact", "note", "appeal"}  # between two members, or to the moderators


@every_command
def test_what_changes_a_community_is_not_for_everybody(command: Command) -> None:
    of_their_own = command.noun in OWN_NOUNS or command.name in OWN
    if (command.writes and not of_their_own) or command.noun in ("feeds", "mod"):
        assert command.role is Role.MODERATOR
    if not command.typed and command.answer is Update:
        assert command.writes or command.name in ("lead skip", "meetup discard")


def test_nouns_keep_to_the_catalogue() -> None:
    typed = {command.noun for command in COMMANDS if command.typed}
    assert typed <= {"gigs", "swap", "mentor", "meetup", "digest", "market", "profile", "hub", "feeds", "mod"}


def test_every_undo_names_a_command() -> None:
    for feature in FEATURES:
        assert set(feature.undo) <= {command.name for command in feature.commands} | {"mod setup"}


# --- tables ----------------------------------------------------------------------------------------------------------


@every_table
def test_a_community_is_in_the_key_of_everything_it_has(table: Any) -> None:
    key = [column.name for column in table.primary_key]
    if table.name == "community" or table.name in GLOBAL_TABLES:
        assert key == (["name"] if table.name == "host" else ["id"])
    else:
        assert key[0] == "community_id"


@every_table
def test_no_row_can_refer_into_another_community(table: Any) -> None:
    for constraint in table.foreign_key_constraints:
        target = constraint.referred_table
        if target.name in GLOBAL_TABLES:
            continue
        ends = zip(constraint.columns, constraint.elements, strict=True)
        pairs = {column.name: key.column.name for column, key in ends}
        assert pairs.get("community_id") == ("id" if target.name == "community" else "community_id")


def holds_members(table: Any) -> bool:
    """Whether rows of a table are somebody's."""
    return any(constraint.referred_table.name == "member" for constraint in table.foreign_key_constraints)


async def test_whatever_a_member_has_is_exported_forgotten_and_merged(world: World) -> None:
    """A table with a member column that a feature forgot: it is named in no statement of what the features answer."""
    await world.set_up()
    await world.say(world.ana, "/hub")
    await world.say(world.marek, "/hub")
    tables = {table.name for table in metadata.tables.values() if holds_members(table)} | {"member", "audit", "message"}
    for question in ("export", "forget", "merge"):
        said: list[str] = []
        async with world.app.db.write() as db:
            space = await find_space(db, "slack", "T1")
            assert space is not None
            ana, marek = [await member_id(db, space, who) for who in (world.ana, world.marek)]
            about: Merging | Whose = Whose(db, world.app.ids, space.community_id, ana, MORNING)
            if question == "merge":
                about = Merging(db, world.app.ids, world.app.settings, space.community_id, ana, marek, MORNING)
            engine = db.sync_connection
            assert engine is not None
            listen(engine, "before_cursor_execute", lambda *given, said=said: said.append(given[2]))
            for feature in reversed(FEATURES):
                if answer := getattr(feature, question):
                    await answer(about)
            await db.rollback()
        unasked = {name for name in tables if not any(re.search(rf"\b{name}\b", statement) for statement in said)}
        assert unasked - ({"message"} if question == "merge" else set()) == set(), (
            f"no feature's {question} looks into these"
        )


# --- cards -----------------------------------------------------------------------------------------------------------


class Watched(App):
    """An application that remembers every card before the buttons of unknown commands are left out."""

    seen: list[Card]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.seen = []

    async def fit_card(self, platform: PlatformName, space_remote: str, card: Card) -> Card:
        self.seen.append(card)
        return await super().fit_card(platform, space_remote, card)

    async def fit(self, db: Any, space: Space, card: Card) -> Card:
        self.seen.append(card)
        return await super().fit(db, space, card)


BOARD, OTHER = "https://board.example/jobs.rss", "https://other.example/jobs.rss"
PAGE = b"""<html><head><link rel="alternate" type="application/rss+xml" title="One" href="/one.rss">
<link rel="alternate" type="application/rss+xml" title="Two" href="/two.rss"></head><body>Jobs</body></html>"""


async def walk(world: World) -> list[Card]:
    """Go through everything that can be reached; returns every card that was drawn on the way."""
    app = Watched(**{f.name: getattr(world.app, f.name) for f in dataclasses.fields(App) if f.init})
    world.app, maria, ana = app, world.maria, world.ana
    await world.say(ana, "/gigs find")
    await world.set_up()
    await join(world)
    await world.run_due()
    world.fetcher.pages |= {
        BOARD: rss(RAG, JOB, EVALS, SCAM, at=MORNING),
        OTHER: rss(RAG, EVALS, SCAM, at=MORNING, title="Other", site="https://other.example"),
        "https://page.example": PAGE,
    }
    for line in ("/hub", "/help", "/feeds list", "/feeds queue", "/gigs find rag >200/h", "/gigs fnd", "/weather"):
        await world.say(maria, line)
    await world.say(ana, "/feeds add x")
    await world.say(maria, "/feeds add https://page.example")
    await world.say(maria, f"/feeds add {BOARD}")
    added = world.last
    await world.press(maria, "Post now")
    await world.press(maria, "Undo")
    await world.press(maria, "Look first", added)
    await world.say(maria, f"/feeds add {BOARD}")
    await world.say(maria, f"/feeds add {OTHER} include:9")
    await world.say(maria, f"/feeds test {BOARD}")
    await world.say(maria, "/feeds list")
    for label in ("Skip", "Approve", "Undo"):
        if label == "Skip":
            await world.say(maria, "/feeds queue")
        await world.press(maria, label)
    for _ in range(2):
        await world.say(maria, "/feeds queue")
        await world.press(maria, "Approve")
    await world.say(maria, "/feeds queue")
    queued = world.last
    await world.choose(maria, "Looks like a scam")
    await world.choose(maria, "Looks like a scam", queued)
    await world.say(ana, "/gigs find")
    await world.say(ana, "/gigs find nothing-like-it kind:jobs")
    await look_after_feeds(world)
    await world.say(maria, "/mod digest")
    world.slack.remembers_nonce = timedelta(0)
    world.slack.trouble_after = [FateUnknown("the connection broke")]
    await world.travel(MORNING + timedelta(hours=2))
    [digest] = world.slack.cards("C-gigs")
    [first, *_] = [c for block in digest.blocks if isinstance(block, Controls) for c in block.controls]
    assert isinstance(first, Select)
    await world.choose(ana, first.options[0].label, digest)
    opened = world.last
    await world.press(ana, "Why this?")
    await be_told(world)
    await read_digests(world, digest)
    await use_a_lead(world, opened)
    await tell_of_oneself(world)
    await meet_each_other(world)
    world.fetcher.pages[BOARD] = rss(*gigs(15), at=MORNING + timedelta(hours=2))
    await world.travel(MORNING + timedelta(hours=4))  # a flood, about which the moderators are asked
    await moderate(world)
    await meet(world)
    await mentor(world)
    await world.say(maria, "/market python")
    market = world.last
    await world.press(maria, "Send me the picture", market)
    await world.press(maria, "Share in channel", market)
    await world.say(ana, "/hub")
    await world.press(ana, "Change my time zone")
    await world.submit(ana, place="Tokyo", first="1 Dec", last="10 Dec")
    await world.press(ana, "Yes, that's right")
    await world.press(ana, "Forget this journey")
    await swap_skills(world)
    await decide_for_oneself(world)
    return app.seen


async def swap_skills(world: World) -> None:
    """Help asked for, answered and followed; a round of which something comes, and one of which nothing does."""
    ana, marek = world.ana, world.marek
    await world.say(ana, "/swap find rag")
    await world.press(ana, "I want to learn it")
    trades = ((marek, "RAG, evals", "pgvector"), (world.maria, "PyTorch", "LangChain"), (ana, "pgvector", "RAG"))
    for who, offers, wants in trades:
        await world.say(who, "/swap join")
        await world.submit(who, offers=offers, wants=wants)
    await world.press(ana, "My swaps")
    for label in ("Coffee introductions, too", "No coffee introductions"):
        await world.press(ana, label)
    for label in ("Pause 2 weeks", "Take part again"):
        await world.say(ana, "/swap status")
        await world.press(ana, label)
    await world.say(ana, "/swap find evals")
    await world.press(ana, "Ask")
    await world.run_due()
    question = world.slack.cards("U4")[-1]
    await world.press(marek, "Yes, introduce us", question)
    for label in ("No return needed", "Count it after all"):
        await world.press(marek, label)
    await fix_a_time(world)
    await world.say(ana, "/swap find rag")
    await world.press(ana, "Ask")
    await world.press(ana, "Take it back")
    world.clock.move(world.clock.now() + timedelta(days=5, hours=1))
    await world.run_due()
    asked = next(card for card in reversed(world.slack.cards("U2")) if "met" in card.summary)
    await world.press(ana, "Need help", asked)
    await world.press(ana, "Not yet", asked)
    await world.press(ana, "Yes", asked)
    await world.choose(ana, "2 hours")
    await world.press(ana, "Thank Marek")
    await world.press(ana, "Not yet: I still want to learn it")
    world.clock.move(world.clock.now() + timedelta(days=9, hours=1))
    await world.run_due()
    for who in (ana, world.maria):
        await world.say(who, "/hub")
    await world.press(world.maria, "Earlier rounds", world.slack.cards("C-mods")[-1])
    await world.say(ana, "/swap status")
    await world.press(ana, "Leave")


async def fix_a_time(world: World) -> None:
    """A time that suits both, another one, and none."""
    ana, marek = world.ana, world.marek
    await world.run_due()
    await world.say(ana, "/swap status")
    await world.press(ana, "We've fixed a time")
    [_, first, *_] = [c for c in controls(world.last) if c.label] if world.last else []
    await world.press(ana, first.label)
    await world.press(ana, "Add to calendar", fixed := world.last)
    await world.press(ana, "Another time", fixed)
    await world.press(ana, "Another time")
    await world.submit(ana, at="tomorrow 18:00")
    await world.say(marek, "/swap status")


async def tell_of_oneself(world: World) -> None:
    """Ana makes her profile, and Maria names a skill that nobody knew."""
    ana, maria = world.ana, world.maria
    await world.say(ana, "/hub")
    await world.press(ana, "Make my profile")
    await world.submit(ana, offers="RAG, vedic maths, tarot", wants="pgvector")
    await world.press(ana, "Change")
    await world.submit(ana, offers="RAG, vedic maths, tarot", wants="pgvector")
    await world.press(ana, "Right")
    noted = world.last
    assert noted is not None
    for label in ("I know it well", "Most of all"):
        await world.press(ana, next(c.label for c in controls(noted) if c.label.startswith("How well")), noted)
        await world.choose(ana, label)
    await world.press(ana, "Rate, times, portfolio", noted)
    await world.submit(ana, rate="80 €/h", times="weekday-morning")
    await world.press(ana, "Exact times")
    await world.submit(ana, hours="Mon 9-12")
    await world.press(ana, "My profile")
    await world.say(ana, "/hub")
    await world.run_due()  # nothing else is under way
    world.slack.trouble = [Refused("E-DMCLOSED", "closed")]
    await world.press(ana, "Test messages")
    await world.run_due()
    await world.run_due()
    await world.say(ana, "/hub")
    await world.press(ana, "How?")
    await world.press(ana, "Test again")
    await world.press(ana, "Has it come?")
    await world.say(maria, "/profile view Ana")
    await world.say(maria, "/hub")
    await world.press(maria, "Name skills")
    await world.press(maria, "It means …")
    await world.submit(maria, skill="data-science")
    await world.press(maria, "Next")
    waits = world.last
    await world.press(maria, "Dismiss")
    await world.press(maria, "Undo")
    await world.press(maria, "Add as a new skill", waits)
    await world.say(maria, "/mod audit")


async def meet_each_other(world: World) -> None:
    """Two members meet, share something, fall out; moderators look."""
    guild = Guild(world)
    await guild.find()
    ana, jonas = str(await guild.know(world.ana)), str(await guild.know(world.jonas))
    await guild.ask(world.ana, "Jonas")
    await guild.page(world.jonas)
    await world.press(world.jonas, "Yes")
    for who, other in ((world.ana, jonas), (world.jonas, ana)):
        await guild.press(who, "contact choose", other)
        await world.submit(who, shown="somebody@x.example", notes="yes")
    await guild.press(world.ana, "note write", jonas)
    await world.submit(world.ana, words="Shall we talk?")
    await guild.press(world.ana, "contact meet", jonas)
    await world.submit(world.ana, at="21 Nov 2026 18:00 UTC", link="https://meet.example/1")
    await guild.page(world.jonas)
    await guild.press(world.jonas, "profile block", ana)
    for link, about in (("", jonas), ("https://x.example", "")):
        await guild.press(world.ana, "hub report", about, link)
        await world.submit(world.ana, reason="spam", link=link, hide="")
    await world.say(world.maria, "/mod safety")
    await guild.press(world.maria, "mod safety", jonas)
    await world.press(world.maria, "Ban from the bot")
    await world.press(world.maria, "I mean it")  # he moderates elsewhere
    await world.say(world.jonas, "/gigs find")
    for who in (world.ana, world.jonas):
        await guild.page(who)


async def decide_for_oneself(world: World) -> None:
    """Privacy, two accounts linked in both ways, parted in both ways, and forgotten."""
    ana, jonas = world.ana, world.jonas
    await world.say(jonas, "/hub")
    await world.say(ana, "/profile privacy")
    await world.press(ana, "Pause everything")
    await world.press(ana, "Link my other account")
    await block(world)
    await world.say(ana, "/profile privacy")
    await world.press(ana, "Unblock Marek")
    for _ in range(2):
        said = await world.say(ana, "/profile link")
        [code] = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", said.splitlines()[1])
        await world.say(jonas, f"/profile link {code}")
        asked = world.last
        await world.press(jonas, "Cancel")
        await world.press(jonas, "Link", asked)
        await world.submit(jonas, name="here", zone="here")
        await world.run_due()
        await world.press(ana, "That wasn't me", world.slack.cards(ana.user)[-1])
    await world.say(ana, "/profile export")
    said = await world.say(ana, "/profile link")
    [code] = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", said.splitlines()[1])
    await rename(world, jonas, "Ana", zone="Europe/Lisbon")
    await world.say(jonas, f"/profile link {code}")
    await world.press(jonas, "Link")
    await world.say(jonas, "/profile privacy")
    await world.press(jonas, "Write on Slack instead")
    await world.press(jonas, "Unlink")
    asked = world.last
    await world.press(jonas, "Cancel")
    await world.press(jonas, "Keep it on Slack", asked)
    await world.say(ana, "/profile forget")
    await world.press(ana, "Forget me…")
    await world.submit(ana, word="FORGET")


async def block(world: World) -> None:
    await world.say(world.marek, "/hub")
    async with world.app.db.write() as db:
        space = await find_space(db, "slack", "T1")
        assert space is not None
        ana, marek = [await member_id(db, space, who) for who in (world.ana, world.marek)]
        await members_store.set_block(db, space.community_id, ana, marek, MORNING)


async def member_id(db: Any, space: Space, who: Caller) -> int:
    found = await find_member(db, space.community_id, who)
    assert found is not None
    return int(found["id"])


async def rename(world: World, who: Caller, name: str, **values: Any) -> None:
    async with world.app.db.write() as db:
        space = await find_space(db, "slack", "T1")
        assert space is not None
        await change_member(db, space.community_id, await member_id(db, space, who), name=name, **values)


async def use_a_lead(world: World, opened: Card | None) -> None:
    ana = world.ana
    await world.press(ana, "Save", opened)
    await world.press(ana, "Remind me in 3 days")
    await world.press(ana, "Don't remind me")
    await world.say(ana, "/gigs saved")
    await world.choose(ana, "Applied")
    await world.press(ana, "All as CSV")
    await world.press(ana, "Not for me", opened)
    await world.press(ana, "Report", opened)
    await world.submit(ana, reason="scam", words="")
    await world.run_due()


async def be_told(world: World) -> None:
    """An alert from a search, changed, looked at, and removed."""
    ana = world.ana
    await world.say(ana, "/gigs alerts")
    await world.say(ana, "/gigs find")
    await world.press(ana, "Save search as alert")
    await world.submit(ana, skills="rag", kind="all", where="mine", how="evening")
    await world.press(ana, "See them")
    await world.press(ana, "Adjust")
    await world.say(ana, "/gigs alerts")
    await world.press(ana, "Remove")


async def read_digests(world: World, posted: Card) -> None:
    """The channel's by one's own skills, one's own, and what moderators can do."""
    ana, maria = world.ana, world.maria
    await world.press(ana, "Only my skills", posted)
    await world.say(ana, "/digest")
    await world.press(ana, "Preview")
    await world.press(ana, "Digest settings")
    await world.submit(ana, how="weekly", at="08:00", weekday="0", sections="gigs")
    for line in ("/mod digest", "/mod digest publish", "/mod digest skip"):
        await world.say(maria, line)


async def meet(world: World) -> None:
    """A meetup of one place, from planning it to what came of it."""
    maria, ana, at = world.maria, world.ana, world.clock.now() + timedelta(days=1)
    await world.say(ana, "/meetup list")
    await world.say(maria, "/meetup create")
    values = {"kind": "talk", "minutes": "30", "places": "1", "when": f"{at:%Y-%m-%d %H:%M} UTC", "repeat": "weekly"}
    await world.submit(maria, title="Pricing", **values)
    draft = world.last
    await world.press(maria, "Cancel", draft)
    await world.press(maria, "Publish", draft)
    await world.say(maria, "/meetup create")
    await world.submit(maria, title="World clinic", **{**values, "repeat": "rotating"})
    await world.press(maria, "Choose the hours")
    await world.run_due()
    posted = world.slack.cards("C-gigs")[-1]
    await world.press(ana, "Going", posted)
    going = world.last
    await world.press(ana, "Add to calendar", going)
    await world.press(ana, "Reminders", going)
    await world.press(maria, "Going", posted)
    await world.say(maria, "/meetup list")
    await world.press(maria, "Details", posted)
    await world.press(ana, "Can't", posted)
    await world.run_due()
    await world.press(maria, "Take it", world.slack.cards("U1")[-1])
    await world.say(maria, "/meetup manage Pricing")
    manage = world.last
    for label in ("Change", "Hand over", "Write to those who joined", "Mark who came", "List as CSV"):
        await world.press(maria, label, manage)
    await world.press(maria, "Can't", posted)
    await world.press(ana, "Going", posted)
    await world.travel(at + timedelta(hours=2))
    await world.say(ana, "/hub")
    await world.press(maria, "Cancel and tell everyone", manage)
    await world.say(maria, "/meetup manage Pricing")
    await world.press(maria, "Cancel and tell everyone")
    await world.press(maria, "Cancel this and all later ones")
    await world.run_due()


async def join(world: World) -> None:
    """A second server joins the community, after a mistake."""
    await world.say(world.maria, "/mod setup")
    said = await world.press(world.maria, "Connect another workspace or server")
    [code] = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", said)
    boss = dataclasses.replace(world.jonas, role=Role.MODERATOR)
    await world.say(boss, "/mod setup")
    await world.press(boss, "Join a community")
    await world.submit(boss, code="nonsense")
    await world.press(boss, "Enter it again")
    await world.submit(boss, code=code)
    await world.say(boss, "/mod setup")


async def look_after_feeds(world: World) -> None:
    maria = world.maria
    world.fetcher.pages["https://none.example"] = b"<!doctype html><html></html>"
    await world.say(maria, "/feeds add https://none.example")
    await world.say(maria, "/feeds test https://none.example")
    await world.say(maria, "/feeds opml")
    outline = '<outline type="rss" text="New" xmlUrl="https://new.example/rss"/>'
    await world.say(maria, f"/feeds opml <opml><body>{outline}</body></opml>".replace('"', "'"))
    await world.say(maria, "/feeds list")
    await world.choose(maria, "Other")
    shown = world.last
    await world.press(maria, "Pause")
    await world.press(maria, "Resume")
    await world.press(maria, "Remove?", shown)
    await world.press(maria, "Keep")
    await world.run_due()


async def moderate(world: World) -> None:
    """Rules of a feed, an edited lead, a batch card; the offer that a good record earns."""
    maria = world.maria
    await world.say(maria, "/feeds edit Other")
    fields = {field.name: field.value for field in world.form.fields} if world.form else {}
    await world.submit(maria, **{**fields, "must": "rag"})
    effect = world.last
    await world.press(maria, "More rules")
    await world.submit(maria, kinds="gig")
    await world.press(maria, "Edit again", effect)
    await world.press(maria, "Save", effect)
    await world.press(maria, "Undo")
    doubtful = (SCAM[0] + " again", SCAM[1].replace("label images", "write prompts"))
    world.fetcher.pages[OTHER] = rss(
        *gigs(3, 90), doubtful, at=world.clock.now(), title="Other", site="https://other.example"
    )
    await world.travel(world.clock.now() + timedelta(minutes=70))
    await world.say(maria, "/feeds queue")
    await world.press(maria, "Edit")
    await world.submit(maria, title="Another title", rate="", kind="gig", skills="RAG")
    await world.press(maria, "Undo")
    place = place_of_world(world)
    async with world.app.db.write() as db:
        await morning.begin(await place(db))
        await tell_moderators(await place(db), "offer:1", offer_card(Record(60, 58, 0), "1"))
    await world.run_due()
    for card in world.slack.cards("C-mods")[-2:]:
        for label in [c.label for c in controls(card) if isinstance(c, Button) and c.label != "One by one"]:
            await world.press(maria, label, card)
    await world.say(maria, "/mod audit")
    await world.say(maria, "/mod setup")
    await world.press(maria, "Post a card for new members")


async def mentor(world: World) -> None:
    """An hour with a mentor, from offering it to saying thanks; one that was asked for quietly."""
    maria, ana = world.maria, world.ana
    await world.say(ana, "/mentor sessions")
    await world.say(ana, "/mentor ask RAG")
    asked = {"topic": "RAG", "goal": "A first index", "level": "some"}
    await world.submit(ana, **asked)
    await world.say(maria, "/mentor offer")
    hours = {"topics": "RAG", "hours": "daily 9-20", "minutes": "30", "weekly": "9", "monthly": "9", "named": "yes"}
    await world.submit(maria, **hours)
    offered = world.last
    for label in ("Pause a month", "Go on now"):
        await world.press(maria, label)
    await world.say(ana, "/mentor ask RAG")
    await world.submit(ana, **asked)
    shown = world.last
    [first, second] = [one.label for one in controls(shown) if one.label.startswith("Book ")][:2] if shown else "  "
    await world.press(ana, "Other times", shown)
    await world.press(ana, "Ask all matching mentors quietly", shown)
    await world.press(ana, "Take it back")
    await world.submit(ana, **asked)
    shown = world.last
    await world.press(ana, first, shown)
    booked = world.last
    await world.press(ana, second, shown)
    for label in ("Add to calendar", "Notes link", "Cancel", "Move"):
        await world.press(ana, label, booked)
    await world.press(ana, next(one.label for one in controls(world.last)) if world.last else "")
    await world.press(ana, "Cancel", booked)
    await world.press(ana, "Cancel it")
    await world.say(ana, "/mentor ask RAG")
    await world.submit(ana, **asked)
    await world.press(ana, "Ask all matching mentors quietly")
    await world.travel(world.clock.now() + timedelta(minutes=6))
    await world.say(maria, "/hub")  # two messages a day have come already; everything waits on the page
    question = world.last
    await world.press(maria, "I can help", question)
    await world.press(maria, "Not now", question)
    await world.say(maria, "/mentor sessions")
    assert world.last is not None
    session = button(world.last, "Move").arguments[0]
    world.clock.move(world.clock.now() + timedelta(days=8))  # after her free morning of the week
    await world.run_due()
    await world.say(ana, "/hub")
    met = await world.app.run_press(ana, press_id("mentor met", (session, "yes")))
    assert isinstance(met, Update | Reply)
    world.last = met.card
    await world.press(ana, "Say thanks")
    await world.say(ana, "/mentor sessions")
    await world.press(maria, "Stop offering", offered)


def place_of_world(world: World) -> Any:
    async def place(db: Any) -> Place:
        space = await find_space(db, "slack", "T1")
        assert space is not None
        community = await read_community(db, space.community_id)
        return Place(db, world.app.ids, world.app.settings, community, world.clock.now())

    return place


FORMS = {  # what only forms and message menus send
    "gigs pass-on",
    "mod save-setup",
    "mod save-join",
    "feeds add-packs",
    "feeds check",
    "feeds check-more",
    "lead save-edit",
    "docket approve",
    "profile check-zone",
    "lead save-report",
    "gigs save-share",
    "alert save",
    "digest save",
    "meetup preview",
    "meetup save-change",
    "meetup save-host",
    "meetup send",
    "meetup save-mark",
    "swap save",
    "swap save-time",
    "profile save-about",
    "profile read-skills",
    "profile save-more",
    "profile save-hours",
    "mod mean-skill",
    "hub report-message",
    "hub save-report",
    "note save-report",
    "note send",
    "contact save",
    "contact save-meeting",
    "safety save-warning",
    "appeal send",
    "introduction ask",  # stands on a profile
    "profile save-link",
    "profile forget-now",
    "mentor save-offer",
    "mentor seek",
    "mentor save-notes",
}
BESIDE = {"introduction ask", "profile block", "profile privacy", "hub report"}  # drawn once their features are here


async def test_every_button_on_a_card_names_a_command_that_takes_it(world: World) -> None:
    seen = await walk(world)

    presses = {
        (control.command, len(control.arguments) + isinstance(control, Select))
        for card in seen
        for block in card.blocks
        if isinstance(block, Controls)
        for control in block.controls
        if isinstance(control, (Button, Select))
    }
    house = {"view page", "view press", "form open"}
    for command, given in presses:
        if command not in house | (BESIDE - {known.name for known in COMMANDS}):
            assert command in COMMANDS, f"no command is called {command!r}"
            needed = sum(option.required for option in COMMANDS[command].options)
            assert needed <= given <= len(COMMANDS[command].options), f"{command} with {given} arguments"
    reached = {command for command, _ in presses}
    for_presses = {command.name for command in COMMANDS if not command.typed} - FORMS
    assert for_presses <= reached, "a command that only buttons reach, and no button reaches"


async def test_every_card_says_a_full_sentence_to_screen_readers(world: World) -> None:
    seen = await walk(world)
    for card in seen:
        assert len(card.summary) > 10
        assert card.summary[0].isupper() or card.summary[0] in "0123456789“", card.summary
        assert card.summary.rstrip()[-1] in ".?!…)”", card.summary
        assert "  " not in card.summary


# --- the example -----------------------------------------------------------------------------------------------------


async def test_a_command_takes_one_function_in_one_file(world: World) -> None:
    text = (ROOT / "docs" / "adding-a-command.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    body = example.partition("@commands")[2]
    assert len(body.splitlines()) <= 10

    module: dict[str, Any] = {"__name__": "example"}
    exec(compile(example, "docs/adding-a-command.md", "exec"), module)
    await world.set_up()
    world.app = dataclasses.replace(world.app, features=(*FEATURES, Feature("skills", module["commands"])))

    assert await world.say(world.ana, "/skills explain Retrieval-Augmented Generation") == "Ana, rag is a skill."
    assert await world.say(world.ana, "/skills explain") == "form: /skills explain"
    assert await world.submit(world.ana, skill="rag") == "Ana, rag is a skill."
    said = await world.say(world.ana, "/skills explain baking")
    assert "I know no skill “baking”. Did you mean: AI video production?" in said
    said = await world.say(world.ana, "/hub help")
    assert "/skills explain — Say what kind of skill something is. For example: /skills explain rag" in said
