"""Skills in members' own words, and moderators who make them the community's: a new skill, or a word for a known one.

What nobody knows yet stays on the profile as it was typed, and counts for nothing until it is decided. The words stay
beside the skill that they became, so that a decision can be taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import audit, vocabulary
from bot.cards import Button, Card, Controls, Heading, Note, Paragraph, bold, sentence
from bot.commands import Commands, OpenForm, Read, Reply, Update, Write
from bot.db import Key, UtcDateTime, Words, insert_new, metadata
from bot.errors import UserError
from bot.forms import Form, Page, PickField
from bot.members.reading import word_key
from bot.members.store import member_skill
from bot.options import Skill
from bot.people import Role
from bot.words import count, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.members.profile import Side

member_word = sa.Table(
    "member_word",
    metadata,
    sa.Column("community_id", Key, primary_key=True),
    sa.Column("member_id", Key, primary_key=True),
    sa.Column("side", sa.Text, primary_key=True),  # a `Side`
    sa.Column("words", sa.Text, primary_key=True),  # `word_key` of what was typed
    sa.Column("shown", Words, nullable=False),
    sa.ForeignKeyConstraint(["community_id", "member_id"], ["member.community_id", "member.id"]),
    sa.Index("ix_member_word_words", "community_id", "words"),
)

suggestion = sa.Table(
    "skill_suggestion",
    metadata,
    sa.Column("community_id", Key, sa.ForeignKey("community.id"), primary_key=True),
    sa.Column("words", sa.Text, primary_key=True),
    sa.Column("shown", Words, nullable=False),  # as they were typed first
    sa.Column("first_at", UtcDateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # open | named (it is a skill) | dismissed
    sa.Column("skill", sa.Text),  # what it is
    sa.Column("decided_at", UtcDateTime),
)

commands = Commands()

# --- members' own words ----------------------------------------------------------------------------------------------


async def words_of(db: AsyncConnection, community_id: int, member_id: int, side: Side) -> Sequence[str]:
    """A member's own words for skills that nobody has named yet."""
    own = (member_word.c.community_id == community_id, member_word.c.member_id == member_id)
    named = sa.and_(
        suggestion.c.community_id == member_word.c.community_id,
        suggestion.c.words == member_word.c.words,
        suggestion.c.state == "named",
    )
    statement = (
        sa.select(member_word.c.shown)
        .outerjoin(suggestion, named)
        .where(*own, member_word.c.side == side, suggestion.c.words.is_(None))
    )
    return (await db.execute(statement.order_by(member_word.c.words))).scalars().all()


async def set_words(
    db: AsyncConnection, community_id: int, member_id: int, side: Side, words: Iterable[str], now: datetime
) -> None:
    """Make these a member's own words; moderators are asked about those that were not decided yet."""
    own = (member_word.c.community_id == community_id, member_word.c.member_id == member_id)
    await db.execute(sa.delete(member_word).where(*own, member_word.c.side == side))
    shown = {word_key(one): one for one in words}
    whose = {"community_id": community_id, "member_id": member_id, "side": side}
    for key, one in shown.items():
        await db.execute(sa.insert(member_word).values(**whose, words=key, shown=one))
        row = {"community_id": community_id, "words": key, "shown": one, "first_at": now, "state": "open"}
        await insert_new(db, suggestion, [row], returning=suggestion.c.words)
    await tidy(db, community_id)


async def tidy(db: AsyncConnection, community_id: int) -> None:
    """Forget suggestions that nobody makes any more, unless they became a skill."""
    said = sa.select(member_word.c.words).where(member_word.c.community_id == community_id)
    stale = (suggestion.c.state != "named", suggestion.c.words.not_in(said))
    await db.execute(sa.delete(suggestion).where(suggestion.c.community_id == community_id, *stale))


# --- what moderators do with them ------------------------------------------------------------------------------------


async def waiting(db: AsyncConnection, community_id: int) -> Sequence[RowMapping]:
    """What is to be decided (`words`, `shown`, `members`): what most members say first."""
    same = sa.and_(member_word.c.community_id == suggestion.c.community_id, member_word.c.words == suggestion.c.words)
    members = sa.func.count(sa.distinct(member_word.c.member_id)).label("members")
    statement = (
        sa.select(suggestion.c.words, suggestion.c.shown, suggestion.c.first_at, members)
        .join(member_word, same)
        .where(suggestion.c.community_id == community_id, suggestion.c.state == "open")
        .group_by(suggestion.c.words, suggestion.c.shown, suggestion.c.first_at)
        .order_by(members.desc(), suggestion.c.first_at, suggestion.c.words)
    )
    return (await db.execute(statement)).mappings().all()


@commands.command("mod skills", role=Role.MODERATOR, typed=False)
async def review(ask: Read) -> Reply:
    """Show which skills members named that the taxonomy does not know."""
    return Reply(await _next_card(ask))


async def _next_card(ask: Read) -> Card:
    rows = await waiting(ask.db, ask.community.id)
    if not rows:
        return sentence(say("No skill waits to be named. What members type and nobody knows shows up here."))
    first, press = rows[0], (rows[0]["words"],)
    left = count(len(rows), say("word"), say("words"))
    members = count(first["members"], say("member calls a skill that."), say("members call a skill that."))
    taxonomy = await vocabulary.taxonomy_of(ask.db, ask.community.id)
    near = ", ".join(skill.name for skill in taxonomy.suggest(first["shown"]))
    return Card(
        say("{left} to decide: “{words}”.", left=left, words=first["shown"]),
        (
            Heading(say("Skills to name: {left}", left=left)),
            Paragraph((bold(first["shown"]), " ", members)),
            *([Note((say("It may be: {near}.", near=near),))] if near else []),
            Controls(
                (
                    Button(say("Add as a new skill"), "mod add-skill", press, "primary"),
                    Button(say("It means …"), "mod ask-meaning", press),
                    Button(say("Dismiss"), "mod dismiss-skill", press),
                )
            ),
        ),
    )


