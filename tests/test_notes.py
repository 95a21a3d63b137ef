"""What members who were introduced share: an address, a time, notes; what is kept of it, and left of who leaves."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.db import metadata
from bot.feature import Merging, Whose
from bot.members import notes, store, traces
from bot.members.introductions import request
from tests.conftest import MORNING
from tests.fakes import button, words
from tests.guild import Guild

if TYPE_CHECKING:
    from bot.people import Caller
    from tests.conftest import World

SECRET = "Meet me at the fountain, ünïcode 🙂 included."


@pytest.fixture
async def guild(world: World) -> Guild:
    made = Guild(world)
    await made.gather()
    world.clock.move(MORNING + timedelta(hours=6))  # nobody's quiet hours
    return made


async def stored(guild: Guild) -> str:
    """Everything that the database holds, as one text, but for the names that members' own rows and the audit keep."""
    async with guild.world.app.db.read() as db:
        held: list[Any] = []
        for table in metadata.sorted_tables:
            if table.name not in ("member", "audit"):
                held += [dict(row) for row in (await db.execute(sa.select(table))).mappings()]
    return json.dumps(held, default=str, ensure_ascii=False)


async def agree(guild: Guild) -> None:
    """Ana and Jonas were introduced, and both want to exchange notes."""
    await guild.introduce("Ana", "Jonas")
    for who, other in ((guild.world.ana, "Jonas"), (guild.world.jonas, "Ana")):
        await guild.press(who, "contact choose", str(guild.ids[other]))
        await guild.world.submit(who, shown="", notes="yes")


async def test_nothing_is_shown_before_both_said_yes_and_nothing_after_one_ended_it(guild: Guild) -> None:
    world, ana, jonas = guild.world, str(guild.ids["Ana"]), str(guild.ids["Jonas"])
    for command in ("contact show", "contact choose", "contact meet", "note write", "note stop", "contact end"):
        assert "E-STALE" in await guild.press(world.ana, command, jonas)
    assert "E-STALE" in await guild.press(world.ana, "contact save", jonas, "yes", "ana@x.example")

    await guild.introduce("Ana", "Jonas")
    await guild.press(world.ana, "contact choose", jonas)
    for wrong in ("https://user@x.example", "javascript:alert(1)", "two words here", "a@b"):
        assert "Write a handle" in await world.submit(world.ana, shown=wrong, notes="no")
    assert "You share: ana@x.example" in await world.submit(world.ana, shown="ana@x.example", notes="no")
    await world.run_due()
    assert "Ana shares with you\nYou can reach them by ana@x.example" in words(world.discord.cards("D3")[-1])
    assert "Reach them by: ana@x.example\nYou share: nothing" in await guild.press(world.jonas, "contact show", ana)

    assert await guild.press(world.jonas, "contact meet", ana) == "form: Propose a time"
    await world.submit(world.jonas, at="2026-11-20T15:00:00+00:00", link="https://meet.example/abc")
    await world.run_due()
    assert "Jonas proposes a time to talk\nWhen: 20 Nov 2026 15:00 UTC\nWhere: https://meet.example/abc" in words(
        world.slack.cards("U2")[-1]
    )
    assert "Ended." in await guild.press(world.jonas, "contact end", ana)
    assert "E-STALE" in await guild.press(world.jonas, "contact show", ana)


async def test_a_note_needs_both_to_agree_and_is_kept_only_until_it_has_arrived(guild: Guild) -> None:
    world, jonas = guild.world, str(guild.ids["Jonas"])
    await guild.introduce("Ana", "Jonas")
    await guild.press(world.ana, "contact choose", jonas)
    assert "you agreed, they did not so far" in await world.submit(world.ana, shown="", notes="yes")
    assert "Notes are off between you and Jonas." in await guild.press(world.ana, "note write", jonas)
    await agree(guild)

    assert await guild.press(world.ana, "note write", jonas) == "form: Write a note"
    assert "at most 1000 characters" in await world.submit(world.ana, words="x" * 1001)
    assert "I pass it on to Jonas. I keep no copy." in await world.submit(world.ana, words=SECRET)
    assert SECRET in await stored(guild)
    await world.run_due()
    note = world.discord.cards("D3")[-1]
    assert words(note).startswith(f"A note from Ana (Slack), through Guildhall\n> {SECRET}")
    assert SECRET not in await stored(guild)
    key = button(note, "Report").arguments[1]
    assert key not in await stored(guild)
    assert SECRET not in await guild.page(world.jonas)

    assert await world.press(world.jonas, "Reply", note) == "form: Write a note"
    assert "I pass it on" in await world.submit(world.jonas, words="See you.")
    assert await world.press(world.jonas, "Report", note) == "form: Report"
    await world.submit(world.jonas, reason="harassment", hide="yes")
    safety = await world.say(world.maria, "/mod safety Ana")
    assert f"The note, exactly as it was sent through Guildhall:\n> {SECRET}" in safety
    await world.run_due()
    assert "See you." not in words(world.slack.cards("U2")[-1])  # the block came first
    assert "E-STALE" in await world.press(world.jonas, "Reply", note)


