"""Putting a day's digest together from the sections of the features. It knows none of them by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot import outbox, people, when
from bot.cards import Block, Button, Card, Controls, Divider, Heading, Items, Paragraph, bold, plain
from bot.digests import store
from bot.feature import Issue
from bot.setup import digest_time, next_digest
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.feature import Feature, Section
    from bot.people import Community, Space
    from bot.ports import Ids
    from bot.settings import Settings

LATEST = timedelta(hours=3)  # a digest that is later than this is left out; tomorrow has one again
FIRST = timedelta(days=7)  # how far back the first digest of a space looks


@dataclass(frozen=True, slots=True)
class Draft:
    """A digest before it goes out."""

    issue: Issue
    day: date
    card: Card
    sections: tuple[Section, ...]


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
        if space.leads_channel and await store.begin_day(db, space, day):
            issue = await issue_for(db, settings, community, space, day, now, message_id=ids.new())
            draft = await compose(issue, features, day)
            if draft is not None:
                await publish(draft, ids)
                sent += 1
    return sent


async def issue_for(
    db: AsyncConnection,
    settings: Settings,
    community: Community,
    space: Space,
    day: date,
    now: datetime,
    *,
    message_id: int,
) -> Issue:
    """The digest of a space on a day, before anything is in it: what is new, and what was said already."""
    last = await store.last_before(db, space, day)
    since, said = now - FIRST, frozenset[str]()
    if last is not None:
        clock = when.parse_clock(digest_time(community, settings))
        since = min(now, when.instant(last["day"], clock, when.zone(community.zone)))
        if last["message_id"] is not None:
            said = lines_of(await outbox.card_of(db, community.id, last["message_id"]))
    return Issue(
        db=db,
        settings=settings,
        community=community,
        space=space,
        message_id=message_id,
        now=now,
        since=since,
        said=said,
    )


def lines_of(card: Card) -> frozenset[str]:
    """The lines of a digest's lists, in plain words."""
    return frozenset(plain(item) for block in card.blocks if isinstance(block, Items) for item in block.items)


async def compose(issue: Issue, features: Sequence[Feature], day: date) -> Draft | None:
    """The digest, or None where no feature has anything to say. Nothing is noted before it is published."""
    asked = [await section_of(issue) for feature in features for section_of in feature.digest_sections]
    sections = tuple(section for section in asked if section)
    if not sections:
        return None
    headline = " · ".join(section.headline for section in sections)
    blocks: list[Block] = [Heading(title(day)), Paragraph((bold(headline),))]
    for section in sections:
        blocks += [Divider(), *section.blocks]
    blocks.append(Controls((Button(say("Digest settings"), "digest settings"),)))
    return Draft(issue, day, Card(f"{title(day)}: {headline}.", tuple(blocks)), sections)


async def publish(draft: Draft, ids: Ids) -> None:
    """Owe a digest to its space, whose day was claimed, and let the features note what they said in it."""
    issue = draft.issue
    to = outbox.Address(issue.space, issue.space.leads_channel or "")
    key = f"digest:{issue.space.id}:{draft.day}"
    await outbox.queue(issue.db, ids, to, draft.card, key=key, due=issue.now, message_id=issue.message_id)
    await store.note_message(issue.db, issue.space, draft.day, issue.message_id)
    for section in draft.sections:
        if section.went_out is not None:
            await section.went_out(issue)


def title(day: date) -> str:
    """The digest's first line."""
    return say("Daily digest · {day}", day=day_words(day))


def day_words(day: date) -> str:
    """A day as a digest names it: "Tue 24 Nov"."""
    return f"{day:%a} {day.day} {day:%b}"
