"""Tell moderators where they can still be told: one platform is away, what it is owed waits; and later, it is back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import outbox, people
from bot.cards import Button, Card, Controls, Heading, Paragraph, Time
from bot.outbox import Address
from bot.ports import PLATFORM_NAMES
from bot.setup import outage_words
from bot.words import say

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.app import App
    from bot.people import Space
    from bot.ports import PlatformName

PATIENCE = timedelta(minutes=5)  # a shorter outage is nobody's business


async def run(app: App) -> int:
    """Tell of outages that begin and end, once each; returns how many messages that took."""
    async with app.db.read() as db:
        communities = (await db.execute(sa.select(people.community.c.id))).scalars().all()
    done = 0
    for community_id in communities:
        async with app.db.write() as db:
            spaces = await people.spaces_of(db, community_id)
            if len({space.platform for space in spaces}) > 1:  # else there is nobody elsewhere
                done += sum([await _tell(app, db, space, about) for space in spaces for about in app.platforms])
    return done


async def _tell(app: App, db: AsyncConnection, space: Space, about: PlatformName) -> int:
    """Tell the moderators of one space about a platform that is not theirs."""
    if space.platform == about or not space.moderators_channel:
        return 0
    key, now, since = f"away:{space.id}:{about}", app.wall.now(), app.platforms[about].away_since
    notice = await outbox.find(db, space.community_id, key)
    if since and notice is None and now - since >= PATIENCE:
        to = Address(space, space.moderators_channel)
        await outbox.queue(db, app.ids, to, _away_card(about, since), key=key, due=now)
    elif notice and not since:
        await outbox.edit(db, app.ids, space.community_id, notice, _back_card(about, now), now)
        await outbox.free_key(db, space.community_id, notice)
    else:
        return 0
    return 1


def _away_card(about: PlatformName, since: datetime) -> Card:
    name = PLATFORM_NAMES[about]
    return Card(
        say("{platform} is not reachable. Everything is queued; nothing is lost.", platform=name),
        (
            Heading(say("{platform} is not reachable", platform=name)),
            Paragraph(outage_words(about, since)),
            Controls((Button(say("How is it now?"), "mod setup"),)),
        ),
    )


def _back_card(about: PlatformName, now: datetime) -> Card:
    words = say("{platform} can be reached again since ", platform=PLATFORM_NAMES[about])
    tail = say(". What was queued is on its way.")
    return Card(
        say("{platform} can be reached again. What was queued is on its way.", platform=PLATFORM_NAMES[about]),
        (Paragraph((words, Time(now, "time"), tail)),),
    )
