"""What members who were introduced let each other see: an address of their choice, a time and place to talk, notes.

Nothing is shown before both said yes, nor after one of them ended it, blocked the other or was forgotten.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import notices, people
from bot.cards import (
    Button,
    Card,
    Controls,
    Fact,
    Facts,
    Heading,
    Link,
    LinkButton,
    Option,
    Paragraph,
    Person,
    Time,
    sentence,
)
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.db import Key, Words, insert_new, metadata
from bot.errors import FieldErrors, UserError
from bot.forms import ChoiceField, Form, Page, TextField, TimeField
from bot.literal import label, web_address
from bot.members import acquaintances, store
from bot.notices import Notice, Worth
from bot.options import When
from bot.ports import PLATFORM_NAMES
from bot.words import say

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Text

share = sa.Table(
    "contact_share",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),  # who shares
    sa.Column("other_id", Key, primary_key=True),  # with whom
    sa.Column("shown", Words, nullable=False),  # a handle, an e-mail or a web address; "" for none
    sa.Column("notes", sa.Boolean, nullable=False),  # whether they want to exchange notes through the bot
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.ForeignKeyConstraint(["community_id", "other_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_contact_share_other", "community_id", "other_id"),
)

LONGEST = 200  # characters of what is shown
_EMAIL = re.compile(r"[^\s@<>,;:]{1,64}@[^\s@<>,;:]+\.[^\s@<>,;:.]{2,}")
_HANDLE = re.compile(r"@?[\w.-]{2,40}(?:#\d{4})?(?: on \w{2,20})?")

commands = Commands()

# --- who knows whom --------------------------------------------------------------------------------------------------


async def acquainted_name(ask: Read, member: int) -> str:
    """The name of a member whom the asker has been introduced to. Raises `UserError` (E-STALE) for all others."""
    known = await acquaintances.are_acquainted(ask.db, ask.community.id, ask.member_id, member)
    name = await people.member_name(ask.db, ask.community.id, member)
    if not known or name is None or member in await store.kept_apart(ask.db, ask.community.id, ask.member_id):
        raise UserError(
            "E-STALE",
            say("You are not in contact with this member (any more)."),
            advice=say("An introduction needs a yes of both: ask for one on their profile."),
        )
    return name


async def notes_agreed(db: AsyncConnection, community_id: int, one: int, other: int) -> bool:
    """Whether both of two members want to exchange notes through the bot."""
    both = sa.or_(
        sa.and_(share.c.member_id == one, share.c.other_id == other),
        sa.and_(share.c.member_id == other, share.c.other_id == one),
    )
    own = (share.c.community_id == community_id, share.c.notes.is_(True), both)
    return bool((await db.execute(sa.select(sa.func.count()).select_from(share).where(*own))).scalar_one() == 2)


async def _shares(db: AsyncConnection, community_id: int, member_id: int, other_id: int) -> tuple[str, bool]:
    """What a member shows another, and whether they want notes of them."""
    own = (share.c.community_id == community_id, share.c.member_id == member_id, share.c.other_id == other_id)
    row = (await db.execute(sa.select(share.c.shown, share.c.notes).where(*own))).first()
    return (row.shown, row.notes) if row else ("", False)


async def stop(db: AsyncConnection, community_id: int, member_id: int, other_id: int) -> None:
    """Forget what two members shared with each other."""
    both = sa.or_(
        sa.and_(share.c.member_id == member_id, share.c.other_id == other_id),
        sa.and_(share.c.member_id == other_id, share.c.other_id == member_id),
    )
    await db.execute(sa.delete(share).where(share.c.community_id == community_id, both))


async def stop_notes(db: AsyncConnection, community_id: int, member_id: int, other_id: int) -> None:
    """Take back a member's wish to exchange notes with another."""
    own = (share.c.community_id == community_id, share.c.member_id == member_id, share.c.other_id == other_id)
    await db.execute(sa.update(share).where(*own).values(notes=False))


