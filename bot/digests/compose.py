"""Putting a day's digest together from the sections of the features. It knows none of them by name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import outbox, people, when
from bot.cards import Block, Card, Divider, Heading, Paragraph, bold
from bot.digests import store
from bot.feature import Issue
from bot.setup import next_digest
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Feature
    from bot.ports import Ids
    from bot.settings import Settings

LATEST = timedelta(hours=3)  # a digest that is later than this is left out; tomorrow has one again


async def send_digest(
    db: AsyncConnection, ids: Ids, settings: Settings, features: Sequence[Feature], community_id: int, now: datetime
) -> int:
    """Owe today's digest to each space of a community, in one transaction; returns how many there were."""
    due = await store.lock_due(db, community_id, now)
    if due is None:
        return 0
    community = await people.read_community(db, community_id)
    await people.change_community(db, community_id, digest_due=next_digest(community, settings, now))
    if now - due > LATEST:
        due = next_digest(community, settings, now - LATEST)  # after days of downtime: the one of today, perhaps
    if due > now:
        return 0
    day = when.local_day(due, when.zone(community.zone))
    sent = 0
    for space in await people.spaces_of(db, community_id):
        if not space.leads_channel or not await store.begin_day(db, space, day):
            continue
        issue = Issue(
            db=db, ids=ids, settings=settings, community=community, space=space, message_id=ids.new(), now=now
        )
        card = await compose(issue, features, day)
        if card is None:
            continue
        to = outbox.Address(space, space.leads_channel)
        key = f"digest:{space.id}:{day}"
        await outbox.queue(db, ids, to, card, key=key, due=now, message_id=issue.message_id)
        await store.note_message(db, space, day, issue.message_id)
        sent += 1
    return sent


async def compose(issue: Issue, features: Sequence[Feature], day: date) -> Card | None:
    """The digest's card, or None where no feature has anything to say."""
    asked = [await section_of(issue) for feature in features for section_of in feature.digest_sections]
    sections = [section for section in asked if section]
    if not sections:
        return None
    headline = " · ".join(section.headline for section in sections)
    blocks: list[Block] = [Heading(title(day)), Paragraph((bold(headline),))]
    for section in sections:
        blocks += [Divider(), *section.blocks]
    return Card(f"{title(day)}: {headline}.", tuple(blocks))


def title(day: date) -> str:
    """The digest's first line."""
    return say("Daily digest · {day}", day=f"{day:%a} {day.day} {day:%b}")
