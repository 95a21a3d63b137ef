"""`/mod audit`: who did what, when, from what to what, in words; and taking it back where that is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa

from bot.audit import UNDO_LIFE, audit
from bot.cards import (
    Block,
    Card,
    ChannelName,
    Controls,
    Heading,
    Items,
    Note,
    Option,
    Select,
    Text,
    Time,
    bold,
    plain,
    sentence,
)
from bot.commands import Commands, Read, Reply
from bot.literal import shorten
from bot.options import Member  # noqa: TC001  a command's signature is read
from bot.people import Role, space
from bot.ports import PLATFORM_NAMES
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards import Span

MOST = 20
UNDO = "mod undo"
LINE = 300

commands = Commands()


@commands.command("mod audit", role=Role.MODERATOR)
async def show(ask: Read, by: Annotated[Member | None, "Only what this person did"] = None) -> Reply:
    """Show the last 20 things that moderators, or the bot by itself, changed here; take one back."""
    # what people change about themselves (their journeys, say) is nobody else's to read or to undo
    own = [audit.c.community_id == ask.community.id, audit.c.subject.not_like("member:%")]
    if by is not None:
        own.append(audit.c.actor == by)
    newest = sa.select(audit).where(*own).order_by(audit.c.id.desc()).limit(MOST)
    rows = (await ask.db.execute(newest)).mappings().all()
    if not rows and by is not None:
        return Reply(sentence(say("Nothing so far by this person.")))
    if not rows:
        return Reply(sentence(say("Nothing so far: whatever moderators change is listed here, and kept for a year.")))
    told = await _told(ask, rows)
    possible = await _undoable(ask, rows)
    blocks: list[Block] = [Heading(say("What was changed")), Items(tuple(_line(row, told[row["id"]]) for row in rows))]
    if possible:
        options = tuple(
            Option(shorten(plain(_unlinked(told[row["id"]])), 75), str(row["id"]), shorten(row["actor_name"], 75))
            for row in possible
        )
        blocks += [Controls((Select(say("Undo…"), UNDO, options),))]
    blocks.append(
        Note((say("What can be undone is in the list above for a day, until something newer happens to it."),))
    )
    return Reply(Card(say("The last {n} changes here.", n=len(rows)), tuple(blocks)))


def _line(row: RowMapping, words: Text) -> Text:
    line: Text = (Time(row["at"], "full"), " · ", bold(row["actor_name"]), " ", *words)
    return (*line, say(" · taken back")) if row["undone_at"] else line


def _unlinked(words: Text) -> Text:
    """The words where no channel can be named: in a choice, or in another space than the channel's."""
    return tuple(say("a channel") if isinstance(span, ChannelName) else span for span in words)


async def _told(ask: Read, rows: Sequence[RowMapping]) -> dict[int, Text]:
    """What happened, in words, by row."""
    back = [int(row["subject"].removeprefix("audit:")) for row in rows if row["action"] == UNDO]
    own = (audit.c.community_id == ask.community.id, audit.c.id.in_(back))
    taken = {row["id"]: row for row in (await ask.db.execute(sa.select(audit).where(*own))).mappings()}
    names: dict[str, str] = {}
    subjects = {row["subject"] for row in (*rows, *taken.values())}
    for feature in ask.features:
        if feature.subject_names:
            names |= await feature.subject_names(ask.db, ask.community.id, subjects)
    words = {action: tell for feature in ask.features for action, tell in feature.told.items()}
    told: dict[int, Text] = {}
    for row in rows:
        if row["action"] != UNDO:
            told[row["id"]] = _words(ask, row, words, names)
            continue
        original = taken.get(int(row["subject"].removeprefix("audit:")))
        what = _words(ask, original, words, names) if original is not None else (say("something"),)
        told[row["id"]] = (say("took back: "), *what)
    return told


def _words(
    ask: Read, row: RowMapping, words: Mapping[str, Callable[[RowMapping, str], str | Text]], names: Mapping[str, str]
) -> Text:
    tell = words.get(row["action"])
    if tell is None:  # it was written by another version of the bot
        return (f"{row['action']} {row['subject']}",)
    told = tell(row, names.get(row["subject"], say("something that is gone")))
    if isinstance(told, str):
        return (shorten(told, LINE),)
    elsewhere = isinstance(row["after"], dict) and row["after"].get("space_id") != ask.space.id
    return _unlinked(told) if elsewhere else told


async def _undoable(ask: Read, rows: Iterable[RowMapping]) -> list[RowMapping]:
    """The rows that can be taken back: fresh, not taken back yet, and the newest of their subject."""
    known = {action for feature in ask.features for action in feature.undo}
    fresh = [
        row for row in rows if row["action"] in known and row["undone_at"] is None and row["at"] + UNDO_LIFE >= ask.now
    ]
    subjects = {row["subject"] for row in fresh}
    statement = sa.select(sa.func.max(audit.c.id)).where(
        audit.c.community_id == ask.community.id, audit.c.subject.in_(subjects), audit.c.undone_at.is_(None)
    )
    newest = set((await ask.db.execute(statement.group_by(audit.c.subject))).scalars())
    return [row for row in fresh if row["id"] in newest]


# --- the house's own actions -----------------------------------------------------------------------------------------


def _set_up(row: RowMapping, name: str) -> Text:
    del name
    names = {
        "leads_channel": say("leads channel"),
        "moderators_channel": say("moderators' channel"),
        "digest_at": say("daily digest"),
        "zone": say("time zone"),
        "approval": say("approval"),
    }
    before, after = row["before"] or {}, row["after"] or {}
    changes: list[Span] = []
    for key, words in names.items():
        old, new = before.get(key), after.get(key)
        if old != new:
            changes += ["; " if changes else "", f"{words} ", _value(key, old), " → ", _value(key, new)]
    return (say("changed the settings: "), *(changes or [say("nothing")]))


def _value(key: str, value: Any) -> Span:
    if not value:
        return say("none")
    return ChannelName(str(value)) if key in ("leads_channel", "moderators_channel") else str(value)


def _join(row: RowMapping, name: str) -> str:
    del row
    return say("let {name} join with a code", name=name)


def _invite(row: RowMapping, name: str) -> str:
    del row, name
    return say("made a code with which one more workspace or server can join")


def _calendar(row: RowMapping, name: str) -> str:
    del row, name
    return say("made a new address of the community's calendar")


def _welcome(row: RowMapping, name: str) -> str:
    del row
    return say("posted the card for new members in {name}", name=name)


TOLD: Mapping[str, Callable[[RowMapping, str], str | Text]] = {
    "mod setup": _set_up,
    "mod join": _join,
    "mod invite": _invite,
    "mod welcome": _welcome,
    "calendar ours": _calendar,
}


async def subject_names(db: AsyncConnection, community_id: int, subjects: Iterable[str]) -> dict[str, str]:
    """The names of the spaces among audited subjects."""
    ids = [int(one.removeprefix("space:")) for one in subjects if one.startswith("space:")]
    own = (space.c.community_id == community_id, space.c.id.in_(ids))
    rows = (await db.execute(sa.select(space.c.id, space.c.name, space.c.platform).where(*own))).all()
    return {
        f"space:{one.id}": say("{name} on {platform}", name=one.name, platform=PLATFORM_NAMES[one.platform])
        for one in rows
    }
