"""Notes through the bot: short words from one member to another, on whichever platform each is.

Both must have agreed to it, either can stop it. The words are kept only until they have arrived. Then nothing here can
read them any more: what is stored is sealed, and its key is in the [Report] button of the message that the reader has.
So a report shows moderators what was really sent, and without one nobody but the reader has it.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import notices, views
from bot.cards import Button, Card, Controls, Heading, Note, Quote, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Write
from bot.db import Key, UtcDateTime, metadata
from bot.errors import FieldErrors, UserError
from bot.forms import Form, Page, TextField
from bot.literal import label
from bot.members import contacts
from bot.notices import Notice, Worth
from bot.outbox import message
from bot.ports import PLATFORM_NAMES
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.place import Place
    from bot.ports import Ids

LONGEST = 1000  # characters
A_DAY = 10  # notes from one member to another
KEPT = timedelta(days=30)  # how long a note that can't be delivered waits, and how long one can be reported
ON_PAGE = timedelta(hours=1)  # how long a note that was only seen on the page stays there

note = sa.Table(
    "note",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("writer_id", Key, nullable=False),
    sa.Column("reader_id", Key, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("delivered", sa.Boolean, nullable=False),  # and so stored nowhere else any more
    sa.ForeignKeyConstraint(["community_id", "writer_id"], ["member.community_id", "member.id"]),
    sa.ForeignKeyConstraint(["community_id", "reader_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_note_writer", "community_id", "writer_id", "at"),
    sa.Index("ix_note_reader", "community_id", "reader_id"),
    sa.Index("ix_note_delivered", "delivered", "at"),
)

commands = Commands()


def seal(words: bytes, key: str) -> bytes:
    """`words` so that only `key` reads them again; sealing twice unseals.

    A stream cipher from SHAKE-256 (FIPS 202), sound because a key of 96 random bits seals one note and no other.
    """
    stream = hashlib.shake_256(key.encode()).digest(len(words))
    return bytes(one ^ other for one, other in zip(words, stream, strict=True))


# --- writing ---------------------------------------------------------------------------------------------------------


async def _agreed(ask: Read, member: int) -> str:
    """The name of a member with whom the asker exchanges notes. Raises `UserError` (E-STALE) for all others."""
    name = await contacts.acquainted_name(ask, member)
    if not await contacts.notes_agreed(ask.db, ask.community.id, ask.member_id, member):
        raise UserError(
            "E-STALE",
            say("Notes are off between you and {name}.", name=name),
            why=say("They need both of you to agree."),
            buttons=(Button(say("What I share"), "contact choose", (str(member),)),),
        )
    return name


@commands.command("note write", typed=False)
async def write(ask: Read, member: int) -> OpenForm:
    """Write a note to a member whom you have been introduced to."""
    name = await _agreed(ask, member)
    hint = say("Text only. I pass it on and don't keep it.")
    field = TextField("words", say("Your note"), hint, long=True, max_length=LONGEST)
    page = Page(label(say("A note to {name}", name=name), 45), (field,))
    return OpenForm(Form(say("Write a note"), "note send", (page,), (str(member),), submit_label=say("Send")))


@commands.command("note send", typed=False)
async def send(do: Write, member: int, words: str) -> Reply:
    """Pass a note on."""
    name = await _agreed(do, member)
    if len(words) > LONGEST:
        raise FieldErrors({"words": say("A note has at most {n} characters.", n=LONGEST)})
    own = (note.c.community_id == do.community.id, note.c.writer_id == do.member_id, note.c.reader_id == member)
    fresh = sa.select(sa.func.count()).select_from(note).where(*own, note.c.at > do.now - timedelta(days=1))
    if (await do.db.execute(fresh)).scalar_one() >= A_DAY:
        raise UserError("E-RATE", say("That were {n} notes to {name} in a day; more go tomorrow.", n=A_DAY, name=name))
    note_id, key = do.ids.new(), do.ids.token()
    whose = {"writer_id": do.member_id, "reader_id": member, "at": do.now}
    sealed = seal(words.encode(), key)
    row = {"community_id": do.community.id, "id": note_id, **whose, "sealed": sealed, "delivered": False}
    await do.db.execute(sa.insert(note).values(row))
    told = Notice(
        member_id=member,
        key=_key(note_id),
        card=_card(do, note_id, key, words),
        due=do.now,
        until=do.now + KEPT,
        asked=True,  # they agreed to it
        worth=Worth.PERSON,
    )
    await notices.owe(do.db, do.ids, do.community.id, told)
    return Reply(sentence(say("I pass it on to {name}. I keep no copy.", name=name)))


def _key(note_id: int) -> str:
    return f"note:{note_id}"


def _card(do: Write, note_id: int, key: str, words: str) -> Card:
    where = PLATFORM_NAMES[do.caller.platform]
    from_whom = say("A note from {name} ({platform}), through Guildhall", name=do.name, platform=where)
    writer = (str(do.member_id),)
    controls = (
        Button(say("Reply"), "note write", writer, "primary"),
        Button(say("Stop notes"), "note stop", writer),
        Button(say("Block"), "profile block", writer),
        Button(say("Report"), "note report", (str(note_id), key), "danger"),
    )
    small = say("These words are theirs, not mine, and are kept nowhere else. A report shows them to the moderators.")
    return Card(f"{from_whom}.", (Heading(from_whom), Quote(words), Controls(controls), Note((small,))))


@commands.command("note stop", typed=False)
async def stop(do: Write, member: int) -> Reply:
    """Stop exchanging notes with a member."""
    name = await contacts.acquainted_name(do, member)
    await contacts.stop_notes(do.db, do.community.id, do.member_id, member)
    await withhold_between(do, do.member_id, member)
    again = Button(say("What I share"), "contact choose", (str(member),))
    return Reply(sentence(say("Stopped. Neither you nor {name} can send notes now.", name=name), again))


# --- what becomes of them --------------------------------------------------------------------------------------------


async def withhold_between(place: Place, one: int, other: int) -> None:
    """Keep back what two members wrote to each other and has not arrived."""
    both = sa.or_(
        sa.and_(note.c.writer_id == one, note.c.reader_id == other),
        sa.and_(note.c.writer_id == other, note.c.reader_id == one),
    )
    await _put_away(place.db, place.ids, place.community.id, both, note.c.delivered.is_(False))


async def put_away_of(db: AsyncConnection, ids: Ids, community_id: int, member_id: int) -> None:
    """Keep nothing of the notes that a member wrote or got."""
    theirs = sa.or_(note.c.writer_id == member_id, note.c.reader_id == member_id)
    await _put_away(db, ids, community_id, theirs)
    await db.execute(sa.delete(note).where(note.c.community_id == community_id, theirs))


async def _put_away(db: AsyncConnection, ids: Ids, community_id: int, *which: sa.ColumnElement[bool]) -> None:
    """Erase the words of notes; the sealed ones stay, for a report."""
    own = (note.c.community_id == community_id, *which)
    statement = sa.update(note).where(*own).values(delivered=True).returning(note.c.id)
    for note_id in (await db.execute(statement)).scalars().all():
        await notices.erase(db, ids, community_id, _key(note_id), sentence(say("A note, which is not kept.")))
        await views.drop_mentioning(db, community_id, str(note_id))  # further pages of a page that it was on


async def arrived(db: AsyncConnection, now: datetime) -> Sequence[tuple[int, int]]:
    """Community and id of the notes whose words are still stored, and which have arrived or never will."""
    kept = undelivered().subquery()
    over = sa.or_(kept.c.over, kept.c.seen <= now - ON_PAGE, kept.c.at <= now - KEPT)
    rows = await db.execute(sa.select(kept.c.community_id, kept.c.id).where(over))
    return [(row.community_id, row.id) for row in rows]


def undelivered() -> sa.Select[Any]:
    """The notes (`community_id`, `id`, `at`) whose words are still stored.

    `over`: it was sent, or taken back. `seen`: since when its reader has it on their page, where no message is to come.
    """
    notice = notices.notice
    key = sa.literal("note:") + sa.cast(note.c.id, sa.Text)
    told = sa.and_(notice.c.community_id == note.c.community_id, notice.c.key == key)
    sent = sa.and_(message.c.community_id == notice.c.community_id, message.c.id == notice.c.message_id)
    over = sa.or_(message.c.state == "sent", notice.c.state == "closed")
    on_its_way = message.c.state.in_(("queued", "sending", "unconfirmed"))
    seen = sa.case((sa.or_(message.c.id.is_(None), ~on_its_way), notice.c.reached_at))
    columns = (note.c.community_id, note.c.id, note.c.at, over.label("over"), seen.label("seen"))
    return sa.select(*columns).join(notice, told).outerjoin(message, sent).where(note.c.delivered.is_(False))


async def put_away(db: AsyncConnection, ids: Ids, community_id: int, note_id: int) -> None:
    """Erase the words of one note."""
    await _put_away(db, ids, community_id, note.c.id == note_id)


async def tidy(db: AsyncConnection, now: datetime) -> int:
    """Delete notes that are too old to be reported; returns how many."""
    old = (note.c.delivered.is_(True), note.c.at < now - KEPT)
    return (await db.execute(sa.delete(note).where(*old))).rowcount


async def unsealed(ask: Read, note_id: int, key: str) -> tuple[int, str]:
    """Who wrote a note to the asker, and its words. Raises `UserError` (E-STALE) for any other or one too old."""
    own = (note.c.community_id == ask.community.id, note.c.id == note_id, note.c.reader_id == ask.member_id)
    row = (await ask.db.execute(sa.select(note.c.writer_id, note.c.sealed).where(*own))).first()
    if row is not None:
        try:
            return row.writer_id, seal(row.sealed, key).decode()
        except UnicodeDecodeError:
            pass
    raise UserError(
        "E-STALE", say("This note can't be opened any more."), advice=say("Report the member with /hub report instead.")
    )