async def test_a_report_button_opens_no_other_note_and_for_nobody_else(guild: Guild) -> None:
    world, jonas = guild.world, str(guild.ids["Jonas"])
    await agree(guild)
    for text in ("one", "two"):
        await guild.press(world.ana, "note write", jonas)
        await world.submit(world.ana, words=text)
    await world.run_due()
    one, two = (button(card, "Report").arguments for card in world.discord.cards("D3")[-2:])
    assert "E-STALE" in await guild.press(guild.lena, "note report", *one)
    assert "E-STALE" in await guild.press(world.ana, "note report", *one)
    await guild.press(world.jonas, "note report", one[0], two[1])  # a key that is none of it
    if world.form and world.form.submit == "form page":
        await world.submit(world.jonas, reason="spam", hide="")
    assert "> one" not in await world.say(world.maria, "/mod safety Ana")


async def test_notes_are_few_a_day_can_be_stopped_and_wait_an_hour_on_the_page(guild: Guild) -> None:
    world, ana, jonas = guild.world, str(guild.ids["Ana"]), str(guild.ids["Jonas"])
    await agree(guild)
    await guild.profile("Jonas", messages=False)
    await guild.press(world.ana, "note write", jonas)
    for number in range(10):
        assert "I pass it on" in await world.submit(world.ana, words=f"note {number} of many")
    assert "E-RATE" in await world.submit(world.ana, words="one more")
    await world.run_due()
    page = await guild.page(world.jonas)
    while "See all" in page and "note 3 of many" not in page:
        page = await world.press(world.jonas, page.rpartition("[")[2].rstrip("]"))
    assert "note 3 of many" in page
    world.clock.move(MORNING + timedelta(hours=7))
    await world.run_due()
    assert "of many" not in await stored(guild)

    world.clock.move(MORNING + timedelta(days=2))
    await world.submit(world.ana, words="too late")
    assert "Stopped." in await guild.press(world.jonas, "note stop", ana)
    assert "too late" not in await stored(guild)
    assert "Notes are off" in await guild.press(world.ana, "note write", jonas)


@pytest.mark.parametrize("text", ["", "x", SECRET, "\x00\x00", "🙂" * 500])
def test_sealing_twice_unseals_and_the_seal_tells_nothing(text: str) -> None:
    sealed = notes.seal(text.encode(), "token00000000001")
    assert notes.seal(sealed, "token00000000001").decode() == text
    assert len(sealed) < 2 or sealed != text.encode()


