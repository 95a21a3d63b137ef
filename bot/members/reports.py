"""Members report each other; moderators look. Nobody but the reporter learns who reported, moderators included.

Two independent reports within 90 days pause the reported member until moderators have looked, for 14 days at most.
Independent are reports of two different members who are not new here, not under moderation themselves, and have not
been introduced to each other: one person with a second account, or two friends in one evening, pause nobody.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Literal

import sqlalchemy as sa

from bot import audit, moderators, notices, people, standing
from bot.cards import Block, Button, Card, Controls, Heading, Note, Option, Paragraph, Quote, bold, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.db import Json, Key, UtcDateTime, Words, metadata
from bot.errors import FieldErrors, UserError
from bot.forms import ChecksField, ChoiceField, Field, Form, Page, PickField, TextField
from bot.literal import label, shorten
from bot.members import acquaintances, blocking, introductions, notes
from bot.notices import Notice, Worth
from bot.options import Member, Message
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

Reason = Literal["harassment", "scam", "spam", "discrimination", "pretends", "other"]
REASONS = {
    "harassment": "Harassment or threats",
    "scam": "A scam, or asks for money",
    "spam": "Spam or selling",
    "discrimination": "Discriminates or insults",
    "pretends": "Pretends to be somebody else",
    "other": "Something else",
}

A_DAY = 5  # reports of one member
TOGETHER = timedelta(days=90)
PAUSE = timedelta(days=14)
MOST_WORDS = 1500  # characters

report = sa.Table(
    "member_report",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("reporter", sa.Text, nullable=False),  # a member's id, shown to nobody; a random token once forgotten
    sa.Column("reported", sa.Text),  # the same; None where it is about a link alone
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("words", Words, nullable=False),
    sa.Column("link", Words, nullable=False),  # an address or a message's words, as the reporter gave them
    sa.Column("evidence", Words, nullable=False),  # a note, as it was sent through the bot
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("messages", Json, nullable=False),  # the ids of the moderators' cards about it
    sa.Index("ix_member_report_reported", "community_id", "reported"),
    sa.Index("ix_member_report_reporter", "community_id", "reporter"),
)

commands = Commands()


# --- asking what happened --------------------------------------------------------------------------------------------


@commands.command("hub report", example="/hub report Jonas", while_suspended=True)
async def ask_what(
    ask: Read,
    member: Annotated[Member | None, "Who it is about"] = None,
    link: Annotated[str, "What it is about: an address"] = "",
) -> OpenForm:
    """Report somebody or something to the moderators, privately."""
    del ask
    if member is None:
        return OpenForm(_form("hub save-report", (), PickField("member", say("Who?"), required=False), _link(link)))
    return OpenForm(_form("hub save-report", (str(member),), _link(link)))


@commands.command("hub report-message", typed=False, while_suspended=True)
async def ask_about_message(ask: Read, message: Message) -> OpenForm:
    """Report to the moderators."""
    del ask
    who = PickField("member", say("Who wrote it?"), say("Leave it empty if it was Guildhall."), required=False)
    return OpenForm(_form("hub save-report", (), who, _link(shorten(message, MOST_WORDS))))


@commands.command("note report", typed=False, while_suspended=True)
async def ask_about_note(ask: Read, note: int, key: str) -> OpenForm:
    """Report a note that was sent to you; the moderators see its words."""
    await notes.unsealed(ask, note, key)
    return OpenForm(_form("note save-report", (str(note), key)))


def _link(value: str) -> TextField:
    hint = say("An address, or the words themselves.")
    return TextField("link", say("What is it about?"), hint, value, required=False, long=True, max_length=MOST_WORDS)


def _form(submit: str, arguments: tuple[str, ...], *more: Field) -> Form:
    options = tuple(Option(say(words), reason) for reason, words in REASONS.items())
    hide = Option(say("Hide us from each other now"), "yes")
    fields = (
        ChoiceField("reason", say("What is wrong?"), options, say("The moderators see this, not who said it.")),
        TextField("words", say("What happened?"), required=False, long=True, max_length=MOST_WORDS),
        *more,
        ChecksField("hide", say("And"), (hide,), value="yes"),
    )
    return Form(say("Report"), submit, (Page(say("Report to the moderators"), fields),), arguments, say("Report"))


# --- passing it on ---------------------------------------------------------------------------------------------------


@commands.command("hub save-report", typed=False, while_suspended=True)
async def save(
    do: Write, member: Member | None = None, *, reason: Reason, words: str = "", link: str = "", hide: str = ""
) -> Reply:
    """Pass a report on to the moderators."""
    if member is None and not link:
        raise FieldErrors({"link": say("Say who or what it is about.")})
    if member == do.member_id:
        raise FieldErrors({"member": say("That is you.")})
    return await _file(do, member, reason, words, link=link, hide=bool(hide))


@commands.command("note save-report", typed=False, while_suspended=True)
async def save_about_note(do: Write, note: int, key: str, reason: Reason, words: str = "", hide: str = "") -> Reply:
    """Pass a report about a note on to the moderators, with the words that were sent."""
    writer, evidence = await notes.unsealed(do, note, key)
    return await _file(do, writer, reason, words, evidence=evidence, hide=bool(hide))


async def _file(
    do: Write, member: int | None, reason: Reason, words: str, *, link: str = "", evidence: str = "", hide: bool
) -> Reply:
    own = (report.c.community_id == do.community.id, report.c.reporter == str(do.member_id))
    fresh = sa.select(sa.func.count()).select_from(report).where(*own, report.c.at > do.now - timedelta(days=1))
    if (await do.db.execute(fresh)).scalar_one() >= A_DAY:
        raise UserError(
            "E-RATE",
            say("You made {n} reports within a day; the moderators have them.", n=A_DAY),
            advice=say("If somebody is in danger, write to a moderator at once."),
        )
    values = {
        "community_id": do.community.id,
        "id": do.ids.new(),
        "reporter": str(do.member_id),
        "reported": str(member) if member else None,
        "reason": reason,
        "words": words[:MOST_WORDS],
        "link": link[:MOST_WORDS],
        "evidence": evidence,
        "at": do.now,
    }
    await do.db.execute(sa.insert(report).values(**values, messages=[]))
    until = await _pause(do, member) if member else None
    card = await _card(do, values, member, until)
    key = f"member-report:{values['id']}"
    sent = await moderators.tell(do.db, do.ids, do.community.id, key=key, card=card, now=do.now)
    this = (report.c.community_id == do.community.id, report.c.id == values["id"])
    await do.db.execute(sa.update(report).where(*this).values(messages=sent))
    if hide and member:
        await blocking.keep_apart(do, do.member_id, member)
    thanks = say(
        "Thank you. The moderators look at it. Nobody else learns of it, and they don't learn that it was you."
    )
    hidden = say("From now on you two don't meet here; they don't learn of that either.")
    return Reply(sentence(f"{thanks} {hidden}" if hide and member else thanks))


async def _card(do: Write, row: dict[str, object], member: int | None, until: datetime | None) -> Card:
    """What moderators see of a report: everything but who made it."""
    name = await people.member_name(do.db, do.community.id, member) if member else None
    title = say("A member reports {name}", name=label(name, 80)) if name else say("A member reports something")
    blocks: list[Block] = [Heading(title), *told(row)]
    if until:
        paused = say("It is the second independent one: matching is paused for them until {day}.", day=_day(until))
        blocks.append(Paragraph((bold(paused),)))
    look = (
        Button(say("Look"), "mod safety", (str(member),), "primary")
        if member
        else Button(say("Settled"), "safety settle", (str(row["id"]),), "primary")
    )
    return Card(f"{title}.", (*blocks, Controls((look,))))


def told(row: dict[str, object] | RowMapping) -> list[Block]:
    """A report, as moderators read it."""
    blocks: list[Block] = [Paragraph((bold(say(REASONS[str(row["reason"])])),))]
    if row["words"]:
        blocks.append(Quote(str(row["words"])))
    if row["link"]:
        blocks += [Note((say("About this, as they pass it on:"),)), Quote(str(row["link"]))]
    if row["evidence"]:
        blocks += [Note((say("The note, exactly as it was sent through Guildhall:"),)), Quote(str(row["evidence"]))]
    return blocks


# --- two that know nothing of each other -----------------------------------------------------------------------------


async def _pause(do: Write, member: int) -> datetime | None:
    """Pause a member of whom there are two independent reports, and tell them; returns until when, if it is new."""
    now_stands = await standing.of(do.db, do.community.id, member, do.now)
    until = do.now + PAUSE
    paused = now_stands.paused_until
    if now_stands.banned or (paused and paused >= until) or not await _independent(do, member):
        return None
    before = {"suspended_until": paused.isoformat() if paused else None, "banned_at": None}
    after = {**before, "suspended_until": until.isoformat()}
    subject = audited(member)
    decision = await audit.record_own(
        do.db, do.ids, do.community.id, do.now, "safety pause", subject, before=before, after=after
    )
    await people.change_member(do.db, do.community.id, member, suspended_until=until)
    await tell_standing(do, member, decision)
    return until


async def _independent(do: Write, member: int) -> bool:
    """Whether two of the undecided reports about a member know nothing of each other."""
    own = (report.c.community_id == do.community.id, report.c.reported == str(member), report.c.decided_at.is_(None))
    statement = sa.select(report.c.reporter).where(*own, report.c.at > do.now - TOGETHER).distinct()
    reporters = [int(one) for one in (await do.db.execute(statement)).scalars() if one.isdecimal()]
    trusted = [one for one in reporters if await _counts(do, one)]
    for one, other in combinations(trusted, 2):
        if not await acquaintances.are_acquainted(do.db, do.community.id, one, other):
            return True
    return False


async def _counts(do: Write, reporter: int) -> bool:
    """Whether a member's report may pause somebody."""
    if not await standing.of(do.db, do.community.id, reporter, do.now):
        return False
    return await introductions.seasoned_at(do, reporter) <= do.now