@commands.command("mod add-skill", role=Role.MODERATOR, typed=False)
async def add(do: Write, words: str) -> Update:
    """Make members' words a skill of this community."""
    row = await _undecided(do, words)
    return Update(await _name(do, row, None))


@commands.command("mod ask-meaning", role=Role.MODERATOR, typed=False)
async def ask_meaning(ask: Read, words: str) -> OpenForm:
    """Ask which known skill members' words mean."""
    del ask
    field = PickField("skill", say("Which skill it is"), say("Type a part of its name."))
    return OpenForm(Form(say("It means …"), "mod mean-skill", (Page(say("A word for a skill"), (field,)),), (words,)))


@commands.command("mod mean-skill", role=Role.MODERATOR, typed=False)
async def mean(do: Write, words: str, skill: Skill) -> Reply:
    """Let members' words mean a known skill."""
    row = await _undecided(do, words)
    return Reply(await _name(do, row, skill))


@commands.command("mod dismiss-skill", role=Role.MODERATOR, typed=False)
async def dismiss(do: Write, words: str) -> Update:
    """Leave members' words as they are: no skill."""
    row = await _undecided(do, words)
    await _decide(do, row["words"], "dismissed", None)
    undo = await audit.record(do, "mod dismiss-skill", f"words:{row['words']}")
    text = say("“{words}” stays in members' own words and counts as no skill.", words=row["shown"])
    return Update(await _done(do, text, undo))


async def _name(do: Write, row: RowMapping, skill_id: str | None) -> Card:
    """Give these words their skill, and the skill to everybody who said them."""
    taxonomy = await vocabulary.taxonomy_of(do.db, do.community.id)
    known = taxonomy[skill_id] if skill_id else None
    skill_id = await vocabulary.add_words(do.db, do.community.id, row["shown"], known)
    await _decide(do, row["words"], "named", skill_id)
    said = (member_word.c.community_id == do.community.id, member_word.c.words == row["words"])
    people = await do.db.execute(sa.select(member_word.c.member_id, member_word.c.side).where(*said))
    held = [
        {"community_id": do.community.id, **whose, "skill": skill_id, "since": do.now} for whose in people.mappings()
    ]
    await insert_new(do.db, member_skill, held, returning=member_skill.c.member_id)
    after = {"skill": skill_id, "name": known.name if known else row["shown"]}
    action = "mod mean-skill" if known else "mod add-skill"
    undo = await audit.record(do, action, f"words:{row['words']}", after=after)
    text = (
        say("“{words}” means {name} here from now on.", words=row["shown"], name=known.name)
        if known
        else say("“{words}” is a skill here from now on.", words=row["shown"])
    )
    return await _done(do, text, undo)


async def take_back(do: Write, row: RowMapping) -> str:
    """Undo a decision about members' words: they wait to be decided again."""
    words = row["subject"].removeprefix("words:")
    own = (suggestion.c.community_id == do.community.id, suggestion.c.words == words)
    found = (await do.db.execute(sa.select(suggestion).where(*own))).mappings().one_or_none()
    if found is None:
        raise UserError("E-STALE", say("Nobody uses these words any more."))
    if found["skill"]:
        await vocabulary.drop_words(do.db, do.community.id, found["shown"], found["skill"])
        given = (
            member_skill.c.community_id == do.community.id,
            member_skill.c.skill == found["skill"],
            member_skill.c.since == found["decided_at"],
        )
        await do.db.execute(sa.delete(member_skill).where(*given))
    await _decide(do, words, "open", None)
    await tidy(do.db, do.community.id)
    return say("Undone: “{words}” waits to be decided again.", words=found["shown"])


async def _undecided(do: Write, words: str) -> RowMapping:
    own = (suggestion.c.community_id == do.community.id, suggestion.c.words == words, suggestion.c.state == "open")
    found = (await do.db.execute(sa.select(suggestion).where(*own).with_for_update())).mappings().one_or_none()
    if found is None:
        button = Button(say("What else waits"), "mod skills")
        raise UserError("E-DONE", say("Somebody decided about these words already."), buttons=(button,))
    return found


async def _decide(do: Write, words: str, state: str, skill: str | None) -> None:
    own = (suggestion.c.community_id == do.community.id, suggestion.c.words == words)
    decided = None if state == "open" else do.now
    await do.db.execute(sa.update(suggestion).where(*own).values(state=state, skill=skill, decided_at=decided))


async def _done(do: Write, text: str, undo: int) -> Card:
    left = len(await waiting(do.db, do.community.id))
    more = [Button(say("Next"), "mod skills", (), "primary")] if left else []
    return sentence(text, *more, audit.undo_button(undo))


UNDO = dict.fromkeys(("mod add-skill", "mod mean-skill", "mod dismiss-skill"), take_back)


def _told(row: RowMapping, name: str) -> str:
    said = row["subject"].removeprefix("words:")
    words = f"“{said}”" if said else name
    if row["action"] == "mod dismiss-skill":
        return say("left {words} as members' own words", words=words)
    if row["action"] == "mod add-skill":
        return say("made {words} a skill of this community", words=words)
    return say("let {words} mean {skill}", words=words, skill=(row["after"] or {}).get("name", ""))


TOLD = dict.fromkeys(UNDO, _told)