async def facts_about(db: AsyncConnection, community_id: int, viewer: int, member_id: int) -> tuple[Fact, ...]:
    """What an acquaintance sees of a member: their headline, where they are, what they chose to share."""
    page = await store.profile_of(db, community_id, member_id)
    name = await people.member_name(db, community_id, member_id) or ""
    accounts = await people.accounts_of(db, community_id, member_id)
    mention = Person(name, tuple((account.space.platform, account.remote) for account in accounts))
    found = [Fact(say("Name"), (mention,))]
    if page.headline:
        found.append(Fact(say("Headline"), (page.headline,)))
    if accounts:
        places = ", ".join(PLATFORM_NAMES[account.space.platform] for account in accounts)
        found.append(Fact(say("Here on"), (places,)))
    shown, _ = await _shares(db, community_id, member_id, viewer)
    found.append(Fact(say("Reach them by"), _address(shown) if shown else (say("they share nothing so far"),)))
    return tuple(found)


def _address(shown: str) -> Text:
    return (Link(shown, shown),) if shown.startswith(("http://", "https://")) else (shown,)


# --- what is shown ---------------------------------------------------------------------------------------------------


@commands.command("contact show", typed=False)
async def show(ask: Read, member: int) -> Reply:
    """Show a member whom you have been introduced to, and what you share with each other."""
    name = await acquainted_name(ask, member)
    return Reply(await _card(ask, member, name))


async def _card(ask: Read, member: int, name: str) -> Card:
    press = (str(member),)
    mine, my_notes = await _shares(ask.db, ask.community.id, ask.member_id, member)
    agreed = await notes_agreed(ask.db, ask.community.id, ask.member_id, member)
    notes = say("on: both agreed") if agreed else say("you agreed, they did not so far") if my_notes else say("off")
    facts = (
        *await facts_about(ask.db, ask.community.id, ask.member_id, member),
        Fact(say("You share"), (mine or say("nothing"),)),
        Fact(say("Notes through me"), (notes,)),
    )
    write = (Button(say("Write a note"), "note write", press, "primary"),) if agreed else ()
    controls = (
        *write,
        Button(say("What I share"), "contact choose", press),
        Button(say("Propose a time"), "contact meet", press),
        Button(say("End contact"), "contact end", press),
        Button(say("Block"), "profile block", press, "danger"),
        Button(say("Report"), "hub report", press),
    )
    return Card(
        say("You and {name} have been introduced.", name=name),
        (Heading(label(name, 100)), Facts(facts), Controls(controls)),
    )


# --- what is shared --------------------------------------------------------------------------------------------------


@commands.command("contact choose", typed=False)
async def choose(ask: Read, member: int) -> OpenForm:
    """Choose what a member whom you have been introduced to sees of you."""
    name = await acquainted_name(ask, member)
    shown, notes = await _shares(ask.db, ask.community.id, ask.member_id, member)
    options = (Option(say("Yes, if they agree too"), "yes"), Option(say("No"), "no"))
    hint = say("A handle, an e-mail address or a booking link; empty for nothing.")
    fields = (
        TextField("shown", say("How they may reach you"), hint, shown, required=False, max_length=LONGEST),
        ChoiceField("notes", say("Notes through Guildhall?"), options, value="yes" if notes else "no"),
    )
    page = Page(label(say("What {name} sees", name=name), 45), fields)
    return OpenForm(Form(say("What I share"), "contact save", (page,), (str(member),)))


@commands.command("contact save", typed=False)
async def save(do: Write, member: int, notes: bool, shown: str = "") -> Reply:  # noqa: FBT001  (an option)
    """Share something with a member whom you have been introduced to."""
    name = await acquainted_name(do, member)
    address = _checked(shown)
    before = await _shares(do.db, do.community.id, do.member_id, member)
    key = {"community_id": do.community.id, "member_id": do.member_id, "other_id": member}
    values = {"shown": address, "notes": notes}
    if not await insert_new(do.db, share, [{**key, **values}], returning=share.c.member_id):
        own = (share.c[column] == value for column, value in key.items())
        await do.db.execute(sa.update(share).where(*own).values(**values))
    if (address, notes) != before and (address or notes):
        await _tell(do, member)
    return Reply(await _card(do, member, name))


