"""`/profile export`: everything that is stored of a member, as JSON and as a page to read, once a day."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import audit, outbox, people
from bot.cards import Card, Note, Paragraph, Time, sentence
from bot.commands import Commands, Problem, Reply, Write
from bot.feature import Whose
from bot.members.document import html_page
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Feature

EVERY = timedelta(days=1)
FILES = "guildhall-my-data"
KEY = "export:"

commands = Commands()


@commands.command("profile export", while_suspended=True)
async def export(do: Write) -> Reply:
    """Get everything that is stored of you, from all your accounts, as two files by direct message."""
    row = await people.read_member(do.db, do.community.id, do.member_id)
    following = row["exported_at"] + EVERY if row["exported_at"] else None
    if following is not None and following > do.now:
        return _too_soon(following)
    await people.change_member(do.db, do.community.id, do.member_id, exported_at=do.now)
    data = await everything(Whose(do.db, do.ids, do.community.id, do.member_id, do.now), do.features)
    about = {"community": do.community.name, "made": do.now.isoformat(), **data}
    title = say("What Guildhall stores of {name}", name=do.name)
    text = json.dumps(about, indent=2, ensure_ascii=False, default=str)  # an instant as it is written
    await _send(do, f"{FILES}.json", text, say("Everything that is stored of you, for programs."))
    await _send(
        do, f"{FILES}.html", html_page(title, json.loads(text)), say("The same as a page to read in a browser.")
    )
    await audit.record(do, "profile export", f"member:{do.member_id}")
    return Reply(sentence(say("Two files come to you as direct messages: a JSON file and a page to read.")))


async def everything(whose: Whose, features: Sequence[Feature]) -> Mapping[str, Any]:
    """What all features store of a member, by feature."""
    return {feature.name: dict(await feature.export(whose)) for feature in features if feature.export}


def _too_soon(following: datetime) -> Problem:
    """The answer to who had it today, with the next time on their own clock."""
    happened = say("You had your data within the last day.")
    card = Card(
        happened, (Paragraph((happened, say(" The next time is "), Time(following, "full"), ".")), Note(("E-RATE",)))
    )
    return Problem(card, "E-RATE")


async def tidy(db: AsyncConnection, now: datetime) -> int:
    """Empty the files that were sent a day ago: the platform has them, nobody needs a second copy of everything."""
    message = outbox.message
    over = (message.c.key.startswith(KEY), message.c.state == "sent", message.c.sent_at <= now - EVERY)
    rows = (await db.execute(sa.select(message).where(*over, message.c.details.is_not(None)))).mappings().all()
    full = [row for row in rows if row["details"]["content"]]
    for row in full:
        own = (message.c.community_id == row["community_id"], message.c.id == row["id"])
        await db.execute(sa.update(message).where(*own).values(details={**row["details"], "content": ""}))
    return len(full)


async def _send(do: Write, name: str, content: str, words: str) -> None:
    """Owe the account that asks a file."""
    details = {"name": name, "content": b64encode(content.encode()).decode(), "alt": words}
    to = outbox.Address(do.space, do.caller.user, direct=True)
    key = f"{KEY}{do.ids.new()}"
    await outbox.queue(
        do.db, do.ids, to, sentence(words), key=key, due=do.now, promise=True, verb="file", details=details
    )
