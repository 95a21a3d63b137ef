"""`/swap status`: what is going on, when the next round is, and what somebody owes or is owed; pausing and leaving."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot import people
from bot.cards import Block, Button, Card, Controls, Divider, Heading, Note, Paragraph, Time, bold, sentence
from bot.commands import Commands, Look, OpenForm, Read, Reply, Update, Write
from bot.errors import UserError
from bot.forms import Form, Page, PickField
from bot.people import Role
from bot.setup import next_round
from bot.swaps import asks, planning, proposals, rounds, store
from bot.swaps.appointments import coming
from bot.swaps.asking import withdraw_ask
from bot.swaps.matching import WhyNot
from bot.swaps.thanks import gift_button
from bot.swaps.words import balance_words, coffee_button, skill_name
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy as sa

    from bot.cards import Text

PAUSE = timedelta(weeks=2)
MOST_LESSONS = 5
MOST_ROUNDS = 5

commands = Commands()


# --- what is going on ------------------------------------------------------------------------------------------------


@commands.command("swap status")
async def status(ask: Read) -> Reply:
    """Show your match, lessons and open asks, the next round, and what you owe or are owed."""
    part = await store.part_of(ask.db, ask.community.id, ask.member_id)
    balance = await store.balance_of(ask.db, ask.community.id, ask.member_id)
    thanked = await store.thanks_of(ask.db, ask.community.id, ask.member_id)
    going_on = await _going_on(ask)
    money = balance_words(balance, ask.settings.swap.owe_hours)
    times = count(thanked, say("time"), say("times"))
    more = (say(" You were thanked {times} for your help.", times=times),) if thanked else ()
    blocks: list[Block] = [
        Heading(say("My swaps")),
        *going_on,
        *([Divider()] if going_on else []),
        *_taking_part(ask, part),
        Paragraph((money, *more)),
        Controls(_controls(ask, part)),
    ]
    if part is not None and part["waiting"] and part["left"] is None:
        blocks.append(Controls((Button(say("Why not me?"), "swap why-not"),)))
    return Reply(Card(say("My swaps. {money}", money=money), tuple(blocks)))


def _taking_part(ask: Read, part: sa.RowMapping | None) -> list[Block]:
    if part is None or part["left"] is not None:
        text = say("You take no part in rounds. Say what you can teach and want to learn, and you are in.")
        return [Paragraph((text,))]
    if part["paused_until"] is not None and part["paused_until"] > ask.now:
        until = Time(part["paused_until"], "date")
        return [Paragraph((say("Paused until "), until, say(": nothing is asked of you.")))]
    following = Time(next_round(ask.community, ask.settings, ask.now))
    first = [say(" You come first in it: the last one brought you nothing.")] if part["waiting"] else []
    coffee = [Note((say("Coffee introductions are on."),))] if part["coffee"] else []
    return [Paragraph((bold(say("Next round: ")), following, ".", *first)), *coffee]


def _controls(ask: Read, part: sa.RowMapping | None) -> tuple[Button, ...]:
    another = Button(say("Ask for another"), "swap another")
    if part is None or part["left"] is not None:
        return (Button(say("Join"), "swap join", (), "primary"), another)
    paused = part["paused_until"] is not None and part["paused_until"] > ask.now
    pause = Button(say("Take part again"), "swap resume") if paused else Button(say("Pause 2 weeks"), "swap pause")
    change, leaving = Button(say("Change my skills"), "swap join"), Button(say("Leave"), "swap leave")
    return (another, change, coffee_button(on=part["coffee"]), pause, leaving)


async def page(ask: Read) -> list[Block]:
    """A part of `/hub`: a member's match, lessons and asks. A proposal that waits for them is a notice there."""
    seat = await rounds.open_seat(ask.db, ask.community.id, ask.member_id)
    waits = seat is not None and seat["answer"] is None
    return [*([] if waits or seat is None else await _proposal(ask, seat)), *await _agreed_on(ask)]


async def _going_on(ask: Read) -> list[Block]:
    """A member's proposal, lessons and asks; nothing where there are none."""
    seat = await rounds.open_seat(ask.db, ask.community.id, ask.member_id)
    return [*([] if seat is None else await _proposal(ask, seat)), *await _agreed_on(ask)]


async def _agreed_on(ask: Read) -> list[Block]:
    blocks: list[Block] = []
    for row in (await store.lessons_of(ask.db, ask.community.id, ask.member_id, "open"))[:MOST_LESSONS]:
        blocks += await _lesson(ask, row)
    for row in await asks.open_asks(ask.db, ask.community.id, ask.member_id):
        text = say("I am asking around for help with {skill}, since ", skill=skill_name(row["skill"]))
        spoken = say("Take back: {skill}", skill=skill_name(row["skill"])[:50])
        withdraw = Button(say("Take it back"), "help withdraw", (str(row["id"]),), spoken=spoken)
        blocks += [Paragraph((text, Time(row["at"], "date"), ".")), Controls((withdraw,))]
    return blocks