async def test_who_is_forgotten_leaves_nothing_between_them_and_others(guild: Guild) -> None:
    world, jonas = guild.world, guild.ids["Jonas"]
    await agree(guild)
    await guild.press(world.jonas, "contact choose", str(guild.ids["Ana"]))
    await world.submit(world.jonas, shown="jonas-handle", notes="yes")
    await guild.press(world.jonas, "note write", str(guild.ids["Ana"]))
    await world.submit(world.jonas, words=SECRET)
    await guild.ask(world.jonas, "Lena")
    await guild.press(world.jonas, "contact meet", str(guild.ids["Ana"]))
    await world.submit(world.jonas, at="2026-11-20T15:00:00+00:00", link="https://meet.example/abc")
    await world.say(world.ana, "/hub report Jonas")
    await world.submit(world.ana, reason="scam", words="He sold me a bridge.", hide="")
    await world.say(world.jonas, "/hub report Lena")
    await world.submit(world.jonas, reason="spam", words="She spams us.", hide="")
    await guild.suspend("Jonas")
    await world.say(world.jonas, "/gigs find")
    await world.press(world.jonas, "Write to the moderators")
    await world.submit(world.jonas, words="I am innocent.")
    await world.run_due()
    async with world.app.db.read() as db:
        taken = await traces.export(Whose(db, world.app.ids, guild.community_id, jonas, world.clock.now()))
    assert taken["introduced_to"] == ["Ana"]
    assert taken["shared"] == [{"with": "Ana", "shown": "jonas-handle", "notes": True}]
    assert [one["words"] for one in taken["reports_made"]] == ["She spams us."]
    assert "bridge" not in str(taken)

    await guild.forget("Jonas")
    left = await stored(guild)
    for trace in ("jonas-handle", SECRET, "meet.example", "She spams us.", "I am innocent."):
        assert trace not in left, trace
    assert "He sold me a bridge." in left  # until it expires, about nobody who could be named
    named = [row for row in json.loads(left) if "Jonas" in json.dumps(row) or str(jonas) in json.dumps(row)]
    assert {row.get("member_id") for row in named} <= {jonas, str(jonas)}  # rows of their own, which go with them


async def test_whatever_happens_nobody_is_reachable_by_whom_they_blocked(guild: Guild) -> None:
    """Sixty steps by chance, and after each what holds after any."""
    world, chance = guild.world, random.Random(7)
    people = {"Ana": world.ana, "Jonas": world.jonas, "Lena": guild.lena, "Maria": world.maria}
    blocked: set[frozenset[str]] = set()
    for _ in range(60):
        one, other = chance.sample(sorted(people), 2)
        step = chance.choice(["ask", "yes", "block", "share", "note", "end", "wait"])
        target = str(guild.ids[other])
        if step == "ask":
            await guild.ask(people[one], other)
        elif step == "yes":
            await _say_yes(guild, people[one])
        elif step == "block" and chance.random() < 0.4:
            await guild.press(people[one], "profile block", target, "yes")
            blocked.add(frozenset((one, other)))
        elif step == "share":
            await guild.press(people[one], "contact save", target, "yes", f"{one.lower()}-handle")
        elif step == "note":
            await guild.press(people[one], "note send", target, f"a note by {one}")
        elif step == "end" and chance.random() < 0.3:
            await guild.press(people[one], "contact end", target)
        elif step == "wait":
            world.clock.move(world.clock.now() + timedelta(hours=9))
            await world.run_due()
        for one, other in (sorted(pair) for pair in blocked):
            for me, them in ((one, other), (other, one)):
                assert not await guild.know_each_other(me, them)
                assert "E-STALE" in await guild.press(people[me], "contact show", str(guild.ids[them]))
                assert f"a note by {them}" not in await guild.page(people[me])
    assert blocked


async def _say_yes(guild: Guild, who: Caller) -> None:
    """Answer the oldest question on somebody's page with yes."""
    async with guild.world.app.db.read() as db:
        own = (request.c.asked_id == guild.ids[who.name], request.c.state == "open")
        found = (await db.execute(sa.select(request.c.id).where(*own).order_by(request.c.id))).scalars().first()
    if found is not None:
        await guild.press(who, "introduction answer", str(found), "yes")


async def test_two_accounts_that_are_one_person_have_what_both_had_and_the_stricter_standing(guild: Guild) -> None:
    world = guild.world
    await guild.introduce("Lena", "Jonas")
    await guild.introduce("Maria", "Jonas")
    await guild.introduce("Maria", "Lena")
    await guild.suspend("Lena")
    await world.say(world.ana, "/hub report Lena")
    await world.submit(world.ana, reason="scam", hide="")
    async with world.app.db.write() as db:
        await store.set_block(db, guild.community_id, guild.ids["Maria"], guild.ids["Lena"], world.clock.now())
        kept, gone = guild.ids["Jonas"], guild.ids["Lena"]
        await traces.merge(
            Merging(db, world.app.ids, world.app.settings, guild.community_id, kept, gone, world.clock.now())
        )
    assert not await guild.know_each_other("Maria", "Jonas")  # whom one of them blocked, or who did
    assert (await world.say(world.jonas, "/gigs find")).endswith("E-PAUSED")
    assert "Reports: 1 open" in await world.say(world.marek, "/mod safety Jonas")
