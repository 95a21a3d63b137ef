"""Putting members' own digests together, many at once, and owing them: each exactly once a local day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import notices, people, when, whereabouts
from bot.cards import Block, Button, Card, Controls, Divider, Heading, Note, Paragraph, bold
from bot.digests import own
from bot.digests.compose import LATEST, day_words
from bot.feature import Edition
from bot.notices import Notice, Worth
from bot.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.digests.own import Plan
    from bot.feature import Feature, OwnSection, Section
    from bot.people import Community
    from bot.ports import Ids
    from bot.settings import Settings

AT_ONCE = 25  # members in one transaction: none holds up an answer for long


async def send_own(
    db: AsyncConnection, ids: Ids, settings: Settings, features: Sequence[Feature], community_id: int, now: datetime
) -> int:
    """Owe the digests of some members of a community that are due; returns for how many members that was looked at."""
    due = await own.lock_due(db, community_id, now, AT_ONCE)
    if not due:
        return 0
    community = await people.read_community(db, community_id)
    zones = await whereabouts.zones_of(db, community_id, [plan.member_id for plan in due], now)
    kept: list[tuple[Plan, str]] = []
    today: dict[int, tuple[Plan, date]] = {}
    for plan in due:
        zone = zones.get(plan.member_id) or community.zone
        at = _timely(plan, zone, now)
        if at is not None:
            day = when.local_day(at, when.zone(zone))
            today[plan.member_id] = (plan, day)
            plan = replace(plan, last_day=day)  # noqa: PLW2901  the same plan, a day later
        kept.append((replace(plan, since=now if at else plan.since, due=plan.next_due(now, zone)), zone))
    since = {member_id: plan.since for member_id, (plan, _) in today.items()}
    edition = Edition(db=db, settings=settings, features=features, community=community, since=since, now=now)
    cards = await compose_own(edition, {member_id: plan for member_id, (plan, _) in today.items()}, now)
    owed = [
        Notice(
            member_id=member_id,
            key=f"digest:{member_id}:{today[member_id][1]}",
            card=card,
            due=now,
            asked=True,
            worth=Worth.LEAD,
            until=now + when.DAY,
        )
        for member_id, card in cards.items()
    ]
    await notices.owe_all(db, ids, community_id, owed)
    await own.keep(db, community_id, kept)
    return len(due)


def _timely(plan: Plan, zone: str, now: datetime) -> datetime | None:
    """When the digest that is due was to come, or None where that is so long ago that it is left out.

    After days of downtime it is the one of today, perhaps.
    """
    if plan.due is None:
        return None
    due = plan.due if now - plan.due <= LATEST else plan.next_due(now - LATEST, zone)
    if due is None or due > now:
        return None
    day = when.local_day(due, when.zone(zone))
    return due if plan.last_day is None or day > plan.last_day else None


def sections_of(features: Sequence[Feature]) -> list[OwnSection]:
    """What members' own digests are made of."""
    return [section for feature in features for section in feature.own_sections]


async def compose_own(edition: Edition, plans: Mapping[int, Plan], now: datetime) -> dict[int, Card]:
    """The digests of these members, by member; who has nothing new has none."""
    found: dict[int, list[Section]] = {member_id: [] for member_id in plans}
    for section in sections_of(edition.features):
        wanted = {i: edition.since[i] for i, plan in plans.items() if section.name not in plan.left_out}
        if wanted:
            for member_id, part in (await section.of(replace(edition, since=wanted))).items():
                found[member_id].append(part)
    community = when.local_day(now, when.zone(edition.community.zone))
    return {member_id: own_card(parts, community) for member_id, parts in found.items() if parts}


def own_card(parts: Sequence[Section], day: date) -> Card:
    """A member's own digest."""
    title = say("Your digest · {day}", day=day_words(day))
    headline = " · ".join(part.headline for part in parts)
    blocks: list[Block] = [Heading(title), Paragraph((bold(headline),))]
    for part in parts:
        blocks += [Divider(), *part.blocks]
    blocks += [Note((say("You asked for this message."),)), Controls((settings_button(),))]
    return Card(f"{title}: {headline}.", tuple(blocks))


def settings_button() -> Button:
    """Where a member says how they want their digest."""
    return Button(say("Digest settings"), "digest settings")


async def now_of(
    db: AsyncConnection,
    settings: Settings,
    features: Sequence[Feature],
    community: Community,
    plan: Plan,
    now: datetime,
) -> Card | None:
    """What a member's digest would be at this moment; None where there is nothing to say."""
    edition = Edition(
        db=db, settings=settings, features=features, community=community, since={plan.member_id: plan.since}, now=now
    )
    return (await compose_own(edition, {plan.member_id: plan}, now)).get(plan.member_id)