async def _proposal(ask: Read, seat: sa.RowMapping) -> list[Block]:
    seats = await rounds.seats_of(ask.db, ask.community.id, seat["ring_id"])
    own = (str(seat["ring_id"]),)
    text = Paragraph(proposals.terms_words(seat, len(seats)))
    if not all(one["open"] for one in seats):
        return [text, Paragraph((say("Somebody can't this time. I'm looking for another way round."),))]
    if seat["answer"] == "yes":
        no = Button(say("I can't after all"), "swap answer", (*own, "no"))
        waits = (
            say("You said yes; I introduce you as soon as the other one has, too.")
            if len(seats) == 2
            else say("You said yes; I introduce you as soon as the others have, too.")
        )
        return [text, Paragraph((waits,)), Controls((no, Button(say("Why this match?"), "swap why", own)))]
    return [text, Controls(proposals.answers(seat))]


async def _lesson(ask: Read, row: sa.RowMapping) -> list[Block]:
    teaches = row["giver_id"] == ask.member_id
    other = row["getter_id"] if teaches else row["giver_id"]
    known = await people.member_name(ask.db, ask.community.id, other) if other else None
    name, skill = known or say("Somebody who has left"), skill_name(row["skill"])
    what = (
        say("You teach {name} {skill}, since ", name=name, skill=skill)
        if teaches
        else say("{name} teaches you {skill}, since ", name=name, skill=skill)
    )
    own = (str(row["id"]),)
    at = coming(row, ask.now)
    time = say("Another time") if at else say("We've fixed a time")
    controls = [
        Button(say("We met"), "swap met", own, "primary", spoken=say("We met: {name}", name=name[:50])),
        Button(time, "swap times", own, spoken=f"{time}: {name[:50]}"),
        Button(say("It didn't work out"), "swap failed", own, spoken=say("It didn't work out: {name}", name=name[:40])),
    ]
    if teaches:
        controls.append(gift_button(row["id"], is_free=row["free"]))
    gift = [say(" No return is needed for it.")] if row["free"] else []
    fixed: Text = (say(" You meet: "), Time(at, "full"), ".") if at else ()
    return [Paragraph((what, Time(row["at"], "date"), ".", *fixed, *gift)), Controls(tuple(controls))]


@commands.command("swap another", typed=False)
async def another(ask: Read) -> OpenForm:
    """Ask for help with another skill."""
    del ask
    field = PickField("skill", say("Help with"), say("Type a part of its name, such as: vector."))
    page = Page(say("What do you need help with?"), (field,))
    return OpenForm(Form(say("Ask for help"), "swap find", (page,), submit_label=say("Look")))


# --- why not me? -----------------------------------------------------------------------------------------------------


async def _look_why(look: Look) -> WhyNot | None:
    """Work out why a round has nothing for the one who asks; None where they take no part in it."""
    async with look.read() as db:
        task = await planning.read_task(db, look.community, look.settings, look.now)
    if all(one.id != look.member_id for one in task.candidates):
        return None
    found: WhyNot = await look.workers.run("bot.swaps.solving:explain", task, look.member_id, timeout=60.0)
    return found


@commands.command("swap why-not", typed=False, look=_look_why)
async def why_not(ask: Read, found: WhyNot | None) -> Reply:
    """Show why the round had nothing for you, and what would change that."""
    if found is None:
        raise no_part()
    following = Time(next_round(ask.community, ask.settings, ask.now), "date")
    head = say("Why not me?")
    controls = (
        Button(say("Change my skills"), "swap join", (), "primary"),
        Button(say("Widen my times"), "profile more"),
        Button(say("Ask for help instead"), "swap another"),
    )
    lines = [Paragraph((line,)) for line in _reasons(found)]
    last = Paragraph((say("The next round is on "), following, say("; whoever went without comes first in it.")))
    return Reply(Card(head, (Heading(head), *lines, last, Controls(controls))))