async def tell_standing(do: Write, member: int, decision: int) -> None:
    """Tell a member how moderators let them take part from now on, in the words of E-PAUSED."""
    stands = await standing.of(do.db, do.community.id, member, do.now)
    refusal = standing.refusal(stands)
    card = Card(
        refusal.happened, (Paragraph((refusal.happened,)), Paragraph((refusal.advice,)), Controls(refusal.buttons))
    )
    told = Notice(member_id=member, key=standing_key(member, decision), card=card, due=do.now, worth=Worth.ANSWER)
    await notices.owe(do.db, do.ids, do.community.id, told)


def audited(member: int) -> str:
    """What the audit calls a member's standing, which is no part of what they do themselves."""
    return f"standing:{member}"


def standing_key(member: int, decision: int) -> str:
    """The key of a notice about a member's standing, by the audit's row of the decision."""
    return f"standing:{member}:{decision}"


# --- for moderators --------------------------------------------------------------------------------------------------


async def undecided(db: AsyncConnection, community_id: int, member: int | None = None) -> Sequence[RowMapping]:
    """The reports that wait for moderators, of one member or of all, oldest first."""
    own = [report.c.community_id == community_id, report.c.decided_at.is_(None)]
    if member is not None:
        own.append(report.c.reported == str(member))
    return (await db.execute(sa.select(report).where(*own).order_by(report.c.id))).mappings().all()


async def settled_count(db: AsyncConnection, community_id: int, member: int) -> int:
    """How many reports of a member were settled and are still kept."""
    own = (report.c.community_id == community_id, report.c.reported == str(member), report.c.decided_at.is_not(None))
    return int((await db.execute(sa.select(sa.func.count()).select_from(report).where(*own))).scalar_one())


async def decide(db: AsyncConnection, community_id: int, ids: Collection[int], at: datetime | None) -> None:
    """Settle reports, or (None) open them again."""
    own = (report.c.community_id == community_id, report.c.id.in_(ids))
    await db.execute(sa.update(report).where(*own).values(decided_at=at))


async def tidy(db: AsyncConnection, before: datetime) -> int:
    """Delete reports from before an instant; returns how many."""
    return (await db.execute(sa.delete(report).where(report.c.at < before))).rowcount


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b}"