def _checked(shown: str) -> str:
    """An address as it is shown. Raises `FieldErrors` for what is none."""
    words = " ".join(shown.split())
    if "://" in words:
        address = web_address(words)
    else:
        address = words if _EMAIL.fullmatch(words) or _HANDLE.fullmatch(words) else ""
    if (words and not address) or len(address) > LONGEST:
        raise FieldErrors({"shown": say("Write a handle, an e-mail address or a link that begins with https://.")})
    return address


async def _tell(do: Write, member: int) -> None:
    """Tell the other what they see now: one notice a day that keeps up with the latest choice."""
    key = f"contact:{do.member_id}:{member}:{do.now:%Y%m%d}"
    shown, notes = await _shares(do.db, do.community.id, do.member_id, member)
    parts: list[Text] = [(say("You can reach them by "), *_address(shown))] if shown else []
    if notes:
        parts.append((say("They would exchange notes through me, if you want that too."),))
    card = Card(
        say("{name} shares something with you.", name=do.name),
        (
            Heading(say("{name} shares with you", name=do.name)),
            *(Paragraph(part) for part in parts),
            Controls(
                (
                    Button(say("What I share"), "contact choose", (str(do.member_id),), "primary"),
                    Button(say("Show"), "contact show", (str(do.member_id),)),
                )
            ),
        ),
    )
    told = Notice(member_id=member, key=key, card=card, due=do.now, worth=Worth.PERSON)
    if not await notices.owe(do.db, do.ids, do.community.id, told):
        await notices.change(do.db, do.ids, do.community.id, key, card, do.now)


# --- a time and a place ----------------------------------------------------------------------------------------------


@commands.command("contact meet", typed=False)
async def meet(ask: Read, member: int) -> OpenForm:
    """Propose a time and a meeting link to a member whom you have been introduced to."""
    name = await acquainted_name(ask, member)
    fields = (
        TimeField("at", say("When?"), say("In your own zone, such as Thu 18:00.")),
        TextField("link", say("Meeting link"), say("Where you meet: https://…"), max_length=LONGEST),
    )
    page = Page(label(say("Meet {name}", name=name), 45), fields)
    return OpenForm(
        Form(say("Propose a time"), "contact save-meeting", (page,), (str(member),), submit_label=say("Send"))
    )


@commands.command("contact save-meeting", typed=False)
async def save_meeting(do: Write, member: int, at: When, link: str) -> Reply:
    """Pass a time and a meeting link on."""
    name = await acquainted_name(do, member)
    address = web_address(link)
    if not address or len(address) > LONGEST:
        raise FieldErrors({"link": say("Write a link that begins with https://.")})
    press = (str(do.member_id),)
    card = Card(
        say("{name} proposes a time to talk.", name=do.name),
        (
            Heading(say("{name} proposes a time to talk", name=do.name)),
            Facts((Fact(say("When"), (Time(at, "full"),)), Fact(say("Where"), (Link(address, address),)))),
            Controls(
                (
                    LinkButton(say("Open the link"), address),
                    Button(say("Propose another"), "contact meet", press),
                    Button(say("Show {name}", name=do.name[:40]), "contact show", press),
                )
            ),
        ),
    )
    key = f"meeting:{do.member_id}:{member}:{at:%Y%m%d%H%M}"
    told = Notice(member_id=member, key=key, card=card, due=do.now, until=at, worth=Worth.ANSWER)
    if not await notices.owe(do.db, do.ids, do.community.id, told):
        await notices.change(do.db, do.ids, do.community.id, key, card, do.now)
    text = say("I pass it on to {name}: ", name=name)
    return Reply(Card(say("I pass your proposal on."), (Paragraph((text, Time(at, "full"), ".")),)))


@commands.command("contact end", typed=False)
async def end(do: Write, member: int) -> Update:
    """End the contact with a member: nothing that you shared is shown any more."""
    name = await acquainted_name(do, member)
    await acquaintances.end(do.db, do.community.id, do.member_id, member, do.now)
    await stop(do.db, do.community.id, do.member_id, member)
    return Update(
        sentence(say("Ended. {name} doesn't see any more what you shared, nor you what they did.", name=name))
    )
