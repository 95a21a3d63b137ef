"""`/mod safety`: the reports that wait, how a member stands, and what moderators do about it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import sqlalchemy as sa

from bot import audit, notices, people, standing
from bot.cards import (
    Block,
    Button,
    Card,
    Controls,
    Divider,
    Fact,
    Facts,
    Heading,
    Note,
    Option,
    Paragraph,
    Quote,
    Select,
    Time,
    sentence,
)
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.errors import UserError
from bot.forms import Form, Page, TextField
from bot.literal import label
from bot.members import decisions, reports
from bot.notices import Notice, Worth
from bot.options import Member
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.standing import Standing

PAUSE = timedelta(days=30)
RECENTLY = timedelta(days=30)  # who decided something as a moderator so lately is probably still one
MOST_WORDS = 1500  # characters of a warning
CHOICES = 25

commands = Commands()

# --- looking ---------------------------------------------------------------------------------------------------------


@commands.command("mod safety", role=Role.MODERATOR, example="/mod safety Jonas")
async def safety(ask: Read, member: Annotated[Member | None, "How this member stands"] = None) -> Reply:
    """Show the reports that wait for you, or how a member stands."""
    return Reply(await (_member_card(ask, member) if member else _overview(ask)))


async def _overview(ask: Read) -> Card:
    waiting = await reports.undecided(ask.db, ask.community.id)
    bound = await _bound(ask)
    if not waiting and not bound:
        return sentence(say("No report waits, and nobody is paused or banned."))
    blocks: list[Block] = [Heading(count(len(waiting), say("report waits"), say("reports wait")))]
    about: dict[int, int] = {}
    for row in waiting:
        if row["reported"] is None:
            blocks += [*reports.told(row), Controls((Button(say("Settled"), "safety settle", (str(row["id"]),)),))]
        elif row["reported"].isdecimal():  # else they have left, and there is nothing to decide
            about[int(row["reported"])] = about.get(int(row["reported"]), 0) + 1
    names = await decisions.names_of(ask.db, ask.community.id, {*about, *bound})
    lines = {one: _words(about.get(one, 0), bound.get(one)) for one in (*about, *(b for b in bound if b not in about))}
    blocks += [Paragraph((f"{label(names[one], 80)}: {words}",)) for one, words in lines.items() if one in names]
    if lines:
        options = tuple(Option(label(names[one], 75), str(one)) for one in lines if one in names)[:CHOICES]
        blocks.append(Controls((Select(say("Look at a member"), "mod safety", options),)))
    return Card(say("What waits for moderators about members."), tuple(blocks))


def _words(waiting: int, stands: Standing | None) -> str:
    parts = [count(waiting, say("open report"), say("open reports"))] if waiting else []
    if stands is not None:
        parts.append(_standing_words(stands))
    return ", ".join(parts)


def _standing_words(stands: Standing) -> str:
    if stands.banned:
        return say("banned from the bot")
    until = stands.paused_until
    return say("paused until {day}", day=f"{until.day} {until:%b %Y}") if until else say("in good standing")


async def _bound(ask: Read) -> dict[int, Standing]:
    """The members who are paused or banned."""
    own = (people.member.c.community_id == ask.community.id, sa.not_(people.not_suspended(ask.now)))
    rows = (await ask.db.execute(sa.select(people.member).where(*own).order_by(people.member.c.name))).mappings()
    return {row["id"]: standing.read(row, ask.now) for row in rows}


async def _member_card(ask: Read, member: int) -> Card:
    name = (await decisions.names_of(ask.db, ask.community.id, [member]))[member]
    stands = await standing.of(ask.db, ask.community.id, member, ask.now)
    waiting = await reports.undecided(ask.db, ask.community.id, member)
    settled = await reports.settled_count(ask.db, ask.community.id, member)
    warned = await _warnings(ask.db, ask.community.id, member)
    facts = (
        Fact(say("Standing"), (_standing_words(stands),)),
        Fact(say("Reports"), (say("{open} open, {settled} settled", open=len(waiting), settled=settled),)),
        Fact(say("Warned"), (count(warned, say("time"), say("times")),)),
    )
    told = [block for row in waiting for block in (Divider(), *reports.told(row), Note((Time(row["at"], "relative"),)))]
    press = (str(member),)
    controls = [
        Button(say("Warn"), "safety warn", press),
        Button(say("Pause from matching 30 d"), "safety pause", press),
        Button(say("Ban from the bot"), "safety ban", press, "danger"),
    ]
    if waiting or not stands:
        controls.append(Button(say("Clear"), "safety clear", press))
    note = say("Reports never say who made them. Clear settles the reports and lifts a pause or a ban.")
    return Card(
        say("How {name} stands.", name=name),
        (Heading(label(name, 100)), Facts(facts), *told, Controls(tuple(controls)), Note((note,))),
    )


async def _warnings(db: AsyncConnection, community_id: int, member: int) -> int:
    own = (audit.audit.c.community_id == community_id, audit.audit.c.subject == reports.audited(member))
    which = (audit.audit.c.action == "safety save-warning", audit.audit.c.undone_at.is_(None))
    return int((await db.execute(sa.select(sa.func.count()).select_from(audit.audit).where(*own, *which))).scalar_one())


# --- deciding --------------------------------------------------------------------------------------------------------


@commands.command("safety warn", role=Role.MODERATOR, typed=False)
async def warn(ask: Read, member: Member) -> OpenForm:
    """Write a member a warning."""
    name = await _other(ask, member)
    field = TextField("words", say("What should they know?"), say("They read this."), long=True, max_length=MOST_WORDS)
    page = Page(label(say("To {name}, from the moderators", name=name), 45), (field,))
    return OpenForm(Form(say("Warn"), "safety save-warning", (page,), (str(member),), submit_label=say("Send")))


@commands.command("safety save-warning", role=Role.MODERATOR, typed=False)
async def save_warning(do: Write, member: Member, words: str) -> Update:
    """Send a member a warning; their reports are settled by it."""
    name = await _other(do, member)
    done = await decisions.decide(do, member, "safety save-warning")
    head = say("A word from the moderators of {name}", name=do.community.name)
    body = (
        Heading(label(head, 150)),
        Quote(words[:MOST_WORDS]),
        Note((say("This is a warning; nothing else changes."),)),
    )
    told = Notice(
        member_id=member,
        key=reports.standing_key(member, done),
        card=Card(f"{label(head, 150)}.", body),
        due=do.now,
        worth=Worth.ANSWER,
    )
    await notices.owe(do.db, do.ids, do.community.id, told)
    return Update(await decisions.done(do, member, done, say("{name} is warned", name=name)))


@commands.command("safety pause", role=Role.MODERATOR, typed=False)
async def pause(do: Write, member: Member, sure: Literal["no", "yes"] = "no") -> Update:
    """Pause a member from matching for 30 days."""
    name = await _other(do, member)
    if sure == "no" and (asked := await _asks_twice(do, member, name, "safety pause")):
        return Update(asked)
    until = do.now + PAUSE
    done = await decisions.decide(do, member, "safety pause", suspended_until=until)
    await reports.tell_standing(do, member, done)
    return Update(
        await decisions.done(do, member, done, say("{name} is paused until {day}", name=name, day=decisions.day(until)))
    )


@commands.command("safety ban", role=Role.MODERATOR, typed=False)
async def ban(do: Write, member: Member, sure: Literal["no", "yes"] = "no") -> Update:
    """Ban a member from using Guildhall here."""
    name = await _other(do, member)
    if sure == "no":
        what = say("They could use nothing but help, privacy, export, forget and report, until you clear it.")
        yes = Button(say("Ban {name}", name=name[:40]), "safety ban", (str(member), "yes"), "danger")
        asked = await _asks_twice(do, member, name, "safety ban")
        question = say("Ban {name} from the bot?", name=name)
        return Update(asked or Card(question, (Heading(label(question, 150)), Paragraph((what,)), Controls((yes,)))))
    done = await decisions.decide(do, member, "safety ban", banned_at=do.now)
    await reports.tell_standing(do, member, done)
    return Update(await decisions.done(do, member, done, say("{name} is banned from the bot", name=name)))


@commands.command("safety clear", role=Role.MODERATOR, typed=False)
async def clear(do: Write, member: Member) -> Update:
    """Settle the reports of a member and lift a pause or a ban."""
    name = await _other(do, member)
    bound = not await standing.of(do.db, do.community.id, member, do.now)
    done = await decisions.decide(do, member, "safety clear", suspended_until=None, banned_at=None)
    if bound:
        free = sentence(say("The moderators have looked: you can use everything here again."))
        key = reports.standing_key(member, done)
        told = Notice(member_id=member, key=key, card=free, due=do.now, worth=Worth.ANSWER)
        await notices.owe(do.db, do.ids, do.community.id, told)
    return Update(await decisions.done(do, member, done, say("{name} is cleared", name=name)))


@commands.command("safety settle", role=Role.MODERATOR, typed=False)
async def settle(do: Write, report: int) -> Update:
    """Settle a report that is about no member."""
    found = [row for row in await reports.undecided(do.db, do.community.id) if row["id"] == report]
    if not found or found[0]["reported"] is not None:
        raise UserError("E-DONE", say("Somebody has settled this already."))
    after = {"reports": [report]}
    done = await audit.record(do, "safety settle", f"member-report:{report}", before={}, after=after)
    await reports.decide(do.db, do.community.id, [report], do.now)
    card = decisions.settled_card(say("Settled by {name}", name=do.name), done)
    await decisions.mark(do, found, card)
    return Update(card)


async def _other(ask: Read, member: int) -> str:
    """The name of a member whom a moderator may decide on. Raises `UserError` (E-SELF) for themselves."""
    if member == ask.member_id:
        raise UserError(
            "E-SELF",
            say("You can't decide on yourself."),
            advice=say("Ask another moderator, who sees the same reports."),
        )
    return (await decisions.names_of(ask.db, ask.community.id, [member]))[member]


async def _asks_twice(do: Write, member: int, name: str, command: str) -> Card | None:
    """What to answer first where the member seems to be a moderator too."""
    acts = [one.name for feature in do.features for one in feature.commands if one.role is Role.MODERATOR]
    own = (audit.audit.c.community_id == do.community.id, audit.audit.c.actor == member)
    acted = (audit.audit.c.action.in_(acts), audit.audit.c.at > do.now - RECENTLY)
    latest = (await do.db.execute(sa.select(sa.func.max(audit.audit.c.at)).where(*own, *acted))).scalar_one()
    if latest is None:
        return None
    what = say(
        "{name} has decided as a moderator here on {day}. While they are one, it would not bind them: take the role "
        "from them on your platform first.",
        name=name,
        day=decisions.day(latest),
    )
    anyway = Button(say("I mean it"), command, (str(member), "yes"), "danger")
    return Card(say("{name} seems to be a moderator.", name=name), (Paragraph((what,)), Controls((anyway,))))