def _reasons(found: WhyNot) -> list[str]:
    """True sentences about a member's chances: how many fit, and what was tried and would help."""
    wanting = count(found.wanting, say("member wants"), say("members want"))
    teaching = count(found.teaching, say("member teaches"), say("members teach"))
    both = count(found.both, say("does"), say("do"))
    text = say("In your languages and near your hours {wanting} what you offer, ", wanting=wanting)
    lines = [text + say("{teaching} what you want, and {both} both.", teaching=teaching, both=both)]
    if found.served:
        lines.append(say("As things are now, a round would have something for you."))
    elif found.offer:
        skill = skill_name(found.offer)
        lines.append(say("If you also offered {skill}, a round would have something for you: I tried.", skill=skill))
    elif found.newcomer:
        teaches, wants = map(skill_name, found.newcomer)
        one_more = say("One more member who teaches {teaches} and wants {wants}", teaches=teaches, wants=wants)
        lines.append(say("{one_more} would be your way in: I tried.", one_more=one_more))
    else:
        lines.append(say("No ring of two or three leads through you now. More members, or other skills, would help."))
    return lines


# --- pausing and leaving ---------------------------------------------------------------------------------------------


@commands.command("swap pause", typed=False)
async def pause(do: Write) -> Reply:
    """Take no part for two weeks: no round, and nothing asked of you."""
    await _require_part(do)
    until = do.now + PAUSE
    await store.change_part(do.db, do.community.id, do.member_id, paused_until=until)
    await _leave_ring(do)
    text = say("Paused until {day}. What was agreed on goes on.", day=f"{until:%d %b}")
    return Reply(sentence(text, Button(say("Take part again"), "swap resume"), Button(say("My swaps"), "swap status")))


@commands.command("swap resume", typed=False)
async def resume(do: Write) -> Update:
    """Take part again."""
    await _require_part(do)
    await store.change_part(do.db, do.community.id, do.member_id, paused_until=None)
    return Update(sentence(say("Welcome back: you are in the next round."), Button(say("My swaps"), "swap status")))


@commands.command("swap coffee", typed=False)
async def coffee(do: Write, wanted: bool) -> Reply:  # noqa: FBT001  (an option of a command)
    """Be introduced to somebody new in each round, or no longer."""
    await _require_part(do)
    await store.change_part(do.db, do.community.id, do.member_id, coffee=wanted)
    text = (
        say("Each round I introduce you to one or two members whom you haven't met, by name: for a coffee, no lesson.")
        if wanted
        else say("No coffee introductions from now on.")
    )
    return Reply(sentence(text, coffee_button(on=wanted), Button(say("My swaps"), "swap status")))


@commands.command("swap leave", typed=False)
async def leave(do: Write) -> Update:
    """Take no part any more. Hours that you owe or are owed stay in the ledger."""
    await _require_part(do)
    await store.change_part(do.db, do.community.id, do.member_id, left=do.now, coffee=False, waiting=0)
    await _leave_ring(do)
    for row in await asks.open_asks(do.db, do.community.id, do.member_id):
        await withdraw_ask(do, row)
    text = say("You have left skill swaps. Lessons that were agreed on go on; nothing new is asked of you.")
    return Update(sentence(text, Button(say("Join again"), "swap join")))


async def _leave_ring(do: Write) -> None:
    """Say no to what is proposed, if something is."""
    seat = await rounds.open_seat(do.db, do.community.id, do.member_id)
    row = await rounds.lock_ring(do.db, do.community.id, seat["ring_id"]) if seat is not None else None
    seat = await rounds.open_seat(do.db, do.community.id, do.member_id)
    if row is not None and seat is not None and seat["ring_id"] == row["id"]:
        await proposals.settle(do, row, seat, "no")


async def _require_part(ask: Read) -> None:
    """Raise `UserError` for who takes no part."""
    part = await store.part_of(ask.db, ask.community.id, ask.member_id)
    if part is None or part["left"] is not None:
        raise no_part()


def no_part() -> UserError:
    """The sentence for who takes no part."""
    join_in = Button(say("Join"), "swap join", (), "primary")
    privacy = Button(say("Privacy"), "profile privacy")
    return UserError(
        "E-STALE",
        say("You take no part in skill swaps at the moment."),
        advice=say("So that nothing at all is asked of you, pause everything in /profile privacy."),
        buttons=(join_in, privacy),
    )


# --- for moderators --------------------------------------------------------------------------------------------------


@commands.command("swap rounds", role=Role.MODERATOR)
async def earlier(ask: Read) -> Reply:
    """Show how the latest rounds went."""
    rows: Sequence[sa.RowMapping] = await rounds.latest(ask.db, ask.community.id, MOST_ROUNDS)
    if not rows:
        following = next_round(ask.community, ask.settings, ask.now)
        text = say("There was no round yet. The first one: ")
        return Reply(Card(f"{text}{following:%d %b %Y}.", (Paragraph((text, Time(following), ".")),)))
    blocks = [block for row in rows for block in planning.round_blocks(row)]
    return Reply(Card(say("The latest rounds."), tuple(blocks)))
